"""The package of a spec, called from SQL in H2 and Derby: rows closed early, two tables at a time, the probe."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.conformance import runners
from tests.conformance.jvm_runner import JvmRunner
from tests.scripted import Script, ScriptedLambda
from udfgen.errors import CallError


@pytest.fixture(scope="module")
def endpoint() -> Iterator[ScriptedLambda]:
    with ScriptedLambda() as running:
        yield running


@pytest.fixture(scope="module", params=runners.JVMS)
def runner(request: pytest.FixtureRequest, endpoint: ScriptedLambda) -> Iterator[JvmRunner]:
    database, options = runners.JVMS[request.param]
    with runners.in_jvm(request.param, database, options, endpoint) as running:
        yield running


def test_rows_that_nobody_wants_any_more_are_forgotten(runner: JvmRunner, endpoint: ScriptedLambda) -> None:
    endpoint.play(Script(b"[1,2,3]"))
    handle = [("number", runner.ask_package("BARE_ROWS$CALL", [], "number"))]
    assert float(runner.ask_package("NEXT_ROW", handle, "number") or 0) == 1
    runner.ask_package("CLOSE_ROWS", handle)
    with pytest.raises(CallError, match=r"\[udfgen unavailable\]: rows: they are not open any more"):
        runner.ask_package("NEXT_ROW", handle, "number")
    runner.ask_package("CLOSE_ROWS", handle)


def test_two_tables_are_open_at_a_time(runner: JvmRunner, endpoint: ScriptedLambda) -> None:
    handles = []
    for body in (b"[1]", b"[2]"):
        endpoint.play(Script(body))
        handles.append(("number", runner.ask_package("BARE_ROWS$CALL", [], "number")))
    assert [float(runner.ask_package("NEXT_ROW", [each], "number") or 0) for each in handles] == [1, 1]
    cells = [runner.ask_package("NUMBER_CELL", [each, ("number", "0")], "number") for each in handles]
    assert [float(each or 0) for each in cells] == [1, 2]
    assert [float(runner.ask_package("NEXT_ROW", [each], "number") or 0) for each in handles] == [0, 0]


def test_the_probe_asks_every_binding_whether_it_may_be_called(runner: JvmRunner, endpoint: ScriptedLambda) -> None:
    endpoint.play(Script(b"", 204))
    assert runner.ask_package("PROBE", [("text", "endpoint")], "clob") == endpoint.url
    checks = json.loads(runner.ask_package("PROBE", [("text", "checks")], "clob") or "")
    assert [name for name, is_fine, _, _ in checks if is_fine] == [name for name, *_ in checks]
    assert {"endpoint", "credentials", "binding plain", "binding queued"} <= {name for name, *_ in checks}
    assert {request.header("x-amz-invocation-type") for request in endpoint.requests} == {"DryRun"}
