"""What can go wrong, as values.

    UdfgenError                 exit 1, one clear message
    ├── SpecError               the spec is wrong: every problem, each with its position
    ├── UsageError              the command line or a file given to it is wrong
    ├── ConnectError            the database cannot be reached, or not with these rights
    ├── LockError               somebody else is installing
    ├── RefusedError            the plan holds what needs a word from the user (drift, unmanaged)
    ├── MovedError              the database or the files moved since they were looked at
    ├── CompileError            a compiler is missing or failed; it says why
    ├── InstallError            a statement failed; the database says why
    └── CallError               a wrapper failed, with the code that all engines share

Exceptions carry facts; messages are built from them, here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Severity(str, Enum):
    """How bad a problem is: an error stops `build`, a warning is shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """A place in a spec: file name as given, line and column from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a spec: where, what, and what to do about it.

    `rule` is a stable short id (`unknown-key`, `arn`, …) for SARIF and for tests.
    """

    origin: Origin
    what: str
    advice: str
    rule: str = "spec"
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        mark = "warning: " if self.severity is Severity.WARNING else ""
        return f"{self.origin}: {mark}{self.what}: {self.advice}"


class UdfgenError(Exception):
    """The base of all that udfgen raises on purpose."""


class SpecError(UdfgenError):
    """The spec cannot be compiled; `problems` holds every reason, in file order."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class UsageError(UdfgenError):
    """The command line, or a file that it names, is wrong."""


class ConnectError(UdfgenError):
    """The database cannot be reached, or refuses this user."""


class LockError(UdfgenError):
    """Another install holds the lock, and did not let go in time."""


class RefusedError(UdfgenError):
    """The plan holds changes that need a word from the user before anything is done."""


class MovedError(UdfgenError):
    """What was looked at is not what is there now."""


class CompileError(UdfgenError):
    """A compiler is not there, or refused the generated sources."""


class InstallError(UdfgenError):
    """A statement of an install failed, and the database is as it was unless told."""


class CallError(UdfgenError):
    """A wrapper failed; `code` is the udfgen error code in its text, None for an error of the engine's own."""

    def __init__(self, text: str, code: str | None) -> None:
        self.code = code
        super().__init__(text)
