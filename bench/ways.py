"""How rows get to Lambda: what batches.py compares. Each way gives the rows a second of one cell of the matrix.

A way keeps what a program keeps: its sessions, and with them their connections to the endpoint, are opened once.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import batch_spec
import psycopg
import pymysql
from rig import HERE

CONNECTIONS = 8
"""The most that a cell asks for, of sessions or of calls in flight."""


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """A place in the matrix: who sends, the endpoint's milliseconds, and how the rows are spread over calls."""

    way: str
    delay: int
    pack: int
    flight: int
    sessions: int
    rows: int


class Way(Protocol):
    """Sends the rows of a cell."""

    def rate(self, cell: Cell) -> float:
        """Return the rows that had their result, per second."""


class PostgreSQL:
    """Statements in PostgreSQL, in as many sessions as the cell says."""

    def __init__(self, dsn: str, sql: Callable[[Cell, int], str], sessions: int = CONNECTIONS) -> None:
        self._sql = sql
        self._sessions = [psycopg.connect(dsn, autocommit=True) for _ in range(sessions)]
        self.pids = [session.info.backend_pid for session in self._sessions]
        for session in self._sessions:
            session.execute("set jit = off")  # the calls are measured, not what the planner thinks of so many of them

    def rate(self, cell: Cell) -> float:
        """Run the statement in each session at the same time, and return the rows per second."""
        return at_once(cell, self._sessions, self._run)

    def close(self) -> None:
        """Close the sessions."""
        for session in self._sessions:
            session.close()

    def _run(self, session: psycopg.Connection[tuple[int]], cell: Cell, rows: int) -> int:
        found = session.execute(self._sql(cell, rows).encode()).fetchone()
        assert found is not None
        return found[0]


class MariaDB:
    """Statements in MariaDB, in as many sessions as the cell says."""

    def __init__(self, socket: str, sql: Callable[[Cell, int], str], sessions: int = CONNECTIONS) -> None:
        self._sql = sql
        self._sessions = [pymysql.connect(unix_socket=socket, user="root", autocommit=True) for _ in range(sessions)]
        for session in self._sessions:
            # JSON_ARRAYAGG is cut at this many bytes: https://mariadb.com/kb/en/json_arrayagg/
            session.query("set session group_concat_max_len = 64 * 1024 * 1024")

    @property
    def pid(self) -> int:
        """Return the server's process id."""
        with self._sessions[0].cursor() as cursor:
            cursor.execute("select @@global.pid_file")
            (found,) = cursor.fetchone() or ("",)
        return int(Path(found).read_text(encoding="utf-8"))

    def rate(self, cell: Cell) -> float:
        """Run the statement in each session at the same time, and return the rows per second."""
        return at_once(cell, self._sessions, self._run)

    def close(self) -> None:
        """Close the sessions."""
        for session in self._sessions:
            session.close()

    def _run(self, session: pymysql.Connection, cell: Cell, rows: int) -> int:  # type: ignore[type-arg]
        with session.cursor() as cursor:
            cursor.execute(self._sql(cell, rows))
            (found,) = cursor.fetchone() or (0,)
        return int(found)


class Program:
    """A program beside the database that reads the rows and calls with boto3, in threads: `boto3_program.py`."""

    def __init__(self, dsn: str, environment: dict[str, str]) -> None:
        self._dsn, self._environment = dsn, environment

    def rate(self, cell: Cell) -> float:
        """Run the program, which times itself after a first call, and return the rows per second."""
        words = [self._dsn, function(cell), *map(str, (cell.pack, cell.flight, cell.rows))]
        command = [sys.executable, str(HERE / "boto3_program.py"), *words]
        ran = subprocess.run(command, env=self._environment, stdout=subprocess.PIPE, text=True, check=True)
        return float(ran.stdout)


class Floor:
    """`client.c` posting the same bytes over kept connections: nothing is signed, checked or read."""

    def __init__(self, port: int, certificate: Path | None, folder: Path) -> None:
        self._folder = folder
        self._command = [str(folder / "client"), "--port", str(port)]
        self._command += ["--tls", str(certificate)] if certificate else []

    def rate(self, cell: Cell) -> float:
        """Run the client with a connection for each call in flight, and return the rows per second."""
        body = self._folder / f"{cell.pack}.json"
        body.write_text(envelope(cell.pack) if batched(cell) else ROW, encoding="utf-8")
        path = f"/2015-03-31/functions/{function(cell)}/invocations"
        numbers = {"connections": cell.flight, "requests": cell.rows // (cell.pack * cell.flight), "warmup": 1}
        words = [word for name, number in numbers.items() for word in (f"--{name}", str(number))]
        command = [*self._command, *words, "--body-file", str(body), path]
        ran = subprocess.run(command, stdout=subprocess.PIPE, check=True)
        told = json.loads(ran.stdout)
        return float(told["requests"]) * cell.pack / float(told["seconds"])


ROW = '{"customer_id":42,"tier":"gold"}'


def envelope(rows: int) -> str:
    """Return the body of a batch of so many rows, as a core writes it."""
    head = '{"request_id":"8a9d2b0e-5f3a-4c3e-9b1d-2f6c7e8d9a01","cluster":"bench","user":"app","database":"postgres",'
    arguments = ",".join(f'[{number},"gold"]' for number in range(rows))
    return f'{head}"external_function":"bench.score","query_id":1,"num_records":{rows},"arguments":[{arguments}]}}'


def batched(cell: Cell) -> bool:
    """Return whether a cell's rows go in batches; else each is a call of its own."""
    return cell.pack > 1 or not cell.way.endswith(ONE_BY_ONE)


ONE_BY_ONE = "row at a time"
"""How the name of a way ends that makes a call for each row."""


def function(cell: Cell) -> str:
    """Return the name of the endpoint's function."""
    return f"batch-{cell.delay}" if batched(cell) else f"delay-{cell.delay}"


def at_once(cell: Cell, sessions: Sequence[object], run: Callable[..., int]) -> float:
    """Run a cell's share in each of its sessions at the same time; SystemExit when a row has no result."""
    share = cell.rows // cell.sessions
    with ThreadPoolExecutor(cell.sessions) as threads:
        start = time.perf_counter()
        found = list(threads.map(lambda session: run(session, cell, share), sessions[: cell.sessions]))
        seconds = time.perf_counter() - start
    if found != [share] * cell.sessions:
        raise SystemExit(f"{cell}: {found} results of {share} in each session")
    return share * cell.sessions / seconds


def postgresql_rows(cell: Cell, rows: int) -> str:
    """Return a call for each row."""
    return f"select count(bench.{batch_spec.row_name(cell.delay)}(i, 'gold')) from generate_series(1, {rows}) i"


def postgresql_arrays(cell: Cell, rows: int) -> str:
    """Return a batch by arrays, which are put together here."""
    name = f"bench.{batch_spec.batch_name(cell.delay, cell.pack, cell.flight)}"
    given = f"select array_agg(i) ids, array_agg('gold'::text) tiers from generate_series(1::bigint, {rows}) i"
    rows_from = f"rows from (unnest(ids, tiers), {name}(ids, tiers)) as t(id, tier, score)"
    return f"with given as materialized ({given}) select count(t.score) from given, {rows_from}"


def postgresql_query(cell: Cell, rows: int) -> str:
    """Return a batch that reads its rows from a query."""
    name = f"bench.{batch_spec.batch_name(cell.delay, cell.pack, cell.flight)}_from"
    return f"select count(result) from {name}('select generate_series(1::bigint, {rows}), ''gold''::text')"


def postgresql_ancestor(cell: Cell, rows: int) -> str:
    """Return a call for each row in the ancestor's style: a client per call, text in, text out."""
    payload = "json_build_object('customer_id', i, 'tier', 'gold')::text"
    call = f"ancestor.awslambda_fn('delay-{cell.delay}', {payload})::json ->> 'score'"
    return f"select count(({call})::numeric) from generate_series(1, {rows}) i"


def mariadb_rows(cell: Cell, rows: int, database: str = "bench") -> str:
    """Return a call for each row."""
    return f"select count({database}.{batch_spec.row_name(cell.delay)}(seq, 'gold')) from mysql.seq_1_to_{rows}"


def mariadb_ancestor(cell: Cell, rows: int) -> str:
    """Return a call for each row by the library that makes a handle per call."""
    return mariadb_rows(cell, rows, "new_handle")


def mariadb_json(cell: Cell, rows: int) -> str:
    """Return a batch by JSON, which is put together here and taken apart again."""
    name = f"bench.{batch_spec.batch_name(cell.delay, cell.pack, cell.flight)}"
    given = f"(select json_arrayagg(json_array(seq, 'gold')) from mysql.seq_1_to_{rows})"
    columns = "columns (score decimal(5,2) path '$')"
    return f"select count(t.score) from json_table({name}({given}, {rows}), '$[*]' {columns}) t"
