"""Every command block of the pages is run, as a reader would: in a copy of an example, against a private server.

That is the quickstart, unless the page is an example's own or says `<!-- example: NAME -->`. A page that is called like
an engine is run against a server of that engine where one can be had here, every other one against PostgreSQL. A block
that cannot be run has `<!-- not run: why -->` above it.
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

from tests.live.mysql import databases as mysql
from udfgen import commands, dialect
from udfgen.connect import parse

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    path
    for pattern in ("*.md", "docs/*.md", "examples/*/README.md", "dialects/*/README.md", "native/*/README.md")
    for path in sorted(ROOT.glob(pattern))
]
BLOCK = re.compile(r"(?P<above>[^\n]*)\n+(?P<indent> *)```(?:sh|bash|console|shell)\n(?P<code>.*?)\n *```", re.DOTALL)
NOT_RUN = re.compile(r"<!-- not run: \S.* -->")
EXAMPLE = re.compile(r"<!-- example: ([a-z-]+) -->")
USUAL = "quickstart"


@dataclass(frozen=True)
class Block:
    """One command block: its page and line, its text, and why it is not run, '' for no reason; where it is run."""

    page: str
    line: int
    code: str
    excuse: str
    example: str

    @property
    def fixture(self) -> str:
        """Return the fixture of the server that the page is about."""
        return "mariadb" if Path(self.page).name == "mysql.md" else "database"


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in BLOCK.finditer(text):
        line = text.count("\n", 0, found.start("code"))
        excuse = NOT_RUN.fullmatch(found["above"].strip())
        name = page.relative_to(ROOT).as_posix()
        yield Block(name, line, found["code"], excuse[0] if excuse else "", example_of(page, text))


def example_of(page: Path, text: str) -> str:
    """Return the example in whose folder a page's reader is."""
    if page.parent.parent == ROOT / "examples":
        return page.parent.name
    found = EXAMPLE.search(text)
    return found[1] if found else USUAL


ALL = [block for page in PAGES for block in blocks(page)]
TO_RUN = [block for block in ALL if not block.excuse]


@pytest.mark.live
@pytest.mark.parametrize("block", TO_RUN, ids=lambda block: f"{block.page}:{block.line}")
def test_block_runs(block: Block, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    dsn: str = request.getfixturevalue(block.fixture)
    if block.fixture == "mariadb":
        mysql.reset(dsn)
    folder = shutil.copytree(ROOT / "examples" / block.example, tmp_path / block.example)
    commands.build(folder / "spec.yaml", None, (), None)
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.code],
        cwd=folder,
        env=environment(dsn),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,  # The pages of engines with a compiler run it.
    )
    assert ran.returncode == 0, f"{block.page}:{block.line}\n{block.code}\n{ran.stdout}{ran.stderr}"
    assert "a defect of udfgen" not in ran.stderr


def environment(dsn: str) -> dict[str, str]:
    """Return what a reader has: udfgen on the path, the server in UDFGEN_DSN, for psql as well."""
    place = parse(dsn)
    told = {"PGHOST": place.options.get("host"), "PGUSER": place.user, "PGDATABASE": place.database}
    client = {name: str(value) for name, value in told.items() if value}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {key: os.environ[key] for key in ("HOME", "LANG") if key in os.environ}
    return kept | client | {"PATH": path, "UDFGEN_DSN": dsn}


def test_the_readme_has_commands_that_run() -> None:
    assert any(block.page == "README.md" for block in TO_RUN)
    assert len(TO_RUN) >= 4


def test_every_example_and_engine_has_commands_that_run() -> None:
    examples = {path.parent.name for path in ROOT.glob("examples/*/spec.yaml")}
    assert {block.example for block in TO_RUN} == examples
    assert {f"docs/{engine}.md" for engine in dialect.names()} <= {block.page for block in TO_RUN}


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
