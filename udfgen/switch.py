"""The kill switch: which bindings are live, and turning one off without an install."""

from __future__ import annotations

from udfgen import dialect, install
from udfgen.bundle import Bundle
from udfgen.connect import Session
from udfgen.errors import InstallError, RefusedError, UsageError
from udfgen.ir import Program
from udfgen.plan import Plan, Verdict
from udfgen.render import type_out
from udfgen.spec.wording import nearest
from udfgen.state import Mode, Modes

KIND = "switch"
"""The kind, among the objects of every engine, of the table that says which bindings are not live."""


def modes(program: Program, bundle: Bundle, session: Session, binding: str | None = None) -> Modes:
    """Return the mode of every binding, or of the one that is named.

    Raises UsageError for a binding that the spec does not have, RefusedError where nothing is installed.
    """
    if binding is not None:
        _require_binding(program, binding)
    _require_table(install.look(bundle, session))
    found = _read(program, bundle, session)
    return found if binding is None else {binding: found[binding]}


def turn(program: Program, bundle: Bundle, session: Session, binding: str, mode: Mode) -> tuple[Modes, Modes]:
    """Set the mode of one binding; return the modes before and after. Sessions follow within a second.

    Raises UsageError for a binding that the spec does not have, RefusedError where nothing is installed.
    """
    _require_binding(program, binding)
    before = modes(program, bundle, session)
    if before[binding] is not mode:
        text = dialect.load(bundle.engine).part("lower").switch(program, binding, mode.value)
        install.change(session, type_out(bundle.engine, text))
    after = _read(program, bundle, session)
    if after[binding] is not mode:
        raise InstallError(f"{binding} was switched to {mode.value}, and the database says {after[binding].value}")
    return before, after


def not_live(program: Program, bundle: Bundle, session: Session, seen: Plan) -> Modes:
    """Return the bindings that are not live; none where the table is not what the spec says: the plan tells of that."""
    if not any(change.key.kind == KIND and change.verdict is Verdict.UNCHANGED for change in seen.changes):
        return {}
    found = _read(program, bundle, session)
    return {name: mode for name, mode in found.items() if mode is not Mode.LIVE}


def _require_binding(program: Program, binding: str) -> None:
    """Raise UsageError unless the spec has a binding."""
    names = [each.name for each in program.bindings]
    if binding not in names:
        raise UsageError(f'the spec has no binding "{binding}": {nearest(binding, names)}')


def _require_table(seen: Plan) -> None:
    """Raise RefusedError unless the table is there, and this install's."""
    ours = (Verdict.UNCHANGED, Verdict.CHANGE, Verdict.DRIFT)
    if any(change.key.kind == KIND and change.verdict in ours for change in seen.changes):
        return
    raise RefusedError("\n".join(seen.problems) or "there is nothing to switch here: install the spec first")


def _read(program: Program, bundle: Bundle, session: Session) -> Modes:
    """Return every binding's mode; what is in the table and no mode counts as off, as it does for the cores."""
    text = dialect.load(bundle.engine).part("lower").modes(program)
    _, rows = session.rows(type_out(bundle.engine, text))
    told = {str(binding): _mode(str(mode)) for binding, mode in rows}
    return {each.name: told.get(each.name, Mode.LIVE) for each in program.bindings}


def _mode(text: str) -> Mode:
    return Mode.DRY_RUN if text == Mode.DRY_RUN.value else Mode.OFF
