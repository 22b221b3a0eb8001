"""What the tests of batches share: a spec of batch functions, and a handler that scores rows and watches itself."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

from tests.scripted import Script, ScriptedLambda

SPEC = """
udfgen: 1
name: sets
aws: {region: eu-west-1, credentials: {source: environment}}
bindings:
  score: {function: score, qualifier: live, timeout: 20s}
  queue: {function: queue, qualifier: live, invoke: async}
functions:
  doubled:
    binding: score
    parameters: {n: bigint}
    returns: bigint
    batch: {max_rows: 100, concurrency: 8}
    grant: [app]
  slow: {binding: score, parameters: {n: bigint}, returns: bigint, batch: {max_rows: 1}, grant: [app]}
  steady:
    binding: score
    parameters: {n: bigint}
    returns: bigint
    volatility: stable
    batch: {max_rows: 3}
    grant: [app]
  named:
    binding: score
    description: A name for a number.
    parameters: {n: bigint, name: varchar(20), extra: json}
    returns: text
    batch: {max_rows: 3}
    grant: [app]
  noted: {binding: queue, parameters: {n: integer, name: text}, returns: void, batch: {max_rows: 3}, grant: [app]}
engines:
  postgresql: {}
"""


class Handler:
    """A handler in Redshift's form: twice a number, and of several arguments a text of them.

    `peak` is how many of its calls were under way at a time, each of which takes `seconds`.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        self.peak = 0
        self._seconds = seconds
        self._running = 0
        self._lock = threading.Lock()

    def __call__(self, body: bytes) -> bytes:
        with self._lock:
            self._running += 1
            self.peak = max(self.peak, self._running)
        time.sleep(self._seconds)
        with self._lock:
            self._running -= 1
        return json.dumps(
            {"success": True, "results": [_result(row) for row in json.loads(body)["arguments"]]}
        ).encode()


def _result(row: list[Any]) -> Any:
    if len(row) > 1:
        return json.dumps(row)
    return None if row[0] is None else 2 * row[0]


def handle(scripted: ScriptedLambda, seconds: float = 0.0) -> Handler:
    """Let a new handler answer, and forget what was sent before."""
    handler = Handler(seconds)
    scripted.play(Script(answer=handler))
    return handler


def sent(scripted: ScriptedLambda) -> list[list[list[Any]]]:
    """Return the rows of each request."""
    return [json.loads(request.body)["arguments"] for request in scripted.requests]
