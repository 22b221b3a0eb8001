"""The queue of asynchronous invocations: a run, and two more when the function fails.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from udfgen.local.functions import Call, LocalFunction, Outcome
from udfgen.local.wire import Log, Refused

RETRY_DELAYS = (0.2, 0.4)
"""Seconds before the second and the third run; Lambda waits 1 and 2 minutes."""
WORKERS = 4

Run = Callable[[LocalFunction, Call], Outcome]


class Events:
    """Runs queued calls in the background, a few at a time."""

    def __init__(self, run: Run, *, delays: Sequence[float] = RETRY_DELAYS, log: Log) -> None:
        self._run = run
        self._delays = tuple(delays)
        self._log = log
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="udfgen-event")
        self._changed = threading.Condition()
        self._waiting = 0
        self._stopping = threading.Event()

    def submit(self, function: LocalFunction, call: Call, first: Outcome | None = None) -> None:
        """Queue a call; `first`, when given, stands for what came of its first run."""
        with self._changed:
            self._waiting += 1
        self._workers.submit(self._work, function, call, first)

    def settle(self, seconds: float) -> bool:
        """Wait until nothing is queued or running; return False when that takes longer than `seconds`."""
        end = time.monotonic() + seconds
        with self._changed:
            while self._waiting:
                if not self._changed.wait(end - time.monotonic()) and time.monotonic() >= end:
                    return False
        return True

    def stop(self) -> None:
        """Drop what is queued, and wait for the runs under way: their children must be gone by then."""
        self._stopping.set()
        self._workers.shutdown(wait=True, cancel_futures=True)

    def _work(self, function: LocalFunction, call: Call, first: Outcome | None) -> None:
        try:
            outcome = first or self._attempt(function, call)
            for delay in self._delays:
                if not outcome.failed or self._stopping.wait(delay):
                    break
                outcome = self._attempt(function, call)
            if outcome.failed and not self._stopping.is_set():
                self._log(f"event {call.request_id} for {function.name} failed for good, and is dropped")
        finally:
            self._done()

    def _attempt(self, function: LocalFunction, call: Call) -> Outcome:
        try:
            return self._run(function, call)
        except Refused as refused:
            self._log(f"event {call.request_id} for {function.name} was refused: {refused.type}")
            return Outcome(b"null", failed=True)

    def _done(self) -> None:
        with self._changed:
            self._waiting -= 1
            self._changed.notify_all()
