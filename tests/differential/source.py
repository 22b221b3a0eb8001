"""Where random choices come from: Hypothesis, by few and fixed strategies, because making new ones takes most time."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Source:
    """The choices of one example; each shrinks to the first option, to zero, to nothing."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def pick(self, options: tuple[T, ...] | str) -> T:
        """Return one of several, the first of them where an example shrinks."""
        found: T = self.draw(_sampled(options))
        return found

    def upto(self, most: int) -> int:
        """Return a whole number from 0."""
        return self.draw(_upto(most))

    def once_in(self, times: int) -> bool:
        """Tell whether to do what is done only once in so many times."""
        return self.draw(_upto(times - 1)) == times - 1

    def text(self, alphabet: str, longest: int) -> str:
        """Return text of an alphabet."""
        return self.draw(_text(alphabet, longest))

    def data(self, longest: int) -> bytes:
        """Return any bytes."""
        return self.draw(_binary(longest))

    def number(self, width: int) -> float:
        """Return a finite number of 32 or 64 bits."""
        return self.draw(_floats(width))

    def several(self, make: Callable[[Source], T], least: int, most: int) -> list[T]:
        """Return what `make`, the same function each time, makes: a list that shrinks item by item."""
        return self.draw(_lists(make, least, most))


@st.composite
def from_source(draw: st.DrawFn, make: Callable[[Source], T]) -> T:
    """Return a strategy of what a function makes."""
    return make(Source(draw))


@cache
def _lists(make: Callable[[Source], Any], least: int, most: int) -> st.SearchStrategy[list[Any]]:
    return st.lists(from_source(make), min_size=least, max_size=most)


@cache
def _sampled(options: tuple[Any, ...] | str) -> st.SearchStrategy[Any]:
    return st.sampled_from(options)


@cache
def _upto(most: int) -> st.SearchStrategy[int]:
    return st.integers(0, most)


@cache
def _text(alphabet: str, longest: int) -> st.SearchStrategy[str]:
    return st.text(alphabet, max_size=longest)


@cache
def _binary(longest: int) -> st.SearchStrategy[bytes]:
    return st.binary(max_size=longest)


@cache
def _floats(width: Any) -> st.SearchStrategy[float]:
    return st.floats(allow_nan=False, allow_infinity=False, width=width)
