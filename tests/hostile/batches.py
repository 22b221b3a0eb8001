"""Compilers take many sources at once; where they refuse, halves of them tell which one is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Found = TypeVar("Found")
Refused = TypeVar("Refused", bound=Exception)


def halved(
    items: Sequence[Item], compile: Callable[[Sequence[Item]], list[Found]], refused: type[Refused]
) -> list[Found | Refused]:
    """Return what `compile` makes of each item; for one that it refuses even alone, the exception."""
    if not items:
        return []
    try:
        return list(compile(items))
    except refused as error:
        if len(items) == 1:
            return [error]
    middle = len(items) // 2
    return [*halved(items[:middle], compile, refused), *halved(items[middle:], compile, refused)]
