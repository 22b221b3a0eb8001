"""Rules that make the endpoint fail on purpose, and the ways to spoil a reply on its way.

A faults file is a YAML list of rules:

    - {function: score-customer, kind: throttle, times: 2, retry_after: 1}
    - {function: "*", kind: cut_body, after: 10, times: 1, bytes: 5}

The first rule that applies to a call is played; a rule applies to the calls of its function, after `after` of them,
`times` times or, without `times`, always.
"""

from __future__ import annotations

import difflib
import re
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from udfgen.errors import UsageError
from udfgen.local.functions import Outcome, function_error
from udfgen.local.wire import Refused, Reply, deliver, render_head, reset_on_close

EVERY = "*"

KINDS: Mapping[str, frozenset[str]] = {
    "status": frozenset({"status", "type", "message", "retry_after"}),
    "throttle": frozenset({"type", "message", "retry_after"}),
    "function_error": frozenset({"type", "message"}),
    "delay": frozenset({"seconds"}),
    "reset_before": frozenset(),
    "reset_after": frozenset(),
    "cut_body": frozenset({"bytes"}),
    "garbage": frozenset({"message"}),
    "chunked": frozenset({"bytes"}),
    "slow_body": frozenset({"seconds", "bytes"}),
    "continue_100": frozenset(),
    "close": frozenset(),
    "hangup": frozenset(),
}
"""Every kind of fault, and the fields that it reads.

status, throttle: the API's own error, the function is not run. function_error: likewise, as its error.
delay: the call waits, then runs. reset_before, reset_after: the connection is reset before, or after, the function ran.
cut_body: the connection ends after `bytes` of the body. garbage: a 200 whose body is not JSON.
chunked: the body goes in chunks of `bytes`. slow_body: it goes in pieces of `bytes` over `seconds`.
continue_100: a 100 goes first. close: the body has no length and ends with the connection.
hangup: a whole reply that promises to keep the connection, which is then closed.
"""

_TYPES = {
    400: "InvalidParameterValueException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "SnapStartTimeoutException",
    409: "ResourceConflictException",
    413: "RequestTooLargeException",
    415: "UnsupportedMediaTypeException",
    429: "TooManyRequestsException",
    500: "ServiceException",
    502: "EC2ThrottledException",
    503: "ServiceUnavailableException",
    504: "GatewayTimeoutException",
}
"""The error type that goes with a status unless a rule names one."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule; `function` is a Lambda function's name or `*`, `seconds` a time, `bytes` a length, None the default."""

    kind: str
    function: str = EVERY
    times: int | None = None
    after: int = 0
    status: int | None = None
    type: str | None = None
    message: str | None = None
    retry_after: int | None = None
    seconds: float | None = None
    bytes: int | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for a kind that is none."""
        if self.kind not in KINDS:
            raise ValueError(_no_kind(self.kind))


@dataclass
class _Rule:
    """A fault, the calls that it has seen and those that it spoilt."""

    fault: Fault
    seen: int = 0
    played: int = 0

    @property
    def due(self) -> bool:
        """Tell whether the call that was just seen is to be spoilt."""
        return self.seen > self.fault.after and (self.fault.times is None or self.played < self.fault.times)


class Injector:
    """Chooses the fault of each call; calls are counted per rule."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self._rules = [_Rule(fault) for fault in faults]
        self._lock = threading.Lock()

    def pick(self, function: str) -> Fault | None:
        """Return the fault that a call of `function` meets now, or None."""
        with self._lock:
            concerned = [rule for rule in self._rules if rule.fault.function in (EVERY, function)]
            for rule in concerned:
                rule.seen += 1
            chosen = next((rule for rule in concerned if rule.due), None)
            if chosen is None:
                return None
            chosen.played += 1
            return chosen.fault


def before(fault: Fault, request_id: str) -> Outcome | None:
    """Play what happens in place of a run: raise Refused or return an outcome; None means that the function runs."""
    if fault.kind == "status":
        raise _status(fault, fault.status or 500)
    if fault.kind == "throttle":
        raise _status(fault, 429)
    if fault.kind == "delay":
        time.sleep(_or(fault.seconds, 1.0))
    if fault.kind == "function_error":
        return function_error(fault.type or "Fault", fault.message or "a fault asked for this error", request_id)
    if fault.kind == "garbage":
        return Outcome((fault.message or "<html>this is not JSON</html>").encode())
    return Outcome(b"") if fault.kind == "reset_before" else None


def spoil(fault: Fault, reply: Reply) -> Reply:
    """Return the reply with the way that it travels under a fault; one that is never sent has status 0."""
    deliver_spoilt = _DELIVERIES.get(fault.kind)
    if deliver_spoilt is None:
        return reply
    status = 0 if deliver_spoilt is _reset else reply.status
    return replace(reply, status=status, delivery=partial(deliver_spoilt, fault))


def _status(fault: Fault, status: int) -> Refused:
    extra = {"Reason": "CallerRateLimitExceeded"} if status == 429 else {}
    type_ = fault.type or _TYPES.get(status, "ServiceException")
    return Refused(status, type_, fault.message or "A fault asked for this.", retry_after=fault.retry_after, **extra)


def _or(given: float | None, default: float) -> float:
    return default if given is None else given


def _reset(fault: Fault, connection: socket.socket, reply: Reply) -> bool:
    reset_on_close(connection)
    return False


def _cut(fault: Fault, connection: socket.socket, reply: Reply) -> bool:
    kept = len(reply.body) // 2 if fault.bytes is None else fault.bytes
    connection.sendall(render_head(reply, ("Content-Length", str(len(reply.body)))) + reply.body[:kept])
    return False


def _chunk(fault: Fault, connection: socket.socket, reply: Reply) -> bool:
    size = fault.bytes or 1024
    chunks = [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in _pieces(reply.body, size)]
    connection.sendall(render_head(reply, ("Transfer-Encoding", "chunked")) + b"".join(chunks) + b"0\r\n\r\n")
    return True


def _drip(fault: Fault, connection: socket.socket, reply: Reply) -> bool:
    pieces = _pieces(reply.body, fault.bytes or max(1, len(reply.body) // 10))
    pause = _or(fault.seconds, 1.0) / max(1, len(pieces))
    connection.sendall(render_head(reply, ("Content-Length", str(len(reply.body)))))
    for piece in pieces:
        time.sleep(pause)
        connection.sendall(piece)
    return True


def _continue(fault: Fault, connection: socket.socket, reply: Reply) -> bool:
    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    return deliver(connection, reply)


def _close(fault: Fault, connection: socket.socket, reply: Reply) -> bool:
    connection.sendall(render_head(reply, ("Connection", "close")) + reply.body)
    return False


def _hang_up(fault: Fault, connection: socket.socket, reply: Reply) -> bool:
    deliver(connection, reply)
    return False


_DELIVERIES: Mapping[str, Callable[[Fault, socket.socket, Reply], bool]] = {
    "reset_before": _reset,
    "reset_after": _reset,
    "cut_body": _cut,
    "chunked": _chunk,
    "slow_body": _drip,
    "continue_100": _continue,
    "close": _close,
    "hangup": _hang_up,
}


def _pieces(body: bytes, size: int) -> list[bytes]:
    return [body[start : start + size] for start in range(0, len(body), size)]


def load(path: Path) -> tuple[Fault, ...]:
    """Read a faults file; raise UsageError with file:line:column of everything that is wrong in it."""
    import yaml

    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the faults file {path} cannot be read: {_why(error)}") from error
    except yaml.MarkedYAMLError as error:
        raise UsageError(_syntax(path, error)) from error
    return _Reader(path).read(root)


def _why(error: Exception) -> str:
    return (error.strerror or "unknown reason").lower() if isinstance(error, OSError) else "it is not UTF-8 text"


def _syntax(path: Path, error: Any) -> str:
    from udfgen.spec.document import in_words

    mark = error.problem_mark or error.context_mark
    what, advice = in_words(str(error.problem))
    return f"{path}:{mark.line + 1}:{mark.column + 1}: not YAML: {what}: {advice}"


class _Reader:
    """Turns YAML nodes into rules and collects what is wrong."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._problems: list[str] = []

    def read(self, root: Any) -> tuple[Fault, ...]:
        """Return the rules, or raise UsageError with every problem, one a line."""
        if root is not None and root.id != "sequence":
            self._blame(root, 'a faults file is a list of rules: begin each with "- kind: …"')
        rules = [self._rule(node) for node in root.value] if root is not None and root.id == "sequence" else []
        if self._problems:
            raise UsageError("\n".join(self._problems))
        return tuple(Fault(**rule) for rule in rules)

    def _rule(self, node: Any) -> dict[str, Any]:
        if node.id != "mapping":
            self._blame(node, "a rule is a mapping: write - {kind: throttle, times: 1}")
            return {}
        facts: dict[str, Any] = {}
        for key, value in node.value:
            self._field(facts, key, value)
        if "kind" not in facts:
            if not any(key.value == "kind" for key, _ in node.value):
                self._blame(node, f"a rule needs a kind: one of {', '.join(KINDS)}")
            return {}
        self._check_fit(node, facts["kind"])
        return facts

    def _field(self, facts: dict[str, Any], key: Any, node: Any) -> None:
        name = str(key.value)
        if name not in _FIELDS:
            self._blame(key, f'no field is called "{name}"{_nearest(name, _FIELDS)}: use {", ".join(_FIELDS)}')
        elif name in facts:
            self._blame(key, f'"{name}" is given twice: keep one')
        else:
            self._value(facts, name, node)

    def _value(self, facts: dict[str, Any], name: str, node: Any) -> None:
        form, advice, read = _FIELDS[name]
        if node.id != "scalar" or not form.fullmatch(node.value):
            self._blame(node, f'"{name}" must be {advice}')
        elif name == "kind" and node.value not in KINDS:
            self._blame(node, _no_kind(node.value))
        else:
            facts[name] = read(node.value)

    def _check_fit(self, node: Any, kind: str) -> None:
        fitting = KINDS[kind] | _COMMON
        for key, _ in node.value:
            if key.value in _FIELDS and key.value not in fitting:
                known = ", ".join(sorted(KINDS[kind])) or "no field of its own"
                self._blame(key, f'"{key.value}" says nothing to {kind}: it reads {known}')

    def _blame(self, node: Any, text: str) -> None:
        mark = node.start_mark
        self._problems.append(f"{self._path}:{mark.line + 1}:{mark.column + 1}: {text}")


_COMMON = frozenset({"function", "kind", "times", "after"})
_COUNT = (re.compile(r"\d{1,9}"), "a whole number, 0 or more", int)
_TEXT = (re.compile(r"(?s).+"), "a text", str)
_FIELDS: Mapping[str, tuple[re.Pattern[str], str, Callable[[str], Any]]] = {
    "function": (re.compile(r"\*|[A-Za-z0-9_.-]{1,64}"), 'the name of a Lambda function, or "*" for all', str),
    "kind": (re.compile(r"\w+"), "one of " + ", ".join(KINDS), str),
    "times": _COUNT,
    "after": _COUNT,
    "status": (re.compile(r"[3-5]\d\d"), "an HTTP status from 300 to 599", int),
    "type": (re.compile(r"[A-Za-z0-9.]+"), "the name of an error, such as ServiceException", str),
    "message": _TEXT,
    "retry_after": _COUNT,
    "seconds": (re.compile(r"\d{1,6}(\.\d+)?"), "a number of seconds, such as 0.5", float),
    "bytes": _COUNT,
}
"""How each field is written, what to say of one that is not, and how it is read."""


def _no_kind(kind: str) -> str:
    return f'no kind of fault is called "{kind}"{_nearest(kind, KINDS)}: use {", ".join(KINDS)}'


def _nearest(name: str, known: Mapping[str, Any]) -> str:
    found = difflib.get_close_matches(name, known, 1)
    return f' (did you mean "{found[0]}"?)' if found else ""
