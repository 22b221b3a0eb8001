"""MySQL and MariaDB over PyMySQL: connect, look, lock, run, place. The only module here that imports the driver."""

from __future__ import annotations

import configparser
import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from udfgen.bundle import Bundle, Key, Requirement
from udfgen.connect import PLUGIN_DIR, Check, Dsn
from udfgen.errors import CallError, ConnectError, InstallError, LockError, UsageError
from udfgen.ir import Function, Program
from udfgen.redact import Secret, redact
from udfgen.state import Live, Recorded, State

from . import lower, names, placement, problems, quote, values

try:
    import pymysql
    from pymysql.constants import CLIENT
    from pymysql.converters import conversions
except ImportError:
    raise UsageError("the MySQL driver is not installed: pip install 'udfgen[mysql]'") from None

SETTINGS = (
    "set names utf8mb4",
    f"set session sql_mode = {lower.SQL_MODE}",
    "set session group_concat_max_len = 1073741824",
    "set session lock_wait_timeout = 60",
)
"""What the texts that are run, and what the catalog says of them, depend on."""

AS_TEXT: dict[Any, Any] = {key: value for key, value in conversions.items() if not isinstance(key, int)}
"""The driver's converters of arguments, and none of results: those stay as the server spells them."""

LOCK = quote.literal(lower.LOCK)

NOT_UNICODE = "an argument holds half of a surrogate pair, which no text of this server can"

ABSENT = (1305, 1370, 1049)
"""What the servers say of a routine that is not there, or that this account may not see, and of a database."""

BUSY = 1205
"""What the servers say when a lock was not had in time; a step can be repeated from its start."""

BUSY_ADVICE = (
    "it is in use by a transaction that is open (see `show full processlist`), tried for {:g} s; "
    "wait for it or end it, or give a longer --lock-timeout"
)

BREATH = 0.5
"""Seconds between two tries for a lock, in which those who waited behind it go on."""

DAMAGED = (
    "its file is lost or half-written ({}): calls may fail, and nobody knows what was switched; "
    "`udfgen install --replace-drift` makes it anew with every binding off"
)

UNREADABLE = "\nswitch: unreadable"
"""What a library says last when it cannot read the switch."""

CANNOT_OPEN = (1126, 1127)
"""What the servers say of a library that is not in their folder, and of one without the function."""


class MysqlSession:
    """One PyMySQL connection; every statement commits by itself."""

    transactional = False

    def __init__(self, connection: pymysql.Connection[Any], dsn: Dsn) -> None:
        self._connection, self._dsn = connection, dsn
        self.warnings: list[str] = []
        self._loaded: set[str] = set()
        self._refusal = ""
        self._patience = 0.0
        self.version = str(self._value("select version()"))

    def observe(self, bundle: Bundle) -> State:
        """Return what the catalog, the library and the registry say."""
        with _told():
            lacking = tuple(problems.missing_rights(self._query))
            if lacking:
                return State(self._title(), {}, {}, lacking)
            live = {Key(kind, name): Live(text, body) for kind, name, text, body in self._query(bundle.catalog)}
            live |= self._cores(bundle)
            live |= self._switch(live)
            found = tuple(problems.find(self._query, self.version, bundle, live))
            return State(self._title(), live, self._recorded(bundle, live), found)

    def _switch(self, live: Mapping[Key, Live]) -> dict[Key, Live]:
        """Return the switch's table with what is the matter with its file, and tell it to the next install.

        The libraries that cannot read it come without saying so: there is nothing wrong with them.
        """
        cores = {
            key: Live(each.definition.removesuffix(UNREADABLE))
            for key, each in live.items()
            if key.kind == "core" and each.definition.endswith(UNREADABLE)
        }
        found = {key: each.definition for key, each in live.items() if key.kind == "switch"}
        damages = {key: damage for key, text in found.items() if (damage := self._damage(key, text, bool(cores)))}
        self._refusal = "; ".join(f"{key} cannot be used: {damage}" for key, damage in damages.items())
        self._all(f"set @udfgen_damaged = {int(bool(damages))}")
        return cores | {key: Live(f"{found[key]}\n{damage}") for key, damage in damages.items()}

    def _damage(self, table: Key, definition: str, is_unreadable: bool) -> str:
        """Return what is the matter with a table's file, '' when it is as it should be.

        The server counts the rows, and a last one that is cut passes for none; a library reads every letter, but can
        read no other columns either, which are made right without losing a row.
        """
        with suppress(pymysql.Error):  # Else the server may look at a file that is open, and no longer there.
            self._all(f"flush local tables {table.name}")
        said = [str(text) for *_, text in self._query(f"check table {table.name}")]
        if said[-1:] != ["OK"]:
            return DAMAGED.format(said[0])
        return DAMAGED.format("a row is cut") if is_unreadable and definition == lower.SWITCH else ""

    def _cores(self, bundle: Bundle) -> dict[Key, Live]:
        """Return the loadable functions of this program, each as its library describes itself, or why it cannot."""
        ours = re.compile(rf"{re.escape(names.family(bundle.program))}_[0-9a-f]{{12}}")
        found = {str(name): str(library) for name, library in self._query("select name, dl from mysql.func")}
        cores = {name: library for name, library in found.items() if ours.fullmatch(name)}
        self._loaded |= set(cores.values())
        return {Key("core", name): Live(self._facts(name, library)) for name, library in cores.items()}

    def _facts(self, name: str, library: str) -> str:
        try:
            return str(self._value(f"select {lower.facts_of_library(name)}"))
        except pymysql.Error as error:
            return f"library {library}\nnot loaded: {_text(error)}"

    def _recorded(self, bundle: Bundle, live: Mapping[Key, Live]) -> dict[Key, Recorded]:
        if not any(key.kind == "registry" for key in live):
            return {}
        return {Key(kind, name): Recorded(desired, text) for kind, name, desired, text in self._query(bundle.registry)}

    def _title(self) -> str:
        title = "MariaDB" if problems.is_mariadb(self.version) else "MySQL"
        where = self._connection.unix_socket or f"{self._connection.host}:{self._connection.port}"
        return f"{title} {self.version.split('-')[0]} at {where}"

    @contextmanager
    def lock(self, seconds: float) -> Iterator[None]:
        """Hold the named lock of the whole server; the scripts' own lock is the same, and re-entrant."""
        with _told():
            if self._value(f"select get_lock({LOCK}, {seconds:g})") != "1":
                holder = self._value(f"select is_used_lock({LOCK})")
                raise LockError(
                    f"another install holds the lock, waited {seconds:g} s: connection {holder}; wait for it, "
                    "or give a longer --lock-timeout"
                )
        self._patience = seconds
        try:
            yield
        finally:
            if self._connection.open:
                with _told():
                    self._value(f"select release_lock({LOCK})")

    def transaction(self) -> Any:
        """Return a context that does nothing: DDL commits by itself here."""
        return nullcontext()

    def run(self, sql: str) -> None:
        """Run the statements of one step, and keep what they tell; one that fails leaves no table locked.

        A lock that is not had is tried for again until the time is over that `lock` was given.
        """
        until = time.monotonic() + self._patience
        while not self._has_run(sql, until):
            time.sleep(BREATH)

    def _has_run(self, sql: str, until: float) -> bool:
        """Run the statements of one step, or tell that a lock was not had and there is time to try again."""
        try:
            self.warnings += self._all(sql)
        except pymysql.Error as error:
            self._unlock()
            if _number(error) != BUSY:
                raise InstallError(_text(error)) from None
            if time.monotonic() >= until:
                raise InstallError(f"{_text(error)}: {BUSY_ADVICE.format(self._patience)}") from None
            return False
        return True

    def place(self, bundle: Bundle, path: Path) -> None:
        """Put the library into the server's folder, or see that somebody did.

        Raises InstallError with the commands to run on the server when neither can be.
        """
        with _told(InstallError):
            folder = self._folder()
            orders = placement.Orders(path, self._plugin_dir(), self._digest(bundle))
        if folder is None or not placement.put(folder, path, orders):
            self._try(path, orders)

    def _folder(self) -> Path | None:
        """Return the server's library folder, as seen from here, or None when the server is elsewhere."""
        given = self._dsn.options.get(PLUGIN_DIR)
        if isinstance(given, str):
            return Path(given)
        hostname = str(self._value("select @@hostname"))
        is_local = placement.is_local(bool(self._connection.unix_socket), self._dsn.host, hostname)
        folder = Path(self._plugin_dir())
        return folder if is_local and folder.is_dir() else None

    def _plugin_dir(self) -> str:
        return str(self._value("select @@plugin_dir"))

    def _digest(self, bundle: Bundle) -> str | None:
        """Return the hex SHA-256 of the token, all that the library knows of it; None for an install without one."""
        tokens = [each.key.name for each in bundle.objects if each.key.kind == "token"]
        return str(self._value(f"select sha2(token, 256) from {tokens[0]}")) if tokens else None

    def _try(self, path: Path, orders: placement.Orders) -> None:
        """See whether the server has the library, by loading it."""
        try:
            self._load(path.stem, path.name)
            facts = str(self._value(f"select {lower.facts_of_library(path.stem)}"))
        except pymysql.Error as error:
            if _number(error) not in CANNOT_OPEN:
                raise InstallError(_text(error)) from None
            facts = ""
        orders.require_obeyed(facts)

    def _load(self, name: str, library: str) -> None:
        self._all(f"drop function if exists {quote.identifier(name)}")
        self._all(f"create function {quote.identifier(name)} returns string soname {quote.literal(library)}")

    def sweep(self, bundle: Bundle) -> None:
        """Delete this install's libraries that no loadable function names any more."""
        with _told(InstallError):
            used = {str(row[0]) for row in self._query("select dl from mysql.func")}
            folder = self._folder()
            if folder is not None:
                self.warnings += placement.sweep(folder, names.family(bundle.program), used)
                return
            for library in sorted(self._loaded - used):
                self.warnings.append(
                    f"on the server, delete {library} and what begins with it from {self._plugin_dir()}"
                )

    def call(
        self, program: Program, function: Function, arguments: Mapping[str, str | None]
    ) -> Sequence[Mapping[str, str | None]]:
        """Call a wrapper with texts that the server converts; an argument that is not given is the spec's default."""
        if function.batch:
            return [{"result": each} for each in self.call_rows(program, function, [arguments]) or [None]]
        sql, given = values.call(program, function, arguments)
        rows = self._called(sql, given)
        return values.neutral_rows(function, rows)

    def call_rows(
        self, program: Program, function: Function, rows: Sequence[Mapping[str, str | None]]
    ) -> Sequence[str | None]:
        """Call a batch function with rows as one JSON text."""
        sql, given = values.call_rows(program, function, rows)
        return values.neutral_results(function, self._called(sql, given))

    def _called(self, sql: str, given: Sequence[str | None]) -> list[tuple[Any, ...]]:
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(sql, tuple(given))
                rows = list(cursor.fetchall()) if cursor.description else []
                while cursor.nextset():
                    pass
                return rows
        except pymysql.Error as error:
            advice = "; install the spec first, or see udfgen status" if _number(error) in ABSENT else ""
            raise CallError(f"{_text(error)}{advice}", _code(error)) from None
        except UnicodeEncodeError:
            raise CallError(NOT_UNICODE, None) from None

    def admit(self, requirements: Sequence[Requirement]) -> None:
        """Create the accounts that a bundle requires; the tables of triggers are somebody's own."""
        for required in requirements:
            if required.key.kind in problems.NAMED_BY:
                self.run(f"create user if not exists {required.key.name}")

    def rows(self, sql: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Run a statement of a demonstration; return the names of its columns and its rows.

        Raises CallError, also where the last look found the switch damaged: what it says is not what is.
        """
        if self._refusal:
            raise CallError(self._refusal, None)
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(sql)
                names = tuple(column[0] for column in cursor.description or ())
                rows = list(cursor.fetchall()) if names else []
                while cursor.nextset():
                    pass
                return names, rows
        except pymysql.Error as error:
            raise CallError(_text(error), _code(error)) from None

    def probe(self, program: Program, bundle: Bundle) -> Iterator[Check]:
        """Look around as the server process, through the installed library."""
        state = self.observe(bundle)
        yield from (Check("server", False, problem) for problem in state.problems)
        yield Check("server", not state.problems, state.server)
        core = next((state.live.get(each.key) for each in bundle.objects if each.key.kind == "core"), None)
        if core is None:
            yield Check("library", False, "not installed yet", "install the spec: doctor looks through its library")
            return
        yield Check("library", "door: shut" not in core.definition, core.definition.replace("\n", ", "))
        for name, is_fine, found, advice in json.loads(self._probe(program, "checks")):
            yield Check(name, is_fine, found, advice)

    def endpoint(self, program: Program, bundle: Bundle) -> str:
        """Return what the core would use."""
        return self._probe(program, "endpoint")

    def _probe(self, program: Program, what: str) -> str:
        name = quote.qualified(names.private_database(program), lower.PROBE)
        return str(self._called(f"select {name}(%s)", [what])[0][0])

    def close(self) -> None:
        """Close the connection."""
        if self._connection.open:
            self._connection.close()

    def _query(self, sql: str) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    def _value(self, sql: str) -> Any:
        return self._query(sql)[0][0]

    def _unlock(self) -> None:
        """Let go of a table, unless the connection went, and the lock with it."""
        with suppress(pymysql.Error):
            self._all("unlock tables")

    def _all(self, sql: str) -> list[str]:
        """Run several statements, each to its end: an error of a later one is told only when its result is read.

        Return the texts that they select, which are for the user.
        """
        with self._connection.cursor() as cursor:
            cursor.execute(sql)
            told = [str(row[0]) for row in cursor.fetchall()]
            while cursor.nextset():
                told += [str(row[0]) for row in cursor.fetchall()]
        return told


def connect(dsn: Dsn) -> MysqlSession:
    """Connect as the DSN says; what it leaves out, the driver finds in the [client] section of ~/.my.cnf."""
    parts = {"host": dsn.host, "port": dsn.port, "user": dsn.user, "database": dsn.database}
    known: dict[str, Any] = {key: value for key, value in parts.items() if value is not None}
    # As bytes in UTF-8, which these servers were told it in: the driver would write text in ISO 8859-1.
    known |= {"password": dsn.password.reveal().encode()} if dsn.password else {}
    try:
        connection = pymysql.connect(
            **known,
            **_options(dsn),
            read_default_file=str(Path("~/.my.cnf").expanduser()),
            charset="utf8mb4",
            autocommit=True,
            client_flag=CLIENT.MULTI_STATEMENTS,
            conv=AS_TEXT,
        )
        with connection.cursor() as cursor:
            for setting in SETTINGS:
                cursor.execute(setting)
        return MysqlSession(connection, dsn)
    except (configparser.Error, ValueError):
        raise ConnectError("~/.my.cnf cannot be read: mend it, or give all in the DSN") from None
    except (pymysql.Error, OSError, RuntimeError) as error:
        raise ConnectError(f"cannot connect to {dsn}: {_text(error)}") from None


OPTIONS = {"socket": "unix_socket", "ssl_ca": "ssl_ca", "ssl_cert": "ssl_cert", "ssl_key": "ssl_key"}
"""The options of a DSN that go to the driver, under its names. With ssl_ca the server's certificate is verified."""


def _options(dsn: Dsn) -> dict[str, Any]:
    """Return the driver's settings; UsageError for an option that is not known, which would be lost in silence."""
    given = {key: each.reveal() if isinstance(each, Secret) else each for key, each in dsn.options.items()}
    settings: dict[str, Any] = {"connect_timeout": 10}
    for key, value in given.items():
        if key in OPTIONS:
            settings[OPTIONS[key]] = value
        elif key == "connect_timeout" and value.isdecimal():
            settings[key] = int(value)
        elif key == PLUGIN_DIR and not Path(value).is_dir():
            raise UsageError(
                f"{value} is no folder here: --plugin-dir names the server's folder, as seen from this machine"
            )
        elif key != PLUGIN_DIR:
            names = ", ".join((*OPTIONS, "connect_timeout", PLUGIN_DIR))
            raise UsageError(f"a DSN of this engine has no option of that name or value: it has {names}")
    if "ssl_ca" in settings:
        settings |= {"ssl_verify_cert": True, "ssl_verify_identity": True}
    return settings


@contextmanager
def _told(kind: type[ConnectError] | type[InstallError] = ConnectError) -> Iterator[None]:
    """Turn the driver's errors into ours, without secrets."""
    try:
        yield
    except pymysql.Error as error:
        raise kind(_text(error)) from None


def _text(error: BaseException) -> str:
    """Return what the server said, with its number; no SQL text, which may be long."""
    if isinstance(error, pymysql.Error) and len(error.args) > 1:
        return redact(f"{' '.join(str(error.args[1]).split())} (error {_number(error)})")
    return redact(" ".join(str(error).split()))


def _number(error: pymysql.Error) -> int:
    """Return the server's error number, which the driver takes for a signed one of 16 bits."""
    return int(error.args[0]) % 65536


def _code(error: pymysql.Error) -> str | None:
    """Return the code in `[udfgen <code>]`, which every error of a core has exactly once."""
    message = str(error.args[1]) if len(error.args) > 1 else ""
    return message.partition("[udfgen ")[2].partition("]")[0] or None
