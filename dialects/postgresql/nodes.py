"""What the templates see: frozen, every string final and quoted."""

from __future__ import annotations

from dataclasses import dataclass

from udfgen.bundle import Key


@dataclass(frozen=True, slots=True)
class Place:
    """Where an install lives, quoted as names (`schema`, `owner`, …) and as literals (`…_text`; `…_ident_text` is a
    literal that holds the quoted name).

    `label` marks the role and the schemas that an install made, `labels` is a LIKE pattern for any install's label,
    `lock` is the key of the advisory lock. `switch_shape` is what switch_shape.sql says of the switch as it should be.
    """

    program: str
    schema: str
    schema_text: str
    schema_ident_text: str
    owner: str
    owner_text: str
    owner_ident_text: str
    registry: str
    registry_text: str
    switch: str
    switch_text: str
    switch_shape: str
    core_text: str
    label: str
    labels: str
    lock: int
    watched: Watched


@dataclass(frozen=True, slots=True)
class Watched:
    """What catalog.sql looks for by its name, whoever's it is: arrays, as SQL.

    `schemas` and `routines` are bare names, a routine's behind its schema's and a point; `types` are quoted names.
    `hooked`, `hooks` and `tables` belong together: the signature of a trigger function, a trigger that is to run it,
    its table; `tag` quotes a block that holds them. `rivals` are extensions whose names the install would take.
    """

    schemas: str
    routines: str
    types: str
    hooked: str
    hooks: str
    tables: str
    tag: str
    rivals: str


@dataclass(frozen=True, slots=True)
class Home:
    """A schema that is made when it is not there. `rivals` is as in Watched."""

    schema: str
    schema_text: str
    label: str
    rivals: str


@dataclass(frozen=True, slots=True)
class Core:
    """The one function that loads the core into a session. `compared` is as in Routine."""

    signature: str
    signature_text: str
    owner: str
    owner_text: str
    body: str
    compared: str
    comment: str


@dataclass(frozen=True, slots=True)
class Routine:
    """A function or procedure. `declared` are the clauses behind its arguments, `settings` whole SET clauses.

    `compared` is what a plan compares, `shape` holds the arguments of udfgen_reshape: what cannot be changed in place.
    """

    what: str
    name: str
    signature: str
    signature_text: str
    arguments: str
    declared: tuple[str, ...]
    settings: tuple[str, ...]
    owner: str
    owner_text: str
    body: str
    compared: str
    shape: str
    comment: str
    grantees: str


@dataclass(frozen=True, slots=True)
class Hook:
    """A trigger: what makes a table run a trigger function. `clauses` stand between the table and the function."""

    name: str
    events: str
    table: str
    clauses: tuple[str, ...]
    function: str


@dataclass(frozen=True, slots=True)
class Unhook:
    """The end of all triggers that run a function, but for those in the array `kept`, on the table."""

    table_text: str
    signature_text: str
    kept: str


@dataclass(frozen=True, slots=True)
class Demand:
    """What must hold for a trigger: a condition, the message and the hint where it does not; `tag` quotes the block."""

    tag: str
    condition: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Composite:
    """A composite type: its attributes as they are declared, and the same as an array in `wanted`.

    `compared` is as in Routine, `grantees` may use it.
    """

    name: str
    name_text: str
    attributes: tuple[str, ...]
    wanted: str
    compared: str
    grantees: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A binding and its mode, as literals, for the table that holds the modes; `tag` quotes the block."""

    switch: str
    switch_text: str
    tag: str
    binding: str
    mode: str


@dataclass(frozen=True, slots=True)
class Usage:
    """The right to look into a schema: its name, the role's and the right's as the registry has them, all literals."""

    schema_text: str
    role_text: str
    name_text: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """One row for the registry: kind and name as literals; its digest is found by the key."""

    key: Key
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Record:
    """What the closing statements write down, or the retiring ones keep; `tag` quotes a block that holds it."""

    place: Place
    rows: tuple[Recorded, ...]
    tag: str


@dataclass(frozen=True, slots=True)
class Shared:
    """Something that another install may have made: all literals; `definition` is what its removal needs."""

    kind: str
    name: str
    definition: str


@dataclass(frozen=True, slots=True)
class Share:
    """What to record as well, where another install in the database has recorded it."""

    place: Place
    rows: tuple[Shared, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """The head of a file: comment lines, final."""

    heading: tuple[str, ...]
