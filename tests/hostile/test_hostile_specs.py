"""A sample of the hostile specs, and that the comparison sees what it is for: broken quotes of every language.

All of them run by `python -m tests.hostile.report`.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.hostile.given import MARKS, PLACES, Given, generate
from tests.hostile.report import ZERO, section
from tests.hostile.run import ENGINES, Run
from tests.hostile.written import STYLES, Written
from udfgen import dialect
from udfgen.ir import Kind
from udfgen.spec.document import plain, read

SEED, COUNT = 8, 300


@pytest.mark.parametrize("engine", ENGINES)
def test_a_sample_is_refused_or_nothing_but_data(engine: str) -> None:
    run = Run(SEED, [engine])
    run.specs(0, COUNT)
    (row,) = section(run, COUNT)["rows"]
    found = dict(zip(section(run, COUNT)["columns"], row, strict=True))
    assert [found[each] for each in ZERO] == [0] * len(ZERO), "\n".join(run.outcomes[engine].wrong)
    assert found["accepted"] > COUNT / 4
    assert found["refused"] > COUNT / 4


def test_the_sample_has_every_place_and_style() -> None:
    given = [generate(SEED, number) for number in range(COUNT)]
    assert {place for each in given for place in each.texts} == set(PLACES)
    assert {each.style for each in given} == set(STYLES)
    assert generate(SEED, 7) == generate(SEED, 7) != generate(SEED + 1, 7)


@pytest.mark.parametrize("style", STYLES)
def test_a_spec_reads_as_it_was_meant_in_every_style(style: str) -> None:
    given = Given(0, dict.fromkeys(MARKS, 'it\'s \u00e9\t#: "x"\n\n  - y\\'), style, "spec.yaml", Kind.DATE, 0)
    for engine in ENGINES:
        spec = given.spec(engine)
        assert plain(read(Written(spec, style).text, "x").root) == json.loads(json.dumps(spec), object_hook=_frozen)


def _frozen(value: dict[str, object]) -> dict[str, object]:
    return {key: tuple(each) if isinstance(each, list) else each for key, each in value.items()}


def _unquoted(text: str) -> str:
    return f"'{text}'"


BROKEN: dict[str, dict[str, Callable[..., object]]] = {
    "postgresql": {
        "literal": _unquoted,
        "identifier": lambda name: f'"{name}"',
        "_string": lambda text: f'"{text}"',
        "comment": lambda text: text,
    },
    "mysql": {
        "literal": lambda text: "'" + text.replace("'", "''") + "'",
        "_name": lambda text: f"`{text}`",
        "comment": lambda text: text,
        "raw": lambda text: f'"{text}"',
    },
    "oracle": {
        "literal": _unquoted,
        "_national": lambda letter: letter,
        "_java_letter": lambda letter: letter,
        "comment": lambda text: (text,),
    },
    "sqlserver": {
        "_constant": lambda text: f"N'{text}'",
        "identifier": lambda name: f"[{name}]",
        "comment": lambda text: tuple(text.split("\r")),
        "csharp_string": lambda text: f'@"{text}"',
    },
}
"""Quotes as they must not be."""


def directed() -> list[Given]:
    """Return specs with each quote in the places that take any text."""
    places = ("description", "default", "json default", "payload constant", "enum", "profile")
    named = ("table", "cell", "literal", "argument")
    given = [
        Given(number, texts, "escaped", f"a\n{text}.yaml", Kind.DATE, 0)
        for number, text in enumerate(("x'y", 'x"y', "x`y", "x]y", "x\\", "x\u00e9"))
        for texts in ({"means": text}, dict.fromkeys(places, text), dict.fromkeys(named, text))
    ]
    return [*given, Given(99, {"description": "x -\ny"}, "escaped", "a\ry.yaml", Kind.DATE, 0)]


def test_the_directed_specs_are_fine_while_nothing_is_broken() -> None:
    run = Run(SEED)
    run.these(directed())
    assert [outcome.wrong for outcome in run.outcomes.values()] == [[]] * len(ENGINES)


@pytest.mark.parametrize(("engine", "name"), [(engine, name) for engine, each in BROKEN.items() for name in each])
def test_an_escape_is_seen(engine: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialect.load(engine).part("quote"), name, BROKEN[engine][name])
    run = Run(SEED, [engine])
    run.these(directed())
    counts = run.outcomes[engine].counts
    assert counts["escaped"] > 0, counts


def test_a_refusal_in_the_wrong_place_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Given(0, {"enum": "a\u202e"}, "escaped", "spec.yaml", Kind.DATE, 0)
    written = Written(given.spec("mysql"), given.style)
    (place,) = (each for each in written.spans if each.is_hostile)
    assert written.has(place.start, {})
    assert not written.has((place.start[0] + 1, place.start[1]), {})
