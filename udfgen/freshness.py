"""Freshness: whether what a build would write is there already, told by digests, without compiling.

A build leaves a record in the user's cache folder: a digest of all that went in, and one of each file that came out.
The next one has nothing to do when both agree with what it finds. A record saves time and proves nothing, so it is
never checked in, and what must prove something (`build --check`, `compile`, `install`) compiles the spec.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

from udfgen import dialect
from udfgen.bundle import Bundle, put, tracked

PACKAGES = ("udfgen", "udfgen.dialects", "udfgen.native")
"""Whose files are the compiler: code, templates, catalogs and native sources."""

CACHE_HOME = "XDG_CACHE_HOME"
"""https://specifications.freedesktop.org/basedir-spec/latest/#variables"""

KEPT = 30 * 86_400
"""Seconds after which a record that no build has renewed is swept: its spec may be long gone."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a build is asked for: the spec's file, the folder of its files, the engines (none: all), the environment."""

    spec: Path
    root: Path
    engines: tuple[str, ...] = ()
    environment: str | None = None


def inputs(request: Request) -> str | None:
    """Return a digest of all that decides what a build writes; None where that cannot be read.

    The compiler goes in with every byte: its version alone would not tell that a template was edited.
    """
    try:
        return _digest(
            _spelled(
                [
                    [request.spec.name, _digest(request.spec.read_bytes())],
                    [*request.engines],
                    [request.environment, *_environments(request)],
                    [sys.version, *_libraries()],
                    {str(path): _digest(path.read_bytes()) for path in _compiler()},
                ]
            )
        )
    except (OSError, PackageNotFoundError):
        return None


def is_fresh(request: Request, given: str | None) -> bool:
    """Return whether a build of these inputs left a record, and its files are there as they were, and no others."""
    match _recorded(request):
        case {"inputs": str(known), "folders": [*folders], "compiled": [*compiled], "files": dict(files)}:
            return known == given and _found(request.root, folders, compiled) == files
    return False


def remember(request: Request, given: str | None, made: Sequence[Bundle]) -> None:
    """Leave the record of a build that wrote these bundles, unless its inputs have changed since they were taken.

    Where it cannot be kept nothing is lost: the next build compiles.
    """
    if given is None or inputs(request) != given:
        return
    root = request.root
    record = {
        "inputs": given,
        "folders": [_below(root, each.folder(root)) for each in made],
        "compiled": [_below(root, each.folder(root) / one.path) for each in made for one in each.compiled],
        "files": {
            _below(root, each.folder(root) / file.path): _digest(file.content) for each in made for file in each.files
        },
    }
    with suppress(OSError, RuntimeError):
        path = _path(request)
        put(_spelled(record), path)
        _sweep(path.parent)


def _recorded(request: Request) -> Any:
    """Return what the record says, None where there is none that can be read."""
    with suppress(OSError, RuntimeError, ValueError):
        return json.loads(_path(request).read_bytes())
    return None


def _path(request: Request) -> Path:
    """Return where a request's record is: one for each, however often the spec changes."""
    places = [str(each.resolve()) for each in (request.spec, request.root)]
    name = _digest(_spelled([*places, request.environment, *request.engines]))
    return _home() / f"{name}.json"


def _home() -> Path:
    """Return the folder of the records; a relative path in the variable counts for nothing, as its rule says."""
    given = Path(os.environ.get(CACHE_HOME, ""))
    return (given if given.is_absolute() else Path.home() / ".cache") / "udfgen"


def _environments(request: Request) -> list[str]:
    """Return the names that make a build write an environment as well: folders that are no engine's."""
    if request.environment or not request.root.is_dir():
        return []
    return sorted(each.name for each in request.root.iterdir() if each.is_dir() and each.name not in dialect.names())


def _libraries() -> list[str]:
    """Return the libraries that every install of udfgen has, with their versions."""
    wanted = (re.match(r"[\w.-]+", each) for each in requires("udfgen") or () if "extra ==" not in each)
    return [f"{each[0]} {version(each[0])}" for each in wanted if each]


def _compiler() -> Iterator[Path]:
    for package in PACKAGES:
        for folder in importlib.import_module(package).__path__:
            for path in sorted(Path(folder).rglob("*")):
                if path.is_file() and path.parent.name != "__pycache__":
                    yield path


def _found(root: Path, folders: Iterable[str], compiled: Sequence[str]) -> dict[str, str]:
    """Return the digest of each file on disk that a build would compare with its own."""
    paths = {_below(root, path): path for folder in folders for path in tracked(root / folder)}
    return {name: _digest(path.read_bytes()) for name, path in paths.items() if name not in compiled}


def _below(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def _sweep(folder: Path) -> None:
    for path in folder.glob("*.json"):
        if path.stat().st_mtime < time.time() - KEPT:
            path.unlink()


def _spelled(value: object) -> bytes:
    return json.dumps(value, indent=1).encode()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
