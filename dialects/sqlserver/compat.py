"""Drop-in names: those of the article of 2016, limited to the spec's bindings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from udfgen.ir import Compat, Invoke, Program, Reached

FAMILY = "awslambda"
"""The one family whose names mean something here."""

PARAMETERS = ("fn_name", "fn_args")


@dataclass(frozen=True, slots=True)
class DropIn:
    """A name: what it is in T-SQL, the core's method that runs it, what its table entry returns, what it may reach."""

    name: str
    form: str
    door: str
    returns: str
    reached: tuple[Reached, ...]
    compat: Compat


def drop_ins(program: Program) -> Iterator[DropIn]:
    """Yield the names that a spec asks for: one that waits reaches bindings that wait, the others those that queue."""
    for compat in program.compat:
        if compat.family == FAMILY:
            sync, queued = (_reached(compat, invoke) for invoke in (Invoke.SYNC, Invoke.ASYNC))
            yield DropIn("awslambda_fn", "function", "Chars", "scalar", sync, compat)
            yield DropIn("awslambda_fn_async", "function", "Empty", "void", queued, compat)
            yield DropIn("awslambda_proc", "procedure", "Run", "void", queued, compat)


def _reached(compat: Compat, invoke: Invoke) -> tuple[Reached, ...]:
    return tuple(each for each in compat.reached if each.binding.invoke is invoke)
