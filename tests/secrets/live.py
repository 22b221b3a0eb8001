"""Private servers with marked keys in their environment: the verbs, callers in SQL, and what stands in the logs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import psycopg
import pymysql
import pytest

from tests.conftest import private_server
from tests.live import databases as postgresql_support
from tests.live.mysql import databases as mysql_support
from tests.scripted import DELIVERIES, Script, ScriptedLambda
from tests.secrets.calls import canonical, keys_of, replies, told
from tests.secrets.marks import Marks
from tests.secrets.runs import Ran
from tests.secrets.shell import Shell, quickstart, shell
from udfgen import dialect
from udfgen.errors import InstallError
from udfgen.local.keys import Key

SUCCEEDED = "\nexit code 0\n"


@dataclass(frozen=True)
class Server:
    """A private server: an administrator's DSN, its logs, and words in its SQL.

    `guarded` is an account whose password it asks for, `verbose` has it log all it can. `own` are the marks that its
    log has by itself: of values that it refuses, of errors that it passes on.
    """

    title: str
    engine: str
    dsn: str
    guarded: str
    logs: tuple[Path, ...]
    run: Callable[[str], Any]
    attempt: Callable[[str, tuple[Any, ...]], str]
    prefix: str
    drift: str
    verbose: tuple[str, ...]
    own: frozenset[str]


Start = Callable[[dict[str, str], str], AbstractContextManager[Server]]
"""Starts a server whose processes have these variables; some of its accounts have this password, percent-encoded."""


def runs(marks: Marks) -> Iterator[Ran]:
    """Yield every run on both engines."""
    for start in STARTS:
        yield from on(start, marks)


def on(start: Start, marks: Marks) -> Iterator[Ran]:
    """Yield every run on one engine."""
    with shell(marks) as opened, ScriptedLambda(key=Key(marks["key"], marks["secret"], marks["token"])) as scripted:
        environment = scripted.environment() | {"AWS_SESSION_TOKEN": marks["token"]}
        with start(environment, quote(marks["odd"], safe="")) as server:
            ground = Ground(opened, scripted, server, quickstart(opened))
            yield from first(ground)
            yield from installed(ground)
            yield from called(ground)
            yield from logged(ground)
            yield from last(ground)
        with start(misleading(marks), quote(marks["odd"], safe="")) as server:
            yield from misled(replace(ground, server=server))


def misleading(marks: Marks) -> dict[str, str]:
    """Return variables of a server whose administrator wrote a login into the endpoint's address."""
    return keys_of(marks) | {"AWS_ENDPOINT_URL_LAMBDA": f"http://u:{marks['filed']}@192.0.2.1:1"}


@contextmanager
def postgresql(environment: dict[str, str], password: str) -> Iterator[Server]:
    """Start a PostgreSQL with a role whose password it asks for."""
    with private_server("postgresql", environment) as dsn:
        folder = Path(dsn.partition("host=")[2])
        access = folder / "data" / "pg_hba.conf"
        access.write_text("local all guarded scram-sha-256\n" + access.read_text(encoding="utf-8"), encoding="utf-8")
        sql = "create role app; create role guarded login superuser password 'not a mark'; select pg_reload_conf()"
        postgresql_support.sql(dsn, sql)
        place = f":{password}@/postgres?host={folder}"
        yield Server(
            title="PostgreSQL",
            engine="postgresql",
            dsn=f"postgresql://postgres{place}",
            guarded=f"postgresql://guarded{place}",
            logs=(folder / "server.log",),
            run=lambda text: postgresql_support.sql(dsn, text),
            attempt=lambda text, given: ask_postgresql(dsn, text, given),
            prefix="select * from quickstart.",
            drift="comment on function quickstart.log_event(text, json) is {}",
            verbose=VERBOSE_POSTGRESQL,
            own=frozenset({"payload", "number", "reply"}),
        )


VERBOSE_POSTGRESQL = (
    "alter system set log_statement = 'all'",
    "alter system set log_min_messages = 'debug2'",
    "alter system set log_error_verbosity = 'verbose'",
    "select pg_reload_conf()",
)


def ask_postgresql(dsn: str, sql: str, given: tuple[Any, ...]) -> str:
    """Return all that a caller is told of a call: every field of an error, every notice."""
    told: list[str] = []
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.add_notice_handler(lambda said: told.append(fields(said)))
        try:
            connection.execute(sql.encode(), given)
        except psycopg.Error as error:
            told.append(f"{error!r} {fields(error.diag)}")
    return "\n".join(told)


def fields(said: psycopg.errors.Diagnostic) -> str:
    """Return every field of a message of PostgreSQL."""
    names = (name for name in dir(said) if name.startswith(("message", "internal", "context", "source", "sqlstate")))
    return "\n".join(f"{name}: {getattr(said, name)}" for name in names)


@contextmanager
def mariadb(environment: dict[str, str], password: str) -> Iterator[Server]:
    """Start a MariaDB with an account whose password it asks for."""
    with private_server("mysql", environment) as dsn:
        options = dsn.partition("?")[2]
        folder = mysql_support.plugin_dir(dsn).parent
        own = pymysql.converters.escape_item(unquote(password), "utf8mb4")
        admin = f"create user admin identified by {own}; grant all on *.* to admin with grant option"
        mysql_support.sql(dsn, f"create user app; create user guarded identified by 'not a mark'; {admin}")
        yield Server(
            title="MariaDB",
            engine="mysql",
            dsn=f"mariadb://admin:{password}@/?{options}",
            guarded=f"mariadb://guarded:{password}@/?{options}",
            logs=(folder / "server.log", folder / "general.log"),
            run=lambda text: mysql_support.sql(dsn, text),
            attempt=lambda text, given: ask_mariadb(dsn, text, given),
            prefix="select quickstart.",
            drift="alter function quickstart.score_customer comment {}",
            verbose=(
                f"set global general_log_file = '{folder}/general.log'",
                "set global log_output = 'FILE', global general_log = 1, global log_warnings = 9",
            ),
            own=frozenset(),
        )


def ask_mariadb(dsn: str, sql: str, given: tuple[Any, ...]) -> str:
    """Return all that a caller is told of a call: the error, and every warning."""
    told: list[str] = []
    with mysql_support.connection(dsn) as connection, connection.cursor() as cursor:
        try:
            cursor.execute(sql, given)
        except pymysql.Error as error:
            told.append(repr(error))
        cursor.execute("show warnings")
        told.append(str(cursor.fetchall()))
    return "\n".join(told)


STARTS: tuple[Start, ...] = (postgresql, mariadb)


# --- what is tried -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ground:
    """All that the runs on one engine share."""

    shell: Shell
    scripted: ScriptedLambda
    server: Server
    spec: Path

    @property
    def marks(self) -> Marks:
        """The marks."""
        return self.shell.marks

    def run(self, name: str, verb: str, *rest: str | Path, dsn: str = "", **more: Any) -> Ran:
        """Run a verb on the example, by a DSN with a marked password."""
        words = (verb, self.spec, *rest, "--dsn", dsn or self.server.dsn)
        return self.shell.run(f"verbs, {self.server.title}", name, *words, **more)

    def does(self, verb: str, *rest: str | Path) -> Ran:
        """Run a verb that must succeed, since the runs behind it build upon it."""
        ran = self.run("good", verb, *rest)
        assert SUCCEEDED in ran.output, ran.output
        return ran


def first(ground: Ground) -> Iterator[Ran]:
    """Yield the runs before an install, and those that keep it from being done."""
    server, kept = ground.server, ground.shell.work / "kept.json"
    for verb in ("plan", "status", "doctor", "test"):
        yield ground.run("a wrong password", verb, dsn=server.guarded)
        yield ground.run("nothing installed", verb)
    yield ground.run("nothing installed", "call", "score_customer", f"customer_id={ground.marks['number']}")
    for words in (("switch",), ("switch", "score", "off")):
        yield ground.run("nothing installed", *words)
    yield ground.run("a plan", "plan", "--format", "json", "--out", kept)
    yield ground.run("no terminal", "install")
    for engine in ground.marks.some((server.engine,)):
        yield ground.shell.run(f"verbs, {server.title}", "", "demo", "--engine", engine)
    if server.engine == "mysql":
        yield ground.shell.run(f"verbs, {server.title}", "", "compile", ground.spec, "--engine", "mysql")
    for error in (KeyboardInterrupt, InstallError):
        yield ground.run(f"cut by {error.__name__}", "install", "--yes", patch=cutting(error))
    for text in ("{", json.dumps(ground.marks.of), json.dumps({"digest": ground.marks["secret"]})):
        kept.write_text(text, encoding="utf-8")
        ground.shell.keep()
        yield ground.run("no such plan", "install", "--plan", kept)


def cutting(error: type[BaseException]) -> Any:
    """Return a patch by which an install ends at its fourth step, with the step's text where an error has one."""

    def patch(patched: pytest.MonkeyPatch) -> None:
        from udfgen import install

        take, seen = install._take, list[int]()

        def cut(step: Any, *rest: Any) -> None:
            seen.append(1)
            if len(seen) == 4:
                raise error(f"refused: {step.sql}")
            take(step, *rest)

        patched.setattr(install, "_take", cut)

    return patch


def installed(ground: Ground) -> Iterator[Ran]:
    """Yield the runs with an install: what was changed by hand, to hold the password too, is shown without it."""
    yield ground.does("install", "--yes")
    yield ground.run("nothing to do", "install", "--yes")
    yield ground.run("an endpoint that answers null", "test")
    yield from switched(ground)
    for text in ("by hand", ground.marks["odd"]):
        literal = dialect.load(ground.server.engine).part("quote").literal(text)
        ground.server.run(ground.server.drift.format(literal))
        for words in (("status",), ("status", "--format", "json"), ("plan", "--out", ground.shell.work / "plan.json")):
            yield ground.run("drift", *map(str, words))
        yield ground.run("drift", "install", "--yes")
        yield ground.does("install", "--yes", "--replace-drift")


def switched(ground: Ground) -> Iterator[Ran]:
    """Yield the runs of the switch, calls of what it turned off among them."""
    yield ground.run("a wrong password", "switch", "score", "off", dsn=ground.server.guarded)
    yield ground.run("no such binding", "switch", ground.marks["payload"], "off", meant=("payload",))
    for mode in ("off", "dry_run", "live"):
        yield ground.does("switch", "score", mode)
        for words in (("switch",), ("switch", "--format", "json"), ("status",)):
            yield ground.run(mode, *words)
        yield ground.run(mode, "call", "score_customer", f"customer_id={ground.marks['number']}")


SCORE, EVENT = "score_customer", "log_event"

BAD_CALLS: tuple[tuple[str, ...], ...] = (
    (SCORE, "customer_id=1", "tier=PAYLOAD"),
    (SCORE, "customer_id=1", "customer_id=PAYLOAD"),
    (SCORE, "tier=PAYLOAD"),
    (EVENT, "kind=PAYLOAD", "details=1"),
    (EVENT, "PAYLOAD"),
    (EVENT, "kind=a.b", "PAYLOAD PAYLOAD=="),
)
"""Calls that are refused, and show nothing of their values."""

BAD_NAMES: tuple[tuple[str, ...], ...] = ((SCORE, "PAYLOAD=1"), ("PAYLOAD",))
"""Names of a parameter and of a function that are none: they show on purpose."""

BAD_VALUES: dict[str, tuple[str, ...]] = {
    "number": (SCORE, "customer_id=NUMBER00"),
    "payload": (EVENT, "kind=a.b", 'details={"PAYLOAD'),
}
"""Values that an engine may refuse before the core sees them, in its own words."""


def called(ground: Ground) -> Iterator[Ran]:
    """Yield calls, by the command line and in SQL, of an endpoint that refuses with all that it knows."""
    for script in ground.marks.some(scripts(ground.marks)):
        ground.scripted.play(script)
        name = f"{script.status} {script.behaviour} {script.body[:30]!r}"
        yield ground.run(name, "call", SCORE, f"customer_id={ground.marks['number']}", "--format", "json")
        details = json.dumps({"x": ground.marks["payload"]})
        yield ground.run(name, "call", EVENT, "kind=a.b", f"details={details}")
        if script.behaviour == "plain":
            yield ground.run(name, "doctor")
            yield ground.run(name, "test")
    yield Ran(f"log, {ground.server.title}", "verbs and calls", news(ground.server))
    yield from own_words(ground)
    for words in BAD_CALLS:
        yield ground.run("bad call", "call", *marked(ground.marks, words))
    for words in BAD_NAMES:
        yield ground.run("bad name", "call", *marked(ground.marks, words), meant=("payload",))
    for kind, words in BAD_VALUES.items():
        yield ground.run("bad value", "call", *marked(ground.marks, words), meant={kind} & ground.server.own)
    yield Ran(f"log, {ground.server.title}", "own words", news(ground.server), ground.server.own)


def marked(marks: Marks, words: tuple[str, ...]) -> Iterator[str]:
    """Yield words of a call with marks in them."""
    return (each.replace("PAYLOAD", marks["payload"]).replace("NUMBER", marks["number"]) for each in words)


def scripts(marks: Marks) -> Iterator[Script]:
    """Yield answers of the endpoint."""
    said = json.dumps({"message": told(marks)}).encode()
    for status in (202, 302, 400, 403, 404, 413, 429, 500, 503):
        yield Script(said, status, {"x-amzn-ErrorType": "E", "x-amzn-RequestId": marks["token"]})
    wrong = json.dumps({"message": canonical(marks)}).encode()
    yield Script(wrong, 403, {"x-amzn-ErrorType": "InvalidSignatureException"})
    yield Script(said, 403, {"x-amzn-ErrorType": "ExpiredTokenException"})
    yield from (Script(f'["{marks["reply"]}"]'.encode(), behaviour=each) for each in DELIVERIES)
    yield from (Script(reply) for reply in replies(marks)[:4])


def own_words(ground: Ground) -> Iterator[Ran]:
    """Yield what shows on purpose: a function's own error, and what the engine itself says of a value."""
    words = json.dumps({"errorType": "E", "errorMessage": f"no {ground.marks['reply']} {told(ground.marks)}"}).encode()
    ground.scripted.play(Script(words, 200, {"X-Amz-Function-Error": "Unhandled"}))
    yield ground.run("a function's words", "call", SCORE, "customer_id=1", meant=("reply",))


def logged(ground: Ground) -> Iterator[Ran]:
    """Yield what calls leave in the log and with the caller: values as parameters, values in the text, all logged."""
    server = ground.server
    area = f"log, {server.title}"
    yield from attempts(ground, "%s")
    yield Ran(area, "values as parameters", news(server))
    for setting in server.verbose:
        server.run(setting)
    yield from attempts(ground, "%s")
    # A server that is told to log all statements logs their values.
    yield Ran(area, "everything, as the server is told", news(server), frozenset({"payload"}))


_READ: dict[Path, int] = {}
"""How much of each log has been looked at."""


def news(server: Server) -> str:
    """Return what the server has logged since the last look."""
    return "".join(_rest(path) for path in server.logs if path.exists())


def _rest(path: Path) -> str:
    data = path.read_bytes()
    begin, _READ[path] = _READ.get(path, 0), len(data)
    return data[begin:].decode("utf-8", "replace")


def attempts(ground: Ground, place: str) -> Iterator[Ran]:
    """Yield what a caller is told of calls in SQL with marked values."""
    server, payload = ground.server, ground.marks["payload"]
    calls: list[tuple[str, tuple[Any, ...]]] = [
        (f"{server.prefix}{SCORE}({place}, {place})", (1, payload)),
        (f"{server.prefix}{SCORE}({place}, {place})", (1, "gold")),
    ]
    if server.engine == "postgresql":
        calls.append((f"{server.prefix}{EVENT}({place}, {place})", ("a.b", json.dumps({"x": payload}))))
        calls.append((f"{server.prefix}{EVENT}({place}, {place})", (payload, None)))
    else:
        calls.append((f"call quickstart.{EVENT}({place}, {place})", ("a.b", json.dumps({"x": payload}))))
        calls.append((f"call quickstart.{EVENT}({place}, {place})", (payload, None)))
    for script in ground.marks.some(scripts(ground.marks)):
        ground.scripted.play(script)
        for sql, given in calls:
            yield Ran(f"callers, {server.title}", sql, server.attempt(sql, given))


def misled(ground: Ground) -> Iterator[Ran]:
    """Yield the runs that tell of an endpoint whose address holds a password."""
    yield ground.does("install", "--yes")
    for words in (("doctor",), ("doctor", "--format", "json"), ("test",), ("call", SCORE, "customer_id=1")):
        yield ground.run("a login in the endpoint", *words)


def last(ground: Ground) -> Iterator[Ran]:
    """Yield the removal."""
    yield ground.does("uninstall", "--yes")
    yield ground.run("nothing there", "uninstall", "--yes")
    yield ground.run("nothing there", "status")
