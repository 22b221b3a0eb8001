"""Every core's whole calls against the vectors of native/contract: the switch, pages, drop-in names, batches, caches.

A core's program takes three jobs beside `run`. `batch` has `rows` in the place of `arguments`, and is told who calls;
it shows `results`. `calls` makes several `calls` in one session and shows a list of outcomes. `rows` belongs to the
program for values: it has `text`, and shows what each row comes to as `sent`. In each of them a job begins a session.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.native.calls_support import PROGRAM
from tests.native.cores import BUILDS, Core, Runner
from tests.native.test_contract_python import cases
from tests.native.values_support import Values
from tests.native.whole_calls import check_requests, entry_of, expected, replies, rows_of
from tests.unit.core_support import Server, answers

Case = dict[str, Any]

CALLER = {"session_user": "app", "database": "shop"}


@pytest.fixture(scope="module", params=BUILDS, ids=lambda core: core.name)
def core(request: pytest.FixtureRequest) -> Core:
    """Each core, in every build of it."""
    found: Core = request.param
    return found


@pytest.fixture(scope="module")
def values(core: Core) -> Values:
    """What knows how the core's server hands arguments over; nothing is run."""
    return core.values()


def check(process: Runner, values: Values, case: Case) -> None:
    arguments = [values.to_argument(*each) for each in zip(case["parameters"], case["arguments"], strict=True)]
    with Server(answers(*replies(case))) as server:
        program = PROGRAM | {"endpoint": server.url}
        outcome = process.ask(
            "run", program=program, function=entry_of(case), arguments=arguments, mode=case.get("mode")
        )
    check_requests(case, server.requests)
    assert {key: value for key, value in outcome.items() if key != "ms"} == expected(case)


@cases("switch.json")
def test_the_switch(process: Runner, values: Values, case: Case) -> None:
    check(process, values, case)


@cases("follow.json")
def test_pages(process: Runner, values: Values, case: Case) -> None:
    check(process, values, case)


@cases("choices.json")
def test_drop_in_names(process: Runner, values: Values, case: Case) -> None:
    check(process, values, case)


# --- batches, rows of JSON, caches -----------------------------------------------------------------------------


def to_arguments(values: Values, case: Case, arguments: list[Any]) -> list[Any]:
    return [values.to_argument(*each) for each in zip(case["parameters"], arguments, strict=True)]


@cases("batch.json")
def test_batches(process: Runner, values: Values, case: Case) -> None:
    rows = [to_arguments(values, case, row) for row in rows_of(case)]
    with Server(answers(*replies(case))) as server:
        program = PROGRAM | {"endpoint": server.url}
        outcome = process.ask(
            "batch", program=program, function=entry_of(case), rows=rows, mode=case.get("mode"), caller=CALLER
        )
    check_requests(case, server.requests)
    assert {key: value for key, value in outcome.items() if key != "ms"} == expected(case)


@pytest.fixture(scope="module", params=[each for each in BUILDS if each.has_cache], ids=lambda core: core.name)
def keeper(request: pytest.FixtureRequest) -> Iterator[tuple[Runner, Values]]:
    """Each core that keeps results for a session, at work."""
    with request.param.start() as running:
        yield running, request.param.values()


@cases("cache.json")
def test_caches(keeper: tuple[Runner, Values], case: Case) -> None:
    process, values = keeper
    calls = [each | {"arguments": to_arguments(values, case, each["arguments"])} for each in case["calls"]]
    with Server(answers(*replies(case))) as server:
        program = PROGRAM | {"endpoint": server.url}
        outcomes = process.ask(
            "calls", program=program, function=entry_of(case), calls=calls, mode=case.get("mode"), caller=CALLER
        )
    check_requests(case, server.requests)
    shown = [{key: value for key, value in each.items() if key != "ms"} for each in outcomes]
    assert shown == [expected(each) for each in case["calls"]]


@pytest.fixture(scope="module", params=[each for each in BUILDS if each.has_rows], ids=lambda core: core.name)
def reader(request: pytest.FixtureRequest) -> Iterator[Values]:
    """The program for values of each core that is given rows as JSON."""
    with request.param.values() as running:
        yield running


@cases("rows.json")
def test_rows_of_json(reader: Values, case: Case) -> None:
    assert reader.read_rows(case) == {key: case[key] for key in ("sent", "error") if key in case}
