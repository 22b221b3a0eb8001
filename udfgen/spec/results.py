"""Results: what `returns` may say, what a binding allows, and what it means when nothing is said."""

from __future__ import annotations

from udfgen import ir
from udfgen.ir import Type, Value
from udfgen.spec.document import Steps
from udfgen.spec.fields import VOID
from udfgen.spec.model import Binding, Column, Function, Returns
from udfgen.spec.report import Report
from udfgen.spec.types import EXACT
from udfgen.spec.values import convert
from udfgen.spec.wording import Wrong, listed

NOTHING = Returns.model_validate(VOID)
ANYTHING = Returns.model_validate("json")


def effective(function: Function, binding: Binding) -> Returns:
    """Return what a function gives back: what it says, else json for a sync binding and void for the others."""
    if function.returns is not None:
        return function.returns
    return ANYTHING if binding.invoke == "sync" else NOTHING


def is_void(returns: Returns) -> bool:
    """Return whether there is nothing to give back."""
    return returns.table is None and returns.type == VOID


def check_returns(report: Report, path: Steps, returns: Returns) -> None:
    """Report keys of `returns` that do not go together."""
    if returns.table is not None:
        _check_table(report, path, returns, returns.table)
    elif returns.rows is not None:
        report.error((*path, "rows"), '"rows" without a table', "add table, or write path", "returns", key=True)
    elif returns.type is None:
        # A table that is wrong in itself has been reported where it stands.
        if report.document.node((*path, "table")) is None:
            report.error(path, "returns says no type", "write void, a type, or a table", "returns")
    elif is_void(returns):
        for name in sorted({"path", "round"} & returns.model_fields_set):
            report.error((*path, name), f'"{name}" does not go with void', "remove it", "returns", key=True)
    elif isinstance(returns.type, Type):
        _check_round(report, path, returns.type, returns.round)


def check_result(report: Report, path: Steps, value: Value, returns: Returns) -> None:
    """Report an example's result that the function can never give."""
    if is_void(returns):
        if value is not None:
            report.error(path, "a void function gives no result", "remove it", "example")
    elif returns.table is not None:
        _check_rows(report, path, value, returns.table)
    elif isinstance(returns.type, Type):
        _check_cell(report, path, value, returns.type)


def column_path(name: str, column: Column) -> ir.Path:
    """Return where a column's value stands in its row: its path, else the member of its name."""
    return (name,) if column.path is None else column.path


def _check_table(report: Report, path: Steps, returns: Returns, table: dict[str, Column]) -> None:
    if returns.type is not None:
        report.error((*path, "type"), "a type and a table", "keep one of them", "returns", key=True)
    for name in sorted({"path", "round"} & returns.model_fields_set):
        advice = "write it on a column; rows says where the array stands"
        report.error((*path, name), f'"{name}" does not go with a table', advice, "returns", key=True)
    for name, column in table.items():
        _check_round(report, (*path, "table", name), column.type, column.round)


def _check_round(report: Report, path: Steps, type_: Type, wanted: bool) -> None:
    if wanted and type_.kind not in EXACT:
        advice = "remove it: only integers and decimal have a scale"
        report.error((*path, "round"), f'"round" does not go with {type_}', advice, "returns", key=True)


def _check_rows(report: Report, path: Steps, value: Value, table: dict[str, Column]) -> None:
    if not isinstance(value, tuple):
        report.error(path, "the result of a table is a list of rows", "write [{column: value}]", "example")
        return
    for index, row in enumerate(value):
        if not isinstance(row, dict) or set(row) - set(table) or set(table) - set(row):
            advice = f"write a mapping with {listed(table)}"
            report.error((*path, index), "a row has one value for each column", advice, "example")
            continue
        for name, column in table.items():
            _check_cell(report, (*path, index, name), row[name], column.type)


def _check_cell(report: Report, path: Steps, value: Value, type_: Type) -> None:
    try:
        convert(value, type_)
    except Wrong as wrong:
        report.wrong(path, wrong)
