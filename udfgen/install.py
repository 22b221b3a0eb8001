"""Apply: the only place that changes a database. One lock, one look, one plan, all of it or as much as can be kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from udfgen.bundle import Bundle, Statement
from udfgen.connect import Session
from udfgen.errors import InstallError, MovedError, RefusedError
from udfgen.plan import REFUSED, Change, Plan, Verdict, diff, diff_removal

Progress = Callable[[int, int], None]
"""Called with the statements done and the statements in all."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an apply did: the changes, and how many statements ran, what the server warned of."""

    plan: Plan
    statements: int
    warnings: tuple[str, ...] = ()


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
    lock_timeout: float = 60,
    progress: Progress = lambda done, total: None,
) -> Receipt:
    """Apply the plan that was seen, or raise MovedError when it is no longer the right one.

    Raises RefusedError for problems of the server and for drift that is not allowed, LockError, InstallError.
    """
    check(seen, allowed)
    with session.lock(lock_timeout):
        plan = look(bundle, session)
        if not plan.work:
            return Receipt(plan, 0)  # Also when another install did the same work first.
        _unmoved(plan, seen)
        statements = tuple(_statements(bundle, plan))
        with session.transaction():
            _run(statements, session, progress)
        _verify(bundle, session)
    return Receipt(plan, len(statements), tuple(session.warnings))


def uninstall(bundle: Bundle, session: Session, seen: Plan, *, lock_timeout: float = 60) -> Receipt:
    """Remove what the registry lists, or raise MovedError when that is no longer what was seen."""
    with session.lock(lock_timeout):
        plan = _unmoved(look_removal(bundle, session), seen)
        if plan.work:
            with session.transaction():
                _run(tuple(("uninstall", sql) for sql in bundle.removal), session)
    return Receipt(plan, len(bundle.removal) if plan.work else 0, tuple(session.warnings))


def check(plan: Plan, allowed: frozenset[Verdict] = frozenset()) -> None:
    """Raise RefusedError when the plan cannot be applied as it is."""
    if plan.problems:
        raise RefusedError("\n".join(plan.problems))
    refused = plan.refused(allowed)
    if refused:
        raise RefusedError("\n".join(_refusal(change) for change in refused))


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


def _statements(bundle: Bundle, plan: Plan) -> list[tuple[str, str]]:
    """Return (object, SQL) in the order of an install."""
    steps = [(change, statement) for change in plan.work for statement in change.statements]
    steps.sort(key=_phase)
    return [
        *(("opening", sql) for sql in bundle.opening),
        *((str(change.key), statement.sql) for change, statement in steps),
        *(("retire", sql) for sql in bundle.retire),
        *(("closing", sql) for sql in bundle.closing),
    ]


def _phase(step: tuple[Change, Statement]) -> int:
    return step[1].phase


def _run(
    statements: tuple[tuple[str, str], ...], session: Session, progress: Progress = lambda done, total: None
) -> None:
    for done, (name, sql) in enumerate(statements, 1):
        try:
            session.run(sql)
        except InstallError as error:
            kept = "; nothing was changed" if session.transactional else ""
            raise InstallError(f"{name}: {error}{kept}") from None
        progress(done, len(statements))


def _verify(bundle: Bundle, session: Session) -> None:
    """Look again: an install that does not find its own work must not say that all is well."""
    left = look(bundle, session).work
    if left:
        names = ", ".join(str(change.key) for change in left)
        raise InstallError(f"installed, but the catalog does not say so of: {names}")
