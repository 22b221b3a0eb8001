"""Parameters: which constraints a type can have, and whether defaults and enums keep them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from udfgen import ir
from udfgen.dialect import Dialect
from udfgen.ir import Kind, Type, Value
from udfgen.spec.document import Steps
from udfgen.spec.model import Parameter
from udfgen.spec.report import Report
from udfgen.spec.types import EXACT, NUMERIC, STRINGS
from udfgen.spec.values import convert, number, violation
from udfgen.spec.wording import Wrong, show

# Constraint: the kinds of type that can have it, and these in words.
APPLIES = {
    "enum": (STRINGS | EXACT, "text, varchar, integers and decimal"),
    "min": (NUMERIC, "numbers"),
    "max": (NUMERIC, "numbers"),
    "max_length": (STRINGS | {Kind.BYTES}, "text, varchar and bytes"),
    "pattern": (STRINGS, "text and varchar"),
    "numbers": (EXACT, "smallint, integer, bigint and decimal"),
}


def check_parameter(report: Report, path: Steps, parameter: Parameter) -> None:
    """Report constraints that do not go with the type, and values that do not keep the constraints."""
    before = len(report.problems)
    for name, (kinds, words) in APPLIES.items():
        if getattr(parameter, name) is not None and parameter.type.kind not in kinds:
            advice = f"remove it, or use one of these types: {words}"
            report.error((*path, name), f'"{name}" does not go with {parameter.type}', advice, "constraint", key=True)
    if len(report.problems) == before:
        _check_limits(report, path, parameter)
    if len(report.problems) == before:
        _check_values(report, path, parameter)


def constraints(parameter: Parameter) -> ir.Constraints:
    """Return a parameter's constraints with values in canonical form; the parameter has passed its check."""
    return ir.Constraints(
        enum=None if parameter.enum is None else tuple(convert(value, parameter.type) for value in parameter.enum),
        min=_bound(parameter.min, parameter.type),
        max=_bound(parameter.max, parameter.type),
        max_length=parameter.max_length,
        pattern=parameter.pattern,
        required=parameter.required,
    )


def default(parameter: Parameter) -> ir.Default | None:
    """Return a parameter's default in canonical form, or None when it has none; it has passed its check."""
    if "default" not in parameter.model_fields_set:
        return None
    return ir.Default(convert(parameter.default, parameter.type))


def _bound(value: Value, type_: Type) -> Decimal | None:
    """Return a bound as an exact number, or raise Wrong; a decimal's bound may have more digits than its scale."""
    if value is None:
        return None
    exact = number(value) if type_.kind is Kind.DECIMAL else number(convert(value, type_))
    if exact is None:
        raise Wrong(f"{show(value)} is not a number", "write a number", "value")
    return exact


def _check_limits(report: Report, path: Steps, parameter: Parameter) -> None:
    _check_bounds(report, path, parameter)
    length = parameter.type.length
    if length is not None and parameter.max_length is not None and parameter.max_length > length:
        advice = f"{parameter.type} already stops at {length}; write less, or remove it"
        report.error((*path, "max_length"), f"max_length {parameter.max_length} says nothing", advice, "constraint")
    for index, value in enumerate(parameter.enum or ()):
        _check_enum(report, (*path, "enum", index), parameter, value)


def _check_bounds(report: Report, path: Steps, parameter: Parameter) -> None:
    bounds: list[Decimal] = []
    for name in ("min", "max"):
        try:
            bound = _bound(getattr(parameter, name), parameter.type)
        except Wrong as wrong:
            report.wrong((*path, name), wrong)
        else:
            bounds += [] if bound is None else [bound]
    if len(bounds) == 2 and bounds[0] > bounds[1]:
        report.error((*path, "min"), "min is more than max", "no value can pass; exchange them", "constraint")


def _check_enum(report: Report, path: Steps, parameter: Parameter, value: Value) -> None:
    if value is None:
        report.error(path, "null is not one of an enum", "remove it: null passes unless required: true", "value")
        return
    try:
        canonical = convert(value, parameter.type)
    except Wrong as wrong:
        report.wrong(path, wrong)
        return
    earlier = [_try(each, parameter.type) for each in (parameter.enum or ())[: int(path[-1])]]
    if canonical in earlier:
        report.error(path, f"{show(value)} stands twice", "keep one", "value")


def _try(value: Value, type_: Type) -> Value:
    try:
        return convert(value, type_)
    except Wrong:
        return None


def _check_values(report: Report, path: Steps, parameter: Parameter) -> None:
    """Report a default that breaks its own constraints, and enum values that can never pass."""
    limits = constraints(parameter)
    for index, value in enumerate(limits.enum or ()):
        broken = violation(value, parameter.type, limits)
        if broken:
            report.error((*path, "enum", index), f"{show(value)} can never pass", f"it {broken}", "constraint")
    if "default" in parameter.model_fields_set:
        check_value(report, (*path, "default"), parameter.default, parameter, limits, "the default")


def check_value(
    report: Report, path: Steps, value: Value, parameter: Parameter, limits: ir.Constraints, subject: str
) -> None:
    """Report `value` where it is none of the parameter's type, or breaks one of its constraints."""
    try:
        broken = violation(convert(value, parameter.type), parameter.type, limits)
    except Wrong as wrong:
        report.wrong(path, wrong)
        return
    if broken:
        report.error(path, f"{subject} breaks a constraint", f"it {broken}", "constraint")


def check_argument(report: Report, path: Steps, value: Value, home: Steps, parameter: Parameter) -> None:
    """Report an argument that its parameter, which stands at `home`, can never take."""
    scratch = Report(report.document)
    check_parameter(scratch, home, parameter)
    # A parameter that is wrong in itself has been reported where it stands.
    if not scratch.problems:
        check_value(report, path, value, parameter, constraints(parameter), "the argument")


def check_words(report: Report, path: Steps, words: tuple[str, ...]) -> None:
    """Report what stands twice in a list of names or of known words."""
    for index, word in enumerate(words):
        if word in words[:index]:
            report.error((*path, index), f'"{word}" stands twice', "keep one", "duplicate")


def check_length(
    report: Report, path: Steps, length: int, engines: Iterable[Dialect], advice: str, *, key: bool = False
) -> None:
    """Report a name that is longer than an engine has them."""
    for engine in engines:
        if length > engine.name_bytes:
            what = f"a name of {length} characters, and {engine.title} takes {engine.name_bytes}"
            report.error(path, what, advice, "name", key=key)
