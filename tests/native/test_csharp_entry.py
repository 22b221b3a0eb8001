"""The C# core as the generated entry points call it: values of SQL in and out, rows, errors, who calls, the probe."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

import pytest

from tests.native.calls_support import KEYS, PROGRAM
from tests.native.csharp_calls_support import Session
from tests.native.test_java_entry import function
from tests.tds import wire
from tests.unit.core_support import Request, Server, answers, binding, http, refusal
from tests.unit.test_core_credentials import keys
from udfgen.local import signature
from udfgen.local.keys import Key, Keyring
from udfgen.local.wire import Request as Signed

NOBODY = "Server=127.0.0.1,1;User ID=a;Password=b;Connect Timeout=2;Pooling=false"
"""A session of a database that is not there."""

Given = Sequence["tuple[str, str | None] | None"]


@contextmanager
def running(who: str = NOBODY, **environment: str) -> Iterator[Session]:
    """Run the entry points in a process whose callers are known by a connection to `who`."""
    process = Session(KEYS | environment, "EntryRunner")
    with process:
        assert process.process.stdin
        process.process.stdin.write(json.dumps(who) + "\n")
        yield process


@pytest.fixture(scope="module")
def entry() -> Iterator[Session]:
    with running() as process:
        yield process


@pytest.fixture(scope="module")
def far() -> Iterator[Session]:
    """A server with a time zone and with a culture that writes numbers and dates in other ways."""
    with running(TZ="America/New_York", LANG="de_DE.UTF-8", LC_ALL="de_DE.UTF-8") as process:
        yield process


def run(entry: Session, server: Server, called: dict[str, Any], form: str, given: Given) -> Any:
    return entry.ask("run", form=form, program=at(server), function=called, arguments=given)


def rows(entry: Session, server: Server, called: dict[str, Any], forms: Sequence[str], given: Given) -> Any:
    return entry.ask("rows", forms=forms, program=at(server), function=called, arguments=given)


def at(server: Server) -> dict[str, Any]:
    return PROGRAM | {"endpoint": server.url}


# --- arguments -------------------------------------------------------------------------------------------------

NULL = "null"
SENT = [
    ("smallint", ("SqlInt16", "-32768"), "-32768"),
    ("integer", ("SqlInt32", "2147483647"), "2147483647"),
    ("bigint", ("SqlInt64", "-9223372036854775808"), "-9223372036854775808"),
    ("decimal", ("SqlDecimal", "-12.345"), "-12.35"),
    ("decimal", ("SqlDecimal", "0.00"), "0.00"),
    ("double", ("SqlDouble", "1E+23"), "1e+23"),
    ("double", ("SqlDouble", "-0"), "0"),
    ("real", ("SqlSingle", "0.1"), "0.1"),
    ("boolean", ("SqlBoolean", "1"), "true"),
    ("boolean", ("SqlBoolean", "0"), "false"),
    ("text", ("SqlChars", "a\u00e9\U0001f600\x00"), '"a\u00e9\U0001f600\\u0000"'),
    ("text", ("SqlChars", "a\u00e9\U0001f600" * 9000), '"' + "a\u00e9\U0001f600" * 9000 + '"'),
    ("text", ("SqlChars", ""), '""'),
    ("json", ("SqlChars", ' {"a": 1.0}'), ' {"a": 1.0}'),
    ("uuid", ("SqlGuid", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"), '"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"'),
    ("bytes", ("SqlBytes", "00ff10"), '"AP8Q"'),
    ("bytes", ("SqlBytes", ""), '""'),
    ("time", ("TimeSpan", "12:00:00.5"), '"12:00:00.5"'),
    ("time", ("TimeSpan", "00:00:00"), '"00:00:00"'),
    ("time", ("TimeSpan", "23:59:59.9999994"), '"23:59:59.999999"'),
    ("time", ("TimeSpan", "23:59:59.9999999"), '"23:59:59.999999"'),
    ("date", ("DateTime", "2016-02-15"), '"2016-02-15"'),
    ("date", ("DateTime", "0001-01-01"), '"0001-01-01"'),
    ("date", ("DateTime", "9999-12-31"), '"9999-12-31"'),
    ("timestamp", ("DateTime", "2016-02-15T12:00:00"), '"2016-02-15T12:00:00"'),
    ("timestamp", ("DateTime", "0001-01-01T00:00:00"), '"0001-01-01T00:00:00"'),
    ("timestamp", ("DateTime", "9999-12-31T23:59:59.999999"), '"9999-12-31T23:59:59.999999"'),
    ("timestamp", ("DateTime", "9999-12-31T23:59:59.9999999"), '"9999-12-31T23:59:59.999999"'),
    ("timestamp", ("DateTime", "2016-02-15T12:00:00.0000005"), '"2016-02-15T12:00:00.000001"'),
    ("timestamp", ("DateTime", "2016-02-15T12:00:00.0000004"), '"2016-02-15T12:00:00"'),
    ("timestamp", ("DateTime", "2016-12-31T23:59:59.9999995"), '"2017-01-01T00:00:00"'),
    ("timestamptz", ("DateTimeOffset", "2016-02-15T12:00:00.25+00:00"), '"2016-02-15T12:00:00.25Z"'),
    ("timestamptz", ("DateTimeOffset", "2016-02-15T02:00:00+05:30"), '"2016-02-14T20:30:00Z"'),
    ("timestamptz", ("DateTimeOffset", "1969-12-31T23:59:59.9999995-00:00"), '"1970-01-01T00:00:00Z"'),
    ("text", None, NULL),
    ("smallint", ("SqlInt16", None), NULL),
    ("integer", ("SqlInt32", None), NULL),
    ("bigint", ("SqlInt64", None), NULL),
    ("decimal", ("SqlDecimal", None), NULL),
    ("double", ("SqlDouble", None), NULL),
    ("real", ("SqlSingle", None), NULL),
    ("boolean", ("SqlBoolean", None), NULL),
    ("text", ("SqlChars", None), NULL),
    ("uuid", ("SqlGuid", None), NULL),
    ("bytes", ("SqlBytes", None), NULL),
]


@pytest.mark.parametrize(("type_", "given", "sent"), SENT, ids=lambda each: str(each)[:40])
@pytest.mark.parametrize("where", ["entry", "far"])
def test_an_argument_is_sent(
    request: pytest.FixtureRequest, where: str, type_: str, given: tuple[str, str | None] | None, sent: str
) -> None:
    sizes: dict[str, Any] = {"precision": 5, "scale": 2} if type_ == "decimal" else {}
    with Server(answers(http())) as server:
        outcome = run(request.getfixturevalue(where), server, function(type_, **sizes), "Run", [given])
    assert outcome == {"value": None}
    assert server.requests[0].body == sent.encode()


def test_the_largest_decimals_are_sent_and_returned_digit_by_digit(entry: Session) -> None:
    digits = "9" * 38
    for scale, text in ((0, digits), (38, f"0.{digits}"), (10, f"{digits[:28]}.{digits[:10]}")):
        returns = {"kind": "scalar", "type": "decimal", "path": [], "precision": 38, "scale": scale}
        for number in (text, f"-{text}"):
            with Server(answers(http(body=number.encode()))) as server:
                called = function("decimal", returns, precision=38, scale=scale)
                outcome = run(entry, server, called, "Decimal", [("SqlDecimal", number)])
            assert outcome == {"value": f"{number} (38,{scale})"}
            assert server.requests[0].body == number.encode()


REFUSED = [
    ("smallint", ("SqlInt32", "32768"), "must fit smallint"),
    ("json", ("SqlChars", "{"), "is not valid JSON"),
    ("decimal", ("SqlDecimal", "1000"), "must fit decimal(5,2)"),
    ("varchar", ("SqlChars", "12345"), "must be at most 4 characters long"),
    ("text", ("SqlChars", "\ud800"), "must be valid Unicode"),
]


@pytest.mark.parametrize(("type_", "given", "what"), REFUSED)
def test_an_argument_is_refused(entry: Session, type_: str, given: tuple[str, str], what: str) -> None:
    sizes: dict[str, Any] = {"precision": 5, "scale": 2, "length": 4}
    with Server(answers(http())) as server:
        outcome = run(entry, server, function(type_, **sizes), "Run", [given])
        lenient = run(entry, server, function(type_, facts={"null_on_error": True}, **sizes), "Run", [given])
    assert outcome["code"] == lenient["code"] == "bad_argument"
    assert outcome["text"] == lenient["text"] == f'score: argument "value": {what}'
    assert server.connections == 0


def test_what_no_payload_can_hold_is_not_even_read(entry: Session) -> None:
    with Server(answers(http())) as server:
        text = run(entry, server, function("text"), "Run", [("SqlChars", "x" * 6_291_457)])
        blob = run(entry, server, function("bytes"), "Run", [("UnreadBytes", "6291457")])
        read = run(entry, server, function("bytes"), "Run", [("UnreadBytes", "6291456")])
    assert text["text"] == 'score: argument "value" has 6291457 characters, AWS Lambda takes 6291456 bytes'
    assert blob["text"] == 'score: argument "value" has 6291457 bytes, AWS Lambda takes 6291456 bytes'
    assert {text["code"], blob["code"]} == {"too_large"}
    assert "InvalidOperationException" in read["text"], "these bytes cannot be read: one less is tried"
    assert server.connections == 0


def test_the_functions_of_a_spec_share_a_connection(entry: Session) -> None:
    with Server(answers(http(Connection="keep-alive"))) as server:
        for type_ in ("text", "bigint", "text"):
            assert run(entry, server, function(type_), "Run", [None]) == {"value": None}
    assert (len(server.requests), server.connections) == (3, 1)


def test_a_wrong_number_of_arguments(entry: Session) -> None:
    with Server(answers(http())) as server:
        for given in ([], [None, None], [("SqlChars", "a"), ("SqlChars", "b")]):
            outcome = run(entry, server, function("text"), "Run", given)
            assert (outcome["code"], outcome["text"]) == ("bad_argument", "score: takes 1 argument")


@pytest.mark.parametrize("nothing", [None, ("SqlChars", None)])
def test_null_is_answered_with_null_where_the_spec_says_so(entry: Session, nothing: tuple[str, None] | None) -> None:
    returns = {"kind": "scalar", "type": "text", "path": []}
    columns = {"kind": "table", "rows": [], "columns": [{"name": "a", "type": "text", "path": []}]}
    strict = {"null_on_null": True}
    with Server(answers(http())) as server:
        called = function("text", returns, strict, required=True)
        assert run(entry, server, called, "Chars", [nothing]) == {"value": None}
        assert run(entry, server, function("text", None, strict), "Run", [nothing]) == {"value": None}
        assert rows(entry, server, function("text", columns, strict), ["Chars"], [nothing]) == {"rows": []}
        required = run(entry, server, function("text", returns, required=True), "Chars", [nothing])
        assert server.connections == 0
        run(entry, server, function("text", None, strict), "Run", [("SqlChars", "")])
    assert required["text"] == 'score: argument "value": must not be null'
    assert len(server.requests) == 1, "an empty text is none"


# --- results ---------------------------------------------------------------------------------------------------

RETURNED = [
    ("smallint", "Int16", b"-32768", "-32768"),
    ("integer", "Int32", b"2147483647", "2147483647"),
    ("bigint", "Int64", b"-9223372036854775808", "-9223372036854775808"),
    ("bigint", "Int64", b'"42.0"', "42"),
    ("decimal", "Decimal", b"87.5", "87.50 (5,2)"),
    ("decimal", "Decimal", b"-999.99", "-999.99 (5,2)"),
    ("decimal", "Decimal", b"-0.0", "0.00 (5,2)"),
    ("double", "Double", b"1.7976931348623157e308", "1.7976931348623157E+308"),
    ("double", "Double", b"1e-400", "0"),
    ("real", "Single", b"0.1", "0.1"),
    ("boolean", "Boolean", b"true", "True"),
    ("boolean", "Boolean", b"false", "False"),
    ("text", "Chars", '"a\u00e9\U0001f600"'.encode(), "a\u00e9\U0001f600"),
    ("text", "Chars", b'""', ""),
    ("varchar", "Chars", b'"12345"', "12345"),
    ("json", "Chars", b' {"a": 1.0} ', '{"a": 1.0}'),
    ("bytes", "Bytes", b'"AP8Q"', "00ff10"),
    ("bytes", "Bytes", b'""', ""),
    ("uuid", "Guid", b'"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"', "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ("time", "Time", b'"12:00:00.50"', "12:00:00.5000000"),
    ("time", "Time", b'"23:59:59.999999"', "23:59:59.9999990"),
    ("date", "Date", b'"2016-02-15"', "2016-02-15T00:00:00.0000000"),
    ("date", "Date", b'"0001-01-01"', "0001-01-01T00:00:00.0000000"),
    ("timestamp", "Date", b'"2016-02-15T12:00:00.123456"', "2016-02-15T12:00:00.1234560"),
    ("timestamp", "Date", b'"9999-12-31T23:59:59.999999"', "9999-12-31T23:59:59.9999990"),
    ("timestamptz", "Offset", b'"2016-02-15T12:00:00+01:00"', "2016-02-15T11:00:00.0000000+00:00"),
    ("timestamptz", "Offset", b'"1969-12-31T23:59:59.000001Z"', "1969-12-31T23:59:59.0000010+00:00"),
]
RETURNED_NULL = sorted({(type_, form, b"null", None) for type_, form, _, _ in RETURNED})


@pytest.mark.parametrize(("type_", "form", "body", "value"), [*RETURNED, *RETURNED_NULL])
@pytest.mark.parametrize("where", ["entry", "far"])
def test_a_result_is_returned(
    request: pytest.FixtureRequest, where: str, type_: str, form: str, body: bytes, value: str | None
) -> None:
    returns = {"kind": "scalar", "type": type_, "path": [], "precision": 5, "scale": 2, "length": 5}
    with Server(answers(http(body=body))) as server:
        outcome = run(request.getfixturevalue(where), server, function("text", returns), form, [None])
    assert outcome == {"value": value}


UNFIT = [
    ("date", "Date", b'"0000-12-31"', "must be a date like 2016-02-15"),
    ("timestamptz", "Offset", b'"9999-12-31T23:00:00-01:30"', "must be in the years 1 to 9999"),
    ("decimal", "Decimal", b"1000", "must fit decimal(5,2)"),
    ("double", "Double", b"1e400", "must fit double"),
    ("real", "Single", b"1e39", "must fit real"),
    ("integer", "Int32", b"2147483648", "must fit integer"),
]


@pytest.mark.parametrize(("type_", "form", "body", "what"), UNFIT)
def test_a_result_that_the_type_cannot_hold(entry: Session, type_: str, form: str, body: bytes, what: str) -> None:
    returns = {"kind": "scalar", "type": type_, "path": [], "precision": 5, "scale": 2}
    with Server(answers(http(body=body))) as server:
        outcome = run(entry, server, function("text", returns), form, [None])
        lenient = run(entry, server, function("text", returns, {"null_on_error": True}), form, [None])
    assert outcome["code"] == "bad_response"
    assert outcome["text"].startswith(f"score: result at $: {what} (request id ")
    assert lenient == {"value": None}


# --- rows ------------------------------------------------------------------------------------------------------

TABLE = {
    "kind": "table",
    "rows": ["rows"],
    "columns": [
        {"name": f"c{at}", "type": type_, "path": [at], "precision": 5, "scale": 2, "length": 5}
        for at, (type_, _, _, _) in enumerate(RETURNED)
    ],
}
FORMS = [form for _, form, _, _ in RETURNED]
VALUES = [value for _, _, _, value in RETURNED]
CELLS = b"[" + b",".join(body for _, _, body, _ in RETURNED) + b"]"
NULLS = json.dumps([None] * len(RETURNED)).encode()


def test_rows_are_taken_cell_by_cell_from_one_call(entry: Session) -> None:
    with Server(answers(http(body=b'{"rows":[' + b",".join([CELLS, NULLS, CELLS]) + b"]}"))) as server:
        taken = rows(entry, server, function("text", TABLE), FORMS, [None])
    assert taken == {"rows": [VALUES, [None] * len(VALUES), VALUES]}
    assert len(server.requests) == 1


def test_no_rows(entry: Session) -> None:
    with Server(answers(http(body=b'{"rows":[]}'))) as server:
        assert rows(entry, server, function("text", TABLE), FORMS, [None]) == {"rows": []}
        server.answer = answers(http(body=b'{"rows":7}'))
        outcome = rows(entry, server, function("text", TABLE), FORMS, [None])
        lenient = rows(entry, server, function("text", TABLE, {"null_on_error": True}), FORMS, [None])
    assert outcome["text"].startswith("score: result at $.rows: must be an array (request id ")
    assert lenient == {"rows": []}


def test_a_row_that_does_not_fit_is_told_before_the_first_is_given(entry: Session) -> None:
    returns = {"kind": "table", "rows": [], "columns": [{"name": "a", "type": "integer", "path": []}]}
    with Server(answers(http(body=b'[1,2,"x"]'))) as server:
        outcome = rows(entry, server, function("text", returns), ["Int32"], [None])
    assert outcome["text"].startswith("score: result at $[2]: must be a number (request id ")


# --- errors ----------------------------------------------------------------------------------------------------


def test_an_error_is_one_line_with_its_code(entry: Session) -> None:
    failed = http(body=b'{"errorType":"Oops","errorMessage":"a\\n[udfgen b]"}', X_Amz_Function_Error="Unhandled")
    returns = {"kind": "scalar", "type": "decimal", "path": [], "precision": 5, "scale": 2}
    with Server(answers(failed)) as server:
        outcome = run(entry, server, function("text"), "Run", [None])
        lenient = [
            run(entry, server, function("text", facts={"null_on_error": True}), "Run", [None]),
            run(entry, server, function("text", returns, {"null_on_error": True}), "Decimal", [None]),
        ]
    assert outcome["code"] == "function_error"
    assert outcome["text"].startswith("score: Oops: a (udfgen b] (request id ")
    assert lenient == [{"value": None}] * 2


def test_what_nobody_foresaw_is_an_error_with_a_code(entry: Session) -> None:
    odd = function("text", {"kind": "scalar", "type": "text", "path": []})
    with Server(answers(http(body=b'"a"'))) as server:
        outcome = run(entry, server, odd, "Decimal", [None])
        spoilt = entry.ask("run", form="Run", program=at(server), function={"name": "f"}, arguments=[])
        nowhere = entry.ask("run", form="Run", program={"name": "s"}, function=odd, arguments=[None])
        address = entry.ask("run", form="Run", program=at(server) | {"endpoint": "x"}, function=odd, arguments=[None])
    what = "the core failed by a mistake of its own (System.{}), please report it"
    assert outcome["text"] == "score: " + what.format("InvalidCastException")
    assert spoilt["text"] == "udfgen: " + what.format("NullReferenceException")
    assert nowhere["text"] == "score: " + what.format("NullReferenceException")
    assert address["text"].startswith("score: an address must look like https://host:port")
    assert {each["code"] for each in (outcome, spoilt, nowhere, address)} == {"unavailable"}


@pytest.mark.parametrize("lenient", [False, True])
def test_a_thread_that_is_ended_ends_as_it_should_and_leaves_all_in_order(entry: Session, lenient: bool) -> None:
    """KILL makes SQL Server end the thread: neither a failure nor NULL may stand for that."""
    called = function("text", facts={"null_on_error": lenient, "binding": binding(timeout_ms=20000)})
    with Server(answers(http())) as server:
        server.answer = lambda request, connection: time.sleep(1.5)
        facts = {"program": at(server), "function": called, "arguments": [None]}
        end, took = entry.ask("abort", form="Run", after_ms=200, **facts)["value"]
        server.answer = answers(http())
        assert run(entry, server, called, "Run", [None]) == {"value": None}
    assert end == "ThreadAbortException"
    assert took < 400
    assert server.connections == 2, "the connection that waited is not used again"


@pytest.mark.parametrize("lenient", [False, True])
def test_a_thread_that_is_ended_in_a_handshake_ends_as_it_should(entry: Session, lenient: bool) -> None:
    called = function("text", facts={"null_on_error": lenient, "binding": binding(connect_timeout_ms=10000)})
    # It takes connections and never answers the greeting of TLS.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        program = PROGRAM | {"endpoint": f"https://127.0.0.1:{silent.getsockname()[1]}"}
        facts = {"program": program, "function": called, "arguments": [None]}
        end, took = entry.ask("abort", form="Run", after_ms=500, **facts)["value"]
    assert end == "ThreadAbortException"
    assert took < 400


# --- threads ---------------------------------------------------------------------------------------------------


class Renewing:
    """An endpoint, and the container's service beside it, whose keys are refused as expired after a few calls."""

    def __init__(self, uses: int) -> None:
        self.uses, self.made, self.left, self.wrong = uses, 0, 0, ""
        self.ring, self.lock, self.current = Keyring(), threading.Lock(), ""

    def give(self, request: Request, _: object) -> bytes:
        """Give keys that nobody has had before: the parts of one pair have its number."""
        with self.lock:
            self.made, self.left = self.made + 1, self.uses
            number = f"{self.made:08d}"
            self.current = f"ASIA{number}"
        self.ring.add(Key(f"ASIA{number}", f"secret{number}", f"token{number}"))
        return http(body=keys(f"ASIA{number}", SecretAccessKey=f"secret{number}", Token=f"token{number}"))

    def invoke(self, request: Request, _: object) -> bytes:
        """Answer a call that is signed by one whole pair, be it new or old, and note any other."""
        self.verify(request)
        with self.lock:
            self.left -= 1
            is_fresh = f"Credential={self.current}/" in request.headers["authorization"] and self.left >= 0
        return http(body=request.body) if is_fresh else refusal(403, "ExpiredTokenException")

    def verify(self, request: Request) -> None:
        method, target, _ = request.line.split(" ")
        received = Signed(method, target, tuple(request.headers.items()), request.body)
        try:
            signature.verify(received, self.ring, datetime.now(timezone.utc), region="eu-west-1")
        except Exception as error:
            self.wrong = f"{error} {request}"


def test_threads_never_mix_credentials_that_are_renewed_all_the_time() -> None:
    aws = Renewing(uses=5)
    bound = binding(idempotent=True, retries=60, timeout_ms=20000)
    called = function("bigint", {"kind": "scalar", "type": "bigint", "path": []}, {"binding": bound})
    given = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/keys"}
    with Server(aws.give) as task, Server(aws.invoke) as server, running(**given) as process:
        program = at(server) | {"credentials": {"source": "container"}, "metadata": task.url}
        facts = {"program": program, "function": called, "arguments": [("SqlInt64", "42")]}
        done, errors = process.ask("threads", form="Int64", threads=8, calls=50, **facts)["value"]
    assert (done, errors, aws.wrong) == (400, [], "")
    assert aws.made >= 400 / aws.uses, "the keys have changed all the time"


def test_threads_share_one_way_to_aws_and_get_each_its_own_answer() -> None:
    """All begin at once with nothing made yet: one set of credentials and connections comes out of it."""
    called = function("bigint", {"kind": "scalar", "type": "bigint", "path": []})
    with Server(lambda request, _: http(body=request.body)) as server, running() as process:
        facts = {"program": at(server), "function": called, "arguments": [("SqlInt64", "7")]}
        done, errors = process.ask("threads", form="Int64", threads=8, calls=40, **facts)["value"]
    assert (done, errors) == (320, [])
    assert server.connections <= 8


# --- who calls -------------------------------------------------------------------------------------------------


class Who:
    """A session that knows who calls, and counts how often it was asked."""

    transaction = 0

    def __init__(self, *rows: Sequence[str | None]) -> None:
        self.rows, self.asked = list(rows), [""]

    def batch(self, sql: str, packets: int) -> Iterator[wire.Said]:
        self.asked.append(sql)
        yield wire.Grid(("database", "session_user", "application_name"), [self.rows.pop(0)])

    def end(self) -> None:
        """Forget nothing: the rows are for the next session too."""


@contextmanager
def knowing(who: Who) -> Iterator[Session]:
    """Run the entry points beside a database that says who calls."""
    with wire.serving(wire.Server(lambda login: who)) as database:
        place = f"Server=127.0.0.1,{database.port};User ID=a;Password=b;Pooling=false;Connect Timeout=5"
        with running(place) as process:
            yield process


def context_of(request: Request) -> Any:
    sent = request.headers.get("x-amz-client-context")
    return sent and json.loads(base64.b64decode(sent))


def test_who_calls_is_asked_each_time_where_the_binding_says_so() -> None:
    """All sessions share the assembly: an answer must not be kept for the next one."""
    who = Who(('sensors"1', "m\u00fcller", "app"), ("sensors", "EXAMPLE\\jane", None))
    with knowing(who) as process, Server(answers(http())) as server:
        assert run(process, server, function("text"), "Run", [None]) == {"value": None}
        for _ in range(2):
            called = function("text", facts={"binding": binding(client_context=True)})
            assert run(process, server, called, "Run", [None]) == {"value": None}
    first = {"database": 'sensors"1', "session_user": "m\u00fcller", "application_name": "app"}
    second = {"database": "sensors", "session_user": "EXAMPLE\\jane"}
    assert [context_of(request) for request in server.requests] == [None, {"custom": first}, {"custom": second}]
    assert who.asked.count(who.asked[-1]) == 2
    assert "original_login()" in who.asked[-1], "what the caller cannot change"


def test_what_the_database_refuses_is_one_line_too(entry: Session) -> None:
    with Server(answers(http())) as server:
        outcome = run(entry, server, function("text", facts={"binding": binding(client_context=True)}), "Run", [None])
    assert outcome["code"] == "unavailable"
    assert outcome["text"].startswith("score: the database said: ")
    assert "\n" not in outcome["text"]
    assert server.connections == 0


# --- the probe -------------------------------------------------------------------------------------------------


def test_the_probe_tells_the_endpoint_and_checks_each_binding_by_a_dry_run(entry: Session) -> None:
    functions = [function("text", facts={"binding": binding(name=name, target=name)}) for name in ("a", "b", "a")]
    with Server(lambda request, _: http(204 if "/a/" in request.line else 403, b"")) as server:
        asked = {"program": at(server), "functions": functions}
        assert entry.ask("probe", what="endpoint", **asked) == {"value": server.url}
        assert server.connections == 0
        checks = json.loads(entry.ask("probe", what="checks", **asked)["value"])
        wrong = [entry.ask("probe", what=what, **asked) for what in ("all", None)]
    assert checks[0] == ["endpoint", True, server.url, ""]
    what, is_fine, found, advice = checks[1]
    assert (what, is_fine, advice) == ("runtime", True, "")
    assert found.startswith(".NET 4.0.30319.")
    assert checks[2:4] == [
        ["credentials", True, "found in: environment", ""],
        ["binding a", True, "DryRun says that it may be called", ""],
    ]
    what, is_fine, found, advice = checks[4]
    assert (what, is_fine, advice, len(checks)) == ("binding b", False, "", 5)
    assert found.startswith("[udfgen not_authorized]: b: HTTP 403 (request id ")
    assert [request.headers["x-amz-invocation-type"] for request in server.requests] == ["DryRun"] * 2
    assert {(each["code"], each["text"]) for each in wrong} == {("bad_argument", "sensors: ask for endpoint or checks")}


def test_the_probe_says_where_it_looked_for_credentials() -> None:
    with running(AWS_ACCESS_KEY_ID="") as entry, Server(answers(http())) as server:
        checks = json.loads(entry.ask("probe", what="checks", program=at(server), functions=[])["value"])
    why = "[udfgen not_authorized]: sensors: no AWS credentials found: looked in environment"
    advice = "they are looked for by the server process, not by this client"
    assert checks[2] == ["credentials", False, why, advice]
    assert server.connections == 0


def test_the_probe_tells_the_endpoint_of_the_environment() -> None:
    with Server(answers(http())) as server, running(AWS_ENDPOINT_URL_LAMBDA=server.url) as entry:
        asked = {"program": PROGRAM | {"endpoint": "http://127.0.0.1:9"}, "functions": []}
        assert entry.ask("probe", what="endpoint", **asked) == {"value": server.url}
        outcome = entry.ask("run", form="Run", function=function("text"), arguments=[None], program=asked["program"])
    assert outcome == {"value": None}
    assert len(server.requests) == 1


def test_a_probe_whose_facts_cannot_be_read(entry: Session) -> None:
    outcome = entry.ask("probe", what="checks", program={"name": "sensors"}, functions=[])
    assert outcome["text"].startswith("udfgen: the core failed by a mistake of its own (System.")
