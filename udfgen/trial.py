"""The spec's examples as tests: called through SQL, compared with what the spec says; never against real AWS."""

from __future__ import annotations

import base64
import ipaddress
import json
import re
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import takewhile
from typing import Any
from urllib.parse import urlsplit

from udfgen.bundle import Bundle
from udfgen.connect import Session
from udfgen.errors import CallError, UsageError
from udfgen.ir import Batch, Example, Function, Kind, Program, Table, Type, Value, Wire, json_text

Rows = Sequence[Mapping[str, "str | None"]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an example went: `told` says what was expected and what came, '' when all is well."""

    function: str
    example: str
    told: str

    @property
    def is_fine(self) -> bool:
        """Whether the call did what the spec says."""
        return not self.told


def run(program: Program, bundle: Bundle, session: Session) -> Iterator[Outcome]:
    """Yield the outcome of every example; UsageError unless the server's Lambda endpoint is on its loopback."""
    endpoint = session.endpoint(program, bundle)
    require_loopback(endpoint)
    for function in program.functions:
        for example in function.examples:
            yield Outcome(function.name, str(example.origin), _try(program, function, example, session, endpoint))


def require_loopback(endpoint: str) -> None:
    """Raise UsageError for an endpoint that is, or may be, AWS."""
    host = urlsplit(endpoint).hostname or ""
    if host != "localhost" and not _is_loopback(host):
        raise UsageError(
            f"examples run only against a loopback endpoint, and the server process would call {endpoint}: start "
            "`udfgen local`, and the server with the AWS_ENDPOINT_URL_LAMBDA that it prints"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _try(program: Program, function: Function, example: Example, session: Session, endpoint: str) -> str:
    """Return what went wrong, '' for nothing."""
    seen = _invocations(endpoint, 0)
    try:
        rows = session.call(program, function, neutral_arguments(function, example.arguments))
    except CallError as error:
        return _wrong_error(example, error)
    if example.error:
        return f"expected the error {example.error}, and the call succeeded"
    return _wrong_payload(function, example, endpoint, seen) or _wrong_result(function, example, rows)


def _wrong_error(example: Example, error: CallError) -> str:
    if example.error and example.error == error.code:
        return ""
    wanted = f"expected the error {example.error}" if example.error else "expected a result"
    return f"{wanted}, got: {error}"


def _wrong_payload(function: Function, example: Example, endpoint: str, seen: list[dict[str, Any]] | None) -> str:
    """Compare what arrived at the endpoint, where the endpoint can be asked from here; of a batch, its one row."""
    if seen is None or not example.has_payload:
        return ""
    arrived = _invocations(endpoint, seen[-1]["number"] if seen else 0)
    if not arrived:
        return "no call arrived at the endpoint"
    payload = arrived[0]["payload"]
    if _sent(function.batch, _exact(payload)) == _exact(json_text(example.payload)):
        return ""
    return f"expected the payload {json_text(example.payload)}, {payload} arrived"


def _sent(batch: Batch | None, payload: Any) -> Any:
    """Return what an example is about: the payload, or of a batch the row that is alone in it, None where none is."""
    if batch is None:
        return payload
    if batch.wire is Wire.REDSHIFT:
        payload = payload.get("arguments") if isinstance(payload, dict) else None
    return payload[0] if isinstance(payload, list) and len(payload) == 1 else None


def _invocations(endpoint: str, after: int) -> list[dict[str, Any]] | None:
    """Return what the local endpoint has seen since, or None where it cannot be reached from this machine."""
    url = f"{endpoint.rstrip('/')}/_udfgen/invocations?after={after}"
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:  # noqa: S310 - a loopback address, checked
            facts = json.load(reply)
    except (OSError, ValueError):
        return None
    found: list[dict[str, Any]] = facts["invocations"] if isinstance(facts, dict) else facts
    return found


def _wrong_result(function: Function, example: Example, rows: Rows) -> str:
    if not example.has_result or function.returns is None:
        return ""
    if isinstance(function.returns, Table):
        return _wrong_rows(function.returns, example.result, rows)
    text = rows[0]["result"] if rows else None
    if is_same(function.returns.type, example.result, text):
        return ""
    return f"expected {json_text(example.result)}, got {text}"


def _wrong_rows(table: Table, expected: Value, rows: Rows) -> str:
    wanted = expected if isinstance(expected, tuple) else ()
    if len(wanted) != len(rows):
        return f"expected {len(wanted)} rows, got {len(rows)}"
    for number, (want, row) in enumerate(zip(wanted, rows, strict=True), 1):
        for column in table.columns:
            value = want.get(column.name) if isinstance(want, Mapping) else None
            if not is_same(column.result.type, value, row[column.name]):
                return f"row {number}, {column.name}: expected {json_text(value)}, got {row[column.name]}"
    return ""


def is_same(type_: Type, expected: Value, text: str | None) -> bool:
    """Tell whether a neutral text is the value that the spec gives, by value and not by spelling."""
    wanted = neutral(type_, expected)
    if wanted is None or text is None:
        return wanted is None and text is None
    compare = _COMPARE.get(type_.kind, str)
    return bool(compare(wanted) == compare(text))


def neutral(type_: Type, value: Value) -> str | None:
    """Return a value of the spec as the neutral text of its type; see native/contract/README.md."""
    if value is None:
        return None
    if type_.kind is Kind.JSON:
        return json_text(value)
    if type_.kind is Kind.BYTES:
        return base64.b64decode(str(value), validate=True).hex()
    return value if isinstance(value, str) else json_text(value)


def floating(text: str) -> str:
    """Return a floating point number as a core sends it: ECMAScript's digits, plain from 1e-6 to below 1e21."""
    number = Decimal(repr(float(text))).normalize()
    power = number.adjusted()
    if -7 < power < 21 or not number:
        return format(number + 0, "f")
    return f"{number.scaleb(-power)}e{power:+d}"


def request(program: Program, name: str, given: Sequence[str]) -> tuple[Function, dict[str, str | None]]:
    """Return a function and its arguments from `name=value` texts; bytes are given in base64, `json` as JSON.

    Raises UsageError for a function or parameter that is not in the spec, is given twice, or is missing.
    """
    found = find(program, name)
    types = {each.name: each.type for each in found.parameters}
    arguments: dict[str, str | None] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if key not in types or key in arguments or not equals:
            # What is no name may be a value, and those stay out of messages.
            what = f'"{key}"' if equals and re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", key) else "a word"
            raise UsageError(f"{what} of {name}: give each of {', '.join(types) or 'none'} at most once, as name=value")
        arguments[key] = _decoded(value) if types[key].kind is Kind.BYTES else value
    missing = [each.name for each in found.parameters if each.default is None and each.name not in arguments]
    if missing:
        raise UsageError(f"{name} needs {', '.join(missing)}: give each as name=value")
    return found, arguments


def find(program: Program, name: str) -> Function:
    """Return a function by its name, or raise UsageError with those that there are."""
    found = {each.name: each for each in program.functions}
    if name not in found:
        raise UsageError(f'the spec has no function "{name}": it has {", ".join(found) or "none"}')
    return found[name]


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).hex()
    except ValueError:
        raise UsageError("a bytes argument is not base64") from None


def columns(function: Function) -> tuple[str, ...]:
    """Return the names under which a call's values come back."""
    returns = function.returns
    return tuple(each.name for each in returns.columns) if isinstance(returns, Table) else ("result",)


def neutral_arguments(function: Function, arguments: Mapping[str, Value]) -> dict[str, str | None]:
    """Return the arguments that are given, as neutral texts."""
    return {
        each.name: neutral(each.type, arguments[each.name]) for each in function.parameters if each.name in arguments
    }


def _exact(text: str) -> Any:
    """Return JSON by value; a number is no truth value, though Python finds 1 and true equal."""
    return json.loads(text, parse_float=_number, parse_int=_number)


def _number(text: str) -> tuple[str, Decimal]:
    return "number", Decimal(text)


def _instant(text: str) -> object:
    """Return a moment by value, with its exact fraction; a text that Python's calendar cannot hold stays one."""
    clock, _, rest = text.replace("Z", "+00:00").partition(".")
    digits = "".join(takewhile(str.isdigit, rest))
    try:
        return datetime.fromisoformat(clock + rest[len(digits) :]), digits.rstrip("0")
    except ValueError:
        return text


def _clock(text: str) -> tuple[str, str]:
    """Return a time of day by value: hours to seconds, and the fraction without its last zeros."""
    clock, _, digits = text.partition(".")
    return clock, digits.rstrip("0")


_COMPARE: dict[Kind, Callable[[str], Any]] = {
    Kind.SMALLINT: Decimal,
    Kind.INTEGER: Decimal,
    Kind.BIGINT: Decimal,
    Kind.DECIMAL: Decimal,
    Kind.REAL: float,
    Kind.DOUBLE: float,
    Kind.TIME: _clock,
    Kind.TIMESTAMP: _instant,
    Kind.TIMESTAMPTZ: _instant,
    Kind.UUID: str.lower,
    Kind.JSON: _exact,
}
