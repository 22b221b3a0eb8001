"""A short fixed run of each fuzz target of the MySQL core; `script/fuzz` runs them for long."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.native.fuzz import SEEDS, run

RUNS = {"fuzz_json": 6_000, "fuzz_arguments": 5_000, "fuzz_reply": 30_000}
"""Inputs that a target takes some five seconds for."""


@pytest.mark.parametrize("target", SEEDS)
def test_a_target_finds_nothing(target: str, tmp_path: Path) -> None:
    outcome = run(target, tmp_path, "-seed=1", f"-runs={RUNS[target]}")
    assert outcome.is_clean, outcome.said
    assert outcome.executions >= RUNS[target]
