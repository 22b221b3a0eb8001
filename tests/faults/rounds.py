"""Calls under every fault, one after the other, and the account of what came of each.

A call that meets a fault is followed by one that meets none: it must be right, and sent once, whatever was before.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.faults.endpoint import FaultyLambda
from tests.faults.places import Installed, Site
from tests.faults.plots import FOR_GOOD, PLAIN, PLOTS, Expected, Plot, allowed, expected, request_count, row_count
from udfgen.errors import CallError
from udfgen.ir import Function

ALLOWED_DELAY = 1.0
"""Seconds that a call may end later than its deadline."""

FRESH = 0.4
"""The part of the calls that find no connection open."""

USUAL = "ask_once"
"""What is called after a fault on a hasty binding."""


@dataclass(frozen=True)
class Scene:
    """One fault for one function: how many requests of the call meet it, and whether the call needs a connection."""

    plot: Plot
    function: Function
    times: int
    is_fresh: bool


@dataclass(frozen=True)
class Call:
    """A call as it was seen from SQL; `rows` are None where it failed."""

    number: int
    plot: Plot
    function: Function
    expected: Expected
    code: str | None
    told: str
    rows: Sequence[Mapping[str, str | None]] | None
    seconds: float

    @property
    def is_hung(self) -> bool:
        """Tell whether it ended much later than its deadline."""
        return self.seconds > self.function.binding.timeout_ms / 1000 + ALLOWED_DELAY

    @property
    def is_told(self) -> bool:
        """Tell whether it ended with the code that its cause has, or with the right result."""
        if self.rows is None:
            return self.code is not None and self.code == self.expected.code
        texts = [list(row.values()) for row in self.rows]
        wanted = [[str(self.number)]] * row_count(self.function)
        return self.expected.code is None and (self.function.returns is None or texts == wanted)

    def __str__(self) -> str:
        """Return what is told of a call that went wrong."""
        came = self.told if self.rows is None else f"result {[list(row.values()) for row in self.rows]}"
        return f"{self.plot.name}, {self.function.name}: {came} after {self.seconds:.3f} s, not {self.expected}"


@dataclass
class Account:
    """What came of the calls under one fault: numbers, and the calls that went wrong."""

    calls: int = 0
    requests: int = 0
    effects: int = 0
    duplicates: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    mistold: list[str] = field(default_factory=list)
    missent: list[str] = field(default_factory=list)
    hung: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> tuple[list[str], ...]:
        """Return the calls that broke each promise, in the order of the report's columns."""
        return self.duplicates, self.lost, self.mistold, self.missent, self.hung

    def enter(self, call: Call, requests: int, effects: int, ids: Mapping[str, int]) -> None:
        """Enter a call that is over, with the requests and effects that the ledger has of it, and the ids that came."""
        self.calls, self.requests, self.effects = self.calls + 1, self.requests + requests, self.effects + effects
        line = f"{call}; {requests} requests, {effects} effects"
        broken = (
            _is_repeated(call.function, requests, effects, ids),
            call.rows is not None and not effects,
            not call.is_told,
            not _is_as_told(call, requests, effects),
            call.is_hung,
        )
        for lines, is_broken in zip(self.wrong, broken, strict=True):
            if is_broken:
                lines.append(line)


def _is_repeated(function: Function, requests: int, effects: int, ids: Mapping[str, int]) -> bool:
    """Tell whether a request came more often than its binding says; all tries of one have the same id."""
    most = allowed(function)
    return (
        max(requests, effects) > most * request_count(function)
        or len(ids) > request_count(function)
        or max([0, *ids.values()]) > most
    )


def _is_as_told(call: Call, requests: int, effects: int) -> bool:
    """Tell whether a call was sent as often as its binding says, and had as many effects; a slow one may be over
    before it is sent."""
    found, wanted = (requests, effects), (call.expected.requests, call.expected.effects)
    return found in (wanted, (0, 0)) if call.plot.is_slow else found == wanted


def every_scene(plots: Sequence[Plot], functions: Sequence[Function], chance: random.Random) -> list[Scene]:
    """Return every fault of these for every function that it is for: once, and for good where that is not the same."""
    return [
        Scene(plot, function, times, chance.random() < FRESH)
        for plot in plots
        for function in functions
        if plot.fits(function)
        for times in ((1, FOR_GOOD) if plot.retried and function.binding.idempotent else (1,))
    ]


def sample(scenes: Sequence[Scene], chance: random.Random) -> list[Scene]:
    """Return one scene of each fault, and one more with a set of rows where it is for one."""
    kinds = {(each.plot, each.function.batch is None): None for each in scenes}
    return [
        chance.choice([each for each in scenes if (each.plot, each.function.batch is None) == kind]) for kind in kinds
    ]


class Rounds:
    """The calls of one place."""

    def __init__(self, place: Installed, endpoint: FaultyLambda, plots: Sequence[Plot], seed: int) -> None:
        self._place, self._endpoint, self._plots = place, endpoint, plots
        self._functions = {each.name: each for each in place.program.functions}
        self._chance = random.Random(seed)
        self._calls: list[Call] = []

    def play(self, count: int) -> Iterator[tuple[Plot, Account]]:
        """Play every scene some times, or with 0 a sample; yield the account of each fault."""
        self._call(Scene(PLAIN, self._functions[USUAL], 0, False))
        functions = list(self._functions.values())
        for _ in range(max(count, 1)):
            scenes = every_scene(self._plots, functions, self._chance)
            scenes = scenes if count else sample(scenes, self._chance)
            self._chance.shuffle(scenes)
            for scene in scenes:
                self._play(scene)
        return self._accounts()

    def _play(self, scene: Scene) -> None:
        if scene.is_fresh or scene.plot.admit:
            self._endpoint.door.end_connections()
            time.sleep(0.05)
        self._call(scene)
        self._endpoint.rest()
        time.sleep(scene.plot.pause)
        after = self._functions[USUAL] if scene.plot.is_slow else scene.function
        self._call(Scene(scene.plot, after, 0, False))

    def _call(self, scene: Scene) -> None:
        """Make a call; one that meets no fault must be as usual."""
        plot, function = scene.plot, scene.function
        number = len(self._calls) + 1
        if scene.times:
            self._endpoint.begin(plot, number, scene.times)
        call = self._place.call_elsewhere if scene.times and plot.is_elsewhere else self._place.call
        arguments = {"n": str(number), "pad": "x" * max(1, plot.pad // row_count(function))}
        code, told, rows = None, "", None
        began = time.monotonic()
        try:
            rows = call(function.name, arguments)
        except CallError as error:
            code, told = error.code, str(error)
        seconds = time.monotonic() - began
        wanted = expected(plot if scene.times else PLAIN, function, scene.times)
        self._calls.append(Call(number, plot, function, wanted, code, told, rows, seconds))

    def _accounts(self) -> Iterator[tuple[Plot, Account]]:
        """Yield what came of it, once nothing is under way: a request that comes late counts too."""
        accounts = {plot: Account() for plot in (PLAIN, *self._plots)}
        for call in self._calls:
            number = call.number
            ledger = self._endpoint
            accounts[call.plot].enter(call, ledger.requests[number], ledger.effects[number], ledger.ids[number])
        yield from accounts.items()


def play(site: Site, seed: int, count: int) -> tuple[str, dict[Plot, Account]]:
    """Play the rounds of one place; return its version and its accounts."""
    with site.running() as (place, endpoint):
        plots = [each for each in PLOTS if each.name not in site.gaps]
        return place.version, dict(Rounds(place, endpoint, plots, seed).play(count))
