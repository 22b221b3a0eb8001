"""Runs the compiler: the CMake project that `udfgen build` wrote becomes the library that the server loads."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from udfgen import toolchain
from udfgen.bundle import UNTRACKED, Bundle, put
from udfgen.errors import CompileError

ADVICE = (
    "on Debian: apt-get install cmake make g++ pkg-config libcurl4-openssl-dev libssl-dev libpcre2-dev"
    " nlohmann-json3-dev"
)
KEPT = re.compile(r"PATH|HOME|TMPDIR|CMAKE_CXX_COMPILER_LAUNCHER|CCACHE_[A-Z]+")
"""The variables that compilers see: none that changes a byte, CXXFLAGS for one.

https://cmake.org/cmake/help/latest/manual/cmake-env-variables.7.html
"""

LIBRARY = re.compile(r"^set\(UDFGEN_LIBRARY ((udfgen_[a-z0-9_]+)_[0-9a-f]{12})\)$", re.MULTILINE)
BAD = re.compile(r"error|not found|undefined reference|could not find|unable to find", re.IGNORECASE)
SHOWN = 12
"""Lines of a compiler's output that an error shows, from the first that tells of one: what follows is mostly echo."""


def compile(folder: Path) -> tuple[Path, ...]:
    """Compile a folder of generated sources into its `build/`; return the library, the only one left of its program.

    Raises CompileError when cmake, a compiler or a library's headers are missing, and when they refuse the sources.
    """
    found = LIBRARY.search((folder / "CMakeLists.txt").read_text(encoding="utf-8"))
    if found is None:
        raise CompileError(f"{folder}/CMakeLists.txt does not say what it builds: run `udfgen build`")
    library = folder / UNTRACKED / f"{found[1]}.so"
    with tempfile.TemporaryDirectory(prefix="udfgen-compile-") as scratch:
        put((_built(folder, Path(scratch)) / library.name).read_bytes(), library)
    _sweep(library, found[2])
    return (library,)


def load(made: Bundle, folder: Path) -> Bundle:
    """Return the bundle as it is: the server loads the library from a file, and no statement carries it."""
    return made


def _built(folder: Path, scratch: Path) -> Path:
    """Build a copy of the sources; return the folder of what came of it.

    Seen from there, the copy's paths are always the same, by which ccache finds what was compiled before.
    """
    shutil.copytree(folder, scratch / "source", ignore=shutil.ignore_patterns(UNTRACKED))
    _run(("cmake", "-S", "source", "-B", "build"), folder, scratch, f"cannot be prepared; {ADVICE}")
    jobs = str(os.cpu_count() or 1)
    _run(("cmake", "--build", "build", "--parallel", jobs), folder, scratch, "cannot be compiled")
    return scratch / "build"


def _run(command: Sequence[str], folder: Path, scratch: Path, failed: str) -> None:
    ran = toolchain.run(command, scratch, KEPT, ADVICE)
    if ran.returncode:
        told = ran.stdout.replace(f"{scratch}/source/", f"{folder}/").replace("../source/", f"{folder}/")
        raise CompileError(f"{folder} {failed}\n{_first_error(told.splitlines())}")


def _first_error(lines: Sequence[str]) -> str:
    """Return the lines from the first that tells of an error; the last ones when none does."""
    first = next((number for number, line in enumerate(lines) if BAD.search(line)), max(0, len(lines) - SHOWN))
    return "\n".join(lines[first : first + SHOWN])


def _sweep(library: Path, program: str) -> None:
    """Delete what was compiled of the program before."""
    for path in library.parent.iterdir():
        if path != library and re.fullmatch(rf"{program}_[0-9a-f]{{12}}\.so", path.name):
            path.unlink()
