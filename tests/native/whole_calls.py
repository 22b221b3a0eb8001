"""What a case of switch.json, follow.json or choices.json says: the entry, the replies, the requests, the outcome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tests.unit.core_support import Request, binding

Case = dict[str, Any]

USUAL = {"sync": 200, "async": 202, "dry_run": 204}
"""The status of a success. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""

DRY_RUN = "dry_run"


def entry_of(case: Case) -> Case:
    """Return the entry of the function that a case calls."""
    parts = {key: case[key] for key in ("parameters", "payload", "returns", "follow") if key in case}
    if "choices" in case:
        choices = {spelling: binding(**facts) for spelling, facts in case["choices"].items()}
        return {"name": "awslambda_fn", "choices": choices} | parts
    return {"name": "score_customer", "binding": binding(**case.get("binding", {}))} | parts


def replies(case: Case) -> list[bytes]:
    """Return the endpoint's replies as bytes; where nothing may be sent, one that would be a success."""
    return [_reply(case, each) for each in case["replies"]] or [_reply(case, "null")]


def _reply(case: Case, said: str | Case) -> bytes:
    whole: Case = {"body": said} if isinstance(said, str) else said
    status, body = whole.get("status", _success(case)), whole["body"].encode()
    headers = dict(whole.get("headers", {}))
    if status not in (204, 304):
        headers["Content-Length"] = str(len(body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} Said\r\n{lines}\r\n".encode() + (body if "Content-Length" in headers else b"")


def _success(case: Case) -> int:
    bindings = [*case.get("choices", {}).values(), case.get("binding", {})]
    invoke = bindings[0].get("invoke", "sync")
    return USUAL[DRY_RUN if case.get("mode") == DRY_RUN else invoke]


def check_requests(case: Case, requests: Sequence[Request]) -> None:
    """Check what was sent: bodies and how many, and the targets and headers of which the case tells."""
    assert [each.body.decode() for each in requests] == case["sent"]
    for sought, found in _told(case, requests):
        assert found == sought
    assert not {name for each in requests for name in case.get("absent", ()) if name in each.headers}


def _told(case: Case, requests: Sequence[Request]) -> Iterator[tuple[list[Any], list[Any]]]:
    if "targets" in case:
        yield case["targets"], [each.line.split(" ")[1] for each in requests]
    if "invocations" in case:
        yield case["invocations"], [each.headers.get("x-amz-invocation-type") for each in requests]


def expected(case: Case) -> Case:
    """Return the outcome as the cores' programs show one."""
    if "error" in case:
        return {"code": case["error"]["code"], "text": case["error"]["message"]}
    return {"rows": case["rows"]} if "rows" in case else {"result": case["result"]}
