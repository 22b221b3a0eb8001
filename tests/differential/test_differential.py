"""A fixed sample of what `python -m tests.differential.report` runs at length, and every difference that it found."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.differential.exchanges import Exchanges, outcomes
from tests.differential.four import PLPYTHON, POSTGRESQL, Four, PythonValues, outcome, postgresql
from tests.differential.pages import Pages
from tests.differential.trials import run

Case = dict[str, Any]

FOUND: list[Case] = json.loads(Path(__file__).with_name("found.json").read_text(encoding="utf-8"))["cases"]


@pytest.fixture(scope="module")
def four() -> Iterator[Four]:
    """The cores that encode and decode, each in a process of its own."""
    with Four() as running:
        yield running


@pytest.fixture(scope="module")
def exchanges() -> Iterator[Exchanges]:
    """The cores that call."""
    with Exchanges() as running:
        yield running


# --- what was found ----------------------------------------------------------------------------------------------


def found(*keys: str) -> pytest.MarkDecorator:
    """Return every case that has one of the keys."""
    chosen = [case for case in FOUND if set(keys) & case.keys()]
    return pytest.mark.parametrize("case", chosen, ids=lambda case: case["name"])


@found("arguments", "reply")
def test_found_values(four: Four, case: Case) -> None:
    given = case | ({"reply_hex": case["reply"].encode().hex()} if "reply" in case else {})
    expected = {key: case[key] for key in ("body", "result", "rows", "error") if key in case}
    assert {name: outcome(values, given) for name, values in four.running.items()} == dict.fromkeys(
        four.running, expected
    )


@found("raw")
def test_found_exchanges(exchanges: Exchanges, case: Case) -> None:
    given = {"invoke": "sync", "returns": {"kind": "void"}, "raw_hex": case["raw"].encode().hex(), "keeps": False}
    said = {"code": case["code"], "text": case["text"]}
    expected = {"requests": [1, 1 + case["retried"]], "once": said, "again": said}
    heard = {name: outcomes(call, given) for name, call in exchanges.calls.items()}
    assert heard == dict.fromkeys(exchanges.calls, expected)


# --- the sample --------------------------------------------------------------------------------------------------


def test_arguments(four: Four) -> None:
    run("calls", four.check, 250)


def test_replies(four: Four) -> None:
    run("results", four.check, 250)


def test_exchanges(exchanges: Exchanges) -> None:
    run("exchanges", exchanges.check, 120)
    assert exchanges.retried > 10, "an idempotent call was sent again"
    assert exchanges.cases - exchanges.refused > 3, "some are answered"


def test_pages() -> None:
    with Pages() as running:
        run("pages", running.check, 200)
    assert running.followed > 30, "some calls have several pages"
    assert 30 < running.refused < running.cases - 30


# --- a fault is found, and shown small ---------------------------------------------------------------------------

FAULTS = {
    "a decimal loses its 38th digit": ("calls", 'prec=facts["precision"]', 'prec=min(37, facts["precision"])'),
    "of two members the first counts": ("results", "if key == step][-1]", "if key == step][0]"),
    "an index may be one too high": ("results", "step >= len(value)", "step > len(value)"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_a_core_is_found(name: str, tmp_path: Path) -> None:
    kind, right, wrong = FAULTS[name]
    source = POSTGRESQL.read_text(encoding="utf-8")
    assert right in source
    faulty = tmp_path / "udfgen_core.py"
    faulty.write_text(source.replace(right, wrong), encoding="utf-8")
    started: dict[str, Callable[[], Any]] = {
        "right": postgresql,
        "wrong": lambda: PythonValues(sys.executable, "-I", "-S", PLPYTHON, faulty),
    }
    with Four(started) as two, pytest.raises(AssertionError, match="the cores differ") as caught:
        run(kind, two.check, 3000)
    shown = json.loads(str(caught.value).splitlines()[1])
    assert len(shown.get("arguments", ())) <= 2
    assert len(shown.get("reply_hex", "")) <= 200, "what is shown is small"
