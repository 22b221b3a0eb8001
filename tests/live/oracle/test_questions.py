"""What only a real OJVM can answer, each question with the answer that the design relies on."""

from __future__ import annotations

import json
import os
from time import perf_counter

import pytest

from tests.conformance.runners import variable
from tests.live.oracle.places import Place
from tests.scripted import Script, ScriptedLambda
from udfgen.connect import Session
from udfgen.errors import CallError

REGION = variable("oracle", "REGION")


@pytest.fixture
def installed(place: Place, scripted: ScriptedLambda) -> Place:
    """The schema with the spec in it, and an endpoint that answers."""
    place.put()
    return place


def test_a_call_arrives_and_comes_back(installed: Place, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"n": 87.5}'))
    assert installed.call("live_number") == [{"result": "87.50"}]
    assert scripted.requests[0].body == b'{"a":1,"b":null}'


def test_the_java_permissions_are_enough(installed: Place) -> None:
    """Every check that doctor makes from inside runs with nothing but permissions.sql."""
    with installed.session() as opened:
        told = [each.found for each in opened.probe(installed.program(), installed.bundle())]
    assert not [each for each in told if "lacks the Java permission" in each]


def test_a_temporary_clob_comes_from_the_default_connection(installed: Place, scripted: ScriptedLambda) -> None:
    text = "\u20ac\U0001f511" * 100_000
    scripted.play(Script(json.dumps({"a": text}).encode()))
    assert installed.call("live_text", a=text) == [{"result": text}]
    assert json.loads(scripted.requests[0].body) == {"a": text}


def test_an_error_is_ora_29532_with_the_code_once(installed: Place, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"message": "no"}', status=404))
    with pytest.raises(CallError) as told:
        installed.call("live_number")
    assert told.value.code == "not_found"
    assert str(told.value).startswith("ORA-29532: ")
    assert str(told.value).count("[udfgen ") == 1
    ((code,),) = installed.rows(
        f"""select "UDFGEN_LIVE_ERROR_CODE"('{str(told.value).replace("'", "''")}') from dual"""
    )
    assert code == "not_found"


def test_statics_last_as_long_as_the_session(installed: Place, scripted: ScriptedLambda) -> None:
    """The second call of a session finds its classes loaded, the facts read and the connection open: no cold start."""
    scripted.play(Script(b'{"n": 1}'))
    with installed.session() as opened:
        first, second = (seconds(installed, opened) for _ in range(2))
    assert second < first / 2


def seconds(place: Place, opened: Session) -> float:
    """Return how long a call takes."""
    start = perf_counter()
    assert place.call_in(opened, "live_number") == [{"result": "1.00"}]
    return perf_counter() - start


def test_rows_are_piped_and_an_early_end_lets_them_go(installed: Place, scripted: ScriptedLambda) -> None:
    rows = [{"n": n, "at": "2026-02-03T10:15:00Z", "note": f"n{n}"} for n in range(1000)]
    scripted.play(Script(json.dumps({"rows": rows}).encode()))
    found = installed.call("live_rows")
    assert len(found) == len(rows)
    assert found[7] == {"n": "7", "at": "2026-02-03T10:15:00Z", "note": "n7"}
    for _ in range(20):
        assert len(installed.rows('select * from table("LIVE_ROWS") where rownum <= 2')) == 2


def test_moments_are_instants_whatever_the_sessions_zone(installed: Place, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"n": 1}'))
    for zone in ("UTC", "America/New_York", "+05:45"):
        with installed.session() as opened:
            opened.rows(f"alter session set time_zone = '{zone}'")
            installed.call_in(opened, "live_number", b="2016-03-13T02:30:00.5-01:00")
    assert {request.body for request in scripted.requests} == {b'{"a":1,"b":"2016-03-13T03:30:00.5Z"}'}


def test_a_waiting_call_ends_by_its_own_timeout(installed: Place, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"n": 1}', delay=4.0))
    with pytest.raises(CallError, match=r"\[udfgen timeout\].*timed out after 2000 ms"):
        installed.call("live_number")


def test_definers_rights_let_a_caller_in_who_has_one_grant(
    installed: Place, scripted: ScriptedLambda, caller: Session
) -> None:
    """The Java permissions are the owner's: the caller has none."""
    scripted.play(Script(b'{"n": 1}'))
    schema = installed.rows("select user from dual")[0][0]
    assert caller.rows(f'select "{schema}"."LIVE_NUMBER" from dual')[1] == [(1,)]
    scripted.play(Script(b'{"rows": [{"n": 7, "at": null, "note": "x"}]}'))
    assert caller.rows(f'select "N", to_char("NOTE") from table("{schema}"."LIVE_ROWS")')[1] == [(7, "x")]


def test_a_caller_cannot_reach_what_is_behind_a_wrapper(installed: Place, caller: Session) -> None:
    schema = installed.rows("select user from dual")[0][0]
    for sql in (
        f'select "{schema}"."UDFGEN$UDFGEN_LIVE$CORE"."PROBE"(\'endpoint\') from dual',
        f'select * from "{schema}"."UDFGEN$UDFGEN_LIVE"',
    ):
        with pytest.raises(CallError, match=r"ORA-(00904|00942|01031|06550)"):
            caller.rows(sql)


def test_the_roots_in_the_resource_are_trusted(place: Place) -> None:
    """A wrong key is refused by AWS itself: so the certificate was not."""
    region = os.environ.get(REGION)
    if not region:
        pytest.skip(f"{REGION} is not set: it names an AWS region that the server can reach")
    endpoint = place.endpoint or "http://127.0.0.1:9001"
    place.put(place.text.replace(f' endpoint: "{endpoint}",', "").replace("eu-west-1", region))
    with pytest.raises(CallError) as told:
        place.call("live_number")
    assert told.value.code == "not_authorized"
    assert "lacks the Java permission" not in str(told.value)
