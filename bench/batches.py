"""How fast do many rows go through: row at a time against batches, by rows a call, delay, calls in flight, sessions.

Everything is measured in one run, interleaved, against one endpoint per scheme, and pinned to one CPU as in calls.py.
Only delays of the endpoint run at the same time as anything else: what more calls in flight or more sessions gain is
waiting, not computing. Prints rows per second; docs/performance.md quotes them.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import asdict, replace
from pathlib import Path

import batch_spec
import mysql_calls
from batch_clr import Mono
from batch_jvm import Java
from rig import HERE, KEYS, Machine, endpoint, interleave, make_certificate
from ways import (
    ONE_BY_ONE,
    Cell,
    Floor,
    MariaDB,
    PostgreSQL,
    Program,
    Way,
    mariadb_ancestor,
    mariadb_json,
    mariadb_rows,
    postgresql_ancestor,
    postgresql_arrays,
    postgresql_query,
    postgresql_rows,
)

from udfgen import bundle, commands, dialect, install
from udfgen.connect import connect, parse

TARGET = 10_000
"""Rows of a cell, where they do not take much longer than SECONDS."""

ALONE, FLYING, MANY = (1, 1), (8, 1), (1, 8)
"""Calls in flight and sessions."""

COSTS = {
    "PostgreSQL, ancestor, row at a time": 4e-3,
    "MariaDB, ancestor, row at a time": 20e-3,
    "boto3 program, row at a time": 6e-4,
}
"""About how many seconds a call takes besides the delay, where it is much more than COST; chooses how many rows."""

COST = 1e-4


def main() -> None:
    """Measure the matrix over HTTP and HTTPS."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--seconds", type=float, default=0.4, help="about how long a cell is measured for")
    arguments.add_argument("--quick", action="store_true", help="a round of very short cells, to see that all runs")
    arguments.add_argument("--cpu", type=int, default=0)
    arguments.add_argument("--json", type=Path, help="also write the figures here")
    given = arguments.parse_args()
    rounds, seconds = (1, 0.01) if given.quick else (given.rounds, given.seconds)
    with tempfile.TemporaryDirectory(prefix="udfgen-bench-") as name:
        folder = Path(name)
        certificate = make_certificate(folder)
        libraries = compiled(folder)
        os.sched_setaffinity(0, {given.cpu})
        figures = {
            scheme: measure(scheme, certificate, folder, libraries, rounds, seconds) for scheme in ("http", "https")
        }
    if given.json:
        written = {"machine": asdict(Machine.here()), "rounds": rounds, "figures": figures}
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


def compiled(folder: Path) -> list[tuple[bundle.Bundle, Path]]:
    """Return the bundles and folders of MariaDB's two libraries: udfgen's, and the one with a handle per call."""
    specs = {
        "udfgen": batch_spec.text("bench", mysql_calls.ENGINE),
        "new handle": batch_spec.text("new_handle", mysql_calls.ENGINE, batches=False),
    }
    return [mysql_calls.compiled(variant, text, folder) for variant, text in specs.items()]


def measure(
    scheme: str,
    certificate: Path,
    folder: Path,
    libraries: list[tuple[bundle.Bundle, Path]],
    rounds: int,
    seconds: float,
) -> list[dict[str, object]]:
    """Return the figures of each cell, every way against the same endpoint."""
    with ExitStack() as stack:
        secure = certificate if scheme == "https" else None
        port = stack.enter_context(endpoint(secure, folder))
        url = f"{scheme}://127.0.0.1:{port}"
        ways = {
            **in_postgresql(stack, url, certificate, folder),
            **in_mariadb(stack, url, mysql_calls.trusted(certificate, folder), libraries),
            "Oracle's core, batch": stack.enter_context(Java(url, secure, folder / f"java-{scheme}")),
            "SQL Server's assembly, batch": stack.enter_context(Mono(url, secure, folder / f"mono-{scheme}")),
            "client in C, row at a time": Floor(port, secure, folder),
            "client in C, batch": Floor(port, secure, folder),
        }
        cells = list(matrix(ways, seconds))
        warm_up(ways, cells)
        found = interleave({cell: lambda cell=cell: ways[cell.way].rate(cell) for cell in cells}, rounds)
    show(scheme, found)
    return [figure(cell, rates) for cell, rates in found.items()]


def in_postgresql(stack: ExitStack, url: str, certificate: Path, folder: Path) -> dict[str, Way]:
    """Return the ways through a PostgreSQL, and beside it."""
    dsn = postgresql(stack, url, certificate, folder)
    statements = {
        "PostgreSQL, row at a time": postgresql_rows,
        "PostgreSQL, batch": postgresql_arrays,
        "PostgreSQL, batch from a query": postgresql_query,
        "PostgreSQL, ancestor, row at a time": postgresql_ancestor,
    }
    ways: dict[str, Way] = {
        name: stack.enter_context(closing(PostgreSQL(dsn, sql))) for name, sql in statements.items()
    }
    program = Program(dsn, dict(os.environ) | reaching(url, certificate))
    return ways | {"boto3 program, row at a time": program, "boto3 program, batch": program}


def reaching(url: str, trusted: Path) -> dict[str, str]:
    """Return the environment of whatever is to reach the endpoint."""
    return KEYS | {"AWS_ENDPOINT_URL_LAMBDA": url, "AWS_CA_BUNDLE": str(trusted)}


def postgresql(stack: ExitStack, url: str, certificate: Path, folder: Path) -> str:
    """Start a PostgreSQL with the spec and the ancestor's functions installed, and return its DSN."""
    running = dialect.load("postgresql").part("server").running
    dsn: str = stack.enter_context(running(reaching(url, certificate)))
    spec = folder / "postgresql.yaml"
    spec.write_text(batch_spec.text("bench", "postgresql"), encoding="utf-8")
    made = commands.make(commands.read(spec), "postgresql")
    with connect(parse(dsn)) as session:
        session.admit(made.requirements)
        install.install(made, session, install.look(made, session))
        session.run((HERE / "postgresql.sql").read_text(encoding="utf-8"))
    return dsn


def in_mariadb(
    stack: ExitStack, url: str, trusted: Path, libraries: list[tuple[bundle.Bundle, Path]]
) -> dict[str, Way]:
    """Return the ways through a MariaDB."""
    socket = mariadb(stack, url, trusted, libraries)
    statements = {
        "MariaDB, row at a time": mariadb_rows,
        "MariaDB, batch": mariadb_json,
        "MariaDB, ancestor, row at a time": mariadb_ancestor,
    }
    return {name: stack.enter_context(closing(MariaDB(socket, sql))) for name, sql in statements.items()}


def mariadb(stack: ExitStack, url: str, trusted: Path, libraries: list[tuple[bundle.Bundle, Path]]) -> str:
    """Start a MariaDB with the libraries installed, and return its socket."""
    running = dialect.load(mysql_calls.ENGINE).part("server").running
    dsn = stack.enter_context(running(reaching(url, trusted)))
    for made, place in libraries:
        mysql_calls.prepare(dsn, made, place)
    return str(parse(dsn).options["socket"])


def matrix(ways: Mapping[str, Way], seconds: float) -> Iterator[Cell]:
    """Yield what is measured of each way, and the 10,000 rows that the page tells about first."""
    for way in ways:
        for delay in batch_spec.DELAYS:
            for pack in packs(way):
                for flight, sessions in lanes(way):
                    yield sized(Cell(way, delay, pack, flight, sessions, 0), seconds)
    for way in ways:
        if "batch" in way and MANY in lanes(way):
            yield Cell(way, 10, 100, 8, 1, TARGET)
    yield Cell("PostgreSQL, batch from a query", 10, 100, 8, 1, TARGET)


def packs(way: str) -> tuple[int, ...]:
    """Return how many rows a call of a way has at most."""
    if way.endswith(ONE_BY_ONE):
        return (1,)
    return (100,) if way in ("boto3 program, batch", "PostgreSQL, batch from a query") else batch_spec.PACKS


def lanes(way: str) -> tuple[tuple[int, int], ...]:
    """Return a way's calls in flight and sessions: one call at a time, eight, eight sessions."""
    if way in ("Oracle's core, batch", "SQL Server's assembly, batch"):
        return (ALONE,)
    if way.startswith(("boto3", "client")):
        return ALONE, FLYING
    if way.endswith(ONE_BY_ONE):
        return ALONE, MANY
    return (ALONE, FLYING) if way.endswith("query") else (ALONE, FLYING, MANY)


def sized(cell: Cell, seconds: float) -> Cell:
    """Return a cell with its rows: whole calls in each lane, about TARGET or what is done in the time."""
    wave = cell.pack * cell.flight * cell.sessions
    fitting = int(seconds / (cell.delay / 1000 + COSTS.get(cell.way, COST)))
    return replace(cell, rows=wave * max(1, min(fitting, math.ceil(TARGET / wave))))


def warm_up(ways: Mapping[str, Way], cells: list[Cell]) -> None:
    """Open every session and connection once: a call in each lane, without delay."""
    for cell in cells:
        if cell.delay == 0 and cell.pack == packs(cell.way)[0]:
            ways[cell.way].rate(replace(cell, rows=cell.pack * cell.flight * cell.sessions))


def figure(cell: Cell, rates: list[float]) -> dict[str, object]:
    """Return a cell with the median of its rows per second, and the least and the most."""
    return asdict(cell) | {"rate": statistics.median(rates), "low": min(rates), "high": max(rates)}


def show(scheme: str, found: dict[Cell, list[float]]) -> None:
    """Print the rows per second of each cell."""
    rounds = len(next(iter(found.values())))
    print(f"{scheme}, everything on one CPU, rows/s, medians of {rounds} rounds")
    print(f"  {'':<38}{'ms':>4}{'a call':>8}{'flying':>8}{'sessions':>10}{'rows':>8}")
    for cell, rates in found.items():
        where = f"{cell.delay:>4}{cell.pack:>8,}{cell.flight:>8}{cell.sessions:>10}{cell.rows:>8,}"
        spread = f"   ({min(rates):,.0f} to {max(rates):,.0f})"
        print(f"  {cell.way:<38}{where}{statistics.median(rates):>14,.0f}{spread}", flush=True)


if __name__ == "__main__":
    main()
