"""A storm: several sessions make random calls of an endpoint that fails in all its ways; every call is accounted for.

`python -m tests.live.mysql.storm --seconds 60` runs one on a private MariaDB and prints what came of it.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pymysql

from tests.faults.ledger import Ledger
from tests.live.mysql.callers import Connection, number
from tests.live.mysql.databases import connection, put, run, sql
from tests.scripted import REQUEST_ID
from udfgen import dialect
from udfgen.connect import parse
from udfgen.local.faults import Fault, before, spoil
from udfgen.local.wire import Reply, Request

SPEC = Path(__file__).with_name("storm.yaml").read_text(encoding="utf-8")
SESSIONS = 8
WARM_UP = 0.3
"""The part of the time after which memory is measured first."""

ALLOWED_GROWTH = 10_000
"""Kilobytes that the server may grow by after the warm-up."""

STATEMENTS = {
    "ask_once": "select storm.ask_once({n})",
    "ask_hastily": "select storm.ask_hastily({n})",
    "ask_again": "select storm.ask_again({n})",
    "list_once": "call storm.list_once({n})",
    "note_once": "call storm.note_once({n})",
}
RETRIED = "ask_again"

FAULTS = (
    Fault("reset_before"),
    Fault("reset_after"),
    Fault("cut_body", bytes=3),
    Fault("throttle"),
    Fault("throttle", retry_after=0),
    Fault("status", status=500),
    Fault("status", status=503),
    Fault("status", status=404),
    Fault("delay", seconds=0.03),
    Fault("delay", seconds=0.1),
    Fault("slow_body", seconds=0.05),
    Fault("function_error", type="Stormy", message="by the storm"),
    Fault("garbage"),
    Fault("chunked", bytes=2),
    Fault("continue_100"),
    Fault("close"),
    Fault("hangup"),
)
FAULTY = 0.4
"""The part of the calls that meet a fault."""


class StormyLambda(Ledger):
    """A ledger that fails at random."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._random = random.Random(seed)

    def answer(self, request: Request, called: int) -> Reply:
        """Answer as usual, or as some fault has it."""
        with self.lock:
            fault = self._random.choice(FAULTS) if self._random.random() < FAULTY else None
        if fault is None:
            return self.run(request, called)
        outcome = before(fault, REQUEST_ID)
        reply = self.run(request, called)
        if outcome is not None and reply.status == 200:
            failed = (("X-Amz-Function-Error", "Unhandled"),) if outcome.failed else ()
            reply = Reply(200, outcome.body, reply.headers + failed)
        return spoil(fault, reply)


@dataclass
class Account:
    """What came of a storm. Memory is in kilobytes; `lost` are calls that ended in neither a result nor a code."""

    results: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    duplicates: list[int] = field(default_factory=list)
    retried: int = 0
    memory_before: int = 0
    memory_after: int = 0
    seconds: float = 0.0
    uptime: int = 0

    @property
    def calls(self) -> int:
        """Return how many calls were made."""
        return self.results + sum(self.errors.values()) + len(self.wrong) + len(self.lost)

    @property
    def is_clean(self) -> bool:
        """Tell whether the server kept all that is promised."""
        grown = self.memory_after - self.memory_before
        return not (self.wrong or self.lost or self.duplicates) and grown <= ALLOWED_GROWTH

    def lines(self) -> Iterator[str]:
        """Yield the account for people."""
        yield f"calls: {self.calls:,} in {self.seconds:.0f} s, results: {self.results:,}"
        yield "errors: " + ", ".join(f"{code} {count:,}" for code, count in sorted(self.errors.items()))
        yield f"sent more than once: {len(self.duplicates)} of what is not idempotent, {self.retried:,} of what is"
        yield f"wrong results: {len(self.wrong)}, without a result or a code: {len(self.lost)} {self.lost[:3]}"
        grown = self.memory_after - self.memory_before
        yield f"server: up for {self.uptime} s, memory {self.memory_before:,} kB, {grown:+,} kB since the warm-up"


class Storm:
    """Sessions that call at random until the time is over."""

    def __init__(self, dsn: str, endpoint: StormyLambda, seed: int) -> None:
        self._dsn, self._endpoint, self._seed = dsn, endpoint, seed
        self._account = Account()
        self._names: dict[int, str] = {}
        self._lock = threading.Lock()
        self._until = 0.0

    def rage(self, seconds: float) -> Account:
        """Call for some seconds, from all sessions at once; return the account."""
        began = time.monotonic()
        self._until = began + seconds
        sessions = [threading.Thread(target=self._session, args=(each,)) for each in range(SESSIONS)]
        for thread in sessions:
            thread.start()
        time.sleep(seconds * WARM_UP)
        self._account.memory_before = memory(self._dsn)
        for thread in sessions:
            thread.join()
        self._account.seconds = time.monotonic() - began
        self._account.memory_after = memory(self._dsn)
        self._account.uptime = int(sql(self._dsn, "show global status like 'uptime'")[0][1])
        self._count_arrivals()
        return self._account

    def _session(self, index: int) -> None:
        """Call at random; now and then on a new connection."""
        chance = random.Random(f"{self._seed} {index}")
        while time.monotonic() < self._until:
            with connection(self._dsn, "app") as opened:
                for _ in range(chance.randrange(1, 200)):
                    if time.monotonic() < self._until:
                        self._call(opened, chance.choice(sorted(STATEMENTS)))

    def _call(self, opened: Connection, name: str) -> None:
        with self._lock:
            called = len(self._names) + 1
            self._names[called] = name
        try:
            rows = run(opened, STATEMENTS[name].format(n=called))
        except pymysql.Error as error:
            self._note_error(error)
        else:
            self._note_rows(rows, [] if name == "note_once" else [(called,)])

    def _note_rows(self, rows: list[tuple[object, ...]], expected: list[tuple[object, ...]]) -> None:
        with self._lock:
            if rows == expected:
                self._account.results += 1
            else:
                self._account.wrong.append(f"{rows} in place of {expected}")

    def _note_error(self, error: pymysql.Error) -> None:
        told = re.match(r"\[udfgen (\w+)\]: ", str(error.args[-1]))
        with self._lock:
            if told and 51001 <= number(error) <= 51009:
                self._account.errors[told[1]] += 1
            else:
                self._account.lost.append(str(error))

    def _count_arrivals(self) -> None:
        again = {called for called, count in self._endpoint.requests.items() if count > 1}
        self._account.duplicates = sorted(called for called in again if self._names[called] != RETRIED)
        self._account.retried = len(again) - len(self._account.duplicates)


def memory(dsn: str) -> int:
    """Return the resident kilobytes of a server on this machine."""
    pid = Path(str(parse(dsn).options["socket"])).with_name("pid").read_text(encoding="utf-8").strip()
    status = (Path("/proc") / pid / "status").read_text(encoding="utf-8")
    return int(re.findall(r"VmRSS:\s*(\d+) kB", status)[0])


@contextmanager
def stormy_server(seed: int, root: Path) -> Iterator[Storm]:
    """Start an endpoint and a server that calls it, with the storm's functions installed."""
    with (
        StormyLambda(seed) as endpoint,
        dialect.load("mysql").part("server").running(endpoint.environment(), root) as dsn,
    ):
        sql(dsn, "create user app")
        put(dsn, SPEC)
        yield Storm(dsn, endpoint, seed)


def main() -> int:
    """Run a storm and print its account; 1 when something was not as it is promised."""
    parser = argparse.ArgumentParser(description="Random calls under faults, on a private server.")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--root", default="/", help="files of another Debian release that have a server")
    options = parser.parse_args()
    with stormy_server(options.seed, Path(options.root).resolve()) as storm:
        account = storm.rage(options.seconds)
    print(*account.lines(), sep="\n")
    return int(not account.is_clean)


if __name__ == "__main__":
    sys.exit(main())
