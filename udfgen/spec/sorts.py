"""Sorts of expressions: what a value is where that shows without its table, and what does not go together."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum

from udfgen.ir import Constant, Event, Expression, Fact, Operation, Operator
from udfgen.portable import portable
from udfgen.spec.wording import Wrong, listed, show


class Sort(Enum):
    """What an expression gives, in words; a column may hold any value."""

    CONDITION = "a condition"
    NUMBER = "a number"
    TEXT = "a text"
    TRUTH = "true or false"
    MOMENT = "a moment"
    NULL = "null"
    ANY = "any value"


FACTS = {Fact.OPERATION: Sort.TEXT, Fact.TABLE: Sort.TEXT, Fact.USER: Sort.TEXT, Fact.TIME: Sort.MOMENT}
CONNECTING = frozenset((Operator.AND, Operator.OR, Operator.NOT))
ORDERING = frozenset((Operator.LESS, Operator.AT_MOST, Operator.GREATER, Operator.AT_LEAST, Operator.BETWEEN))
COMPARING = frozenset((*ORDERING, Operator.EQUAL, Operator.UNEQUAL, Operator.DISTINCT, Operator.IN))
ARITHMETIC = frozenset((Operator.PLUS, Operator.MINUS, Operator.TIMES, Operator.NEGATE, Operator.ABS))
TEXTUAL = frozenset((Operator.LOWER, Operator.UPPER))
OPERATIONS = frozenset(event.value for event in Event)


def check_condition(expression: Expression) -> None:
    """Raise Wrong for what is no condition, or has parts that do not go together."""
    if sort(expression) is not Sort.CONDITION:
        raise _no_condition(expression)


def check_value(expression: Expression) -> Sort:
    """Return the sort of a value, or raise Wrong for what is none, or has parts that do not go together."""
    found = sort(expression)
    if found is Sort.CONDITION:
        advice = "not every engine has conditions as values: join them with and, or, not, or send what they compare"
        raise _wrong(f"the condition {_shown(expression)} is no value", advice)
    return found


def sort(expression: Expression) -> Sort:
    """Return what an expression gives, or raise Wrong where its parts do not go together."""
    if isinstance(expression, Constant):
        return _of_constant(expression)
    if isinstance(expression, Fact):
        return FACTS[expression]
    return _of_operation(expression) if isinstance(expression, Operation) else Sort.ANY


def _of_constant(constant: Constant) -> Sort:
    if isinstance(constant.value, bool):
        return Sort.TRUTH
    if isinstance(constant.value, Decimal):
        return Sort.NUMBER
    return Sort.NULL if constant.value is None else Sort.TEXT


def _of_operation(operation: Operation) -> Sort:
    operator = operation.operator
    if operator in CONNECTING:
        for each in operation.operands:
            check_condition(each)
        return Sort.CONDITION
    sorts = [check_value(each) for each in operation.operands]
    _check_nulls(operation, sorts)
    if operator is Operator.IS_NULL:
        return Sort.CONDITION
    if operator in ARITHMETIC or operator in TEXTUAL:
        return _all(operation, Sort.TEXT if operator in TEXTUAL else Sort.NUMBER, sorts)
    common = _common(operation, sorts)
    return Sort.CONDITION if operator in COMPARING else common


def _check_nulls(operation: Operation, sorts: list[Sort]) -> None:
    if Sort.NULL in sorts:
        advice = "write is null or is not null: a comparison with null is never true"
        raise _wrong(f"null in {_shown(operation)}", advice if operation.operator in COMPARING else "remove it")


def _all(operation: Operation, wanted: Sort, sorts: list[Sort]) -> Sort:
    """Return the wanted sort, or raise Wrong where an operand has another one."""
    for each, found in zip(operation.operands, sorts, strict=True):
        if found not in (wanted, Sort.ANY):
            word = operation.operator.value.replace("negate", "-")
            raise _wrong(f"{_shown(each)} in {_shown(operation)}", f"{word} is for {wanted.value}")
    return wanted


def _common(operation: Operation, sorts: list[Sort]) -> Sort:
    """Return the one sort of what is compared, ANY where none shows, or raise Wrong for two of them."""
    known = list(dict.fromkeys(each for each in sorts if each is not Sort.ANY))
    if len(known) > 1:
        what = f"{known[0].value} and {known[1].value} in {_shown(operation)}"
        raise _wrong(what, "compare values of one sort: texts stand in '…', numbers stand alone")
    if known == [Sort.TRUTH] and operation.operator in ORDERING:
        raise _wrong(f"{_shown(operation)} puts true and false in an order", "write = or <>")
    if Fact.OPERATION in operation.operands:
        _check_operations(operation)
    return known[0] if known else Sort.ANY


def _check_operations(operation: Operation) -> None:
    for each in operation.operands:
        if isinstance(each, Constant) and each.value not in OPERATIONS:
            raise _wrong(f"no operation is called {show(each.value)}", f"use one of {listed(sorted(OPERATIONS))}")


def _no_condition(expression: Expression) -> Wrong:
    advice = "compare it: new.active = true" if sort(expression) in (Sort.ANY, Sort.TRUTH) else "compare it"
    return _wrong(f"{_shown(expression)} is no condition", advice)


def _wrong(what: str, advice: str) -> Wrong:
    return Wrong(what, advice, "expression")


def _shown(expression: Expression) -> str:
    return show(portable(expression))
