"""What the tests of the C# core's calls share: programs that run it as SQL Server's process would."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.conftest import tool
from tests.native import java_calls_support
from tests.native.calls_support import KEYS
from tests.native.mono import command, compile_csharp

_KEPT: list[TemporaryDirectory[str]] = []


@cache
def program(*names: str) -> Path:
    """Return an exe of the core and programs of these tests, compiled when a test first asks."""
    folder: TemporaryDirectory[str] = TemporaryDirectory(prefix="udfgen-csharp-")
    # It goes when the interpreter ends.
    _KEPT.append(folder)
    return compile_csharp(Path(folder.name), *names)


class Session(java_calls_support.Session):
    """A process like SQL Server's, with a home of its own: below it are the certificates that Mono trusts."""

    def __init__(self, environment: dict[str, str] | None = None, *programs: str) -> None:
        self.home: TemporaryDirectory[str] = TemporaryDirectory(prefix="udfgen-home-")
        self.environment = {"HOME": self.home.name} | (environment or {})
        self.command = command(program(*(programs or ("CallsRunner", "PiecesStream"))))
        self.trusted: set[str] = set()

    def __enter__(self) -> Session:
        super().__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        self.home.cleanup()

    def ask(self, op: str, **request: Any) -> Any:
        """Return what one request comes to; a file of certificates in its program is trusted from then on."""
        file = request.get("program", {}).get("ca_file")
        if file is not None and file not in self.trusted:
            trust(Path(file), Path(self.home.name))
            self.trusted.add(file)
        return super().ask(op, **request)


def trust(certificates: Path, home: Path) -> None:
    """Let Mono trust a file of certificates in PEM, and none of those before, for processes with this home."""
    sync = [tool("cert-sync", "mono-devel"), "--user", str(certificates)]
    subprocess.run(sync, env=os.environ | {"HOME": str(home)}, check=True, capture_output=True)


def session(**environment: str) -> Session:
    """Return a session with key pair and further variables in its environment."""
    return Session(KEYS | environment)
