"""A page about a spec for the people who call its functions: signatures, rules, grants, examples, in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from udfgen.ir import (
    Batch,
    Binding,
    Cache,
    Column,
    Constraints,
    Event,
    Follow,
    Function,
    Level,
    Parameter,
    Path,
    Program,
    Table,
    Trigger,
    Wire,
    json_text,
)
from udfgen.portable import portable, written
from udfgen.spec.compat import NAMES

_MARKS = str.maketrans({"<": "&lt;", "&": "&amp;"} | {mark: f"\\{mark}" for mark in "\\`*[]|#"})
"""What Markdown would read as its own, and how it is written."""

HEAD = """\
# {name}

Functions that call AWS Lambda, made by udfgen from `{file}`. Every engine has the same functions, with the same
JSON on the wire, the same results and the same errors.

| function | calls | returns | may be called by |
|---|---|---|---|
"""

TRIGGERS = """\
## Triggers

Whoever may write to these tables needs no right on the functions. A call is not undone by a rollback.
"""


def page(program: Program) -> str:
    """Return the page: functions, triggers and drop-in names in the spec's order."""
    head = HEAD.format(name=program.name, file=program.origin.file)
    rows = "".join(f"{_row(function)}\n" for function in program.functions)
    sections = [*map(section, program.functions), *_triggers(program), *_drop_ins(program)]
    return head + rows + "".join(f"\n{each}" for each in sections)


def section(function: Function) -> str:
    """Return what a caller must know of one function."""
    return "\n".join([f"## {signature(function)}", "", *_paragraphs(function)]).rstrip() + "\n"


def signature(function: Function) -> str:
    """Return the function as one would type it, with its portable types."""
    return f"{function.name}({', '.join(f'{each.name} {each.type}' for each in function.parameters)})"


def _row(function: Function) -> str:
    binding = function.binding
    where = _cell(binding.target) + (f" ({_escaped(binding.qualifier)})" if binding.qualifier else "")
    grantees = ", ".join(grant.grantee for grant in function.grants) or "nobody"
    return f"| `{function.name}` | {where}, {binding.invoke.value} | {_returns(function)} | {grantees} |"


def _returns(function: Function) -> str:
    returns = function.returns
    if returns is None:
        return "nothing"
    if isinstance(returns, Table):
        return "rows of " + ", ".join(f"{each.name} {each.result.type}" for each in returns.columns)
    return str(returns.type)


def _paragraphs(function: Function) -> Iterator[str]:
    if function.description:
        yield from (_escaped(function.description), "")
    yield from (_behaviour(function), "")
    if function.parameters:
        yield from ("| parameter | type | default | rules | |", "|---|---|---|---|---|")
        yield from (_parameter_row(each) for each in function.parameters)
        yield ""
    if isinstance(function.returns, Table):
        yield from ("| column | type | found at |", "|---|---|---|")
        yield from (_column_row(each) for each in function.returns.columns)
        yield ""
    yield from _examples(function)


def _behaviour(function: Function) -> str:
    binding = function.binding
    retried = f"retried up to {binding.retries} times" if binding.idempotent else "sent once, never repeated"
    nothing = "no rows" if isinstance(function.returns, Table) else "NULL"
    nulls = f"A NULL argument gives {nothing} without a call. " if function.null_on_null else ""
    failed = f"An error gives {nothing}, but for bad arguments. " if function.null_on_error else ""
    pages = f" {_pages(function, function.follow)}" if function.follow else ""
    batch = f" {_batch(function.batch)}" if function.batch else ""
    kept = f" {_cache(function.cache)}" if function.cache else ""
    returns = function.returns
    found = f" at {_code(_path(returns.rows if isinstance(returns, Table) else returns.path))}" if returns else ""
    return (
        f"Calls `{binding.name}` within {binding.timeout_ms / 1000:g} s, {retried}. {nulls}{failed}"
        f"Returns {_returns(function)}{found}.{pages}{batch}{kept}"
    )


def _batch(batch: Batch) -> str:
    """Return how rows travel, and what a row that fails does."""
    form = "as Amazon Redshift does" if batch.wire is Wire.REDSHIFT else "in an array"
    side = f", {batch.concurrency} requests at a time" if batch.concurrency > 1 else ""
    failed = "A row that fails is NULL" if batch.null_on_row_error else "A row that fails fails the call"
    return (
        f"Takes a set of rows and gives one result for each, in their order. Sends up to {batch.max_rows} rows or "
        f"{batch.max_bytes} bytes a request, {form}{side}. {failed}."
    )


def _cache(cache: Cache) -> str:
    return (
        f"A session keeps a result for {cache.ttl_ms / 1000:g} s, at most {cache.max_entries} of them: equal arguments "
        "call once."
    )


def _pages(function: Function, follow: Follow) -> str:
    """Return how the pages of a result are followed, and where they end."""
    into, token = function.parameters[follow.into].name, _code(_path(follow.token))
    ends = [f"{token} is missing, null or empty"]
    ends += [f"{_code(_path(follow.until))} is true"] if follow.until is not None else []
    ends += ["a page has no rows"] if follow.until_empty else []
    most = "it stops" if follow.stops_at_limit else "it fails"
    return (
        f"Follows pages: {token} becomes `{into}` of the next call, until {' or '.join(ends)}; "
        f"after {follow.max_pages} calls {most}."
    )


def _path(path: Path) -> str:
    return "$" + "".join(map(_step, path))


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return (
        f".{step}"
        if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", step)
        else "['" + step.replace("\\", "\\\\").replace("'", "\\'") + "']"
    )


def _parameter_row(parameter: Parameter) -> str:
    default = _cell(json_text(parameter.default.value)) if parameter.default else "none"
    rules = "; ".join(_rules(parameter.constraints)) or "-"
    return f"| `{parameter.name}` | {parameter.type} | {default} | {rules} | {_escaped(parameter.description)} |"


def _rules(limits: Constraints) -> Iterator[str]:
    if limits.required:
        yield "not NULL"
    if limits.enum is not None:
        yield "one of " + ", ".join(_cell(json_text(each)) for each in limits.enum)
    if limits.min is not None:
        yield f"at least {limits.min:f}"
    if limits.max is not None:
        yield f"at most {limits.max:f}"
    if limits.max_length is not None:
        yield f"at most {limits.max_length} long"
    if limits.pattern is not None:
        yield f"matches {_cell(limits.pattern)}"


def _column_row(column: Column) -> str:
    return f"| `{column.name}` | {column.result.type} | {_cell(_path(column.result.path))} in each row |"


def _examples(function: Function) -> Iterator[str]:
    for example in function.examples:
        given = ", ".join(f"{name} = {json_text(value)}" for name, value in example.arguments.items())
        lines = [f"{function.name}({given})"]
        lines += [f"  sends    {json_text(example.payload)}"] if example.has_payload else []
        lines += [f"  receives {json_text(example.response)}"] if example.has_response else []
        lines += [f"  returns  {json_text(example.result)}"] if example.has_result else []
        lines += [f"  fails    [udfgen {example.error}]"] if example.error else []
        fence = _ticks("".join(lines), 3)
        yield from (fence, *lines, fence, "")


def _triggers(program: Program) -> Iterator[str]:
    if program.triggers:
        head = "| trigger | table | after | when | calls |\n|---|---|---|---|---|\n"
        rows = "".join(f"{_trigger_row(each)}\n" for each in program.triggers)
        yield f"{TRIGGERS}\n{head}{rows}"


def _trigger_row(trigger: Trigger) -> str:
    """Return a trigger as one row: which rows of which table call what, with which values."""
    table = ".".join(map(written, filter(None, (trigger.schema, trigger.table))))
    given = zip(trigger.function.parameters, trigger.arguments, strict=True)
    calls = ", ".join(f"{parameter.name} = {portable(argument)}" for parameter, argument in given)
    off = "; not while it is switched off" if trigger.skips_off else ""
    return (
        f"| `{trigger.name}` | {_cell(table)} | {_after(trigger)} | {_condition(trigger)} "
        f"| {_cell(f'{trigger.function.name}({calls})')}{off} |"
    )


def _after(trigger: Trigger) -> str:
    """Return what calls, in words."""
    columns = f" of {', '.join(_cell(written(each)) for each in trigger.of)}" if trigger.of else ""
    events = [f"{event.value}{columns if event is Event.UPDATE else ''}" for event in trigger.events]
    level = "each row" if trigger.level is Level.ROW else "each row, at the end of the statement"
    return f"{', '.join(events)}: {level}"


def _condition(trigger: Trigger) -> str:
    """Return which rows count, and whose."""
    found = [_cell(portable(trigger.when))] if trigger.when is not None else []
    found += [f"not by {', '.join(trigger.unless_users)}"] if trigger.unless_users else []
    return "; ".join(found) or "always"


def _drop_ins(program: Program) -> Iterator[str]:
    for family in program.compat:
        names = ", ".join(f"`{name}`" for name in NAMES[family.family])
        grantees = ", ".join(grant.grantee for grant in family.grants) or "nobody"
        rows = "".join(f"| {_cell(each.spelling)} | {_reached(each.binding)} |\n" for each in family.reached)
        head = "| name that is given | binding |\n|---|---|\n"
        yield f"## Drop-in names: {family.family}\n\n{names}: may be called by {grantees}.\n\n{head}{rows}"


def _reached(binding: Binding) -> str:
    return f"`{binding.name}`, {binding.invoke.value}"


def _cell(text: str) -> str:
    """Return text as code in a table's cell: a bar is escaped there, https://github.github.com/gfm/#tables-extension-"""
    return _code(text).replace("|", "\\|")


def _code(text: str) -> str:
    """Return text as code, as it is: https://github.github.com/gfm/#code-spans"""
    fence = _ticks(text, 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return fence + pad + " ".join(text.splitlines()) + pad + fence


def _ticks(text: str, least: int) -> str:
    """Return more backticks than stand together in the text."""
    return "`" * max(least, 1 + max(map(len, re.findall("`+", text)), default=0))


def _escaped(text: str) -> str:
    """Return text that Markdown shows as it is, also in a table's cell."""
    return " ".join(text.split()).translate(_MARKS)
