"""The statements that the model understands, each with what it does; the blocks of the templates are pinned."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.plsql.script import parse
from tests.recorded.schema import Item, Registry, Row, Schema, ora
from udfgen.bundle import Bundle

Facts = Mapping[str, Any]
"""The named parts of a statement, and its binds."""

Act = Callable[[Schema, Facts], "list[Row] | None"]
"""Does to a schema what a statement would; None: it has no rows."""

UNDERSTOOD = {
    "catalog": "f43e595b4d05",
    "drop": "f652c0bca35a",
    "intend": "d94292936352",
    "opening": "24dc3298ed5e",
    "record": "d0cb3fdad238",
    "registry_rows": "3e4cf96a7fe8",
    "remove": "bc78cf16c445",
    "setup": "69cea7c04f44",
    "setup_body": "1adcf4087220",
    "setup_drop": "5f135e11f479",
    "step": "4fbc2a407883",
    "stop_trigger": "aa48c36afc5d",
    "switch_table": "3d9d989bda3a",
    "uninstall": "e6c075eb160a",
}
"""The beginning of the SHA-256 of each template's text, its names taken out.

The acts below do by hand what these say, `close_made` and its like what the package's body says. When a template
changes, read it, change the act that has its name, then write its new digest here.
"""

HOLES = {
    "switch": r'"[^"]+"',
    "literal": r"'[^']+'",
    "table": r"'[^']+'",
    "triggers": r"'[^']*'(?:, '[^']*')*",
    "registry": r'"[^"]+"',
    "setup": r'"[^"]+"',
    "first": r"'[^']+'",
    "digest": r"'[0-9a-f]{64}'",
    "routine": r"\w+",
    "kind": r"'[a-z ]+'",
    "name": r"'[^']+'",
    "what": r"[a-z ]+?",
    "object": r'"[^"]+"',
    "force": r"(?: force| purge)?",
    "removes": r"(?:    remove\('[a-z ]+', '[^']+', 'drop [^']+'\);\n)+",
    "wants": r"(?:    want\('[a-z ]+', '[^']+', '[0-9a-f]{64}'\);\n)+",
}
"""What the names taken out of a template look like."""


class Warned(Exception):
    """What a statement made does not compile, of which the driver only warns."""


@dataclass(frozen=True)
class Form:
    """The pattern of a statement, its names as groups, and its act."""

    pattern: re.Pattern[str]
    act: Act


FORMS: list[Form] = []
BLOCKS: dict[str, Act] = {}


def form(pattern: str) -> Callable[[Act], Act]:
    """Register the act of the statements that a pattern matches."""

    def register(act: Act) -> Act:
        FORMS.append(Form(re.compile(pattern, re.DOTALL), act))
        return act

    return register


def block(act: Act) -> Act:
    """Register the act of the template that has its name."""
    BLOCKS[act.__name__] = act
    return act


def forms(bundle: Bundle) -> tuple[Form, ...]:
    """Return all forms: those of the templates are read off a bundle, and must be the ones that are understood."""
    found = {name: taken_out(text) for name, text in _templates(bundle).items()}
    digests = {name: hashlib.sha256(text.encode()).hexdigest()[:12] for name, text in found.items()}
    assert digests == UNDERSTOOD, "a template changed: see UNDERSTOOD in tests/recorded/statements.py"
    acts = {name: BLOCKS[name] for name in found if name in BLOCKS}
    return (*(Form(_pattern(found[name]), act) for name, act in acts.items()), *FORMS)


def perform(sql: str, schema: Schema, known: tuple[Form, ...], binds: Mapping[str, Any]) -> list[Row] | None:
    """Do what a statement says; AssertionError for one that udfgen has no business to run."""
    for each in known:
        if found := each.pattern.fullmatch(sql.strip()):
            return each.act(schema, found.groupdict() | dict(binds))
    raise AssertionError(f"the model does not know this statement: {sql[:500]}")


def _templates(bundle: Bundle) -> dict[str, str]:
    """Return every template as it was filled in, but those that make the spec's objects."""
    setup_drop, setup, setup_body, step = (each.sql for each in bundle.objects[0].statements)
    stop, *_ = (each.statements[0].sql for each in bundle.objects if each.key.kind == "trigger")
    (switch_table,) = (each.statements[1].sql for each in bundle.objects if each.key.kind == "switch")
    (script,) = (each.content.decode() for each in bundle.files if each.path == "uninstall.sql")
    return {
        "uninstall": parse("uninstall.sql", script).statements[0].text,
        "stop_trigger": stop,
        "switch_table": switch_table,
        "catalog": bundle.catalog,
        "drop": bundle.drops["function"].replace("{name}", "X"),
        "intend": bundle.opening[1],
        "opening": bundle.opening[0],
        "record": bundle.closing[0],
        "registry_rows": bundle.registry,
        "remove": bundle.removal[0],
        "setup": setup,
        "setup_body": setup_body,
        "setup_drop": setup_drop,
        "step": step,
    }


def taken_out(text: str) -> str:
    """Return the text of a template with holes where its names stand."""
    for pattern, hole in (
        (r"\.check_made\('package', '[^']+'\)", ".<routine>(<kind>, <name>)"),
        (r'"UDFGEN\$[A-Z0-9_]+\$SETUP"', "<setup>"),
        (r"'UDFGEN\$[A-Z0-9_]+\$SETUP'(?= as)", "<first>"),
        (r'"UDFGEN\$[A-Z0-9_]+"', "<registry>"),
        (r"'[0-9a-f]{64}'(?= as)", "<digest>"),
        (r'"UDFGEN\$[A-Z0-9_]+\$SWITCH"', "<switch>"),
        (r"'UDFGEN\$[A-Z0-9_]+\$SWITCH'", "<literal>"),
        (r"\.stop_trigger\('[^']+', '[^']+'\)", ".stop_trigger(<name>, <table>)"),
        (r"(?<=name not in \()[^()]*(?=\))", "<triggers>"),
        (r"(?<=t\.trigger_name in \()[^()]*(?=\))", "<triggers>"),
        (r"'drop function (\"X\")'", "'drop <what> <object><force>'"),
        (r"(    want\(.*\);\n)+", "<wants>"),
        (r"(    remove\(.*\);\n)+", "<removes>"),
    ):
        text = re.sub(pattern, hole, text.strip())
    return text


def _pattern(text: str) -> re.Pattern[str]:
    seen: set[str] = set()

    def hole(found: re.Match[str]) -> str:
        name = found[1]
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        return f"(?P<{name}>{HOLES[name]})"

    return re.compile(re.sub(f"<({'|'.join(HOLES)})>", hole, re.escape(text)))


def _bare(text: str) -> str:
    return text.strip("\"'")


def _registry(schema: Schema, facts: Facts) -> Registry:
    """Return the registry's rows, or raise ORA-00942."""
    name = _bare(facts["registry"])
    if name not in schema.tables:
        raise ora(942, "table or view does not exist")
    return schema.tables[name]


# The templates


@block
def opening(schema: Schema, facts: Facts) -> None:
    """Make the registry with its first row, unless it is there."""
    if (name := _bare(facts["registry"])) not in schema.tables:
        schema.create_table(name)
        schema.tables[name]["package", _bare(facts["first"])] = _bare(facts["digest"]), None


@block
def intend(schema: Schema, facts: Facts) -> None:
    """Write down what is wanted; a definition stays only where the same was wanted before.

    Triggers of others are refused, unless udfgen has asked about them.
    """
    rows = _registry(schema, facts)
    wanted = facts["triggers"].strip("'").split("', '")
    if schema.module != "udfgen":
        _refuse_others(schema, rows, wanted)
    for kind, name, digest in re.findall(r"want\('([^']+)', '([^']+)', '([^']+)'\)", facts["wants"]):
        desired, definition = rows.get((kind, name), (None, None))
        rows[kind, name] = digest, definition if desired == digest else None
    for kind, name in rows:
        if kind == "trigger" and name not in wanted:
            schema.objects.pop(("TRIGGER", name), None)


def _refuse_others(schema: Schema, rows: Registry, wanted: list[str]) -> None:
    """Raise ORA-20000 for a trigger that was not made by this install, or not on its table."""
    triggers = ((name, item) for (kind, name), item in schema.objects.items() if kind == "TRIGGER")
    for name, item in triggers:
        is_ours = ("trigger", name) in rows
        if _is_elsewhere(item, rows["trigger", name][1]) if is_ours else name in wanted:
            flag = "--replace-drift" if is_ours else "--adopt"
            raise ora(
                20000,
                f"trigger {name} is there on {item.table}, and not from this install: move it away, or take it over "
                f"with udfgen install {flag}",
            )


def _is_elsewhere(trigger: Item, definition: str | None) -> bool:
    """Tell whether a trigger stands on another table than the one that was recorded."""
    return definition is not None and f"on {trigger.table}\n" not in definition


@block
def setup_drop(schema: Schema, facts: Facts) -> None:
    """Drop the package of the steps; it may be gone."""
    key = "PACKAGE", _bare(facts["setup"])
    if key in schema.objects:
        schema.drop(*key)


@block
def step(schema: Schema, facts: Facts) -> None:
    """Run a step of the package for one object."""
    registry = _prepared(schema, facts)
    STEPS[facts["routine"]](schema, registry, _bare(facts["kind"]).upper(), _bare(facts["name"]))


@block
def record(schema: Schema, facts: Facts) -> None:
    """Write down every definition; forget what is not there."""
    rows = schema.tables[_prepared(schema, facts)]
    for (kind, name), (desired, _) in list(rows.items()):
        definition = schema.definition(kind.upper(), name)
        if definition is None:
            del rows[kind, name]
        else:
            rows[kind, name] = desired, definition


def _prepared(schema: Schema, facts: Facts) -> str:
    """Return the registry of the package that a step is of, or raise what the server does without a good package."""
    name = _bare(facts["setup"])
    if ("PACKAGE", name) not in schema.objects:
        raise ora(6550, f"line 1, column 7:\nPLS-00201: identifier '{name}' must be declared")
    body = schema.objects.get(("PACKAGE BODY", name))
    if body is None or body.errors:
        raise ora(4063, f'package body "{schema.user}.{name}" has errors')
    return name.removesuffix("$SETUP")


def close_made(schema: Schema, registry: str, kind: str, name: str) -> None:
    """Take back every grant; drop a routine of ours of the other form, and a body of what is no routine."""
    schema.revoke(name)
    if kind in ("PACKAGE", "TYPE"):
        schema.objects.pop((f"{kind} BODY", name), None)
    if kind in ("FUNCTION", "PROCEDURE"):
        ours = {former for former, found in schema.tables[registry] if found == name}
        formers = [each for each, found in schema.objects if found == name and each != kind and each.lower() in ours]
        for former in formers:
            schema.drop(former, name)


@block
def stop_trigger(schema: Schema, facts: Facts) -> None:
    """Disable a trigger of ours, or drop it where it is on another table; there may be none."""
    rows = schema.tables[_prepared(schema, facts)]
    name, table = (_bare(facts[each]) for each in ("name", "table"))
    item = schema.objects.get(("TRIGGER", name))
    if item and ("trigger", name) not in rows:
        raise ora(20000, f"trigger {name} is not from this install")
    if item and item.table != table:
        schema.drop("TRIGGER", name)
    elif item:
        schema.alter_trigger(name, is_enabled=False)


@block
def switch_table(schema: Schema, facts: Facts) -> None:
    """Make the table of switched bindings, or mend the columns of the one that is there: its rows stay."""
    schema.create("TABLE", _bare(facts["switch"]), '"BINDING" varchar2(128)\n"MODE" varchar2(7)')


def check_made(schema: Schema, registry: str, kind: str, name: str) -> None:
    """Raise ORA-20000 for an object that does not compile."""
    item = schema.objects.get((kind, name))
    if item and item.errors:
        raise ora(20000, f"{kind} {name}, line 1: {item.errors[0]}\nORA-06512: at line 21")


STEPS = {"close_made": close_made, "check_made": check_made}
"""What the package does with one object."""


@block
def remove(schema: Schema, facts: Facts) -> None:
    """Drop the registry; it may be gone."""
    schema.tables.pop(_bare(facts["registry"]), None)


@block
def uninstall(schema: Schema, facts: Facts) -> None:
    """Drop what the registry lists of what is named; a trigger that stands elsewhere is an error."""
    rows = schema.tables.get(_bare(facts["registry"]), {})
    for kind, name, what in re.findall(r"remove\('([^']+)', '([^']+)', 'drop ([a-z ]+) ", facts["removes"]):
        item = schema.objects.get((what.upper(), name))
        if item is None or (kind, name) not in rows:
            continue
        if kind == "trigger" and _is_elsewhere(item, rows[kind, name][1]):
            raise ora(20000, f"trigger {name} stands on another table than this install made it on")
        schema.drop(what.upper(), name)


@block
def drop(schema: Schema, facts: Facts) -> None:
    """Drop an object; it may be gone."""
    key = facts["what"].upper(), _bare(facts["object"])
    if key in schema.objects:
        schema.drop(*key)


@block
def catalog(schema: Schema, facts: Facts) -> list[Row]:
    """Return the definitions of the objects asked for."""
    return [(kind, name, schema.definition(kind.upper(), name), None) for kind, name in json.loads(facts["names"])]


@block
def registry_rows(schema: Schema, facts: Facts) -> list[Row]:
    """Return what was recorded; an empty text is NULL."""
    return [(*key, *row) for key, row in _registry(schema, facts).items()]


# What is made, and who may use it


@form(
    r"create or replace(?: and resolve)? (?P<kind>java source|java resource|package(?: body)?|type|function|procedure) "
    r'(?:named )?"(?P<name>[^"]+)"(?P<text>.*)'
)
def create(schema: Schema, facts: Facts) -> None:
    """Make an object, with a warning where it does not compile."""
    if schema.create(facts["kind"].upper(), facts["name"], facts["text"]):
        raise Warned


@form(
    r'create or replace trigger "(?P<name>[^"]+)"\n(?:after|for) [a-z ]+ on "(?P<table>[^"]+)"\n'
    r"(?P<text>(?:for each row\n)?disable\n.*)"
)
def create_trigger(schema: Schema, facts: Facts) -> None:
    """Make a trigger, with a warning where it does not compile."""
    if schema.create_trigger(facts["name"], facts["table"], facts["text"]):
        raise Warned


@form(r'alter trigger "(?P<name>[^"]+)" enable')
def enable_trigger(schema: Schema, facts: Facts) -> None:
    """Let a trigger fire."""
    schema.alter_trigger(facts["name"], is_enabled=True)


@form(
    r"""merge into "\w+"\."(?P<table>[^"]+)" using dual on \("BINDING" = '(?P<binding>\w+)'\)\n"""
    r"""when matched then update set "MODE" = '(?P<mode>\w+)'\n"""
    r"""when not matched then insert \("BINDING", "MODE"\) values \('(?P=binding)', '(?P=mode)'\)"""
)
def switch(schema: Schema, facts: Facts) -> None:
    """Set the mode of a binding."""
    _require_table(schema, facts)
    schema.modes[facts["binding"]] = facts["mode"]


@form(r"""delete from "\w+"\."(?P<table>[^"]+)" where "BINDING" = '(?P<binding>\w+)'""")
def live(schema: Schema, facts: Facts) -> None:
    """Forget the mode of a binding."""
    _require_table(schema, facts)
    schema.modes.pop(facts["binding"], None)


@form(r"""select "BINDING", "MODE" from "\w+"\."(?P<table>[^"]+)" order by "BINDING\"""")
def modes(schema: Schema, facts: Facts) -> list[Row]:
    """Return the bindings that are not live."""
    _require_table(schema, facts)
    return sorted(schema.modes.items())


def _require_table(schema: Schema, facts: Facts) -> None:
    if ("TABLE", facts["table"]) not in schema.objects:
        raise ora(942, "table or view does not exist")


@form(r'grant execute on "(?P<name>[^"]+)" to (?P<grantees>"[^"]+"(?:, "[^"]+")*)')
def grant(schema: Schema, facts: Facts) -> None:
    """Give EXECUTE on an object."""
    for grantee in facts["grantees"].split(", "):
        schema.grant(facts["name"], _bare(grantee))


# What a session asks


@form(r"alter session set ddl_lock_timeout = 60")
def setting(schema: Schema, facts: Facts) -> None:
    """Change nothing here."""


@form(r"select user, sys_context\('userenv', 'current_schema'\) from dual")
def who(schema: Schema, facts: Facts) -> list[Row]:
    """Return who is connected, and whose names go unqualified."""
    return [(schema.user, schema.current)]


@form(r"select user from dual")
def user(schema: Schema, facts: Facts) -> list[Row]:
    """Return who is connected."""
    return [(schema.user,)]


@form(r"select banner from all_registry_banners where banner like 'JServer%'")
def java(schema: Schema, facts: Facts) -> list[Row]:
    """Return the banner of the Java virtual machine."""
    return [("JServer JAVA Virtual Machine Release 19.0.0.0.0 - Production",)] if schema.has_java else []


@form(r"select privilege from session_privs")
def rights(schema: Schema, facts: Facts) -> list[Row]:
    """Return the privileges of the session."""
    return [(each,) for each in sorted(schema.rights)]


@form(
    r"select u\.default_tablespace, nvl\(max\(q\.max_bytes\), 0\) from user_users u "
    r"left join user_ts_quotas q on q\.tablespace_name = u\.default_tablespace group by u\.default_tablespace"
)
def quota(schema: Schema, facts: Facts) -> list[Row]:
    """Return the tablespace, and how many bytes of it are allowed; -1 is all."""
    return [("USERS", schema.quota)]


@form(r"select kind, type_name, name, action from user_java_policy where enabled = 'ENABLED'")
def policy(schema: Schema, facts: Facts) -> list[Row]:
    """Return the Java permissions that are enabled."""
    return [row[:4] for row in sorted(schema.policy) if row[4] == "ENABLED"]


@form(r"select username from all_users")
def users(schema: Schema, facts: Facts) -> list[Row]:
    """Return all users."""
    return [(each,) for each in sorted(schema.users)]


@form(r"select table_name from user_tables")
def tables(schema: Schema, facts: Facts) -> list[Row]:
    """Return all tables."""
    return [(each,) for each in (*schema.theirs, *schema.tables)]


@form(r"select view_name from user_views")
def views(schema: Schema, facts: Facts) -> list[Row]:
    """Return all views."""
    return [(name,) for kind, name in schema.objects if kind == "VIEW"]


@form(r"select table_name, column_name from user_tab_columns")
def columns(schema: Schema, facts: Facts) -> list[Row]:
    """Return all columns of all tables."""
    return [(table, column) for table, found in schema.theirs.items() for column in found]


@form(r"select count\(\*\) from all_views where owner = 'SYS' and view_name = 'DBA_ROLES'")
def sees_roles(schema: Schema, facts: Facts) -> list[Row]:
    """Return whether the roles can be seen."""
    return [(int(schema.roles is not None),)]


@form(r"select username from all_users union all select role from dba_roles")
def everybody(schema: Schema, facts: Facts) -> list[Row]:
    """Return all users and roles."""
    if schema.roles is None:
        raise ora(942, "table or view does not exist")
    return [(each,) for each in sorted(schema.users | schema.roles)]


@form(
    r"select o\.object_type, o\.object_name from user_objects o join json_table\("
    r":names, '\$\[\*\]' columns \(name varchar2\(200\) path '\$\[1\]'\)\) w on w\.name = o\.object_name"
)
def taken(schema: Schema, facts: Facts) -> list[Row]:
    """Return what there is of some names."""
    names = {name for _, name in json.loads(facts["names"])}
    there = [*schema.objects, *(("TABLE", table) for table in (*schema.tables, *schema.theirs))]
    return [(kind, name) for kind, name in there if name in names]


@form(
    r"select e\.type, e\.name, e\.line, e\.text from user_errors e "
    r"where e\.name = :name and e\.attribute = 'ERROR' order by e\.sequence"
)
def errors(schema: Schema, facts: Facts) -> list[Row]:
    """Return why an object does not compile."""
    found = {key: item for key, item in schema.objects.items() if key[1] == facts["name"]}
    return [(*key, 1, text) for key, item in found.items() for text in item.errors]


@form(r"select count\(\*\) from user_tables where table_name like 'UDFGEN\$%' and table_name <> 'UDFGEN\$\$LOCK'")
def registries(schema: Schema, facts: Facts) -> list[Row]:
    """Return how many registries there are."""
    tables = {*schema.tables, *(name for kind, name in schema.objects if kind == "TABLE")} - {"UDFGEN$$LOCK"}
    return [(sum(name.startswith("UDFGEN$") for name in tables),)]
