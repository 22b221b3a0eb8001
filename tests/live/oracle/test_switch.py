"""The kill switch in real sessions: PL/SQL, OJVM and the table together run nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from time import sleep

import pytest

from tests.live.oracle.places import ALL, LOOK_SECONDS, Place, turn
from tests.scripted import Script, ScriptedLambda
from udfgen import switch
from udfgen.connect import Session
from udfgen.errors import CallError, RefusedError
from udfgen.plan import Verdict
from udfgen.state import Mode

TABLE = '"UDFGEN$UDFGEN_LIVE$SWITCH"'
OFF = r"\[udfgen disabled\]: plain: it is switched off: udfgen switch turns it on again"


@pytest.fixture
def installed(place: Place, scripted: ScriptedLambda) -> Place:
    """The schema with the spec in it, and an endpoint that answers."""
    place.put()
    scripted.play(Script(b'{"n": 1, "a": "x", "rows": [{"n": 1, "at": null, "note": "x"}]}'))
    return place


@pytest.fixture
def opened(installed: Place) -> Iterator[Session]:
    """A session that has called, so that it has looked."""
    with installed.session() as found:
        assert installed.call_in(found, "live_number") == [{"result": "1.00"}]
        yield found


def modes(place: Place) -> dict[str, Mode]:
    """Return the modes as `udfgen switch` lists them."""
    with place.session() as found:
        return dict(switch.modes(place.program(), place.bundle(), found))


def test_modes_are_set_and_listed(installed: Place) -> None:
    assert modes(installed) == {"plain": Mode.LIVE, "queued": Mode.LIVE}
    for mode in (Mode.OFF, Mode.DRY_RUN, Mode.DRY_RUN):
        turn(installed, "plain", mode)
    turn(installed, "queued", Mode.OFF)
    assert modes(installed) == {"plain": Mode.DRY_RUN, "queued": Mode.OFF}
    turn(installed, "plain", Mode.LIVE)
    assert modes(installed) == {"plain": Mode.LIVE, "queued": Mode.OFF}
    assert installed.look().is_done, "rows are no drift"


def test_an_open_session_follows_within_a_second(installed: Place, opened: Session, scripted: ScriptedLambda) -> None:
    turn(installed, "plain", Mode.OFF)
    sent = len(scripted.requests)
    with pytest.raises(CallError, match=OFF):
        installed.call_in(opened, "live_number")
    assert len(scripted.requests) == sent
    turn(installed, "plain", Mode.LIVE)
    assert installed.call_in(opened, "live_number") == [{"result": "1.00"}]


@pytest.mark.parametrize("name", ["live_text", "live_number", "live_rows", "live_void"])
def test_off_comes_before_all_else(installed: Place, scripted: ScriptedLambda, name: str) -> None:
    turn(installed, "plain", Mode.OFF)
    with pytest.raises(CallError, match=OFF):
        installed.call(name, **{"live_text": {"a": None}, "live_void": {"a": None}}.get(name, {}))
    assert scripted.requests == []


@pytest.mark.parametrize(("name", "rows"), [("live_number", [{"result": None}]), ("live_rows", [])])
def test_a_dry_run_only_asks(
    installed: Place, scripted: ScriptedLambda, name: str, rows: list[dict[str, str | None]]
) -> None:
    turn(installed, "plain", Mode.DRY_RUN)
    scripted.play(Script(b"", 204))
    assert installed.call(name) == rows
    (request,) = scripted.requests
    assert request.header("x-amz-invocation-type") == "DryRun"


def test_a_look_that_fails_closes(installed: Place, opened: Session, scripted: ScriptedLambda) -> None:
    sent = len(scripted.requests)
    installed.rows(f"drop table {TABLE} purge")
    sleep(LOOK_SECONDS)
    with pytest.raises(CallError, match=r"\[udfgen unavailable\]: plain: the database said: "):
        installed.call_in(opened, "live_number")
    assert len(scripted.requests) == sent
    assert {each.verdict for each in installed.look().work} == {Verdict.MISSING}
    installed.put()
    sleep(LOOK_SECONDS)
    assert installed.call_in(opened, "live_number") == [{"result": "1.00"}]


def test_callers_neither_see_nor_change_it(installed: Place, caller: Session) -> None:
    ((schema,),) = installed.rows("select user from dual")
    for sql in ("select * from {}", "delete from {}", "insert into {} values ('plain', 'off')"):
        with pytest.raises(CallError, match=r"ORA-(00942|01031)"):
            caller.rows(sql.format(f'"{schema}".{TABLE}'))


def test_an_upgrade_keeps_what_is_off_and_an_uninstall_takes_it(installed: Place) -> None:
    turn(installed, "queued", Mode.OFF)
    installed.put(installed.text.replace("decimal(5,2)", "decimal(6,2)"))
    assert modes(installed)["queued"] is Mode.OFF
    installed.remove()
    with installed.session() as found, pytest.raises(RefusedError, match="install the spec first"):
        switch.turn(installed.program(), installed.bundle(), found, "plain", Mode.OFF)
    installed.put()
    assert modes(installed)["queued"] is Mode.LIVE


@pytest.mark.parametrize("column", ["MODE", "BINDING"])
def test_a_table_without_a_column_is_mended_and_keeps_its_rows(
    installed: Place, scripted: ScriptedLambda, column: str
) -> None:
    turn(installed, "plain", Mode.DRY_RUN)
    installed.rows(f'alter table {TABLE} drop ("{column}")')
    with pytest.raises(RefusedError, match="was changed by hand"):
        installed.put()
    installed.put(allowed=ALL)
    assert installed.look().is_done
    kept = {"MODE": ("plain", None), "BINDING": (None, "dry_run")}[column]
    assert installed.rows(f'select "BINDING", "MODE" from {TABLE}') == [kept]
    if column == "MODE":
        with pytest.raises(CallError, match=OFF):
            installed.call("live_number")
    turn(installed, "plain", Mode.LIVE)
    assert installed.call("live_number") == [{"result": "1.00"}]
