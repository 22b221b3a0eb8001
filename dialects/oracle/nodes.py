"""What the templates see: frozen, every string final and quoted."""

from __future__ import annotations

from dataclasses import dataclass

from udfgen.bundle import Key


@dataclass(frozen=True, slots=True)
class Recorded:
    """A row of the registry: kind and name as literals; its digest is found by the key."""

    key: Key
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where an install lives: its registry, and the package of its steps, both quoted; `first` is the package's row.

    Everything stands in the schema of who is connected.
    """

    registry: str
    setup: str
    first: Recorded


@dataclass(frozen=True, slots=True)
class Step:
    """A call of the package `setup` for one object: kind and name are literals."""

    setup: str
    routine: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Resource:
    """A Java resource: its quoted name, and its text as literals."""

    name: str
    pieces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A Java source: its quoted name, and its text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Method:
    """A public method of the generated class: all of it in Java."""

    returns: str
    name: str
    parameters: str
    body: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A function of the spec: its table entry, as a field's name and its value, and the methods that run with it."""

    constant: str
    facts: str
    methods: tuple[Method, ...]


@dataclass(frozen=True, slots=True)
class Functions:
    """The generated class: `core` tells the core that it was made for, `facts` are the program's, in Java.

    `entries` are what the spec's functions run, `methods` what the install itself calls.
    """

    name: str
    core: str
    package: str
    imports: tuple[str, ...]
    facts: str
    entries: tuple[Entry, ...]
    methods: tuple[Method, ...]


@dataclass(frozen=True, slots=True)
class CallSpec:
    """A Java method as a routine of SQL: `head` is its form and name, `parameters` stand in parentheses or are ''.

    `returns` is `return <type>` and a blank, or '' for a procedure; `java` the method's full name, a literal.
    """

    head: str
    parameters: str
    returns: str
    java: str


@dataclass(frozen=True, slots=True)
class Package:
    """The call specifications that only the owner's own functions may use."""

    name: str
    specs: tuple[CallSpec, ...]


@dataclass(frozen=True, slots=True)
class RowType:
    """The types of a table result: `row` and `rows` are their names, `attributes` the columns with their types."""

    row: str
    rows: str
    attributes: str


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A routine that people call, as `spec` declares it; `comment` lines describe it, `determinism` may be ''.

    What is written in PL/SQL reaches Java by `call`; a table's rows are of type `row`, made of `cells`, and `package`
    holds the call specifications that step through them.
    """

    spec: CallSpec
    determinism: str
    comment: tuple[str, ...]
    call: str
    package: str
    row: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BatchWrapper:
    """A batch function as a routine over a cursor; `head` is its form, name and parameter, `comment` describes it.

    `returns` is the return clause of a pipelined function, and a blank, or '' for a procedure. A row of the cursor is a
    record of `fields`. `begin` is the expression of a call's handle, `add` takes in a row, and at most `limit` of them
    are in hand; `package` holds the call specifications for the rest. What is piped is of type `row`, made of `cells`.
    """

    head: str
    returns: str
    comment: tuple[str, ...]
    fields: str
    begin: str
    add: str
    limit: int
    package: str
    row: str
    cells: str


@dataclass(frozen=True, slots=True)
class Assigned:
    """A parameter of what a trigger calls: its quoted name, its type as a variable, and the value that a row gives.

    What is kept of a row until the statement's end is a value of its own: of a LOB, a copy.
    """

    name: str
    type: str
    value: str


@dataclass(frozen=True, slots=True)
class Copy:
    """The function of a trigger that copies a LOB of one type: its quoted name, and the type."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger: `events` with `or` between them, names quoted; `version` tells what it calls apart from a new one.

    A row for which one of the conditions `passes` is true is passed by. `call` is what is done for any other; what it
    returns goes into what `dropped` declares. `fields` are what a row is kept as until the statement's end, from
    `arguments`; `copies` make what is kept of LOBs, and `lobs` are those of the row at `udfgen_at`, to be freed.
    `error_codes` is the function that tells that a binding is off, where that is no error. Where a batch takes in the
    rows by `call`, `begin` is the expression of its handle, `package` sends them, `limit` at a time.
    """

    name: str
    events: str
    table: str
    version: str
    passes: tuple[str, ...]
    dropped: tuple[str, ...]
    call: str
    arguments: tuple[Assigned, ...]
    fields: str
    copies: tuple[Copy, ...]
    lobs: tuple[str, ...]
    error_codes: tuple[str, ...]
    begin: str
    package: str
    limit: int


@dataclass(frozen=True, slots=True)
class Stop:
    """What a trigger does until its install is done: nothing. Names are literals, `setup` is the package."""

    setup: str
    name: str
    table: str


@dataclass(frozen=True, slots=True)
class Named:
    """One quoted name."""

    name: str


@dataclass(frozen=True, slots=True)
class SwitchTable:
    """The table of switched bindings: its quoted name, and the same as a literal."""

    name: str
    literal: str


@dataclass(frozen=True, slots=True)
class Mode:
    """A row of the switch: the qualified table, the binding and the mode as literals."""

    table: str
    binding: str
    mode: str


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """The function that takes the code out of an error's text: its quoted name."""

    name: str


@dataclass(frozen=True, slots=True)
class Grant:
    """Who may use an object: its quoted name, and names with commas between."""

    name: str
    grantees: str


@dataclass(frozen=True, slots=True)
class Record:
    """What an install wants, written down before its work; `triggers` are literals, with commas between."""

    place: Place
    rows: tuple[Recorded, ...]
    triggers: str


@dataclass(frozen=True, slots=True)
class Drop:
    """What takes an object away that the registry lists: a statement as a literal."""

    row: Recorded
    statement: str


@dataclass(frozen=True, slots=True)
class Script:
    """An SQL file: comment lines first, all final."""

    heading: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Removal:
    """The SQL file that takes all away: comment lines, the registry's quoted name, what is dropped in its order."""

    heading: tuple[str, ...]
    registry: str
    drops: tuple[Drop, ...]


@dataclass(frozen=True, slots=True)
class Permissions:
    """The Java permissions of a schema, each as the arguments of `dbms_java.grant_permission`, and grants of rights."""

    heading: tuple[str, ...]
    rows: tuple[str, ...]
    rights: tuple[str, ...]
