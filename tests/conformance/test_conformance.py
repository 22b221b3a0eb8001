"""Every case on every engine: the same call, the same JSON on the wire, the same result or error. See judge.py."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.conformance.judge import (
    FUNCTIONS,
    MODES,
    NOTICED,
    SWITCHED,
    Case,
    every,
    gap,
    load,
    load_switched,
    run,
    switching,
)
from tests.conformance.runners import Place, Runner, in_jvm, places
from tests.jvm.databases import H2
from tests.scripted import ScriptedLambda

PLACES = tuple(places())
HERE = [pytest.param(each, id=each.name) for each in PLACES if not each.missing]
ELSEWHERE = [pytest.param(each, id=each.name) for each in PLACES if each.missing]


def cases(*functions: str) -> list[Any]:
    """Return every case of these functions, or of all, under its name."""
    return [pytest.param(case, id=shown(name)) for name, case in load(*functions)]


def switched_cases() -> list[Any]:
    """Return every case for bindings in a mode, with the mode."""
    return [pytest.param(mode, case, id=shown(name)) for mode in MODES for name, case in load_switched(mode)]


def shown(name: str) -> str:
    """Return a name as pytest shows it."""
    return name.encode("ascii", "backslashreplace").decode()


@pytest.mark.parametrize("place", ELSEWHERE)
def test_a_place_is_missing(place: Place) -> None:
    """Tell once, and not once per case, that a place is optional and not here."""
    pytest.skip(place.missing)


@pytest.fixture(scope="module", params=HERE)
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


@pytest.mark.parametrize("case", cases())
def test_case(case: Case, place: Place, runner: Runner, endpoint: ScriptedLambda) -> None:
    if reason := gap(case, place):
        pytest.skip(reason)
    run(case, place, runner, endpoint)


@pytest.fixture(scope="module")
def mode(request: pytest.FixtureRequest, runner: Runner) -> Iterator[str]:
    """The mode that the bindings for it are in, for all its cases."""
    with switching(runner, request.param):
        yield request.param


@pytest.mark.parametrize(("mode", "case"), switched_cases(), indirect=["mode"])
def test_case_of_a_mode(mode: str, case: Case, place: Place, runner: Runner, endpoint: ScriptedLambda) -> None:
    assert case["mode"] == mode
    run(case, place, runner, endpoint)


def test_a_binding_is_off_and_live_again_within_a_second(
    place: Place, runner: Runner, endpoint: ScriptedLambda
) -> None:
    cases_of = {mode: dict(load_switched(mode)) for mode in ("live", "off")}
    for mode in ("live", "off", "live", "off", "live"):
        runner.switch(SWITCHED[0], mode)
        time.sleep(NOTICED)
        run(cases_of[mode][f"switched: {mode}: a scalar"], place, runner, endpoint)


@pytest.fixture(scope="module")
def new_york() -> Iterator[tuple[Place, Runner, ScriptedLambda]]:
    """A JVM whose zone is not that of the other tests: far from UTC, with a summer time."""
    (h2,) = (each for each in PLACES if each.name == "oracle-h2")
    with ScriptedLambda() as endpoint, in_jvm(h2.name, H2, "{}", endpoint, "America/New_York") as runner:
        yield replace(h2, name="oracle-h2 in New York"), runner, endpoint


@pytest.mark.parametrize("case", cases("io_date", "io_timestamp", "io_timestamptz"))
def test_the_zone_of_a_jvm_moves_nothing(case: Case, new_york: tuple[Place, Runner, ScriptedLambda]) -> None:
    place, runner, endpoint = new_york
    if reason := gap(case, place):
        pytest.skip(reason)
    run(case, place, runner, endpoint)


def test_what_differs_names_engines_and_places_that_exist() -> None:
    known = {each.name for each in PLACES} | {each.engine for each in PLACES}
    named = {name for _, case in every() for key in ("own", "differs", "engines") for name in case.get(key, ())}
    assert named <= known


def test_every_case_has_a_name_of_its_own() -> None:
    names = [name for name, _ in every()]
    assert len(names) == len(set(names))


def test_every_function_of_the_suite_is_called() -> None:
    assert {case["function"] for _, case in every() if "function" in case} == set(FUNCTIONS)
