"""What the templates see: frozen, every string final and quoted."""

from __future__ import annotations

from dataclasses import dataclass

from udfgen.bundle import Key

NOTHING_SHOWN = "''"
"""What is passed for a token where the server itself says who calls."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an install lives, quoted as names, and as literals (`…_text`; `…_name_text` holds the quoted name).

    `private` is the database of the registry, the switch and the token, `library` the plain name of the library and of
    its loadable function, `udf` the latter, quoted, `owner` the account that the routines run as. `names_text` lists
    the routines' names, `is_trigger` is the condition by which the catalog finds the triggers, `facts` the expression
    that asks the library, `shown_token` what is passed for a token.
    """

    database: str
    database_text: str
    database_name_text: str
    private: str
    private_text: str
    private_name_text: str
    registry: str
    registry_name_text: str
    switch: str
    switch_name_text: str
    token: str
    token_name_text: str
    owner: str
    create_owner: str
    owner_name_text: str
    owner_text: str
    owner_user_text: str
    owner_host_text: str
    owner_grantee_text: str
    shown_token: str
    library: str
    udf: str
    udf_text: str
    names_text: str
    is_trigger: str
    facts: str
    sql_mode: str
    lock: str


@dataclass(frozen=True, slots=True)
class Core:
    """The loadable function, and its library's file name as a literal."""

    place: Place
    library_text: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table result: `source` is its type in the reply's rows, `shown` the expression that is selected."""

    source: str
    shown: str


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A routine that people call. `form` is function or procedure, `call` the expression that reaches the core.

    `returns` is the type that a function returns, `columns` are those of a table result; `grantees` are accounts.
    """

    form: str
    name: str
    parameters: str
    returns: str
    determinism: str
    comment: str
    call: str
    columns: tuple[Column, ...]
    owner: str
    grantees: str


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger for one event. `condition` is '' where every row counts; `declarations` stand without `declare`."""

    name: str
    name_text: str
    database_text: str
    table: str
    table_text: str
    event: str
    owner: str
    condition: str
    declarations: tuple[str, ...]
    call: str


@dataclass(frozen=True, slots=True)
class Right:
    """What the owner may on a table of triggers: `privileges` are granted, all else goes.

    `columns_text` lists the columns that it may read, after an empty name; `statement_text` is the end of a REVOKE.
    """

    table: str
    database_text: str
    table_text: str
    privileges: str
    statement_text: str
    columns_text: str
    owner: str
    owner_grantee_text: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The triggers to be, each of which must not stand on another table: no lock covers two."""

    private: str
    triggers: tuple[Trigger, ...]


@dataclass(frozen=True, slots=True)
class Lost:
    """What makes a switch anew that was lost: `steps` are statements, each as a literal."""

    place: Place
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Switched:
    """What is said of one binding in the switch's table, as literals."""

    switch: str
    binding_text: str
    mode_text: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """One row for the registry: kind and name as literals; its digest is found by the key."""

    key: Key
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Record:
    """What an install writes down: before its work, what it wants; after it, what came of it."""

    place: Place
    rows: tuple[Recorded, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """An SQL file: comment lines first, all final; `drops` are whole statements."""

    heading: tuple[str, ...]
    drops: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A source file: its first lines, and the text of the hand-written file below them."""

    heading: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A function of the table: the line that leads back to the spec, and its facts as a C++ literal."""

    comment: str
    facts: str


@dataclass(frozen=True, slots=True)
class Functions:
    """The generated table: facts as C++ literals; `udf` is the name that the library exports."""

    heading: tuple[str, ...]
    program: str
    entries: tuple[Entry, ...]
    udf: str
