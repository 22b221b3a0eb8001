"""What only Oracle hands over to the Java core, and its patterns. The vectors are in test_contract_values.py."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.native.values_support import DATE, MOMENT, TIME, Values, java
from tests.unit.test_pattern import CANONICAL
from udfgen.spec.pattern import canonical

Case = dict[str, Any]


@pytest.fixture(scope="module")
def values() -> Iterator[Values]:
    """The program, started once for all cases."""
    with java() as running:
        yield running


def decode_one(values: Values, reply: str, **facts: Any) -> Any:
    """Return the result that is the whole reply, or what is said of it."""
    answer = values.decode({"kind": "scalar", "path": []} | facts, reply.encode())
    return answer["result"] if "result" in answer else answer["error"]["message"].removeprefix("score: result at $: ")


# --- what only Java hands over -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("bigint", "1E+3", "1000"),
        ("bigint", "5.00", "5"),
        ("bigint", "0E+2000000000", "0"),
        ("bigint", "-9223372036854775808", "-9223372036854775808"),
        ("bigint", "1.5", "must fit bigint"),
        ("bigint", "1E-2000000000", "must fit bigint"),
        ("bigint", "1E+2000000000", "must fit bigint"),
        ("bigint", "9223372036854775807.5", "must fit bigint"),
        ("smallint", "-32768", "-32768"),
        ("smallint", "-32769", "must fit smallint"),
        ("decimal", "0E+2000000000", "0.00"),
        ("decimal", "0E-2000000000", "0.00"),
        ("decimal", "1E-2000000000", "0.00"),
        ("decimal", "-0.005", "-0.01"),
        ("decimal", "-0.00499999999999999999999999999999999999999", "0.00"),
        ("decimal", "999.994999", "999.99"),
        ("decimal", "999.995", "must fit decimal(5,2)"),
        ("decimal", "1E+2000000000", "must fit decimal(5,2)"),
        ("decimal", "NaN", "must be a finite number"),
        ("double", "1E+309", "must fit double"),
        ("double", "-1E+2000000000", "must fit double"),
        ("double", "1E-2000000000", "0"),
        ("double", "0.1000000000000000055511151231257827021181", "0.1"),
        ("real", "3.5E+38", "must fit real"),
        ("real", "1E+300", "must fit real"),
        # Above it would be rounded to a double first, and from there up.
        ("real", "1.00000017881393432617187499", "1.0000001"),
        ("real", "16777217", "16777216"),
    ],
)
def test_numbers(values: Values, kind: str, given: str, expected: str) -> None:
    sizes = {"precision": 5, "scale": 2} if kind == "decimal" else {}
    assert values.encode_one({"number": given}, type=kind, **sizes) == expected


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("date", "2024-02-29", '"2024-02-29"'),
        ("date", "2023-02-29", DATE),
        ("date", "1900-02-29", DATE),
        ("date", "0000-12-31", DATE),
        ("date", "2024-04-31", DATE),
        ("date", "2024-13-01", DATE),
        ("date", "2024-1-01", DATE),
        ("date", "10000-01-01", DATE),
        ("date", "-001-01-01", DATE),
        ("date", "2024-01-01T00:00:00", DATE),
        ("date", "\u0662024-01-01", DATE),
        ("time", "12:00:00", '"12:00:00"'),
        ("time", "12:00:00.", TIME),
        ("time", "12:00:00.000000", '"12:00:00"'),
        ("time", "12:00:00.100100", '"12:00:00.1001"'),
        ("time", "12:00:00.1234567", TIME),
        ("time", "24:00:00", TIME),
        ("time", "23:60:00", TIME),
        ("time", "23:59:60", TIME),
        ("time", "12:00", TIME),
        ("time", "", TIME),
        ("timestamp", "2016-02-15T12:00:00.50", '"2016-02-15T12:00:00.5"'),
        ("timestamp", "2016-02-15 12:00:00", MOMENT),
        ("timestamp", "2016-02-15T", MOMENT),
        ("timestamptz", "2016-02-15T12:00:00.000000Z", '"2016-02-15T12:00:00Z"'),
        ("timestamptz", "2016-02-15T12:00:00", MOMENT),
        ("timestamptz", "Z", MOMENT),
    ],
)
def test_moments(values: Values, kind: str, given: str, expected: str) -> None:
    assert values.encode_one(given, type=kind) == expected


def test_a_name_is_read_before_it_is_compared(values: Values) -> None:
    # In the reply stands the escape of a line feed, in the path a backslash and an n.
    assert decode_one(values, r'{"\n": 1}', type="bigint", path=["\\n"]) == r"score: result at $['\n']: is missing"
    assert decode_one(values, r'{"\\n": 1}', type="bigint", path=["\\n"]) == "1"
    assert decode_one(values, r'{"\u0061": 1}', type="bigint", path=["a"]) == "1"


@pytest.mark.parametrize(
    ("number", "facts", "expected"),
    [
        ("0.5" + "0" * 300, {}, "0.5"),
        ("0.5" + "0" * 300 + "1", {}, "must fit decimal(5,1)"),
        ("0.5" + "0" * 300 + "1", {"round": True}, "0.5"),
        ("0.04" + "9" * 300, {"round": True}, "0.0"),
        ("0.05" + "0" * 300 + "e1", {}, "0.5"),
        ("0." + "0" * 300 + "5e300", {}, "0.5"),
        ("5" + "0" * 300 + "e-301", {}, "0.5"),
        ("9" * 300 + "e-296", {"round": True}, "must fit decimal(5,1)"),
        ("9" * 300 + "e-297", {"round": True}, "1000.0"),
    ],
)
def test_results_of_many_digits(values: Values, number: str, facts: Case, expected: str) -> None:
    assert decode_one(values, number, type="decimal", precision=5, scale=1, **facts) == expected


@pytest.mark.parametrize("number", ["9" * 2_000_000, "1" + "0" * 2_000_000, "0." + "0" * 2_000_000 + "1", "." * 2])
def test_time_follows_the_length_of_a_number(values: Values, number: str) -> None:
    began = time.perf_counter()
    expected = "reply is not valid JSON" if number == ".." else "result at $: must fit bigint"
    answer = values.decode({"kind": "scalar", "type": "bigint", "path": []}, number.encode())
    assert answer["error"]["message"] == f"score: {expected}"
    assert time.perf_counter() - began < 3, "BigInteger alone needs half a minute"


def test_a_path_is_shown_as_the_spec_writes_it(values: Values) -> None:
    said = decode_one(values, "{}", type="text", path=["a_1", 2, "1a", "B", "odd name", ""])
    assert said == "score: result at $.a_1[2]['1a'].B['odd name']['']: is missing"


# --- patterns --------------------------------------------------------------------------------------------------

PATTERNS = [*CANONICAL.values(), "[a-c]*[0-9]{2}", "[^\\n\\r]?x{1,3}", "(?:a|b(?:c|d)?)*", "[^a]{2}", "\\[\\]\\{\\}#"]


def test_patterns_mean_in_java_what_they_mean_in_python(values: Values) -> None:
    source = random.Random(5)
    letters = "aabbccdx0129&.,-[]{}$#_\\/ \t\n\r\u0085\u2028\u00e9\ud83d\U0001f600"
    given = ["".join(source.choices(letters, k=source.randint(0, 6))) for _ in range(60)]
    given += ["", "aaBbBb", "A\t", "a.b/c-d", "aabbcc", "a.b.cd", "\ud83d", "\U0001f600", "a$"]
    for pattern in PATTERNS:
        for each in given:
            said = values.encode_one(each, type="text", pattern=pattern)
            matches = re.fullmatch(pattern, each) is not None
            wanted = "must be valid Unicode" if "\ud83d" in each else json.dumps(each, ensure_ascii=False)
            assert said == (wanted if matches else f"must match {pattern}"), (pattern, each)


def test_every_character_of_ascii_is_itself_in_a_pattern(values: Values) -> None:
    for code in range(128):
        for text in (f"\\x{code:02X}", f"[\\x{code:02X}a]"):
            pattern = canonical(text)
            assert json.loads(values.encode_one(chr(code), type="text", pattern=pattern)) == chr(code), pattern
            other = "b" if chr(code ^ 1) == "a" else chr(code ^ 1)
            assert values.encode_one(other, type="text", pattern=pattern) == f"must match {pattern}", pattern


@pytest.mark.parametrize(
    ("pattern", "given"),
    [
        pytest.param("(?:a+)+b", "a" * 5000, id="slow"),
        pytest.param("[^\\n\\r]*a[^\\n\\r]*b", "a" * 200_000, id="slower than its length"),
        pytest.param("(?:a|bc)*", "a" * 1_000_000, id="deep"),
    ],
)
def test_a_match_without_end_is_given_up(values: Values, pattern: str, given: str) -> None:
    # The spec refuses the first. The others show what is left to bound.
    assert values.encode_one(given, type="text", pattern=pattern) == "cannot be checked"
