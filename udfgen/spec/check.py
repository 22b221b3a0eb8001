"""Check: a Document becomes a Checked spec, or an error with every problem at once."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Readable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from udfgen import dialect
from udfgen.errors import Origin, Problem, Severity, SpecError
from udfgen.ir import Value
from udfgen.spec.document import SUBSTITUTE, Document, Mapping, Member, Steps, load_text, overlay, plain, scan
from udfgen.spec.messages import KEY, meant, translate
from udfgen.spec.model import Environment, Spec
from udfgen.spec.report import Report
from udfgen.spec.rules import check_rules
from udfgen.spec.strings import check_strings
from udfgen.spec.wording import nearest, show

CLOSED = ("bindings", "functions")
ROUNDS = 8
# What is wrong with a text as text: all else that is said of the same place follows from it.
FIRST = frozenset({"tag", "alias", "number", "character"})

ANY = "*"
# What stands in for a part that is wrong or missing while the rest is checked. The part itself has been reported, so
# each is what no rule complains of, whatever stands beside it: every key goes with the profile file, and no
# connect_timeout is longer than the longest timeout.
STAND_INS: dict[Steps, Value] = {
    ("udfgen",): 1,
    ("name",): "spec",
    ("aws",): {"region": "us-east-1", "credentials": {"source": "profile"}},
    ("aws", "region"): "us-east-1",
    ("aws", "credentials"): {"source": "profile"},
    ("aws", "credentials", "source"): "profile",
    ("bindings", ANY, "timeout"): "16m",
    ("bindings", ANY, "idempotent"): True,
    ("engines",): {},
}
# Parts of a function whose members mean nothing without each other: a wrong one takes the whole part away.
WHOLE = frozenset(("functions", ANY, part) for part in ("returns", "examples", "follow", "batch", "cache"))


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
    """Report a model's errors; return the data without what they are about, or with what stands in for it."""
    errors = [each for each in error.errors(include_url=False) if not _only_counts(each, error)]
    misspelt = {meant(each) for each in errors}
    gone = {path for path in misspelt if path and _has_stand_in(path) and _existing(data, path) != path}
    for each in errors:
        path = tuple(step for step in each["loc"] if step != KEY)
        # What an earlier round took away, or a misspelt key means, is missing now, but not in the document.
        if each["type"] != "missing" or (report.document.node(path) is None and path not in misspelt):
            report.problems.append(translate(each, report.document))
        gone.add(_at_fault(data, path))
    left: dict[str, Any] = _without(data, gone, ())
    for path in filter(_has_stand_in, gone):
        _put(left, path, STAND_INS[_place(path)])
    return left


def _only_counts(found: ErrorDetails, error: ValidationError) -> bool:
    """Return whether an error says that a list is too short because some of its items are wrong."""
    place = found["loc"]
    inside = (each["loc"] for each in error.errors() if len(each["loc"]) > len(place))
    return found["type"] == "too_short" and any(each[: len(place)] == place for each in inside)


def _at_fault(data: Any, path: Steps) -> Steps:
    """Return what is taken away for an error at a path: as little as lets the rest be judged."""
    if _has_stand_in(path):
        return path
    part = path[:3]
    return part if _place(part) in WHOLE else _existing(data, path)


def _has_stand_in(path: Steps) -> bool:
    return _place(path) in STAND_INS


def _place(path: Steps) -> Steps:
    """Return a path with ANY for the name of a binding or function."""
    return (path[0], ANY, *path[2:]) if len(path) > 1 and path[0] in CLOSED else path


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


def _put(data: dict[str, Any], path: Steps, value: Value) -> None:
    """Put a value at a path; nowhere, where the mapping that would hold it is gone as well."""
    here: Any = data
    for step in path[:-1]:
        here = here.get(step, {})
    here[path[-1]] = value


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
