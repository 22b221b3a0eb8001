"""What must hold between the parts of a spec: names, bindings, payloads, results, examples, triggers, engines.

Names are looked up in the document and not in the model, so that one wrong part makes no other look wrong.
"""

from __future__ import annotations

from collections.abc import Iterable

from udfgen import dialect
from udfgen.ir import Value
from udfgen.spec.batch import check_batch, check_cache
from udfgen.spec.compat import check_compat
from udfgen.spec.document import Document, Mapping, Steps
from udfgen.spec.follow import check_follow
from udfgen.spec.model import Aws, Binding, Example, Function, Spec, engine_names
from udfgen.spec.parameters import check_argument, check_length, check_parameter, check_words
from udfgen.spec.payload import references, template_problems
from udfgen.spec.report import Report
from udfgen.spec.results import check_result, check_returns, effective, is_void
from udfgen.spec.support import check_support
from udfgen.spec.target import LATEST
from udfgen.spec.triggers import check_triggers
from udfgen.spec.wording import show

RESERVED = "udfgen_"
PIN = "$LATEST changes under you: name a version or an alias with qualifier"


def check_rules(report: Report, spec: Spec) -> None:
    """Report every rule between parts that a spec breaks."""
    _check_aws(report, spec.aws)
    for name, binding in spec.bindings.items():
        _check_binding(report, name, binding, spec)
    for name, function in spec.functions.items():
        _check_function(report, name, function, spec)
    if spec.triggers:
        check_triggers(report, spec)
    check_compat(report, spec)
    _check_unused_bindings(report)
    _check_engines(report)
    _check_names(report, spec)
    check_support(report, spec)


def _check_aws(report: Report, aws: Aws) -> None:
    path = ("aws", "credentials")
    for name in ("profile", "file", "config_file"):
        if getattr(aws.credentials, name) is not None and aws.credentials.source != "profile":
            what = f'"{name}" does not go with source: {aws.credentials.source}'
            report.error((*path, name), what, "write source: profile, or remove it", "credentials", key=True)


def _check_binding(report: Report, name: str, binding: Binding, spec: Spec) -> None:
    path = ("bindings", name)
    _check_target(report, path, binding, spec.aws)
    told = report.document.node((*path, "idempotent")) is None or "idempotent" in binding.model_fields_set
    if binding.retries and not binding.idempotent and told:
        advice = "write idempotent: true if a call may run twice, else retries: 0"
        report.error((*path, "retries"), "retries without idempotent: true", advice, "retries")
    if binding.connect_timeout > binding.timeout and "connect_timeout" in binding.model_fields_set:
        report.error(
            (*path, "connect_timeout"), "longer than the timeout", "write less: it is a part of it", "duration"
        )
    if binding.log_tail and binding.invoke != "sync":
        advice = "remove it: Lambda sends a log with sync replies only"
        report.error((*path, "log_tail"), f'"log_tail" does not go with invoke: {binding.invoke}', advice, "log-tail")
    qualifier = binding.qualifier or binding.function.qualifier
    if qualifier is None or qualifier.startswith(LATEST):
        place = (*path, "qualifier") if qualifier else path
        report.warn(place, f'the binding "{name}" is not pinned', PIN, "unpinned", key=True)


def _check_target(report: Report, path: Steps, binding: Binding, aws: Aws) -> None:
    target, place = binding.function, (*path, "function")
    # Lambda would look for the function in the client's region, whatever the ARN says.
    for what, said, wanted in (("region", target.region, aws.region), ("account", target.account, aws.account)):
        # A region that is wrong in itself has been reported where it stands.
        if said and wanted and said != wanted and _scalar(report.document, ("aws", what)) == wanted:
            advice = f"a spec reaches one {what}; correct one of the two"
            report.error(place, f'{what} "{said}" is not aws.{what}, "{wanted}"', advice, "arn")
    if binding.qualifier and target.qualifier and binding.qualifier != target.qualifier:
        what = f'qualifier "{binding.qualifier}" is not the "{target.qualifier}" of the function'
        report.error((*path, "qualifier"), what, "keep one of the two", "qualifier")


def _check_function(report: Report, name: str, function: Function, spec: Spec) -> None:
    path: Steps = ("functions", name)
    binding = spec.bindings.get(function.binding)
    report.has_name((*path, "binding"), function.binding, ("bindings",), "binding")
    for parameter, each in function.parameters.items():
        check_parameter(report, (*path, "parameters", parameter), each)
    _check_payload(report, path, function)
    if function.returns is not None:
        check_returns(report, (*path, "returns"), function.returns)
    if function.batch is None:
        check_follow(report, path, function)
    check_batch(report, path, function, binding)
    check_cache(report, path, function, binding)
    _check_columns(report, path)
    if binding is not None:
        _check_reply(report, path, function, binding)
        _check_volatility(report, path, function, binding)
    _check_grants(report, path, function)
    for index, example in enumerate(function.examples):
        _check_example(report, (*path, "examples", index), example, function, binding)


def _check_payload(report: Report, path: Steps, function: Function) -> None:
    if "payload" not in function.model_fields_set or not report.document.may_name((*path, "parameters")):
        return
    names = report.document.keys((*path, "parameters"))
    for at, key, wrong in template_problems(function.payload, names):
        report.wrong((*path, "payload", *at), wrong, key=key)
    used = {name for _, name in references(function.payload)}
    for name in names:
        if name not in used:
            advice = f"write ${name} where it belongs, or remove it"
            place = (*path, "parameters", name)
            report.warn(place, f'the parameter "{name}" is not in the payload', advice, "unused", key=True)


def _check_columns(report: Report, path: Steps) -> None:
    """Report columns named like parameters: some engines keep both in one list of names."""
    table = (*path, "returns", "table")
    parameters = set(report.document.keys((*path, "parameters")))
    for name in report.document.keys(table):
        if name in parameters:
            what = f"a parameter is called {show(name)} as well"
            report.error((*table, name), what, "rename one; path says where the value stands", "name", key=True)


def _check_reply(report: Report, path: Steps, function: Function, binding: Binding) -> None:
    if binding.invoke != "sync" and not is_void(effective(function, binding)):
        what = f'the binding "{function.binding}" is {binding.invoke} and gives no reply'
        report.error((*path, "returns"), what, "write returns: void, or use a sync binding", "returns")


def _check_volatility(report: Report, path: Steps, function: Function, binding: Binding) -> None:
    if function.volatility != "volatile" and not binding.idempotent:
        what = f"{function.volatility} over a binding that is not idempotent"
        advice = "an engine may call it more or less often than written; use volatile"
        report.warn((*path, "volatility"), what, advice, "volatility")


def _check_grants(report: Report, path: Steps, function: Function) -> None:
    check_words(report, (*path, "grant"), function.grant)
    if not function.grant and path[-1] not in _named_by(report.document, "triggers", "call"):
        report.warn(path, "nobody may call this function", "add grant: [role]", "no-grant", key=True)


def _check_example(report: Report, path: Steps, example: Example, function: Function, binding: Binding | None) -> None:
    _check_arguments(report, path, example, function)
    given = example.model_fields_set
    if example.error and "result" in given:
        report.error((*path, "result"), "a result and an error", "keep one of them", "example", key=True)
    elif binding is not None and "result" in given:
        check_result(report, (*path, "result"), example.result, effective(function, binding))
    if binding is not None and binding.invoke != "sync" and "response" in given:
        what = f"the binding is {binding.invoke} and gives no reply"
        report.error((*path, "response"), what, "remove it", "example", key=True)


def _check_arguments(report: Report, path: Steps, example: Example, function: Function) -> None:
    at = (*path, "arguments")
    home = (*path[:2], "parameters")
    for name, value in example.arguments.items():
        known = report.has_name((*at, name), name, home, "parameter", key=True)
        if known and name in function.parameters and example.error != "bad_argument":
            check_argument(report, (*at, name), value, (*home, name), function.parameters[name])
    for name, parameter in function.parameters.items():
        if name not in example.arguments and "default" not in parameter.model_fields_set:
            report.error(at, f'the argument "{name}" is missing', "add it: it has no default", "example")


def _check_unused_bindings(report: Report) -> None:
    document = report.document
    used = _named_by(document, "functions", "binding")
    for name in document.keys(("bindings",)):
        if name not in used and not _has_drop_in(document, name):
            what = f'no function uses the binding "{name}"'
            report.warn(("bindings", name), what, "remove it, or write a function over it", "unused", key=True)


def _has_drop_in(document: Document, binding: str) -> bool:
    """Return whether drop-in names reach a binding: none of them is for a dry run."""
    return bool(document.keys(("compat",))) and _scalar(document, ("bindings", binding, "invoke")) != "dry_run"


def _named_by(document: Document, part: str, key: str) -> set[Value]:
    """Return what the members of a part name under a key: the bindings of functions, the functions of triggers."""
    return {_scalar(document, (part, name, key)) for name in document.keys((part,))}


def _scalar(document: Document, path: Steps) -> Value:
    return getattr(document.node(path), "value", None)


def _check_engines(report: Report) -> None:
    node = report.document.node(("engines",))
    if isinstance(node, Mapping) and not node.members:
        advice = f"name at least one of {', '.join(dialect.names())}"
        report.error(("engines",), "engines is empty", advice, "engines")


def _check_names(report: Report, spec: Spec) -> None:
    engines = [dialect.load(name) for name in engine_names(spec)]
    longest = min((engine.name_bytes for engine in engines), default=0)
    for path in _named(report.document):
        name = str(path[-1])
        if name.startswith(RESERVED):
            report.error(
                path, f"{show(name)} begins with {RESERVED}", "udfgen keeps it; use another name", "name", key=True
            )
        if len(name) > longest:
            check_length(report, path, len(name), engines, "shorten it", key=True)


def _named(document: Document) -> Iterable[Steps]:
    """Yield the path of every name that the spec gives: bindings, triggers, functions, parameters and columns."""
    for part in ("bindings", "triggers"):
        yield from ((part, name) for name in document.keys((part,)))
    for function in document.keys(("functions",)):
        path: Steps = ("functions", function)
        yield path
        for place in ((*path, "parameters"), (*path, "returns", "table")):
            yield from ((*place, name) for name in document.keys(place))
