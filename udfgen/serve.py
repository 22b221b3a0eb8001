"""The local Lambda endpoint of a spec: its functions, their handlers, their examples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from udfgen.ir import Binding, Function, Invoke, Program, Wire

if TYPE_CHECKING:
    from udfgen.local import Fault, LocalExample, LocalFunction, LocalLambda

ACCOUNT = "123456789012"
"""The account of the local endpoint when the spec names none: AWS's own example number."""

LONGEST = 900.0
"""Seconds that a Lambda function may run: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

GRACE = 1.0
"""Seconds that a function may run on after its caller has given up, so that the caller is the one who times out."""


def local_lambda(
    program: Program, handlers: Path, *, port: int = 0, faults: tuple[Fault, ...] = (), log: Callable[[str], None]
) -> LocalLambda:
    """Return the endpoint, not yet started; a function without a handler answers from the spec's examples."""
    from udfgen.local import LocalLambda

    return LocalLambda(
        local_functions(program, handlers),
        region=program.aws.region,
        account=program.aws.account or ACCOUNT,
        port=port,
        faults=faults,
        log=log,
    )


def load_faults(path: Path | None) -> tuple[Fault, ...]:
    """Return the rules of a faults file, none without one; UsageError with line and column for a bad file."""
    from udfgen.local import load_faults

    return load_faults(path) if path is not None else ()


def local_functions(program: Program, handlers: Path) -> tuple[LocalFunction, ...]:
    """Return every Lambda function that the bindings reach, each once."""
    from udfgen.local import LocalFunction, discover, function_name

    reached: dict[str, list[Binding]] = {}
    for binding in program.bindings:
        reached.setdefault(function_name(binding.target), []).append(binding)
    found = discover(handlers, reached)
    return tuple(
        LocalFunction(
            name=name,
            handler=found[name],
            timeout=max(_seconds(binding, found[name]) for binding in bindings),
            examples=tuple(_examples(each for each in _over(program, bindings) if each.batch is None)),
            batches=_batches(_over(program, bindings)),
        )
        for name, bindings in reached.items()
    )


def _seconds(binding: Binding, handler: Path | None) -> float:
    if binding.invoke is Invoke.ASYNC and handler is not None:
        return LONGEST
    return binding.timeout_ms / 1000 + GRACE


def _over(program: Program, bindings: list[Binding]) -> Iterator[Function]:
    """Yield the functions that call one of the bindings."""
    names = {binding.name for binding in bindings}
    return (function for function in program.functions if function.binding.name in names)


def _examples(functions: Iterable[Function]) -> Iterator[LocalExample]:
    """Yield the examples that say what comes back for a payload."""
    told = (each for function in functions for each in function.examples)
    useful = (each for each in told if each.has_payload and (each.has_response or each.error))
    return ((each.payload, each.response, each.error) for each in useful)


def _batches(functions: Iterable[Function]) -> dict[str, tuple[LocalExample, ...]]:
    """Return the examples of rows by the name that a request has for their function."""
    from udfgen.local import UNNAMED

    found: dict[str, tuple[LocalExample, ...]] = {}
    for function in functions:
        if function.batch is not None:
            name = function.batch.function if function.batch.wire is Wire.REDSHIFT else UNNAMED
            found[name] = (*found.get(name, ()), *_examples([function]))
    return found
