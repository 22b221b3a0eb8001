"""What the dialects' toolchains share: a compiler runs in an environment that changes no byte of what it makes."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from udfgen.errors import CompileError


def run(command: Sequence[str], folder: Path, kept: re.Pattern[str], advice: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder; its output, of both streams, is text.

    Of the environment it sees the variables whose whole names match `kept`, and the locale C. Raises CompileError,
    which gives `advice`, when the command is not installed.
    """
    environment = {name: value for name, value in os.environ.items() if kept.fullmatch(name)} | {"LC_ALL": "C"}
    try:
        return subprocess.run(  # noqa: S603 - fixed arguments
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        raise CompileError(f"{command[0]} is not installed; {advice}") from None
