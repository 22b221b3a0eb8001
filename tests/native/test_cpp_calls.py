"""The C++ core calls out: what it sends and how often, what it reads, its deadline, its connections, TLS, proxies."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest

from tests.conftest import tool
from tests.native.calls_support import KEYS, PROGRAM, Calls, calls, job
from tests.native.cpp import build
from tests.unit.core_support import REQUEST_ID, SCORE, Answer, Request, Server, answers, http, refusal
from tests.unit.test_core_network import OPEN, Proxy


@pytest.fixture(scope="module")
def process() -> Iterator[Calls]:
    with calls() as running:
        yield running


def text(outcome: dict[str, Any]) -> tuple[str, str]:
    return outcome["code"], outcome["text"].removeprefix("score: ")


# --- what is sent ----------------------------------------------------------------------------------------------


def test_a_call_sends_what_the_entry_says_and_returns_the_body(process: Calls) -> None:
    with Server(answers(http())) as server:
        assert process.call(server.url, qualifier="live")["result"] == SCORE.decode()
    (request,) = server.requests
    assert request.line == "POST /2015-03-31/functions/score-customer/invocations?Qualifier=live HTTP/1.1"
    assert request.body == b'{"customer":42}'
    assert set(request.headers) == {"host", "x-amz-date", "authorization", "content-type", "content-length"}
    assert request.headers["host"] == f"127.0.0.1:{server.port}"


def test_async_and_dry_run_say_so_and_return_nothing(process: Calls) -> None:
    with Server(lambda request, _: http(204 if "DryRun" in str(request.headers) else 202, b"")) as server:
        for invoke in ("async", "dry_run"):
            assert process.call(server.url, invoke=invoke, returns={"kind": "void"})["result"] is None
    assert [request.headers["x-amz-invocation-type"] for request in server.requests] == ["Event", "DryRun"]


@pytest.mark.parametrize(("invoke", "limit"), [("sync", 6_291_456), ("async", 1_048_576)])
def test_a_payload_that_is_too_large_is_not_sent(process: Calls, invoke: str, limit: int) -> None:
    facts = {"invoke": invoke, "returns": {"kind": "void"}}
    with Server(answers(http(200 if invoke == "sync" else 202, b"{}"))) as server:
        assert process.call(server.url, body="1" * limit, **facts)["result"] is None
        refused = process.call(server.url, body="1" * (limit + 1), **facts)
    assert text(refused) == ("too_large", f"the payload has {limit + 1} bytes, AWS Lambda takes {limit}")
    assert [len(request.body) for request in server.requests] == [limit]


def test_a_client_context_goes_where_the_binding_has_one_and_only_if_it_fits(process: Calls) -> None:
    def context(size: int, **facts: Any) -> None:
        process.call(server.url, extra={"context": json.dumps({"custom": {"session_user": "x" * size}})}, **facts)

    with Server(answers(http())) as server:
        context(9)
        context(9, client_context=True)
        context(2653, client_context=True)
        context(2654, client_context=True)
    sent = [request.headers.get("x-amz-client-context", "") for request in server.requests]
    assert [len(each) for each in sent] == [0, 56, 3580, 0]
    assert json.loads(base64.b64decode(sent[1])) == {"custom": {"session_user": "x" * 9}}


def test_a_log_tail_is_asked_for_as_the_binding_says_and_not_shown(process: Calls) -> None:
    with Server(answers(http(X_Amz_Log_Result="dGFpbA=="))) as server:
        assert process.call(server.url, log_tail=True)["result"] == SCORE.decode()
    assert server.requests[0].headers["x-amz-log-type"] == "Tail"


# --- once, or as often as an idempotent binding allows: counted by the server ----------------------------------


def dying(reset: bool, after: int = 1) -> Answer:
    """Return an answer to some requests, then none: each connection is closed or reset when a request has come."""
    left = [http(Connection="keep-alive")] * after

    def answer(request: Request, connection: socket.socket) -> bytes | None:
        if left:
            return left.pop()
        if reset:
            # Closing with a linger time of zero sends a reset.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return None

    return answer


@pytest.mark.parametrize(("reset", "how"), [(False, "closed"), (True, "reset")])
@pytest.mark.parametrize("kept", [0, 1])
def test_a_request_without_a_reply_is_never_sent_twice(process: Calls, reset: bool, how: str, kept: int) -> None:
    with Server(dying(reset, after=kept)) as server:
        for _ in range(kept):
            assert process.call(server.url)["result"] == SCORE.decode()
        failed = process.call(server.url)
        assert text(failed) == ("unavailable", f"the connection was {how} before a reply")
        assert (len(server.requests), server.connections) == (kept + 1, 1)


@pytest.mark.parametrize("reset", [False, True])
def test_an_idempotent_request_without_a_reply_is_sent_again(process: Calls, reset: bool) -> None:
    with Server(dying(reset)) as server:
        assert process.call(server.url)["result"] == SCORE.decode()
        assert "code" in process.call(server.url, idempotent=True, retries=2)
        assert (len(server.requests), server.connections) == (4, 3)


def test_a_connection_closed_while_idle_is_not_used(process: Calls) -> None:
    closed = threading.Event()

    def answer(request: Request, connection: socket.socket) -> bytes | None:
        connection.sendall(http())
        connection.shutdown(socket.SHUT_RDWR)
        closed.set()
        return None

    with Server(answer) as server:
        for _ in range(3):
            closed.clear()
            assert process.call(server.url)["result"] == SCORE.decode()
            assert closed.wait(1)
    assert (len(server.requests), server.connections) == (3, 3)


def test_a_connection_with_bytes_nobody_asked_for_is_not_used(process: Calls) -> None:
    with Server(lambda request, _: http() + b"HTTP/1.1 200 OK\r\n\r\n") as server:
        assert [process.call(server.url)["result"] for _ in range(2)] == [SCORE.decode()] * 2
    assert server.connections == 2


def test_retries_stop_at_the_number_given_and_at_success(process: Calls) -> None:
    refused = refusal(503, "Busy")
    with Server(answers(refused, refused, http())) as server:
        assert process.call(server.url, idempotent=True, retries=2)["result"] == SCORE.decode()
        assert len(server.requests) == 3
    with Server(answers(refused)) as server:
        assert process.call(server.url, idempotent=True, retries=2)["code"] == "unavailable"
        assert process.call(server.url, idempotent=False, retries=2)["code"] == "unavailable"
        assert len(server.requests) == 4


def test_retry_after_is_waited_for_within_the_deadline(process: Calls) -> None:
    slow = refusal(429, "TooManyRequestsException", Retry_After="1")
    with Server(answers(slow, http(), slow)) as server:
        assert 1000 <= process.call(server.url, idempotent=True, retries=1)["ms"] < 1500
        refused = process.call(server.url, idempotent=True, retries=1, timeout_ms=900)
        assert (refused["code"], len(server.requests)) == ("throttled", 3)
        assert refused["ms"] < 500


# --- replies ---------------------------------------------------------------------------------------------------

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
GOOD = {
    "chunked, with a trailer that looks like a header": CHUNKED
    + b'5;a=b\r\n{"sco\r\n9\r\nre":87.5}\r\n0\r\nX-Amz-Function-Error: no\r\n\r\n',
    "until the connection closes": b"HTTP/1.1 200 OK\r\n\r\n" + SCORE,
    "after interim replies": b"HTTP/1.1 103 Hints\r\nX-Amz-Function-Error: no\r\n\r\n" * 16 + http(),
    "by HTTP/1.0": http().replace(b"/1.1", b"/1.0"),
}
BROKEN = {
    "cut in the head": (b"HTTP/1.1 200 OK\r\nContent-", "was cut"),
    "cut in the body": (http()[:-1], "was cut"),
    "cut in a chunk": (CHUNKED + b'9\r\n{"sc', "was cut"),
    "cut before the last chunk": (CHUNKED + b'e\r\n{"score":87.5}\r\n', "was cut"),
    "no HTTP": (b"SSH-2.0-OpenSSH\r\n\r\n", "has no valid status line"),
    "another HTTP": (b"HTTP/3 200 OK\r\n\r\n{}", "has no valid status line"),
    "a length that is none": (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "has a malformed header"),
    "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}", "has a malformed length"),
    "a header without a colon": (b"HTTP/1.1 200 OK\r\nfoo\r\n\r\n{}", "has a malformed header"),
    "a folded header": (b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n{}", "has a malformed header"),
    "a coding nobody asked for": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "has a transfer coding that is not understood",
    ),
    "a length and chunks": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "has a transfer coding that is not understood",
    ),
    "another protocol": (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", "switches to another protocol"),
    "interim replies without end": (b"HTTP/1.1 103 Hints\r\n\r\n" * 17 + http(), "has too many interim replies"),
    "one huge header": (b"HTTP/1.1 200 OK\r\nA: " + b"a" * 70_000 + b"\r\n\r\n", "has too long a head"),
    "many headers": (b"HTTP/1.1 200 OK\r\n" + b"A: bcdef\r\n" * 7000 + b"\r\n", "has too long a head"),
    "a body that is announced too large": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 16777217\r\n\r\n",
        "has more than 16777216 bytes",
    ),
    "a body that is too large": (b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 16_777_217, "has more than 16777216 bytes"),
}


def once(reply: bytes) -> Answer:
    """Return an answer that closes the connection behind the reply."""

    def answer(request: Request, connection: socket.socket) -> bytes | None:
        with contextlib.suppress(OSError):
            connection.sendall(reply)
        return None

    return answer


@pytest.mark.parametrize("name", GOOD)
def test_a_good_reply(process: Calls, name: str) -> None:
    with Server(once(GOOD[name])) as server:
        assert process.call(server.url)["result"] == SCORE.decode()


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_reply_is_retried_only_when_idempotent(process: Calls, name: str) -> None:
    reply, what = BROKEN[name]
    with Server(once(reply)) as server:
        assert text(process.call(server.url)) == ("bad_response", f"the reply {what}")
        assert len(server.requests) == 1
        server.answer = lambda request, _: http() if len(server.requests) > 2 else once(reply)(request, _)
        assert process.call(server.url, idempotent=True, retries=1)["result"] == SCORE.decode()
        assert len(server.requests) == 3


def test_a_reset_is_not_the_end_of_a_body(process: Calls) -> None:
    def reset(request: Request, connection: socket.socket) -> bytes | None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + SCORE)
        time.sleep(0.05)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return None

    with Server(reset) as server:
        assert text(process.call(server.url)) == ("bad_response", "the reply was cut")


def test_an_early_refusal_is_read(process: Calls) -> None:
    def refuse() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1000)
            connection.sendall(refusal(413, "RequestTooLargeException"))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=refuse, daemon=True).start()
        refused = process.call(f"http://127.0.0.1:{listener.getsockname()[1]}", body="1" * 6_000_000)
    assert refused["text"] == f"score: RequestTooLargeException: what AWS says (request id {REQUEST_ID})"


def test_a_reply_that_does_not_decode_keeps_its_request_id(process: Calls) -> None:
    with Server(answers(http(body=b"<html>"))) as server:
        refused = process.call(server.url)
    assert refused["text"] == f"score: reply is not valid JSON (request id {REQUEST_ID})"


def test_credentials_in_use_do_not_show() -> None:
    said = f"{KEYS['AWS_ACCESS_KEY_ID']} {KEYS['AWS_SECRET_ACCESS_KEY']} IQoJtoken short"
    with calls(AWS_SESSION_TOKEN="IQoJtoken") as running, Server(answers(refusal(500, "E", said))) as server:
        shown = running.call(server.url)["text"]
    assert shown == f"score: E: *** *** *** short (request id {REQUEST_ID})"


# --- the deadline and the kill ---------------------------------------------------------------------------------


def hang(request: Request, connection: socket.socket) -> None:
    """Answer nothing until the client has hung up."""
    connection.settimeout(3)
    with contextlib.suppress(OSError):
        connection.recv(1)


def begin(request: Request, connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    hang(request, connection)


def dribble(request: Request, connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    with contextlib.suppress(OSError):
        for _ in range(300):
            connection.sendall(b" ")
            time.sleep(0.01)


@pytest.fixture
def deaf() -> Iterator[str]:
    """The address of a listener whose connections wait for ever: its backlog is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        with contextlib.ExitStack() as waiting:
            for each in [waiting.enter_context(socket.socket()) for _ in range(4)]:
                each.setblocking(False)
                each.connect_ex(address)
            yield f"127.0.0.1:{address[1]}"


@pytest.mark.parametrize(
    ("answer", "stage"),
    [(hang, "waiting for the reply"), (begin, "reading the reply"), (dribble, "reading the reply")],
)
def test_the_deadline_names_its_stage(process: Calls, answer: Answer, stage: str) -> None:
    with Server(answer) as server:
        late = process.call(server.url, timeout_ms=300, idempotent=True, retries=3)
    assert text(late) == ("timeout", f"timed out after 300 ms while {stage}")
    assert 300 <= late["ms"] < 400
    assert len(server.requests) == 1


def test_the_deadline_while_connecting(process: Calls, deaf: str) -> None:
    late = process.call(f"http://{deaf}", timeout_ms=300, connect_timeout_ms=300)
    assert text(late) == ("timeout", "timed out after 300 ms while connecting")


def test_a_connection_that_takes_too_long_is_unavailable(process: Calls, deaf: str) -> None:
    late = process.call(f"http://{deaf}", connect_timeout_ms=150)
    assert text(late) == ("unavailable", f"cannot connect to {deaf} within 150 ms")
    assert 150 <= late["ms"] < 400


@pytest.mark.parametrize("answer", [hang, begin, dribble])
def test_a_kill_ends_a_call(process: Calls, answer: Answer) -> None:
    with Server(answer) as server:
        killed = process.call(server.url, extra={"kill_after_ms": 150})
    assert killed["code"] == "interrupted"
    assert 150 <= killed["ms"] < 400


def test_a_kill_ends_connecting_and_waiting_to_retry(process: Calls, deaf: str) -> None:
    slow = refusal(429, "TooManyRequestsException", Retry_After="2")
    with Server(answers(slow)) as server:
        for url in (f"http://{deaf}", server.url):
            killed = process.call(url, idempotent=True, retries=1, extra={"kill_after_ms": 150})
            assert killed["code"] == "interrupted"
            assert 150 <= killed["ms"] < 400
        assert len(server.requests) == 1


def test_a_fast_call_does_not_ask_whether_it_was_killed(process: Calls) -> None:
    with Server(answers(http())) as server:
        assert process.call(server.url)["asked"] == 0


def test_a_call_after_a_kill_has_a_connection_of_its_own(process: Calls) -> None:
    late = threading.Event()

    def answer(request: Request, connection: socket.socket) -> bytes:
        return http(body=b'"late"') if len(server.requests) == 1 and late.wait(0.4) is False else http()

    with Server(answer) as server:
        assert process.call(server.url, timeout_ms=200)["code"] == "timeout"
        assert process.call(server.url)["result"] == SCORE.decode()
    assert server.connections == 2


# --- connections -----------------------------------------------------------------------------------------------


def test_threads_share_connections(process: Calls) -> None:
    with Server(answers(http(Connection="keep-alive"))) as server:
        outcomes = process.ask("threads", calls=[job(server.url)] * 8, rounds=25)
        assert [each["result"] for thread in outcomes for each in thread] == [SCORE.decode()] * 200
        assert 1 <= server.connections <= 8
        before = server.connections
        assert [process.call(server.url)["result"] for _ in range(3)] == [SCORE.decode()] * 3
        assert (len(server.requests), server.connections) == (203, before)


def test_calls_that_time_out_after_the_idle_limit_leave_the_pool_whole(process: Calls) -> None:
    """All come back at once, each with a handle that nobody has used for 10 s: the pool was once read when empty."""

    def late(request: bytes, number: int) -> bytes:
        time.sleep(12)
        return b""

    with Server(late) as server:
        outcomes = process.ask("threads", calls=[job(server.url, timeout_ms=10_300)] * 4, rounds=1)
        assert [outcome["code"] for thread in outcomes for outcome in thread] == ["timeout"] * 4
    with Server(answers(http())) as server:
        assert process.call(server.url)["result"] == SCORE.decode()


def test_large_payloads_and_replies(process: Calls) -> None:
    with Server(lambda request, _: http(body=request.body)) as server:
        body = '"' + "x" * 6_000_000 + '"'
        assert process.call(server.url, body=body)["result"] == body


@pytest.mark.parametrize(("said", "connections"), [("keep-alive", 1), ("close", 3)])
def test_a_connection_that_says_close_is_closed(process: Calls, said: str, connections: int) -> None:
    with Server(answers(http(Connection=said))) as server:
        assert [process.call(server.url)["result"] for _ in range(3)] == [SCORE.decode()] * 3
    assert server.connections == connections


def test_connections_that_cannot_be(process: Calls) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    refused = process.call(f"http://127.0.0.1:{port}", idempotent=True, retries=2)
    assert text(refused) == ("unavailable", f"cannot connect to 127.0.0.1:{port}: Connection refused")
    unknown = process.call("http://nowhere.invalid")
    assert text(unknown) == ("unavailable", "cannot resolve the host nowhere.invalid")


SLOW_LOOK_UP = """
#include <netdb.h>
#include <unistd.h>
int getaddrinfo(const char *a, const char *b, const struct addrinfo *c, struct addrinfo **d) { sleep(2); return 1; }
"""


def test_a_look_up_of_a_name_that_hangs_holds_up_nobody(tmp_path: Path) -> None:
    slow = tmp_path / "slow.so"
    command = [tool("g++", "g++"), "-xc", "-shared", "-fPIC", "-o", str(slow), "-"]
    subprocess.run(command, check=True, input=SLOW_LOOK_UP, text=True)
    # A sanitizer's library would have to be loaded before this one.
    with Calls(build("calls"), KEYS | {"LD_PRELOAD": str(slow)}) as running:
        killed = running.call("http://lambda.example", extra={"kill_after_ms": 150})
        late = running.call("http://lambda.example", timeout_ms=300)
    assert killed["code"] == "interrupted"
    assert killed["ms"] < 400
    assert text(late) == ("timeout", "timed out after 300 ms while connecting")
    assert late["ms"] < 400


def test_names_and_addresses_of_version_6(process: Calls) -> None:
    with Server(answers(http())) as server:
        assert process.call(server.url.replace("127.0.0.1", "localhost"))["result"] == SCORE.decode()
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        refused = process.call(f"http://[::1]:{listener.getsockname()[1]}", timeout_ms=200)
    assert refused["text"].endswith("while waiting for the reply")


# --- TLS -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a certificate and its key, for 127.0.0.1 and for no name."""
    file = tmp_path_factory.mktemp("tls") / "cert.pem"
    key = file.with_name("key.pem")
    what = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = [tool("openssl", "openssl"), *what, *names, "-out", str(file), "-keyout", str(key)]
    subprocess.run(command, check=True, capture_output=True)
    file.write_text(file.read_text() + key.read_text())
    return file


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def test_calls_over_tls_share_a_connection(process: Calls, certificate: Path, tls: ssl.SSLContext) -> None:
    with Server(answers(http(Connection="keep-alive")), tls) as server:
        found = [process.call(server.url, config={"ca_file": str(certificate)})["result"] for _ in range(3)]
    assert (found, len(server.requests), server.connections) == ([SCORE.decode()] * 3, 3, 1)


def test_the_certificates_may_come_from_the_environment(certificate: Path, tls: ssl.SSLContext) -> None:
    with calls(AWS_CA_BUNDLE=str(certificate)) as running, Server(answers(http()), tls) as server:
        assert running.call(server.url)["result"] == SCORE.decode()


def test_certificates_that_are_refused(process: Calls, certificate: Path, tls: ssl.SSLContext) -> None:
    retried = {"idempotent": True, "retries": 2}
    with Server(answers(http()), tls) as server:
        nobody = process.call(server.url, **retried)
        elsewhere = server.url.replace("127.0.0.1", "localhost")
        another = process.call(elsewhere, config={"ca_file": str(certificate)}, **retried)
        unread = process.call(server.url, config={"ca_file": "/nonexistent/ca.pem"}, **retried)
    assert text(nobody) == ("unavailable", "TLS: self-signed certificate")
    assert text(another) == ("unavailable", "TLS: Hostname mismatch, certificate is not valid for 'localhost'.")
    assert text(unread) == ("unavailable", "TLS: cannot read the certificates in /nonexistent/ca.pem")
    assert (server.requests, server.connections) == ([], 3)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1:DeprecationWarning")
def test_tls_before_1_2_is_refused(process: Calls, certificate: Path, tls: ssl.SSLContext) -> None:
    tls.set_ciphers("ALL:@SECLEVEL=0")
    tls.minimum_version, tls.maximum_version = ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_1
    with Server(answers(http()), tls) as server:
        code, what = text(process.call(server.url, config={"ca_file": str(certificate)}))
    assert (code, what[:5], server.requests) == ("unavailable", "TLS: ", [])


@pytest.mark.parametrize(
    ("head", "what"), [(b"", "does not say how long it is"), (b"Content-Length: 99\r\n", "was cut")]
)
def test_a_stream_cut_under_tls_is_not_the_end_of_a_body(
    process: Calls, certificate: Path, tls: ssl.SSLContext, head: bytes, what: str
) -> None:
    def cut(request: Request, connection: Any) -> bytes | None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + SCORE)
        # Closed without TLS's own end, as anybody on the way could do.
        socket.socket(fileno=connection.detach()).close()
        return None

    with Server(cut, tls) as server:
        outcome = process.call(server.url, config={"ca_file": str(certificate)})
    assert text(outcome) == ("bad_response", f"the reply {what}")


def test_a_handshake_that_hangs_ends_with_the_time_to_connect_or_a_kill(process: Calls) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        late = process.call(url, connect_timeout_ms=250)
        killed = process.call(url, extra={"kill_after_ms": 150})
    assert late["text"].endswith(" within 250 ms")
    assert killed["code"] == "interrupted"
    assert killed["ms"] < 400


def test_a_request_without_a_reply_is_never_sent_twice_over_tls(
    process: Calls, certificate: Path, tls: ssl.SSLContext
) -> None:
    with Server(dying(reset=False), tls) as server:
        config = {"ca_file": str(certificate)}
        assert process.call(server.url, config=config)["result"] == SCORE.decode()
        failed = process.call(server.url, config=config)
        assert text(failed) == ("unavailable", "the connection was closed before a reply")
    assert (len(server.requests), server.connections) == (2, 1)


# --- proxies ---------------------------------------------------------------------------------------------------


def test_https_goes_through_a_tunnel(process: Calls, certificate: Path, tls: ssl.SSLContext) -> None:
    with Server(answers(http()), tls) as server, Proxy(OPEN) as proxy:
        config = {"ca_file": str(certificate), "proxy": proxy.url}
        assert [process.call(server.url, config=config)["result"] for _ in range(2)] == [SCORE.decode()] * 2
    (asked,) = proxy.requests
    assert asked.line == f"CONNECT 127.0.0.1:{server.port} HTTP/1.1"
    assert set(asked.headers) <= {"host", "proxy-connection"}
    assert server.requests[0].line.startswith("POST /2015-03-31/")


def test_http_goes_to_the_proxy_in_absolute_form(process: Calls) -> None:
    with Server(answers(http())) as proxy:
        outcome = process.call("http://lambda.example:9001/stage", config={"proxy": proxy.url}, qualifier="a")
    assert outcome["result"] == SCORE.decode()
    (request,) = proxy.requests
    path = "/stage/2015-03-31/functions/score-customer/invocations?Qualifier=a"
    assert request.line == f"POST http://lambda.example:9001{path} HTTP/1.1"
    assert request.headers["host"] == "lambda.example:9001"


@pytest.mark.parametrize(
    ("reply", "what", "asked"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "the proxy answered HTTP 407", 1),
        (b"HTTP/1.1 503 Busy\r\n\r\n", "the proxy answered HTTP 503", 2),
        (None, "the proxy did not answer", 2),
    ],
)
def test_a_proxy_that_refuses(process: Calls, reply: bytes | None, what: str, asked: int) -> None:
    with Proxy(answers(reply)) as proxy:
        config = {"proxy": proxy.url}
        refused = process.call("https://lambda.example", config=config, idempotent=True, retries=1)
    assert text(refused) == ("unavailable", what)
    assert len(proxy.requests) == asked


def test_a_proxy_that_is_not_there(process: Calls) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    refused = process.call("https://lambda.example", config={"proxy": f"http://127.0.0.1:{port}"})
    assert text(refused) == ("unavailable", f"cannot connect to the proxy 127.0.0.1:{port}: Connection refused")


def test_proxies_of_the_environment_have_no_say() -> None:
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"), "http://127.0.0.1:9")
    with calls(**nowhere, no_proxy="*") as running, Server(answers(http())) as server:
        assert running.call(server.url)["result"] == SCORE.decode()
        through = running.call("http://lambda.example", config={"proxy": server.url})
        assert through["result"] == SCORE.decode(), "no_proxy is no more heard than the proxies"


# --- addresses -------------------------------------------------------------------------------------------------


def test_endpoints_are_those_of_botocore(process: Calls) -> None:
    session = boto3.session.Session()
    partitions = session.get_available_partitions()
    regions = {region for each in partitions for region in session.get_available_regions("lambda", each)}
    assert len(regions) > 30
    for region in sorted(regions | {"eusc-de-east-1", "eu-isoe-west-1", "us-isof-south-1"}):
        client = session.client("lambda", region_name=region)
        assert process.ask("endpoint", program=PROGRAM | {"region": region}) == client.meta.endpoint_url


def test_the_environment_of_the_server_names_the_endpoint_first(process: Calls) -> None:
    program = PROGRAM | {"endpoint": "http://spec.example"}
    assert process.ask("endpoint", program=program) == "http://spec.example"
    with calls(AWS_ENDPOINT_URL_LAMBDA="http://server.example:9001") as running:
        assert running.ask("endpoint", program=program) == "http://server.example:9001"


@pytest.mark.parametrize(
    ("given", "host", "authority", "path"),
    [
        ("https://[::1]:9001/a/b", "::1", "[::1]:9001", "/a/b"),
        ("https://[::1]:443", "::1", "[::1]", ""),
        ("https://[::1]", "::1", "[::1]", ""),
        ("http://host:80/", "host", "host", "/"),
        ("http://host:443", "host", "host:443", ""),
        ("http://host:", None, None, None),
        ("http://host:99999999999", None, None, None),
        ("http://host:8x", None, None, None),
        ("http://", None, None, None),
        ("http://:80", None, None, None),
        ("http://[::1", None, None, None),
        ("http://[::1]x", None, None, None),
        ("host", None, None, None),
        ("", None, None, None),
        ("ftp://host", None, None, None),
        ("http://user:secret@host", None, None, None),
        ("http://host/?a", None, None, None),
        ("http://host/#a", None, None, None),
        ("http://ho st", None, None, None),
        ("http://host\r\nX: y", None, None, None),
        ("http://h\u00f6st", None, None, None),
    ],
)
def test_an_address_in_its_parts(process: Calls, given: str, host: Any, authority: Any, path: Any) -> None:
    found = process.ask("url", text=given)
    if host is None:
        what = "an address must look like https://host:port, without user, query or fragment"
        assert text(found) == ("unavailable", f"url: {what}")
    else:
        assert (found["host"], found["authority"], found["path"]) == (host, authority, path)
