"""Programs in C++ that test the core of MySQL and MariaDB, built with CMake when a test first asks."""

from __future__ import annotations

import fcntl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from tests.conftest import tool

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "tests" / "native" / "mysql"
BUILDS = ROOT / "build" / "native"


@cache
def build(target: str, *options: str) -> Path:
    """Build one target of tests/native/mysql with CMake options such as UDFGEN_SANITIZE, and return its program."""
    folder = BUILDS / ("-".join(options) or "plain")
    compiler = tool("clang++", "clang libclang-rt-14-dev") if "UDFGEN_FUZZ" in options else tool("g++", "g++")
    cmake, ninja = tool("cmake", "cmake"), tool("ninja", "ninja-build")
    switches = [f"-D{option}=ON" for option in options]
    with _locked(folder):
        where = ["-S", str(SOURCE), "-B", str(folder)]
        generator = ["-G", "Ninja", f"-DCMAKE_MAKE_PROGRAM={ninja}", f"-DCMAKE_CXX_COMPILER={compiler}"]
        _run(cmake, *where, *generator, *switches)
        _run(cmake, "--build", str(folder), "--target", target)
    return folder / target


def _run(*command: str) -> None:
    """Run a command; one that fails ends the test with all that it said."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}"


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep other processes, such as a second pytest, from building in a folder at the same time."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
