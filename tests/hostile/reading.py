"""What a parser found, as a skeleton without texts and the texts in it, and how two of them are compared."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, TypeAlias

from pydantic import BaseModel

from tests.hostile.given import BY_MARK, CLOSED, MARK, MARKS, Texts, said
from udfgen.errors import Origin
from udfgen.ir import Function, Payload

Leaf: TypeAlias = "tuple[None, str]"
Node: TypeAlias = "tuple[str, None] | Leaf"
"""A piece of the skeleton, or a text or name that stands there."""

HASH = re.compile(r"(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{12})(?![0-9a-f])")
"""A hash of what is generated: any change of a text changes it."""

JAVA = ("udfgen.", "udfgen/")
"""What Java's names of a program begin with."""

DOUBLED = {'""': '"', "``": "`", "''": "'", "[]": "]"}
"""What stands on both sides of a name or a text inside of a text, and what is written twice within."""


class Escaped(AssertionError):
    """Something of a spec is more, less or other than data in what was generated."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was parsed: pieces of the skeleton, and texts and names, in the order in which they stand."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """The table that a compiler or parser read in the generated code: how AWS is reached, and what each function may.

    `routines` are the entry points, each with the number of its arguments, where the language has some.
    """

    program: Mapping[str, Any]
    functions: tuple[Mapping[str, Any], ...]
    routines: frozenset[tuple[str, int]] = frozenset()


def leaf(text: str) -> Leaf:
    return (None, text)


def bone(text: str) -> Node:
    return (text, None)


def walk(value: Any) -> Iterator[Node]:
    """Yield the nodes of plain values, of dataclasses and of models; places in a spec are left out."""
    if isinstance(value, str) and not isinstance(value, Enum):
        yield leaf(value)
    elif isinstance(value, Mapping):
        yield bone("{")
        for key, each in value.items():
            yield leaf(str(key))
            yield from walk(each)
        yield bone("}")
    elif isinstance(value, (list, tuple)):
        yield bone("[")
        for each in value:
            yield from walk(each)
        yield bone("]")
    else:
        yield from _other(value)


def _other(value: Any) -> Iterator[Node]:
    if isinstance(value, Origin):
        return
    if isinstance(value, BaseModel):
        yield from walk(value.model_dump())
    elif is_dataclass(value) and not isinstance(value, type):
        yield bone(type(value).__name__)
        for each in fields(value):
            inner = getattr(value, each.name)
            yield from walk(_payload(inner) if isinstance(value, Function) and each.name == "payload" else inner)
    else:
        assert value is None or isinstance(value, (bool, int, Decimal, Enum)), type(value)
        yield bone(repr(value))


def _payload(pieces: Payload) -> Any:
    """Return a payload's pieces as the JSON that they make, with a text for each parameter."""
    return json.loads("".join(f'"<{piece}>"' if isinstance(piece, int) else piece for piece in pieces))


def compare(found: Reading, twin: Reading, texts: Texts) -> None:
    """Raise Escaped unless what was found is the twin with these texts in the places of its marks, and nothing else."""
    if len(found.nodes) != len(twin.nodes):
        pairs = enumerate(zip(found.nodes, twin.nodes, strict=False))
        at = next((at for at, (one, two) in pairs if one[0] != two[0]), 0)
        raise Escaped(
            f"{len(found.nodes)} nodes and not {len(twin.nodes)}: {found.nodes[max(at - 3, 0) : at + 4]!r:.300}"
        )
    for (bone_, text), (twin_bone, twin_text) in zip(found.nodes, twin.nodes, strict=True):
        if bone_ != twin_bone:
            raise Escaped(f"{bone_!r:.200} in place of {twin_bone!r:.200}")
        if text is None or twin_text is None or (text == twin_text and not MARK.search(text)):
            continue
        if not fits(text, twin_text, texts):
            raise Escaped(f"{text!r:.200} in place of {twin_text!r:.200}")


def fits(text: str, twin: str, texts: Texts) -> bool:
    """Return whether a text is the twin's with these texts for its marks, as the place of each wants it."""
    document = _document(twin)
    if document is not None:
        return _same(_document(text), document, texts)
    return HASH.sub("#", text) in {HASH.sub("#", each) for each in _filled(twin, texts)}


def _document(text: str) -> Any:
    """Return the JSON object or array that a text is, None for any other text."""
    if text[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def _same(found: Any, document: Any, texts: Texts) -> bool:
    try:
        compare(Reading(tuple(walk(_digits(found)))), Reading(tuple(walk(_digits(document)))), texts)
    except Escaped:
        return False
    return True


def _digits(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, float) else value


def _filled(twin: str, texts: Texts) -> list[str]:
    """Return the twin's text with every mark replaced, in each way that its place allows."""
    filled, at = [""], 0
    for mark in MARK.finditer(twin):
        ways = _ways(twin, mark, texts)
        filled = [f"{each}{twin[at : mark.start()]}{way}" for each in filled for way in ways]
        at = mark.end()
    return [f"{each}{twin[at:]}" for each in filled]


def _ways(twin: str, mark: re.Match[str], texts: Texts) -> set[str]:
    place = BY_MARK[mark[0].lower()]
    if place not in texts:
        return {mark[0]}
    ways = {_enclosed(twin, mark, _cased(each, mark[0])) for each in said(place, texts[place])}
    # Java has words that are no names: the dialect begins them with a capital.
    return ways | (
        {texts[place].capitalize()} if twin.startswith(JAVA) or twin[: mark.start()].endswith(JAVA) else set()
    )


def _cased(text: str, mark: str) -> str:
    return text.upper() if mark.isupper() else text


def _enclosed(twin: str, mark: re.Match[str], text: str) -> str:
    """Return a text as it stands inside of another: with what encloses it written twice."""
    around = twin[max(mark.start() - 1, 0) : mark.start()] + twin[mark.end() : mark.end() + 1]
    if around == '""' and twin[0] in "{}[],":  # a piece of JSON
        return json.dumps(text, ensure_ascii=False)[1:-1]
    if around == "][":  # a pattern of LIKE, in which an underscore stands for itself within brackets
        return text.replace("_", "[_]")
    doubled = DOUBLED.get(around)
    return text.replace(doubled, doubled * 2) if doubled else text


def assert_closed(texts: Texts) -> None:
    """Raise Escaped where a text of a closed form was taken that could end anything."""
    for place, text in texts.items():
        if place not in MARKS and not CLOSED.fullmatch(text):
            raise Escaped(f"{text!r:.200} was taken as {place}")
