"""Every case on every engine: the same call, the same JSON on the wire, the same result or error.

A case has a function and its arguments as neutral texts, the exact `wire` JSON (null: no call may be made),
the endpoint's answer, and one of `result`, `rows` or `error` (with a part of its text). `<<x*5>>` stands for xxxxx;
`or_own` marks an argument that an engine's own types may refuse.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.runners import NEWER, Runner, live
from tests.scripted import REQUEST_ID, Script, ScriptedLambda
from udfgen import dialect
from udfgen.errors import CallError
from udfgen.trial import Rows

CASES = Path(__file__).with_name("cases")


def load() -> list[Any]:
    """Return every case, under its file's and its own name."""
    return [
        pytest.param(case, id=f"{path.stem}: {case['name']}".encode("ascii", "backslashreplace").decode())
        for path in sorted(CASES.glob("*.json"))
        for case in json.loads(path.read_text(encoding="utf-8"))
    ]


def expanded(text: str | None) -> str | None:
    """Return a text with its `<<x*5>>` written out."""
    return None if text is None else re.sub(r"<<(.)\*(\d+)>>", lambda found: found[1] * int(found[2]), text)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[ScriptedLambda]:
    with ScriptedLambda() as running:
        yield running


def servers() -> Iterator[Any]:
    """Yield every engine's server of this system, then the newer ones, which are optional."""
    for engine in dialect.names():
        yield pytest.param((engine, Path("/")), id=engine)
        newer = NEWER / engine
        missing = pytest.mark.skipif(
            not newer.is_dir(), reason=f"no newer {engine} here: script/newer-{engine} fetches one"
        )
        yield pytest.param((engine, newer), id=f"{engine}-newer", marks=missing)


@pytest.fixture(scope="module", params=servers())
def runner(request: pytest.FixtureRequest, endpoint: ScriptedLambda) -> Iterator[Runner]:
    engine, root = request.param
    with live(engine, root, endpoint) as running:
        yield running


@pytest.mark.parametrize("case", load())
def test_case(case: dict[str, Any], runner: Runner, endpoint: ScriptedLambda) -> None:
    endpoint.play(script(case))
    arguments = {name: expanded(value) for name, value in case["arguments"].items()}
    try:
        outcome: Rows | CallError = runner.call(case["function"], arguments)
    except CallError as error:
        outcome = error
    assert_requests(case, endpoint)
    if "error" in case:
        assert_error(case, outcome)
    else:
        assert not isinstance(outcome, CallError), str(outcome)[:500]
        assert_result(case, outcome)


def script(case: dict[str, Any]) -> Script:
    """Return what the endpoint answers in this case."""
    body = (
        bytes.fromhex(case["reply_hex"])
        if "reply_hex" in case
        else (expanded(case.get("reply", "null")) or "").encode()
    )
    return Script(
        body, case.get("status", 200), case.get("headers", {}), case.get("delay", 0.0), case.get("behaviour", "plain")
    )


def assert_requests(case: dict[str, Any], endpoint: ScriptedLambda) -> None:
    """Compare what arrived: the exact text of the body, the target, headers, and how often."""
    sent = list(endpoint.requests)
    if not case.get("any_wire") and case["wire"] is not None:
        assert [request.body.decode() for request in sent] == [expanded(case["wire"])] * case.get("calls", 1)
    assert len(sent) == case.get("calls", 0 if case["wire"] is None else 1)
    for request in sent:
        assert request.target == case.get("target", request.target)
        for name, value in case.get("sent", {}).items():
            assert request.header(name) == value
        for name in case.get("context", ()):
            context = json.loads(base64.b64decode(request.header("x-amz-client-context") or ""))
            assert context["custom"][name]


def assert_error(case: dict[str, Any], outcome: Rows | CallError) -> None:
    """Compare the code, which stands in the text exactly once, and the part of the text that the case gives."""
    assert isinstance(outcome, CallError), f"no error, but {str(outcome)[:200]}"
    text = str(outcome)
    if case.get("or_own") and outcome.code is None:
        return  # the engine's own type has no such value, and refused it in its own words
    assert outcome.code == case["error"], text
    assert text.count("[udfgen ") == 1
    assert case.get("text", "") in text
    if case.get("status", 200) >= 400:
        assert REQUEST_ID in text


def assert_result(case: dict[str, Any], rows: Rows) -> None:
    """Compare values by their neutral texts."""
    found = [list(row.values()) for row in rows]
    if "rows" in case:
        assert found == case["rows"]
    else:
        assert found == [[expanded(case["result"])]]
