"""Batch functions of the assembly, called as SQL Server does: rows of FOR JSON, and rows that a trigger writes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

import pytest

from tests.clr.test_calls import THROWN
from tests.conformance.clr_runner import ClrRunner
from tests.conformance.runners import in_mono
from tests.scripted import Script, ScriptedLambda
from udfgen.errors import CallError

KINDS = {
    "boolean": ("true", "true"),
    "smallint": ("-32768", "-32768"),
    "integer": ("42", "42"),
    "bigint": ("9223372036854775807", "9223372036854775807"),
    "decimal": ("-0.1234567891", "-0.1234567891"),
    "real": ("0.1", "0.1"),
    "double": ("1e+23", "1e+23"),
    "text": ('déjà\n"\U0001f600', '"déjà\\n\\"\U0001f600"'),
    "varchar": ("a\U0001f600b", '"a\U0001f600b"'),
    "date": ("2024-02-29", '"2024-02-29"'),
    "time": ("23:59:59.999999", '"23:59:59.999999"'),
    "timestamp": ("2016-02-15T12:00:00.5", '"2016-02-15T12:00:00.5"'),
    "timestamptz": ("2016-02-15T12:00:00Z", '"2016-02-15T12:00:00Z"'),
    "uuid": ("0a0b0c0d-0001-0002-0003-000102030405", '"0a0b0c0d-0001-0002-0003-000102030405"'),
    "json": ('{"é": [1.50, "\U0001f600"]}', '{"é": [1.50, "\U0001f600"]}'),
    "bytes": ("00ff10", '"AP8Q"'),
}
"""Of each type a value as a neutral text, and what is sent of it."""

TRIGGERS = {
    "boolean": "1",
    "smallint": "-32768",
    "integer": "42",
    "bigint": "9223372036854775807",
    "decimal": "-0.1234567891",
    "real": "1.0000000149011612e-001",
    "double": "9.9999999999999992e+022",
    "text": json.dumps(KINDS["text"][0], ensure_ascii=False),
    "varchar": json.dumps(KINDS["varchar"][0], ensure_ascii=False),
    "date": '"2024-02-29"',
    "time": '"23:59:59.999999"',
    "timestamp": '"2016-02-15T12:00:00.500000"',
    "timestamptz": '"2016-02-15T14:00:00.000000+02:00"',
    "uuid": '"0A0B0C0D-0001-0002-0003-000102030405"',
    "json": json.dumps(KINDS["json"][0], ensure_ascii=False),
    "bytes": '"00FF10"',
}
"""The same values as the expressions of a trigger spell them."""

REDSHIFT = b'{"success": true, "num_records": %d, "results": [%b]}'


@pytest.fixture(scope="module")
def endpoint() -> Iterator[ScriptedLambda]:
    with ScriptedLambda() as running:
        yield running


@pytest.fixture(scope="module")
def runner(endpoint: ScriptedLambda) -> Iterator[ClrRunner]:
    with in_mono(endpoint) as running:
        yield running


def sent(endpoint: ScriptedLambda) -> list[str]:
    return [request.body.decode() for request in endpoint.requests]


def redshift(*results: str) -> Script:
    return Script(REDSHIFT % (len(results), ",".join(results).encode()))


def native(runner: ClrRunner, function: str, rows: str) -> list[list[str | None]]:
    """Call a method as a trigger does."""
    return runner.ask(f"core${function}", {"rows": rows, "udfgen$native": "1", "udfgen$modes": None})


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_of_each_type_goes_out_and_comes_back(kind: str, runner: ClrRunner, endpoint: ScriptedLambda) -> None:
    text, wire = KINDS[kind]
    endpoint.play(Script(f"[{wire},null]".encode()))
    assert runner.call_rows(f"batch_of_{kind}", [{"v": text}, {"v": None}]) == [text, None]
    assert sent(endpoint) == [f"[{wire},null]"]


@pytest.mark.parametrize("kind", TRIGGERS)
def test_a_trigger_writes_the_same_value(kind: str, runner: ClrRunner, endpoint: ScriptedLambda) -> None:
    wire = KINDS[kind][1]
    endpoint.play(Script(b"[null,null]"))
    native(runner, f"batch_of_{kind}", f"[[{TRIGGERS[kind]}],[null]]")
    assert sent(endpoint) == [f"[{wire},null]"]


def test_rows_of_for_json_have_their_numbers(runner: ClrRunner, endpoint: ScriptedLambda) -> None:
    """What FOR JSON PATH makes of a NULL is no member."""
    endpoint.play(redshift("1", "2", "null"), redshift("4"))
    given = '[{"id":7,"tier":"a"},{"id":8},{"tier":"b"},{"id":-1,"tier":""}]'
    assert runner.ask("batch_rows", {"rows": given}) == [["1", "1"], ["2", "2"], ["3", None], ["4", "4"]]
    bodies = [json.loads(body) for body in sent(endpoint)]
    assert [each["arguments"] for each in bodies] == [[[7, "a"], [8, None], [None, "b"]], [[-1, ""]]]
    assert [each["num_records"] for each in bodies] == [3, 1]
    assert bodies[0]["query_id"] == bodies[1]["query_id"]


@pytest.mark.parametrize("given", [None, "[]", " [ ] "])
def test_no_rows_are_no_call(given: str | None, runner: ClrRunner, endpoint: ScriptedLambda) -> None:
    endpoint.play(Script())
    assert runner.ask("batch_rows", {"rows": given}) == []
    assert runner.ask("batch_void", {"rows": given}) == [[None]]
    assert sent(endpoint) == []


def test_who_calls_is_told_by_the_session(runner: ClrRunner, endpoint: ScriptedLambda) -> None:
    endpoint.play(redshift("1"), redshift("2"))
    for each in ("x", "y"):
        runner.call_rows("batch_told", [{"v": each}])
    first, second = map(json.loads, sent(endpoint))
    assert (first["user"], first["database"], first["cluster"]) == ("somebody", "clr", "conformance")
    assert second["query_id"] == first["query_id"] + 1
    assert second["request_id"] != first["request_id"]


REFUSED: Mapping[str, tuple[str, str]] = {
    "no JSON": ("[[1,2]", "quiet: the rows are not valid JSON"),
    "no row": ("[[1,null],5]", "quiet: row 2: must be an array or an object"),
    "another name": ('[{"ID":1}]', 'quiet: row 1: "ID" is not a parameter'),
    "a value": ('[[1,"a"],["x","b"]]', 'quiet: row 2: argument "id": must be a number'),
}


@pytest.mark.parametrize("name", REFUSED)
def test_rows_that_do_not_fit_are_refused(name: str, runner: ClrRunner, endpoint: ScriptedLambda) -> None:
    endpoint.play(Script())
    given, said = REFUSED[name]
    with pytest.raises(CallError) as caught:
        runner.ask("batch_rows", {"rows": given})
    found = THROWN.fullmatch(str(caught.value))
    assert found
    assert found.groups() == ("core$batch_rows", f"[udfgen bad_argument]: {said}")
    assert sent(endpoint) == []


@pytest.mark.parametrize("text", ["1],[2", '"],[1', "1,2", "", "{"])
def test_no_text_of_a_column_begins_another_row(text: str, runner: ClrRunner, endpoint: ScriptedLambda) -> None:
    """A trigger puts what stands in a column of JSON into a string; whoever may write there can write anything."""
    endpoint.play(Script())
    with pytest.raises(CallError, match=r'row 1: argument "v": is not valid JSON'):
        native(runner, "batch_of_json", f"[[{json.dumps(text)}]]")
    assert sent(endpoint) == []


def modes(runner: ClrRunner, mode: str, function: str, rows: Sequence[Mapping[str, str | None]]) -> object:
    runner.switch("switched", mode)
    try:
        return runner.call_rows(function, rows)
    finally:
        runner.switch("switched", "live")


def test_the_switch_comes_before_the_rows(runner: ClrRunner, endpoint: ScriptedLambda) -> None:
    endpoint.play(Script(b"", 204))
    with pytest.raises(CallError, match=r"\[udfgen disabled\]"):
        modes(runner, "off", "switched_batch", [])
    assert modes(runner, "dry_run", "switched_batch", [{"n": str(each)} for each in range(5)]) == [None] * 5
    assert modes(runner, "dry_run", "switched_batch_void", [{"n": "1"}]) == []
    assert [request.header("x-amz-invocation-type") for request in endpoint.requests] == ["DryRun", "DryRun"]
    assert sent(endpoint) == ['[{"n":0},{"n":1}]', '[{"n":1}]']
    endpoint.play(Script(b"[1]"))
    assert modes(runner, "live", "switched_batch", [{"n": "1"}]) == ["1"]


def test_a_row_that_fails_by_itself(runner: ClrRunner, endpoint: ScriptedLambda) -> None:
    endpoint.play(redshift('{"score":1}', '{"errorType":"KeyError","errorMessage":"no"}', '{"score":"x"}'))
    rows = [{"v": str(each)} for each in range(3)]
    assert runner.call_rows("batch_at_or_null", rows) == ["1.00", None, None]
    endpoint.play(redshift('{"score":1}', '{"errorType":"KeyError","errorMessage":"no"}', '{"score":2}'))
    with pytest.raises(CallError, match=r"\[udfgen function_error\]: quiet: row 2: KeyError: no"):
        runner.call_rows("batch_at", rows)
