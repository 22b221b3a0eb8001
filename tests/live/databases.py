"""Short words for what nearly every live test does: compile a spec, install it, look, remove it, ask the server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import psycopg

from udfgen import commands, install
from udfgen.bundle import Bundle
from udfgen.connect import Session, connect, parse
from udfgen.install import Receipt
from udfgen.ir import Program
from udfgen.plan import REFUSED, Plan, Verdict
from udfgen.render import render
from udfgen.spec import check, document

ENGINE = "postgresql"
ALL = frozenset(REFUSED)
"""Every verdict that a flag lets through."""

USUAL = '-c search_path="$user",public -c quote_all_identifiers=off'

Rows = list[tuple[Any, ...]]


def quickstart() -> str:
    """Return the text of the shipped example's spec."""
    with commands.quickstart() as folder:
        return (folder / "spec.yaml").read_text(encoding="utf-8")


@cache
def program(text: str) -> Program:
    """Return what a spec means."""
    return commands.compile_program(check.check(document.read(text, "spec.yaml")))


@cache
def bundle(text: str) -> Bundle:
    """Return what a spec becomes on PostgreSQL."""
    return render(commands.lower(program(text), ENGINE))


@contextmanager
def session(dsn: str) -> Iterator[Session]:
    """Open the installer's session."""
    with connect(parse(dsn)) as opened:
        yield opened


def look(dsn: str, text: str) -> Plan:
    """Return the plan of an install."""
    with session(dsn) as opened:
        return install.look(bundle(text), opened)


def put(dsn: str, text: str, allowed: frozenset[Verdict] = frozenset(), lock_timeout: float = 60) -> Receipt:
    """Install a spec."""
    made = bundle(text)
    with session(dsn) as opened:
        seen = install.look(made, opened)
        return install.install(made, opened, seen, allowed=allowed, lock_timeout=lock_timeout)


def remove(dsn: str, text: str) -> Receipt:
    """Uninstall a spec."""
    made = bundle(text)
    with session(dsn) as opened:
        return install.uninstall(made, opened, install.look_removal(made, opened))


def verdicts(plan: Plan) -> dict[str, str]:
    """Return what a plan says of each object that is not as the spec says."""
    return {str(each.key): each.verdict.value for each in plan.changes if each.verdict is not Verdict.UNCHANGED}


def changed(text: str, *edits: tuple[str, str]) -> str:
    """Return a spec with parts of it replaced; each part must be there."""
    for old, new in edits:
        assert old in text, f"not in the spec: {old}"
        text = text.replace(old, new)
    return text


@contextmanager
def connection(dsn: str, user: str | None = None) -> Iterator[psycopg.Connection[Any]]:
    """Open a plain connection, as the DSN's user or another; every statement is its own transaction.

    Its settings are the usual ones, whatever the database's are.
    """
    text = dsn if user is None else dsn.replace("postgres@", f"{user}@")
    with psycopg.connect(text, autocommit=True, client_encoding="UTF8", options=USUAL) as opened:
        yield opened


def sql(dsn: str, statement: str, user: str | None = None) -> Rows:
    """Run SQL on a connection of its own; return the rows of the last statement."""
    with connection(dsn, user) as opened:
        return run(opened, statement)


def run(opened: psycopg.Connection[Any], statement: str) -> Rows:
    """Run SQL, one statement or several; return the rows of the last."""
    cursor = opened.execute(statement.encode(), prepare=False)
    while cursor.nextset():
        pass
    return cursor.fetchall() if cursor.description else []


def end(opened: psycopg.Connection[Any], pid: int) -> None:
    """End another connection's server process, and wait until it is gone."""
    run(opened, f"select pg_terminate_backend({pid})")
    # The function's own wait sleeps 100 ms at a time.
    while run(opened, f"select 1 from pg_stat_activity where pid = {pid}"):
        pass
