"""Random functions as a spec may have them: the compiler checks and resolves them, so only what it accepts is run."""

from __future__ import annotations

import struct
from decimal import Decimal
from typing import Any

from tests.differential.source import Source
from udfgen.errors import SpecError
from udfgen.ir import Type, Value, describe, json_text
from udfgen.resolve import resolve
from udfgen.spec.check import check_text
from udfgen.spec.parameters import APPLIES
from udfgen.spec.pattern import canonical
from udfgen.spec.types import INTEGERS, PLAIN, parse_type
from udfgen.spec.wording import Wrong

Facts = dict[str, Any]

BITS = {kind.value: bits for kind, bits in INTEGERS.items()}
SIZES = ((1, 0), (2, 2), (5, 2), (18, 0), (19, 4), (37, 1), (38, 0), (38, 19), (38, 38))
TYPES = (
    *PLAIN,
    *(f"decimal({precision},{scale})" for precision, scale in SIZES),
    *(f"varchar({length})" for length in (1, 2, 3, 4000)),
)
LETTERS = "ab01 _-\"\\'/%{}[]<>&.,:$\u00e9e\u0301\u6f22\U0001f600"
"""What texts of a spec are made of: what is escaped somewhere, and characters of one to four bytes."""

NAMES = ("v", "a_1", "customer_id", "x" * 29)
COLUMNS = ("a", "b_1", "c2")
MEMBERS = ("a", "b_1", "A", "odd name", "it's", "\\", "\\n", '"', "\u00e9", "e\u0301", "\U0001f600", "0")
CONSTANTS = (None, True, -1, Decimal("1.50"), 10**30)
SPEC = {
    "udfgen": 1,
    "name": "fuzz",
    "aws": {"region": "eu-west-1"},
    "bindings": {"score": {"function": "score-customer", "client_context": False}},
    "engines": {"postgresql": None},
}


def taking(source: Source) -> Facts:
    """Make a function that takes arguments: the table entry that a core is given to run it."""
    parameters = source.several(_parameter, 1, 3)
    names = NAMES[: len(parameters)]
    wanted: Facts = {"binding": "score", "parameters": dict(zip(names, parameters, strict=True))}
    if source.upto(1):
        wanted["payload"] = _payload(source, names, 3)
    return compiled(wanted)


def returning(source: Source) -> Facts:
    """Make a function that returns something, or nothing."""
    return compiled({"binding": "score", "returns": _returns(source)})


# --- parameters ------------------------------------------------------------------------------------------------


def _parameter(source: Source) -> Facts:
    """Make a parameter as a spec writes it, with some of the constraints that go with its type."""
    name = source.pick(TYPES)
    type_ = parse_type(name)
    given: Facts = {"type": name} | ({"required": True} if source.once_in(4) else {})
    wanted = [each for each, (kinds, _) in APPLIES.items() if type_.kind in kinds and source.once_in(3)]
    return given | {each: value for each in wanted if (value := _constraint(source, each, type_)) is not None}


def _constraint(source: Source, name: str, type_: Type) -> Any:
    longest = min(type_.length or 9, 9)
    if name == "enum":
        return _enum(source, type_)
    if name == "numbers":
        return "string"
    if name == "max_length":
        return 1 + source.upto(longest - 1)
    return _pattern(source) if name == "pattern" else number(source, type_)


def _enum(source: Source, type_: Type) -> list[Any]:
    """Make up to three values, no two of them the same."""
    count = 1 + source.upto(2)
    if type_.kind.value in ("text", "varchar"):
        return list(dict.fromkeys(source.text(LETTERS, min(type_.length or 6, 6)) for _ in range(count)))
    # Zero and its negative are one value, and so are 1.0 and 1.00.
    return list({Decimal(each): each for each in (number(source, type_) for _ in range(count))}.values())


def number(source: Source, type_: Type) -> Any:
    """Make a number of a type as a spec writes it, at the ends of its range more often than by chance."""
    if type_.precision is not None:
        most = 10**type_.precision - 1
        digits = source.pick((0, 1, 5, most)) if source.upto(1) else source.upto(most)
        return Decimal((source.upto(1), tuple(map(int, str(digits))), -(type_.scale or 0)))
    if type_.kind.value in BITS:
        return whole(source, BITS[type_.kind.value])
    return Decimal(repr(floating(source, type_.kind.value)))


def whole(source: Source, bits: int) -> int:
    """Make a whole number that an integer type holds."""
    if source.upto(1):
        return source.pick((0, 1, -1, (1 << bits) - 1, -1 << bits, (1 << bits) - 2))
    return source.upto((2 << bits) - 1) - (1 << bits)


FLOATS = (0.0, -0.0, 5e-324, 2.2250738585072014e-308, 1e21, 1e-7, 1e23, 1.7976931348623157e308, -1.7976931348623157e308)
REALS = (0.0, -0.0, 2.0**-149, 2.0**-126, 2.0**24, 2.0**70, 2.0**-20, 3.4028234663852886e38, -3.4028234663852886e38)


def floating(source: Source, kind: str) -> float:
    """Make a finite number of 32 or 64 bits: one with few digits, one of the edges, or any."""
    way, form = source.upto(2), "<f" if kind == "real" else "<d"
    if way == 0:
        few = (source.upto(19998) - 9999) / 10 ** source.upto(6)
        return float(struct.unpack(form, struct.pack(form, few))[0])
    if way == 1:
        return source.pick(REALS if kind == "real" else FLOATS)
    return source.number(32 if kind == "real" else 64)


ATOMS = ("a", "b", "0", "\\d", "\\w", "\\s", ".", "[a-c]", "[^a]", "[^\\n\\r0-9]", "\\.", "\\x26", "\\\\", " ", "[&a-]")
COUNTS = ("", "", "*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}")


def _pattern(source: Source) -> str | None:
    """Make a pattern of the portable subset; None where the spec would refuse it as too slow."""
    pattern = "|".join(_sequence(source) for _ in range(1 + source.upto(2)))
    if source.upto(1):
        pattern = f"(?:{pattern}){source.pick(COUNTS)}{_sequence(source)}"
    try:
        return canonical(pattern) and pattern
    except Wrong:
        return None


def _sequence(source: Source) -> str:
    return "".join(source.pick(ATOMS) + source.pick(COUNTS) for _ in range(1 + source.upto(2)))


# --- payloads and results --------------------------------------------------------------------------------------


def _payload(source: Source, names: tuple[str, ...], depth: int) -> Value:
    """Make a payload: any tree of constants and parameters."""
    way = source.upto(5 if depth else 3)
    if way < 2:
        return f"${source.pick(names)}"
    if way < 4:
        return source.pick(CONSTANTS) if way == 2 else _constant(source)
    items = tuple(_payload(source, names, depth - 1) for _ in range(source.upto(3)))
    return items if way == 4 else {_constant(source): each for each in items}


def _constant(source: Source) -> str:
    return source.text(LETTERS, 5).replace("$", "$$")


def _returns(source: Source) -> Any:
    way = source.upto(9)
    if way == 9:
        return "void"
    if way < 6:
        return _result(source)
    return {"table": dict(zip(COLUMNS, source.several(_result, 1, 3), strict=False)), "rows": _path(source)}


def _result(source: Source) -> Facts:
    """Make a result, or a column, as a spec writes it."""
    name = source.pick(TYPES)
    rounds = parse_type(name).kind in APPLIES["numbers"][0] and source.upto(1)
    return {"type": name, "path": _path(source)} | ({"round": True} if rounds else {})


def _path(source: Source) -> str:
    found = [source.pick(MEMBERS) if source.upto(2) else source.upto(2) for _ in range(source.upto(3))]
    return "$" + "".join(map(show_step, found))


def show_step(step: str | int) -> str:
    """Return a step as it stands in a path."""
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if step in ("a", "b_1", "A") else "['{}']".format(step.replace("\\", "\\\\").replace("'", "\\'"))


# --- the compiler ----------------------------------------------------------------------------------------------


def compiled(wanted: Facts) -> Facts:
    """Return the table entry of a function of a spec, without the enums of which a value could never pass."""
    try:
        return _compiled(wanted)
    except SpecError as error:
        if {problem.rule for problem in error.problems} - {"constraint"}:
            raise
    possible = {name: _possible(facts) for name, facts in wanted["parameters"].items()}
    return _compiled(wanted | {"parameters": possible})


def _possible(facts: Facts) -> Facts:
    """Return a parameter's facts whose enum is gone and whose bounds are in order."""
    kept = {name: value for name, value in facts.items() if name != "enum"}
    if "min" in kept and "max" in kept:
        kept |= zip(("min", "max"), sorted((kept["min"], kept["max"])), strict=True)
    return kept


def _compiled(wanted: Facts) -> Facts:
    program = resolve(check_text(spec_text(SPEC | {"functions": {"f": wanted}}), "spec.yaml"))
    return describe(program.functions[0])


def spec_text(tree: Any) -> str:
    """Return a spec as YAML's JSON, in ASCII: YAML takes some characters for line breaks, and has no surrogates."""
    return "".join(each if " " <= each <= "~" else f"\\U{ord(each):08x}" for each in json_text(_frozen(tree)))


def _frozen(tree: Any) -> Value:
    if isinstance(tree, dict):
        return {name: _frozen(each) for name, each in tree.items()}
    frozen: Value = tuple(map(_frozen, tree)) if isinstance(tree, list | tuple) else tree
    return frozen
