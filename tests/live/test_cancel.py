"""A call that waits ends when PostgreSQL says so: within 250 ms, with PostgreSQL's own error, the session intact."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest

from tests.live.databases import connection, put, run
from tests.live.test_calls import SPEC, Connection
from tests.scripted import Script, ScriptedLambda

LIMIT = 0.25
"""Seconds from the word to the end of the call."""

DELAY = 2.0
"""Seconds that the endpoint keeps a call waiting."""

CALLS = {
    "a value": ("select calls.wait()", Script(b'{"v": 1}', delay=DELAY)),
    "rows": ("select * from calls.wait_for_rows()", Script(b"[]", delay=DELAY)),
    "a queued call": ("select calls.wait_for_queue()", Script(b"", 202, delay=DELAY)),
    "on_error: return_null": ("select calls.lenient()", Script(b'{"v": 1}', delay=DELAY)),
    "the pause before a retry": (
        "select calls.wait_for_retries()",
        Script(b"{}", 429, {"x-amzn-ErrorType": "TooManyRequestsException", "Retry-After": "3"}),
    ),
    "a handler for others": (
        "do $$ begin perform calls.wait(); exception when others then null; end $$", Script(b'{"v": 1}', delay=DELAY)
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def installed(another: Callable[[str], str]) -> str:
    """A database with calls.yaml in it."""
    dsn = another("")
    put(dsn, SPEC)
    return dsn


@dataclass
class Call:
    """A call in a thread of its own: when it ended, and how."""

    opened: Connection
    statement: str
    ended: float = 0.0
    error: psycopg.Error | None = None

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            run(self.opened, self.statement)
        except psycopg.Error as error:
            self.error = error
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


@pytest.mark.parametrize(("statement", "script"), CALLS.values(), ids=CALLS)
def test_a_cancel_ends_it(installed: str, scripted: ScriptedLambda, statement: str, script: Script) -> None:
    scripted.play(script)
    with connection(installed, "app") as opened, connection(installed) as other:
        pid = opened.info.backend_pid
        call = Call(opened, statement)
        until_asked(scripted)
        began = time.monotonic()
        run(other, f"select pg_cancel_backend({pid})")
        call.end()
        assert call.error is not None
        assert call.error.sqlstate == "57014"
        assert call.ended - began < LIMIT
        works_afterwards(opened, scripted)


def works_afterwards(opened: Connection, scripted: ScriptedLambda) -> None:
    """Call again: the reply must be the new one, not the one that was given up."""
    scripted.play(Script(b'{"v": 77}'))
    assert run(opened, "select calls.wait()") == [(77,)]


@pytest.mark.parametrize(("statement", "script"), CALLS.values(), ids=CALLS)
def test_a_statement_timeout_ends_it(installed: str, scripted: ScriptedLambda, statement: str, script: Script) -> None:
    with connection(installed, "app") as opened:
        works_afterwards(opened, scripted)
        scripted.play(script)
        run(opened, "set statement_timeout = '300ms'")
        began = time.monotonic()
        with pytest.raises(psycopg.errors.QueryCanceled, match="statement timeout"):
            run(opened, statement)
        assert time.monotonic() - began < 0.3 + LIMIT
        run(opened, "set statement_timeout = 0")
        works_afterwards(opened, scripted)


@contextmanager
def notified(listener: Connection, dsn: str) -> Iterator[None]:
    """Let a session listen to a channel on which another one talks without a pause: each word is a signal."""
    run(listener, "listen talk")
    stopped = threading.Event()

    def talk() -> None:
        with connection(dsn) as opened:
            while not stopped.wait(0.01):
                run(opened, "notify talk")

    talker = threading.Thread(target=talk)
    talker.start()
    try:
        yield
    finally:
        stopped.set()
        talker.join()
        run(listener, "unlisten talk")


def test_neither_a_deadline_nor_a_timeout_is_put_off_by_signals(installed: str, scripted: ScriptedLambda) -> None:
    with connection(installed, "app") as opened:
        works_afterwards(opened, scripted)
        with notified(opened, installed):
            scripted.play(Script(b"null", delay=DELAY))
            began = time.monotonic()
            with pytest.raises(psycopg.Error, match="timed out after 300 ms while waiting for the reply"):
                run(opened, "select calls.hurry()")
            assert time.monotonic() - began < 0.3 + LIMIT
            run(opened, "set statement_timeout = '300ms'")
            began = time.monotonic()
            with pytest.raises(psycopg.errors.QueryCanceled, match="statement timeout"):
                run(opened, "select calls.wait()")
            assert time.monotonic() - began < 0.3 + LIMIT
            run(opened, "set statement_timeout = 0")
        works_afterwards(opened, scripted)


def test_the_end_of_a_process_ends_it(installed: str, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"v": 1}', delay=DELAY))
    with connection(installed) as other:
        with connection(installed, "app") as opened:
            pid = opened.info.backend_pid
            call = Call(opened, "select calls.wait()")
            until_asked(scripted)
            began = time.monotonic()
            run(other, f"select pg_terminate_backend({pid})")
            call.end()
        assert call.error is not None
        assert call.error.sqlstate == "57P01"
        assert call.ended - began < LIMIT
        works_afterwards(other, scripted)


def test_a_cancel_in_a_subtransaction_ends_the_statement(installed: str, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"v": 1}', delay=DELAY))
    with connection(installed, "app") as opened, connection(installed) as other:
        run(opened, "begin; create temp table kept (a int); savepoint before")
        call = Call(opened, "select calls.wait()")
        until_asked(scripted)
        run(other, f"select pg_cancel_backend({opened.info.backend_pid})")
        call.end()
        assert call.error is not None
        assert call.error.sqlstate == "57014"
        run(opened, "rollback to before")
        works_afterwards(opened, scripted)
        assert run(opened, "select count(*) from kept; commit; select count(*) from kept") == [(0,)]


def test_a_transaction_timeout_of_the_lock_does_not_end_a_call(installed: str, scripted: ScriptedLambda) -> None:
    """Only what PostgreSQL would end a statement for does: a lock_timeout is not about waiting for Lambda."""
    scripted.play(Script(b'{"v": 4}', delay=0.4))
    with connection(installed, "app") as opened:
        run(opened, "set lock_timeout = '100ms'; set idle_in_transaction_session_timeout = '100ms'")
        assert run(opened, "select calls.wait()") == [(4,)]
