"""The verdict of every object: what is wanted, there, and recorded, in every combination that matters."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from udfgen.bundle import Bundle, Key, Object, Phase, Statement
from udfgen.errors import MovedError, Origin, RefusedError
from udfgen.install import check, require_same
from udfgen.plan import DECLARED, REFUSED, Change, Plan, Verdict, diff, diff_removal, digest
from udfgen.state import Live, Recorded, State

F = Key("function", "f(bigint)")
G = Key("function", "g()")
ROLE = Key("role", "owner")
ORIGIN = Origin("spec.yaml", 7, 3)
STATEMENTS = (Statement(Phase.WRAPPER, "create f"), Statement(Phase.GRANT, "grant f"))
WANTED = Object(F, ORIGIN, STATEMENTS, body="return 1\n")
AS_WANTED = Recorded(WANTED.digest, "f as made")


def bundle(*objects: Object) -> Bundle:
    nothing: tuple[str, ...] = ()
    return Bundle("engine", "dev", "sensors", (), objects, (), nothing, nothing, nothing, nothing, "", "")


def state(live: dict[Key, Live], recorded: dict[Key, Recorded], problems: tuple[str, ...] = ()) -> State:
    return State("Engine 1, database d", live, recorded, problems)


def only(plan: Plan) -> Change:
    (change,) = plan.changes
    return change


@pytest.mark.parametrize(
    ("live", "recorded", "verdict"),
    [
        (None, None, Verdict.CREATE),
        (None, AS_WANTED, Verdict.MISSING),
        (Live("f as made", "return 1\n"), None, Verdict.UNMANAGED),
        (Live("f as made", "return 1\n"), AS_WANTED, Verdict.UNCHANGED),
        (Live("f as made", "return 1\n"), Recorded("other digest", "f as made"), Verdict.CHANGE),
        (Live("f by hand", "return 2\n"), AS_WANTED, Verdict.DRIFT),
        (Live("f by hand", "return 2\n"), Recorded("other digest", "f as made"), Verdict.DRIFT),
        (Live("f as made", None), Recorded("", "f as made"), Verdict.CHANGE),
    ],
)
def test_verdict(live: Live | None, recorded: Recorded | None, verdict: Verdict) -> None:
    plan = diff(bundle(WANTED), state({F: live} if live else {}, {F: recorded} if recorded else {}))
    change = only(plan)
    assert (change.verdict, change.key, change.origin) == (verdict, F, ORIGIN)
    is_quiet = verdict is Verdict.UNCHANGED
    assert change.statements == (() if is_quiet else STATEMENTS)
    assert plan.is_done is is_quiet
    assert plan.work == (() if is_quiet else (change,))


@pytest.mark.parametrize(
    ("expected", "live", "verdict"),
    [
        (None, None, Verdict.CREATE),
        (None, Live("anything"), Verdict.UNCHANGED),
        ("no rights", Live("no rights"), Verdict.UNCHANGED),
        ("no rights", Live("superuser"), Verdict.DRIFT),
        ("no rights", None, Verdict.CREATE),
    ],
)
def test_verdict_of_what_others_may_share(expected: str | None, live: Live | None, verdict: Verdict) -> None:
    shared = Object(ROLE, None, (Statement(Phase.PREPARE, "create role"),), shared=True, expected=expected)
    assert only(diff(bundle(shared), state({ROLE: live} if live else {}, {}))).verdict is verdict


@pytest.mark.parametrize(
    ("live", "recorded", "verdict"),
    [
        (Live("g as made", "x"), Recorded("d", "g as made"), Verdict.DROP),
        (None, Recorded("d", "g as made"), Verdict.DROP),
        (Live("g by hand", "x"), Recorded("d", "g as made"), Verdict.DRIFT),
        (Live("whatever"), Recorded("", "who it is for"), Verdict.DROP),
        (Live("g by hand", "x"), None, Verdict.FOREIGN),
    ],
)
def test_verdict_of_what_is_no_longer_wanted(live: Live | None, recorded: Recorded | None, verdict: Verdict) -> None:
    plan = diff(bundle(), state({G: live} if live else {}, {G: recorded} if recorded else {}))
    assert (only(plan).verdict, only(plan).statements) == (verdict, ())
    assert not plan.is_done
    assert bool(plan.work) is (verdict is not Verdict.FOREIGN)


def test_what_has_no_body_and_is_nobodys_is_not_mentioned() -> None:
    assert diff(bundle(), state({ROLE: Live("nologin")}, {})).changes == ()


def test_drops_come_last_and_then_what_is_foreign() -> None:
    other = Key("function", "a()")
    plan = diff(
        bundle(WANTED), state({G: Live("g", "x"), other: Live("a", "x")}, {G: Recorded("d", "g"), F: AS_WANTED})
    )
    assert [(each.verdict, each.key) for each in plan.changes] == [
        (Verdict.MISSING, F),
        (Verdict.DROP, G),
        (Verdict.FOREIGN, other),
    ]


def test_a_removal_drops_what_is_recorded_and_not_what_is_shared() -> None:
    shared = Object(ROLE, None, (), shared=True)
    recorded = {F: AS_WANTED, G: Recorded("d", "g"), ROLE: Recorded("", "x")}
    plan = diff_removal(bundle(WANTED, shared), state({F: Live("f by hand", "x"), G: Live("g", "x")}, recorded))
    assert [(each.verdict, each.key) for each in plan.changes] == [(Verdict.DROP, F), (Verdict.DROP, G)]
    assert "f by hand" in plan.changes[0].diff
    assert plan.changes[1].diff == ""
    assert diff_removal(bundle(WANTED), state({F: Live("f", "x")}, {})).changes == ()


def test_the_difference_that_is_shown() -> None:
    there = Live("f as made", "return 0\n")
    changed = only(diff(bundle(WANTED), state({F: there}, {F: Recorded("other", "f as made")})))
    assert changed.diff.splitlines() == ["--- installed", "+++ wanted", "@@ -1 +1 @@", "-return 0", "+return 1"]
    drifted = only(diff(bundle(WANTED), state({F: Live("by hand", "x")}, {F: AS_WANTED})))
    assert drifted.diff.splitlines()[:2] == ["--- as installed", "+++ as found"]
    assert {"-f as made", "+by hand"} <= set(drifted.diff.splitlines())
    assert only(diff(bundle(replace(WANTED, body=None)), state({F: there}, {}))).diff == ""
    declared = {F: Live("f as made", "return 1\n")}
    assert only(diff(bundle(WANTED), state(declared, {F: Recorded("other", "f as made")}))).diff == DECLARED


def test_drift_of_what_others_may_share_is_shown() -> None:
    shared = Object(ROLE, None, (Statement(Phase.PREPARE, "create role"),), shared=True, expected="nologin")
    drifted = only(diff(bundle(shared), state({ROLE: Live("login")}, {})))
    assert drifted.diff.splitlines() == ["--- as it should be", "+++ as found", "@@ -1 +1 @@", "-nologin", "+login"]


@pytest.mark.parametrize(("verdict", "flag"), [(Verdict.DRIFT, "--replace-drift"), (Verdict.UNMANAGED, "--adopt")])
def test_what_is_refused_until_a_flag_is_given(verdict: Verdict, flag: str) -> None:
    recorded = {F: AS_WANTED} if verdict is Verdict.DRIFT else {}
    plan = diff(bundle(WANTED), state({F: Live("by hand", "x")}, recorded))
    assert REFUSED[verdict] == flag
    assert plan.refused() == plan.changes
    with pytest.raises(RefusedError, match=f"{flag}$") as caught:
        check(plan)
    assert "function f(bigint)" in str(caught.value)
    other = frozenset(REFUSED) - {verdict}
    assert plan.refused(other) == plan.changes
    assert plan.refused(frozenset({verdict})) == ()
    check(plan, frozenset({verdict}))


def test_a_server_with_problems_is_refused_whatever_is_allowed() -> None:
    plan = diff(bundle(WANTED), state({}, {}, ("no superuser", "no language")))
    with pytest.raises(RefusedError, match="no superuser\nno language"):
        check(plan, frozenset(REFUSED))


def test_only_drift_and_unmanaged_are_refused() -> None:
    plan = diff(bundle(), state({G: Live("g", "x")}, {}))
    check(plan)
    assert {verdict for verdict in Verdict if verdict in REFUSED} == {Verdict.DRIFT, Verdict.UNMANAGED}


def test_facts_are_json_and_round_trip() -> None:
    plan = diff(bundle(WANTED), state({G: Live("g", "x")}, {G: Recorded("d", "g")}, ("a problem",)))
    facts = plan.facts()
    assert json.loads(json.dumps(facts)) == facts
    require_same(plan, json.loads(json.dumps(facts)))
    assert facts["digest"] == digest(facts)
    assert {key: facts[key] for key in ("udfgen", "engine", "program", "environment", "server", "problems")} == {
        "udfgen": 1,
        "engine": "engine",
        "program": "sensors",
        "environment": "dev",
        "server": "Engine 1, database d",
        "problems": ["a problem"],
    }
    assert facts["changes"] == [
        {
            "verdict": "create",
            "kind": "function",
            "name": "f(bigint)",
            "spec": "spec.yaml:7:3",
            "statements": ["create f", "grant f"],
            "diff": "",
        },
        {"verdict": "drop", "kind": "function", "name": "g()", "spec": None, "statements": [], "diff": ""},
    ]


def test_what_is_unchanged_is_not_in_the_facts() -> None:
    plan = diff(bundle(WANTED), state({F: Live("f as made", "x")}, {F: AS_WANTED}))
    assert plan.facts()["changes"] == []


BASE: dict[str, Any] = {"live": {F: Live("f", "x")}, "recorded": {F: Recorded("d", "f")}}


@pytest.mark.parametrize(
    "moved",
    [
        {"live": {F: Live("f2", "x")}},
        {"live": {}},
        {"live": {F: Live("f", "x"), G: Live("g", None)}},
        {"recorded": {F: Recorded("e", "f")}},
        {"recorded": {F: Recorded("d", "f2")}},
        {"recorded": {}},
        {"recorded": {G: Recorded("d", "f")}},
    ],
)
def test_the_digest_moves_with_the_state(moved: dict[str, Any]) -> None:
    before, after = state(**BASE), state(**(BASE | moved))
    assert before.digest != after.digest
    kept = diff(bundle(WANTED), before).facts()
    with pytest.raises(MovedError, match="make a new plan"):
        require_same(diff(bundle(WANTED), after), kept)


def test_the_digest_does_not_move_with_the_order() -> None:
    both = {F: Live("f", "x"), G: Live("g", "x")}
    assert state(both, {}).digest == state(dict(reversed(both.items())), {}).digest


@pytest.mark.parametrize("change", [{"digest": "0"}, {"changes": []}, {"server": "another"}, {"extra": 1}])
def test_a_kept_plan_that_was_edited_is_refused(change: dict[str, Any]) -> None:
    plan = diff(bundle(WANTED), state({}, {}))
    with pytest.raises(MovedError):
        require_same(plan, plan.facts() | change)


def test_another_spec_has_another_plan() -> None:
    plan = diff(bundle(WANTED), state({}, {}))
    other = diff(bundle(replace(WANTED, statements=STATEMENTS[:1])), state({}, {}))
    assert plan.state == other.state
    assert plan.facts()["digest"] != other.facts()["digest"]
