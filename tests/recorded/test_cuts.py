"""A statement fails, or the connection dies after it, at each step: what is not finished is closed, the next goes on.

Every statement of the first install, of an upgrade and of an uninstall is the one that fails, once before it has done
anything and once after it has done all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import oracledb
import pytest

from tests.recorded.driver import Server
from tests.recorded.schema import Schema, ora
from tests.recorded.support import (
    ALL,
    NEXT,
    SPEC,
    look,
    permissions,
    put,
    remove,
    require_closed,
    require_writable,
    server,
)
from tests.recorded.test_drift import MUTANTS, texts
from udfgen import dialect
from udfgen.errors import InstallError
from udfgen.install import Receipt

Verb = Callable[[], Receipt]
SIDES = ("before", "after")


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Server]:
    """Return what puts a new server into the driver's place."""

    def put_in() -> Server:
        made = server(SPEC)
        made.schema.policy = permissions(SPEC)
        monkeypatch.setattr(dialect.load("oracle").part("session").oracledb, "connect", made.connect)
        return made

    return put_in


@contextmanager
def cut(at: Server, number: int, side: str) -> Iterator[None]:
    """Let one step of an install fail."""
    done = len(at.steps)

    def fail(sql: str) -> None:
        if len(at.steps) - done == number - (side == "before"):
            raise ora(3113, "end-of-file on communication channel")

    setattr(at, side, fail)
    yield
    setattr(at, side, lambda sql: None)


def cuts(
    fresh: Callable[[], Server], prepare: Callable[[Server], object], verb: Verb, is_ours: bool = True
) -> Iterator[tuple[Server, Schema]]:
    """Yield the server after a verb that failed, for every step and side, and what its schema was before.

    Writes to people's tables never fail; unless `is_ours`, by hand was changed what the model takes for half made.
    """
    total = steps(fresh(), prepare, verb)
    assert total > 8
    for number in range(1, total + 1):
        for side in SIDES:
            at = fresh()
            prepare(at)
            before = at.schema.snapshot()
            with cut(at, number, side), pytest.raises(InstallError, match="ORA-03113"):
                verb()
            assert at.locks == {}
            if is_ours:
                require_writable(at.schema)
            yield at, before


def steps(at: Server, prepare: Callable[[Server], object], verb: Verb) -> int:
    """Return how many statements a verb runs."""
    prepare(at)
    done = len(at.steps)
    verb()
    return len(at.steps) - done


def whole(fresh: Callable[[], Server], *specs: str) -> Schema:
    """Return the schema after installs that nothing cut."""
    at = fresh()
    for spec in specs:
        put(spec)
    return at.schema


def test_cuts_of_a_first_install(fresh: Callable[[], Server]) -> None:
    good = whole(fresh, SPEC)
    count = 0
    for at, before in cuts(fresh, lambda at: None, lambda: put(SPEC)):
        require_closed(at.schema, before, SPEC)
        put(SPEC)
        assert look(SPEC).is_done
        assert (texts(at.schema), at.schema.grants) == (texts(good), good.grants)
        count += 1
    assert count > 70


def test_cuts_of_an_upgrade(fresh: Callable[[], Server]) -> None:
    good = whole(fresh, SPEC, NEXT)
    for at, before in cuts(fresh, lambda at: put(SPEC), lambda: put(NEXT)):
        require_closed(at.schema, before, NEXT)
        put(NEXT)
        assert look(NEXT).is_done
        assert (texts(at.schema), at.schema.grants) == (texts(good), good.grants)


def test_an_upgrade_that_was_cut_can_be_taken_back(fresh: Callable[[], Server]) -> None:
    good = whole(fresh, SPEC)
    for at, _ in cuts(fresh, lambda at: put(SPEC), lambda: put(NEXT)):
        put(SPEC)
        assert look(SPEC).is_done
        assert (texts(at.schema), at.schema.grants) == (texts(good), good.grants)


def test_cuts_of_an_uninstall(fresh: Callable[[], Server]) -> None:
    for at, before in cuts(fresh, lambda at: put(SPEC), lambda: remove(SPEC)):
        assert at.schema.grants <= before.grants
        remove(SPEC)
        assert (at.schema.objects, at.schema.grants, at.schema.tables) == ({}, set(), {})


def test_an_install_follows_an_uninstall_that_was_cut(fresh: Callable[[], Server]) -> None:
    good = whole(fresh, SPEC)
    for at, _ in cuts(fresh, lambda at: put(SPEC), lambda: remove(SPEC)):
        put(SPEC)
        assert look(SPEC).is_done
        assert (texts(at.schema), at.schema.grants) == (texts(good), good.grants)


def test_an_uninstall_follows_an_install_that_was_cut(fresh: Callable[[], Server]) -> None:
    for at, _ in cuts(fresh, lambda at: None, lambda: put(SPEC)):
        remove(SPEC)
        assert (at.schema.objects, at.schema.grants, at.schema.tables) == ({}, set(), {})


def test_cuts_while_drift_is_put_right(fresh: Callable[[], Server]) -> None:
    good = whole(fresh, SPEC)
    by_hand = [each for each in MUTANTS if "to PUBLIC" in each.name or "current_user" in each.name]

    def tampered(at: Server) -> None:
        put(SPEC)
        for mutant in by_hand:
            mutant.change(at.schema)

    for at, _ in cuts(fresh, tampered, lambda: put(SPEC, allowed=ALL), is_ours=False):
        put(SPEC, allowed=ALL)
        assert look(SPEC).is_done
        assert (texts(at.schema), at.schema.grants) == (texts(good), good.grants)


@pytest.mark.parametrize("specs", [(SPEC,), (SPEC, NEXT), (NEXT, SPEC)], ids=["first", "upgrade", "back"])
def test_nobody_comes_in_while_an_install_is_under_way(fresh: Callable[[], Server], specs: tuple[str, ...]) -> None:
    at = fresh()
    for spec in specs[:-1]:
        put(spec)
    before = at.schema.snapshot()
    seen: list[int] = []

    def watch(sql: str) -> None:
        require_closed(at.schema, before, specs[-1])
        require_writable(at.schema)
        seen.append(len(at.schema.grants))

    at.after = watch
    put(specs[-1])
    assert seen[-1] == 13


def test_a_trigger_that_calls_what_is_half_made_would_be_found(fresh: Callable[[], Server]) -> None:
    """What every cut is asked above can say no."""
    at = fresh()
    put(SPEC)
    require_writable(at.schema)
    at.schema.create("JAVA SOURCE", "udfgen/quickstart/Core", "another")
    with pytest.raises(oracledb.DatabaseError, match=r"ORA-04098: trigger 'QUICKSTART\.ORDER_PLACED'"):
        require_writable(at.schema)


def test_what_is_off_stays_off_through_every_cut(fresh: Callable[[], Server]) -> None:
    def prepare(at: Server) -> None:
        put(SPEC)
        at.schema.modes["score"] = "off"

    for at, _ in cuts(fresh, prepare, lambda: put(NEXT)):
        assert at.schema.modes == {"score": "off"}
        put(NEXT)
        assert at.schema.modes == {"score": "off"}
