"""A database of SQL Server as far as an install sees it: schemas, assemblies, routines, triggers, tables, rights."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from tests.tds.wire import Fault

Row = tuple["str | int | None", ...]
Registry = dict[tuple[str, str], tuple[str, str]]
"""The table: desired and definition by kind and name."""

COLUMNS = """column kind nvarchar(40,0,0)
column name nvarchar(600,0,0)
column desired nvarchar(128,0,0)
column definition nvarchar(-1,0,0)"""
SWITCH = """column binding nvarchar(256,0,0)
column mode nvarchar(20,0,0)"""
NOBODY = "granted to nobody"


def sha512(data: bytes) -> str:
    """Return what the server's list of trusted assemblies has of some bytes."""
    return hashlib.sha512(data).hexdigest().upper()


@dataclass(frozen=True)
class Assembly:
    """An assembly: its files, the first of which is code."""

    files: tuple[bytes, ...]
    permission: str = "external access"
    owner: str = "dbo"
    grants: frozenset[str] = frozenset()

    def definition(self) -> str:
        """Return what the catalog says."""
        files = (f"file {number}: 0x{sha512(each)}" for number, each in enumerate(self.files, 1))
        return "\n".join((*files, self.permission, f"owner: {self.owner}", *_listed(self.grants)))


@dataclass(frozen=True)
class Routine:
    """A function or procedure: a method of an assembly, or `method` '' and T-SQL; `text` stands behind its name.

    `mark` is what an install has marked its own with: the program.
    """

    kind: str
    text: str
    method: str = ""
    owner: str = "dbo"
    description: str = ""
    grants: frozenset[str] = frozenset()
    mark: str = ""

    @property
    def assembly(self) -> str:
        """The name of the assembly, '' for T-SQL."""
        return unquoted(self.method)[0] if self.method else ""

    @property
    def form(self) -> str:
        """What sys.objects calls it."""
        language = "CLR" if self.method else "SQL"
        if "returns table" in self.text:
            return f"{language}_TABLE_VALUED_FUNCTION" if self.method else "SQL_INLINE_TABLE_VALUED_FUNCTION"
        return f"{language}_STORED_PROCEDURE" if self.kind == "procedure" else f"{language}_SCALAR_FUNCTION"

    def definition(self) -> str:
        """Return what the catalog says."""
        about = (f"description: {self.description}",) if self.description else ()
        code = f"external name {self.method}{self.text}" if self.method else self.text
        return "\n".join((code, f"owner: {self.owner}", *_listed(self.grants), *about))


@dataclass(frozen=True)
class Trigger:
    """A trigger on a table, in whose schema it is."""

    table: str
    text: str
    mark: str = ""
    is_disabled: bool = False

    def definition(self, owner: str) -> str:
        """Return what the catalog says; its table has the owner."""
        disabled = ("disabled",) if self.is_disabled else ()
        return "\n".join((f"on {self.table}", self.text, *disabled, f"owner: {owner}"))


@dataclass
class Target:
    """A table of somebody's: its columns, its owner, whether it is memory-optimized, what its unique indexes are of."""

    columns: frozenset[str]
    owner: str = "dbo"
    in_memory: bool = False
    unique: tuple[frozenset[str], ...] = (frozenset({"id"}),)


@dataclass
class Table:
    """A registry or a switch: its rows, who has a right on it, who owns it, what hangs on it; a switch has a mark."""

    rows: Registry = field(default_factory=dict)
    grants: frozenset[str] = frozenset()
    owner: str = ""
    burdens: tuple[str, ...] = ()
    columns: str = COLUMNS
    mark: str = ""
    modes: dict[str, str] = field(default_factory=dict)

    def definition(self) -> str:
        """Return what the catalog says; the schema's owner is not named."""
        owner = (f"owner: {self.owner}",) if self.owner else ()
        burdens = (f"burdened: {each}" for each in self.burdens)
        return "\n".join((self.columns, *burdens, *owner, *_listed(self.grants)))


def _listed(grants: frozenset[str]) -> Iterator[str]:
    yield from (f"granted: {each}" for each in sorted(grants))
    if not grants:
        yield NOBODY


@dataclass
class Content:
    """All that a transaction can take back; names are as the catalog spells them: `schema.name`.

    A schema that is not in `schema_owners` is dbo's.
    """

    schemas: dict[str, str] = field(default_factory=lambda: {"dbo": ""})
    schema_owners: dict[str, str] = field(default_factory=dict)
    assemblies: dict[str, Assembly] = field(default_factory=dict)
    routines: dict[str, Routine] = field(default_factory=dict)
    registries: dict[str, Table] = field(default_factory=dict)
    switches: dict[str, Table] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    targets: dict[str, Target] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    principals: frozenset[str] = frozenset({"dbo", "public", "app", "bob"})

    def schema_like(self, name: str) -> str | None:
        """Return a schema as the catalog spells it; None for one that is not there."""
        return spelled(name, self.schemas)

    def table_like(self, name: str) -> str | None:
        """Return somebody's table as the catalog spells it; None for one that is not there."""
        return spelled(name, self.targets)

    def objects(self) -> dict[str, str]:
        """Return what sys.objects has: names, and what kind of thing that is."""
        routines = {name: each.form for name, each in self.routines.items()}
        tables = dict.fromkeys((*self.registries, *self.switches, *self.targets), "USER_TABLE")
        return {**self.others, **routines, **tables, **dict.fromkeys(self.triggers, "SQL_TRIGGER")}

    def create(self, name: str, routine: Routine) -> None:
        """Make a routine; Msg 2714 where something has its name, 6528 without its assembly."""
        self.require_free(name)
        if routine.assembly and routine.assembly not in self.assemblies:
            raise Fault(6528, f"Assembly '{routine.assembly}' was not found in the SQL catalog of the database.")
        self.routines[name] = routine

    def require_free(self, name: str) -> None:
        """Raise Msg 2714 where something has a name."""
        if name in self.objects():
            raise Fault(2714, f"There is already an object named '{name.split('.')[1]}' in the database.")

    def tables(self) -> dict[str, Table]:
        """Return the tables that installs make."""
        return {**self.registries, **self.switches}

    def change(self, name: str, **facts: object) -> None:
        """Change facts of a routine, a trigger or an assembly."""
        if name in self.assemblies:
            self.assemblies[name] = replace(self.assemblies[name], **facts)  # type: ignore[arg-type]
        elif name in self.triggers:
            self.triggers[name] = replace(self.triggers[name], **facts)  # type: ignore[arg-type]
        else:
            self.routines[name] = replace(self.routines[name], **facts)  # type: ignore[arg-type]

    def grant(self, name: str, grantee: str, right: str = "execute") -> None:
        """Give a right on a routine, a table of an install or an assembly; Msg 15151 without such a grantee."""
        if grantee not in self.principals:
            text = f"Cannot find the user '{grantee}', because it does not exist or you do not have permission."
            raise Fault(15151, text)
        if name in self.tables():
            self.tables()[name].grants |= {f"{right} to {grantee}"}
        else:
            held = (self.assemblies if name in self.assemblies else self.routines)[name].grants
            self.change(name, grants=held | {f"{right} to {grantee}"})

    def idle(self) -> set[str]:
        """Return the assemblies that no routine stands on."""
        return self.assemblies.keys() - {each.assembly for each in self.routines.values()}


def spelled(name: str, there: Iterable[str]) -> str | None:
    """Return a name among others as they spell it: the database's collation takes no notice of case."""
    return next((each for each in there if each.lower() == name.lower()), None)


def unquoted(name: str) -> list[str]:
    """Return the parts of a name in brackets."""
    return [each.replace("]]", "]") for each in re.findall(r"\[((?:[^\]]|\]\])*)\]", name)]


def plain(name: str) -> str:
    """Return a name in brackets as the catalog spells it."""
    return ".".join(unquoted(name))


def value(literal: str) -> str:
    """Return the text of an N'…' literal, and of what is added to it: repetitions, further literals."""
    parts = re.findall(r"N'((?:[^']|'')*)'(?:, (\d+)\))?", literal)
    return "".join(text.replace("''", "'") * int(times or 1) for text, times in parts)
