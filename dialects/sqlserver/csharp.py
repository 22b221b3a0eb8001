"""The C# sources of an install: the core, strung together, and the generated classes, with what makes them one DLL."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from udfgen.endpoint import endpoint
from udfgen.errors import Origin
from udfgen.ir import Function, Kind, Program, Result, Table, Volatility, describe, describe_aws, describe_compat
from udfgen.layout import JSON, lay_out
from udfgen.spec.pattern import utf16

from . import DIALECT, compat, nodes, quote
from .compat import DropIn
from .types import WAYS, Way

FLAGS = (
    "-target:library",
    "-sdk:4.5-api",
    "-langversion:5",
    "-optimize+",
    "-debug-",
    "-r:System.dll",
    "-r:System.Data.dll",
)
"""By the reference assemblies of .NET Framework 4.5: so nothing is used that only Mono, or only a newer one, has."""

CORE, FUNCTIONS = "Core.cs", "Functions.cs"
CLASS, PROBE = "Udfgen.Functions", "Udfgen_probe"
"""The class of the entry points, and the method that only an installer asks: no function of a spec has a capital."""

FACTS_WIDTH = 100
"""Columns of facts before their quotes are doubled."""

INDENT = 12
"""Columns before what follows on lines of its own."""

MODES = "Modes"
"""The first parameter of every method: what the switch says. No parameter of a spec has a capital."""

ROWS = [("SqlChars", "Rows"), ("SqlBoolean", "Native")]
"""The others of a batch function's: all rows as JSON, and whether a trigger of the install wrote it."""

WRAPPER, BATCH = "Wrapper", "BatchWrapper"
"""The core's classes that run functions."""


def core() -> str:
    """Return the hand-written sources as one: each is a comment and its classes in the namespace."""
    return "\n".join(_sources().values())


@cache
def _sources() -> dict[str, str]:
    """Return the hand-written sources by their names, in alphabetical order."""
    found = [each for each in files(f"udfgen.native.{DIALECT.name}").iterdir() if each.name.endswith(".cs")]
    return {each.name: each.read_text(encoding="utf-8") for each in sorted(found, key=lambda each: each.name)}


def stamp(core: str, functions: str) -> str:
    """Return the hash of what an assembly is made of, 64 hexadecimal digits: its flags, and its sources.

    Lines of comments do not count, because no byte depends on them: those of a spec say where it has what.
    """
    text = "\0".join(("\n".join(FLAGS), _code(core), _code(functions)))
    return hashlib.sha256(text.encode()).hexdigest()


def _code(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if not re.match(r"\s*//", line))


# Facts


def program_facts(program: Program) -> str:
    """Return how the core reaches AWS, as laid out JSON."""
    metadata = program.options[DIALECT.name].metadata
    return _laid_out(
        describe_aws(program) | {"endpoint": endpoint(program.aws)} | ({"metadata": metadata} if metadata else {})
    )


def function_facts(function: Function) -> str:
    """Return a function's table entry, as laid out JSON; .NET matches UTF-16 units, so it may have a pattern more."""
    facts = describe(function)
    for parameter in facts["parameters"]:
        pattern = parameter.get("pattern")
        parameter |= {"pattern_utf16": utf16(pattern)} if pattern and utf16(pattern) != pattern else {}
    return _laid_out(facts | ({"null_on_null": True} if function.null_on_null else {}))


def drop_in_facts(drop_in: DropIn) -> str:
    """Return the table entry of a drop-in name, as laid out JSON."""
    return _laid_out(describe_compat(drop_in.name, drop_in.reached, drop_in.returns))


def _laid_out(facts: dict[str, Any]) -> str:
    return lay_out(facts, _json, width=FACTS_WIDTH, indent=INDENT)


def _json(value: object) -> str:
    """Return a value as JSON in printable ASCII: what stands in a source is to be seen."""
    return JSON(value).replace("\x7f", "\\u007f")


# The generated classes


def functions(program: Program, heading: tuple[str, ...]) -> nodes.Functions:
    """Return the classes of a program's table and entry points."""
    drop_ins = tuple(compat.drop_ins(program))
    methods = [method for function in program.functions for method in _methods(function)]
    entries = [_entry(each.name, _door(each), function_facts(each), each.origin) for each in program.functions]
    return nodes.Functions(
        heading=heading,
        facts=quote.csharp_string(program_facts(program)),
        entries=(*entries, *(_entry(each.name, WRAPPER, drop_in_facts(each), each.compat.origin) for each in drop_ins)),
        methods=(*methods, *map(_drop_in, drop_ins), _probe(program)),
    )


def _entry(name: str, type_: str, facts: str, origin: Origin) -> nodes.Entry:
    return nodes.Entry(_place(origin), type_, quote.csharp_name(name), _facts_name(name), quote.csharp_string(facts))


def _door(function: Function) -> str:
    """Return the core's class that runs a function."""
    return BATCH if function.batch else WRAPPER


def _place(origin: Origin) -> str:
    return f"{' '.join(quote.comment(origin.file))}:{origin.line}"


def _facts_name(name: str) -> str:
    return f"Facts_{name}"


def _methods(function: Function) -> Iterator[nodes.Method]:
    """Yield the method that a routine runs, and where that gives rows the one that takes a row apart."""
    returns, door = _result(function)
    arguments = [(WAYS[each.type.kind].csharp, each.name) for each in function.parameters]
    passed = ROWS if function.batch else arguments
    yield nodes.Method(
        comment=(_place(function.origin), *quote.comment(function.description)),
        attributes=(_attribute(function),),
        returns=returns,
        name=quote.csharp_name(function.name),
        parameters=_parameters(passed),
        body=(_call(function.name, door, (name for _, name in passed), returns),),
    )
    if returns == "IEnumerable":
        yield _fill(function.name, _cells(function.returns))


def _cells(returns: Result | Table | None) -> Iterator[tuple[str, Way]]:
    """Yield the columns of what comes back in rows: of a table its own, of a batch a row's number and its result."""
    if isinstance(returns, Table):
        yield from ((each.name, WAYS[each.result.type.kind]) for each in returns.columns)
    elif returns is not None:
        yield from (("row", WAYS[Kind.INTEGER]), ("result", WAYS[returns.type.kind]))


def _parameters(pairs: Iterable[tuple[str, str]]) -> str:
    """Return a method's parameters: what the switch says, then pairs of a class and a name."""
    named = (f"{class_} {quote.csharp_name(name)}" for class_, name in pairs)
    return quote.listed((f"SqlChars {MODES}", *named), INDENT)


def _call(name: str, door: str, passed: Iterable[str], returns: str) -> str:
    """Return the line that runs an entry by one of the core's methods."""
    names = quote.listed((MODES, *map(quote.csharp_name, passed)), INDENT + 4)
    call = f"Table.{quote.csharp_name(name)}.{door}({names});"
    return call if returns == "void" else f"return {call}"


def _drop_in(drop_in: DropIn) -> nodes.Method:
    text = WAYS[Kind.TEXT].csharp
    asks = any(each.binding.client_context for each in drop_in.reached)
    is_procedure = drop_in.form == "procedure"
    returns = "void" if is_procedure else text
    return nodes.Method(
        comment=(_place(drop_in.compat.origin),),
        attributes=("[SqlProcedure]" if is_procedure else f"[SqlFunction({_facts(False, asks)})]",),
        returns=returns,
        name=drop_in.name,
        parameters=_parameters((text, each) for each in compat.PARAMETERS),
        body=(_call(drop_in.name, drop_in.door, compat.PARAMETERS, returns),),
    )


def _result(function: Function) -> tuple[str, str]:
    """Return the class that a function's method returns, and the core's method that runs it."""
    if function.returns is None:
        return "void", "Run"
    if isinstance(function.returns, Table) or function.batch:
        return "IEnumerable", "Rows"
    way = WAYS[function.returns.type.kind]
    return way.csharp, way.method


def _attribute(function: Function) -> str:
    """Return what SQL Server is told of a method.

    https://learn.microsoft.com/dotnet/api/microsoft.sqlserver.server.sqlfunctionattribute
    """
    if function.returns is None:
        return "[SqlProcedure]"
    asks = function.binding.client_context or bool(function.batch and function.batch.tells_caller)
    facts = _facts(function.volatility is Volatility.IMMUTABLE, asks)
    has_rows = isinstance(function.returns, Table) or function.batch
    fill = f', FillRowMethodName = "{_fill_name(function.name)}"' if has_rows else ""
    return f"[SqlFunction({facts}{fill})]"


def _facts(is_deterministic: bool, asks_session: bool) -> str:
    read = ", DataAccess = DataAccessKind.Read" if asks_session else ""
    return f"IsDeterministic = {str(is_deterministic).lower()}{read}"


def _fill_name(name: str) -> str:
    return f"Fill_{name}"


def _fill(name: str, columns: Iterable[tuple[str, Way]]) -> nodes.Method:
    """Return the method that takes a row apart; a column's name has no capital, so none of them hides `Row`."""
    named = [(quote.csharp_name(column), way) for column, way in columns]
    cells = (f"{column} = Cells.{way.method}({at});" for at, (column, way) in enumerate(named))
    outs = (f"out {way.csharp} {column}" for column, way in named)
    return nodes.Method(
        comment=(),
        attributes=(),
        returns="void",
        name=_fill_name(name),
        parameters=quote.listed(("object Found", *outs), INDENT),
        body=("Row Cells = (Row)Found;", *cells),
    )


def _probe(program: Program) -> nodes.Method:
    """Return the method that looks around from inside the server, by one function of each binding and drop-in names."""
    first: dict[str, str] = {}
    for function in program.functions:
        first.setdefault(function.binding.name, function.name)
    entries = (*first.values(), *(each.name for each in compat.drop_ins(program)))
    names = quote.listed((f"Table.{_facts_name(each)}" for each in entries), INDENT + 4)
    return nodes.Method(
        comment=("Granted to nobody: what `udfgen doctor` asks.",),
        attributes=("[SqlFunction(IsDeterministic = false)]",),
        returns="SqlChars",
        name=PROBE,
        parameters="SqlChars what",
        body=(f"return Table.Lambda.Probe(new string[] {{{names}}}, what);",),
    )
