"""How much memory does a database session hold while a million rows go through it in batches.

The endpoint answers at once, 1,000 rows a call, 8 calls in flight. What is told is what the process has written for
itself alone; of MariaDB, where sessions are threads, that of the whole server. A sample is taken before the first row
and each tenth of the way: between two statements, or, where one statement does it all, when the endpoint has had as
many requests.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict
from pathlib import Path

import batch_spec
import batches
import mysql_calls
import ways
from calls import private_megabytes
from rig import Machine, endpoint, make_certificate

CHUNK = 10_000
"""Rows of a statement, where a program sends them in chunks."""

PACK, FLIGHT = 1_000, 8


def main() -> None:
    """Measure PostgreSQL by a query and by arrays, and MariaDB by chunks."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=1_000_000, help="a multiple of 100,000")
    arguments.add_argument("--quick", action="store_true", help="100,000 rows, to see that all runs")
    arguments.add_argument("--cpu", type=int, default=0)
    arguments.add_argument("--json", type=Path, help="also write the figures here")
    given = arguments.parse_args()
    rows = 100_000 if given.quick else given.rows
    with tempfile.TemporaryDirectory(prefix="udfgen-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        certificate = make_certificate(folder)
        libraries = batches.compiled(folder)
        os.sched_setaffinity(0, {given.cpu})
        port = stack.enter_context(endpoint(None, folder))
        url = f"http://127.0.0.1:{port}"
        in_postgresql = batches.postgresql(stack, url, certificate, folder)
        in_mariadb = batches.mariadb(stack, url, mysql_calls.trusted(certificate, folder), libraries)
        figures = {
            "PostgreSQL, a query": postgresql_query(in_postgresql, port, rows),
            "PostgreSQL, arrays": postgresql_arrays(in_postgresql, rows),
            "MariaDB, JSON": mariadb_json(in_mariadb, rows),
        }
    for name, samples in figures.items():
        print(f"{name:<24}", *(f"{megabytes:.1f}" for _, megabytes in samples), "MB", flush=True)
    if given.json:
        written = {"machine": asdict(Machine.here()), "figures": figures}
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


Samples = list[tuple[int, float]]
"""Rows that had gone through, and MB then."""


def postgresql_query(dsn: str, port: int, rows: int) -> Samples:
    """Return the samples of one statement that reads all its rows from a query."""
    with closing(ways.PostgreSQL(dsn, ways.postgresql_query, sessions=1)) as way:
        way.rate(cell(PACK))
        pid = way.pids[0]
        with sampled(pid, port, rows) as samples:
            way.rate(cell(rows))
    return samples


def postgresql_arrays(dsn: str, rows: int) -> Samples:
    """Return the samples of a session that is sent arrays."""
    with closing(ways.PostgreSQL(dsn, ways.postgresql_arrays, sessions=1)) as way:
        return in_chunks(lambda: way.rate(cell(CHUNK)), way.pids[0], rows)


def mariadb_json(socket: str, rows: int) -> Samples:
    """Return the samples of a server, in a session of which rows are sent as JSON."""
    with closing(ways.MariaDB(socket, ways.mariadb_json, sessions=1)) as way:
        return in_chunks(lambda: way.rate(cell(CHUNK)), way.pid, rows)


def in_chunks(send: Callable[[], object], pid: int, rows: int) -> Samples:
    """Send a chunk after the other, and sample before the second one and at each tenth of the rows."""
    send()
    samples = [(0, private_megabytes(pid))]
    for done in range(CHUNK, rows + CHUNK, CHUNK):
        send()
        if done % (rows // 10) == 0:
            samples.append((done, private_megabytes(pid)))
    return samples


@contextmanager
def sampled(pid: int, port: int, rows: int) -> Iterator[Samples]:
    """Sample a process in the background, by the requests that the endpoint has had since now."""
    start = requests(port)
    samples = [(0, private_megabytes(pid))]
    ended = threading.Event()

    def watch() -> None:
        while not ended.is_set():
            done = (requests(port) - start) * PACK
            if done >= samples[-1][0] + rows // 10:
                samples.append((done - done % (rows // 10), private_megabytes(pid)))
            time.sleep(0.02)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield samples
    finally:
        ended.set()
        thread.join()
    if samples[-1][0] < rows:
        samples.append((rows, private_megabytes(pid)))


def requests(port: int) -> int:
    """Return how many requests the endpoint has had."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        connection.request("GET", "/stats")
        return int(json.load(connection.getresponse())["requests"])


def cell(rows: int) -> ways.Cell:
    """Return the cell of one statement with so many rows."""
    assert PACK in batch_spec.PACKS
    assert FLIGHT in batch_spec.FLIGHTS
    return ways.Cell("batch", 0, PACK, FLIGHT, 1, rows)


if __name__ == "__main__":
    main()
