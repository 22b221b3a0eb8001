"""From nothing to installed and back: what plan, install, status and uninstall leave in the catalog."""

from __future__ import annotations

import pytest

from tests.live.catalogs import difference, photograph
from tests.live.databases import bundle, look, put, quickstart, remove, session, sql, verdicts
from udfgen import install
from udfgen.errors import RefusedError
from udfgen.plan import Verdict

SPEC = quickstart()

BEFORE = {
    "nothing": "",
    "the schema": "create schema quickstart; comment on schema quickstart is 'of others'",
    "the schema with a table in it": "create schema quickstart; create table quickstart.udfgen_notes (a int)",
    "a schema of the other role": "create schema quickstart authorization app",
    "the owner": "create role udfgen_quickstart nologin",
    "the extension": "create extension plpython3u",
    "a usage grant": "create schema quickstart; grant usage on schema quickstart to app",
    "a usage grant for the owner": """
        create role udfgen_quickstart; create schema quickstart;
        grant usage on schema quickstart to udfgen_quickstart""",
    "only create granted": "create schema quickstart; grant create on schema quickstart to app",
    "a function beside": """
        create schema quickstart; create function quickstart.f() returns int language sql as 'select 1'""",
    "an overload of one of ours": """
        create schema quickstart;
        create function quickstart.score_customer(text) returns int language sql as 'select 1'""",
    "all of it": """
        create role udfgen_quickstart; create schema quickstart; create extension plpython3u;
        grant usage on schema quickstart to app, udfgen_quickstart""",
    "default rights": """
        create role bob; alter default privileges grant execute on functions to bob;
        alter default privileges grant select on tables to bob;
        alter default privileges grant usage on schemas to bob""",
}


REGISTRY = "select xmin::text, * from quickstart.udfgen_quickstart_registry"


@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
def test_a_second_install_does_nothing_and_uninstall_leaves_what_was_there(database: str, before: str) -> None:
    sql(database, before)
    was = photograph(database)
    assert put(database, SPEC).statements > 0
    installed, rows = photograph(database), sql(database, REGISTRY)
    assert difference(was, installed)
    assert look(database, SPEC).work == ()
    assert put(database, SPEC).statements == 0
    assert sql(database, REGISTRY) == rows
    assert difference(installed, photograph(database)) == {}
    removed = remove(database, SPEC)
    assert difference(was, photograph(database)) == {}
    assert removed.warnings == ()


def test_plan_changes_nothing(database: str) -> None:
    was = photograph(database)
    assert set(verdicts(look(database, SPEC)).values()) == {"create"}
    assert difference(was, photograph(database)) == {}


def test_tampering_is_refused_then_healed(database: str) -> None:
    put(database, SPEC)
    was = photograph(database)["function"]
    sql(database, "alter function quickstart.log_event(text, json) cost 1")
    tampered = photograph(database)
    plan = look(database, SPEC)
    assert verdicts(plan) == {'function "quickstart"."log_event"(text, json)': "drift"}
    assert "- " in plan.changes[-1].diff or "COST" in plan.changes[-1].diff
    with pytest.raises(RefusedError, match=r'"log_event"\(text, json\) was changed by hand .*--replace-drift'):
        put(database, SPEC)
    assert difference(tampered, photograph(database)) == {}
    put(database, SPEC, frozenset({Verdict.DRIFT}))
    assert look(database, SPEC).is_done
    assert len(photograph(database)["function"]) == len(was)


def test_an_object_of_others_under_our_name_is_refused_until_adopted(database: str) -> None:
    sql(database, "create schema quickstart")
    sql(database, "create function quickstart.log_event(text, json) returns void language sql as ''")
    was = photograph(database)
    with pytest.raises(RefusedError, match=r"is there, but not from this install: .*--adopt"):
        put(database, SPEC)
    assert difference(was, photograph(database)) == {}
    put(database, SPEC, frozenset({Verdict.UNMANAGED}))
    assert look(database, SPEC).is_done


def test_uninstall_does_not_take_what_others_put_into_its_schema(database: str) -> None:
    put(database, SPEC)
    sql(database, "create table quickstart.mine (a int)")
    sql(database, "create function public.mine() returns int language plpython3u as 'return 1'")
    receipt = remove(database, SPEC)
    assert receipt.warnings == (
        "extension plpython3u stays: others use it",
        "schema quickstart stays: it holds objects of others",
    )
    assert sql(database, "select public.mine(), count(*) from quickstart.mine") == [(1, 0)]
    found = sql(database, "select proname from pg_proc where pronamespace = 'quickstart'::regnamespace")
    assert found == []
    sql(database, "drop schema quickstart cascade")


def test_uninstall_of_nothing_says_so(database: str) -> None:
    was = photograph(database)
    assert remove(database, SPEC).statements == 0
    assert difference(was, photograph(database)) == {}


def test_uninstall_removes_what_was_changed_by_hand_and_says_so_before(database: str) -> None:
    was = photograph(database)
    put(database, SPEC)
    sql(database, "alter function quickstart.log_event(text, json) cost 1")
    sql(database, "drop function quickstart.score_customer(bigint, text)")
    with session(database) as opened:
        seen = install.look_removal(bundle(SPEC), opened)
    assert [change.verdict for change in seen.changes] == [Verdict.DROP] * 5
    assert "COST 1" in "".join(change.diff for change in seen.changes)
    remove(database, SPEC)
    assert difference(was, photograph(database)) == {}
