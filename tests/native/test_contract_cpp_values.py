"""What only MySQL and MariaDB hand over to the C++ core. The vectors are in test_contract_values.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.native.values_support import DATE, MOMENT, TIME, Values, cpp, cpp_as_shipped, octets

Case = dict[str, Any]


@pytest.fixture(scope="module", params=[cpp_as_shipped, cpp], ids=["plain", "sanitized"])
def values(request: pytest.FixtureRequest) -> Iterator[Values]:
    """The program, as it is compiled for use and with AddressSanitizer and UndefinedBehaviorSanitizer."""
    with request.param() as running:
        yield running


# --- what only these servers hand over -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("date", "0000-00-00", DATE),
        ("date", "2024-00-10", DATE),
        ("date", "2024-02-00", DATE),
        ("date", "2023-02-29", DATE),
        ("date", "2016-02-15 12:00:00", DATE),
        ("time", "-00:00:01", TIME),
        ("time", "24:00:00", TIME),
        ("time", "838:59:59", TIME),
        ("time", "-838:59:59.000000", TIME),
        ("time", "12:00:00.", TIME),
        ("time", "12:00:00.000000", '"12:00:00"'),
        ("time", "00:00:00.000100", '"00:00:00.0001"'),
        ("time", "10:20:30", '"10:20:30"'),
        ("timestamp", "0000-00-00 00:00:00", MOMENT),
        ("timestamp", "2024-00-10 00:00:00.000000", MOMENT),
        ("timestamp", "2024-02-31 00:00:00", MOMENT),
        ("timestamp", "2016-02-15", MOMENT),
        ("timestamp", "", MOMENT),
        ("timestamptz", "0000-00-00 00:00:00", MOMENT),
        ("timestamptz", "2016-02-15 12:00:00.000000", '"2016-02-15T12:00:00Z"'),
        ("timestamp", "2016-02-15 12:00:00.000000", '"2016-02-15T12:00:00"'),
        ("boolean", "-128", "true"),
        ("boolean", "10", "true"),
        ("bigint", "18446744073709551615", "must fit bigint"),
        ("bigint", "", "must fit bigint"),
        ("bigint", "12a", "must fit bigint"),
        ("bigint", "007", "7"),
        ("decimal", "", "must be a finite number"),
    ],
)
def test_spellings(values: Values, kind: str, given: str, expected: str) -> None:
    sizes = {"precision": 5, "scale": 2} if kind == "decimal" else {}
    assert values.encode_one(octets(given), type=kind, **sizes) == expected


@pytest.mark.parametrize("given", ["ff", "c080", "eda080", "f4908080", "e282", "61ff", "80"])
def test_text_that_is_no_utf8_is_refused(values: Values, given: str) -> None:
    assert values.encode_one({"hex": given}, type="text") == "must be valid Unicode"
    quoted = {"hex": "22" + given + "22"}
    assert values.encode_one(quoted, type="json") == "must be valid Unicode"
    assert values.encode_one({"hex": given}, type="text", pattern="[^a]*") == "must match [^a]*"


def test_a_double_that_no_real_holds_is_refused(values: Values) -> None:
    assert values.encode_one({"number": "3.5e38"}, type="real") == "must fit real"


def test_a_match_that_takes_too_long_is_refused(values: Values) -> None:
    # The spec refuses this pattern. It stands for whatever else could go beyond the bounds.
    slow = "(?:a+)+b"
    assert values.encode_one(octets("a" * 5000), type="text", pattern=slow) == f"must match {slow}"
