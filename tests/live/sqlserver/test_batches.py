"""Sets of rows, as a query of T-SQL makes them: what FOR JSON prints of each type, results beside their rows."""

from __future__ import annotations

import json

import pytest

from tests.live.sqlserver.places import Place
from tests.scripted import Script, ScriptedLambda
from udfgen.connect import Session
from udfgen.errors import CallError

FUNCTIONS = """  live_set:
    binding: plain
    parameters: {id: bigint, what: text}
    returns: integer
    volatility: stable
    batch: {max_rows: 2}
    grant: [app]
  live_set_void: {binding: plain, parameters: {id: bigint}, returns: void, batch: {wire: list}, grant: [app]}
"""
SHOWN = """  live_set_{number}:
    binding: plain
    parameters: {{v: "{type}"}}
    returns: void
    batch: {{wire: list}}
"""

PRINTED = {
    "boolean": ("cast(1 as bit)", "true"),
    "smallint": ("cast(-32768 as smallint)", "-32768"),
    "bigint": ("cast(9223372036854775807 as bigint)", "9223372036854775807"),
    "decimal(12,2)": ("cast(-0.5 as decimal(12, 2))", "-0.50"),
    "real": ("cast(0.5 as real)", "0.5"),
    "double": ("cast(1e300 as float)", "1e+300"),
    "text": ("N'it''s \"x\" ' + nchar(7) + N'/\u00e9'", '"it\'s \\"x\\" \\u0007/\u00e9"'),
    "date": ("cast('2024-02-29' as date)", '"2024-02-29"'),
    "time": ("cast('12:00:00.25' as time(6))", '"12:00:00.25"'),
    "timestamp": ("cast('2016-02-15T12:00:00.5' as datetime2(6))", '"2016-02-15T12:00:00.5"'),
    "timestamptz": ("cast('2016-02-15T12:00:00.5+01:00' as datetimeoffset(6))", '"2016-02-15T11:00:00.5Z"'),
    "uuid": (
        "cast('0A0B0C0D-0001-0002-0003-000102030405' as uniqueidentifier)",
        '"0a0b0c0d-0001-0002-0003-000102030405"',
    ),
    "json": ("N'{\"a\":[1.50]}'", '{"a":[1.50]}'),
    "bytes": ("0x00ff10", '"AP8Q"'),
}
"""By type: a value in T-SQL, and what is sent of it when FOR JSON has printed it."""

NUMBERED = list(PRINTED)
GIVEN = "(select id, what from (values {}) as given (id, what) order by id for json path)"


def with_sets(place: Place) -> str:
    """Return the spec with batch functions in it, one for each type."""
    shown = "".join(SHOWN.format(number=NUMBERED.index(each), type=each) for each in NUMBERED)
    return place.text.replace("engines:", FUNCTIONS + shown + "engines:", 1)


@pytest.fixture
def sets(place: Place, scripted: ScriptedLambda) -> Place:
    """The database with the functions in it."""
    place.put(with_sets(place))
    return place


def redshift(*results: object) -> Script:
    return Script(json.dumps({"success": True, "num_records": len(results), "results": results}).encode())


def sent(scripted: ScriptedLambda) -> list[str]:
    return [request.body.decode() for request in scripted.requests]


@pytest.mark.parametrize("type_", PRINTED)
def test_what_for_json_prints_is_what_is_meant(sets: Place, scripted: ScriptedLambda, type_: str) -> None:
    """A NULL is no member of its row; what is JSON is told to be by JSON_QUERY, in the select list itself."""
    scripted.play(Script(b"{}"))
    value, wire = PRINTED[type_]
    column = "json_query(v)" if type_ == "json" else "v"
    sets.rows(
        f"declare @rows nvarchar(max) = (select {column} as v from (values (1, {value}), (2, null)) as given (n, v) "
        f"order by n for json path); exec [udfgen_live].[live_set_{NUMBERED.index(type_)}] @rows"
    )
    assert sent(scripted) == [f'[{{"v":{wire}}},{{"v":null}}]']


def test_results_stand_beside_the_numbers_of_their_rows(sets: Place, scripted: ScriptedLambda) -> None:
    scripted.play(redshift(10, 20), redshift(None))
    given = GIVEN.format("(7, N'a'), (8, null), (9, N'c')")
    found = sets.rows(f"select [row], result from [udfgen_live].[live_set]({given}) order by [row]")
    assert found == [(1, 10), (2, 20), (3, None)]
    assert [json.loads(each)["arguments"] for each in sent(scripted)] == [[[7, "a"], [8, None]], [[9, "c"]]]


def test_no_rows_call_nothing(sets: Place, scripted: ScriptedLambda) -> None:
    scripted.play(redshift())
    none = GIVEN.format("(7, N'a')").replace("order by", "where id < 0 order by")
    for given in (none, "null", "N'[]'"):
        assert sets.rows(f"select [row], result from [udfgen_live].[live_set]({given})") == []
    sets.rows("exec [udfgen_live].[live_set_void] null")
    assert sent(scripted) == []


def test_a_row_that_does_not_fit_is_told_by_its_number(sets: Place, scripted: ScriptedLambda) -> None:
    scripted.play(redshift(1, 2))
    with pytest.raises(CallError, match=r'^Msg 6522, .*\[udfgen bad_argument\]: plain: row 2: argument "id": '):
        sets.rows("""select [row], result from [udfgen_live].[live_set](N'[[1,"a"],["x","b"]]')""")
    assert sent(scripted) == []


def test_a_caller_with_one_grant_gets_through(sets: Place, scripted: ScriptedLambda, caller: Session) -> None:
    scripted.play(redshift(1))
    given = GIVEN.format("(7, N'a')")
    assert caller.rows(f"select [row], result from [udfgen_live].[live_set]({given})")[1] == [(1, 1)]
    assert json.loads(sent(scripted)[0])["user"] == sets.grantee
    with pytest.raises(CallError, match=r"^Msg 229, "):
        caller.rows("select [row] from [udfgen_live].[core$live_set](null, N'[]', 1)")
