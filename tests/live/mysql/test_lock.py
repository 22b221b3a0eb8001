"""Several installs at once, and calls during an install: one after the other, and every call ends well."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pymysql
import pytest

from tests.live.mysql.catalogs import difference, photograph
from tests.live.mysql.databases import (
    NEXT,
    SPEC,
    Rows,
    bundle,
    compiled,
    connection,
    is_mariadb,
    library,
    loadable,
    look,
    put,
    remove,
    run,
    session,
    sql,
    verdicts,
)
from tests.scripted import Script, ScriptedLambda
from udfgen import install
from udfgen.errors import LockError, MovedError
from udfgen.plan import Verdict


def test_the_lock_that_is_not_had_in_time_names_its_holder(server: str) -> None:
    was = photograph(server)
    with connection(server) as other:
        ((number, _),) = run(other, "select connection_id(), get_lock('udfgen', 0)")
        began = time.monotonic()
        with pytest.raises(LockError, match=rf"waited 1 s: connection {number}; .*--lock-timeout"):
            put(server, SPEC, lock_timeout=1)
        assert 0.9 <= time.monotonic() - began < 3
    assert difference(was, photograph(server)) == {}
    assert put(server, SPEC, lock_timeout=5).statements > 0
    assert sql(server, "select is_free_lock('udfgen')") == [(1,)]


def test_the_same_spec_at_once_is_installed_once(server: str) -> None:
    barrier = threading.Barrier(3)

    def one(_: int) -> int:
        with session(server) as opened:
            seen = install.look(bundle(SPEC), opened)
            barrier.wait(10)
            return install.install(bundle(SPEC), opened, seen, folder=compiled(SPEC)).statements

    compiled(SPEC)
    with ThreadPoolExecutor(3) as pool:
        statements = sorted(pool.map(one, range(3)))
    assert (statements[:2], statements[2] > 0) == ([0, 0], True)
    assert look(server, SPEC).is_done


def test_two_specs_at_once_end_well_or_say_that_the_server_moved(server: str) -> None:
    outcomes: list[str] = []

    def one(texts: tuple[str, ...]) -> None:
        for text in texts * 4:
            try:
                put(server, text)
                outcomes.append("done")
            except MovedError:
                outcomes.append("moved")

    compiled(SPEC), compiled(NEXT)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, [(SPEC, NEXT), (NEXT, SPEC)]))
    assert len(outcomes) == 16
    put(server, SPEC)
    assert look(server, SPEC).is_done


def start_calls(pool: ThreadPoolExecutor, dsn: str, scripted: ScriptedLambda) -> list[Future[Rows]]:
    """Start two calls of 3 s, and wait until the endpoint has both."""
    scripted.play(Script(b'{"v": 7}', delay=3))
    calls = [pool.submit(sql, dsn, f"select shop.{name}", "app") for name in ("price('a', 2)", "kept('a')")]
    until = time.monotonic() + 2
    while len(scripted.requests) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    return calls


def upgrade(dsn: str) -> None:
    """Install the next version."""
    put(dsn, NEXT)


@pytest.mark.parametrize("change", [upgrade, lambda dsn: remove(dsn, SPEC)], ids=["an upgrade", "an uninstall"])
def test_a_call_under_way_ends_well(server: str, scripted: ScriptedLambda, change: Callable[[str], object]) -> None:
    put(server, SPEC)
    compiled(NEXT)
    with ThreadPoolExecutor(2) as pool:
        calls = start_calls(pool, server, scripted)
        change(server)
        assert [call.result() for call in calls] == [[(7,)], [(7,)]]
    assert len(scripted.requests) == 2


def test_what_was_installed_during_a_call_stays_when_the_call_ends(server: str, scripted: ScriptedLambda) -> None:
    """MySQL would forget the new loadable function when the last call of the one before ends: the install waits."""
    put(server, SPEC)
    compiled(NEXT)
    with ThreadPoolExecutor(2) as pool:
        start_calls(pool, server, scripted)
        put(server, NEXT)
    scripted.play(Script(b'{"v": 7}'))
    assert sql(server, "select shop.price('a', 2)", "app") == [(7,)]


def test_a_function_that_the_server_forgot_is_seen_and_put_right(server: str, scripted: ScriptedLambda) -> None:
    """On MySQL its row in mysql.func is still there: it can neither be dropped nor made. MariaDB forgets none."""
    put(server, SPEC)
    with ThreadPoolExecutor(2) as pool:
        start_calls(pool, server, scripted)
        sql(
            server,
            f"drop function {loadable(SPEC)}; create function {loadable(SPEC)} returns string soname '{library(SPEC)}'",
        )
    if not is_mariadb(server):
        with pytest.raises(pymysql.Error):
            sql(server, "select shop.price('a', 2)", "app")
    assert verdicts(look(server, SPEC)) == ({} if is_mariadb(server) else {f"core {loadable(SPEC)}": "drift"})
    put(server, SPEC, frozenset({Verdict.DRIFT}))
    scripted.play(Script(b'{"v": 7}'))
    assert (look(server, SPEC).is_done, sql(server, "select shop.price('a', 2)", "app")) == (True, [(7,)])
