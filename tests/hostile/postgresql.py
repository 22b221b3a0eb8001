"""PostgreSQL: its scripts by its own grammar, the bodies in PL/Python by Python's."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pglast

from tests.hostile.reading import Escaped, Facts, Node, Reading, bone, leaf
from tests.hostile.scripts import assert_visible, scripts
from tests.unit.test_hostile import assert_body, option, statements, unquoted
from udfgen.bundle import Bundle
from udfgen.ir import Function, Program

NAME = "postgresql"
LANGUAGE = "plpython3u"
PLACE = re.compile(r".*(?:location|_len|list_start|list_end)|version")
"""Members of the tree that say where something stands."""


def versions() -> dict[str, str]:
    """Return what reads the generated text."""
    return {"pglast": pglast.__version__, "PostgreSQL grammar": ".".join(map(str, pglast.get_postgresql_version()))}


def read(bundles: Sequence[Bundle], folder: Path) -> list[Reading | Escaped]:
    """Return what the grammar finds in each bundle's scripts."""
    return [_read(each) for each in bundles]


def _read(made: Bundle) -> Reading | Escaped:
    try:
        nodes: list[Node] = []
        for text in scripts(made):
            assert_visible(text, allowed="\n\t")
            nodes += _walk(json.loads(pglast.parser.parse_sql_json(text)))
    except (pglast.parser.ParseError, SyntaxError) as error:
        return Escaped(f"does not parse: {error}")
    except Escaped as error:
        return error
    return Reading(tuple(nodes))


def _walk(value: Any) -> Iterator[Node]:
    if isinstance(value, str):
        yield leaf(value)
    elif isinstance(value, list):
        yield bone(f"[{len(value)}")
        for each in value:
            yield from _walk(each)
    elif isinstance(value, dict):
        yield from _object(value)
    else:
        yield bone(repr(value))


def _object(value: dict[str, Any]) -> Iterator[Node]:
    if value.get("defname") == "as":
        for body in _texts(value):
            yield from _scanned(body)
        return
    python = _python(value.get("CreateFunctionStmt"))
    for key, each in value.items():
        if not PLACE.fullmatch(key):
            yield bone(key)
            yield from _walk(each)
    yield bone("}")
    if python is not None:
        yield from _python_nodes(python)


def _texts(value: Any) -> Iterator[str]:
    """Yield the bodies in an option of a function or a block."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from [each] if key == "sval" else _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


@lru_cache(maxsize=512)
def _scanned(body: str) -> tuple[Node, ...]:
    """Return the tokens of a body in PL/pgSQL, by PostgreSQL's own scanner."""
    pieces = [(each.name, body[each.start : each.end + 1]) for each in pglast.parser.scan(body)]
    return tuple(_token(text) for name, text in pieces if not name.endswith("COMMENT"))


def _token(text: str) -> Node:
    return leaf(unquoted(text)) if text.startswith(("'", '"', "E'")) else bone(text)


def _python(made: dict[str, Any] | None) -> str | None:
    """Take the body out of a function in PL/Python and return it."""
    options = {each["DefElem"]["defname"]: each["DefElem"]["arg"] for each in (made or {}).get("options", ())}
    if options.get("language", {}).get("String", {}).get("sval") != LANGUAGE:
        return None
    (body,) = options["as"]["List"].pop("items")
    return str(body["String"]["sval"])


@lru_cache(maxsize=64)
def _python_nodes(body: str) -> tuple[Node, ...]:
    """Return the nodes of a body, which PL/Python indents."""
    return tuple(_syntax(ast.parse("def f():\n\t" + body.replace("\n", "\n\t"))))


def _syntax(node: Any) -> Iterator[Node]:
    if isinstance(node, ast.AST):
        yield bone(type(node).__name__)
        for name, value in ast.iter_fields(node):
            yield bone(name)
            yield from _syntax(value)
    elif isinstance(node, list):
        yield bone(f"[{len(node)}")
        for each in node:
            yield from _syntax(each)
    else:
        yield leaf(node) if isinstance(node, str) else bone(repr(node))


def facts(bundles: Sequence[Bundle], programs: Sequence[Program], folder: Path) -> list[Facts | Escaped]:
    """Return the tables that the bodies carry; each body is one try and one return besides."""
    return [_facts(made, program) for made, program in zip(bundles, programs, strict=True)]


def _facts(made: Bundle, program: Program) -> Facts | Escaped:
    try:
        bodies = [option(each, "as")[0].sval for each in statements(made) if _is_python(each)]
        forms = [(function, part) for function in program.functions for part in _parts(function)]
        for body, (function, part) in zip(bodies[1:], forms, strict=True):
            assert_body(body, function, part)
        firsts = [body for body, (_, part) in zip(bodies[1:], forms, strict=True) if not part]
        return Facts(
            _config(bodies[0]),
            tuple(_entry(body, function) for body, function in zip(firsts, program.functions, strict=True)),
        )
    except (AssertionError, ValueError, SyntaxError, pglast.parser.ParseError) as error:
        return Escaped(f"bodies: {error}")


def _parts(function: Function) -> tuple[str, ...]:
    """Return how the bodies of a function call the core: a batch function has one more, for a part of the rows."""
    return ("", ".part") if function.batch else ("",)


def _is_python(statement: Any) -> bool:
    return type(statement).__name__ == "CreateFunctionStmt" and option(statement, "language").sval == LANGUAGE


def _config(body: str) -> Mapping[str, Any]:
    assigned = (node for node in ast.parse(body).body if isinstance(node, ast.Assign))
    (found,) = (node.value for node in assigned if ast.unparse(node.targets[0]) == "udfgen_config")
    config: Mapping[str, Any] = ast.literal_eval(found)
    return config


def _entry(body: str, function: Function) -> Mapping[str, Any]:
    module = ast.parse("def f():\n\t" + body.replace("\n", "\n\t"))
    calls = (node for node in ast.walk(module) if isinstance(node, ast.Call))
    made_by = "batch" if function.batch else "function"
    (entry,) = (node.args[0] for node in calls if isinstance(node.func, ast.Attribute) and node.func.attr == made_by)
    found: Mapping[str, Any] = ast.literal_eval(entry)
    return found


def expected_routines(program: Program) -> frozenset[tuple[str, int]]:
    """Return the entry points that a compiler would find: there is none here."""
    return frozenset()
