"""Triggers: what their rows, columns, expressions and arguments must be to each other, and to the function called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from udfgen import dialect
from udfgen.dialect import Dialect, Feature, Level
from udfgen.expression import leaves
from udfgen.ir import Cell, Constant, Event, Expression, Kind, Name, Row
from udfgen.spec.arguments import given
from udfgen.spec.document import Steps
from udfgen.spec.model import Function, Spec, Trigger, engine_names
from udfgen.spec.names import same
from udfgen.spec.parameters import check_argument, check_length, check_words
from udfgen.spec.report import Report
from udfgen.spec.sorts import Sort, sort
from udfgen.spec.types import NUMERIC, STRINGS
from udfgen.spec.wording import Wrong, closest, listed, show

SUFFIX = max(len(f"_{event.value}") for event in Event)
"""The bytes that an engine with one trigger for each event puts behind the name."""

ROWS = {Row.OLD: (Event.UPDATE, Event.DELETE), Row.NEW: (Event.INSERT, Event.UPDATE)}
"""Which events have a row."""

FITS = {Sort.NUMBER: NUMERIC, Sort.TEXT: STRINGS, Sort.TRUTH: {Kind.BOOLEAN}, Sort.MOMENT: {Kind.TIMESTAMPTZ}}
"""Which types take a value without a word of how it is written."""

WAITS = "each row waits for Lambda and holds the transaction's locks; use an async binding, or level: statement"


def check_triggers(report: Report, spec: Spec) -> None:
    """Report every rule of triggers that a spec breaks."""
    engines = [dialect.load(name) for name in engine_names(spec)]
    for name, trigger in spec.triggers.items():
        path: Steps = ("triggers", name)
        _check_name(report, path, engines)
        _check_table(report, path, trigger, engines)
        _check_columns(report, path, trigger, engines)
        _check_key(report, path, trigger, engines)
        _check_rows(report, path, trigger)
        _check_call(report, path, trigger, spec, engines)
        check_words(report, (*path, "unless_user"), trigger.unless_user)


def _check_name(report: Report, path: Steps, engines: Sequence[Dialect]) -> None:
    name = str(path[-1])
    if name in report.document.keys(("functions",)):
        report.error(path, f"a function is called {show(name)} as well", "rename the trigger", "name", key=True)
    for engine in engines:
        if len(name) + SUFFIX > engine.name_bytes:
            what = f"a trigger's name of {len(name)} characters, and {engine.title} takes {engine.name_bytes - SUFFIX}"
            report.error(path, what, "shorten it: the event may stand behind it", "name", key=True)


def _check_table(report: Report, path: Steps, trigger: Trigger, engines: Sequence[Dialect]) -> None:
    for each in (trigger.table.schema, trigger.table.table):
        if each is not None:
            _check_length(report, (*path, "table"), each, engines)


def _check_length(report: Report, path: Steps, name: Name, engines: Sequence[Dialect]) -> None:
    """Report a name that no table or column of an engine can have; it may count bytes where this counts characters."""
    check_length(report, path, len(name.text), engines, "write the name that the table has there")


def _check_columns(report: Report, path: Steps, trigger: Trigger, engines: Sequence[Dialect]) -> None:
    check_words(report, (*path, "after"), trigger.after)
    for part, columns in (("of", trigger.of or ()), ("key", trigger.key or ())):
        for index, column in enumerate(columns):
            _check_length(report, (*path, part, index), column, engines)
            if any(same(column, other) for other in columns[:index]):
                report.error((*path, part, index), f"{show(column.text)} stands twice", "keep one", "duplicate")
    if trigger.of and "update" not in trigger.after:
        advice = "remove it, or add update to after: only an update has columns that it changes"
        report.error((*path, "of"), '"of" without update', advice, "trigger", key=True)
    for place, expression in _expressions(trigger):
        for column in (each.column for each in leaves(expression) if isinstance(each, Cell)):
            _check_length(report, (*path, *place), column, engines)


def _check_key(report: Report, path: Steps, trigger: Trigger, engines: Sequence[Dialect]) -> None:
    reason = _reason(trigger, engines)
    if reason is None or "update" not in trigger.after or not _pairs(trigger):
        return
    if trigger.key is None and not _stands(report, path, "key"):
        advice = "add key: [id], the columns that tell the rows of the table apart"
        report.error(path, f"no key pairs the old rows with the new ones, and {reason}", advice, "trigger", key=True)
    for index, column in enumerate(trigger.of or ()):
        if any(same(column, each) for each in trigger.key or ()):
            what = f"{show(column.text)} is of the key, and {reason}"
            report.error((*path, "of", index), what, "remove it: rows whose key changes cannot be paired", "trigger")


def _reason(trigger: Trigger, engines: Sequence[Dialect]) -> str | None:
    """Return why old and new rows come as two sets, or None where they come in pairs."""
    if trigger.level == "statement":
        return "level: statement has them as two sets"
    found = (engine.title for engine in engines if engine.set_triggers)
    return next((f"{title} has them as two sets" for title in found), None)


def _pairs(trigger: Trigger) -> bool:
    """Return whether an update needs the old row beside the new one."""
    rows = {
        each.row for _, expression in _expressions(trigger) for each in leaves(expression) if isinstance(each, Cell)
    }
    return bool(trigger.of) or len(rows) == 2


def _expressions(trigger: Trigger) -> Iterator[tuple[Steps, Expression]]:
    if trigger.when is not None:
        yield ("when",), trigger.when
    for name, argument in trigger.arguments.items():
        yield ("arguments", name), argument


def _check_rows(report: Report, path: Steps, trigger: Trigger) -> None:
    """Report rows that no event of the trigger has."""
    for place, expression in _expressions(trigger):
        used = {each.row for each in leaves(expression) if isinstance(each, Cell)}
        for row, events in ROWS.items():
            if row in used and not any(event.value in trigger.after for event in events):
                what = f"{row.value} is NULL after {listed(trigger.after)}"
                other = next(each for each in Row if each is not row)
                advice = f"write {other.value}, or add {' or '.join(event.value for event in events)} to after"
                report.error((*path, *place), what, advice, "trigger")


def _check_call(report: Report, path: Steps, trigger: Trigger, spec: Spec, engines: Sequence[Dialect]) -> None:
    report.has_name((*path, "call"), trigger.call, ("functions",), "function")
    function = spec.functions.get(trigger.call)
    if function is None:
        return
    if function.returns is not None and function.returns.table is not None:
        advice = "call a function with one result or none; a trigger drops it"
        report.error((*path, "call"), f'"{trigger.call}" returns a table', advice, "trigger")
        return  # another function will have other parameters, and another binding
    if function.batch is not None:
        _check_batch(report, path, trigger, engines)
    _check_arguments(report, path, trigger, function)
    binding = spec.bindings.get(function.binding)
    if trigger.level == "row" and binding is not None and binding.invoke == "sync":
        what = f'the binding "{function.binding}" is sync, and the trigger calls it for each row'
        report.warn((*path, "call"), what, WAITS, "sync-trigger", key=True)


def _check_batch(report: Report, path: Steps, trigger: Trigger, engines: Sequence[Dialect]) -> None:
    """Report a trigger that has one row at a time for a function that takes them in sets."""
    advice = "call a function without batch"
    if trigger.level == "row":
        what = f'"{trigger.call}" takes rows in sets, and the trigger has one at a time'
        report.error((*path, "call"), what, f"write level: statement, or {advice}", "trigger")
        return
    for engine in engines:
        if engine.support[Feature.STATEMENT_TRIGGER].level is not Level.FULL:
            what = f'"{trigger.call}" takes rows in sets, and triggers of {engine.title} have one at a time'
            report.error((*path, "call"), what, advice, "trigger")


def _check_arguments(report: Report, path: Steps, trigger: Trigger, function: Function) -> None:
    at = (*path, "arguments")
    home = ("functions", trigger.call, "parameters")
    for name, argument in trigger.arguments.items():
        if report.has_name((*at, name), name, home, "parameter", key=True) and name in function.parameters:
            _check_argument(report, (*at, name), argument, trigger.call, function)
    if not trigger.arguments and _stands(report, path, "arguments"):
        return
    # A misspelt argument has been reported as an unknown one.
    written = {closest(name, report.document.keys(home)) for name in report.document.keys(at)}
    for name, parameter in function.parameters.items():
        if name not in written and "default" not in parameter.model_fields_set:
            what = f'the argument "{name}" is missing'
            report.error(at, what, f"add it: the parameter of {trigger.call} has no default", "trigger", key=True)


def _stands(report: Report, path: Steps, key: str) -> bool:
    """Return whether a key stands in a trigger, also misspelt: what is wrong with it has been reported."""
    return key in {closest(each, Trigger.model_fields) for each in report.document.keys(path)}


def _check_argument(report: Report, path: Steps, argument: Expression, called: str, function: Function) -> None:
    name = str(path[-1])
    type_ = function.parameters[name].type
    if isinstance(argument, Constant):
        try:
            value = given(argument, type_)
        except Wrong as wrong:
            report.wrong(path, wrong)
        else:
            check_argument(report, path, value, ("functions", called, "parameters", name), function.parameters[name])
        return
    found = sort(argument)
    if type_.kind not in FITS.get(found, Kind):
        advice = f"use a parameter of {listed(sorted(kind.value for kind in FITS[found]))}, or another value"
        report.error(path, f"{found.value} is no value for {type_}", advice, "trigger")
