"""The Java core as the generated entry points call it: values of SQL in and out, rows, errors, who calls, the probe."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any

import pytest

from tests.jvm.jvm import jar
from tests.native.calls_support import KEYS, PROGRAM
from tests.native.java_calls_support import Session, told
from tests.unit.core_support import Server, answers, binding, http

WHO = (
    """select 'sensors"1' as "database", user() as "session_user", cast(null as varchar) as "application_name","""
    """ 'm\u00fcller' as "name" """
)
"""Who calls, as H2 says it."""

SWITCH = '"PUBLIC"."UDFGEN$SENSORS$SWITCH"'
"""The table of switched bindings, in that database."""

Given = Sequence["tuple[str, str] | None"]


@contextmanager
def running(who: str = WHO, options: Sequence[str] = (), **environment: str) -> Iterator[Session]:
    """Run the entry points in a session whose own database is H2, in a JVM with these options."""
    session = Session(KEYS | environment, "EntryRunner", jar("h2.jar", "libh2-java"))
    session.command[1:1] = options
    with session as process:
        assert process.process.stdin
        # H2 would wait for seconds before it closes a database whose connections are open, as those of the core are.
        process.process.stdin.write(json.dumps(["jdbc:h2:mem:session;DB_CLOSE_ON_EXIT=FALSE", who]) + "\n")
        columns = '"BINDING" varchar(128) primary key, "MODE" varchar(7)'
        assert process.ask("sql", text=f"create table {SWITCH} ({columns})") == {"value": 0}
        yield process


@pytest.fixture(scope="module")
def entry() -> Iterator[Session]:
    with running(TZ="UTC") as process:
        yield process


@pytest.fixture(scope="module")
def far() -> Iterator[Session]:
    """A session whose default zone has summer time."""
    with running(TZ="America/New_York") as process:
        yield process


def function(type_: str, returns: dict[str, Any] | None = None, facts: Any = None, **sized: Any) -> dict[str, Any]:
    """Return the entry of a function of one argument, `value`, that sends it alone; `facts` go beside the rest."""
    made = {"name": "f", "binding": binding(), "payload": [0], "returns": returns or {"kind": "void"}}
    return made | {"parameters": [{"name": "value", "type": type_} | sized]} | (facts or {})


def run(entry: Session, server: Server, called: dict[str, Any], form: str, given: Given) -> Any:
    return entry.ask("run", form=form, program=at(server), function=called, arguments=given)


def at(server: Server) -> dict[str, Any]:
    return PROGRAM | {"endpoint": server.url, "switch": SWITCH}


# --- arguments -------------------------------------------------------------------------------------------------

SENT = [
    ("smallint", ("number", "42"), "42"),
    ("bigint", ("number", "9223372036854775807"), "9223372036854775807"),
    ("double", ("number", "1E+23"), "1e+23"),
    ("boolean", ("number", "1"), "true"),
    ("boolean", ("number", "0"), "false"),
    ("boolean", ("number", "0.5"), "true"),
    ("boolean", ("boolean", "true"), "true"),
    ("text", ("text", "a\u00e9\U0001f600"), '"a\u00e9\U0001f600"'),
    ("text", ("clob", "a\u00e9\U0001f600" * 9000), '"' + "a\u00e9\U0001f600" * 9000 + '"'),
    ("text", ("text", ""), "null"),
    ("text", ("clob", ""), "null"),
    ("json", ("clob", ' {"a": 1.0}'), ' {"a": 1.0}'),
    ("bytes", ("blob", "00ff10"), '"AP8Q"'),
    ("bytes", ("blob", ""), '""'),
    ("time", ("text", "12:00:00.500"), '"12:00:00.5"'),
    ("date", ("fields", "2016-02-15 00:00:00"), '"2016-02-15"'),
    ("date", ("fields", "0001-01-01 00:00:00"), '"0001-01-01"'),
    ("timestamp", ("fields", "2016-02-15 12:00:00"), '"2016-02-15T12:00:00"'),
    ("timestamp", ("fields", "9999-12-31 23:59:59.999999"), '"9999-12-31T23:59:59.999999"'),
    ("timestamp", ("fields", "2016-02-15 12:00:00.0000005"), '"2016-02-15T12:00:00.000001"'),
    ("timestamp", ("fields", "2016-02-15 12:00:00.000000499"), '"2016-02-15T12:00:00"'),
    ("timestamp", ("fields", "2016-12-31 23:59:59.999999500"), '"2017-01-01T00:00:00"'),
    ("timestamptz", ("instant", "2016-02-15T12:00:00.25Z"), '"2016-02-15T12:00:00.25Z"'),
    ("timestamptz", ("instant", "1969-12-31T23:59:59.9999995Z"), '"1970-01-01T00:00:00Z"'),
    ("timestamptz", ("instant", "1901-02-03T04:05:06.000007Z"), '"1901-02-03T04:05:06.000007Z"'),
    ("text", None, "null"),
]


@pytest.mark.parametrize(("type_", "given", "sent"), SENT, ids=lambda each: str(each)[:40])
@pytest.mark.parametrize("zone", ["entry", "far"])
def test_an_argument_is_sent(
    request: pytest.FixtureRequest, zone: str, type_: str, given: tuple[str, str] | None, sent: str
) -> None:
    with Server(answers(http())) as server:
        outcome = run(request.getfixturevalue(zone), server, function(type_), "void", [given])
    assert outcome == {"value": None}
    assert server.requests[0].body == sent.encode()


def test_a_date_whose_midnight_is_left_out_is_sent() -> None:
    """In Brazil summer time began at midnight, on 2018-11-04 the last time."""
    with running(TZ="America/Sao_Paulo") as entry, Server(answers(http())) as server:
        assert run(entry, server, function("date"), "void", [("fields", "2018-11-04 00:00:00")]) == {"value": None}
        late = run(entry, server, function("date"), "void", [("fields", "2018-11-04 02:00:00")])
    assert (server.requests[0].body, late["code"]) == (b'"2018-11-04"', "bad_argument")


REFUSED = [
    ("date", ("fields", "2016-02-15 00:00:01"), "must be a date without a time"),
    ("date", ("fields", "2016-02-15 00:00:00.000001"), "must be a date without a time"),
    ("date", ("instant", "-0043-03-15T00:00:00Z"), "must be a date from 0001-01-01 to 9999-12-31"),
    ("timestamp", ("instant", "-0043-03-15T00:00:00Z"), "must be a real date in the years 1 to 9999"),
    ("timestamptz", ("instant", "-0043-03-15T00:00:00Z"), "must be a real date in the years 1 to 9999"),
    ("timestamptz", ("instant", "+10000-03-15T00:00:00Z"), "must be a real date in the years 1 to 9999"),
    ("smallint", ("number", "32768"), "must fit smallint"),
    ("json", ("clob", "{"), "is not valid JSON"),
]


@pytest.mark.parametrize(("type_", "given", "what"), REFUSED)
def test_an_argument_is_refused(entry: Session, type_: str, given: tuple[str, str], what: str) -> None:
    with Server(answers(http())) as server:
        outcome = run(entry, server, function(type_), "void", [given])
        lenient = run(entry, server, function(type_, facts={"null_on_error": True}), "void", [given])
    assert outcome["code"] == lenient["code"] == "bad_argument"
    assert outcome["text"].startswith('score: argument "value": ')
    assert what in outcome["text"] or what == "is not valid JSON"
    assert server.connections == 0


def test_what_no_payload_can_hold_is_not_even_read(entry: Session) -> None:
    with Server(answers(http())) as server:
        text = run(entry, server, function("text"), "void", [("clob", "x" * 6_291_457)])
        blob = run(entry, server, function("bytes"), "void", [("blob", "00" * 6_291_457)])
    assert text["text"] == 'score: argument "value" has 6291457 characters, AWS Lambda takes 6291456 bytes'
    assert blob["text"] == 'score: argument "value" has 6291457 bytes, AWS Lambda takes 6291456 bytes'
    assert {text["code"], blob["code"]} == {"too_large"}
    assert server.connections == 0


def test_the_calls_of_a_session_share_a_connection(entry: Session) -> None:
    with Server(answers(http(Connection="keep-alive"))) as server:
        for type_ in ("text", "bigint", "text"):
            assert run(entry, server, function(type_), "void", [None]) == {"value": None}
    assert (len(server.requests), server.connections) == (3, 1)


def test_a_wrong_number_of_arguments(entry: Session) -> None:
    with Server(answers(http())) as server:
        for given in ([], [None, None]):
            outcome = run(entry, server, function("text"), "void", given)
            assert (outcome["code"], outcome["text"]) == ("bad_argument", "score: takes 1 argument")


@pytest.mark.parametrize("nothing", [None, ("text", ""), ("clob", "")])
def test_null_is_answered_with_null_where_the_spec_says_so(entry: Session, nothing: tuple[str, str] | None) -> None:
    returns = {"kind": "scalar", "type": "text", "path": []}
    columns = {"kind": "table", "rows": [], "columns": [{"name": "a", "type": "text", "path": []}]}
    strict = {"null_on_null": True}
    with Server(answers(http())) as server:
        called = function("text", returns, strict, required=True)
        assert run(entry, server, called, "text", [nothing]) == {"value": None}
        called = function("text", columns, strict)
        opened = entry.ask("open", program=at(server), function=called, arguments=[nothing], forms=["text"], limit=9)
        assert opened == {"rows": []}
        required = run(entry, server, function("text", returns, required=True), "text", [nothing])
    assert required["text"] == 'score: argument "value": must not be null'
    assert server.connections == 0


# --- results ---------------------------------------------------------------------------------------------------

RETURNED = [
    ("bigint", "number", b"9223372036854775807", "9223372036854775807"),
    ("decimal", "number", b"87.5", "87.50"),
    ("double", "number", b"1.5e125", "15" + "0" * 124),
    ("double", "number", b"1.23456789012345e-129", "0." + "0" * 128 + "123456789012345"),
    ("double", "number", b"1e-131", "0"),
    ("double", "number", b"0", "0"),
    ("boolean", "number", b"true", "1"),
    ("boolean", "number", b"false", "0"),
    ("boolean", "boolean", b"true", True),
    ("text", "clob", '"a\u00e9\U0001f600"'.encode(), "a\u00e9\U0001f600"),
    ("text", "clob", b'""', None),
    ("text", "text", b'""', None),
    ("text", "text", b'" "', " "),
    ("json", "clob", b' "" ', '""'),
    ("bytes", "blob", b'"AP8Q"', "00ff10"),
    ("bytes", "blob", b'""', ""),
    ("uuid", "text", b'"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"', "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ("time", "text", b'"12:00:00.50"', "12:00:00.5"),
    ("date", "fields", b'"2016-02-15"', "2016-02-15 00:00:00.0"),
    ("timestamp", "fields", b'"2016-02-15T12:00:00.123456"', "2016-02-15 12:00:00.123456"),
    ("timestamp", "fields", b'"0001-01-01T00:00:00"', "0001-01-01 00:00:00.0"),
    ("timestamptz", "instant", b'"2016-02-15T12:00:00+01:00"', "2016-02-15T11:00:00Z"),
    ("timestamptz", "instant", b'"1969-12-31T23:59:59.000001Z"', "1969-12-31T23:59:59.000001Z"),
    ("decimal", "number", b"null", None),
    ("boolean", "boolean", b"null", None),
]


@pytest.mark.parametrize(("type_", "form", "body", "value"), RETURNED)
@pytest.mark.parametrize("zone", ["entry", "far"])
def test_a_result_is_returned(
    request: pytest.FixtureRequest, zone: str, type_: str, form: str, body: bytes, value: Any
) -> None:
    returns = {"kind": "scalar", "type": type_, "path": [], "precision": 5, "scale": 2}
    with Server(answers(http(body=body))) as server:
        outcome = run(request.getfixturevalue(zone), server, function("text", returns), form, [None])
    assert outcome == {"value": value}


def test_a_number_that_is_none_of_oracles(entry: Session) -> None:
    returns = {"kind": "scalar", "type": "double", "path": []}
    with Server(answers(http(body=b"1e126"))) as server:
        outcome = run(entry, server, function("text", returns), "number", [None])
    assert outcome["code"] == "bad_response"
    assert outcome["text"].startswith("score: result must be below 1e126, as a NUMBER is (request id ")


# --- rows ------------------------------------------------------------------------------------------------------

COLUMNS = [("number", "bigint"), ("text", "varchar"), ("clob", "text"), ("blob", "bytes"), ("fields", "date")]
COLUMNS += [("boolean", "boolean"), ("instant", "timestamptz")]
TABLE = {
    "kind": "table",
    "rows": ["rows"],
    "columns": [{"name": f"c{at}", "type": type_, "path": [at], "length": 9} for at, (_, type_) in enumerate(COLUMNS)],
}
ROW = [1, "a", "b", "AA==", "2016-02-15", True, "2016-02-15T12:00:00Z"]
SHOWN = ["1", "a", "b", "00", "2016-02-15 00:00:00.0", True, "2016-02-15T12:00:00Z"]


def opened(entry: Session, server: Server, limit: int = 99, **facts: Any) -> Any:
    called = function("text", TABLE, facts)
    forms = [form for form, _ in COLUMNS]
    return entry.ask("open", program=at(server), function=called, arguments=[None], forms=forms, limit=limit)


def test_rows_are_taken_cell_by_cell_from_one_call(entry: Session) -> None:
    body = json.dumps({"rows": [ROW, [None] * 7, ROW]}).encode()
    with Server(answers(http(body=body))) as server:
        assert opened(entry, server) == {"rows": [SHOWN, [None] * 7, SHOWN]}
        assert opened(entry, server, limit=1) == {"rows": [SHOWN]}, "nobody has to take them all"
    assert len(server.requests) == 2


def test_no_rows(entry: Session) -> None:
    with Server(answers(http(body=b'{"rows":[]}'))) as server:
        assert opened(entry, server) == {"rows": []}
        server.answer = answers(http(body=b'{"rows":7}'))
        assert opened(entry, server)["text"].startswith("score: result at $.rows: must be an array (request id ")
        assert opened(entry, server, null_on_error=True) == {"rows": []}


def test_rows_that_are_gone() -> None:
    """Handles count from 1: the rows of the first were all taken, those of the second were closed."""
    body = json.dumps({"rows": [ROW, ROW]}).encode()
    with running() as fresh, Server(answers(http(body=body))) as server:
        assert [len(opened(fresh, server, limit)["rows"]) for limit in (99, 1)] == [2, 1]
        for handle in (1, 2, 999999):
            gone = fresh.ask("cell", handle=handle)
            assert (gone["code"], gone["text"]) == ("unavailable", "rows: they are not open any more")


# --- errors ----------------------------------------------------------------------------------------------------


def test_an_error_is_one_line_with_its_code(entry: Session) -> None:
    failed = http(body=b'{"errorType":"Oops","errorMessage":"a\\n[udfgen b]"}', X_Amz_Function_Error="Unhandled")
    with Server(answers(failed)) as server:
        outcome = run(entry, server, function("text"), "void", [None])
        lenient = run(entry, server, function("text", facts={"null_on_error": True}), "void", [None])
    assert outcome["code"] == "function_error"
    assert outcome["text"].startswith("score: Oops: a (udfgen b] (request id ")
    assert lenient == {"value": None}


def test_what_nobody_foresaw_is_an_error_with_a_code(entry: Session) -> None:
    odd = function("text", {"kind": "scalar", "type": "text", "path": []})
    with Server(answers(http(body=b'"a"'))) as server:
        # A call specification of another version: the text is asked for as a number.
        outcome = run(entry, server, odd, "number", [None])
        spoilt = entry.ask("run", form="void", program=at(server), function={"name": "f"}, arguments=[])
        nowhere = entry.ask("run", form="void", program={"name": "s"}, function=odd, arguments=[None])
    what = "the core failed by a mistake of its own (java.lang.{}), please report it"
    assert told(outcome)["text"] == "score: " + what.format("ClassCastException")
    assert spoilt["text"] == "udfgen: " + what.format("NullPointerException")
    assert nowhere["text"] == "score: " + what.format("NullPointerException")
    assert {outcome["code"], spoilt["code"], nowhere["code"]} == {"unavailable"}


def test_what_the_database_refuses_is_one_line_too() -> None:
    with running('select 1 / 0 as\n"a"') as entry, Server(answers(http())) as server:
        outcome = run(entry, server, function("text", facts={"binding": binding(client_context=True)}), "void", [None])
    assert outcome["code"] == "unavailable"
    assert outcome["text"].startswith("score: the database said: Division by zero")
    assert "\n" not in outcome["text"]
    assert server.connections == 0


def test_a_reply_that_is_too_large_for_the_memory_ends_its_call_and_no_other() -> None:
    returns = {"kind": "scalar", "type": "text", "path": []}
    large, small = http(body=b'"' + b"\\u00e9" * 1_000_000 + b'"'), http(body=b'"a"')
    with running(options=("-Xmx16m",)) as entry, Server(answers(large, small)) as server:
        outcome = run(entry, server, function("text", returns), "text", [None])
        assert run(entry, server, function("text", returns), "text", [None]) == {"value": "a"}
    assert (outcome["code"], outcome["text"]) == ("unavailable", "score: the server has no memory left for this call")


# --- who calls -------------------------------------------------------------------------------------------------


def test_who_calls_is_sent_where_the_binding_says_so(entry: Session) -> None:
    with Server(answers(http())) as server:
        for facts in ({}, {"client_context": True}, {"client_context": True, "invoke": "async"}):
            called = function("text", facts={"binding": binding(**facts)})
            server.answer = answers(http(202 if "invoke" in facts else 200, b"" if "invoke" in facts else b"{}"))
            assert run(entry, server, called, "void", [None]) == {"value": None}
    sent = [request.headers.get("x-amz-client-context") for request in server.requests]
    assert (sent[0], sent[2]) == (None, None)
    custom = {"database": 'sensors"1', "session_user": "", "name": "m\u00fcller"}
    assert json.loads(base64.b64decode(sent[1] or "")) == {"custom": custom}


def test_who_calls_is_asked_once_in_a_session() -> None:
    with running('select cast(random_uuid() as varchar) as "id"') as entry, Server(answers(http())) as server:
        for _ in range(2):
            run(entry, server, function("text", facts={"binding": binding(client_context=True)}), "void", [None])
    first, second = (request.headers["x-amz-client-context"] for request in server.requests)
    assert first == second


# --- the probe -------------------------------------------------------------------------------------------------


def test_the_probe_tells_the_endpoint_and_checks_each_binding_by_a_dry_run(entry: Session) -> None:
    functions = [function("text", facts={"binding": binding(name=name, target=name)}) for name in ("a", "b", "a")]
    with Server(lambda request, _: http(204 if "/a/" in request.line else 403, b"")) as server:
        asked = {"program": at(server), "functions": functions}
        assert entry.ask("probe", what="endpoint", **asked) == {"value": server.url}
        assert server.connections == 0
        checks = json.loads(entry.ask("probe", what="checks", **asked)["value"])
        wrong = entry.ask("probe", what="all", **asked)
    assert checks[:3] == [
        ["endpoint", True, server.url, ""],
        ["credentials", True, "found in: environment", ""],
        ["binding a", True, "DryRun says that it may be called", ""],
    ]
    what, is_fine, found, advice = checks[3]
    assert (what, is_fine, advice, len(checks)) == ("binding b", False, "", 4)
    assert found.startswith("[udfgen not_authorized]: b: HTTP 403 (request id ")
    assert [request.headers["x-amz-invocation-type"] for request in server.requests] == ["DryRun"] * 2
    assert (wrong["code"], wrong["text"]) == ("bad_argument", "sensors: ask for endpoint or checks")


def test_the_probe_says_where_it_looked_for_credentials() -> None:
    with running(AWS_ACCESS_KEY_ID="") as entry, Server(answers(http())) as server:
        checks = json.loads(entry.ask("probe", what="checks", program=at(server), functions=[])["value"])
    why = "[udfgen not_authorized]: sensors: no AWS credentials found: looked in environment"
    advice = "they are looked for by the server process, not by this client"
    assert checks[1] == ["credentials", False, why, advice]
    assert server.connections == 0


# --- the switch ------------------------------------------------------------------------------------------------

OFF = "score: it is switched off: udfgen switch turns it on again"


def sql(entry: Session, text: str) -> None:
    assert "value" in entry.ask("sql", text=text)


@pytest.fixture
def switched() -> Iterator[Session]:
    """A session of its own: how long ago it looked at the table is part of what it is asked."""
    with running() as process:
        yield process


def test_a_binding_is_off_as_long_as_the_table_says_so(switched: Session) -> None:
    with Server(answers(http())) as server:
        sql(switched, f"insert into {SWITCH} values ('score', 'off')")
        for facts in ({}, {"null_on_error": True}, {"null_on_null": True}):
            outcome = run(switched, server, function("smallint", facts=facts), "void", [("number", "99999")])
            assert (outcome["code"], outcome["text"]) == ("disabled", OFF)
        assert server.connections == 0
        sql(switched, f"delete from {SWITCH}")
        sleep(1.05)
        assert run(switched, server, function("text"), "void", [None]) == {"value": None}
        assert len(server.requests) == 1


def test_the_table_is_looked_at_once_a_second_for_all_bindings(switched: Session) -> None:
    """What a look has seen counts for a second, of a binding that was not called before too."""
    with Server(answers(http())) as server:
        begin = monotonic()
        assert run(switched, server, function("text"), "void", [None]) == {"value": None}
        sql(switched, f"insert into {SWITCH} values ('score', 'off'), ('other', 'off')")
        other = function("text") | {"binding": binding(name="other")}
        early = [run(switched, server, each, "void", [None]) for each in (function("text"), other)]
        assert monotonic() - begin < 1
        assert early == [{"value": None}] * 2
        sleep(1.05)
        assert run(switched, server, function("text"), "void", [None])["code"] == "disabled"
        assert run(switched, server, other, "void", [None])["text"] == OFF.replace("score", "other")


def test_a_table_that_cannot_be_read_lets_nothing_through(switched: Session) -> None:
    """Not what was seen before, and not NULL in the place of an error; when it is there again, calls go on at once."""
    with Server(answers(http())) as server:
        assert run(switched, server, function("text"), "void", [None]) == {"value": None}
        sql(switched, f"alter table {SWITCH} rename to away")
        sleep(1.05)
        for facts in ({}, {"null_on_error": True}):
            outcome = run(switched, server, function("text", facts=facts), "void", [None])
            assert outcome["code"] == "unavailable"
            assert outcome["text"].startswith('score: the database said: Table "UDFGEN$SENSORS$SWITCH" not found')
        sql(switched, f"alter table away rename to {SWITCH.partition('.')[2]}")
        assert run(switched, server, function("text"), "void", [None]) == {"value": None}
    assert len(server.requests) == 2


@pytest.mark.parametrize("mode", ["'OFF'", "''", "null", "'live'", "'dryrun'"])
def test_a_mode_that_is_none_is_off(switched: Session, mode: str) -> None:
    with Server(answers(http())) as server:
        sql(switched, f"insert into {SWITCH} values ('score', {mode})")
        assert run(switched, server, function("text"), "void", [None])["code"] == "disabled"


def test_a_dry_run_has_no_result(switched: Session) -> None:
    returns = {"kind": "scalar", "type": "text", "path": []}
    logged = function("text", returns, {"binding": binding(log_tail=True)})
    with Server(answers(http(204, b""))) as server:
        sql(switched, f"insert into {SWITCH} values ('score', 'dry_run')")
        assert run(switched, server, logged, "text", [("text", "a")]) == {"value": None}
        assert opened(switched, server) == {"rows": []}
        refused = run(switched, server, function("smallint"), "void", [("number", "99999")])
    assert refused["code"] == "bad_argument"
    assert [each.headers["x-amz-invocation-type"] for each in server.requests] == ["DryRun"] * 2
    assert [each.body for each in server.requests] == [b'"a"', b"null"]
    assert not [each for each in server.requests if "x-amz-log-type" in each.headers]


# --- drop-in names ---------------------------------------------------------------------------------------------


def drop_in(returns: str = "scalar", **facts: Any) -> dict[str, Any]:
    result = {"kind": "scalar", "type": "json", "path": []} if returns == "scalar" else {"kind": returns}
    parameters = [{"name": "fn_name", "type": "text", "required": True}, {"name": "fn_args", "type": "json"}]
    made = {"name": "awslambda_fn", "parameters": parameters, "payload": [1], "returns": result}
    return made | {"choices": {"score-customer": binding(**facts)}}


def named(entry: Session, server: Server, called: dict[str, Any], form: str, *given: str | None) -> Any:
    return run(entry, server, called, form, [None if each is None else ("text", each) for each in given])


def test_a_drop_in_name_takes_and_gives_texts(entry: Session) -> None:
    with Server(answers(http(body=b' {"b": 1.50} '))) as server:
        called = drop_in()
        assert named(entry, server, called, "text", "score-customer", '{"a": 1}') == {"value": '{"b": 1.50}'}
        assert named(entry, server, called, "text", "score-customer", "") == {"value": '{"b": 1.50}'}
        wrong = named(entry, server, called, "text", "score-customer", "{")
        unknown = named(entry, server, called, "text", "Score-customer", "{}")
        nothing = named(entry, server, called, "text", "", "{}")
    assert [each.body for each in server.requests] == [b'{"a": 1}', b"null"]
    assert (wrong["code"], wrong["text"].partition(":")[0]) == ("bad_argument", "score")
    assert unknown["code"] == "not_found"
    assert unknown["text"] == 'awslambda_fn: "Score-customer" is not a Lambda function that this database may call'
    assert (nothing["code"], nothing["text"]) == ("bad_argument", 'awslambda_fn: argument "fn_name": must not be null')


def test_what_is_queued_gives_the_empty_string_which_is_null(entry: Session) -> None:
    with Server(answers(http(202, b""))) as server:
        called = drop_in("void", invoke="async")
        assert named(entry, server, called, "text", "score-customer", "{}") == {"value": None}
        assert named(entry, server, called, "void", "score-customer", "{}") == {"value": None}
    assert [each.headers["x-amz-invocation-type"] for each in server.requests] == ["Event"] * 2


def test_the_probe_asks_every_choice(entry: Session) -> None:
    with Server(answers(http(204, b""))) as server:
        found = entry.ask("probe", program=at(server), functions=[drop_in(), function("text")], what="checks")
    assert [name for name, *_ in json.loads(found["value"])] == ["endpoint", "credentials", "binding score"]
