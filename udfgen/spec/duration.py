"""Durations as a spec writes them: a whole number and its unit."""

from __future__ import annotations

import re

from udfgen.spec.wording import Wrong, show

DURATION = re.compile(r"([1-9][0-9]{0,5})(ms|s|m)")
PATTERN = f"^{DURATION.pattern}$"
MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000}

# Lambda ends a function after 900 s; a minute more is for cold starts, large bodies and a retry's back-off.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
LONGEST_MS = 960_000


def parse_duration(value: object) -> int:
    """Return the milliseconds of `10s`, `500ms` or `2m`, at most 16 minutes, or raise Wrong."""
    match = DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise Wrong(
            f"{show(value)} is not a duration", "write a whole number and its unit: 500ms, 10s or 2m", "duration"
        )
    milliseconds = int(match[1]) * MILLISECONDS[match[2]]
    if milliseconds > LONGEST_MS:
        raise Wrong(f"{show(value)} is longer than any call can take", "write 16m or less", "duration")
    return milliseconds
