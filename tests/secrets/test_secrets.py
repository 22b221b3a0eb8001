"""A fixed sample of every way to fail: no mark comes out. All of it: `python -m tests.secrets.report`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.native.cores import CORES
from tests.secrets import calls, endpoint, live, offline, servers, sets, values
from tests.secrets.marks import Marks, forms
from tests.secrets.runs import Ran, Tally, tally

SEED = 6


def check(found: Callable[[Marks], Iterator[Ran]], share: float) -> None:
    """Run a share of a part; fail with every find."""
    marks = Marks(SEED, share)
    tallies = tally(found(marks), marks)
    assert tallies
    assert [each for area in tallies.values() for each in area.found] == []


def test_the_command_line_without_a_server() -> None:
    check(offline.runs, 0.04)


def test_servers_that_lie_and_hang() -> None:
    check(servers.runs, 0.1)


def test_the_local_endpoint() -> None:
    check(endpoint.runs, 1)


@pytest.mark.parametrize("kind", calls.kinds(CORES), ids=lambda kind: kind.name)
def test_calls_of_a_core(kind: calls.Kind) -> None:
    check(lambda marks: calls.of_one(kind, marks), 0.1)


def test_values_that_cores_refuse() -> None:
    check(values.runs, 1)


def test_batches_of_every_core() -> None:
    check(sets.runs, 1)


@pytest.mark.live
@pytest.mark.parametrize("start", live.STARTS, ids=lambda start: start.__name__)
def test_a_private_server(start: live.Start) -> None:
    check(lambda marks: live.on(start, marks), 0.1)


# --- the search itself -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", Marks(SEED).of)
def test_every_form_of_a_mark_is_found(kind: str) -> None:
    marks = Marks(SEED)
    for form, text in forms(marks[kind]):
        assert kind in marks.find(f"before {text} behind"), form
        assert kind in marks.find(f"before {text.upper()[: len(text) - 1]}"), f"{form}, cut"
        assert kind in marks.find(text[: len(text) // 2] + "\n  " + text[len(text) // 2 :]), f"{form}, on two lines"


def test_other_text_is_no_find() -> None:
    marks = Marks(SEED)
    assert marks.find("select payload, token, password from secret where key = 'Bearer AKIAIOSFODNN7EXAMPLE'") == {}
    assert marks.find(Marks(SEED + 1)["token"]) == {}


def test_a_mark_that_should_show_and_does_not_is_told() -> None:
    marks, seen = Marks(SEED), Tally()
    seen.add(Ran("area", "shown", marks["reply"], frozenset({"reply"})), marks)
    seen.add(Ran("area", "not shown", "nothing", frozenset({"reply"})), marks)
    seen.add(Ran("area", "leaked", marks["token"], frozenset()), marks)
    assert seen.found == ["area: not shown: reply (not shown)", "area: leaked: token (plain)"]
