"""What `udfgen compile` makes for SQL Server: every rule kept, the same bytes anywhere, what is checked in."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.clr import build, pe
from tests.conformance import runners
from tests.conftest import missing, tool
from udfgen import commands, dialect
from udfgen.bundle import Bundle
from udfgen.render import render

ENGINE = "sqlserver"
ROOT = build.HERE.parents[1]
CHECKED_IN = sorted(ROOT.glob(f"examples/*/generated/{ENGINE}"))
LATER = 1_900_000_000
"""A time in the year 2030, in seconds since 1970."""


def quickstart() -> Bundle:
    """Return the bundle of the shipped example."""
    with commands.quickstart() as folder:
        return render(commands.lower(commands.compile_program(commands.read(folder / "spec.yaml")), ENGINE))


def conformance() -> Bundle:
    """Return the bundle of the conformance suite: every type, every kind of function."""
    return render(commands.lower(runners.program(ENGINE), ENGINE))


@pytest.fixture(scope="module", params=[quickstart, conformance])
def dll(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    make: Callable[[], Bundle] = request.param
    return build.compile_bundle(make(), tmp_path_factory.mktemp("made"))


def test_a_generated_assembly_keeps_every_rule(dll: Path) -> None:
    assert build.check(dll) == []


def test_it_refers_to_three_libraries(dll: Path) -> None:
    command = [tool("monodis", "mono-utils"), "--assemblyref", str(dll)]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"Name=(\S+)", listed)) == {"mscorlib", "System", "System.Data"}


def test_its_text_has_its_bytes_and_their_hash(dll: Path) -> None:
    content, text = dll.read_bytes(), script(dll).lower()
    digest = hashlib.sha512(content).hexdigest()
    assert re.findall(r"@assembly varbinary\(max\) = 0x(\w+);", text) == [content.hex()]
    assert re.findall(r"-- sha-512: (\w+)|add_trusted_assembly\s+0x(\w+)", text) == [(digest, ""), ("", digest)]


def test_it_has_no_date(dll: Path) -> None:
    assert pe.Image(dll.read_bytes()).timestamp == 0


def script(dll: Path) -> str:
    """Return the text that was written beside a DLL's folder."""
    return (dll.parents[1] / "assembly.sql").read_text(encoding="utf-8")


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Another place: folder, home, zone, language, mask of permissions, and a date for those who ask for one."""
    folder = tmp_path / "a folder" / "with \u00fc in it"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    changed = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "HOME": str(tmp_path), "SOURCE_DATE_EPOCH": str(LATER)}
    for name, value in changed.items():
        monkeypatch.setenv(name, value)
    mask = os.umask(0o077)
    yield folder
    os.umask(mask)


def test_another_place_and_time_give_the_same_bytes(dll: Path, elsewhere: Path) -> None:
    shutil.copytree(dll.parents[1], elsewhere / ENGINE, ignore=shutil.ignore_patterns("assembly.sql", "build"))
    for path in (elsewhere / ENGINE).iterdir():
        os.utime(path, (LATER, LATER))
    again = compiled(elsewhere / ENGINE)
    assert (again.name, again.read_bytes()) == (dll.name, dll.read_bytes())
    assert script(again) == script(dll)


def compiled(folder: Path) -> Path:
    """Compile a folder of generated sources; return the DLL."""
    paths: tuple[Path, ...] = dialect.load(ENGINE).part("toolchain").compile(folder)
    (dll,) = (path for path in paths if path.suffix == ".dll")
    return dll


def test_there_are_assemblies_checked_in() -> None:
    assert [folder for folder in CHECKED_IN if (folder / "assembly.sql").is_file()] == CHECKED_IN != []


@pytest.mark.parametrize("folder", [pytest.param(each, id=each.parents[1].name) for each in CHECKED_IN])
def test_what_is_checked_in_is_what_is_compiled_today(folder: Path, tmp_path: Path) -> None:
    tool("mcs", "mono-devel")
    shutil.copytree(folder, tmp_path / ENGINE, ignore=shutil.ignore_patterns("assembly.sql", "build"))
    text, kept = script(compiled(tmp_path / ENGINE)), (folder / "assembly.sql").read_text(encoding="utf-8")
    if compiler(text) != compiler(kept):
        missing(f"{folder} was compiled by {compiler(kept)}; here is {compiler(text)}")
    assert text == kept


def compiler(text: str) -> str:
    """Return which compiler an assembly.sql says it was made by."""
    (name,) = re.findall(r"^-- Compiler: (.+)$", text, re.MULTILINE)
    return str(name)
