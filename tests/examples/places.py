"""Where an example runs: on a server from `udfgen install` on, or in a runtime, where a wrapper is called.

Oracle and SQL Server are not here: their Java and their assembly run in a JVM's databases and in Mono, and get what the
trigger would pass.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.conformance import clr_runner, jvm_runner
from tests.conformance.clr_runner import ClrRunner
from tests.conformance.jvm_runner import JvmRunner
from tests.conformance.runners import NEWER
from tests.conftest import private_server
from tests.jvm.databases import DERBY, H2, Database
from tests.live import databases as postgresql
from tests.live.databases import changed
from tests.live.mysql import databases as mysql
from udfgen import cli, commands
from udfgen.ir import Program
from udfgen.local import LocalLambda
from udfgen.render import render
from udfgen.serve import local_lambda
from udfgen.spec import check, document

EXAMPLES = Path(__file__).parents[2] / "examples"
REGION = "eu-west-1"
USERS = ("app", "writer")
"""On every server: the first is who the examples grant to, the second may only write to tables."""

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A copy of an example's folder, whose Lambda functions are running."""

    folder: Path
    program: Program
    local: LocalLambda

    @property
    def spec(self) -> Path:
        """Return the path of the spec."""
        return self.folder / "spec.yaml"

    def script(self, engine: str, name: str) -> str:
        """Return the text of one of the SQL files."""
        return (self.folder / "sql" / engine / f"{name}.sql").read_text(encoding="utf-8")

    def sent(self) -> list[Any]:
        """Wait until every event was handled; return the payloads that arrived, in their order."""
        assert self.local.settle()
        return [json.loads(each.payload) for each in self.local.invocations]


@contextmanager
def staged(name: str) -> Iterator[Example]:
    """Copy an example, as it is checked in, and run its handlers."""
    with tempfile.TemporaryDirectory(prefix="udfgen-example-") as folder:
        copy = shutil.copytree(EXAMPLES / name, Path(folder) / name, ignore=shutil.ignore_patterns("build"))
        program = commands.compile_program(commands.read(copy / "spec.yaml"))
        with local_lambda(program, copy / "handlers", log=lambda line: None) as local:
            yield Example(copy, program, local)


class Server(ABC):
    """A private server of one engine, which calls an example's Lambda functions."""

    engine: str

    def __init__(self, example: Example, dsn: str) -> None:
        self.example, self.dsn = example, dsn

    def udfgen(self, verb: str, *words: str, code: int = 0) -> None:
        """Run a command of udfgen on the example's spec and this server; it must end with that code."""
        assert cli.run([verb, str(self.example.spec), *words, "--dsn", self.dsn]) == code

    def install(self) -> None:
        """Install what is checked in, as its README says."""
        if self.engine == mysql.ENGINE:
            assert cli.run(["compile", str(self.example.spec), "--engine", self.engine]) == 0
        self.udfgen("install", "--yes")
        self.udfgen("plan", "--detailed-exitcode")

    def script(self, name: str, user: str | None = None) -> list[Row]:
        """Run one of the example's SQL files."""
        return self.rows(self.example.script(self.engine, name), user)

    @abstractmethod
    def prepare(self) -> None:
        """Make the users, and the place where the example's tables stand."""

    @abstractmethod
    def rows(self, sql: str, user: str | None = None) -> list[Row]:
        """Run SQL as the administrator or as a user; return the rows of the last statement that has some."""


class PostgreSQL(Server):
    """A database of PostgreSQL; the example's functions are on the search path."""

    engine = postgresql.ENGINE

    def prepare(self) -> None:
        """Make the users."""
        for user in USERS:
            self.rows(f"create role {user} login")

    @property
    def path(self) -> str:
        """Return the statement that puts the functions' schema behind that of the tables."""
        return f"set search_path = public, {self.example.program.name}"

    def rows(self, sql: str, user: str | None = None) -> list[Row]:
        """Run SQL as the superuser or as a user."""
        with postgresql.connection(self.dsn, user) as opened:
            if user:
                postgresql.run(opened, self.path)
            return postgresql.run(opened, sql)


class MySQL(Server):
    """MariaDB or MySQL; the tables stand in the database of the functions."""

    engine = mysql.ENGINE

    def prepare(self) -> None:
        """Make the users and the database."""
        for user in USERS:
            mysql.sql(self.dsn, f"create user {user}")
        mysql.sql(self.dsn, f"create database {self.example.program.name}")

    def rows(self, sql: str, user: str | None = None) -> list[Row]:
        """Run SQL as root or as a user; the words of the client are its own, the server needs no delimiter."""
        plain = re.sub(r"(?m)^delimiter .*\n", "", sql).replace("end //", "end;")
        with mysql.connection(self.dsn, user or "root", database=self.example.program.name) as opened:
            return mysql.run(opened, plain)


@dataclass(frozen=True, slots=True)
class Place:
    """A kind of server, from this system or from another Debian release."""

    name: str
    kind: type[Server]
    root: Path

    @contextmanager
    def running(self, example: Example) -> Iterator[Server]:
        """Start a server with the users on it, which calls the example's Lambda functions."""
        with private_server(self.kind.engine, example.local.environment(), self.root) as dsn:
            server = self.kind(example, dsn)
            server.prepare()
            yield server


PLACES = (
    Place("postgresql", PostgreSQL, Path("/")),
    Place("mariadb", MySQL, Path("/")),
    Place("mysql", MySQL, NEWER / mysql.ENGINE),
)


@dataclass(frozen=True, slots=True)
class Runtime:
    """An example's wrappers in what runs them for Oracle or SQL Server."""

    example: Example
    runner: JvmRunner | ClrRunner

    def call(self, function: str, **arguments: str | None) -> list[Mapping[str, str | None]]:
        """Call a wrapper with neutral texts; return its rows."""
        return list(self.runner.call(function, arguments))


Start = Callable[[Example], AbstractContextManager[Runtime]]


@contextmanager
def in_jvm(database: Database, version: int, example: Example) -> Iterator[Runtime]:
    """Run the Java for a version of Oracle in another database's JVM."""
    text = example.spec.read_text(encoding="utf-8")
    schema = f"oracle: {{schema: {example.program.name}"
    told = changed(
        text,
        (f"region: {REGION}\n", f"region: {REGION}\n  endpoint: {example.local.url}\n"),
        (schema, f"{schema}, version: {version}"),
    )
    program = commands.compile_program(check.check(document.read(told, "spec.yaml")))
    lowered = render(commands.lower(program, "oracle"))
    environment = example.local.environment()
    with jvm_runner.running(database.name, program, lowered, database, environment) as runner:
        yield Runtime(example, runner)


@contextmanager
def in_mono(example: Example) -> Iterator[Runtime]:
    """Run SQL Server's assembly in Mono."""
    lowered = render(commands.lower(example.program, "sqlserver"))
    with clr_runner.running(example.program, lowered, example.local.environment()) as runner:
        yield Runtime(example, runner)


RUNTIMES: Mapping[str, Start] = {
    "oracle-h2": partial(in_jvm, H2, 19),
    "oracle-derby": partial(in_jvm, DERBY, 23),
    "sqlserver-mono": in_mono,
}
