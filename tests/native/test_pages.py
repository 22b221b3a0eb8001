"""What every core does alike over several pages that no vector can say: one deadline, one connection, sizes, resets."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.native.calls_support import PROGRAM, text
from tests.native.cores import Core, Runner
from tests.native.values_support import Values
from tests.native.ways_to_answer import dying
from tests.unit.core_support import Answer, Request, Server, binding, http

COLUMN = {"name": "id", "type": "bigint", "path": ["id"]}


@pytest.fixture(scope="module")
def values(core: Core) -> Values:
    """What knows how the core's server hands arguments over; nothing is run."""
    return core.values()


def run(process: Runner, values: Values, server: Server, **facts: Any) -> dict[str, Any]:
    """Follow pages from the token `"0"` on; `facts` go to the binding."""
    next_ = {"name": "next", "type": "text"}
    function = {
        "name": "f",
        "binding": binding(**facts),
        "parameters": [next_],
        "payload": [0],
        "returns": {"kind": "table", "rows": ["items"], "columns": [COLUMN]},
        "follow": {"token": ["next"], "into": 0, "max_pages": 100},
    }
    arguments = [values.to_argument(next_, "0")]
    program = PROGRAM | {"endpoint": server.url}
    outcome: dict[str, Any] = process.ask("run", program=program, function=function, arguments=arguments, mode=None)
    return outcome


def pages(last: int, delay: float = 0.0) -> Answer:
    """Return an answer that counts: the token `"3"` gives row 3 and leads to 4, up to the last one."""

    def answer(request: Request, connection: Any) -> bytes:
        time.sleep(delay)
        number = int(json.loads(request.body))
        more = {"next": number + 1} if number < last else {}
        return http(body=json.dumps({"items": [{"id": number}]} | more).encode())

    return answer


def test_pages_share_a_connection(process: Runner, values: Values) -> None:
    with Server(pages(20)) as server:
        assert run(process, values, server)["rows"] == [[str(number)] for number in range(21)]
    assert (len(server.requests), server.connections) == (21, 1)


def test_one_deadline_covers_all_pages(core: Core, process: Runner, values: Values) -> None:
    with Server(pages(99, delay=0.1)) as server:
        begin = time.monotonic()
        late = run(process, values, server, timeout_ms=450)
        took = (time.monotonic() - begin) * 1000
    assert text(late) == ("timeout", "timed out after 450 ms while waiting for the reply")
    assert 450 <= took < 450 + core.late_ms + 100
    assert 3 <= len(server.requests) <= 5


def test_retries_of_all_pages_share_the_deadline(process: Runner, values: Values) -> None:
    def answer(request: Request, connection: Any) -> bytes | None:
        is_last = json.loads(request.body) == 1
        return http(429, b"{}", Retry_After="1") if is_last else pages(1)(request, connection)

    with Server(answer) as server:
        refused = run(process, values, server, idempotent=True, retries=3, timeout_ms=900)
    assert refused["code"] == "throttled"
    assert [request.body for request in server.requests] == [b'"0"', b"1"], "a retry would be too late"


@pytest.mark.parametrize(("length", "code"), [(6_291_454, None), (6_291_455, "too_large")])
def test_the_payload_of_every_page_has_its_limit(
    process: Runner, values: Values, length: int, code: str | None
) -> None:
    def answer(request: Request, connection: Any) -> bytes:
        more = b',"next":"%s"' % (b"x" * length) if request.body == b'"0"' else b""
        return http(body=b'{"items":[{"id":1}]%s}' % more)

    with Server(answer) as server:
        outcome = run(process, values, server, timeout_ms=9000)
    if code is None:
        assert outcome["rows"] == [["1"], ["1"]]
        assert [len(request.body) for request in server.requests] == [3, length + 2]
    else:
        assert text(outcome) == (code, f"the payload has {length + 2} bytes, AWS Lambda takes 6291456")
        assert len(server.requests) == 1


@pytest.mark.parametrize(("reset", "how"), [(False, "closed"), (True, "reset")])
def test_a_page_without_a_reply_is_never_asked_for_twice(
    process: Runner, values: Values, reset: bool, how: str
) -> None:
    def answer(request: Request, connection: Any) -> bytes | None:
        given = pages(5) if request.body in (b'"0"', b"1") else dying(reset, after=0)
        return given(request, connection)

    with Server(answer) as server:
        failed = run(process, values, server)
    assert text(failed) == ("unavailable", f"the connection was {how} before a reply")
    assert [request.body for request in server.requests] == [b'"0"', b"1", b"2"]
