"""Calls in real sessions: errors that SQL can catch, the caller's context, settings and places that change nothing."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.live.databases import connection, put, run
from tests.scripted import REQUEST_ID, Script, ScriptedLambda

SPEC = Path(__file__).with_name("calls.yaml").read_text(encoding="utf-8")
Connection = psycopg.Connection[Any]

SQLSTATES = {
    "throttled": ("UL001", "value('x')", Script(b"{}", 429, {"x-amzn-ErrorType": "TooManyRequestsException"})),
    "timeout": ("UL002", "hurry()", Script(b"null", delay=0.6)),
    "not_authorized": ("UL003", "value('x')", Script(b"{}", 403, {"x-amzn-ErrorType": "AccessDeniedException"})),
    "not_found": ("UL004", "value('x')", Script(b"{}", 404, {"x-amzn-ErrorType": "ResourceNotFoundException"})),
    "too_large": ("UL005", "huge(repeat('x', 6291456))", Script()),
    "function_error": (
        "UL006",
        "value('x')",
        Script(b'{"errorType": "ValueError", "errorMessage": "boom"}', headers={"X-Amz-Function-Error": "Unhandled"}),
    ),
    "bad_response": ("UL007", "value('x')", Script(b'{"v": "no number"}')),
    "bad_argument": ("UL008", "positive(-1)", Script()),
    "unavailable": ("UL009", "value('x')", Script(b"{}", 503)),
}
UNSENT = {"timeout", "too_large", "bad_argument"}
"""Failures without a reply, so without a request id."""

CATCH = """
do $do$
declare
    said text; told text;
begin
    perform calls.{call};
    raise notice 'no error';
exception when sqlstate '{state}' then
    get stacked diagnostics said = message_text, told = pg_exception_detail;
    raise notice '% | %', said, told;
end
$do$
"""


@pytest.fixture(scope="module")
def installed(another: Callable[[str], str]) -> str:
    """A database with calls.yaml in it."""
    dsn = another("")
    put(dsn, SPEC)
    return dsn


@pytest.fixture
def caller(installed: str) -> Iterator[Connection]:
    """A fresh session of somebody who was granted the functions, and is nobody else."""
    with connection(installed, "app") as opened:
        yield opened


@pytest.fixture
def told(caller: Connection) -> list[str]:
    """The notices that the session gets."""
    heard: list[str] = []
    caller.add_notice_handler(lambda notice: heard.append(notice.message_primary or ""))
    return heard


@pytest.mark.parametrize("code", SQLSTATES)
def test_each_code_is_caught_by_its_sqlstate(
    caller: Connection, told: list[str], scripted: ScriptedLambda, code: str
) -> None:
    state, call, script = SQLSTATES[code]
    scripted.play(script)
    run(caller, CATCH.format(call=call, state=state))
    message, _, detail = told[0].partition(" | ")
    assert message.startswith(f"[udfgen {code}]: ")
    assert ("request id" in message) is ("request id" in detail) is (code not in UNSENT)
    if code not in UNSENT:
        assert f"(request id {REQUEST_ID})" in message
        assert detail.startswith(f"AWS request id: {REQUEST_ID}, executed version: 7, HTTP status: ")


@pytest.mark.parametrize("code", SQLSTATES)
def test_another_handler_lets_it_through(caller: Connection, scripted: ScriptedLambda, code: str) -> None:
    state, call, script = SQLSTATES[code]
    scripted.play(script)
    with pytest.raises(psycopg.Error) as caught:
        run(caller, CATCH.format(call=call, state="UL999"))
    assert caught.value.sqlstate == state
    assert (caught.value.diag.message_primary or "").startswith(f"[udfgen {code}]: ")


def test_others_catches_it(caller: Connection, told: list[str], scripted: ScriptedLambda) -> None:
    scripted.play(Script(b"{}", 404))
    run(caller, "do $$ begin perform calls.value('x'); exception when others then raise notice '%', sqlstate; end $$")
    assert told == ["UL004"]


def test_the_error_shows_no_body_and_no_secret(caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b"{}", 403))
    with pytest.raises(psycopg.Error) as caught:
        run(caller, "select calls.value('the payload')")
    shown = "\n".join(str(getattr(caught.value.diag, each)) for each in dir(caught.value.diag) if each[0] != "_")
    secrets = [scripted.environment()[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")]
    assert not [each for each in (*secrets, "the payload", "Signature=") if each in shown]


def test_the_log_tail_comes_as_a_notice(caller: Connection, told: list[str], scripted: ScriptedLambda) -> None:
    tail = base64.b64encode("START\nh\u00e9llo\nEND".encode()).decode()
    scripted.play(Script(b'{"v": 3}', headers={"X-Amz-Log-Result": tail}))
    assert run(caller, "select calls.talk()") == [(3,)]
    assert told == ["START\nh\u00e9llo\nEND"]
    assert scripted.requests[0].header("x-amz-log-type") == "Tail"


def context(scripted: ScriptedLambda) -> dict[str, str]:
    """Return what the last request said of its caller."""
    found: dict[str, str] = json.loads(base64.b64decode(scripted.requests[-1].header("x-amz-client-context") or ""))[
        "custom"
    ]
    return found


def test_the_client_context_follows_the_session(installed: str, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"v": 1}'))
    database = installed.split("/")[3].partition("?")[0]
    with connection(installed) as opened:
        run(opened, "set application_name = 'report'; select calls.value('x')")
        told = {"database": database, "session_user": "postgres", "role": "none", "application_name": "report"}
        assert context(scripted) == told
        run(opened, "set role app; select calls.value('x')")
        assert context(scripted) == told | {"role": "app"}
        run(opened, "set application_name = 'b\u00fclk \"2\"'; select calls.value('x')")
        assert context(scripted)["application_name"] == run(opened, "show application_name")[0][0]
        run(opened, "reset role; select calls.value('x')")
        assert context(scripted)["role"] == "none"
        run(opened, "begin; set local role app; select calls.value('x')")
        assert context(scripted)["role"] == "app"
        run(opened, "rollback; select calls.value('x')")
        assert context(scripted)["role"] == "none"
        run(opened, "set session authorization app; select calls.value('x')")
        assert context(scripted)["session_user"] == "app"
        run(opened, "discard all")
        run(opened, "select calls.value('x')")
        assert context(scripted) == told | {"application_name": run(opened, "show application_name")[0][0]}


def test_one_statement_may_have_several_callers(installed: str, scripted: ScriptedLambda) -> None:
    """Who calls is read from the server process, so a change by the statement itself is seen."""
    scripted.play(Script(b'{"v": 1}'))
    found = []
    with connection(installed) as opened:
        run(opened, "select calls.value('x')")
        for role in ("app", "bob", "none"):
            run(opened, f"select set_config('role', '{role}', false), calls.value('x')")
            found.append(context(scripted)["role"])
            run(opened, "reset role")
    assert found == ["app", "bob", "none"]


def test_a_caller_that_is_renamed_has_the_new_name_after_a_second(installed: str, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"v": 1}'))
    with connection(installed) as other:
        run(other, "create role anna login in role app")
        with connection(installed, "anna") as opened:
            run(opened, "select calls.value('x')")
            assert context(scripted)["session_user"] == "anna"
            run(other, "alter role anna rename to bella")
            time.sleep(1.1)
            run(opened, "select calls.value('x')")
            assert context(scripted)["session_user"] == "bella"
        run(other, "drop role bella")


DATED = """
select d2::text, t2::text, s2::text, z2::text, r2::text, f2::text, n2::text, encode(b2, 'hex') from calls.dated(
    date '2024-02-29', time '23:59:59.5', timestamp '2024-02-29 12:00:00', timestamptz '2024-02-29 12:00:00+02',
    1.1::real, 0.1::double precision, 1.5, decode('00ff', 'hex'))
"""
WIRE = (
    b'{"d":"2024-02-29","t":"23:59:59.5","s":"2024-02-29T12:00:00","z":"2024-02-29T10:00:00Z",'
    b'"r":1.1,"f":0.1,"n":1.50,"b":"AP8="}'
)
BACK = ("2024-02-29", "23:59:59.5", "2024-02-29 12:00:00", "2024-02-29 10:00:00+00", "1.1", "0.1", "1.50", "00ff")
USUAL = "set datestyle = 'ISO, YMD'; set timezone = 'UTC'; set extra_float_digits = 1; set bytea_output = 'hex'"

SETTINGS = {
    "German dates": "set datestyle = 'German, DMY'",
    "SQL dates": "set datestyle = 'SQL, MDY'; set timezone = 'America/New_York'",
    "intervals": "set intervalstyle = 'sql_standard'",
    "time zone": "set timezone = 'Asia/Kathmandu'",
    "fewer digits": "set extra_float_digits = -15",
    "escaped bytes": "set bytea_output = 'escape'",
    "commas": "set lc_numeric = 'C'; set lc_monetary = 'C'",
    "client encoding": "set client_encoding = 'LATIN1'",
    "old strings": "set standard_conforming_strings = off; set escape_string_warning = off",
    "null is null": "set transform_null_equals = on; set array_nulls = off",
    "no plans": "set plan_cache_mode = force_generic_plan; set jit = off",
    "a shadowing schema": "set search_path = evil, pg_catalog",
    "a shadowing temporary schema": "set search_path = pg_temp, evil, pg_catalog",
    "nothing": "set search_path = ''",
}

EVIL = """
create schema if not exists evil;
grant usage on schema evil to app;
create or replace function evil.current_database() returns name language sql as $$ select 'evil'::name $$;
create or replace function evil.current_setting(text) returns text language sql as $$ select 'evil' $$;
create or replace function evil.lower(text) returns text language sql as $$ select 'evil' $$;
create or replace view evil.pg_roles as select 1 as evil;
"""


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_a_session_setting_changes_nothing(installed: str, scripted: ScriptedLambda, settings: str) -> None:
    row = json.loads(WIRE)
    scripted.play(Script(json.dumps([row]).encode()))
    with connection(installed) as opened:
        run(opened, EVIL)
    with connection(installed, "app") as opened:
        run(opened, "create temp table pg_database (a int); create temp table pg_roles (a int)")
        run(opened, settings)
        run(opened, DATED)
        assert [request.body for request in scripted.requests] == [WIRE]
        assert "evil" not in json.dumps(context(scripted))
        before = run(opened, "select pg_catalog.current_setting('search_path')")
        run(opened, f"{USUAL}; set search_path = pg_catalog; set client_encoding = 'UTF8'")
        assert run(opened, DATED) == [BACK]
        assert before


def test_parameters_and_columns_may_have_any_name(caller: Connection, scripted: ScriptedLambda) -> None:
    names = ["args", "plpy", "gd", "sd", "td", "self", "class", "def", "select", "user"]
    scripted.play(Script(b"1"))
    values = ", ".join(f"'{number}'" for number in range(len(names)))
    run(caller, f"select calls.odd_names({values})")
    named = ", ".join(f"\"{name}\" => '{number}'" for number, name in enumerate(names))
    run(caller, f"select calls.odd_names({named})")
    wanted = {name: str(number) for number, name in enumerate(names)}
    assert [json.loads(request.body) for request in scripted.requests] == [wanted, wanted]
    scripted.play(Script(b'[{"select": "a", "user": "b", "order": "c"}]'))
    assert run(caller, 'select "order", "user", "select" from calls.odd_columns(\'x\')') == [("c", "b", "a")]


def test_text_comes_back_as_it_went(caller: Connection, scripted: ScriptedLambda) -> None:
    text = "\U0001f600 \u00e4\u20ac\u0001\u2028\" ' \\ $1 %s \n\t"
    scripted.play(Script(json.dumps({"v": text}).encode()))
    assert caller.execute("select calls.unicode(%s)", [text]).fetchall() == [(text,)]
    assert json.loads(scripted.requests[0].body) == {"v": text}


PLACES = {
    "a read-only transaction": "begin read only; select calls.value('x'); commit",
    "a serializable transaction": "begin isolation level serializable; select calls.value('x'); commit",
    "a prepared statement": "prepare p as select calls.value($1); execute p('x')",
    "a cursor": "begin; declare c cursor for select calls.value('x'); fetch all from c",
    "where, without an index": "select 1 from generate_series(1, 3) as g where calls.value(g::text) = 1",
    "order by": "select 1 from generate_series(1, 3) as g order by calls.value(g::text)",
    "a lateral join": "select items.id from generate_series(1, 3) as g, lateral calls.items() as items",
    "insert from": "create temp table t as select calls.value('x') as v; select v from t",
    "a default": "create temp table t (v int default calls.value('x')); insert into t default values; select * from t",
    "a check": "create temp table t (v int check (calls.value('x') = v)); insert into t values (1); select * from t",
    "a view": "create temp view w as select calls.value('x') as v; select v from w",
    "a stable function": """
        create function pg_temp.f() returns int stable language sql as $$ select calls.steady(1) $$;
        select pg_temp.f()""",
    "an immutable one": "select calls.fixed(1)",
    "a function with settings": """
        create function pg_temp.f() returns int set datestyle = 'German' set search_path = ''
        language plpgsql as $$ begin return calls.value('x'); end $$; select pg_temp.f()""",
    "after savepoints": """
        begin; savepoint a; select calls.value('x'); rollback to a; select calls.value('y'); release a;
        select calls.value('z'); commit""",
    "after an error that was caught": """
        do $$ begin for i in 1..3 loop
            begin perform calls.positive(-1); exception when sqlstate 'UL008' then null; end;
            perform calls.value('x');
        end loop; end $$; select calls.value('x')""",
}


@pytest.mark.parametrize("statement", PLACES.values(), ids=PLACES)
def test_a_call_works_in(caller: Connection, scripted: ScriptedLambda, statement: str) -> None:
    scripted.play(Script(b'{"v": 1, "items": [{"id": 1, "name": "a"}]}'))
    assert {*run(caller, statement)} <= {(1,)}
    assert scripted.requests
    assert run(caller, "select calls.value('again')") == [(1,)]


def test_a_trigger_by_hand(caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"v": 5}'))
    run(
        caller,
        """
        create temp table t (a text, v int);
        create function pg_temp.fill() returns trigger language plpgsql as
            $$ begin new.v := calls.value(new.a); return new; end $$;
        create trigger fill before insert on t for each row execute function pg_temp.fill();
        insert into t values ('one'), ('two');""",
    )
    assert run(caller, "select a, v from t order by a") == [("one", 5), ("two", 5)]
    assert [json.loads(request.body)["v"] for request in scripted.requests] == ["one", "two"]
    scripted.play(Script(b"{}", 404))
    with pytest.raises(psycopg.Error) as caught:
        run(caller, "insert into t values ('three')")
    assert caught.value.sqlstate == "UL004"
    assert run(caller, "select count(*) from t") == [(2,)]


def test_an_error_leaves_a_transaction_usable_from_its_savepoint(caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"v": 1}'))
    with caller.transaction():
        run(caller, "create temp table kept (a int)")
        with pytest.raises(psycopg.Error) as caught, caller.transaction():
            run(caller, "select calls.positive(0)")
        assert caught.value.sqlstate == "UL008"
        assert run(caller, "select calls.value('x')") == [(1,)]
    assert run(caller, "select count(*) from kept") == [(0,)]


def test_a_pool_gives_the_session_to_the_next(caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"v": 1}'))
    for number in range(3):
        run(caller, f"set application_name = 'client {number}'; select calls.value('x')")
        run(caller, "discard all")
        assert context(scripted)["application_name"] == f"client {number}"
    assert len(scripted.requests) == 3


def test_a_parallel_plan_calls_from_the_leader_only(installed: str, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"v": 1}'))
    with connection(installed) as owner:
        run(owner, "create table if not exists public.many as select g as a from generate_series(1, 2000) as g")
        run(owner, "grant select on public.many to app; analyze public.many")
    with connection(installed, "app") as opened:
        run(
            opened,
            "set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0; "
            "set max_parallel_workers_per_gather = 2",
        )
        assert "Gather" in plan_of(opened, "select count(*) from public.many where a % 1000 = 0")
        query = "select count(*) from public.many where a % 1000 = 0 and calls.value(a::text) = 1"
        assert "Gather" not in plan_of(opened, query)
        assert run(opened, query) == [(2,)]
    assert len(scripted.requests) == 2


def plan_of(opened: Connection, query: str) -> str:
    """Return what the planner would do."""
    return "\n".join(row[0] for row in run(opened, f"explain {query}"))


def test_the_planner_calls_late_because_a_call_is_dear(installed: str, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"v": 1}'))
    with connection(installed, "app") as opened:
        query = "select 1 from generate_series(1, 100) as g where calls.value(g::text) = 1 and g > 98"
        assert run(opened, query) == [(1,), (1,)]
    assert len(scripted.requests) == 2


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII", "EUC_JP"])
def test_databases_of_other_encodings(another: Callable[[str], str], scripted: ScriptedLambda, encoding: str) -> None:
    dsn = another(f"encoding '{encoding}' template template0 lc_collate 'C' lc_ctype 'C'")
    put(dsn, SPEC)
    with connection(dsn, "app") as opened:
        scripted.play(Script(b'{"v": 1}'))
        assert run(opened, "select calls.value('plain')") == [(1,)]
        check_unicode(opened, scripted, encoding)
        with pytest.raises(psycopg.Error) as caught:
            run(opened, "select calls.positive(-1)")
        assert caught.value.sqlstate == "UL008"


REPRESENTABLE = {"LATIN1": "\u00e4", "SQL_ASCII": "a", "EUC_JP": "\u3042"}


def check_unicode(opened: Connection, scripted: ScriptedLambda, encoding: str) -> None:
    """Send and receive what the database can hold; what it cannot is PostgreSQL's own error, and nothing is cut."""
    text = REPRESENTABLE[encoding]
    scripted.play(Script(json.dumps({"v": text}).encode()))
    assert opened.execute("select calls.unicode(%s)", [text]).fetchall() == [(text,)]
    assert json.loads(scripted.requests[0].body) == {"v": text}
    scripted.play(Script(json.dumps({"v": "\U0001f600"}).encode()))
    if encoding == "SQL_ASCII":
        assert run(opened, "select encode(calls.unicode('x')::bytea, 'hex')") == [("f09f9880",)]
        return
    with pytest.raises(psycopg.Error, match=r"has no equivalent in encoding|invalid byte sequence") as caught:
        run(opened, "select calls.unicode('x')")
    assert caught.value.sqlstate in ("22P05", "22021")
    assert run(opened, "select 1") == [(1,)]


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII", "EUC_JP"])
def test_foreign_words_are_shown_in_databases_of_other_encodings(
    another: Callable[[str], str], scripted: ScriptedLambda, encoding: str
) -> None:
    dsn = another(f"encoding '{encoding}' template template0 lc_collate 'C' lc_ctype 'C'")
    put(dsn, SPEC)
    with connection(dsn, "app") as opened:
        told: list[str] = []
        opened.add_notice_handler(lambda notice: told.append(notice.message_primary or ""))
        tail = base64.b64encode("caf\u00e9 \U0001f600".encode()).decode()
        scripted.play(Script(b'{"v": 3}', headers={"X-Amz-Log-Result": tail}))
        assert run(opened, "select calls.talk() from generate_series(1, 3)") == [(3,)] * 3
        assert told == ["caf\\xe9 \\U0001f600"] * 3
        failed = json.dumps({"errorType": "caf\u00e9", "errorMessage": "\U0001f600"}).encode()
        scripted.play(Script(failed, headers={"X-Amz-Function-Error": "Unhandled"}))
        with pytest.raises(psycopg.Error, match=r"\[udfgen function_error\]: plain: caf\\xe9: \\U0001f600") as caught:
            run(opened, "select calls.value('x')")
        assert caught.value.sqlstate == "UL006"
        scripted.play(Script(b'{"v": 1}'))
        assert run(opened, "select calls.value('x')") == [(1,)]
