"""Apply: the only place that changes a database. One lock, one look, one plan, all of it or as much as can be kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from udfgen.bundle import Bundle
from udfgen.connect import Placer, Session
from udfgen.errors import InstallError, MovedError, RefusedError
from udfgen.plan import REFUSED, Change, Plan, Verdict, diff, diff_removal

Progress = Callable[[int, int], None]
"""Called with the steps done and the steps in all."""

KEPT = {
    True: "nothing was changed",
    False: "what was done before stays, closed to callers where it is not finished; run the same again to go on",
}
"""What an error says of the steps before it, by whether the engine takes them back."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an apply did: the changes, and how many statements ran, what the server warned of."""

    plan: Plan
    statements: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One statement, or one compiled file to be placed, and the object that it is for; neither: files are swept."""

    name: str
    sql: str = ""
    file: Path | None = None


SWEEP = Step("old files")
"""Before an install writes down what it did, and an uninstall forgets it: after a cut, the next run sweeps again."""


def look(bundle: Bundle, session: Session) -> Plan:
    """Return the plan of an install, changing nothing."""
    return diff(bundle, session.observe(bundle))


def look_removal(bundle: Bundle, session: Session) -> Plan:
    """Return the plan of an uninstall, changing nothing."""
    return diff_removal(bundle, session.observe(bundle))


def install(
    bundle: Bundle,
    session: Session,
    seen: Plan,
    *,
    allowed: frozenset[Verdict] = frozenset(),
    folder: Path | None = None,
    lock_timeout: float = 60,
    progress: Progress = lambda done, total: None,
) -> Receipt:
    """Apply the plan that was seen, or raise MovedError when it is no longer the right one.

    `folder` is the engine's, with the compiled files, where it has such. Raises RefusedError for problems of the
    server, for drift that is not allowed and for files that are not compiled, LockError, InstallError.
    """
    check(seen, allowed, folder)
    with session.lock(lock_timeout):
        plan = look(bundle, session)
        if not plan.work:
            return Receipt(plan, 0)  # Also when another install did the same work first.
        _unmoved(plan, seen)
        steps = tuple(_steps(bundle, plan, folder))
        with session.transaction():
            _run(steps, bundle, session, progress)
        _verify(bundle, session)
    return Receipt(plan, sum(bool(step.sql) for step in steps), tuple(session.warnings))


def uninstall(bundle: Bundle, session: Session, seen: Plan, *, lock_timeout: float = 60) -> Receipt:
    """Remove what the registry lists, or raise MovedError when that is no longer what was seen."""
    with session.lock(lock_timeout):
        plan = _unmoved(look_removal(bundle, session), seen)
        steps = tuple(_removal(bundle, plan)) if plan.work else ()
        if steps:
            with session.transaction():
                _run(steps, bundle, session)
    return Receipt(plan, sum(bool(step.sql) for step in steps), tuple(session.warnings))


def change(session: Session, sql: str) -> None:
    """Run one statement that changes rows of an install, and nothing of its plan."""
    with session.transaction():
        session.run(sql)


def check(plan: Plan, allowed: frozenset[Verdict] = frozenset(), folder: Path | None = None) -> None:
    """Raise RefusedError when the plan cannot be applied as it is."""
    if plan.problems:
        raise RefusedError("\n".join(plan.problems))
    refused = plan.refused(allowed)
    if refused:
        raise RefusedError("\n".join(_refusal(change) for change in refused))
    for file in _files(plan, folder):
        if not file.is_file():
            raise RefusedError(f"{file} is not there: run `udfgen compile` on the spec")


def require_same(plan: Plan, kept: Mapping[str, Any]) -> None:
    """Raise MovedError unless a plan that was kept is the plan of now: same spec, same server, same state."""
    if plan.facts() != kept:
        raise MovedError("the database or the spec moved since the plan was kept: make a new plan, review it")


def _refusal(change: Change) -> str:
    flag = REFUSED[change.verdict]
    if change.verdict is Verdict.UNMANAGED:
        return f"{change.key} is there, but not from this install: move it away, or take it over with {flag}"
    return f"{change.key} was changed by hand since the last install: put it back, or overwrite it with {flag}"


def _unmoved(plan: Plan, seen: Plan) -> Plan:
    if plan.facts()["digest"] != seen.facts()["digest"]:
        raise MovedError("the database moved since the plan was made: look at a new plan")
    return plan


def _files(plan: Plan, folder: Path | None) -> Iterator[Path]:
    """Yield the compiled files that a plan places."""
    for change in plan.work:
        if change.file:
            yield (folder or Path()) / change.file


def _steps(bundle: Bundle, plan: Plan, folder: Path | None) -> Iterator[Step]:
    """Yield all that an install does, in its order."""
    phased = [each for change in plan.work for each in _phased(change, folder)]
    phased.sort(key=lambda each: each[0])
    yield from _plain("opening", bundle.opening)
    yield from (step for _, step in phased)
    yield from _plain("retire", bundle.retire)
    yield from _sweeps(bundle)
    yield from _plain("closing", bundle.closing)


def _sweeps(bundle: Bundle) -> tuple[Step, ...]:
    """Return the step that takes old files away, for an engine that loads some."""
    return (SWEEP,) if any(each.file for each in bundle.objects) else ()


def _phased(change: Change, folder: Path | None) -> Iterator[tuple[int, Step]]:
    """Yield a change's steps with their phases; its file goes before its first statement."""
    name = str(change.key)
    if change.file:
        yield change.statements[0].phase, Step(name, file=(folder or Path()) / change.file)
    yield from ((statement.phase, Step(name, statement.sql)) for statement in change.statements)


def _removal(bundle: Bundle, plan: Plan) -> Iterator[Step]:
    """Yield all that an uninstall does, in its order."""
    for change in plan.work:
        yield from _plain(str(change.key), (statement.sql for statement in change.statements))
    yield from _sweeps(bundle)
    yield from _plain("uninstall", bundle.removal)


def _plain(name: str, statements: Iterable[str]) -> Iterator[Step]:
    return (Step(name, sql) for sql in statements)


def _run(
    steps: tuple[Step, ...], bundle: Bundle, session: Session, progress: Progress = lambda done, total: None
) -> None:
    for done, step in enumerate(steps, 1):
        try:
            _take(step, bundle, session)
        except InstallError as error:
            raise InstallError(f"{step.name}: {error}; {KEPT[session.transactional]}") from None
        progress(done, len(steps))


def _take(step: Step, bundle: Bundle, session: Session) -> None:
    if step.sql:
        session.run(bundle.filled(step.sql))
    elif isinstance(session, Placer) and step.file:
        session.place(bundle, step.file)
    elif isinstance(session, Placer):
        session.sweep(bundle)


def _verify(bundle: Bundle, session: Session) -> None:
    """Look again: an install that does not find its own work must not say that all is well."""
    left = look(bundle, session).work
    if left:
        names = ", ".join(str(change.key) for change in left)
        raise InstallError(f"installed, but the catalog does not say so of: {names}")
