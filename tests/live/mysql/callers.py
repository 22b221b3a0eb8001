"""Private servers of MySQL and MariaDB for tests of calls: with a binary log, statement history and calls.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pymysql
import pytest

from tests.conftest import private_server
from tests.live.mysql.databases import changed, connection, put, run, sql
from tests.scripted import ScriptedLambda
from udfgen import dialect

Connection: TypeAlias = "pymysql.Connection[Any]"

SPEC = Path(__file__).with_name("calls.yaml").read_text(encoding="utf-8")
TOKENS = changed(SPEC, ("name: calls", "name: tokens"), ("mysql: {}", "mysql: {token_table: true}"))
"""The same functions in another database, whose routines show a token."""

BODY = b'{"v": 1, "items": [{"id": 1, "name": "a"}]}'
"""A reply that most functions of the spec can read."""

ACCOUNTS = """
create user plain;
create user evil; create database evil; grant all on evil.* to evil;
create user keeper; grant all on calls.* to keeper; grant all on tokens.* to keeper;
create user monitor; grant process on *.* to monitor; grant select on performance_schema.* to monitor;
set global log_bin_trust_function_creators = 1; set global event_scheduler = on;
"""
"""plain: nobody. evil: owner of a database. keeper: owner of the wrappers' databases. monitor: sees all statements.
app, who is there already, may execute the wrappers."""

WATCHFUL = ("--log-bin=binlog", "--server-id=1", "--performance-schema=ON")
"""What the usual private server leaves out, or has on one flavour only."""


@contextmanager
def watchful_server(environment: Mapping[str, str], root: Path) -> Iterator[str]:
    """Start a server that logs, remembers and replicates statements; give the DSN of its root."""
    server = dialect.load("mysql").part("server")
    with pytest.MonkeyPatch.context() as patch:
        usual = (each for each in server.SETTINGS if "performance-schema" not in each)
        patch.setattr(server, "SETTINGS", (*usual, *WATCHFUL))
        with private_server("mysql", environment, root) as dsn:
            yield dsn


@contextmanager
def calls_server(scripted: ScriptedLambda, root: Path) -> Iterator[str]:
    """Start such a server, with calls.yaml installed and granted to `app`; give the DSN of its root."""
    with watchful_server(scripted.environment(), root) as dsn:
        with connection(dsn) as opened:
            run(opened, "create user app")
        put(dsn, SPEC)
        yield dsn


@contextmanager
def guarded_server(scripted: ScriptedLambda, root: Path) -> Iterator[str]:
    """Start such a server, with the functions that show a token and all accounts beside; give the DSN of its root."""
    with calls_server(scripted, root) as dsn:
        put(dsn, TOKENS)
        sql(dsn, ACCOUNTS)
        yield dsn


def number(error: pymysql.Error) -> int:
    """Return an error's number: the driver reads the unsigned one of the protocol as signed.

    https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_err_packet.html
    """
    return int(error.args[0]) & 0xFFFF


def failure(opened: Connection, statement: str) -> tuple[int, str]:
    """Run SQL that must fail; return the number and the text of its error."""
    with pytest.raises(pymysql.Error) as caught:
        run(opened, statement)
    return number(caught.value), str(caught.value.args[1])
