"""PostgreSQL's core: values that only PostgreSQL has, sizes that must not cost much time, and tools of its own."""

from __future__ import annotations

import json
import struct
import time
from decimal import Decimal, getcontext
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.core_support import core

FIXED = settings(max_examples=300, derandomize=True, database=None, deadline=None)


def encode(kind: str, value: Any, **facts: Any) -> str:
    parameter = {"name": "v", "type": kind, **facts}
    return core.compile_payload([parameter], [0])([value]).decode()


def decode(kind: str, reply: str, **facts: Any) -> Any:
    return core.compile_returns({"kind": "scalar", "type": kind, "path": [], **facts})(reply.encode())


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("date", "infinity"),
        ("date", "-infinity"),
        ("date", "0044-03-15 BC"),
        ("date", "10000-01-01"),
        ("time", "24:00:00"),
        ("timestamp", "infinity"),
        ("timestamp", "4713-01-01 00:00:00 BC"),
        ("timestamp", "294276-12-31 23:59:59.999999"),
        ("timestamptz", "-infinity"),
        ("timestamptz", "4714-11-24 00:00:00+00 BC"),
        ("timestamptz", "10000-01-01 00:00:00+00"),
    ],
)
def test_moments_that_iso_dates_cannot_say_are_refused(kind: str, value: str) -> None:
    with pytest.raises(core.Failure) as caught:
        encode(kind, value)
    assert caught.value.code == "bad_argument"
    assert value not in caught.value.what


@pytest.mark.parametrize(
    ("kind", "facts", "reply"),
    [
        ("bigint", {}, "9" * 6_000_000),
        ("bigint", {}, "1e" + "9" * 6_000_000),
        ("bigint", {}, "1." + "0" * 6_000_000 + "1"),
        ("decimal", {"precision": 38, "scale": 10}, "9" * 6_000_000),
        ("decimal", {"precision": 38, "scale": 10}, '"1e999999999"'),
        ("decimal", {"precision": 38, "scale": 10}, "0." + "0" * 6_000_000 + "1"),
        ("double", {}, "9" * 6_000_000),
        ("text", {}, "[" * 3_000_000 + "]" * 3_000_000),
        ("json", {}, '{"a":' * 1_000_000 + "1" + "}" * 1_000_000),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_reply_made_to_cost_much_is_refused_soon(kind: str, facts: dict[str, Any], reply: str) -> None:
    begun = time.process_time()
    with pytest.raises(core.Failure) as caught:
        decode(kind, reply, **facts)
    assert caught.value.code == "bad_response"
    assert time.process_time() - begun < 0.5


def test_a_context_of_decimal_that_somebody_changed_changes_nothing() -> None:
    """The interpreter is shared with every other PL/Python function of the session."""
    getcontext().prec, kept = 2, getcontext().prec
    try:
        assert encode("decimal", Decimal("12345.678"), precision=10, scale=2) == "12345.68"
        assert str(decode("decimal", "12345.67", precision=10, scale=2)) == "12345.67"
        assert decode("bigint", "123456789.0") == 123456789
    finally:
        getcontext().prec = kept


@FIXED
@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
@example(9.860761315262648e-32)
@example(1.401298464324817e-45)
@example(3.4028234663852886e38)
def test_the_digits_of_a_real_read_back_and_none_can_be_left_out(value: float) -> None:
    text = encode("real", value)
    assert struct.unpack("<f", struct.pack("<f", float(text)))[0] == value
    digits = f"{Decimal(text):e}".partition("e")[0].replace(".", "").lstrip("-").rstrip("0")
    shorter = f"{value:.{max(0, len(digits) - 2)}e}"
    assert len(digits) <= 1 or core.to_real(float(shorter)) != value


@FIXED
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_digits_of_a_double_are_reprs(value: float) -> None:
    text = encode("double", value)
    assert float(text) == value
    assert Decimal(text) == Decimal(repr(value))


@FIXED
@given(st.text())
@example("".join(map(chr, range(0x80))))
def test_text_comes_back_as_it_went(value: str) -> None:
    body = encode("text", value)
    if "\0" not in value:
        assert decode("text", body) == value
    assert all(each >= " " for each in body)


@FIXED
@given(st.binary())
def test_bytes_come_back_as_they_went(value: bytes) -> None:
    assert decode("bytes", encode("bytes", value)) == value


@FIXED
@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**30), max_value=10**30))
def test_decimals_come_back_as_they_went(value: Decimal) -> None:
    assert decode("decimal", encode("decimal", value, precision=38, scale=4), precision=38, scale=4) == value


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


@FIXED
@given(json_values, st.sampled_from([None, 1, "\t"]), st.booleans(), st.data())
def test_a_slice_of_json_is_the_text_of_the_value(value: Any, indent: Any, escape: bool, data: Any) -> None:
    text = " " + json.dumps(value, indent=indent, ensure_ascii=escape) + "\n"
    path: list[str | int] = []
    while isinstance(value, (dict, list)) and value and data.draw(st.booleans()):
        keys: list[Any] = list(value) if isinstance(value, dict) else list(range(len(value)))
        step = data.draw(st.sampled_from(keys))
        path, value = [*path, step], value[step]
    found = decode("json", text, path=path)
    if value is None:
        assert found is None
    else:
        assert found == found.strip()
        assert found in text
        assert json.loads(found) == value


@pytest.mark.parametrize(
    ("path", "shown"),
    [([], "$"), (["a", 0, "b_1"], "$.a[0].b_1"), (["1"], "$['1']"), (["a b", ""], "$['a b']['']")],
)
def test_a_path_is_shown_as_the_spec_writes_it(path: list[str | int], shown: str) -> None:
    assert core.show_path(path) == shown
