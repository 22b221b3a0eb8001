"""Drop-in names: the routines that code written for other libraries calls, limited to the spec's bindings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from udfgen.ir import Compat, Invoke, Program, describe_compat

FUNCTION, PROCEDURE = "function", "procedure"


@dataclass(frozen=True, slots=True)
class Signature:
    """A routine of a family: how its bindings are called, what it is, what its two parameters are called."""

    name: str
    invoke: Invoke
    form: str
    parameters: tuple[str, str]


SAMPLE = ("fn_name", "fn_args")
AURORA = ("lambda_function_arn", "json_payload")
SIGNATURES = {
    # https://github.com/awslabs/aws-lambda-rdbms-integration
    "awslambda": (
        Signature("awslambda_fn", Invoke.SYNC, FUNCTION, SAMPLE),
        Signature("awslambda_fn_async", Invoke.ASYNC, FUNCTION, SAMPLE),
        Signature("awslambda_proc", Invoke.ASYNC, PROCEDURE, SAMPLE),
    ),
    # https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL-Lambda.html
    "aurora": (
        Signature("lambda_sync", Invoke.SYNC, FUNCTION, AURORA),
        Signature("lambda_async", Invoke.ASYNC, FUNCTION, AURORA),
    ),
}


@dataclass(frozen=True, slots=True)
class DropIn:
    """One routine to be, and the family that the spec asked for."""

    signature: Signature
    family: Compat

    @property
    def name(self) -> str:
        """Return the routine's name."""
        return self.signature.name

    def facts(self) -> dict[str, Any]:
        """Return its entry of the table: a call that is only queued gives nothing back."""
        invoke = self.signature.invoke
        reached = tuple(each for each in self.family.reached if each.binding.invoke is invoke)
        return describe_compat(self.name, reached, "scalar" if invoke is Invoke.SYNC else "void")


def drop_ins(program: Program) -> Iterator[DropIn]:
    """Yield the routines of every family that has some on these servers."""
    for family in program.compat:
        for signature in SIGNATURES.get(family.family, ()):
            yield DropIn(signature, family)
