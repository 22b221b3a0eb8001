"""Drop-in names: what code written for other ways to Lambda calls, limited to the spec's bindings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from udfgen.bundle import Key, Phase
from udfgen.ir import Compat, Invoke, Program, Reached, describe_binding, describe_compat
from udfgen.render import Text, Unit

from . import nodes, quote, routines
from .routines import RETURN, Argument, Draft, Loaded

PYTHON = "language plpython3u volatile security definer cost 10000"

AWSLAMBDA = "awslambda"
"""https://github.com/awslabs/aws-lambda-rdbms-integration, which has no procedure on PostgreSQL: as Oracle's."""

AWS_LAMBDA = "aws_lambda"
AWS_COMMONS = "aws_commons"
"""https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL-Lambda-functions.html"""

SCHEMAS = (AWS_COMMONS, AWS_LAMBDA)
INVOKE, CREATE_ARN, ARN = "invoke", "create_lambda_function_arn", "_lambda_function_arn_1"
ARN_NAME = quote.qualified(AWS_COMMONS, ARN)
ARN_CATALOG = f"{AWS_COMMONS}.{ARN}"
"""As the catalog spells it in a signature."""

ATTRIBUTES = ("function_name text", "region text")
TEXTS = (Argument("fn_name", "text"), Argument("fn_args", "text"))
COMMENT = "Calls the Lambda functions that the spec names, and no others."

NAME, REGION = Argument("function_name", "text"), Argument("region", "text", "null")
OVERLOADS = (
    ("jsonb", (NAME,), (REGION,), "$1, $2::json, $3, $4, $5, $6::json, $7"),
    ("json", (Argument("function_name", ARN_CATALOG),), (), "($1).function_name, $2, ($1).region, $3, $4, $5, $6"),
    (
        "jsonb",
        (Argument("function_name", ARN_CATALOG),),
        (),
        "($1).function_name, $2::json, ($1).region, $3, $4, $5::json, $6",
    ),
)
"""The overloads of aws_lambda.invoke beside the one of texts and json: the arguments before and behind the payload, and
what they call that one with. By positions, because `payload` is the name of two things."""

DELEGATE = """
select called.status_code, called.payload::{json}, called.executed_version, called.log_result
from aws_lambda.invoke({passed}) as called
"""


def families(program: Program) -> tuple[Compat, ...]:
    """Return the families that the spec asks for and that are made here."""
    return tuple(each for each in program.compat if each.family in (AWSLAMBDA, AWS_LAMBDA))


def family(program: Program, name: str) -> Compat | None:
    """Return a family of drop-in names, or None where the spec does not ask for it."""
    return next((each for each in families(program) if each.family == name), None)


def schemas(program: Program) -> tuple[str, ...]:
    """Return the schemas that the drop-in names need beside that of the functions."""
    return SCHEMAS if family(program, AWS_LAMBDA) else ()


def drafts(program: Program, loaded: Loaded) -> Iterator[tuple[Compat, Draft]]:
    """Yield every routine of the drop-in names."""
    made = {AWSLAMBDA: _awslambda, AWS_LAMBDA: _aws_lambda}
    for compat in families(program):
        yield from ((compat, draft) for draft in made[compat.family](compat, program, loaded))


def units(program: Program, loaded: Loaded) -> Iterator[Unit]:
    """Yield what makes the drop-in names."""
    owner = routines.owner_of(program)
    compat = family(program, AWS_LAMBDA)
    if compat:
        yield _type(compat, program)
    for each, draft in drafts(program, loaded):
        yield routines.unit(routines.spell(draft, owner), "function", each.origin)


def _reached(reached: Sequence[Reached]) -> list[dict[str, Any]]:
    """Return each binding once, with its spellings: there may be six of them."""
    bindings = dict.fromkeys(each.binding for each in reached)
    return [
        {
            "spellings": [each.spelling for each in reached if each.binding is binding],
            "binding": describe_binding(binding),
        }
        for binding in bindings
    ]


def _awslambda(compat: Compat, program: Program, loaded: Loaded) -> Iterator[Draft]:
    names = (
        ("awslambda_fn", Invoke.SYNC, "scalar", "text", RETURN),
        ("awslambda_fn_async", Invoke.ASYNC, "void", "text", 'udfgen_call(*args)\nreturn ""'),
        ("awslambda_proc", Invoke.ASYNC, "void", "", "udfgen_call(*args)"),
    )
    for name, invoke, result, returns, ending in names:
        reached = tuple(each for each in compat.reached if each.binding.invoke is invoke)
        entry = describe_compat(name, reached, result)
        entry = {key: value for key, value in entry.items() if key != "choices"} | {"reached": _reached(reached)}
        yield Draft(
            schema=routines.schema_of(program),
            name=name,
            returns=returns,
            language=PYTHON if returns else "language plpython3u security definer",
            code=loaded.body(entry, "drop_in", ending),
            comment=COMMENT,
            arguments=TEXTS,
            grantees=routines.grantees(compat.grants, program),
        )


def _aws_lambda(compat: Compat, program: Program, loaded: Loaded) -> Iterator[Draft]:
    """Yield the four overloads and what makes an ARN: only one overload knows the bindings, the others call it."""
    grantees = routines.grantees(compat.grants, program)
    entry = {"name": f"{AWS_LAMBDA}.{INVOKE}", "reached": _reached(compat.reached)}
    yield _invoke("json", (NAME,), (REGION,), PYTHON, loaded.body(entry, "invoker"), grantees)
    for json, name, region, passed in OVERLOADS:
        code = DELEGATE.format(json=json, passed=passed)
        yield _invoke(json, name, region, "language sql volatile", code, grantees)
    yield Draft(
        schema=AWS_COMMONS,
        name=CREATE_ARN,
        returns=ARN_NAME,
        language="language sql immutable",
        code="\nselect function_name, region\n",
        comment="The name of a Lambda function and its region, for aws_lambda.invoke.",
        arguments=(NAME, REGION),
        grantees=grantees,
    )


def _invoke(
    json: str,
    name: tuple[Argument, ...],
    region: tuple[Argument, ...],
    language: str,
    code: str,
    grantees: tuple[str, ...],
) -> Draft:
    """Return one overload of aws_lambda.invoke."""
    arguments = (
        *name,
        Argument("payload", json),
        *region,
        Argument("invocation_type", "text", "'RequestResponse'"),
        Argument("log_type", "text", "'None'"),
        Argument("context", json, "null"),
        Argument("qualifier", "character varying", "null"),
        Argument("status_code", "integer", out=True),
        Argument("payload", json, out=True),
        Argument("executed_version", "text", out=True),
        Argument("log_result", "text", out=True),
    )
    return Draft(AWS_LAMBDA, INVOKE, "record", language, code, COMMENT, arguments, grantees=grantees)


def _type(compat: Compat, program: Program) -> Unit:
    grantees = routines.grantees(compat.grants, program)
    composite = nodes.Composite(
        name=ARN_NAME,
        name_text=quote.literal(ARN_NAME),
        attributes=ATTRIBUTES,
        wanted=quote.array(ATTRIBUTES),
        compared="\n".join((", ".join(ATTRIBUTES), f"may use: {', '.join(sorted(grantees)) or 'nobody else'}")),
        grantees=", ".join(map(quote.identifier, grantees)),
    )
    statements = [(Phase.PREPARE, Text("type.sql", composite)), (Phase.REVOKE, Text("type_close.sql", composite))]
    if grantees:
        statements.append((Phase.GRANT, Text("type_grant.sql", composite)))
    return Unit(Key("type", ARN_NAME), compat.origin, tuple(statements), body=composite.compared)
