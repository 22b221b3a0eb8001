"""Words for what pydantic finds: each error becomes a Problem with a position and something to do."""

from __future__ import annotations

import re
import types
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from udfgen.errors import Problem
from udfgen.spec.document import Document, Steps
from udfgen.spec.model import EnginesPart, Part, Spec
from udfgen.spec.wording import Wrong, closest, listed, nearest, show

KEY = "[key]"
SORTS = ((bool, "true or false"), (str, "text"), (dict, "a mapping"), (tuple, "a list"), (Decimal, "a fraction"))
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
YES_NO = "write true or false; yes, no, on and off are text in YAML 1.2"

# pydantic's error type: what must stand there, what to do. https://docs.pydantic.dev/latest/errors/validation_errors/
SHAPES = {
    "string_type": ("text", "put it in quotes"),
    "bool_type": ("true or false", YES_NO),
    "int_type": ("a whole number", "write it without quotes and without a fraction"),
    "float_type": ("a number", "write it without quotes"),
    "dict_type": ("a mapping", "write key: value lines below it"),
    "model_type": ("a mapping", "write key: value lines below it"),
    "model_attributes_type": ("a mapping", "write key: value lines below it"),
    "tuple_type": ("a list", "write [one, two]"),
    "list_type": ("a list", "write [one, two]"),
}
# pydantic's error type: the limit's name in its context, what is wrong, what to do.
LIMITS = {
    "greater_than_equal": ("ge", "is too small", "write {} or more"),
    "less_than_equal": ("le", "is too large", "write {} or less"),
    "greater_than": ("gt", "is too small", "write more than {}"),
    "less_than": ("lt", "is too large", "write less than {}"),
    "too_short": ("min_length", "has too few entries", "write at least {}"),
    "too_long": ("max_length", "has too many entries", "write at most {}"),
    "string_too_short": ("min_length", "is too short", "write at least {} characters"),
    "string_too_long": ("max_length", "is too long", "write at most {} characters"),
    "string_pattern_mismatch": ("pattern", "does not have the form that it needs", "write text that matches {}"),
}


def translate(error: ErrorDetails, document: Document) -> Problem:
    """Return one error of pydantic in words, at the place in the document that it is about."""
    path = tuple(step for step in error["loc"] if step != KEY)
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_key(document, path, _keys(path[:-1]))
    if kind == "missing":
        return _missing(document, path)
    what, advice, rule = _words(kind, context, path, error["input"])
    return Problem(document.origin(path, key=KEY in error["loc"]), what, advice, rule)


def meant(error: ErrorDetails) -> Steps | None:
    """Return the path of the key that an error's unknown one is taken for; None for other errors and unlike keys."""
    path = error["loc"]
    if error["type"] != "extra_forbidden":
        return None
    key = closest(str(path[-1]), _keys(path[:-1]))
    return None if key is None else (*path[:-1], key)


def _unknown_key(document: Document, path: Steps, known: tuple[str, ...]) -> Problem:
    """Return the problem of a key that nothing is called, with the nearest one that something is."""
    key = str(path[-1])
    model = _model(_annotation(path[:-1]))
    engine = model is not None and issubclass(model, EnginesPart)
    what = f"no engine is called {show(key)}" if engine else f"unknown key {show(key)}"
    return Problem(document.origin(path, key=True), what, nearest(key, known), "unknown-key")


def _missing(document: Document, path: Steps) -> Problem:
    field = _field(_annotation(path[:-1]), path[-1])
    hint = (field.description or "").rstrip(".") if field else ""
    origin = document.origin(path[:-1], key=True)
    return Problem(origin, f'"{path[-1]}" is missing', f"add it: {hint}" if hint else "add it", "missing")


def _words(kind: str, context: Mapping[str, Any], path: Steps, value: object) -> tuple[str, str, str]:
    """Return what is wrong, what to do, and the rule."""
    if kind == "value_error":
        return _raised(context["error"], path)
    if kind == "literal_error":
        return _choice(str(context["expected"]), value)
    if kind in LIMITS:
        name, what, advice = LIMITS[kind]
        return f"{_subject(path)} {what}", advice.format(context[name]), "value"
    wanted, advice = SHAPES.get(kind, ("something else", _hint(path)))
    if wanted == "a list" and isinstance(value, str) and _takes_words(path) and WORD.fullmatch(value):
        advice = f"write [{value}]"
    model = _model(_annotation(path))
    if model is not None and issubclass(model, Part) and wanted == "a mapping":
        wanted, advice = model.FORM, model.HINT
    return f"{_subject(path)} must be {wanted}, not {_sort(value)}", advice, "type"


def _raised(error: Exception, path: Steps) -> tuple[str, str, str]:
    if isinstance(error, Wrong):
        return error.what, error.advice, error.rule
    # A dialect's own validator: its words, without what pydantic puts around them.
    return f"{_subject(path)} cannot stand as it is", str(error), "value"


def _choice(expected: str, value: object) -> tuple[str, str, str]:
    choices = re.findall(r"'([^']*)'", expected)
    if not choices:
        return f"{show(value)} cannot stand here", f"write {expected}", "value"
    if isinstance(value, str):
        return f"{show(value)} cannot stand here", nearest(value, choices), "value"
    return f"{_sort(value)} cannot stand here", f"use one of {listed(choices)}", "value"


def _hint(path: Steps) -> str:
    field = _field(_annotation(path[:-1]), path[-1]) if path else None
    return (field.description if field and field.description else "see the output of udfgen schema").rstrip(".")


def _takes_words(path: Steps) -> bool:
    """Return whether the items of a list are words and names, which a message may repeat, and not any value."""
    return _element(_annotation(path)) is not Any


def _subject(path: Steps) -> str:
    if path and isinstance(path[-1], int):
        return f"item {path[-1] + 1} of {_subject(path[:-1])}"
    return f'"{path[-1]}"' if path else "a spec"


def _sort(value: object) -> str:
    """Return what sort of thing a value is; never the value."""
    if value is None:
        return "empty"
    for kind, word in SORTS:
        if isinstance(value, kind):
            return word
    return "a number"


def _keys(path: Steps) -> tuple[str, ...]:
    """Return the keys that the mapping at a path may have."""
    model = _model(_annotation(path))
    return tuple(field.alias or name for name, field in model.model_fields.items()) if model else ()


def _annotation(path: Steps) -> Any:
    """Return the annotation of what stands at a path of the spec, or None."""
    here: Any = Spec
    for step in path:
        field = _field(here, step)
        here = field.annotation if field else _element(here)
    return here


def _field(annotation: Any, step: str | int) -> FieldInfo | None:
    model = _model(annotation)
    if model is None:
        return None
    return next((each for name, each in model.model_fields.items() if step in (each.alias, name)), None)


def _element(annotation: Any) -> Any:
    """Return the annotation of a mapping's values or a list's items, or None."""
    for each in _alternatives(annotation):
        if get_origin(each) is dict:
            return get_args(each)[1]
        if get_origin(each) is tuple:
            return get_args(each)[0]
    return None


def _model(annotation: Any) -> type[BaseModel] | None:
    for each in _alternatives(annotation):
        if isinstance(each, type) and issubclass(each, BaseModel):
            return each
    return None


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    """Return what an annotation allows, without None and without metadata."""
    if get_origin(annotation) is Annotated:
        return _alternatives(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(inner for each in get_args(annotation) for inner in _alternatives(each))
    return (annotation,)
