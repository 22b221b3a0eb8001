"""Where the live tests of Oracle run, and short words for what they do. As a module, it prints permissions.sql."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from time import sleep
from typing import Any

from tests.conformance.runners import variable
from udfgen import commands, install, switch
from udfgen.bundle import Bundle
from udfgen.connect import Session, connect, parse
from udfgen.install import Receipt
from udfgen.ir import Program
from udfgen.plan import REFUSED, Plan, Verdict
from udfgen.render import render
from udfgen.spec import check
from udfgen.state import Mode

DSN, ENDPOINT, CALLER = (variable("oracle", each) for each in ("DSN", "ENDPOINT", "CALLER_DSN"))
ALL = frozenset(REFUSED)

SPEC = """
udfgen: 1
name: udfgen_live
aws: {region: eu-west-1, endpoint: "ENDPOINT", credentials: {source: environment}}
bindings:
  plain: {function: plain, qualifier: live, timeout: 2s}
  queued: {function: queued, qualifier: live, timeout: 2s, invoke: async}
functions:
  live_text:
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
  live_rows:
    binding: plain
    returns: {table: {n: bigint, at: timestamptz, note: text}, rows: $.rows}
    grant: [app]
  live_void:
    binding: plain
    parameters: {a: bytes}
    returns: void
    grant: [app]
  live_reading:
    binding: queued
    parameters: {n: bigint, value: "decimal(9,2)", note: text, at: timestamptz, what: varchar(10), who: text}
    returns: void
  live_lobs:
    binding: queued
    parameters: {n: bigint, note: text, raw: bytes, day: timestamp}
    returns: void
engines: {oracle: {schema: SCHEMA, grantees: {app: [CALLER]}}}
"""

TABLE = (
    'create table "LIVE_READINGS" (n number, value number(9, 2), note clob, at timestamp with time zone, raw blob, '
    "day date)"
)
ARGUMENTS = "{n: NEW, value: new.value, note: new.note, at: time, what: operation, who: user}"
TRIGGERS = f"""
triggers:
  live_each:
    table: live_readings
    after: [insert, update, delete]
    of: [value, note]
    key: [n]
    when: coalesce(new.n, old.n) > 0
    call: live_reading
    arguments: {ARGUMENTS.replace("NEW", '"coalesce(new.n, old.n)"')}
    unless_user: [sys]
  live_end:
    table: live_readings
    after: [insert]
    level: statement
    call: live_text
    arguments: {{a: new.note}}
    when: new.n < 0
    when_off: skip
  live_lobs_at_end:
    table: live_readings
    after: [insert, delete]
    level: statement
    call: live_lobs
    arguments: {{n: "coalesce(new.n, old.n)", note: "coalesce(new.note, old.note)", raw: new.raw, day: new.day}}
    when: coalesce(new.n, old.n) >= 1000
compat: {{awslambda: {{grant: [app]}}}}
engines:"""
"""What TABLE needs to be there for."""

LOOK_SECONDS = 1.1
"""A session looks at the switch once a second."""


@dataclass(frozen=True)
class Place:
    """A schema: its DSN, that of a caller, the endpoint as the server sees it; '' for what is not given."""

    dsn: str
    caller: str
    endpoint: str

    @cached_property
    def text(self) -> str:
        """The spec, for this schema, its caller and its endpoint."""
        names = {
            "SCHEMA": _user(self.dsn) or "UDFGEN",
            "CALLER": _user(self.caller) or "APP",
            "ENDPOINT": self.endpoint or "http://127.0.0.1:9001",
        }
        return re.sub("SCHEMA|CALLER|ENDPOINT", lambda found: names[found[0]], SPEC)

    @cached_property
    def triggered(self) -> str:
        """The spec with triggers; whose writes call nothing is SYS, whom every server has."""
        head, _, engines = self.text.rpartition("\nengines:")
        return f"{head}{TRIGGERS}{engines}"

    def program(self, text: str = "") -> Program:
        """Return what the spec means, or another."""
        return commands.compile_program(check.check_text(text or self.text, "spec.yaml"))

    def bundle(self, text: str = "") -> Bundle:
        """Return what it becomes."""
        return render(commands.lower(self.program(text), "oracle"))

    @contextmanager
    def session(self, dsn: str = "") -> Iterator[Session]:
        """Open a session of the schema, or of another DSN."""
        with connect(parse(dsn or self.dsn)) as opened:
            yield opened

    def look(self, text: str = "") -> Plan:
        """Return the plan of an install."""
        with self.session() as opened:
            return install.look(self.bundle(text), opened)

    def put(self, text: str = "", allowed: frozenset[Verdict] = frozenset()) -> Receipt:
        """Install the spec, or another."""
        made = self.bundle(text)
        with self.session() as opened:
            return install.install(made, opened, install.look(made, opened), allowed=allowed)

    def remove(self) -> Receipt:
        """Uninstall it."""
        made = self.bundle()
        with self.session() as opened:
            return install.uninstall(made, opened, install.look_removal(made, opened))

    def rows(self, sql: str, dsn: str = "") -> list[tuple[Any, ...]]:
        """Run a statement in a session of its own."""
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


def turn(place: Place, binding: str, mode: Mode, text: str = "") -> None:
    """Switch a binding, and wait until every session has seen it."""
    with place.session() as opened:
        switch.turn(place.program(text), place.bundle(text), opened, binding, mode)
    sleep(LOOK_SECONDS)


def here() -> Place:
    """Return the place that the environment names."""
    return Place(*(os.environ.get(each, "") for each in (DSN, CALLER, ENDPOINT)))


def _user(dsn: str) -> str:
    """Return whose session a DSN opens, as the dictionary has it: a proxy names it in brackets."""
    user = (parse(dsn).user or "") if dsn else ""
    found = re.search(r"\[(.+)\]", user)
    return (found[1] if found else user).upper()


if __name__ == "__main__":
    place = here()
    print(next(each.content.decode() for each in place.bundle(place.triggered).files if each.path == "permissions.sql"))
