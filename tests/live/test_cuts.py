"""The connection dies before and after each statement of an install: nothing is half done, running it again converges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.live.catalogs import Photograph, difference, photograph
from tests.live.databases import bundle, changed, connection, end, look, put, quickstart, remove, session, sql
from tests.live.watcher import Watcher, nobody_comes_in
from udfgen import install
from udfgen.bundle import Bundle
from udfgen.connect import Session
from udfgen.errors import UdfgenError

SPEC = quickstart()
NEXT = changed(
    SPEC,
    ("customer_id: bigint", "customer_id: integer"),
    ("      tier: {type: varchar(20), default: basic, enum: [basic, gold]}\n", "      tier: varchar(20)\n"),
    ("      at_most: {type: integer, default: 10, min: 1, max: 100}\n", ""),
    ("customer_id: 42, at_most: 1", "customer_id: 42"),
    ("log_event:", "note_event:"),
    ('type: "decimal(5,2)"', "type: double"),
)
OPEN = "create role bob; alter default privileges grant execute on functions to bob"


class Cut(Exception):
    """Stands where the process that installs would have died."""


@dataclass
class CutSession:
    """The installer's session, whose server process is ended before or after the statement of a number."""

    session: Session
    at: int
    before: bool
    kill: Callable[[], None]
    count: int = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self.session, name)

    def run(self, sql: str) -> None:
        """Run one statement, unless this is where the connection dies."""
        self.count += 1
        if self.count == self.at and self.before:
            self.kill()
        self.session.run(sql)
        if self.count == self.at and not self.before:
            self.kill()


@contextmanager
def cut(dsn: str, at: int, before: bool) -> Iterator[CutSession]:
    """Open a session that will be cut."""
    with session(dsn) as opened, connection(dsn) as other:
        pid = opened.rows("select pg_backend_pid()")[1][0][0]

        yield CutSession(opened, at, before, lambda: end(other, pid))


def install_cut(dsn: str, made: Bundle, at: int, before: bool) -> None:
    """Install until the cut; it must be noticed."""
    with cut(dsn, at, before) as opened, pytest.raises(UdfgenError, match=r"57P01|closed|lost|terminat"):
        install.install(made, opened, install.look(made, opened))  # type: ignore[arg-type]


def statements_of(dsn: str, text: str) -> int:
    """Install, and return how many statements it took."""
    return put(dsn, text).statements


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_cut_of_a_first_install(database: str, before: bool) -> None:
    sql(database, OPEN)
    total, nothing = statements_of(database, SPEC), photograph_without(database, SPEC)
    with nobody_comes_in(database) as watcher:
        converged = sum(converges(database, SPEC, at, before, nothing) for at in range(1, total + 1))
    report("first install", before, total, converged, watcher)
    assert converged == total > 20


def photograph_without(dsn: str, text: str) -> Photograph:
    """Uninstall, and return what is left."""
    remove(dsn, text)
    return photograph(dsn)


def converges(dsn: str, text: str, at: int, before: bool, nothing: Photograph) -> bool:
    """Cut an install into an empty database, check that it is still empty, install again, clear up."""
    install_cut(dsn, bundle(text), at, before)
    assert difference(nothing, photograph(dsn)) == {}, f"after a cut at statement {at}"
    put(dsn, text)
    is_done = look(dsn, text).is_done
    remove(dsn, text)
    return is_done


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_cut_of_an_upgrade(database: str, before: bool) -> None:
    sql(database, OPEN)
    put(database, SPEC)
    total = statements_of(database, NEXT)
    put(database, SPEC)
    with nobody_comes_in(database) as watcher:
        converged = sum(upgrades(database, at, before) for at in range(1, total + 1))
    report("upgrade", before, total, converged, watcher)
    assert converged == total > 20


def upgrades(dsn: str, at: int, before: bool) -> bool:
    """Cut an upgrade, check that the old version stands, install the new one, go back to the old one."""
    old = photograph(dsn)
    install_cut(dsn, bundle(NEXT), at, before)
    assert difference(old, photograph(dsn)) == {}, f"after a cut at statement {at}"
    assert look(dsn, SPEC).is_done
    put(dsn, NEXT)
    is_done = look(dsn, NEXT).is_done
    put(dsn, SPEC)
    return is_done


def report(what: str, before: bool, total: int, converged: int, watcher: Watcher) -> None:
    """Print the figures, which `pytest -rP` shows."""
    when = "before" if before else "after"
    seen = f"{watcher.looks} looks, {len(watcher.sightings)} violations"
    print(f"{what}: {total} cut points, {when} each statement; {converged} converged; {seen}")


@pytest.mark.parametrize("is_committed", [False, True], ids=["before the commit", "after the commit"])
def test_a_cut_around_the_commit(database: str, is_committed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit is all or nothing; when its answer is lost, the next install finds out which it was."""
    was, made = photograph(database), bundle(SPEC)
    with cut(database, 0 if is_committed else total_of(made), False) as opened:
        seen = install.look(made, opened)  # type: ignore[arg-type]
        if is_committed:
            monkeypatch.setattr(install, "_verify", lambda made, session: opened.kill())
            install.install(made, opened, seen)  # type: ignore[arg-type]
        else:
            with pytest.raises(UdfgenError):
                install.install(made, opened, seen)  # type: ignore[arg-type]
    assert look(database, SPEC).is_done is is_committed
    assert bool(difference(was, photograph(database))) is is_committed
    put(database, SPEC)
    assert look(database, SPEC).is_done


def total_of(made: Bundle) -> int:
    """Return the number of statements of a first install."""
    own = sum(len(each.statements) for each in made.objects)
    return own + len(made.opening) + len(made.retire) + len(made.closing)


def test_the_watcher_sees_an_open_function(database: str) -> None:
    """A watcher that never finds anything would prove nothing."""
    sql(database, "create role bob; create schema quickstart")
    with Watcher(database, "quickstart") as watcher:
        sql(database, "create function quickstart.f() returns int language sql as 'select 1'")
        seen = watcher.looks
        while watcher.looks < seen + 2:
            pass
    assert watcher.sightings == {"quickstart.f()"}
