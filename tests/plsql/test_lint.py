"""Every generated script keeps every rule, and every rule has a script that breaks it and no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plsql.lint import LONGEST_LINE, RULES, SETTINGS, lint
from udfgen import commands
from udfgen.render import render
from udfgen.spec import check

TESTS = Path(__file__).resolve().parents[1]
CONFORMANCE = (TESTS / "conformance" / "spec.yaml").read_text(encoding="utf-8")
SPECS = {
    path.parent.name: path.read_text(encoding="utf-8")
    for path in (
        *sorted((TESTS / "golden" / "cases").glob("*/spec.yaml")),
        TESTS.parent / "examples" / "quickstart" / "spec.yaml",
    )
    if "fails" not in path.parent.name
} | {
    f"conformance {version}": CONFORMANCE.replace("engines: {}", f"engines: {{oracle: {{version: {version}}}}}")
    for version in (19, 23)
}


def scripts(spec: str) -> Iterator[tuple[str, str]]:
    """Yield the scripts that a spec becomes, in each environment; none where Oracle is not one of its engines."""
    checked = check.check_text(spec, "spec.yaml")
    for environment in (None, *commands.environments(checked)):
        program = commands.compile_program(checked, environment)
        if "oracle" in program.options:
            made = render(commands.lower(program, "oracle"))
            yield from ((file.path, file.content.decode()) for file in made.files)


@pytest.mark.parametrize("name", SPECS)
def test_generated_scripts_keep_every_rule(name: str) -> None:
    for script, text in scripts(SPECS[name]):
        assert lint(script, text) == []


def test_there_are_scripts_to_check() -> None:
    """The kinds of statements that an install has: with none of them, the test above says nothing."""
    text = "".join(text for name, text in scripts(SPECS["quickstart"]) if name == "install.sql")
    for kind in ("java resource", "java source", "package", "type", "function", "procedure"):
        assert f"create or replace {kind} " in text or f"and resolve {kind} " in text
    assert "\ngrant execute on " in text


GOOD = """create or replace function "F"("A" in number default round(1.5))
return number authid definer as
-- A comment's quote, and "another.
begin
    return "A" || ':x';
end;
/
"""
TYPE = 'create or replace type "T" force authid definer as object (\n    "A" varchar2(3)\n)\n/\n'
CALL = """create or replace procedure "P"("A" in varchar2) authid definer as
language java name 'udfgen.q.Functions.p(java.lang.String)';
/
"""
STEPS = """create or replace package "P" authid definer as
    procedure step(name varchar2);
end;
/
create or replace package body "P" as
    procedure step(name varchar2) is
    begin
        null;
    end;
end;
/
"""
CALLS = """create or replace package "P" authid definer as
    function "F"("A" in number) return number as language java
        name 'udfgen.q.Functions.f(java.math.BigDecimal) return java.math.BigDecimal';
end;
/
"""
ROW_TRIGGER = """create or replace trigger "R"
after insert or update on "T"
for each row
disable
declare
    "x" number;
begin
    if updating and :new."A" = :old."A" then
        return;
    end if;
    "x" := "F"("A" => :new."A");
end;
/
"""
COMPOUND = """create or replace trigger "R"
for insert or delete on "T"
disable
compound trigger
    type "l" is table of number index by pls_integer;
    "x" "l";

    before statement is
    begin
        "x".delete;
    end before statement;

    after each row is
    begin
        "x"("x".count + 1) := :new."A";
    end after each row;

    after statement is
    begin
        "P"("x".count);
    end after statement;
end;
/
"""
KEEPING = """create or replace trigger "R"
for insert on "T"
disable
compound trigger
    type "udfgen_row" is record ("A" number, "B" clob);
    "udfgen_rows" "udfgen_list";

    procedure "udfgen_forget" is
    begin
        dbms_lob.freetemporary("udfgen_rows"("udfgen_at")."B");
    end;

    after each row is
    begin
        "udfgen_new"."B" := "udfgen_clob"(:new."B");
    end after each row;
end;
/
"""
ENABLING = """begin "S".check_made('trigger', 'R'); end;
/
alter trigger "R" enable
/
"""
TRIGGER, TRIGGERS, KEPT = (each + ENABLING for each in (ROW_TRIGGER, COMPOUND, KEEPING))
HEADER = "\n".join(SETTINGS) + "\n"

BAD: dict[str, tuple[str, str]] = {
    "ampersand": ("-- Salt & pepper.\n", ""),
    "setting": ("", "set echo on\n"),
    "lone_dot": ("", GOOD.replace("begin\n", "begin\n  .  \n")),
    "command": ("", GOOD.replace("begin\n", "begin\n    @other\n")),
    "command_word": ("", GOOD.replace("begin\n", "begin\n    rem why\n")),
    "hyphen": ("", GOOD.replace("another.", "another -")),
    "long_line": ("", GOOD.replace("another.", "x" * LONGEST_LINE)),
    "slash": ("", GOOD.removesuffix("/\n")),
    "twice": ("", TYPE.replace(")\n/", ");\n/")),
    "bind": ("", GOOD.replace("':x'", ":x")),
    "ascii_only": ("", GOOD.replace("another.", "ü")),
    "sized_type": ("", GOOD.replace("return number", "return varchar2(10)")),
    "long_name": ("", GOOD.replace('"A"', f'"{"A" * 129}"')),
    "unquoted": ("", GOOD.replace('"F"', "F")),
    "quotes": ("", GOOD.replace("':x'", "'x")),
    "long_literal": ("", GOOD.replace("':x'", "\n|| ".join(["'" + "x\n" * 2001 + "'"]))),
    "authid": ("", TYPE.replace("authid definer ", "")),
    "public": ("", 'grant execute on "F" to "PUBLIC"\n/\n'),
    "java_grant": ("", "begin\n    dbms_java.grant_permission('X', 'Y', 'Z', '');\nend;\n/\n"),
    "all_permission": ("", GOOD.replace("another.", "java.security.AllPermission")),
    "end": ("", GOOD.replace("end;\n", "")),
    "enabled": ("", TRIGGER.replace("disable\n", "")),
    "in_a_trigger": ("", TRIGGER.replace("    end if;\n", "    end if;\n    commit;\n")),
    "row_seen": ("", TRIGGERS.replace('("x".count);', ':new."A";')),
    "locator": ("", KEPT.replace('"udfgen_clob"(:new."B")', ':new."B"')),
    "section": ("", TRIGGERS.replace("end before statement;", "end;")),
}
"""By rule: what stands before the settings, and after them. `blank_line` needs a header of its own."""

MORE_BAD = [
    ("command", GOOD.replace("begin\n", "begin\n  # define x\n")),
    ("command", GOOD.replace("begin\n", "begin\n! ls\n")),
    ("sized_type", GOOD.replace("in number", "in number(5)")),
    ("sized_type", GOOD.replace("begin\n", "    procedure say(words varchar2(20)) is begin null; end;\nbegin\n")),
    ("unquoted", GOOD.replace('("A" in', "(a in")),
    ("unquoted", TYPE.replace('"T"', "t")),
    ("unquoted", 'grant execute on F to "APP"\n/\n'),
    ("unquoted", 'grant execute on "F" to "APP", app\n/\n'),
    ("unquoted", "create or replace java source named X authid definer as\nclass X {}\n/\n"),
    ("authid", GOOD.replace("authid definer", "")),
    ("authid", GOOD.replace("authid definer", "authid current_user")),
    ("authid", CALL.replace("authid definer ", "")),
    ("authid", 'create or replace package "P" as\n    x number;\nend;\n/\n'),
    ("authid", 'create or replace and resolve java source named "X" as\nclass X {}\n/\n'),
    ("public", 'grant execute on "F" to "APP"\n/\nbegin\n    execute immediate \'grant x to public\';\nend;\n/\n'),
    ("public", 'begin\n    execute immediate \'create synonym "S" for "F"\';\nend;\n/\n'),
    ("authid", STEPS.replace("authid definer ", "")),
    ("unquoted", STEPS.replace('body "P"', "body p")),
    ("unquoted", CALLS.replace('"F"', "f")),
    ("long_literal", STEPS.replace("null;", f"execute immediate q'[{'x' * 2000}\n{'x' * 2000}]';")),
    ("quotes", STEPS.replace("null;", "execute immediate q'[x';")),
    ("quotes", GOOD.replace('return "A"', 'return "A')),
    ("end", CALL.replace("';\n", "'\n")),
    ("slash", GOOD + GOOD.replace("/\n", "")),
    ("bind", TRIGGER.replace(':old."A"', ":older")),
    ("bind", GOOD.replace("':x'", ":new")),
    ("enabled", ROW_TRIGGER),
    ("enabled", ROW_TRIGGER + ENABLING.replace("enable\n", "disable\n")),
    ("enabled", ROW_TRIGGER + ENABLING.replace("'R'", "'S'")),
    ("enabled", ROW_TRIGGER + "".join(f"{each}/\n" for each in reversed(ENABLING.split("/\n")[:2]))),
    ("in_a_trigger", TRIGGER.replace('    "x" number;\n', '    "x" number;\n    pragma autonomous_transaction;\n')),
    ("in_a_trigger", TRIGGERS.replace('"P"("x".count)', 'delete from "T"')),
    ("row_seen", TRIGGERS.replace('"x".delete', '"x"(1) := :old."A"')),
    ("section", TRIGGERS.replace("end after statement;", "end before statement;")),
    ("locator", KEPT.replace("freetemporary", "istemporary")),
    ("locator", KEPT.replace('"A" number', '"A" blob')),
    ("unquoted", TRIGGER.replace('on "T"', "on t")),
    ("unquoted", TRIGGER.replace(':old."A"', ":old.a")),
    (
        "unquoted",
        TRIGGER.replace('alter trigger "R"', "alter trigger R").replace('trigger "R"\nafter', "trigger R\nafter"),
    ),
    ("unquoted", "grant create trigger to app\n/\n"),
    ("end", TRIGGERS.replace("end after statement;\nend;", "end after statement;\n")),
]


@pytest.mark.parametrize(
    "good", [GOOD, GOOD.replace(":x", "public"), TYPE, CALL, STEPS, CALLS, GOOD + TYPE + CALL, TRIGGER, TRIGGERS, KEPT]
)
def test_good_scripts_are_good(good: str) -> None:
    assert lint("install.sql", HEADER + good) == []


@pytest.mark.parametrize("name", RULES)
def test_every_rule_has_a_script_that_breaks_it_and_no_other(name: str) -> None:
    if name == "blank_line":
        settings = HEADER.replace("set sqlblanklines on\n", "")
        assert rules(settings + TYPE.replace("(\n", "(\n\n")) == {"blank_line", "setting"}
        assert rules(settings + TYPE) == {"setting"}
        return
    before, after = BAD[name]
    assert rules(before + HEADER + after) == {name}


@pytest.mark.parametrize(("name", "text"), MORE_BAD)
def test_other_ways_to_break_a_rule(name: str, text: str) -> None:
    assert rules(HEADER + text) == {name}


def rules(text: str) -> set[str]:
    """Return the rules that a script breaks."""
    return {each.rule for each in lint("install.sql", text)}


def test_the_permissions_file_may_grant_them() -> None:
    text = HEADER + "begin\n    dbms_java.grant_permission('X', 'Y', 'Z', '');\nend;\n/\n"
    assert lint("permissions.sql", text) == []
