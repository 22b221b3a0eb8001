"""Short words for what nearly every test here does: compile a spec, install it, look, remove it, ask the server."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pymysql
from pymysql.constants import CLIENT

from tests.live.databases import changed, program, session, verdicts
from udfgen import bundle as bundles
from udfgen import commands, install
from udfgen.bundle import Bundle
from udfgen.connect import PLUGIN_DIR, parse
from udfgen.install import Receipt
from udfgen.plan import REFUSED, Plan, Verdict
from udfgen.render import render

__all__ = ["changed", "program", "session", "verdicts"]

ENGINE = "mysql"
ALL = frozenset(REFUSED)
"""Every verdict that a flag lets through."""

SPEC = Path(__file__).with_name("shop.yaml").read_text(encoding="utf-8")
NEXT = changed(
    SPEC,
    ("amount: integer", "amount: bigint"),
    ("  note:", "  memo:"),
)
"""An upgrade: one function is changed, one dropped, one new, two as before; the library is another."""

SYSTEM = ("mysql", "sys", "information_schema", "performance_schema")
ORDINARY = ("app", "bob")
"""Accounts on every test's server: the spec grants to the first, never to the second."""

CUT_OFF = (2006, 2013, 1927, 1053)
"""What a client is told when its connection has gone."""

Rows = list[tuple[Any, ...]]


@cache
def bundle(text: str) -> Bundle:
    """Return what a spec becomes on MySQL and MariaDB."""
    return render(commands.lower(program(text), ENGINE))


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="udfgen-compiled-")


@cache
def compiled(made: str) -> Path:
    """Return the engine's folder with a spec's library in it: compiled once, whatever else the spec says."""
    root = Path(_folder().name) / library(made)
    if not root.exists():
        bundles.write(bundle(made), root)
        commands.run_toolchain(bundle(made), root)
    return bundle(made).folder(root)


def library(text: str) -> str:
    """Return the file name of a spec's library."""
    return Path(_library(text)).name


def library_file(text: str) -> Path:
    """Return where a spec's library lies when it is compiled."""
    return compiled(text) / _library(text)


def _library(text: str) -> str:
    return next(each.file for each in bundle(text).objects if each.file)


def loadable(text: str) -> str:
    """Return the name of a spec's loadable function, which is its library's too."""
    return library(text).removesuffix(".so")


def plugin_dir(dsn: str) -> Path:
    """Return the server's folder of libraries, as seen from here."""
    return Path(str(parse(dsn).options[PLUGIN_DIR]))


def look(dsn: str, text: str) -> Plan:
    """Return the plan of an install."""
    with session(dsn) as opened:
        return install.look(bundle(text), opened)


def put(dsn: str, text: str, allowed: frozenset[Verdict] = frozenset(), lock_timeout: float = 60) -> Receipt:
    """Install a spec."""
    made = bundle(text)
    with session(dsn) as opened:
        seen = install.look(made, opened)
        return install.install(made, opened, seen, allowed=allowed, folder=compiled(text), lock_timeout=lock_timeout)


def remove(dsn: str, text: str) -> Receipt:
    """Uninstall a spec."""
    made = bundle(text)
    with session(dsn) as opened:
        return install.uninstall(made, opened, install.look_removal(made, opened))


@contextmanager
def connection(dsn: str, user: str = "root", **settings: Any) -> Iterator[pymysql.Connection[Any]]:
    """Open a plain connection of one of the server's accounts; every statement is its own transaction."""
    place: dict[str, Any] = {
        "unix_socket": str(parse(dsn).options["socket"]),
        "user": user,
        "autocommit": True,
        "charset": "utf8mb4",
    }
    opened = pymysql.connect(**(place | {"client_flag": CLIENT.MULTI_STATEMENTS} | settings))
    try:
        yield opened
    finally:
        if opened.open:
            opened.close()


def sql(dsn: str, statement: str, user: str = "root") -> Rows:
    """Run SQL on a connection of its own; return the rows of the last statement that has some."""
    with connection(dsn, user) as opened:
        return run(opened, statement)


def run(opened: pymysql.Connection[Any], statement: str) -> Rows:
    """Run SQL, one statement or several; return the rows of the last one that has some."""
    rows: Rows = []
    with opened.cursor() as cursor:
        cursor.execute(statement)
        while True:
            rows = list(cursor.fetchall()) if cursor.description else rows
            if not cursor.nextset():
                return rows


def is_mariadb(dsn: str) -> bool:
    """Tell MariaDB from MySQL."""
    return parse(dsn).scheme == "mariadb"


def reset(dsn: str) -> None:
    """Take away all that a test can leave on a server, and put its usual accounts there."""
    with connection(dsn) as opened:
        for (name,) in run(opened, "select name from mysql.func"):
            run(opened, f"drop function if exists `{name}`; delete from mysql.func where name = '{name}'")
        for (name,) in run(
            opened, f"select schema_name from information_schema.schemata where schema_name not in {SYSTEM}"
        ):
            run(opened, f"drop database `{name}`")
        for user, host in run(
            opened, "select user, host from mysql.user where user not rlike '^(root$|mysql|mariadb)'"
        ):
            account = f"`{user}`@`{host}`" if host else f"`{user}`"
            run(opened, f"drop {'user' if host else 'role'} {account}")
        for user in ORDINARY:
            run(opened, f"create user {user}")
    for path in plugin_dir(dsn).iterdir():
        path.unlink()
