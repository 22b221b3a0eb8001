"""The Invoke API as boto3 sees it: statuses, names, headers, limits, errors."""

from __future__ import annotations

import base64
import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth  # type: ignore[import-untyped]
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.unit.local_support import ACCOUNT, ARN, REGION, client, raw, send, signed, write_handlers
from udfgen.errors import UsageError
from udfgen.local import LocalFunction, LocalLambda, discover, function_name

NAMES = ("echo", "fail", "score-customer", "told", "inspect_context", "steps")
PATH = "/2015-03-31/functions/echo/invocations"


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalLambda]:
    folder = write_handlers(tmp_path_factory.mktemp("handlers"))
    functions = [LocalFunction(name, path) for name, path in discover(folder, NAMES).items()]
    with LocalLambda(functions, region=REGION, account=ACCOUNT) as running:
        yield running


@pytest.fixture(scope="module")
def aws(local: LocalLambda) -> Any:
    return client(local)


def refusal(aws: Any, **facts: Any) -> tuple[int, str, str]:
    """Return status, code and message of a call that must be refused."""
    with pytest.raises(ClientError) as caught:
        aws.invoke(**facts)
    found = caught.value.response
    assert found["ResponseMetadata"]["RequestId"]
    return found["ResponseMetadata"]["HTTPStatusCode"], found["Error"]["Code"], found["Error"]["Message"]


def test_a_sync_call_returns_the_json(aws: Any) -> None:
    payload = {"text": 'é "\\ \u2028 \U0001f600', "n": 12345678901234567890, "deep": [[None, True]]}
    reply = aws.invoke(FunctionName="echo", Payload=json.dumps(payload))
    assert json.loads(reply["Payload"].read()) == payload
    assert (reply["StatusCode"], reply["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in reply
    assert len(reply["ResponseMetadata"]["RequestId"]) == 36


def test_an_event_is_202_and_a_dry_run_204_without_a_body(aws: Any) -> None:
    queued = aws.invoke(FunctionName="echo", InvocationType="Event", Payload=b"{}")
    asked = aws.invoke(FunctionName="echo", InvocationType="DryRun", Payload=b"{}")
    assert (queued["StatusCode"], queued["Payload"].read()) == (202, b"")
    assert (asked["StatusCode"], asked["Payload"].read()) == (204, b"")
    assert "content-length" not in asked["ResponseMetadata"]["HTTPHeaders"]


def test_an_empty_body_is_an_empty_object(aws: Any) -> None:
    assert aws.invoke(FunctionName="echo")["Payload"].read() == b"{}"


def test_a_function_error_is_200_with_the_exact_shape(aws: Any) -> None:
    reply = aws.invoke(FunctionName="fail", Payload=b"{}")
    body = json.loads(reply["Payload"].read())
    assert (reply["StatusCode"], reply["FunctionError"]) == (200, "Unhandled")
    assert (body["errorType"], body["errorMessage"]) == ("Broken", "no luck")
    assert body["requestId"] == reply["ResponseMetadata"]["RequestId"]
    assert "raise Broken('no luck')" in body["stackTrace"][0]


@pytest.mark.parametrize(
    ("name", "qualifier", "version", "arn"),
    [
        ("inspect_context", None, "$LATEST", "inspect_context"),
        ("inspect_context", "$LATEST", "$LATEST", "inspect_context:$LATEST"),
        ("inspect_context", "live", "1", "inspect_context:live"),
        ("inspect_context:live", None, "1", "inspect_context:live"),
        ("inspect_context:7", "7", "7", "inspect_context:7"),
        (f"{ACCOUNT}:function:inspect_context", None, "$LATEST", "inspect_context"),
        (f"{ARN}:inspect_context", "live", "1", "inspect_context:live"),
        (f"{ARN}:inspect_context:live", None, "1", "inspect_context:live"),
    ],
)
def test_names_and_qualifiers(aws: Any, name: str, qualifier: str | None, version: str, arn: str) -> None:
    more = {"Qualifier": qualifier} if qualifier else {}
    reply = aws.invoke(FunctionName=name, Payload=b"{}", **more)
    seen = json.loads(reply["Payload"].read())
    assert (reply["ExecutedVersion"], seen["version"], seen["arn"]) == (version, version, f"{ARN}:{arn}")


def test_two_different_qualifiers_are_refused(aws: Any) -> None:
    status, code, _ = refusal(aws, FunctionName="echo:live", Qualifier="dev")
    assert (status, code) == (400, "InvalidParameterValueException")


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("nope", f"{ARN}:nope:$LATEST"),
        ("nope:live", f"{ARN}:nope:live"),
        ("999999999999:function:echo", "arn:aws:lambda:eu-west-1:999999999999:function:echo:$LATEST"),
        (
            f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:echo",
            f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:echo:$LATEST",
        ),
    ],
)
def test_what_is_not_here_is_404_with_its_arn(aws: Any, name: str, asked: str) -> None:
    assert refusal(aws, FunctionName=name) == (404, "ResourceNotFoundException", f"Function not found: {asked}")


def test_names_and_qualifiers_that_are_none_are_refused(local: LocalLambda, aws: Any) -> None:
    path = "/2015-03-31/functions/a%20b/invocations"
    assert send(local, "POST", path, b"{}", signed(local, path))[0] == 400
    assert refusal(aws, FunctionName="echo", Qualifier="a b")[:2] == (400, "ValidationException")


@pytest.mark.parametrize("payload", [b"{not json", b"NaN", b" ", b"\xff", b'{"a":1}x', b"[" * 100_000])
def test_only_json_is_accepted(aws: Any, payload: bytes) -> None:
    assert refusal(aws, FunctionName="echo", Payload=payload)[:2] == (400, "InvalidRequestContentException")


def test_integers_of_any_length_are_json(aws: Any) -> None:
    assert aws.invoke(FunctionName="echo", InvocationType="DryRun", Payload=b"1" * 5000)["StatusCode"] == 204


def test_payload_limits(aws: Any) -> None:
    fits, over = b'"' + b"x" * (1_048_576 - 2) + b'"', b'"' + b"x" * (1_048_576 - 1) + b'"'
    assert aws.invoke(FunctionName="echo", InvocationType="Event", Payload=fits)["StatusCode"] == 202
    status, code, message = refusal(aws, FunctionName="echo", InvocationType="Event", Payload=over)
    assert (status, code) == (413, "RequestTooLargeException")
    assert "1048576 bytes" in message
    large = b'"' + b"x" * (6_291_456 - 2) + b'"'
    assert len(aws.invoke(FunctionName="echo", Payload=large)["Payload"].read()) == 6_291_456
    assert refusal(aws, FunctionName="echo", Payload=large + b" ")[0] == 413


def test_a_response_over_the_limit_is_a_function_error(aws: Any) -> None:
    reply = aws.invoke(FunctionName="steps", Payload=b'{"size": 6291555}')
    body = json.loads(reply["Payload"].read())
    assert (reply["StatusCode"], reply["FunctionError"]) == (200, "Unhandled")
    assert body["errorType"] == "Function.ResponseSizeTooLarge"
    assert "exceeded maximum allowed payload size (6291556 bytes)" in body["errorMessage"]
    assert "FunctionError" not in aws.invoke(FunctionName="echo", Payload=b"{}")


def test_the_log_tail_has_the_last_4_kb(aws: Any) -> None:
    reply = aws.invoke(FunctionName="fail", LogType="Tail", Payload=b"{}")
    request_id = reply["ResponseMetadata"]["RequestId"]
    lines = base64.b64decode(reply["LogResult"]).decode().removesuffix("\n").split("\n")
    assert lines[0] == f"START RequestId: {request_id} Version: $LATEST"
    assert lines[1] == "before"
    assert lines[2:4] == ["[ERROR] Broken: no luck", "Traceback (most recent call last):"]
    assert lines[-2] == f"END RequestId: {request_id}"
    assert lines[-1].startswith(f"REPORT RequestId: {request_id}\tDuration: ")
    long = aws.invoke(FunctionName="steps", LogType="Tail", Payload=json.dumps({"print": "y" * 200_000}))
    tail = base64.b64decode(long["LogResult"])
    assert len(tail) == 4096
    assert tail.startswith(b"yyyy")
    assert b"REPORT" in tail
    assert "LogResult" not in aws.invoke(FunctionName="echo", Payload=b"{}")


def test_the_handler_gets_the_context(aws: Any) -> None:
    context = base64.b64encode(json.dumps({"custom": {"user": "ann ü"}}).encode()).decode()
    reply = aws.invoke(FunctionName="inspect_context", ClientContext=context, Payload=b"{}")
    seen = json.loads(reply["Payload"].read())
    assert seen["custom"] == {"user": "ann ü"}
    assert seen["request"] == reply["ResponseMetadata"]["RequestId"]
    assert seen["name"] == "inspect_context"
    assert 0 < seen["left"] <= 3000


def test_what_was_printed_is_in_its_own_tail(aws: Any) -> None:
    for number in range(25):
        event = json.dumps({"print": f"call {number}"})
        reply = aws.invoke(FunctionName="steps", LogType="Tail", Payload=event)
        printed = base64.b64decode(reply["LogResult"]).decode().split("\n")[1:-3]
        assert printed == [f"call {number}"]


def test_an_event_has_no_client_context(local: LocalLambda, aws: Any, tmp_path: Path) -> None:
    facts = {"ClientContext": base64.b64encode(b'{"custom": {}}').decode()}
    event = json.dumps({"file": str(tmp_path / "context")})
    aws.invoke(FunctionName="inspect_context", InvocationType="Event", Payload=event, **facts)
    assert local.settle()
    assert (tmp_path / "context").read_text() == "None"


@pytest.mark.parametrize("context", ["%%%", base64.b64encode(b"[1]").decode(), "QQ" * 2000])
def test_a_wrong_client_context_is_refused(aws: Any, context: str) -> None:
    code = refusal(aws, FunctionName="echo", ClientContext=context)[:2]
    assert code == (400, "InvalidRequestContentException")


def test_a_wrong_invocation_type_and_log_type_are_refused(aws: Any) -> None:
    assert refusal(aws, FunctionName="echo", InvocationType="event")[0] == 400
    assert refusal(aws, FunctionName="echo", LogType="tail")[0] == 400


def test_other_operations_and_methods_are_refused(local: LocalLambda, aws: Any) -> None:
    with pytest.raises(ClientError) as caught:
        aws.list_functions()
    assert caught.value.response["Error"]["Code"] == "UnknownOperationException"
    status, body = send(local, "POST", "/other", b"{}", signed(local, "/other"))
    assert (status, json.loads(body)["message"]) == (404, json.loads(body)["Message"])
    assert send(local, "PUT", PATH, b"{}", signed(local, PATH))[0] == 403, "the method is signed too"


def test_a_get_of_an_invocation_is_405(local: LocalLambda, aws: Any) -> None:
    request = AWSRequest("GET", local.url + PATH)
    SigV4Auth(aws._request_signer._credentials, "lambda", REGION).add_auth(request)
    assert send(local, "GET", PATH, b"", dict(request.headers.items()))[0] == 405


def test_a_request_without_a_length_is_411(local: LocalLambda) -> None:
    lines = [f"POST {PATH} HTTP/1.1", *(f"{name}: {value}" for name, value in signed(local, PATH, b"").items())]
    assert raw(local, "\r\n".join([*lines, "", ""]).encode()).startswith(b"HTTP/1.1 411 ")


def test_a_signed_header_in_utf_8(local: LocalLambda) -> None:
    headers = signed(local, PATH, X_Amz_Tenant_Id="ü") | {"Content-Length": "2"}
    lines = [f"POST {PATH} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    assert raw(local, "\r\n".join([*lines, "", "{}"]).encode()).startswith(b"HTTP/1.1 200 ")


def test_chunked_requests_and_expect_100(local: LocalLambda) -> None:
    body = b'{"a": "bc"}'
    headers = signed(local, PATH, body) | {"Transfer-Encoding": "chunked", "Connection": "close"}
    lines = [f"POST {PATH} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    chunks = b"4;ext=1\r\n" + body[:4] + b"\r\n7\r\n" + body[4:] + b"\r\n0\r\nTrailer: x\r\n\r\n"
    assert raw(local, "\r\n".join([*lines, "", ""]).encode() + chunks).endswith(b"\r\n\r\n" + body)
    waiting = "\r\n".join([*lines, "Expect: 100-continue", "", ""]).encode()
    assert raw(local, waiting + chunks).startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


def test_malformed_requests_get_a_json_error(local: LocalLambda) -> None:
    answers = [
        raw(local, b"nonsense\r\n\r\n"),
        raw(local, f"POST {PATH} HTTP/1.1\r\nContent-Length: -4\r\n\r\n".encode()),
        raw(local, f"POST {PATH} HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\nx".encode()),
        raw(local, f"POST {PATH} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".encode()),
    ]
    for answer in answers:
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"MalformedHttpRequestException" in answer
    huge = raw(local, f"POST {PATH} HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n".encode())
    assert huge.startswith(b"HTTP/1.1 413 ")


def test_invocations_are_listed_in_order(local: LocalLambda, aws: Any) -> None:
    last = local.invocations[-1].number if local.invocations else 0
    aws.invoke(FunctionName="echo:live", Payload=b'{"n": 1}', LogType="Tail")
    refusal(aws, FunctionName="nope", Payload=b"{}")
    first, second = [each for each in local.invocations if each.number > last]
    assert (first.number, second.number) == (last + 1, last + 2)
    assert (first.function, first.qualifier, first.payload) == ("echo", "live", b'{"n": 1}')
    assert (first.invocation_type, first.log_type, first.status) == ("RequestResponse", "Tail", 200)
    assert (second.function, second.status) == ("nope", 404)
    status, body = send(local, "GET", f"/_udfgen/invocations?after={last}", b"", {})
    assert status == 200
    assert json.loads(body) == {"invocations": [first.describe(), second.describe()]}
    assert send(local, "GET", "/_udfgen/invocations?after=x", b"", {})[0] == 400
    assert send(local, "GET", "/_udfgen/invocations", b"", {"Host": "evil.example:80"})[0] == 403


def test_a_port_in_use_and_a_name_given_twice_are_usage_errors(local: LocalLambda) -> None:
    port = int(local.url.rpartition(":")[2])
    with pytest.raises(UsageError, match=f"port {port} is in use: give another"):
        LocalLambda([], region=REGION, account=ACCOUNT, port=port).start()
    with pytest.raises(UsageError, match='"echo" is given twice'):
        LocalLambda([LocalFunction("echo", None)] * 2, region=REGION, account=ACCOUNT)


def test_it_listens_on_the_loopback_and_is_gone_after_stop() -> None:
    local = LocalLambda([], region=REGION, account=ACCOUNT)
    local.start()
    url = local.url
    local.start()
    assert local.url == url, "a second start changes nothing"
    assert url.startswith("http://127.0.0.1:")
    local.stop()
    local.stop()
    with pytest.raises(RuntimeError, match="not running"):
        local.environment()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=2)


def test_stop_ends_idle_connections() -> None:
    local = LocalLambda([], region=REGION, account=ACCOUNT)
    local.start()
    connection = http.client.HTTPConnection(local.url.removeprefix("http://"), timeout=5)
    connection.request("GET", "/_udfgen/invocations")
    assert connection.getresponse().read() == b'{"invocations": []}'
    local.stop()
    assert connection.sock.recv(1) == b""
    connection.close()


def test_environment_has_a_new_key_pair_each_time() -> None:
    one, two = (LocalLambda([], region=REGION, account=ACCOUNT) for _ in range(2))
    with one, two:
        first, second = one.environment(), two.environment()
    assert set(first) == {"AWS_ENDPOINT_URL_LAMBDA", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"}
    assert first["AWS_SECRET_ACCESS_KEY"] != second["AWS_SECRET_ACCESS_KEY"]
    assert first["AWS_REGION"] == REGION


def test_discover_finds_each_form(tmp_path: Path) -> None:
    write_handlers(tmp_path)
    (tmp_path / "a.b.py").write_text("")
    found = discover(tmp_path, ["echo", "score-customer", "told", "nope", "a.b"])
    assert found == {
        "echo": tmp_path / "echo.py",
        "score-customer": tmp_path / "score_customer.py",
        "told": tmp_path / "told" / "handler.py",
        "nope": None,
        "a.b": None,
    }
    (tmp_path / "score-customer.py").write_text("")
    assert discover(tmp_path, ["score-customer"])["score-customer"] == tmp_path / "score-customer.py"


def test_function_name_of_every_form() -> None:
    for target in ("echo", "echo:live", f"{ACCOUNT}:function:echo", f"{ARN}:echo:7", "function:echo"):
        assert function_name(target) == "echo"
    with pytest.raises(ValueError, match="is not a Lambda function"):
        function_name("arn:aws:s3:::bucket/echo")


def test_hyphens_and_folders_are_run(aws: Any) -> None:
    assert json.loads(aws.invoke(FunctionName="score-customer", Payload=b"{}")["Payload"].read()) == {"score": 87.5}
    assert aws.invoke(FunctionName="told", Payload=b"{}")["Payload"].read() == b'"from the helper"'
