"""A schema of Oracle as far as an install sees it: objects with their texts, grants, tables, who is who."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import oracledb

ONE_NAMESPACE = ("FUNCTION", "PROCEDURE", "PACKAGE", "TYPE", "TABLE", "VIEW")
"""Kinds of which no two objects have one name."""

Row = tuple[object, ...]
Registry = dict[tuple[str, str], tuple[str | None, str | None]]
"""The table: desired and definition by kind and name."""


@dataclass(frozen=True)
class Fault:
    """What the driver hands over as an error's first argument."""

    code: int
    message: str

    def __str__(self) -> str:
        return f"{self.message}\nHelp: https://docs.oracle.com/error-help/db/ora-{self.code:05}/"


def ora(code: int, text: str) -> oracledb.DatabaseError:
    """Return an error of the server."""
    return oracledb.DatabaseError(Fault(code, f"ORA-{code:05}: {text}"))


@dataclass(frozen=True)
class Item:
    """An object: its text, the errors of its last compilation, when it was made.

    A trigger fires on `table` when it is enabled, and `reached` is then what it calls, as it was.
    """

    text: str
    errors: tuple[str, ...] = ()
    made: int = 0
    table: str = ""
    is_enabled: bool = False
    reached: tuple[Item, ...] = ()


@dataclass(frozen=True, order=True)
class Grant:
    """A privilege on an object, given by the owner unless told."""

    name: str
    grantee: str
    privilege: str = "EXECUTE"
    is_grantable: bool = False
    grantor: str = ""


@dataclass
class Schema:
    """What the dictionary holds of one user, what that user may do, and which program runs the statement of now."""

    user: str = "QUICKSTART"
    current: str = "QUICKSTART"
    version: str = "19.21.0.0.0"
    has_java: bool = True
    rights: set[str] = field(
        default_factory=lambda: {
            "CREATE SESSION",
            "CREATE PROCEDURE",
            "CREATE TABLE",
            "CREATE TYPE",
            "CREATE TRIGGER",
        }
    )
    quota: int = -1
    users: set[str] = field(default_factory=lambda: {"SYS", "QUICKSTART", "APP", "BOB"})
    roles: set[str] | None = field(default_factory=lambda: {"DBA", "APP_ROLE"})
    policy: set[Row] = field(default_factory=set)
    objects: dict[tuple[str, str], Item] = field(default_factory=dict)
    grants: set[Grant] = field(default_factory=set)
    tables: dict[str, Registry] = field(default_factory=dict)
    theirs: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {"ORDERS": ("ID", "TOTAL", "DOC"), "Old Orders": ("ID", "TOTAL", "DOC")}
    )
    modes: dict[str, str] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    exports: bool = True
    clock: int = 0
    module: str | None = field(default=None, compare=False)

    def create(self, kind: str, name: str, text: str) -> tuple[str, ...]:
        """Make or replace an object, which keeps its grants; return the errors of its compilation."""
        self._require_name(kind, name)
        self.clock += 1
        errors = tuple(self._errors(name, text))
        self.objects[kind, name] = Item(text, errors, self.clock)
        return errors

    def create_trigger(self, name: str, table: str, text: str) -> tuple[str, ...]:
        """Make or replace a trigger, which is disabled; ORA-04095 where one of the name is on another table."""
        former = self.objects.get(("TRIGGER", name))
        if table not in self.theirs:
            raise ora(942, "table or view does not exist")
        if former and former.table != table:
            raise ora(4095, f"trigger '{name}' already exists on another table, cannot replace it")
        errors = self.create("TRIGGER", name, text)
        self.objects["TRIGGER", name] = replace(self.objects["TRIGGER", name], table=table)
        return errors

    def alter_trigger(self, name: str, is_enabled: bool) -> None:
        """Let a trigger fire or not; ORA-04080 when there is none."""
        item = self.objects.get(("TRIGGER", name))
        if item is None:
            raise ora(4080, f"trigger '{name}' does not exist")
        reached = tuple(self.reached(item)) if is_enabled else ()
        self.objects["TRIGGER", name] = replace(item, is_enabled=is_enabled, reached=reached)

    def reached(self, trigger: Item) -> Iterator[Item]:
        """Yield what a trigger calls, and all of ours behind that."""
        kinds = ("JAVA SOURCE", "PACKAGE", "PACKAGE BODY")
        for (kind, name), item in self.objects.items():
            is_called = kind in ("FUNCTION", "PROCEDURE") and re.search(rf'"{re.escape(name)}"[(;]', trigger.text)
            if is_called or (kind in kinds and not name.endswith("$SETUP")):
                yield item

    def write(self, table: str) -> None:
        """Write to a table of somebody's; ORA-04098 where a trigger on it cannot run."""
        for (kind, name), item in self.objects.items():
            fires = kind == "TRIGGER" and item.is_enabled and item.table == table
            if fires and (item.errors or item.reached != tuple(self.reached(item))):
                raise ora(4098, f"trigger '{self.user}.{name}' is invalid and failed re-validation")

    def create_table(self, name: str) -> None:
        """Make a table; ORA-00955 when there is something of this name."""
        if name in self.tables:
            raise ora(955, "name is already used by an existing object")
        self._require_name("TABLE", name)
        self.tables[name] = {}

    def drop_table(self, name: str) -> None:
        """Drop a table; ORA-00942 when there is none."""
        if name not in self.tables:
            raise ora(942, "table or view does not exist")
        del self.tables[name]

    def drop(self, kind: str, name: str) -> None:
        """Drop an object, its body and its grants; ORA-04043, or ORA-29501 of Java, when there is none of that kind."""
        if (kind, name) not in self.objects:
            raise ora(
                4080 if kind == "TRIGGER" else 942 if kind == "TABLE" else 29501 if kind.startswith("JAVA") else 4043,
                f"object {name} does not exist",
            )
        del self.objects[kind, name]
        self.objects.pop((f"{kind} BODY", name), None)
        self.grants = {each for each in self.grants if each.name != name or kind == "TRIGGER"}
        self.modes = {} if kind == "TABLE" else self.modes

    def grant(self, name: str, grantee: str) -> None:
        """Give EXECUTE."""
        if all(found != name for _, found in self.objects):
            raise ora(942, "table or view does not exist")
        if grantee not in self.users | (self.roles or set()) | {"PUBLIC"}:
            raise ora(1917, f"user or role '{grantee}' does not exist")
        self.grants.add(Grant(name, grantee, grantor=self.user))

    def revoke(self, name: str) -> None:
        """Take back what the owner gave of an object, and what was given on by those who had it."""
        ours = {each for each in self.grants if each.name == name and each.grantor == self.user}
        holders = {each.grantee for each in ours}
        passed_on = {each for each in self.grants if each.name == name and each.grantor in holders}
        self.grants -= ours | passed_on

    def definition(self, kind: str, name: str) -> str | None:
        """Return what definition.sql makes of an object; None when it is not there."""
        item = self.objects.get(("TABLE" if kind == "SWITCH" else kind, name))
        return None if item is None else "".join(f"{line}\n" for line in self._lines(kind, name, item))

    def snapshot(self) -> Schema:
        """Return a copy to compare with later."""
        tables = {name: dict(rows) for name, rows in self.tables.items()}
        objects, grants = dict(self.objects), set(self.grants)
        theirs, modes = dict(self.theirs), dict(self.modes)
        return replace(self, tables=tables, objects=objects, grants=grants, theirs=theirs, modes=modes)

    def _lines(self, kind: str, name: str, item: Item) -> Iterator[str]:
        if kind == "JAVA RESOURCE" and not self.exports:
            yield f"made {item.made}"
        else:
            yield from item.text.splitlines()
        if kind == "TRIGGER":
            yield from (f"on {item.table}", "enabled" if item.is_enabled else "disabled")
        body = self.objects.get((f"{kind} BODY", name))
        yield from body.text.splitlines() if body else ()
        if item.errors or (body and body.errors):
            yield "does not compile"
        held = sorted(each for each in self.grants if each.name == name and kind != "TRIGGER")
        for each in held:
            yield f"{each.privilege.lower()} to {each.grantee}{' with grant option' if each.is_grantable else ''}"
        if not held:
            yield "granted to nobody"

    def _require_name(self, kind: str, name: str) -> None:
        taken = {found for found, other in self.objects if other == name} | (
            {"TABLE"} if name in self.tables or name in self.theirs else set()
        )
        if kind in ONE_NAMESPACE and (taken & set(ONE_NAMESPACE)) - {kind}:
            raise ora(955, "name is already used by an existing object")

    def _errors(self, name: str, text: str) -> Iterator[str]:
        """Yield what is wrong: what a test wants to be, and what the text needs and the schema lacks."""
        if name in self.broken:
            yield self.broken[name]
        known = {found for _, found in self.objects} | {name}
        for needed in sorted(set(re.findall(r'"(\w+\$(?:ROWS?|CORE))"', text)) - known):
            yield f"PLS-00201: identifier '{needed}' must be declared"
        for called in re.findall(r'^ +(?:"udfgen_dropped" := )?"([A-Z]\w*)"[(;]', text, re.MULTILINE):
            if called not in known:
                yield f"PLS-00201: identifier '{called}' must be declared"
        if "// Core " in text and name.replace("Functions", "Core") not in known:
            yield "error: cannot find symbol Core"
