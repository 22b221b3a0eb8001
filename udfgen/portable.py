"""Expressions and names as a spec writes them, for messages and pages: with no more parentheses than they need."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from udfgen.ir import Cell, Constant, Expression, Fact, Name, Operation, Operator, json_text

LOOSE, EITHER, BOTH, NEGATED, COMPARED, SUM, PRODUCT, SIGNED, TIGHT = range(9)
"""How tightly an expression holds together: looser ones stand in parentheses inside of tighter ones."""

FORMS: Mapping[Operator, tuple[str, int, tuple[int, ...]]] = {
    Operator.OR: ("{0} or {1}", EITHER, (EITHER, BOTH)),
    Operator.AND: ("{0} and {1}", BOTH, (BOTH, NEGATED)),
    Operator.NOT: ("not {0}", NEGATED, (NEGATED,)),
    Operator.IS_NULL: ("{0} is null", COMPARED, (SUM,)),
    Operator.BETWEEN: ("{0} between {1} and {2}", COMPARED, (SUM, SUM, SUM)),
    Operator.PLUS: ("{0} + {1}", SUM, (SUM, PRODUCT)),
    Operator.MINUS: ("{0} - {1}", SUM, (SUM, PRODUCT)),
    Operator.TIMES: ("{0} * {1}", PRODUCT, (PRODUCT, SIGNED)),
    Operator.NEGATE: ("- {0}", SIGNED, (TIGHT,)),
}
"""How operators are written, how tightly that holds together, and how tightly each operand must.

Those that are not here compare two sums, or are functions.
"""

DENIED = {
    Operator.IS_NULL: "{0} is not null",
    Operator.DISTINCT: "{0} is not distinct from {1}",
    Operator.BETWEEN: "{0} not between {1} and {2}",
    Operator.IN: "{0} not in ({rest})",
}
"""What is denied by a word in its middle."""

CALLED = frozenset((Operator.COALESCE, Operator.LOWER, Operator.UPPER, Operator.ABS))


def portable(expression: Expression) -> str:
    """Return an expression as a spec writes it."""
    return _written(expression, LOOSE)


def written(name: Name) -> str:
    """Return a name as a spec writes it: in double quotes where it is exact."""
    return '"' + name.text.replace('"', '""') + '"' if name.exact else name.text


def _written(expression: Expression, needed: int) -> str:
    """Return an expression; in parentheses where it holds together less tightly than is needed."""
    if isinstance(expression, Operation):
        text, tightness = _operation(expression)
        return f"({text})" if tightness < needed else text
    if isinstance(expression, Cell):
        return f"{expression.row.value}.{written(expression.column)}"
    if isinstance(expression, Fact):
        return expression.value
    text = _constant(expression)
    # A sign before a number would be the number's own.
    return f"({text})" if needed == TIGHT and not text.startswith("-") else text


def _operation(operation: Operation) -> tuple[str, int]:
    """Return an operation and how tightly it holds together."""
    operator, operands = operation.operator, operation.operands
    if operator in CALLED:
        return f"{operator.value}({', '.join(_written(each, LOOSE) for each in operands)})", TIGHT
    first = operands[0]
    if operator is Operator.NOT and isinstance(first, Operation) and first.operator in DENIED:
        return _filled(DENIED[first.operator], first.operands, (SUM,) * len(first.operands)), COMPARED
    if operator is Operator.IN:
        return _filled("{0} in ({rest})", operands, (SUM,) * len(operands)), COMPARED
    compared = (f"{{0}} {operator.value} {{1}}", COMPARED, (SUM, SUM))
    form, tightness, needed = FORMS.get(operator, compared)
    return _filled(form, operands, needed), tightness


def _filled(form: str, operands: tuple[Expression, ...], needed: tuple[int, ...]) -> str:
    first, *rest = map(_written, operands, needed)
    return form.format(first, *rest, rest=", ".join(rest))


def _constant(constant: Constant) -> str:
    value = constant.value
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return format(value, "f") if isinstance(value, Decimal) else json_text(value)
