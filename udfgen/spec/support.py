"""What a spec asks of its engines, against their Support tables: nothing is dropped in silence."""

from __future__ import annotations

from collections.abc import Iterator

from udfgen import dialect
from udfgen.dialect import Dialect, Feature, Level
from udfgen.expression import leaves
from udfgen.ir import Constant, Type
from udfgen.spec.document import Steps
from udfgen.spec.model import Binding, Function, Spec, engine_names, families
from udfgen.spec.report import Report
from udfgen.spec.results import effective, is_void
from udfgen.spec.types import STRINGS

WORDS = {
    Feature.SYNC: "sync bindings",
    Feature.ASYNC: "async bindings",
    Feature.DRY_RUN: "dry_run bindings",
    Feature.SCALAR_RESULT: "typed results",
    Feature.TABLE_RESULT: "table results",
    Feature.DEFAULTS: "defaults of parameters",
    Feature.VOLATILITY: "volatility",
    Feature.CLIENT_CONTEXT: "the client context",
    Feature.LOG_TAIL: "the log tail",
    Feature.PROXY: "a proxy",
    Feature.CA_FILE: "a file of certificate authorities",
    Feature.CREDENTIAL_CHAIN: "the credential chain",
    Feature.EMPTY_TEXT: "the empty string",
    Feature.ROW_TRIGGER: "triggers for each row",
    Feature.STATEMENT_TRIGGER: "triggers at the end of a statement",
    Feature.FOLLOW: "results in pages",
    Feature.BATCH: "batches",
    Feature.BATCH_CONCURRENCY: "concurrent requests",
    Feature.CACHE: "a cache of results",
    Feature.AWSLAMBDA: "the names awslambda_fn, awslambda_fn_async and awslambda_proc",
    Feature.AWS_LAMBDA: "the names aws_lambda.invoke and aws_commons.create_lambda_function_arn",
    Feature.AURORA: "the names lambda_sync and lambda_async",
}


SLOWER = frozenset((Feature.BATCH_CONCURRENCY, Feature.CACHE))
"""Features whose lack costs time and changes nothing else: an engine without one is told of, and not refused."""


def check_support(report: Report, spec: Spec) -> None:
    """Report what an engine of the spec cannot do as errors, and what it can do only partly as one warning each."""
    engines = [dialect.load(name) for name in engine_names(spec)]
    parts = (
        _asked_of_aws,
        _asked_by_bindings,
        _asked_by_functions,
        _asked_by_triggers,
        _asked_by_names,
        _asked_by_texts,
        _asked_by_defaults,
    )
    asked = [each for part in parts for each in part(spec)]
    kinds = {type_.kind: path for type_, path in reversed(list(_types(spec)))}
    for engine in engines:
        for feature, path in asked:
            _refuse_feature(report, engine, feature, path)
        for feature, path in dict(reversed(asked)).items():
            _warn_of_feature(report, engine, feature, path)
        for type_, path in _types(spec):
            if type_.kind not in engine.types:
                what = f"{engine.title} has no type for {type_}"
                report.error(path, what, "use another type, or leave the engine out", "support")
        for kind, path in kinds.items():
            if kind in engine.notes:
                what = f"{engine.title} has no type of its own for {kind.value}"
                report.warn(path, what, engine.notes[kind], "support")


def _refuse_feature(report: Report, engine: Dialect, feature: Feature, path: Steps) -> None:
    row = engine.support[feature]
    if row.level is Level.NONE and feature not in SLOWER:
        what = f"{engine.title} does not support {WORDS[feature]}"
        report.error(path, what, row.note or "remove it, or leave the engine out", "support", key=True)


def _warn_of_feature(report: Report, engine: Dialect, feature: Feature, path: Steps) -> None:
    row = engine.support[feature]
    if row.level is Level.NONE and feature in SLOWER:
        report.warn(path, f"{engine.title} does not support {WORDS[feature]}", row.note, "support", key=True)
    if row.level is Level.PARTLY:
        what = f"{engine.title} supports {WORDS[feature]} only partly"
        report.warn(path, what, row.note or "read the engine's page", "support", key=True)


def _asked_of_aws(spec: Spec) -> Iterator[tuple[Feature, Steps]]:
    if spec.aws.proxy:
        yield Feature.PROXY, ("aws", "proxy")
    if spec.aws.ca_file:
        yield Feature.CA_FILE, ("aws", "ca_file")
    if spec.aws.credentials.source == "chain":
        yield Feature.CREDENTIAL_CHAIN, ("aws", "credentials", "source")


def _asked_by_bindings(spec: Spec) -> Iterator[tuple[Feature, Steps]]:
    for name, binding in spec.bindings.items():
        path = ("bindings", name)
        yield Feature(binding.invoke), (*path, "invoke")
        if binding.log_tail:
            yield Feature.LOG_TAIL, (*path, "log_tail")
        # The default is true; only who writes it asks for it.
        if binding.client_context and "client_context" in binding.model_fields_set:
            yield Feature.CLIENT_CONTEXT, (*path, "client_context")


def _asked_by_functions(spec: Spec) -> Iterator[tuple[Feature, Steps]]:
    for name, function in spec.functions.items():
        path = ("functions", name)
        binding = spec.bindings.get(function.binding)
        if binding:
            yield from _asked_by_result(function, binding, path)
        if function.volatility != "volatile":
            yield Feature.VOLATILITY, (*path, "volatility")
        if function.follow is not None:
            yield Feature.FOLLOW, (*path, "follow")
        if function.batch is not None:
            yield Feature.BATCH, (*path, "batch")
            if function.batch.concurrency > 1:
                yield Feature.BATCH_CONCURRENCY, (*path, "batch", "concurrency")
        if function.cache is not None:
            yield Feature.CACHE, (*path, "cache")


def _asked_by_triggers(spec: Spec) -> Iterator[tuple[Feature, Steps]]:
    for name, trigger in spec.triggers.items():
        path = ("triggers", name)
        yield Feature.ROW_TRIGGER if trigger.level == "row" else Feature.STATEMENT_TRIGGER, (*path, "level")
        if trigger.when is not None and any(
            isinstance(each, Constant) and each.value == "" for each in leaves(trigger.when)
        ):
            yield Feature.EMPTY_TEXT, (*path, "when")


def _asked_by_names(spec: Spec) -> Iterator[tuple[Feature, Steps]]:
    return ((Feature(family), ("compat", family)) for family in families(spec))


def _asked_by_defaults(spec: Spec) -> Iterator[tuple[Feature, Steps]]:
    for name, function in spec.functions.items():
        for parameter, each in function.parameters.items():
            if "default" in each.model_fields_set:
                yield Feature.DEFAULTS, ("functions", name, "parameters", parameter, "default")


def _asked_by_result(function: Function, binding: Binding, path: Steps) -> Iterator[tuple[Feature, Steps]]:
    returns = effective(function, binding)
    if returns.table is not None:
        yield Feature.TABLE_RESULT, (*path, "returns", "table")
    elif not is_void(returns):
        yield Feature.SCALAR_RESULT, (*path, "returns")


def _asked_by_texts(spec: Spec) -> Iterator[tuple[Feature, Steps]]:
    return ((Feature.EMPTY_TEXT, path) for type_, path in _types(spec) if type_.kind in STRINGS)


def _types(spec: Spec) -> Iterator[tuple[Type, Steps]]:
    for name, function in spec.functions.items():
        for parameter, each in function.parameters.items():
            yield each.type, ("functions", name, "parameters", parameter)
        yield from _result_types(function, ("functions", name, "returns"))


def _result_types(function: Function, path: Steps) -> Iterator[tuple[Type, Steps]]:
    if function.returns and isinstance(function.returns.type, Type):
        yield function.returns.type, path
    for name, column in ((function.returns and function.returns.table) or {}).items():
        yield column.type, (*path, "table", name)
