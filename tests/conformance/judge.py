"""What a case says, played and judged: one call, the JSON on the wire, and the result, the rows or the error.

A case has a function and its arguments as neutral texts (native/contract/README.md), the exact `wire` JSON (null: no
call may be made), the endpoint's answer, and one of `result`, `rows` (`times` over) or `error` (with a part of its
text). `<<xy*5>>` stands for xyxyxyxyxy. `own` holds the engines or places that refuse an argument by themselves, and
why; `empty_is_null` and `double_is_number` hold what differs on engines of which that is true, `differs` what differs
on one engine. Where calls follow pages, `replies` are what the endpoint answers, one after the other, and `wires` the
JSON of every call; `own_error` is set where an error is the core's own, though there were replies. A case with a
`routine` calls that drop-in name with a list of arguments, on `engines` only, where given. A case with a `mode` is for
bindings that are switched to it.

A case of a batch function has `rows_in`, the arguments of each row, and `results`, one for each (none for void). On the
wire the id of a request and that of the query, the user and the database are compared as `*`, `1`, `*` and `*`; `ids`
tells which requests have the same id, where not each has its own. Where `in_any_order` is set, several requests may be
under way; a reply that has `to` is then for the request with that body.

A case with `steps` makes several calls in one session: each step has what is its own (arguments, a result, rows or an
error, the `mode` that its binding is switched to, seconds to `wait` before), and `wires` has the calls of all of them.
`unkept` holds what differs where no results are kept.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from tests.conformance import envelope
from tests.conformance.lacking import lacking
from tests.conformance.runners import Place, Runner, program
from tests.scripted import REQUEST_ID, Script, ScriptedLambda
from udfgen import dialect
from udfgen.dialect import Feature, Level
from udfgen.errors import CallError
from udfgen.ir import Kind
from udfgen.trial import Rows

Case = Mapping[str, Any]

CASES = Path(__file__).with_name("cases")
FUNCTIONS = {each.name: each for each in program("postgresql").functions}

OUTCOMES = ("result", "results", "rows", "error", "text")
"""The keys that tell what comes of a call."""

SWITCHED = ("switched", "switched_queue", "switched_drop_in")
"""The bindings that are only called as a mode says."""

MODES = ("off", "dry_run", "live")

NOTICED = 1.1
"""Seconds after which every session knows of a switch, and a little."""

WITHOUT_A_REPLY = ("reset", "cut", "stall", "garbage", "refused")
"""Behaviours after which there is no whole reply, and so no request id that must be told."""


def load(*functions: str) -> Iterator[tuple[str, Case]]:
    """Yield every case of these functions, or of all, with its file's and its own name; none that needs a mode."""
    for name, case in every():
        if "mode" not in case and (not functions or case.get("function") in functions):
            yield name, case


def load_switched(mode: str) -> Iterator[tuple[str, Case]]:
    """Yield every case for bindings in a mode, with its file's and its own name."""
    return ((name, case) for name, case in every() if case.get("mode") == mode)


def every() -> Iterator[tuple[str, Case]]:
    """Yield every case, with its file's and its own name."""
    for path in sorted(CASES.glob("*.json")):
        for case in json.loads(path.read_text(encoding="utf-8")):
            yield f"{path.stem}: {case['name']}", case


@contextmanager
def switching(runner: Runner, mode: str) -> Iterator[None]:
    """Have the bindings for it in a mode, and live again afterwards."""
    _switch(runner, mode)
    try:
        yield
    finally:
        _switch(runner, "live")


def _switch(runner: Runner, mode: str) -> None:
    for binding in SWITCHED:
        runner.switch(binding, mode)
    time.sleep(NOTICED)


def run(case: Case, place: Place, runner: Runner, endpoint: ScriptedLambda) -> None:
    """Make a case's call, and compare what it sent and what came of it."""
    seen = as_seen_by(place.engine, case)
    endpoint.play(*scripts(seen))
    if "steps" in seen:
        _take_steps(seen, runner)
        _assert_requests(seen, endpoint)
        return
    with endpoint.away() if seen.get("behaviour") == "refused" else nullcontext():
        outcome = _called(runner, seen)
    if refusal(case, place):
        assert isinstance(outcome, CallError), f"not refused, but {str(outcome)[:200]}"
        assert (outcome.code, len(endpoint.requests)) == (None, 0), str(outcome)
        return
    _assert_requests(seen, endpoint)
    _assert_outcome(seen, outcome)


def _take_steps(case: Case, runner: Runner) -> None:
    """Make the calls of a case one after the other, and compare what comes of each."""
    has_modes = any("mode" in step for step in case["steps"])
    with switching(runner, "live") if has_modes else nullcontext():
        for step in case["steps"]:
            time.sleep(step.get("wait", 0))
            if "mode" in step:
                _switch(runner, step["mode"])
            _assert_outcome({**case, **step}, _called(runner, {**case, **step}))


def _called(runner: Runner, case: Case) -> Rows | CallError:
    given = case.get("arguments", {})
    try:
        if "rows_in" in case:
            rows = [{name: expanded(value) for name, value in row.items()} for row in case["rows_in"]]
            return [{"result": each} for each in runner.call_rows(case["function"], rows)]
        if "routine" in case:
            return [{"result": runner.named(case["routine"], [expanded(value) for value in given])}]
        return runner.call(case["function"], {name: expanded(value) for name, value in given.items()})
    except CallError as error:
        return error


def as_seen_by(engine: str, case: Case) -> Case:
    """Return a case with what it says of engines like this one, where those differ."""
    found = dialect.load(engine)
    changes: dict[str, Any] = dict(case.get("differs", {}).get(engine, {}))
    if found.support[Feature.EMPTY_TEXT].level is not Level.FULL:
        changes |= case.get("empty_is_null", {})
    if found.types[Kind.DOUBLE] == "number":
        changes |= case.get("double_is_number", {})
    if found.support[Feature.CACHE].level is Level.NONE:
        changes |= case.get("unkept", {})
    kept = {key: value for key, value in case.items() if key not in OUTCOMES or not set(OUTCOMES) & set(changes)}
    return kept | changes


def refusal(case: Case, place: Place) -> str:
    """Return why a place refuses an argument by itself, before the core sees it; '' where the core decides."""
    own: Mapping[str, str] = case.get("own", {})
    return own.get(place.name) or own.get(place.engine, "")


def gap(case: Case, place: Place) -> str:
    """Return why a place has no value for an argument or a result, or no such name; '' where it has."""
    if place.engine not in case.get("engines", [place.engine]):
        return f"{place.engine} has no {case['routine']}"
    if "routine" in case or refusal(case, place):
        return ""
    seen = as_seen_by(place.engine, case)
    function, calls = FUNCTIONS[case["function"]], seen.get("steps", [seen])
    found = (lacking(place.name, function, row, _wanted(call)) for call in calls for row in _rows_in(call))
    return next(filter(None, found), "")


def _rows_in(case: Case) -> list[Mapping[str, str | None]]:
    """Return the arguments of each row, where a call has one or a set of them."""
    return case["rows_in"] if "rows_in" in case else [case["arguments"]]


def _wanted(case: Case) -> list[list[str | None]]:
    """Return the rows that a call gives back: those of a table, a result for each row of a set, or the one result."""
    if "error" in case:
        return []
    return [[each] for each in case["results"]] if "results" in case else case.get("rows", [[case.get("result")]])


def expanded(text: str | None) -> str | None:
    """Return a text with its `<<xy*5>>` written out."""
    return None if text is None else re.sub(r"(?s)<<(.+?)\*(\d+)>>", lambda found: found[1] * int(found[2]), text)


def scripts(case: Case) -> tuple[Script, ...]:
    """Return what the endpoint answers in this case: to every request, or to one after the other."""
    replies = [{"reply": each} if isinstance(each, str) else each for each in case.get("replies", [{}])]
    return tuple(_script({**case, **each}) for each in replies)


def _script(case: Case) -> Script:
    body = (
        bytes.fromhex(case["reply_hex"])
        if "reply_hex" in case
        else (expanded(case.get("reply", "null")) or "").encode()
    )
    behaviour = case.get("behaviour", "plain")
    told = "plain" if behaviour == "refused" else behaviour
    to = case["to"].encode() if "to" in case else None
    return Script(body, case.get("status", 200), case.get("headers", {}), case.get("delay", 0.0), told, to)


def _assert_requests(case: Case, endpoint: ScriptedLambda) -> None:
    """Compare what arrived: the exact text of the body, the target, headers, and how often."""
    sent, wires = list(endpoint.requests), _wires(case)
    bodies = envelope.anonymous([request.body.decode() for request in sent], case.get("ids"))
    _assert_same(*((sorted(bodies), sorted(map(str, wires))) if "in_any_order" in case else (bodies, wires)))
    for request in sent:
        _assert_same(request.target, case.get("target", request.target))
        for name, value in case.get("sent", {}).items():
            _assert_same((name, request.header(name)), (name, value))
        for name in case.get("context", ()):
            context = json.loads(base64.b64decode(request.header("x-amz-client-context") or ""))
            assert context["custom"][name]


def _wires(case: Case) -> list[str | None]:
    """Return the bodies of all calls that a case makes."""
    if "wires" in case:
        return [expanded(each) for each in case["wires"]]
    return [] if case["wire"] is None else [expanded(case["wire"])] * case.get("calls", 1)


def _assert_outcome(case: Case, outcome: Rows | CallError) -> None:
    if "error" in case:
        _assert_error(case, outcome)
    else:
        assert not isinstance(outcome, CallError), str(outcome)[:500]
        _assert_result(case, outcome)


def _assert_error(case: Case, outcome: Rows | CallError) -> None:
    """Compare the code, which stands in the text exactly once, and the part of the text that the case gives."""
    assert isinstance(outcome, CallError), f"no error, but {str(outcome)[:200]}"
    text = str(outcome)
    assert outcome.code == case["error"], text
    assert text.count("[udfgen ") == 1, text
    assert case.get("text", "") in text, text
    is_answered = bool(_wires(case)) and "delay" not in case and "own_error" not in case
    if is_answered and case.get("behaviour") not in WITHOUT_A_REPLY:
        assert REQUEST_ID in text, text


def _assert_result(case: Case, rows: Rows) -> None:
    """Compare values by their neutral texts."""
    found = [list(row.values()) for row in rows]
    wanted = [[expanded(value) for value in row] for row in _wanted(case)]
    _assert_same(found, wanted * case.get("times", 1))


def _assert_same(found: object, wanted: object) -> None:
    """Compare, and tell of both no more than a reader can take."""
    assert found == wanted, f"{str(found)[:300]} in place of {str(wanted)[:300]}"
