"""Triggers from the first plan to the last: what is missing, what changed by hand, what the spec no longer wants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import psycopg
import pytest

from tests.live.catalogs import difference, photograph
from tests.live.databases import ALL, bundle, connection, look, put, remove, run, sql, verdicts
from tests.live.hooks import hook, prepare, spec, told
from tests.scripted import ScriptedLambda
from udfgen.errors import RefusedError
from udfgen.plan import Verdict

Make = Callable[[str], str]

TRIGGERS = """
one: {table: reading, after: [insert], call: told, arguments: {new_value: new.value}}
all: {table: reading, after: [insert, update], level: statement, key: [id], call: told, arguments: {op: operation}}
"""
ONE, ALL_OF = 'trigger "hooks"."one"()', 'trigger "hooks"."all"()'
QUIET = "t: {table: reading, after: [insert], call: told, when: new.value > 0}"


@pytest.fixture
def dsn(another: Make) -> str:
    """A new database."""
    return another("")


def place(text: str, name: str) -> str:
    """Return where a trigger stands in a spec, as errors say it."""
    line = next(number for number, line in enumerate(text.splitlines(), 1) if line.startswith(f"  {name}: "))
    return f"spec.yaml:{line}:3"


def test_a_missing_table_is_told_before_anything_is_done(dsn: str) -> None:
    text = spec(TRIGGERS)
    was = photograph(dsn)
    told = '"public"."reading" does not exist: create it first, or change the trigger'
    assert look(dsn, text).problems == (f"{place(text, 'one')}: table {told}", f"{place(text, 'all')}: table {told}")
    with pytest.raises(RefusedError, match=r'table "public"."reading" does not exist'):
        put(dsn, text)
    assert difference(was, photograph(dsn)) == {}


def test_a_missing_column_is_told_with_its_place(dsn: str) -> None:
    prepare(dsn)
    text = spec("t: {table: reading, after: [update], of: [gone], call: told, arguments: {op: 'new.\"Value\"'}}")
    assert look(dsn, text).problems == tuple(
        f'{place(text, "t")}: column "public"."reading"."{name}" does not exist: add it, or change the trigger'
        for name in ("gone", "Value")
    )


def test_a_view_is_no_table(dsn: str) -> None:
    sql(dsn, "create view reading as select 1 as value")
    assert "does not exist" in look(dsn, spec(QUIET)).problems[0]


def test_a_second_install_does_nothing_and_uninstall_leaves_nothing(dsn: str) -> None:
    prepare(dsn)
    was = photograph(dsn)
    text = spec(TRIGGERS)
    assert put(dsn, text).statements > 0
    installed = photograph(dsn)
    assert look(dsn, text).is_done
    assert put(dsn, text).statements == 0
    assert difference(installed, photograph(dsn)) == {}
    assert [row.split()[2] for row in installed["trigger"]] == ["one", "all_insert", "all_update"]
    assert remove(dsn, text).warnings == ()
    assert difference(was, photograph(dsn)) == {}


@dataclass(frozen=True)
class Mutant:
    """A change by hand, and what the plan says of which object."""

    sql: str
    verdict: str = "drift"
    key: str = ONE


MUTANTS: Mapping[str, Mutant] = {
    "disabled": Mutant("alter table reading disable trigger one"),
    "all disabled": Mutant("alter table reading disable trigger user", key=ALL_OF),
    "only on replicas": Mutant("alter table reading enable replica trigger one"),
    "always": Mutant("alter table reading enable always trigger one"),
    "dropped": Mutant("drop trigger one on reading"),
    "one of two dropped": Mutant("drop trigger all_update on reading", key=ALL_OF),
    "renamed": Mutant("alter trigger one on reading rename to two"),
    "other events": Mutant(
        "create or replace trigger one after update on reading for each row execute function hooks.one()"
    ),
    "another level": Mutant(
        "create or replace trigger one after insert on reading for each statement execute function hooks.one()"
    ),
    "a condition": Mutant(
        "create or replace trigger one after insert on reading for each row when (new.id > 5) "
        "execute function hooks.one()"
    ),
    "another function": Mutant(
        "create function other() returns trigger language plpgsql as 'begin return null; end';"
        "create or replace trigger one after insert on reading for each row execute function other()"
    ),
    "run by one more": Mutant("create trigger more after delete on reading for each row execute function hooks.one()"),
    "run by another table": Mutant(
        "create table more (value int); create trigger one after insert on more execute function hooks.one()"
    ),
    "body": Mutant(
        "create or replace function hooks.one() returns trigger language plpgsql security definer "
        "set search_path = pg_catalog, pg_temp set datestyle = 'ISO, YMD' set timezone = 'UTC' "
        "as 'begin return null; end'"
    ),
    "security": Mutant("alter function hooks.one() security invoker"),
    "search_path": Mutant("alter function hooks.one() set search_path = public"),
    "owner": Mutant("alter function hooks.one() owner to bob"),
    "granted": Mutant("grant execute on function hooks.one() to public"),
    "function renamed": Mutant("alter function hooks.one() rename to uno"),
    "function dropped": Mutant("drop function hooks.one() cascade", "missing"),
    "the table made anew": Mutant("drop table reading; create table reading (id int, value numeric)"),
}


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_a_change_by_hand_is_seen_and_put_right(dsn: str, scripted: ScriptedLambda, mutant: Mutant) -> None:
    text = hook(dsn, TRIGGERS)
    sql(dsn, mutant.sql)
    plan = look(dsn, text)
    assert verdicts(plan)[mutant.key] == mutant.verdict
    if mutant.verdict == "drift":
        assert next(each for each in plan.work if str(each.key) == mutant.key).diff
        with pytest.raises(RefusedError, match="--replace-drift"):
            put(dsn, text)
    put(dsn, text, ALL)
    assert look(dsn, text).work == ()
    sql(dsn, "grant insert on reading to bob")
    assert len(told(dsn, scripted, "insert into reading (id, value) values (1, 1)")) == 2


def test_a_table_that_was_renamed_is_missing(dsn: str, scripted: ScriptedLambda) -> None:
    text = hook(dsn, QUIET)
    sql(dsn, "alter table reading rename to measure")
    assert 'table "public"."reading" does not exist' in look(dsn, text).problems[0]
    new = text.replace("table: reading", "table: measure")
    assert verdicts(look(dsn, new)) == {'trigger "hooks"."t"()': "drift"}
    put(dsn, new, ALL)
    assert look(dsn, new).is_done
    assert len(told(dsn, scripted, "insert into measure (id, value) values (1, 1)")) == 1


def test_a_trigger_of_others_is_not_replaced_unless_adopted(dsn: str, scripted: ScriptedLambda) -> None:
    prepare(dsn)
    sql(
        dsn,
        "create function other() returns trigger language plpgsql as 'begin return null; end';"
        "create trigger t after insert on reading for each row execute function other()",
    )
    was = photograph(dsn)
    with pytest.raises(RefusedError, match=r'trigger "hooks"."t"\(\) is there, but not from this install: .*--adopt'):
        put(dsn, spec(QUIET))
    assert difference(was, photograph(dsn)) == {}
    put(dsn, spec(QUIET), frozenset({Verdict.UNMANAGED}))
    assert look(dsn, spec(QUIET)).is_done
    assert len(told(dsn, scripted, "insert into reading (id, value) values (1, 1)")) == 1


def test_a_function_of_others_is_not_replaced_unless_adopted(dsn: str) -> None:
    prepare(dsn)
    sql(dsn, "create schema hooks; create function hooks.t() returns int language sql as 'select 1'")
    with pytest.raises(RefusedError, match=r'"hooks"."t"\(\) is there, but not from this install'):
        put(dsn, spec(QUIET))
    put(dsn, spec(QUIET), ALL)
    assert look(dsn, spec(QUIET)).is_done


EDITS = {
    "another event": ("after: [insert]", "after: [update]"),
    "one more event": ("after: [insert]", "after: [insert, delete]"),
    "the condition": ("new.value > 0", "new.value > 1"),
    "the level": ("after: [insert]", "after: [insert], level: statement"),
    "the name": ("  t: {", "  u: {"),
    "the table": ("table: reading", "table: other"),
    "an argument": ("call: told", "call: told, arguments: {new_value: new.value}"),
    "what it calls": ("call: told", "call: asked, arguments: {n: new.id}"),
    "when it is off": ("call: told", "call: told, when_off: skip"),
    "who calls nothing": ("call: told", "call: told, unless_user: [app]"),
    "an argument's type": ("place: {type: text, default: null}", "place: {type: integer, default: null}"),
    "the owner": ("postgresql: {}", "postgresql: {owner: hooks_owner}"),
}


@pytest.mark.parametrize(("old", "new"), EDITS.values(), ids=EDITS)
def test_a_change_of_the_spec_ends_where_a_first_install_would(another: Make, old: str, new: str) -> None:
    text = spec(QUIET)
    assert old in text
    changed = text.replace(old, new)
    upgraded, first = another(""), another("")
    for dsn in (upgraded, first):
        prepare(dsn)
        sql(dsn, "create table other (id int primary key, value numeric)")
    was = photograph(upgraded)
    put(upgraded, text)
    assert set(verdicts(look(upgraded, changed)).values()) <= {"change", "create", "drop"}
    put(upgraded, changed)
    put(first, changed)
    assert look(upgraded, changed).is_done
    assert photograph(upgraded)["trigger"] == photograph(first)["trigger"]
    remove(upgraded, changed)
    remove(first, changed)
    assert difference(was, photograph(upgraded)) == {}


def test_a_trigger_that_the_spec_drops_goes(dsn: str, scripted: ScriptedLambda) -> None:
    text = hook(dsn, TRIGGERS)
    new = text.replace(text.partition("triggers:\n")[2].partition("engines:")[0], "").replace("triggers:\n", "")
    assert verdicts(look(dsn, new)) == {ONE: "drop", ALL_OF: "drop"}
    put(dsn, new)
    assert look(dsn, new).is_done
    assert photograph(dsn)["trigger"] == []
    assert told(dsn, scripted, "insert into reading values (1)") == []


def test_a_function_may_become_a_trigger_and_back(dsn: str) -> None:
    """Each is another kind of object under the name of the one before, so it must be told to take it over."""
    prepare(dsn)
    function = spec(QUIET).replace("  asked:", "  u: {binding: ask, parameters: {}, returns: void}\n  asked:")
    trigger = spec(QUIET.replace("t: {", "u: {"))
    put(dsn, function)
    for text in (trigger, function):
        with pytest.raises(RefusedError, match=r'"hooks"."u"\(\) is there, but not from this install'):
            put(dsn, text)
        put(dsn, text, frozenset({Verdict.UNMANAGED}))
        assert look(dsn, text).is_done


def test_uninstall_without_the_table(dsn: str) -> None:
    prepare(dsn)
    was = photograph(dsn)
    put(dsn, spec(QUIET))
    sql(dsn, "drop table reading")
    remove(dsn, spec(QUIET))
    gone = difference(was, photograph(dsn))
    assert {row[0] for rows in gone.values() for row in rows} == {"-"}


def test_a_plan_and_an_install_without_work_lock_no_table(dsn: str) -> None:
    text = hook(dsn, QUIET)
    with connection(dsn) as opened, opened.transaction():
        run(opened, "lock table reading in access exclusive mode")
        assert look(dsn, text).is_done
        assert put(dsn, text).statements == 0


PAIRED = (
    "t: {table: reading, after: [update], level: statement, key: [id, note], call: told, when: new.value > old.value}"
)
BEHIND = 'two rows could have the same key in table "public"."reading": "id", "note"; make a unique index, '
UNIQUE = {
    "the primary key": "alter table reading add primary key (note)",
    "within the key": "create unique index on reading (id)",
    "the whole key, and more beside": "create unique index on reading (note, id) include (value)",
}
NOT_UNIQUE = {
    "nothing": "select 1",
    "an index of any rows": "create index on reading (id, note)",
    "more than the key": "create unique index on reading (id, value)",
    "of some rows": "create unique index on reading (id) where id > 0",
    "of an expression": "create unique index on reading (lower(note))",
    "that can be deferred": "alter table reading add unique (id) deferrable",
    "a constraint that excludes": "alter table reading add exclude using btree (id with =)",
    "of children nothing is known": "create unique index on reading (id); create table young () inherits (reading)",
}


def loose(dsn: str, statement: str) -> None:
    """Make the table with no index but what a statement makes."""
    prepare(dsn)
    sql(dsn, f"alter table reading drop constraint reading_pkey; {statement}")


@pytest.mark.parametrize("statement", UNIQUE.values(), ids=UNIQUE)
def test_a_key_that_tells_rows_apart(dsn: str, statement: str) -> None:
    loose(dsn, statement)
    put(dsn, spec(PAIRED))
    assert look(dsn, spec(PAIRED)).is_done


@pytest.mark.parametrize("statement", NOT_UNIQUE.values(), ids=NOT_UNIQUE)
def test_a_key_that_tells_no_rows_apart_is_refused(dsn: str, statement: str) -> None:
    """By the plan, and by the script where there was none."""
    loose(dsn, statement)
    was = photograph(dsn)
    (problem,) = look(dsn, spec(PAIRED)).problems
    assert problem.startswith(f"{place(spec(PAIRED), 't')}: {BEHIND}")
    script = next(file.content for file in bundle(spec(PAIRED)).files if file.path == "install.sql")
    with pytest.raises(psycopg.Error, match="trigger t: two rows could have the same key in table"):
        sql(dsn, script.decode())
    assert difference(was, photograph(dsn)) == {}


def test_a_key_matters_only_where_rows_are_paired(dsn: str) -> None:
    loose(dsn, "select 1")
    rows = "t: {table: reading, after: [update], key: [id], call: told, when: new.value > old.value}"
    alone = "t: {table: reading, after: [update], level: statement, key: [id], call: told, when: new.value > 0}"
    assert [look(dsn, spec(text)).problems for text in (rows, alone)] == [(), ()]
