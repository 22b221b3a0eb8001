"""What `udfgen handler` writes, pinned; it is clean for ruff and mypy. `--update-golden` writes what is found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from udfgen import commands

FOLDER = Path(__file__).with_name("handlers")
SPEC = FOLDER / "spec.yaml"
FUNCTIONS = [each.name for each in commands.compile_program(commands.read(SPEC)).functions]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_handler(name: str, request: pytest.FixtureRequest) -> None:
    found = commands.handler(SPEC, name, None)
    path = FOLDER / f"{name}.py"
    if request.config.getoption("--update-golden"):
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


def test_nothing_stands_there_that_is_no_handler() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} == set(FUNCTIONS)


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "--isolated", "--target-version=py310"],
        ["ruff", "format", "--isolated", "--check", "--line-length=88"],
        ["ruff", "format", "--isolated", "--check", "--line-length=120"],
        ["mypy", "--strict", "--config-file="],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_handlers_are_clean(command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command, *map(str, sorted(FOLDER.glob("*.py")))], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
