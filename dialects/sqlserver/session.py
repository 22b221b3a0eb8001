"""SQL Server over python-tds: connect, look, lock, run, trust. The only module here that imports the driver."""

from __future__ import annotations

import json
import math
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from udfgen.bundle import Bundle, Key, Requirement
from udfgen.connect import Check, Dsn
from udfgen.errors import CallError, ConnectError, InstallError, LockError, UsageError
from udfgen.ir import Function, Program
from udfgen.redact import redact
from udfgen.state import Live, Recorded, State

from . import lower, problems, quote, trust, values
from .dsn import PORT, READABLE, authorities, options
from .refusal import LEAST, Fault, Refusal, code, plain

try:
    import pytds
    from pytds import tls
    from pytds.login import SpnegoAuth
except ImportError:
    raise UsageError("the SQL Server driver is not installed: pip install 'udfgen[sqlserver]'") from None

SETTINGS = """set ansi_nulls, ansi_padding, ansi_warnings, arithabort, concat_null_yields_null, quoted_identifier on;
set numeric_roundabort off;
set nocount, xact_abort on;
set language us_english;
set textsize -1;"""
"""What the batches that are run depend on; an error in a transaction takes all of it back."""

ASK_LOCK = """set lock_timeout {milliseconds};
set deadlock_priority low;
declare @code int;
exec @code = sys.sp_getapplock @Resource = N'udfgen', @LockMode = N'Exclusive', @LockOwner = N'Session',
    @LockTimeout = {milliseconds}, @DbPrincipal = N'db_owner';
select @code;"""
RELEASE = """exec sys.sp_releaseapplock @Resource = N'udfgen', @LockOwner = N'Session', @DbPrincipal = N'db_owner';
set lock_timeout -1;
set deadlock_priority normal;"""
"""The lock of the database, for db_owner only: the session's, so that it outlives the transaction.

What is changed meanwhile waits as long for those who use it: without a limit, everybody else would wait behind.
In a deadlock it is the install that fails: those who are at work in the database come first.
https://learn.microsoft.com/en-us/sql/relational-databases/system-stored-procedures/sp-getapplock-transact-sql
"""

ASIDE = "set lock_timeout 5000;"
"""For the other connection: another install holds its database's list of assemblies until it commits."""

LONGEST = 2**31 - 1
"""Milliseconds that the server can wait for a lock."""

LATE = -1
"""What sp_getapplock returns when time is up; 0 and 1 are the lock."""

FAILURES = (Refusal, pytds.Error, OSError)
"""What a batch may end with: the server's errors, those that the driver has of itself, the network's."""


class SqlServerSession:
    """One connection; a batch commits by itself but between `begin transaction` and `commit`."""

    transactional = True

    def __init__(self, connection: pytds.Connection, dsn: Dsn) -> None:
        self._connection, self._dsn = connection, dsn
        self.warnings: list[str] = []
        self._swept: Bundle | None = None
        self._seen: set[str] = set()

    def observe(self, bundle: Bundle) -> State:
        """Return what the catalog and the registry say."""
        with _told():
            here = problems.server(self._query)
            unfit = tuple(problems.platform(here)) or tuple(problems.unreadable(self._query))
            if unfit:
                return State(self._title(here), {}, {}, unfit)
            rights = trust.rights(self._query)
            live = self._live(bundle, rights)
            recorded = self._recorded(bundle, live)
            found = tuple(problems.find(self._query, here, rights, bundle, live))
            return State(self._title(here), live, recorded, found)

    def _live(self, bundle: Bundle, rights: trust.Rights) -> dict[Key, Live]:
        live = {Key(kind, name): Live(text, body) for kind, name, text, body in self._query(bundle.catalog)}
        self._seen |= {key.name for key in live if key.kind == "assembly"}
        if rights.may_see:
            names = trust.untrusted(self._query, bundle)
            for key in (each.key for each in bundle.objects if each.key.name in names):
                live[key] = replace(live[key], definition=f"{live[key].definition}\n{trust.UNTRUSTED}")
        return live

    def _recorded(self, bundle: Bundle, live: Mapping[Key, Live]) -> dict[Key, Recorded]:
        """Return the registry's rows; an assembly of ours that nothing stands on is as good as recorded."""
        idle = (Key("assembly", name) for name in trust.idle(self._query, bundle))
        found = {key: Recorded("", live[key].definition) for key in idle if key in live}
        if any(key.kind == "registry" for key in live):
            for kind, name, desired, definition in self._query(bundle.registry):
                found[Key(kind, name)] = Recorded(desired, definition)
        return found

    def _title(self, here: problems.Server) -> str:
        where = f"{self._dsn.host or 'localhost'}:{self._dsn.port or PORT}"
        return f"SQL Server {here.version}, database {here.database} at {where}"

    @contextmanager
    def lock(self, seconds: float) -> Iterator[None]:
        """Hold the lock of the database."""
        milliseconds = min(math.ceil(seconds * 1000), LONGEST)
        with _told():
            answer = self._query(ASK_LOCK.format(milliseconds=milliseconds))[0][0]
        if answer == LATE:
            raise LockError(
                f"another install holds the lock, waited {seconds:g} s: wait for it, or give a longer --lock-timeout"
            )
        if answer < 0:
            raise LockError(
                f"the lock cannot be had, sp_getapplock returns {answer}: try again, as a member of db_owner"
            )
        try:
            yield
        finally:
            with suppress(*FAILURES):  # the end of a session lets its locks go
                self._query(RELEASE)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run what follows in one transaction; then end trust that no database needs, whatever became of it."""
        self._swept = None
        with _told(InstallError):
            self._query("begin transaction;")
        try:
            yield
            with _told(InstallError, "whether it was committed is not known, udfgen status tells"):
                self._query("commit;")
        except BaseException:
            with suppress(*FAILURES):  # the end of a session takes its transaction back
                self._query("if @@trancount > 0 rollback;")
            raise
        finally:
            self._sweep()

    def run(self, sql: str) -> None:
        """Run one batch of an install."""
        with _told(InstallError):
            self._query(sql)

    def place(self, bundle: Bundle, path: Path) -> None:
        """Have the server trust the assembly, if this login may: on a connection of its own, outside the transaction.

        Who may not was told to have it done, or hears it from CREATE ASSEMBLY.
        """
        digest = trust.sha512(bundle)
        if digest is None:
            raise InstallError(f"{path} is not what these sources become: run `udfgen compile` on the spec")
        with _told(InstallError), self._aside() as aside:
            if trust.rights(aside).may_give and not trust.is_trusted(aside, digest):
                self._swept = bundle
                self._seen.add(trust.name(bundle))
                aside(trust.command(bundle, digest))

    def sweep(self, bundle: Bundle) -> None:
        """Remember to end trust in assemblies that go: only once that is committed."""
        self._swept = bundle

    def _sweep(self) -> None:
        """End trust in what was here or was to be, and is not; what an administrator trusts ahead of time stays."""
        if self._swept is None:
            return
        try:
            with self._aside() as aside:
                gone = sorted(self._seen - trust.installed(aside, self._swept))
                if obstacle := gone and trust.obstacle(aside):
                    self.warnings.append(f"{', '.join(gone)} may stay trusted: {obstacle}; {trust.END}")
                elif gone:
                    aside(trust.remember(gone))
                    aside(lower.untrust())
        except (*FAILURES, ConnectError) as error:
            names = ", ".join(sorted(self._seen))
            self.warnings.append(f"of {names} some may stay trusted: {_text(error)}; {trust.END}")

    @contextmanager
    def _aside(self) -> Iterator[trust.Query]:
        """Open another connection, for what no transaction takes back."""
        connection = _open(self._dsn)
        try:
            _execute(connection, ASIDE)
            yield lambda sql: _execute(connection, sql)[1]
        finally:
            _close(connection)

    def call(
        self, program: Program, function: Function, arguments: Mapping[str, str | None]
    ) -> Sequence[Mapping[str, str | None]]:
        """Call a wrapper; an argument that is not given is its default, of a batch function NULL."""
        if function.batch:
            return [{"result": each} for each in self.call_rows(program, function, [arguments]) or [None]]
        sql = values.call(program, function, arguments)
        with _called():
            rows = self._query(sql)
        return values.neutral_rows(function, rows)

    def call_rows(
        self, program: Program, function: Function, rows: Sequence[Mapping[str, str | None]]
    ) -> Sequence[str | None]:
        """Call a batch function with rows; what is not given is NULL."""
        sql = values.call_rows(program, function, rows)
        with _called():
            found = self._query(sql)
        return values.neutral_results(function, found)

    def admit(self, requirements: Sequence[Requirement]) -> None:
        """See that the users and roles that a bundle requires are there: making them is their administrator's."""
        names = [each.key.name for each in requirements if each.key.kind == "principal"]
        with _told():
            absent = problems.absent(self._query, names)
        if absent:
            raise UsageError(f"create these users or roles first: {', '.join(sorted(absent))}")

    def rows(self, sql: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Run a statement of a demonstration; return the names of its columns and its rows."""
        with _called():
            return _execute(self._connection, sql)

    def probe(self, program: Program, bundle: Bundle) -> Iterator[Check]:
        """Look around as the server process, through the installed core."""
        state = self.observe(bundle)
        yield from (Check("server", False, problem) for problem in state.problems)
        yield Check("server", not state.problems, state.server)
        if _probe(bundle) not in state.live:
            yield Check("core", False, "not installed yet", "install the spec: doctor looks through its core")
            return
        for name, is_fine, found, advice in json.loads(self._ask(bundle, "checks")):
            yield Check(name, is_fine, found, advice)

    def endpoint(self, program: Program, bundle: Bundle) -> str:
        """Return what the core would use."""
        return self._ask(bundle, "endpoint")

    def _ask(self, bundle: Bundle, what: str) -> str:
        name = quote.qualified(*_probe(bundle).name.split("."))
        with _called():
            return str(self._query(f"select {name}({quote.literal(what)});")[0][0])

    def close(self) -> None:
        """Close the connection."""
        _close(self._connection)

    def _query(self, sql: str) -> list[tuple[Any, ...]]:
        return _execute(self._connection, sql)[1]


def _probe(bundle: Bundle) -> Key:
    return next(each.key for each in bundle.objects if each.key.name.endswith("$probe"))


def _execute(connection: pytds.Connection, sql: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Run a batch to its end, as an error may stand behind rows; return its first result: columns and rows."""
    with connection.cursor() as cursor:
        try:
            cursor.execute(sql)
            found = _fetched(cursor)
            while cursor.nextset():
                found = found if found[0] else _fetched(cursor)
            return found
        except pytds.DatabaseError:
            told = (each for _, each in cursor.messages or () if each.severity >= LEAST)
            raise Refusal(Fault(each.number, each.line, each.text) for each in told) from None


def _fetched(cursor: Any) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    names = tuple(str(column[0]) for column in cursor.description or ())
    return names, [tuple(row) for row in cursor.fetchall()] if names else []


# Connecting


def connect(dsn: Dsn) -> SqlServerSession:
    """Connect as the DSN says; ConnectError, and UsageError for one that lacks what the driver needs.

    A user DOMAIN\\name logs in to Windows, by NTLM.
    """
    return SqlServerSession(_open(dsn), dsn)


def _open(dsn: Dsn) -> pytds.Connection:
    given = options(dsn)
    settings = {**_login(dsn), **_encryption(given)}
    try:
        return _prepared(_dial(dsn, float(given.get("connect_timeout", 10)), settings))
    except Exception as error:  # TLS and NTLM have errors of their own, which are no classes of the driver's
        raise ConnectError(f"cannot connect to {dsn}: {_text(error)}") from None


def _prepared(connection: pytds.Connection) -> pytds.Connection:
    """Return a connection with our settings, or close it."""
    try:
        _execute(connection, SETTINGS)
    except FAILURES:
        _close(connection)
        raise
    return connection


def _dial(dsn: Dsn, seconds: float, settings: Mapping[str, Any]) -> pytds.Connection:
    """Open a connection by a socket of our own: the driver would try a refused one again until time is up."""
    place = dsn.host or "localhost", dsn.port or PORT
    return pytds.connect(
        dsn=place[0],
        port=place[1],
        database=dsn.database,
        sock=socket.create_connection(place, seconds),
        login_timeout=seconds,
        disable_connect_retry=True,
        autocommit=True,
        appname="udfgen",
        **settings,
    )


def _encryption(given: Mapping[str, str]) -> dict[str, Any]:
    """Return the driver's settings for TLS, which it does with another package and by a file of authorities.

    pyOpenSSL 26.2 has lost what python-tds 1.17 reads a certificate's names with (X509.get_extension).
    """
    how = given.get("encrypt", "yes")
    if how == "no":
        return {}
    if not tls.OPENSSL_AVAILABLE:
        raise UsageError(f"encryption needs pyOpenSSL: pip install 'pyOpenSSL<26'; or {READABLE}")
    return {"cafile": authorities(given), "enc_login_only": how == "login"}


def _login(dsn: Dsn) -> dict[str, Any]:
    """Return the driver's settings for who logs in; UsageError for a DSN without a user, a password or a database."""
    if not (dsn.user and dsn.password and dsn.database):
        raise UsageError(
            "a DSN of this engine names a user, a password and a database: mssql://user:password@host:port/database"
        )
    password = dsn.password.reveal()
    if "\\" not in dsn.user:
        return {"user": dsn.user, "password": password}
    try:
        return {"auth": SpnegoAuth(dsn.user, password, hostname=dsn.host, service="MSSQLSvc", protocol="ntlm")}
    except ImportError:
        raise UsageError("a login of Windows needs pyspnego: pip install pyspnego") from None


def _close(connection: pytds.Connection) -> None:
    """Close a connection, also one that the server has ended."""
    with suppress(*FAILURES):
        connection.close()


# Errors


@contextmanager
def _told(kind: type[ConnectError] | type[InstallError] = ConnectError, advice: str = "") -> Iterator[None]:
    """Turn errors of the server and of the network into ours, without secrets."""
    try:
        yield
    except (*FAILURES, ConnectError) as error:
        raise kind(f"{_text(error)}{f'; {advice}' if advice else ''}") from None


@contextmanager
def _called() -> Iterator[None]:
    """Turn the errors of a call into CallError; half a surrogate pair, which the driver cannot send, has no number."""
    try:
        yield
    except (*FAILURES, UnicodeError) as error:
        raise CallError(_text(error), code(str(error))) from None


def _text(error: BaseException) -> str:
    """Return what went wrong on one line, without secrets; the driver hides some reasons behind a time-out."""
    if isinstance(error, pytds.DatabaseError):
        return redact(f"Msg {error.number}: {plain(error.args[0])}")
    return redact(plain(str(error) or str(error.__cause__ or "") or type(error).__name__))
