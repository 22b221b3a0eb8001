"""Every command block of the pages is run, as a reader would: in a copy of the quickstart, against a private server.

A block that cannot be run has `<!-- not run: why -->` above it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from udfgen import commands

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    path
    for pattern in ("*.md", "docs/*.md", "examples/*/README.md", "dialects/*/README.md", "native/*/README.md")
    for path in sorted(ROOT.glob(pattern))
]
BLOCK = re.compile(r"(?P<above>[^\n]*)\n+(?P<indent> *)```(?:sh|bash|console|shell)\n(?P<code>.*?)\n *```", re.DOTALL)
NOT_RUN = re.compile(r"<!-- not run: \S.* -->")


@dataclass(frozen=True)
class Block:
    """One command block: its page and line, its text, and why it is not run, '' for no reason."""

    page: str
    line: int
    code: str
    excuse: str


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in BLOCK.finditer(text):
        line = text.count("\n", 0, found.start("code"))
        excuse = NOT_RUN.fullmatch(found["above"].strip())
        yield Block(page.relative_to(ROOT).as_posix(), line, found["code"], excuse[0] if excuse else "")


ALL = [block for page in PAGES for block in blocks(page)]
TO_RUN = [block for block in ALL if not block.excuse]


@pytest.mark.parametrize("block", TO_RUN, ids=lambda block: f"{block.page}:{block.line}")
def test_block_runs(block: Block, database: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples" / "quickstart", tmp_path / "quickstart")
    commands.build(tmp_path / "quickstart" / "spec.yaml", None, (), None)
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.code],
        cwd=tmp_path / "quickstart",
        env=environment(database),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, f"{block.page}:{block.line}\n{block.code}\n{ran.stdout}{ran.stderr}"
    assert "a defect of udfgen" not in ran.stderr


def environment(dsn: str) -> dict[str, str]:
    """Return what a reader has: udfgen on the path, the server in UDFGEN_DSN, for psql as well."""
    folder = dsn.partition("host=")[2]
    name = dsn.partition("@/")[2].partition("?")[0]
    psql = {"PGHOST": folder, "PGUSER": "postgres", "PGDATABASE": name}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {key: os.environ[key] for key in ("HOME", "LANG") if key in os.environ}
    return kept | psql | {"PATH": path, "UDFGEN_DSN": dsn}


def test_the_readme_has_commands_that_run() -> None:
    assert any(block.page == "README.md" for block in TO_RUN)
    assert len(TO_RUN) >= 4


def test_nothing_is_excused_without_being_a_block() -> None:
    """An excuse above something else hides nothing today, and might tomorrow."""
    for page in PAGES:
        excuses = len(NOT_RUN.findall(page.read_text(encoding="utf-8")))
        assert excuses == sum(block.excuse != "" for block in ALL if block.page == page.relative_to(ROOT).as_posix())


def test_the_parser_sees_blocks_and_excuses() -> None:
    plain, excused = "a\n\n```sh\nx\n```\n", "<!-- not run: why -->\n```sh\ny\n```\n\n"
    text = f"{plain}{excused}- z\n  ```bash\n  false\n  ```\n```sql\nselect\n```\n"
    found = [(match["code"].strip(), bool(NOT_RUN.fullmatch(match["above"]))) for match in BLOCK.finditer(text)]
    assert found == [("x", False), ("y", True), ("false", False)]
