"""The connection dies between any two statements: what was closed stays closed, and the next run goes on from there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pymysql
import pytest

from tests.live.mysql.catalogs import Photograph, difference, photograph
from tests.live.mysql.databases import (
    NEXT,
    SPEC,
    bundle,
    compiled,
    connection,
    library,
    loadable,
    look,
    plugin_dir,
    put,
    remove,
    run,
    session,
    sql,
)
from tests.scripted import Script, ScriptedLambda
from udfgen import install
from udfgen.bundle import Bundle
from udfgen.connect import Session
from udfgen.errors import InstallError

CALLS = {
    "function price": "select shop.price('thing', 2)",
    "function kept": "select shop.kept('thing')",
    "procedure stock": "call shop.stock('thing')",
    "procedure note": "call shop.note('line')",
    "procedure memo": "call shop.memo('line')",
    "function probe": "select udfgen_shop.probe('checks')",
    "the core": f"select {loadable(SPEC)}('kept', 'app@%', '', 'thing')",
}
"""Every way in."""

KEPT = CALLS["function kept"]
CUT = "the connection was cut"


@dataclass
class CutSession:
    """The installer's session, whose connection ends before the statement of a number; `watch` runs before each."""

    session: Session
    at: int = 0
    watch: Callable[[], None] = lambda: None
    done: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> object:
        return getattr(self.session, name)

    def run(self, sql: str) -> None:
        """Run a step's statements one by one."""
        for statement in statements(sql):
            self._count(statement)
            self.session.run(statement)

    def place(self, made: Bundle, path: Path) -> None:
        """Place a file, which counts as a statement."""
        self._count(f"place {path.name}")
        self.session.place(made, path)  # type: ignore[attr-defined]

    def sweep(self, made: Bundle) -> None:
        """Delete files, which counts as a statement."""
        self._count("sweep")
        self.session.sweep(made)  # type: ignore[attr-defined]

    def _count(self, what: str) -> None:
        self.done.append(what)
        self.watch()
        if len(self.done) == self.at:
            self.session.close()
            raise InstallError(CUT)


def statements(sql: str) -> Iterator[str]:
    """Yield the statements of a text; what stands between the client's delimiters is one."""
    for number, part in enumerate(re.split(r"--\tdelimiter //\n|--\t//\n--\tdelimiter ;\n", sql)):
        yield from [part] if number % 2 else part.rstrip(";\n ").split(";\n")


def run_install(dsn: str, text: str, at: int = 0, watch: Callable[[], None] = lambda: None) -> list[str]:
    """Install, to a cut or to the end; return the statements."""
    made = bundle(text)
    with session(dsn) as opened:
        cut = CutSession(opened, at, watch)
        install.install(made, cut, install.look(made, opened), folder=compiled(text))  # type: ignore[arg-type]
    return cut.done


def run_removal(dsn: str, at: int = 0, watch: Callable[[], None] = lambda: None, text: str = SPEC) -> list[str]:
    """Uninstall, to a cut or to the end; return the statements."""
    made = bundle(text)
    with session(dsn) as opened:
        cut = CutSession(opened, at, watch)
        install.uninstall(made, cut, install.look_removal(made, opened))  # type: ignore[arg-type]
    return cut.done


def cuts(run: Callable[[int], object], total: int, step: int = 1) -> Iterator[int]:
    """Cut a run before each of its statements, one after the other, or with some in between."""
    for at in range(1, total + 1, step):
        with pytest.raises(InstallError, match=CUT):
            run(at)
        yield at


def closed(dsn: str, scripted: ScriptedLambda, user: str, *names: str) -> None:
    """See that an account cannot call: every way in is an error, and nothing reaches the endpoint."""
    scripted.play(Script(b'{"v": 7, "items": []}'))
    with connection(dsn, user) as opened:
        for name in names or CALLS:
            with pytest.raises(
                pymysql.Error, match=r"denied|does not exist|Unknown database|No database|not_authorized"
            ):
                run(opened, CALLS[name])
    assert scripted.requests == []


def left_by_cuts(dsn: str, was: Photograph) -> bool:
    """Tell whether a cut install left something after an uninstall: the private database, with at most the registry.

    An uninstall goes by what the registry says is wanted, which is written down when that database is made and a lost
    switch is healed.
    """
    left = difference(was, photograph(dsn))
    if left:
        (name,) = left.pop("database")
        assert "SCHEMA_NAME=udfgen_shop " in name
        assert left in ({}, {"table": ["+TABLE_SCHEMA=udfgen_shop TABLE_NAME=registry"]})
        sql(dsn, "drop database udfgen_shop")
        assert difference(was, photograph(dsn)) == {}
        return True
    return False


def can_call(dsn: str, statement: str) -> bool:
    """Tell whether `app` may call; what stops a call is that it is not there, or that it is not granted."""
    try:
        sql(dsn, statement, "app")
    except pymysql.Error as error:
        if error.args[0] in (1049, 1305, 1370):
            return False
        raise
    return True


def test_nobody_else_can_call_at_any_moment_and_callers_of_what_stays_can(
    server: str, scripted: ScriptedLambda
) -> None:
    """Between any two statements of a first install, an upgrade and an uninstall."""
    failures: list[int] = []

    def watch() -> None:
        closed(server, scripted, "bob")
        closed(server, scripted, "app", "the core", "function probe")
        failures.append(not can_call(server, KEPT))

    run_install(server, SPEC, watch=watch)
    failures.clear()
    statements = run_install(server, NEXT, watch=watch)
    # Only between its own drop and its grant: a routine that changes is closed until the end.
    without = [at for at, failed in enumerate(failures) if failed]
    assert without == list(range(without[0], without[-1] + 1))
    assert statements[without[0]].startswith("create definer")
    assert statements[without[-1]].startswith("grant execute")
    run_removal(server, watch=lambda: closed(server, scripted, "bob"))


def test_cuts_of_a_first_install(server: str, scripted: ScriptedLambda) -> None:
    was, left = photograph(server), 0
    total = len(run_install(server, SPEC))
    remove(server, SPEC)
    for at in cuts(lambda at: run_install(server, SPEC, at), total):
        closed(server, scripted, "bob")
        put(server, SPEC)
        assert look(server, SPEC).is_done, at
        remove(server, SPEC)
        left += left_by_cuts(server, was)
    print(f"first install: {total} cut points, every install after them converged")
    assert (total > 40, left <= 2) == (True, True)


def test_an_uninstall_after_a_cut_install_leaves_nothing(server: str) -> None:
    was, left = photograph(server), 0
    total = len(run_install(server, SPEC))
    remove(server, SPEC)
    for _ in cuts(lambda at: run_install(server, SPEC, at), total):
        remove(server, SPEC)
        left += left_by_cuts(server, was)
    assert left <= 25


def test_cuts_of_an_upgrade(server: str, scripted: ScriptedLambda) -> None:
    put(server, NEXT)
    upgraded = photograph(server)
    put(server, SPEC)
    total = len(run_install(server, NEXT))
    put(server, SPEC)
    unable = 0
    for at in cuts(lambda at: run_install(server, NEXT, at), total):
        closed(server, scripted, "bob")
        unable += not can_call(server, KEPT)
        put(server, NEXT)
        assert look(server, NEXT).is_done, at
        assert difference(upgraded, photograph(server)) == {}, at
        put(server, SPEC)
    print(f"upgrade: {total} cut points, every install after them converged; {unable} of them stop other functions")
    # Another function is made anew, too, for the new library: it is closed from its own drop to its grant.
    assert (total > 20, unable) == (True, 6)


def test_an_upgrade_that_was_cut_can_be_taken_back(server: str) -> None:
    put(server, SPEC)
    was = photograph(server)
    total = len(run_install(server, NEXT))
    put(server, SPEC)
    for at in cuts(lambda at: run_install(server, NEXT, at), total):
        put(server, SPEC)
        assert look(server, SPEC).is_done, at
        assert difference(was, photograph(server)) == {}, at


def test_cuts_of_an_uninstall(server: str, scripted: ScriptedLambda) -> None:
    was = photograph(server)
    put(server, SPEC)
    total = len(run_removal(server))
    put(server, SPEC)
    for at in cuts(lambda at: run_removal(server, at), total):
        closed(server, scripted, "bob")
        remove(server, SPEC)
        assert difference(was, photograph(server)) == {}, at
        put(server, SPEC)
    for at in cuts(lambda at: run_removal(server, at), total):
        put(server, SPEC)
        assert look(server, SPEC).is_done, at
    print(f"uninstall: {total} cut points, every uninstall and install after them converged")
    assert total > 15


def test_a_copy_that_was_cut_does_not_stay(server: str) -> None:
    put(server, SPEC)
    was = photograph(server)
    put(server, NEXT)
    (plugin_dir(server) / f"{library(SPEC)}.partial").write_bytes(b"\x7fELF")
    put(server, SPEC)
    assert difference(was, photograph(server)) == {}
