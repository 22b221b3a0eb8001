"""The Java core against the vectors of native/contract that take a network: signatures and errors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.native.calls_support import job
from tests.native.java_calls_support import Session, session
from tests.native.test_contract_cpp_calls import cases, raw_reply
from tests.unit.core_support import Server, answers

Case = dict[str, Any]


@pytest.fixture(scope="module")
def calls() -> Iterator[Session]:
    with session() as running:
        yield running


@cases("signatures.json")
def test_signatures(calls: Session, case: Case) -> None:
    facts = {key: case[key] for key in ("target", "invoke", "log_tail", "qualifier") if case[key]}
    request = calls.ask(
        "sign",
        function=job("", **facts)["function"],
        region=case["region"],
        endpoint=case["endpoint"] or "https://" + case["headers"]["host"],
        keys=[case["access_key"], case["secret_key"], case["token"] or ""],
        time=int(datetime.fromisoformat(case["time"].replace("Z", "+00:00")).timestamp()),
        body=case["body"],
        context=case["client_context"] or "",
    )
    head, _, body = request.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert (first, body) == (f"POST {case['request_target']} HTTP/1.1", case["body"])
    assert headers.pop("authorization") == case["authorization"]
    assert headers.pop("content-type") == "application/json"
    assert headers.pop("content-length") == str(len(body.encode()))
    assert headers == case["headers"], "every header sent is signed, but for those above"


@cases("errors.json")
def test_errors(calls: Session, case: Case) -> None:
    facts = {"invoke": case["invoke"], "returns": {"kind": "void"}}
    with Server(answers(raw_reply(case))) as server:
        once = calls.call(server.url, **facts)
        assert len(server.requests) == 1, "not idempotent: one POST, always"
        again = calls.call(server.url, idempotent=True, retries=1, **facts)
        assert len(server.requests) - 1 == (2 if case["retried"] else 1)
    for outcome in (once, again):
        assert (outcome.get("code"), outcome.get("text")) == (case["code"], case["message"])
