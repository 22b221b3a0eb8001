"""What a case of whole calls says, of batches and caches too: the entry, the replies, the requests, the outcome."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from tests.unit.core_support import Request, binding

Case = dict[str, Any]

USUAL = {"sync": 200, "async": 202, "dry_run": 204}
"""The status of a success. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""

DRY_RUN = "dry_run"

PARTS = ("parameters", "payload", "returns", "follow", "batch", "cache", "null_on_error")
"""What an entry has from its case."""

UUID_4 = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
"""https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-4"""

ENVELOPE = re.compile(rf'\{{"request_id":"({UUID_4})",(.*?"query_id":)([0-9]+)(,"num_records":.*)', re.DOTALL)
"""A body of wire redshift: what differs from call to call, and what does not."""


def entry_of(case: Case) -> Case:
    """Return the entry of the function that a case calls."""
    parts = {key: case[key] for key in PARTS if key in case}
    if "choices" in case:
        choices = {spelling: binding(**facts) for spelling, facts in case["choices"].items()}
        return {"name": "awslambda_fn", "choices": choices} | parts
    return {"name": "score_customer", "binding": binding(**case.get("binding", {}))} | parts


def replies(case: Case) -> list[bytes]:
    """Return the endpoint's replies as bytes; where nothing may be sent, one that would be a success."""
    return [_reply(case, each) for each in case["replies"]] or [_reply(case, "null")]


def _reply(case: Case, said: str | Case) -> bytes:
    whole: Case = {"body": said} if isinstance(said, str) else said
    body = (strung(whole["body_repeat"]) if "body_repeat" in whole else whole["body"]).encode()
    status = whole.get("status", _success(case))
    headers = dict(whole.get("headers", {}))
    if status not in (204, 304):
        headers["Content-Length"] = str(len(body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} Said\r\n{lines}\r\n".encode() + (body if "Content-Length" in headers else b"")


def strung(pairs: Sequence[Any]) -> str:
    """Return text, count, text, count, ... strung together."""
    return "".join(text * count for text, count in zip(pairs[::2], pairs[1::2], strict=True))


def rows_of(case: Case) -> list[list[Any]]:
    """Return the rows of arguments of a batch, in full where text is given with a count."""
    return [[strung(value) if isinstance(value, list) else value for value in row] for row in case["rows"]]


def _success(case: Case) -> int:
    bindings = [*case.get("choices", {}).values(), case.get("binding", {})]
    invoke = bindings[0].get("invoke", "sync")
    return USUAL[DRY_RUN if case.get("mode") == DRY_RUN else invoke]


def check_requests(case: Case, requests: Sequence[Request]) -> None:
    """Check what was sent: bodies and how many, and the targets and headers of which the case tells."""
    assert [normal(each.body.decode()) for each in requests] == case["sent"]
    for sought, found in _told(case, requests):
        assert found == sought
    assert not {name for each in requests for name in case.get("absent", ()) if name in each.headers}


def _told(case: Case, requests: Sequence[Request]) -> Iterator[tuple[list[Any], list[Any]]]:
    if "targets" in case:
        yield case["targets"], [each.line.split(" ")[1] for each in requests]
    if "invocations" in case:
        yield case["invocations"], [each.headers.get("x-amz-invocation-type") for each in requests]
    envelopes = [found for each in requests if (found := ENVELOPE.fullmatch(each.body.decode()))]
    if "ids" in case:
        seen = [found[1] for found in envelopes]
        yield case["ids"], [list(dict.fromkeys(seen)).index(each) for each in seen]
    if envelopes:
        yield [envelopes[0][3]] * len(envelopes), [found[3] for found in envelopes]


def normal(body: str) -> str:
    """Return the body of a request with `*` for a batch's request id, and 1 for its query id."""
    return ENVELOPE.sub(r'{"request_id":"*",\g<2>1\4', body)


def expected(case: Case) -> Case:
    """Return the outcome as the cores' programs show one."""
    if "error" in case:
        return {"code": case["error"]["code"], "text": case["error"]["message"]}
    return next({key: case[key]} for key in ("results", "rows", "result") if key in case)
