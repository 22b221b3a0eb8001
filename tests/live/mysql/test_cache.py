"""Caches in real sessions of MySQL and MariaDB: whose they are, how long they keep, what comes before them."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pymysql
import pytest

from tests.conftest import private_server
from tests.live.mysql.callers import Connection, failure
from tests.live.mysql.conftest import ROOTS
from tests.live.mysql.databases import ENGINE, changed, connection, put, run, sql
from tests.live.mysql.watched import turn
from tests.live.test_cache import SPEC as KEPT
from tests.live.test_cache import Counter
from tests.scripted import Script, ScriptedLambda

SPEC = changed(KEPT, ("postgresql: {}", "mysql: {}"))


@pytest.fixture(scope="module", params=ROOTS)
def server(request: pytest.FixtureRequest, scripted: ScriptedLambda) -> Iterator[str]:
    """A server with the spec in it."""
    with private_server(ENGINE, scripted.environment(), request.param) as dsn:
        sql(dsn, "create user if not exists app")
        put(dsn, SPEC)
        yield dsn


@pytest.fixture
def caller(server: str, scripted: ScriptedLambda) -> Iterator[Connection]:
    """A fresh session of somebody who was granted the functions; every reply is another one."""
    scripted.play(Script(answer=Counter()))
    with connection(server, "app") as opened:
        yield opened


def rates(opened: Connection, *values: str) -> list[object]:
    """Return what a session gets for values, one statement for each."""
    return [run(opened, f"select kept.rate('{each}')")[0][0] for each in values]


def test_a_session_asks_once(server: str, caller: Connection) -> None:
    assert rates(caller, "a", "a", "b", "a", "b") == [1, 1, 2, 1, 2]
    assert run(caller, "select sum(kept.rate(v)) from (select 'a' as v union all select 'a') as t") == [(2,)]
    with connection(server, "app") as other:
        assert rates(other, "a") == [3]


def test_a_result_is_kept_until_it_is_too_old(caller: Connection) -> None:
    assert rates(caller, "a") == [1]
    time.sleep(1.05)
    assert rates(caller, "a", "a") == [2, 2]


def test_the_one_that_was_not_used_for_longest_goes(caller: Connection) -> None:
    assert rates(caller, "a", "b", "a", "c", "a", "b") == [1, 2, 1, 3, 1, 4]


def test_an_error_is_not_kept(caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b"{}", 404), Script(b'{"n": 5}'))
    with pytest.raises(pymysql.Error, match="not_found"):
        rates(caller, "a")
    assert rates(caller, "a", "a") == [5, 5]
    assert len(scripted.requests) == 2


def test_the_switch_comes_first(server: str, caller: Connection) -> None:
    assert run(caller, "select kept.lasting() + kept.lasting()") == [(2,)]
    try:
        turn(server, SPEC, "ask", "off")
        assert "[udfgen disabled]" in failure(caller, "select kept.lasting()")[1]
    finally:
        turn(server, SPEC, "ask", "live")
    assert run(caller, "select kept.lasting()") == [(1,)], "what was kept is good again"
