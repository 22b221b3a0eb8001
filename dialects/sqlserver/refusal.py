"""How the server refuses: its errors on one line, with what to do about those that are known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

NOT_TRUSTED = (
    "the server does not trust the assembly: have an administrator run the first batch of assembly.sql, which adds its "
    "SHA-512 to the trusted assemblies"
)
NOT_LOADED = "udfgen status tells whether the server trusts the assembly; a restored database brings no trust"
NOT_TAKEN = "compile it again with `udfgen compile`; if that does not help, report what SQL Server says"
NO_RIGHT = (
    "connect as a member of db_owner whose login has EXTERNAL ACCESS ASSEMBLY or UNSAFE ASSEMBLY, granted in master; "
    "trust is given by CONTROL SERVER"
)

HINTS = {
    10327: NOT_TRUSTED,
    10343: NOT_TRUSTED,
    10314: NOT_LOADED,
    6218: NOT_TAKEN,
    6544: NOT_TAKEN,
    6522: "it comes from .NET itself, not from the core: udfgen doctor looks from inside",
    6263: "`clr enabled` is off: have an administrator run: exec sp_configure 'clr enabled', 1; reconfigure;",
    15247: NO_RIGHT,
    262: NO_RIGHT,
    300: NO_RIGHT,
    1205: "another session held what is to be changed, and wanted what was: run it again",
    1222: "another session uses what is to be changed: wait for it, or give a longer --lock-timeout",
    3729: "drop what is built on it first (a computed column, a CHECK, a schema-bound object), and make it again after",
    229: "have it granted: `grant` in the spec names who may call",
    **dict.fromkeys((208, 2812, 4121), "install the spec first, or see udfgen status"),
}
"""What to do about an error of the server, by its number.

https://learn.microsoft.com/en-us/sql/relational-databases/errors-events/database-engine-events-and-errors
"""

LEAST = 11
"""The severity from which a message is an error; the others only inform.

https://learn.microsoft.com/en-us/sql/relational-databases/errors-events/database-engine-error-severities
"""

STACK, INNER = "   at ", "System.Exception:"
"""How lines begin that tell where in .NET an exception passed, and the line before them, which tells nothing."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One message of the server: its number, its line in the batch, its text."""

    number: int
    line: int
    text: str

    def __str__(self) -> str:
        return f"Msg {self.number}, line {self.line}: {plain(self.text).removesuffix('.')}"


class Refusal(Exception):
    """A batch failed; `faults` are all that the server says of it."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        said = "; ".join(map(str, self.faults))
        super().__init__(f"{said}{_hint(said, [each.number for each in self.faults])}")


def _hint(said: str, numbers: Iterable[int]) -> str:
    """Return what to do about errors, behind a `; `; '' where nothing is known."""
    known = [HINTS[each] for each in numbers if each in HINTS and "[udfgen " not in said]
    return f"; {known[0]}" if known else ""


def plain(text: str) -> str:
    """Return a message on one line, without the places in .NET that an exception passed."""
    lines = (line for line in text.splitlines() if not line.startswith(STACK) and line.strip() != INNER)
    return " ".join(" ".join(lines).split())


def code(message: str) -> str | None:
    """Return the code in `[udfgen <code>]`, which every error of a core has exactly once."""
    return message.partition("[udfgen ")[2].partition("]")[0] or None
