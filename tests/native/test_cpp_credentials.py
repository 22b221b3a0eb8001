"""The C++ core's search for credentials: a kill ends it, and threads that have none wait for one of them."""

from __future__ import annotations

import time

from tests.native.calls_support import Outcome, job, sanitized
from tests.native.cores import at
from tests.native.test_metadata import slow
from tests.unit.core_support import Request, Server, answers, http
from tests.unit.test_core_credentials import keys


def test_a_kill_ends_the_search(instance: Server) -> None:
    instance.answer = slow(0.6)
    config = {"credentials": {"source": "imds"}}
    with sanitized(at("imds", instance.url)) as process:
        killed = process.call("http://127.0.0.1:9", config=config, extra={"kill_after_ms": 150})
    assert killed["code"] == "interrupted"
    assert killed["ms"] < 400


def test_threads_wait_for_one_search(container: Server) -> None:
    def answer(request: Request, _: object) -> bytes:
        time.sleep(0.2)
        return http(body=keys())

    container.answer = answer
    config = {"credentials": {"source": "container"}}
    with sanitized(at("container", container.url)) as process, Server(answers(http())) as server:
        killed = job(server.url, config=config, extra={"kill_after_ms": 50})
        waiting = job(server.url, config=config, timeout_ms=100)
        outcomes = process.ask("threads", calls=[job(server.url, config=config)] * 5 + [killed, waiting])
    texts: list[Outcome] = [outcome for (outcome,) in outcomes]
    assert [each["result"] for each in texts[:5]] == ['{"score":87.5}'] * 5
    assert texts[6]["text"] == "score: timed out after 100 ms while looking for AWS credentials"
    assert len(server.requests) >= 5
    assert 1 <= len(container.requests) <= 3, "one that is killed or too late leaves the search to another"
