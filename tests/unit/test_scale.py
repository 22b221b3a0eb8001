"""The compiler's work grows with the spec and not with its square: counted in calls, which no busy machine changes."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FrameType

import pytest

from udfgen import commands, dialect
from udfgen.ir import Program
from udfgen.render import render
from udfgen.spec.check import Checked, check
from udfgen.spec.document import read

BENCH = Path(__file__).resolve().parents[2] / "bench" / "scale_spec.py"
SIZES = (50, 100, 200)
"""Functions of a spec, doubled."""

STRAIGHT = 1.02
"""How much more than twice the work twice the functions may be; bindings come in steps of 25 functions."""


@cache
def text(size: int) -> str:
    """Return the bench's spec of so many functions."""
    found = importlib.util.spec_from_file_location("scale_spec", BENCH)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return str(module.text(size))


def checked(size: int) -> Checked:
    return check(read(text(size), "spec.yaml"))


@cache
def program(size: int) -> Program:
    return commands.compile_program(checked(size))


def calls(work: Callable[[], object]) -> int:
    """Return how many functions, of Python or of C, are called or resumed to do something."""
    count = 0

    def counted(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def assert_straight(work: Callable[[int], object]) -> None:
    work(10)  # What is made once is made before.
    few, more, many = (calls(lambda size=size: work(size)) for size in SIZES)  # type: ignore[misc]
    assert more > few > SIZES[0]
    assert many - more < 2 * (more - few) * STRAIGHT, f"{SIZES} functions take {few}, {more}, {many} calls"


def test_a_square_is_seen() -> None:
    with pytest.raises(AssertionError, match="functions take"):
        assert_straight(lambda size: [len(str(each)) for each in range(size) for _ in range(size)])


def test_check_grows_with_the_spec() -> None:
    for size in (10, *SIZES):
        text(size)
    assert_straight(checked)


@pytest.mark.parametrize("engine", dialect.names())
def test_lower_and_render_grow_with_the_spec(engine: str) -> None:
    for size in (10, *SIZES):
        program(size)
    assert_straight(lambda size: render(commands.lower(program(size), engine)))
