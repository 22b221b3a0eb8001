"""Payload templates: any JSON-able tree in which `$name` is a parameter and `$$` a dollar sign.

A parameter is always a whole value and never a part of a text, so that its type says how it is encoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from udfgen.ir import Payload, Value, json_text
from udfgen.spec.document import Steps
from udfgen.spec.wording import Wrong, nearest, show

PARAMETER = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
LONE_DOLLAR = re.compile(r"(?<!\$)(?:\$\$)*\$(?!\$)")


def default_payload(names: Sequence[str]) -> Value:
    """Return the template of a function that gives none: an object of all its parameters."""
    return {name: f"${name}" for name in names}


def compile_payload(template: Value, names: Sequence[str]) -> Payload:
    """Return a template in pieces: compact JSON text, and indexes into `names` where a parameter's JSON stands.

    Text escapes only `"`, a backslash and U+0000 to U+001F; numbers keep their digits; keys keep their order.
    """
    indexes = {name: index for index, name in enumerate(names)}
    merged: list[str | int] = []
    for piece in _pieces(template, indexes):
        if merged and isinstance(piece, str) and isinstance(merged[-1], str):
            merged[-1] += piece
        else:
            merged.append(piece)
    return tuple(merged)


def references(template: Value, at: Steps = ()) -> Iterator[tuple[Steps, str]]:
    """Yield every parameter that a template names, with its path in the template."""
    if isinstance(template, str):
        match = PARAMETER.fullmatch(template)
        if match:
            yield at, match[1]
    elif isinstance(template, Mapping):
        for key, value in template.items():
            yield from references(value, (*at, key))
    elif isinstance(template, tuple):
        for index, value in enumerate(template):
            yield from references(value, (*at, index))


def template_problems(template: Value, names: Sequence[str], at: Steps = ()) -> Iterator[tuple[Steps, bool, Wrong]]:
    """Yield what is wrong with a template: the path in it, whether its key is meant, and the words."""
    if isinstance(template, str):
        wrong = _text_problem(template, names)
        if wrong:
            yield at, False, wrong
    elif isinstance(template, Mapping):
        for key, value in template.items():
            if LONE_DOLLAR.search(key):
                yield (
                    (*at, key),
                    True,
                    Wrong(f"a $ in the key {show(key)}", "keys are fixed; write $$ for $", "payload"),
                )
            yield from template_problems(value, names, (*at, key))
    elif isinstance(template, tuple):
        for index, value in enumerate(template):
            yield from template_problems(value, names, (*at, index))


def _text_problem(text: str, names: Sequence[str]) -> Wrong | None:
    match = PARAMETER.fullmatch(text)
    if match and match[1] not in names:
        return Wrong(f'no parameter is called "{match[1]}"', nearest(match[1], names), "payload")
    if not match and LONE_DOLLAR.search(text):
        advice = "a parameter is a whole value, $name and nothing else; write $$ for $"
        return Wrong(f"a $ in the text {show(text)}", advice, "payload")
    return None


def _pieces(value: Value, indexes: Mapping[str, int]) -> Iterator[str | int]:
    if isinstance(value, str):
        match = PARAMETER.fullmatch(value)
        yield indexes[match[1]] if match else _text(value)
    elif isinstance(value, Mapping):
        yield from _object(value, indexes)
    elif isinstance(value, tuple):
        yield from _array(value, indexes)
    else:
        yield json_text(value)


def _object(value: Mapping[str, Value], indexes: Mapping[str, int]) -> Iterator[str | int]:
    yield "{"
    for position, (key, member) in enumerate(value.items()):
        yield f"{',' if position else ''}{_text(key)}:"
        yield from _pieces(member, indexes)
    yield "}"


def _array(value: tuple[Value, ...], indexes: Mapping[str, int]) -> Iterator[str | int]:
    yield "["
    for position, item in enumerate(value):
        if position:
            yield ","
        yield from _pieces(item, indexes)
    yield "]"


def _text(text: str) -> str:
    return json_text(text.replace("$$", "$"))
