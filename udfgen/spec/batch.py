"""Batches and caches: which functions can take rows in a set, and which results can be kept."""

from __future__ import annotations

from udfgen.spec.document import Steps
from udfgen.spec.model import Batch, Binding, Function
from udfgen.spec.report import Report
from udfgen.spec.results import effective, is_void
from udfgen.spec.size import LARGEST_ASYNC

RESULT = "result"
"""The name under which the results of a batch stand, beside the columns of its rows."""


def check_batch(report: Report, path: Steps, function: Function, binding: Binding | None) -> None:
    """Report rows that cannot be sent in a set, and results that are not one for each row."""
    batch = function.batch
    if batch is None:
        return
    at: Steps = (*path, "batch")
    if not report.document.keys((*path, "parameters")):
        report.error(at, "a batch without parameters", "add some: its rows are sets of arguments", "batch", key=True)
    _check_parameters(report, path, function)
    if "payload" in function.model_fields_set and batch.wire == "redshift":
        advice = "remove it, or write wire: list: a row of redshift's is the arguments by position"
        report.error((*path, "payload"), '"payload" does not go with wire: redshift', advice, "batch", key=True)
    _check_one_result(report, path, function)
    if binding is not None:
        _check_binding(report, at, batch, function, binding)


def check_cache(report: Report, path: Steps, function: Function, binding: Binding | None) -> None:
    """Report results that are not the same for equal arguments, or that cannot be kept."""
    if function.cache is None:
        return
    at: Steps = (*path, "cache")
    for part, why in (
        ("batch", "a batch that is stable or immutable sends equal rows once"),
        ("follow", "results in pages are not kept"),
    ):
        if getattr(function, part) is not None:
            report.error(at, f'"cache" does not go with {part}', f"remove it: {why}", "cache", key=True)
    # A volatility that is wrong in itself has been reported where it stands.
    told = report.document.node((*path, "volatility")) is None or "volatility" in function.model_fields_set
    if function.volatility == "volatile" and told:
        advice = "write volatility: stable if equal arguments give equal results, else remove it"
        report.error(at, "a volatile function has nothing to keep", advice, "cache", key=True)
    if binding is not None and is_void(effective(function, binding)):
        report.error(at, "a function that returns nothing has nothing to keep", "remove it", "cache", key=True)


def _check_parameters(report: Report, path: Steps, function: Function) -> None:
    home: Steps = (*path, "parameters")
    if RESULT in report.document.keys(home):
        what = f'a parameter of a batch function is called "{RESULT}"'
        report.error((*home, RESULT), what, "rename it: the results stand beside the arguments", "name", key=True)
    for name, parameter in function.parameters.items():
        if "default" in parameter.model_fields_set:
            advice = "remove it: each row has all arguments"
            report.error((*home, name, "default"), '"default" does not go with batch', advice, "batch", key=True)


def _check_one_result(report: Report, path: Steps, function: Function) -> None:
    if function.returns is not None and function.returns.table is not None:
        advice = "return one value, such as json; a table result needs a function without batch"
        report.error((*path, "returns", "table"), "a batch gives one result for each row", advice, "batch", key=True)
    if function.follow is not None:
        advice = "remove one of them: pages belong to a table result"
        report.error((*path, "follow"), '"follow" does not go with batch', advice, "batch", key=True)


def _check_binding(report: Report, at: Steps, batch: Batch, function: Function, binding: Binding) -> None:
    if binding.invoke == "async" and (batch.max_bytes or 0) > LARGEST_ASYNC:
        report.error((*at, "max_bytes"), "more than Lambda takes of an async call", "write 1MB or less", "size")
    if batch.on_row_error != "fail" and is_void(effective(function, binding)):
        what = "on_row_error: null, and the function returns nothing"
        report.error((*at, "on_row_error"), what, "remove it: there is no result to be NULL", "batch", key=True)
