"""Names, places and docstrings of handlers; whole ones stand in tests/golden and run in tests/native."""

from __future__ import annotations

import ast
import datetime as dt
from decimal import Decimal

import pytest

from udfgen import commands, handler
from udfgen.handler import python, values
from udfgen.ir import Path, Program
from udfgen.spec.check import check_text


@pytest.mark.parametrize(
    ("path", "literal"),
    [
        ((), "result"),
        (("score",), '{"score": result}'),
        (("a", 1, "it's"), '{"a": [None, {"it\'s": result}]}'),
        ((0,), "[result]"),
    ],
)
def test_a_result_is_put_at_its_path(path: Path, literal: str) -> None:
    assert python.placed([(path, "result")], used=11) == literal


def test_values_with_a_common_path_share_it_and_one_within_another_is_its_part() -> None:
    pairs: list[tuple[Path, str]] = [
        (("a", "x"), "one"),
        (("b", "y", 0), "gone"),
        (("b", "y"), "two"),
        (("a", "z"), "c"),
    ]
    assert python.placed(pairs, used=11) == '{"a": {"x": one, "z": c}, "b": {"y": two}}'


def test_what_does_not_fit_on_a_line_has_one_item_a_line() -> None:
    names = [f"argument_{number}" * 2 for number in range(4)]
    assert python.call("f", names, used=4).splitlines()[:2] == ["f(", f"        {names[0]},"]
    assert python.signature("f", [f"{each}: int" for each in names], "None").splitlines()[-1] == ") -> None:"
    laid_out = python.placed([((each,), "None") for each in names], used=11).splitlines()
    assert laid_out[1] == f'        "{names[0]}": None,'


def test_names_are_free() -> None:
    assert list(python.free_names(["class", "class_", "x"], ["class"])) == ["class_", "class__", "x"]


@pytest.mark.parametrize("text", ['ends with "', 'has """ inside', "has \\ inside", '\\"""', "has\nlines\tand \x00"])
def test_no_text_ends_a_docstring(text: str) -> None:
    written = f'"""{python.docstring(text, "last")}\n"""'
    assert ast.literal_eval(written).split() == [*text.replace("\x00", " ").split(), "last"]


def program(function: str) -> Program:
    text = (
        "udfgen: 1\nname: s\naws: {region: eu-west-1}\nbindings: {b: {function: f, qualifier: live}}\n"
        f"functions:\n  {function}\nengines: {{postgresql: {{}}}}\n"
    )
    return commands.compile_program(check_text(text, "spec.yaml"))


def described(function: str) -> handler.Handler:
    made = program(function)
    return handler.describe(made, made.functions[0])


@pytest.mark.parametrize(
    ("parameters", "payload", "arguments"),
    [
        ("{a: bigint, b: bigint}", "", 'f(event["a"], event["b"])'),
        ("{a: bigint, b: bigint}", "payload: [{x: $b}, 1.50, $a, $b]", 'f(event[2], event[0]["x"])'),
        ("{a: bigint, b: bigint}", "payload: $b", "f(event)"),
        ("{a: {type: bigint, numbers: string}, b: bytes}", "", 'f(to_integer(event["a"]), to_bytes(event["b"]))'),
        ('{a: "decimal(5,2)", b: uuid}', "payload: {NaN: $a, its: $b}", 'f(to_decimal(event["NaN"]), event["its"])'),
    ],
)
def test_arguments_are_read_where_the_payload_has_them(parameters: str, payload: str, arguments: str) -> None:
    function = f"f: {{binding: b, parameters: {parameters}, returns: json, {payload}}}"
    assert described(function).answer == f"    return {arguments}"


@pytest.mark.parametrize(
    ("rule", "annotation"),
    [("", "int | None"), ("on_null: return_null", "int"), ("on_error: return_null", "int | None")],
)
def test_an_argument_that_is_never_null_says_so(rule: str, annotation: str) -> None:
    made = described(f"f: {{binding: b, parameters: {{a: bigint}}, returns: text, {rule}}}")
    assert made.signature == f"def f(a: {annotation}) -> str | None:"


def test_a_function_is_not_called_as_something_of_the_file_or_of_python() -> None:
    for name in ("handler", "log", "json", "to_date", "print", "import"):
        assert described(f"{name}: {{binding: b, returns: json}}").signature == f"def {name}_() -> Any:"


@pytest.mark.parametrize(
    ("convert", "given", "value"),
    [
        (values.to_integer, "9007199254740993", 9007199254740993),
        (values.to_decimal, 0.1, Decimal("0.1")),
        (values.to_decimal, "12345678901234567890.12", Decimal("12345678901234567890.12")),
        (values.to_float, 1, 1.0),
        (values.to_date, "2016-02-29", dt.date(2016, 2, 29)),
        (values.to_time, "12:00:00.5", dt.time(12, 0, 0, 500_000)),
        (values.to_timestamp, "2016-02-15T12:00:00", dt.datetime(2016, 2, 15, 12)),
        (values.to_timestamptz, "2016-02-15T12:00:00.000001Z", dt.datetime(2016, 2, 15, 12, 0, 0, 1, dt.timezone.utc)),
        (values.to_bytes, "AAH/", b"\x00\x01\xff"),
        (values.from_moment, dt.date(2016, 2, 29), "2016-02-29"),
        (values.from_moment, dt.time(12, 0, 0, 500_000), "12:00:00.500000"),
        (values.from_timestamptz, dt.datetime(2016, 2, 15, 12), "2016-02-15T12:00:00Z"),
        (
            values.from_timestamptz,
            dt.datetime(2016, 2, 15, 12, tzinfo=dt.timezone(dt.timedelta(hours=2))),
            "2016-02-15T10:00:00Z",
        ),
        (values.from_bytes, b"\x00\x01\xff", "AAH/"),
    ],
)
def test_values_of_the_wire_and_of_python(convert: handler.Convert, given: object, value: object) -> None:
    found = convert(given)
    assert (found, type(found)) == (value, type(value))
    assert convert(None) is None
