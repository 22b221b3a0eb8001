"""Resolve: a checked spec and an environment become the Program that every dialect reads."""

from __future__ import annotations

from pathlib import PurePath
from types import MappingProxyType

from udfgen import ir
from udfgen.errors import Origin, UsageError
from udfgen.spec import model
from udfgen.spec.check import Checked
from udfgen.spec.document import Document, Steps
from udfgen.spec.parameters import constraints, default
from udfgen.spec.payload import compile_payload, default_payload
from udfgen.spec.results import column_path, effective, is_void
from udfgen.spec.wording import nearest


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
        self.file = PurePath(document.file).name
        self.bindings = {name: self._binding(name, each) for name, each in spec.bindings.items()}

    def program(self, environment: str | None) -> ir.Program:
        """Return the Program; functions and bindings keep the spec's order."""
        return ir.Program(
            name=self.spec.name,
            environment=environment,
            aws=_aws(self.spec.aws),
            bindings=tuple(self.bindings.values()),
            functions=tuple(self._function(name, each) for name, each in self.spec.functions.items()),
            options=MappingProxyType(model.options(self.spec)),
            origin=self._origin((), key=False),
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
        template = function.payload if "payload" in function.model_fields_set else default_payload(names)
        return ir.Function(
            name=name,
            binding=self.bindings[function.binding],
            description=function.description.strip(),
            parameters=tuple(self._parameter(path, *each) for each in function.parameters.items()),
            payload=compile_payload(template, names),
            returns=self._returns(path, effective(function, self.spec.bindings[function.binding])),
            null_on_null=function.on_null == "return_null",
            null_on_error=function.on_error == "return_null",
            volatility=ir.Volatility(function.volatility),
            grants=self._grants(path, function),
            examples=tuple(self._example(path, *each) for each in enumerate(function.examples)),
            origin=self._origin(path),
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

    def _grants(self, path: Steps, function: model.Function) -> tuple[ir.Grant, ...]:
        return tuple(
            ir.Grant(grantee, self._origin((*path, "grant", index))) for index, grantee in enumerate(function.grant)
        )

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
