"""How long do the commands take, how much memory, and how does that grow: check, build, plan and install by size.

Each figure is of a whole command in a process of its own. CPU time counts what the command and its children computed,
not the database server; it says more than time by the clock where the machine has other work.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import scale_spec

from udfgen import commands, dialect
from udfgen.connect import connect, parse

SIZES = (10, 100, 1000, 5000)
SERVERS = {"PostgreSQL": "postgresql", "MariaDB": "mysql"}
"""What a server of the machine is called, and whose it is."""


# A process counts as its own peak what the one that started it held at that moment: so a small one starts the command.
# https://man7.org/linux/man-pages/man2/getrusage.2.html
WATCH = """
import json, os, sys, time
start = time.perf_counter()
silent = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]
process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=silent)
_, status, used = os.wait4(process, 0)
clock = time.perf_counter() - start
print(json.dumps([os.waitstatus_to_exitcode(status), clock, used.ru_utime + used.ru_stime, used.ru_maxrss]))
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """What one command took: seconds by the clock, seconds of CPU, MB at its peak."""

    command: str
    size: int
    clock: float
    cpu: float
    memory: float


def main() -> None:
    """Run every size and print what each command took."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", type=Path, help="also write the figures here")
    arguments.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="how many functions")
    given = arguments.parse_args()
    start = 1000 * statistics.median(measured("--help", 0, "--help").clock for _ in range(9))
    print(f"udfgen --help: {start:.0f} ms\n{'':<34}{'functions':>9}{'s':>9}{'s CPU':>9}{'ms CPU each':>13}{'MB':>7}")
    figures = []
    with tempfile.TemporaryDirectory(prefix="udfgen-scale-") as folder:
        os.environ["XDG_CACHE_HOME"] = folder  # so that no earlier build is remembered, and none of these is after
        for figure in every_figure(given.sizes, Path(folder)):
            print(shown(figure), flush=True)
            figures.append(figure)
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        written = {"help_ms": start, "figures": [asdict(each) for each in figures]}
        given.json.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")


def every_figure(sizes: Iterable[int], folder: Path) -> Iterator[Figure]:
    """Yield the figures of each size, smallest first, each server running for all of them."""
    for size in sorted(sizes):
        spec = folder / f"{size}.yaml"
        spec.write_text(scale_spec.text(size), encoding="utf-8")
        yield from offline(spec, size)
        for title, engine in SERVERS.items():
            yield from online(spec, size, title, engine)


def offline(spec: Path, size: int) -> Iterator[Figure]:
    """Yield what needs no database, for all four engines; what is generated stays beside the spec."""
    out = ("--out", str(generated(spec)))
    yield measured("check", size, "check", str(spec))
    yield measured("build", size, "build", str(spec), *out)
    yield measured("build, nothing to change", size, "build", str(spec), *out)
    yield measured("build --check", size, "build", str(spec), *out, "--check")


def online(spec: Path, size: int, title: str, engine: str) -> Iterator[Figure]:
    """Yield what works on a server of an engine; all of it is removed again."""
    made, reviewed = str(spec), ("--generated", str(generated(spec)))
    if dialect.load(engine).compiles:
        out = ("--out", str(generated(spec)))
        yield measured(f"compile, {title}", size, "compile", made, "--engine", engine, *out)
    with server(spec, engine) as dsn:
        at = ("--dsn", dsn)
        yield measured(f"plan, {title}", size, "plan", made, *at)
        yield measured(f"install, {title}", size, "install", made, *at, "--yes", *reviewed)
        yield measured(f"install, nothing to do, {title}", size, "install", made, *at, "--yes", *reviewed)
        yield measured(f"uninstall, {title}", size, "uninstall", made, *at, "--yes")


def generated(spec: Path) -> Path:
    """Return the folder of a spec's generated files."""
    return spec.with_suffix("")


@contextmanager
def server(spec: Path, engine: str) -> Iterator[str]:
    """Run a private server that has the spec's grantees; give its DSN."""
    requirements = commands.make(commands.read(spec), engine).requirements
    with dialect.load(engine).part("server").running({}) as dsn:
        with connect(parse(dsn)) as session:
            session.admit(requirements)
        yield dsn


def measured(name: str, size: int, *words: str) -> Figure:
    """Run a command in a process of its own; RuntimeError when it fails."""
    command = [sys.executable, "-m", "udfgen", *words]
    told = subprocess.run([sys.executable, "-ISc", WATCH, *command], check=True, capture_output=True).stdout
    code, clock, cpu, kilobytes = json.loads(told)
    if code:
        raise RuntimeError(f"{name} failed with {size} functions: udfgen {' '.join(words)}")
    return Figure(name, size, clock, cpu, kilobytes / 1024)


def shown(figure: Figure) -> str:
    """Return a figure as a line of the table; start-up is part of what each function takes."""
    each = 1000 * figure.cpu / figure.size
    return (
        f"{figure.command:<34}{figure.size:>9,}{figure.clock:>9.2f}{figure.cpu:>9.2f}{each:>13.2f}{figure.memory:>7.0f}"
    )


if __name__ == "__main__":
    main()
