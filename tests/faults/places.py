"""Where calls meet faults: the places of the conformance suite that start here, each with two programs installed.

One program calls the endpoint of these tests, the other a host that has no address.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from tests.conformance import clr_runner, jvm_runner
from tests.conformance.runners import JVMS, NEWER, places, put
from tests.conftest import private_server, tool
from tests.faults.endpoint import FaultyLambda
from tests.faults.plots import row_count
from tests.jvm import jvm
from udfgen import commands
from udfgen.connect import Session, connect, parse
from udfgen.ir import Program
from udfgen.render import render
from udfgen.spec import check, document
from udfgen.trial import Rows

SPEC = Path(__file__).with_name("spec.yaml").read_text(encoding="utf-8")
NOWHERE = "https://udfgen-faults.invalid"
"""https://www.rfc-editor.org/rfc/rfc6761#section-6.4"""

GAPS = {
    "cut head": "the SDK's HTTP client takes a head that was cut for a whole one",
    "no HTTP": "the SDK tells a reply that is no HTTP as a closed connection",
    "slow head": "the SDK's time is one for each read",
    "slow body": "the SDK's time is one for each read",
}
"""What `transport: boto3` leaves to the SDK, and the SDK does otherwise."""

Environment: TypeAlias = "dict[str, str]"
Row: TypeAlias = Mapping[str, "str | None"]
Call: TypeAlias = Callable[[str, Row], Rows]


@dataclass(frozen=True)
class Installed:
    """A place in use: its functions by program, and the version of what runs them."""

    program: Program
    call: Call
    call_elsewhere: Call
    version: str


@dataclass(frozen=True)
class Site:
    """A place: its engine with its options, the root of its files, and why it cannot start, where that may be."""

    name: str
    engine: str
    options: str = "{}"
    root: Path = Path("/")
    missing: str = ""
    gaps: Collection[str] = ()
    """Faults that it makes no claim of."""

    @contextmanager
    def running(self) -> Iterator[tuple[Installed, FaultyLambda]]:
        """Start the endpoint and the place."""
        with FaultyLambda() as endpoint:
            programs = [self._program("faults", endpoint.url, endpoint), self._program("nowhere", NOWHERE, endpoint)]
            with self._start(programs, self._environment(endpoint)) as ((call, call_elsewhere), version):
                yield Installed(programs[0], call, call_elsewhere, version), endpoint

    def _program(self, name: str, url: str, endpoint: FaultyLambda) -> Program:
        options = self.options.replace("CONTAINER", endpoint.container_url)
        engines = f"engines: {{{self.engine}: {options}}}"
        text = SPEC.replace("name: faults", f"name: {name}").replace("ENDPOINT", url).replace("engines: {}", engines)
        return commands.compile_program(check.check(document.read(text, "spec.yaml")))

    def _environment(self, endpoint: FaultyLambda) -> dict[str, str]:
        """Return the variables that lead to the key; Oracle's Java takes no address from one."""
        if self.engine == "oracle":
            return {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/key"}
        return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{endpoint.container_url}/key"}

    @contextmanager
    def _start(self, programs: Sequence[Program], environment: Environment) -> Iterator[tuple[list[Call], str]]:
        """Give what calls each program, and the version of what runs it."""
        with ExitStack() as stack:
            if self.name in JVMS:
                yield [self._in_jvm(stack, each, environment) for each in programs], jvm_version(self.name)
            elif self.engine == "sqlserver":
                yield [_in_mono(stack, each, environment) for each in programs], mono_version()
            else:
                yield self._live(stack, programs, environment)

    def _live(self, stack: ExitStack, programs: Sequence[Program], environment: Environment) -> tuple[list[Call], str]:
        dsn = stack.enter_context(private_server(self.engine, environment, self.root))
        session = stack.enter_context(connect(parse(dsn)))
        bundles = [render(commands.lower(each, self.engine)) for each in programs]
        session.admit(bundles[0].requirements)  # The same for both.
        for made in bundles:
            put(made, session)
        ((version,),) = session.rows("select version()")[1]
        return [_by_session(session, each) for each in programs], str(version).partition(" (")[0]

    def _in_jvm(self, stack: ExitStack, program: Program, environment: Environment) -> Call:
        made = render(commands.lower(program, self.engine))
        runner = stack.enter_context(jvm_runner.running(self.name, program, made, JVMS[self.name][0], environment))
        return _caller(program, runner.call, runner.call_rows)


def _by_session(session: Session, program: Program) -> Call:
    functions = {each.name: each for each in program.functions}
    return _caller(
        program,
        lambda name, arguments: session.call(program, functions[name], arguments),
        lambda name, given: session.call_rows(program, functions[name], given),
    )


def _caller(program: Program, one: Call, several: Callable[[str, Sequence[Row]], Sequence[str | None]]) -> Call:
    """Return what calls a function; one of sets with as many rows of the same arguments as its requests need."""
    functions = {each.name: each for each in program.functions}

    def call(name: str, arguments: Row) -> Rows:
        if functions[name].batch is None:
            return one(name, arguments)
        return [{"result": each} for each in several(name, [arguments] * row_count(functions[name]))]

    return call


def _in_mono(stack: ExitStack, program: Program, environment: Environment) -> Call:
    made = render(commands.lower(program, "sqlserver"))
    runner = stack.enter_context(clr_runner.running(program, made, environment))
    return _caller(program, runner.call, runner.call_rows)


def jvm_version(name: str) -> str:
    """Return the version of a database that runs in a JVM, as its jar is named, and that of the JVM."""
    jar = next(jvm.JARS.glob(f"{JVMS[name][0].name}-*.jar")).stem
    return f"{jar}, Java " + _first(r'version "([^"]+)', _said(tool("java", jvm.JDK), "-version"))


def mono_version() -> str:
    """Return the version of Mono."""
    return "Mono " + _first(r"version ([0-9.]+)", _said(tool("mono", "mono-devel"), "--version"))


def _said(*command: str) -> str:
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True).stdout


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, pattern
    return found[1]


def sites() -> Iterator[Site]:
    """Yield every place of the conformance suite but servers of somebody's own, and PostgreSQL's other transport."""
    for place in places():
        if place.name in JVMS:
            options = JVMS[place.name][1].replace("}", ', metadata: "CONTAINER"}')
            yield Site(place.name, place.engine, options)
        elif not place.name.endswith("-dsn"):
            root = NEWER / place.engine if place.name.endswith("-newer") else Path("/")
            yield Site(place.name, place.engine, root=root, missing=place.missing)
    yield Site("postgresql-boto3", "postgresql", "{transport: boto3}", gaps=GAPS)
