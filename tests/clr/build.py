"""Assemblies for the tests: sources compiled as they are, a bundle by its own toolchain; and what they must pass."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from tests.clr import pe
from tests.conftest import missing, tool
from udfgen import bundle, commands
from udfgen.bundle import Bundle

HERE = Path(__file__).parent
RULES = HERE / "rules"
FRAMEWORK = Path("/usr/lib/mono/4.8-api")
"""Reference assemblies of .NET Framework 4.8: newer than what we compile for, they have Microsoft's own attributes."""

CECIL = Path("/usr/lib/mono-cecil/Mono.Cecil.dll")
FLAGS = (
    *("-langversion:5", "-sdk:4.5-api", "-warn:4", "-optimize+", "-debug-"),
    *("-r:System.dll", "-r:System.Data.dll"),
)


def compile_csharp(sources: Sequence[Path], dll: Path, *options: str) -> Path:
    """Compile C# into a DLL, which is returned; `options` go to mcs, whose folder is that of the first source."""
    _run(sources[0].parent, tool("mcs", "mono-devel"), *FLAGS, "-target:library", *options, f"-out:{dll}", *sources)
    return dll


def assemble(source: Path, dll: Path) -> Path:
    """Assemble IL into a DLL, which is returned: what no C# compiler makes."""
    _run(source.parent, tool("ilasm", "mono-devel"), "-dll", f"-output:{dll}", source)
    return dll


def compile_bundle(made: Bundle, folder: Path) -> Path:
    """Write a bundle's files below a folder and compile them as `udfgen compile` does; return the DLL."""
    tool("mcs", "mono-devel")
    bundle.write(made, folder)
    (dll,) = (path for path in commands.run_toolchain(made, folder) if path.suffix == ".dll")
    return dll


def check(dll: Path) -> list[str]:
    """Return what an assembly breaks of SQL Server's rules: its headers, its IL, whether that can be verified."""
    return [*pe.check(dll.read_bytes()), *check_rules(dll), *verify(dll)]


def check_rules(dll: Path) -> list[str]:
    """Return what an assembly breaks of the rules in rules/Rule.cs, as `rule: place: what`."""
    done = rules(str(FRAMEWORK), str(RULES / "hosting.txt"), str(dll))
    findings = done.stdout.splitlines()
    assert done.returncode == (1 if findings else 0), done.stderr
    return findings


def rules(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the checker of rules."""
    command = [tool("mono", "mono-devel"), str(_checker()), *arguments]
    return subprocess.run(command, env=_settings(), capture_output=True, encoding="utf-8", check=False)


def verify(dll: Path) -> list[str]:
    """Return what Mono's verifier, which stands in for PEVerify, cannot verify of an assembly."""
    command = [tool("pedump", "mono-utils"), "--verify", "error,code,metadata", str(dll)]
    done = subprocess.run(
        command, env=_settings(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    found = re.findall(r"^In method: (.+)$", done.stdout, re.MULTILINE) or done.stdout.splitlines()
    assert bool(found) == bool(done.returncode), done.stdout
    return [f"unverifiable: {each}" for each in found]


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="udfgen-rules-")


@cache
def _checker() -> Path:
    """Compile the checker of rules, once for all tests; return its exe."""
    for path, package in ((CECIL, "libmono-cecil-cil"), (FRAMEWORK, "mono-devel")):
        if not path.exists():
            missing(f"{path} is not there; on Debian: apt-get install {package}")
    exe = Path(_folder().name) / "Rules.exe"
    flags = ("-langversion:5", "-sdk:4.5-api", "-warnaserror", "-warn:4", "-r:System.Core.dll", f"-r:{CECIL}")
    _run(RULES, tool("mcs", "mono-devel"), *flags, f"-out:{exe}", *sorted(RULES.glob("*.cs")))
    return exe


def _settings() -> Mapping[str, str]:
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "MONO_PATH": str(CECIL.parent)}


def _run(folder: Path, *command: str | Path) -> None:
    done = subprocess.run(
        command, cwd=folder, env=_settings(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
