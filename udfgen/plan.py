"""Plan: the difference between a bundle and a state, as a value that can be shown, stored and applied."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterator, Set
from dataclasses import dataclass
from enum import Enum
from typing import Any

from udfgen.bundle import Bundle, Key, Object, Phase, Statement
from udfgen.errors import Origin
from udfgen.redact import redact
from udfgen.state import Live, Recorded, State


class Verdict(str, Enum):
    """What is the matter with an object.

    Two are refused unless the user says so: `drift` (changed by hand since the last install) and `unmanaged`
    (there, but not from this install). `foreign` is another function under one of our names: shown, never touched.
    """

    UNCHANGED = "unchanged"
    CREATE = "create"
    CHANGE = "change"
    MISSING = "missing"
    DRIFT = "drift"
    UNMANAGED = "unmanaged"
    DROP = "drop"
    FOREIGN = "foreign"


REFUSED = {Verdict.DRIFT: "--replace-drift", Verdict.UNMANAGED: "--adopt"}
"""The verdicts that stop an install, and the flag that lets each through."""

QUIET = {Verdict.UNCHANGED}
"""The verdicts that ask for nothing and need not be shown."""

DECLARED = "not the code, but how it is declared: the difference is in the generated files"
"""What is shown of a change that the catalog spells in its own words: a default, the volatility."""


@dataclass(frozen=True, slots=True)
class Change:
    """One object's verdict; `statements` are what an install runs for it, `diff` is unified text for people.

    `file` is the compiled file that is placed first.
    """

    verdict: Verdict
    key: Key
    origin: Origin | None = None
    statements: tuple[Statement, ...] = ()
    diff: str = ""
    file: str | None = None

    def facts(self) -> dict[str, Any]:
        """Return the change as JSON values."""
        return {
            "verdict": self.verdict.value,
            "kind": self.key.kind,
            "name": self.key.name,
            "spec": str(self.origin) if self.origin else None,
            "statements": [statement.sql for statement in self.statements],
            "diff": redact(self.diff),  # what was changed by hand may be anything
        } | ({"file": self.file} if self.file else {})


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes in the order of the bundle, drops last, and the state that they were made from."""

    engine: str
    program: str
    environment: str | None
    server: str
    changes: tuple[Change, ...]
    problems: tuple[str, ...]
    state: str

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to do and nothing to tell."""
        return all(change.verdict in QUIET for change in self.changes)

    @property
    def work(self) -> tuple[Change, ...]:
        """Return the changes that an install acts upon."""
        idle = (Verdict.UNCHANGED, Verdict.FOREIGN)
        return tuple(change for change in self.changes if change.verdict not in idle)

    def refused(self, allowed: frozenset[Verdict] = frozenset()) -> tuple[Change, ...]:
        """Return the changes that need a word from the user and have none."""
        stop = REFUSED.keys() - allowed
        return tuple(change for change in self.changes if change.verdict in stop)

    def facts(self) -> dict[str, Any]:
        """Return the plan as JSON values; `digest` tells two plans apart."""
        facts = {
            "udfgen": 1,
            "engine": self.engine,
            "program": self.program,
            "environment": self.environment,
            "server": self.server,
            "state": self.state,
            "problems": list(self.problems),
            "changes": [change.facts() for change in self.changes if change.verdict not in QUIET],
        }
        return facts | {"digest": digest(facts)}


def digest(facts: dict[str, Any]) -> str:
    """Return the hash of a plan's facts, without the hash itself."""
    text = json.dumps({key: value for key, value in facts.items() if key != "digest"}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def diff(bundle: Bundle, state: State) -> Plan:
    """Return what would turn the state into the bundle."""
    wanted = {each.key for each in bundle.objects}
    changes = (*(_judge(each, state) for each in bundle.objects), *_leftovers(wanted, bundle, state))
    return _plan(bundle, state, changes)


def diff_removal(bundle: Bundle, state: State) -> Plan:
    """Return what an uninstall would drop: all that is recorded, and nothing else."""
    shared = {each.key for each in bundle.objects if each.shared}
    recorded = _in_drop_order(state.recorded.keys() - shared, bundle)
    changes = (Change(Verdict.DROP, key, None, _drop(key, bundle), _drift(key, state)) for key in recorded)
    return _plan(bundle, state, tuple(changes))


def _plan(bundle: Bundle, state: State, changes: tuple[Change, ...]) -> Plan:
    return Plan(bundle.engine, bundle.program, bundle.environment, state.server, changes, state.problems, state.digest)


def _judge(wanted: Object, state: State) -> Change:
    live, recorded = state.live.get(wanted.key), state.recorded.get(wanted.key)
    verdict = _verdict_shared(wanted, live) if wanted.shared else _verdict(wanted, live, recorded)
    if verdict in QUIET:
        return Change(verdict, wanted.key, wanted.origin)
    difference = _difference(verdict, wanted, state)
    return Change(verdict, wanted.key, wanted.origin, wanted.statements, difference, wanted.file)


def _difference(verdict: Verdict, wanted: Object, state: State) -> str:
    live = state.live.get(wanted.key)
    if verdict is Verdict.DRIFT and wanted.shared and live:
        return _unified(wanted.expected or "", live.definition, "as it should be", "as found")
    if verdict is Verdict.DRIFT:
        return _drift(wanted.key, state)
    new = _new_body(wanted, live)
    return new or (DECLARED if verdict is Verdict.CHANGE else "")


def _verdict(wanted: Object, live: Live | None, recorded: Recorded | None) -> Verdict:
    if live is None:
        return Verdict.CREATE if recorded is None else Verdict.MISSING
    if recorded is None:
        return Verdict.UNMANAGED
    if recorded.is_unfinished:
        return Verdict.CHANGE
    if recorded.definition != live.definition:
        return Verdict.DRIFT
    return Verdict.UNCHANGED if recorded.desired == wanted.digest else Verdict.CHANGE


def _verdict_shared(wanted: Object, live: Live | None) -> Verdict:
    if live is None:
        return Verdict.CREATE
    as_it_should_be = wanted.expected is None or wanted.expected == live.definition
    return Verdict.UNCHANGED if as_it_should_be else Verdict.DRIFT


def _leftovers(wanted: set[Key], bundle: Bundle, state: State) -> Iterator[Change]:
    """Yield what is recorded and no longer wanted, then what merely has one of our names."""
    for key in _in_drop_order(state.recorded.keys() - wanted, bundle):
        verdict = Verdict.DRIFT if _drift(key, state) else Verdict.DROP
        yield Change(verdict, key, statements=_drop(key, bundle), diff=_drift(key, state))
    for key in sorted(state.live.keys() - wanted - state.recorded.keys()):
        if state.live[key].body is not None:
            yield Change(Verdict.FOREIGN, key)


def _in_drop_order(keys: Set[Key], bundle: Bundle) -> list[Key]:
    """Return keys as they are to be dropped: by the order of the bundle's kinds, then by name."""
    kinds = list(bundle.drops)
    return sorted(keys, key=lambda key: (kinds.index(key.kind) if key.kind in kinds else len(kinds), key))


def _drop(key: Key, bundle: Bundle) -> tuple[Statement, ...]:
    sql = bundle.drops.get(key.kind)
    return (Statement(Phase.DROP, sql.format(name=key.name)),) if sql else ()


def _drift(key: Key, state: State) -> str:
    """Return how a recorded object differs from what is there, '' when it does not or is gone."""
    recorded, live = state.recorded.get(key), state.live.get(key)
    if recorded is None or live is None or not recorded.desired or recorded.is_unfinished:
        return ""
    return _unified(recorded.definition, live.definition, "as installed", "as found")


def _new_body(wanted: Object, live: Live | None) -> str:
    if live is None or live.body is None or wanted.body is None:
        return ""
    return _unified(live.body, wanted.body, "installed", "wanted")


def _unified(before: str, after: str, before_name: str, after_name: str) -> str:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), before_name, after_name, lineterm="", n=1)
    return "\n".join(lines)
