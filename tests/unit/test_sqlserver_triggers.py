"""Triggers of SQL Server: where the rows come from, what counts, what is called, what is refused."""

from __future__ import annotations

import pytest

from tests.clr.written import SPEC
from udfgen import commands, dialect
from udfgen.bundle import Bundle, Phase
from udfgen.errors import SpecError
from udfgen.ir import Program
from udfgen.render import render, type_out
from udfgen.spec import check, document

lower = dialect.load("sqlserver").part("lower")


def program(text: str = SPEC) -> Program:
    """Return the program of a spec's text."""
    return commands.compile_program(check.check(document.read(text, "spec.yaml")))


@pytest.fixture(scope="module")
def made() -> Bundle:
    """What is generated of the spec."""
    return render(commands.lower(program(), "sqlserver"))


def sql(made: Bundle, name: str) -> str:
    """Return the statement that makes a trigger, on one line."""
    (found,) = (each for each in made.objects if each.key.kind == "trigger" and each.key.name.endswith(f".{name}"))
    statement, mark = (each.sql for each in found.statements if each.phase is Phase.TRIGGER)
    assert "sp_addextendedproperty" in mark
    return " ".join(statement.split())


SOURCES = {
    "inserted_only": "from inserted as new where",
    "one_side": "from inserted as new where",
    "changed": "from inserted as new left join deleted as old "
    "on exists (select new.[id], new.[part] intersect select old.[id], old.[part]) where",
    "all_events": "from inserted as new cross join (values (1)) as [udfgen$row] (is_new) "
    "full join deleted as old on exists (select new.[id] intersect select old.[id]) "
    "where (@udfgen$operation <> N'update' or [udfgen$row].is_new = 1) "
    "and (@udfgen$operation <> N'update' or exists (select new.[a] except select old.[a])) "
    "order by coalesce(new.[id], old.[id]);",
    "three_without_pairs": "from inserted as new full join (select 1 as [udfgen$row] from deleted "
    "where @udfgen$operation = N'delete') as old on 1 = 0;",
    "old_of_three": "from deleted as old full join (select 1 as [udfgen$row] from inserted "
    "where @udfgen$operation = N'insert') as new on 1 = 0;",
    "both_ends": "from inserted as new full join deleted as old on 1 = 0;",
    "gone": "select 1 from deleted as old;",
}


@pytest.mark.parametrize("name", SOURCES)
def test_the_rows_come_from_one_set_or_both(made: Bundle, name: str) -> None:
    assert SOURCES[name] in sql(made, name)


def test_an_expression_in_the_words_of_the_engine(made: Bundle) -> None:
    assert "(not (not exists (select new.[a] intersect select old.[a])))" in sql(made, "changed")
    assert "old.[flag] = cast(1 as bit)" in sql(made, "changed")
    assert "new.[a ]]b] in (1, 2.5)" in sql(made, "one_side")
    assert "cast(- new.[a ]]b] as bigint)" in sql(made, "one_side")
    assert "between -1 and 3" in sql(made, "one_side")


def test_an_update_that_changes_nothing_does_not_count(made: Bundle) -> None:
    assert "(exists (select new.[a], new.[b] except select old.[a], old.[b]))" in sql(made, "changed")
    assert sql(made, "changed").find("order by new.[id], new.[part];") > 0


def test_the_events_are_told_apart_by_what_is_in_the_sets(made: Bundle) -> None:
    cases = (
        "when not exists (select 1 from deleted) then N'insert' "
        "when not exists (select 1 from inserted) then N'delete' else N'update' end;"
    )
    assert cases in sql(made, "all_events")
    assert "@udfgen$operation" not in sql(made, "inserted_only")


def test_no_row_is_taken_whole(made: Bundle) -> None:
    """A table may have a column of text, which stands in neither set: Msg 311."""
    for each in made.objects:
        if each.key.kind == "trigger":
            assert "*" not in "".join(one.sql for one in each.statements if one.sql.startswith("create trigger"))


def test_what_was_there_is_asked_for_and_goes_first(made: Bundle) -> None:
    phases = {
        each.key.name: [one.phase for one in each.statements] for each in made.objects if each.key.kind == "trigger"
    }
    paired = {"app.changed", "app.all_events", "app.all_at_once"}
    for name, found in phases.items():
        first = 3 if name in paired else 2
        assert found == [Phase.PREPARE] * first + [Phase.TRIGGER] * 2
    assert {str(each.key) for each in made.requirements if each.key.kind == "key"} == {
        "key [app].[t].[id].[part]",
        "key [app].[t].[id]",
    }


def test_a_call_is_that_of_the_wrapper(made: Bundle) -> None:
    assert "set @udfgen$result = [written].[rate](@a, @b);" in sql(made, "inserted_only")
    assert "exec [written].[ping];" in sql(made, "gone")
    assert "exec [written].[told] @a = @a, @at = @at, @what = @what, @raw = @raw, @n = @n;" in sql(made, "changed")


def test_who_is_left_out_and_when_it_is_silent(made: Bundle) -> None:
    said = sql(made, "one_side")
    assert "if user_name() in (N'writer') or original_login() in (N'writer') return;" in said
    silent = "and not exists ( select 1 from [written].[udfgen_written_switch] with (readcommittedlock) where binding"
    assert f"while @@fetch_status = 0 {silent} = N'events' and mode <> N'dry_run' )" in said
    assert "while @@fetch_status = 0 begin if trigger_nestlevel() > 16 throw 50000, " in sql(made, "changed")
    assert "execute as" not in said


def test_all_rows_that_count_are_one_text(made: Bundle) -> None:
    said = sql(made, "all_at_once")
    assert (
        "( select string_agg( cast(N'[' as nvarchar(max)) collate Latin1_General_100_BIN2 "
        "+ isnull(convert(nvarchar(20), given.[a]), N'null') "
        "+ N',' + iif(given.[what] is null, N'null', N'\"' + string_escape(given.[what], N'json') + N'\"') "
        "+ N']', N',' ) within group (order by given.[udfgen$number])"
    ) in said
    assert (
        "row_number() over (order by new.[id]) as [udfgen$number] from inserted as new "
        "left join deleted as old on exists (select new.[id] intersect select old.[id]) "
        "where (@udfgen$operation <> N'update' or exists (select new.[a] except select old.[a])) and (new.[a] > 0)"
    ) in said
    assert "cursor" not in said


def test_one_call_takes_them_unless_there_are_none_or_it_is_silent(made: Bundle) -> None:
    said = sql(made, "all_at_once")
    silent = "and not exists ( select 1 from [written].[udfgen_written_switch] with (readcommittedlock) where binding"
    assert f"if @udfgen$rows is not null {silent} = N'events' and mode <> N'dry_run' ) begin" in said
    assert "set @udfgen$rows = N'[' + @udfgen$rows + N']';" in said
    assert (
        "exec [written].[core$told_all] "
        "@udfgen$modes = @udfgen$modes, @rows = @udfgen$rows, @udfgen$native = 1; end; end;"
    ) in said
    counted = "[written].[core$rate_all]( [written].[udfgen$written$modes](), @udfgen$rows, 1) );"
    assert f"= ( select count([row]) from {counted}" in sql(made, "every_type")


CELLS = {
    "flag": "isnull(convert(nvarchar(4), given.[flag]), N'null')",
    "price": "isnull(convert(nvarchar(41), given.[price]), N'null')",
    "r": "isnull(convert(nvarchar(40), given.[r], 3), N'null')",
    "n": "isnull(convert(nvarchar(40), given.[n], 3), N'null')",
    "day": "convert(nvarchar(10), given.[day], 121)",
    "hour": "convert(nvarchar(15), given.[hour], 121)",
    "at": "convert(nvarchar(26), given.[at], 126)",
    "moment": "convert(nvarchar(32), given.[moment], 126)",
    "id": "convert(nvarchar(36), given.[id])",
    "doc": "string_escape(given.[doc], N'json')",
    "raw": "convert(nvarchar(max), given.[raw], 2)",
}


@pytest.mark.parametrize("name", CELLS)
def test_each_type_is_written_exactly_under_any_settings(made: Bundle, name: str) -> None:
    quoted = f"iif(given.[{name}] is null, N'null', N'\"' + {CELLS[name]} + N'\"')"
    said = CELLS[name] if CELLS[name].startswith("isnull") else quoted
    assert f"+ N',' + {said} " in sql(made, "every_type") or f"collate Latin1_General_100_BIN2 + {said} " in sql(
        made, "every_type"
    )


def test_tables_columns_and_users_must_be_there(made: Bundle) -> None:
    names = {str(each.key) for each in made.requirements}
    assert {"table app.t", "table s.Cold -- Store", "principal writer", "principal app"} <= names
    assert {"column app.t.part", "column app.t.flag", "column s.Cold -- Store.a ]b"} <= names


@pytest.mark.parametrize("name", ['"t\u00e9"', '"$(x)"'])
def test_a_name_that_no_script_can_hold_is_refused(name: str) -> None:
    text = SPEC.replace("inserted_only: {table: t,", f"inserted_only: {{table: '{name}',")
    with pytest.raises(SpecError, match="cannot be named: SQL Server is given 1 to 128 printable ASCII characters"):
        lower.lower(program(text))


def test_a_schema_with_a_dot_is_one_name() -> None:
    text = SPEC.replace("inserted_only: {table: t,", """inserted_only: {table: '"a.b"."c.d"',""")
    advice = "alter authorization on object::[a.b].[c.d] to [dbo]"
    made = render(commands.lower(program(text), "sqlserver"))
    (trigger,) = (each for each in made.objects if each.key.name == "a.b.inserted_only")
    assert advice in "".join(each.sql for each in trigger.statements)


def test_the_name_of_the_function_for_codes_is_taken() -> None:
    with pytest.raises(SpecError, match='"written_error_code" is taken'):
        lower.lower(program(SPEC.replace("gone: {table", "written_error_code: {table")))


def test_the_switch_is_set_by_one_statement() -> None:
    said = {mode: type_out("sqlserver", lower.switch(program(), "score", mode)) for mode in ("off", "dry_run", "live")}
    assert said["live"] == "delete from [written].[udfgen_written_switch] where binding = N'score';\n"
    for mode in ("off", "dry_run"):
        assert said[mode].startswith("merge [written].[udfgen_written_switch] with (holdlock)")
        assert f"(values (N'score', N'{mode}'))" in said[mode]
    assert type_out("sqlserver", lower.modes(program())).endswith("[udfgen_written_switch] order by binding;\n")
