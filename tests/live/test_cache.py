"""Caches in real sessions: whose they are, how long they keep, what comes before them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest

from tests.live.databases import connection, program, put, run, session
from tests.live.test_calls import Connection
from tests.scripted import Script, ScriptedLambda
from udfgen import dialect
from udfgen.render import type_out

SPEC = """
udfgen: 1
name: kept
aws: {region: eu-west-1, credentials: {source: environment}}
bindings:
  ask: {function: ask, qualifier: live}
functions:
  rate:
    binding: ask
    parameters: {v: text}
    returns: {type: integer, path: $.n}
    volatility: stable
    cache: {ttl: 1s, max_entries: 2}
    grant: [app]
  lasting:
    binding: ask
    parameters: {}
    returns: {type: integer, path: $.n}
    volatility: stable
    cache: {ttl: 1h}
    grant: [app]
engines:
  postgresql: {}
"""


class Counter:
    """A handler whose every reply is another one."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, body: bytes) -> bytes:
        self.calls += 1
        return json.dumps({"n": self.calls}).encode()


@pytest.fixture(scope="module")
def installed(another: Callable[[str], str]) -> str:
    """A database with the spec in it."""
    dsn = another("")
    put(dsn, SPEC)
    return dsn


@pytest.fixture
def caller(installed: str) -> Iterator[Connection]:
    """A fresh session of somebody who was granted the function."""
    with connection(installed, "app") as opened:
        yield opened


def rates(opened: Connection, *values: str) -> list[object]:
    """Return what a session gets for values, one statement for each."""
    return [run(opened, f"select kept.rate('{each}')")[0][0] for each in values]


def test_a_session_asks_once(installed: str, caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(Script(answer=Counter()))
    assert rates(caller, "a", "a", "b", "a", "b") == [1, 1, 2, 1, 2]
    assert run(caller, "select sum(kept.rate('a')) from generate_series(1, 100)") == [(100,)]
    with connection(installed, "app") as other:
        assert rates(other, "a") == [3]


def test_a_result_is_kept_until_it_is_too_old(caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(Script(answer=Counter()))
    assert rates(caller, "a") == [1]
    time.sleep(1.05)
    assert rates(caller, "a", "a") == [2, 2]


def test_the_one_that_was_not_used_for_longest_goes(caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(Script(answer=Counter()))
    assert rates(caller, "a", "b", "a", "c", "a", "b") == [1, 2, 1, 3, 1, 4]


def test_another_role_asks_anew(installed: str, scripted: ScriptedLambda) -> None:
    """Lambda is told the role, so its answer may be another."""
    scripted.play(Script(answer=Counter()))
    with connection(installed) as opened:
        assert rates(opened, "a", "a") == [1, 1]
        run(opened, "set role app")
        assert rates(opened, "a", "a") == [2, 2]


def test_an_error_is_not_kept(caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b"{}", 404), Script(b'{"n": 5}'))
    with pytest.raises(psycopg.Error, match="not_found"):
        rates(caller, "a")
    assert rates(caller, "a", "a") == [5, 5]
    assert len(scripted.requests) == 2


def test_the_switch_comes_first(installed: str, caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(Script(answer=Counter()))
    assert run(caller, "select kept.lasting(); select kept.lasting()") == [(1,)]
    try:
        switch(installed, "off")
        time.sleep(1.05)  # A session looks once a second.
        with pytest.raises(psycopg.Error) as caught:
            run(caller, "select kept.lasting()")
        assert caught.value.sqlstate == "UL010"
    finally:
        switch(installed, "live")


def switch(dsn: str, mode: str) -> None:
    """Set a mode as `udfgen switch` does."""
    with session(dsn) as opened:
        opened.run(type_out("postgresql", dialect.load("postgresql").part("lower").switch(program(SPEC), "ask", mode)))
