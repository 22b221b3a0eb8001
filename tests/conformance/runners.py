"""What runs the cases: one runner per engine. A live engine needs nothing but its dialect.

A server of somebody's own takes part when UDFGEN_TEST_<ENGINE>_DSN names it and UDFGEN_TEST_<ENGINE>_ENDPOINT says
where it reaches the suite's endpoint (http://127.0.0.1:<port>, by a tunnel where it is another machine). Its processes
have KEY in their environment, the grantee `app` exists, and on Oracle a DBA has run the suite's permissions.sql.
"""

from __future__ import annotations

import importlib.util
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from tests.conformance import clr_runner, drop_in, jvm_runner
from tests.conformance.clr_runner import ClrRunner
from tests.conformance.jvm_runner import JvmRunner
from tests.conftest import private_server
from tests.jvm.databases import DERBY, H2, Database
from tests.scripted import ScriptedLambda
from udfgen import bundle, commands, dialect, install, switch
from udfgen.bundle import Bundle
from udfgen.connect import Session, connect, parse
from udfgen.ir import Program
from udfgen.local.keys import Key
from udfgen.render import render
from udfgen.spec import check, document
from udfgen.state import Mode

SPEC = Path(__file__).with_name("spec.yaml")

NEWER = Path(__file__).parents[2] / "build" / "newer"
"""Servers from other Debian releases, one folder per engine: script/newer-<engine> fetches one."""

KEY = Key("AKIDUDFGENTEST", "udfgen-test")
"""What a server that somebody names by a DSN must have in its environment to call the suite's endpoint."""

Row = Mapping[str, "str | None"]


class Runner(Protocol):
    """One engine with the suite's functions in it. Arguments and results are neutral texts."""

    engine: str

    def call(self, function: str, arguments: Mapping[str, str | None]) -> Sequence[Row]:
        """Call a function; CallError carries the code and the text of a failure."""

    def call_rows(self, function: str, rows: Sequence[Row]) -> Sequence[str | None]:
        """Call a batch function with rows of arguments; return a result for each, none where it is void.

        CallError as of `call`.
        """

    def named(self, routine: str, arguments: Sequence[str | None]) -> str | None:
        """Call a drop-in name with texts; return its text, None of a procedure. CallError as of `call`."""

    def switch(self, binding: str, mode: str) -> None:
        """Switch a binding to live, dry_run or off."""

    def version(self) -> str:
        """Return what runs the functions, with its version."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the cases run: an engine's name, how its runner starts, and why it cannot, where that may be.

    `endpoint` makes the endpoint that it calls.
    """

    name: str
    engine: str
    start: Callable[[ScriptedLambda], AbstractContextManager[Runner]]
    missing: str = ""
    endpoint: Callable[[], ScriptedLambda] = ScriptedLambda


def places() -> Iterator[Place]:
    """Yield every engine's server of this system, the newer ones and those named by DSNs, then the JVMs and Mono."""
    for engine in dialect.names():
        if _has_server(engine):
            yield Place(engine, engine, partial(live, engine, Path("/")))
            newer = NEWER / engine
            missing = "" if newer.is_dir() else f"no newer {engine} here: script/newer-{engine} fetches one"
            yield Place(f"{engine}-newer", engine, partial(live, engine, newer), missing)
        dsn = os.environ.get(variable(engine, "DSN"))
        if dsn or not _has_server(engine):
            missing = "" if dsn else f"{variable(engine, 'DSN')} is not set: it names a server to install into"
            yield Place(f"{engine}-dsn", engine, partial(by_dsn, engine), missing, partial(named_endpoint, engine))
    for name, (database, options) in JVMS.items():
        yield Place(name, "oracle", partial(in_jvm, name, database, options))
    yield Place("sqlserver-mono", "sqlserver", in_mono)


def variable(engine: str, what: str) -> str:
    """Return the variable that names somebody's own server (DSN), or the endpoint's URL as that server sees it."""
    return f"UDFGEN_TEST_{engine.upper()}_{what}"


def _has_server(engine: str) -> bool:
    return importlib.util.find_spec(f"{dialect.PACKAGE}.{engine}.server") is not None


def program(engine: str, options: str = "{}", endpoint: str | None = None) -> Program:
    """Return the suite's program for one engine, with its Lambda endpoint where that is not the server's to know."""
    text = SPEC.read_text(encoding="utf-8").replace("engines: {}", f"engines: {{{engine}: {options}}}")
    if endpoint is not None:
        text = text.replace("region: eu-west-1,", f'region: eu-west-1, endpoint: "{endpoint}",')
    return commands.compile_program(check.check(document.read(text, SPEC.name)))


def put(made: Bundle, session: Session) -> None:
    """Compile a bundle, where its engine has a compiler, and install it."""
    with tempfile.TemporaryDirectory(prefix="udfgen-conformance-") as folder:
        bundle.write(made, Path(folder))
        commands.run_toolchain(made, Path(folder))
        whole = commands.with_compiled(made, Path(folder))
        install.install(whole, session, install.look(whole, session), folder=whole.folder(Path(folder)))


class LiveRunner:
    """A real server of an engine, where the installer installs the suite."""

    def __init__(self, engine: str, dsn: str, options: str = "{}", endpoint: str | None = None) -> None:
        self.engine = engine
        self._program = program(engine, options, endpoint)
        self._functions = {each.name: each for each in self._program.functions}
        self._made = render(commands.lower(self._program, engine))
        self._context = connect(parse(dsn))
        self._session = self._context.__enter__()

    def put(self) -> None:
        """Install the suite; the grantees must exist."""
        put(self._made, self._session)

    def admit(self) -> None:
        """Make the grantees, on a server that is thrown away."""
        self._session.admit(self._made.requirements)

    def call(self, function: str, arguments: Mapping[str, str | None]) -> Sequence[Row]:
        """Call a function through SQL."""
        return self._session.call(self._program, self._functions[function], arguments)

    def call_rows(self, function: str, rows: Sequence[Row]) -> Sequence[str | None]:
        """Call a batch function through SQL."""
        return self._session.call_rows(self._program, self._functions[function], rows)

    def named(self, routine: str, arguments: Sequence[str | None]) -> str | None:
        """Call a drop-in name through SQL."""
        _, rows = self._session.rows(drop_in.statement(self._program, self.engine, routine, arguments))
        return None if not rows or rows[0][0] is None else str(rows[0][0])

    def switch(self, binding: str, mode: str) -> None:
        """Switch a binding as `udfgen switch` does."""
        switch.turn(self._program, self._made, self._session, binding, Mode(mode))

    def version(self) -> str:
        """Return what the server says it is, without where it is."""
        told = self._session.observe(self._made).server
        found = re.match(r"\D+[\d.]*\d", told)
        return found[0] if found else told

    def remove(self) -> None:
        """Take away what was installed."""
        install.uninstall(self._made, self._session, install.look_removal(self._made, self._session))

    def close(self) -> None:
        """Close the connection."""
        self._context.__exit__(None, None, None)


@contextmanager
def live(engine: str, root: Path, endpoint: ScriptedLambda) -> Iterator[Runner]:
    """Start a private server of the engine, from this system or from another release's files, and give its runner."""
    with private_server(engine, endpoint.environment(), root) as dsn:
        runner = LiveRunner(engine, dsn)
        try:
            runner.admit()
            runner.put()
            yield runner
        finally:
            runner.close()


@contextmanager
def by_dsn(engine: str, endpoint: ScriptedLambda) -> Iterator[Runner]:
    """Install into a server of somebody's own, give its runner, and take away what was installed."""
    dsn = os.environ[variable(engine, "DSN")]
    runner = LiveRunner(engine, dsn, own_options(engine, dsn), os.environ.get(variable(engine, "ENDPOINT")))
    try:
        runner.put()
        yield runner
        runner.remove()
    finally:
        runner.close()


def own_options(engine: str, dsn: str) -> str:
    """Return the options for a server of somebody's own: Oracle's schema is who is connected, by a proxy or not."""
    user = (parse(dsn).user or "").rpartition("[")[2].rstrip("]")
    return f"{{schema: {user}}}" if engine == "oracle" and user else "{}"


def named_endpoint(engine: str) -> ScriptedLambda:
    """Return the endpoint that a server of somebody's own calls: its port from the environment, its key known."""
    url = urlsplit(os.environ.get(variable(engine, "ENDPOINT"), ""))
    return ScriptedLambda(url.port or 0, KEY)


@contextmanager
def in_jvm(
    name: str, database: Database, options: str, endpoint: ScriptedLambda, zone: str = "UTC"
) -> Iterator[JvmRunner]:
    """Run Oracle's Java in a database that is not Oracle, in a JVM of its own in that time zone."""
    made = program("oracle", options, endpoint.url)
    lowered = render(commands.lower(made, "oracle"))
    with jvm_runner.running(name, made, lowered, database, endpoint.environment(), zone) as runner:
        yield runner


@contextmanager
def in_mono(endpoint: ScriptedLambda, home: Path | None = None) -> Iterator[ClrRunner]:
    """Run SQL Server's assembly in Mono, which trusts the certificates below its home."""
    made = program("sqlserver")
    environment = endpoint.environment() | ({"HOME": str(home)} if home else {})
    with clr_runner.running(made, render(commands.lower(made, "sqlserver")), environment) as runner:
        yield runner


JVMS = {"oracle-h2": (H2, "{version: 19}"), "oracle-derby": (DERBY, "{version: 23}")}
"""By their names: the database, and the options of the spec. So both forms of boolean run, NUMBER and BOOLEAN."""
