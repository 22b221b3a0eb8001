"""Oracle over python-oracledb, thin: connect, look, lock, run. The only module here that imports the driver."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from time import monotonic
from typing import Any

from udfgen.bundle import Bundle, Key, Requirement
from udfgen.connect import Check, Dsn
from udfgen.errors import CallError, ConnectError, InstallError, LockError, UsageError
from udfgen.ir import Function, Program
from udfgen.redact import Secret, redact
from udfgen.state import Live, Recorded, State

from . import problems, quote, values

try:
    import oracledb
except ImportError:
    raise UsageError("the Oracle driver is not installed: pip install 'udfgen[oracle]'") from None

# Texts and bytes come whole, and numbers with all their digits.
# https://python-oracledb.readthedocs.io/en/latest/api_manual/defaults.html
oracledb.defaults.fetch_lobs = False
oracledb.defaults.fetch_decimals = True

SETTING = "alter session set ddl_lock_timeout = 60"
"""How long a statement waits for those who use an object just now."""

MODULE = "udfgen"
"""By which intend.sql tells an install whose plan was looked at from a script that is run by hand."""

LOCK = quote.identifier("UDFGEN$$LOCK")
"""The table that an install locks; two dollars: no spec has a registry of this name."""

LEFT = "select count(*) from user_tables where table_name like 'UDFGEN$%' and table_name <> 'UDFGEN$$LOCK'"
"""Counts the registries: with none left, the table goes."""

TRIES = 10
"""How often the table may be dropped by another install before this one has it."""

EXISTS, MISSING, PENDING = 955, 942, (54, 30006)
"""What the server says of a table that is there, that is not there, that another session has locked."""

ABSENT = (904, 942, 4043, 6550)
"""What it says of a wrapper that is not there, or not for this user."""

NOISE = ("ORA-06512:", "Help: ")
"""Lines of an error that tell where in PL/SQL it passed, and where its number is explained."""


class OracleSession:
    """One connection; every statement commits by itself."""

    transactional = False

    def __init__(self, connection: oracledb.Connection, dsn: Dsn) -> None:
        self._connection, self._dsn = connection, dsn
        self.warnings: list[str] = []

    def observe(self, bundle: Bundle) -> State:
        """Return what the dictionary and the registry say."""
        with _told():
            found = tuple(problems.blocking(self._query, self._connection.version, bundle))
            if found:
                return State(self._title(), {}, {}, found)
            recorded = self._recorded(bundle)
            live = self._live(bundle, recorded)
            return State(self._title(), live, recorded, tuple(problems.find(self._query, bundle, recorded)))

    def _recorded(self, bundle: Bundle) -> dict[Key, Recorded]:
        try:
            rows = self._query(bundle.registry)
        except oracledb.DatabaseError as error:
            if _number(error) == MISSING:
                return {}
            raise
        return {Key(kind, name): Recorded(desired or "", text or "") for kind, name, desired, text in rows}

    def _live(self, bundle: Bundle, recorded: Mapping[Key, Recorded]) -> dict[Key, Live]:
        keys = {each.key for each in bundle.objects} | recorded.keys()
        rows = self._query(bundle.catalog, names=problems.names(sorted(keys)))
        return {Key(kind, name): Live(text, body) for kind, name, text, body in rows if text is not None}

    def _title(self) -> str:
        where = f"{self._dsn.host}:{self._dsn.port or 1521}/" if self._dsn.host else ""
        return f"Oracle {self._connection.version} at {where}{self._dsn.database}"

    @contextmanager
    def lock(self, seconds: float) -> Iterator[None]:
        """Hold the schema's lock in a connection of its own: a statement of the install would commit, and let go."""
        holder = _open(self._dsn)
        try:
            with _told():
                _hold(holder, seconds)
            try:
                yield
            finally:
                self._release(holder)
        finally:
            _close(holder)

    def _release(self, holder: oracledb.Connection) -> None:
        """Let go; what was installed is installed, also when that fails."""
        try:
            _let_go(holder)
        except oracledb.Error as error:
            self.warnings.append(f"the table {LOCK} may be left: {_text(error)}")

    def transaction(self) -> Any:
        """Return a context that does nothing: DDL commits by itself here."""
        return nullcontext()

    def run(self, sql: str) -> None:
        """Run one statement; what it made and does not compile is an error too."""
        with _told(InstallError), self._connection.cursor() as cursor:
            cursor.execute(sql)
            if cursor.warning is not None:
                raise InstallError(f"{self._compiler_said(sql)} ({_text(cursor.warning)})")

    def _compiler_said(self, sql: str) -> str:
        """Return why the object that a statement names does not compile."""
        name = re.search(r'"([^"]+)"', sql)
        rows = self._query(
            "select e.type, e.name, e.line, e.text from user_errors e "
            "where e.name = :name and e.attribute = 'ERROR' order by e.sequence",
            name=name[1] if name else "",
        )
        return "; ".join(f"{kind} {made}, line {line}: {_text(text)}" for kind, made, line, text in rows[:3])

    def call(
        self, program: Program, function: Function, arguments: Mapping[str, str | None]
    ) -> Sequence[Mapping[str, str | None]]:
        """Call a wrapper; an argument that is not given is left to the wrapper's default."""
        if function.batch:
            results = self.call_rows(program, function, [arguments])
            return [{"result": results[0] if results else None}]
        return values.neutral_rows(function, self._run_call(values.call(program, function, arguments)))

    def call_rows(
        self, program: Program, function: Function, rows: Sequence[Mapping[str, str | None]]
    ) -> Sequence[str | None]:
        """Call a batch function with a cursor over rows; return their results in order, none where it is void."""
        found = self._run_call(values.call_rows(program, function, rows))
        return [each["result"] for each in values.neutral_rows(function, found)] if function.returns else []

    def _run_call(self, call: values.Call) -> list[tuple[Any, ...]]:
        types = {name: getattr(oracledb, f"DB_TYPE_{each.type}") for name, each in call.binds.items()}
        with _called(), self._connection.cursor() as cursor:
            cursor.setinputsizes(**types)
            cursor.execute(call.sql, {name: each.value for name, each in call.binds.items()})
            return cursor.fetchall() if cursor.description else []

    def admit(self, requirements: Sequence[Requirement]) -> None:
        """See that the users and roles that a bundle requires are there: making them is a DBA's."""
        with _told():
            known = problems.grantees(self._query)
        wanted = {each.key.name for each in requirements if each.key.kind == "grantee"}
        if known is not None and wanted - known:
            raise UsageError(f"have a DBA create these users or roles first: {', '.join(sorted(wanted - known))}")

    def rows(self, sql: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Run a statement of a demonstration; return the names of its columns and its rows."""
        with _called(), self._connection.cursor() as cursor:
            cursor.execute(sql)
            names = tuple(str(column[0]) for column in cursor.description or ())
            return names, cursor.fetchall() if names else []

    def probe(self, program: Program, bundle: Bundle) -> Iterator[Check]:
        """Look around as the server process, through the installed core."""
        state = self.observe(bundle)
        yield from (Check("server", False, problem) for problem in state.problems)
        yield Check("server", not state.problems, state.server)
        if _package(bundle) not in state.live:
            yield Check("core", False, "not installed yet", "install the spec: doctor looks through its core")
            return
        for name, is_fine, found, advice in json.loads(self._probe(bundle, "checks")):
            yield Check(name, is_fine, found, advice)

    def endpoint(self, program: Program, bundle: Bundle) -> str:
        """Return what the core would use."""
        return self._probe(bundle, "endpoint")

    def _probe(self, bundle: Bundle, what: str) -> str:
        package = quote.identifier(_package(bundle).name)
        with _called():
            return str(self._query(f'select {package}."PROBE"(:what) from dual', what=what)[0][0])

    def close(self) -> None:
        """Close the connection."""
        _close(self._connection)

    def _query(self, sql: str, **binds: str) -> list[tuple[Any, ...]]:
        return _execute(self._connection, sql, **binds)


def _package(bundle: Bundle) -> Key:
    return next(each.key for each in bundle.objects if each.key.name.endswith("$CORE"))


def _execute(connection: oracledb.Connection, sql: str, **binds: str) -> list[tuple[Any, ...]]:
    """Run a statement; return its rows, none where it is no query."""
    with connection.cursor() as cursor:
        if "names" in binds:  # they are as many as the spec has
            cursor.setinputsizes(names=oracledb.DB_TYPE_CLOB)
        cursor.execute(sql, binds)
        return cursor.fetchall() if cursor.description else []


# The lock


def _hold(holder: oracledb.Connection, seconds: float) -> None:
    """Lock the table, made where it is missing: another install may drop it meanwhile. LockError when time is up."""
    deadline = monotonic() + seconds
    for _ in range(TRIES):
        with _passing(EXISTS):
            _execute(holder, f"create table {LOCK} (held number)")
        left = math.ceil(deadline - monotonic())
        with _passing(MISSING):
            _lock_table(holder, f"wait {left}" if left > 0 else "nowait", seconds)
            return
    raise LockError("the table of the lock comes and goes: try again")


def _lock_table(holder: oracledb.Connection, wait: str, seconds: float) -> None:
    try:
        _execute(holder, f"lock table {LOCK} in exclusive mode {wait}")
    except oracledb.DatabaseError as error:
        if _number(error) not in PENDING:
            raise
        raise LockError(
            f"another install holds the lock, waited {seconds:g} s: wait for it, or give a longer --lock-timeout"
        ) from None


def _let_go(holder: oracledb.Connection) -> None:
    """Let the table go, and drop it after the last install, unless another one has it by now."""
    holder.rollback()
    if not _execute(holder, LEFT)[0][0]:
        with _passing(MISSING, *PENDING):
            _execute(holder, f"drop table {LOCK} purge")


@contextmanager
def _passing(*numbers: int) -> Iterator[None]:
    """Let errors of these numbers pass."""
    try:
        yield
    except oracledb.DatabaseError as error:
        if _number(error) not in numbers:
            raise


# Connecting


def connect(dsn: Dsn) -> OracleSession:
    """Connect as the DSN says; ConnectError, and UsageError for one that lacks what the thin driver needs."""
    connection = _open(dsn)
    connection.autocommit = True
    connection.module = MODULE
    with _told():
        _execute(connection, SETTING)
    return OracleSession(connection, dsn)


OPTIONS = ("protocol", "wallet_location", "wallet_password", "config_dir", "ssl_server_dn_match", "connect_timeout")
"""The options of a DSN. `wallet_password` is a secret.

https://python-oracledb.readthedocs.io/en/latest/api_manual/module.html#oracledb.connect
"""


def _open(dsn: Dsn) -> oracledb.Connection:
    settings = _options(dsn)
    if not (dsn.user and dsn.password and dsn.database):
        raise UsageError(
            "a DSN of this engine names a user, a password and a service: oracle://user:password@host:port/service, "
            "or oracle://user:password@/alias?config_dir=DIR for one of a tnsnames.ora"
        )
    settings |= {"user": dsn.user, "password": dsn.password.reveal()}
    if dsn.host:
        settings |= {"host": dsn.host, "port": dsn.port or 1521, "service_name": dsn.database}
    else:
        settings |= {"dsn": dsn.database}
    try:
        return oracledb.connect(**settings)
    except (oracledb.Error, OSError, ValueError) as error:
        raise ConnectError(redact(f"cannot connect to {dsn}: {_text(error)}")) from None


def _options(dsn: Dsn) -> dict[str, Any]:
    """Return the driver's settings; UsageError for an option that is not known, which would be lost in silence."""
    given = {key: each.reveal() if isinstance(each, Secret) else each for key, each in dsn.options.items()}
    settings: dict[str, Any] = {"tcp_connect_timeout": 10.0}
    for key, value in given.items():
        setting = _setting(key, value)
        if setting is None:
            names = ", ".join(OPTIONS)
            raise UsageError(f"a DSN of this engine has no option of that name or value: it has {names}")
        settings |= setting
    return settings


def _setting(key: str, value: str) -> dict[str, Any] | None:
    if key == "connect_timeout":
        return {"tcp_connect_timeout": float(value)} if value.isdecimal() else None
    if key == "protocol":
        return {key: value} if value in ("tcp", "tcps") else None
    if key == "ssl_server_dn_match":
        return {key: value == "true"} if value in ("true", "false") else None
    return {key: value} if key in OPTIONS else None


def _close(connection: oracledb.Connection) -> None:
    """Close a connection, also one that the server has ended."""
    try:
        connection.close()
    except oracledb.Error:
        return


# Errors


@contextmanager
def _told(kind: type[ConnectError] | type[InstallError] = ConnectError) -> Iterator[None]:
    """Turn the driver's errors into ours, without secrets."""
    try:
        yield
    except oracledb.Error as error:
        raise kind(_text(error)) from None


@contextmanager
def _called() -> Iterator[None]:
    """Turn the errors of a call into CallError; a value that the driver cannot send has no number."""
    try:
        yield
    except (oracledb.Error, ValueError, OverflowError, TypeError) as error:
        advice = "; install the spec first, or see udfgen status" if _number(error) in ABSENT else ""
        raise CallError(f"{_text(error)}{advice}", _code(str(error))) from None


def _text(said: object) -> str:
    """Return what the server said, its ORA number first, on one line and without secrets."""
    lines = (line for line in str(said).splitlines() if not line.startswith(NOISE))
    return redact(" ".join(" ".join(lines).split()))


def _number(error: BaseException) -> int:
    """Return the server's error number, 0 for what the driver says by itself."""
    return int(getattr(error.args[0], "code", 0)) if error.args else 0


def _code(message: str) -> str | None:
    """Return the code in `[udfgen <code>]`, which every error of a core has exactly once."""
    return message.partition("[udfgen ")[2].partition("]")[0] or None
