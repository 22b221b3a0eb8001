"""What the endpoint runs: functions, one call of one, and what came of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from udfgen.ir import Value

LATEST = "$LATEST"
DEFAULT_TIMEOUT = 3.0
"""Seconds that Lambda gives a function unless told: https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html"""

LocalExample: TypeAlias = "tuple[Value, Value, str | None]"
"""A payload, the response to it, and the udfgen error code that the call must fail with, or None."""

UNNAMED = ""
"""What stands for a function's name where a batch does not say it."""


@dataclass(frozen=True, slots=True)
class LocalFunction:
    """A Lambda function that the endpoint has: plain name, handler file or None, timeout in seconds.

    Without a handler it answers from `examples`, and batches row by row from `batches`: the examples of rows by what a
    request calls their function, UNNAMED where it is a plain array. Up to `concurrency` calls run at a time, each in
    its own child process; a child is started only while all others are busy, and further calls wait.
    """

    name: str
    handler: Path | None
    entry: str = "handler"
    timeout: float = DEFAULT_TIMEOUT
    examples: tuple[LocalExample, ...] = ()
    batches: Mapping[str, tuple[LocalExample, ...]] = field(default_factory=dict)
    concurrency: int = 4


@dataclass(frozen=True, slots=True)
class Call:
    """One invocation as a function sees it; `client_context` is JSON text."""

    function: str
    version: str
    arn: str
    payload: bytes
    request_id: str
    client_context: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call: the JSON text, whether it is an error, what the function printed, how long it took.

    `failed` makes the reply carry X-Amz-Function-Error. `seconds` is the run, `memory` the peak in MB where
    it is known.
    """

    body: bytes
    failed: bool = False
    log: bytes = b""
    seconds: float = 0.0
    memory: int | None = None
    timed_out: bool = False


def function_error(type_: str, message: str, request_id: str) -> Outcome:
    """Return a function error in the shape of AWS's own Python runtime client."""
    facts = {"errorMessage": message, "errorType": type_, "requestId": request_id, "stackTrace": []}
    return Outcome(json.dumps(facts).encode(), failed=True)


def timed_out(call: Call, seconds: float) -> Outcome:
    """Return the function error of a run that took longer than it may."""
    text = f"RequestId: {call.request_id} Error: Task timed out after {seconds:.2f} seconds"
    return replace(function_error("Sandbox.Timedout", text, call.request_id), seconds=seconds, timed_out=True)


def module_name(function: str) -> str:
    """Return the name of the Python module that a Lambda function's handler stands in: `score_customer`."""
    return re.sub(r"[^A-Za-z0-9_]", "_", function)


def discover(folder: Path, functions: Iterable[str]) -> Mapping[str, Path | None]:
    """Map each Lambda function's name to its handler file below `folder`, or None where there is none.

    Looked for in this order, for `score-customer`: score-customer.py, score_customer.py, score-customer/handler.py,
    score_customer/handler.py.
    """
    return {name: _find(folder, name) for name in functions}


def _find(folder: Path, name: str) -> Path | None:
    # A dot would make Python look for a package: such a name is only found with underscores.
    stems = [stem for stem in dict.fromkeys((name, module_name(name))) if "." not in stem]
    candidates = [folder / f"{stem}.py" for stem in stems] + [folder / stem / "handler.py" for stem in stems]
    return next((path for path in candidates if path.is_file()), None)
