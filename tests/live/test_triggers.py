"""Triggers of a spec on a real server: which rows call, with what, as whom, and what stops them."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from tests.live.databases import connection, look, put, run, sql
from tests.live.hooks import EVERY, WRITER, bodies, hook, prepare, spec, told
from tests.scripted import Script, ScriptedLambda

LEVELS = pytest.mark.parametrize("level", ["row", "statement"])

Make = Callable[[str], str]


@pytest.fixture
def dsn(another: Make) -> str:
    """A new database."""
    return another("")


def change(op: str, old: float | None = None, new: float | None = None) -> dict[str, object]:
    """Return what the function is told of one row."""
    facts = {"op": op, "old_value": old, "new_value": new}
    return {key: value for key, value in facts.items() if value is not None}


@LEVELS
def test_each_row_of_each_event_calls_once(dsn: str, scripted: ScriptedLambda, level: str) -> None:
    hook(
        dsn,
        f"t: {{table: reading, after: [insert, update, delete], level: {level}, key: [id], call: told,"
        f" arguments: {EVERY}}}",
    )
    assert told(dsn, scripted, "insert into reading values (1, 1.5), (2, -2), (3, null)") == [
        change("insert", new=1.5), change("insert", new=-2), change("insert"),
    ]  # fmt: skip
    assert told(dsn, scripted, "update reading set value = value + 1 where id < 3") == [
        change("update", 1.5, 2.5), change("update", -2, -1),
    ]  # fmt: skip
    sent = told(dsn, scripted, "delete from reading where id > 1")
    assert sorted(sent, key=str) == [change("delete", -1), change("delete")]
    assert told(dsn, scripted, "update reading set value = 0 where id = 99; delete from reading where id = 99") == []


@LEVELS
@pytest.mark.parametrize(
    ("event", "statement", "sent"),
    [
        ("insert", "insert into reading values (2, 2)", change("insert", new=2)),
        ("update", "update reading set value = 3", change("update", 1, 3)),
        ("delete", "delete from reading", change("delete", 1)),
    ],
)
def test_only_the_events_of_the_trigger_call(
    dsn: str, scripted: ScriptedLambda, level: str, event: str, statement: str, sent: dict[str, object]
) -> None:
    rows = {"insert": "new_value: new.value", "delete": "old_value: old.value"}
    given = rows.get(event, "old_value: old.value, new_value: new.value")
    prepare(dsn)
    sql(dsn, "insert into reading values (1, 1)")
    put(
        dsn,
        spec(
            f"t: {{table: reading, after: [{event}], level: {level}, key: [id], call: told,"
            f" arguments: {{op: operation, {given}}}}}"
        ),
    )
    assert told(dsn, scripted, statement) == [sent]
    others = {
        "insert": "insert into reading values (8, 8)",
        "update": "update reading set value = 9",
        "delete": "delete from reading",
    }
    for other in sorted(others.keys() - {event}, reverse=True):
        assert told(dsn, scripted, others[other]) == []


@LEVELS
def test_a_condition_that_is_null_calls_nothing(dsn: str, scripted: ScriptedLambda, level: str) -> None:
    hook(
        dsn,
        f"t: {{table: reading, after: [insert, update], level: {level}, key: [id], call: told,"
        f" when: 'new.value > coalesce(old.value, 0)', arguments: {EVERY}}}",
    )
    assert told(dsn, scripted, "insert into reading values (1, null), (2, 0), (3, 1)") == [change("insert", new=1)]
    assert told(dsn, scripted, "update reading set value = 1") == [change("update", new=1), change("update", 0, 1)]
    assert told(dsn, scripted, "update reading set value = null") == []


CONDITIONS = {
    "new.note = 'it''s' and new.value between 1 and 2.5": [1],
    "new.value in (1, 3) or new.note is null": [1, 3],
    "not (new.value > 1) and lower(new.note) <> upper('x')": [1],
    "new.value is distinct from 1 and new.note is not null": [2],
    "abs(- new.value) * 2 - 1 >= 5 + 0": [3],
    "operation = 'insert' and user = 'bob' and new.value not in (1, 2)": [3],
    "new.value not between 1 and 2 and true = true": [3],
    "new.taken > '2026-01-01'": [2],
    "coalesce(new.note, 'none') = 'none'": [3],
}


@pytest.mark.parametrize("level", ["row", "statement"])
@pytest.mark.parametrize("condition", CONDITIONS)
def test_conditions(another: Make, scripted: ScriptedLambda, condition: str, level: str) -> None:
    dsn = another("")
    quoted = condition.replace("'", "''")
    hook(
        dsn,
        f"t: {{table: reading, after: [insert], level: {level}, call: told, when: '{quoted}',"
        " arguments: {new_value: new.value}}",
    )
    rows = "(1, 1, 'it''s', null, '2025-01-01'), (2, 2, 'x', null, '2026-02-01'), (3, 3, null, null, null)"
    sent = told(dsn, scripted, f"insert into reading values {rows}")
    assert [body["new_value"] for body in sent] == CONDITIONS[condition]


CHANGES = {
    "another value": ("update reading set value = 2", 1),
    "the same value": ("update reading set value = 1", 0),
    "another column": ("update reading set note = 'x'", 0),
    "to NULL": ("update reading set value = null", 1),
    "of a json": ("update reading set extra = '[1, 2]'", 1),
    "the same json": ("update reading set extra = '[1]'", 0),
    "the same number, written otherwise": ("update reading set value = 1.00", 0),
    "the same json, written otherwise": ("update reading set extra = '[ 1.0 ]'", 0),
    "both": ("update reading set value = 2, extra = null", 1),
}


@LEVELS
@pytest.mark.parametrize(("statement", "count"), CHANGES.values(), ids=CHANGES)
def test_an_update_counts_when_a_column_of_it_changed(
    dsn: str, scripted: ScriptedLambda, level: str, statement: str, count: int
) -> None:
    hook(
        dsn,
        f"t: {{table: reading, after: [insert, update], of: [value, extra], level: {level}, key: [id], call: told}}",
    )
    assert len(told(dsn, scripted, "insert into reading values (1, 1, null, '[1]')")) == 1
    assert len(told(dsn, scripted, statement)) == count


NO_JSONB = {
    "NUL": (r'{"a": "\u0000"}', r'{"a":"\u0000"}'),
    "half of a pair": (r'["\ud800"]', r'["\ud800", 1]'),
    "a number too large": ("1e400000", "1e400001"),
    "digits too many": (f"[{'9' * 140_000}]", f"[{'8' * 140_000}]"),
    "another that can": (r'["\u0000"]', "[1]"),
}


@LEVELS
@pytest.mark.parametrize(("old", "new"), NO_JSONB.values(), ids=NO_JSONB)
def test_a_json_that_no_jsonb_can_hold_counts_by_its_text(
    dsn: str, scripted: ScriptedLambda, level: str, old: str, new: str
) -> None:
    hook(dsn, f"t: {{table: reading, after: [update], of: [extra], level: {level}, key: [id], call: told}}")
    sql(dsn, f"insert into reading (id, extra) values (1, '{old}')", "bob")
    assert told(dsn, scripted, f"update reading set extra = '{old}'") == []
    assert len(told(dsn, scripted, f"update reading set extra = '{new}'")) == 1


def deepest(dsn: str) -> int:
    """Return how deep arrays can stand in each other in a json; one level more is an error of the server's stack."""
    low, high = 1, 1_000_000
    while high - low > 1:
        middle = (low + high) // 2
        try:
            sql(dsn, f"select '{'[' * middle}{']' * middle}'::json is null")
            low = middle
        except psycopg.errors.StatementTooComplex:
            high = middle
    return low


@LEVELS
def test_a_json_as_deep_as_it_can_be_fails_no_write(dsn: str, scripted: ScriptedLambda, level: str) -> None:
    """Inside of a trigger less is left of the stack than where the json was read."""
    hook(dsn, f"t: {{table: reading, after: [update], of: [extra], level: {level}, key: [id], call: told}}")
    depth = deepest(dsn)
    sql(dsn, f"insert into reading (id, extra) values (1, '{'[' * depth}{']' * depth}')", "bob")
    with pytest.raises(psycopg.errors.StatementTooComplex):
        sql(dsn, "do $$ begin perform extra::text::jsonb from reading; end $$")
    assert len(told(dsn, scripted, f"update reading set extra = '{'[' * depth} {']' * depth}'")) == 1


def test_null_is_a_value_for_of(dsn: str, scripted: ScriptedLambda) -> None:
    hook(dsn, "t: {table: reading, after: [update], of: [value], call: told}")
    sql(dsn, "insert into reading values (1, null)", "bob")
    assert told(dsn, scripted, "update reading set value = null, note = 'x'") == []
    assert len(told(dsn, scripted, "update reading set value = 0")) == 1


def test_a_value_that_a_trigger_before_it_changes_counts(dsn: str, scripted: ScriptedLambda) -> None:
    """UPDATE OF goes by what the statement names; this goes by values."""
    hook(dsn, f"t: {{table: reading, after: [update], of: [value], call: told, arguments: {EVERY}}}")
    sql(
        dsn,
        "create function more() returns trigger language plpgsql as "
        "'begin new.value := new.value + 1; return new; end';"
        "create trigger more before update on reading for each row execute function more()",
    )
    sql(dsn, "insert into reading values (1, 1)", "bob")
    assert told(dsn, scripted, "update reading set note = 'x'") == [change("update", 1, 2)]


def test_a_row_whose_key_changed_has_no_old_one(dsn: str, scripted: ScriptedLambda) -> None:
    hook(
        dsn,
        f"t: {{table: reading, after: [update], level: statement, key: [id], call: told, arguments: {EVERY}}}",
    )
    sql(dsn, "insert into reading values (1, 1), (2, 2)", "bob")
    sent = told(dsn, scripted, "update reading set id = case id when 1 then 7 else 2 end, value = value + 1")
    assert sorted(sent, key=str) == sorted([change("update", new=2), change("update", 2, 3)], key=str)


def test_one_statement_may_be_two_events(dsn: str, scripted: ScriptedLambda) -> None:
    hook(
        dsn,
        "t: {table: reading, after: [insert, update, delete], level: statement, key: [id], call: told,"
        f" arguments: {EVERY}}}",
    )
    sql(dsn, "insert into reading values (1, 1), (2, 2)", "bob")
    upsert = "insert into reading values (1, 5), (3, 3) on conflict (id) do update set value = excluded.value"
    assert sorted(told(dsn, scripted, upsert), key=str) == [change("insert", new=3), change("update", 1, 5)]
    merge = (
        "merge into reading using (values (2), (9)) as wanted (id) on reading.id = wanted.id "
        "when matched then delete when not matched then insert (id, value) values (wanted.id, 9)"
    )
    assert sorted(told(dsn, scripted, merge), key=str) == [change("delete", 2), change("insert", new=9)]


def test_facts(dsn: str, scripted: ScriptedLambda) -> None:
    hook(
        dsn,
        "t: {table: public.reading, after: [insert], call: told,"
        " arguments: {op: operation, place: table, who: user, at: time, what: '''{\"a\": [1]}'''}}",
    )
    with connection(dsn, "bob") as opened:
        scripted.play(Script(b"", 202))
        run(opened, "set timezone = 'Asia/Kathmandu'; set datestyle = 'German'")
        before = run(opened, "select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI')")[0][0]
        run(opened, "insert into reading values (1, 1), (2, 2)")
    one, two = bodies(scripted)
    assert one == two
    assert str(one.pop("at"))[:16] >= str(before)
    assert one == {"op": "insert", "place": "public.reading", "who": "bob", "what": {"a": [1]}}


def test_arguments_do_not_depend_on_the_session(dsn: str, scripted: ScriptedLambda) -> None:
    hook(dsn, "t: {table: reading, after: [insert], call: told, arguments: {place: new.taken, at: new.taken}}")
    odd = "set timezone = 'Asia/Kathmandu'; set datestyle = 'German'; "
    sent = told(dsn, scripted, f"{odd}insert into reading (id, taken) values (1, '2026-02-03 04:05:06+00')")
    assert sent == [{"place": "2026-02-03 04:05:06+00", "at": "2026-02-03T04:05:06Z"}]


def test_texts_of_columns_do_not_depend_on_the_session(dsn: str, scripted: ScriptedLambda) -> None:
    prepare(dsn)
    sql(dsn, "create table odd (lasting interval, raw bytea, part double precision); grant all on odd to bob")
    put(
        dsn,
        spec(
            "t: {table: odd, after: [insert], call: told, arguments: {op: new.lasting, place: new.raw, who: new.part}}"
        ),
    )
    settings = "set intervalstyle = 'iso_8601'; set bytea_output = 'escape'; set extra_float_digits = -15; "
    sent = told(dsn, scripted, f"{settings}insert into odd values ('1 day', 'a', 0.3)")
    assert sent == [{"op": "1 day", "place": "\\x61", "who": "0.3"}]


def test_an_argument_that_does_not_fit_fails_the_write(dsn: str, scripted: ScriptedLambda) -> None:
    hook(dsn, "t: {table: reading, after: [insert], call: told, arguments: {new_value: new.value}}")
    with pytest.raises(psycopg.Error, match=r"\[udfgen bad_argument\]: queue: argument \"new_value\"") as caught:
        told(dsn, scripted, "insert into reading values (1, 12345678901)")
    assert caught.value.sqlstate == "UL008"
    assert sql(dsn, "select count(*) from reading") == [(0,)]


@LEVELS
def test_what_a_user_writes_may_call_nothing(dsn: str, scripted: ScriptedLambda, level: str) -> None:
    hook(
        dsn,
        f"t: {{table: reading, after: [insert], level: {level}, call: told, unless_user: [{WRITER}],"
        " arguments: {new_value: new.value}}",
    )
    assert told(dsn, scripted, "insert into reading values (1, 1)", WRITER) == []
    assert told(dsn, scripted, "insert into reading values (2, 2)") == [{"new_value": 2}]
    as_role = f"set role {WRITER}; insert into reading values (3, 3)"
    assert told(dsn, scripted, as_role, "postgres") == [{"new_value": 3}], "who logged in counts"


CIRCLE = 5
"""How often the handler writes back before it has enough."""


@pytest.mark.parametrize(("unless", "count"), [(f"unless_user: [{WRITER}],", 1), ("", CIRCLE + 1)])
def test_a_circle_through_lambda_ends_where_its_user_calls_nothing(
    dsn: str, scripted: ScriptedLambda, unless: str, count: int
) -> None:
    """Only the user who writes can end it: each turn is a session of its own, and no database sees the circle."""
    hook(dsn, f"t: {{table: reading, after: [insert], {unless} call: asked, arguments: {{n: new.id}}}}")

    def write_back(body: bytes) -> bytes:
        turn = len(scripted.requests)
        if turn <= CIRCLE:
            sql(dsn, f"insert into reading values ({turn + 1}, 0)", WRITER)
        return b"null"

    scripted.play(Script(answer=write_back))
    sql(dsn, "insert into reading values (1, 0)", "bob")
    assert len(scripted.requests) == count


def test_triggers_in_triggers_end_with_a_clear_error(dsn: str, scripted: ScriptedLambda) -> None:
    hook(dsn, "t: {table: reading, after: [insert], call: told}")
    sql(
        dsn,
        "create function again() returns trigger language plpgsql as "
        "'begin insert into reading values (new.id + 1); return null; end';"
        "create trigger z after insert on reading for each row execute function again()",
    )
    with pytest.raises(psycopg.Error, match="trigger t: more than 16 triggers deep") as caught:
        told(dsn, scripted, "insert into reading values (1)")
    assert caught.value.sqlstate == "09000"
    assert "unless_user" in (caught.value.diag.message_hint or "")
    assert len(scripted.requests) == 16


@LEVELS
@pytest.mark.parametrize("mode", ["off", "dry_run"])
def test_a_switched_binding(dsn: str, scripted: ScriptedLambda, level: str, mode: str) -> None:
    prepare(dsn)
    sql(dsn, "create table other (id integer); grant insert on other to bob")
    put(
        dsn,
        spec(
            f"skips: {{table: reading, after: [insert], level: {level}, call: told, when_off: skip}}\n"
            f"raises: {{table: other, after: [insert], level: {level}, call: told}}"
        ),
    )
    sql(dsn, f"insert into hooks.udfgen_hooks_switch values ('queue', '{mode}')")
    scripted.play(Script(b"", 204))
    sql(dsn, "insert into reading values (1), (2)", "bob")
    assert sql(dsn, "select count(*) from reading") == [(2,)]
    dry = [dict(request.headers).get("X-Amz-Invocation-Type") for request in scripted.requests]
    assert dry == (["DryRun"] * 2 if mode == "dry_run" else [])
    if mode == "off":
        with pytest.raises(psycopg.Error, match=r"\[udfgen disabled\]: queue: it is switched off") as caught:
            sql(dsn, "insert into other values (1)", "bob")
        assert caught.value.sqlstate == "UL010"
        assert sql(dsn, "select count(*) from other") == [(0,)]


def test_skip_hides_nothing_but_the_switch(dsn: str, scripted: ScriptedLambda) -> None:
    hook(dsn, "t: {table: reading, after: [insert], call: told, when_off: skip}")
    scripted.play(Script(b"{}", 404))
    with pytest.raises(psycopg.Error, match=r"\[udfgen not_found\]"):
        sql(dsn, "insert into reading values (1)", "bob")


DENIED = {
    "the function": "select hooks.told()",
    "the trigger's function": "select hooks.t()",
    "a trigger of one's own": """
        create table mine (id int); create trigger t after insert on mine execute function hooks.t()""",
    "the switch": "select * from hooks.udfgen_hooks_switch",
    "a change of the switch": "insert into hooks.udfgen_hooks_switch values ('queue', 'off')",
}


@pytest.mark.parametrize("statement", DENIED.values(), ids=DENIED)
def test_a_writer_needs_no_right_and_has_none(dsn: str, scripted: ScriptedLambda, statement: str) -> None:
    hook(dsn, "t: {table: reading, after: [insert], call: told}")
    sql(dsn, "revoke all on reading from bob; grant insert on reading to bob; grant create on schema public to bob")
    assert len(told(dsn, scripted, "insert into reading values (1)")) == 1
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        sql(dsn, statement, "bob")
    sql(dsn, "grant usage on schema hooks to bob")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        sql(dsn, statement, "bob")


def test_a_trigger_runs_as_the_locked_owner(dsn: str) -> None:
    hook(dsn, "t: {table: reading, after: [insert], call: told}")
    found = "select proowner::regrole::text, prosecdef, proconfig[1], proacl::text from pg_proc where proname = 't'"
    assert sql(dsn, found) == [
        ("udfgen_hooks", True, "search_path=pg_catalog, pg_temp", "{udfgen_hooks=X/udfgen_hooks}")
    ]


BACKSLASHES = r"""
t: {table: reading, after: [insert], call: told, when: "new.note in ('\\n''\\', '\\\\')",
  arguments: {op: "'\\t\\'", who: "'C:\\'", what: '''["\n"]'''}}
"""
"""In YAML's double quotes two backslashes are one; in SQL each one is itself, whatever the writer's session says."""


@pytest.mark.parametrize("conforming", ["on", "off"])
def test_texts_do_not_depend_on_how_the_session_reads_them(dsn: str, scripted: ScriptedLambda, conforming: str) -> None:
    hook(dsn, BACKSLASHES)
    settings = f"set standard_conforming_strings = {conforming}; set backslash_quote = off; "
    rows = r"(1, E'\\n''\\'), (2, E'\n''\\'), (3, E'\\\\'), (4, E'\\')"
    sent = told(dsn, scripted, f"{settings}insert into reading (id, note) values {rows}")
    assert sent == [{"op": "\\t\\", "who": "C:\\", "what": ["\n"]}] * 2


HOSTILE = "a\" -- ' ; $udfgen$ %s {0} \\ \u00e9"
"""A name with what SQL, PL/pgSQL, format() and psql could get wrong; one of YAML's own is its quotes."""


@LEVELS
def test_names_and_literals_of_others_are_quoted(dsn: str, scripted: ScriptedLambda, level: str) -> None:
    name = '"' + HOSTILE.replace('"', '""') + '"'
    literal = "'" + HOSTILE.replace("'", "''") + "'"
    sql(dsn, f'create schema {name}; create table {name}.{name} ({name} text, "Key" int primary key)')
    sql(dsn, f"grant usage on schema {name} to bob; grant insert, update, select on {name}.{name} to bob")

    def yaml(text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    text = spec(
        f"t: {{table: {yaml(f'{name}.{name}')}, after: [insert, update], of: [{yaml(name)}], level: {level},"
        f" key: ['\"Key\"'], call: told, when: {yaml(f'new.{name} = {literal}')},"
        f" arguments: {{op: {yaml(literal)}, place: table, who: {yaml(f'new.{name}')}}}}}"
    )
    put(dsn, text)
    assert told(dsn, scripted, f"insert into {name}.{name} values ({literal}, 1), ('x', 2)") == [
        {"op": HOSTILE, "place": f"{HOSTILE}.{HOSTILE}", "who": HOSTILE}
    ]
    assert len(told(dsn, scripted, f"update {name}.{name} set {name} = {literal}")) == 1


def test_names_are_folded_as_in_sql(dsn: str, scripted: ScriptedLambda) -> None:
    sql(dsn, 'create schema app; create table app.reading (value int, "Value" int); grant all on app.reading to bob')
    sql(dsn, "grant usage on schema app to bob")
    text = spec(
        "t: {table: Reading, after: [insert], call: told,"
        " arguments: {old_value: new.VALUE, new_value: 'new.\"Value\"', place: table}}"
    ).replace("postgresql: {}", "postgresql: {tables: app}")
    put(dsn, text)
    sent = told(dsn, scripted, "insert into app.reading values (1, 2)")
    assert sent == [{"old_value": 1, "new_value": 2, "place": "Reading"}]


PARTED = """
create table parted (id int primary key, value numeric) partition by range (id);
create table low partition of parted for values from (0) to (10);
create table high partition of parted for values from (10) to (20);
grant all on parted, low, high to bob
"""
INHERITED = """
create table parent (id int primary key, value numeric);
create table child () inherits (parent);
grant all on parent, child to bob
"""
CAME, CHANGED, WENT = "insert", "update", "delete"
BESIDE = {
    "partitions": (
        PARTED, "parted",
        [
            ("insert into parted values (1, 1), (11, 11)", [CAME, CAME], [CAME, CAME]),
            ("insert into low values (2, 2)", [CAME], []),
            ("update low set value = 3", [CHANGED, CHANGED], []),
            ("update parted set value = 4", [CHANGED, CHANGED, CHANGED], [CHANGED, CHANGED, CHANGED]),
            ("update parted set id = 12 where id = 2", [WENT, CAME], [CHANGED]),
            ("delete from low", [WENT], []),
            ("alter table parted detach partition high; insert into high values (13)", [], []),
        ],
    ),
    "children": (
        INHERITED, "parent",
        [
            ("insert into child values (1, 1)", [], []),
            ("insert into parent values (2, 2)", [CAME], [CAME]),
            ("update parent set value = 3", [CHANGED], [CHANGED, CHANGED]),
            ("update child set value = 4", [], []),
            ("delete from parent", [WENT], [WENT, WENT]),
        ],
    ),
}  # fmt: skip
"""Statements, and the operations that they call with, at the level of rows and at that of statements."""


@LEVELS
@pytest.mark.parametrize(("tables", "table", "steps"), BESIDE.values(), ids=BESIDE)
def test_rows_of_partitions_and_children(
    dsn: str,
    scripted: ScriptedLambda,
    level: str,
    tables: str,
    table: str,
    steps: list[tuple[str, list[str], list[str]]],
) -> None:
    prepare(dsn)
    sql(dsn, tables)
    put(
        dsn,
        spec(
            f"t: {{table: {table}, after: [insert, update, delete], level: {level}, call: told,"
            " arguments: {op: operation}}"
        ),
    )
    for statement, by_row, by_statement in steps:
        sent = [str(body["op"]) for body in told(dsn, scripted, statement, "postgres")]
        assert sent == (by_row if level == "row" else by_statement), statement


def test_a_copy_calls_too(dsn: str, scripted: ScriptedLambda) -> None:
    hook(
        dsn,
        "s: {table: reading, after: [insert], level: statement, call: told, arguments: {new_value: new.value}}\n"
        "r: {table: reading, after: [insert], when: new.value > 5, call: told, arguments: {op: operation}}",
    )
    scripted.play(Script(b"", 202))
    with connection(dsn, "bob") as opened, opened.cursor().copy("copy reading (id, value) from stdin") as copy:
        copy.write(b"1\t5\n2\t6\n")
    assert bodies(scripted) == [{"op": "insert"}, {"new_value": 5}, {"new_value": 6}]


@LEVELS
def test_what_replication_applies_calls_nothing(dsn: str, scripted: ScriptedLambda, level: str) -> None:
    """The worker of a subscription sets this for itself; so does who restores data."""
    hook(dsn, f"t: {{table: reading, after: [insert], level: {level}, call: told}}")
    replica = "set session_replication_role = replica; insert into reading values (1)"
    assert told(dsn, scripted, replica, "postgres") == []
    assert len(told(dsn, scripted, "insert into reading values (2)")) == 1


@LEVELS
def test_truncate_is_no_delete(dsn: str, scripted: ScriptedLambda, level: str) -> None:
    hook(dsn, f"t: {{table: reading, after: [delete], level: {level}, call: told}}")
    sql(dsn, "insert into reading values (1)", "bob")
    assert told(dsn, scripted, "truncate reading") == []


EVIL = """
create function public.evil() returns void language plpgsql as
    'begin execute $$grant execute on function hooks.asked(integer) to bob$$; end';
create type public.mood as enum ('calm');
create function public.spell(public.mood) returns {target} language plpgsql as
    'begin perform public.evil(); return null; end';
create cast (public.mood as {target}) with function public.spell(public.mood) as implicit;
"""
WAYS_IN = {
    "an argument": ("text", "arguments: {op: new.note}"),
    "a condition": ("text", "when: new.note = 'x'"),
    "of": ("json", "of: [note], key: [id]"),
    "the key": ("text", "key: [note], arguments: {old_value: old.value, new_value: new.value}"),
}


@LEVELS
@pytest.mark.parametrize(("target", "way"), WAYS_IN.values(), ids=WAYS_IN)
def test_a_type_that_the_tables_owner_brings_is_never_touched(
    dsn: str, scripted: ScriptedLambda, level: str, target: str, way: str
) -> None:
    """Its casts are functions of his, and the owner of the wrappers could grant him any of them."""
    prepare(dsn)
    sql(dsn, "create unique index on reading (note)")
    text = spec(f"t: {{table: reading, after: [insert, update], level: {level}, call: told, {way}}}")
    put(dsn, text)
    sql(dsn, "alter table reading owner to bob; grant create on schema public to bob")
    sql(dsn, EVIL.format(target=target), "bob")
    assert told(dsn, scripted, "insert into reading (id) values (1)", "bob") is not None
    sql(dsn, "alter table reading alter column note type public.mood using null", "bob")
    for statement in ("insert into reading (id, note) values (2, 'calm')", "update reading set value = 1"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="trigger t: a column of its table has a type"):
            told(dsn, scripted, statement, "bob")
    told_of = look(dsn, text).problems
    assert len(told_of) == 1
    assert 'column "public"."reading"."note" has a type of a user\'s own' in told_of[0]
    granted = "select has_function_privilege('bob', 'hooks.asked(integer)', 'execute')"
    assert sql(dsn, granted) == [(False,)]


def test_a_transaction_with_an_old_snapshot_does_not_get_around_that(dsn: str, scripted: ScriptedLambda) -> None:
    """What it sees of the catalog is old, what runs is not."""
    hook(dsn, "t: {table: reading, after: [insert], call: told, arguments: {op: new.note}}")
    sql(dsn, "alter table reading owner to bob; grant create on schema public to bob")
    with connection(dsn, "bob") as opened, opened.transaction():
        run(opened, "set transaction isolation level repeatable read; select 1")
        sql(dsn, EVIL.format(target="text"), "bob")
        sql(dsn, "alter table reading alter column note type public.mood using 'calm'", "bob")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="has a type of a user's own"):
            run(opened, "insert into reading (id, note) values (1, 'calm')")


def test_types_that_may_be_touched(dsn: str, scripted: ScriptedLambda) -> None:
    """A domain of a user's has no casts of its own; a superuser's enum has those that superusers made."""
    sql(dsn, "grant create on schema public to bob")
    sql(dsn, "create domain public.share as numeric check (value < 100)", "bob")
    sql(dsn, "create type public.level as enum ('low', 'high'); create table typed (a public.share, b public.level)")
    sql(dsn, "grant insert on typed to bob")
    put(dsn, spec("t: {table: typed, after: [insert], call: told, arguments: {new_value: new.a, op: new.b}}"))
    assert told(dsn, scripted, "insert into typed values (5, 'high')") == [{"new_value": 5, "op": "high"}]
