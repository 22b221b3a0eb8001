"""What the benchmarks share: the endpoint in C, a certificate, runs in random order, and how figures are shown."""

from __future__ import annotations

import os
import platform
import random
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

HERE = Path(__file__).parent
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_SESSION_TOKEN": "bench/token"}


class Sortable(Protocol):
    """What can be put in an order."""

    def __lt__(self, other: Any, /) -> bool: ...


T = TypeVar("T")
Name = TypeVar("Name", bound=Sortable)
Opened = TypeVar("Opened", bound="Lines")


@dataclass(frozen=True, slots=True)
class Machine:
    """What figures were taken on."""

    cpu: str
    cores: int
    system: str
    python: str

    @classmethod
    def here(cls) -> Machine:
        """Describe this machine."""
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
        system = f"{platform.system()} {platform.release().partition('-')[0]}"
        return cls(next(models, platform.machine()), os.cpu_count() or 1, system, platform.python_version())


def interleave(variants: Mapping[Name, Callable[[], T]], rounds: int) -> dict[Name, list[T]]:
    """Return what every variant measured, run in random order within each round."""
    order = random.Random(1)  # the order of the variants, the same in every run
    found: dict[Name, list[T]] = {name: [] for name in variants}
    for _ in range(rounds):
        for name in order.sample(sorted(variants), len(variants)):
            found[name].append(variants[name]())
    return found


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


class Lines:
    """A program that answers each line it is sent with a line; a context that ends it."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True)

    def __enter__(self: Opened) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def ask(self, line: str) -> str:
        """Send a line and return the answer; SystemExit when the program has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"no answer to: {line}")
        return answer


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


def show(title: str, figures: dict[str, float], calls: dict[str, list[float]]) -> None:
    """Print the figures of one scheme."""
    rounds = len(next(iter(calls.values())))
    print(f"{title}: one connection, everything on one CPU, medians of {rounds} rounds")
    for name, value in figures.items():
        spread = calls.get(name.removesuffix(", calls/s"))
        between = f"   ({min(spread):,.0f} to {max(spread):,.0f})" if spread and name.endswith("calls/s") else ""
        print(f"  {name:<40}{value:>12,.1f}{between}", flush=True)
