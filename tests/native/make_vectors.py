"""Make native/contract/signatures.json with botocore's own Lambda client: python -m tests.native.make_vectors

The clock stands still and nothing is sent: each request is taken from the client just before it would leave.
"""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3  # type: ignore[import-untyped]
from botocore.auth import SigV4Auth  # type: ignore[import-untyped]
from botocore.awsrequest import AWSResponse  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

FILE = Path(__file__).parents[2] / "native" / "contract" / "signatures.json"

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
# The examples of AWS's own documentation, valid nowhere.
ACCESS_KEY = "AKIDEXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "tok/en+with=chars=="

CONTEXT = '{"custom":{"database":"shop","session_user":"app","role":"none","application_name":"psql"}}'
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:score-customer"

CASES: tuple[dict[str, Any], ...] = (
    {"name": "plain name"},
    {"name": "partial ARN", "target": "123456789012:function:score-customer"},
    {"name": "ARN", "target": ARN},
    {"name": "name with an alias", "target": "score-customer:live"},
    {"name": "alias as qualifier", "qualifier": "live"},
    {"name": "version as qualifier", "qualifier": "42"},
    {"name": "$LATEST as qualifier", "qualifier": "$LATEST"},
    {"name": "ARN and qualifier", "target": ARN, "qualifier": "live"},
    {"name": "async", "invoke": "async"},
    {"name": "dry run", "invoke": "dry_run"},
    {"name": "log tail", "log_tail": True},
    {"name": "client context", "client_context": CONTEXT},
    {"name": "all together", "qualifier": "live", "log_tail": True, "client_context": CONTEXT},
    {"name": "UTF-8 payload", "body": '{"name":"Zo\u00eb \u2615 \U0001f600"}'},
    {"name": "empty body", "body": ""},
    {"name": "endpoint with a port", "endpoint": "http://127.0.0.1:9001"},
    {"name": "endpoint with the standard port", "endpoint": "https://lambda.example:443"},
    {"name": "endpoint with a path", "endpoint": "https://gateway.example/lambda"},
    {"name": "another partition", "region": "cn-north-1"},
)


def signatures() -> list[dict[str, Any]]:
    """Return every case, with and without a session token, as botocore signs it."""
    return [_signed(case | token) for case in CASES for token in ({}, {"token": TOKEN})]


def _signed(case: dict[str, Any]) -> dict[str, Any]:
    """Return a case with its inputs completed and what botocore made of them."""
    inputs = {
        "name": case["name"] + (", session token" if "token" in case else ""),
        "time": NOW.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": case.get("region", "eu-west-1"),
        "access_key": ACCESS_KEY,
        "secret_key": SECRET_KEY,
        "token": case.get("token"),
        "endpoint": case.get("endpoint"),
        "target": case.get("target", "score-customer"),
        "qualifier": case.get("qualifier"),
        "invoke": case.get("invoke", "sync"),
        "log_tail": case.get("log_tail", False),
        "client_context": case.get("client_context"),
        "body": case.get("body", '{"customer":42}'),
    }
    return inputs | _capture(inputs)


def _capture(inputs: dict[str, Any]) -> dict[str, Any]:
    """Return what botocore would send for a case: request target, signed headers, canonical request, signature."""
    seen: dict[str, Any] = {}
    client = _session().client(
        "lambda",
        region_name=inputs["region"],
        endpoint_url=inputs["endpoint"],
        aws_access_key_id=inputs["access_key"],
        aws_secret_access_key=inputs["secret_key"],
        aws_session_token=inputs["token"],
        config=Config(ignore_configured_endpoint_urls=True),
    )

    def stop(request: Any, **_: Any) -> Any:
        seen["request"] = request
        return AWSResponse(request.url, 200, {}, _Empty())

    client.meta.events.register("before-send.lambda.Invoke", stop)
    with _frozen(seen):
        client.invoke(**_parameters(inputs))
    return _described(seen)


@cache
def _session() -> Any:
    """Return one session for all cases: reading the model of the service takes the time."""
    return boto3.session.Session()


class _Empty:
    """The body of a reply that nobody sent."""

    content = b""

    def stream(self) -> Iterator[bytes]:
        return iter(())


def _parameters(inputs: dict[str, Any]) -> dict[str, Any]:
    context = inputs["client_context"]
    named = {
        "Qualifier": inputs["qualifier"],
        "InvocationType": {"async": "Event", "dry_run": "DryRun"}.get(inputs["invoke"]),
        "LogType": "Tail" if inputs["log_tail"] else None,
        "ClientContext": base64.b64encode(context.encode()).decode() if context else None,
    }
    given = {name: value for name, value in named.items() if value}
    return {"FunctionName": inputs["target"], "Payload": inputs["body"].encode()} | given


@contextmanager
def _frozen(seen: dict[str, Any]) -> Iterator[None]:
    """Stop botocore's clock, and keep the texts that its signer makes on the way."""
    string_to_sign = SigV4Auth.string_to_sign

    def keep(self: Any, request: Any, canonical_request: str) -> str:
        seen["canonical_request"] = canonical_request
        seen["string_to_sign"] = string_to_sign(self, request, canonical_request)
        return str(seen["string_to_sign"])

    with (
        patch("botocore.auth.get_current_datetime", lambda *_, **__: NOW.replace(tzinfo=None)),
        patch.object(SigV4Auth, "string_to_sign", keep),
    ):
        yield


def _described(seen: dict[str, Any]) -> dict[str, Any]:
    lines = seen["canonical_request"].split("\n")
    # Method, path, query, one line per signed header, an empty line, their names, the hash of the body.
    headers = dict(line.split(":", 1) for line in lines[3:-3])
    authorization = seen["request"].headers["Authorization"]
    return {
        "request_target": "/" + seen["request"].url.split("/", 3)[3],
        "headers": headers,
        "canonical_request": seen["canonical_request"],
        "string_to_sign": seen["string_to_sign"],
        "authorization": authorization.decode() if isinstance(authorization, bytes) else authorization,
    }


def render(cases: list[dict[str, Any]]) -> str:
    """Return cases as JSON text, one to a line."""
    lines = (json.dumps(case, ensure_ascii=False) for case in cases)
    return '{"cases": [\n' + ",\n".join(lines) + "\n]}\n"


if __name__ == "__main__":
    FILE.write_text(render(signatures()), encoding="utf-8")
