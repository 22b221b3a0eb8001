"""The spec's shape: pydantic models that read it and that its JSON Schema is made from.

Fields hold what their text means (a type, a path, milliseconds). What must hold between fields stands in `rules.py`,
and `messages.py` puts every pydantic error into words: no message of pydantic reaches a user.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    create_model,
    model_validator,
)
from pydantic_core import CoreSchema

from udfgen import dialect
from udfgen.spec import types
from udfgen.spec.fields import (
    AccountId,
    Argument,
    Bound,
    ColumnName,
    Condition,
    FilePath,
    Grantee,
    Lifetime,
    Milliseconds,
    Name,
    Pattern,
    PortableType,
    Proxy,
    Qualifier,
    Reached,
    Region,
    ReplyPath,
    ResultType,
    Size,
    SpecName,
    StopPath,
    TableName,
    Text,
    Url,
)
from udfgen.spec.wording import Wrong

CODES = Literal[
    "throttled",
    "timeout",
    "not_authorized",
    "not_found",
    "too_large",
    "function_error",
    "bad_response",
    "bad_argument",
    "unavailable",
    "disabled",
]


class Part(BaseModel):
    """A mapping of the spec. Its keys are closed, its values are what their type says and nothing near it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    FORM: ClassVar[str] = "a mapping"
    """What may stand here, in words."""
    HINT: ClassVar[str] = "write key: value lines below it"
    """What to write where something else stands."""


class Shorthand(Part):
    """A mapping that may be written as its type alone."""

    FORM: ClassVar[str] = "a type such as bigint, or a mapping with a type"
    HINT: ClassVar[str] = "write the type after the colon"
    TYPES: ClassVar[str] = types.PATTERN

    @model_validator(mode="before")
    @classmethod
    def _expand(cls, value: object) -> object:
        return {"type": value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        long = handler.resolve_ref_schema(handler(core))
        return {"anyOf": [{"type": "string", "pattern": cls.TYPES}, dict(long)], "description": long["description"]}


class Credentials(Part):
    """Where the database server's process finds its AWS credentials. Never the credentials themselves."""

    source: Literal["chain", "environment", "profile", "container", "imds"] = Field(
        default="chain",
        description="chain tries environment, profile file, container endpoint and instance metadata, in that order.",
    )
    profile: FilePath | None = Field(default=None, description="Name of the profile; only with source: profile.")
    file: FilePath | None = Field(default=None, description="Credentials file; only with source: profile.")
    config_file: FilePath | None = Field(default=None, description="Configuration file; only with source: profile.")


class Aws(Part):
    """How the database server reaches AWS."""

    region: Region = Field(description="Region of the Lambda functions, such as eu-west-1.")
    account: AccountId | None = Field(default=None, description="AWS account of the functions: 12 digits, quoted.")
    credentials: Credentials = Field(default=Credentials(), description="Where credentials come from.")
    endpoint: Url | None = Field(default=None, description="Endpoint of the Invoke API; default: the region's own.")
    proxy: Proxy | None = Field(
        default=None, description="HTTP proxy, http://host:port; its password never stands here."
    )
    ca_file: FilePath | None = Field(default=None, description="File of certificate authorities on the server.")


class Binding(Part):
    """A Lambda function that the database may reach."""

    function: Reached = Field(description="Name, partial ARN or ARN of the Lambda function; may end in :qualifier.")
    qualifier: Qualifier | None = Field(default=None, description="Alias or version; $LATEST changes under you.")
    invoke: Literal["sync", "async", "dry_run"] = Field(
        default="sync", description="sync waits for the reply; async queues the call; dry_run asks for permission only."
    )
    timeout: Milliseconds = Field(
        default=10_000,
        description="Whole call as seen from SQL: 500ms, 10s or 2m.",
        json_schema_extra={"default": "10s"},
    )
    connect_timeout: Milliseconds = Field(
        default=2_000,
        description="Time to connect, inside the timeout.",
        json_schema_extra={"default": "2s"},
    )
    idempotent: bool = Field(default=False, description="false: one request, always. true: it may be retried.")
    retries: int = Field(default=0, ge=0, le=10, description="Further tries; needs idempotent: true.")
    log_tail: bool = Field(default=False, description="Show the end of the function's log as notices; sync only.")
    client_context: bool = Field(
        default=True, description="Tell the function who calls: database, user, role, application; sync only."
    )


class Parameter(Shorthand):
    """A typed argument, and what is checked of it before anything is sent."""

    type: PortableType = Field(description="Portable type: bigint, decimal(10,2), varchar(80), …")
    default: Any = Field(default=None, description="Value when a caller leaves it out; null is an explicit NULL.")
    enum: tuple[Any, ...] | None = Field(default=None, min_length=1, description="The only values that may be sent.")
    min: Bound | None = Field(default=None, description="Smallest value; numbers only.")
    max: Bound | None = Field(default=None, description="Largest value; numbers only.")
    max_length: int | None = Field(
        default=None, ge=1, le=6_291_456, description="Longest value: code points of text, bytes of bytes."
    )
    pattern: Pattern | None = Field(
        default=None, description="Portable regular expression that must match the whole text."
    )
    required: bool = Field(default=False, description="true: NULL is refused.")
    numbers: Literal["string"] | None = Field(
        default=None, description="string: the number travels as a JSON string, so that no reader rounds it."
    )
    description: Text = Field(default="", description="What it means, for the generated comment and page.")


class Column(Shorthand):
    """A column of a table result."""

    type: PortableType = Field(description="Portable type of the column.")
    path: ReplyPath | None = Field(
        default=None, description="Where its value stands in the row; default: the member of that name."
    )
    round: bool = Field(default=False, description="true: digits beyond the scale are rounded, not refused.")


class Returns(Shorthand):
    """What a function gives back: `void`, one typed value, or a table."""

    FORM: ClassVar[str] = "void, a type such as json, or a mapping with a type or a table"
    TYPES: ClassVar[str] = rf"^void$|{types.PATTERN}"

    type: ResultType | None = Field(default=None, description="void, or the portable type of the result.")
    path: ReplyPath | None = Field(
        default=None, description="Where the result stands in the reply.", json_schema_extra={"default": "$"}
    )
    round: bool = Field(default=False, description="true: digits beyond the scale are rounded, not refused.")
    table: dict[Name, Column] | None = Field(default=None, min_length=1, description="The columns of a table result.")
    rows: ReplyPath | None = Field(
        default=None, description="Where the array of rows stands.", json_schema_extra={"default": "$"}
    )


class Example(Part):
    """A call that documents and tests a function."""

    arguments: dict[Name, Any] = Field(default={}, description="Arguments by name.")
    payload: Any = Field(default=None, description="The JSON that the call must send.")
    response: Any = Field(default=None, description="The JSON that the Lambda function replies.")
    result: Any = Field(default=None, description="What the call gives back.")
    error: CODES | None = Field(default=None, description="The code that the call must fail with.")


class Follow(Part):
    """How the pages of a table result hang together."""

    token: ReplyPath = Field(description='Where a reply says how to go on; missing, null or "" is the end.')
    into: Text = Field(description="The parameter whose place in the payload the token takes in the next call.")
    until: StopPath | None = Field(
        default=None, description="Where a reply says true at the end; or empty: a page without rows is the end."
    )
    max_pages: int = Field(default=100, ge=1, le=10_000, description="The most calls that one result may take.")
    on_limit: Literal["fail", "stop"] = Field(
        default="fail", description="After max_pages: fail with too_large, or stop with the rows so far."
    )


class Batch(Part):
    """How the rows of a set of arguments share requests: one result comes back for each row."""

    HINT: ClassVar[str] = "write {} for the defaults, or key: value lines below it"

    max_rows: int = Field(default=1_000, ge=1, le=1_000_000, description="The most rows in one request.")
    max_bytes: Size | None = Field(
        default=None,
        description="The largest request body: 64KB, 5MB or bytes. Default: 5MB, for async bindings 1MB.",
    )
    concurrency: int = Field(default=1, ge=1, le=64, description="The most requests of one call at a time.")
    wire: Literal["redshift", "list"] = Field(
        default="redshift",
        description="redshift: as Amazon Redshift calls Lambda functions. list: an array of payloads.",
    )
    on_row_error: Literal["fail", "null"] | None = Field(
        default="fail", description="A row that fails: fail the call, or null, NULL for that row alone."
    )


class Cache(Part):
    """How long a database session keeps results, so that equal arguments call once."""

    HINT: ClassVar[str] = "write {ttl: 10m}"

    ttl: Lifetime = Field(description="How long a result is kept, from 1s to 24h.")
    max_entries: int = Field(
        default=1_000, ge=1, le=100_000, description="The most results that a session keeps; the least used goes."
    )


class Function(Part):
    """A typed SQL wrapper over one binding."""

    binding: Text = Field(description="Name of the binding that it calls.")
    description: Text = Field(default="", description="What it does, for the generated comment and page.")
    parameters: dict[Name, Parameter] = Field(default={}, description="Typed arguments, in the order of the call.")
    payload: Any = Field(
        default=None,
        description="JSON to send; $name is a parameter, $$ a dollar sign. Default: an object of all parameters.",
    )
    returns: Returns | None = Field(
        default=None, description="What it gives back. Default: json for sync bindings, void for the others."
    )
    on_null: Literal["call", "return_null"] = Field(
        default="call", description="return_null: a NULL argument gives NULL, and nothing is sent."
    )
    on_error: Literal["raise", "return_null"] = Field(
        default="raise", description="return_null: errors give NULL, except a cancel, bad_argument and disabled."
    )
    volatility: Literal["volatile", "stable", "immutable"] = Field(
        default="volatile", description="What the engine's planner may assume of it."
    )
    follow: Follow | None = Field(default=None, description="How the pages of a table result hang together.")
    batch: Batch | None = Field(
        default=None, description="Takes a set of rows, in few requests; {} for the defaults. One result for each row."
    )
    cache: Cache | None = Field(
        default=None, description="Keeps results in the session; needs volatility stable or immutable."
    )
    grant: tuple[Grantee, ...] = Field(default=(), description="Who may call it. Nothing is granted to PUBLIC.")
    examples: tuple[Example, ...] = Field(default=(), description="Calls that document and test it.")


class Trigger(Part):
    """A call for every row that a statement inserted, updated or deleted."""

    table: TableName = Field(description="The table: table or schema.table; a name in double quotes is exact.")
    after: tuple[Literal["insert", "update", "delete"], ...] = Field(
        min_length=1, description="What calls: one or more of insert, update, delete."
    )
    of: tuple[ColumnName, ...] | None = Field(
        default=None, min_length=1, description="Columns: an update counts only when one of them has another value."
    )
    level: Literal["row", "statement"] = Field(
        default="row", description="row: as each row is written. statement: at its end, for each row that it wrote."
    )
    key: tuple[ColumnName, ...] | None = Field(
        default=None, min_length=1, description="Columns that tell rows apart, to pair an old row with its new one."
    )
    when: Condition | None = Field(default=None, description="Portable SQL over new.x and old.x: new.x > 0.")
    call: Text = Field(description="The function that it calls; the result is dropped.")
    arguments: dict[Name, Argument] = Field(
        default={},
        description="Values of the function's parameters: portable SQL; operation, table, time, user; a constant.",
    )
    unless_user: tuple[Grantee, ...] = Field(default=(), min_length=1, description="Users whose changes call nothing.")
    when_off: Literal["raise", "skip"] = Field(
        default="raise", description="skip: a binding that is switched off is passed by in silence."
    )


class Family(Part):
    """Drop-in names of one family, and who may call them."""

    FORM: ClassVar[str] = "true, or a mapping with grant"
    HINT: ClassVar[str] = "write true, or {grant: [role]}; leave it out for none"

    grant: tuple[Grantee, ...] = Field(default=(), description="Who may call the names. Default: nobody.")

    @model_validator(mode="before")
    @classmethod
    def _expand(cls, value: object) -> object:
        if value is False:
            raise Wrong("false asks for nothing", "remove it", "value")
        return {} if value is True else value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        long = handler.resolve_ref_schema(handler(core))
        return {"anyOf": [{"const": True}, dict(long)], "description": long["description"]}


class Compat(Part):
    """Names that other code calls Lambda functions by: they reach the bindings and nothing else."""

    awslambda: Family | None = Field(
        default=None, description="awslambda_fn, awslambda_fn_async and awslambda_proc, as in the article of 2016."
    )
    aws_lambda: Family | None = Field(
        default=None,
        description="aws_lambda.invoke and aws_commons.create_lambda_function_arn, as Amazon RDS has them.",
    )
    aurora: Family | None = Field(default=None, description="lambda_sync and lambda_async, as Amazon Aurora has them.")


class EnginesPart(Part):
    """Which engines the spec is for, and what differs there."""


def _engines() -> type[EnginesPart]:
    """Return the model of `engines`: one field per dialect, so that a new one needs no line here."""
    annotated: Any = Annotated
    fields: dict[str, Any] = {}
    for each in dialect.all_dialects():
        # `name:` with nothing after it asks for the engine as it is.
        kind = annotated[each.part("options").Options, BeforeValidator(lambda value: {} if value is None else value)]
        fields[each.name] = (kind, Field(default=None, description=f"{each.title} {each.versions}."))
    return create_model("Engines", __base__=EnginesPart, __doc__=EnginesPart.__doc__, **fields)


if TYPE_CHECKING:
    Engines: TypeAlias = EnginesPart
else:
    Engines = _engines()


class Environment(Part):
    """What differs in one environment: parts of the spec that are laid over it."""

    aws: Any = Field(default=None, description="As in the spec; only what differs.")
    bindings: Any = Field(default=None, description="As in the spec; only what differs.")
    functions: Any = Field(default=None, description="As in the spec; only what differs.")
    engines: Any = Field(default=None, description="As in the spec; only what differs.")


class Spec(Part):
    """A udfgen spec: AWS Lambda functions as typed SQL functions."""

    udfgen: Literal[1] = Field(description="Version of the spec's form: 1.")
    name: SpecName = Field(description="Stamps all that is installed; default schema, database and library name.")
    aws: Aws = Field(description="How the database server reaches AWS.")
    bindings: dict[Name, Binding] = Field(default={}, description="The Lambda functions that may be reached.")
    functions: dict[Name, Function] = Field(default={}, description="The typed SQL functions that may be called.")
    triggers: dict[Name, Trigger] = Field(default={}, description="Calls for the rows that statements write.")
    compat: Compat | None = Field(default=None, description="Drop-in names of other ways to call Lambda functions.")
    engines: Engines = Field(description="Which engines, and what differs there.")
    environments: dict[Name, Environment] = Field(
        default={}, description="What differs per environment, chosen with --env."
    )


def engine_names(spec: Spec) -> tuple[str, ...]:
    """Return the engines that a spec names, in alphabetical order."""
    return tuple(name for name in type(spec.engines).model_fields if getattr(spec.engines, name) is not None)


def options(spec: Spec) -> dict[str, Any]:
    """Return the options of each engine that a spec names: an instance of the dialect's `Options`."""
    return {name: getattr(spec.engines, name) for name in engine_names(spec)}


def families(spec: Spec) -> dict[str, Family]:
    """Return the families of drop-in names that a spec asks for, in the order in which they are known."""
    found = {name: getattr(spec.compat, name) for name in Compat.model_fields} if spec.compat else {}
    return {name: family for name, family in found.items() if family is not None}
