"""What every core does alike with credentials that grow old: it renews them, makes do with them, or drops them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.native.calls_support import Outcome, job
from tests.native.cores import CORES, Core
from tests.unit.core_support import Request, Server, answers, http, refusal
from tests.unit.test_core_credentials import keys


def looks(core: Core, container: Server, *bodies: bytes | None, rest_ms: int = 0) -> list[str]:
    """Return the access keys, or the reasons, that successive looks give."""
    container.answer = answers(*(body and http(body=body) for body in bodies))
    environment, facts = core.to_service("container", container.url)
    with core.start(**environment) as process:
        found = process.look("container", facts, times=len(bodies), rest_ms=rest_ms)
    return [each.get("key") or each["text"].removeprefix("score: ") for each in found]


def test_credentials_with_more_than_10_minutes_are_kept(core: Core, container: Server) -> None:
    assert looks(core, container, keys("A", 10.5), keys("B")) == ["A", "A"]
    assert len(container.requests) == 1


def test_credentials_with_less_than_10_minutes_are_renewed(core: Core, container: Server) -> None:
    assert looks(core, container, keys("A", 9.5), keys("B"), keys("C")) == ["A", "B", "B"]


def test_old_credentials_serve_when_renewal_fails(core: Core, container: Server) -> None:
    assert looks(core, container, keys("A", 9.5), None, b"{}", keys("D")) == ["A", "A", "A", "D"]


def test_expired_credentials_do_not_serve(core: Core, container: Server) -> None:
    expired, gone, back = looks(core, container, keys("A", -1), b"{}", keys("C"))
    assert expired == "the AWS credentials found have expired"
    assert gone.startswith("no AWS credentials found: looked in container (container answered HTTP 200")
    assert back == "C"


def test_a_search_is_not_repeated_at_once(core: Core, container: Server) -> None:
    assert looks(core, container, keys("A", 9.5), keys("B"), rest_ms=5000) == ["A", "A"]
    first, *others = looks(core, container, b"{}", keys("B"), keys("C"), rest_ms=5000)
    assert others == [first, first]
    assert len(container.requests) == 2


def test_a_renewal_that_hangs_leaves_half_of_the_time_for_the_call(core: Core, container: Server) -> None:
    container.answer = answers(http(body=keys("A", 9.5)))
    environment, facts = core.to_service("container", container.url)
    with core.start(**environment) as process, Server(answers(http())) as server:
        config = {"credentials": {"source": "container"}} | facts
        one = job(server.url, config=config, extra={"rest_ms": 200}, timeout_ms=400)
        assert "result" in process.ask("call", **one)
        container.answer = lambda request, connection: time.sleep(0.6)
        time.sleep(0.25)
        first, second = (process.ask("call", **one) for _ in range(2))
    assert "result" in first
    assert 200 <= first["ms"] < 350
    assert second["ms"] < 100, "it is not tried at each call"


@pytest.mark.parametrize("core", [each for each in CORES if each.has_threads], ids=lambda core: core.name)
def test_threads_go_on_with_old_credentials_while_one_renews(core: Core, container: Server) -> None:
    def answer(request: Request, _: object) -> bytes:
        if len(container.requests) == 1:
            return http(body=keys("A", 9.9))
        time.sleep(0.3)
        return http(body=keys("B"))

    container.answer = answer
    environment, facts = core.to_service("container", container.url)
    config = {"credentials": {"source": "container"}} | facts
    with core.bare(environment) as process, Server(answers(http())) as server:
        one = job(server.url, config=config, extra={"rest_ms": 500})
        assert "result" in process.ask("call", **one)
        time.sleep(0.55)
        outcomes = process.ask("threads", calls=[one] * 6)
        assert "result" in process.ask("call", **one)
    took = sorted(outcome["ms"] for (outcome,) in outcomes)
    assert took[4] < 50 + core.late_ms
    assert 300 <= took[5] < 350 + core.late_ms, "one renews"
    assert len(container.requests) == 2
    used = [request.headers["authorization"].split("Credential=")[1][0] for request in server.requests]
    assert used == ["A"] * 6 + ["B"] * 2


def test_an_expired_token_is_dropped_and_retried_only_when_idempotent(core: Core, tmp_path: Path) -> None:
    file = tmp_path / "credentials"

    def write(key: str) -> None:
        file.write_text(f"[default]\naws_access_key_id = {key}\naws_secret_access_key = secret\n")

    def answer(request: Request, _: object) -> bytes:
        # The first key is refused, whoever uses it; somebody renews the file meanwhile.
        old = "Credential=AKIDOLD" in request.headers["authorization"]
        write("AKIDNEW")
        return refusal(403, "ExpiredTokenException", "AKIDOLD-and-more") if old else http()

    def run(**facts: Any) -> tuple[Outcome, Outcome, int]:
        write("AKIDOLD-and-more")
        config = {"credentials": {"source": "profile", "file": str(file)}}
        with core.start() as process, Server(answer) as server:
            first, second = (process.call(server.url, config=config, **facts) for _ in range(2))
        return first, second, len(server.requests)

    first, second, posts = run(idempotent=True, retries=1)
    assert (first.get("result"), posts) == ('{"score":87.5}', 3)
    first, second, posts = run()
    assert first["text"].startswith("score: ExpiredTokenException: *** (request id ")
    assert (second.get("result"), posts) == ('{"score":87.5}', 2), "the next call looks for credentials again"
    assert json.dumps(first).count("AKIDOLD") == 0
