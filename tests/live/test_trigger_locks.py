"""Changing triggers of a table that is in use: no writer waits for long, no install for ever, nothing is half done."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.live.catalogs import difference, photograph
from tests.live.databases import bundle, connection, look, put, run, session, sql
from tests.live.hooks import prepare, spec
from udfgen import install
from udfgen.errors import InstallError

Make = Callable[[str], str]

LONGEST = 0.6
"""Seconds that a writer may wait for an install: one try of a quarter of a second, and what a slow machine adds."""

TWO = """
one: {table: reading, after: [insert], call: told}
two: {table: other, after: [insert], call: told}
"""


@pytest.fixture
def dsn(another: Make) -> str:
    """A new database with two tables."""
    made = another("")
    prepare(made)
    sql(made, "create table other (id int); grant all on other to bob")
    return made


@contextmanager
def using(dsn: str, statement: str) -> Iterator[int]:
    """Keep a transaction of bob's open after a statement; yield the number of its process."""
    with connection(dsn, "bob") as opened:
        run(opened, f"begin; {statement}")
        yield opened.info.backend_pid


def longest_wait(dsn: str, table: str, ended: threading.Event) -> float:
    """Write to a table again and again until told to stop; return the longest that it took, in seconds."""
    longest = 0.0
    with connection(dsn, "bob") as opened:
        for number in range(1000, 10**6):
            if ended.is_set():
                break
            began = time.monotonic()
            run(opened, f"insert into {table} (id) values ({number})")
            longest = max(longest, time.monotonic() - began)
            time.sleep(0.01)
    return longest


WRITE = "insert into reading values (1, 1)"


def test_an_open_writer_is_named_and_nothing_is_done(dsn: str) -> None:
    was = photograph(dsn)
    with using(dsn, WRITE) as pid:
        began = time.monotonic()
        with pytest.raises(InstallError) as caught:
            put(dsn, spec(TWO), lock_timeout=1)
        assert 1 <= time.monotonic() - began < 4
    told = str(caught.value)
    assert "table public.reading is in use: its triggers could not be changed in 1s (SQLSTATE 55P03)" in told
    assert f"Held by process {pid} of bob.; " in told
    assert "--lock-timeout" in told
    assert told.endswith("nothing was changed")
    assert difference(was, photograph(dsn)) == {}


@pytest.mark.parametrize("table", ["reading", "other"])
def test_other_writers_go_on_while_an_install_waits(dsn: str, table: str) -> None:
    """Of the table that is in use, and of one that is not: nothing is held between two tries."""
    ended = threading.Event()
    with using(dsn, WRITE), ThreadPoolExecutor(1) as pool:
        waited = pool.submit(longest_wait, dsn, table, ended)
        try:
            with pytest.raises(InstallError, match=r"table public\.reading is in use"):
                put(dsn, spec(TWO), lock_timeout=2)
        finally:
            ended.set()
        assert 0 < waited.result() < LONGEST


def test_an_install_goes_on_when_the_writer_ends(dsn: str) -> None:
    with ThreadPoolExecutor(1) as pool:
        with using(dsn, WRITE):
            installed = pool.submit(put, dsn, spec(TWO))
            time.sleep(1)
            assert not installed.done()
        assert installed.result(20).statements > 0
    assert look(dsn, spec(TWO)).is_done


def test_a_trigger_that_goes_waits_for_readers_too(dsn: str) -> None:
    """An uninstall as an install that drops one: PostgreSQL takes the whole table for that."""
    put(dsn, spec(TWO))
    was = photograph(dsn)
    made, fewer = bundle(spec(TWO)), spec(TWO.strip().splitlines()[1])
    held = r"table public\.reading is in use: .* 500ms .*Held by process {} of bob\."
    with using(dsn, "select from reading") as pid:
        with session(dsn) as opened, pytest.raises(InstallError, match=held.format(pid)):
            install.uninstall(made, opened, install.look_removal(made, opened), lock_timeout=0.5)
        with pytest.raises(InstallError, match=held.format(pid)):
            put(dsn, fewer, lock_timeout=0.5)
    assert difference(was, photograph(dsn)) == {}
    put(dsn, fewer)
    assert [row.split()[2] for row in photograph(dsn)["trigger"]] == ["two"]


def test_an_install_that_changes_no_trigger_waits_for_nobody(dsn: str) -> None:
    put(dsn, spec(TWO))
    with using(dsn, "lock table reading, other"):
        changed = spec(TWO).replace("timeout: 20s", "timeout: 19s")
        assert put(dsn, changed, lock_timeout=0).statements > 0


def test_a_partition_that_is_in_use_is_waited_for(dsn: str) -> None:
    sql(
        dsn,
        "create table parted (id int) partition by list (id); create table low partition of parted for values in (1);"
        "grant all on parted, low to bob",
    )
    text = spec("t: {table: parted, after: [insert], call: told}")
    held = "table public.parted is in use: .*Held by process {} of bob"
    with using(dsn, "insert into low values (1)") as pid, pytest.raises(InstallError, match=held.format(pid)):
        put(dsn, text, lock_timeout=0.5)
    assert put(dsn, text).statements > 0


def by_hand(psql: str, dsn: str, path: Path, options: str) -> subprocess.CompletedProcess[str]:
    """Run a file with psql; `options` are the server's settings."""
    parts = urlsplit(dsn)
    words = [psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(path)]
    place = {"PGHOST": parse_qs(parts.query)["host"][0], "PGUSER": "postgres", "PGDATABASE": parts.path[1:]}
    environment = {**os.environ, **place, "PGOPTIONS": options}
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_psql_waits_no_longer_than_its_lock_timeout(dsn: str, psql: str, tmp_path: Path) -> None:
    for file in bundle(spec(TWO)).files:
        (tmp_path / file.path).write_bytes(file.content)
    was = photograph(dsn)
    with using(dsn, WRITE):
        done = by_hand(psql, dsn, tmp_path / "install.sql", "-c lock_timeout=300ms")
    assert done.returncode == 3
    assert "table public.reading is in use: its triggers could not be changed in 300ms" in done.stderr
    assert difference(was, photograph(dsn)) == {}
    assert by_hand(psql, dsn, tmp_path / "install.sql", "").returncode == 0
    assert look(dsn, spec(TWO)).is_done


SLOW = """
alter table reading set (autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1);
insert into reading (id, note) select number, repeat('x', 1000) from generate_series(1, 5000) as number;
delete from reading where id % 2 = 0
"""
VACUUMED = """
select pid from pg_locks join pg_stat_activity using (pid)
where relation = 'reading'::regclass and backend_type = 'autovacuum worker'
"""


@pytest.fixture
def restless(dsn: str) -> Iterator[str]:
    """The database while autovacuum looks around every second."""
    sql(dsn, "alter system set autovacuum_naptime = 1")
    sql(dsn, "select pg_reload_conf()")
    yield dsn
    sql(dsn, "alter system reset autovacuum_naptime")
    sql(dsn, "select pg_reload_conf()")


def test_an_autovacuum_steps_aside(restless: str) -> None:
    """It does so only after deadlock_timeout, which is longer than a try by default."""
    sql(restless, SLOW)
    until = time.monotonic() + 60
    while not sql(restless, VACUUMED):
        assert time.monotonic() < until, "no autovacuum came"
        time.sleep(0.1)
    worker = sql(restless, VACUUMED)
    put(restless, spec(TWO), lock_timeout=3)
    assert worker
    assert sql(restless, VACUUMED) != worker
