"""The one door into PostgreSQL's text, proven by PostgreSQL's own grammar and by Python's.

Whatever comes out is read by the real parser as what went in, or was refused by ValueError.

https://www.postgresql.org/docs/current/sql-syntax-lexical.html
"""

from __future__ import annotations

import ast
import base64
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pglast
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.hostile_texts import hostile, is_unwritable
from udfgen import dialect
from udfgen.ir import Kind

quote = dialect.load("postgresql").part("quote")

thorough = settings(max_examples=200, deadline=None, derandomize=True)


def accepted(door: Callable[[str], str], text: str, is_refusable: bool) -> str | None:
    """Return what a door made of a text, None where it refused what it may refuse."""
    try:
        return door(text)
    except ValueError:
        assert is_refusable, f"{text!a} was refused"
        return None


def selected(sql: str) -> Any:
    """Return the one node that the one statement `select …` selects."""
    statement: Any
    (statement,) = pglast.parse_sql(sql)
    (target,) = statement.stmt.targetList
    return target.val


@thorough
@given(hostile)
@example("a" * 64)
@example("\u00e9" * 32)
@example("")
def test_identifier(name: str) -> None:
    is_refusable = is_unwritable(name) or not 0 < len(name.encode("utf-8", "replace")) <= 63
    text = accepted(quote.identifier, name, is_refusable)
    if text is not None:
        assert not is_refusable
        assert [each.sval for each in selected(f"select {text}").fields] == [name]


@given(hostile, hostile)
@settings(max_examples=50, deadline=None, derandomize=True)
def test_qualified(schema: str, name: str) -> None:
    try:
        text = quote.qualified(schema, name)
    except ValueError:
        return
    assert [each.sval for each in selected(f"select {text}").fields] == [schema, name]


@thorough
@given(hostile)
def test_literal(text: str) -> None:
    quoted = accepted(quote.literal, text, is_unwritable(text))
    if quoted is not None:
        assert not is_unwritable(text)
        assert selected(f"select {quoted}").val.sval == text


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(hostile, max_size=4))
def test_array(texts: list[str]) -> None:
    quoted = accepted(lambda _: str(quote.array(texts)), "", any(is_unwritable(text) for text in texts))
    if quoted is not None:
        cast = selected(f"select {quoted}")
        assert [each.val.sval for each in cast.arg.elements or ()] == texts


@pytest.mark.parametrize(
    ("value", "text"),
    [(Decimal("-3.50"), "-3.50"), (Decimal("1E+3"), "1000"), (True, "true"), (False, "false"), (None, "null")],
)
def test_number(value: object, text: str) -> None:
    assert quote.number(value) == text


@thorough
@given(hostile)
def test_dollar(body: str) -> None:
    quoted = accepted(quote.dollar, body, is_unwritable(body))
    if quoted is not None:
        assert not is_unwritable(body)
        assert selected(f"select {quoted}").val.sval == body


@pytest.mark.parametrize("ending", ["$udfgen_000000000000$", "x$udfgen_000000000000$y", "$udfgen_000000000000", "$"])
def test_dollar_refuses_a_body_that_could_close_itself(ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Zero:
        def __init__(self, _: bytes) -> None: ...

        def hexdigest(self) -> str:
            return "0" * 64

    monkeypatch.setattr("udfgen.dialects.postgresql.quote.hashlib.sha256", Zero)
    body = f"begin {ending}"
    quoted = accepted(quote.dollar, body, ending != "$")
    if quoted is not None:
        assert selected(f"select {quoted}").val.sval == body


@thorough
@given(hostile)
def test_comment(text: str) -> None:
    line = quote.comment(text)
    assert line.isprintable()
    assert len(line) == len(text)
    assert selected(f"-- {line.encode('utf-8', 'replace').decode()}\nselect 1").val.ival == 1
    assert ast.dump(ast.parse(f"# {line}\n1\n")) == ast.dump(ast.parse("1"))


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | hostile,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(hostile, inner, max_size=4),
    max_leaves=12,
)


@thorough
@given(json_like, st.integers(0, 100), st.sampled_from([0, 4, 8]))
def test_python(value: Any, width: int, indent: int) -> None:
    text = quote.python(value, width, indent)
    assert ast.literal_eval(text) == value
    assert text.isascii()
    assert "\0" not in text
    # PL/Python puts a tab before every line of a body: no line break may stand inside a string.
    assert ast.literal_eval(text.replace("\n", "\n\t")) == value


@pytest.mark.parametrize("value", [1.5, Decimal("1.5"), b"x", {"a": {1.5}}, ("a",), object()])
def test_python_refuses_what_a_table_entry_cannot_hold(value: Any) -> None:
    with pytest.raises(TypeError, match="not data that a table entry holds"):
        quote.python(value)


def test_python_breaks_long_values_only() -> None:
    assert quote.python({"a": [1, 2], "b": {}}) == '{"a": [1, 2], "b": {}}'
    assert quote.python({"a": [1, 2]}, width=5) == '{\n    "a": [\n        1,\n        2,\n    ],\n}'


@thorough
@given(hostile)
def test_constant_text(text: str) -> None:
    quoted = accepted(lambda value: quote.constant(value, Kind.TEXT), text, is_unwritable(text))
    if quoted is not None:
        assert selected(f"select {quoted}").val.sval == text


@thorough
@given(json_like.filter(lambda value: not is_unwritable(json.dumps(value, ensure_ascii=False))))
def test_constant_json(value: Any) -> None:
    quoted = quote.constant(frozen(value), Kind.JSON)
    node = selected(f"select {quoted}").val
    assert value is None if quoted == "null" else json.loads(node.sval) == value


def frozen(value: Any) -> Any:
    """Return a JSON value as a spec holds it: lists as tuples."""
    if isinstance(value, list):
        return tuple(frozen(each) for each in value)
    return {key: frozen(each) for key, each in value.items()} if isinstance(value, dict) else value


@given(st.binary(max_size=40))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_constant_bytes(content: bytes) -> None:
    quoted = quote.constant(base64.b64encode(content).decode(), Kind.BYTES)
    assert bytes.fromhex(selected(f"select {quoted}").val.sval.removeprefix("\\x")) == content


@pytest.mark.parametrize("text", ["'; drop table x; --", "AA=", "A A=", "\\x00"])
def test_constant_refuses_bytes_that_are_no_base64(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        quote.constant(text, Kind.BYTES)


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (None, Kind.TEXT, "null"),
        (True, Kind.BOOLEAN, "'true'"),
        (False, Kind.BOOLEAN, "'false'"),
        (9223372036854775807, Kind.BIGINT, "'9223372036854775807'"),
        (Decimal("1E+3"), Kind.DECIMAL, "'1000'"),
        (Decimal("-0.00"), Kind.DECIMAL, "'-0.00'"),
        (Decimal("1.50"), Kind.JSON, "'1.50'"),
        ("null", Kind.TEXT, "'null'"),
    ],
)
def test_constant_of_each_kind_of_value(value: Any, kind: Kind, expected: str) -> None:
    assert quote.constant(value, kind) == expected
