"""The double speaks the protocol as the driver does: long values, errors behind rows, answers that nobody reads."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.tds.conftest import Place
from tests.tds.support import session
from tests.tds.wire import Fault, Grid, Note, Said
from udfgen.connect import Session
from udfgen.errors import CallError

TEXT = "\u20ac\U0001f511 [udfgen " * 10_000


def answer(place: Place, sql: str, *said: Said) -> None:
    """Have a batch answered."""
    place.instance.answers[sql] = said


def test_values_are_whole_whatever_their_length(place: Place) -> None:
    rows: list[list[str | int | bytes | None]] = [[TEXT, 2**62, b"\x00\xff" * 9000], [None, None, None], ["", -1, b""]]
    answer(place, "select", Grid(["a", "b", "c"], rows))
    with session(place.port) as opened:
        assert opened.rows("select") == (("a", "b", "c"), [tuple(row) for row in rows])


def test_a_long_batch_arrives_whole(place: Place) -> None:
    answer(place, TEXT, Grid(["n"], [[1]]))
    with session(place.port) as opened:
        assert opened.rows(TEXT)[1] == [(1,)]
    assert place.instance.heard[-1].packets > 2 * len(TEXT) // 4096


@pytest.mark.parametrize("count", [1, 5000])
def test_an_error_behind_rows_is_an_error(place: Place, count: int) -> None:
    answer(place, "select", Grid(["a"], [[n] for n in range(count)]), Fault(6522, "too late", line=7))
    with session(place.port) as opened, pytest.raises(CallError, match=r"^Msg 6522, line 7: too late"):
        opened.rows("select")


def test_an_error_behind_two_results_is_an_error(place: Place) -> None:
    answer(place, "select", Grid(["a"], [[1]]), Grid(["b"], [[2]]), Fault(8134, "Divide by zero"))
    with session(place.port) as opened, pytest.raises(CallError, match=r"^Msg 8134, line 1: Divide by zero$"):
        opened.rows("select")


def test_the_first_error_is_told_and_what_is_said_besides_is_not(place: Place) -> None:
    answer(
        place, "create", Note("hello"), Fault(102, "Incorrect syntax."), Fault(319, "Incorrect, near 'with'.", line=2)
    )
    with session(place.port) as opened, pytest.raises(CallError) as told:
        opened.rows("create")
    assert str(told.value) == "Msg 102, line 1: Incorrect syntax"
    assert told.value.code is None


def test_what_is_only_said_is_no_error(place: Place) -> None:
    answer(place, "print", Note("hello", 50000))
    with session(place.port) as opened:
        assert opened.rows("print") == ((), [])


def unread(opened: Session) -> None:
    """Leave an answer unread: the driver stops at the first error."""
    with pytest.raises(CallError):
        opened.rows("batch")


@pytest.mark.parametrize("rest", [[Grid(["a"], [[TEXT]])], [Fault(547, "another"), Grid(["a"], [[1]])]])
def test_the_driver_calls_off_what_it_does_not_read(place: Place, rest: Iterable[Said]) -> None:
    answer(place, "batch", Fault(208, "Invalid object name"), *rest)
    answer(place, "select", Grid(["n"], [[1]]))
    with session(place.port) as opened:
        for _ in range(3):
            unread(opened)
            assert opened.rows("select")[1] == [(1,)]
    assert place.server.attentions == 3
