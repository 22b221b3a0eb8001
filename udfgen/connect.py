"""DSNs, parsed here before any driver sees them, and the session that a dialect opens with one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable
from urllib.parse import parse_qsl, unquote

from udfgen import dialect
from udfgen.bundle import Bundle, Requirement
from udfgen.errors import UsageError
from udfgen.ir import Function, Program
from udfgen.redact import HIDDEN, Secret, hide_likely
from udfgen.state import State

VARIABLE = "UDFGEN_DSN"
FORM = "a DSN has the form engine://user@host:port/database?option=value"
PLUGIN_DIR = "plugin_dir"
"""The option of a DSN by which `--plugin-dir` reaches the session."""

SECRET_OPTIONS = {"password", "passwd", "pwd", "sslpassword", "wallet_password"}

_DSN = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://"
    r"(?:(?P<user>[^:@/?#\s]*)(?::(?P<password>[^@/?#\s]*))?@)?"
    r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[^:@/?#\s\[\],]*)(?::(?P<port>[0-9]{1,5}))?"
    r"(?:/(?P<database>[^@/?#\s]*))?(?:\?(?P<options>[^@#\s]*))?"
)


@dataclass(frozen=True, slots=True)
class Dsn:
    """Where a database is. `str()` is fit to be printed: it has no secret."""

    engine: str
    scheme: str
    user: str | None
    password: Secret | None
    host: str | None
    port: int | None
    database: str | None
    options: Mapping[str, str | Secret]

    def __str__(self) -> str:
        login = f"{self.user or ''}{f':{HIDDEN}' if self.password else ''}@" if self.user or self.password else ""
        host = f"[{self.host}]" if self.host and ":" in self.host else self.host or ""
        port = f":{self.port}" if self.port else ""
        options = "&".join(f"{key}={value}" for key, value in self.options.items())
        return f"{self.scheme}://{login}{host}{port}/{self.database or ''}{f'?{options}' if options else ''}"


class Session(Protocol):
    """An open connection, as the installer uses one. Every method raises UdfgenError and nothing else."""

    transactional: bool  # Whether a transaction takes back every statement of an install that fails.
    warnings: list[str]

    def observe(self, bundle: Bundle) -> State:
        """Return what is there now."""

    def lock(self, seconds: float) -> Any:
        """Return a context manager that holds the install lock; LockError when it cannot be had in time."""

    def transaction(self) -> Any:
        """Return a context manager: all statements in it, or none, where the engine can."""

    def run(self, sql: str) -> None:
        """Run one statement; InstallError says which object and why."""

    def call(
        self, program: Program, function: Function, arguments: Mapping[str, str | None]
    ) -> Sequence[Mapping[str, str | None]]:
        """Call an installed wrapper; arguments and results are neutral texts (native/contract/README.md).

        Raises CallError, which carries the error code. A batch function is called with one row.
        """

    def call_rows(
        self, program: Program, function: Function, rows: Sequence[Mapping[str, str | None]]
    ) -> Sequence[str | None]:
        """Call an installed batch function with rows of neutral texts; return one for each, none where it is void.

        Raises CallError as `call` does.
        """

    def admit(self, requirements: Sequence[Requirement]) -> None:
        """Create the roles or accounts that a bundle requires: for throw-away servers only."""

    def rows(self, sql: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Run a statement of a demonstration; return the names of its columns and its rows. Raises CallError."""

    def probe(self, program: Program, bundle: Bundle) -> Iterator[Check]:
        """Look from inside the server: what `udfgen doctor` reports, one check at a time."""

    def endpoint(self, program: Program, bundle: Bundle) -> str:
        """Return the URL of the Lambda endpoint that the server process would use."""

    def close(self) -> None:
        """Close the connection."""


@runtime_checkable
class Placer(Protocol):
    """A session of an engine that loads compiled files from a folder of the server's."""

    def place(self, bundle: Bundle, path: Path) -> None:
        """Bring a compiled file to where the server loads it.

        Raises InstallError with the commands to run on the server when that is another machine.
        """

    def sweep(self, bundle: Bundle) -> None:
        """Take away the compiled files of this install that the server does not use any more."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that `doctor` looked at: whether it is fine, what was found, what to do otherwise."""

    name: str
    is_fine: bool
    found: str
    advice: str = ""


def find(dsn: str | None, variable: str | None, environment: Mapping[str, str] = os.environ) -> Dsn:
    """Return the DSN given on the command line, or in the variable named there, or in UDFGEN_DSN."""
    if dsn is not None and variable is not None:
        raise UsageError("give --dsn or --dsn-env, not both")
    if dsn is not None:
        return parse(dsn)
    text = environment.get(variable or VARIABLE)
    if text:
        return parse(text)
    if variable and "://" in variable:
        raise UsageError("--dsn-env takes the name of a variable; give a DSN with --dsn")
    if variable:
        raise UsageError(f"the environment variable {variable}, named by --dsn-env, is not set: set it to a DSN")
    raise UsageError(f"no database is named: give --dsn, --dsn-env NAME, or set {VARIABLE}; {FORM}")


def parse(text: str) -> Dsn:
    """Return the parts of a DSN; UsageError, which never repeats any of it, when it is malformed."""
    hide_likely(text)
    match = _DSN.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"the DSN is malformed: {_reason(text.strip())}; {FORM}")
    part = match.groupdict()
    found = dialect.for_scheme(part["scheme"])
    port = int(part["port"]) if part["port"] else None
    if port is not None and not 0 < port < 65536:
        raise UsageError("the DSN is malformed: the port is not between 1 and 65535")
    password = Secret(_decoded(part["password"])) if part["password"] else None
    host = _decoded(part["host"]).strip("[]") if part["host"] else None
    user, database = (_decoded(part[name]) if part[name] else None for name in ("user", "database"))
    return Dsn(found.name, part["scheme"], user, password, host, port, database, _options(part["options"]))


def with_plugin_dir(dsn: Dsn, folder: Path | None) -> Dsn:
    """Return a DSN that also says where the server's libraries lie, as seen from here."""
    return replace(dsn, options={**dsn.options, PLUGIN_DIR: str(folder)}) if folder else dsn


@contextmanager
def connect(dsn: Dsn) -> Iterator[Session]:
    """Open a session by the driver of the DSN's engine, and close it; ConnectError, UsageError without a driver."""
    session: Session = dialect.load(dsn.engine).part("session").connect(dsn)
    try:
        yield session
    finally:
        session.close()


def _decoded(text: str) -> str:
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise UsageError("the DSN is malformed: a % in it is not followed by two hex digits; write %25 for a % itself")
    decoded = unquote(text, errors="strict") if _is_utf8(text) else ""
    if not decoded or any(ord(each) < 32 for each in decoded):
        raise UsageError("the DSN is malformed: a part of it decodes to control characters or is not UTF-8")
    return decoded


def _is_utf8(text: str) -> bool:
    try:
        unquote(text, errors="strict")
    except UnicodeDecodeError:
        return False
    return True


def _options(text: str | None) -> dict[str, str | Secret]:
    try:
        pairs = parse_qsl(text or "", keep_blank_values=True, strict_parsing=bool(text), errors="strict")
    except ValueError:
        raise UsageError(f"the DSN is malformed: its options are not name=value&name=value; {FORM}") from None
    if any(ord(each) < 32 for pair in pairs for each in "".join(pair)):
        raise UsageError("the DSN is malformed: one of its options decodes to control characters")
    return {key: Secret(value) if key.lower() in SECRET_OPTIONS else value for key, value in pairs}


def _reason(text: str) -> str:
    """Say what is wrong without repeating a word of it: any part might be a password."""
    if "://" not in text:
        return 'there is no "://"'
    if re.search(r"\s", text):
        return "there is white space in it; write %20"
    if text.count("@") > 1:
        return 'there is more than one "@"; write %40 for one in a name or password'
    if "#" in text:
        return 'there is a "#"; write %23'
    if "[" in text or "]" in text:
        return "its IPv6 address is not in [brackets], or is none"
    if re.search(r":[^/@]*[^0-9/@?][^/@]*(/|\?|$)", text.split("@")[-1]):
        return 'the port is not a number, or a name or password has a "/" or "?"; write %2F, %3F'
    return 'its parts cannot be told apart; write special characters as %XX, "/" as %2F'
