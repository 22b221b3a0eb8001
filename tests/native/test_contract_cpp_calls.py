"""The C++ core against the vectors of native/contract that take a network: signatures and errors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.native.calls_support import KEYS, PROGRAM, Calls, job
from tests.native.cpp import build
from tests.unit.core_support import Server, answers

CONTRACT = Path(__file__).parents[2] / "native" / "contract"

Case = dict[str, Any]


def load(name: str) -> list[Case]:
    cases: list[Case] = json.loads((CONTRACT / name).read_text(encoding="utf-8"))["cases"]
    return cases


def cases(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", load(name), ids=lambda case: case["name"])


@pytest.fixture(scope="module", params=["plain", "sanitized"])
def calls(request: pytest.FixtureRequest) -> Iterator[Calls]:
    """The program `calls`, once as it is shipped and once with AddressSanitizer and UndefinedBehaviorSanitizer."""
    options = ["UDFGEN_SANITIZE"] if request.param == "sanitized" else []
    with Calls(build("calls", *options), KEYS) as running:
        yield running


@cases("signatures.json")
def test_signatures(calls: Calls, case: Case) -> None:
    named = {key: case[key] for key in ("region", "endpoint") if case[key]}
    facts = {key: case[key] for key in ("target", "invoke", "log_tail", "qualifier") if case[key]}
    signed = calls.ask(
        "sign",
        function=job("", **facts)["function"],
        region=case["region"],
        endpoint=calls.ask("endpoint", program=PROGRAM | named),
        keys=[case["access_key"], case["secret_key"], case["token"] or ""],
        time=int(datetime.fromisoformat(case["time"].replace("Z", "+00:00")).timestamp()),
        body=case["body"],
        context=case["client_context"] or "",
    )
    headers = dict(line.split(": ", 1) for line in signed["headers"])
    assert (signed["method"], signed["target"]) == ("POST", case["request_target"])
    assert headers.pop("authorization") == case["authorization"]
    assert headers.pop("content-type") == "application/json"
    assert headers == case["headers"], "every header sent is signed, but for those above"


def raw_reply(case: Case) -> bytes:
    body = bytes.fromhex(case["body_hex"]) if "body_hex" in case else case["body"].encode()
    headers = dict(case["headers"])
    if case["status"] not in (204, 304):
        headers["Content-Length"] = str(len(body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {case['status']} Said\r\n{lines}\r\n".encode() + body


@cases("errors.json")
def test_errors(calls: Calls, case: Case) -> None:
    facts = {"invoke": case["invoke"], "returns": {"kind": "void"}}
    with Server(answers(raw_reply(case))) as server:
        once = calls.call(server.url, **facts)
        assert len(server.requests) == 1, "not idempotent: one POST, always"
        again = calls.call(server.url, idempotent=True, retries=1, **facts)
        assert len(server.requests) - 1 == (2 if case["retried"] else 1)
    for outcome in (once, again):
        assert (outcome.get("code"), outcome.get("text")) == (case["code"], case["message"])
