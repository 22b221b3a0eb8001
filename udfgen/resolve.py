"""Resolve: a checked spec and an environment become the Program that every dialect reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from types import MappingProxyType

from udfgen import ir
from udfgen.errors import Origin, UsageError
from udfgen.spec import model
from udfgen.spec.arguments import passed, typed
from udfgen.spec.check import Checked
from udfgen.spec.document import Document, Steps
from udfgen.spec.fields import EMPTY
from udfgen.spec.parameters import constraints, default
from udfgen.spec.payload import compile_payload, default_payload
from udfgen.spec.results import column_path, effective, is_void
from udfgen.spec.size import LARGEST_ASYNC
from udfgen.spec.target import spellings
from udfgen.spec.wording import nearest

SHOWN = 200
"""Characters of the spec's file name that generated files show: clients cut long lines of a script."""

BODY = 5_242_880
"""Bytes of a batch's request unless told: below Lambda's limit by what a row more or a longer reply may take."""


def resolve(checked: Checked, environment: str | None = None) -> ir.Program:
    """Return the Program of a checked spec in one environment, or raise UsageError for an environment it lacks.

    Origins name the spec's file without its folder, so that the same spec compiles to the same bytes everywhere.
    """
    if environment is None:
        return _Resolver(checked.spec, checked.document).program(None)
    if environment not in checked.environments:
        advice = nearest(environment, checked.environments)
        raise UsageError(f'the spec has no environment "{environment}": {advice}')
    chosen = checked.environments[environment]
    return _Resolver(chosen.spec, chosen.document).program(environment)


class _Resolver:
    """Build one Program."""

    def __init__(self, spec: model.Spec, document: Document) -> None:
        self.spec, self.document = spec, document
        self.file = PurePath(document.file).name[:SHOWN]
        self.bindings = {name: self._binding(name, each) for name, each in spec.bindings.items()}
        self.functions = {name: self._function(name, each) for name, each in spec.functions.items()}

    def program(self, environment: str | None) -> ir.Program:
        """Return the Program; bindings, functions and triggers keep the spec's order."""
        return ir.Program(
            name=self.spec.name,
            environment=environment,
            aws=_aws(self.spec.aws),
            bindings=tuple(self.bindings.values()),
            functions=tuple(self.functions.values()),
            options=MappingProxyType(model.options(self.spec)),
            origin=self._origin((), key=False),
            triggers=tuple(self._trigger(name, each) for name, each in self.spec.triggers.items()),
            compat=tuple(self._family(name, each) for name, each in model.families(self.spec).items()),
        )

    def _origin(self, path: Steps, key: bool = True) -> Origin:
        origin = self.document.origin(path, key)
        return Origin(self.file, origin.line, origin.column)

    def _binding(self, name: str, binding: model.Binding) -> ir.Binding:
        return ir.Binding(
            name=name,
            target=binding.function.target,
            qualifier=binding.qualifier or binding.function.qualifier,
            invoke=ir.Invoke(binding.invoke),
            timeout_ms=binding.timeout,
            # The default is no longer than the call.
            connect_timeout_ms=min(binding.connect_timeout, binding.timeout),
            idempotent=binding.idempotent,
            retries=binding.retries,
            log_tail=binding.log_tail,
            # Lambda hands the client context to the function for sync calls only.
            client_context=binding.client_context and binding.invoke == "sync",
            origin=self._origin(("bindings", name)),
        )

    def _function(self, name: str, function: model.Function) -> ir.Function:
        path: Steps = ("functions", name)
        names = tuple(function.parameters)
        binding = self.spec.bindings[function.binding]
        return ir.Function(
            name=name,
            binding=self.bindings[function.binding],
            description=function.description.strip(),
            parameters=tuple(self._parameter(path, *each) for each in function.parameters.items()),
            payload=compile_payload(_template(function), names),
            returns=self._returns(path, effective(function, binding)),
            null_on_null=function.on_null == "return_null",
            null_on_error=function.on_error == "return_null",
            volatility=ir.Volatility(function.volatility),
            grants=self._grants(path, function.grant),
            examples=tuple(self._example(path, *each) for each in enumerate(function.examples)),
            origin=self._origin(path),
            follow=None if function.follow is None else self._follow(path, names, function.follow),
            batch=None if function.batch is None else self._batch(path, function.batch, binding),
            cache=None if function.cache is None else self._cache(path, function.cache),
        )

    def _batch(self, path: Steps, batch: model.Batch, binding: model.Binding) -> ir.Batch:
        return ir.Batch(
            max_rows=batch.max_rows,
            max_bytes=batch.max_bytes or (LARGEST_ASYNC if binding.invoke == "async" else BODY),
            concurrency=batch.concurrency,
            wire=ir.Wire(batch.wire),
            null_on_row_error=batch.on_row_error != "fail",
            # In the request's body, so that it reaches a function that is only queued too.
            tells_caller=binding.client_context and batch.wire == "redshift",
            function=f"{self.spec.name}.{path[-1]}",
            origin=self._origin((*path, "batch")),
        )

    def _cache(self, path: Steps, cache: model.Cache) -> ir.Cache:
        return ir.Cache(cache.ttl, cache.max_entries, self._origin((*path, "cache")))

    def _follow(self, path: Steps, names: tuple[str, ...], follow: model.Follow) -> ir.Follow:
        return ir.Follow(
            token=follow.token,
            into=names.index(follow.into),
            until=None if follow.until == EMPTY else follow.until,
            until_empty=follow.until == EMPTY,
            max_pages=follow.max_pages,
            stops_at_limit=follow.on_limit == "stop",
            origin=self._origin((*path, "follow")),
        )

    def _parameter(self, path: Steps, name: str, parameter: model.Parameter) -> ir.Parameter:
        return ir.Parameter(
            name=name,
            type=parameter.type,
            default=default(parameter),
            constraints=constraints(parameter),
            as_string=parameter.numbers == "string",
            description=parameter.description.strip(),
            origin=self._origin((*path, "parameters", name)),
        )

    def _returns(self, path: Steps, returns: model.Returns) -> ir.Result | ir.Table | None:
        origin = self._origin((*path, "returns"))
        if returns.table is not None:
            columns = tuple(self._column((*path, "returns", "table"), *each) for each in returns.table.items())
            return ir.Table(columns, returns.rows or (), origin)
        if is_void(returns) or not isinstance(returns.type, ir.Type):
            return None
        return ir.Result(returns.type, returns.path or (), returns.round, origin)

    def _column(self, path: Steps, name: str, column: model.Column) -> ir.Column:
        result = ir.Result(column.type, column_path(name, column), column.round, self._origin((*path, name)))
        return ir.Column(name, result)

    def _grants(self, path: Steps, grantees: tuple[str, ...]) -> tuple[ir.Grant, ...]:
        return tuple(ir.Grant(each, self._origin((*path, "grant", index))) for index, each in enumerate(grantees))

    def _example(self, path: Steps, index: int, example: model.Example) -> ir.Example:
        given = example.model_fields_set
        return ir.Example(
            arguments=MappingProxyType(example.arguments),
            payload=example.payload,
            response=example.response,
            result=example.result,
            error=example.error,
            has_payload="payload" in given,
            has_response="response" in given,
            has_result="result" in given,
            origin=self._origin((*path, "examples", index)),
        )

    def _trigger(self, name: str, trigger: model.Trigger) -> ir.Trigger:
        function = self.functions[trigger.call]
        return ir.Trigger(
            name=name,
            schema=trigger.table.schema,
            table=trigger.table.table,
            events=tuple(event for event in ir.Event if event.value in trigger.after),
            of=trigger.of or (),
            level=ir.Level(trigger.level),
            key=trigger.key or (),
            when=trigger.when,
            function=function,
            arguments=tuple(_argument(parameter, trigger.arguments) for parameter in function.parameters),
            unless_users=trigger.unless_user,
            skips_off=trigger.when_off == "skip",
            origin=self._origin(("triggers", name)),
        )

    def _family(self, name: str, family: model.Family) -> ir.Compat:
        path: Steps = ("compat", name)
        reached = tuple(_reached(tuple(self.bindings.values()), self.spec.aws))
        return ir.Compat(name, reached, self._grants(path, family.grant), self._origin(path))


def _template(function: model.Function) -> ir.Value:
    """Return the template of a payload; for a batch it is that of one row, which redshift has as an array."""
    if "payload" in function.model_fields_set:
        given: ir.Value = function.payload
        return given
    names = tuple(function.parameters)
    if function.batch is not None and function.batch.wire == "redshift":
        return tuple(f"${name}" for name in names)
    return default_payload(names)


def _aws(aws: model.Aws) -> ir.Aws:
    given = aws.credentials
    return ir.Aws(
        region=aws.region,
        account=aws.account,
        # A path is put behind it, with a slash of its own.
        endpoint=aws.endpoint and aws.endpoint.rstrip("/"),
        proxy=aws.proxy and aws.proxy.rstrip("/"),
        ca_file=aws.ca_file,
        credentials=ir.Credentials(given.source, given.profile, given.file, given.config_file),
    )


def _argument(parameter: ir.Parameter, arguments: Mapping[str, ir.Expression]) -> ir.Expression:
    """Return what a trigger passes for a parameter: what it says, else the default."""
    if parameter.name not in arguments:
        assert parameter.default is not None, "an argument without a default is told by the check"
        return typed(parameter.default.value, parameter.type)
    found = arguments[parameter.name]
    return passed(found, parameter.type) if isinstance(found, ir.Constant) else found


def _reached(bindings: tuple[ir.Binding, ...], aws: model.Aws) -> Iterator[ir.Reached]:
    """Yield the spellings that mean one binding among those that are called the same way; a dry run has none."""
    callable_ = [each for each in bindings if each.invoke is not ir.Invoke.DRY_RUN]
    spelled = [(each, spelling) for each in callable_ for spelling in _spellings(each, aws)]
    shared = Counter((each.invoke, spelling) for each, spelling in spelled)
    return (ir.Reached(spelling, each) for each, spelling in spelled if shared[each.invoke, spelling] == 1)


def _spellings(binding: ir.Binding, aws: model.Aws) -> tuple[str, ...]:
    return spellings(binding.target, binding.qualifier, aws.region, aws.account)
