"""Short words for what nearly every test here does: compile a spec, install it, look, remove it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

from tests.tds.server import PASSWORD, USER
from udfgen import commands, dialect, install
from udfgen.bundle import Bundle
from udfgen.connect import Session, connect, parse
from udfgen.install import Receipt
from udfgen.ir import Program
from udfgen.plan import REFUSED, Plan, Verdict
from udfgen.render import render
from udfgen.spec import check

lower = dialect.load("sqlserver").part("lower")

ALL = frozenset(REFUSED)
"""Every verdict that a flag lets through."""

SIZE = 40_000
"""Bytes of the compiled assembly: the batch that carries it needs some forty packets."""


def quickstart() -> str:
    """Return the text of the shipped example's spec."""
    with commands.quickstart() as folder:
        return (folder / "spec.yaml").read_text(encoding="utf-8")


def changed(text: str, *edits: tuple[str, str]) -> str:
    """Return a spec with parts of it replaced; each part must be there."""
    for old, new in edits:
        assert old in text, f"not in the spec: {old}"
        text = text.replace(old, new)
    return text


SPEC = quickstart()
NEXT = changed(
    SPEC,
    ("customer_id: bigint", "customer_id: integer"),
    ("recent_orders:", "latest_orders:"),
    ("Score of a customer, 0 to 100.", "It's the score of a customer."),
)
"""Another version: functions changed, one dropped, one new."""
VOID = changed(
    SPEC[: SPEC.index("  recent_orders:")] + SPEC[SPEC.index("  log_event:") :],
    ('    returns: {type: "decimal(5,2)", path: $.score}\n', "    returns: void\n"),
    ("        result: 87.50\n", ""),
)
"""A version where a function is a procedure."""


@cache
def program(text: str) -> Program:
    """Return what a spec means."""
    return commands.compile_program(check.check_text(text, "spec.yaml"))


@cache
def bundle(text: str) -> Bundle:
    """Return what a spec becomes, with bytes in the place of the compiled assembly, others for other sources."""
    made = render(commands.lower(program(text), "sqlserver"))
    stamp = hashlib.sha512(made.compiled[0].stamp.encode()).digest()
    return replace(made, fills={lower.BYTES: f"0x{(b'MZ' + stamp * (SIZE // 64)).hex()}"})


@cache
def _temporary() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="udfgen-tds-")


def folder() -> Path:
    """Return a folder with an assembly.sql in it: that there is one is what an install asks before it starts."""
    made = Path(_temporary().name)
    (made / lower.ASSEMBLY).touch()
    return made


def dsn(
    port: int, database: str = "sales", password: str = PASSWORD, user: str = USER, more: str = "encrypt=no"
) -> str:
    """Return the DSN of a server of the tests."""
    return f"mssql://{user}:{password}@127.0.0.1:{port}/{database}?{more}"


@contextmanager
def session(port: int) -> Iterator[Session]:
    """Open a session."""
    with connect(parse(dsn(port))) as opened:
        yield opened


def look(port: int, text: str = SPEC) -> Plan:
    """Return the plan of an install."""
    with session(port) as opened:
        return install.look(bundle(text), opened)


def put(port: int, text: str = SPEC, allowed: frozenset[Verdict] = frozenset(), wait: float = 0) -> Receipt:
    """Install a spec."""
    with session(port) as opened:
        return put_in(opened, text, allowed, wait)


def put_in(opened: Session, text: str = SPEC, allowed: frozenset[Verdict] = frozenset(), wait: float = 0) -> Receipt:
    """Install a spec in an open session."""
    made = bundle(text)
    seen = install.look(made, opened)
    return install.install(made, opened, seen, allowed=allowed, folder=folder(), lock_timeout=wait)


def remove(port: int, text: str = SPEC) -> Receipt:
    """Uninstall a spec, of which nothing needs be compiled."""
    with session(port) as opened:
        return remove_in(opened, text)


def remove_in(opened: Session, text: str = SPEC) -> Receipt:
    """Uninstall a spec in an open session."""
    made = replace(bundle(text), fills={})
    return install.uninstall(made, opened, install.look_removal(made, opened), lock_timeout=0)


def verdicts(plan: Plan) -> dict[str, str]:
    """Return what a plan says, but of what is unchanged."""
    return {str(each.key): each.verdict.value for each in plan.changes if each.verdict is not Verdict.UNCHANGED}
