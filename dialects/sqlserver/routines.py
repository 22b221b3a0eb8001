"""Routines: what people call, in T-SQL, and behind each the method of the assembly, which nobody may call.

A wrapper reads the switch and hands it over. T-SQL may, because wrapper, table and method have one owner. A method may
not: what it reads is asked of the caller, who may have no right but one on a procedure or a view around the wrapper.
https://learn.microsoft.com/sql/relational-databases/tables/ownership-and-user-schema-separation-in-sql-server
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from udfgen.bundle import Phase
from udfgen.errors import Origin
from udfgen.ir import Function, Grant, Kind, Parameter, Program, Result, Table, Type
from udfgen.render import Text, Unit

from . import compat, csharp, names, nodes, quote
from .compat import DropIn
from .limits import grantees_of
from .types import argument, result

ROOM = 70
"""Columns for a list of parameters behind a routine's name."""

MODES = "@udfgen$modes"
"""The first parameter of a method: what the switch says."""

ROWS = "rows"
"""The parameter of a batch function."""

NATIVE = "@udfgen$native"
"""The last parameter of its method: whether a trigger of the install wrote the rows, which `batches` does."""

TEXT = result(Type(Kind.TEXT))


@dataclass(frozen=True, slots=True)
class Argument:
    """A parameter: its name, its type, its default as ` = <constant>` or ''."""

    name: str
    type: str
    default: str = ""

    def declared(self) -> str:
        """Return what a wrapper declares."""
        return f"@{self.name} {self.type}{self.default}"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its quoted name, its type."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Routine:
    """What people call: its form, `returns` the type of a scalar, `columns` those of a table; neither of a procedure.

    `is_strict`: a NULL argument is answered with NULL. `is_batch`: its argument is a set of rows as JSON.
    """

    name: str
    form: str
    arguments: tuple[Argument, ...]
    returns: str = ""
    columns: tuple[Column, ...] = ()
    is_strict: bool = False
    is_batch: bool = False
    description: str = ""
    grantees: tuple[str, ...] = ()
    origin: Origin | None = None


def form(function: Function) -> str:
    """Return what a function is here: what returns nothing is a procedure."""
    return "procedure" if function.returns is None else "function"


def called(program: Program) -> tuple[Routine, ...]:
    """Return all that people call, in the order of the spec, drop-in names last."""
    functions = (_function(program, each) for each in program.functions)
    return (*functions, *(_drop_in(program, each) for each in compat.drop_ins(program)))


def _function(program: Program, function: Function) -> Routine:
    arguments = tuple(Argument(each.name, argument(each.type), _default(each)) for each in function.parameters)
    columns = tuple(_columns(function))
    returns = function.returns
    return Routine(
        name=function.name,
        form=form(function),
        arguments=(Argument(ROWS, TEXT),) if function.batch else arguments,
        returns=result(returns.type) if isinstance(returns, Result) and not columns else "",
        columns=columns,
        is_strict=function.null_on_null,
        is_batch=function.batch is not None,
        description=function.description,
        grantees=grantees(program, function.grants),
        origin=function.origin,
    )


def _columns(function: Function) -> Iterator[Column]:
    """Yield the columns of what comes back in rows: a batch has the number of each row, from 1, and its result."""
    returns = function.returns
    if isinstance(returns, Table):
        yield from (Column(quote.identifier(each.name), result(each.result.type)) for each in returns.columns)
    elif returns and function.batch:
        yield from (Column("[row]", "int"), Column("[result]", result(returns.type)))


def _drop_in(program: Program, drop_in: DropIn) -> Routine:
    return Routine(
        name=drop_in.name,
        form=drop_in.form,
        arguments=tuple(Argument(each, TEXT) for each in compat.PARAMETERS),
        returns=TEXT if drop_in.form == "function" else "",
        grantees=grantees(program, drop_in.compat.grants),
        origin=drop_in.compat.origin,
    )


def _default(parameter: Parameter) -> str:
    if parameter.default is None:
        return ""
    return f" = {quote.constant(parameter.default.value, parameter.type.kind)}"


def grantees(program: Program, grants: Iterable[Grant]) -> tuple[str, ...]:
    """Return the users and roles that grants mean, each once."""
    options = names.options(program)
    return tuple(dict.fromkeys(each for grant in grants for each in grantees_of(grant.grantee, options)))


def grant(right: str, name: str, grantees: tuple[str, ...]) -> tuple[Phase, Text]:
    """Return the statement that gives a right on a routine, by its quoted name."""
    listed = quote.listed(map(quote.identifier, grantees), 4, ROOM)
    return Phase.GRANT, Text("grant.sql", nodes.Grant(right, name, listed))


def behind(listed: str) -> str:
    """Return a list as it stands behind a word: with a blank, unless it begins on a line of its own."""
    return listed if listed.startswith("\n") else f" {listed}"


def units(program: Program, assembly: str) -> Iterator[Unit]:
    """Yield the routines: what says what the switch says, then each method and what people call of it, the probe."""
    yield _written(program, names.modes(program), "function", (Text("modes_function.sql", names.placed(program)),))
    for each in called(program):
        yield _method(program, each, assembly)
        yield _wrapper(program, each)
    yield _probe(program, assembly)


def _wrapper(program: Program, routine: Routine) -> Unit:
    """Return what people call: made anew, so that nobody has a right on it but those that it is granted to."""
    name = quote.qualified(names.schema(program), routine.name)
    node = nodes.Wrapper(
        form=routine.form,
        name=name,
        parameters=_parameters(routine.form, [each.declared() for each in routine.arguments]),
        clauses=_clauses(routine),
        body=tuple(_body(program, routine)),
    )
    statements = [Text("wrapper.sql", node)]
    if routine.description:
        statements.append(Text("description.sql", _description(program, routine)))
    right = "select" if routine.columns else "execute"
    rights = (grant(right, name, routine.grantees),) if routine.grantees else ()
    return _written(program, routine.name, routine.form, tuple(statements), rights, routine.origin)


def _written(
    program: Program,
    name: str,
    form: str,
    statements: tuple[Text, ...],
    rights: tuple[tuple[Phase, Text], ...] = (),
    origin: Origin | None = None,
) -> Unit:
    """Return a routine of T-SQL, with the mark that tells it from others'."""
    texts = (Text("drop.sql", former(program, name)), *statements, Text("mark.sql", marked(program, form, name)))
    return Unit(names.key(program, form, name), origin, (*((Phase.WRAPPER, each) for each in texts), *rights))


def error_code(program: Program) -> Unit:
    """Return the function that takes the code out of an error, for all who may see one."""
    place = names.placed(program)
    callers = tuple(dict.fromkeys(name for each in called(program) for name in each.grantees))
    rights = (grant("execute", place.error_code, callers),) if callers else ()
    return _written(program, names.error_code(program), "function", (Text("error_code.sql", place),), rights)


def _method(program: Program, routine: Routine, assembly: str) -> Unit:
    """Return the method behind a routine: granted to nobody, so that only the wrapper says what the switch says."""
    name = f"{names.CORE}{routine.name}"
    declared = [f"{MODES} {TEXT}", *(f"@{each.name} {each.type}" for each in routine.arguments)]
    declared += [f"{NATIVE} bit"] if routine.is_batch else []
    columns = ",".join(f"\n    {each.name} {each.type}" for each in routine.columns)
    returns = (f"returns table ({columns}\n)",) if columns else (f"returns {routine.returns}",)
    node = nodes.Routine(
        form=routine.form,
        name=quote.qualified(names.schema(program), name),
        parameters=_parameters(routine.form, declared),
        clauses=returns if routine.form == "function" else (),
        method=quote.external(assembly, csharp.CLASS, routine.name),
    )
    return _compiled(program, name, node, routine.origin)


def _probe(program: Program, assembly: str) -> Unit:
    name = names.probe(program)
    node = nodes.Routine(
        form="function",
        name=quote.qualified(names.schema(program), name),
        parameters=f" (@what {TEXT})",
        clauses=(f"returns {TEXT}",),
        method=quote.external(assembly, csharp.CLASS, csharp.PROBE),
    )
    return _compiled(program, name, node, None)


def _compiled(program: Program, name: str, node: nodes.Routine, origin: Origin | None) -> Unit:
    texts = (Text("drop.sql", former(program, name)), Text("routine.sql", node))
    return Unit(names.key(program, node.form, name), origin, tuple((Phase.WRAPPER, each) for each in texts))


def former(program: Program, name: str) -> nodes.Former:
    """Return what may stand under a routine's name."""
    whole = quote.qualified(names.schema(program), name)
    return nodes.Former(
        name_text=quote.literal(whole),
        drop_procedure=quote.literal(f"drop procedure {whole}"),
        drop_function=quote.literal(f"drop function {whole}"),
        family=names.family(program.name),
        label=names.LABEL,
        program=quote.literal(program.name),
    )


def marked(program: Program, form: str, name: str) -> nodes.Marked:
    """Return a routine that is to be marked."""
    return nodes.Marked(
        label=names.LABEL,
        program=quote.literal(program.name),
        schema_text=quote.literal(names.schema(program)),
        form_text=quote.literal(form.upper()),
        object_text=quote.literal(name),
    )


def _parameters(form: str, declared: list[str]) -> str:
    """Return a routine's parameters, with their parentheses where it is a function."""
    lines = ",".join(f"\n    {each}" for each in declared)
    if form == "procedure":
        return lines
    return f" ({lines}\n)" if lines else " ()"


def _clauses(routine: Routine) -> tuple[str, ...]:
    """Return the lines between a wrapper's parameters and its body; only a scalar has a clause for null arguments.

    https://learn.microsoft.com/sql/t-sql/statements/create-function-transact-sql
    """
    if routine.form == "procedure":
        return ()
    if routine.columns:
        return ("returns table",)
    strict = ("with returns null on null input",) if routine.is_strict else ()
    return (f"returns {routine.returns}", *strict)


def _body(program: Program, routine: Routine) -> Iterator[str]:
    """Yield the lines of a wrapper's body: one call."""
    method = quote.qualified(names.schema(program), f"{names.CORE}{routine.name}")
    modes = f"{names.placed(program).modes}()"
    if routine.form == "procedure":
        named = [f"{each} = {each}" for each in (MODES, *(f"@{each.name}" for each in routine.arguments))]
        named += [f"{NATIVE} = 0"] if routine.is_batch else []
        yield from ("begin", "    set nocount on;", f"    declare {MODES} {TEXT} = {modes};")
        yield from (f"    exec {method}{behind(quote.listed(named, 8))};", "end;")
        return
    native = ("0",) if routine.is_batch else ()
    passed = quote.listed((modes, *(f"@{each.name}" for each in routine.arguments), *native), 8)
    if routine.columns:
        columns = quote.listed((each.name for each in routine.columns), 8)
        yield from ("return (", f"    select{behind(columns)}", f"    from {method}({passed})", ");")
    else:
        yield from ("begin", f"    return {method}({passed});", "end;")


def _description(program: Program, routine: Routine) -> nodes.Description:
    return nodes.Description(
        comment=quote.comment(routine.description),
        text=quote.literal(routine.description),
        schema_text=quote.literal(names.schema(program)),
        form_text=quote.literal(routine.form.upper()),
        object_text=quote.literal(routine.name),
    )
