"""Somebody's tables with triggers of ours: watch.yaml, an upgrade of it, who writes, and what came of it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from tests.live.mysql.databases import bundle, changed, program, session, sql
from tests.scripted import Script, ScriptedLambda
from udfgen import switch
from udfgen.state import Mode

SPEC = Path(__file__).with_name("watch.yaml").read_text(encoding="utf-8")
NEXT = changed(
    SPEC,
    ("of: [amount, name]", "of: [amount, other]"),
    ("after: [insert, update, delete]", "after: [insert, update]"),
    ("  ask:\n    table", "  another:\n    table"),
    ("      place: text\n", ""),
    ("      place: table\n", ""),
)
"""An upgrade: a trigger is changed, one dropped, one has another name, their function has a parameter less."""

ODD = """trade.`it's ``odd`` "one"`"""
TABLES = f"""
create database trade;
create table trade.orders (
    id int auto_increment primary key, amount decimal(12, 2) unsigned, name varchar(20) character set latin1,
    paid bit(1), other int
);
create table {ODD} (`a ``b` int);
create table trade.aside (id int auto_increment primary key, amount int, name varchar(20), paid int, other int);
create user writer;
create user `w@x`@`local%`;
grant select, insert, update, delete on trade.* to app, writer, `w@x`@`local%`;
"""

QUEUED, TRIED = Script(b"", 202), Script(b"", 204)
WRITE = "insert into trade.orders (amount, name) values (10, 'x')"


def prepare(dsn: str) -> str:
    """Put the tables on a server, and who writes to them."""
    sql(dsn, TABLES)
    return dsn


def sent(scripted: ScriptedLambda, dsn: str, statement: str, user: str = "app") -> list[Any]:
    """Return what a statement sends."""
    scripted.requests.clear()
    sql(dsn, statement, user)
    return [json.loads(request.body) for request in scripted.requests]


def turn(dsn: str, text: str, binding: str, mode: str) -> None:
    """Switch a binding, as `udfgen switch` does, and wait until every call knows."""
    with session(dsn) as opened:
        switch.turn(program(text), bundle(text), opened, binding, Mode(mode))
    time.sleep(1.1)
