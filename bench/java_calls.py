"""How fast is Oracle's core in a JVM: udfgen against the AWS SDK for Java 2, which makes the same Invoke.

Prints medians, and the ratios that docs/performance.md quotes. Everything is pinned to one CPU as in calls.py; every
run is a JVM of its own, for each database session is one. The SDK comes from Maven Central, as java/pom.xml pins it;
where it cannot be had, its columns are left out.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from rig import HERE, KEYS, endpoint, interleave, make_certificate, show

from udfgen import commands
from udfgen.bundle import Bundle

SOURCES = HERE / "java"
DATABASE = SOURCES / "database" / "Empty.java"
"""What stands in for the session's own database, which the core looks into once a second."""

LIBRARY = HERE.parent / "build" / "bench" / "java"
SDK = {"SDK, url-connection": "url", "SDK, Apache": "apache"}
SECONDS = 1.0
"""What one warm run is timed for; each variant has one JVM for them, which warms up first."""

QUIET = subprocess.DEVNULL
"""The SDK says on stderr that nobody has chosen where it logs to."""

JAVA_SOURCE = "create or replace and resolve java source named "


def main() -> None:
    """Run the benchmark over HTTP and HTTPS."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=9)
    arguments.add_argument("--cpu", type=int, default=0)
    arguments.add_argument("--json", type=Path, help="also write the figures here")
    given = arguments.parse_args()
    jars = fetch_sdk()
    os.sched_setaffinity(0, {given.cpu})
    with tempfile.TemporaryDirectory(prefix="udfgen-bench-") as name:
        folder = Path(name)
        certificate = make_certificate(folder)
        store = make_store(certificate, folder)
        figures = {
            scheme: measure(scheme, certificate, store, jars, given.rounds, folder) for scheme in ("http", "https")
        }
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def fetch_sdk() -> list[Path]:
    """Return the SDK's jars, fetched once by Maven; none where Maven or its repository cannot be reached."""
    pinned = LIBRARY / "pom.xml"
    wanted = (SOURCES / "pom.xml").read_text(encoding="utf-8")
    if not pinned.is_file() or pinned.read_text(encoding="utf-8") != wanted:
        command = ["mvn", "-q", "-B", "-C", "-f", str(SOURCES / "pom.xml"), "dependency:copy-dependencies"]
        try:
            subprocess.run([*command, f"-DoutputDirectory={LIBRARY}"], check=True, stdout=subprocess.DEVNULL)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"without the AWS SDK, which Maven could not fetch: {error}", file=sys.stderr)
            return []
        pinned.write_text(wanted, encoding="utf-8")
    return sorted(LIBRARY.glob("*.jar"))


def make_store(certificate: Path, folder: Path) -> Path:
    """Return a trust store with the endpoint's certificate: the SDK trusts what its JVM trusts."""
    store = folder / "trusted.p12"
    where = ["-keystore", str(store), "-storetype", "PKCS12", "-storepass", "changeit", "-file", str(certificate)]
    subprocess.run(["keytool", "-importcert", "-noprompt", *where], check=True, capture_output=True)
    return store


def measure(
    scheme: str, certificate: Path, store: Path, jars: list[Path], rounds: int, folder: Path
) -> dict[str, float]:
    """Return calls per second, the milliseconds of a first call and of its whole process by variant, and ratios."""
    with ExitStack() as stack:
        port = stack.enter_context(endpoint(certificate if scheme == "https" else None, folder))
        url = f"{scheme}://127.0.0.1:{port}"
        classes = build(url, certificate if scheme == "https" else None, jars, folder / scheme)
        trust = [f"-Djavax.net.ssl.trustStore={store}", "-Djavax.net.ssl.trustStorePassword=changeit"]
        java = ["java", *trust, "-cp", os.pathsep.join(map(str, [classes, *jars]))]
        programs = {"udfgen": [*java, "Udfgen"], "HttpURLConnection": [*java, "Url", url]}
        programs |= {name: [*java, "Sdk", client, url] for name, client in SDK.items() if jars}
        starts = interleave({name: partial(start, program) for name, program in programs.items()}, rounds)
        warm = {name: stack.enter_context(warmed_up(program)) for name, program in programs.items()}
        calls = interleave({name: partial(rate, process) for name, process in warm.items()}, rounds)
    figures = summary(calls, starts)
    show(f"Java, {scheme}", figures, calls)
    return figures


def build(url: str, certificate: Path | None, jars: list[Path], folder: Path) -> Path:
    """Compile the variants, and beside them what a build makes of the benchmark's spec; return the classes' folder."""
    trust = f', ca_file: "{certificate}"' if certificate else ""
    text = (HERE / "spec.yaml").read_text(encoding="utf-8")
    text = text.replace("region: eu-west-1,", f'region: eu-west-1, endpoint: "{url}"{trust},')
    text = text.replace("timeout: 30s", "timeout: 30s, client_context: false")  # there is no database to ask who calls
    source = folder / "src"
    source.mkdir(parents=True)
    (source / "spec.yaml").write_text(text.replace("  mysql: {}", "  oracle: {}"), encoding="utf-8")
    write_java(commands.make(commands.read(source / "spec.yaml"), "oracle"), source)
    variants = [each for each in SOURCES.glob("*.java") if jars or each.stem != "Sdk"]
    classpath = os.pathsep.join(map(str, jars)) or "."
    files = map(str, [*variants, DATABASE, *source.rglob("*.java")])
    command = ["javac", "-nowarn", "-XDsuppressNotes", "-cp", classpath, "-d", str(folder / "classes"), *files]
    subprocess.run(command, check=True)
    return folder / "classes"


def write_java(made: Bundle, folder: Path) -> None:
    """Write the Java in a bundle's statements to files."""
    for each in made.objects:
        for statement in each.statements:
            if statement.sql.startswith(JAVA_SOURCE):
                head, _, text = statement.sql.partition(" as\n")
                path = folder / f"{head.split(chr(34))[1]}.java"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")


def start(program: list[str]) -> tuple[float, float]:
    """Return the milliseconds from main's first line to the first reply in a fresh JVM, and those of the process."""
    begin = time.perf_counter()
    ran = subprocess.run([*program, "first"], env=os.environ | KEYS, capture_output=True, text=True, check=True)
    return figure(ran.stdout), (time.perf_counter() - begin) * 1000


@contextmanager
def warmed_up(program: list[str]) -> Iterator[subprocess.Popen[str]]:
    """Start a variant that measures whenever it is sent a line, and wait until it is warm."""
    command = [*program, str(SECONDS)]
    with subprocess.Popen(
        command, env=os.environ | KEYS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=QUIET, text=True
    ) as process:
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


def summary(calls: dict[str, list[float]], starts: dict[str, list[tuple[float, float]]]) -> dict[str, float]:
    """Return the medians, and how udfgen stands to the best of the SDK's."""
    rates = {name: statistics.median(found) for name, found in calls.items()}
    first = {name: statistics.median(ms for ms, _ in found) for name, found in starts.items()}
    whole = {name: statistics.median(ms for _, ms in found) for name, found in starts.items()}
    figures = {f"{name}, calls/s": value for name, value in rates.items()}
    figures |= {f"{name}, first call, ms": value for name, value in first.items()}
    figures |= {f"{name}, its process, ms": value for name, value in whole.items()}
    known = [name for name in SDK if name in rates]
    if known:
        figures["udfgen / the SDK's best, calls/s"] = rates["udfgen"] / max(rates[name] for name in known)
        figures["the SDK's best / udfgen, first call"] = min(first[name] for name in known) / first["udfgen"]
        figures["the SDK's best / udfgen, process"] = min(whole[name] for name in known) / whole["udfgen"]
    return figures


if __name__ == "__main__":
    main()
