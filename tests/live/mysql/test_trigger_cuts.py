"""Whatever step an install of triggers is in, and wherever it is cut: no write to the table fails but by Lambda."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pymysql
import pytest

from tests.live.mysql.catalogs import difference, photograph
from tests.live.mysql.databases import connection, look, put, remove, run, sql
from tests.live.mysql.test_cuts import cuts, run_install, run_removal
from tests.live.mysql.watched import NEXT, ODD, QUEUED, SPEC, WRITE, prepare, sent
from tests.scripted import Script, ScriptedLambda
from udfgen.errors import InstallError

ANSWER = Script(b'{"v": 1}', 200)
WRITES = (WRITE, "update trade.orders set name = 'y' limit 1", "delete from trade.orders limit 1")
"""What `app` writes again and again, to a table whose calls are queued."""

ONE_MORE = 0.05
"""Seconds to wait for a write at most: under the lock of its table it waits for the end of the step."""


@dataclass
class Writer:
    """Somebody who writes all the time: how often so far, how long it took at most, and what went wrong."""

    dsn: str
    done: int = 0
    longest: float = 0.0
    errors: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def work(self) -> None:
        """Write until told to stop."""
        with connection(self.dsn, "app") as opened:
            while not self.stop.is_set():
                statement, began = WRITES[self.done % len(WRITES)], time.monotonic()
                try:
                    run(opened, statement)
                except pymysql.Error as error:
                    self.errors.append(str(error))
                self.done += 1
                self.longest = max(self.longest, time.monotonic() - began)

    def one_more(self) -> None:
        """Wait until a write that began after this moment is done, or waits for the table."""
        until, before = time.monotonic() + ONE_MORE, self.done
        while self.done < before + 2 and time.monotonic() < until:
            time.sleep(0.001)


@contextmanager
def writing(dsn: str) -> Iterator[Writer]:
    """Let somebody write meanwhile; nothing may have gone wrong, and much must have been written."""
    writer = Writer(dsn)
    thread = threading.Thread(target=writer.work)
    thread.start()
    try:
        yield writer
    finally:
        writer.stop.set()
        thread.join(20)
    assert writer.errors == []
    assert writer.done > 20


@pytest.fixture
def tables(server: str, scripted: ScriptedLambda) -> str:
    """A server with somebody's tables."""
    scripted.play(QUEUED)
    return prepare(server)


def test_no_write_fails_between_any_two_steps(tables: str) -> None:
    with writing(tables) as writer:
        for text in (SPEC, NEXT, SPEC):
            assert len(run_install(tables, text, watch=writer.one_more)) > 10
        run_removal(tables, watch=writer.one_more, text=SPEC)


def test_no_call_is_lost_while_triggers_are_made_anew(tables: str, scripted: ScriptedLambda) -> None:
    """A change of the library makes all of them anew; who writes meanwhile waits."""
    put(tables, SPEC)
    changed = SPEC.replace("timeout: 10s", "timeout: 11s")
    scripted.play(QUEUED)
    with writing(tables) as writer:
        statements = run_install(tables, changed, watch=writer.one_more)
    assert sum("trigger" in each and each.startswith("create definer") for each in statements) == 4
    written = [each for each in range(writer.done) if each % len(WRITES) != 1]
    named = sum(b'"update"' in request.body for request in scripted.requests)
    assert len(scripted.requests) - named == len(written)


def held(dsn: str, scripted: ScriptedLambda) -> None:
    """See that writes go on after a cut: one to each table, whatever its trigger calls."""
    scripted.play(QUEUED)
    sql(dsn, WRITE, "app")
    scripted.play(ANSWER)
    sql(dsn, f"insert into {ODD} values (1)", "app")
    scripted.play(QUEUED)


CHANGES = {"new": ("", SPEC, 11), "upgrade": (SPEC, NEXT, 4), "back": (NEXT, SPEC, 11)}
"""What is there, what is to be, and how many statements lie between two cuts that are tried."""


@pytest.mark.parametrize(("first", "then", "step"), CHANGES.values(), ids=CHANGES)
def test_a_cut_install_stops_no_write_and_the_next_one_goes_on(
    tables: str, scripted: ScriptedLambda, first: str, then: str, step: int
) -> None:
    def begin() -> None:
        put(tables, first) if first else remove(tables, then)

    put(tables, then)
    wanted = photograph(tables)
    begin()
    total = len(run_install(tables, then))
    begin()
    for at in cuts(lambda at: run_install(tables, then, at), total, step):
        held(tables, scripted)
        put(tables, then)
        assert look(tables, then).is_done, at
        assert difference(wanted, photograph(tables)) == {}, at
        begin()
    assert total > 40


def test_a_cut_that_is_cut_again_stops_no_write(tables: str) -> None:
    """What stands on the new library does so for good: the second install must not take it away for a moment."""
    put(tables, SPEC)
    total = len(run_install(tables, NEXT))
    put(tables, SPEC)
    for at in range(total - 30, total, 7):
        with pytest.raises(Exception, match="the connection was cut"):
            run_install(tables, NEXT, at)
        with writing(tables) as writer:
            run_install(tables, NEXT, watch=writer.one_more)
        put(tables, SPEC)


def test_a_cut_uninstall_stops_no_write(tables: str, scripted: ScriptedLambda) -> None:
    was = photograph(tables)
    put(tables, SPEC)
    total = len(run_removal(tables, text=SPEC))
    put(tables, SPEC)
    for at in cuts(lambda at: run_removal(tables, at, text=SPEC), total, 5):
        held(tables, scripted)
        remove(tables, SPEC)
        sql(tables, WRITE, "app")
        assert difference(was, photograph(tables)) == {}, at
        put(tables, SPEC)


def test_a_trigger_moves_to_another_table(tables: str, scripted: ScriptedLambda) -> None:
    put(tables, SPEC)
    moved = SPEC.replace("table: orders", "table: aside")
    put(tables, moved)
    assert look(tables, moved).is_done
    assert sent(scripted, tables, WRITE) == []
    assert len(sent(scripted, tables, WRITE.replace("orders", "aside"))) == 1
    rights = "select table_name from mysql.tables_priv where user = 'udfgen_watch' order by 1"
    assert [name for (name,) in sql(tables, rights)] == ["aside", 'it\'s `odd` "one"']
    put(tables, SPEC)
    assert (len(sent(scripted, tables, WRITE)), look(tables, SPEC).is_done) == (1, True)


def test_an_upgrade_behind_a_reader_keeps_nobody_waiting_long(tables: str, scripted: ScriptedLambda) -> None:
    """It waits in short turns; where the reader does not end, it says so, and the triggers of before go on calling."""
    put(tables, SPEC)
    scripted.play(QUEUED)
    with connection(tables, "app", autocommit=False) as reader:
        run(reader, "select count(*) from trade.orders")
        with (
            writing(tables) as writer,
            pytest.raises(InstallError, match=r"trigger `trade`.*error 1205\): it is in use by a transaction that"),
        ):
            put(tables, NEXT, lock_timeout=6)
        assert writer.longest < 4
        assert len(sent(scripted, tables, WRITE)) == 1
        assert not look(tables, NEXT).is_done
    put(tables, NEXT)
    assert (look(tables, NEXT).is_done, len(sent(scripted, tables, WRITE))) == (True, 1)
