"""What the templates see: frozen, every string final and quoted for its language."""

from __future__ import annotations

from dataclasses import dataclass

from udfgen.bundle import Key


@dataclass(frozen=True, slots=True)
class Place:
    """Where an install lives: names quoted (`schema`, `registry`, `switch`, …), and literals (`…_text`).

    `…_name_text` is a name as the catalog reports it, `prefix` is what one of a routine begins with, `…_plain_text` a
    name without its schema. `family` is a pattern of LIKE, an expression, for the names of all assemblies of the
    program. `label` names the extended property of what an install made, `program` is its value. `nothing` says that
    there is no registry, `burdened` that something hangs on it, `others_schema` that the schema is not dbo's,
    `others_switch` that the switch is not of this install, `lost_switch` that it has lost a column; `read_switch` reads
    one that somebody has changed. `spelled` stands before the schema as the catalog has it, `unmarked` behind triggers.
    """

    schema: str
    schema_text: str
    make_schema: str
    prefix: str
    registry: str
    registry_text: str
    registry_name_text: str
    switch: str
    switch_text: str
    switch_name_text: str
    switch_plain_text: str
    modes: str
    error_code: str
    family: str
    label: str
    program: str
    nothing: str
    burdened: str
    others_schema: str
    spelled: str
    unmarked: str
    others_switch: str
    lost_switch: str
    read_switch: str


@dataclass(frozen=True, slots=True)
class Closed:
    """What nobody else may use: the class of its permissions, its id as an expression, ` on <what>::<name>`, a literal.

    https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-database-permissions-transact-sql
    """

    class_: int
    id: str
    on_text: str


@dataclass(frozen=True, slots=True)
class Assembly:
    """The assembly: its quoted name, that as a literal, its bytes as a constant, what to say when it is not there."""

    name: str
    name_text: str
    bytes: str
    missing: str


@dataclass(frozen=True, slots=True)
class Compiled:
    """The file of what `udfgen compile` made: `hash` in hexadecimal, `description` a literal."""

    stamp: str
    compiler: str
    hash: str
    description: str
    assembly: Assembly


@dataclass(frozen=True, slots=True)
class Marked:
    """What is to be told from others': literals; the mark's name and value, the kind as extended properties name it."""

    label: str
    program: str
    schema_text: str
    form_text: str
    object_text: str


@dataclass(frozen=True, slots=True)
class Former:
    """What may stand under a routine's name: the name and what drops it, and how it is told as ours: literals."""

    name_text: str
    drop_procedure: str
    drop_function: str
    family: str
    label: str
    program: str


@dataclass(frozen=True, slots=True)
class Routine:
    """A method of the assembly as a routine of SQL: `clauses` are whole lines, `method` is the quoted external name."""

    form: str
    name: str
    parameters: str
    clauses: tuple[str, ...]
    method: str


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A routine of T-SQL: `clauses` and `body` are whole lines."""

    form: str
    name: str
    parameters: str
    clauses: tuple[str, ...]
    body: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger: quoted names, its name as a literal, `events` with commas between; the others are whole lines.

    `before` is what may end it at once and what it declares, `rows` the query of a call's arguments, `condition` that
    of the loop, `fetch` what takes a row, `nested` says that it calls itself, `call` is the call. Where one call takes
    all rows, `rows` is the query of their JSON, `condition` that of the call, and nothing is fetched.
    """

    name: str
    name_text: str
    table: str
    schema_text: str
    table_text: str
    trigger_text: str
    events: str
    before: tuple[str, ...]
    rows: tuple[str, ...]
    condition: tuple[str, ...]
    fetch: str
    deepest: int
    nested: str
    call: tuple[str, ...]
    label: str
    program: str


@dataclass(frozen=True, slots=True)
class Target:
    """A trigger's table: its quoted name, and the plain one, as literals; the others are what to say of it, literals.

    Behind `spelled` stands its name as the catalog has it.
    """

    table_text: str
    name_text: str
    absent: str
    spelled: str
    of_another: str
    in_memory: str


@dataclass(frozen=True, slots=True)
class Unique:
    """Columns that must tell a table's rows apart: literals with commas between; the others as in Target."""

    table_text: str
    columns: str
    not_unique: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A mode of a binding that is to be set, as literals, in the quoted table."""

    switch: str
    binding: str
    mode: str


@dataclass(frozen=True, slots=True)
class Description:
    """What a routine is for: comment lines, then literals; `form_text` is its kind as extended properties name it."""

    comment: tuple[str, ...]
    text: str
    schema_text: str
    form_text: str
    object_text: str


@dataclass(frozen=True, slots=True)
class Grant:
    """Who may use a routine: the right, its quoted name, and names with commas between."""

    right: str
    name: str
    grantees: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """A row of the registry: kind and name as literals; its digest is found by the key."""

    key: Key
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Record:
    """What the closing statements write down, and the retiring ones keep."""

    place: Place
    rows: tuple[Recorded, ...]


@dataclass(frozen=True, slots=True)
class Trust:
    """How the server describes a trusted assembly: a literal for what follows its name."""

    identity: str


@dataclass(frozen=True, slots=True)
class Script:
    """An SQL file: comment lines first, all final; `trust` is for what it takes back at its end."""

    heading: tuple[str, ...]
    trust: Trust


@dataclass(frozen=True, slots=True)
class Core:
    """The hand-written sources as one file: its heading, and their text."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A function's table entry in C#: where the spec has it, its class, the names of its two fields, its facts.

    `facts` is a constant.
    """

    origin: str
    type: str
    name: str
    facts_name: str
    facts: str


@dataclass(frozen=True, slots=True)
class Method:
    """A public method of the generated class: all of it in C#, each of `comment`, `attributes` and `body` a line."""

    comment: tuple[str, ...]
    attributes: tuple[str, ...]
    returns: str
    name: str
    parameters: str
    body: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Functions:
    """The generated classes: comment lines, the program's facts as a constant, the table, the methods."""

    heading: tuple[str, ...]
    facts: str
    entries: tuple[Entry, ...]
    methods: tuple[Method, ...]


@dataclass(frozen=True, slots=True)
class Flags:
    """The compiler's response file: comment lines, then a flag or a source a line."""

    heading: tuple[str, ...]
    flags: tuple[str, ...]
