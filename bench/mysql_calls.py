"""How fast is a call in MariaDB: udfgen against a loop without a database, and against a handle per call.

Prints medians, and the ratios that docs/performance.md quotes. Everything, servers included, is pinned to one CPU as
in calls.py. The handle per call is the ancestor's way: udfgen's own library, but for the lines that keep a handle.
Over HTTPS all of them trust what a server trusts by itself, the system's authorities, and the endpoint's beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pymysql
from rig import HERE, KEYS, endpoint, interleave, make_certificate, show

from udfgen import bundle, commands, dialect, install
from udfgen.connect import connect, parse

ENGINE = "mysql"
KEPT = "    idle_.push_back(std::move(handle));\n    while (!idle_.empty() && idle_.front()->has_expired()) {"
"""What makes transport.cpp keep a handle; the other library is built without it."""

DROPPED = "    while (false) {"
COUNTS = {"http": {"udfgen": 15_000, "new handle": 4_000}, "https": {"udfgen": 8_000, "new handle": 40}}
"""How many calls one timed run makes: about half a second each."""


def main() -> None:
    """Run the benchmark over HTTP and HTTPS."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=9)
    arguments.add_argument("--cpu", type=int, default=0)
    arguments.add_argument("--json", type=Path, help="also write the figures here")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="udfgen-bench-") as name:
        folder = Path(name)
        certificate = make_certificate(folder)
        libraries = {each: compiled(each, spec_of(each), folder) for each in ("udfgen", "new handle")}
        loop = build_loop(folder)
        os.sched_setaffinity(0, {given.cpu})
        figures = {
            scheme: measure(scheme, certificate, given.rounds, folder, libraries, loop) for scheme in ("http", "https")
        }
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def spec_of(variant: str) -> str:
    """Return the benchmark's spec under a variant's name: each has a database of its own."""
    text = (HERE / "spec.yaml").read_text(encoding="utf-8")
    return text.replace("name: bench", f"name: {variant.replace(' ', '_')}")


def compiled(variant: str, text: str, folder: Path) -> tuple[bundle.Bundle, Path]:
    """Return the bundle of a variant's spec and the folder of its library."""
    root = folder / variant.replace(" ", "_")
    root.mkdir()
    spec = root / "spec.yaml"
    spec.write_text(text, encoding="utf-8")
    made = commands.make(commands.read(spec), ENGINE)
    bundle.write(made, root)
    if variant == "new handle":
        source = made.folder(root) / "core" / "transport.cpp"
        text = source.read_text(encoding="utf-8")
        if text.count(KEPT) != 1:
            raise SystemExit("transport.cpp has changed: mend KEPT")
        source.write_text(text.replace(KEPT, DROPPED), encoding="utf-8")
    commands.run_toolchain(made, root)
    return made, made.folder(root)


def build_loop(folder: Path) -> Path:
    """Build the loop without a database: libcurl, one kept connection, the core's own signer."""
    core = HERE.parent / "native" / "mysql"
    sources = [each for each in sorted(core.glob("*.cpp")) if each.name not in ("udf.cpp", "door.cpp", "server.cpp")]
    flags = ["-std=c++17", "-O2", f"-I{core}", "-lcurl", "-lssl", "-lcrypto", "-lpcre2-8", "-ldl", "-pthread"]
    program = folder / "loop"
    subprocess.run(["c++", str(HERE / "loop.cpp"), *map(str, sources), "-o", str(program), *flags], check=True)
    return program


def measure(
    scheme: str,
    certificate: Path,
    rounds: int,
    folder: Path,
    libraries: dict[str, tuple[bundle.Bundle, Path]],
    loop: Path,
) -> dict[str, float]:
    """Return calls per second by variant, and ratios."""
    with ExitStack() as stack:
        port = stack.enter_context(endpoint(certificate if scheme == "https" else None, folder))
        url = f"{scheme}://127.0.0.1:{port}"
        environment = KEYS | {"AWS_ENDPOINT_URL_LAMBDA": url, "AWS_CA_BUNDLE": str(trusted(certificate, folder))}
        dsn = stack.enter_context(dialect.load(ENGINE).part("server").running(environment))
        for made, place in libraries.values():
            prepare(dsn, made, place)
        connection = stack.enter_context(client(dsn))
        variants = {name: partial(rate, connection, name, COUNTS[scheme][name]) for name in libraries}
        count = COUNTS[scheme]["udfgen"]
        variants["curl loop, no database"] = partial(loop_rate, loop, url, environment, count)
        calls = interleave(variants, rounds)
    rates = {name: statistics.median(found) for name, found in calls.items()}
    figures = {f"{name}, calls/s": found for name, found in rates.items()}
    figures["udfgen's time / the loop's"] = rates["curl loop, no database"] / rates["udfgen"]
    figures["udfgen / new handle"] = rates["udfgen"] / rates["new handle"]
    show(f"MariaDB, {scheme}", figures, calls)
    return figures


def trusted(certificate: Path, folder: Path) -> Path:
    """Return a file of the system's authorities and one certificate more."""
    bundle = folder / "authorities.pem"
    bundle.write_bytes(Path("/etc/ssl/certs/ca-certificates.crt").read_bytes() + certificate.read_bytes())
    return bundle


def prepare(dsn: str, made: bundle.Bundle, place: Path) -> None:
    """Install one variant."""
    with connect(parse(dsn)) as session:
        session.admit(made.requirements)
        install.install(made, session, install.look(made, session), folder=place)


def client(dsn: str) -> pymysql.Connection:  # type: ignore[type-arg]
    """Connect as the server's administrator."""
    return pymysql.connect(unix_socket=str(parse(dsn).options["socket"]), user="root", autocommit=True)


def rate(connection: pymysql.Connection, name: str, count: int) -> float:  # type: ignore[type-arg]
    """Return the calls per second of one variant, in one statement, warmed up."""
    sql = f"select benchmark({{}}, `{name.replace(' ', '_')}`.score_customer(42, 'gold'))"
    with connection.cursor() as cursor:
        cursor.execute(sql.format(max(2, count // 20)))
        start = time.perf_counter()
        cursor.execute(sql.format(count))
        seconds = time.perf_counter() - start
    return count / seconds


def loop_rate(program: Path, url: str, environment: dict[str, str], count: int) -> float:
    """Return the calls per second of the loop, which times itself."""
    ran = subprocess.run([str(program), url, str(count)], env=environment, capture_output=True, text=True, check=True)
    return float(ran.stdout)


if __name__ == "__main__":
    main()
