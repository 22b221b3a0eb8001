"""The run: specs by their numbers through every back end, in batches, and what came of each."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from tests.hostile import mysql, oracle, postgresql, sqlserver
from tests.hostile.given import Given, generate
from tests.hostile.reading import Escaped, Facts, Reading, assert_closed, compare, walk
from tests.hostile.written import Written
from udfgen import commands
from udfgen.bundle import Bundle
from udfgen.errors import SpecError
from udfgen.ir import Program, describe, describe_aws
from udfgen.render import render
from udfgen.spec.check import check_text
from udfgen.spec.wording import hidden

ENGINES: Mapping[str, ModuleType] = {each.NAME: each for each in (mysql, oracle, postgresql, sqlserver)}
BATCH = 200
Found = TypeVar("Found")
HANGING = {
    "returns": ("path", "type", "response", "result"),
    "invoke": ("returns", "response", "result", "volatility", "retries"),
    "type": ("default", "min"),
    "min": ("type", "default"),
    "default": ("min",),
    **dict.fromkeys(("roles", "accounts", "grantees"), ("grant", "unless_user", "triggers")),
}
"""Members that a hostile one can make wrong, by its key: what does not go together is told where either stands."""

OUTCOMES = ("accepted", "refused", "misplaced", "escaped", "crashed")
"""Each spec is accepted or refused on each engine, or it crashed; misplaced ones are refused, escaped ones accepted."""


@dataclass(frozen=True, slots=True)
class Made:
    """What was compiled of a spec for an engine."""

    given: Given
    program: Program
    bundle: Bundle


@dataclass(slots=True)
class Outcome:
    """How many specs went which way on an engine, and what went wrong."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def tell(self, what: str, given: Given, error: object) -> None:
        """Count what must not be, and write down how to see it again."""
        self.counts[what] += 1
        texts = {
            place: text if len(text) < 200 else f"{text[:200]}… ({len(text)})" for place, text in given.texts.items()
        }
        self.wrong.append(f"{what}: spec {given.number} ({given.style}, {given.file!a:.80}): {error}\n    {texts!a}")


class Run:
    """One run with a seed: some engines, and the twins that were made so far."""

    def __init__(self, seed: int, engines: Sequence[str] = tuple(ENGINES)) -> None:
        self.seed = seed
        self.outcomes = {engine: Outcome() for engine in engines}
        self._twins: dict[object, tuple[Made, Reading]] = {}

    def specs(self, first: int, count: int) -> None:
        """Run the specs with some numbers."""
        for start in range(first, first + count, BATCH):
            numbers = range(start, min(start + BATCH, first + count))
            given = [generate(self.seed, number) for number in numbers]
            self.these(given)

    def these(self, given: Sequence[Given]) -> None:
        """Run some specs as one batch."""
        for engine in self.outcomes:
            self._batch(engine, given)

    def _batch(self, engine: str, given: Sequence[Given]) -> None:
        made = [each for each in (self._made(engine, each.of(engine)) for each in given) if each]
        self._meet(engine, [each.given.twin() for each in made])
        found = _in_folder(ENGINES[engine].read, [each.bundle for each in made])
        facts = _in_folder(ENGINES[engine].facts, [each.bundle for each in made], [each.program for each in made])
        for one, reading, table in zip(made, found, facts, strict=True):
            self._judge(engine, one, reading, table)

    def _made(self, engine: str, given: Given) -> Made | None:
        """Compile a spec; None where it is refused, or worse."""
        outcome = self.outcomes[engine]
        written = Written(given.spec(engine), given.style)
        try:
            made = _compiled(engine, given, written)
        except SpecError as error:
            outcome.counts["refused"] += 1
            if not _is_told_well(error) or not _is_placed(error, written):
                outcome.tell("misplaced", given, error)
        except Exception as error:  # that is what is looked for
            outcome.tell("crashed", given, repr(error))
        else:
            outcome.counts["accepted"] += 1
            return made
        return None

    def _meet(self, engine: str, twins: Sequence[Given]) -> None:
        """Compile and read the twins that were not met before; a harmless spec is always accepted."""
        new = {(engine, each.key): each for each in twins if (engine, each.key) not in self._twins}
        made = [_compiled(engine, each, Written(each.spec(engine), each.style)) for each in new.values()]
        readings = _in_folder(ENGINES[engine].read, [each.bundle for each in made])
        for key, each, reading in zip(new, made, readings, strict=True):
            if isinstance(reading, Escaped):
                reading = Reading(())
            self._twins[key] = each, reading

    def _judge(self, engine: str, made: Made, reading: Reading | Escaped, facts: Facts | Escaped) -> None:
        twin, expected = self._twins[engine, made.given.twin().key]
        try:
            assert_closed(made.given.texts)
            compare(Reading(tuple(walk(made.program))), Reading(tuple(walk(twin.program))), made.given.texts)
            compare(_whole(reading), expected, made.given.texts)
            _require_facts(_whole(facts), made.program, ENGINES[engine].expected_routines(made.program))
        except Escaped as error:
            self.outcomes[engine].tell("escaped", made.given, error)


def _compiled(engine: str, given: Given, written: Written) -> Made:
    program = commands.compile_program(check_text(written.text, given.file), given.environment)
    return Made(given, program, render(commands.lower(program, engine)))


def _in_folder(read: Callable[..., list[Found]], *arguments: Sequence[Any]) -> list[Found]:
    with tempfile.TemporaryDirectory(prefix="udfgen-hostile-") as folder:
        return read(*arguments, Path(folder))


def _whole(found: Found | Escaped) -> Found:
    if isinstance(found, Escaped):
        raise found
    return found


def _is_placed(error: SpecError, written: Written) -> bool:
    return all(written.has((each.origin.line, each.origin.column), HANGING) for each in error.problems)


def _is_told_well(error: SpecError) -> bool:
    """Return whether a refusal says what is wrong and what to do, each on one line of what can be seen."""
    texts = (text for each in error.problems for text in (each.what, each.advice))
    return bool(error.problems) and all(text and not any(hidden(text)) for text in texts)


def _require_facts(facts: Facts, program: Program, routines: frozenset[tuple[str, int]]) -> None:
    """Raise Escaped unless a table is the program's: its facts and those of each function, and no others."""
    lacking = {
        key: value
        for key, value in describe_aws(program).items()
        if key != "endpoint" and facts.program.get(key) != value
    }
    if lacking:
        raise Escaped(f"the program's facts lack {lacking!r:.300}")
    for found, function in zip(facts.functions, program.functions, strict=True):
        if _plain(found) != _plain(describe(function)):
            raise Escaped(f"the facts of {function.name} are {found!r:.300}")
    if facts.routines != routines:
        raise Escaped(f"the entry points are {sorted(facts.routines)} and not {sorted(routines)}")


def _plain(facts: Mapping[str, object]) -> object:
    """Return a function's facts without those that an engine adds."""
    parameters = facts["parameters"]
    assert isinstance(parameters, (list, tuple))
    kept = [{key: value for key, value in each.items() if key != "pattern_utf16"} for each in parameters]
    return {key: value for key, value in facts.items() if key != "null_on_null"} | {"parameters": kept}
