"""Every case on every engine: the same call, the same JSON on the wire, the same result or error.

A case has a function and its arguments as neutral texts, the exact `wire` JSON (null: no call may be made),
the endpoint's answer, and one of `result`, `rows` or `error` (with a part of its text). `<<x*5>>` stands for xxxxx;
`or_own` marks an argument that an engine's own types may refuse; `empty_is_null` and `double_is_number` hold what
differs on engines of which that is true.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.lacking import lacking
from tests.conformance.runners import Place, Runner, in_jvm, places, program
from tests.jvm.databases import H2
from tests.scripted import REQUEST_ID, Script, ScriptedLambda
from udfgen import dialect
from udfgen.dialect import Feature, Level
from udfgen.errors import CallError
from udfgen.ir import Kind
from udfgen.trial import Rows

CASES = Path(__file__).with_name("cases")
FUNCTIONS = {each.name: each for each in program("postgresql").functions}


def load(*functions: str) -> list[Any]:
    """Return every case of these functions, or of all, under its file's and its own name."""
    return [
        pytest.param(case, id=f"{path.stem}: {case['name']}".encode("ascii", "backslashreplace").decode())
        for path in sorted(CASES.glob("*.json"))
        for case in json.loads(path.read_text(encoding="utf-8"))
        if not functions or case["function"] in functions
    ]


def expanded(text: str | None) -> str | None:
    """Return a text with its `<<x*5>>` written out."""
    return None if text is None else re.sub(r"<<(.)\*(\d+)>>", lambda found: found[1] * int(found[2]), text)


PLACES = tuple(places())


@pytest.mark.parametrize("place", [pytest.param(each, id=each.name) for each in PLACES if each.missing])
def test_a_place_is_missing(place: Place) -> None:
    """Tell once, and not once per case, that a place is optional and not here."""
    pytest.skip(place.missing)


@pytest.fixture(scope="module", params=[pytest.param(each, id=each.name) for each in PLACES if not each.missing])
def place(request: pytest.FixtureRequest) -> Place:
    found: Place = request.param
    return found


@pytest.fixture(scope="module")
def endpoint(place: Place) -> Iterator[ScriptedLambda]:
    with place.endpoint() as running:
        yield running


@pytest.fixture(scope="module")
def runner(place: Place, endpoint: ScriptedLambda) -> Iterator[Runner]:
    with place.start(endpoint) as running:
        yield running


@pytest.mark.parametrize("case", load())
def test_case(case: dict[str, Any], place: Place, runner: Runner, endpoint: ScriptedLambda) -> None:
    seen = as_seen_by(place.engine, case)
    if reason := lacking(place.name, FUNCTIONS[case["function"]], case["arguments"], expected(seen)):
        pytest.skip(reason)
    run(seen, runner, endpoint)


@pytest.fixture(scope="module")
def new_york() -> Iterator[tuple[Runner, ScriptedLambda]]:
    """A JVM whose zone is not that of the other tests: far from UTC, with a summer time."""
    with ScriptedLambda() as endpoint, in_jvm("oracle-h2", H2, "{}", endpoint, "America/New_York") as runner:
        yield runner, endpoint


@pytest.mark.parametrize("case", load("io_date", "io_timestamp", "io_timestamptz"))
def test_the_zone_of_a_jvm_moves_nothing(case: dict[str, Any], new_york: tuple[Runner, ScriptedLambda]) -> None:
    run(case, *new_york)


def run(case: dict[str, Any], runner: Runner, endpoint: ScriptedLambda) -> None:
    """Make a case's call, and compare what it sent and what came of it."""
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


def as_seen_by(engine: str, case: dict[str, Any]) -> dict[str, Any]:
    """Return a case with what it says of engines like this one, where those differ."""
    found = dialect.load(engine)
    if found.support[Feature.EMPTY_TEXT].level is not Level.FULL:
        case = case | case.get("empty_is_null", {})
    return case | case.get("double_is_number", {}) if found.types[Kind.DOUBLE] == "number" else case


def expected(case: dict[str, Any]) -> list[list[Any]]:
    """Return the rows that a case gives back; none for an error."""
    if "error" in case:
        return []
    rows: list[list[Any]] = case.get("rows", [[case.get("result")]])
    return rows


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
