"""What was asked of the endpoint, in order, so that a test or a person can look at it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

COUNT_CAP = 10_000
BYTES_CAP = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Invocation:
    """One POST to the Invoke API, refused ones included; numbers count from 1.

    `function` is the plain name where it could be resolved, else as the path had it. `client_context` is as it was
    sent, in base64. `status` is None while no answer was sent, and stays None after a reset.
    """

    number: int
    function: str
    qualifier: str | None
    invocation_type: str
    payload: bytes
    client_context: str | None
    log_type: str | None
    request_id: str
    status: int | None = None

    def describe(self) -> dict[str, Any]:
        """Return it as JSON values; a payload that is not UTF-8 has replacement characters."""
        return {
            "number": self.number,
            "function": self.function,
            "qualifier": self.qualifier,
            "invocation_type": self.invocation_type,
            "payload": self.payload.decode("utf-8", "replace"),
            "client_context": self.client_context,
            "log_type": self.log_type,
            "request_id": self.request_id,
            "status": self.status,
        }


class Journal:
    """Invocations in the order of their arrival; the oldest go when there are 10,000, or 64 MiB of payload."""

    def __init__(self) -> None:
        self._entries: OrderedDict[int, Invocation] = OrderedDict()
        self._lock = threading.Lock()
        self._last = 0
        self._bytes = 0

    def open(self, **facts: Any) -> Invocation:
        """Record an arrival, and return it with its number."""
        with self._lock:
            self._last += 1
            entry = Invocation(number=self._last, **facts)
            self._entries[entry.number] = entry
            self._bytes += len(entry.payload)
            self._trim()
            return entry

    def update(self, number: int, **facts: Any) -> None:
        """Record what became known of an invocation later: its function's plain name, its status."""
        with self._lock:
            if number in self._entries:
                self._entries[number] = replace(self._entries[number], **facts)

    def after(self, number: int = 0) -> tuple[Invocation, ...]:
        """Return the invocations with a higher number, in order."""
        with self._lock:
            return tuple(entry for entry in self._entries.values() if entry.number > number)

    def _trim(self) -> None:
        while len(self._entries) > COUNT_CAP or (self._bytes > BYTES_CAP and len(self._entries) > 1):
            _, oldest = self._entries.popitem(last=False)
            self._bytes -= len(oldest.payload)
