"""Several installs at once: one after the other, or an error that says who holds the lock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.live.catalogs import difference, photograph
from tests.live.databases import ENGINE, bundle, changed, connection, look, put, quickstart, remove, run, session, sql
from udfgen import cli, commands, dialect, install
from udfgen.bundle import Bundle
from udfgen.errors import LockError, MovedError

SPEC = quickstart()
LOCK = dialect.load(ENGINE).part("lower").LOCK
NEXT = changed(SPEC, ("timeout: 3s", "timeout: 4s"))
THREADS, INSTALLS = 4, 10


def hold(dsn: str, seconds: float, started: threading.Event) -> None:
    """Hold the lock as an install elsewhere would."""
    with session(dsn) as opened, opened.lock(0):
        started.set()
        time.sleep(seconds)


def test_the_lock_that_is_not_had_in_time_names_its_holder(database: str) -> None:
    was = photograph(database)
    with connection(database) as other:
        run(other, f"select pg_advisory_lock({LOCK})")
        pid = run(other, "select pg_backend_pid()")[0][0]
        began = time.monotonic()
        with pytest.raises(LockError, match=rf"waited 0\.3 s: process {pid}; .*--lock-timeout"):
            put(database, SPEC, lock_timeout=0.3)
        assert 0.3 <= time.monotonic() - began < 2
    assert difference(was, photograph(database)) == {}


def test_the_command_line_says_the_same(database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = commands.copy_quickstart(tmp_path)
    with connection(database) as other:
        run(other, f"select pg_advisory_lock({LOCK})")
        options = ["--dsn", database, "--yes", "--no-generated", "--lock-timeout", "0"]
        assert cli.run(["install", str(spec), *options]) == 1
    assert "udfgen: another install holds the lock, waited 0 s: process " in capsys.readouterr().err


def test_the_holder_in_another_database_is_not_named(postgresql: str, database: str) -> None:
    with connection(postgresql) as elsewhere, connection(database) as here:
        run(elsewhere, f"select pg_advisory_lock({LOCK})")
        put(database, SPEC, lock_timeout=0)
        run(here, f"select pg_advisory_lock({LOCK})")
        pid = run(here, "select pg_backend_pid()")[0][0]
        with pytest.raises(LockError, match=rf"process {pid}; "):
            put(database, NEXT, lock_timeout=0)


def test_an_install_waits_for_the_lock(database: str) -> None:
    started = threading.Event()
    holder = threading.Thread(target=hold, args=(database, 0.4, started))
    holder.start()
    started.wait(5)
    began = time.monotonic()
    assert put(database, SPEC, lock_timeout=10).statements > 0
    assert time.monotonic() - began >= 0.3
    holder.join()


def test_the_lock_of_a_dead_holder_is_free(database: str) -> None:
    with connection(database) as other:
        run(other, f"select pg_advisory_lock({LOCK})")
    assert put(database, SPEC, lock_timeout=1).statements > 0
    held = "select count(*) from pg_locks where locktype = 'advisory'"
    assert sql(database, held) == [(0,)]


def test_concurrent_installs_all_end_well(database: str) -> None:
    """Whoever comes second finds the work done, or the database moved since its look; nothing else."""
    specs = [SPEC, NEXT]

    def one(number: int) -> str:
        for each in range(INSTALLS):
            try:
                put(database, specs[(number + each) % 2])
            except MovedError:
                outcomes.append("moved")
            else:
                outcomes.append("done")
        return "through"

    outcomes: list[str] = []
    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(one, range(THREADS))) == ["through"] * THREADS
    print(f"{len(outcomes)} installs: {outcomes.count('done')} done, {outcomes.count('moved')} moved, 0 failed")
    assert len(outcomes) == THREADS * INSTALLS
    put(database, SPEC)
    assert look(database, SPEC).is_done


def test_the_same_spec_at_once_is_installed_once(database: str) -> None:
    """The others wait, find nothing left to do, and say so: no failure, no second run."""
    barrier = threading.Barrier(THREADS)

    def one(made: Bundle) -> int:
        with session(database) as opened:
            seen = install.look(made, opened)
            barrier.wait(10)
            return install.install(made, opened, seen).statements

    for version in range(INSTALLS):
        text = changed(SPEC, ("timeout: 3s", f"timeout: {version + 1}s"))
        with ThreadPoolExecutor(THREADS) as pool:
            statements = sorted(pool.map(one, [bundle(text)] * THREADS))
        assert statements[:-1] == [0] * (THREADS - 1)
        assert statements[-1] > 0
        assert look(database, text).is_done


def test_installs_in_two_databases_share_the_owner(another: Callable[[str], str]) -> None:
    """The lock is the database's, the owner's role the server's: both make it at the same moment."""
    both = (another(""), another(""))
    was = [photograph(dsn) for dsn in both]
    for _ in range(INSTALLS):
        with ThreadPoolExecutor(2) as pool:
            assert all(receipt.statements for receipt in pool.map(lambda dsn: put(dsn, SPEC), both))
        assert [look(dsn, SPEC).is_done for dsn in both] == [True, True]
        warned = [remove(dsn, SPEC).warnings for dsn in both]
        assert warned == [("role udfgen_quickstart stays: it owns objects in another database",), ()]
    assert [difference(old, photograph(dsn)) for old, dsn in zip(was, both, strict=True)] == [{}, {}]


def test_a_plan_that_is_no_longer_true_is_not_applied(database: str) -> None:
    made = bundle(SPEC)
    with session(database) as opened:
        seen = install.look(made, opened)
        put(database, NEXT)
        was = photograph(database)
        with pytest.raises(MovedError, match="look at a new plan"):
            install.install(made, opened, seen)
    assert difference(was, photograph(database)) == {}
