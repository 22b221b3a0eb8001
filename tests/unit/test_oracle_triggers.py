"""Triggers, drop-in names and the switch on Oracle: what a spec becomes, in which order it comes, what is refused."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from tests.plsql.lint import SETTINGS, lint
from tests.plsql.script import tokens
from tests.unit.test_hostile import CASES
from tests.unit.test_oracle_lower import created, objects, problems
from tests.unit.test_oracle_quote import assert_safe
from udfgen import commands, dialect
from udfgen.bundle import Bundle, Phase
from udfgen.errors import SpecError
from udfgen.ir import Cell, Constant, Fact, Name, Operation, Operator, Program, Row
from udfgen.render import ordered, render, type_out
from udfgen.spec import check

ENGINE = "oracle"
java, lower, quote, triggers = (dialect.load(ENGINE).part(name) for name in ("java", "lower", "quote", "triggers"))

SPEC = """
udfgen: 1
name: sensors
aws: {region: eu-west-1, account: "123456789012", credentials: {source: environment}}
bindings:
  queued: {function: log-reading, qualifier: live, invoke: async}
  score: {function: score-customer, qualifier: live}
functions:
  log_reading:
    binding: queued
    parameters: {at: timestamptz, value: "decimal(9,2)", note: {type: text, default: "it's"}}
    returns: void
  score_it:
    binding: score
    parameters: {kind: varchar(20), who: text, at: timestamptz, ok: boolean}
    returns: bigint
    grant: [app]
  bare: {binding: queued, returns: void, grant: [app]}
triggers:
  tr: TRIGGER
compat: COMPAT
engines: {oracle: {ENGINE}}
"""
READING = "{table: temp_reading, after: [insert], call: log_reading, arguments: {at: new.t, value: new.v}}"


def program(trigger: str = READING, engine: str = "", compat: str = "{}") -> Program:
    """Return the program of the spec with one trigger."""
    text = SPEC.replace("TRIGGER", trigger).replace("{ENGINE}", f"{{{engine}}}").replace("COMPAT", compat)
    return commands.compile_program(check.check_text(text, "spec.yaml"))


def made(trigger: str = READING, **parts: str) -> Bundle:
    """Return what is generated from it."""
    return render(commands.lower(program(trigger, **parts), ENGINE))


def body(trigger: str = READING, **parts: str) -> str:
    """Return the statement that makes the trigger."""
    return created(made(trigger, **parts), "TR")


def refused(trigger: str, **parts: str) -> list[str]:
    """Return what is refused of the spec with a trigger."""
    text = SPEC.replace("TRIGGER", trigger).replace("{ENGINE}", f"{{{parts.get('engine', '')}}}")
    return problems(text.replace("COMPAT", "{}"))


def reading(**parts: str) -> str:
    """Return the trigger on readings with other parts."""
    facts = {"table": "temp_reading", "after": "[insert, update, delete]", "call": "log_reading", "key": "[id]"}
    facts |= {"arguments": "{at: new.t, value: new.v}"} | parts
    facts |= {"when": json.dumps(parts["when"])} if "when" in parts else {}
    return f"{{{', '.join(f'{key}: {value}' for key, value in facts.items())}}}"


def guards(text: str) -> list[str]:
    """Return the conditions under which a row is passed by, each on one line."""
    found = re.findall(r"^ *if (.*?) then\n *return;$", text, re.MULTILINE | re.DOTALL)
    return [re.sub(r"\s+", " ", each) for each in found]


# The forms


def test_a_row_is_sent_as_it_is_written() -> None:
    text = re.sub(r"version [0-9a-f]{12}", "version X", body())
    assert (
        text
        == """\
create or replace trigger "TR"
after insert on "TEMP_READING"
for each row
disable
declare
    -- Calls version X. Enabled when it compiles: a trigger with errors would make every write fail.
begin
    "LOG_READING"(
        "AT" => :new."T",
        "VALUE" => :new."V",
        "NOTE" => 'it''s'
    );
end;
"""
    )


def test_rows_wait_for_the_end_of_the_statement() -> None:
    text = body(reading(level="statement", when="new.v > 0"))
    head, each_row, end = re.split(r"(?:after each row|after statement) is\n", text)
    assert head.startswith(
        'create or replace trigger "TR"\nfor insert or update or delete on "TEMP_READING"\ndisable\n'
    )
    assert '"udfgen_rows".delete;' in head
    assert ":" not in re.sub("--.*|:=", "", head + end)
    assert guards(each_row) == ['not nvl(:new."V" > 0, false)']
    assert '"udfgen_new"."VALUE" := :new."V";' in each_row
    assert '"LOG_READING"' not in each_row
    assert '"VALUE" => "udfgen_rows"("udfgen_at")."VALUE"' in end
    assert 'for "udfgen_at" in 1 .. "udfgen_rows".count loop' in end


def test_the_time_is_the_statements() -> None:
    arguments = "{kind: operation, who: user, at: time, ok: true}"
    text = body(f"{{table: t, after: [insert], call: score_it, arguments: {arguments}}}")
    assert "compound trigger" in text
    assert text.index('"udfgen_time" := systimestamp;') < text.index("after each row is")
    assert '"AT" => "udfgen_time"' in text
    assert "before statement" not in body()


def test_a_result_is_dropped() -> None:
    arguments = "{kind: operation, who: table, at: new.t, ok: true}"
    for level in ("row", "statement"):
        text = body(f"{{table: t, after: [insert], level: {level}, call: score_it, arguments: {arguments}}}")
        assert '"udfgen_dropped" number;' in text
        assert '"udfgen_dropped" := "SCORE_IT"(' in text


def test_a_call_without_arguments_keeps_a_row_all_the_same() -> None:
    text = body("{table: t, after: [insert], level: statement, call: bare}")
    assert 'type "udfgen_row" is record ("udfgen_nothing" boolean);' in text
    assert '            "BARE";\n' in text


def test_facts_and_constants_are_arguments() -> None:
    arguments = "{kind: operation, who: user, at: new.t, ok: true}"
    text = body(
        f"{{table: app.t, after: [insert, delete], call: score_it, arguments: {arguments}}}", engine="schema: app"
    )
    operation = "(case when inserting then 'insert' when updating then 'update' else 'delete' end)"
    assert f'"KIND" => {operation}' in re.sub(r"\s+", " ", text)
    assert "\"WHO\" => sys_context('USERENV', 'SESSION_USER')" in text
    assert '"OK" => 1' in text
    one = f"{{table: app.t, after: [delete], call: score_it, arguments: {arguments.replace('new', 'old')}}}"
    assert "\"KIND\" => 'delete'" in body(one, engine="schema: app")
    assert '"OK" => true' in body(one, engine="schema: app, version: 23")
    named = one.replace("who: user", "who: table")
    assert "\"WHO\" => 'app.t'" in body(named, engine="schema: app")


# What is passed by


def test_an_update_that_changes_none_of_the_columns_is_passed_by() -> None:
    kept = '(:new."V" = :old."V" or :new."V" is null and :old."V" is null)'
    both = f'{kept} and (:new."Odd" = :old."Odd" or :new."Odd" is null and :old."Odd" is null)'
    assert guards(body(reading(of="[v, '\"Odd\"']"))) == [f"updating and {both}"]
    assert guards(body(reading(of="[v]", after="[update]"))) == [kept]


def test_a_condition_that_is_null_is_not_true() -> None:
    when = "new.v is not distinct from old.v or not (new.a in (1, 2)) and new.b = true"
    (found,) = guards(body(reading(when=when, after="[update]")))
    assert found == (
        'not nvl((not (:new."V" is null and :old."V" is not null or :new."V" is not null and (:old."V" is null '
        'or :new."V" <> :old."V"))) or ((not (:new."A" in (1, 2))) and (:new."B" = 1)), false)'
    )


def test_what_some_users_write_calls_nothing() -> None:
    users = "unless_user: [lambda_writer, app]"
    trigger = READING.replace("call:", f"{users}, call:")
    assert guards(body(trigger, engine="grantees: {app: [WEB, BATCH]}")) == [
        "sys_context('USERENV', 'SESSION_USER') in ('LAMBDA_WRITER', 'WEB', 'BATCH')"
    ]


HANDLERS = {
    "row": r"when others then\n +-- .*\n +if nvl\(\"SENSORS_ERROR_CODE\"\(sqlerrm\), '-'\) <> 'disabled' then\n"
    r" +raise;",
    "statement": r"when others then\n +\"udfgen_forget\";\n +-- .*\n"
    r" +if \"SENSORS_ERROR_CODE\"\(sqlerrm\) = 'disabled' then\n +return;\n +end if;\n +raise;",
}
"""By level: how a trigger that skips tells that its binding is off."""


@pytest.mark.parametrize("level", HANDLERS)
def test_a_binding_that_is_off_is_passed_by_where_the_spec_says_so(level: str) -> None:
    assert len(re.findall(HANDLERS[level], body(reading(level=level, when_off="skip")))) == 1
    assert "disabled" not in body(reading(level=level))


def test_of_a_lob_a_copy_is_kept_and_freed() -> None:
    """Of a row's own locator nothing is left at the end; a constant is not kept at all."""
    copied = READING.replace("value: new.v", "value: new.v, note: new.n")
    found = body(copied.replace("call:", "level: statement, call:"))
    assert found.count('"udfgen_new"."NOTE" := "udfgen_clob"(:new."N");') == 1
    assert found.count('dbms_lob.freetemporary("udfgen_rows"("udfgen_at")."NOTE");') == 1
    assert "dbms_lob" not in body(copied), "a row's call is over before its locator"
    constant = body(reading(level="statement"))
    assert "\"NOTE\" => 'it''s'" in constant
    assert "dbms_lob" not in constant


def test_what_is_kept_of_rows_is_let_go_after_the_calls_and_after_every_error() -> None:
    found = body(reading(level="statement"))
    assert len(re.findall(r'when others then\n +"udfgen_forget";\n +raise;', found)) == 2
    assert found.count('"udfgen_forget";') == 4


def test_long_conditions_stand_on_lines_that_sqlplus_takes() -> None:
    text = "'" + "x - y ''and'' & " * 70 + "'"
    when = f"new.a in ({', '.join([text] * 3)}) and - (- (new.b - (- new.c))) > 1 and new.d <> 'x'"
    found = body(reading(when=when))
    assert_safe(found.rstrip("\n"))
    assert max(map(len, found.split("\n"))) < 1100


def test_nothing_is_lost_or_added_by_wrapping() -> None:
    """Runs of blanks outside of quotes are one, and nothing else changes; no line ends in a hyphen."""
    for text in ("a - (- b) and " * 40 + "c", "'a  and b' or \"c  d\" " * 20, "x" * 300 + " - - " + "y" * 300):
        found = quote.wrapped(text, 8)
        assert re.sub(r"\n +", " ", found) == text.strip().replace("  ", "  ")
        assert not [line for line in found.split("\n") if line.endswith("-")]


# The install


def test_a_trigger_stops_first_and_starts_last() -> None:
    run = [statement for _, statement in ordered(made().objects)]
    texts = [each.sql for each in run]
    stop = texts.index("begin \"UDFGEN$SENSORS$SETUP\".stop_trigger('TR', 'TEMP_READING'); end;\n")
    assert [each.phase for each in run[:stop]] == [Phase.PREPARE] * stop
    assert all("SETUP" in each for each in texts[:stop]), "nothing is touched before but the package of the steps"
    head = [each.split("\n")[0] for each in texts[-3:]]
    assert head == [
        'create or replace trigger "TR"',
        "begin \"UDFGEN$SENSORS$SETUP\".check_made('trigger', 'TR'); end;",
        'alter trigger "TR" enable',
    ]
    assert {each.phase for each in run[-3:]} == {Phase.TRIGGER}


CHANGES = {
    "the Lambda function": lambda text: text.replace("log-reading", "log-readings"),
    "another function": lambda text: text.replace("score-customer", "score-client"),
    "the wrapper's description": lambda text: text.replace(
        "  log_reading:\n", "  log_reading:\n    description: A reading.\n"
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_trigger_is_made_anew_with_all_that_it_reaches(name: str) -> None:
    text = SPEC.replace("TRIGGER", READING).replace("{ENGINE}", "{}").replace("COMPAT", "{}")
    before, after = (
        objects(render(commands.lower(commands.compile_program(check.check_text(each, "spec.yaml")), ENGINE)))["TR"]
        for each in (text, CHANGES[name](text))
    )
    assert before.digest != after.digest


def test_a_trigger_is_not_made_anew_for_nothing() -> None:
    """A grant more, or a word of the spec elsewhere, touches no trigger."""
    text = SPEC.replace("TRIGGER", READING).replace("{ENGINE}", "{}").replace("COMPAT", "{}")
    moved = text.replace("grant: [app]", "grant: [app, reporting]").replace("functions:", "# A word.\nfunctions:")
    found = {
        objects(render(commands.lower(commands.compile_program(check.check_text(each, "s")), ENGINE)))["TR"].digest
        for each in (text, moved)
    }
    assert len(found) == 1


def test_triggers_that_are_no_longer_wanted_are_dropped_first() -> None:
    assert "where kind = 'trigger' and name not in ('TR')" in made().opening[1]
    bare = replace(program(), triggers=())
    assert "where kind = 'trigger' and name not in (' ')" in render(commands.lower(bare, ENGINE)).opening[1]


def test_what_must_be_there() -> None:
    trigger = reading(of="[v]", when='new."Odd" > 0', unless_user="[lambda_writer]")
    kinds = ("table", "column", "writer")
    found = [str(each.key) for each in made(trigger).requirements if each.key.kind in kinds]
    assert found == [
        "writer LAMBDA_WRITER",
        'table "TEMP_READING"',
        'column "TEMP_READING"."V"',
        'column "TEMP_READING"."Odd"',
        'column "TEMP_READING"."T"',
    ]


def test_the_dba_is_asked_for_the_right_to_make_triggers() -> None:
    def permissions(bundle: Bundle) -> str:
        return next(each.content.decode() for each in bundle.files if each.path == "permissions.sql")

    assert permissions(made()).endswith('\n/\n\ngrant create trigger to "SENSORS"\n/\n')
    assert "trigger" not in permissions(render(commands.lower(replace(program(), triggers=()), ENGINE)))


# What is refused


def test_a_table_elsewhere_is_refused() -> None:
    (said,) = refused(READING.replace("table: temp_reading", "table: hr.temp_reading"))
    assert said == (
        'spec.yaml:20:3: the table stands in another schema than the functions, "HR": Oracle would need CREATE ANY '
        "TRIGGER: install into its schema, by engines.oracle.schema"
    )
    assert 'on "TEMP_READING"' in body(READING.replace("table: temp_reading", "table: Sensors.temp_reading"))
    assert len(refused(READING.replace("table: temp_reading", "table: '\"Sensors\".temp_reading'"))) == 1


@pytest.mark.parametrize("odd", ['"Gr\u00f6\u00dfe"', '"a""b"', '"' + "x" * 129 + '"'])
def test_a_name_that_cannot_be_written_is_refused(odd: str) -> None:
    bare = program()
    name = Name(odd[1:-1].replace('""', '"'), exact=True)
    (trigger,) = bare.triggers
    for changed in (replace(trigger, table=name), replace(trigger, arguments=(Cell(Row.NEW, name),) * 3)):
        with pytest.raises(Exception, match="cannot be written") as caught:
            lower.lower(replace(bare, triggers=(changed,)))
        assert "an identifier has 1 to 128 printable ASCII characters, and no double quote" in str(caught.value)


def test_nothing_is_compared_with_the_empty_text() -> None:
    (said,) = refused(reading(when="new.note <> ''"))
    assert said.endswith(
        "a value of the trigger does not fit: Oracle has no empty text, it is NULL: compare by is null"
    )
    assert "\"NOTE\" => ''" in body(reading(arguments="{at: new.t, value: new.v, note: \"''\"}"))


@pytest.mark.parametrize(
    ("value", "told"), [("'" + "x" * 4001 + "'", "takes 4000 bytes of it"), ("9" * 200, "ends at 1e+126")]
)
def test_a_literal_is_one_that_the_server_takes(value: str, told: str) -> None:
    bare = program()
    found = value.strip("'") if value.startswith("'") else dialect.load(ENGINE).part("limits").Decimal(value)
    when = Operation(Operator.EQUAL, (Cell(Row.NEW, Name("a")), Constant(found)))
    (trigger,) = bare.triggers
    with pytest.raises(Exception, match=re.escape(told)):
        lower.lower(replace(bare, triggers=(replace(trigger, when=when),)))


# Drop-in names


def entries(bundle: Bundle) -> dict[str, Any]:
    """Return the table entries of the generated class that have choices, by their names."""
    source = created(bundle, "udfgen/sensors/Functions")
    found = re.findall(r"String (AWSLAMBDA_\w+) =\n        ((?:.|\n)*?\");\n", source)
    return {
        name: json.loads(re.sub(r'"\n +\+ "', "", text)[1:-1].replace('\\"', '"').replace("\\n", "\n"))
        for name, text in found
    }


def test_the_names_of_2016_reach_what_the_spec_binds() -> None:
    found = entries(made(compat="{awslambda: {grant: [app]}}"))
    assert list(found) == ["AWSLAMBDA_FN", "AWSLAMBDA_FN_ASYNC", "AWSLAMBDA_PROC"]
    reached = {name: {each["name"] for each in entry["choices"].values()} for name, entry in found.items()}
    assert reached == {"AWSLAMBDA_FN": {"score"}, "AWSLAMBDA_FN_ASYNC": {"queued"}, "AWSLAMBDA_PROC": {"queued"}}
    assert "123456789012:function:score-customer:live" in found["AWSLAMBDA_FN"]["choices"]
    assert [each["returns"]["kind"] for each in found.values()] == ["scalar", "void", "void"]


def test_they_take_and_give_varchar2_under_their_old_names() -> None:
    bundle = made(compat="{awslambda: {grant: [app]}}")
    method = "udfgen.sensors.Functions.awslambda_fn(java.lang.String, java.lang.String) return java.lang.String"
    assert created(bundle, "AWSLAMBDA_FN") == (
        'create or replace function "AWSLAMBDA_FN"("FN_NAME" in varchar2, "FN_ARGSJSON" in varchar2)\n'
        "return varchar2 authid definer as\n"
        "-- Calls a Lambda function of the spec; returns its reply.\n"
        f"language java name '{method}';\n"
    )
    assert created(bundle, "AWSLAMBDA_PROC").startswith('create or replace procedure "AWSLAMBDA_PROC"(')
    grants = [each.statements[-1].sql for each in bundle.objects if each.key.name.startswith("AWSLAMBDA")]
    assert grants == [f'grant execute on "{name}" to "APP"\n' for name in entries(bundle)]


def test_nobody_may_call_them_unless_told() -> None:
    bundle = made(compat="{awslambda: true}")
    found = [each for each in bundle.objects if each.key.name.startswith("AWSLAMBDA")]
    assert len(found) == 3
    assert not [each.sql for one in found for each in one.statements if each.phase is Phase.GRANT]
    assert not [each for each in made(compat="{aurora: true}").objects if "LAMBDA" in each.key.name]


def test_doctor_asks_for_bindings_that_only_they_reach() -> None:
    text = SPEC.replace("TRIGGER", READING).replace("{ENGINE}", "{}").replace("COMPAT", "{awslambda: true}")
    more = text.replace("bindings:\n", "bindings:\n  third: {function: third, qualifier: live}\n")
    made_ = render(commands.lower(commands.compile_program(check.check_text(more, "spec.yaml")), ENGINE))
    source = created(made_, "udfgen/sensors/Functions")
    assert "Core.probe(UDFGEN_PROGRAM, new String[] {LOG_READING, SCORE_IT, AWSLAMBDA_FN}, what)" in source


# The switch


def test_a_mode_is_a_row_and_live_is_none() -> None:
    table = '"SENSORS"."UDFGEN$SENSORS$SWITCH"'
    assert type_out(ENGINE, lower.switch(program(), "score", "off")) == (
        f"merge into {table} using dual on (\"BINDING\" = 'score')\n"
        "when matched then update set \"MODE\" = 'off'\n"
        "when not matched then insert (\"BINDING\", \"MODE\") values ('score', 'off')\n"
    )
    assert (
        type_out(ENGINE, lower.switch(program(), "score", "live"))
        == f"delete from {table} where \"BINDING\" = 'score'\n"
    )
    assert type_out(ENGINE, lower.modes(program())) == f'select "BINDING", "MODE" from {table} order by "BINDING"\n'


def test_the_core_is_told_the_schema_of_its_table() -> None:
    """Nobody's own table of that name can stand in its place."""
    for engine, schema in (("", "SENSORS"), ("schema: app", "APP")):
        assert json.loads(java.program_facts(program(engine=engine)))["switch"] == f'"{schema}"."UDFGEN$SENSORS$SWITCH"'


def test_the_table_is_made_before_what_looks_at_it_and_keeps_its_rows() -> None:
    run = [statement.sql for _, statement in ordered(made().objects)]
    table = next(at for at, sql in enumerate(run) if 'create table "UDFGEN$SENSORS$SWITCH"' in sql)
    assert table < next(at for at, sql in enumerate(run) if sql.startswith("create or replace and resolve java"))
    assert "drop table" not in run[table]
    assert "delete" not in run[table]


# Hostile texts


def harmful(bare: Program, place: str, text: str) -> Program:
    """Return the program with a text in one place of its trigger, past all checks of the spec."""
    (trigger,) = bare.triggers
    name, cell = Name(text, exact=True), Cell(Row.NEW, Name(text, exact=True))
    compared = Operation(Operator.EQUAL, (Cell(Row.OLD, Name("a")), Constant(text)))
    at, value, note = trigger.arguments
    changes: dict[str, dict[str, Any]] = {
        "table": {"table": name},
        "of": {"of": (name,)},
        "cell": {"arguments": (cell, value, note)},
        "literal": {"when": compared},
        "argument": {"arguments": (at, value, Constant(text, trigger.function.parameters[2].type))},
        "fact": {"schema": Name("sensors"), "table": name, "arguments": (at, value, Fact.TABLE)},
        "user": {"unless_users": (text,)},
    }
    return replace(bare, triggers=(replace(trigger, **changes[place]),))


def bones(script: str) -> list[str]:
    """Return a script's tokens without what its names and literals hold, however a literal is spelled."""
    kinds = ("string", "quoted")
    found = ("?" if each.kind in kinds else each.text for each in tokens(script, 1) if each.kind != "comment")
    return " ".join(found).replace("unistr ( ? )", "?").split()


@pytest.mark.parametrize("place", ["table", "of", "cell", "literal", "argument", "fact", "user"])
def test_a_text_in_a_trigger_is_data(place: str) -> None:
    bare, count = program(), 0
    harmless = bones(script(harmful(bare, place, "abc")))
    for text in CASES:
        try:
            found = script(harmful(bare, place, text))
        except (SpecError, ValueError, UnicodeEncodeError):
            continue
        count += 1
        assert bones(found) == harmless
        assert {each.rule for each in lint("install.sql", found)} <= {"public"}
    assert count > (len(CASES) // 2 if place in ("literal", "argument") else 10)


def script(program: Program) -> str:
    """Return the settings of a program's install.sql, and its trigger up to where it is enabled."""
    text = next(each.content.decode() for each in render(commands.lower(program, ENGINE)).files)
    made = text[text.index("create or replace trigger") :].partition('alter trigger "TR" enable\n/\n')
    return "\n".join((*SETTINGS, "".join(made[:2])))
