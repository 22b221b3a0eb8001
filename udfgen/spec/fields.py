"""Fields of a spec that are one scalar: what each may look like, what it means, and its JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, PlainValidator, WithJsonSchema

from udfgen import ir
from udfgen.ir import Constant, Expression, Fact, Path, Type
from udfgen.spec import duration, names, path, pattern, size, target, types
from udfgen.spec.sorts import check_condition, check_value
from udfgen.spec.target import Target
from udfgen.spec.wording import Wrong, show

VOID: Literal["void"] = "void"
EMPTY: Literal["empty"] = "empty"
FACTS = frozenset(fact.value for fact in Fact)


def _text(form: str, wanted: str, rule: str) -> Any:
    """Return a string field that must have a form; `wanted` says which, in words."""
    compiled = re.compile(form)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise Wrong(f"{show(value)} cannot stand here", wanted, rule)
        return value

    return Annotated[str, AfterValidator(check), WithJsonSchema({"type": "string", "pattern": f"^(?:{form})$"})]


def _parsed(parse: Callable[[object], object], form: str) -> Any:
    """Return what makes a string field hold what it means; `form` is for the JSON Schema."""
    return PlainValidator(parse), WithJsonSchema({"type": "string", "pattern": form})


def _grantee(value: str) -> str:
    if value.lower() == "public":
        raise Wrong("nothing is granted to PUBLIC", "name the roles", "public")
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", value):
        advice = f"{NAME_FORM}, at most 63; engines can say which roles it means"
        raise Wrong(f"{show(value)} is not the name of a grantee", advice, "name")
    return value


def _bound(value: object) -> Any:
    """Pass a bound through; only `rules.py` knows the type that it must fit."""
    if isinstance(value, (dict, tuple, bool)):
        raise Wrong(f"{show(value)} is not a number", "write a number", "value")
    return value


NAME_FORM = "a lower-case letter, then lower-case letters, digits and _"
PORT = r"(?:6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})"
HOST = rf"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{{0,251}}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{{2,45}}\])(?::{PORT})?"
URL_FORM = rf"https?://{HOST}(?:/[A-Za-z0-9._~/-]{{0,500}})?"
PROXY_FORM = rf"http://{HOST}/?"

if TYPE_CHECKING:
    Name: TypeAlias = str
    Text: TypeAlias = str
    Grantee: TypeAlias = str
    Region: TypeAlias = str
    AccountId: TypeAlias = str
    Url: TypeAlias = str
    Proxy: TypeAlias = str
    FilePath: TypeAlias = str
    Qualifier: TypeAlias = str
    SpecName: TypeAlias = str
    PortableType: TypeAlias = Type
    ResultType: TypeAlias = Type | Literal["void"]
    ReplyPath: TypeAlias = Path
    Milliseconds: TypeAlias = int
    Lifetime: TypeAlias = int
    Size: TypeAlias = int
    Pattern: TypeAlias = str
    Reached: TypeAlias = Target
    TableName: TypeAlias = names.Table
    ColumnName: TypeAlias = ir.Name
    Condition: TypeAlias = Expression
    Argument: TypeAlias = Expression
    StopPath: TypeAlias = Path | Literal["empty"]
else:
    Name = _text(r"[a-z][a-z0-9_]*", f"a name is {NAME_FORM}", "name")
    SpecName = _text(r"[a-z][a-z0-9_]{0,39}", f"a spec's name is {NAME_FORM}, at most 40", "name")
    Region = _text(target.REGION, "write a region such as eu-west-1", "region")
    AccountId = _text(r"[0-9]{12}", 'write the 12 digits of an AWS account in quotes: "123456789012"', "account")
    Url = _text(URL_FORM, "write http(s)://host[:port][/path], without user, query or fragment", "url")
    Proxy = _text(
        PROXY_FORM, "write http://host[:port], without user, path or query; it is spoken to in plain HTTP", "url"
    )
    FilePath = _text(r".{1,1024}", "write the path of a file, at most 1024 characters", "file")
    Qualifier = _text(target.QUALIFIER, "write an alias, a version number or $LATEST", "qualifier")
    Text = str
    Grantee = Annotated[
        str, AfterValidator(_grantee), WithJsonSchema({"type": "string", "pattern": "^[a-z][a-z0-9_]{0,62}$"})
    ]
    PortableType = Annotated[(Type, *_parsed(types.parse_type, types.PATTERN))]
    ResultType = Annotated[(Any, *_parsed(lambda value: parse_result_type(value), rf"^void$|{types.PATTERN}"))]
    ReplyPath = Annotated[(Path, *_parsed(path.parse_path, path.PATTERN))]
    Milliseconds = Annotated[(int, *_parsed(duration.parse_duration, duration.PATTERN))]
    Lifetime = Annotated[(int, *_parsed(duration.parse_lifetime, duration.LIFETIME_PATTERN))]
    Size = Annotated[
        int,
        PlainValidator(size.parse_size),
        WithJsonSchema(
            {
                "anyOf": [
                    {"type": "integer", "minimum": size.SMALLEST, "maximum": size.LARGEST},
                    {"type": "string", "pattern": size.PATTERN},
                ]
            }
        ),
    ]
    Pattern = Annotated[str, AfterValidator(pattern.canonical)]
    Reached = Annotated[(Any, *_parsed(target.parse_target, target.PATTERN))]
    TableName = Annotated[(Any, *_parsed(names.parse_table, names.TABLE))]
    ColumnName = Annotated[(Any, *_parsed(names.parse_column, names.COLUMN))]
    Condition = Annotated[(Any, *_parsed(lambda value: parse_condition(value), r"\S"))]
    Argument = Annotated[
        Any,
        PlainValidator(lambda value: parse_argument(value)),
        WithJsonSchema({"type": ["string", "number", "boolean", "null"]}),
    ]
    StopPath = Annotated[(Any, *_parsed(lambda value: parse_stop(value), rf"^empty$|{path.PATTERN}"))]

Bound = Annotated[Any, PlainValidator(_bound), WithJsonSchema({"type": ["number", "string"]})]


def parse_result_type(value: object) -> Type | Literal["void"]:
    """Return what a function gives back: `void` or a type; Wrong otherwise."""
    return VOID if value == VOID else types.parse_type(value)


def parse_stop(value: object) -> Path | Literal["empty"]:
    """Return where the end of pages is told: `empty` or a path; Wrong otherwise."""
    return EMPTY if value == EMPTY else path.parse_path(value)


def parse_condition(value: object) -> Expression:
    """Return the condition of a trigger, or raise Wrong."""
    # Its parser takes longer to load than a spec without triggers takes to check.
    from udfgen.spec.expressions import parse_expression

    found = parse_expression(value)
    check_condition(found)
    return found


def parse_argument(value: object) -> Expression:
    """Return the value of an argument: a constant, a word that a trigger knows, or an expression; or raise Wrong."""
    if not isinstance(value, str):
        return _constant(value)
    if value in FACTS:
        return Fact(value)
    from udfgen.spec.expressions import parse_expression

    found = parse_expression(value)
    check_value(found)
    return found


def _constant(value: object) -> Constant:
    if isinstance(value, (dict, tuple)):
        raise Wrong(f"{show(value)} is no argument", "write an expression, or a constant", "expression")
    return Constant(Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value)  # type: ignore[arg-type]
