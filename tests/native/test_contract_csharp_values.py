"""What only .NET hands over to the C# core, its doubles and patterns. The vectors are in test_contract_values.py."""

from __future__ import annotations

import json
import math
import random
import re
import struct
from collections.abc import Iterator
from decimal import Context, Decimal
from typing import Any

import pytest

from tests.native.test_contract_python import load, reply_of
from tests.native.values_support import DATE, MOMENT, TIME, CsharpValues, Values, csharp, stored
from tests.unit.core_support import core
from tests.unit.test_pattern import CANONICAL
from udfgen.spec.pattern import canonical

Case = dict[str, Any]

ROWS = {"kind": "table", "rows": []}


@pytest.fixture(scope="module")
def values() -> Iterator[Values]:
    """The program, started once for all cases."""
    with csharp() as running:
        yield running


def decode_one(values: Values, reply: str, **facts: Any) -> Any:
    """Return the result that is the whole reply, or what is said of it."""
    answer = values.decode({"kind": "scalar", "path": []} | facts, reply.encode())
    return answer["result"] if "result" in answer else answer["error"]["message"].removeprefix("score: result at $: ")


# --- what only .NET hands over -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("bigint", "-9223372036854775808", "-9223372036854775808"),
        ("bigint", "9223372036854775807", "9223372036854775807"),
        ("bigint", "18446744073709551616", "must fit bigint"),
        ("bigint", "9223372036854775807.5", "must fit bigint"),
        ("bigint", "1e999999999999", "must fit bigint"),
        ("bigint", "0e999999999999", "0"),
        ("integer", "2147483648", "must fit integer"),
        ("integer", "-2147483648", "-2147483648"),
        ("smallint", "32768", "must fit smallint"),
        ("smallint", "-32768", "-32768"),
        ("decimal", "0e999999999999", "0.00"),
        ("decimal", "1e-999999999999", "0.00"),
        ("decimal", "-0.005", "-0.01"),
        ("decimal", "-0.00499999999999999999999999999999999999999", "0.00"),
        ("decimal", "999.994999", "999.99"),
        ("decimal", "999.995", "must fit decimal(5,2)"),
        ("decimal", "1e999999999999", "must fit decimal(5,2)"),
        ("decimal", "NaN", "must be a finite number"),
        ("bigint", "NaN", "must be a finite number"),
    ],
)
def test_numbers(values: Values, kind: str, given: str, expected: str) -> None:
    sizes = {"precision": 5, "scale": 2} if kind == "decimal" else {}
    assert values.encode_one({"number": given}, type=kind, **sizes) == expected


@pytest.mark.parametrize("kind", ["real", "double"])
@pytest.mark.parametrize("bits", ["7ff0000000000000", "fff0000000000000", "7ff8000000000000", "7ff0000020000000"])
def test_what_is_not_finite_is_refused(values: Values, kind: str, bits: str) -> None:
    assert values.encode_one({"bits": bits}, type=kind) == "must be a finite number"


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("date", "2024-02-29", '"2024-02-29"'),
        ("date", "2023-02-29", DATE),
        ("date", "1900-02-29", DATE),
        ("date", "0000-12-31", DATE),
        ("date", "2024-04-31", DATE),
        ("date", "2024-13-01", DATE),
        ("date", "2024-00-01", DATE),
        ("date", "2024-01-00", DATE),
        ("date", "2024-1-01", DATE),
        ("date", "10000-01-01", DATE),
        ("date", "2024-01-01T00:00:00", DATE),
        ("date", "\u0662024-01-01", DATE),
        ("time", "12:00:00.", TIME),
        ("time", "12:00:00.000000", '"12:00:00"'),
        ("time", "12:00:00.100100", '"12:00:00.1001"'),
        ("time", "10:20:30", '"10:20:30"'),
        ("time", "12:00:00.1234567", TIME),
        ("time", "24:00:00", TIME),
        ("time", "23:60:00", TIME),
        ("time", "23:59:60", TIME),
        ("time", "12:00", TIME),
        ("time", "", TIME),
        ("timestamp", "2016-02-15T12:00:00.50", '"2016-02-15T12:00:00.5"'),
        ("timestamp", "2016-02-15 12:00:00", MOMENT),
        ("timestamp", "2016-02-15T", MOMENT),
        ("timestamp", "2016-02-15", MOMENT),
        ("timestamptz", "2016-02-15T12:00:00.000000Z", '"2016-02-15T12:00:00Z"'),
        ("timestamptz", "2016-02-15T12:00:00", MOMENT),
        ("timestamptz", "Z", MOMENT),
        ("timestamptz", "", MOMENT),
    ],
)
def test_moments(values: Values, kind: str, given: str, expected: str) -> None:
    assert values.encode_one(given, type=kind) == expected


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("9999-12-31T23:59:59.999999-00:01", "must be in the years 1 to 9999"),
        ("9999-12-31T23:58:59.999999-00:01", "9999-12-31T23:59:59.999999Z"),
        ("0001-01-01T00:00:00+00:01", "must be in the years 1 to 9999"),
        ("0001-01-01T00:01:00+00:01", "0001-01-01T00:00:00Z"),
        ("2024-02-28T23:30:00.25-01:00", "2024-02-29T00:30:00.25Z"),
        ("2024-01-01T00:30:00+23:59", "2023-12-31T00:31:00Z"),
    ],
)
def test_zones_at_the_ends_of_time(values: Values, reply: str, expected: str) -> None:
    assert decode_one(values, json.dumps(reply), type="timestamptz") == expected


def test_a_name_is_read_before_it_is_compared(values: Values) -> None:
    # In the reply stands the escape of a line feed, in the path a backslash and an n.
    assert decode_one(values, r'{"\n": 1}', type="bigint", path=["\\n"]) == r"score: result at $['\n']: is missing"
    assert decode_one(values, r'{"\\n": 1}', type="bigint", path=["\\n"]) == "1"
    assert decode_one(values, r'{"\u0061": 1}', type="bigint", path=["a"]) == "1"


def test_names_are_compared_by_their_characters(values: Values) -> None:
    # A comparison by culture would ignore joiners, and take the two forms of an accent as one.
    reply = '{"a\u200d": 1, "e\u0301": 2}'
    for name in ("a", "a\u200c", "\u00e9", "\u00e9\u200c"):
        assert decode_one(values, reply, type="bigint", path=[name]).endswith("is missing")
    assert decode_one(values, reply, type="bigint", path=["e\u0301"]) == "2"


def test_a_path_is_shown_as_the_spec_writes_it(values: Values) -> None:
    said = decode_one(values, "{}", type="text", path=["a_1", 2, "1a", "B", "odd name", ""])
    assert said == "score: result at $.a_1[2]['1a'].B['odd name']['']: is missing"


@pytest.mark.parametrize(
    ("number", "facts", "expected"),
    [
        ("0.5" + "0" * 300, {}, "0.5"),
        ("0.5" + "0" * 300 + "1", {}, "must fit decimal(5,1)"),
        ("0.5" + "0" * 300 + "1", {"round": True}, "0.5"),
        ("0.04" + "9" * 300, {"round": True}, "0.0"),
        ("0." + "0" * 300 + "5e300", {}, "0.5"),
        ("9" * 300 + "e-296", {"round": True}, "must fit decimal(5,1)"),
        ("9" * 300 + "e-297", {"round": True}, "1000.0"),
    ],
)
def test_results_of_many_digits(values: Values, number: str, facts: Case, expected: str) -> None:
    assert decode_one(values, number, type="decimal", precision=5, scale=1, **facts) == expected


@pytest.mark.parametrize("kind", ["bigint", "double"])
@pytest.mark.parametrize("number", ["9" * 2_000_000, "1" + "0" * 2_000_000, "0." + "0" * 2_000_000 + "1"])
def test_the_size_of_a_number_costs_no_time(values: Values, kind: str, number: str) -> None:
    expected = "0" if kind == "double" and number[0] == "0" else f"must fit {kind}"
    # The program answers; with arithmetic on all digits it would do so after minutes.
    assert decode_one(values, number, type=kind) == expected


@pytest.mark.parametrize("text", ["QQ =", "QQ==\n", "QR==", "QQ=", "QQ", "Q\u00b5==", "QQ==QQ=="])
def test_base64_that_no_encoder_writes_is_refused(values: Values, text: str) -> None:
    assert decode_one(values, json.dumps(text), type="bytes") == "must be base64"


# --- doubles are read and printed exactly --------------------------------------------------------------------------


def some_doubles(source: random.Random) -> list[float]:
    """Return finite doubles: any bits, subnormal ones, powers of two and ten with their neighbours, and short ones."""
    found = [struct.unpack("<d", source.randbytes(8))[0] for _ in range(6000)]
    found += [struct.unpack("<d", source.randbytes(source.randint(1, 6)).ljust(8, b"\0"))[0] for _ in range(2000)]
    powers = [2.0**power for power in range(-1074, 1024)] + [float(f"1e{power}") for power in range(-323, 309)]
    found += [near for power in powers for near in (math.nextafter(power, 0), power, math.nextafter(power, math.inf))]
    found += [source.randint(-(10**6), 10**6) / 10 ** source.randint(0, 6) for _ in range(2000)]
    found += [float(source.randint(2**52, 2**60)) for _ in range(1000)]
    return [number for number in found if math.isfinite(number)]


def some_reals(source: random.Random) -> list[float]:
    """Return finite numbers of 32 bits: of any bits, and powers of two with their neighbours."""
    found = [source.getrandbits(32) for _ in range(4000)] + [source.getrandbits(20) for _ in range(500)]
    found += [(power << 23) + step for power in range(255) for step in (-1, 0, 1) if power or step >= 0]
    reals = [struct.unpack("<f", struct.pack("<I", bits))[0] for bits in found]
    return [number for number in reals if math.isfinite(number)]


def print_all(values: Values, kind: str, numbers: list[float]) -> list[str]:
    """Return what is sent for numbers, in calls of a thousand."""
    printed: list[str] = []
    for begin in range(0, len(numbers), 1000):
        part = numbers[begin : begin + 1000]
        parameters = [{"name": f"v{at}", "type": kind} for at in range(len(part))]
        payload = [piece for at in range(len(part)) for piece in (at, " ")]
        answer = values.encode({"parameters": parameters, "payload": payload}, list(map(stored, part)))
        printed += answer["body"].split()
    return printed


def read_all(values: Values, kind: str, numbers: list[str]) -> list[str]:
    """Return what a reply with numbers is read as, one a row."""
    answer = values.decode(
        ROWS | {"columns": [{"name": "v", "type": kind, "path": []}]}, f"[{','.join(numbers)}]".encode()
    )
    return [row[0] for row in answer["rows"]]


def test_doubles_are_printed_as_python_prints_them(values: Values) -> None:
    numbers = some_doubles(random.Random(20160215))
    assert len(numbers) > 15_000
    assert print_all(values, "double", numbers) == [core.ecmascript(repr(number)) for number in numbers]


def test_reals_are_printed_with_the_fewest_digits(values: Values) -> None:
    numbers = some_reals(random.Random(1))
    printed = print_all(values, "real", numbers)
    assert printed == [core.ecmascript(core._shortest_32(number)) for number in numbers]
    assert [struct.unpack("<f", struct.pack("<f", float(text)))[0] for text in printed] == numbers


def between(number: float) -> list[str]:
    """Return the decimal halfway from a number to the next one, exactly, and what is a little below and above it."""
    exact = Context(prec=2000)
    half = exact.divide(exact.add(Decimal(number), Decimal(math.nextafter(number, math.inf))), Decimal(2))
    digits = len(half.as_tuple().digits)
    little = half.scaleb(-digits - 5, exact)
    return [format(each, "e") for each in (half, exact.subtract(half, little), exact.add(half, little))]


def test_doubles_are_read_as_python_reads_them(values: Values) -> None:
    source = random.Random(3)
    positive = [abs(number) for number in some_doubles(source)]
    texts = [text for number in source.sample(positive, 2000) for text in between(number) if math.isfinite(float(text))]
    assert any(len(text) > 750 for text in texts), "those with the most digits that matter"
    for _ in range(8000):
        digits = "".join(source.choices("0123456789", k=source.choice((1, 5, 16, 17, 19, 40)))).lstrip("0") or "0"
        texts.append(f"{source.choice(('', '-'))}{digits}e{source.randint(-345, 290)}")
    texts = [text for text in texts if math.isfinite(float(text))]
    assert read_all(values, "double", texts) == [core.ecmascript(repr(float(text) + 0.0)) for text in texts]


def test_reals_are_doubles_rounded(values: Values) -> None:
    source = random.Random(4)
    # Halfway between two reals, and next to that: as doubles they are told apart.
    halves = [
        struct.unpack("<f", struct.pack("<I", source.getrandbits(23) | 1 << 23 | 1))[0] * 1.00000006 for _ in range(500)
    ]
    halves += [(source.getrandbits(24) * 2 + 1) * 2.0 ** source.randint(-174, 100) for _ in range(2000)]
    numbers = [near for half in halves for near in (math.nextafter(half, 0), half, math.nextafter(half, math.inf))]
    rounded = [struct.unpack("<f", struct.pack("<f", number))[0] for number in numbers]
    expected = [core.ecmascript(core._shortest_32(number)) for number in rounded]
    assert read_all(values, "real", list(map(repr, numbers))) == expected


@pytest.mark.parametrize(
    ("kind", "number", "expected"),
    [
        ("double", str(2**1024 - 2**970 - 1), "1.7976931348623157e+308"),
        ("double", str(2**1024 - 2**970), None),
        ("double", "9007199254740993." + "0" * 900, "9007199254740992"),
        ("double", "9007199254740993." + "0" * 900 + "1", "9007199254740994"),
        ("double", "1e309", None),
        ("double", "1e999999999999", None),
        ("double", "0e999999999999", "0"),
        ("double", "2.4703282292062327208e-324", "0"),
        ("double", "2.4703282292062327209e-324", "5e-324"),
        ("double", "1e-999999999999", "0"),
        ("double", "-0", "0"),
        ("double", "-1e-400", "0"),
        ("real", "3.4028235677973362e38", "3.4028235e+38"),
        ("real", "3.4028235677973366e38", None),
        ("real", "-3.4028235677973367e38", None),
        ("real", "7.006492321624085e-46", "0"),
        ("real", "7.0064923216240870e-46", "1e-45"),
        ("real", "-1e-60", "0"),
    ],
)
def test_the_ends_of_the_range(values: Values, kind: str, number: str, expected: str | None) -> None:
    assert decode_one(values, number, type=kind) == (expected or f"must fit {kind}")


# --- the culture has no say ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("culture", ["tr-TR", "ar-SA", "fa-IR", "th-TH", "sv-SE", "de-DE"])
def test_the_culture_of_the_server_has_no_say(culture: str) -> None:
    with csharp() as plain, CsharpValues(*plain.command, culture) as foreign:
        for case in load("encoding.json") + load("constraints.json"):
            pairs = zip(case["parameters"], case["arguments"], strict=True)
            arguments = [foreign.to_argument(*each) for each in pairs]
            expected = {"error": case["error"]} if "error" in case else {"body": case["body"]}
            assert foreign.encode(case, arguments) == expected, case
        for case in load("decoding.json"):
            expected = {key: case[key] for key in ("result", "rows", "error") if key in case}
            assert foreign.decode(case["returns"], reply_of(case)) == expected, case


# --- patterns ------------------------------------------------------------------------------------------------------

PATTERNS = [*CANONICAL.values(), "[a-c]*[0-9]{2}", "[^\\n\\r]?x{1,3}", "(?:a|b(?:c|d)?)*", "[^a]{2}", "\\[\\]\\{\\}#"]


def test_patterns_mean_in_dotnet_what_they_mean_in_python(values: Values) -> None:
    source = random.Random(5)
    letters = "aabbccdx0129&.,-[]{}$#_\\/ \t\n\r\u0085\u2028\u00e9\u0661\u0131\u212a\U0001f600"
    given = ["".join(source.choices(letters, k=source.randint(0, 6))) for _ in range(60)]
    given += ["", "aaBbBb", "A\t", "a.b/c-d", "aabbcc", "a.b.cd", "\U0001f600", "\U0001f600a", "a$", "ab\n"]
    for pattern in PATTERNS:
        for each in given:
            said = values.encode_one(each, type="text", pattern=pattern)
            matches = re.fullmatch(pattern, each) is not None
            assert said == (json.dumps(each, ensure_ascii=False) if matches else f"must match {pattern}"), each


@pytest.mark.parametrize("text", ["\ud83d", "a\ude00", "\ude00\ud83d"])
def test_half_of_a_pair_is_refused_with_and_without_a_pattern(values: Values, text: str) -> None:
    assert values.encode_one(text, type="text") == "must be valid Unicode"
    # A class takes a whole pair, so no pattern lets a half pass.
    assert values.encode_one(text, type="text", pattern="[^b]*") == "must match [^b]*"


def test_every_character_of_ascii_is_itself_in_a_pattern(values: Values) -> None:
    for code in range(128):
        for text in (f"\\x{code:02X}", f"[\\x{code:02X}a]"):
            pattern = canonical(text)
            assert json.loads(values.encode_one(chr(code), type="text", pattern=pattern)) == chr(code), pattern
            other = "b" if chr(code ^ 1) == "a" else chr(code ^ 1)
            assert values.encode_one(other, type="text", pattern=pattern) == f"must match {pattern}", pattern


def test_a_deep_match_needs_no_stack(values: Values) -> None:
    given = "abc" * 500_000
    assert values.encode_one(given, type="text", pattern="(?:a|bc)*") == f'"{given}"'


@pytest.mark.parametrize(
    ("pattern", "given"),
    [
        pytest.param("(?:a|aa)+b", "a" * 5000, id="slow"),
        pytest.param("[^\\n\\r]*a[^\\n\\r]*b", "a" * 200_000, id="slower than its length"),
    ],
)
def test_a_match_without_end_is_given_up(values: Values, pattern: str, given: str) -> None:
    # The spec refuses the first. The other shows what is left to bound.
    assert values.encode_one(given, type="text", pattern=pattern) == "cannot be checked"
