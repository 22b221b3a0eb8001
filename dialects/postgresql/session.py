"""PostgreSQL over psycopg: connect, look, lock, run. The only module here that imports the driver."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from udfgen import trial
from udfgen.bundle import Bundle, Key, Requirement
from udfgen.connect import Check, Dsn
from udfgen.errors import CallError, ConnectError, InstallError, LockError, UsageError
from udfgen.ir import Function, Kind, Program, Table, Type
from udfgen.redact import Secret, redact
from udfgen.state import Live, Recorded, State

from . import lower, probe, problems, quote, routines

try:
    import psycopg
    from psycopg.rows import tuple_row
except ImportError:
    raise UsageError("the PostgreSQL driver is not installed: pip install 'udfgen[postgresql]'") from None

LONGEST = 2**31 - 1
"""Milliseconds that a lock_timeout can be."""

NOT_UNICODE = "an argument holds half of a surrogate pair, which no text of this server can"

ABSENT = ("42883", "3F000")
"""What PostgreSQL says of a function, and of a schema, that is not there."""

OBSERVING = (
    "client_encoding = 'UTF8'",
    "quote_all_identifiers = off",
    "standard_conforming_strings = on",
    "datestyle = 'ISO, YMD'",
    "timezone = 'UTC'",
)
"""The settings that the catalog's texts depend on."""


class PostgresqlSession:
    """One psycopg connection in autocommit mode; transactions are opened where they are needed."""

    transactional = True

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self.warnings: list[str] = []
        connection.add_notice_handler(self._hear)

    def _hear(self, said: psycopg.errors.Diagnostic) -> None:
        if said.severity_nonlocalized == "WARNING":
            self.warnings.append(said.message_primary or "")

    def observe(self, bundle: Bundle) -> State:
        """Return what the catalog and the registry say, under the settings that their texts depend on."""
        with _told(), self._connection.transaction(force_rollback=True):
            for setting in OBSERVING:
                self._query(f"set local {setting}")
            live = {Key(kind, name): Live(text, body) for kind, name, text, body in self._query(bundle.catalog)}
            return State(
                self._title(), live, self._recorded(bundle, live), tuple(problems.find(self._query, bundle, live))
            )

    def _recorded(self, bundle: Bundle, live: Mapping[Key, Live]) -> dict[Key, Recorded]:
        """Return what the registry lists; one that is not a superuser's is not believed: an uninstall runs its rows."""
        if not any(key.kind == "registry" and each.definition.startswith(lower.TRUSTED) for key, each in live.items()):
            return {}
        return {Key(kind, name): Recorded(desired, text) for kind, name, desired, text in self._query(bundle.registry)}

    def _title(self) -> str:
        info = self._connection.info
        version = str(self._query("show server_version")[0][0]).split()[0]
        where = f"{info.host}:{info.port}" if not info.host.startswith("/") else info.host
        return f"PostgreSQL {version}, database {info.dbname} at {where}"

    @contextmanager
    def lock(self, seconds: float) -> Iterator[None]:
        """Hold the session-level advisory lock; the scripts' own lock is the same, and re-entrant."""
        until = time.monotonic() + seconds
        with _told():
            while not self._query(f"select pg_try_advisory_lock({lower.LOCK})")[0][0]:
                if time.monotonic() >= until:
                    raise LockError(f"another install holds the lock, waited {seconds:g} s: {self._holder()}")
                time.sleep(min(0.1, max(0.0, until - time.monotonic())))
        with _told():
            # As long at most is a table waited for: 0 would be for ever.
            self._query(f"set lock_timeout = {min(max(1, round(seconds * 1000)), LONGEST)}")
        try:
            yield
        finally:
            if not self._connection.closed:
                with _told():
                    self._query("reset lock_timeout")
                    self._query(f"select pg_advisory_unlock({lower.LOCK})")

    def _holder(self) -> str:
        rows = self._query(
            "select lock.pid from pg_locks as lock where lock.locktype = 'advisory' and lock.granted "
            f"and (lock.classid::bigint << 32) | lock.objid::bigint = {lower.LOCK} "
            "and lock.database = (select oid from pg_database where datname = current_database())"
        )
        pids = ", ".join(str(row[0]) for row in rows)
        return (
            f"process {pids}; wait for it, or give a longer --lock-timeout" if pids else "it has just let go, try again"
        )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run what follows in one transaction."""
        with _told(InstallError), self._connection.transaction():
            yield

    def run(self, sql: str) -> None:
        """Run one statement of an install."""
        with _told(InstallError):
            self._connection.execute(sql.encode(), prepare=False)

    def call(
        self, program: Program, function: Function, arguments: Mapping[str, str | None]
    ) -> Sequence[Mapping[str, str | None]]:
        """Call a wrapper by named notation, every argument a text that PostgreSQL casts."""
        if function.batch:
            return [{"result": each} for each in self.call_rows(program, function, [arguments]) or [None]]
        given = [each for each in function.parameters if each.name in arguments]
        values = [_native_text(each.type, arguments[each.name]) for each in given]
        named = ", ".join(f"{quote.identifier(each.name)} => %s::{routines.native_type(each)}" for each in given)
        name = f"{lower.placed(program).schema}.{quote.identifier(function.name)}"
        columns = _columns(function)
        names = ", ".join(quote.identifier(each) for each in columns)
        texts = ", ".join(f"{quote.identifier(each)}::text" for each in columns)
        sql = f"select {texts} from {name}({named}) as called ({names})"
        rows = self._called(sql, values)
        return [
            {name: _neutral_text(type_, text) for (name, type_), text in zip(columns.items(), row, strict=True)}
            for row in rows
        ]

    def call_rows(
        self, program: Program, function: Function, rows: Sequence[Mapping[str, str | None]]
    ) -> Sequence[str | None]:
        """Call a batch function with an array of texts for each parameter, which PostgreSQL casts."""
        columns = [[_native_text(each.type, row.get(each.name)) for row in rows] for each in function.parameters]
        given = ", ".join(f"%s::text[]::{routines.native_type(each)}[]" for each in function.parameters)
        name = f"{lower.placed(program).schema}.{quote.identifier(function.name)}"
        found = self._called(f"select called::text from {name}({given}) as called", columns)
        type_ = _columns(function)["result"]
        return [_neutral_text(type_, text) for (text,) in found] if type_ else []

    def _called(self, sql: str, values: Sequence[Any]) -> list[tuple[str | None, ...]]:
        try:
            with self._connection.transaction():
                self._query("set local datestyle = 'ISO, YMD'")
                self._query("set local timezone = 'UTC'")
                self._query("set local bytea_output = 'hex'")
                self._query("set local extra_float_digits = 1")
                return self._connection.cursor(row_factory=tuple_row).execute(sql.encode(), values).fetchall()
        except psycopg.Error as error:
            advice = "; install the spec first, or see udfgen status" if error.sqlstate in ABSENT else ""
            raise CallError(f"{_text(error)}{advice}", _code(error)) from None
        except UnicodeEncodeError:
            raise CallError(NOT_UNICODE, None) from None

    def admit(self, requirements: Sequence[Requirement]) -> None:
        """Create the roles that a bundle requires."""
        for required in requirements:
            if required.key.kind == "role":
                self.run(f"create role {quote.identifier(required.key.name)}")

    def rows(self, sql: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Run a statement of a demonstration; return the names of its columns and its rows."""
        try:
            cursor = self._connection.cursor(row_factory=tuple_row).execute(sql.encode(), prepare=False)
        except psycopg.Error as error:
            raise CallError(_text(error), _code(error)) from None
        if not cursor.description:
            return (), []
        return tuple(column.name for column in cursor.description), cursor.fetchall()

    def probe(self, program: Program, bundle: Bundle) -> Iterator[Check]:
        """Look around as the server process: nothing is installed for it, a DO block runs the core."""
        with _told():
            state = self.observe(bundle)
            yield from (Check("server", False, problem) for problem in state.problems)
            if not state.problems:
                yield Check("server", True, f"{state.server}, plpython3u and every grantee are there")
                yield from probe.checks(self._notices, program)

    def endpoint(self, program: Program, bundle: Bundle) -> str:
        """Return what the core would use."""
        with _told():
            return probe.endpoint(self._notices, program)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _query(self, sql: str) -> list[tuple[Any, ...]]:
        cursor = self._connection.cursor(row_factory=tuple_row).execute(sql.encode(), prepare=False)
        return cursor.fetchall() if cursor.description else []

    def _notices(self, sql: str) -> list[str]:
        """Run a PL/Python statement in a transaction that is rolled back, and return the notices that it raised.

        So the language need not be there before a first install.
        """
        heard: list[str] = []

        def hear(notice: psycopg.errors.Diagnostic) -> None:
            heard.append(notice.message_primary or "")

        self._connection.add_notice_handler(hear)
        try:
            with self._connection.transaction(force_rollback=True):
                self._query("create extension if not exists plpython3u")
                self._query(sql)
        finally:
            self._connection.remove_notice_handler(hear)
        return heard


def connect(dsn: Dsn) -> PostgresqlSession:
    """Connect as the DSN says; what it leaves out, libpq finds in its own places (PGPASSFILE, PGSERVICE, …)."""
    parts = {"host": dsn.host, "port": dsn.port, "user": dsn.user, "dbname": dsn.database}
    known = {key: value for key, value in parts.items() if value is not None}
    secret = {"password": dsn.password.reveal()} if dsn.password else {}
    more = {key: value.reveal() if isinstance(value, Secret) else value for key, value in dsn.options.items()}
    usual = {"connect_timeout": "10", "application_name": "udfgen", "client_encoding": "UTF8"}
    try:
        connection = psycopg.connect(**{**usual, **known, **secret, **more}, autocommit=True)  # type: ignore[arg-type]
        # A snapshot from before the lock was had would not see what the last holder did.
        connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        # A database's owner may have set a search_path whose functions and operators would run with a superuser's
        # rights here. https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATTERNS
        connection.execute("set search_path = pg_catalog, pg_temp")
    except psycopg.Error as error:
        raise ConnectError(f"cannot connect to {dsn}: {_text(error)}") from None
    return PostgresqlSession(connection)


def _columns(function: Function) -> dict[str, Type | None]:
    """Return the names and types of what a call gives back; a void function gives one NULL."""
    returns = function.returns
    if isinstance(returns, Table):
        return {each.name: each.result.type for each in returns.columns}
    return {"result": returns.type if returns else None}


def _native_text(type_: Type, text: str | None) -> str | None:
    return f"\\x{text}" if type_.kind is Kind.BYTES and text is not None else text


def _neutral_text(type_: Type | None, text: str | None) -> str | None:
    """Return a value as the contract vectors spell it; see native/contract/README.md."""
    if text is None or type_ is None:
        return None
    if type_.kind is Kind.BYTES:
        return text.removeprefix("\\x")
    if type_.kind in (Kind.REAL, Kind.DOUBLE):
        return trial.floating(text)
    if type_.kind in (Kind.TIMESTAMP, Kind.TIMESTAMPTZ):
        return text.replace(" ", "T").replace("+00", "Z")
    return text


@contextmanager
def _told(kind: type[ConnectError] | type[InstallError] = ConnectError) -> Iterator[None]:
    """Turn the driver's errors into ours, without secrets."""
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise kind(f"{_text(error)}: connect as a superuser; only udfgen call works without") from None
    except psycopg.Error as error:
        raise kind(_text(error)) from None


def _text(error: psycopg.Error) -> str:
    """Return what the server said: message, state, detail, hint; no SQL text, which may be long."""
    said = error.diag
    message = said.message_primary or _unsaid(str(error))
    state = f" (SQLSTATE {error.sqlstate})" if error.sqlstate else ""
    more = "".join(f"; {each}" for each in (said.message_detail, said.message_hint) if each)
    return redact(f"{message}{state}{more}")


def _unsaid(text: str) -> str:
    """Return what went wrong before a server could say anything, without the driver's own first words."""
    lines = "; ".join(filter(None, (" ".join(line.split()) for line in text.splitlines())))
    return lines.removeprefix("connection failed: ").removeprefix("connection is bad: ")


def _code(error: psycopg.Error) -> str | None:
    """Return the code in `[udfgen <code>]`, which every error of a core has exactly once."""
    message = error.diag.message_primary or ""
    return message.partition("[udfgen ")[2].partition("]")[0] or None
