"""Typing, no deciding: a dialect's Module and its templates become a Bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from udfgen.bundle import Bundle, Compiled, File, Key, Object, Phase, Requirement, Statement
from udfgen.dialect import Dialect, load
from udfgen.errors import Origin

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True, slots=True)
class Text:
    """A template's file name and the one frozen node it sees, as `it`."""

    template: str
    node: object


@dataclass(frozen=True, slots=True)
class Unit:
    """An object to be, each of its statements still a template; see `bundle.Object` for the other fields."""

    key: Key
    origin: Origin | None
    statements: tuple[tuple[Phase, Text], ...]
    shared: bool = False
    expected: str | None = None
    body: str | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A file to be. Its template sees `it`, and `sections`: what an install runs, in order."""

    path: str
    text: Text


@dataclass(frozen=True, slots=True)
class Module:
    """One engine's IR: every string that a template sees is final and quoted. Fields as in `bundle.Bundle`."""

    dialect: Dialect
    environment: str | None
    program: str
    units: tuple[Unit, ...]
    pages: tuple[Page, ...]
    requirements: tuple[Requirement, ...]
    opening: tuple[Text, ...]
    retire: tuple[Text, ...]
    closing: tuple[Text, ...]
    removal: tuple[Text, ...]
    catalog: Text
    registry: Text
    drops: Mapping[str, str] = field(default_factory=dict)
    compiled: tuple[Compiled, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A statement in a file, under a heading that says where in the spec it comes from ('' for none)."""

    heading: str
    sql: str


def render(module: Module) -> Bundle:
    """Return the bundle; the same module always gives the same bytes."""
    type_ = _Typist(_templates(module.dialect.name))
    objects = tuple(_object(unit, type_) for unit in module.units)
    digests = {each.key: each.digest for each in objects}
    opening, retire, closing, removal = (
        tuple(type_(text, digests=digests) for text in texts)
        for texts in (module.opening, module.retire, module.closing, module.removal)
    )
    sections = (*_plain(opening), *_sections(objects, module.dialect), *_plain(retire), *_plain(closing))
    return Bundle(
        engine=module.dialect.name,
        environment=module.environment,
        program=module.program,
        files=tuple(_file(page, type_, sections=sections, removal=removal) for page in module.pages),
        objects=objects,
        requirements=module.requirements,
        opening=opening,
        retire=retire,
        closing=closing,
        removal=removal,
        catalog=type_(module.catalog),
        registry=type_(module.registry),
        drops=module.drops,
        compiled=module.compiled,
    )


def type_out(engine: str, text: Text) -> str:
    """Return one template of an engine, filled: for what a toolchain writes by itself."""
    return _Typist(_templates(engine))(text)


def ordered(objects: tuple[Object, ...]) -> tuple[tuple[Object, Statement], ...]:
    """Return every statement with its object, by phase, then in the objects' order."""
    pairs = ((each, statement) for each in objects for statement in each.statements)
    return tuple(sorted(pairs, key=lambda pair: pair[1].phase))


class _Typist:
    """Fill a template with its node, and with what else a page needs."""

    def __init__(self, templates: Environment) -> None:
        self._templates = templates

    def __call__(self, text: Text, **more: object) -> str:
        return self._templates.get_template(text.template).render(it=text.node, **more).strip("\n") + "\n"


def _object(unit: Unit, type_: _Typist) -> Object:
    statements = tuple(Statement(phase, type_(text)) for phase, text in unit.statements)
    return Object(unit.key, unit.origin, statements, unit.shared, unit.expected, unit.body, unit.file)


def _plain(statements: tuple[str, ...]) -> tuple[Section, ...]:
    return tuple(Section("", sql) for sql in statements)


def _sections(objects: tuple[Object, ...], dialect: Dialect) -> tuple[Section, ...]:
    """Return every statement; the first one that makes an object leads back to the spec."""
    headed: set[Key] = set()
    sections = []
    for each, statement in ordered(objects):
        is_first = each.key not in headed and statement.phase is not Phase.PREPARE
        sections.append(Section(_heading(each, dialect) if is_first else "", statement.sql))
        headed |= {each.key} if is_first else set()
    return tuple(sections)


def _heading(each: Object, dialect: Dialect) -> str:
    """Return the line that leads back to the spec, without a column: that would move with every comma."""
    if each.origin is None:
        return ""
    # A file's name is the user's: nothing in it may end the comment, or be a letter or a variable to some client.
    shown = "".join(letter if letter.isprintable() else " " for letter in each.origin.file)
    file = shown.encode("ascii", "backslashreplace").decode().replace("$(", "$ (")
    return f"{dialect.template_prefix} {file}:{each.origin.line}\n"


def _file(page: Page, type_: _Typist, **more: object) -> File:
    return File(page.path, type_(page.text, **more).encode())


@cache
def _templates(engine: str) -> Environment:
    """Return an engine's templates: strict about missing names, control lines hidden in the engine's comments."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    dialect = load(engine)
    folder = Path(str(dialect.part("lower").__file__)).parent
    return Environment(  # noqa: S701 - no HTML here: every string arrives quoted for its language
        loader=FileSystemLoader([folder / "templates", folder]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        line_statement_prefix=f"{dialect.template_prefix}%",
    )
