"""The compiler behind `udfgen compile`: what it leaves, what it says without its tools, what cannot reach the bytes."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.conftest import tool
from udfgen import dialect
from udfgen.errors import CompileError

PROJECT = """\
# Stands for a generated project.
set(UDFGEN_LIBRARY udfgen_toy_0123456789ab)
cmake_minimum_required(VERSION 3.16)
project(toy LANGUAGES CXX)
add_library(toy MODULE toy.cpp)
set_target_properties(toy PROPERTIES OUTPUT_NAME "${UDFGEN_LIBRARY}" PREFIX "" SUFFIX ".so")
"""
TOY = """\
#ifdef FROM_OUTSIDE
#error the environment reached the compiler
#endif
extern "C" int toy() { return 7; }
"""
LIBRARY = "udfgen_toy_0123456789ab.so"
OLD = "udfgen_toy_ba9876543210.so"
OTHERS = {"udfgen_toy_two_ba9876543210.so", "udfgen_ba9876543210.so", "udfgen_toy_ba9876543210.so.bak", "notes.txt"}

toolchain = dialect.load("mysql").part("toolchain")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project as `udfgen build` leaves one, with what was compiled before."""
    folder = tmp_path / "generated" / "mysql"
    (folder / "build").mkdir(parents=True)
    (folder / "CMakeLists.txt").write_text(PROJECT, encoding="utf-8")
    (folder / "toy.cpp").write_text(TOY, encoding="utf-8")
    for name in (OLD, *OTHERS):
        (folder / "build" / name).write_text("old", encoding="utf-8")
    return folder


@pytest.fixture
def compilers() -> None:
    tool("cmake", "cmake")
    tool("make", "make")
    tool("g++", "g++")


def built(project: Path) -> set[str]:
    return {path.name for path in (project / "build").iterdir()}


def refusal(project: Path) -> str:
    """Return why a project cannot be compiled; what was compiled before must still be there."""
    with pytest.raises(CompileError) as refused:
        toolchain.compile(project)
    assert built(project) == {OLD, *OTHERS}
    return str(refused.value)


@pytest.mark.usefixtures("compilers")
def test_the_library_comes_in_the_place_of_older_ones(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXXFLAGS", "-DFROM_OUTSIDE")
    monkeypatch.setenv("CXX", "/nonexistent")
    sources = {path.name for path in project.iterdir()}
    assert toolchain.compile(project) == (project / "build" / LIBRARY,)
    assert built(project) == {LIBRARY, *OTHERS}
    assert {path.name for path in project.iterdir()} == sources
    assert (project / "build" / LIBRARY).read_bytes().startswith(b"\x7fELF")


@pytest.mark.usefixtures("compilers")
def test_nothing_stays_in_the_temporary_folder(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    toolchain.compile(project)
    (project / "toy.cpp").write_text("broken", encoding="utf-8")
    with pytest.raises(CompileError):
        toolchain.compile(project)
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.usefixtures("compilers")
def test_a_first_build_makes_the_folder(project: Path) -> None:
    shutil.rmtree(project / "build")
    toolchain.compile(project)
    assert built(project) == {LIBRARY}


@pytest.mark.usefixtures("compilers")
def test_a_launcher_of_the_environment_is_used(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    launcher = tmp_path / "launcher"
    launcher.write_text(f'#!/bin/sh\necho "$CCACHE_DIR" >>{tmp_path}/launched\nexec "$@"\n', encoding="utf-8")
    launcher.chmod(0o755)
    monkeypatch.setenv("CMAKE_CXX_COMPILER_LAUNCHER", str(launcher))
    monkeypatch.setenv("CCACHE_DIR", "here")
    toolchain.compile(project)
    assert set((tmp_path / "launched").read_text(encoding="utf-8").splitlines()) == {"here"}


@pytest.mark.usefixtures("compilers")
@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("int a = 1;\nint a = 2;\n", "toy.cpp:2:5: error: redefinition of 'int a'"),
        ("#include <nosuch.hpp>\n", "toy.cpp:1:10: fatal error: nosuch.hpp: No such file or directory"),
        ("int a[] = {" + "nosuch, " * 1000 + "};\n", "toy.cpp:1:12: error: 'nosuch' was not declared in this scope"),
    ],
)
def test_broken_sources_are_told_by_their_first_errors(source: str, says: str, project: Path) -> None:
    (project / "toy.cpp").write_text(source, encoding="utf-8")
    first, *lines = refusal(project).splitlines()
    assert first == f"{project} cannot be compiled"
    assert lines[0] == f"{project}/{says}"
    assert len(lines) <= toolchain.SHOWN


@pytest.mark.usefixtures("compilers")
def test_what_cannot_be_linked(project: Path) -> None:
    with (project / "CMakeLists.txt").open("a", encoding="utf-8") as text:
        text.write('set_target_properties(toy PROPERTIES LINK_FLAGS "-Wl,--no-undefined")\n')
    (project / "toy.cpp").write_text("int nosuch();\nint toy() { return nosuch(); }\n", encoding="utf-8")
    assert "undefined reference to `nosuch()'" in refusal(project)


@pytest.mark.usefixtures("compilers")
def test_a_library_that_is_not_installed(project: Path) -> None:
    with (project / "CMakeLists.txt").open("a", encoding="utf-8") as text:
        text.write("find_package(nosuch REQUIRED)\n")
    first, *lines = refusal(project).splitlines()
    assert first == f"{project} cannot be prepared; {toolchain.ADVICE}"
    assert any('"nosuch"' in line for line in lines)


def test_without_cmake(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refusal(project) == f"cmake is not installed; {toolchain.ADVICE}"


def test_without_a_compiler(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    for name in ("cmake", "make"):
        (tmp_path / "bin" / name).symlink_to(os.path.realpath(tool(name, name)))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    said = refusal(project)
    assert said.startswith(f"{project} cannot be prepared; {toolchain.ADVICE}\n")
    assert "CMAKE_CXX_COMPILER" in said


def test_a_project_that_does_not_name_its_library(project: Path) -> None:
    (project / "CMakeLists.txt").write_text(PROJECT.replace("toy_0123456789ab", "toy"), encoding="utf-8")
    assert refusal(project) == f"{project}/CMakeLists.txt does not say what it builds: run `udfgen build`"
