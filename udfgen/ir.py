"""Program: what a spec means, for any engine. The contract between the compiler and the dialects.

Everything here is frozen, validated and free of engines. `describe` gives the same facts as plain JSON
values: it is the table that generated wrappers carry and that every native core reads.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, TypeAlias

from udfgen.errors import Origin

Value: TypeAlias = "bool | int | Decimal | str | tuple[Value, ...] | Mapping[str, Value] | None"
"""A value of the spec: YAML 1.2 scalars with exact decimals, sequences as tuples, mappings in their order."""

Path = tuple[str | int, ...]
"""Steps into a JSON document: member names and array indexes; `()` is the whole document, `$`."""

Payload = tuple[str | int, ...]
"""A request body in pieces: JSON text as it is, and indexes of the parameters whose JSON stands there."""


class Kind(str, Enum):
    """The closed list of portable types."""

    BOOLEAN = "boolean"
    SMALLINT = "smallint"
    INTEGER = "integer"
    BIGINT = "bigint"
    DECIMAL = "decimal"
    REAL = "real"
    DOUBLE = "double"
    TEXT = "text"
    VARCHAR = "varchar"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    TIMESTAMPTZ = "timestamptz"
    UUID = "uuid"
    JSON = "json"
    BYTES = "bytes"


class Invoke(str, Enum):
    """How a binding calls: wait for the result, queue, or only ask whether it may."""

    SYNC = "sync"
    ASYNC = "async"
    DRY_RUN = "dry_run"


class Volatility(str, Enum):
    """What the engine's planner may assume of a function, in the words of CREATE FUNCTION."""

    VOLATILE = "volatile"
    STABLE = "stable"
    IMMUTABLE = "immutable"


class Wire(str, Enum):
    """How the rows of a batch travel: as Amazon Redshift sends them to its Lambda functions, or as a plain array."""

    REDSHIFT = "redshift"
    LIST = "list"


class Event(str, Enum):
    """What happened to a row."""

    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"


class Level(str, Enum):
    """When a trigger calls: as each row is written, or at the end of the statement, for each row that it wrote."""

    ROW = "row"
    STATEMENT = "statement"


class Row(str, Enum):
    """A row as it was before a change, and as it is after it."""

    OLD = "old"
    NEW = "new"


class Fact(str, Enum):
    """What a trigger knows beside the rows.

    The event as a word; the table's name as the spec has it; the statement's time (a timestamptz); the session's user.
    """

    OPERATION = "operation"
    TABLE = "table"
    TIME = "time"
    USER = "user"


class Operator(str, Enum):
    """The closed set of what portable expressions may do. Only `coalesce` and `in` take any number of operands."""

    AND = "and"
    OR = "or"
    NOT = "not"
    EQUAL = "="
    UNEQUAL = "<>"
    LESS = "<"
    AT_MOST = "<="
    GREATER = ">"
    AT_LEAST = ">="
    IS_NULL = "is null"
    DISTINCT = "is distinct from"
    IN = "in"
    BETWEEN = "between"
    PLUS = "+"
    MINUS = "-"
    TIMES = "*"
    NEGATE = "negate"
    COALESCE = "coalesce"
    LOWER = "lower"
    UPPER = "upper"
    ABS = "abs"


@dataclass(frozen=True, slots=True)
class Type:
    """A portable type: `decimal` has precision and scale (digits), `varchar` has length (code points)."""

    kind: Kind
    precision: int | None = None
    scale: int | None = None
    length: int | None = None

    def __str__(self) -> str:
        if self.kind is Kind.DECIMAL:
            return f"decimal({self.precision},{self.scale})"
        if self.kind is Kind.VARCHAR:
            return f"varchar({self.length})"
        return str(self.kind.value)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Where the server process finds its AWS credentials; never a secret.

    `source` is chain, environment, profile, container or imds. `profile`, `file` and `config_file` go with
    the profile source: the profile's name, the credentials file, the configuration file.
    """

    source: str = "chain"
    profile: str | None = None
    file: str | None = None
    config_file: str | None = None


@dataclass(frozen=True, slots=True)
class Aws:
    """How the server reaches AWS."""

    region: str
    account: str | None = None
    endpoint: str | None = None
    proxy: str | None = None
    ca_file: str | None = None
    credentials: Credentials = Credentials()


@dataclass(frozen=True, slots=True)
class Binding:
    """A Lambda function that the database may reach.

    `target` is the FunctionName of the Invoke API (name, partial ARN or ARN) without a qualifier;
    times are milliseconds.
    """

    name: str
    target: str
    qualifier: str | None
    invoke: Invoke
    timeout_ms: int
    connect_timeout_ms: int
    idempotent: bool
    retries: int
    log_tail: bool
    client_context: bool
    origin: Origin


@dataclass(frozen=True, slots=True)
class Constraints:
    """What is checked of an argument before anything is sent; None means unchecked.

    `pattern` is the canonical form of the portable subset: it must match the whole value, and means the same in
    the regular expressions of Python and Java; where text is UTF-16 units (.NET, ECMAScript), print it with
    `udfgen.spec.pattern.utf16`.
    """

    enum: tuple[Value, ...] | None = None
    min: Decimal | None = None
    max: Decimal | None = None
    max_length: int | None = None
    pattern: str | None = None
    required: bool = False


@dataclass(frozen=True, slots=True)
class Default:
    """A parameter's default; `Default(None)` is an explicit NULL."""

    value: Value


@dataclass(frozen=True, slots=True)
class Parameter:
    """A typed argument. `as_string`: a number that travels as a JSON string (`numbers: string`)."""

    name: str
    type: Type
    default: Default | None
    constraints: Constraints
    as_string: bool
    description: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Result:
    """One typed value taken out of a reply. `round`: digits beyond the scale are rounded, not refused."""

    type: Type
    path: Path
    round: bool
    origin: Origin


@dataclass(frozen=True, slots=True)
class Column:
    """A named result of each row; its path starts at the row."""

    name: str
    result: Result


@dataclass(frozen=True, slots=True)
class Table:
    """A set of rows found at `rows`, an array in the reply."""

    columns: tuple[Column, ...]
    rows: Path
    origin: Origin


@dataclass(frozen=True, slots=True)
class Follow:
    """How the pages of a result hang together.

    The value at `token` of a reply takes the place of the parameter `into` (its index) in the payload of the next call,
    until it is missing, null or `""`, or `until` is true in the reply, or (`until_empty`) a page has no rows. After
    `max_pages` calls: the rows so far when `stops_at_limit`, else the error too_large. One deadline covers all pages.
    """

    token: Path
    into: int
    until: Path | None
    until_empty: bool
    max_pages: int
    stops_at_limit: bool
    origin: Origin


@dataclass(frozen=True, slots=True)
class Batch:
    """How the rows of a batch function are sent: at most `max_rows` and `max_bytes` (the whole body) in one request.

    Up to `concurrency` requests are under way at a time, where the engine can. `null_on_row_error`: a row that fails is
    NULL, and the others stand. `tells_caller`: a request names the session's user and the database. `function`, which
    is `<spec>.<function>`, is how it names the function.
    """

    max_rows: int
    max_bytes: int
    concurrency: int
    wire: Wire
    null_on_row_error: bool
    tells_caller: bool
    function: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Cache:
    """How long a database session keeps a result, in milliseconds, and how many of them for one function."""

    ttl_ms: int
    max_entries: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class Example:
    """A call that documents and tests a function; values as the spec has them, None where it says nothing.

    `error` is the code that the call must fail with, in place of a result.
    """

    arguments: Mapping[str, Value]
    payload: Value
    response: Value
    result: Value
    error: str | None
    has_payload: bool
    has_response: bool
    has_result: bool
    origin: Origin


@dataclass(frozen=True, slots=True)
class Grant:
    """A name from the spec that may call a function; the dialect says who that is on its engine."""

    grantee: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Function:
    """A wrapper: typed arguments in, one payload out, one typed result back. `returns` None is void.

    With `batch`, a set of rows goes in and one result for each comes back; `payload` is then the JSON of one row, and
    an example is about one row.
    """

    name: str
    binding: Binding
    description: str
    parameters: tuple[Parameter, ...]
    payload: Payload
    returns: Result | Table | None
    null_on_null: bool
    null_on_error: bool
    volatility: Volatility
    grants: tuple[Grant, ...]
    examples: tuple[Example, ...]
    origin: Origin
    follow: Follow | None = None
    batch: Batch | None = None
    cache: Cache | None = None


@dataclass(frozen=True, slots=True)
class Name:
    """A name of somebody's object. `exact`: it was quoted in the spec; else the engine folds it as it does in SQL."""

    text: str
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A column of the old or the new row; NULL where an event has no such row."""

    row: Row
    column: Name


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal; `type` is known where it is the value of a parameter, None inside of an expression."""

    value: bool | Decimal | str | None
    type: Type | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator and its operands, in the order in which they are written; `in` has the sought value first."""

    operator: Operator
    operands: tuple[Expression, ...]


Expression: TypeAlias = "Cell | Fact | Constant | Operation"
"""Portable SQL over the rows of a trigger: a tree out of a closed set, which every dialect prints in its own words."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """A call for every row that a statement inserted, updated or deleted.

    `arguments` has one expression per parameter of the function, in their order. `of`: an update counts only when one
    of these columns has another value than before (NULL is a value here). `key` are the columns that tell rows
    apart, where an engine gives the old and the new rows as two sets. `unless_users`: what these users of the database
    write calls nothing, so that a Lambda function may write to the table. `skips_off`: a binding that is switched off
    is passed by in silence. Whoever may write to the table needs no right on the function.
    """

    name: str
    schema: Name | None
    table: Name
    events: tuple[Event, ...]
    of: tuple[Name, ...]
    level: Level
    key: tuple[Name, ...]
    when: Expression | None
    function: Function
    arguments: tuple[Expression, ...]
    unless_users: tuple[str, ...]
    skips_off: bool
    origin: Origin


@dataclass(frozen=True, slots=True)
class Reached:
    """A binding by one of the spellings of its Lambda function that callers of the drop-in names may use."""

    spelling: str
    binding: Binding


@dataclass(frozen=True, slots=True)
class Compat:
    """A family of drop-in names (`awslambda`, `aws_lambda`, `aurora`), which reach what `reached` lists and no more.

    Spellings that mean more than one binding of the same way to call are left out: they are not found.
    """

    family: str
    reached: tuple[Reached, ...]
    grants: tuple[Grant, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Program:
    """One spec, one environment, resolved.

    `options` has one entry per engine that the spec names: an instance of that dialect's `Options`.
    """

    name: str
    environment: str | None
    aws: Aws
    bindings: tuple[Binding, ...]
    functions: tuple[Function, ...]
    options: Mapping[str, Any]
    origin: Origin
    triggers: tuple[Trigger, ...] = ()
    compat: tuple[Compat, ...] = ()


def json_text(value: Value) -> str:
    """Return a value as compact JSON: exact numbers in plain notation, only `"`, `\\` and controls escaped."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, tuple):
        return f"[{','.join(json_text(each) for each in value)}]"
    if isinstance(value, Mapping):
        return f"{{{','.join(f'{json_text(key)}:{json_text(each)}' for key, each in value.items())}}}"
    return json.dumps(value, ensure_ascii=False)


def describe_aws(program: Program) -> dict[str, Any]:
    """Return how a core reaches AWS, as JSON values; what is unset is left out."""
    aws = program.aws
    facts: dict[str, Any] = {"name": program.name, "region": aws.region}
    facts |= _set(endpoint=aws.endpoint, proxy=aws.proxy, ca_file=aws.ca_file)
    given = aws.credentials
    named = _set(profile=given.profile, file=given.file, config_file=given.config_file)
    facts["credentials"] = {"source": given.source} | named
    return facts


def describe(function: Function) -> dict[str, Any]:
    """Return a function's table entry, as JSON values: all that a core must know to run it.

    Keys: name, binding, parameters, payload, returns, null_on_error when true, follow where pages are followed, batch
    where rows go in (payload is that of one), cache where results are kept. Defaults are left out.
    """
    facts: dict[str, Any] = {
        "name": function.name,
        "binding": describe_binding(function.binding),
        "parameters": [_describe_parameter(parameter) for parameter in function.parameters],
        "payload": list(function.payload),
        "returns": _describe_returns(function.returns),
    }
    return facts | _set(
        null_on_error=function.null_on_error,
        follow=_describe_follow(function.follow),
        batch=_describe_batch(function, function.batch),
        cache=_describe_cache(function.cache),
    )


def describe_compat(name: str, reached: tuple[Reached, ...], returns: str) -> dict[str, Any]:
    """Return the table entry of a drop-in name, as JSON values: like a function's, but the first argument chooses.

    Keys: name, choices (spelling to binding), parameters (`fn_name` and `fn_args`), payload, returns. `returns` is
    `scalar` for a reply's text as it came, `void` where a call is only queued.
    """
    result = {"kind": "scalar", "type": "json", "path": []} if returns == "scalar" else {"kind": returns}
    return {
        "name": name,
        "choices": {each.spelling: describe_binding(each.binding) for each in reached},
        "parameters": [{"name": "fn_name", "type": "text", "required": True}, {"name": "fn_args", "type": "json"}],
        "payload": [1],
        "returns": result,
    }


def describe_binding(binding: Binding) -> dict[str, Any]:
    """Return a binding as JSON values; false and empty facts are left out."""
    facts: dict[str, Any] = {
        "name": binding.name,
        "target": binding.target,
        "invoke": binding.invoke.value,
        "timeout_ms": binding.timeout_ms,
        "connect_timeout_ms": binding.connect_timeout_ms,
    }
    return facts | _set(
        qualifier=binding.qualifier,
        idempotent=binding.idempotent,
        retries=binding.retries,
        log_tail=binding.log_tail,
        client_context=binding.client_context,
    )


def describe_type(type_: Type) -> dict[str, Any]:
    """Return a type as JSON values: its kind under `type`, and what it is sized by."""
    return {"type": type_.kind.value} | {
        key: value
        for key, value in (("precision", type_.precision), ("scale", type_.scale), ("length", type_.length))
        if value is not None
    }


def _describe_parameter(parameter: Parameter) -> dict[str, Any]:
    limits = parameter.constraints
    facts = {"name": parameter.name} | describe_type(parameter.type) | _set(as_string=parameter.as_string)
    if limits.enum is not None:
        facts["enum"] = [_scalar(value) for value in limits.enum]
    for key, bound in (("min", limits.min), ("max", limits.max)):
        if bound is not None:
            facts[key] = format(bound, "f")
    return facts | _set(max_length=limits.max_length, pattern=limits.pattern, required=limits.required)


def _describe_returns(returns: Result | Table | None) -> dict[str, Any]:
    if returns is None:
        return {"kind": "void"}
    if isinstance(returns, Result):
        return {"kind": "scalar"} | _describe_result(returns)
    columns = [{"name": column.name} | _describe_result(column.result) for column in returns.columns]
    return {"kind": "table", "rows": list(returns.rows), "columns": columns}


def _describe_follow(follow: Follow | None) -> dict[str, Any] | None:
    if follow is None:
        return None
    facts: dict[str, Any] = {"token": list(follow.token), "into": follow.into, "max_pages": follow.max_pages}
    until = None if follow.until is None else list(follow.until)
    return facts | _set(until=until, until_empty=follow.until_empty, stops_at_limit=follow.stops_at_limit)


def _describe_batch(function: Function, batch: Batch | None) -> dict[str, Any] | None:
    if batch is None:
        return None
    facts: dict[str, Any] = {
        "wire": batch.wire.value,
        "max_rows": batch.max_rows,
        "max_bytes": batch.max_bytes,
        "concurrency": batch.concurrency,
        "function": batch.function,
    }
    return facts | _set(
        # Equal rows have equal results: one of them is sent.
        collapse=function.volatility is not Volatility.VOLATILE,
        null_on_row_error=batch.null_on_row_error,
        tells_caller=batch.tells_caller,
        null_on_null=function.null_on_null,
    )


def _describe_cache(cache: Cache | None) -> dict[str, Any] | None:
    return None if cache is None else {"ttl_ms": cache.ttl_ms, "max_entries": cache.max_entries}


def _describe_result(result: Result) -> dict[str, Any]:
    return describe_type(result.type) | {"path": list(result.path)} | _set(round=result.round)


def _scalar(value: Value) -> str:
    """Return an enum's value as text: exact digits for numbers, `true` and `false` for booleans."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _set(**facts: Any) -> dict[str, Any]:
    """Return the facts that say something: neither None, nor false, nor zero."""
    return {key: value for key, value in facts.items() if value not in (None, False, 0)}
