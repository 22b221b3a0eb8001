"""The kill switch's verb: what is read, what is written, and what is refused, of an engine that is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from udfgen import switch
from udfgen.bundle import Bundle, Key, Object, Phase, Statement
from udfgen.errors import InstallError, Origin, RefusedError, UsageError
from udfgen.install import look
from udfgen.ir import Aws, Binding, Invoke, Program
from udfgen.state import Live, Mode, Recorded, State

ORIGIN = Origin("spec.yaml", 1, 1)
TABLE = Object(Key("switch", "s"), None, (Statement(Phase.PREPARE, "create table s"),))
BUNDLE = Bundle("engine", None, "sensors", (), (TABLE,), (), (), (), (), (), "catalog", "registry")


def program(*names: str) -> Program:
    bindings = tuple(Binding(name, name, None, Invoke.SYNC, 1, 1, False, 0, False, False, ORIGIN) for name in names)
    return Program("sensors", None, Aws("eu-west-1"), bindings, (), {}, ORIGIN)


PROGRAM = program("score", "log")


class Database:
    """A database whose table of modes is a dictionary, and whose statements are tuples."""

    def __init__(self, state: State, rows: Mapping[str, str], is_deaf: bool = False) -> None:
        self.state, self.table, self.is_deaf = state, dict(rows), is_deaf
        self.ran: list[tuple[str, str]] = []
        self.commits = 0

    def observe(self, bundle: Bundle) -> State:
        return self.state

    def rows(self, sql: Any) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        assert sql == ("modes", "sensors")
        return ("binding", "mode"), sorted(self.table.items())

    @contextmanager
    def transaction(self) -> Iterator[None]:
        yield
        self.commits += 1

    def run(self, sql: Any) -> None:
        _, binding, mode = sql
        self.ran.append((binding, mode))
        if not self.is_deaf:
            self.table.pop(binding, None)
            self.table |= {} if mode == "live" else {binding: mode}


def state(is_there: bool = True, definition: str = "d", is_ours: bool = True, problems: tuple[str, ...] = ()) -> State:
    live = {TABLE.key: Live(definition)} if is_there else {}
    recorded = {TABLE.key: Recorded(TABLE.digest, "d")} if is_ours else {}
    return State("Engine 1", live, recorded, problems)


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for an engine: its statements are what they are made of."""
    lower = SimpleNamespace(
        switch=lambda made, binding, mode: ("switch", binding, mode), modes=lambda made: ("modes", made.name)
    )
    monkeypatch.setattr("udfgen.dialect.load", lambda name: SimpleNamespace(part=lambda module: lower))
    monkeypatch.setattr("udfgen.switch.type_out", lambda engine, text: text)


def turn(database: Any, binding: str, mode: Mode) -> tuple[dict[str, Mode], dict[str, Mode]]:
    before, after = switch.turn(PROGRAM, BUNDLE, database, binding, mode)
    return dict(before), dict(after)


def modes(database: Any) -> list[tuple[str, Mode]]:
    return list(switch.modes(PROGRAM, BUNDLE, database).items())


def test_every_binding_is_told_in_the_order_of_the_spec() -> None:
    database = Database(state(), {"log": "dry_run", "gone": "off"})
    assert modes(database) == [("score", Mode.LIVE), ("log", Mode.DRY_RUN)]


@pytest.mark.parametrize("text", ["off", "OFF", "live", "dry_run ", ""])
def test_what_is_no_mode_is_off(text: str) -> None:
    assert modes(Database(state(), {"score": text}))[0] == ("score", Mode.OFF)


@pytest.mark.parametrize("mode", [Mode.OFF, Mode.DRY_RUN])
def test_a_binding_is_turned_there_and_back(mode: Mode) -> None:
    database = Database(state(), {})
    before, after = turn(database, "score", mode)
    assert (before["score"], after["score"], after["log"]) == (Mode.LIVE, mode, Mode.LIVE)
    assert turn(database, "score", Mode.LIVE)[1]["score"] is Mode.LIVE
    assert database.ran == [("score", mode.value), ("score", "live")]
    assert database.commits == 2


def test_nothing_is_run_where_nothing_changes() -> None:
    database = Database(state(), {"score": "off"})
    before, after = turn(database, "score", Mode.OFF)
    assert before == after
    assert database.ran == []


def test_a_statement_without_effect_is_told() -> None:
    with pytest.raises(InstallError, match="score was switched to off, and the database says live"):
        turn(Database(state(), {}, is_deaf=True), "score", Mode.OFF)


def test_one_binding_is_told_alone() -> None:
    database = Database(state(), {"log": "dry_run"})
    assert dict(switch.modes(PROGRAM, BUNDLE, database, "log")) == {"log": Mode.DRY_RUN}


def test_an_unknown_binding_is_told_with_the_nearest() -> None:
    database = Database(state(), {})
    for act in (
        lambda: turn(database, "scor", Mode.OFF),
        lambda: switch.modes(PROGRAM, BUNDLE, database, "scor"),
    ):
        with pytest.raises(UsageError, match='the spec has no binding "scor": did you mean "score"'):
            act()
    assert database.ran == []


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (state(is_there=False, is_ours=False), "there is nothing to switch here: install the spec first"),
        (state(is_there=False), "there is nothing to switch here: install the spec first"),
        (state(is_ours=False), "there is nothing to switch here: install the spec first"),
        (state(is_there=False, is_ours=False, problems=("too old", "no rights")), "too old\nno rights"),
    ],
)
def test_without_an_install_nothing_is_read_or_written(found: State, told: str) -> None:
    database = Database(found, {"score": "off"})
    for act in (lambda: modes(database), lambda: turn(database, "score", Mode.OFF)):
        with pytest.raises(RefusedError) as caught:
            act()
        assert str(caught.value) == told
    assert database.ran == []


def test_a_table_that_was_changed_by_hand_still_switches() -> None:
    database = Database(state(definition="another owner"), {})
    assert turn(database, "log", Mode.OFF)[1]["log"] is Mode.OFF


def not_live(database: Any) -> dict[str, Mode]:
    return dict(switch.not_live(PROGRAM, BUNDLE, database, look(BUNDLE, database)))


def test_status_hears_of_what_is_not_live() -> None:
    assert not_live(Database(state(), {"log": "off"})) == {"log": Mode.OFF}
    assert not_live(Database(state(), {})) == {}


@pytest.mark.parametrize("found", [state(is_there=False), state(is_ours=False), state(definition="another owner")])
def test_status_reads_no_table_that_is_not_as_it_was_made(found: State) -> None:
    assert not_live(Database(found, {"log": "off"})) == {}
