"""Any stage between text and bundle, as a value: what `udfgen explain` prints and tests pin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from udfgen import commands
from udfgen.errors import SpecError, UsageError
from udfgen.render import render

Stage = Callable[[Path, str | None, tuple[str, ...]], Any]


def stage(name: str, spec: Path, environment: str | None, chosen: tuple[str, ...]) -> Any:
    """Return a stage's value by its name; per engine for the last two. UsageError for a name that is none."""
    if name not in STAGES:
        raise UsageError(f'no stage is called "{name}": use one of {", ".join(STAGES)}')
    return STAGES[name](spec, environment, chosen)


def _document(spec: Path, environment: str | None, chosen: tuple[str, ...]) -> Any:
    from udfgen.spec import document

    secrets = tuple(problem for problem in commands.check(spec) if problem.rule == "secret")
    if secrets:
        raise SpecError(secrets)
    return document.load(spec)


def _spec(spec: Path, environment: str | None, chosen: tuple[str, ...]) -> Any:
    return commands.read(spec).spec


def _program(spec: Path, environment: str | None, chosen: tuple[str, ...]) -> Any:
    return commands.compile_program(commands.read(spec), environment)


def _module(spec: Path, environment: str | None, chosen: tuple[str, ...]) -> Any:
    program = _program(spec, environment, chosen)
    return {engine: commands.lower(program, engine) for engine in commands.engines(program, chosen)}


def _bundle(spec: Path, environment: str | None, chosen: tuple[str, ...]) -> Any:
    return {engine: render(module) for engine, module in _module(spec, environment, chosen).items()}


STAGES: dict[str, Stage] = {
    "document": _document,
    "spec": _spec,
    "program": _program,
    "module": _module,
    "bundle": _bundle,
}
