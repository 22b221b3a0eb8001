"""Triggers on somebody's table: what is sent for which write, who needs which rights, what stops a write."""

from __future__ import annotations

import re
import threading
import time

import pymysql
import pytest

from tests.live.mysql.callers import number
from tests.live.mysql.catalogs import difference, photograph
from tests.live.mysql.databases import changed, connection, look, put, remove, run, sql
from tests.live.mysql.watched import ODD, QUEUED, SPEC, WRITE, prepare, sent
from tests.scripted import Script, ScriptedLambda
from udfgen.errors import RefusedError

OWNER = "`udfgen_watch`@`localhost`"


@pytest.fixture
def watched(server: str, scripted: ScriptedLambda) -> str:
    """A server whose tables are watched, and an endpoint that takes all."""
    put(prepare(server), SPEC)
    scripted.play(QUEUED)
    return server


def without_moment(calls: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return calls without the moment, which was one in UTC."""
    for call in calls:
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", str(call.pop("moment")))
    return calls


def test_each_row_of_each_event_is_a_call(watched: str, scripted: ScriptedLambda) -> None:
    sql(watched, "alter table trade.orders auto_increment = 41")
    insert = "insert into trade.orders (amount, name, paid) values (10, '\u00e9', 1), (20.5, null, 0)"
    same = {"place": "orders", "who": "app", "level": 7}
    assert without_moment(sent(scripted, watched, insert)) == [
        {"id": 41, "what": "insert", "amount": 10.0, "name": "\u00e9", "paid": True} | same,
        {"id": 42, "what": "insert", "amount": 20.5, "name": None, "paid": False} | same,
    ]
    assert without_moment(sent(scripted, watched, "update trade.orders set amount = amount + 1 where id = 41")) == [
        {"id": 41, "what": "update", "amount": 11.0, "name": "\u00e9", "paid": True} | same
    ]
    assert without_moment(sent(scripted, watched, "delete from trade.orders")) == [
        {"id": id, "what": "delete", "amount": None, "name": None, "paid": None} | same for id in (41, 42)
    ]


def test_the_moment_is_that_of_the_statement_in_utc_whatever_the_zone(watched: str, scripted: ScriptedLambda) -> None:
    many = f"{WRITE}, (10, 'y')"
    (first, second) = sent(scripted, watched, f"set timestamp = 1456000000.5, time_zone = '+05:00'; {many}")
    assert first["moment"] == second["moment"] == "2016-02-20T20:26:40.5Z"


@pytest.mark.parametrize(
    ("amount", "name", "calls"),
    [
        ("5", "'x'", 0),
        ("5.01", "'x'", 1),
        ("0", "'x'", 0),
        ("null", "'x'", 0),
        ("9", "null", 1),
        ("9", "''", 1),
        ("9", r"'it\'s \\ not'", 0),
        ("9", r"'it\'s \\ NOT'", 0),
    ],
)
def test_only_what_the_condition_lets_through(
    watched: str, scripted: ScriptedLambda, amount: str, name: str, calls: int
) -> None:
    """An unsigned column minus five is no error, and text compares as its column does."""
    row = f"insert into trade.orders (amount, name) values ({amount}, {name})"
    assert len(sent(scripted, watched, row)) == calls


@pytest.mark.parametrize(
    ("assignment", "calls"),
    [
        ("other = 1", 0),
        ("name = 'a', amount = 10", 0),
        ("name = 'A'", 1),
        ("name = 'a '", 1),
        ("name = null", 1),
        ("amount = 10.00", 0),
        ("amount = 10.01", 1),
        ("id = 7", 0),
    ],
)
def test_an_update_counts_when_a_value_is_another(
    watched: str, scripted: ScriptedLambda, assignment: str, calls: int
) -> None:
    sql(watched, "insert into trade.orders (amount, name) values (10, 'a')", "app")
    assert len(sent(scripted, watched, f"update trade.orders set {assignment}")) == calls
    sql(watched, "update trade.orders set name = null, amount = 10")
    assert sent(scripted, watched, "update trade.orders set name = null") == []


@pytest.mark.parametrize("kind", ["json", "blob", "double", "timestamp(3) null", "enum('a', 'A') collate utf8mb4_bin"])
def test_columns_of_any_type_are_compared(server: str, scripted: ScriptedLambda, kind: str) -> None:
    sql(prepare(server), f"alter table trade.orders add any_ {kind}")
    put(server, changed(SPEC, ("of: [amount, name]", "of: [any_]")))
    scripted.play(QUEUED)
    values = {"json": ("'[1]'", "'[2]'"), "blob": ("'a'", "'A'"), "double": ("0.1", "0.10000000000000002")}
    one, other = values.get(kind, ("'2024-01-01 00:00:00'", "'2024-01-01 00:00:00.001'"))
    one, other = ("'a'", "'A'") if "enum" in kind else (one, other)
    sql(server, f"insert into trade.orders (amount, any_) values (10, {one})")
    assert sent(scripted, server, f"update trade.orders set any_ = {one}, amount = 11") == []
    assert len(sent(scripted, server, f"update trade.orders set any_ = {other}")) == 1
    assert len(sent(scripted, server, "update trade.orders set any_ = null")) == 1
    assert sent(scripted, server, "update trade.orders set any_ = null") == []


def test_what_does_not_fit_a_parameter_stops_the_write(server: str, scripted: ScriptedLambda) -> None:
    """Whatever the writer's sql_mode: a trigger keeps the strict one that it was made under."""
    sql(prepare(server), "alter table trade.orders modify other varchar(20)")
    put(server, changed(SPEC, ("id: coalesce(new.id, old.id)\n      what", "id: new.other\n      what")))
    scripted.play(QUEUED)
    for value in ("12abc", "9223372036854775808"):
        with pytest.raises(pymysql.Error) as raised:
            sent(scripted, server, f"set sql_mode = ''; insert into trade.orders (amount, other) values (9, '{value}')")
        assert number(raised.value) in (1264, 1265)
    with pytest.raises(pymysql.Error, match=r'\[udfgen bad_argument\]: queue: argument "amount": must fit decimal'):
        sent(scripted, server, "insert into trade.orders (amount, other) values (1000000, '1')")
    assert (scripted.requests, sql(server, "select * from trade.orders")) == ([], [])


def test_who_may_write_needs_no_further_right(watched: str, scripted: ScriptedLambda) -> None:
    sql(watched, "create user only; grant insert (amount) on trade.orders to only")
    assert len(sent(scripted, watched, "insert into trade.orders (amount) values (9)", "only")) == 1
    for statement in ("select * from trade.orders", "call watch.note(1, '', '', now(), '', 1, '', 1, 1)"):
        with pytest.raises(pymysql.Error, match=r"command denied to user 'only'"):
            sql(watched, statement, "only")
    seen = sql(watched, "select action_statement from information_schema.triggers", "only")
    assert set(seen) <= {(None,)}


def test_the_owner_may_just_what_its_triggers_need(watched: str) -> None:
    asked = "select privilege_type, {0}_name from information_schema.{0}_privileges where grantee like '%udfgen_watch%'"
    columns, tables = (set(sql(watched, asked.format(kind))) for kind in ("column", "table"))
    assert columns == {("SELECT", name) for name in ("id", "amount", "name", "paid", "a `b")}
    assert {(kind, name) for kind, name in tables if kind != "USAGE"} == {
        ("TRIGGER", "orders"),
        ("TRIGGER", 'it\'s `odd` "one"'),
    }


def test_what_some_users_write_calls_nothing(watched: str, scripted: ScriptedLambda) -> None:
    """So a Lambda function may write to the table that called it; `w@x` is told from `w` by all its letters."""
    sql(watched, "create user w; grant insert on trade.orders to w")
    assert [len(sent(scripted, watched, WRITE, user)) for user in ("writer", "w@x", "w", "app")] == [0, 0, 1, 1]


def test_a_failed_call_takes_the_statement_back(watched: str, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"v": 1}'), Script(b'{"errorMessage": "no"}', 200, {"X-Amz-Function-Error": "Unhandled"}))
    with pytest.raises(pymysql.Error, match=r"\[udfgen function_error\]: ask: Unhandled: no"):
        sql(watched, f"insert into {ODD} values (1), (2), (3)", "app")
    assert (len(scripted.requests), sql(watched, f"select * from {ODD}")) == (2, [])


def test_a_kill_takes_the_statement_back(watched: str, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"v": 1}', delay=2))
    raised: list[int] = []
    with connection(watched, "app") as opened:

        def write() -> None:
            try:
                run(opened, f"insert into {ODD} values (1), (2)")
            except pymysql.Error as error:
                raised.append(number(error))

        thread = threading.Thread(target=write)
        thread.start()
        while not scripted.requests:
            time.sleep(0.01)
        time.sleep(0.2)
        killed = time.monotonic()
        sql(watched, f"kill query {opened.thread_id()}")
        thread.join(5)
        assert time.monotonic() - killed < 0.5
    assert (raised, len(scripted.requests), sql(watched, f"select * from {ODD}")) == ([1317], 1, [])


def test_statement_level_is_each_row_here(server: str, scripted: ScriptedLambda) -> None:
    put(prepare(server), changed(SPEC, ("    of: [amount, name]", "    level: statement\n    of: [amount, name]")))
    scripted.play(QUEUED)
    assert len(sent(scripted, server, f"{WRITE}, (11, 'y')")) == 2


def test_a_second_install_does_nothing_and_uninstall_leaves_what_was_there(
    server: str, scripted: ScriptedLambda
) -> None:
    prepare(server)
    sql(server, "create trigger trade.mine before insert on trade.orders for each row set new.other = 1")
    was = photograph(server)
    put(server, SPEC)
    assert look(server, SPEC).is_done
    assert put(server, SPEC).statements == 0
    remove(server, SPEC)
    assert difference(was, photograph(server)) == {}
    assert sent(scripted, server, WRITE) == []


MISSING = {
    "a table": ("drop table trade.orders", "table `trade`.`orders` does not exist: create it, or change the trigger"),
    "a database": ("drop database trade", "table `trade`.`orders` does not exist"),
    "a view": (
        "drop table trade.orders; create view trade.orders as select * from trade.aside",
        "table `trade`.`orders` is no table, but a view: name its table, or change the trigger",
    ),
    "a column": (
        "alter table trade.orders drop name",
        "column `trade`.`orders`.`name` does not exist: add it, or change",
    ),
    "an account": (
        "drop user writer",
        "account `writer`@`%` does not exist: create user `writer`@`%`; or change unless_user",
    ),
}


@pytest.mark.parametrize(("change", "problem"), MISSING.values(), ids=MISSING)
def test_what_the_spec_names_is_looked_for_first(server: str, change: str, problem: str) -> None:
    sql(prepare(server), change)
    was = photograph(server)
    with pytest.raises(RefusedError, match=rf"spec\.yaml:\d+:\d+: {re.escape(problem)}"):
        put(server, SPEC)
    assert difference(was, photograph(server)) == {}


def test_a_timestamp_is_no_moment_in_utc(server: str) -> None:
    """Its text follows the session's time zone; to a parameter of the type timestamp it may go."""
    sql(prepare(server), "alter table trade.orders add at timestamp null")
    given = ("      moment: time\n", "      moment: new.at\n")
    with pytest.raises(RefusedError, match=r"column `trade`\.`orders`\.`at` is a TIMESTAMP, which every session sees"):
        put(server, changed(SPEC, given))
    put(server, changed(SPEC, given, ("moment: timestamptz", "moment: timestamp")))


def test_a_trigger_of_that_name_is_kept_unless_told(server: str, scripted: ScriptedLambda) -> None:
    sql(
        prepare(server), "create trigger trade.watch_insert before insert on trade.aside for each row set new.other = 1"
    )
    was = photograph(server)
    with pytest.raises(RefusedError, match=r"trigger `trade`\.`watch_insert` is there, but not from this install"):
        put(server, SPEC)
    assert difference(was, photograph(server)) == {}


def test_tables_that_went_are_no_reason_to_stay(watched: str) -> None:
    """Rights on a table outlive it on these servers."""
    sql(watched, "drop database trade")
    remove(watched, SPEC)
    assert sql(watched, "select count(*) from mysql.tables_priv where user like 'udfgen%'") == [(0,)]
    assert sql(watched, "select count(*) from mysql.user where user like 'udfgen%'") == [(0,)]
