"""The kill switch: its table, which an install makes and keeps, and what `udfgen switch` says to it."""

from __future__ import annotations

from copy import deepcopy

import pytest

from tests.tds.conftest import Place
from tests.tds.database import SWITCH, Content, Table
from tests.tds.server import How
from tests.tds.support import ALL, NEXT, SPEC, bundle, look, program, put, remove, session, verdicts
from udfgen import switch
from udfgen.errors import InstallError, RefusedError
from udfgen.state import Mode

NAME = "quickstart.udfgen_quickstart_switch"
LIVE = dict.fromkeys(("score", "orders", "events"), Mode.LIVE)


def turn(place: Place, binding: str, mode: Mode) -> object:
    """Turn a binding, as the command does; return the modes after it."""
    with session(place.port) as opened:
        return switch.turn(program(SPEC), bundle(SPEC), opened, binding, mode)[1]


def test_a_binding_is_turned_off_and_on_again(place: Place) -> None:
    put(place.port)
    assert turn(place, "events", Mode.OFF) == {**LIVE, "events": Mode.OFF}
    assert place.instance.content.switches[NAME].modes == {"events": "off"}
    assert turn(place, "score", Mode.DRY_RUN) == {**LIVE, "events": Mode.OFF, "score": Mode.DRY_RUN}
    assert turn(place, "events", Mode.DRY_RUN) == {**LIVE, "events": Mode.DRY_RUN, "score": Mode.DRY_RUN}
    for binding in ("score", "events"):
        turn(place, binding, Mode.LIVE)
    assert place.instance.content.switches[NAME].modes == {}


def test_a_switch_is_no_drift_and_outlives_an_upgrade(place: Place) -> None:
    put(place.port)
    turn(place, "events", Mode.OFF)
    assert look(place.port).is_done
    put(place.port, NEXT)
    assert place.instance.content.switches[NAME].modes == {"events": "off"}
    remove(place.port, NEXT)
    assert place.instance.content == Content()


def test_before_an_install_there_is_nothing_to_switch(place: Place) -> None:
    with pytest.raises(RefusedError, match="install the spec first"):
        turn(place, "events", Mode.OFF)


@pytest.mark.parametrize("how", [How.ERROR, How.CUT_BEFORE])
def test_a_switch_that_fails_changes_nothing(place: Place, how: How) -> None:
    put(place.port)
    start = len(place.instance.heard)
    turn(place, "events", Mode.OFF)
    (at,) = (at for at, each in enumerate(place.instance.heard[start:]) if each.sql.startswith("merge "))
    turn(place, "events", Mode.LIVE)
    place.instance.plot = at, how
    with pytest.raises(InstallError):
        turn(place, "events", Mode.OFF)
    assert place.instance.content.switches[NAME].modes == {}
    assert place.instance.databases["sales"].writer is None


def test_a_table_that_is_gone_is_made_again(place: Place) -> None:
    put(place.port)
    before = deepcopy(place.instance.content)
    place.instance.content.switches.clear()
    assert verdicts(look(place.port)) == {f"switch {NAME}": "create"}
    put(place.port)
    assert place.instance.content == before


HURT = {
    "a column more": {"columns": f"{SWITCH}\ncolumn why nvarchar(40,0,0)"},
    "a constraint": {"burdens": ("CHECK_CONSTRAINT only_mine",)},
    "a trigger": {"burdens": ("SQL_TRIGGER watch",)},
}


@pytest.mark.parametrize("facts", HURT.values(), ids=HURT)
def test_what_others_added_goes_when_told_and_every_mode_stays(place: Place, facts: dict[str, object]) -> None:
    put(place.port)
    turn(place, "events", Mode.OFF)
    turn(place, "score", Mode.DRY_RUN)
    good = deepcopy(place.instance.content)
    for name, fact in facts.items():
        setattr(place.instance.content.switches[NAME], name, fact)
    assert verdicts(look(place.port)) == {f"switch {NAME}": "drift"}
    with pytest.raises(RefusedError, match="--replace-drift"):
        put(place.port)
    put(place.port, allowed=ALL)
    assert place.instance.content == good
    assert good.switches[NAME].modes == {"events": "off", "score": "dry_run"}
    assert look(place.port).is_done


def test_a_table_without_its_columns_is_not_taken_for_one_where_all_is_live(place: Place) -> None:
    put(place.port)
    turn(place, "events", Mode.OFF)
    place.instance.content.switches[NAME].columns = SWITCH.replace("mode nvarchar(20,0,0)", "mode int(4,10,0)")
    spoilt = deepcopy(place.instance.content)
    with pytest.raises(InstallError, match=rf"{NAME} has lost a column, and with it what is off: drop it, install"):
        put(place.port, allowed=ALL)
    assert place.instance.content == spoilt


def test_the_file_too_leaves_a_table_of_others_as_it_is(place: Place) -> None:
    place.instance.content.switches[NAME] = Table(columns=f"{SWITCH}\ncolumn theirs int(4,10,0)")
    before = deepcopy(place.instance.content)
    (made,) = (each for each in bundle(SPEC).objects if each.key.kind == "switch")
    with session(place.port) as opened, pytest.raises(InstallError, match=f"{NAME} is there and not of this install"):
        opened.run(made.statements[0].sql)
    assert place.instance.content == before


def test_a_table_of_others_is_told_and_stays(place: Place) -> None:
    theirs = place.instance.content.switches[NAME] = Table(columns=SWITCH)
    assert look(place.port).problems == (
        f"{NAME} is there, a user table that is not of udfgen: rename it, or the function in the spec",
    )
    with pytest.raises(RefusedError):
        put(place.port, allowed=ALL)
    assert place.instance.content.switches == {NAME: theirs}
