"""Drop-in names: what a spec's own names may not be called beside them, and whether they reach anything."""

from __future__ import annotations

from udfgen.spec.model import Spec, families
from udfgen.spec.parameters import check_words
from udfgen.spec.report import Report

NAMES = {
    "awslambda": ("awslambda_fn", "awslambda_fn_async", "awslambda_proc"),
    "aws_lambda": ("aws_lambda.invoke", "aws_commons.create_lambda_function_arn"),
    "aurora": ("lambda_sync", "lambda_async"),
}
"""What each family makes; a name with a point stands in a schema of its own."""


def check_compat(report: Report, spec: Spec) -> None:
    """Report names that are taken twice, grantees that stand twice, and families that reach nothing."""
    for family, each in families(spec).items():
        path = ("compat", family)
        check_words(report, (*path, "grant"), each.grant)
        _check_names(report, family)
        if all(binding.invoke == "dry_run" for binding in spec.bindings.values()):
            what = f"no binding can be reached by the names of {family}"
            report.warn(path, what, "write a sync or async binding, or remove it", "unused", key=True)


def _check_names(report: Report, family: str) -> None:
    for part in ("functions", "triggers"):
        for name in report.document.keys((part,)):
            if name in NAMES[family]:
                what = f'"{name}" is a name of compat.{family} as well'
                report.error((part, name), what, f"rename it, or remove compat.{family}", "name", key=True)
