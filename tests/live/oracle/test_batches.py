"""Sets of rows, as a cursor hands them over: results beside their arguments, what is left early, who may call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.live.oracle.places import TABLE, Place
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
  live_set_void:
    binding: plain
    parameters: {id: bigint}
    returns: void
    batch: {wire: list, max_rows: 2}
    grant: [app]
"""
TRIGGER = """triggers:
  live_set_at_end:
    table: live_readings
    after: [insert]
    level: statement
    call: live_set_void
    arguments: {id: new.n}
engines:"""
GIVEN = "select level as id, to_clob('a') as what from dual connect by level <= {}"


def with_sets(place: Place) -> str:
    """Return the spec with batch functions in it, and a trigger that calls one."""
    return place.text.replace("engines:", FUNCTIONS + TRIGGER, 1)


@pytest.fixture
def sets(place: Place, scripted: ScriptedLambda) -> Iterator[Place]:
    """The schema with the functions in it, and the table of the trigger."""
    with suppress(CallError):
        place.rows('drop table "LIVE_READINGS" purge')
    place.rows(TABLE)
    place.put(with_sets(place))
    yield place
    place.remove()
    place.rows('drop table "LIVE_READINGS" purge')


def redshift(*results: object) -> Script:
    return Script(json.dumps({"success": True, "num_records": len(results), "results": results}).encode())


def rows_sent(scripted: ScriptedLambda) -> list[object]:
    return [json.loads(request.body)["arguments"] for request in scripted.requests]


def test_results_stand_beside_the_arguments_of_their_rows(sets: Place, scripted: ScriptedLambda) -> None:
    scripted.play(*(redshift(*range(at, min(at + 2, 103))) for at in range(0, 103, 2)))
    found = sets.rows(f"select id, what, result from table(live_set(cursor({GIVEN.format(103)})))")
    assert [(int(row[0]), row[2]) for row in found] == [(at + 1, at) for at in range(103)]
    assert [len(each) for each in rows_sent(scripted)] == [2] * 51 + [1]  # type: ignore[arg-type]


def test_no_rows_call_nothing(sets: Place, scripted: ScriptedLambda) -> None:
    assert sets.rows(f"select result from table(live_set(cursor({GIVEN.format(9)} where 1 = 0)))") == []
    sets.rows("declare c sys_refcursor; begin open c for select 1 from dual where 1 = 0; live_set_void(c); end;")
    assert scripted.requests == []


def test_a_query_may_take_its_rows_from_a_query_of_the_same_function(sets: Place, scripted: ScriptedLambda) -> None:
    """Two calls under way in one session, each with a handle of its own."""
    scripted.play(redshift(10, 20), redshift(30, 40))
    inner = f"select result, what from table(live_set(cursor({GIVEN.format(2)})))"
    assert sets.rows(f"select id, result from table(live_set(cursor({inner})))") == [(10, 30), (20, 40)]
    assert rows_sent(scripted) == [[[1, "a"], [2, "a"]], [[10, "a"], [20, "a"]]]


def test_what_is_left_early_sends_no_more_and_keeps_nothing(sets: Place, scripted: ScriptedLambda) -> None:
    """NO_DATA_NEEDED: the rows in hand are those of whole requests, up to 100."""
    scripted.play(*[redshift(1, 2)] * 500)
    with sets.session() as opened:
        for _ in range(5):
            wanted = f"select result from table(live_set(cursor({GIVEN.format(1000)}))) where rownum <= 1"
            assert opened.rows(wanted)[1] == [(1,)]
        assert opened.rows(f"select count(*) from table(live_set(cursor({GIVEN.format(2)})))")[1] == [(2,)]
    assert len(scripted.requests) == 5 * 50 + 1


def test_a_failure_is_told_with_the_code_once(sets: Place, scripted: ScriptedLambda) -> None:
    scripted.play(redshift(1))
    with pytest.raises(CallError, match=r"^ORA-29532: .*\[udfgen bad_response\]") as caught:
        sets.rows(f"select result from table(live_set(cursor({GIVEN.format(2)})))")
    assert str(caught.value).count("[udfgen ") == 1


def test_a_row_that_does_not_fit_is_told_by_its_number(sets: Place, scripted: ScriptedLambda) -> None:
    """All rows in hand are looked at before the first of them is sent."""
    with pytest.raises(CallError, match=r'\[udfgen bad_argument\]: plain: row 2: argument "id": '):
        sets.rows(
            "select result from table(live_set(cursor(select level / 2 + 0.5, 'a' from dual connect by level < 4)))"
        )
    assert scripted.requests == []


def test_a_statement_calls_once_for_max_rows_of_its_rows(sets: Place, scripted: ScriptedLambda) -> None:
    scripted.play(*[Script(b"[]")] * 3)
    sets.rows('insert into "LIVE_READINGS" (n) select level from dual connect by level <= 5')
    assert [json.loads(each.body) for each in scripted.requests] == [
        [{"id": 1}, {"id": 2}],
        [{"id": 3}, {"id": 4}],
        [{"id": 5}],
    ]
    scripted.play(Script(b'{"message": "no"}', status=404))
    with pytest.raises(CallError, match=r"\[udfgen not_found\]"):
        sets.rows('insert into "LIVE_READINGS" (n) values (6)')
    assert sets.rows('select count(*) from "LIVE_READINGS"') == [(5,)]


def test_a_caller_with_one_grant_gets_through(sets: Place, scripted: ScriptedLambda, caller: Session) -> None:
    scripted.play(redshift(1), Script(b"[]"))
    ((schema,),) = sets.rows("select user from dual")
    assert caller.rows(f'select result from table("{schema}".live_set(cursor({GIVEN.format(1)})))')[1] == [(1,)]
    caller.rows(f'declare c sys_refcursor; begin open c for select 1 from dual; "{schema}".live_set_void(c); end;')
    assert json.loads(scripted.requests[0].body)["user"] == caller.rows("select user from dual")[1][0][0]
    with pytest.raises(CallError, match=r"ORA-06550|ORA-00904"):
        caller.rows(f'begin "{schema}"."UDFGEN$UDFGEN_LIVE$CORE"."RUN_BATCH"(1); end;')
