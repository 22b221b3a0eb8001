"""Triggers in others' tables: made, told from others', moved, put right, removed; what they need is asked first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy

import pytest

from tests.tds.conftest import Place
from tests.tds.database import Content, Target, Trigger
from tests.tds.server import How
from tests.tds.support import ALL, SPEC, bundle, changed, look, put, put_in, remove, session, verdicts
from tests.tds.test_cuts import fails, put_back, rehearse, require_whole
from udfgen.bundle import Phase
from udfgen.connect import Session
from udfgen.errors import InstallError, RefusedError

TRIGGERS = """
triggers:
  reading_trigger:
    table: reading
    after: [insert, update]
    of: [level]
    key: [id]
    when: new.level > 0
    call: log_event
    arguments: {kind: "'reading'", details: "'{}'"}
    unless_user: [app]
"""
ONE = SPEC + TRIGGERS
AT_ONCE = changed(
    ONE,
    (
        "\nengines:",
        "  log_all: {binding: events, parameters: {kind: text}, returns: void, batch: {wire: list}}\n\nengines:",
    ),
    ("    call: log_event\n", "    level: statement\n    call: log_all\n"),
    (", details: \"'{}'\"", ""),
    ("  mysql: {database: quickstart}\n", ""),
)
"""All rows of a statement go in one call."""
MOVED = changed(ONE, ("table: reading", 'table: stock."Cold Store"'))
CHANGED = changed(ONE, ("after: [insert, update]", "after: [update]"))
NAME = "dbo.reading_trigger"


@pytest.fixture(autouse=True)
def tables(place: Place) -> None:
    """Tables of somebody's, to write to."""
    columns = frozenset({"id", "level"})
    place.instance.content.targets |= {"dbo.reading": Target(columns), "stock.Cold Store": Target(columns)}


def test_it_is_made_when_all_that_it_calls_is_there_and_open(place: Place) -> None:
    before = deepcopy(place.instance.content)
    assert verdicts(look(place.port, ONE))[f"trigger {NAME}"] == "create"
    put(place.port, ONE)
    sent = [each.sql for each in place.instance.heard]
    assert max(at for at, sql in enumerate(sent) if "\ngrant " in f"\n{sql}") < sent.index(
        next(sql for sql in sent if sql.startswith("create trigger"))
    )
    assert place.instance.content.triggers[NAME].table == "dbo.reading"
    assert look(place.port, ONE).is_done
    remove(place.port, ONE)
    assert place.instance.content == before


def test_it_may_call_with_all_rows_at_once(place: Place) -> None:
    put(place.port, ONE)
    found = verdicts(look(place.port, AT_ONCE))
    assert found[f"trigger {NAME}"] == "change"
    assert found["procedure quickstart.log_all"] == found["procedure quickstart.core$log_all"] == "create"
    put(place.port, AT_ONCE)
    assert "exec [quickstart].[core$log_all]" in place.instance.content.triggers[NAME].text
    assert look(place.port, AT_ONCE).is_done
    put(place.port, ONE)
    assert "core$" not in place.instance.content.triggers[NAME].text
    assert look(place.port, ONE).is_done


def test_the_spec_drops_it(place: Place) -> None:
    put(place.port, ONE)
    assert verdicts(look(place.port)) == {f"trigger {NAME}": "drop"}
    put(place.port)
    assert place.instance.content.triggers == {}


def test_a_change_touches_nothing_else(place: Place) -> None:
    put(place.port, ONE)
    assert verdicts(look(place.port, CHANGED)) == {f"trigger {NAME}": "change"}
    put(place.port, CHANGED)
    assert place.instance.content.triggers[NAME].text.startswith("update\n")
    assert look(place.port, CHANGED).is_done


def test_it_moves_to_another_table(place: Place) -> None:
    put(place.port, ONE)
    put(place.port, MOVED)
    assert {name: each.table for name, each in place.instance.content.triggers.items()} == {
        "stock.reading_trigger": "stock.Cold Store"
    }
    assert look(place.port, MOVED).is_done


# Drift

Change = Callable[[Content], object]
MUTANTS: dict[str, tuple[Change, str]] = {
    "disabled": (lambda content: content.change(NAME, is_disabled=True), "+disabled"),
    "its code": (lambda content: content.change(NAME, text="insert\nexec mine;"), "+exec mine;"),
    "its table": (lambda content: content.change(NAME, table="stock.Cold Store"), "+on stock.Cold Store"),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_change_by_hand_is_seen_refused_and_put_right(place: Place, name: str) -> None:
    put(place.port, ONE)
    good = deepcopy(place.instance.content)
    change, line = MUTANTS[name]
    change(place.instance.content)
    plan = look(place.port, ONE)
    assert verdicts(plan) == {f"trigger {NAME}": "drift"}
    assert line in next(each.diff for each in plan.changes if str(each.key) == f"trigger {NAME}")
    with pytest.raises(RefusedError, match=r"was changed by hand since the last install.*--replace-drift"):
        put(place.port, ONE)
    put(place.port, ONE, allowed=ALL)
    assert place.instance.content == good


def test_a_table_that_was_made_anew_has_lost_it(place: Place) -> None:
    put(place.port, ONE)
    del place.instance.content.triggers[NAME]
    assert verdicts(look(place.port, ONE)) == {f"trigger {NAME}": "missing"}
    put(place.port, ONE)
    assert look(place.port, ONE).is_done


def test_a_table_of_another_owner_is_told_and_seen(place: Place) -> None:
    put(place.port, ONE)
    place.instance.content.targets["dbo.reading"].owner = "bob"
    plan = look(place.port, ONE)
    assert verdicts(plan) == {f"trigger {NAME}": "drift"}
    assert len(plan.problems) == 1


@pytest.mark.parametrize("mark", ["", "another"])
def test_a_trigger_of_others_is_told_and_stays(place: Place, mark: str) -> None:
    theirs = place.instance.content.triggers[NAME] = Trigger("dbo.reading", "theirs", mark)
    assert look(place.port, ONE).problems == (
        f"{NAME} is there, a sql trigger that is not of udfgen: rename it, or the trigger in the spec",
    )
    with pytest.raises(RefusedError):
        put(place.port, ONE, allowed=ALL)
    put(place.port)
    remove(place.port, ONE)
    assert place.instance.content.triggers == {NAME: theirs}


# What it needs

UNFIT: dict[str, tuple[Change, str]] = {
    "no table": (
        lambda content: content.targets.clear(),
        "there is no table dbo.reading in the database: create it first, or change the trigger",
    ),
    "a table of another": (
        lambda content: setattr(content.targets["dbo.reading"], "owner", "bob"),
        "the table dbo.reading is not dbo's, so its triggers may call no function of dbo's: "
        "alter authorization on object::[dbo].[reading] to [dbo]",
    ),
    "a table in memory": (
        lambda content: setattr(content.targets["dbo.reading"], "in_memory", True),
        "the table dbo.reading is memory-optimized, so its triggers can call nothing: use one on disk",
    ),
    "another spelling": (
        lambda content: content.targets.update({"dbo.Reading": content.targets.pop("dbo.reading")}),
        "the catalog spells the table dbo.reading in other letters: write it in the spec as dbo.Reading",
    ),
    "a key that is not unique": (
        lambda content: setattr(content.targets["dbo.reading"], "unique", (frozenset({"id", "level"}),)),
        "no unique index of dbo.reading is made of id or of some of them alone, so they cannot pair old rows with new "
        "ones: add one, without a filter, or name the columns of another as key",
    ),
    "no column": (
        lambda content: setattr(content.targets["dbo.reading"], "columns", frozenset({"id"})),
        "there is no column dbo.reading.level in the database: add it first, or change the trigger",
    ),
}


@pytest.mark.parametrize("name", UNFIT)
def test_what_it_needs_is_asked_before_anything_is_done(place: Place, name: str) -> None:
    spoil, told = UNFIT[name]
    spoil(place.instance.content)
    (problem,) = look(place.port, ONE).problems
    assert problem.partition(": ")[2] == told
    with pytest.raises(RefusedError):
        put(place.port, ONE)
    assert not any("transaction" in each.sql for each in place.instance.heard)


@pytest.mark.parametrize("name", [name for name in UNFIT if name != "no column"])
def test_the_file_too_asks_what_it_needs_before_anything_of_it_is_dropped(place: Place, name: str) -> None:
    """By hand there is no plan; CREATE TRIGGER itself asks for the columns."""
    spoil, told = UNFIT[name]
    spoil(place.instance.content)
    (trigger,) = (each for each in bundle(ONE).objects if each.key.kind == "trigger")
    asked = [each.sql for each in trigger.statements if each.phase is Phase.PREPARE]
    assert asked[-1].startswith("-- What stands here of an install before")
    with session(place.port) as opened, pytest.raises(InstallError) as refused:
        run(opened, asked[:-1])
    assert str(refused.value) == f"Msg 50000, line 1: {told}"


def test_some_columns_of_a_key_may_be_the_unique_ones(place: Place) -> None:
    text = changed(ONE, ("key: [id]", "key: [site, id]"))
    reading = place.instance.content.targets["dbo.reading"]
    reading.columns |= {"site"}
    assert look(place.port, text).problems == ()
    reading.unique = (frozenset({"site"}), frozenset({"level"}))
    assert look(place.port, text).problems == ()
    reading.unique = (frozenset({"level"}),)
    assert len(look(place.port, text).problems) == 1


def run(opened: Session, batches: Sequence[str]) -> None:
    """Run batches of install.sql, one after the other."""
    for each in batches:
        opened.run(each)


def test_a_key_that_pairs_nothing_need_not_be_unique(place: Place) -> None:
    place.instance.content.targets["dbo.reading"].unique = ()
    text = changed(ONE, ("after: [insert, update]\n    of: [level]", "after: [insert]"))
    assert look(place.port, text).problems == ()


def test_an_install_locks_the_table_before_what_the_trigger_calls(place: Place) -> None:
    """Whoever writes does so too; else the two might wait for each other."""
    put(place.port, ONE)
    start = len(place.instance.heard)
    put(place.port, changed(CHANGED, ("customer_id: bigint", "customer_id: integer")))
    sent = [each.sql for each in place.instance.heard[start:]]
    (trigger,) = (at for at, sql in enumerate(sent) if "drop trigger [dbo].[reading_trigger]" in sql)
    assert trigger < min(at for at, sql in enumerate(sent) if "N'drop function [" in sql or "create assembly" in sql)
    assert all("deadlock_priority low" in sql for sql in sent if "sp_getapplock" in sql)


@pytest.mark.parametrize("mark", ["", "another"])
@pytest.mark.parametrize("take_away", [remove, put], ids=["uninstall", "retire"])
def test_a_trigger_that_lost_its_mark_is_not_left_without_what_it_calls(
    place: Place, take_away: Callable[..., object], mark: str
) -> None:
    put(place.port, ONE)
    place.instance.content.change(NAME, mark=mark)
    before = deepcopy(place.instance.content)
    lost = rf"Msg 50000, .*{NAME}: there without the mark of this install, so somebody else's now: drop or rename it"
    with pytest.raises(InstallError, match=lost):
        take_away(place.port)
    assert place.instance.content == before
    del place.instance.content.triggers[NAME]
    take_away(place.port)
    assert not any(kind == "trigger" for each in place.instance.content.registries.values() for kind, _ in each.rows)


def test_a_user_that_it_leaves_out_must_be_there(place: Place) -> None:
    text = changed(ONE, ("unless_user: [app]", "unless_user: [writer]"))
    (problem,) = look(place.port, text).problems
    assert "there is no user or role writer in the database: create user [writer]" in problem


# Cuts

STEPS = {"made": (SPEC, ONE), "moved": (ONE, MOVED), "dropped": (ONE, SPEC)}


@pytest.mark.parametrize("how", How)
@pytest.mark.parametrize("step", STEPS)
def test_each_batch_may_fail(place: Place, step: str, how: How) -> None:
    first, then = STEPS[step]
    put(place.port, first)
    batches, before, after = rehearse(place, lambda opened: put_in(opened, then))
    for at in batches:
        put_back(place.instance, before)
        with session(place.port) as opened:
            place.instance.plot = at, how
            fails(lambda opened: put_in(opened, then), opened)
        place.instance.rest()
        require_whole(place.instance, before.content, after.content)
        put(place.port, then)
        assert place.instance.content == after.content
