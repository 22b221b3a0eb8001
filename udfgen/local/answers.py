"""Replies from the spec's examples, for functions that have no handler."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from udfgen.ir import Value, json_text
from udfgen.local.functions import (
    UNNAMED,
    Call,
    LocalExample,
    LocalFunction,
    Outcome,
    function_error,
    module_name,
    timed_out,
)
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

    Examples are compared by value: `42.0` equals `42`, and the order of an object's members does not count. A batch is
    answered row by row.
    """
    received = parse(call.payload)
    found = _find(function.examples, received)
    return _play(found, function, call) if found else _answer_rows(received, function, call)


def _find(examples: Iterable[LocalExample], received: Any) -> LocalExample | None:
    return next((example for example in examples if same(example[0], received)), None)


def _answer_rows(received: Any, function: LocalFunction, call: Call) -> Outcome:
    """Return one result for each row of a batch, as the rows' examples say; the first that says more fails them all."""
    named = str(received.get("external_function")) if isinstance(received, dict) else UNNAMED
    rows = received.get("arguments") if isinstance(received, dict) else received
    examples = function.batches.get(named, ())
    found = [_find(examples, row) for row in rows] if isinstance(rows, list) else []
    told = [each for each in found if each is not None]
    if not told or len(told) < len(found):
        return function_error("NoExample", _missing(function), call.request_id)
    failing = next((each for each in told if not _has_result(each)), None)
    if failing is not None:
        return _play(failing, function, call)
    results = tuple(response for _, response, _ in told)
    return Outcome(json_text(results if named == UNNAMED else _redshift(results)).encode())


def _has_result(example: LocalExample) -> bool:
    """Return whether what an example says can stand among the results of other rows."""
    _, response, error = example
    return error in (None, "bad_response") or (isinstance(response, Mapping) and "errorMessage" in response)


def _redshift(results: tuple[Value, ...]) -> Value:
    """Return results as Amazon Redshift wants them: https://docs.aws.amazon.com/redshift/latest/dg/udf-creating-a-lambda-sql-udf.html"""
    return {"success": True, "num_records": len(results), "results": results}


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
    known = len(function.examples) + sum(map(len, function.batches.values()))
    count = f"{known} examples" if known else "no example"
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
