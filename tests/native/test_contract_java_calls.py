"""The Java core against the vectors of native/contract that take a network: signatures and errors."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.native.calls_support import job
from tests.native.java_calls_support import Session, session
from tests.native.test_contract_cpp_calls import cases, load, raw_reply
from tests.unit.core_support import Server, answers

Case = dict[str, Any]


@pytest.fixture(scope="module")
def calls() -> Iterator[Session]:
    with session() as running:
        yield running


def sign(calls: Session, case: Case) -> str:
    """Return the whole request that a case comes to."""
    facts = {key: case[key] for key in ("target", "invoke", "log_tail", "qualifier") if case[key]}
    request: str = calls.ask(
        "sign",
        function=job("", **facts)["function"],
        region=case["region"],
        endpoint=case["endpoint"] or "https://" + case["headers"]["host"],
        keys=[case["access_key"], case["secret_key"], case["token"] or ""],
        time=int(datetime.fromisoformat(case["time"].replace("Z", "+00:00")).timestamp()),
        body=case["body"],
        context=case["client_context"] or "",
    )
    return request


@cases("signatures.json")
def test_signatures(calls: Session, case: Case) -> None:
    request = sign(calls, case)
    head, _, body = request.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert (first, body) == (f"POST {case['request_target']} HTTP/1.1", case["body"])
    assert headers.pop("authorization") == case["authorization"]
    assert headers.pop("content-type") == "application/json"
    assert headers.pop("content-length") == str(len(body.encode()))
    assert headers == case["headers"], "every header sent is signed, but for those above"


def signature(case: Case) -> str:
    """Return the signature that a case's canonical request has by the time and the secret key of that case."""
    day, stamp = case["time"][:10].replace("-", ""), re.sub("[-:]", "", case["time"])
    canonical = re.sub(r"(?<=x-amz-date:)\w+", stamp, case["canonical_request"])
    scope = (day, case["region"], "lambda", "aws4_request")
    to_sign = "\n".join(("AWS4-HMAC-SHA256", stamp, "/".join(scope), hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{case['secret_key']}".encode()
    for part in (*scope, to_sign):
        key = hmac.digest(key, part.encode(), "sha256")
    return key.hex()


def test_a_session_signs_by_the_day_and_the_secret_of_each_call(calls: Session) -> None:
    (case, *_) = load("signatures.json")
    assert case["authorization"].endswith(f"Signature={signature(case)}")
    # A secret that is longer than a block of the hash is hashed itself.
    for secret in (case["secret_key"], "b" * 60, "c" * 61):
        for day in ("2026-01-02", "2026-01-03", "2026-01-02"):
            other = case | {"time": f"{day}T03:04:05Z", "secret_key": secret}
            assert f"Signature={signature(other)}\r\n" in sign(calls, other), other


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
