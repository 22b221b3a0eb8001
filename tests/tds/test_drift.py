"""What is changed by hand is seen, refused, and put right when told."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy

import pytest

from tests.tds.conftest import Place
from tests.tds.database import Content, Routine
from tests.tds.support import ALL, NEXT, SPEC, bundle, look, put, remove, verdicts
from udfgen.errors import InstallError, RefusedError
from udfgen.plan import Plan

(ASSEMBLY,) = (each.key.name for each in bundle(SPEC).objects if each.key.kind == "assembly")
SCORE, CODE, REGISTRY = "quickstart.score_customer", "quickstart.quickstart_error_code", "quickstart.udfgen$quickstart"
CORE, MODES = "quickstart.core$score_customer", "quickstart.udfgen$quickstart$modes"
SWITCH = "quickstart.udfgen_quickstart_switch"
Change = Callable[[Content], object]


def changing(name: str, **facts: object) -> Change:
    """Return what changes facts of an object."""
    return lambda content: content.change(name, **facts)


def made_anew(content: Content) -> None:
    """Make the method's function anew, as another may: nothing that stood on it is left."""
    there = content.routines.pop(CORE)
    content.create(CORE, Routine(there.kind, there.text, there.method, grants=frozenset({"execute to bob"})))


MUTANTS: dict[str, tuple[Change, str, str]] = {
    "other bytes": (changing(ASSEMBLY, files=(b"MZ other",)), f"assembly {ASSEMBLY}", "-file 1: 0x"),
    "another file": (
        lambda content: content.change(ASSEMBLY, files=(content.assemblies[ASSEMBLY].files[0], b"source")),
        f"assembly {ASSEMBLY}",
        "+file 2: 0x",
    ),
    "a wider permission set": (changing(ASSEMBLY, permission="unsafe"), f"assembly {ASSEMBLY}", "+unsafe"),
    "the assembly's owner": (changing(ASSEMBLY, owner="bob"), f"assembly {ASSEMBLY}", "+owner: bob"),
    "a right on the assembly": (
        lambda content: content.grant(ASSEMBLY, "bob", "references"),
        f"assembly {ASSEMBLY}",
        "+granted: references to bob",
    ),
    "a right too many": (lambda content: content.grant(SCORE, "bob"), f"function {SCORE}", "+granted: execute to bob"),
    "a right of everybody": (
        lambda content: content.grant(SCORE, "public"),
        f"function {SCORE}",
        "+granted: execute to public",
    ),
    "a right too few": (changing(SCORE, grants=frozenset()), f"function {SCORE}", "-granted: execute to app"),
    "a right on the probe": (
        lambda content: content.grant("quickstart.udfgen$quickstart$probe", "bob"),
        "function quickstart.udfgen$quickstart$probe",
        "+granted: execute to bob",
    ),
    "another method": (
        changing(CORE, method=f"[{ASSEMBLY}].[Udfgen.Functions].[recent_orders]"),
        f"function {CORE}",
        "+external name",
    ),
    "a right around the switch": (
        lambda content: content.grant(CORE, "bob"),
        f"function {CORE}",
        "+granted: execute to bob",
    ),
    "a switch that is not asked": (
        lambda content: content.change(
            SCORE, text=content.routines[SCORE].text.replace(f"[{MODES.replace('.', '].[')}]()", "null")
        ),
        f"function {SCORE}",
        "+        null, @customer_id, @tier);",
    ),
    "a switch that always says live": (changing(MODES, text="null"), f"function {MODES}", "+null"),
    "a right on the switch": (
        lambda content: content.grant(SWITCH, "bob", "update"),
        f"switch {SWITCH}",
        "+granted: update to bob",
    ),
    "the switch's owner": (
        lambda content: setattr(content.switches[SWITCH], "owner", "bob"),
        f"switch {SWITCH}",
        "+owner: bob",
    ),
    "another default": (
        lambda content: content.change(SCORE, text=content.routines[SCORE].text.replace("basic", "gold")),
        f"function {SCORE}",
        "N'gold'",
    ),
    "the owner": (changing(SCORE, owner="bob"), f"function {SCORE}", "+owner: bob"),
    "the description": (changing(SCORE, description="Free."), f"function {SCORE}", "+description: Free."),
    "no description": (changing(SCORE, description=""), f"function {SCORE}", "-description: Score of a customer"),
    "made anew": (made_anew, f"function {CORE}", "+granted: execute to bob"),
    "another code": (changing(CODE, text="the code is none"), f"function {CODE}", "+the code is none"),
    "a right on the registry": (
        lambda content: content.grant(REGISTRY, "bob", "update"),
        f"registry {REGISTRY}",
        "+granted: update to bob",
    ),
}
"""By what is changed: how, of which object, and a line of what is shown."""


def shown(plan: Plan, key: str) -> str:
    """Return what a plan shows of an object."""
    return next(each.diff for each in plan.changes if str(each.key) == key)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_change_by_hand_is_seen_refused_and_put_right(place: Place, name: str) -> None:
    change, key, line = MUTANTS[name]
    put(place.port)
    good = deepcopy(place.instance.content)
    change(place.instance.content)
    spoilt = deepcopy(place.instance.content)
    plan = look(place.port)
    assert verdicts(plan) == {key: "drift"}
    assert line in shown(plan, key)
    with pytest.raises(RefusedError, match=r"was changed by hand since the last install.*--replace-drift"):
        put(place.port)
    assert place.instance.content == spoilt
    put(place.port, allowed=ALL)
    assert place.instance.content == good
    assert look(place.port).is_done


@pytest.mark.parametrize("name", MUTANTS)
def test_an_uninstall_takes_drift_along(place: Place, name: str) -> None:
    put(place.port)
    MUTANTS[name][0](place.instance.content)
    remove(place.port)
    assert place.instance.content == Content()


def test_what_is_dropped_by_hand_is_missing(place: Place) -> None:
    put(place.port)
    good = deepcopy(place.instance.content)
    del place.instance.content.routines[SCORE]
    assert verdicts(look(place.port)) == {f"function {SCORE}": "missing"}
    put(place.port)
    assert place.instance.content == good


def test_trust_that_is_gone_is_drift_and_given_again(place: Place) -> None:
    """A backup restored on another server brings the assembly, and no trust."""
    put(place.port)
    trusted = dict(place.instance.trusted)
    place.instance.trusted.clear()
    plan = look(place.port)
    assert verdicts(plan) == {f"assembly {ASSEMBLY}": "drift"}
    assert "+not trusted by this server" in shown(plan, f"assembly {ASSEMBLY}")
    put(place.port, allowed=ALL)
    assert place.instance.trusted == trusted
    assert look(place.port).is_done


def test_a_row_of_the_registry_taken_by_hand_is_unmanaged(place: Place) -> None:
    put(place.port)
    del place.instance.content.registries[REGISTRY].rows["function", SCORE]
    assert verdicts(look(place.port)) == {f"function {SCORE}": "unmanaged"}
    put(place.port, allowed=ALL)
    assert look(place.port).is_done


def test_what_hangs_on_the_registry_is_seen_and_nothing_is_written_to_it(place: Place) -> None:
    """A trigger would run with the rights of who installs: none is dropped, as it is another's."""
    put(place.port)
    place.instance.content.registries[REGISTRY].burdens = ("SQL_TRIGGER watch",)
    spoilt = deepcopy(place.instance.content)
    assert "+burdened: SQL_TRIGGER watch" in shown(look(place.port), f"registry {REGISTRY}")
    told = rf"Msg 50000, .*{re.escape(REGISTRY)} has a trigger or a constraint of others: drop that first; nothing was"
    with pytest.raises(InstallError, match=told):
        put(place.port, NEXT, allowed=ALL)
    with pytest.raises(InstallError, match=told):
        remove(place.port)
    assert place.instance.content == spoilt


def test_a_function_for_codes_that_others_made_in_its_place_stays(place: Place) -> None:
    put(place.port)
    content = place.instance.content
    theirs = content.routines[CODE] = Routine("function", "theirs")
    (told,) = look(place.port).problems
    assert told.startswith(f"{CODE} is there, a sql scalar function that is not of udfgen")
    remove(place.port)
    assert place.instance.content.routines == {CODE: theirs}
