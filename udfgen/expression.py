"""Printing portable expressions: one walk for all engines, which differ only in how they spell the parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from udfgen.ir import Cell, Constant, Expression, Fact, Operation, Operator

COMMON: Mapping[Operator, str] = {
    Operator.AND: "{0} and {1}",
    Operator.OR: "{0} or {1}",
    Operator.NOT: "not {0}",
    Operator.EQUAL: "{0} = {1}",
    Operator.UNEQUAL: "{0} <> {1}",
    Operator.LESS: "{0} < {1}",
    Operator.AT_MOST: "{0} <= {1}",
    Operator.GREATER: "{0} > {1}",
    Operator.AT_LEAST: "{0} >= {1}",
    Operator.IS_NULL: "{0} is null",
    Operator.DISTINCT: "{0} is distinct from {1}",
    Operator.IN: "{0} in ({rest})",
    Operator.BETWEEN: "{0} between {1} and {2}",
    Operator.PLUS: "{0} + {1}",
    Operator.MINUS: "{0} - {1}",
    Operator.TIMES: "{0} * {1}",
    Operator.NEGATE: "- {0}",
    Operator.COALESCE: "coalesce({0}, {rest})",
    Operator.LOWER: "lower({0})",
    Operator.UPPER: "upper({0})",
    Operator.ABS: "abs({0})",
}
"""Operators in the words that SQL's dialects share: operands by number, `rest` for all but the first."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """How one engine writes the parts of an expression; `operators` are those that it writes in its own way."""

    cell: Callable[[Cell], str]
    constant: Callable[[Constant], str]
    fact: Callable[[Fact], str]
    operators: Mapping[Operator, str] = field(default_factory=dict)


def spell(expression: Expression, spelling: Spelling) -> str:
    """Return an expression in an engine's SQL; an operation inside of another one stands in parentheses."""
    if isinstance(expression, Cell):
        return spelling.cell(expression)
    if isinstance(expression, Fact):
        return spelling.fact(expression)
    if isinstance(expression, Constant):
        return spelling.constant(expression)
    first, *rest = (_inner(each, spelling) for each in expression.operands)
    template = spelling.operators.get(expression.operator) or COMMON[expression.operator]
    return template.format(first, *rest, rest=", ".join(rest))


def leaves(expression: Expression) -> Iterator[Cell | Fact | Constant]:
    """Yield what an expression is made of, from left to right."""
    if isinstance(expression, Operation):
        for operand in expression.operands:
            yield from leaves(operand)
    else:
        yield expression


def _inner(expression: Expression, spelling: Spelling) -> str:
    text = spell(expression, spelling)
    return f"({text})" if isinstance(expression, Operation) else text
