"""Rewrite the help texts in docs/commands.md: each stands between `<!-- help: … -->` and `<!-- end -->`."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

BLOCK = re.compile(r"<!-- help: udfgen ?(?P<verb>[a-z]*) -->\n.*?<!-- end -->", re.DOTALL)


def rewritten(page: str) -> str:
    """Return the page with every help text as it is now."""
    return BLOCK.sub(lambda found: block(found["verb"]), page)


def block(verb: str) -> str:
    """Return the marked help text of one verb, of udfgen itself for ''."""
    name = f"udfgen {verb}".strip()
    return f"<!-- help: {name} -->\n```text\n{help_text(verb)}\n```\n<!-- end -->"


def help_text(verb: str) -> str:
    """Return what `--help` prints, 110 columns wide."""
    command = [sys.executable, "-m", "udfgen", *([verb] if verb else []), "--help"]
    environment = {"COLUMNS": "110", "NO_COLOR": "1", "PATH": "", "LANG": "C.UTF-8"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout.strip()


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(rewritten(path.read_text(encoding="utf-8")), encoding="utf-8")
