"""How fast is a call: udfgen against the ancestor's style and http.client, interleaved, one connection, one CPU.

Prints medians, and the ratios that docs/performance.md quotes. Everything, servers included, is pinned to one CPU:
then a figure is the CPU time of both ends, and not how long the kernel takes to wake another core.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from udfgen import commands, dialect, install
from udfgen.connect import connect, parse

HERE = Path(__file__).parent
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_SESSION_TOKEN": "bench/token"}
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
        calls = interleave(dsn, rounds)
        first = [first_call(dsn) for _ in range(max(9, rounds))]
    rates = {name: statistics.median(found) for name, found in calls.items()}
    figures = {f"{name}, calls/s": rate for name, rate in rates.items()}
    figures |= {f"udfgen / {name}": rates["udfgen"] / rates[name] for name in rates if name != "udfgen"}
    figures["first call, ms"] = statistics.median(ms for ms, _ in first)
    figures["private memory after it, MB"] = statistics.median(mb for _, mb in first)
    show(scheme, figures, calls)
    return figures


def interleave(dsn: str, rounds: int) -> dict[str, list[float]]:
    """Return the rates of every variant, run in random order within each round, each in a session of its own."""
    order = random.Random(1)  # the order of the variants, the same in every run
    found: dict[str, list[float]] = {name: [] for name in VARIANTS}
    for _ in range(rounds):
        for name in order.sample(sorted(VARIANTS), len(VARIANTS)):
            found[name].append(rate(dsn, name))
    return found


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


@contextmanager
def endpoint(certificate: Path | None, folder: Path) -> Iterator[int]:
    """Build and run the endpoint in C; give its port."""
    subprocess.run(["make", "-s", "-C", str(HERE), f"OUT={folder}"], check=True)
    tls = ["--tls", str(certificate), str(certificate.with_name("key.pem"))] if certificate else []
    with subprocess.Popen([str(folder / "endpoint"), "--port", "0", *tls], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline().rsplit(":", 1)[1])
        finally:
            server.terminate()


def make_certificate(folder: Path) -> Path:
    """Make a certificate for 127.0.0.1 that signs itself."""
    certificate = folder / "certificate.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=127.0.0.1",
    ]
    more = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(folder / "key.pem"), "-out", str(certificate)]
    subprocess.run([*command, *more], check=True, capture_output=True)
    folder.chmod(0o755)
    return certificate


def show(scheme: str, figures: dict[str, float], calls: dict[str, list[float]]) -> None:
    """Print the figures of one scheme."""
    print(f"{scheme}: one connection, everything on one CPU, medians of {len(calls['udfgen'])} rounds", file=sys.stdout)
    for name, value in figures.items():
        spread = calls.get(name.removesuffix(", calls/s"))
        between = f"   ({min(spread):,.0f} to {max(spread):,.0f})" if spread and name.endswith("calls/s") else ""
        print(f"  {name:<30}{value:>12,.1f}{between}", flush=True)


if __name__ == "__main__":
    main()
