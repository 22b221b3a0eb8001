"""A page about a spec for the people who call its functions: signatures, rules, grants, examples, in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from udfgen.ir import Column, Constraints, Function, Parameter, Program, Result, Table, json_text

_MARKS = str.maketrans({"<": "&lt;", "&": "&amp;"} | {mark: f"\\{mark}" for mark in "\\`*[]|#"})
"""What Markdown would read as its own, and how it is written."""

HEAD = """\
# {name}

Functions that call AWS Lambda, made by udfgen from `{file}`. Every engine has the same functions, with the same
JSON on the wire, the same results and the same errors.

| function | calls | returns | may be called by |
|---|---|---|---|
"""


def page(program: Program) -> str:
    """Return the page, functions in the spec's order."""
    head = HEAD.format(name=program.name, file=program.origin.file)
    rows = "".join(f"{_row(function)}\n" for function in program.functions)
    return head + rows + "".join(f"\n{section(function)}" for function in program.functions)


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
    found = f" at {_code(_path(function.returns))}" if function.returns else ""
    return (
        f"Calls `{binding.name}` within {binding.timeout_ms / 1000:g} s, {retried}. {nulls}{failed}"
        f"Returns {_returns(function)}{found}."
    )


def _path(found: Result | Table) -> str:
    return "$" + "".join(map(_step, found.rows if isinstance(found, Table) else found.path))


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
    return f"| `{column.name}` | {column.result.type} | {_cell(_path(column.result))} in each row |"


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
