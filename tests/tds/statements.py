"""The batches that the model understands, each with what it does; the templates and the session's own are pinned."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.tds import templates
from tests.tds.database import (
    SWITCH,
    Assembly,
    Content,
    Registry,
    Routine,
    Row,
    Table,
    Trigger,
    plain,
    sha512,
    unquoted,
    value,
)
from tests.tds.server import Session
from tests.tds.wire import Fault
from udfgen import dialect

session, problems, trust = (dialect.load("sqlserver").part(name) for name in ("session", "problems", "trust"))

Facts = Mapping[str, str]
"""The named parts of a batch."""

Act = Callable[[Session, Facts], "list[Row] | None"]
"""Does to the server what a batch would; None: it has no rows."""

UNDERSTOOD = {
    "aside": "3dc7d13f64e6",
    "ask_lock": "9a105f751827",
    "assembly": "819febcca921",
    "catalog": "6bc244d26933",
    "database": "4ea8f497021a",
    "description": "3c0291c020e3",
    "drop": "1d6e1d3be959",
    "drop_recorded": "a2b5b2770435",
    "error_code": "8207ca22cd2c",
    "grant": "aacc23dd7d38",
    "hidden": "4eff555ceee7",
    "idle": "ca382c5f5380",
    "kept": "7989ae34d281",
    "mark": "e0e4bb084bf3",
    "modes": "7241442cc2da",
    "modes_function": "fc0291faaebe",
    "opening": "e5d2f2edd7b9",
    "options": "d7d30eeafb5a",
    "readable": "e7a14da70ebe",
    "record": "ae88765e9c8d",
    "registry": "f18ea48fedac",
    "registry_lock": "d986e6ef4f59",
    "registry_rows": "4d72145ec02c",
    "release": "6e80a3b6dfd7",
    "remove": "0c6d968bc029",
    "retire": "6ed685b6f397",
    "revoke": "9073b5512106",
    "rights": "f811ccd9e883",
    "routine": "e8b13db85c77",
    "schema": "2b3596b66649",
    "server": "c2ede7bb323b",
    "settings": "231d266f2600",
    "switch": "93f39d4e5492",
    "switch_live": "8d8580da4a76",
    "switch_mend": "82d62cd6d83a",
    "switch_table": "45cc6f9a75a4",
    "trigger": "88b6c3104d74",
    "trigger_drop": "b5ff43c01dc1",
    "trigger_key": "e2a0ecb2f3c6",
    "trigger_mark": "929a0e07dc41",
    "trigger_rows": "b5e23e9100a8",
    "trigger_table": "6a074aa41ea2",
    "unique": "9489c8762830",
    "untrust": "6662613b90d4",
    "wrapper": "b5008f582957",
}
"""The beginning of the SHA-256 of each template, and of what the session says by itself.

The acts below do by hand what these say. When one changes, read it, change the act that has its name, then write its
new digest here.
"""

OWN = {
    "settings": session.SETTINGS,
    "ask_lock": session.ASK_LOCK,
    "aside": session.ASIDE,
    "release": session.RELEASE,
    "server": problems.SERVER,
    "readable": problems.READABLE,
    "database": problems.DATABASE,
    "options": problems.SETTINGS,
    "rights": trust.RIGHTS,
    "hidden": trust.HIDDEN,
}


@dataclass(frozen=True)
class Form:
    """The pattern of a batch, its names as groups, and its act."""

    pattern: re.Pattern[str]
    act: Act


FORMS: list[Form] = []
TEMPLATES: dict[str, Act] = {}


def form(pattern: str) -> Callable[[Act], Act]:
    """Register the act of the batches that a pattern matches."""

    def register(act: Act) -> Act:
        FORMS.append(Form(re.compile(pattern, re.DOTALL), act))
        return act

    return register


def template(act: Act) -> Act:
    """Register the act of the template that has its name."""
    TEMPLATES[act.__name__] = act
    FORMS.append(Form(templates.pattern(f"{act.__name__}.sql"), act))
    return act


def own(act: Act) -> Act:
    """Register the act of a batch that the session says by itself, under the name that it has in OWN."""
    first, *others = re.escape(OWN[act.__name__]).split(re.escape("{milliseconds}"))
    hole = r"(?P<milliseconds>\d+)".join((first, "(?P=milliseconds)".join(others))) if others else first
    return form(hole)(act)


def digests() -> dict[str, str]:
    """Return what UNDERSTOOD should be, of the templates that have an act and those that they include."""
    texts = {name: templates.text(f"{name}.sql") for name in (*TEMPLATES, "catalog", "drop_recorded", "kept")}
    return {name: hashlib.sha256(each.encode()).hexdigest()[:12] for name, each in sorted({**texts, **OWN}.items())}


def perform(sql: str, here: Session) -> list[Row] | None:
    """Do what a batch says; AssertionError for one that udfgen has no business to send."""
    for each in FORMS:
        if found := each.pattern.fullmatch(sql.strip("\n")):
            return each.act(here, found.groupdict())
    raise AssertionError(f"the model does not know this batch: {sql[:500]}")


def _content(here: Session) -> Content:
    """Return what a batch may change: nobody else has a transaction open."""
    assert here.place.writer in (None, here), "another transaction would wait"
    return here.place.content


def _is_like(pattern: str, name: str) -> bool:
    """Tell whether LIKE takes a name: these patterns have classes of characters only, as regular expressions have."""
    return bool(re.fullmatch(value(pattern), name))


# A transaction, and the lock


@own
def settings(here: Session, facts: Facts) -> None:
    """Change nothing here."""


@form(r"begin transaction;")
def begin(here: Session, facts: Facts) -> None:
    """Open a transaction."""
    here.begin()


@form(r"commit;")
def commit(here: Session, facts: Facts) -> None:
    """Keep it."""
    here.commit()


@form(r"if @@trancount > 0 rollback;")
def rollback(here: Session, facts: Facts) -> None:
    """Take it back."""
    here.roll_back()


@own
def ask_lock(here: Session, facts: Facts) -> list[Row]:
    """Wait for the lock, and from now on as long for everything."""
    here.patience, here.yields = int(facts["milliseconds"]), True
    return [(here.lock(int(facts["milliseconds"])) if here.place.is_owner else -999,)]


@own
def release(here: Session, facts: Facts) -> None:
    """Let it go."""
    here.patience, here.yields = -1, False
    here.unlock()


@own
def aside(here: Session, facts: Facts) -> None:
    """Wait for nothing longer than this."""
    here.patience = 5000


# The templates


@template
def opening(here: Session, facts: Facts) -> None:
    """Set what is set anyway, and make an empty #gone."""
    here.gone = []


@template
def registry_lock(here: Session, facts: Facts) -> None:
    """Lock the registry, if it is there; Msg 50000 for one that something hangs on."""
    there = _content(here).registries.get(plain(facts["registry"]))
    if there and there.burdens:
        raise Fault(50000, value(facts["burdened"]))


@template
def schema(here: Session, facts: Facts) -> None:
    """Make the schema, with a mark, unless it is there; Msg 50000 where it is another's, or spelled otherwise."""
    name, content = value(facts["schema_text"]), _content(here)
    there = content.schema_like(name)
    if there is None:
        content.schemas[name] = value(facts["program"])
    elif there != name:
        raise Fault(50000, f"{value(facts['spelled'])}{there}")
    if name in content.schema_owners:
        raise Fault(50000, value(facts["others_schema"]))


@template
def registry(here: Session, facts: Facts) -> None:
    """Make the registry, unless it is there."""
    _content(here).registries.setdefault(plain(facts["registry"]), Table())


@template
def revoke(here: Session, facts: Facts) -> None:
    """Take every right on a table of an install or an assembly."""
    name, content = plain(value(facts["on_text"])), _content(here)
    if facts["class_"] == "1":
        content.tables()[name].grants = frozenset()
    else:
        content.change(name, grants=frozenset())


@template
def assembly(here: Session, facts: Facts) -> None:
    """Make the assembly, or put it right."""
    name, content = plain(facts["name"]), _content(here)
    data = bytes.fromhex(facts["bytes"].partition(" ")[0].removeprefix("0x"))
    there = content.assemblies.get(name)
    if there is None and not data:
        raise Fault(50000, value(facts["missing"]))
    if data and (there is None or data not in there.files):
        here.instance.require_trust(data)
        content.assemblies[name] = Assembly((data,), grants=there.grants if there else frozenset())
    there = content.assemblies[name]
    content.change(name, files=there.files[:1], permission="external access", owner="dbo")


@template
def switch_mend(here: Session, facts: Facts) -> None:
    """Drop a switch that was changed, its rows in #modes; Msg 50000 for one of others, or without its columns."""
    here.modes, switches, name = {}, _content(here).switches, plain(value(facts["switch_text"]))
    there = switches.get(name)
    if there and there.mark != value(facts["program"]):
        raise Fault(50000, value(facts["others_switch"]))
    if there and (there.columns != SWITCH or there.burdens):
        if not all(each in there.columns.splitlines() for each in SWITCH.splitlines()):
            raise Fault(50000, value(facts["lost_switch"]))
        here.modes = switches.pop(name).modes


@template
def switch_table(here: Session, facts: Facts) -> None:
    """Make the switch, with a mark and the rows in #modes, unless it is there; then it is dbo's."""
    made = Table(columns=SWITCH, mark=value(facts["program"]), modes=here.modes)
    _content(here).switches.setdefault(plain(facts["switch"]), made).owner = ""


@template
def drop(here: Session, facts: Facts) -> None:
    """Drop a routine of an install before."""
    name, content = plain(value(facts["name_text"])), _content(here)
    if name in content.routines and _is_ours(content.routines[name], facts):
        del content.routines[name]


def _is_ours(there: Routine, facts: Facts) -> bool:
    """Tell a routine of the program by its assembly, or its mark."""
    return _is_like(facts["family"], there.assembly) or there.mark == value(facts["program"])


@template
def routine(here: Session, facts: Facts) -> None:
    """Make a routine of a method."""
    made = Routine(facts["form"], f"{facts['parameters']}\n{facts['clauses']}", facts["method"])
    _content(here).create(plain(facts["name"]), made)


@template
def wrapper(here: Session, facts: Facts) -> None:
    """Make a routine of T-SQL."""
    text = f"{facts['parameters']}\n{facts['clauses']}as\n{facts['body']}"
    _content(here).create(plain(facts["name"]), Routine(facts["form"], text))


@template
def modes_function(here: Session, facts: Facts) -> None:
    """Make the function that reads the switch."""
    _content(here).create(plain(facts["modes"]), Routine("function", f"what {facts['switch']} says"))


@template
def description(here: Session, facts: Facts) -> None:
    """Describe a routine."""
    name = _described(here, facts)
    assert not _content(here).routines[name].description, "Msg 15233: the property is there"
    _content(here).change(name, description=value(facts["text"]))


@template
def trigger_mark(here: Session, facts: Facts) -> None:
    """Mark a trigger: what is said of a routine is a part of this."""
    name = f"{value(facts['schema_text'])}.{value(facts['trigger_text'])}"
    assert _content(here).triggers[name].table == f"{value(facts['schema_text'])}.{value(facts['table_text'])}"
    _content(here).change(name, mark=value(facts["program"]))


@template
def mark(here: Session, facts: Facts) -> None:
    """Mark a routine."""
    _content(here).change(_described(here, facts), mark=value(facts["program"]))


def _described(here: Session, facts: Facts) -> str:
    """Return the name of a routine that is given a property, which is of the kind that is said."""
    name = f"{value(facts['schema_text'])}.{value(facts['object_text'])}"
    assert _content(here).routines[name].kind == value(facts["form_text"]).lower()
    return name


@template
def trigger_table(here: Session, facts: Facts) -> None:
    """Ask the table of a trigger; Msg 50000 where it is unfit."""
    name, content = value(facts["name_text"]), _content(here)
    there = content.table_like(name)
    if there is None:
        raise Fault(50000, value(facts["absent"]))
    if there != name:
        raise Fault(50000, f"{value(facts['spelled'])}{there}")
    if content.targets[name].owner != "dbo":
        raise Fault(50000, value(facts["of_another"]))
    if content.targets[name].in_memory:
        raise Fault(50000, value(facts["in_memory"]))


@template
def trigger_key(here: Session, facts: Facts) -> None:
    """Ask for a unique index; Msg 50000 without one."""
    if not unique(here, facts):
        raise Fault(50000, value(facts["not_unique"]))


@template
def unique(here: Session, facts: Facts) -> list[Row]:
    """Return the unique indexes of a table that are of some columns alone."""
    (columns,) = _pairs(facts["columns"].replace("\n", " "))
    target = _content(here).targets[plain(value(facts["table_text"]))]
    return [(f"index{at}",) for at, each in enumerate(target.unique) if each <= set(columns)]


@template
def trigger_drop(here: Session, facts: Facts) -> None:
    """Drop a trigger of an install before."""
    name, content = plain(value(facts["name_text"])), _content(here)
    if name in content.triggers and content.triggers[name].mark == value(facts["program"]):
        del content.triggers[name]


@template
def trigger(here: Session, facts: Facts) -> None:
    """Make a trigger; Msg 8197 where its table is not there."""
    name, table, content = plain(facts["name"]), plain(facts["table"]), _content(here)
    content.require_free(name)
    if table not in content.targets:
        raise Fault(8197, f"The object '{facts['table']}' does not exist or is invalid for this operation.")
    parts = (facts[each] for each in ("events", "before", "rows", "condition", "call"))
    content.triggers[name] = Trigger(table, "\n".join(parts))


@template
def trigger_rows(here: Session, facts: Facts) -> None:
    """Make a trigger that makes one call of all rows."""
    trigger(here, facts)


@template
def error_code(here: Session, facts: Facts) -> None:
    """Make the function."""
    _content(here).create(plain(facts["error_code"]), Routine("function", "the code in an error's text"))


@template
def switch(here: Session, facts: Facts) -> None:
    """Set a mode."""
    _content(here).switches[plain(facts["switch"])].modes[value(facts["binding"])] = value(facts["mode"])


@template
def switch_live(here: Session, facts: Facts) -> None:
    """Take a row away."""
    _content(here).switches[plain(facts["switch"])].modes.pop(value(facts["binding"]), None)


@template
def modes(here: Session, facts: Facts) -> list[Row]:
    """Return the rows, in their order."""
    return sorted(_content(here).switches[plain(facts["switch"])].modes.items())


@template
def grant(here: Session, facts: Facts) -> None:
    """Give a right on a routine to some."""
    for grantee in unquoted(facts["grantees"]):
        _content(here).grant(plain(facts["name"]), grantee, facts["right"])


def _pairs(rows: str) -> list[list[str]]:
    """Return the constants of lines of VALUES."""
    return [[value(each) for each in re.findall(r"N'(?:[^']|'')*'", line)] for line in rows.splitlines()]


def _drop_recorded(content: Content, facts: Facts, kept: list[list[str]]) -> None:
    """Drop routines and triggers that are recorded and not kept, if they are of an install of the program.

    Msg 50000 where a trigger is no longer.
    """
    rows = content.registries[plain(facts["registry"])].rows
    recorded = [name for kind, name in rows if kind == "trigger" and [kind, name] not in kept]
    there = {name: content.triggers[name] for name in recorded if name in content.triggers}
    theirs = [name for name, each in there.items() if each.mark != value(facts["program"])]
    if theirs:
        raise Fault(50000, f"{', '.join(theirs)}{value(facts['unmarked'])}")
    for kind, name in [(kind, name) for kind, name in rows if [kind, name] not in kept]:
        routine = content.routines.get(name)
        if routine and routine.kind == kind and _is_ours(routine, facts):
            del content.routines[name]
        elif kind == "trigger":
            content.triggers.pop(name, None)


@template
def idle(here: Session, facts: Facts) -> None:
    """Drop the assemblies that nothing stands on, and remember them."""
    content = _content(here)
    here.gone += [name for name in sorted(content.idle()) if _is_like(facts["family"], name)]
    for name in here.gone:
        del content.assemblies[name]


@template
def retire(here: Session, facts: Facts) -> None:
    """Drop what is recorded and no longer wanted."""
    _drop_recorded(_content(here), facts, _pairs(facts["rows"]))


@template
def record(here: Session, facts: Facts) -> None:
    """Write down what the catalog says of what is wanted."""
    found = {(kind, name): text for kind, name, text, _ in catalog_of(here.place.content, facts["catalog"])}
    wanted = {(kind, name): desired for kind, name, desired in _pairs(facts["rows"])}
    rows: Registry = {key: (desired, str(found[key])) for key, desired in wanted.items() if key in found}
    _content(here).registries[plain(facts["registry"])].rows = rows


@template
def remove(here: Session, facts: Facts) -> None:
    """Drop all that is recorded, the switch, the registry, and a schema of our own that is empty."""
    content, name, place = _content(here), plain(facts["registry"]), plain(facts["schema"])
    if name not in content.registries:
        return
    _drop_recorded(content, facts, [])
    switch = plain(facts["switch"])
    if switch in content.switches and content.switches[switch].mark == value(facts["program"]):
        del content.switches[switch]
    del content.registries[name]
    if content.schemas[place] and not any(each.startswith(f"{place}.") for each in content.objects()):
        del content.schemas[place]


@form(
    r"create table #gone \(name nvarchar\(128\) collate Latin1_General_100_BIN2 not null\); "
    r"insert into #gone \(name\) values (?P<names>[^\n]+);"
)
def remember(here: Session, facts: Facts) -> None:
    """Fill #gone."""
    here.gone = [each for (each,) in _named(facts)]


@template
def untrust(here: Session, facts: Facts) -> None:
    """End trust in what is in #gone and in no database; Msg 1222 while another transaction holds its database's list.

    A database that cannot be looked at keeps all of it.
    """
    databases = here.instance.databases.values()
    if not here.instance.may("CONTROL SERVER") or not all(each.is_open for each in databases):
        return
    if any(each.writer not in (None, here) for each in databases):
        assert here.patience >= 0, "it would wait for ever"
        raise Fault(1222, "Lock request time out period exceeded.")
    there = {name for each in databases for name in each.content.assemblies}
    gone = {f"{name}{value(facts['identity'])}" for name in here.gone if name not in there}
    here.instance.trusted = {key: text for key, text in here.instance.trusted.items() if text not in gone}


@template
def registry_rows(here: Session, facts: Facts) -> list[Row]:
    """Return what was recorded."""
    rows = here.place.content.registries[plain(facts["registry"])].rows
    return [(*key, *row) for key, row in rows.items()]


@form(r"(?P<sql>-- What there is, as the catalog says it: kind, name, definition, body\..*)")
def catalog(here: Session, facts: Facts) -> list[Row]:
    """Return what is there of an install."""
    assert here.place.writer in (None, here), "the catalog of another transaction would wait"
    return catalog_of(here.place.content, facts["sql"])


def catalog_of(content: Content, sql: str) -> list[Row]:
    """Return what the catalog's query reports, as its constants say."""
    place, family, program, table, switch = (
        found[1]
        for pattern in (
            r"where made\.schema_id = schema_id\((N'.*?')\) and \(",
            r"\blike (N'[^\n]*)",
            r"cast\(mark\.value as nvarchar\(128\)\) collate Latin1_General_100_BIN2 = (N'[^\n]*')",
            r"N'registry'.*?made\.object_id = object_id\((N'[^\n]*?'), N'U'\)",
            r"N'switch'.*?made\.object_id = object_id\((N'[^\n]*?'), N'U'\)",
        )
        if (found := re.search(pattern, sql, re.DOTALL))
    )
    named, kept, switched = value(place), plain(value(table)), plain(value(switch))
    facts = {"family": family, "program": program}
    rows: list[Row] = [
        (each.kind, name, each.definition(), None)
        for name, each in content.routines.items()
        if name.startswith(f"{named}.") and _is_ours(each, facts)
    ]
    rows += [
        ("trigger", name, each.definition(content.targets[each.table].owner), None)
        for name, each in content.triggers.items()
        if each.mark == value(program)
    ]
    rows += [
        ("assembly", name, each.definition(), None)
        for name, each in content.assemblies.items()
        if _is_like(family, name)
    ]
    rows += [("schema", named, "", None)] if named in content.schemas else []
    rows += [("registry", kept, content.registries[kept].definition(), None)] if kept in content.registries else []
    there = content.switches.get(switched)
    return rows + ([("switch", switched, there.definition(), None)] if there and there.mark == value(program) else [])


# What a session asks


@own
def server(here: Session, facts: Facts) -> list[Row]:
    """Return where this is."""
    it = here.instance
    return [(it.edition, it.version, it.banner, it.rdsadmin, here.database, "deployer", "[clerk]")]


@own
def readable(here: Session, facts: Facts) -> list[Row]:
    """Return which database this is, and its compatibility level."""
    return [(here.place.number, here.place.level)]


@own
def database(here: Session, facts: Facts) -> list[Row]:
    """Return whether the database can be written, is its user's, and is contained."""
    return [(here.place.updateability, int(here.place.is_owner), here.place.containment)]


@own
def options(here: Session, facts: Facts) -> list[Row]:
    """Return the server's settings."""
    return list(here.instance.settings.items())


@own
def rights(here: Session, facts: Facts) -> list[Row]:
    """Return what the user may do about trust."""
    narrow = here.instance.may("VIEW SERVER SECURITY STATE")
    return [(here.instance.may("CONTROL SERVER"), here.instance.may("VIEW SERVER STATE") if narrow is None else narrow)]


@own
def hidden(here: Session, facts: Facts) -> list[Row]:
    """Return the databases that cannot be looked at."""
    return [(name,) for name, each in here.instance.databases.items() if not each.is_open]


@form(r"select hash from sys\.trusted_assemblies where hash = 0x(?P<digest>[0-9A-F]{128})")
def is_trusted(here: Session, facts: Facts) -> list[Row]:
    """Return the hash, where it is listed."""
    _require_sight(here)
    return [(facts["digest"],)] if facts["digest"] in here.instance.trusted else []


@form(r"exec sys\.sp_add_trusted_assembly 0x(?P<digest>[0-9A-F]{128}), (?P<text>N'[^']+');")
def give_trust(here: Session, facts: Facts) -> None:
    """List a hash; Msg 15247 for who may not, 10345 for one that is listed."""
    if not here.instance.may("CONTROL SERVER"):
        raise Fault(15247, "User does not have permission to perform this action.")
    if facts["digest"] in here.instance.trusted:
        raise Fault(10345, "The assembly hash is already trusted.")
    here.instance.trusted[facts["digest"]] = value(facts["text"])


@form(
    r"select assembly\.name from sys\.assemblies as assembly "
    r"(?P<join>join sys\.assembly_files as main on main\.assembly_id = assembly\.assembly_id and main\.file_id = 1 )?"
    r"where assembly\.name collate Latin1_General_100_BIN2 like (?P<family>[^\n]+?)"
    r"(?P<also> and hashbytes\('SHA2_512', main\.content\) not in \(select hash from sys\.trusted_assemblies\))?"
    r"(?P<idle> and not exists \(select \* from sys\.assembly_modules as module "
    r"where module\.assembly_id = assembly\.assembly_id\))?"
)
def assemblies(here: Session, facts: Facts) -> list[Row]:
    """Return the assemblies of a family, or those of them that are not trusted, or that nothing stands on."""
    content = here.place.content
    names = content.idle() if facts["idle"] else content.assemblies.keys()
    found = {name: content.assemblies[name] for name in sorted(names) if _is_like(facts["family"], name)}
    if not facts["also"]:
        return [(name,) for name in found]
    _require_sight(here)
    return [(name,) for name, each in found.items() if sha512(each.files[0]) not in here.instance.trusted]


def _require_sight(here: Session) -> None:
    if not here.instance.sees_trust():
        raise Fault(300, "VIEW SERVER STATE permission was denied on object 'server', database 'master'.")


@form(
    r"select wanted\.name from \(values (?P<names>[^\n]+)\) as wanted \(name\) "
    r"where database_principal_id\(wanted\.name\) is null"
)
def absent(here: Session, facts: Facts) -> list[Row]:
    """Return the names of nobody."""
    return [(each,) for (each,) in _named(facts) if each not in here.place.content.principals]


@form(
    r"select wanted\.name, found\.name, user_name\(found\.principal_id\) "
    r"from \(values (?P<names>[^\n]+)\) as wanted \(name\) "
    r"join sys\.schemas as found on found\.schema_id = schema_id\(wanted\.name\)"
)
def schemas(here: Session, facts: Facts) -> list[Row]:
    """Return the schemas that are there, as the catalog spells them, with their owners."""
    content = here.place.content
    found = ((each, content.schema_like(each)) for (each,) in _named(facts))
    return [(each, there, content.schema_owners.get(there, "dbo")) for each, there in found if there]


PLACED = (
    r"join \(?sys\.{} as found join sys\.schemas as place on place\.schema_id = found\.schema_id\)? "
    r"on concat\(place\.name, N'\.', found\.name\) = wanted\.name"
)
"""How a query finds what stands in any schema, by a name as the catalog spells it."""


@form(
    r"select wanted\.name, found\.type_desc from \(values (?P<names>[^\n]+)\) as wanted \(name\) "
    + PLACED.format("objects")
)
def taken(here: Session, facts: Facts) -> list[Row]:
    """Return what there is under some names."""
    objects = here.place.content.objects()
    return [(each, objects[each]) for (each,) in _named(facts) if each in objects]


@form(
    r"select wanted\.name, place\.name, found\.name, "
    r"user_name\(isnull\(found\.principal_id, place\.principal_id\)\), "
    r"found\.is_memory_optimized from \(values (?P<names>[^\n]+)\) as wanted \(name\) left " + PLACED.format("tables")
)
def targets(here: Session, facts: Facts) -> list[Row]:
    """Return what there is to know of tables; NULL of those that are not there."""
    content = here.place.content
    return [_target(content, name) for (name,) in _named(facts)]


def _target(content: Content, name: str) -> Row:
    """Return a row of a table, with its name as the catalog spells it."""
    there = content.table_like(name)
    if there is None:
        return name, None, None, None, None
    return name, *there.split(".", 1), content.targets[there].owner, int(content.targets[there].in_memory)


@form(
    r"select wanted\.name from \(values (?P<names>[^\n]+)\) as wanted \(name\) "
    r"where not exists \(select \* from sys\.columns as found "
    r"join sys\.tables as target on target\.object_id = found\.object_id "
    r"join sys\.schemas as place on place\.schema_id = target\.schema_id "
    r"where concat\(place\.name, N'\.', target\.name, N'\.', found\.name\) = wanted\.name\)"
)
def absent_columns(here: Session, facts: Facts) -> list[Row]:
    """Return the names of no column."""
    targets = here.place.content.targets
    there = {f"{table}.{column}" for table, each in targets.items() for column in each.columns}
    return [(each,) for (each,) in _named(facts) if each not in there]


def _named(facts: Facts) -> list[list[str]]:
    return _pairs(facts["names"].replace("), (", "\n"))
