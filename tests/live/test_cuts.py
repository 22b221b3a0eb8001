"""The connection dies before and after each statement of an install: nothing is half done, the next one converges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.live.catalogs import difference, photograph
from tests.live.databases import bundle, changed, connection, end, look, put, quickstart, remove, session, sql
from tests.live.hooks import prepare, spec
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
HOOKS = spec(
    """
row: {table: reading, after: [insert], call: told, when_off: skip, unless_user: [bob], arguments: {op: operation}}
all: {table: reading, after: [insert, update], level: statement, key: [id], of: [value], call: told}
"""
).replace("engines:", "compat: {aws_lambda: {grant: [app]}}\nengines:")
MORE_HOOKS = changed(
    HOOKS,
    ("row: {table: reading, after: [insert]", "row: {table: other, after: [insert, delete]"),
    ("after: [insert, update], level: statement", "after: [update], level: statement"),
    ("aws_lambda: {grant: [app]}", "awslambda: true"),
)
CUT = r"57P01|connection is (closed|lost)"
STEP = 4
"""Of the long installs, every so many points are cut: all of them take three minutes."""
OPEN = "create role bob; alter default privileges grant execute on functions to bob"


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
    with cut(dsn, at, before) as opened, pytest.raises(UdfgenError, match=CUT):
        install.install(made, opened, install.look(made, opened))  # type: ignore[arg-type]


def test_cuts_of_a_first_install(database: str) -> None:
    sql(database, OPEN)
    total = put(database, SPEC).statements
    remove(database, SPEC)
    with nobody_comes_in(database) as watcher:
        outcomes = [(cuts(database, SPEC, at), remove(database, SPEC))[0] for at in range(1, total + 1)]
    report("first install", outcomes, watcher)
    assert outcomes == [(2, True)] * total
    assert total > 30


def test_cuts_of_an_upgrade(database: str) -> None:
    sql(database, OPEN)
    put(database, SPEC)
    total = put(database, NEXT).statements
    put(database, SPEC)
    with nobody_comes_in(database) as watcher:
        outcomes = [(cuts(database, NEXT, at), put(database, SPEC))[0] for at in range(1, total + 1)]
    report("upgrade", outcomes, watcher)
    assert outcomes == [(2, True)] * total
    assert total > 20


def test_cuts_of_triggers_and_drop_in_names(database: str) -> None:
    """A first install, then an upgrade that moves a trigger to another table and changes the drop-in names."""
    sql(database, OPEN)
    sql(database, "create table other (id integer primary key, value numeric)")
    prepare(database)
    for before, after in (("", HOOKS), (HOOKS, MORE_HOOKS)):
        total = put(database, after).statements
        back(database, before, after)
        with nobody_comes_in(database, "hooks,aws_lambda,aws_commons") as watcher:
            points = range(1, total + 1, STEP)
            outcomes = [cuts_and_back(database, before, after, at) for at in points]
        report("triggers and drop-in names", outcomes, watcher)
        assert outcomes == [(2, True)] * len(points)
        put(database, after)


def cuts_and_back(dsn: str, before: str, after: str, at: int) -> tuple[int, bool]:
    """Return what the cuts at one statement came to, with the spec of before in place again."""
    outcome = cuts(dsn, after, at)
    back(dsn, before, after)
    return outcome


def back(dsn: str, before: str, after: str) -> None:
    """Go back to the spec of before, or to nothing."""
    if before:
        put(dsn, before)
    else:
        remove(dsn, after)


def cuts(dsn: str, text: str, at: int) -> tuple[int, bool]:
    """Cut an install before and after one statement, then install; return how many cuts left all as it was, and
    whether the install converged."""
    old, unchanged = photograph(dsn), 0
    for before in (True, False):
        install_cut(dsn, bundle(text), at, before)
        unchanged += difference(old, photograph(dsn)) == {}
    put(dsn, text)
    return unchanged, look(dsn, text).is_done


def report(what: str, outcomes: list[tuple[int, bool]], watcher: Watcher) -> None:
    """Print the figures, which `pytest -rP` shows."""
    unchanged, converged = sum(each[0] for each in outcomes), sum(each[1] for each in outcomes)
    print(f"{what}: {2 * len(outcomes)} cut points, {unchanged} left all as it was; {len(outcomes)} installs after")
    print(f"them, {converged} converged; {watcher.looks} looks, {len(watcher.sightings)} violations")


@pytest.mark.parametrize("is_committed", [False, True], ids=["before the commit", "after the commit"])
def test_a_cut_around_the_commit(database: str, is_committed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit is all or nothing; when its answer is lost, the next install finds out which it was."""
    was, made = photograph(database), bundle(SPEC)
    with cut(database, 0 if is_committed else total_of(made), False) as opened:
        seen = install.look(made, opened)  # type: ignore[arg-type]
        if is_committed:
            monkeypatch.setattr(install, "_verify", lambda made, session: opened.kill())
        with pytest.raises(UdfgenError, match=CUT):
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
