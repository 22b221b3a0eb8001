"""State: what a database holds now, and what it held after the last install."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from udfgen.bundle import Key


class Mode(str, Enum):
    """What a call of a binding does: reach Lambda, only ask whether it may, or fail with `disabled`."""

    LIVE = "live"
    DRY_RUN = "dry_run"
    OFF = "off"


Modes = Mapping[str, Mode]
"""Bindings of a spec, in its order, and their modes."""


@dataclass(frozen=True, slots=True)
class Live:
    """An object as the catalog reports it. `body` is what people compare, where it has code."""

    definition: str
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """An object as the registry has it: the digest of what was wanted, the definition that came of it."""

    desired: str
    definition: str

    @property
    def is_unfinished(self) -> bool:
        """Whether an install wrote down what it wanted, and not yet what came of it: it was cut."""
        return bool(self.desired) and not self.definition


@dataclass(frozen=True, slots=True)
class State:
    """One look at a database. `problems` are reasons why nothing can be installed, each with what to do."""

    server: str
    live: Mapping[Key, Live]
    recorded: Mapping[Key, Recorded]
    problems: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Return a hash by which a saved plan knows that nothing moved."""
        rows = [f"{key}\0{live.definition}" for key, live in sorted(self.live.items())]
        rows += [f"{key}\0{row.desired}\0{row.definition}" for key, row in sorted(self.recorded.items())]
        return hashlib.sha256("\1".join(rows).encode()).hexdigest()
