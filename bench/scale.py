"""How long do the commands take, and how does that grow: start-up, build and install of specs with many functions."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from udfgen import dialect
from udfgen.connect import connect, parse

SIZES = (10, 100, 1000)
HEAD = """\
udfgen: 1
name: scale
aws: {region: eu-west-1}
bindings:
  score: {function: score, qualifier: live}
engines: {postgresql: {}}
functions:
"""
FUNCTION = """\
  f{number:04d}:
    binding: score
    description: Function {number}.
    parameters:
      customer_id: bigint
      at: timestamptz
      tier: {{type: varchar(20), default: basic, enum: [basic, gold]}}
    payload: {{customer: $customer_id, tier: $tier, at: $at}}
    returns: {{type: "decimal(5,2)", path: $.score}}
    grant: [app]
"""


def main() -> None:
    """Run every size and print seconds."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", type=Path, help="also write the figures here")
    given = arguments.parse_args()
    figures: dict[str, float] = {"udfgen --help, ms": 1000 * statistics.median(udfgen("--help") for _ in range(9))}
    with (
        tempfile.TemporaryDirectory(prefix="udfgen-scale-") as folder,
        dialect.load("postgresql").part("server").running({}) as dsn,
    ):
        with connect(parse(dsn)) as session:
            session.run("create role app")
        for size in SIZES:
            figures |= measure(size, Path(folder), dsn)
    for name, value in figures.items():
        print(f"{name:<44}{value:>10,.2f}")
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def measure(size: int, folder: Path, dsn: str) -> dict[str, float]:
    """Return the seconds of each command on a spec with so many functions; all of it is removed again."""
    spec = folder / f"{size}.yaml"
    spec.write_text(HEAD + "".join(FUNCTION.format(number=number) for number in range(size)), encoding="utf-8")
    generated = str(folder / str(size))
    at = ["--dsn", dsn]
    commands = {
        "check": ["check", str(spec)],
        "build": ["build", str(spec), "--out", generated],
        "build, nothing to change": ["build", str(spec), "--out", generated],
        "plan": ["plan", str(spec), *at],
        "install": ["install", str(spec), *at, "--yes", "--generated", generated],
        "install, nothing to do": ["install", str(spec), *at, "--yes", "--generated", generated],
        "uninstall": ["uninstall", str(spec), *at, "--yes"],
    }
    return {f"{name}, {size} functions, s": udfgen(*words) for name, words in commands.items()}


def udfgen(*words: str) -> float:
    """Run a command as a process of its own; return its seconds."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "udfgen", *words], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
