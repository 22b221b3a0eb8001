"""Every core's whole calls against the vectors of native/contract: the switch, pages, drop-in names."""

from __future__ import annotations

from typing import Any

import pytest

from tests.native.calls_support import PROGRAM
from tests.native.cores import BUILDS, Core, Runner
from tests.native.test_contract_python import cases
from tests.native.values_support import Values
from tests.native.whole_calls import check_requests, entry_of, expected, replies
from tests.unit.core_support import Server, answers

Case = dict[str, Any]


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
