"""What a writer or a caller may set for the own session: none of it passes a trigger by, or bends what is sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pymysql
import pytest

from tests.live.mysql.databases import connection, put, run, sql
from tests.live.mysql.watched import ODD, QUEUED, SPEC, prepare
from tests.scripted import Script, ScriptedLambda

SETTINGS = (
    "set sql_select_limit = 0",
    "set sql_mode = ''",
    "set sql_mode = 'ansi_quotes,no_backslash_escapes,pad_char_to_full_length'",
    "set max_sp_recursion_depth = 0",
    "set sql_safe_updates = 1",
    "set max_error_count = 0",
    "set sql_buffer_result = 1",
    "set optimizer_switch = 'derived_merge=off,materialization=off'",
    "set group_concat_max_len = 4",
    "set character_set_connection = latin1",
    "set collation_connection = utf8mb4_bin",
    "set foreign_key_checks = 0, unique_checks = 0",
    "set sql_big_selects = 0",
    "set timestamp = 1, time_zone = '+05:00'",
    "set autocommit = 0",
)
TOKEN = SPEC.replace("mysql: {tables", "mysql: {token_table: true, tables")
ANSWER = Script(b'{"v": 87}')
REFUSED = Script(b'{"errorMessage": "no"}', 200, {"X-Amz-Function-Error": "Unhandled"})
NOTE = "call watch.note(1, '', '', '2020-01-01', '', 1, '', 1, 1)"
ROWS = f"insert into {ODD} values (1), (2)"


@pytest.fixture(params=[SPEC, TOKEN], ids=["definer", "token"])
def watched(request: pytest.FixtureRequest, server: str) -> str:
    """A server with watch.yaml, whose functions `app` may call."""
    put(prepare(server), request.param)
    sql(server, "grant execute on watch.* to app")
    return server


@contextmanager
def bent(dsn: str, setting: str) -> Iterator[pymysql.Connection[Any]]:
    """Open a connection of `app` with a setting; one that an ordinary account may not have bends nothing."""
    with connection(dsn, "app") as opened:
        with suppress(pymysql.Error):
            run(opened, setting)
        yield opened


def test_no_setting_of_a_writer_passes_a_trigger_by(watched: str, scripted: ScriptedLambda) -> None:
    for setting in SETTINGS:
        scripted.play(ANSWER)
        with bent(watched, setting) as opened:
            run(opened, f"{ROWS}; commit")
        assert [request.body for request in scripted.requests] == [b'{"id":1}', b'{"id":2}'], setting
        scripted.play(REFUSED)
        with bent(watched, setting) as opened, pytest.raises(pymysql.Error, match=r"\[udfgen function_error\]: ask"):
            run(opened, ROWS)


def test_no_setting_of_a_caller_makes_a_call_that_is_none(watched: str, scripted: ScriptedLambda) -> None:
    for setting in SETTINGS:
        with bent(watched, setting) as opened:
            scripted.play(ANSWER)
            assert run(opened, "set @udfgen = watch.score(1); select @udfgen limit 1") == [(87,)], setting
            scripted.play(QUEUED)
            run(opened, NOTE)
            assert len(scripted.requests) == 1, setting
            scripted.play(Script(b"", 500))
            for statement in ("set @udfgen = watch.score(1)", NOTE):
                with pytest.raises(pymysql.Error, match=r"\[udfgen unavailable\]"):
                    run(opened, statement)


def test_a_session_writes_again_and_again(watched: str, scripted: ScriptedLambda) -> None:
    """MySQL 9.7 crashes where a user variable is SET to what a loadable function makes of a query: not here."""
    scripted.play(ANSWER)
    with connection(watched, "app") as opened:
        for _ in range(20):
            run(opened, ROWS)
        assert len(scripted.requests) == 40
        scripted.play(REFUSED)
        for _ in range(5):
            with pytest.raises(pymysql.Error, match=r"\[udfgen function_error\]: ask: Unhandled: no"):
                run(opened, ROWS)
    assert sql(watched, f"select count(*) from {ODD}") == [(40,)]


@pytest.mark.parametrize("verb", ["insert ignore into", "replace into"])
def test_a_write_that_ignores_errors_does_not_ignore_a_failed_call(
    watched: str, scripted: ScriptedLambda, verb: str
) -> None:
    scripted.play(REFUSED)
    with pytest.raises(pymysql.Error, match=r"\[udfgen function_error\]: ask"):
        sql(watched, f"{verb} {ODD} values (1)", "app")
    assert sql(watched, f"select * from {ODD}") == []
