"""Examples as tests: never against real AWS, compared by value and not by spelling, each failure in one clear line."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from udfgen import commands
from udfgen.errors import CallError, UsageError
from udfgen.ir import Function, Kind, Program, Type, Value
from udfgen.spec import check
from udfgen.trial import Outcome, columns, is_same, neutral, neutral_arguments, request, require_loopback, run

SPEC = """
udfgen: 1
name: sensors
aws: {region: eu-west-1}
bindings: {score: {function: score-customer, qualifier: live}}
functions:
  f:
    binding: score
    parameters: {a: bigint, b: {type: bytes, default: null}, c: {type: json, default: null}}
    payload: {a: $a, b: $b, c: $c}
    returns: {type: "decimal(5,2)"}
    grant: [app]
    examples: [EXAMPLES]
  rows:
    binding: score
    returns: {table: {n: bigint, at: timestamptz}}
    grant: [app]
engines: {postgresql: {}}
"""
UNREACHABLE = "http://127.0.0.1:1"
Rows = Sequence[Mapping[str, "str | None"]]


def program(examples: str = "{arguments: {a: 1}, result: 1.50}", **replaced: str) -> Program:
    text = SPEC.replace("EXAMPLES", examples)
    for old, new in replaced.items():
        text = text.replace(old, new)
    return commands.compile_program(check.check_text(text, "spec.yaml"))


class FakeSession:
    """A session whose calls give what the test says."""

    def __init__(self, rows: Rows | CallError, endpoint: str = UNREACHABLE) -> None:
        self.rows, self.url = rows, endpoint
        self.calls: list[tuple[str, dict[str, str | None]]] = []

    def endpoint(self, program: Program, bundle: Any) -> str:
        return self.url

    def call(self, program: Program, function: Function, arguments: Mapping[str, str | None]) -> Rows:
        self.calls.append((function.name, dict(arguments)))
        if isinstance(self.rows, CallError):
            raise self.rows
        return self.rows


def outcomes(spec: Program, session: FakeSession) -> list[Outcome]:
    return list(run(spec, None, session))  # type: ignore[arg-type]


def told(spec: Program, rows: Rows | CallError) -> str:
    """Return what is told of the one example of a program."""
    (outcome,) = outcomes(spec, FakeSession(rows))
    assert outcome.is_fine is (not outcome.told)
    return outcome.told


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://127.0.0.1:9001",
        "https://127.0.0.1",
        "http://127.9.9.9:1/x",
        "http://[::1]:9001",
        "http://localhost:9001",
    ],
)
def test_a_loopback_endpoint_is_fine(endpoint: str) -> None:
    require_loopback(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://lambda.eu-west-1.amazonaws.com",
        "http://localhost.example.com:9001",
        "http://127.0.0.1.nip.io",
        "http://127.0.0.1@example.com",
        "http://example.com/127.0.0.1",
        "http://10.0.0.1:9001",
        "http://0.0.0.0:9001",
        "http://[::]:9001",
        "http://[::ffff:10.0.0.1]:9001",
        "http://169.254.169.254",
        "127.0.0.1:9001",
        "",
    ],
)
def test_any_other_endpoint_is_refused_before_a_call(endpoint: str) -> None:
    session = FakeSession([], endpoint)
    with pytest.raises(UsageError, match=r"only against a loopback endpoint.*udfgen local"):
        outcomes(program(), session)
    assert session.calls == []


def kind(name: str, **sized: int) -> Type:
    return Type(Kind(name), **sized)


DECIMAL = kind("decimal", precision=5, scale=2)


@pytest.mark.parametrize(
    ("type_", "expected", "text"),
    [
        (kind("bigint"), 42, "42"),
        (kind("bigint"), "42", "42"),
        (kind("bigint"), Decimal("4.2E+1"), "42"),
        (DECIMAL, Decimal("87.5"), "87.50"),
        (DECIMAL, 87, "87.00"),
        (kind("double"), Decimal("0.1"), "0.1"),
        (kind("double"), Decimal("1E+21"), "1e+21"),
        (kind("double"), 0, "-0"),
        (kind("real"), Decimal("0.5"), "0.5"),
        (kind("boolean"), True, "true"),
        (kind("text"), " x ", " x "),
        (kind("text"), "", ""),
        (kind("uuid"), "6F1C2F60-0F0E-4D3A-9B57-3A1D5C1F0A01", "6f1c2f60-0f0e-4d3a-9b57-3a1d5c1f0a01"),
        (kind("date"), "2026-02-03", "2026-02-03"),
        (kind("time"), "12:00:00.500", "12:00:00.5"),
        (kind("time"), "24:00:00", "24:00:00.000000"),
        (kind("timestamp"), "2026-02-03T10:15:00", "2026-02-03T10:15:00"),
        (kind("timestamp"), "2026-02-03T10:15:00.1", "2026-02-03T10:15:00.100000"),
        (kind("timestamptz"), "2026-02-03T10:15:00Z", "2026-02-03T10:15:00+00:00"),
        (kind("timestamptz"), "2026-02-03T11:15:00.50+01:00", "2026-02-03T10:15:00.5Z"),
        (kind("json"), {"a": (1, Decimal("1.50"), None)}, '{ "a": [1.0, 1.5, null] }'),
        (kind("json"), {"a": 1, "b": 2}, '{"b":2,"a":1}'),
        (kind("bytes"), "AAH/", "0001ff"),
        (kind("bytes"), "", ""),
        (kind("bigint"), None, None),
    ],
)
def test_the_same_value(type_: Type, expected: Value, text: str | None) -> None:
    assert is_same(type_, expected, text)


@pytest.mark.parametrize(
    ("type_", "expected", "text"),
    [
        (kind("bigint"), 42, "43"),
        (kind("bigint"), None, "0"),
        (kind("bigint"), 0, None),
        (DECIMAL, Decimal("87.5"), "87.51"),
        (kind("double"), Decimal("0.1"), "0.10000000000000002"),
        (kind("boolean"), True, "false"),
        (kind("text"), "", None),
        (kind("text"), "a", "A"),
        (kind("text"), "1.0", "1"),
        (kind("uuid"), "6f1c2f60-0f0e-4d3a-9b57-3a1d5c1f0a01", "6f1c2f60-0f0e-4d3a-9b57-3a1d5c1f0a02"),
        (kind("date"), "2026-02-03", "2026-02-04"),
        (kind("time"), "12:00:00.5", "12:00:00.05"),
        (kind("timestamp"), "2026-02-03T10:15:00", "2026-02-03T10:15:01"),
        (kind("timestamptz"), "2026-02-03T10:15:00Z", "2026-02-03T10:15:00.000001Z"),
        (kind("timestamptz"), "2026-02-03T10:15:00Z", "2026-02-03T10:15:00+01:00"),
        (kind("timestamp"), "2026-02-03T10:15:00", "infinity"),
        (kind("json"), {"a": 1}, '{"a": "1"}'),
        (kind("json"), {"a": True}, '{"a": 1}'),
        (kind("json"), {"a": (1,)}, '{"a": 1}'),
        (kind("json"), {"a": 0}, '{"a": false}'),
        (kind("bytes"), "AAH/", "0001fe"),
    ],
)
def test_another_value(type_: Type, expected: Value, text: str | None) -> None:
    assert not is_same(type_, expected, text)


def test_neutral_texts_of_arguments() -> None:
    (function, _) = program().functions
    given: dict[str, Value] = {"a": 7, "b": "AAH/", "c": {"x": Decimal("1.50")}}
    assert neutral_arguments(function, given) == {"a": "7", "b": "0001ff", "c": '{"x":1.50}'}
    assert neutral_arguments(function, {"c": None}) == {"c": None}
    assert neutral(kind("boolean"), False) == "false"


def test_the_columns_of_a_call() -> None:
    scalar, table = program().functions
    assert (columns(scalar), columns(table)) == (("result",), ("n", "at"))


def test_a_request_from_the_command_line() -> None:
    function, arguments = request(program(), "f", ["a=1", "b=AAH/", 'c={"x": "="}'])
    assert function.name == "f"
    assert arguments == {"a": "1", "b": "0001ff", "c": '{"x": "="}'}
    assert request(program(), "rows", [])[1] == {}
    assert request(program(), "f", ["a="])[1] == {"a": ""}


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        ("nosuch", [], 'the spec has no function "nosuch": it has f, rows'),
        ("f", ["d=1"], '"d" of f: give each of a, b, c at most once, as name=value'),
        ("f", ["a"], "a word of f"),
        ("f", ["a=1", "a=2"], '"a" of f'),
        ("f", ["=1"], "a word of f"),
        ("rows", ["a=1"], "give each of none"),
        ("f", ["b=?"], "a bytes argument is not base64"),
        ("f", ["b=AAH/"], "f needs a: give each as name=value"),
    ],
)
def test_a_wrong_request(name: str, given: list[str], says: str) -> None:
    with pytest.raises(UsageError) as caught:
        request(program(), name, given)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("examples", "rows", "expected"),
    [
        ("{arguments: {a: 1}, result: 1.50}", [{"result": "1.50"}], ""),
        ("{arguments: {a: 1}, result: 1.50}", [{"result": "1.51"}], "expected 1.50, got 1.51"),
        ("{arguments: {a: 1}, result: 1.50}", [{"result": None}], "expected 1.50, got None"),
        ("{arguments: {a: 1}, result: null}", [{"result": None}], ""),
        ("{arguments: {a: 1}, result: null}", [{"result": "0"}], "expected null, got 0"),
        ("{arguments: {a: 1}}", [{"result": "7"}], ""),
        (
            "{arguments: {a: 1}, error: throttled}",
            [{"result": "7"}],
            "expected the error throttled, and the call succeeded",
        ),
        ("{arguments: {a: 1}, error: throttled}", CallError("[udfgen throttled] x", "throttled"), ""),
        (
            "{arguments: {a: 1}, error: throttled}",
            CallError("[udfgen timeout] x", "timeout"),
            "expected the error throttled, got: [udfgen timeout] x",
        ),
        ("{arguments: {a: 1}, result: 1}", CallError("no", None), "expected a result, got: no"),
    ],
)
def test_what_is_told_of_a_result(examples: str, rows: Rows | CallError, expected: str) -> None:
    assert told(program(examples), rows) == expected


ROWS = "{result: [{n: 1, at: '2026-02-03T10:15:00Z'}, {n: null, at: null}]}"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([{"n": "1", "at": "2026-02-03T11:15:00+01:00"}, {"n": None, "at": None}], ""),
        ([], "expected 2 rows, got 0"),
        ([{"n": "2", "at": "2026-02-03T10:15:00Z"}, {"n": None, "at": None}], "row 1, n: expected 1, got 2"),
        ([{"n": "1", "at": "2026-02-03T10:15:00Z"}, {"n": None, "at": "x"}], "row 2, at: expected null, got x"),
    ],
)
def test_what_is_told_of_rows(rows: Rows, expected: str) -> None:
    spec = program(
        "",
        **{
            "returns: {table: {n: bigint, at: timestamptz}}": f"""returns: {{table: {{n: bigint, at: timestamptz}}}}
    examples: [{ROWS}]"""
        },
    )
    assert told(spec, rows) == expected


def test_every_example_has_its_place_and_its_arguments() -> None:
    session = FakeSession([{"result": "1.50"}])
    found = outcomes(program("{arguments: {a: 1}, result: 1.5}, {arguments: {a: 2, b: AAH/}, result: 2}"), session)
    assert [(each.function, each.example, each.is_fine) for each in found] == [
        ("f", "spec.yaml:13:16", True),
        ("f", "spec.yaml:13:50", False),
    ]
    assert session.calls == [("f", {"a": "1"}), ("f", {"a": "2", "b": "0001ff"})]


@pytest.fixture
def arrived(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """What the endpoint says that it has seen; a second question sees what came since."""
    seen: list[dict[str, Any]] = []
    asked: list[str] = []

    def urlopen(url: str, timeout: float) -> io.BytesIO:
        asked.append(url)
        after = int(url.rpartition("=")[2])
        known = seen if len(asked) > 1 else seen[:1]
        return io.BytesIO(json.dumps({"invocations": [each for each in known if each["number"] > after]}).encode())

    monkeypatch.setattr("urllib.request.urlopen", urlopen)
    yield seen
    assert all(url.startswith(f"{UNREACHABLE}/_udfgen/invocations?after=") for url in asked)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ('{"c":null,"b":null,"a":1.0}', ""),
        (
            '{"a":"1","b":null,"c":null}',
            'expected the payload {"a":1,"b":null,"c":null}, {"a":"1","b":null,"c":null} arrived',
        ),
        (None, "no call arrived at the endpoint"),
    ],
)
def test_what_arrived_is_compared(payload: str | None, expected: str, arrived: list[dict[str, Any]]) -> None:
    arrived.append({"number": 4, "payload": "earlier"})
    if payload is not None:
        arrived.append({"number": 5, "payload": payload})
    example = "{arguments: {a: 1}, payload: {a: 1, b: null, c: null}, result: 1.5}"
    assert told(program(example), [{"result": "1.50"}]) == expected


BATCH = {
    "payload: {a: $a, b: $b, c: $c}": "batch: {}",
    "{a: bigint, b: {type: bytes, default: null}, c: {type: json, default: null}}": "{a: bigint, b: text}",
}


@pytest.mark.parametrize(
    ("wire", "row", "sent", "is_fine"),
    [
        ("{}", "[1, x]", '{"external_function":"sensors.f","arguments":[[1,"x"]]}', True),
        ("{}", "[1, x]", '{"external_function":"sensors.f","arguments":[[1,"y"]]}', False),
        ("{}", "[1, x]", '{"external_function":"sensors.f","arguments":[[1,"x"],[1,"x"]]}', False),
        ("{}", "[1, x]", '[[1,"x"]]', False),
        ("{wire: list}", "{a: 1, b: x}", '[{"a":1.0,"b":"x"}]', True),
        ("{wire: list}", "{a: 1, b: x}", '{"arguments":[{"a":1,"b":"x"}]}', False),
    ],
)
def test_of_a_batch_its_row_is_compared(
    wire: str, row: str, sent: str, is_fine: bool, arrived: list[dict[str, Any]]
) -> None:
    arrived += [{"number": 4, "payload": "earlier"}, {"number": 5, "payload": sent}]
    example = f"{{arguments: {{a: 1, b: x}}, payload: {row}, result: 1.5}}"
    made = program(example, **{old: new.replace("{}", wire) for old, new in BATCH.items()})
    found = told(made, [{"result": "1.50"}])
    assert (found == "") == is_fine
    assert is_fine or found.endswith(f"{sent} arrived")
