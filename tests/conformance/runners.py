"""What runs the cases: one runner per engine. A live engine needs nothing but its dialect."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from tests.conftest import private_server
from tests.scripted import ScriptedLambda
from udfgen import bundle, commands, install
from udfgen.bundle import Bundle
from udfgen.connect import Session, connect, parse
from udfgen.ir import Program
from udfgen.spec import check, document

SPEC = Path(__file__).with_name("spec.yaml")

Row = Mapping[str, "str | None"]


class Runner(Protocol):
    """One engine with the suite's functions in it. Arguments and results are neutral texts."""

    engine: str

    def call(self, function: str, arguments: Mapping[str, str | None]) -> Sequence[Row]:
        """Call a function; CallError carries the code and the text of a failure."""


def program(engine: str) -> Program:
    """Return the suite's program for one engine."""
    text = SPEC.read_text(encoding="utf-8").replace("engines: {}", f"engines: {{{engine}: {{}}}}")
    return commands.compile_program(check.check(document.read(text, SPEC.name)))


def put(made: Bundle, session: Session) -> None:
    """Compile a bundle, where its engine has a compiler, and install it."""
    with tempfile.TemporaryDirectory(prefix="udfgen-conformance-") as folder:
        bundle.write(made, Path(folder))
        commands.run_toolchain(made, Path(folder))
        install.install(made, session, install.look(made, session), compiled=made.compiled(Path(folder)))


class LiveRunner:
    """A real server of an engine, with the suite installed by the installer."""

    def __init__(self, engine: str, dsn: str) -> None:
        self.engine = engine
        self._program = program(engine)
        self._functions = {each.name: each for each in self._program.functions}
        made = commands.render(commands.lower(self._program, engine))
        self._context = connect(parse(dsn))
        self._session = self._context.__enter__()
        self._session.admit(made.requirements)
        put(made, self._session)

    def call(self, function: str, arguments: Mapping[str, str | None]) -> Sequence[Row]:
        """Call a function through SQL."""
        return self._session.call(self._program, self._functions[function], arguments)

    def close(self) -> None:
        """Close the connection."""
        self._context.__exit__(None, None, None)


NEWER = Path(__file__).parents[2] / "build" / "newer"
"""Servers from other Debian releases, one folder per engine: script/newer-<engine> fetches one."""


@contextmanager
def live(engine: str, root: Path, endpoint: ScriptedLambda) -> Iterator[Runner]:
    """Start a private server of the engine, from this system or from another release's files, and give its runner."""
    with private_server(engine, endpoint.environment(), root) as dsn:
        runner = LiveRunner(engine, dsn)
        try:
            yield runner
        finally:
            runner.close()
