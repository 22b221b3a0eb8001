"""Sizes as a spec writes them: a whole number of bytes, or one with the unit KB or MB, which count by 1,024."""

from __future__ import annotations

import re

from udfgen.spec.wording import Wrong, show

SIZE = re.compile(r"([1-9][0-9]{0,3})(KB|MB)")
PATTERN = f"^{SIZE.pattern}$"
BYTES = {"KB": 1_024, "MB": 1_048_576}
SMALLEST = 1_024

# The largest bodies that Lambda takes. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LARGEST = 6_291_456
LARGEST_ASYNC = 1_048_576


def parse_size(value: object) -> int:
    """Return the bytes of `64KB`, `5MB` or a whole number, from 1KB to the 6MB of Lambda, or raise Wrong."""
    size = _bytes(value)
    if not SMALLEST <= size <= LARGEST:
        raise Wrong(f"{show(value)} is not from 1KB to 6MB", "write a size between them: 64KB or 5MB", "size")
    return size


def _bytes(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = SIZE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        advice = "write a whole number of bytes, or one with KB or MB: 64KB or 5MB"
        raise Wrong(f"{show(value)} is not a size", advice, "size")
    return int(match[1]) * BYTES[match[2]]
