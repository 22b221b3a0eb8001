"""Calls: neutral texts as T-SQL takes and shows them, errors with the code of their text, what doctor asks."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache

import pytest

from tests.tds.conftest import Place
from tests.tds.support import SPEC, bundle, put, session
from tests.tds.support import program as example
from tests.tds.wire import Fault, Grid, Said
from udfgen import commands
from udfgen.connect import Session
from udfgen.errors import CallError
from udfgen.ir import Program
from udfgen.spec import check

TEMPLATE = """
udfgen: 1
name: values
aws: {region: eu-west-1}
bindings: {b: {function: f}}
functions:
  one:
    binding: b
    parameters: {a: {type: "TYPE", default: null}}
    returns: {type: "TYPE", path: $}
  two:
    binding: b
    parameters: {first: {type: integer, default: 1}, second: {type: text, default: "it's"}, third: bigint}
    returns: {type: text, path: $}
  rows:
    binding: b
    returns: {table: {n: bigint, at: timestamptz, raw: bytes}, rows: $}
  nothing:
    binding: b
    parameters: {kind: {type: varchar(10), default: x}, details: {type: json, default: {a: 1}}}
    returns: void
  set:
    binding: b
    parameters: {a: {type: "TYPE"}}
    returns: {type: "TYPE"}
    batch: {}
  set_of_two: {binding: b, parameters: {id: bigint, what: text}, returns: void, batch: {}}
engines: {sqlserver: {}}
"""


@cache
def program(type_: str = "text") -> Program:
    """Return a program with a function that takes and gives a type."""
    return commands.compile_program(check.check_text(TEMPLATE.replace("TYPE", type_), "spec.yaml"))


def call(opened: Session, of: Program, name: str, **arguments: str | None) -> list[Mapping[str, str | None]]:
    """Call a function."""
    (function,) = (each for each in of.functions if each.name == name)
    return list(opened.call(of, function, arguments))


def answering(place: Place, *said: Said) -> None:
    """Have every batch from now on answered so, and forget those that came."""
    place.instance.always = said
    place.instance.heard.clear()


def asked(place: Place) -> list[str]:
    """Return the batches that came since."""
    return [each.sql for each in place.instance.heard]


VALUES = {
    "boolean": ("true", "bit", "cast({} as bit)", "convert(nvarchar(max), {})", "1", "true"),
    "smallint": ("-7", "smallint", "cast({} as smallint)", "convert(nvarchar(max), {})", "-7", "-7"),
    "bigint": (
        "9223372036854775807",
        "bigint",
        "cast({} as bigint)",
        "convert(nvarchar(max), {})",
        "9223372036854775807",
        "9223372036854775807",
    ),
    "decimal(5,2)": (
        "87.5",
        "decimal(38,2)",
        "cast({} as decimal(38,2))",
        "convert(nvarchar(max), {})",
        "87.50",
        "87.50",
    ),
    "real": ("0.1", "real", "cast({} as real)", "convert(nvarchar(40), {}, 3)", "1.00000001e-001", "0.1"),
    "double": (
        "1e+21",
        "float",
        "cast({} as float)",
        "convert(nvarchar(40), {}, 3)",
        "1.0000000000000000e+021",
        "1e+21",
    ),
    "text": ("x", "nvarchar(max)", "{}", "convert(nvarchar(max), {})", "x", "x"),
    "varchar(20)": ("", "nvarchar(4000)", "{}", "convert(nvarchar(max), {})", "", ""),
    "json": ('{"a": 1}', "nvarchar(max)", "{}", "convert(nvarchar(max), {})", '{"a": 1}', '{"a": 1}'),
    "date": ("2016-02-15", "date", "cast({} as date)", "convert(nvarchar(40), {}, 121)", "2016-02-15", "2016-02-15"),
    "time": (
        "12:00:00.5",
        "time(6)",
        "cast({} as time(6))",
        "convert(nvarchar(40), {}, 121)",
        "12:00:00.500000",
        "12:00:00.5",
    ),
    "timestamp": (
        "2016-02-15T12:00:00",
        "datetime2(6)",
        "cast({} as datetime2(6))",
        "convert(nvarchar(40), {}, 121)",
        "2016-02-15 12:00:00.000000",
        "2016-02-15T12:00:00",
    ),
    "timestamptz": (
        "2016-02-15T12:00:00.25-05:30",
        "datetimeoffset(6)",
        "cast({} as datetimeoffset(6))",
        "convert(nvarchar(40), switchoffset({}, N'+00:00'), 121)",
        "2016-02-15 17:30:00.250000 +00:00",
        "2016-02-15T17:30:00.25Z",
    ),
    "uuid": (
        "6f1c2f60-0f0e-4d3a-9b57-3a1d5c1f0a01",
        "uniqueidentifier",
        "cast({} as uniqueidentifier)",
        "convert(nvarchar(max), {})",
        "6F1C2F60-0F0E-4D3A-9B57-3A1D5C1F0A01",
        "6f1c2f60-0f0e-4d3a-9b57-3a1d5c1f0a01",
    ),
    "bytes": (
        "00ff",
        "varbinary(max)",
        "convert(varbinary(max), {}, 2)",
        "convert(nvarchar(max), {}, 2)",
        "00FF",
        "00ff",
    ),
}
"""By type: a neutral text, its declared type, how it is taken and a result shown; what is shown, its neutral text."""


@pytest.mark.parametrize("type_", VALUES)
def test_values_go_and_come_as_neutral_texts(place: Place, type_: str) -> None:
    given, declared, taken, shown, found, neutral = VALUES[type_]
    with session(place.port) as opened:
        answering(place, Grid(["result"], [[found]]))
        assert call(opened, program(type_), "one", a=given) == [{"result": neutral}]
    assert asked(place) == [
        f"declare @a {declared} = {taken.format(f'N{given!r}')};\nselect {shown.format('[values].[one](@a)')};"
    ]


@pytest.mark.parametrize("type_", VALUES)
def test_null_goes_and_comes(place: Place, type_: str) -> None:
    with session(place.port) as opened:
        answering(place, Grid(["result"], [[None]]))
        assert call(opened, program(type_), "one", a=None) == [{"result": None}]
    assert asked(place)[0].startswith(f"declare @a {VALUES[type_][1]} = null;\n")


@pytest.mark.parametrize("type_", sorted(VALUES.keys() - {"text", "varchar(20)", "json", "bytes"}))
def test_the_empty_text_is_no_value_of_most_types(place: Place, type_: str) -> None:
    """SQL Server would take it for 0 or the year 1900."""
    with session(place.port) as opened:
        answering(place)
        with pytest.raises(CallError, match=rf"^a: what is given is no {re.escape(type_)}$"):
            call(opened, program(type_), "one", a="")
    assert asked(place) == []


@pytest.mark.parametrize(
    ("shown", "neutral"),
    [
        ("3.40282347e+038", "3.4028235e+38"),
        ("1.40129846e-045", "1e-45"),
        ("1.67772160e+007", "16777216"),
        ("-0.00000000e+000", "0"),
        ("1.00000001e-001", "0.1"),
    ],
)
def test_a_real_has_the_fewest_digits_of_32_bits(place: Place, shown: str, neutral: str) -> None:
    with session(place.port) as opened:
        answering(place, Grid(["result"], [[shown]]))
        assert call(opened, program("real"), "one", a="1") == [{"result": neutral}]


@pytest.mark.parametrize("text", ["it's", "a\r\nGO\r\nb", "$(path)", "\u20ac\U0001f511", "\x00", "\ud800", "x" * 9000])
def test_a_text_is_one_expression_whatever_is_in_it(place: Place, text: str) -> None:
    with session(place.port) as opened:
        answering(place, Grid(["result"], [["y"]]))
        call(opened, program(), "one", a=text)
    taken = re.fullmatch(r"declare @a nvarchar\(max\) = (.+);\nselect .+;", asked(place)[0])
    assert taken
    plain, units = re.fullmatch(r"N'(.*)'|cast\(0x([0-9a-f]+) as nvarchar\(max\)\)", taken[1], re.DOTALL).groups()  # type: ignore[union-attr]
    back = bytes.fromhex(units).decode("utf-16-le", "surrogatepass") if units else plain.replace("''", "'")
    assert back == text


def test_what_is_not_given_is_a_default(place: Place) -> None:
    with session(place.port) as opened:
        answering(place, Grid(["result"], [["y"]]))
        call(opened, program(), "two", third="3")
    assert asked(place) == [
        "declare @third bigint = cast(N'3' as bigint);\n"
        "select convert(nvarchar(max), [values].[two](default, default, @third));"
    ]


def test_a_procedure_is_executed_with_names(place: Place) -> None:
    with session(place.port) as opened:
        answering(place)
        assert call(opened, program(), "nothing") == [{"result": None}]
        assert call(opened, program(), "nothing", details="{}") == [{"result": None}]
    assert asked(place) == [
        "exec [values].[nothing];",
        "declare @details nvarchar(max) = N'{}';\nexec [values].[nothing] @details = @details;",
    ]


def test_a_table_is_selected_from(place: Place) -> None:
    rows: list[list[str | None]] = [["1", "2016-02-15 12:00:00.000000 +00:00", "FF"], [None, None, None]]
    with session(place.port) as opened:
        answering(place, Grid(["n", "at", "raw"], rows))
        found = call(opened, program(), "rows")
    assert found == [{"n": "1", "at": "2016-02-15T12:00:00Z", "raw": "ff"}, {"n": None, "at": None, "raw": None}]
    assert asked(place) == [
        "select convert(nvarchar(max), [n]), convert(nvarchar(40), switchoffset([at], N'+00:00'), 121), "
        "convert(nvarchar(max), [raw], 2) from [values].[rows]();"
    ]


SPELLED = {
    "boolean": "true",
    "bytes": '"AP8="',
    "json": '{"a": 1}',
} | {type_: given for type_, (given, *_) in VALUES.items() if type_ in {"smallint", "bigint", "decimal(5,2)", "real"}}
"""By type: the JSON of a value, where that is not its text in quotes."""


@pytest.mark.parametrize("type_", VALUES)
def test_rows_go_as_one_text_and_come_in_their_order(place: Place, type_: str) -> None:
    given, _, _, shown, found, neutral = VALUES[type_]
    wanted = SPELLED.get(type_, given if type_ == "double" else f'"{given}"')
    (function,) = (each for each in program(type_).functions if each.name == "set")
    with session(place.port) as opened:
        answering(place, Grid(["result"], [[found], [None]]))
        assert opened.call_rows(program(type_), function, [{"a": given}, {"a": None}]) == [neutral, None]
    assert asked(place) == [
        f"declare @rows nvarchar(max) = N'[[{wanted}],[null]]';\n"
        f"select {shown.format('[result]')} from [values].[set](@rows) order by [row];"
    ]


def test_one_row_is_a_set_and_what_is_not_given_is_null(place: Place) -> None:
    with session(place.port) as opened:
        answering(place)
        assert call(opened, program(), "set_of_two", what='it\'s "\u00e9"\ud800') == [{"result": None}]
        answering(place, Grid(["result"], [["y"]]))
        assert call(opened, program(), "set", a="x") == [{"result": "y"}]
    assert asked(place)[0].endswith(" from [values].[set](@rows) order by [row];")


def test_rows_of_a_procedure_have_no_results(place: Place) -> None:
    (function,) = (each for each in program().functions if each.name == "set_of_two")
    with session(place.port) as opened:
        answering(place)
        rows = [{"id": "9223372036854775807", "what": "it's \u00e9\ud800"}, {"id": "x"}]
        assert opened.call_rows(program(), function, rows) == []
    assert asked(place) == [
        "declare @rows nvarchar(max) = "
        "N'[[9223372036854775807,\"it''s \\u00e9\\ud800\"],[\"x\",null]]';\n"
        "exec [values].[set_of_two] @rows = @rows;"
    ]


@pytest.mark.parametrize("text", ["1],[2", "1,2", "", "{"])
def test_what_is_no_json_is_not_put_among_rows(place: Place, text: str) -> None:
    with session(place.port) as opened:
        answering(place)
        with pytest.raises(CallError, match=r"^a: what is given is no json$"):
            call(opened, program("json"), "set", a=text)
    assert asked(place) == []


# Errors

THROWN = (
    'A .NET Framework error occurred during execution of user-defined routine or aggregate "one": \r\n'
    "System.Exception: [udfgen timeout]: b: timed out after 3000 ms while waiting for the reply\r\n"
    "System.Exception: \r\n"
    "   at Udfgen.Wrapper.Chars(Object[] arguments)\r\n"
    "   at Udfgen.Functions.one(SqlChars a)\r\n."
)


@pytest.mark.parametrize("rows", [[], [["a row", None, None]]])
def test_a_failed_call_has_the_code_of_its_text_and_no_stack(place: Place, rows: list[list[str | None]]) -> None:
    with session(place.port) as opened:
        answering(place, *([Grid(["n", "at", "raw"], rows)] if rows else []), Fault(6522, THROWN, line=1))
        with pytest.raises(CallError) as told:
            call(opened, program(), "rows")
    assert told.value.code == "timeout"
    assert str(told.value) == (
        "Msg 6522, line 1: A .NET Framework error occurred during execution of user-defined routine or aggregate "
        '"one": System.Exception: [udfgen timeout]: b: timed out after 3000 ms while waiting for the reply'
    )


NO_RIGHT = (
    "connect as a member of db_owner whose login has EXTERNAL ACCESS ASSEMBLY or UNSAFE ASSEMBLY, granted in master; "
    "trust is given by CONTROL SERVER"
)
HINTED = {
    208: "install the spec first, or see udfgen status",
    2812: "install the spec first, or see udfgen status",
    4121: "install the spec first, or see udfgen status",
    229: "have it granted: `grant` in the spec names who may call",
    **dict.fromkeys((262, 300, 15247), NO_RIGHT),
    1222: "another session uses what is to be changed: wait for it, or give a longer --lock-timeout",
    3729: "drop what is built on it first (a computed column, a CHECK, a schema-bound object), and make it again after",
    6522: "it comes from .NET itself, not from the core: udfgen doctor looks from inside",
    6263: "`clr enabled` is off: have an administrator run: exec sp_configure 'clr enabled', 1; reconfigure;",
    10314: "udfgen status tells whether the server trusts the assembly; a restored database brings no trust",
    6218: "compile it again with `udfgen compile`; if that does not help, report what SQL Server says",
    6544: "compile it again with `udfgen compile`; if that does not help, report what SQL Server says",
}


@pytest.mark.parametrize("number", HINTED)
def test_an_error_that_is_known_says_what_to_do(place: Place, number: int) -> None:
    with session(place.port) as opened:
        answering(place, Fault(number, "It is so.", line=3))
        with pytest.raises(CallError) as told:
            call(opened, program(), "one")
    assert str(told.value) == f"Msg {number}, line 3: It is so; {HINTED[number]}"
    assert told.value.code is None


# Looking around


def test_doctor_says_what_the_core_sees(place: Place) -> None:
    put(place.port)
    checks = [["credentials", False, "none", "set them"]]
    ask = "select [quickstart].[udfgen$quickstart$probe]({});"
    place.instance.answers[ask.format("N'checks'")] = [Grid(["c"], [[json.dumps(checks)]])]
    place.instance.answers[ask.format("N'endpoint'")] = [Grid(["c"], [["https://lambda.example"]])]
    with session(place.port) as opened:
        found = [(each.name, each.is_fine) for each in opened.probe(example(SPEC), bundle(SPEC))]
        assert opened.endpoint(example(SPEC), bundle(SPEC)) == "https://lambda.example"
    assert found == [("server", True), ("credentials", False)]


def test_doctor_before_an_install_says_what_to_do(place: Place) -> None:
    place.instance.settings["clr enabled"] = 0
    with session(place.port) as opened:
        found = [(each.name, each.is_fine) for each in opened.probe(example(SPEC), bundle(SPEC))]
    assert found == [("server", False), ("server", False), ("core", False)]
