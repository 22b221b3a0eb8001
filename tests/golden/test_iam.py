"""What `udfgen iam` writes of a spec, pinned in every format. `--update-golden` writes what is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from udfgen import commands, iam
from udfgen.errors import UsageError

CASES = Path(__file__).with_name("iam")
NAMES = {"json": "role.json", "terraform": "role.tf", "cloudformation": "stack.json"}


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
@pytest.mark.parametrize("form", iam.FORMATS)
def test_iam(case: str, form: str, request: pytest.FixtureRequest) -> None:
    found = written(CASES / case / "spec.yaml", form)
    path = CASES / case / NAMES[form]
    if request.config.getoption("--update-golden"):
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


def written(spec: Path, form: str) -> str:
    """Return what is printed in a format, or why nothing is."""
    program = commands.compile_program(commands.read(spec))
    try:
        return f"{iam.FORMATS[form](program)}\n"
    except UsageError as error:
        return f"udfgen: {error}\n"
