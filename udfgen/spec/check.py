"""Check: a Document becomes a Checked spec, or an error with every problem at once."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Readable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from udfgen import dialect
from udfgen.errors import Origin, Problem, Severity, SpecError
from udfgen.ir import Value
from udfgen.spec.document import SUBSTITUTE, Document, Mapping, Member, Steps, load_text, overlay, plain, scan
from udfgen.spec.messages import KEY, translate
from udfgen.spec.model import Environment, Spec
from udfgen.spec.report import Report
from udfgen.spec.rules import check_rules
from udfgen.spec.strings import check_strings
from udfgen.spec.wording import nearest, show

LATER_AT_TOP = ("triggers", "compat")
LATER_OF_FUNCTIONS = ("batch", "cache", "follow")
CLOSED = ("bindings", "functions")
ROUNDS = 8
# What is wrong with a text as text: all else that is said of the same place follows from it.
FIRST = frozenset({"tag", "alias", "number", "character"})

# What stands in for a missing part while the rest is checked; what is missing is an error all the same.
STAND_INS: dict[str, Value] = {"udfgen": 1, "name": "spec", "aws": {"region": "us-east-1"}, "engines": {}}


@dataclass(frozen=True, slots=True)
class Checked:
    """A spec that holds: its model, its document, warnings in file order, and the same for each environment."""

    spec: Spec
    document: Document
    warnings: tuple[Problem, ...]
    environments: Readable[str, Checked] = field(default_factory=lambda: MappingProxyType({}))


def check(document: Document) -> Checked:
    """Return the checked spec of a document, or raise SpecError with every error of it and of its environments."""
    return _checked(document, ())


def check_text(text: str, file: str) -> Checked:
    """Return the checked spec of a text; what is wrong with its YAML and with its meaning is raised at once."""
    document, problems = scan(text, file)
    if document is None:
        raise SpecError(problems)
    return _checked(document, problems)


def check_file(path: Path) -> Checked:
    """Return the checked spec of a file, as `check_text` does; UsageError when it cannot be read."""
    return check_text(load_text(path), str(path))


def _checked(document: Document, found: tuple[Problem, ...]) -> Checked:
    report = Report(document)
    secrets = check_strings(report)
    spec = _check_one(report)
    overlays = {name: _check_environment(report, name, merged) for name, merged in _overlays(report)}
    everything = [*found, *report.problems, *(each for _, inner in overlays.values() for each in inner.problems)]
    _raise_errors(_without_echoes(everything, secrets))
    environments = {name: _result(over, inner, inner.problems) for name, (over, inner) in overlays.items()}
    return _result(spec, report, everything, environments)


def _check_environment(base: Report, name: str, document: Document) -> tuple[Spec | None, Report]:
    """Check the spec of one environment; what the base does not have in common with it, names it."""
    report = Report(document)
    spec = _check_one(report)
    known = set(base.problems)
    report.problems = [each if each in known else _named(each, name) for each in report.problems]
    return spec, report


def _named(problem: Problem, environment: str) -> Problem:
    return replace(problem, what=f'in the environment "{environment}", {problem.what}')


def _without_echoes(problems: list[Problem], secrets: set[Origin]) -> list[Problem]:
    """Return problems without those that only follow from another, and those that might show a secret."""
    first = {each.origin for each in problems if each.rule in FIRST}
    hidden = any(each.rule == "character" for each in problems)
    return [
        each
        for each in problems
        if each.rule == "secret"
        or (
            (each.origin not in secrets and (each.rule in FIRST or each.origin not in first))
            and not (hidden and SUBSTITUTE in each.what)
        )
    ]


def _result(
    spec: Spec | None, report: Report, problems: list[Problem], environments: dict[str, Checked] | None = None
) -> Checked:
    assert spec is not None, "a spec without errors has a model"
    return Checked(spec, report.document, _sorted(problems), MappingProxyType(environments or {}))


def _raise_errors(problems: list[Problem]) -> None:
    errors = _sorted([each for each in problems if each.severity is Severity.ERROR])
    if errors:
        raise SpecError(errors)


def _sorted(problems: list[Problem]) -> tuple[Problem, ...]:
    """Return problems in file order, each once: an environment repeats those of the base."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda each: (each.origin, each.what)))


def _check_one(report: Report) -> Spec | None:
    """Report what is wrong with one document; return the model of what holds, or None where too little does."""
    _check_later(report)
    data: Any = plain(report.document.root)
    for _ in range(ROUNDS):
        try:
            spec = Spec.model_validate(data)
        except ValidationError as error:
            data = _without_errors(report, data, error)
        else:
            check_rules(report, spec)
            return spec
    return None


def _without_errors(report: Report, data: dict[str, Any], error: ValidationError) -> dict[str, Any]:
    """Report a model's errors and return the data without what they are about, so that the rest can be checked."""
    gone: set[Steps] = set()
    for each in error.errors(include_url=False):
        path = tuple(step for step in each["loc"] if step != KEY)
        # What an earlier round took away is missing now, but not in the document.
        if each["type"] != "missing" or report.document.node(path) is None:
            report.problems.append(translate(each, report.document))
        gone.add(_existing(data, path))
    left: dict[str, Any] = _without(data, gone, ())
    return STAND_INS | left


def _existing(data: Any, path: Steps) -> Steps:
    """Return as much of a path as exists: a missing key is the fault of the mapping that lacks it.

    A list is taken away as a whole, because the places of its items are counted.
    """
    here: Any = data
    for length, step in enumerate(path):
        if (isinstance(here, dict) and step in here) or (isinstance(here, tuple) and isinstance(step, int)):
            here = here[step]  # type: ignore[index]
        else:
            path = path[:length]
            break
    while path and isinstance(path[-1], int):
        path = path[:-1]
    return path


def _without(data: Any, gone: set[Steps], at: Steps) -> Any:
    if isinstance(data, tuple):
        return tuple(_without(item, gone, (*at, index)) for index, item in enumerate(data))
    if not isinstance(data, dict):
        return data
    return {key: _without(value, gone, (*at, key)) for key, value in data.items() if (*at, key) not in gone}


def _check_later(report: Report) -> None:
    """Report the keys that later versions will have."""
    places = [(key,) for key in LATER_AT_TOP]
    functions = report.document.keys(("functions",))
    later = [*places, *(("functions", name, key) for name in functions for key in LATER_OF_FUNCTIONS)]
    for path in later:
        if report.document.node(path) is not None:
            what = f'"{path[-1]}" is not in this version of udfgen'
            report.error(path, what, "remove it", "not-yet", key=True)


def _overlays(report: Report) -> Iterator[tuple[str, Document]]:
    """Yield each environment with its document: the base with the environment laid over it."""
    document = report.document
    for name in document.keys(("environments",)):
        patch = document.node(("environments", name))
        if name in dialect.names():
            what = f'an environment cannot be called "{name}", as an engine is'
            report.error(
                ("environments", name), what, "both name folders of the generated files", "environment", key=True
            )
        if isinstance(patch, Mapping):
            _check_closed(report, name)
            known = {key: member for key, member in patch.members.items() if key in Environment.model_fields}
            root = overlay(document.root, _old_names_only(document, Mapping(known, patch.origin)))
            yield name, Document(root, document.file)


def _check_closed(report: Report, environment: str) -> None:
    """Report functions and bindings that only an environment has."""
    for part in CLOSED:
        known = report.document.keys((part,))
        for name in report.document.keys(("environments", environment, part)):
            if name not in known:
                what = f"an environment cannot add to {part}: the spec has no {show(name)}"
                path = ("environments", environment, part, name)
                report.error(path, what, nearest(name, known), "environment", key=True)


def _old_names_only(document: Document, patch: Mapping) -> Mapping:
    """Return an environment without the functions and bindings that the base lacks."""
    members = dict(patch.members)
    for part in CLOSED:
        node = members[part].node if part in members else None
        if isinstance(node, Mapping):
            known = document.keys((part,))
            kept = {name: member for name, member in node.members.items() if name in known}
            members[part] = Member(members[part].origin, Mapping(kept, node.origin))
    return Mapping(members, patch.origin)
