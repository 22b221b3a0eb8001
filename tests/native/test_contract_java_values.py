"""The Java core's values against the vectors in native/contract, and against PostgreSQL's core."""

from __future__ import annotations

import json
import random
import re
import struct
import subprocess
import time
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pytest

from tests.native.jvm import command, compile_java
from tests.native.test_contract_cpp_values import BINDING, body_python, decode_python, mutate, outcome_python
from tests.native.test_contract_python import cases, load, reply_of
from tests.unit.test_pattern import CANONICAL
from udfgen.spec.pattern import canonical

Case = dict[str, Any]

NUMBERS = frozenset({"smallint", "integer", "bigint", "decimal", "real", "double"})


class Values:
    """The program `ValuesRunner`, answering one case after the other."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def ask(self, op: str, parameters: Any = (), payload: Any = (), returns: Any = None, **request: Any) -> Case:
        """Return the outcome of one case in the contract's words: `value`, `rows` or `error`."""
        returns = returns or {"kind": "void"}
        function = {"name": "f", "binding": BINDING, "parameters": parameters, "payload": payload, "returns": returns}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"op": op, "function": function} | request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the program ended; its exception stands on stderr"
        answer: Case = json.loads(line)
        return {"error": to_error(answer["error"])} if "error" in answer else answer

    def encode(self, case: Case, arguments: Sequence[Any]) -> Case:
        """Return the body for arguments in the runner's form, or the error."""
        answer = self.ask("encode", case["parameters"], case["payload"], arguments=arguments)
        return {"body": answer["value"]} if "value" in answer else answer

    def decode(self, returns: Case, body: bytes) -> Case:
        """Return the result, or the rows, of a reply, or the error."""
        answer = self.ask("decode", returns=returns, body=body.hex())
        return {"result": answer["value"]} if "value" in answer else answer


def to_error(described: str) -> Case:
    """Return the parts of `[udfgen <code>]: <message>`."""
    mark, _, message = described.partition(": ")
    assert mark.startswith("[udfgen ")
    assert mark.endswith("]")
    return {"code": mark[len("[udfgen ") : -1], "message": message}


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Values]:
    """The program, started once for all cases."""
    classes = compile_java(tmp_path_factory.mktemp("classes"), "ValuesRunner")
    runner = command(classes, "ValuesRunner")
    with subprocess.Popen(
        runner, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        yield Values(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait() == 0, "its exception stands on stderr"


def to_argument(facts: Case, value: Any) -> Any:
    """Return an argument of the contract in the runner's form."""
    if isinstance(value, str) and facts["type"] in NUMBERS:
        return {"number": value}
    return {"hex": value} if isinstance(value, str) and facts["type"] == "bytes" else value


def encode_one(values: Values, value: Any, **facts: Any) -> Any:
    """Return the body for one argument that is the whole payload, or what is said of it."""
    answer = values.encode({"parameters": [{"name": "v"} | facts], "payload": [0]}, [value])
    return answer["body"] if "body" in answer else answer["error"]["message"].removeprefix('score: argument "v": ')


def decode_one(values: Values, reply: str, **facts: Any) -> Any:
    """Return the result that is the whole reply, or what is said of it."""
    answer = values.decode({"kind": "scalar", "path": []} | facts, reply.encode())
    return answer["result"] if "result" in answer else answer["error"]["message"].removeprefix("score: result at $: ")


# --- the vectors -----------------------------------------------------------------------------------------------


def check_encoding(values: Values, case: Case) -> None:
    arguments = [to_argument(*each) for each in zip(case["parameters"], case["arguments"], strict=True)]
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
    assert encode_one(values, {"number": given}, type=kind, **sizes) == expected


DATE = "must be a date from 0001-01-01 to 9999-12-31"
TIME = "must be a time from 00:00:00 to 23:59:59.999999"
MOMENT = "must be a real date in the years 1 to 9999"


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
    assert encode_one(values, given, type=kind) == expected


def test_the_number_of_arguments_is_checked(values: Values) -> None:
    answer = values.encode({"parameters": [{"name": "v", "type": "text"}], "payload": [0]}, [])
    assert answer["error"] == {"code": "bad_argument", "message": "score: takes 1 argument"}


def test_a_long_message_is_cut_between_characters(values: Values) -> None:
    said = encode_one(values, "x", type="text", enum=["\U0001f600" * 600])
    whole = 'argument "v": ' + said
    assert len(whole) == 500
    assert whole.endswith("\U0001f600...")


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
            said = encode_one(values, each, type="text", pattern=pattern)
            matches = re.fullmatch(pattern, each) is not None
            wanted = "must be valid Unicode" if "\ud83d" in each else json.dumps(each, ensure_ascii=False)
            assert said == (wanted if matches else f"must match {pattern}"), (pattern, each)


def test_every_character_of_ascii_is_itself_in_a_pattern(values: Values) -> None:
    for code in range(128):
        for text in (f"\\x{code:02X}", f"[\\x{code:02X}a]"):
            pattern = canonical(text)
            assert json.loads(encode_one(values, chr(code), type="text", pattern=pattern)) == chr(code), pattern
            other = "b" if chr(code ^ 1) == "a" else chr(code ^ 1)
            assert encode_one(values, other, type="text", pattern=pattern) == f"must match {pattern}", pattern


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
    assert encode_one(values, given, type="text", pattern=pattern) == "cannot be checked"


def test_a_long_text_matches(values: Values) -> None:
    long = "ab-" * 100_000
    assert encode_one(values, long, type="text", pattern="(?:[a-z]{2}-)*") == f'"{long}"'


# --- the same as PostgreSQL's core, for values that nobody wrote down ------------------------------------------


def check_encodings(values: Values, made: list[tuple[Case, str]]) -> None:
    """Compare the cores on pairs of a parameter's facts and a neutral value."""
    for facts, given in made:
        case = {"parameters": [{"name": "v"} | facts], "payload": [0], "arguments": [given]}
        assert values.encode(case, [to_argument(facts, given)]) == outcome_python(body_python, case), case


def check_results(values: Values, returns: Case, reply: str) -> None:
    body = reply.encode()
    assert values.decode(returns, body) == outcome_python(decode_python, returns, body), (returns, reply)


def test_replies_at_random(values: Values) -> None:
    source = random.Random(20160215)
    short = [case for case in load("decoding.json") if len(case.get("reply", "x" * 400)) < 400]
    for case in source.choices(short, k=1500):
        check_results(values, case["returns"], mutate(source, case["reply"]))


def test_json_at_random(values: Values) -> None:
    source = random.Random(1)
    replies = [case["reply"] for case in load("decoding.json") if "reply" in case and len(case["reply"]) < 400]
    check_encodings(values, [({"type": "json"}, mutate(source, source.choice(replies))) for _ in range(600)])


def test_floating_point_at_random(values: Values) -> None:
    source = random.Random(2)
    doubles = [struct.unpack("<d", source.randbytes(8))[0] for _ in range(500)]
    doubles += [source.randint(0, 2**53) / 10 ** source.randint(0, 20) for _ in range(200)]
    doubles += [sign * 2.0**exponent for exponent in range(-1074, 1024, 7) for sign in (1, -1)]
    doubles += [count * 5e-324 for count in range(60)]
    reals = [struct.unpack("<f", source.randbytes(4))[0] for _ in range(500)]
    reals += [2.0**exponent for exponent in range(-149, 128)] + [count * 2.0**-149 for count in range(60)]
    for kind, numbers in (("double", doubles), ("real", reals)):
        made = [repr(number).replace("nan", "NaN").replace("inf", "Infinity") for number in numbers]
        check_encodings(values, [({"type": kind}, each) for each in made])


def test_decimals_at_random(values: Values) -> None:
    source = random.Random(3)
    made: list[tuple[Case, str]] = []
    for _ in range(600):
        precision = source.randint(1, 38)
        scale = source.randint(0, precision)
        digits = "".join(source.choices("0459", k=source.randint(1, precision + 2)))
        number = format(Decimal(source.choice(("", "-")) + digits).scaleb(-source.randint(0, scale + 2)), "f")
        bounds = {"min": "-44.5", "max": source.choice(("0", "0.45", "995"))}
        made.append(({"type": "decimal", "precision": precision, "scale": scale} | bounds, number))
    check_encodings(values, made)


def test_replies_with_numbers_at_random(values: Values) -> None:
    source = random.Random(4)
    for _ in range(1000):
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
