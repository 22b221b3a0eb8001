"""The Invoke API's rules: which function a request names, what it may say, how it is answered.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
from dataclasses import dataclass
from urllib.parse import unquote

from udfgen.local.answers import parse
from udfgen.local.functions import LATEST, Call, Outcome
from udfgen.local.runtime import MEMORY_MB
from udfgen.local.wire import Refused, Reply, Request

SYNC_LIMIT = 6_291_456
ASYNC_LIMIT = 1_048_576
"""Bytes of a payload: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
CONTEXT_LIMIT = 3_583
TAIL_BYTES = 4_096
SYNC, EVENT, DRY_RUN = "RequestResponse", "Event", "DryRun"
_PATH = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")
_NAME = re.compile(
    r"(?:arn:(?P<partition>aws[a-zA-Z-]*):lambda:)?(?:(?P<region>(?:eusc-)?[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d):)?"
    r"(?:(?P<account>\d{12}):)?(?:function:)?(?P<name>[a-zA-Z0-9_.-]+)(?::(?P<qualifier>\$LATEST|[a-zA-Z0-9_-]+))?"
)
_QUALIFIER = re.compile(r"\$LATEST|[a-zA-Z0-9_-]{1,128}")
_PARTITIONS = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-isob-", "aws-iso-b"),
    ("us-iso-", "aws-iso"),
    ("eusc-", "aws-eusc"),
)


@dataclass(frozen=True, slots=True)
class Target:
    """What a FunctionName and a Qualifier name; region and account are None where only a name was given."""

    name: str
    qualifier: str | None
    region: str | None
    account: str | None


@dataclass(frozen=True, slots=True)
class Wish:
    """How a caller wants an invocation: its type, with the log's tail or not, its client context as JSON text."""

    type: str
    tail: bool
    client_context: str | None


def invoked_name(request: Request) -> str | None:
    """Return the decoded FunctionName of a request to the Invoke API, or None for another path."""
    match = _PATH.fullmatch(request.path)
    return unquote(match[1]) if match is not None else None


def function_name(target: str) -> str:
    """Return the plain name in a name, partial ARN or ARN; raise ValueError for what is none of them."""
    match = _NAME.fullmatch(target)
    if match is None:
        raise ValueError(f'"{target}" is not a Lambda function: write a name, a partial ARN or an ARN')
    return match["name"]


def read_target(name: str, request: Request) -> Target:
    """Return what a request names; raise Refused for names that are none and for two different qualifiers."""
    match = _NAME.fullmatch(name)
    asked = next((value for key, value in request.query if key == "Qualifier"), None)
    if match is None or len(name) > 256:
        raise _invalid("functionName", name)
    if asked is not None and not _QUALIFIER.fullmatch(asked):
        raise _invalid("qualifier", asked)
    if asked is not None and match["qualifier"] not in (None, asked):
        text = "The derived qualifier from the function name does not match the specified qualifier."
        raise Refused(400, "InvalidParameterValueException", text)
    return Target(match["name"], asked or match["qualifier"], match["region"], match["account"])


def arn(region: str, account: str, name: str, qualifier: str | None = None) -> str:
    """Return a function's ARN, in its region's partition."""
    partition = next((partition for prefix, partition in _PARTITIONS if region.startswith(prefix)), "aws")
    return f"arn:{partition}:lambda:{region}:{account}:function:{name}" + (f":{qualifier}" if qualifier else "")


def version_of(qualifier: str | None) -> str:
    """Return the version that runs: a number is itself, and every alias stands for version 1."""
    if qualifier in (None, LATEST):
        return LATEST
    return str(qualifier) if str(qualifier).isdigit() else "1"


def read_wish(request: Request) -> Wish:
    """Return what the headers ask for, or raise Refused."""
    type_ = request.header("x-amz-invocation-type") or SYNC
    log_type = request.header("x-amz-log-type") or "None"
    if type_ not in (SYNC, EVENT, DRY_RUN):
        raise _invalid("invocationType", type_)
    if log_type not in ("None", "Tail"):
        raise _invalid("logType", log_type)
    return Wish(type_, log_type == "Tail", _client_context(request.header("x-amz-client-context")))


def read_payload(request: Request, type_: str) -> bytes:
    """Return the event; raise Refused when it is too large or not JSON. An empty body is an empty object."""
    limit = ASYNC_LIMIT if type_ == EVENT else SYNC_LIMIT
    if len(request.body) > limit:
        text = f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
        raise Refused(413, "RequestTooLargeException", text)
    if not request.body:
        return b"{}"
    try:
        parse(request.body, number=str)
    except ValueError as error:
        raise _bad_content("Could not parse request body into json: the payload is not JSON") from error
    return request.body


def reply(outcome: Outcome, call: Call, wish: Wish) -> Reply:
    """Return the answer to a synchronous call: 200, also when the function failed."""
    headers = [("Content-Type", "application/json"), *_common(call)]
    if outcome.failed:
        headers.append(("X-Amz-Function-Error", "Unhandled"))
    if wish.tail:
        headers.append(("X-Amz-Log-Result", base64.b64encode(tail(outcome, call)).decode()))
    return Reply(200, outcome.body, tuple(headers))


def accepted(call: Call, type_: str) -> Reply:
    """Return the answer to an Event, 202, or to a DryRun, 204."""
    return Reply(202 if type_ == EVENT else 204, b"", _common(call))


def tail(outcome: Outcome, call: Call) -> bytes:
    """Return the last 4 KB of a run's log, in Lambda's form.

    https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
    """
    printed = outcome.log if outcome.log.endswith(b"\n") or not outcome.log else outcome.log + b"\n"
    start = f"START RequestId: {call.request_id} Version: {call.version}\n"
    return (start.encode() + printed + _report(outcome, call).encode())[-TAIL_BYTES:]


def _report(outcome: Outcome, call: Call) -> str:
    spent = outcome.seconds * 1000
    facts = [
        f"REPORT RequestId: {call.request_id}",
        f"Duration: {spent:.2f} ms",
        f"Billed Duration: {int(spent) + 1} ms",
    ]
    facts.append(f"Memory Size: {MEMORY_MB} MB")
    if outcome.memory is not None:
        facts.append(f"Max Memory Used: {outcome.memory} MB")
    lines = f"END RequestId: {call.request_id}\n" + "\t".join(facts) + "\t\n"
    if outcome.timed_out:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        lines += f"{now} {call.request_id} Task timed out after {outcome.seconds:.2f} seconds\n\n"
    return lines


def _common(call: Call) -> tuple[tuple[str, str], ...]:
    return (("x-amzn-RequestId", call.request_id), ("X-Amz-Executed-Version", call.version))


def _client_context(header: str | None) -> str | None:
    """Return the JSON text of a client context, or raise Refused for what is not base64 of a JSON object."""
    if header is None:
        return None
    if len(header) > CONTEXT_LIMIT:
        raise _bad_content(f"Client context must be no more than {CONTEXT_LIMIT} bytes when base64 encoded.")
    try:
        value = parse(base64.b64decode(header, validate=True), number=float)
    except (ValueError, binascii.Error) as error:
        raise _bad_content("Client context must be a valid Base64-encoded JSON object.") from error
    if not isinstance(value, dict):
        raise _bad_content("Client context must be a valid Base64-encoded JSON object.")
    # In ASCII, on one line: it goes on as a header of the Runtime API.
    return json.dumps(value)


def _bad_content(message: str) -> Refused:
    return Refused(400, "InvalidRequestContentException", message)


def _invalid(member: str, value: str) -> Refused:
    text = f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint"
    return Refused(400, "ValidationException", text)
