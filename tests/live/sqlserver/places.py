"""Where the live tests of SQL Server run, and short words for what they do."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from tests.conformance.runners import variable
from udfgen import bundle, commands, install
from udfgen.bundle import Bundle
from udfgen.connect import Session, connect, parse
from udfgen.install import Receipt
from udfgen.ir import Program
from udfgen.plan import REFUSED, Plan, Verdict
from udfgen.render import render
from udfgen.spec import check

DSN, ENDPOINT, CALLER = (variable("sqlserver", each) for each in ("DSN", "ENDPOINT", "CALLER_DSN"))
ALL = frozenset(REFUSED)

SPEC = """
udfgen: 1
name: udfgen_live
aws: {region: eu-west-1, endpoint: "ENDPOINT", credentials: {source: environment}}
bindings:
  plain: {function: plain, qualifier: live, timeout: 2s}
functions:
  live_text:
    description: What it is given.
    binding: plain
    parameters: {a: text}
    payload: {a: $a}
    returns: {type: text, path: $.a}
    grant: [app]
  live_number:
    binding: plain
    parameters: {a: {type: bigint, default: 1}, b: {type: timestamptz, default: null}}
    returns: {type: "decimal(5,2)", path: $.n}
    grant: [app]
  live_defaults:
    binding: plain
    parameters:
      boolean: {type: boolean, default: true}
      smallint: {type: smallint, default: -3}
      decimal: {type: "decimal(38,10)", default: 1.5}
      real: {type: real, default: 0.1}
      double: {type: double, default: 1e+300}
      varchar: {type: varchar(20), default: "it's $(x) \\u20ac"}
      date: {type: date, default: "0001-01-01"}
      time: {type: time, default: "23:59:59.999999"}
      timestamp: {type: timestamp, default: "9999-12-31T23:59:59.999999"}
      timestamptz: {type: timestamptz, default: "2016-02-15T12:00:00+01:00"}
      uuid: {type: uuid, default: 6f1c2f60-0f0e-4d3a-9b57-3a1d5c1f0a01}
    returns: {type: json, path: $}
    grant: [app]
  live_rows:
    binding: plain
    returns: {table: {n: bigint, at: timestamptz, note: text}, rows: $.rows}
    grant: [app]
  live_void:
    binding: plain
    parameters: {a: bytes}
    returns: void
    grant: [app]
engines: {sqlserver: {grantees: {app: [CALLER]}}}
"""


@dataclass(frozen=True)
class Place:
    """A database: its DSN, that of a caller, the endpoint as the server sees it; '' for what is not given."""

    dsn: str
    caller: str
    endpoint: str

    @property
    def grantee(self) -> str:
        """The user who may call."""
        return (parse(self.caller).user if self.caller else None) or "udfgen_live_app"

    @cached_property
    def text(self) -> str:
        """The spec, for this caller and its endpoint."""
        named = SPEC.replace("CALLER", f'"{self.grantee}"')
        return named.replace("ENDPOINT", self.endpoint or "http://127.0.0.1:9001")

    def program(self, text: str = "") -> Program:
        """Return what the spec means, or another."""
        return commands.compile_program(check.check_text(text or self.text, "spec.yaml"))

    def bundle(self, text: str = "") -> Bundle:
        """Return what it becomes, compiled."""
        return compiled(text or self.text)[0]

    @contextmanager
    def session(self, dsn: str = "") -> Iterator[Session]:
        """Open a session of the owner, or of another DSN."""
        with connect(parse(dsn or self.dsn)) as opened:
            yield opened

    def look(self, text: str = "") -> Plan:
        """Return the plan of an install."""
        with self.session() as opened:
            return install.look(self.bundle(text), opened)

    def put(self, text: str = "", allowed: frozenset[Verdict] = frozenset(), wait: float = 60) -> Receipt:
        """Install the spec, or another."""
        made, folder = compiled(text or self.text)
        with self.session() as opened:
            seen = install.look(made, opened)
            return install.install(made, opened, seen, allowed=allowed, folder=folder, lock_timeout=wait)

    def remove(self) -> Receipt:
        """Uninstall it."""
        made = self.bundle()
        with self.session() as opened:
            return install.uninstall(made, opened, install.look_removal(made, opened))

    def admit(self) -> None:
        """Make the grantee, where it is no login of somebody's own."""
        self.rows(f"if user_id(N'{self.grantee}') is null create user [{self.grantee}] without login")

    def rows(self, sql: str, dsn: str = "") -> list[tuple[Any, ...]]:
        """Run a batch in a session of its own."""
        with self.session(dsn) as opened:
            return opened.rows(sql)[1]

    def call(self, name: str, **arguments: str | None) -> list[dict[str, str | None]]:
        """Call a function as its owner, in a session of its own."""
        with self.session() as opened:
            return self.call_in(opened, name, **arguments)

    def call_in(self, opened: Session, name: str, **arguments: str | None) -> list[dict[str, str | None]]:
        """Call a function in an open session."""
        program = self.program()
        (function,) = (each for each in program.functions if each.name == name)
        return [dict(row) for row in opened.call(program, function, arguments)]


@cache
def _temporary() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="udfgen-live-")


@cache
def compiled(text: str) -> tuple[Bundle, Path]:
    """Return what a spec becomes, with its assembly, and the folder that holds it."""
    made = render(commands.lower(commands.compile_program(check.check_text(text, "spec.yaml")), "sqlserver"))
    root = Path(tempfile.mkdtemp(dir=_temporary().name))
    bundle.write(made, root)
    commands.run_toolchain(made, root)
    return commands.with_compiled(made, root), made.folder(root)


def here() -> Place:
    """Return the place that the environment names."""
    return Place(*(os.environ.get(each, "") for each in (DSN, CALLER, ENDPOINT)))
