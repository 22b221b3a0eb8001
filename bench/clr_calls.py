"""How fast is SQL Server's assembly under Mono: udfgen against a bare loop of HttpWebRequest that posts the same body.

Prints medians and their ratio. Everything is pinned to one CPU as in calls.py. SQL Server has .NET Framework, which is
another runtime: only the two beside each other say something.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from rig import HERE, KEYS, endpoint, interleave, make_certificate, show

from udfgen import bundle, commands

SOURCES = HERE / "clr"
ENGINE = "sqlserver"
SECONDS = 1.0
"""What one warm run is timed for; each variant has one process for them, which warms up first."""

FLAGS = ("-langversion:5", "-sdk:4.5-api", "-optimize+", "-debug-", "-r:System.dll", "-r:System.Data.dll")


def main() -> None:
    """Run the benchmark over HTTP and HTTPS."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=9)
    arguments.add_argument("--cpu", type=int, default=0)
    arguments.add_argument("--json", type=Path, help="also write the figures here")
    given = arguments.parse_args()
    os.sched_setaffinity(0, {given.cpu})
    with tempfile.TemporaryDirectory(prefix="udfgen-bench-") as name:
        folder = Path(name)
        certificate = make_certificate(folder)
        # Mono trusts what stands below its home.
        settings = os.environ | KEYS | {"HOME": name}
        subprocess.run(["cert-sync", "--user", str(certificate)], env=settings, check=True, capture_output=True)
        figures = {scheme: measure(scheme, certificate, given.rounds, folder, settings) for scheme in ("http", "https")}
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def measure(scheme: str, certificate: Path, rounds: int, folder: Path, settings: dict[str, str]) -> dict[str, float]:
    """Return calls per second and the milliseconds of a first call by variant, and the ratio."""
    with ExitStack() as stack:
        port = stack.enter_context(endpoint(certificate if scheme == "https" else None, folder))
        url = f"{scheme}://127.0.0.1:{port}"
        made = build(url, folder / scheme)
        programs = {
            "udfgen": ["mono", str(made / "Generated.exe"), url],
            "HttpWebRequest": ["mono", str(made / "WebRequest.exe"), url],
        }
        starts = interleave({name: partial(start, each, settings) for name, each in programs.items()}, rounds)
        warm = {name: stack.enter_context(warmed_up(each, settings)) for name, each in programs.items()}
        calls = interleave({name: partial(rate, process) for name, process in warm.items()}, rounds)
    rates = {name: statistics.median(found) for name, found in calls.items()}
    figures = {f"{name}, calls/s": value for name, value in rates.items()}
    figures |= {f"{name}, first call, ms": statistics.median(found) for name, found in starts.items()}
    figures["udfgen / HttpWebRequest, calls/s"] = rates["udfgen"] / rates["HttpWebRequest"]
    show(f"Mono, {scheme}", figures, calls)
    return figures


def build(url: str, folder: Path) -> Path:
    """Compile what a build makes of the benchmark's spec, and the variants against it; return their folder."""
    folder.mkdir()
    text = (HERE / "spec.yaml").read_text(encoding="utf-8")
    text = text.replace("region: eu-west-1,", f'region: eu-west-1, endpoint: "{url}",')
    text = text.replace("timeout: 30s", "timeout: 30s, client_context: false")  # there is no session to ask who calls
    (folder / "spec.yaml").write_text(text.replace("  mysql: {}", f"  {ENGINE}: {{}}"), encoding="utf-8")
    made = commands.make(commands.read(folder / "spec.yaml"), ENGINE)
    bundle.write(made, folder)
    (library,) = (path for path in commands.run_toolchain(made, folder) if path.suffix == ".dll")
    for name in ("Generated", "WebRequest"):
        sources = [str(SOURCES / "Loop.cs"), str(SOURCES / f"{name}.cs")]
        compiler = ["mcs", *FLAGS, f"-r:{library}", f"-out:{library.parent / name}.exe"]
        subprocess.run([*compiler, *sources], check=True)
    return library.parent


def start(program: list[str], settings: dict[str, str]) -> float:
    """Return the milliseconds from Main's first line to the first reply in a fresh process."""
    return figure(subprocess.run([*program, "first"], env=settings, capture_output=True, text=True, check=True).stdout)


@contextmanager
def warmed_up(program: list[str], settings: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Start a variant that measures whenever it is sent a line, and wait until it is warm."""
    command = [*program, str(SECONDS)]
    with subprocess.Popen(command, env=settings, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        figure(process.stdout.readline())
        try:
            yield process
        finally:
            process.stdin.close()


def rate(process: subprocess.Popen[str]) -> float:
    """Return the calls per second of a variant that is warm."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return figure(process.stdout.readline())


def figure(line: str) -> float:
    """Return the figure that a variant prints before what the function answered."""
    number, _, answer = line.partition(" ")
    if "87.5" not in answer:
        raise SystemExit(f"not an answer: {line}")
    return float(number)


if __name__ == "__main__":
    main()
