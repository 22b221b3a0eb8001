"""Every core's values against the vectors in native/contract, and against PostgreSQL's core."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.native.cores import BUILDS
from tests.native.test_contract_python import cases, load, reply_of, to_text
from tests.native.test_contract_python import encode as encode_python
from tests.native.values_support import Values
from tests.unit.core_support import core

Case = dict[str, Any]


@pytest.fixture(scope="module", params=BUILDS, ids=lambda core: core.name)
def values(request: pytest.FixtureRequest) -> Iterator[Values]:
    """Each core's program, started once for all cases."""
    with request.param.values() as running:
        yield running


# --- the vectors -----------------------------------------------------------------------------------------------


def check_encoding(values: Values, case: Case) -> None:
    arguments = [values.to_argument(*each) for each in zip(case["parameters"], case["arguments"], strict=True)]
    expected = {"error": case["error"]} if "error" in case else {"body": case["body"]}
    assert values.encode(case, arguments) == expected


@cases("encoding.json")
def test_encoding(values: Values, case: Case) -> None:
    check_encoding(values, case)


@cases("constraints.json")
def test_constraints(values: Values, case: Case) -> None:
    check_encoding(values, case)


@cases("decoding.json")
def test_decoding(values: Values, case: Case) -> None:
    expected = {key: case[key] for key in ("result", "rows", "error") if key in case}
    assert values.decode(case["returns"], reply_of(case)) == expected


def test_the_number_of_arguments_is_checked(values: Values) -> None:
    answer = values.encode({"parameters": [{"name": "v", "type": "text"}], "payload": [0]}, [])
    assert answer["error"] == {"code": "bad_argument", "message": "score: takes 1 argument"}


def test_a_long_text_matches(values: Values) -> None:
    long = "ab-" * 100_000
    argument = values.to_argument({"type": "text"}, long)
    assert values.encode_one(argument, type="text", pattern="(?:[a-z]{2}-)*") == f'"{long}"'


@pytest.mark.parametrize("letter", ["\u00e9", "\U0001f600"])
def test_a_long_message_is_cut_between_characters(values: Values, letter: str) -> None:
    facts = {"type": "text", "enum": [letter * 600]}
    said = 'argument "v": ' + values.encode_one(values.to_argument(facts, "x"), **facts)
    assert len(said) == 500
    assert said.endswith(f"{letter}...")


# --- the same as PostgreSQL's core, for values that nobody wrote down ------------------------------------------

HOSTILE = '{}[]",:\\/ \t\n0123456789.eE+-truefalsnud8cDZT\0\x7f\u00e9\U0001f600'

DIGITS = "0123456789.eE+-:TZ"


def mutate(source: random.Random, given: str) -> str:
    """Return text with up to three small changes."""
    for _ in range(source.randint(1, 3)):
        begin = source.randint(0, len(given))
        end = min(len(given), begin + source.choice((0, 0, 1, 1, 4)))
        given = (
            given[:begin]
            + "".join(source.choices(source.choice((HOSTILE, DIGITS)), k=source.choice((0, 1, 1, 2))))
            + given[end:]
        )
    return given


def outcome_python(act: Callable[..., Case], *given: Any) -> Case:
    """Return what PostgreSQL's core makes of a case, in the form of Values."""
    try:
        return act(*given)
    except core.Failure as failure:
        return {"error": {"code": failure.code, "message": core.describe_failure("score", failure)[0]}}


def body_python(case: Case) -> Case:
    return {"body": encode_python(case).decode()}


def decode_python(returns: Case, body: bytes) -> Case:
    found = core.compile_returns(returns)(body)
    if returns["kind"] != "table":
        return {"result": to_text(returns.get("type", ""), found)}
    assert isinstance(found, list)
    kinds = [column["type"] for column in returns["columns"]]
    rows = found if len(kinds) > 1 else [(value,) for value in found]
    return {"rows": [list(map(to_text, kinds, row)) for row in rows]}


def check_encodings(values: Values, made: list[tuple[Case, str]]) -> None:
    """Compare the cores on pairs of a parameter's facts and a neutral value."""
    for facts, given in made:
        case = {"parameters": [{"name": "v"} | facts], "payload": [0], "arguments": [given]}
        assert values.encode(case, [values.to_argument(facts, given)]) == outcome_python(body_python, case), case


def check_results(values: Values, returns: Case, reply: str) -> None:
    body = reply.encode()
    assert values.decode(returns, body) == outcome_python(decode_python, returns, body), (returns, reply)


def test_replies_at_random(values: Values) -> None:
    source = random.Random(20160215)
    short = [case for case in load("decoding.json") if len(case.get("reply", "x" * 400)) < 400]
    for case in source.choices(short, k=4000):
        check_results(values, case["returns"], mutate(source, case["reply"]))


def test_json_at_random(values: Values) -> None:
    source = random.Random(1)
    replies = [case["reply"] for case in load("decoding.json") if "reply" in case and len(case["reply"]) < 400]
    check_encodings(values, [({"type": "json"}, mutate(source, source.choice(replies))) for _ in range(1500)])


def test_floating_point_at_random(values: Values) -> None:
    source = random.Random(2)
    doubles = [struct.unpack("<d", source.randbytes(8))[0] for _ in range(1500)]
    doubles += [source.randint(0, 2**53) / 10 ** source.randint(0, 20) for _ in range(200)]
    doubles += [sign * 2.0**exponent for exponent in range(-1074, 1024, 7) for sign in (1, -1)]
    doubles += [count * 5e-324 for count in range(60)]
    reals = [struct.unpack("<f", source.randbytes(4))[0] for _ in range(1500)]
    reals += [2.0**exponent for exponent in range(-149, 128)] + [count * 2.0**-149 for count in range(60)]
    for kind, numbers in (("double", doubles), ("real", reals)):
        made = [repr(number).replace("nan", "NaN").replace("inf", "Infinity") for number in numbers]
        check_encodings(values, [({"type": kind}, each) for each in made])


def test_decimals_at_random(values: Values) -> None:
    source = random.Random(3)
    made: list[tuple[Case, str]] = []
    for _ in range(1500):
        precision = source.randint(1, 38)
        scale = source.randint(0, precision)
        digits = "".join(source.choices("0459", k=source.randint(1, precision + 2)))
        number = format(Decimal(source.choice(("", "-")) + digits).scaleb(-source.randint(0, scale + 2)), "f")
        bounds = {"min": "-44.5", "max": source.choice(("0", "0.45", "995"))}
        made.append(({"type": "decimal", "precision": precision, "scale": scale} | bounds, number))
    check_encodings(values, made)


def test_replies_with_numbers_at_random(values: Values) -> None:
    source = random.Random(4)
    for _ in range(3000):
        kind = source.choice(("real", "double", "bigint", "decimal"))
        digits = "".join(source.choices("0123456789", k=source.choice((1, 3, 17, 25, 800)))).lstrip("0") or "0"
        point = source.choice(("", ".", ".000"))
        number = f"{source.choice(('', '-'))}{digits}{point}{'5' * source.randint(1, 9) if point else ''}"
        number += source.choice(("", f"e{source.randint(-400, 400)}", f"E{source.randint(-30, 30)}", f"e-{'9' * 20}"))
        returns = {"kind": "scalar", "type": kind, "path": [], "round": source.random() < 0.5}
        returns |= {"precision": 38, "scale": 19} if kind == "decimal" else {}
        check_results(values, returns, number)


def test_moments_at_random(values: Values) -> None:
    source = random.Random(6)
    for _ in range(600):
        year, month, day = (
            source.choice((1, 4, 1900, 2000, 9999)),
            source.randint(1, 12),
            source.choice((1, 28, 29, 30, 31)),
        )
        clock = f"{source.choice((0, 12, 23)):02}:{source.choice((0, 30, 59)):02}:00{source.choice(('', '.5', '.120'))}"
        offset = source.choice(("Z", "+00:00", "-00:30", "+12:00", "-23:59", "+23:59", "+24:00"))
        returns = {"kind": "scalar", "type": "timestamptz", "path": []}
        check_results(values, returns, f'"{year:04}-{month:02}-{day:02}T{clock}{offset}"')


def test_patterns_at_random(values: Values) -> None:
    source = random.Random(5)
    patterns = [
        "[a-c]*[0-9]{2}",
        "(?:ab|c[^a])+",
        "[^\\n\\r]?x{1,3}",
        "a|ab|abc",
        "\\.\\x26[\\-\\]]*",
        "(?:a|b(?:c|d)?)*",
        "[^a]{2}",
    ]
    given = ["".join(source.choices("abcdx0&.-]\n\r\u00e9\U0001f600", k=source.randint(0, 5))) for _ in range(150)]
    check_encodings(values, [({"type": "text", "pattern": pattern}, each) for pattern in patterns for each in given])
