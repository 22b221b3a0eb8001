"""The Lambda side of a function, in Python: one file that reads requests and writes replies around the user's code."""

from __future__ import annotations

import builtins
import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from keyword import kwlist as KEYWORDS
from pathlib import Path
from typing import TYPE_CHECKING, Any

from udfgen.handler import python, values
from udfgen.ir import Function, Invoke, Kind, Parameter, Program, Result, Table, Type, Wire
from udfgen.ir import Path as Steps

if TYPE_CHECKING:
    from jinja2 import Environment

Convert = Callable[[Any], Any]

ANNOTATIONS = {
    Kind.BOOLEAN: "bool",
    Kind.SMALLINT: "int",
    Kind.INTEGER: "int",
    Kind.BIGINT: "int",
    Kind.DECIMAL: "Decimal",
    Kind.REAL: "float",
    Kind.DOUBLE: "float",
    Kind.TEXT: "str",
    Kind.VARCHAR: "str",
    Kind.DATE: "dt.date",
    Kind.TIME: "dt.time",
    Kind.TIMESTAMP: "dt.datetime",
    Kind.TIMESTAMPTZ: "dt.datetime",
    Kind.UUID: "str",
    Kind.JSON: "Any",
    Kind.BYTES: "bytes",
}
READ: Mapping[Kind, Convert] = {
    Kind.DECIMAL: values.to_decimal,
    Kind.REAL: values.to_float,
    Kind.DOUBLE: values.to_float,
    Kind.DATE: values.to_date,
    Kind.TIME: values.to_time,
    Kind.TIMESTAMP: values.to_timestamp,
    Kind.TIMESTAMPTZ: values.to_timestamptz,
    Kind.BYTES: values.to_bytes,
}
"""What makes a value of JSON one of Python, where they differ."""

WRITE: Mapping[Kind, Convert] = {
    Kind.DATE: values.from_moment,
    Kind.TIME: values.from_moment,
    Kind.TIMESTAMP: values.from_moment,
    Kind.TIMESTAMPTZ: values.from_timestamptz,
    Kind.BYTES: values.from_bytes,
}
"""What makes a value of Python one of JSON. AWS's runtime writes a Decimal as a number, with all of its digits."""

IMPORTS = {
    "dt.": "import datetime as dt",
    "base64.": "import base64",
    "Decimal": "from decimal import Decimal",
    "LOGGER": "import logging",
}
"""What a file imports where a text stands in it."""
ALWAYS = ("import json", "from time import monotonic", "from typing import Any")
LOGGING = ("redshift_fail", "redshift_null", "list")
"""The templates that go on after a row that fails: it is told in the log, with its traceback."""

OWN = ("answer", "event", "handler", "items", "json", "log", "logging", "monotonic", "result", "row", "rows", "token")
TAKEN = frozenset((*KEYWORDS, *dir(builtins), *vars(values), *OWN))
"""Names that the user's function cannot have: Python's own, and those of the file."""

WRITTEN = "Written by `udfgen handler`: the body of {name} is yours, the rest speaks with the database."


@dataclass(frozen=True, slots=True)
class Handler:
    """A handler as its template sees it: every text is Python already.

    `shape` is the template of the function that Lambda calls, `logger` whether that one tells of rows that fail. `row`
    is what it hands to `answer`, `rows` where it finds them, `nothing` the reply for a row that is NULL. `signature`
    and `returned` are the head and the docstring of the user's function, `answer` is the body around its call.
    """

    docstring: str
    imports: tuple[str, ...]
    function: str
    shape: str
    logger: bool
    row: str
    rows: str
    nothing: str
    signature: str
    returned: str
    answer: str
    helpers: tuple[str, ...]


def page(program: Program, function: Function) -> str:
    """Return the file that answers a function's calls: all of it but the body of one Python function."""
    return _templates().get_template("handler.jinja").render(it=describe(program, function))


def describe(program: Program, function: Function) -> Handler:
    """Return what a handler consists of."""
    row = "event" if function.batch is None else "row"
    given = [(function.parameters[index], path) for index, path in sorted(_places(function).items())]
    (name,) = python.free_names([function.name], TAKEN)
    signature = python.signature(name, list(_parameters(function, given)), _annotation(function))
    reading = [_read(parameter, python.item(row, path)) for parameter, path in given]
    answer = "\n".join(_answer(function, name, reading))
    converts = (*(_reader(parameter) for parameter, _ in given), *(WRITE.get(each.kind) for each in _types(function)))
    helpers = tuple(inspect.getsource(each).rstrip() for each in dict.fromkeys(filter(None, converts)))
    shape = _shape(function)
    logger = shape in LOGGING
    return Handler(
        docstring=_docstring(program, function, name),
        imports=_imports("".join((signature, *helpers)) + ("LOGGER" if logger else "")),
        function=python.text(f"{program.name}.{function.name}"),
        shape=shape,
        logger=logger,
        row=row,
        rows=python.item("event", ("arguments",) if _is_redshift(function) else ()),
        nothing=_nothing(function),
        signature=signature,
        returned=_returned(function),
        answer=answer,
        helpers=helpers,
    )


def _shape(function: Function) -> str:
    """Return which template is the function that Lambda calls: what it does with a row that fails differs."""
    if function.batch is None:
        return "call"
    is_void = function.returns is None
    if function.binding.invoke is not Invoke.SYNC or (is_void and not _is_redshift(function)):
        return "task"
    if not _is_redshift(function):
        return "list"
    return "redshift_null" if function.batch.null_on_row_error else "redshift_fail"


def _is_redshift(function: Function) -> bool:
    return function.batch is not None and function.batch.wire is Wire.REDSHIFT


def _places(function: Function) -> dict[int, Steps]:
    """Return where each parameter stands in what arrives: the first place in the payload; some are not sent."""
    order = (piece for piece in function.payload if isinstance(piece, int))
    text = "".join("NaN" if isinstance(piece, int) else piece for piece in function.payload)
    # JSON has no NaN, so each one that the reader meets is the next parameter.
    found: dict[int, Steps] = {}
    for path, leaf in _leaves(json.loads(text, parse_constant=lambda _: _Place(next(order)), parse_int=str)):
        if isinstance(leaf, _Place):
            found.setdefault(leaf.index, path)
    return found


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a parameter stands in a payload."""

    index: int


def _leaves(value: Any, at: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    if isinstance(value, (dict, list)):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(inner, (*at, step))
    else:
        yield at, value


def _parameters(function: Function, given: Sequence[tuple[Parameter, Steps]]) -> Iterator[str]:
    names = python.free_names([parameter.name for parameter, _ in given], KEYWORDS)
    for name, (parameter, _) in zip(names, given, strict=True):
        is_sent = function.null_on_null or parameter.constraints.required
        yield f"{name}: {_python_type(parameter.type, is_sent)}"


def _python_type(type_: Type, is_sent: bool = False) -> str:
    annotation = ANNOTATIONS[type_.kind]
    return annotation if is_sent or annotation == "Any" else f"{annotation} | None"


def _annotation(function: Function) -> str:
    """Return the type of what the user's function returns."""
    if isinstance(function.returns, Result):
        return _python_type(function.returns.type)
    if function.returns is None:
        return "None"
    rows = "list[dict[str, Any]]"
    return f"tuple[{rows}, Any]" if function.follow else rows


def _reader(parameter: Parameter) -> Convert | None:
    if parameter.as_string and parameter.type.kind is not Kind.DECIMAL:
        return values.to_integer
    return READ.get(parameter.type.kind)


def _read(parameter: Parameter, code: str) -> str:
    convert = _reader(parameter)
    return f"{convert.__name__}({code})" if convert else code


def _write(type_: Type, code: str) -> str:
    convert = WRITE.get(type_.kind)
    return f"{convert.__name__}({code})" if convert else code


def _types(function: Function) -> tuple[Type, ...]:
    """Return the types of what comes back."""
    if isinstance(function.returns, Result):
        return (function.returns.type,)
    return tuple(each.result.type for each in function.returns.columns) if function.returns else ()


def _answer(function: Function, name: str, reading: Sequence[str]) -> Iterator[str]:
    """Yield the lines that call the user's function and put what it gives where `returns` looks for it."""
    returns = function.returns
    if isinstance(returns, Result):
        found = python.placed([(returns.path, _write(returns.type, "result"))], used=11)
        yield _called("return" if found == "result" else "result =", name, reading)
        yield from [] if found == "result" else [f"    return {found}"]
    elif returns is not None:
        yield _called("rows, token =" if function.follow else "rows =", name, reading)
        yield from _rows(function, returns)
    else:
        yield _called("", name, reading)


def _called(before: str, name: str, reading: Sequence[str]) -> str:
    line = f"    {before} " if before else "    "
    return line + python.call(name, reading, used=len(line))


def _rows(function: Function, table: Table) -> Iterator[str]:
    # One member a line, whether or not they would fit on one: so do formatters leave it.
    columns = [(each.result.path, _write(each.result.type, python.item("row", (each.name,)))) for each in table.columns]
    members = python.placed(columns, used=python.WIDTH, indent=8)
    yield f"    items = [\n        {members}\n        for row in rows\n    ]"
    placed = [(table.rows, "items")]
    if function.follow:
        placed.append((function.follow.token, "token"))
        placed += [(function.follow.until, "token is None")] if function.follow.until is not None else []
    yield f"    return {python.placed(placed, used=11)}"


def _nothing(function: Function) -> str:
    path = function.returns.path if isinstance(function.returns, Result) else ()
    return python.placed([(path, "None")], used=27, indent=12)


def _returned(function: Function) -> str:
    """Return the docstring of the user's function."""
    if function.returns is None:
        return "Do what one call asks for." if function.batch is None else "Do what one row asks for."
    if isinstance(function.returns, Result):
        return "Return the result; None is NULL." if function.batch is None else "Return a row's result; None is NULL."
    if function.follow:
        return "Return rows by the columns above, and the token of the next page or None."
    return "Return rows by the columns above."


def _docstring(program: Program, function: Function, name: str) -> str:
    parameters = ", ".join(f"{each.name} {each.type}" for each in function.parameters)
    signature = f"{function.name}({parameters}), a SQL function of {program.origin.file}, on the side of AWS Lambda."
    columns = ""
    if isinstance(function.returns, Table):
        columns = "Columns: " + ", ".join(f"{each.name} {each.result.type}" for each in function.returns.columns) + "."
    return python.docstring(signature, function.description, columns, WRITTEN.format(name=name))


def _imports(text: str) -> tuple[str, ...]:
    """Return the imports of what stands in the file, in the order of formatters."""
    found = (*ALWAYS, *(line for word, line in IMPORTS.items() if word in text))
    return tuple(sorted(found, key=lambda line: (line.startswith("from"), line)))


@cache
def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(  # noqa: S701 - no HTML here: every text is Python already
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
