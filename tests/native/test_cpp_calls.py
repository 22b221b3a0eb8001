"""What only the C++ core does when it calls out: kills, threads, the environment. The rest is in test_calls.py."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest

from tests.conftest import tool
from tests.native.calls_support import KEYS, PROGRAM, Calls, calls, job, text
from tests.native.cores import check_broken
from tests.native.cpp import build
from tests.native.ways_to_answer import begin, dribble, hang
from tests.unit.core_support import SCORE, Answer, Request, Server, answers, http, refusal


@pytest.fixture(scope="module")
def process() -> Iterator[Calls]:
    with calls() as running:
        yield running


# --- what is sent ----------------------------------------------------------------------------------------------


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


# --- once, or as often as an idempotent binding allows: counted by the server ----------------------------------


def test_a_connection_closed_a_moment_ago_is_not_used(process: Calls) -> None:
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


# --- replies ---------------------------------------------------------------------------------------------------


def test_a_length_that_is_no_number(process: Calls) -> None:
    check_broken(process, b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "has a malformed header")


# --- the kill -----------------------------------------------------------------------------------------------


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

    def late(request: Request, connection: Any) -> bytes:
        time.sleep(12)
        return b""

    with Server(late) as server:
        outcomes = process.ask("threads", calls=[job(server.url, timeout_ms=10_300)] * 4, rounds=1)
        assert [outcome["code"] for thread in outcomes for outcome in thread] == ["timeout"] * 4
    with Server(answers(http())) as server:
        assert process.call(server.url)["result"] == SCORE.decode()


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


# --- TLS -------------------------------------------------------------------------------------------------------


def test_the_certificates_may_come_from_the_environment(certificate: Path, tls: ssl.SSLContext) -> None:
    with calls(AWS_CA_BUNDLE=str(certificate)) as running, Server(answers(http()), tls) as server:
        assert running.call(server.url)["result"] == SCORE.decode()


def test_certificates_that_are_refused(process: Calls, certificate: Path, tls: ssl.SSLContext) -> None:
    retried = {"idempotent": True, "retries": 2}
    with Server(answers(http()), tls) as server:
        # The first, because a connection that is closed at once may be counted late.
        unread = process.call(server.url, config={"ca_file": "/nonexistent/ca.pem"}, **retried)
        nobody = process.call(server.url, **retried)
        elsewhere = server.url.replace("127.0.0.1", "localhost")
        another = process.call(elsewhere, config={"ca_file": str(certificate)}, **retried)
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


def test_a_handshake_that_hangs_ends_with_the_time_to_connect_or_a_kill(process: Calls) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        late = process.call(url, connect_timeout_ms=250)
        killed = process.call(url, extra={"kill_after_ms": 150})
    assert late["text"].endswith(" within 250 ms")
    assert killed["code"] == "interrupted"
    assert killed["ms"] < 400


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
