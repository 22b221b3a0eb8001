"""A call that waits ends when the server says so: within 250 ms, with the server's own error; and a library leaves."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pymysql
import pytest

from tests.live.mysql.callers import SPEC, Connection, calls_server, failure, number
from tests.live.mysql.conftest import ROOTS
from tests.live.mysql.databases import ALL, CUT_OFF, connection, is_mariadb, loadable, put, run, sql
from tests.scripted import Script, ScriptedLambda
from udfgen.connect import parse

LIMIT = 0.25
"""Seconds from the word to the end of the call."""

DELAY = 2.0
"""Seconds that the endpoint keeps a call waiting."""

CALLS = {
    "a value": ("select calls.wait()", Script(b'{"v": 1}', delay=DELAY)),
    "rows": ("call calls.wait_for_rows()", Script(b"[]", delay=DELAY)),
    "a queued call": ("call calls.wait_for_queue()", Script(b"", 202, delay=DELAY)),
    "on_error: return_null": ("select calls.lenient()", Script(b'{"v": 1}', delay=DELAY)),
    "the pause before a retry": (
        "select calls.wait_for_retries()",
        Script(b"{}", 429, {"x-amzn-ErrorType": "TooManyRequestsException", "Retry-After": "3"}),
    ),
    "a value that is assigned": ("set @v = calls.wait()", Script(b'{"v": 1}', delay=DELAY)),
}
KILLED = 1317
"""https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html#error_er_query_interrupted"""

OUT_OF_TIME = {1969, 3024}
"""MariaDB's and MySQL's."""

CAUGHT = """
create database mine; grant all on mine.* to app;
create procedure mine.caught() sql security invoker begin
    declare exit handler for sqlexception select 'caught';
    select calls.wait();
end
"""


@pytest.fixture(scope="module", params=ROOTS)
def server(request: pytest.FixtureRequest, scripted: ScriptedLambda) -> Iterator[str]:
    """A server with calls.yaml in it."""
    with calls_server(scripted, request.param) as dsn:
        sql(dsn, CAUGHT)
        yield dsn


@dataclass
class Call:
    """A call in a thread of its own: when it ended, and how."""

    opened: Connection
    statement: str
    ended: float = 0.0
    number: int = 0

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            run(self.opened, self.statement)
        except pymysql.Error as error:
            self.number = number(error)
        self.ended = time.monotonic()

    def end(self) -> None:
        """Wait for the end of the call."""
        self._thread.join(10)
        assert not self._thread.is_alive()


def until_asked(scripted: ScriptedLambda) -> None:
    """Wait until the endpoint has the request, and the caller has settled down to wait."""
    until = time.monotonic() + 5
    while not scripted.requests and time.monotonic() < until:
        time.sleep(0.005)
    assert scripted.requests
    time.sleep(0.15)


def thread_of(opened: Connection) -> int:
    """Return the number by which a connection is killed."""
    return int(opened.thread_id())  # type: ignore[no-untyped-call]


def works_afterwards(opened: Connection, scripted: ScriptedLambda) -> None:
    """Call again: the reply must be the new one, not the one that was given up."""
    scripted.play(Script(b'{"v": 77}'))
    assert run(opened, "select calls.wait()") == [(77,)]


@pytest.mark.parametrize(("statement", "script"), CALLS.values(), ids=CALLS)
def test_kill_query_ends_it(server: str, scripted: ScriptedLambda, statement: str, script: Script) -> None:
    with connection(server, "app") as opened, connection(server) as other:
        works_afterwards(opened, scripted)
        scripted.play(script)
        call = Call(opened, statement)
        until_asked(scripted)
        began = time.monotonic()
        run(other, f"kill query {thread_of(opened)}")
        call.end()
        assert call.number == KILLED
        assert call.ended - began < LIMIT
        works_afterwards(opened, scripted)


@pytest.mark.parametrize(("statement", "script"), CALLS.values(), ids=CALLS)
def test_kill_connection_ends_it(server: str, scripted: ScriptedLambda, statement: str, script: Script) -> None:
    with connection(server) as other:
        with connection(server, "app") as opened:
            works_afterwards(opened, scripted)
            scripted.play(script)
            call = Call(opened, statement)
            until_asked(scripted)
            began = time.monotonic()
            run(other, f"kill connection {thread_of(opened)}")
            call.end()
            assert call.number in (*CUT_OFF, KILLED)
            assert call.ended - began < LIMIT
            until_gone(other, thread_of(opened), began + LIMIT)
        works_afterwards(other, scripted)


def until_gone(other: Connection, thread: int, until: float) -> None:
    """Wait for the end of a connection's thread in the server."""
    listed = f"select count(*) from information_schema.processlist where id = {thread}"
    while run(other, listed) != [(0,)]:
        assert time.monotonic() < until, "the thread works on"
        time.sleep(0.005)


@pytest.mark.parametrize(("statement", "script"), CALLS.values(), ids=CALLS)
def test_a_time_limit_ends_it(server: str, scripted: ScriptedLambda, statement: str, script: Script) -> None:
    if not is_mariadb(server) and not statement.startswith("select"):
        pytest.skip("MySQL has a time limit for queries alone")
    with connection(server, "app") as opened:
        works_afterwards(opened, scripted)
        scripted.play(script)
        run(opened, limited(server, 0.3))
        began = time.monotonic()
        assert failure(opened, statement)[0] in OUT_OF_TIME
        assert time.monotonic() - began < 0.3 + LIMIT
        run(opened, limited(server, 0))
        works_afterwards(opened, scripted)


def limited(server: str, seconds: float) -> str:
    """Return the statement that limits the time of statements; 0 is no limit."""
    if is_mariadb(server):
        return f"set max_statement_time = {seconds}"
    return f"set max_execution_time = {int(1000 * seconds)}"


def test_a_handler_for_all_errors_catches_a_kill_on_mariadb_alone(server: str, scripted: ScriptedLambda) -> None:
    """MariaDB's own queries do the same, such as a long join."""
    scripted.play(Script(b'{"v": 1}', delay=DELAY))
    with connection(server, "app") as opened, connection(server) as other:
        call = Call(opened, "call mine.caught()")
        until_asked(scripted)
        began = time.monotonic()
        run(other, f"kill query {thread_of(opened)}")
        call.end()
        assert call.number == (0 if is_mariadb(server) else KILLED)
        assert call.ended - began < LIMIT
        works_afterwards(opened, scripted)


def test_a_deadline_ends_it(server: str, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b"null", delay=DELAY))
    with connection(server, "app") as opened:
        began = time.monotonic()
        assert failure(opened, "select calls.hurry()") == (
            51002,
            "[udfgen timeout]: hasty: timed out after 300 ms while waiting for the reply",
        )
        assert time.monotonic() - began < 0.3 + LIMIT
        works_afterwards(opened, scripted)


def test_a_kill_among_many_rows_ends_the_statement(server: str, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"v": 1}', delay=0.05))
    with connection(server, "app", database="mine") as opened, connection(server) as other:
        run(
            opened,
            "create table many (a int); insert into many values (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)",
        )
        call = Call(opened, "insert into many select calls.wait() from many as a, many as b")
        until_asked(scripted)
        began = time.monotonic()
        run(other, f"kill query {thread_of(opened)}")
        call.end()
        assert call.number == KILLED
        assert call.ended - began < LIMIT
        sent = len(scripted.requests)
        assert run(opened, "select count(*) from many") == [(10,)]
        assert len(scripted.requests) == sent < 100


# The library goes while it is in use


def test_a_wrapper_is_dropped_during_a_call(server: str, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"v": 5}', delay=0.5))
    with connection(server, "app") as opened, connection(server) as other:
        call = Call(opened, "select calls.wait()")
        until_asked(scripted)
        drop = Call(other, "drop function calls.wait")
        call.end()
        drop.end()
        assert (call.number, drop.number) == (0, 0)
        assert failure(opened, "select calls.wait()")[0] in (1305, 1370)
    put_again(server)
    with connection(server, "app") as opened:
        works_afterwards(opened, scripted)


def put_again(server: str) -> None:
    """Install what is missing."""
    put(server, SPEC, allowed=ALL)


def test_nothing_of_the_library_is_left_after_its_drop(server: str, scripted: ScriptedLambda) -> None:
    with connection(server, "app") as one, connection(server, "app") as two, connection(server) as other:
        before = threads(server)
        for opened in (one, two):
            works_afterwards(opened, scripted)
        assert loaded(server)
        run(other, f"drop function {loadable(SPEC)}")
        assert threads(server) - before == set()
        assert loaded(server) == []
        assert run(one, "select 1") == run(two, "select 1") == [(1,)]
    put_again(server)


def process(server: str) -> Path:
    """Return where the kernel tells about the server."""
    pid = Path(str(parse(server).options["socket"])).with_name("pid").read_text(encoding="utf-8").strip()
    return Path("/proc") / pid


def threads(server: str) -> set[str]:
    """Return the server's threads."""
    return {each.name for each in (process(server) / "task").iterdir()}


def loaded(server: str) -> list[str]:
    """Return what the server has mapped of the library."""
    lines = (process(server) / "maps").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if "udfgen_calls" in line]


NOT_LOADED = (1122, 1305, 1370)
"""What the servers say of a wrapper whose loadable function has gone, in a session that called it before."""


def test_the_library_is_dropped_during_calls(server: str, scripted: ScriptedLambda) -> None:
    """MySQL never unloads a library that was dropped during a call, so this comes after the test that looks for it."""
    scripted.play(Script(b'{"v": 5}', delay=0.8))
    with connection(server, "app") as one, connection(server, "app") as two, connection(server) as other:
        calls = [Call(one, "select calls.wait()"), Call(two, "call calls.wait_for_rows()")]
        until_asked(scripted)
        drop = Call(other, f"drop function {loadable(SPEC)}")
        for each in (*calls, drop):
            each.end()
        assert (calls[0].number, calls[1].number, drop.number) == (0, 51007, 0)
        assert failure(one, "select calls.wait()")[0] in NOT_LOADED
    put_again(server)
    with connection(server, "app") as opened:
        works_afterwards(opened, scripted)


@pytest.mark.parametrize("root", ROOTS)
def test_a_shutdown_does_not_wait_for_calls(scripted: ScriptedLambda, root: Path) -> None:
    with calls_server(scripted, root) as dsn:
        scripted.play(Script(b'{"v": 1}', delay=8.0))
        pid, found = int(process(dsn).name), []
        with connection(dsn, "app") as one, connection(dsn, "app") as two:
            calls = [Call(one, "select calls.wait()"), Call(two, "call calls.wait_for_rows()")]
            until_asked(scripted)
            began = time.monotonic()
            os.kill(pid, 15)
            for call in calls:
                call.end()
                found.append(call.ended - began)
            while process_lives(pid) and time.monotonic() < began + 10:
                time.sleep(0.02)
        assert time.monotonic() - began < 5
        assert max(found) < 2
        assert all(call.number in (*CUT_OFF, KILLED) for call in calls)


def process_lives(pid: int) -> bool:
    """Tell whether a child process still runs, and has not only left its exit code."""
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
