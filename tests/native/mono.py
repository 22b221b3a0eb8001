"""The C# core of SQL Server, compiled for a test beside programs of the test's own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.conftest import tool

ROOT = Path(__file__).parents[2]
CORE = ROOT / "native" / "sqlserver"
PROGRAMS = ROOT / "tests" / "native" / "csharp"
FLAGS = (
    *("-langversion:5", "-sdk:4.5-api", "-warnaserror", "-warn:4", "-optimize+", "-debug-"),
    *("-r:System.dll", "-r:System.Data.dll"),
)
"""C# 5 is what the compiler of every .NET Framework 4 knows; 4.5-api has the assemblies as Windows has them."""

PACKAGE = "mono-devel"


def core() -> list[Path]:
    """Return the sources of the core."""
    return sorted(CORE.glob("*.cs"))


def compile_core(folder: Path, sources: Iterable[Path] | None = None) -> Path:
    """Compile the core, or sources that stand for it, into a library that is returned."""
    return _compile(folder / "udfgen_core.dll", "library", core() if sources is None else sources)


def compile_csharp(folder: Path, *programs: str) -> Path:
    """Compile the core, and programs of tests/native/csharp by their names, into an exe that is returned.

    One of the programs has `Main`; the exe stands in the folder and is called as the first.
    """
    sources = [*core(), *(PROGRAMS / f"{program}.cs" for program in programs)]
    return _compile(folder / f"{programs[0]}.exe", "exe", sources)


def _compile(out: Path, target: str, sources: Iterable[Path]) -> Path:
    command = [tool("mcs", PACKAGE), *FLAGS, f"-target:{target}", f"-out:{out}", *map(str, sources)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return out


def command(exe: Path) -> list[str]:
    """Return the command that runs a compiled program; Mono trusts the certificates below its `HOME`."""
    return [tool("mono", PACKAGE), str(exe)]
