"""Every core against the vectors of native/contract that take a network: signatures and errors."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.native.calls_support import job
from tests.native.cores import BUILDS, Core, Runner
from tests.native.test_contract_python import cases, raw_reply
from tests.unit.core_support import Server, answers

Case = dict[str, Any]


@pytest.fixture(scope="module", params=BUILDS, ids=lambda core: core.name)
def core(request: pytest.FixtureRequest) -> Core:
    """Each core, in every build of it."""
    found: Core = request.param
    return found


def endpoint_of(case: Case) -> str:
    """Return where a case of signatures.json goes: its endpoint, or Lambda's own in its region."""
    return case["endpoint"] or f"https://{case['headers']['host']}"


def request_of(case: Case) -> Case:
    """Return what a runner signs for a case of signatures.json."""
    facts = {key: case[key] for key in ("target", "invoke", "log_tail", "qualifier") if case[key]}
    return {
        "function": job("", **facts)["function"],
        "region": case["region"],
        "endpoint": endpoint_of(case),
        "keys": [case["access_key"], case["secret_key"], case["token"] or ""],
        "time": int(datetime.fromisoformat(case["time"].replace("Z", "+00:00")).timestamp()),
        "body": case["body"],
        "context": case["client_context"] or "",
    }


@cases("signatures.json")
def test_signatures(process: Runner, case: Case) -> None:
    method, target, headers = process.sign(**request_of(case))
    assert (method, target) == ("POST", case["request_target"])
    assert headers.pop("authorization") == case["authorization"]
    assert headers.pop("content-type") == "application/json"
    assert headers == case["headers"], "every header sent is signed, but for those above"


@cases("errors.json")
def test_errors(process: Runner, case: Case) -> None:
    facts = {"invoke": case["invoke"], "returns": {"kind": "void"}}
    with Server(answers(raw_reply(case))) as server:
        once = process.call(server.url, **facts)
        assert len(server.requests) == 1, "not idempotent: one POST, always"
        again = process.call(server.url, idempotent=True, retries=1, **facts)
        assert len(server.requests) - 1 == (2 if case["retried"] else 1)
    for outcome in (once, again):
        assert (outcome.get("code"), outcome.get("text")) == (case["code"], case["message"])
