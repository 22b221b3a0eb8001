"""The drop-in names in a real session: code written for other ways to Lambda runs unchanged, and reaches no more."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from tests.live.catalogs import difference, photograph
from tests.live.databases import ALL, changed, connection, look, put, remove, run, sql, verdicts
from tests.scripted import REQUEST_ID, Script, ScriptedLambda
from udfgen.errors import RefusedError
from udfgen.plan import Verdict

Connection = psycopg.Connection[tuple[object, ...]]

SPEC = """
udfgen: 1
name: names
aws: {region: eu-west-1, account: "123456789012", credentials: {source: environment}}
bindings:
  ask: {function: ask, qualifier: live}
  plain: {function: "arn:aws:lambda:eu-west-1:123456789012:function:plain", client_context: false}
  queue: {function: queue, qualifier: live, invoke: async}
functions:
  value: {binding: ask, parameters: {}, returns: json, grant: [app]}
compat: {awslambda: {grant: [app]}, aws_lambda: {grant: [app]}}
engines:
  postgresql: {}
"""
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:"
REPLY = b' {"status": "ok", "n": 1.50}\n'
TEXT = '{"status": "ok", "n": 1.50}'


@pytest.fixture(scope="module")
def installed(another: Callable[[str], str]) -> str:
    """A database with the spec in it."""
    dsn = another("")
    put(dsn, SPEC)
    return dsn


@pytest.fixture
def caller(installed: str, scripted: ScriptedLambda) -> Iterator[Connection]:
    """A session of somebody who was granted the names; Lambda answers."""
    scripted.play(Script(REPLY))
    with connection(installed, "app") as opened:
        yield opened


def headers(scripted: ScriptedLambda) -> dict[str, str]:
    """Return the headers of the one request that was sent, by lower-case name."""
    (request,) = scripted.requests
    return {name.lower(): value for name, value in request.headers}


def target(scripted: ScriptedLambda) -> str:
    """Return where the one request went."""
    (request,) = scripted.requests
    return request.target


SPELLED = [f"{before}ask{behind}" for before in ("", "123456789012:function:", ARN) for behind in ("", ":live")]


@pytest.mark.parametrize("name", SPELLED)
def test_every_spelling_of_a_function_is_reached(caller: Connection, scripted: ScriptedLambda, name: str) -> None:
    assert run(caller, f"""select names.awslambda_fn('{name}', '{{"a": 1}}')""") == [(TEXT,)]
    assert target(scripted) == "/2015-03-31/functions/ask/invocations?Qualifier=live"
    assert scripted.requests[0].body == b'{"a": 1}'
    scripted.requests.clear()
    assert run(caller, f"select status_code, payload::text from aws_lambda.invoke('{name}', '1'::json)") == [
        (200, TEXT)
    ]
    assert target(scripted) == "/2015-03-31/functions/ask/invocations?Qualifier=live"


def test_the_names_of_2016(caller: Connection, scripted: ScriptedLambda) -> None:
    """As its README calls them: positional texts, a text back; the asynchronous one gives an empty text."""
    run(caller, "set search_path = names")
    assert run(caller, "SELECT awslambda_fn('ask', '{\"name\":\"bob\"}')") == [(TEXT,)]
    scripted.play(Script(b"", 202))
    assert run(caller, "SELECT awslambda_fn_async('queue', '{\"name\":\"bob\"}')") == [("",)]
    assert headers(scripted)["x-amz-invocation-type"] == "Event"
    scripted.play(Script(b"", 202))
    assert run(caller, "call awslambda_proc('queue', '{\"name\":\"bob\"}')") == []
    assert (headers(scripted)["x-amz-invocation-type"], scripted.requests[0].body) == ("Event", b'{"name":"bob"}')


ODD = "x'; drop table y; --"
REFUSED = {
    "another function": ("names.awslambda_fn('other', '{}')", 'awslambda_fn: "other"'),
    "another qualifier": ("names.awslambda_fn('ask:beta', '{}')", 'awslambda_fn: "ask:beta"'),
    "another account": (
        "names.awslambda_fn('210987654321:function:ask', '{}')", 'awslambda_fn: "210987654321:function:ask"',
    ),
    "in capitals": ("names.awslambda_fn('ASK', '{}')", 'awslambda_fn: "ASK"'),
    "with a blank": ("names.awslambda_fn('ask ', '{}')", 'awslambda_fn: "ask"'),
    "the empty name": ("names.awslambda_fn('', '{}')", 'awslambda_fn: ""'),
    "an odd name": (f"names.awslambda_fn($n${ODD}$n$, '{{}}')", f'awslambda_fn: "{ODD}"'),
    "an async one": ("names.awslambda_fn('queue', '{}')", 'awslambda_fn: "queue"'),
    "a sync one": ("names.awslambda_fn_async('ask', '{}')", 'awslambda_fn_async: "ask"'),
    "invoke, an async one": ("aws_lambda.invoke('queue', '{}'::json)", 'aws_lambda.invoke: "queue"'),
    "invoke, a sync one": ("aws_lambda.invoke('ask', '{}'::json, null, 'Event')", 'aws_lambda.invoke: "ask"'),
    "invoke, another region": ("aws_lambda.invoke('ask', '{}'::json, 'us-east-1')", 'aws_lambda.invoke: "ask"'),
    "invoke, another qualifier": (
        "aws_lambda.invoke('ask', '{}'::json, qualifier => 'beta')", 'aws_lambda.invoke: "ask"',
    ),
    "invoke, two qualifiers": (
        "aws_lambda.invoke('ask:live', '{}'::json, qualifier => '7')", 'aws_lambda.invoke: "ask:live"',
    ),
    "invoke, an ARN's region": (
        "aws_lambda.invoke(aws_commons.create_lambda_function_arn('ask', 'us-east-1'), '{}'::json)",
        'aws_lambda.invoke: "ask"',
    ),
}  # fmt: skip


@pytest.mark.parametrize(("call", "told"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_bindings_function_is_not_found(
    caller: Connection, scripted: ScriptedLambda, call: str, told: str
) -> None:
    with pytest.raises(psycopg.Error) as caught:
        run(caller, f"select {call}")
    assert caught.value.sqlstate == "UL004"
    assert caught.value.diag.message_primary == (
        f"[udfgen not_found]: {told} is not a Lambda function that this database may call"
    )
    assert scripted.requests == []


WRONG = {
    "no name": ("names.awslambda_fn(null, '{}')", 'awslambda_fn: argument "fn_name": must not be null'),
    "no JSON": ("names.awslambda_fn('ask', 'x')", 'ask: argument "fn_args": is not valid JSON'),
    "invoke, no name": (
        "aws_lambda.invoke(null::text, '{}'::json)",
        'aws_lambda.invoke: argument "function_name": must not be null',
    ),
    "invoke, no ARN": (
        "aws_lambda.invoke(null::aws_commons._lambda_function_arn_1, '{}'::json)",
        'aws_lambda.invoke: argument "function_name": must not be null',
    ),
    "invoke, another type": (
        "aws_lambda.invoke('ask', '{}'::json, null, 'requestresponse')",
        'aws_lambda.invoke: argument "invocation_type": must be one of: RequestResponse, Event, DryRun',
    ),
    "invoke, another log": (
        "aws_lambda.invoke('ask', '{}'::json, log_type => 'tail')",
        'aws_lambda.invoke: argument "log_type": must be one of: None, Tail',
    ),
    "invoke, a context that is none": (
        "aws_lambda.invoke('ask', '{}'::json, context => '[1]')",
        'ask: argument "context": must be a client context: a JSON object',
    ),
    "invoke, too long a context": (
        "aws_lambda.invoke('ask', '{}'::json, context => json_build_object('env', repeat('x', 4000)))",
        'ask: argument "context": must have at most 3583 bytes in base64',
    ),
}


@pytest.mark.parametrize(("call", "told"), WRONG.values(), ids=WRONG)
def test_arguments_are_checked_before_anything_is_sent(
    caller: Connection, scripted: ScriptedLambda, call: str, told: str
) -> None:
    with pytest.raises(psycopg.Error) as caught:
        run(caller, f"select {call}")
    assert caught.value.sqlstate == "UL008"
    assert caught.value.diag.message_primary == f"[udfgen bad_argument]: {told}"
    assert scripted.requests == []


def test_nothing_is_null(caller: Connection, scripted: ScriptedLambda) -> None:
    assert run(caller, "select names.awslambda_fn('ask', null)") == [(TEXT,)]
    assert run(caller, "select payload::text from aws_lambda.invoke('ask', null::json)") == [(TEXT,)]
    assert [request.body for request in scripted.requests] == [b"null", b"null"]
    scripted.play(Script(b"null"))
    assert run(caller, "select names.awslambda_fn('ask', '{}')") == [(None,)]
    assert run(caller, "select * from aws_lambda.invoke('ask', '{}'::jsonb)") == [(200, None, "7", None)]


def test_a_function_error_is_an_error(caller: Connection, scripted: ScriptedLambda) -> None:
    failed = b'{"errorType": "KeyError", "errorMessage": "no bob"}'
    scripted.play(Script(failed, headers={"X-Amz-Function-Error": "Unhandled"}))
    for call in ("names.awslambda_fn('ask', '{}')", "aws_lambda.invoke('ask', '{}'::json, log_type => 'Tail')"):
        with pytest.raises(psycopg.Error) as caught:
            run(caller, f"select {call}")
        assert caught.value.sqlstate == "UL006"
        told = f"[udfgen function_error]: ask: KeyError: no bob (request id {REQUEST_ID})"
        assert caught.value.diag.message_primary == told


# The examples of AWS's own pages: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL-Lambda.html and
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL-Lambda-functions.html
HELLO = '{"body": "Hello from Postgres!"}'
MADE = "aws_commons.create_lambda_function_arn"
INVOKED = {
    "json": (f"SELECT * FROM aws_lambda.invoke('ask', '{HELLO}'::json)", HELLO.encode()),
    "jsonb": (f"SELECT * FROM aws_lambda.invoke('ask', '{HELLO}'::jsonb)", HELLO.encode()),
    "an ARN of json": (f"SELECT * FROM aws_lambda.invoke({MADE}('ask', 'eu-west-1'), '[1,2]'::json)", b"[1,2]"),
    "an ARN of jsonb": (f"SELECT * FROM aws_lambda.invoke({MADE}('{ARN}ask'), '[1,2]'::jsonb)", b"[1, 2]"),
    "a region": ("SELECT * FROM aws_lambda.invoke('ask', '{}'::json, 'eu-west-1')", b"{}"),
    "RequestResponse": (
        "SELECT * FROM aws_lambda.invoke('ask', '{}'::json, 'eu-west-1', 'RequestResponse', 'None')", b"{}",
    ),
    "nulls for defaults": ("SELECT * FROM aws_lambda.invoke('ask', '{}'::json, null, null, null, null, null)", b"{}"),
    "a qualifier": ("SELECT * FROM aws_lambda.invoke('ask', '{}'::json, qualifier => 'live')", b"{}"),
    "a qualifier twice": ("SELECT * FROM aws_lambda.invoke('ask:live', '{}'::json, qualifier => 'live')", b"{}"),
}  # fmt: skip


@pytest.mark.parametrize(("statement", "body"), INVOKED.values(), ids=INVOKED)
def test_invoke(caller: Connection, scripted: ScriptedLambda, statement: str, body: bytes) -> None:
    ((status, payload, version, log),) = run(caller, statement)
    assert (status, payload, version, log) == (200, json.loads(REPLY), "7", None)
    assert scripted.requests[0].body == body
    assert target(scripted) == "/2015-03-31/functions/ask/invocations?Qualifier=live"
    assert not {"x-amz-invocation-type", "x-amz-log-type"} & headers(scripted).keys()


def test_invoke_event(caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b"", 202))
    statement = "SELECT * FROM aws_lambda.invoke('queue', '{}'::json, 'eu-west-1', 'Event')"
    assert run(caller, statement) == [(202, None, "7", None)]
    assert headers(scripted)["x-amz-invocation-type"] == "Event"


@pytest.mark.parametrize("name", ["ask", "queue"])
def test_invoke_dry_run(caller: Connection, scripted: ScriptedLambda, name: str) -> None:
    scripted.play(Script(b"", 204))
    statement = f"SELECT * FROM aws_lambda.invoke('{name}', '{{}}'::json, 'eu-west-1', 'DryRun', 'Tail')"
    assert run(caller, statement) == [(204, None, "7", None)]
    sent = headers(scripted)
    assert sent["x-amz-invocation-type"] == "DryRun"
    assert "x-amz-log-type" not in sent


def test_invoke_tail(caller: Connection, scripted: ScriptedLambda) -> None:
    """The log is AWS's own base64, and no notice: the binding does not say that it be shown."""
    heard: list[str] = []
    caller.add_notice_handler(lambda notice: heard.append(notice.message_primary or ""))
    tail = base64.b64encode(b"START\nEND").decode()
    scripted.play(Script(b"1", headers={"X-Amz-Log-Result": tail}))
    assert run(caller, "select log_result from aws_lambda.invoke('ask', '{}'::json, log_type => 'Tail')") == [(tail,)]
    assert headers(scripted)["x-amz-log-type"] == "Tail"
    assert heard == []


def context(scripted: ScriptedLambda) -> Any:
    """Return the client context of the one request."""
    return json.loads(base64.b64decode(headers(scripted)["x-amz-client-context"]))


def test_invoke_with_a_context(caller: Connection, scripted: ScriptedLambda) -> None:
    """It travels whole, but nobody can pass for another caller of a binding that tells who calls."""
    given = '{"client": {"app": "x"}, "custom": {"session_user": "postgres", "more": 1}}'
    run(caller, f"select * from aws_lambda.invoke('ask', '{{}}'::json, context => '{given}')")
    found = context(scripted)
    assert found["client"] == {"app": "x"}
    assert (found["custom"]["session_user"], found["custom"]["more"]) == ("app", 1)
    scripted.requests.clear()
    run(caller, f"select * from aws_lambda.invoke('plain', '{{}}'::jsonb, context => '{given}'::jsonb)")
    assert context(scripted) == json.loads(given)


def test_an_arn_is_a_pair_of_texts(caller: Connection) -> None:
    made = "select (aws_commons.create_lambda_function_arn('ask', 'eu-west-1')).*"
    assert run(caller, made) == [("ask", "eu-west-1")]
    assert run(caller, "select aws_commons.create_lambda_function_arn('ask')::text") == [("(ask,)",)]
    assert run(caller, "select row('a', 'b')::aws_commons._lambda_function_arn_1::text") == [("(a,b)",)]


SIGNATURES = [
    ("aws_commons", "create_lambda_function_arn", "function_name text, region text DEFAULT NULL::text"),
    *(
        (
            "aws_lambda",
            "invoke",
            f"function_name {name}, payload {kind}{region}, invocation_type text DEFAULT 'RequestResponse'::text, "
            f"log_type text DEFAULT 'None'::text, context {kind} DEFAULT NULL::{kind}, "
            "qualifier character varying DEFAULT NULL::character varying, OUT status_code integer, "
            f"OUT payload {kind}, OUT executed_version text, OUT log_result text",
        )
        for name, region in (
            ("text", ", region text DEFAULT NULL::text"), ("aws_commons._lambda_function_arn_1", ""),
        )
        for kind in ("json", "jsonb")
    ),
]  # fmt: skip


def test_the_signatures_are_those_of_rds(installed: str) -> None:
    found = sql(
        installed,
        "select pronamespace::regnamespace::text, proname::text, pg_get_function_arguments(oid) from pg_proc "
        "where pronamespace::regnamespace::text in ('aws_lambda', 'aws_commons')",
    )
    assert sorted(found) == sorted(SIGNATURES)


@pytest.mark.parametrize(
    "call",
    [
        "names.awslambda_fn('ask', '{}')",
        "aws_lambda.invoke('ask', '{}'::json)",
        "aws_commons.create_lambda_function_arn('a')",
    ],
)
def test_they_are_granted_to_nobody_unless_the_spec_says_so(
    installed: str, another: Callable[[str], str], call: str
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        sql(installed, f"select {call}", "bob")
    none = another("")
    put(
        none,
        changed(
            SPEC, ("{awslambda: {grant: [app]}, aws_lambda: {grant: [app]}}", "{awslambda: true, aws_lambda: true}")
        ),
    )
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        sql(none, f"select {call}", "app")
    public = "select count(*) from pg_type where typname = '_lambda_function_arn_1' and typacl::text ~ '{=|,='"
    assert sql(none, public) == sql(installed, public) == [(0,)]


def test_the_switch_holds_for_them(installed: str, scripted: ScriptedLambda) -> None:
    sql(installed, "insert into names.udfgen_names_switch values ('ask', 'off'), ('queue', 'dry_run')")
    try:
        for call in ("names.awslambda_fn('ask', 'x')", "aws_lambda.invoke('ask', '{}'::json)"):
            with pytest.raises(psycopg.Error, match=r"\[udfgen disabled\]: ask: it is switched off"):
                sql(installed, f"select {call}", "app")
        scripted.play(Script(b"", 204))
        assert sql(installed, "select names.awslambda_fn_async('queue', '{}')", "app") == [("",)]
        invoked = "select * from aws_lambda.invoke('queue', '{}'::json, invocation_type => 'Event', log_type => 'Tail')"
        assert sql(installed, invoked, "app") == [(204, None, "7", None)]
        types = [dict(request.headers)["X-Amz-Invocation-Type"] for request in scripted.requests]
        assert types == ["DryRun", "DryRun"]
    finally:
        sql(installed, "delete from names.udfgen_names_switch")


# Installing and removing

BEFORE = {
    "nothing": "",
    "the schemas": "create schema aws_lambda; create schema aws_commons",
    "somebody else's functions beside": """
        create schema aws_commons; create function aws_commons.other() returns int language sql as 'select 1'""",
    "the type": """
        create schema aws_commons;
        create type aws_commons._lambda_function_arn_1 as (function_name text, region text)""",
}


@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
def test_an_uninstall_leaves_what_was_there(database: str, before: str) -> None:
    sql(database, before)
    was = photograph(database)
    put(database, SPEC, ALL)
    assert look(database, SPEC).work == ()
    remove(database, SPEC)
    adopted = "_lambda_function_arn_1" in before
    assert difference(was, photograph(database)).keys() == ({"relation", "column", "type"} if adopted else set())


def test_a_spec_that_drops_them(database: str) -> None:
    plain = changed(SPEC, ("compat: {awslambda: {grant: [app]}, aws_lambda: {grant: [app]}}\n", ""))
    put(database, plain)
    was = photograph(database)
    put(database, SPEC)
    assert set(verdicts(look(database, plain)).values()) == {"drop"}
    put(database, plain)
    assert look(database, plain).is_done
    left = difference(was, photograph(database))
    assert left == {}


def test_the_real_extension_is_never_touched(database: str) -> None:
    """There is none on this server, so one that is there plays it."""
    sql(database, "create extension plpython3u")
    sql(database, "update pg_extension set extname = 'aws_lambda' where extname = 'plpython3u'")
    plan = look(database, SPEC)
    assert verdicts(plan)["extension aws_lambda"] == Verdict.FOREIGN.value
    told = "extension aws_lambda is here and has the names of compat.aws_lambda: take that out of the spec"
    assert told in plan.problems
    was = photograph(database)
    with pytest.raises(RefusedError, match="extension aws_lambda is here"):
        put(database, SPEC, ALL)
    assert difference(was, photograph(database)) == {}
    sql(database, "update pg_extension set extname = 'plpython3u' where extname = 'aws_lambda'")


def test_two_specs_cannot_both_have_the_names(database: str) -> None:
    put(database, SPEC)
    other = changed(SPEC, ("name: names", "name: others"))
    with pytest.raises(RefusedError, match=r'"aws_lambda"."invoke".* is there, but not from this install'):
        put(database, other)
    put(database, other, ALL)
    assert look(database, other).is_done
    assert "drift" in verdicts(look(database, SPEC)).values()
    remove(database, other)
    assert sql(database, "select to_regnamespace('aws_lambda') is null") == [(True,)]


DRIFT = {
    "a delegate's body": (
        "create or replace function aws_lambda.invoke(function_name text, payload jsonb, region text default null, "
        "invocation_type text default 'RequestResponse', log_type text default 'None', context jsonb default null, "
        "qualifier varchar default null, out status_code int, out payload jsonb, out executed_version text, "
        "out log_result text) language sql as 'select 1, null::jsonb, null::text, null::text'",
        "drift",
        'function "aws_lambda"."invoke"(text, jsonb, text, text, text, jsonb, character varying)',
    ),
    "a delegate dropped": (
        "drop function aws_commons.create_lambda_function_arn(text, text)",
        "missing",
        'function "aws_commons"."create_lambda_function_arn"(text, text)',
    ),
    "granted to all": (
        "grant execute on procedure names.awslambda_proc to public", "drift",
        'function "names"."awslambda_proc"(text, text)',
    ),
    "a procedure that is a function": (
        "drop procedure names.awslambda_proc; create function names.awslambda_proc(fn_name text, fn_args text) "
        "returns void language sql as ''",
        "drift",
        'function "names"."awslambda_proc"(text, text)',
    ),
    "an attribute renamed": (
        "alter type aws_commons._lambda_function_arn_1 rename attribute region to place", "drift",
        'type "aws_commons"."_lambda_function_arn_1"',
    ),
    "an attribute more": (
        "alter type aws_commons._lambda_function_arn_1 add attribute more text", "drift",
        'type "aws_commons"."_lambda_function_arn_1"',
    ),
    "the type for all": (
        "grant usage on type aws_commons._lambda_function_arn_1 to public", "drift",
        'type "aws_commons"."_lambda_function_arn_1"',
    ),
    "a schema dropped": ("drop schema aws_lambda cascade", "create", 'schema "aws_lambda"'),
    "the schema closed": ("revoke usage on schema aws_lambda from app", "create", 'usage "aws_lambda" to "app"'),
}  # fmt: skip


@pytest.mark.parametrize(("statement", "verdict", "key"), DRIFT.values(), ids=DRIFT)
def test_what_was_changed_by_hand_is_seen_and_put_right(
    another: Callable[[str], str], scripted: ScriptedLambda, statement: str, verdict: str, key: str
) -> None:
    dsn = another("")
    put(dsn, SPEC)
    sql(dsn, statement)
    assert verdicts(look(dsn, SPEC))[key] == verdict
    put(dsn, SPEC, ALL)
    assert look(dsn, SPEC).is_done
    scripted.play(Script(b"1"))
    arn = "aws_commons.create_lambda_function_arn('ask', 'eu-west-1')"
    assert sql(dsn, f"select status_code from aws_lambda.invoke({arn}, '{{}}'::jsonb)", "app") == [(200,)]


def test_a_type_that_is_put_right_keeps_what_is_stored(database: str) -> None:
    put(database, SPEC)
    sql(database, "create table mine as select aws_commons.create_lambda_function_arn('ask', 'eu-west-1') as arn")
    sql(database, "alter type aws_commons._lambda_function_arn_1 add attribute more text")
    put(database, SPEC, ALL)
    assert sql(database, "select arn::text from mine") == [("(ask,eu-west-1)",)]
    assert remove(database, SPEC).warnings == (
        'type "aws_commons"."_lambda_function_arn_1" stays: others use it',
        "schema aws_commons stays: it holds objects of others",
    )
    assert sql(database, "select arn::text from mine") == [("(ask,eu-west-1)",)]
