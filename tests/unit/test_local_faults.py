"""Every kind of fault as a client meets it, the counting of rules, and the faults file."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError  # type: ignore[import-untyped]

from tests.unit.local_support import ACCOUNT, REGION, client, signed, write_handlers
from udfgen.errors import UsageError
from udfgen.local import Fault, LocalFunction, LocalLambda, load_faults
from udfgen.local.faults import KINDS, Injector

PATH = "/2015-03-31/functions/steps/invocations"
BODY = b'{"a": 1}'


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalLambda]:
    folder = write_handlers(tmp_path_factory.mktemp("handlers"))
    functions = [LocalFunction("steps", folder / "steps.py"), LocalFunction("echo", None, examples=(({}, "e", None),))]
    with LocalLambda(functions, region=REGION, account=ACCOUNT, retry_delays=(0.0, 0.0)) as running:
        yield running


@pytest.fixture(scope="module")
def aws(local: LocalLambda) -> Any:
    return client(local)


def runs(aws: Any, local: LocalLambda) -> int:
    """Return how often the handler has run, this time included."""
    local.inject(())
    return int(json.loads(aws.invoke(FunctionName="steps", Payload=b"{}")["Payload"].read())["count"])


def exchange(local: LocalLambda) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    """Send a signed call by hand, and return the connection and the reply, its body unread."""
    connection = http.client.HTTPConnection(urlsplit(local.url).netloc, timeout=5)
    connection.request("POST", PATH, BODY, signed(local, PATH, BODY))
    return connection, connection.getresponse()


@pytest.mark.parametrize(
    ("fault", "status", "type_"),
    [
        (Fault("status"), 500, "ServiceException"),
        (Fault("status", status=502), 502, "EC2ThrottledException"),
        (Fault("status", status=502, type="KMSDisabledException"), 502, "KMSDisabledException"),
        (Fault("status", status=403, message="not you"), 403, "AccessDeniedException"),
        (Fault("status", status=409), 409, "ResourceConflictException"),
        (Fault("throttle"), 429, "TooManyRequestsException"),
    ],
)
def test_errors_of_the_api(local: LocalLambda, aws: Any, fault: Fault, status: int, type_: str) -> None:
    before = runs(aws, local)
    local.inject([fault])
    with pytest.raises(ClientError) as caught:
        aws.invoke(FunctionName="steps", Payload=b"{}")
    found = caught.value.response
    assert (found["ResponseMetadata"]["HTTPStatusCode"], found["Error"]["Code"]) == (status, type_)
    assert local.invocations[-1].status == status
    assert fault.message is None or found["Error"]["Message"] == fault.message
    assert runs(aws, local) == before + 1, "the handler did not run"


def test_a_throttle_says_why_and_how_long(local: LocalLambda, aws: Any) -> None:
    local.inject([Fault("throttle", retry_after=7)])
    with pytest.raises(ClientError) as caught:
        aws.invoke(FunctionName="steps", Payload=b"{}")
    assert caught.value.response["Reason"] == "CallerRateLimitExceeded"
    assert caught.value.response["ResponseMetadata"]["HTTPHeaders"]["retry-after"] == "7"


def test_a_function_error(local: LocalLambda, aws: Any) -> None:
    local.inject([Fault("function_error", type="Fragile", message="broke")])
    reply = aws.invoke(FunctionName="steps", Payload=b"{}")
    body = json.loads(reply["Payload"].read())
    assert (reply["FunctionError"], body["errorType"], body["errorMessage"]) == ("Unhandled", "Fragile", "broke")


def test_a_function_error_of_an_event_is_its_first_run(local: LocalLambda, aws: Any) -> None:
    before = runs(aws, local)
    local.inject([Fault("function_error")])
    assert aws.invoke(FunctionName="steps", InvocationType="Event", Payload=b"{}")["StatusCode"] == 202
    assert local.settle(5)
    assert runs(aws, local) == before + 2


def test_a_delay(local: LocalLambda, aws: Any) -> None:
    local.inject([Fault("delay", seconds=0.3)])
    started = time.monotonic()
    assert aws.invoke(FunctionName="steps", Payload=b"{}")["StatusCode"] == 200
    assert time.monotonic() - started >= 0.3
    hasty = client(local, config=Config(read_timeout=0.1, retries={"total_max_attempts": 1}))
    with pytest.raises(ReadTimeoutError):
        hasty.invoke(FunctionName="steps", Payload=b"{}")


@pytest.mark.parametrize(("kind", "ran"), [("reset_before", 0), ("reset_after", 1)])
def test_resets(local: LocalLambda, aws: Any, kind: str, ran: int) -> None:
    before = runs(aws, local)
    local.inject([Fault(kind)])
    with pytest.raises(ConnectionClosedError):
        aws.invoke(FunctionName="steps", Payload=b"{}")
    assert local.invocations[-1].status is None
    connection = http.client.HTTPConnection(urlsplit(local.url).netloc, timeout=5)
    connection.request("POST", PATH, BODY, signed(local, PATH, BODY))
    with pytest.raises(ConnectionResetError):
        connection.sock.recv(1)  # an orderly end would give no byte
    assert runs(aws, local) == before + 1 + 2 * ran


def test_a_cut_body(local: LocalLambda) -> None:
    local.inject([Fault("cut_body", bytes=3)])
    _, reply = exchange(local)
    assert int(reply.getheader("Content-Length", "0")) > 3
    with pytest.raises(http.client.IncompleteRead) as caught:
        reply.read()
    assert caught.value.partial == b'{"c'


def test_garbage(local: LocalLambda) -> None:
    local.inject([Fault("garbage")])
    assert exchange(local)[1].read() == b"<html>this is not JSON</html>"


def test_a_chunked_body(local: LocalLambda) -> None:
    local.inject([Fault("chunked", bytes=5)])
    connection, reply = exchange(local)
    assert (reply.getheader("Transfer-Encoding"), reply.getheader("Content-Length")) == ("chunked", None)
    assert json.loads(reply.read())["stdin"] == ""
    assert connection.sock is not None, "the connection stays"


def test_a_slow_body(local: LocalLambda) -> None:
    local.inject([Fault("slow_body", seconds=0.3)])
    started = time.monotonic()
    _, reply = exchange(local)
    assert time.monotonic() - started < 0.25
    assert "count" in json.loads(reply.read())
    assert time.monotonic() - started >= 0.3


def test_an_interim_answer(local: LocalLambda) -> None:
    local.inject([Fault("continue_100")])
    where = urlsplit(local.url)
    headers = "".join(f"{name}: {value}\r\n" for name, value in signed(local, PATH, BODY).items())
    with socket.create_connection((where.hostname, where.port), timeout=5) as connection:
        head = f"POST {PATH} HTTP/1.1\r\nContent-Length: {len(BODY)}\r\n{headers}\r\n"
        connection.sendall(head.encode() + BODY)
        connection.shutdown(socket.SHUT_WR)
        text = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert text.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


def test_a_body_that_ends_with_the_connection(local: LocalLambda) -> None:
    local.inject([Fault("close")])
    _, reply = exchange(local)
    assert (reply.getheader("Connection"), reply.getheader("Content-Length")) == ("close", None)
    assert "count" in json.loads(reply.read())


def test_a_hang_up_after_a_whole_reply(local: LocalLambda) -> None:
    local.inject([Fault("hangup")])
    connection, reply = exchange(local)
    assert reply.getheader("Connection") is None
    assert "count" in json.loads(reply.read())
    assert connection.sock.recv(1) == b""


def test_rules_count_calls_and_the_first_that_applies_is_played() -> None:
    rules = [
        Fault("throttle", function="a", times=2, after=1),
        Fault("reset_before", times=1),
        Fault("delay", function="b"),
    ]
    injector = Injector(rules)
    picked = [injector.pick("a") for _ in range(5)]
    assert [fault.kind if fault else None for fault in picked] == ["reset_before", "throttle", "throttle", None, None]
    assert [injector.pick("b"), injector.pick("c")] == [rules[2], None]


def test_faults_touch_only_their_function(local: LocalLambda, aws: Any) -> None:
    local.inject([Fault("throttle", function="steps")])
    assert aws.invoke(FunctionName="echo", Payload=b"{}")["StatusCode"] == 200


def test_a_fault_of_no_kind_is_refused() -> None:
    with pytest.raises(ValueError, match=r'no kind of fault is called "throtle" \(did you mean "throttle"\?\)'):
        Fault("throtle")


def test_a_faults_file(tmp_path: Path) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text(
        "- {function: score-customer, kind: throttle, times: 2, retry_after: 1}\n"
        '- {function: "*", kind: status, status: 503, type: ServiceException, message: "no: really"}\n'
        "- kind: slow_body\n  seconds: 0.5\n  bytes: 10\n  after: 3\n"
    )
    assert load_faults(path) == (
        Fault("throttle", function="score-customer", times=2, retry_after=1),
        Fault("status", status=503, type="ServiceException", message="no: really"),
        Fault("slow_body", seconds=0.5, bytes=10, after=3),
    )
    path.write_text("# no rule yet\n")
    assert load_faults(path) == ()


def test_every_kind_can_be_written_in_a_file(tmp_path: Path) -> None:
    samples: dict[str, Any] = {"status": 500, "type": "X", "message": "m", "retry_after": 1, "seconds": 0.1, "bytes": 1}
    path = tmp_path / "faults.yaml"
    rules: list[dict[str, Any]] = [
        {"kind": kind} | {name: samples[name] for name in fields} for kind, fields in KINDS.items()
    ]
    path.write_text(json.dumps(rules))
    assert load_faults(path) == tuple(Fault(**rule) for rule in rules)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("kind: throttle\n", "1:1: a faults file is a list of rules"),
        ("- throttle\n", "1:3: a rule is a mapping"),
        ("- {times: 1}\n", "1:3: a rule needs a kind: one of status, throttle"),
        ("- kind: throtle\n", '1:9: no kind of fault is called "throtle" (did you mean "throttle"?)'),
        ("- kind: throttle\n  tims: 1\n", '2:3: no field is called "tims" (did you mean "times"?)'),
        ("- kind: throttle\n  times: 1\n  times: 2\n", '3:3: "times" is given twice'),
        ("- kind: throttle\n  times: often\n", '2:10: "times" must be a whole number'),
        ("- kind: status\n  status: 200\n", '2:11: "status" must be an HTTP status from 300 to 599'),
        ("- kind: delay\n  seconds: -1\n", '2:12: "seconds" must be a number of seconds'),
        ("- kind: delay\n  bytes: 4\n", '2:3: "bytes" says nothing to delay: it reads seconds'),
        ("- kind: [delay]\n", '1:9: "kind" must be one of'),
        ("- {kind: delay, function: *}\n", "1:28: not YAML: a * or & that names nothing: quote the value"),
        ("- {kind: delay\n", "2:1: not YAML: a mapping is not closed: add } or a comma"),
    ],
)
def test_what_is_wrong_in_a_faults_file_is_told_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        load_faults(path)
    assert str(caught.value).startswith(f"{path}:{problem}")


def test_every_problem_of_a_faults_file_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text("- kind: delay\n  bytes: 4\n- kind: never\n")
    with pytest.raises(UsageError) as caught:
        load_faults(path)
    assert [line.split(":")[1] for line in str(caught.value).splitlines()] == ["2", "3"]
    with pytest.raises(UsageError, match="cannot be read: no such file"):
        load_faults(tmp_path / "none.yaml")
    path.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(UsageError, match="it is not UTF-8 text"):
        load_faults(path)
