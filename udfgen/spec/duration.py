"""Durations as a spec writes them: a whole number and its unit."""

from __future__ import annotations

import re

from udfgen.spec.wording import Wrong, show

DURATION = re.compile(r"([1-9][0-9]{0,5})(ms|s|m)")
PATTERN = f"^{DURATION.pattern}$"
LIFETIME = re.compile(r"([1-9][0-9]{0,5})(s|m|h)")
LIFETIME_PATTERN = f"^{LIFETIME.pattern}$"
MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}

# Lambda ends a function after 900 s; a minute more is for cold starts, large bodies and a retry's back-off.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
LONGEST_MS = 960_000
LONGEST_LIFETIME_MS = 24 * MILLISECONDS["h"]


def parse_duration(value: object) -> int:
    """Return the milliseconds of `10s`, `500ms` or `2m`, at most 16 minutes, or raise Wrong."""
    milliseconds = _parse(DURATION, value, "500ms, 10s or 2m")
    if milliseconds > LONGEST_MS:
        raise Wrong(f"{show(value)} is longer than any call can take", "write 16m or less", "duration")
    return milliseconds


def parse_lifetime(value: object) -> int:
    """Return the milliseconds of `30s`, `10m` or `2h`, from a second to 24 hours, or raise Wrong."""
    milliseconds = _parse(LIFETIME, value, "30s, 10m or 2h")
    if milliseconds > LONGEST_LIFETIME_MS:
        raise Wrong(f"{show(value)} is longer than a day", "write 24h or less", "duration")
    return milliseconds


def _parse(form: re.Pattern[str], value: object, samples: str) -> int:
    match = form.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise Wrong(f"{show(value)} is not a duration", f"write a whole number and its unit: {samples}", "duration")
    return int(match[1]) * MILLISECONDS[match[2]]
