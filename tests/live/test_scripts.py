"""The command line against a live server: every `scripts/*.txt`, one feature each.

# a remark                     > SQL                  run as a superuser
$ udfgen ARGUMENTS             [N]                    the exit code, 0 when it is not given
catalog keep | catalog same    edit OLD => NEW        in spec.yaml, every place
any other line                 a part of the output of the command above, after the lines before it
"""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.live.catalogs import Photograph, difference, photograph
from tests.live.databases import changed, sql
from udfgen import cli, commands

SCRIPTS = sorted(Path(__file__).with_name("scripts").glob("*.txt"))


@dataclass
class Step:
    """A line that does something, and what its output must hold."""

    line: str
    code: int = 0
    parts: list[str] = field(default_factory=list)


def steps(text: str) -> Iterator[Step]:
    """Yield the steps of a script."""
    step: Step | None = None
    for line in (each for each in text.splitlines() if each and not each.startswith("# ")):
        if line.startswith(("$ ", "> ", "catalog ", "edit ")):
            if step:
                yield step
            step = Step(line)
        elif step and line[0] == "[" and line[-1] == "]":
            step.code = int(line[1:-1])
        elif step:
            step.parts.append(line)
    if step:
        yield step


class Play:
    """A script on its way: the database, and the photograph that was kept."""

    def __init__(self, dsn: str, capture: pytest.CaptureFixture[str]) -> None:
        self._dsn, self._capture = dsn, capture
        self._kept: Photograph = {}

    def run(self, step: Step) -> None:
        """Do what a step says."""
        word, rest = step.line.split(" ", 1)
        {"$": self._command, ">": self._sql, "catalog": self._catalog, "edit": self._edit}[word](rest, step)

    def _command(self, line: str, step: Step) -> None:
        code = cli.run(shlex.split(line.replace('"', '\\"'))[1:])
        told = self._capture.readouterr()
        output = told.out + told.err
        assert code == step.code, output
        at = 0
        for part in step.parts:
            found = output.find(part, at)
            assert found >= 0, f"no {part!r} in\n{output[at:]}"
            at = found + len(part)

    def _sql(self, statement: str, step: Step) -> None:
        sql(self._dsn, statement)

    def _catalog(self, what: str, step: Step) -> None:
        if what == "keep":
            self._kept = photograph(self._dsn)
        else:
            assert difference(self._kept, photograph(self._dsn)) == {}

    def _edit(self, what: str, step: Step) -> None:
        old, new = what.split(" => ")
        spec = Path("spec.yaml")
        spec.write_text(changed(spec.read_text(encoding="utf-8"), (old, new)), encoding="utf-8")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script(
    script: Path,
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    commands.copy_quickstart(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UDFGEN_DSN", database)
    play = Play(database, capsys)
    for number, step in zip(itertools.count(1), steps(script.read_text(encoding="utf-8"))):
        try:
            play.run(step)
        except AssertionError as error:
            raise AssertionError(f"step {number}: {step.line}\n{error}") from None
