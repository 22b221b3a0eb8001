"""How fast is a call: udfgen against the ancestor's style and http.client, interleaved, one connection, one CPU.

Prints medians, and the ratios that docs/performance.md quotes. Everything, servers included, is pinned to one CPU:
then a figure is the CPU time of both ends, and not how long the kernel takes to wake another core.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import psycopg
from rig import HERE, KEYS, endpoint, interleave, make_certificate, show

from udfgen import commands, dialect, install
from udfgen.connect import connect, parse

# How many calls one timed run makes: about half a second each.
VARIANTS = {
    "udfgen": ("select count(bench.score_customer(i, 'gold')) from generate_series(1, {n}) i", 15_000),
    "http.client": ("select count(bench.score_customer(i, 'gold')) from generate_series(1, {n}) i", 4_000),
    "boto3 kept": ("select count(ancestor.score_customer_cached(i, 'gold')) from generate_series(1, {n}) i", 800),
    "ancestor": ("select count(ancestor.score_customer(i, 'gold')) from generate_series(1, {n}) i", 120),
}
SWAP = """
do language plpython3u $swap$
import types
source = {source!r}
module = types.ModuleType("http_client")
exec(compile(source, "http_client.py", "exec"), module.__dict__)
core = next(value for key, value in GD.items() if key.startswith("udfgen bench "))
core._transport = module.HttpClient(types.SimpleNamespace(**type(core).invoke.__globals__), core)
$swap$
"""


def main() -> None:
    """Run the benchmark over HTTP and HTTPS."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--cpu", type=int, default=0)
    arguments.add_argument("--json", type=Path, help="also write the figures here")
    given = arguments.parse_args()
    os.sched_setaffinity(0, {given.cpu})
    with tempfile.TemporaryDirectory(prefix="udfgen-bench-") as folder:
        certificate = make_certificate(Path(folder))
        figures = {scheme: measure(scheme, certificate, given.rounds, Path(folder)) for scheme in ("http", "https")}
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def measure(scheme: str, certificate: Path, rounds: int, folder: Path) -> dict[str, float]:
    """Return calls per second by variant, ratios and the cost of a first call."""
    with ExitStack() as stack:
        port = stack.enter_context(endpoint(certificate if scheme == "https" else None, folder))
        url = f"{scheme}://127.0.0.1:{port}"
        environment = KEYS | {"AWS_ENDPOINT_URL_LAMBDA": url, "AWS_CA_BUNDLE": str(certificate)}
        dsn = stack.enter_context(dialect.load("postgresql").part("server").running(environment))
        prepare(dsn)
        calls = interleave({name: partial(rate, dsn, name) for name in VARIANTS}, rounds)
        first = [first_call(dsn) for _ in range(max(9, rounds))]
    rates = {name: statistics.median(found) for name, found in calls.items()}
    figures = {f"{name}, calls/s": rate for name, rate in rates.items()}
    figures |= {f"udfgen / {name}": rates["udfgen"] / rates[name] for name in rates if name != "udfgen"}
    figures["first call, ms"] = statistics.median(ms for ms, _ in first)
    figures["private memory after it, MB"] = statistics.median(mb for _, mb in first)
    show(f"PostgreSQL, {scheme}", figures, calls)
    return figures


def rate(dsn: str, name: str) -> float:
    """Return the calls per second of one variant in a fresh, warmed-up session."""
    sql, count = VARIANTS[name]
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("set jit = off")  # the calls are measured, not what the planner thinks of so many of them
        connection.execute("select bench.score_customer(1, 'gold')")
        if name == "http.client":
            connection.execute(SWAP.format(source=(HERE / "http_client.py").read_text()).encode())
        connection.execute(sql.format(n=max(5, count // 20)).encode())
        start = time.perf_counter()
        row = connection.execute(sql.format(n=count).encode()).fetchone()
        seconds = time.perf_counter() - start
    if row != (count,):
        raise SystemExit(f"{name}: {row} results of {count}")
    return count / seconds


def first_call(dsn: str) -> tuple[float, float]:
    """Return the milliseconds of the first call in a new session, and its private memory in MB after it."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        start = time.perf_counter()
        connection.execute("select bench.score_customer(42, 'gold')").fetchone()
        milliseconds = (time.perf_counter() - start) * 1000
        return milliseconds, private_megabytes(connection.info.backend_pid)


def private_megabytes(pid: int) -> float:
    """Return what a process has written for itself alone, in MB; pages of shared libraries are not counted.

    https://docs.kernel.org/filesystems/proc.html
    """
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Private_Dirty")) / 1024


def prepare(dsn: str) -> None:
    """Install the benchmark's spec and the functions that it is compared with."""
    made = commands.make(commands.read(HERE / "spec.yaml"), "postgresql")
    with connect(parse(dsn)) as session:
        session.admit(made.requirements)
        install.install(made, session, install.look(made, session))
        session.run((HERE / "postgresql.sql").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
