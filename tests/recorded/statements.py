"""The statements that the model understands, each with what it does; the blocks of the templates are pinned."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.recorded.schema import Registry, Row, Schema, ora
from udfgen.bundle import Bundle

Facts = Mapping[str, Any]
"""The named parts of a statement, and its binds."""

Act = Callable[[Schema, Facts], "list[Row] | None"]
"""Does to a schema what a statement would; None: it has no rows."""

UNDERSTOOD = {
    "catalog": "fb74ea9ada14",
    "check function": "fa5f43cb6f93",
    "check java source": "4609008dc884",
    "close function": "221f032279f4",
    "close package": "00b1feb71111",
    "close java source": "2e1653e6708b",
    "drop": "5cbbabf5b105",
    "intend": "321740512f83",
    "opening": "6c68ae7f90c3",
    "record": "ff1f795d3041",
    "registry_rows": "3e4cf96a7fe8",
    "remove": "bc78cf16c445",
}
"""The beginning of the SHA-256 of each template's text, its names taken out: some have a form per sort of object.

The acts below do by hand what these say. When a template changes, read it, change the act that has its name, then
write its new digest here.
"""

HOLES = {
    "registry": r'"[^"]+"',
    "kind": r"[A-Z ]+",
    "name": r"[^']+",
    "what": r"[a-z ]+?",
    "object": r'"[^"]+"',
    "force": r"(?: force)?",
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
    return (*(Form(_pattern(text), BLOCKS[name.split()[0]]) for name, text in found.items()), *FORMS)


def perform(sql: str, schema: Schema, known: tuple[Form, ...], binds: Mapping[str, Any]) -> list[Row] | None:
    """Do what a statement says; AssertionError for one that udfgen has no business to run."""
    for each in known:
        if found := each.pattern.fullmatch(sql.strip()):
            return each.act(schema, found.groupdict() | dict(binds))
    raise AssertionError(f"the model does not know this statement: {sql[:500]}")


def _templates(bundle: Bundle) -> dict[str, str]:
    """Return every template as it was filled in; what closes and checks has a form for each sort of object."""
    closing = {f"close {kind}": _unnamed(bundle, kind, 0) for kind in ("function", "package", "java source")}
    checks = {f"check {kind}": _unnamed(bundle, kind, 2) for kind in ("function", "java source")}
    return {
        "catalog": bundle.catalog,
        **checks,
        **closing,
        "drop": bundle.drops["function"].replace("{name}", "X"),
        "intend": bundle.opening[1],
        "opening": bundle.opening[0],
        "record": bundle.closing[0],
        "registry_rows": bundle.registry,
        "remove": bundle.removal[0],
    }


def _unnamed(bundle: Bundle, kind: str, at: int) -> str:
    """Return a statement of the first object of a kind, with holes for its kind and name."""
    made = next(each for each in bundle.objects if each.key.kind == kind)
    text = made.statements[at].sql
    return text.replace(f"'{made.key.name}'", "'<name>'").replace(f"'{kind.upper()}'", "'<kind>'")


def taken_out(text: str) -> str:
    """Return the text of a template with holes where its names stand."""
    text = re.sub(r'"UDFGEN\$[A-Z0-9_]+"', "<registry>", text.strip())
    text = re.sub(r"'drop function (\"X\")'", "'drop <what> <object><force>'", text)
    return re.sub(r"(    want\(.*\);\n)+", "<wants>", text)


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
    """Make the registry, unless it is there."""
    if (name := _bare(facts["registry"])) not in schema.tables:
        schema.create_table(name)


@block
def intend(schema: Schema, facts: Facts) -> None:
    """Write down what is wanted; a definition stays only where the same was wanted before."""
    rows = _registry(schema, facts)
    for kind, name, digest in re.findall(r"want\('([^']+)', '([^']+)', '([^']+)'\)", facts["wants"]):
        desired, definition = rows.get((kind, name), (None, None))
        rows[kind, name] = digest, definition if desired == digest else None


@block
def close(schema: Schema, facts: Facts) -> None:
    """Take back every grant; drop a routine of ours of the other form, and a body of what is no routine."""
    kind, name = facts.get("kind"), facts["name"]
    schema.revoke(name)
    if "registry" not in facts:
        schema.objects.pop((f"{kind} BODY", name), None)
        return
    ours = {former for former, found in _registry(schema, facts) if found == name}
    for former in [each for each, found in schema.objects if found == name and each != kind and each.lower() in ours]:
        schema.drop(former, name)


@block
def check(schema: Schema, facts: Facts) -> None:
    """Raise ORA-20000 for an object that does not compile."""
    kind, name = facts["kind"], facts["name"]
    item = schema.objects.get((kind, name))
    if item and item.errors:
        raise ora(20000, f"{kind} {name}, line 1: {item.errors[0]}\nORA-06512: at line 21")


@block
def record(schema: Schema, facts: Facts) -> None:
    """Write down every definition; forget what is not there."""
    rows = _registry(schema, facts)
    for (kind, name), (desired, _) in list(rows.items()):
        definition = schema.definition(kind.upper(), name)
        if definition is None:
            del rows[kind, name]
        else:
            rows[kind, name] = desired, definition


@block
def remove(schema: Schema, facts: Facts) -> None:
    """Drop the registry; it may be gone."""
    schema.tables.pop(_bare(facts["registry"]), None)


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
    r"create or replace(?: and resolve)? (?P<kind>java source|java resource|package|type|function|procedure) "
    r'(?:named )?"(?P<name>[^"]+)"(?P<text>.*)'
)
def create(schema: Schema, facts: Facts) -> None:
    """Make an object, with a warning where it does not compile."""
    if schema.create(facts["kind"].upper(), facts["name"], facts["text"]):
        raise Warned


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
    there = [*schema.objects, *(("TABLE", table) for table in schema.tables)]
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
    return [(sum(name.startswith("UDFGEN$") for name in schema.tables.keys() - {"UDFGEN$$LOCK"}),)]
