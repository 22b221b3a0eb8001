"""Replies from the spec's examples, for functions that have no handler."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from udfgen.ir import json_text
from udfgen.local.functions import Call, LocalExample, LocalFunction, Outcome, function_error, module_name, timed_out
from udfgen.local.wire import Refused

_REFUSALS = {
    "throttled": (429, "TooManyRequestsException", "Rate Exceeded."),
    "not_authorized": (403, "AccessDeniedException", "The example says that the caller may not invoke this function."),
    "not_found": (404, "ResourceNotFoundException", "The example says that this function does not exist."),
    "too_large": (413, "RequestTooLargeException", "The example says that this request is too large."),
    "bad_argument": (400, "InvalidParameterValueException", "The example says that this request is wrong."),
    "unavailable": (503, "ServiceUnavailableException", "The example says that the service is not available."),
}
"""The answers of the API itself that make a core fail with a code."""


def answer(function: LocalFunction, call: Call) -> Outcome:
    """Return what the example with this payload says; raise Refused where it says that the API refuses.

    Examples are compared by value: `42.0` equals `42`, and the order of an object's members does not count.
    """
    received = parse(call.payload)
    found = next((example for example in function.examples if same(example[0], received)), None)
    if found is None:
        return function_error("NoExample", _missing(function), call.request_id)
    return _play(found, function, call)


def parse(text: bytes, number: Callable[[str], Any] | None = None) -> Any:
    """Return JSON as values, its numbers exact unless `number` reads them; raise ValueError for what is not JSON."""
    read = number or _number
    try:
        return json.loads(text.decode("utf-8"), parse_int=read, parse_float=read, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def same(expected: Any, received: Any) -> bool:
    """Tell whether two JSON documents are equal by value; true is not 1."""
    if isinstance(expected, bool) or isinstance(received, bool):
        return expected is received
    if isinstance(expected, Mapping) and isinstance(received, Mapping):
        return expected.keys() == received.keys() and all(same(each, received[key]) for key, each in expected.items())
    if isinstance(expected, (tuple, list)) and isinstance(received, (tuple, list)):
        return len(expected) == len(received) and all(map(same, expected, received))
    return bool(expected == received)


def _play(example: LocalExample, function: LocalFunction, call: Call) -> Outcome:
    _, response, error = example
    if error in _REFUSALS:
        raise Refused(*_REFUSALS[error])
    if error == "timeout":
        # Longer than any caller that waits for the function's timeout.
        time.sleep(function.timeout + 0.5)
        return timed_out(call, function.timeout)
    if error in (None, "bad_response"):
        return Outcome(json_text(response).encode())
    if isinstance(response, Mapping) and "errorMessage" in response:
        return Outcome(json_text(response).encode(), failed=True)
    return function_error("ExampleError", "The example says that this call fails.", call.request_id)


def _missing(function: LocalFunction) -> str:
    count = f"{len(function.examples)} examples" if function.examples else "no example"
    return (
        f"{function.name} has no handler and {count} in the spec, none with this payload: add one, or write "
        f"handlers/{module_name(function.name)}.py with `def {function.entry}(event, context)`"
    )


def _number(digits: str) -> Decimal | str:
    try:
        return Decimal(digits)
    except ArithmeticError:
        return digits  # an exponent beyond any example's


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
