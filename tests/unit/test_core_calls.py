"""PostgreSQL's core: one call from arguments to result, its retries, its deadline, its cancel."""

from __future__ import annotations

import _socket
import base64
import json
import signal
import socket
import struct
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.core_support import (
    REQUEST_ID,
    SCORE,
    Cancelled,
    CoreError,
    Host,
    Request,
    Server,
    answers,
    binding,
    core,
    entry,
    fails,
    http,
    make_core,
    read_request,
    refusal,
    set_keys,
    without_waits,
)


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    set_keys(monkeypatch)
    without_waits(monkeypatch)


def test_a_call_sends_what_the_entry_says_and_returns_the_result() -> None:
    with Server(answers(http())) as server:
        call = make_core(endpoint=server.url).function(entry(qualifier="live"))
        assert str(call(42)) == "87.50"
    (request,) = server.requests
    assert request.line == "POST /2015-03-31/functions/score-customer/invocations?Qualifier=live HTTP/1.1"
    assert request.body == b'{"customer":42}'
    assert request.headers["host"] == f"127.0.0.1:{server.port}"
    assert "x-amz-invocation-type" not in request.headers


def test_calls_share_one_connection_and_one_core_serves_many_functions() -> None:
    with Server(answers(http(Connection="keep-alive"))) as server:
        shared = make_core(endpoint=server.url)
        calls = [shared.function(entry()), shared.function(entry(name="other", target="other"))]
        assert [str(call(1)) for call in calls * 3] == ["87.50"] * 6
    assert (len(server.requests), server.connections) == (6, 1)


def test_async_and_dry_run_say_so_and_return_nothing() -> None:
    with Server(lambda request, _: http(204 if "DryRun" in str(request.headers) else 202, b"")) as server:
        shared = make_core(endpoint=server.url)
        assert shared.function(entry({"kind": "void"}, invoke="async"))(1) is None
        shared.dry_run(binding())
    assert [request.headers["x-amz-invocation-type"] for request in server.requests] == ["Event", "DryRun"]


def test_a_dry_run_that_is_refused_is_an_error() -> None:
    with Server(answers(refusal(403, "AccessDeniedException"))) as server, fails("not_authorized") as error:
        make_core(endpoint=server.url).dry_run(binding())
    assert error.text == f"score: AccessDeniedException: what AWS says (request id {REQUEST_ID})"


@pytest.mark.parametrize(("invoke", "limit"), [("sync", 6_291_456), ("async", 1_048_576)])
def test_a_payload_that_is_too_large_is_not_sent(invoke: str, limit: int) -> None:
    facts = entry({"kind": "void"}, invoke=invoke) | {"parameters": [{"name": "t", "type": "text"}], "payload": [0]}
    with Server(answers(http(200 if invoke == "sync" else 202, b"{}"))) as server:
        call = make_core(endpoint=server.url).function(facts)
        call("x" * (limit - 2))
        with fails("too_large") as error:
            call("x" * (limit - 1))
    assert len(server.requests) == 1
    assert error.text == f"score: the payload has {limit + 1} bytes, AWS Lambda takes {limit}"


def test_a_wrong_argument_is_not_sent_and_its_value_not_shown() -> None:
    parameters = [{"name": "tier", "type": "text", "enum": ["basic", "gold"]}]
    with Server(answers(http())) as server, fails("bad_argument") as error:
        make_core(endpoint=server.url).function(entry() | {"parameters": parameters})("hunter2")
    assert server.requests == []
    assert error.text == 'score: argument "tier": must be one of: basic, gold'
    assert error.detail == ""


def test_an_error_has_no_chain_and_a_short_traceback() -> None:
    with Server(answers(refusal(404, "ResourceNotFoundException"))) as server, pytest.raises(CoreError) as caught:
        make_core(endpoint=server.url).function(entry())(1)
    error = caught.value
    assert (error.__cause__, error.__context__) == (None, None)
    assert [each.name for each in caught.traceback][1:] == ["call"]


def test_a_reply_of_the_wrong_form_names_path_and_request() -> None:
    with Server(answers(http(body=b'{"score":"high"}'))) as server, fails("bad_response") as error:
        make_core(endpoint=server.url).function(entry())(1)
    assert error.text == f"score: result at $.score: must be a number (request id {REQUEST_ID})"
    assert error.detail == f"AWS request id: {REQUEST_ID}, HTTP status: 200"


def test_a_function_error_is_one_each_time_on_one_connection() -> None:
    broken = http(body=b'{"errorType":"E","errorMessage":"m"}', X_Amz_Function_Error="Unhandled")
    with Server(answers(http(), broken, broken, broken, http())) as server:
        call = make_core(endpoint=server.url).function(entry())
        assert str(call(1)) == "87.50"
        for _ in range(3):
            with fails("function_error"):
                call(1)
        assert str(call(1)) == "87.50"
    assert server.connections == 1


def test_null_on_error_hides_all_but_mistakes_of_the_caller() -> None:
    table = {"kind": "table", "rows": ["items"], "columns": [{"name": "a", "type": "text", "path": ["a"]}]}
    with Server(answers(refusal(500, "ServiceException"))) as server:
        shared = make_core(endpoint=server.url)
        assert shared.function(entry() | {"null_on_error": True})(1) is None
        assert shared.function(entry(table) | {"null_on_error": True})(1) == []
        with fails("bad_argument"):
            shared.function(entry() | {"null_on_error": True})(2**63)
        server.answer = stalling(5)
        with pytest.raises(Cancelled):
            make_core(Host(cancel_at=1), endpoint=server.url).function(entry() | {"null_on_error": True})(1)


def stalling(seconds: float, then: bytes | None = None) -> Any:
    def answer(request: Request, connection: socket.socket) -> bytes | None:
        connection.settimeout(seconds)
        try:
            # Ends early when the client hangs up, so that no thread outlives its test for long.
            connection.recv(1)
        except TimeoutError:
            return then
        return None

    return answer


# --- retries: counted by the server ----------------------------------------------------------------------------


def test_retries_stop_at_the_number_given_and_at_success() -> None:
    refused = refusal(503, "Busy")
    with Server(answers(refused, refused, http())) as server:
        assert str(make_core(endpoint=server.url).function(entry(idempotent=True, retries=2))(1)) == "87.50"
    assert len(server.requests) == 3
    with Server(answers(refused)) as server, fails("unavailable"):
        make_core(endpoint=server.url).function(entry(idempotent=True, retries=2))(1)
    assert len(server.requests) == 3


def test_retries_without_idempotent_are_none() -> None:
    with Server(answers(refusal(429, "TooManyRequestsException"))) as server, fails("throttled"):
        make_core(endpoint=server.url).function(entry(retries=5))(1)
    assert len(server.requests) == 1


BROKEN = {
    "closed before a reply": (None, "unavailable", "the connection was closed before a reply"),
    "cut in the head": (b"HTTP/1.1 200 OK\r\nContent-", "bad_response", "the reply was cut"),
    "cut in the body": (http()[:-1], "bad_response", "the reply was cut"),
    "no HTTP": (b"SSH-2.0-OpenSSH\r\n\r\n", "bad_response", "the reply has no valid status line"),
    "bad length": (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "bad_response", "the reply has a malformed length"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_reply_is_retried_only_when_idempotent(name: str) -> None:
    broken, code, what = BROKEN[name]

    def answer(request: Request, connection: socket.socket) -> bytes | None:
        if len(server.requests) % 2 == 0:
            return http()
        connection.sendall(broken or b"")
        return None

    with Server(answer) as server:
        shared = make_core(endpoint=server.url)
        with fails(code) as error:
            shared.function(entry())(1)
        assert (error.text, len(server.requests)) == (f"score: {what}", 1)
        server.requests.clear()
        assert str(shared.function(entry(idempotent=True, retries=1))(1)) == "87.50"
        assert len(server.requests) == 2


def test_a_reset_before_a_reply_is_unavailable() -> None:
    def reset(request: Request, connection: socket.socket) -> bytes | None:
        # Closing with a linger time of zero sends a reset.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return None

    with Server(reset) as server, fails("unavailable") as error:
        make_core(endpoint=server.url).function(entry())(1)
    assert error.text == "score: the connection was reset before a reply"
    assert len(server.requests) == 1


def test_a_reset_is_not_the_end_of_a_body() -> None:
    def reset(request: Request, connection: socket.socket) -> bytes | None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + SCORE)
        time.sleep(0.05)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return None

    with Server(reset) as server, fails("bad_response") as error:
        make_core(endpoint=server.url).function(entry())(1)
    assert error.text == "score: the reply was cut"


def test_retry_after_is_waited_for() -> None:
    with Server(answers(refusal(429, "TooManyRequestsException", Retry_After="1"), http())) as server:
        begun = time.monotonic()
        assert str(make_core(endpoint=server.url).function(entry(idempotent=True, retries=1))(1)) == "87.50"
    assert 1.0 <= time.monotonic() - begun < 1.5


def test_retry_after_beyond_the_deadline_fails_at_once() -> None:
    with Server(answers(refusal(429, "TooManyRequestsException", Retry_After="60"))) as server, fails("throttled"):
        begun = time.monotonic()
        make_core(endpoint=server.url).function(entry(idempotent=True, retries=3))(1)
    assert time.monotonic() - begun < 0.5
    assert len(server.requests) == 1


def test_the_back_off_doubles_with_full_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    for attempt in range(4):
        waits = [core._backoff(attempt) for _ in range(200)]
        assert 0 <= min(waits) < 0.03 * 2**attempt
        assert 0.07 * 2**attempt < max(waits) < 0.1 * 2**attempt


def test_an_expired_token_is_dropped_and_retried_only_when_idempotent(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(request: Request, _: object) -> bytes:
        # The server refuses the first key, whoever asks; somebody renews the environment meanwhile.
        old = "AKIDEXAMPLE" in request.headers["authorization"]
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDNEW")
        return refusal(403, "ExpiredTokenException") if old else http()

    with Server(answer) as server:
        shared = make_core(endpoint=server.url)
        assert str(shared.function(entry(idempotent=True, retries=1))(1)) == "87.50"
        assert len(server.requests) == 2
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    with Server(answer) as server:
        call = make_core(endpoint=server.url).function(entry())
        with fails("not_authorized"):
            call(1)
        assert len(server.requests) == 1
        assert str(call(1)) == "87.50", "the next call looks for credentials again"


def test_a_token_that_expired_is_not_shown_either(monkeypatch: pytest.MonkeyPatch) -> None:
    set_keys(monkeypatch, token="IQoJtoken")
    reply = refusal(403, "ExpiredTokenException", "IQoJtoken has expired")
    with Server(answers(reply)) as server, fails("not_authorized") as error:
        make_core(endpoint=server.url).function(entry())(1)
    assert error.text == f"score: ExpiredTokenException: *** has expired (request id {REQUEST_ID})"


# --- the connection --------------------------------------------------------------------------------------------


def test_a_connection_closed_while_idle_is_not_used() -> None:
    closed = threading.Event()

    def answer(request: Request, connection: socket.socket) -> bytes | None:
        connection.sendall(http())
        connection.shutdown(socket.SHUT_RDWR)
        closed.set()
        return None

    with Server(answer) as server:
        call = make_core(endpoint=server.url).function(entry())
        for _ in range(3):
            closed.clear()
            assert str(call(1)) == "87.50"
            assert closed.wait(1)
    assert (len(server.requests), server.connections) == (3, 3)


def test_a_connection_with_bytes_nobody_asked_for_is_not_used() -> None:
    with Server(lambda request, _: http() + b"HTTP/1.1 200 OK\r\n\r\n") as server:
        call = make_core(endpoint=server.url).function(entry())
        assert [str(call(1)) for _ in range(2)] == ["87.50", "87.50"]
    assert server.connections == 2


def test_a_connection_idle_for_10_seconds_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(answers(http())) as server:
        call = make_core(endpoint=server.url).function(entry())
        call(1)
        monkeypatch.setattr(core, "IDLE_SECONDS", 0)
        call(1)
    assert server.connections == 2


@pytest.mark.parametrize("said", ["close", "Keep-Alive, CLOSE"])
def test_a_connection_that_says_close_is_closed(said: str) -> None:
    with Server(answers(http(Connection=said))) as server:
        call = make_core(endpoint=server.url).function(entry())
        assert [str(call(1)) for _ in range(3)] == ["87.50"] * 3
    assert server.connections == 3


def test_a_refused_connection_is_unavailable_and_retried() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with fails("unavailable") as error:
        make_core(endpoint=f"http://127.0.0.1:{port}").function(entry(idempotent=True, retries=2))(1)
    assert error.text == f"score: cannot connect to 127.0.0.1:{port}: Connection refused"


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port whose connections wait for ever: its backlog is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port: int = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        yield port
        for each in waiting:
            each.close()


def test_a_connection_that_takes_too_long_is_unavailable(deaf_port: int) -> None:
    port, begun = deaf_port, time.monotonic()
    with fails("unavailable") as error:
        make_core(endpoint=f"http://127.0.0.1:{port}").function(entry(connect_timeout_ms=150))(1)
    assert error.text == f"score: cannot connect to 127.0.0.1:{port} within 150 ms"
    assert 0.15 <= time.monotonic() - begun < 0.4


def test_the_next_address_is_tried_when_one_refuses_or_does_not_answer(
    deaf_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = free.getsockname()[1]
    with Server(answers(http())) as server:
        kind = (socket.AF_INET, socket.SOCK_STREAM, 0, "")
        addresses = [(*kind, ("127.0.0.1", port)) for port in (closed, deaf_port, server.port)]
        monkeypatch.setattr(core, "resolve", lambda *_: addresses)
        begun = time.monotonic()
        assert str(make_core(endpoint="http://lambda.example").function(entry(connect_timeout_ms=400))(1)) == "87.50"
    assert 0.15 <= time.monotonic() - begun < 0.35, "each address gets its share of the time"


def test_an_address_of_version_6() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        asked: list[Request | None] = []

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as stream:
                asked.append(read_request(stream))
                connection.sendall(http())

        threading.Thread(target=serve, daemon=True).start()
        url = f"http://[::1]:{listener.getsockname()[1]}"
        assert str(make_core(endpoint=url).function(entry())(1)) == "87.50"
    assert asked[0] is not None
    assert asked[0].headers["host"] == url.removeprefix("http://")


def test_a_clock_that_jumps_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(answers(http())) as server:
        call = make_core(endpoint=server.url).function(entry())
        for second in (1_000_000_000, 2_000_000_000, 1_500_000_000):
            monkeypatch.setattr(time, "time", lambda at=second: at)
            call(1)
    assert [each.headers["x-amz-date"][:8] for each in server.requests] == ["20010909", "20330518", "20170714"]
    assert server.connections == 1


def test_small_requests_do_not_wait_for_each_other() -> None:
    with Server(answers(http())) as server:
        shared: Any = make_core(endpoint=server.url)
        shared.function(entry())(1)
        assert shared._transport.connection.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


def test_an_early_refusal_is_read_and_the_connection_not_used_again() -> None:
    def refuse() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1000)
            connection.sendall(refusal(413, "RequestTooLargeException"))

    facts = entry({"kind": "void"}) | {"parameters": [{"name": "t", "type": "text"}], "payload": [0]}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=refuse, daemon=True).start()
        shared: Any = make_core(endpoint=f"http://127.0.0.1:{listener.getsockname()[1]}")
        with fails("too_large") as error:
            shared.function(facts)("x" * 6_000_000)
    assert error.text == f"score: RequestTooLargeException: what AWS says (request id {REQUEST_ID})"
    assert shared._transport.connection.sock is None


def test_a_name_is_looked_up_and_one_that_is_none_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(answers(http())) as server:
        local = server.url.replace("127.0.0.1", "localhost")
        assert str(make_core(endpoint=local).function(entry())(1)) == "87.50"
    with fails("unavailable") as error:
        make_core(endpoint="http://udfgen.invalid").function(entry())(1)
    assert error.text == "score: cannot resolve the host udfgen.invalid"


def test_a_look_up_that_hangs_ends_with_the_deadline_or_a_cancel(monkeypatch: pytest.MonkeyPatch) -> None:
    look_up, ended = _socket.getaddrinfo, threading.Event()
    masks: list[set[Any]] = []

    def hang(host: str, *rest: Any) -> Any:
        if host != "slow.example":
            return look_up(host, *rest)
        if len(rest) > 3:
            raise OSError("no number")
        masks.append(signal.pthread_sigmask(signal.SIG_BLOCK, []))
        ended.wait(5)
        return []

    monkeypatch.setattr(_socket, "getaddrinfo", hang)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    with fails("timeout") as error:
        make_core(endpoint="http://slow.example").function(entry(timeout_ms=300))(1)
    assert error.text == "score: timed out after 300 ms while connecting"
    with pytest.raises(Cancelled):
        make_core(Host(cancel_at=1), endpoint="http://slow.example").function(entry())(1)
    ended.set()
    # A signal of the server must find the main thread, never the one that waits.
    assert all({signal.SIGINT, signal.SIGTERM, signal.SIGUSR1} <= each for each in masks)
    assert len(masks) == 2
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == mask


# --- the deadline and the cancel -------------------------------------------------------------------------------


def test_a_reply_that_does_not_come_is_a_timeout_and_not_retried() -> None:
    begun = time.monotonic()
    with Server(stalling(3)) as server, fails("timeout") as error:
        make_core(endpoint=server.url).function(entry(timeout_ms=250, idempotent=True, retries=3))(1)
    assert error.text == "score: timed out after 250 ms while waiting for the reply"
    assert 0.25 <= time.monotonic() - begun < 0.35
    assert len(server.requests) == 1


def test_the_deadline_is_not_put_off_by_signals() -> None:
    """Python waits anew after a signal where the kernel keeps the time: a signal each 20 ms would stop the clock."""
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
    try:
        begun, host = time.monotonic(), Host()
        with Server(stalling(1)) as server, fails("timeout"):
            make_core(host, endpoint=server.url).function(entry(timeout_ms=350))(1)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert 0.35 <= time.monotonic() - begun < 0.5
    assert host.pauses >= 3


def test_a_deadline_shorter_than_a_slice_is_kept() -> None:
    with Server(stalling(3)) as server:
        call = make_core(endpoint=server.url).function(entry(timeout_ms=30))
        begun = time.monotonic()
        with fails("timeout"):
            call(1)
    assert time.monotonic() - begun < 0.09


@pytest.mark.parametrize("chunked", [False, True])
def test_the_deadline_holds_over_a_server_that_dribbles(chunked: bool) -> None:
    def dribble(request: Request, connection: socket.socket) -> bytes | None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        connection.sendall(b"Transfer-Encoding: chunked\r\n\r\n" if chunked else b"Content-Length: 100000\r\n\r\n")
        for _ in range(200):
            connection.sendall(b"1\r\n0\r\n" if chunked else b"0")
            time.sleep(0.01)
        return None

    host, begun = Host(), time.monotonic()
    with Server(dribble) as server, fails("timeout") as error:
        make_core(host, endpoint=server.url).function(entry(timeout_ms=350))(1)
    assert error.text == "score: timed out after 350 ms while reading the reply"
    assert 0.35 <= time.monotonic() - begun < 0.5
    assert host.pauses >= 2, "bytes that keep coming must not keep a cancel away"


def test_the_deadline_holds_over_retries() -> None:
    begun = time.monotonic()
    with Server(stalling(0.12, refusal(503, "Busy"))) as server, fails("timeout"):
        make_core(endpoint=server.url).function(entry(timeout_ms=400, idempotent=True, retries=50))(1)
    assert time.monotonic() - begun < 0.5
    assert 3 <= len(server.requests) <= 4


def test_the_deadline_holds_over_a_server_that_does_not_read() -> None:
    facts = entry({"kind": "void"}, timeout_ms=300) | {"parameters": [{"name": "t", "type": "text"}], "payload": [0]}
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        begun = time.monotonic()
        with fails("timeout"):
            make_core(endpoint=f"http://127.0.0.1:{deaf.getsockname()[1]}").function(facts)("x" * 6_000_000)
    assert 0.3 <= time.monotonic() - begun < 0.45


def test_a_cancel_goes_through_untouched_and_closes_the_connection() -> None:
    with Server(stalling(5)) as server:
        host = Host(cancel_at=2)
        shared = make_core(host, endpoint=server.url)
        call, begun = shared.function(entry()), time.monotonic()
        with pytest.raises(Cancelled) as caught:
            call(1)
        assert time.monotonic() - begun < 0.25
        assert caught.value.__cause__ is None
        server.answer, host.cancel_at = answers(http()), None
        assert str(call(1)) == "87.50", "the session goes on with a new connection"
    assert server.connections == 2


def test_a_cancel_ends_the_wait_for_a_retry() -> None:
    host = Host(cancel_at=1)
    with Server(answers(refusal(429, "TooManyRequestsException", Retry_After="2"))) as server:
        begun = time.monotonic()
        with pytest.raises(Cancelled):
            make_core(host, endpoint=server.url).function(entry(idempotent=True, retries=1))(1)
    assert time.monotonic() - begun < 0.25


# --- what else a binding may ask for ---------------------------------------------------------------------------


def test_the_log_tail_is_asked_for_and_shown_even_with_an_error() -> None:
    tail = base64.b64encode("START\nZoë\0 \xff".encode()).decode()
    broken = b'{"errorType":"E","errorMessage":"m"}'
    replies = [http(X_Amz_Log_Result=tail), http(body=broken, X_Amz_Log_Result=tail, X_Amz_Function_Error="Unhandled")]
    host = Host()
    with Server(answers(*replies)) as server:
        call = make_core(host, endpoint=server.url).function(entry(log_tail=True))
        assert str(call(1)) == "87.50"
        with fails("function_error"):
            call(1)
    assert host.notices == ["START\nZoë  ÿ"] * 2
    assert {request.headers["x-amz-log-type"] for request in server.requests} == {"Tail"}


def test_a_log_tail_that_nobody_asked_for_is_not_shown() -> None:
    host = Host()
    with Server(answers(http(X_Amz_Log_Result="dGFpbA=="))) as server:
        assert str(make_core(host, endpoint=server.url).function(entry())(1)) == "87.50"
    assert host.notices == []
    assert "x-amz-log-type" not in server.requests[0].headers


def test_a_log_tail_that_is_no_base64_is_left_out() -> None:
    host = Host()
    with Server(answers(http(X_Amz_Log_Result="A"))) as server:
        assert str(make_core(host, endpoint=server.url).function(entry(log_tail=True))(1)) == "87.50"
    assert host.notices == []


def test_the_client_context_is_sent_and_follows_the_session() -> None:
    host = Host(context='{"custom":{"role":"app"}}')
    with Server(answers(http())) as server:
        call = make_core(host, endpoint=server.url).function(entry(client_context=True))
        call(1)
        host.text = '{"custom":{"role":"Zoë"}}'
        call(1)
    sent = [base64.b64decode(request.headers["x-amz-client-context"]).decode() for request in server.requests]
    assert sent == ['{"custom":{"role":"app"}}', '{"custom":{"role":"Zoë"}}']
    assert all("x-amz-client-context" in request.headers["authorization"] for request in server.requests)


def test_many_client_contexts_are_not_kept() -> None:
    host = Host()
    with Server(answers(http())) as server:
        shared: Any = make_core(host, endpoint=server.url)
        call = shared.function(entry(client_context=True))
        for number in range(20):
            host.text = f'{{"custom":{{"application_name":"{number}"}}}}'
            call(1)
        assert len(shared._transport.heads) == 1
    assert len({request.headers["x-amz-client-context"] for request in server.requests}) == 20


@pytest.mark.parametrize("facts", [{"invoke": "async"}, {}])
def test_the_client_context_is_not_sent_where_aws_drops_it_or_nobody_asked(facts: dict[str, Any]) -> None:
    with Server(answers(http(202 if facts else 200, SCORE))) as server:
        make_core(endpoint=server.url).function(entry(client_context=bool(facts), **facts))(1)
    assert "x-amz-client-context" not in server.requests[0].headers


def test_a_client_context_that_is_too_long_loses_the_application_then_all() -> None:
    def context(**custom: str) -> str:
        return json.dumps({"custom": custom}, separators=(",", ":"))

    fits = context(application_name="a" * 2650)
    assert len(core.encode_context(fits)) <= 3583
    assert base64.b64decode(core.encode_context(fits)).decode() == fits
    shorter = core.encode_context(context(database="d", application_name="a" * 3000))
    assert json.loads(base64.b64decode(shorter)) == {"custom": {"database": "d"}}
    assert core.encode_context(context(database="d" * 3000, application_name="a")) == ""


def test_an_error_shows_none_of_the_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    set_keys(monkeypatch, token="IQoJtoken")
    told = "AKIDEXAMPLE and wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY and IQoJtoken"
    with Server(answers(refusal(400, "E", told))) as server, fails("bad_argument") as error:
        make_core(endpoint=server.url).function(entry())(1)
    assert error.text == f"score: E: *** and *** and *** (request id {REQUEST_ID})"


def test_a_key_that_is_an_ordinary_word_is_not_taken_for_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with Server(answers(refusal(400, "E", "a test"))) as server, fails("bad_argument") as error:
        make_core(endpoint=server.url).function(entry())(1)
    assert error.text == f"score: E: a test (request id {REQUEST_ID})"


def test_a_secret_does_not_show_where_a_message_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    set_keys(monkeypatch, token="SECRET" * 20)
    with Server(answers(refusal(400, "E", "m" * 480 + "SECRET" * 20))) as server, fails("bad_argument") as error:
        make_core(endpoint=server.url).function(entry())(1)
    assert "SECRET" not in error.text


def test_a_signer_follows_the_day_the_second_and_the_credentials() -> None:
    def signed(signer: Any, second: int, keys: Any) -> bytes:
        signer.turn(second, keys)
        return bytes(signer.message(signer.head(bound, "", absolute=False), b"{}"))

    bound, url = core.Binding(binding()), core.Url("https://lambda.example")
    kept, day = core.Signer("eu-west-1", url), 86_400
    one, other = core.Credentials("test", "AKID", "secret-1"), core.Credentials("test", "AKID", "secret-2", "token")
    for second, keys in [(0, one), (1, one), (1, other), (day, other), (day, one), (0, one)]:
        assert signed(kept, second, keys) == signed(core.Signer("eu-west-1", url), second, keys)


@pytest.mark.parametrize(
    "endpoint",
    ["127.0.0.1:9001", "ftp://host", "http://user:pw@host", "http://host?x=1", "http://", "http://a b", "http://h:99x"],
)
def test_an_address_that_is_none_is_refused_without_showing_it(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", endpoint)
    with fails("unavailable") as error:
        make_core().function(entry())(1)
    assert error.text == "score: an address must look like https://host:port, without user, query or fragment"
