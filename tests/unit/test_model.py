"""The model: types, paths, targets, durations, and values in canonical form."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic import BaseModel

from udfgen import dialect
from udfgen.ir import Constraints, Kind, Type, Value
from udfgen.spec.duration import parse_duration
from udfgen.spec.model import Engines, Spec, engine_names
from udfgen.spec.path import parse_path
from udfgen.spec.target import Target, parse_target
from udfgen.spec.types import parse_type
from udfgen.spec.values import convert, violation
from udfgen.spec.wording import Wrong, nearest, show


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in (Kind.DECIMAL, Kind.VARCHAR)])
def test_every_plain_type_is_its_name(kind: Kind) -> None:
    assert parse_type(kind.value) == Type(kind)


def test_sized_types() -> None:
    assert parse_type("decimal(38,38)") == Type(Kind.DECIMAL, precision=38, scale=38)
    assert parse_type("decimal(5, 0)") == Type(Kind.DECIMAL, precision=5, scale=0)
    assert parse_type("varchar(4000)") == Type(Kind.VARCHAR, length=4000)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("decimal", "give digits and scale"),
        ("varchar", "give a length from 1 to 4000"),
        ("varchar(4001)", "use text"),
        ("decimal(39,0)", r"decimal\(38,0\)"),
        ("decimal(2,3)", "smaller scale"),
        ("Bigint", "write bigint"),
        ("int", "write integer"),
        ("string", "write text"),
        ("bigin", 'did you mean "bigint"'),
        ("text\n", "write text"),
        ("text; drop table x", "use one of boolean"),
        (12, "use one of boolean"),
    ],
)
def test_types_outside_the_list_say_what_to_write(text: object, advice: str) -> None:
    with pytest.raises(Wrong, match=advice):
        parse_type(text)


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("$", ()),
        ("$.a.b_1", ("a", "b_1")),
        ("$[0][12]", (0, 12)),
        ("$['a b']['']".replace("['']", ""), ("a b",)),
        (r"$['it\'s']['\\'].x[3]", ("it's", "\\", "x", 3)),
        ("$['é😀$.[]']", ("é😀$.[]",)),
    ],
)
def test_paths(text: str, steps: tuple[str | int, ...]) -> None:
    assert parse_path(text) == steps


@pytest.mark.parametrize(
    ("text", "at"), [("$.", 2), ("$.a[-1]", 4), ("$.a.b c", 6), ("$['a", 2), ("$[01]", 2), ("$['']", 2)]
)
def test_wrong_paths_say_where(text: str, at: int) -> None:
    with pytest.raises(Wrong, match=f"from character {at}: "):
        parse_path(text)


ARN = "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:score"


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("score", Target("score", None, None, None)),
        ("score:live", Target("score", None, None, "live")),
        ("score:$LATEST", Target("score", None, None, "$LATEST")),
        ("123456789012:function:score:7", Target("123456789012:function:score", None, "123456789012", "7")),
        (ARN, Target(ARN, "us-gov-west-1", "123456789012", None)),
        (f"{ARN}:live", Target(ARN, "us-gov-west-1", "123456789012", "live")),
        ("x" * 64, Target("x" * 64, None, None, None)),
    ],
)
def test_the_three_forms_of_a_lambda_function(text: str, target: Target) -> None:
    assert parse_target(text) == target


def test_a_name_has_64_characters_and_the_whole_256() -> None:
    with pytest.raises(Wrong, match="at most 64"):
        parse_target("x" * 65)
    with pytest.raises(Wrong):
        parse_target(f"{ARN}{'x' * 50}:{'q' * 128}" + "q" * 60)


@pytest.mark.parametrize(
    ("text", "ms"), [("1ms", 1), ("500ms", 500), ("10s", 10_000), ("16m", 960_000), ("960s", 960_000)]
)
def test_durations_are_milliseconds(text: str, ms: int) -> None:
    assert parse_duration(text) == ms


@pytest.mark.parametrize("text", ["10", 10, "1.5s", "0s", "961s", "17m", "1h", "-1s", "10s\n", ""])
def test_wrong_durations(text: object) -> None:
    with pytest.raises(Wrong):
        parse_duration(text)


@pytest.mark.parametrize(
    ("type_", "value", "canonical"),
    [
        ("boolean", True, True),
        ("smallint", -32768, -32768),
        ("bigint", 9223372036854775807, 9223372036854775807),
        ("decimal(5,2)", 1, Decimal("1.00")),
        ("decimal(5,2)", "-001.5", Decimal("-1.50")),
        ("decimal(5,2)", Decimal("999.99"), Decimal("999.99")),
        ("decimal(5,2)", Decimal("-0.0"), Decimal("0.00")),
        ("decimal(38,0)", "9" * 38, Decimal("9" * 38)),
        ("decimal(38,38)", Decimal("0." + "9" * 38), Decimal("0." + "9" * 38)),
        ("double", Decimal("1e308"), Decimal("1e308")),
        ("real", 3, Decimal(3)),
        ("varchar(2)", "é😀", "é😀"),
        ("date", "0001-01-01", "0001-01-01"),
        ("time", "23:59:59.120000", "23:59:59.12"),
        ("timestamp", "2016-02-29T12:00:00.0", "2016-02-29T12:00:00"),
        ("timestamptz", "2016-02-29T00:30:00.5+01:00", "2016-02-28T23:30:00.5Z"),
        ("timestamptz", "2016-02-29T00:30:00Z", "2016-02-29T00:30:00Z"),
        ("uuid", "123E4567-E89B-12D3-A456-426614174000", "123e4567-e89b-12d3-a456-426614174000"),
        ("json", {"a": (1, None)}, {"a": (1, None)}),
        ("bytes", "AAE=", "AAE="),
        ("bytes", "", ""),
        ("text", None, None),
    ],
)
def test_values_in_canonical_form(type_: str, value: Value, canonical: Value) -> None:
    got = convert(value, parse_type(type_))
    assert (str(got), got) == (str(canonical), canonical)


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("boolean", 1),
        ("smallint", 32768),
        ("integer", True),
        ("bigint", Decimal("1.0")),
        ("decimal(5,2)", Decimal("1.005")),
        ("decimal(5,2)", 1000),
        ("decimal(5,2)", True),
        ("decimal(5,2)", "1e2"),
        ("decimal(2,2)", 1),
        ("real", Decimal("3.5e38")),
        ("double", "1"),
        ("double", Decimal("1.8e308")),
        ("text", 1),
        ("varchar(1)", "ab"),
        ("date", "2015-02-29"),
        ("date", "0000-01-01"),
        ("date", "2016-02-15T00:00:00"),
        ("time", "24:00:00"),
        ("time", "12:00"),
        ("timestamp", "2016-02-15T12:00:00.1234567"),
        ("timestamptz", "9999-12-31T23:59:59-01:00"),
        ("uuid", "123e4567e89b12d3a456426614174000"),
        ("bytes", "AAE"),
        ("bytes", "é==="),
    ],
)
def test_values_that_are_none_of_the_type(type_: str, value: Value) -> None:
    with pytest.raises(Wrong, match="is not a value of "):
        convert(value, parse_type(type_))


@pytest.mark.parametrize(
    ("value", "limits", "words"),
    [
        (None, Constraints(required=True), "must not be null"),
        ("c", Constraints(enum=("a", "b")), 'one of "a", "b"'),
        (1, Constraints(min=Decimal(2)), "2 or more"),
        (Decimal("2.01"), Constraints(max=Decimal("2.0")), "2.0 or less"),
        ("abc", Constraints(max_length=2), "longer than 2"),
        ("abc\n", Constraints(pattern="abc"), "match abc"),
        (None, Constraints(enum=("a",), min=Decimal(1), pattern="x"), None),
        ("a", Constraints(enum=("a", "b"), max_length=1, pattern="[ab]"), None),
    ],
)
def test_constraints(value: Value, limits: Constraints, words: str | None) -> None:
    broken = violation(value, Type(Kind.TEXT), limits)
    assert broken is None if words is None else words in str(broken)


def test_the_length_of_bytes_is_of_the_bytes() -> None:
    assert violation("AAEC", Type(Kind.BYTES), Constraints(max_length=3)) is None
    assert violation("AAECAw==", Type(Kind.BYTES), Constraints(max_length=3)) is not None


def test_messages_never_show_a_secret_nor_a_hidden_character() -> None:
    assert show("AKIAIOSFODNN7EXAMPLE") == "the value"
    assert show("see https://bob:pw@example.org") == "the value"
    assert show("a\u202eb\n") == '"a\\u202eb\\u000a"'
    assert show("x" * 99) == f'"{"x" * 59}…"'
    assert show(({},)) == "a list"


def test_a_wrong_word_is_answered_by_the_nearest_or_by_all() -> None:
    assert nearest("retrys", ["retries", "timeout"]) == 'did you mean "retries"?'
    assert nearest("x", ["retries", "timeout"]) == "use one of retries, timeout"
    assert nearest("x", []) == "there are none"


def test_engines_has_one_field_for_each_dialect() -> None:
    assert tuple(Engines.model_fields) == dialect.names()
    for name in dialect.names():
        assert issubclass(dialect.load(name).part("options").Options, BaseModel)


def test_an_engine_with_nothing_after_its_colon_is_asked_for() -> None:
    name = dialect.names()[0]
    data = {"udfgen": 1, "name": "s", "aws": {"region": "eu-west-1"}, "engines": {name: None}}
    assert engine_names(Spec.model_validate(data)) == (name,)
