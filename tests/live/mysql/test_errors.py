"""Errors of calls in real sessions of MySQL and MariaDB: SQL can catch each code, and nothing half done is left."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.live.mysql.callers import BODY, Connection, calls_server, failure
from tests.live.mysql.conftest import ROOTS
from tests.live.mysql.databases import connection, is_mariadb, run, sql
from tests.scripted import REQUEST_ID, Script, ScriptedLambda

FUNCTION_ERROR = {"X-Amz-Function-Error": "Unhandled"}
CODES = {
    "throttled": (51001, "ask('x')", Script(b"{}", 429, {"x-amzn-ErrorType": "TooManyRequestsException"})),
    "timeout": (51002, "hurry()", Script(b"null", delay=0.6)),
    "not_authorized": (51003, "ask('x')", Script(b"{}", 403, {"x-amzn-ErrorType": "AccessDeniedException"})),
    "not_found": (51004, "ask('x')", Script(b"{}", 404, {"x-amzn-ErrorType": "ResourceNotFoundException"})),
    "too_large": (51005, "ask(repeat('x', 6291449))", Script()),
    "function_error": (
        51006,
        "ask('x')",
        Script(b'{"errorType": "ValueError", "errorMessage": "boom"}', headers=FUNCTION_ERROR),
    ),
    "bad_response": (51007, "ask('x')", Script(b'{"v": "no number"}')),
    "bad_argument": (51008, "positive(-1)", Script()),
    "unavailable": (51009, "ask('x')", Script(b"{}", 503)),
}
UNSENT = {"timeout", "too_large", "bad_argument"}
"""Failures without a reply, so without a request id."""

CATCH = """
drop procedure if exists mine.caught;
create procedure mine.caught() begin
    declare exit handler for {condition}
        get diagnostics condition 1 @number = mysql_errno, @state = returned_sqlstate, @said = message_text;
    set @number = null, @state = null, @said = null;
    set @v = calls.{call};
end;
call mine.caught();
select @number, @state, @said
"""


@pytest.fixture(scope="module", params=ROOTS)
def server(request: pytest.FixtureRequest, scripted: ScriptedLambda) -> Iterator[str]:
    """A server with calls.yaml and a database for the caller in it."""
    with calls_server(scripted, request.param) as dsn:
        sql(dsn, "create database mine; grant all on mine.* to app; set global log_bin_trust_function_creators = 1")
        yield dsn


@pytest.fixture
def caller(server: str) -> Iterator[Connection]:
    """A fresh session of somebody who was granted the functions, and owns an empty database."""
    sql(server, "drop database mine; create database mine")
    with connection(server, "app", database="mine") as opened:
        yield opened


@pytest.mark.parametrize("form", ["number", "sqlstate 'HY000'", "sqlexception"])
@pytest.mark.parametrize("code", CODES)
def test_each_code_is_caught(caller: Connection, scripted: ScriptedLambda, code: str, form: str) -> None:
    number, call, script = CODES[code]
    scripted.play(script)
    condition = str(number) if form == "number" else form
    ((caught, state, said),) = run(caller, CATCH.format(condition=condition, call=call))
    assert (caught, state) == (number, "HY000")
    assert said.startswith(f"[udfgen {code}]: ")
    assert said.count("[udfgen") == 1
    assert (f"(request id {REQUEST_ID})" in said) is (code not in UNSENT)


@pytest.mark.parametrize("code", CODES)
def test_another_handler_lets_it_through(caller: Connection, scripted: ScriptedLambda, code: str) -> None:
    number, call, script = CODES[code]
    scripted.play(script)
    found, said = failure(caller, CATCH.format(condition="51010", call=call))
    assert (found, said.partition(": ")[0]) == (number, f"[udfgen {code}]")


NOT_FOUND = Script(b"{}", 404, {"x-amzn-ErrorType": "ResourceNotFoundException"})
SAID = f"[udfgen not_found]: plain: ResourceNotFoundException (request id {REQUEST_ID})"


@pytest.mark.parametrize("statement", ["call calls.note('x')", "call calls.items('x')", "select calls.ask('x')"])
def test_every_form_raises(caller: Connection, scripted: ScriptedLambda, statement: str) -> None:
    scripted.play(NOT_FOUND)
    assert failure(caller, statement) == (51004, SAID)
    scripted.play(Script(BODY))
    run(caller, statement)
    assert len(scripted.requests) == 1


def problems(caller: Connection) -> list[tuple[object, ...]]:
    """Return the warnings of the last statement, without MariaDB's notes about where in a routine they arose."""
    return [row for row in run(caller, "show warnings") if row[0] != "Note"]


def test_do_swallows_an_error_on_mariadb(server: str, caller: Connection, scripted: ScriptedLambda) -> None:
    """So no procedure is made of it, and a caller should not use it either."""
    scripted.play(NOT_FOUND)
    if is_mariadb(server):
        assert run(caller, "do calls.ask('x')") == []
        assert problems(caller) == [("Error", 51004, SAID)]
    else:
        assert failure(caller, "do calls.ask('x')") == (51004, SAID)
    assert len(scripted.requests) == 1


def test_the_error_is_the_only_one(caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(NOT_FOUND)
    failure(caller, "select calls.ask('x')")
    assert problems(caller) == [("Error", 51004, SAID)]


def test_an_error_shows_no_body_and_no_secret(caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b"{}", 403))
    shown = str(failure(caller, "select calls.ask('the payload')")) + str(run(caller, "show warnings"))
    secrets = [scripted.environment()[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")]
    assert "[udfgen not_authorized]" in shown
    assert not [each for each in (*secrets, "the payload", "Signature=") if each in shown]


def test_characters_that_servers_cannot_show_are_told_by_their_number(
    caller: Connection, scripted: ScriptedLambda
) -> None:
    body = json.dumps({"errorType": "\u00e4\u20ac", "errorMessage": "\U0001f600 " + "x" * 900}, ensure_ascii=False)
    scripted.play(Script(body.encode(), headers=FUNCTION_ERROR))
    number, said = failure(caller, "select calls.ask('x')")
    assert number == 51006
    assert said.startswith("[udfgen function_error]: plain: \u00e4\u20ac: \\u{1f600} xxx")
    assert said.endswith(f"... (request id {REQUEST_ID})")


def test_a_statement_of_many_rows_stops_at_its_first_error_and_leaves_nothing(
    caller: Connection, scripted: ScriptedLambda
) -> None:
    scripted.play(Script(BODY))
    run(caller, "create table t (a int); create table u (a int); insert into t values (1), (2), (-1), (3), (4)")
    assert failure(caller, "insert into u select calls.positive(a) from t")[0] == 51008
    assert len(scripted.requests) == 2
    assert run(caller, "select count(*) from u") == [(0,)]
    assert failure(caller, "update t set a = calls.positive(a) + 100")[0] == 51008
    assert run(caller, "select count(*) from t where a > 100") == [(0,)]


def test_a_trigger(caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(Script(BODY))
    run(
        caller,
        """
        create table t (a varchar(9), v int);
        create trigger fill before insert on t for each row set new.v = calls.ask(new.a);
        insert into t (a) values ('one'), ('two')""",
    )
    assert run(caller, "select a, v from t order by a") == [("one", 1), ("two", 1)]
    assert [json.loads(request.body)["v"] for request in scripted.requests] == ["one", "two"]
    scripted.play(NOT_FOUND)
    assert failure(caller, "insert into t (a) values ('three')") == (51004, SAID)
    assert run(caller, "select count(*) from t") == [(2,)]


def test_a_transaction_lives_on_after_an_error(caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(NOT_FOUND)
    run(caller, "create table t (a int); start transaction; insert into t values (1)")
    assert failure(caller, "insert into t select calls.ask('x')") == (51004, SAID)
    run(caller, "insert into t values (2); commit")
    assert run(caller, "select a from t order by a") == [(1,), (2,)]


def test_null_takes_the_place_of_an_error_where_the_spec_says_so(caller: Connection, scripted: ScriptedLambda) -> None:
    for script in (NOT_FOUND, Script(b"oops"), Script(behaviour="reset")):
        scripted.play(script)
        assert run(caller, "select calls.lenient(), 'on'") == [(None, "on")]
        assert run(caller, "show warnings") == []
    assert failure(caller, "select calls.lenient_positive(-1)")[0] == 51008


def test_null_arguments_end_a_call_where_the_spec_says_so(caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(Script(BODY))
    assert run(caller, "select calls.strict(null), calls.strict('x'), calls.ask(null)") == [(None, 1, 1)]
    assert [request.body for request in scripted.requests] == [b'{"v":"x"}', b'{"v":null}']
