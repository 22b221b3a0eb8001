"""The Java core of Oracle, compiled for a test beside programs of the test's own."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.conftest import tool

ROOT = Path(__file__).parents[2]
CORE = ROOT / "native" / "oracle"
PROGRAMS = ROOT / "tests" / "native" / "java"
FLAGS = ("--release", "8", "-Xlint:all,-options", "-Werror", "-encoding", "UTF-8")
"""Java 8 is what Oracle 19c runs; `options` would only warn of the level itself."""

PACKAGE = "openjdk-17-jdk-headless"


def core() -> list[Path]:
    """Return the sources of the core."""
    return sorted(CORE.glob("*.java"))


def compile_java(folder: Path, *programs: str) -> Path:
    """Compile the core, and programs of tests/native/java by their names, into a folder that is returned."""
    sources = [*core(), *(PROGRAMS / f"{program}.java" for program in programs)]
    command = [tool("javac", PACKAGE), *FLAGS, "-d", str(folder), *map(str, sources)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return folder


def command(classes: Path, program: str) -> list[str]:
    """Return the command that runs a compiled program."""
    return [tool("java", PACKAGE), "-cp", str(classes), f"udfgen.{program}"]
