"""The C++ core's values against the vectors in native/contract, and against PostgreSQL's core."""

from __future__ import annotations

import base64
import json
import math
import random
import struct
import subprocess
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.native.cpp import build
from tests.native.test_contract_python import cases, load, reply_of, to_text
from tests.native.test_contract_python import encode as encode_python
from tests.unit.core_support import core

Case = dict[str, Any]

BINDING = {"name": "score", "target": "score", "invoke": "sync", "timeout_ms": 1000, "connect_timeout_ms": 1000}


class Values:
    """The program `values`, answering one case after the other."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def ask(self, op: str, parameters: Any = (), payload: Any = (), returns: Any = None, **request: Any) -> Case:
        """Return the outcome of one case: its value in hexadecimal digits, or its error."""
        returns = returns or {"kind": "void"}
        function = {"name": "f", "binding": BINDING, "parameters": parameters, "payload": payload, "returns": returns}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"op": op, "function": function} | request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the program ended; a sanitizer's report stands on stderr"
        answer: Case = json.loads(line)
        return answer

    def encode(self, case: Case, arguments: list[Any]) -> Case:
        """Return the body for arguments in the server's spelling, as text, or the error."""
        answer = self.ask("encode", case["parameters"], case["payload"], arguments=arguments)
        return {"body": bytes.fromhex(answer["value"]).decode()} if "value" in answer else answer

    def decode(self, returns: Case, body: bytes) -> Case:
        """Return the result, or the rows, of a reply as neutral values, or the error."""
        answer = self.ask("decode", returns=returns, body=body.hex())
        if "error" in answer:
            return answer
        found = None if answer["value"] is None else bytes.fromhex(answer["value"])
        if returns["kind"] != "table":
            return {"result": to_neutral(returns.get("type", ""), found)}
        assert found is not None
        kinds = [column["type"] for column in returns["columns"]]
        return {"rows": [list(map(to_neutral_cell, kinds, row)) for row in json.loads(found)]}


@pytest.fixture(scope="module", params=["plain", "sanitized"])
def values(request: pytest.FixtureRequest) -> Iterator[Values]:
    """The program, as it is compiled for use and with AddressSanitizer and UndefinedBehaviorSanitizer."""
    program = build("values", *(["UDFGEN_SANITIZE"] if request.param == "sanitized" else []))
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Values(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait() == 0, "a sanitizer's report stands on stderr"


# --- between neutral values and the server's spelling ----------------------------------------------------------


def text(value: str) -> Case:
    # Half of a surrogate pair becomes bytes that are no UTF-8, the nearest that these servers can hand over.
    return {"hex": value.encode("utf-8", "surrogatepass").hex()}


def to_argument(facts: Case, value: Any) -> Any:
    """Return an argument as the server hands it over."""
    kind = facts["type"]
    if value is None:
        return None
    if kind == "boolean":
        return text("1" if value else "0")
    if kind in ("real", "double"):
        return {"number": to_single(value) if kind == "real" else value}
    if kind == "bytes":
        return {"hex": value}
    if kind in ("timestamp", "timestamptz"):
        return text(value.replace("T", " ").replace("Z", ""))
    return text(value)


def to_single(value: str) -> str:
    number = float(value)
    return repr(struct.unpack("<f", struct.pack("<f", number))[0]) if math.isfinite(number) else value


def to_neutral(kind: str, found: bytes | None) -> Any:
    if found is None:
        return None
    if kind == "bytes":
        return found.hex()
    shown = found.decode()
    if kind == "boolean":
        return {"1": True, "0": False}[shown]
    if kind in ("timestamp", "timestamptz"):
        return shown.replace(" ", "T") + "Z" * (kind == "timestamptz")
    return shown


def to_neutral_cell(kind: str, cell: str | None) -> Any:
    """Return the neutral value of a cell, whose bytes are in base64."""
    if cell is None:
        return None
    return to_neutral(kind, base64.b64decode(cell, validate=True) if kind == "bytes" else cell.encode())


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


# --- what only these servers hand over -------------------------------------------------------------------------

DATE = "must be a date from 0001-01-01 to 9999-12-31"
TIME = "must be a time from 00:00:00 to 23:59:59.999999"
MOMENT = "must be a real date in the years 1 to 9999"


def encode_one(values: Values, argument: Any, **facts: Any) -> Any:
    """Return the body for one argument, or what its error says after the name of the parameter."""
    answer = values.encode({"parameters": [{"name": "v"} | facts], "payload": [0]}, [argument])
    if "body" in answer:
        return answer["body"]
    assert answer["error"]["code"] == "bad_argument"
    return answer["error"]["message"].removeprefix('score: argument "v": ')


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("date", "0000-00-00", DATE),
        ("date", "2024-00-10", DATE),
        ("date", "2024-02-00", DATE),
        ("date", "2023-02-29", DATE),
        ("date", "2016-02-15 12:00:00", DATE),
        ("time", "-00:00:01", TIME),
        ("time", "24:00:00", TIME),
        ("time", "838:59:59", TIME),
        ("time", "-838:59:59.000000", TIME),
        ("time", "12:00:00.", TIME),
        ("time", "12:00:00.000000", '"12:00:00"'),
        ("time", "00:00:00.000100", '"00:00:00.0001"'),
        ("time", "10:20:30", '"10:20:30"'),
        ("timestamp", "0000-00-00 00:00:00", MOMENT),
        ("timestamp", "2024-00-10 00:00:00.000000", MOMENT),
        ("timestamp", "2024-02-31 00:00:00", MOMENT),
        ("timestamp", "2016-02-15", MOMENT),
        ("timestamp", "", MOMENT),
        ("timestamptz", "0000-00-00 00:00:00", MOMENT),
        ("timestamptz", "2016-02-15 12:00:00.000000", '"2016-02-15T12:00:00Z"'),
        ("timestamp", "2016-02-15 12:00:00.000000", '"2016-02-15T12:00:00"'),
        ("boolean", "-128", "true"),
        ("boolean", "10", "true"),
        ("bigint", "18446744073709551615", "must fit bigint"),
        ("bigint", "", "must fit bigint"),
        ("bigint", "12a", "must fit bigint"),
        ("bigint", "007", "7"),
        ("decimal", "", "must be a finite number"),
    ],
)
def test_spellings(values: Values, kind: str, given: str, expected: str) -> None:
    sizes = {"precision": 5, "scale": 2} if kind == "decimal" else {}
    assert encode_one(values, text(given), type=kind, **sizes) == expected


@pytest.mark.parametrize("given", ["ff", "c080", "eda080", "f4908080", "e282", "61ff", "80"])
def test_text_that_is_no_utf8_is_refused(values: Values, given: str) -> None:
    assert encode_one(values, {"hex": given}, type="text") == "must be valid Unicode"
    quoted = {"hex": "22" + given + "22"}
    assert encode_one(values, quoted, type="json") == "must be valid Unicode"
    assert encode_one(values, {"hex": given}, type="text", pattern="[^a]*") == "must match [^a]*"


def test_a_double_that_no_real_holds_is_refused(values: Values) -> None:
    assert encode_one(values, {"number": "3.5e38"}, type="real") == "must fit real"


def test_the_number_of_arguments_is_checked(values: Values) -> None:
    answer = values.encode({"parameters": [{"name": "v", "type": "text"}], "payload": [0]}, [])
    assert answer["error"] == {"code": "bad_argument", "message": "score: takes 1 argument"}


def test_a_match_that_takes_too_long_is_refused(values: Values) -> None:
    # The spec refuses this pattern. It stands for whatever else could go beyond the bounds.
    slow = "(?:a+)+b"
    assert encode_one(values, text("a" * 5000), type="text", pattern=slow) == f"must match {slow}"


def test_a_long_text_matches(values: Values) -> None:
    long = "ab-" * 100_000
    assert encode_one(values, text(long), type="text", pattern="(?:[a-z]{2}-)*") == f'"{long}"'


def test_a_long_message_is_cut_between_characters(values: Values) -> None:
    found = values.encode(
        {"parameters": [{"name": "v", "type": "text", "enum": ["\u00e9" * 600]}], "payload": [0]}, [text("x")]
    )
    message = found["error"]["message"]
    assert len(message) == len("score: ") + 500
    assert message.endswith("\u00e9...")


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
        expected = outcome_python(body_python, case)
        assert values.encode(case, [to_argument(facts, given)]) == expected, case


def test_replies_at_random(values: Values) -> None:
    source = random.Random(20160215)
    short = [case for case in load("decoding.json") if len(case.get("reply", "x" * 400)) < 400]
    for _ in range(4000):
        case = source.choice(short)
        body = mutate(source, case["reply"]).encode()
        expected = outcome_python(decode_python, case["returns"], body)
        assert values.decode(case["returns"], body) == expected, (case["returns"], body)


def test_json_at_random(values: Values) -> None:
    source = random.Random(1)
    replies = [case["reply"] for case in load("decoding.json") if "reply" in case and len(case["reply"]) < 400]
    check_encodings(values, [({"type": "json"}, mutate(source, source.choice(replies))) for _ in range(1500)])


def test_floating_point_at_random(values: Values) -> None:
    source = random.Random(2)
    doubles = [struct.unpack("<d", source.randbytes(8))[0] for _ in range(1500)]
    reals = [struct.unpack("<f", source.randbytes(4))[0] for _ in range(1500)]
    check_encodings(values, [({"type": "double"}, repr(number)) for number in doubles])
    check_encodings(values, [({"type": "real"}, repr(number)) for number in reals])


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
        number += source.choice(
            ("", f"e{source.randint(-400, 400)}", f"E{source.randint(-30, 30)}", "e-99999999999999999999")
        )
        returns = {"kind": "scalar", "type": kind, "path": [], "round": source.random() < 0.5}
        returns |= {"precision": 38, "scale": 19} if kind == "decimal" else {}
        expected = outcome_python(decode_python, returns, number.encode())
        assert values.decode(returns, number.encode()) == expected, (returns, number)


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
