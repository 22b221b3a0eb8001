"""What every core does alike when it calls out: what it sends, how often, what it reads, its deadline, TLS, proxies."""

from __future__ import annotations

import socket
import ssl
import struct
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.native.calls_support import KEYS, text
from tests.native.cores import Core, Runner, check_broken
from tests.native.ways_to_answer import begin, closing, dribble, dying, hang, once
from tests.scripted import DELIVERIES, REGION, Script, ScriptedLambda
from tests.unit.core_support import REQUEST_ID, SCORE, Answer, Request, Server, answers, http, refusal
from tests.unit.test_core_network import OPEN, Proxy

IDLE = 0.02
"""Seconds after which any core looks at a kept connection before it is used; one younger may be taken as it is."""


# --- what is sent ----------------------------------------------------------------------------------------------


def test_a_call_sends_what_the_entry_says_and_returns_the_body(process: Runner) -> None:
    with Server(answers(http())) as server:
        assert process.call(server.url, qualifier="live")["result"] == SCORE.decode()
    (request,) = server.requests
    assert request.line == "POST /2015-03-31/functions/score-customer/invocations?Qualifier=live HTTP/1.1"
    assert request.body == b'{"customer":42}'
    assert set(request.headers) == {"host", "x-amz-date", "authorization", "content-type", "content-length"}
    assert request.headers["host"] == f"127.0.0.1:{server.port}"


def test_async_and_dry_run_say_so_and_return_nothing(process: Runner) -> None:
    with Server(lambda request, _: http(204 if "DryRun" in str(request.headers) else 202, b"")) as server:
        for invoke in ("async", "dry_run"):
            assert process.call(server.url, invoke=invoke, returns={"kind": "void"})["result"] is None
    assert [request.headers["x-amz-invocation-type"] for request in server.requests] == ["Event", "DryRun"]


@pytest.mark.parametrize(("invoke", "limit"), [("sync", 6_291_456), ("async", 1_048_576)])
def test_a_payload_that_is_too_large_is_not_sent(process: Runner, invoke: str, limit: int) -> None:
    facts = {"invoke": invoke, "returns": {"kind": "void"}}
    with Server(answers(http(200 if invoke == "sync" else 202, b"{}"))) as server:
        assert process.call(server.url, body="1" * limit, **facts)["result"] is None
        refused = process.call(server.url, body="1" * (limit + 1), **facts)
    assert text(refused) == ("too_large", f"the payload has {limit + 1} bytes, AWS Lambda takes {limit}")
    assert [len(request.body) for request in server.requests] == [limit]


def test_a_log_tail_is_asked_for_as_the_binding_says_and_not_shown(process: Runner) -> None:
    with Server(answers(http(X_Amz_Log_Result="dGFpbA=="))) as server:
        assert process.call(server.url, log_tail=True)["result"] == SCORE.decode()
    assert server.requests[0].headers["x-amz-log-type"] == "Tail"


def test_credentials_in_use_do_not_show(core: Core) -> None:
    said = f"{KEYS['AWS_ACCESS_KEY_ID']} {KEYS['AWS_SECRET_ACCESS_KEY']} IQoJtoken short"
    refused = refusal(500, "E", said, x_amzn_RequestId="IQoJtoken")
    with core.start(AWS_SESSION_TOKEN="IQoJtoken") as running, Server(answers(refused)) as server:
        shown = running.call(server.url)["text"]
        server.answer = answers(http(body=b"<html>", x_amzn_RequestId="IQoJtoken"))
        undecoded = running.call(server.url)["text"]
    assert shown == "score: E: *** *** *** short (request id ***)"
    assert undecoded == "score: reply is not valid JSON (request id ***)"


@pytest.mark.parametrize(
    ("behaviour", "result"),
    [(name, '{"score":87.5}') for name in ("plain", "chunked", "until_close", "continue")]
    + [("cut", "the reply was cut"), ("reset", "the connection was reset before a reply")],
)
def test_every_way_of_answering_is_read_and_signed_for(core: Core, behaviour: str, result: str) -> None:
    assert behaviour in DELIVERIES
    with ScriptedLambda() as scripted:
        environment = scripted.environment()
        endpoint = environment.pop("AWS_ENDPOINT_URL_LAMBDA")
        scripted.play(Script(body=b'{"score":87.5}', behaviour=behaviour))
        with core.start(**environment) as running:
            outcomes = [running.call(endpoint, config={"region": REGION}) for _ in range(2)]
    for outcome in outcomes:
        assert outcome.get("result", outcome.get("text", "").removeprefix("score: ")) == result
    assert len(scripted.requests) == 2


# --- once, or as often as an idempotent binding allows: counted by the server ----------------------------------


@pytest.mark.parametrize(("reset", "how"), [(False, "closed"), (True, "reset")])
@pytest.mark.parametrize("kept", [0, 1])
@pytest.mark.parametrize("idle", [0.0, IDLE])
def test_a_request_without_a_reply_is_never_sent_twice(
    process: Runner, reset: bool, how: str, kept: int, idle: float
) -> None:
    with Server(dying(reset, after=kept)) as server:
        for _ in range(kept):
            assert process.call(server.url)["result"] == SCORE.decode()
            time.sleep(idle)
        failed = process.call(server.url)
        assert text(failed) == ("unavailable", f"the connection was {how} before a reply")
        assert (len(server.requests), server.connections) == (kept + 1, 1)


@pytest.mark.parametrize("reset", [False, True])
def test_an_idempotent_request_without_a_reply_is_sent_again(process: Runner, reset: bool) -> None:
    with Server(dying(reset)) as server:
        assert process.call(server.url)["result"] == SCORE.decode()
        assert "code" in process.call(server.url, idempotent=True, retries=2)
        assert (len(server.requests), server.connections) == (4, 3)


def test_a_connection_closed_while_idle_is_not_used(process: Runner) -> None:
    with Server(closing) as server:
        for _ in range(3):
            assert process.call(server.url)["result"] == SCORE.decode()
            time.sleep(IDLE)
    assert (len(server.requests), server.connections) == (3, 3)


def test_a_connection_with_bytes_nobody_asked_for_is_not_used(process: Runner) -> None:
    with Server(lambda request, _: http() + b"HTTP/1.1 200 OK\r\n\r\n") as server:
        assert [process.call(server.url)["result"] for _ in range(2)] == [SCORE.decode()] * 2
    assert server.connections == 2


def unasked(request: Request, connection: Any) -> bytes:
    """Answer with more than one read takes, and at once with what would answer the next request."""
    return http(body=b'"' + b"x" * 40_000 + b'"') + http(body=b'"not asked for"')


@pytest.mark.parametrize("is_tls", [False, True])
@pytest.mark.parametrize("idle", [0.0, IDLE])
def test_a_second_reply_is_not_read_as_that_of_the_next_call(
    process: Runner, certificate: Path, tls: ssl.SSLContext, is_tls: bool, idle: float
) -> None:
    with Server(unasked, tls if is_tls else None) as server:
        for _ in range(2):
            assert len(process.call(server.url, config={"ca_file": str(certificate)})["result"]) == 40_002
            time.sleep(idle)
    assert server.connections == 2


def test_bytes_that_come_late_end_a_connection(process: Runner) -> None:
    def answer(request: Request, connection: Any) -> bytes:
        connection.sendall(http())
        time.sleep(IDLE / 4)
        return b'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n"late"'

    with Server(answer) as server:
        for _ in range(2):
            assert process.call(server.url)["result"] == SCORE.decode()
            time.sleep(IDLE)
    assert server.connections == 2


def test_a_connection_idle_for_10_seconds_is_left_alone(process: Runner) -> None:
    with Server(answers(http(Connection="keep-alive"))) as server:
        for idle in (0, IDLE, 10.1):
            time.sleep(idle)
            assert process.call(server.url)["result"] == SCORE.decode()
    assert server.connections == 2


def test_retries_stop_at_the_number_given_and_at_success(process: Runner) -> None:
    refused = refusal(503, "Busy")
    with Server(answers(refused, refused, http())) as server:
        assert process.call(server.url, idempotent=True, retries=2)["result"] == SCORE.decode()
        assert len(server.requests) == 3
    with Server(answers(refused)) as server:
        assert process.call(server.url, idempotent=True, retries=2)["code"] == "unavailable"
        assert process.call(server.url, idempotent=False, retries=2)["code"] == "unavailable"
        assert len(server.requests) == 4


def test_retry_after_is_waited_for_within_the_deadline(process: Runner) -> None:
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


@pytest.mark.parametrize("name", GOOD)
def test_a_good_reply(process: Runner, name: str) -> None:
    with Server(once(GOOD[name])) as server:
        assert process.call(server.url)["result"] == SCORE.decode()


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_reply_is_retried_only_when_idempotent(process: Runner, name: str) -> None:
    check_broken(process, *BROKEN[name])


def test_chunks_that_are_too_large_together_are_refused(process: Runner) -> None:
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    with Server(once(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + 17 * chunk)) as server:
        refused = process.call(server.url)
    assert text(refused) == ("bad_response", "the reply has more than 16777216 bytes")


def test_a_reset_is_not_the_end_of_a_body(process: Runner) -> None:
    def reset(request: Request, connection: socket.socket) -> bytes | None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + SCORE)
        time.sleep(0.05)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return None

    with Server(reset) as server:
        assert text(process.call(server.url)) == ("bad_response", "the reply was cut")


def test_an_early_refusal_is_read(process: Runner) -> None:
    class Early(Server):
        """Refuses what it has not read, and closes."""

        def _serve(self, connection: socket.socket) -> None:
            with connection:
                connection.recv(1000)
                connection.sendall(refusal(413, "RequestTooLargeException"))

    with Early(hang) as server:
        # The second call finds a connection that is of no use, though nobody has said so.
        outcomes = [process.call(server.url, body="1" * size) for size in (6_000_000, 1)]
    for refused in outcomes:
        assert refused["text"] == f"score: RequestTooLargeException: what AWS says (request id {REQUEST_ID})"


def test_a_reply_that_does_not_decode_keeps_its_request_id(process: Runner) -> None:
    with Server(answers(http(body=b"<html>"))) as server:
        refused = process.call(server.url)
    assert refused["text"] == f"score: reply is not valid JSON (request id {REQUEST_ID})"


# --- the deadline ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "stage"),
    [(hang, "waiting for the reply"), (begin, "reading the reply"), (dribble, "reading the reply")],
)
def test_the_deadline_names_its_stage(core: Core, process: Runner, answer: Answer, stage: str) -> None:
    with Server(answer) as server:
        late = process.call(server.url, timeout_ms=300, idempotent=True, retries=3)
    assert text(late) == ("timeout", f"timed out after 300 ms while {stage}")
    assert 300 <= late["ms"] < 300 + core.late_ms
    assert len(server.requests) == 1


def test_the_deadline_while_connecting(core: Core, process: Runner, deaf: str) -> None:
    late = process.call(f"http://{deaf}", timeout_ms=300, connect_timeout_ms=300)
    assert text(late) == ("timeout", "timed out after 300 ms while connecting")
    assert 300 <= late["ms"] < 300 + core.late_ms


def test_a_connection_that_takes_too_long_is_unavailable(core: Core, process: Runner, deaf: str) -> None:
    late = process.call(f"http://{deaf}", connect_timeout_ms=150)
    assert text(late) == ("unavailable", f"cannot connect to {deaf} within 150 ms")
    assert 150 <= late["ms"] < 150 + core.late_ms


def test_a_call_after_a_timeout_has_a_connection_of_its_own(process: Runner) -> None:
    def answer(request: Request, connection: Any) -> bytes:
        first = len(server.requests) == 1
        time.sleep(0.4 if first else 0)
        return http(body=b'"late"') if first else http()

    with Server(answer) as server:
        assert process.call(server.url, timeout_ms=200)["code"] == "timeout"
        assert process.call(server.url)["result"] == SCORE.decode()
    assert server.connections == 2


# --- connections -----------------------------------------------------------------------------------------------


def test_large_payloads_and_replies(process: Runner) -> None:
    with Server(lambda request, _: http(body=request.body)) as server:
        body = '"' + "x" * 6_000_000 + '"'
        assert process.call(server.url, body=body)["result"] == body


@pytest.mark.parametrize(("said", "connections"), [("keep-alive", 1), ("close", 3), ("x, Close", 3)])
def test_a_connection_that_says_close_is_closed(process: Runner, said: str, connections: int) -> None:
    with Server(answers(http(Connection=said))) as server:
        assert [process.call(server.url)["result"] for _ in range(3)] == [SCORE.decode()] * 3
    assert server.connections == connections


def test_connections_that_cannot_be(process: Runner) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    refused = process.call(f"http://127.0.0.1:{port}", idempotent=True, retries=2)
    assert text(refused) == ("unavailable", f"cannot connect to 127.0.0.1:{port}: Connection refused")
    unknown = process.call("http://nowhere.invalid")
    assert text(unknown) == ("unavailable", "cannot resolve the host nowhere.invalid")


def test_names_and_addresses_of_version_6(process: Runner) -> None:
    with Server(answers(http())) as server:
        assert process.call(server.url.replace("127.0.0.1", "localhost"))["result"] == SCORE.decode()
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        refused = process.call(f"http://[::1]:{listener.getsockname()[1]}", timeout_ms=200)
    assert refused["text"].endswith("while waiting for the reply")


def test_proxies_of_the_environment_have_no_say(core: Core) -> None:
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"), "http://127.0.0.1:9")
    with core.start(**nowhere, no_proxy="*") as running, Server(answers(http())) as server:
        assert running.call(server.url)["result"] == SCORE.decode()
        through = running.call("http://lambda.example", config={"proxy": server.url})
        assert through["result"] == SCORE.decode(), "no_proxy is no more heard than the proxies"


# --- TLS -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("idle", [0.0, IDLE])
def test_calls_over_tls_share_a_connection(
    core: Core, process: Runner, certificate: Path, tls: ssl.SSLContext, version: ssl.TLSVersion, idle: float
) -> None:
    tls.minimum_version, tls.maximum_version = min(version, core.newest_tls), version
    found = []
    with Server(answers(http(Connection="keep-alive")), tls) as server:
        for _ in range(3):
            found.append(process.call(server.url, config={"ca_file": str(certificate)})["result"])
            time.sleep(idle)
    assert (found, len(server.requests), server.connections) == ([SCORE.decode()] * 3, 3, 1)


def test_large_payloads_and_replies_over_tls(process: Runner, certificate: Path, tls: ssl.SSLContext) -> None:
    with Server(lambda request, _: http(body=request.body), tls) as server:
        body = '"' + "x" * 6_000_000 + '"'
        found = process.call(server.url, body=body, config={"ca_file": str(certificate)}, timeout_ms=9000)
        assert found["result"] == body


@pytest.mark.parametrize(
    ("head", "what"), [(b"", "does not say how long it is"), (b"Content-Length: 99\r\n", "was cut")]
)
def test_a_stream_cut_under_tls_is_not_the_end_of_a_body(
    process: Runner, certificate: Path, tls: ssl.SSLContext, head: bytes, what: str
) -> None:
    def cut(request: Request, connection: Any) -> bytes | None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + SCORE)
        # Closed without TLS's own end, as anybody on the way could do.
        socket.socket(fileno=connection.detach()).close()
        return None

    with Server(cut, tls) as server:
        outcome = process.call(server.url, config={"ca_file": str(certificate)})
    assert text(outcome) == ("bad_response", f"the reply {what}")


class Trickle(Server):
    """Sends the beginning of a TLS record, then a byte every 50 ms."""

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.sendall(b"\x16\x03\x03\x3f\xff")
            for _ in range(100):
                connection.sendall(b"\0")
                time.sleep(0.05)


@pytest.mark.parametrize("kind", [Server, Trickle])
def test_a_handshake_that_takes_too_long_ends_with_the_time_to_connect(
    core: Core, kind: type[Server], certificate: Path
) -> None:
    with core.start() as running, kind(hang) as server:
        url = server.url.replace("http:", "https:")
        config = {"ca_file": str(certificate)}
        late = running.call(url, connect_timeout_ms=700, config=config)
        later = running.call(url, timeout_ms=300, connect_timeout_ms=300, config=config)
    assert late["text"].endswith(" within 700 ms")
    # The first call under TLS also loads its classes and reads the certificates.
    assert 700 <= late["ms"] < 1500
    assert text(later) == ("timeout", "timed out after 300 ms while connecting")
    assert 300 <= later["ms"] < 500


def test_the_deadline_under_tls(process: Runner, certificate: Path, tls: ssl.SSLContext) -> None:
    for answer, stage in ((hang, "waiting for the reply"), (dribble, "reading the reply")):
        with Server(answer, tls) as server:
            config = {"ca_file": str(certificate)}
            late = process.call(server.url, timeout_ms=400, config=config)
        assert text(late) == ("timeout", f"timed out after 400 ms while {stage}")
        assert 400 <= late["ms"] < 600


def test_a_request_without_a_reply_is_never_sent_twice_over_tls(
    process: Runner, certificate: Path, tls: ssl.SSLContext
) -> None:
    with Server(dying(reset=False), tls) as server:
        config = {"ca_file": str(certificate)}
        assert process.call(server.url, config=config)["result"] == SCORE.decode()
        failed = process.call(server.url, config=config)
        assert text(failed) == ("unavailable", "the connection was closed before a reply")
    assert (len(server.requests), server.connections) == (2, 1)


def test_a_connection_closed_while_idle_is_not_used_over_tls(
    process: Runner, certificate: Path, tls: ssl.SSLContext
) -> None:
    with Server(closing, tls) as server:
        for _ in range(3):
            assert process.call(server.url, config={"ca_file": str(certificate)})["result"] == SCORE.decode()
            time.sleep(IDLE)
    assert (len(server.requests), server.connections) == (3, 3)


# --- proxies ---------------------------------------------------------------------------------------------------


def test_https_goes_through_a_tunnel(core: Core, process: Runner, certificate: Path, tls: ssl.SSLContext) -> None:
    with Server(answers(http()), tls) as server, Proxy(OPEN) as proxy:
        config = {"ca_file": str(certificate), "proxy": proxy.url}
        assert [process.call(server.url, config=config)["result"] for _ in range(2)] == [SCORE.decode()] * 2
    (asked,) = proxy.requests
    assert asked.line == f"CONNECT 127.0.0.1:{server.port} HTTP/1.1"
    assert asked.headers == {"host": f"127.0.0.1:{server.port}"} | core.to_proxies
    assert server.requests[0].line.startswith("POST /2015-03-31/")


@pytest.mark.parametrize("end", ["", "/"])
def test_http_goes_to_the_proxy_in_absolute_form(process: Runner, end: str) -> None:
    with Server(answers(http())) as proxy:
        outcome = process.call(f"http://lambda.example:9001/stage{end}", config={"proxy": proxy.url}, qualifier="a")
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
        (b"SSH-2.0\r\n\r\n", "the proxy did not answer", 2),
        (None, "the proxy did not answer", 2),
    ],
)
def test_a_proxy_that_refuses(process: Runner, certificate: Path, reply: bytes | None, what: str, asked: int) -> None:
    with Proxy(answers(reply)) as proxy:
        config = {"ca_file": str(certificate), "proxy": proxy.url}
        refused = process.call("https://lambda.example", config=config, idempotent=True, retries=1)
    assert text(refused) == ("unavailable", what)
    assert len(proxy.requests) == asked


def test_a_proxy_that_is_not_there(process: Runner, certificate: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = {"ca_file": str(certificate), "proxy": f"http://127.0.0.1:{port}"}
    refused = process.call("https://lambda.example", config=config)
    assert text(refused) == ("unavailable", f"cannot connect to the proxy 127.0.0.1:{port}: Connection refused")


# --- addresses -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_url", "host", "authority", "path"),
    [
        ("https://[::1]:9001/a/b", "::1", "[::1]:9001", "/a/b"),
        ("https://[::1]:443", "::1", "[::1]", ""),
        ("https://[::1]", "::1", "[::1]", ""),
        ("http://host:80/", "host", "host", "/"),
        ("http://host:0080/", "host", "host", "/"),
        ("http://host:443", "host", "host:443", ""),
        ("http://host:65535", "host", "host:65535", ""),
        ("http://host:", None, None, None),
        ("http://host:0", None, None, None),
        ("http://host:65536", None, None, None),
        ("http://host:99999999999", None, None, None),
        ("http://host:8x", None, None, None),
        ("http://", None, None, None),
        ("http://:80", None, None, None),
        ("http://[]", None, None, None),
        ("http://[::1", None, None, None),
        ("http://[::1]x", None, None, None),
        ("host", None, None, None),
        ("", None, None, None),
        ("ftp://host", None, None, None),
        ("ftp://host:21", None, None, None),
        ("http://user:secret@host", None, None, None),
        ("http://host/?a", None, None, None),
        ("http://host/#a", None, None, None),
        ("http://ho st", None, None, None),
        ("http://host\r\nX: y", None, None, None),
        ("http://h\u00f6st", None, None, None),
    ],
)
def test_an_address_in_its_parts(process: Runner, given_url: str, host: Any, authority: Any, path: Any) -> None:
    found = process.url(given_url)
    if host is None:
        what = "an address must look like https://host:port, without user, query or fragment"
        assert text(found) == ("unavailable", f"url: {what}")
    else:
        assert found == [host, authority, path]
