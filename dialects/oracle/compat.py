"""The drop-in names of 2016 as Java stored functions: text in and out, a closed list of functions behind them.

https://github.com/aws-samples/aws-lambda-rdbms-integration/blob/master/oracle/sql/awslambda_ddl.sql
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from udfgen.ir import Compat, Invoke, Program, Reached, describe_compat

FAMILY = "awslambda"


@dataclass(frozen=True, slots=True)
class Form:
    """A name of the family: which bindings it reaches, what its entry returns, whether it is a function of SQL."""

    name: str
    invoke: Invoke
    returns: str
    is_function: bool
    description: str


FORMS = (
    Form("awslambda_fn", Invoke.SYNC, "scalar", True, "Calls a Lambda function of the spec; returns its reply."),
    Form("awslambda_fn_async", Invoke.ASYNC, "void", True, "Queues a call of a Lambda function of the spec."),
    Form("awslambda_proc", Invoke.ASYNC, "void", False, "Queues a call of a Lambda function of the spec."),
)


@dataclass(frozen=True, slots=True)
class DropIn:
    """One of the names in a program: its form, the family that the spec asks for, what it reaches."""

    form: Form
    family: Compat

    @property
    def reached(self) -> tuple[Reached, ...]:
        """Return the bindings that it calls in its way, by their spellings."""
        return tuple(each for each in self.family.reached if each.binding.invoke is self.form.invoke)

    def facts(self) -> dict[str, object]:
        """Return its table entry, as JSON values."""
        return describe_compat(self.form.name, self.reached, self.form.returns)


def drop_ins(program: Program) -> Iterator[DropIn]:
    """Yield the drop-in names of a program; other families have none here."""
    for family in program.compat:
        if family.family == FAMILY:
            yield from (DropIn(form, family) for form in FORMS)
