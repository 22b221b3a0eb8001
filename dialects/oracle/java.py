"""The two Java sources of an install: the core, strung together, and the generated class of its entry points."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from udfgen.endpoint import endpoint
from udfgen.ir import Function, Program, Result, Table, describe, describe_aws
from udfgen.layout import lay_out

from . import DIALECT, nodes, quote
from .compat import DropIn, drop_ins
from .names import switch_table
from .types import WAYS, Way, way

PROGRAM = "UDFGEN_PROGRAM"
"""The constant of the program's facts: no function of a spec can be called so."""

LONGEST_CONSTANT = 65_535
"""https://docs.oracle.com/javase/specs/jvms/se8/html/jvms-4.html#jvms-4.4.7"""

FILE = re.compile(r"((?://.*\n)+)package udfgen;\n\n((?:import [\w.]+;\n)*)\n?((?:.*\n)+)")
"""A hand-written source: what it is, its imports, its class."""

NUMBER, CLOB, TEXT = "java.math.BigDecimal", "java.sql.Clob", "java.lang.String"
FACTS_WIDTH, CHOICES_WIDTH = 80, 300
"""Columns of facts, and of a binding among many, before their quotes are escaped."""

SPELL = json.JSONEncoder(ensure_ascii=False).encode


def package(program: Program) -> str:
    """Return the Java package of a program's classes."""
    return f"udfgen.{quote.java_name(program.name)}"


def path(program: Program, name: str) -> str:
    """Return the name of a Java object in the schema: that of its class, with slashes."""
    return f"{package(program).replace('.', '/')}/{name}"


def core(program: Program) -> str:
    """Return the hand-written sources as one: same classes, in one package of the program's own."""
    about = "// The core: what reaches AWS Lambda. It is the same in every install."
    return f"{about}\npackage {package(program)};\n\n{_strung(tuple(sources().items()))}"


@cache
def _strung(files: tuple[tuple[str, str], ...]) -> str:
    """Return the imports of all files, each once, then what follows them, in the files' order."""
    parts = [_parsed(name, text) for name, text in files]
    imports = sorted({line for _, found, _ in parts for line in found.splitlines()})
    return "\n".join([*imports, *(f"\n{opening}\n{body}" for opening, _, body in parts)])


def _parsed(name: str, text: str) -> tuple[str, str, str]:
    found = FILE.fullmatch(text)
    if found is None:
        raise ValueError(f"{name} is not a comment, the package, imports and a class")
    opening, imports, body = found.groups()
    return opening, imports, body


@cache
def sources() -> dict[str, str]:
    """Return the hand-written sources by their names, in alphabetical order."""
    return {name: text for name, text in _native().items() if name.endswith(".java")}


def roots() -> tuple[str, ...]:
    """Return the file of root certificates that the core trusts, a text for each certificate."""
    return tuple(re.findall(r"^certificate .*\n(?:(?!certificate ).+\n)+", _native()["roots.txt"], re.MULTILINE))


@cache
def _native() -> dict[str, str]:
    found = [each for each in files(f"udfgen.native.{DIALECT.name}").iterdir() if each.name.endswith((".java", ".txt"))]
    return {each.name: each.read_text(encoding="utf-8") for each in sorted(found, key=lambda each: each.name)}


def trusts_roots(program: Program) -> bool:
    """Return whether the core needs the file of root certificates: for HTTPS without a file of the server's own."""
    return endpoint(program.aws).startswith("https:") and program.aws.ca_file is None


# Facts


def program_facts(program: Program) -> str:
    """Return how the core reaches AWS, as laid out JSON."""
    metadata = program.options[DIALECT.name].metadata
    facts = describe_aws(program) | {"endpoint": endpoint(program.aws)} | ({"metadata": metadata} if metadata else {})
    return lay_out(facts | {"switch": switch_table(program)}, SPELL, width=FACTS_WIDTH)


def function_facts(function: Function) -> str:
    """Return a function's table entry, as laid out JSON."""
    # A batch function's own part says what becomes of a row with a NULL.
    is_told = function.null_on_null and function.batch is None
    facts = describe(function) | ({"null_on_null": True} if is_told else {})
    return lay_out(facts, SPELL, width=FACTS_WIDTH)


def drop_in_facts(drop_in: DropIn) -> str:
    """Return the table entry of a drop-in name, as laid out JSON: a line for each of its many spellings."""
    return lay_out(drop_in.facts(), SPELL, width=CHOICES_WIDTH)


# The generated class


def functions(program: Program, core: str) -> nodes.Functions:
    """Return the class of a program's entry points, for a core."""
    return nodes.Functions(
        name=quote.identifier(path(program, "Functions")),
        # A class of before would not do for a new core: Oracle resolves it again, and the next install makes it anew.
        core=hashlib.sha256(core.encode()).hexdigest()[:12],
        package=package(program),
        imports=tuple(sorted({name for name in _used(program) if not name.startswith("java.lang.")})),
        facts=quote.java_string(program_facts(program).split("\n"), 8),
        entries=(
            *(_entry(function, program) for function in program.functions),
            *(_drop_in(each) for each in drop_ins(program)),
        ),
        methods=(*_steps(program), _probe(program)),
    )


def full_name(program: Program, method: str, parameters: list[str], returns: str = "") -> str:
    """Return a method's full name as a call specification has it, a literal; `returns` is a class, '' for void."""
    listed = quote.listed(parameters, 8)
    return quote.block(f"{package(program)}.Functions.{method}({listed}){f' return {returns}' if returns else ''}")


def begin_call(function: Function, program: Program) -> str:
    """Return the full name of the method by which a call of a batch function begins."""
    return full_name(program, quote.java_name(function.name), [], NUMBER)


def call(function: Function, program: Program) -> str:
    """Return the full name of a function's method; that of a batch function takes in a row."""
    classes, returns = arguments(function, program), result(function, program)[0]
    return full_name(program, quote.java_name(function.name), classes, returns)


def drop_in_call(drop_in: DropIn, program: Program) -> str:
    """Return the full name of the method of a drop-in name."""
    return full_name(program, drop_in.form.name, [TEXT, TEXT], TEXT if drop_in.form.is_function else "")


def arguments(function: Function, program: Program) -> list[str]:
    """Return the classes of a function's arguments; a batch function's first one is the handle of the call."""
    version = program.options[DIALECT.name].version
    return [NUMBER] * bool(function.batch) + [way(each.type, version).java for each in function.parameters]


def result(function: Function, program: Program) -> tuple[str, str]:
    """Return the class that a function's method returns, '' for none, and the core's method that runs it."""
    if function.returns is None or function.batch:
        return "", "run"
    if isinstance(function.returns, Table):
        return NUMBER, "open"
    found = way(function.returns.type, program.options[DIALECT.name].version)
    return found.java, found.method


def cells(program: Program) -> dict[str, tuple[str, Way]]:
    """Return the call specifications of cells that a program's rows use, each with its native type and its way.

    A date is taken from a timestamp, which PL/SQL makes one.
    """
    version = program.options[DIALECT.name].version
    used = {way(each.type, version).cell for function in program.functions for each in _stepped(function)}
    return {found.cell: (declared, found) for declared, found in WAYS.items() if found.cell in used}


def _stepped(function: Function) -> Iterator[Result]:
    """Yield the results that PL/SQL takes cell by cell: the columns of a table, or that of a batch."""
    if isinstance(function.returns, Table):
        yield from (column.result for column in function.returns.columns)
    elif function.batch and function.returns:
        yield function.returns


def has_rows(program: Program) -> bool:
    """Return whether PL/SQL goes through rows of some function."""
    return any(True for function in program.functions for _ in _stepped(function))


def has_tables(program: Program) -> bool:
    """Return whether a program has functions that return tables."""
    return any(isinstance(function.returns, Table) for function in program.functions)


def has_batches(program: Program) -> bool:
    """Return whether a program has functions that take rows."""
    return any(function.batch for function in program.functions)


def _used(program: Program) -> Iterator[str]:
    """Yield the classes that the generated class names."""
    yield from ("java.sql.SQLException", CLOB)
    for function in program.functions:
        yield from arguments(function, program)
        yield result(function, program)[0] or TEXT
    yield from (found.java for _, found in cells(program).values())


def _simple(name: str) -> str:
    return name.rpartition(".")[2]


def _constant(function: Function) -> str:
    return function.name.upper()


def _entry(function: Function, program: Program) -> nodes.Entry:
    methods = (_begin(function), _add(function, program)) if function.batch else (_run(function, program),)
    return nodes.Entry(_constant(function), quote.java_string(function_facts(function).split("\n"), 8), methods)


def _begin(function: Function) -> nodes.Method:
    body = f"return Core.begin({PROGRAM}, {_constant(function)});"
    return nodes.Method(_simple(NUMBER), quote.java_name(function.name), "", body)


def _add(function: Function, program: Program) -> nodes.Method:
    """Return the method that takes in a row; no parameter of a spec has a dollar in its name."""
    names = [quote.java_name(parameter.name) for parameter in function.parameters]
    typed = zip(map(_simple, arguments(function, program)), ["batch$", *names], strict=True)
    return nodes.Method(
        returns="void",
        name=quote.java_name(function.name),
        parameters=quote.listed((f"{class_} {name}" for class_, name in typed), 12),
        body=f"Queries.add(batch$, new Object[] {{{quote.listed(names, 12)}}});",
    )


def _run(function: Function, program: Program) -> nodes.Method:
    names = [quote.java_name(parameter.name) for parameter in function.parameters]
    classes = map(_simple, arguments(function, program))
    returns, door = result(function, program)
    given = f"new Object[] {{{quote.listed(names, 12)}}}"
    call = f"Core.{door}({PROGRAM}, {_constant(function)}, {given});"
    return nodes.Method(
        returns=_simple(returns) or "void",
        name=quote.java_name(function.name),
        parameters=quote.listed((f"{class_} {name}" for class_, name in zip(classes, names, strict=True)), 12),
        body=f"return {call}" if returns else call,
    )


def _drop_in(drop_in: DropIn) -> nodes.Entry:
    """Return the entry of a drop-in name: it returns text, which is NULL where the call is only queued."""
    form, constant = drop_in.form, drop_in.form.name.upper()
    door = "string" if form.is_function else "run"
    call = f"Core.{door}({PROGRAM}, {constant}, new Object[] {{name, args}});"
    method = nodes.Method(
        returns=_simple(TEXT) if form.is_function else "void",
        name=form.name,
        parameters="String name, String args",
        body=f"return {call}" if form.is_function else call,
    )
    return nodes.Entry(constant, quote.java_string(drop_in_facts(drop_in).split("\n"), 8), (method,))


def _steps(program: Program) -> Iterator[nodes.Method]:
    """Yield the methods by which PL/SQL goes through the rows of a table result, or sends those of a batch."""
    handle = "BigDecimal handle"
    if has_batches(program):
        yield nodes.Method("void", "runBatch", handle, "Queries.run(handle);")
        yield nodes.Method("void", "closeBatch", handle, "Queries.close(handle);")
    if has_rows(program):
        yield nodes.Method("BigDecimal", "nextRow", handle, "return Rows.next(handle);")
    for each in sorted({(found.method, _simple(found.java)) for _, found in cells(program).values()}):
        method, class_ = each
        yield nodes.Method(class_, f"{method}Cell", f"{handle}, int column", f"return Rows.{method}(handle, column);")
    if has_tables(program):
        yield nodes.Method("void", "closeRows", handle, "Rows.close(handle);")


def _probe(program: Program) -> nodes.Method:
    """Return the method that looks around from inside the server, by entries that reach every binding once."""
    first: dict[str, str] = {}
    for function in program.functions:
        first.setdefault(function.binding.name, _constant(function))
    for drop_in in drop_ins(program):
        for each in drop_in.reached:
            first.setdefault(each.binding.name, drop_in.form.name.upper())
    names = quote.listed(dict.fromkeys(first.values()), 12)
    return nodes.Method(
        "Clob", "probe", "String what", f"return Core.probe({PROGRAM}, new String[] {{{names}}}, what);"
    )
