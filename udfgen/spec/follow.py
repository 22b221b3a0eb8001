"""Pages: whether a result has some, and where the token of the next one goes."""

from __future__ import annotations

from udfgen.ir import Kind
from udfgen.spec.document import Steps
from udfgen.spec.model import Follow, Function
from udfgen.spec.payload import references
from udfgen.spec.report import Report
from udfgen.spec.types import NUMERIC, STRINGS

TOKENS = STRINGS | NUMERIC | {Kind.JSON}
"""Types whose place in a payload may be taken by any JSON text: the Lambda function reads it, and no engine."""


def check_follow(report: Report, path: Steps, function: Function) -> None:
    """Report pages of what is no table, and a token that goes nowhere."""
    follow = function.follow
    if follow is None:
        return
    at: Steps = (*path, "follow")
    # A result that is wrong in itself has been reported where it stands.
    wrong = function.returns is None and report.document.node((*path, "returns")) is not None
    if not wrong and (function.returns is None or function.returns.table is None):
        advice = "write returns: {table: …, rows: …}, or remove it"
        report.error(at, '"follow" is for table results', advice, "follow", key=True)
    for name in ("token", "until"):
        if getattr(follow, name) == ():
            report.error((*at, name), f"{name} is the whole reply", "write where it stands: $.next", "follow")
    _check_into(report, path, function, follow)


def _check_into(report: Report, path: Steps, function: Function, follow: Follow) -> None:
    at = (*path, "follow", "into")
    if not report.has_name(at, follow.into, (*path, "parameters"), "parameter"):
        return
    parameter = function.parameters.get(follow.into)
    if parameter is not None and parameter.type.kind not in TOKENS:
        what = f'the parameter "{follow.into}" is {parameter.type}'
        report.error(at, what, "a token needs text, varchar, json or a number", "follow")
    if "payload" in function.model_fields_set and follow.into not in {name for _, name in references(function.payload)}:
        what = f'the parameter "{follow.into}" is not in the payload'
        report.error(at, what, f"write ${follow.into} where the token belongs", "follow")
