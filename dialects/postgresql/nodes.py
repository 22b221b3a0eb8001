"""What the templates see: frozen, every string final and quoted."""

from __future__ import annotations

from dataclasses import dataclass

from udfgen.bundle import Key


@dataclass(frozen=True, slots=True)
class Place:
    """Where an install lives, quoted as names (`schema`, `owner`, …) and as literals (`…_text`; `…_ident_text` is a
    literal that holds the quoted name).

    `label` marks the role and the schema that an install made, `labels` is a LIKE pattern for any install's label,
    `lock` is the key of the advisory lock.
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
    core_text: str
    names_text: str
    label: str
    labels: str
    lock: int


@dataclass(frozen=True, slots=True)
class Core:
    """The one function that loads the core into a session. `compared` is as in Wrapper."""

    signature: str
    signature_text: str
    owner: str
    owner_text: str
    body: str
    compared: str
    comment: str


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A function that people call. `settings` are whole SET clauses, `strict` is that clause or empty.

    `compared` is what a plan compares, `shape` holds the arguments of udfgen_reshape: what cannot be changed in place.
    """

    name: str
    signature: str
    signature_text: str
    arguments: str
    returns: str
    volatility: str
    strict: str
    settings: tuple[str, ...]
    owner: str
    owner_text: str
    body: str
    compared: str
    shape: str
    comment: str
    grantees: str


@dataclass(frozen=True, slots=True)
class Usage:
    """The right to look into the schema: the role and its right's name, as the registry spells them, as literals."""

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
