"""What stands in for SQL Server: Microsoft's parser of T-SQL, and programs that link and call an assembly as it does.

The programs are tests/clr/server/*.cs under Mono; script/tsql-parser fetches the parser.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.conftest import missing, tool

ROOT = Path(__file__).parents[2]
PARSER = ROOT / "build" / "tsql" / "Microsoft.SqlServer.TransactSql.ScriptDom.dll"
SOURCES = Path(__file__).with_name("server")
FLAGS = (
    *("-langversion:5", "-sdk:4.7.2-api", "-warnaserror", "-warn:4"),
    *("-r:Facades/netstandard.dll", "-r:System.Data.dll", "-r:System.Web.Extensions.dll"),
)
"""The parser is made for .NET Standard 2.0, which .NET Framework has since 4.7.2."""

VERSIONS = (140, 150)
"""The grammars of SQL Server 2017 and 2019, the newest that this parser has; later ones add to the language."""


@dataclass(frozen=True, slots=True)
class Tree:
    """What a script is made of: the kinds of each batch's statements, its constants of text, its names.

    `executed` are those of the texts that EXEC runs, `shapes` is a hash of each batch's whole tree without its texts.
    `collations` are what a server would refuse for them, each with its line.
    """

    errors: Sequence[str]
    batches: Sequence[Sequence[str]]
    texts: Sequence[str]
    executed: Sequence[str]
    names: Sequence[str]
    collations: Sequence[str]
    shapes: Sequence[str]


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="udfgen-tsql-")


@cache
def program(name: str) -> Path:
    """Compile one of the programs, once for all tests; return its exe."""
    if not PARSER.is_file():
        missing("Microsoft's T-SQL parser is not here: script/tsql-parser fetches it")
    folder = Path(_folder().name)
    shutil.copy(PARSER, folder)
    exe = folder / f"{name}.exe"
    sources = map(str, sorted(SOURCES.glob("*.cs")))
    flags = [*FLAGS, f"-r:{folder / PARSER.name}", f"-main:Udfgen.Tests.{name}", f"-out:{exe}"]
    done = subprocess.run(
        [tool("mcs", "mono-devel"), *flags, *sources],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return exe


def command(name: str, *arguments: str) -> list[str]:
    """Return what runs one of the programs."""
    return [tool("mono", "mono-devel"), str(program(name)), *arguments]


def _run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    settings = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    return subprocess.run(command(name, *arguments), env=settings, capture_output=True, encoding="utf-8", check=False)


def check(version: int, *scripts: Path) -> list[str]:
    """Return what the parser refuses in scripts, as `file:line:column: error number: what is wrong`."""
    done = _run("Parser", "check", str(version), *map(str, scripts))
    found = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (1 if found else 0, ""), done.stderr
    return found


def trees(version: int, *scripts: Path) -> list[Tree]:
    """Return what each of the scripts is made of."""
    done = _run("Parser", "trees", str(version), *map(str, scripts))
    assert done.stderr == ""
    return [Tree(**json.loads(line)) for line in done.stdout.splitlines()]


def link(assembly: Path, install: Path) -> tuple[list[str], list[str]]:
    """Link an install.sql with an assembly.sql; return the routines with their methods, and what does not fit."""
    done = _run("Link", str(assembly), str(install))
    refused = done.stderr.splitlines()
    assert done.returncode == (2 if refused else 0), done.stderr
    return done.stdout.splitlines(), refused


def batches(script: str) -> list[str]:
    """Return a script's batches as sqlcmd parts them: by lines that hold nothing but GO.

    https://learn.microsoft.com/en-us/sql/t-sql/language-elements/sql-server-utilities-statements-go
    """
    return [each for each in re.split(r"(?im)^[ \t]*go[ \t]*(?:\d+[ \t]*)?$\n?", script) if each.strip()]
