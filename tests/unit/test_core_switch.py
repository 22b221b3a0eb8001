"""When PostgreSQL's core looks at the switches, what it makes of them, and one deadline over many pages."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.core_support import Host, Server, answers, entry, fails, http, make_core, set_keys


class Switches(Host):
    """A database that counts the looks at its switches, and may not let them be read."""

    def __init__(self, **modes: str) -> None:
        super().__init__()
        self.switched, self.looks, self.closed = modes, 0, False

    def modes(self) -> dict[str, str]:
        self.looks += 1
        if self.closed:
            raise PermissionError("permission denied for table")
        return dict(self.switched)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands until a test moves it."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """An endpoint that answers with a score."""
    set_keys(monkeypatch)
    with Server(answers(http())) as running:
        yield running


def call_of(host: Host, server: Server, **facts: Any) -> Any:
    """Return a function's body in a core of that database."""
    return make_core(host, endpoint=server.url).function(entry(**facts))


def test_the_first_call_looks_and_the_others_of_a_second_do_not(clock: list[float], server: Server) -> None:
    host = Switches()
    call = call_of(host, server)
    for moment, looks in ((0, 1), (0.5, 1), (0.999, 1), (1.0, 2), (1.5, 2), (3.0, 3), (3.9, 3), (4.0, 4)):
        clock[0] = 1000 + moment
        call(1)
        assert host.looks == looks, moment


def test_one_look_serves_every_function(clock: list[float], server: Server) -> None:
    host = Switches(other="off")
    made = make_core(host, endpoint=server.url)
    for name in ("score", "log", "score"):
        made.function(entry(name=name))(1)
    assert host.looks == 1
    with fails("disabled") as failure:
        made.function(entry(name="other"))(1)
    assert failure.text == "other: it is switched off: udfgen switch turns it on again"
    assert host.looks == 1


def test_a_switch_is_followed_at_the_next_look(clock: list[float], server: Server) -> None:
    host = Switches()
    call = call_of(host, server)
    call(1)
    host.switched = {"score": "off"}
    call(1)
    clock[0] += 1
    with fails("disabled"):
        call(1)
    host.switched = {}
    with fails("disabled"):
        call(1)
    clock[0] += 1
    call(1)
    assert len(server.requests) == 3


def test_a_look_that_fails_is_repeated_by_the_next_call(clock: list[float], server: Server) -> None:
    host = Switches()
    call = call_of(host, server)
    call(1)
    host.closed = True
    clock[0] += 1
    for _ in range(2):
        with pytest.raises(PermissionError):
            call(1)
    host.closed = False
    call(1)
    assert (host.looks, len(server.requests)) == (4, 2)


def test_a_dry_run_of_the_doctor_needs_no_switch(clock: list[float], server: Server) -> None:
    host = Switches(score="off")
    server.answer = answers(http(204, b""))
    make_core(host, endpoint=server.url).dry_run(entry()["binding"])
    assert host.looks == 0


ROWS = {"kind": "table", "rows": ["items"], "columns": [{"name": "v", "type": "bigint", "path": []}]}
MORE = b'{"items":[1],"next":7}'


def test_the_deadline_of_the_first_page_is_that_of_all(server: Server) -> None:
    def slow(request: Any, connection: Any) -> bytes:
        time.sleep(0.15)
        return http(body=MORE)

    server.answer = slow
    follow = {"token": ["next"], "into": 0, "max_pages": 99}
    call = make_core(endpoint=server.url).function(entry(ROWS, timeout_ms=500) | {"follow": follow})
    began = time.monotonic()
    with fails("timeout") as failure:
        call(1)
    assert failure.text.startswith("score: timed out after 500 ms while waiting for the reply")
    assert 0.45 < time.monotonic() - began < 0.9
    assert 2 <= len(server.requests) <= 4


def test_the_payload_of_each_page_is_measured(server: Server) -> None:
    server.answer = answers(http(body=b'{"items":[1],"next":"%b"}' % (b"x" * 6_291_456)))
    follow = {"token": ["next"], "into": 0, "max_pages": 9}
    call = make_core(endpoint=server.url).function(entry(ROWS) | {"follow": follow})
    with fails("too_large") as failure:
        call(1)
    assert failure.text == "score: the payload has 6291471 bytes, AWS Lambda takes 6291456"
    assert len(server.requests) == 1
