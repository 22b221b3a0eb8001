"""The Java core's credentials: only the one source that a spec names, and the clock that says when they expire."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

import pytest

from tests.native.cores import why_none
from tests.native.java_calls_support import Session


@pytest.fixture(scope="module")
def process() -> Iterator[Session]:
    """A session with nothing in its environment."""
    with Session() as running:
        yield running


def test_a_chain_is_no_source(process: Session) -> None:
    assert why_none(process, "chain") == "chain (it must be environment, profile, container or imds)"


@pytest.mark.parametrize("year", [1, 100, 400, 1582, 1900, 1969, 1970, 1999, 2000, 2024, 2026, 2100, 9999])
def test_moments_are_those_of_python(process: Session, year: int) -> None:
    for month, day in ((1, 1), (2, 28), (3, 1), (12, 31)):
        moment = datetime(year, month, day, 23, 59, 58, tzinfo=timezone.utc)
        text = moment.isoformat()[:19]
        seconds = (moment - datetime(1970, 1, 1, tzinfo=timezone.utc)).total_seconds()
        assert process.ask("clock", text=f"{text}.5Z") == [seconds, text]


def test_nothing_is_no_moment(process: Session) -> None:
    assert process.ask("clock", text="") is None
