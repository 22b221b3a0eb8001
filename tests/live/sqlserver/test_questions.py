"""What only a real SQL Server can answer, each question with the answer that the design relies on."""

from __future__ import annotations

import json
import os
from threading import Thread
from time import perf_counter

import pytest

from tests.conformance.runners import variable
from tests.live.sqlserver.places import Place
from tests.scripted import Script, ScriptedLambda
from udfgen.connect import Session
from udfgen.errors import CallError, UdfgenError

REGION = variable("sqlserver", "REGION")


def test_a_call_arrives_and_comes_back(installed: Place, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"n": 87.5}'))
    assert installed.call("live_number") == [{"result": "87.50"}]
    assert scripted.requests[0].body == b'{"a":1,"b":null}'


def test_external_access_is_enough_and_nothing_in_the_core_is_denied(installed: Place) -> None:
    """Every check that doctor makes from inside runs under permission_set = external_access."""
    with installed.session() as opened:
        checks = list(opened.probe(installed.program(), installed.bundle()))
    assert not [each for each in checks if "does not let the assembly" in each.found + each.advice]


def test_every_default_is_what_the_spec_says(installed: Place, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b"{}"))
    installed.call("live_defaults")
    assert json.loads(scripted.requests[0].body, parse_float=str) == {
        "boolean": True,
        "smallint": -3,
        "decimal": "1.5000000000",
        "real": "0.1",
        "double": "1e+300",
        "varchar": "it's $(x) \u20ac",
        "date": "0001-01-01",
        "time": "23:59:59.999999",
        "timestamp": "9999-12-31T23:59:59.999999",
        "timestamptz": "2016-02-15T11:00:00Z",
        "uuid": "6f1c2f60-0f0e-4d3a-9b57-3a1d5c1f0a01",
    }


def test_a_long_text_goes_and_comes_whole(installed: Place, scripted: ScriptedLambda) -> None:
    text = "\u20ac\U0001f511" * 100_000
    scripted.play(Script(json.dumps({"a": text}).encode()))
    assert installed.call("live_text", a=text) == [{"result": text}]
    assert json.loads(scripted.requests[0].body) == {"a": text}


def test_an_error_is_msg_6522_with_the_code_once(installed: Place, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"message": "no"}', status=404))
    with pytest.raises(CallError) as told:
        installed.call("live_number")
    assert told.value.code == "not_found"
    assert str(told.value).startswith("Msg 6522, ")
    assert str(told.value).count("[udfgen ") == 1
    caught = """begin try
    declare @n decimal(5,2) = [udfgen_live].[live_number](default, default);
end try
begin catch
    select [udfgen_live].[udfgen_live_error_code](error_message());
end catch"""
    assert installed.rows(caught) == [("not_found",)]


def test_another_session_finds_the_core_at_work(installed: Place, scripted: ScriptedLambda) -> None:
    """One AppDomain serves all sessions: the second has its classes, its credentials and a connection."""
    scripted.play(Script(b'{"n": 1}'))
    first, second = (seconds(installed) for _ in range(2))
    assert second < first


def seconds(place: Place) -> float:
    """Return how long a call takes in a session of its own."""
    with place.session() as opened:
        start = perf_counter()
        assert place.call_in(opened, "live_number") == [{"result": "1.00"}]
        return perf_counter() - start


def test_rows_come_in_their_order_and_an_early_end_lets_them_go(installed: Place, scripted: ScriptedLambda) -> None:
    rows = [{"n": n, "at": "2026-02-03T10:15:00Z", "note": f"n{n}"} for n in range(1000)]
    scripted.play(Script(json.dumps({"rows": rows}).encode()))
    found = installed.call("live_rows")
    assert [each["n"] for each in found] == [str(n) for n in range(1000)]
    assert found[7] == {"n": "7", "at": "2026-02-03T10:15:00Z", "note": "n7"}
    for _ in range(20):
        assert len(installed.rows("select top 2 * from [udfgen_live].[live_rows]()")) == 2


def test_a_moment_is_an_instant_whatever_the_language(installed: Place, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"n": 1}'))
    for language in ("us_english", "Deutsch", "Thai"):
        with installed.session() as opened:
            opened.rows(f"set language {language}")
            installed.call_in(opened, "live_number", b="2016-03-13T02:30:00.5-01:00")
    assert {request.body for request in scripted.requests} == {b'{"a":1,"b":"2016-03-13T03:30:00.5Z"}'}


def test_a_waiting_call_ends_by_its_own_timeout(installed: Place, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"n": 1}', delay=4.0))
    with pytest.raises(CallError, match=r"\[udfgen timeout\].*timed out after 2000 ms"):
        installed.call("live_number")


def test_kill_ends_a_waiting_call(installed: Place, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"n": 1}', delay=1.9))
    told: list[UdfgenError] = []
    with installed.session() as victim:
        ((number,),) = victim.rows("select @@spid")[1]

        def call() -> None:
            try:
                installed.call_in(victim, "live_number")
            except UdfgenError as error:
                told.append(error)

        waiting = Thread(target=call)
        waiting.start()
        while not scripted.requests:
            pass
        installed.rows(f"kill {number}")
        waiting.join(10)
    assert len(told) == 1


def test_a_caller_who_has_one_grant_gets_through(installed: Place, scripted: ScriptedLambda, caller: Session) -> None:
    """Documentation says that external access may be denied to SQL logins: this one must not be."""
    scripted.play(Script(b'{"n": 1}'))
    assert caller.rows("select cast([udfgen_live].[live_number](default, default) as int)")[1] == [(1,)]
    scripted.play(Script(b'{"rows": [{"n": 7, "at": null, "note": "x"}]}'))
    assert caller.rows("select n, note from [udfgen_live].[live_rows]()")[1] == [(7, "x")]


def test_a_caller_cannot_reach_what_is_behind_a_wrapper(installed: Place, caller: Session) -> None:
    for sql in (
        "select [udfgen_live].[udfgen$udfgen_live$probe](N'endpoint')",
        "select * from [udfgen_live].[udfgen$udfgen_live]",
    ):
        with pytest.raises(CallError, match=r"^Msg 229, "):
            caller.rows(sql)


def test_an_upgrade_lets_calls_in_progress_end(installed: Place, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"n": 1}', delay=1.0))
    results: list[object] = []
    waiting = Thread(target=lambda: results.append(installed.call("live_number")))
    waiting.start()
    while not scripted.requests:
        pass
    installed.put(installed.text.replace("timeout: 2s", "timeout: 3s"))
    waiting.join(10)
    assert results == [[{"result": "1.00"}]]


def test_tls_trusts_what_windows_trusts(place: Place) -> None:
    """A wrong key is refused by AWS itself: so the certificate was not."""
    region = os.environ.get(REGION)
    if not region:
        pytest.skip(f"{REGION} is not set: it names an AWS region that the server can reach")
    endpoint = place.endpoint or "http://127.0.0.1:9001"
    place.put(place.text.replace(f' endpoint: "{endpoint}",', "").replace("eu-west-1", region))
    with pytest.raises(CallError) as told:
        place.call("live_number")
    assert told.value.code == "not_authorized"
    assert "does not let the assembly" not in str(told.value)
