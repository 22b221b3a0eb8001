"""What only the C# core does when it calls out: threads, its parser, its TLS. The rest is in test_calls.py."""

from __future__ import annotations

import base64
import json
import re
import socket
import ssl
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from http.client import IncompleteRead
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import tool
from tests.native.calls_support import PROGRAM, Outcome, job, text
from tests.native.cores import at, check_broken
from tests.native.csharp_calls_support import Session, session, trust
from tests.native.test_core_http_fuzz import (
    FUZZ,
    MALFORMED,
    SEEN,
    broken_replies,
    cuts,
    is_outside,
    pieces_of,
    replies,
    theirs,
)
from tests.native.ways_to_answer import begin, hang, once
from tests.unit.core_support import SCORE, Answer, Request, Server, answers, http, refusal
from tests.unit.test_core_credentials import keys


@pytest.fixture(scope="module")
def process() -> Iterator[Session]:
    with session() as running:
        yield running


class Counting(Server):
    """Knows how many connections are open."""

    opened = 0

    def _serve(self, connection: socket.socket) -> None:
        self.opened += 1
        super()._serve(connection)
        self.opened -= 1

    def wait_for(self, opened: int) -> None:
        """Wait until so many connections are open, 2 s at most."""
        end = time.monotonic() + 2
        while self.opened != opened and time.monotonic() < end:
            time.sleep(0.01)
        assert self.opened == opened


def echo(request: Request, connection: Any) -> bytes:
    return http(body=request.body, Connection="keep-alive")


# --- what is sent ----------------------------------------------------------------------------------------------


def test_a_client_context_is_sent_only_if_it_fits(process: Session) -> None:
    with Server(answers(http())) as server:
        for size in (9, 2653, 2654):
            context = json.dumps({"custom": {"session_user": "x" * size}})
            process.call(server.url, extra={"context": context})
        process.call(server.url)
    sent = [request.headers.get("x-amz-client-context", "") for request in server.requests]
    assert [len(each) for each in sent] == [56, 3580, 0, 0]
    assert json.loads(base64.b64decode(sent[0])) == {"custom": {"session_user": "x" * 9}}


def test_the_environment_of_the_server_names_the_endpoint_first(process: Session) -> None:
    program = PROGRAM | {"endpoint": "http://spec.example"}
    assert process.ask("endpoint", program=program) == "http://spec.example"
    with Server(answers(http())) as server, session(AWS_ENDPOINT_URL_LAMBDA=server.url) as running:
        assert running.ask("endpoint", program=program) == server.url
        assert running.call("http://spec.example")["result"] == SCORE.decode()


# --- replies ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reply", MALFORMED, ids=lambda reply: repr(reply[:60]))
def test_a_malformed_reply(process: Session, reply: bytes) -> None:
    check_broken(process, reply, MALFORMED[reply])


@FUZZ
@given(data=replies() | broken_replies(), lengths=cuts, reset=st.booleans())
def test_replies_are_read_as_http_client_reads_them_or_not_at_all(
    process: Session, data: bytes, lengths: list[int], reset: bool
) -> None:
    """Where both accept, they agree; where a stream is cut does not matter, and a reset is never the end of a body."""

    def ours(pieces: list[bytes], reset: bool = False) -> Outcome:
        found: Outcome = process.ask("read", pieces=[each.hex() for each in pieces], headers=SEEN, reset=reset)
        return found

    mine, other = ours([data] if data else []), theirs(data)
    assert ours(pieces_of(data, lengths)) | {"kept": None} == mine | {"kept": None}
    if other is IncompleteRead:
        assert "status" not in mine
    elif not isinstance(other, type) and "status" in mine and not is_outside(data):
        assert (mine["status"], mine["headers"], bytes.fromhex(mine["body"])) == other
    if reset:
        cut = ours(pieces_of(data, lengths), reset=True)
        assert "status" not in cut or cut | {"kept": None} == mine | {"kept": None}
        assert "status" not in cut or re.search(rb"(?i)content-length|chunked|\b[23]04\b", data)


def test_heads_of_nothing_but_one_header_take_no_more_time_than_others(process: Session) -> None:
    repeated = b"a:\r\n" * 16_000
    interim = b"HTTP/1.1 103 Early Hints\r\n" + repeated + b"\r\n"
    reply = interim * 16 + b"HTTP/1.1 200 OK\r\n" + repeated + http(body=SCORE).partition(b"\r\n")[2]
    with Server(once(reply)) as server:
        outcome = process.call(server.url)
    assert outcome["result"] == SCORE.decode()
    assert outcome["ms"] < 1500


# --- threads ---------------------------------------------------------------------------------------------------


def in_threads(process: Session, url: str, threads: int, rounds: int, **facts: Any) -> list[list[Outcome]]:
    """Return what the calls of each thread came to; each thread sends a body of its own."""
    calls = [job(url, body=f'{{"thread":{number}}}', **facts) for number in range(threads)]
    outcomes: list[list[Outcome]] = process.ask("threads", calls=calls, rounds=rounds)
    return outcomes


@pytest.mark.parametrize("is_tls", [False, True])
def test_threads_share_connections_and_never_an_answer(
    process: Session, certificate: Path, tls: ssl.SSLContext, is_tls: bool
) -> None:
    config = {"ca_file": str(certificate)}
    trust(certificate, Path(process.home.name))
    with Server(echo, tls if is_tls else None) as server:
        outcomes = in_threads(process, server.url, 8, 100, config=config)
        for number, thread in enumerate(outcomes):
            assert [each.get("result") for each in thread] == [f'{{"thread":{number}}}'] * 100
        assert 1 <= server.connections <= 8
        before = server.connections
        assert [process.call(server.url, config=config)["result"] for _ in range(3)] == ['{"customer":42}'] * 3
        assert (len(server.requests), server.connections) == (803, before)


def test_a_request_is_sent_once_whatever_becomes_of_connections(process: Session) -> None:
    served = count(1)

    def closing_often(request: Request, connection: socket.socket) -> bytes | None:
        number = next(served)
        if number % 7 == 0:
            return None
        connection.sendall(echo(request, connection))
        return None if number % 5 == 0 else b""

    with Server(closing_often) as server:
        outcomes = in_threads(process, server.url, 8, 50)
    sent = Counter(request.body.decode() for request in server.requests)
    for number, thread in enumerate(outcomes):
        body = f'{{"thread":{number}}}'
        assert {each.get("result", body) for each in thread} == {body}
        assert {each["code"] for each in thread if "code" in each} <= {"unavailable"}
        # A connection that is closed while a request goes out may take it with it, but never brings a second one.
        assert len([each for each in thread if "result" in each]) <= sent[body] <= len(thread)
    assert server.connections < 400, "connections are used again all the same"


def test_credentials_renewed_by_one_thread_are_not_dropped_by_another_whose_call_used_the_old_ones() -> None:
    asked, renewed = threading.Event(), threading.Event()

    def answer(request: Request, _: object) -> bytes:
        if b"first" in request.body:
            return http()
        if "ASIANEW" in request.headers["authorization"]:
            renewed.set()
            return http()
        if b"slow" in request.body:
            asked.set()
        (renewed if b"slow" in request.body else asked).wait(5)
        return refusal(403, "ExpiredTokenException")

    service = answers(*(http(body=keys(key)) for key in ("ASIAOLD", "ASIANEW", "ASIATHIRD")))
    with Server(service) as container, Server(answer) as server, Session(at("container", container.url)) as running:
        facts: Any = {"config": {"credentials": {"source": "container"}}, "idempotent": True, "retries": 1}
        first, *calls = (job(server.url, body=f'"{name}"', **facts) for name in ("first", "slow", "quick"))
        running.ask("call", **first)
        outcomes = running.ask("threads", calls=calls, rounds=1)
    assert [each["result"] for (each,) in outcomes] == [SCORE.decode()] * 2
    assert len(container.requests) == 2


def test_only_so_many_connections_are_kept_and_old_ones_are_closed(process: Session) -> None:
    everybody = threading.Barrier(20)

    def together(request: Request, connection: Any) -> bytes:
        if b"thread" in request.body:
            everybody.wait(5)
        return echo(request, connection)

    server = Counting(together)
    with server:
        outcomes = in_threads(process, server.url, 20, 1)
        assert ["result" in each for (each,) in outcomes] == [True] * 20
        server.wait_for(16)
        time.sleep(10.1)
        assert process.call(server.url)["result"] == '{"customer":42}'
        server.wait_for(1)
        assert server.connections == 21


def test_a_connection_closed_a_moment_ago_is_not_used(process: Session) -> None:
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


@pytest.mark.parametrize("answer", [hang, begin])
def test_an_aborted_thread_ends_soon_and_leaves_no_connection(process: Session, answer: Answer) -> None:
    """SQL Server aborts the thread of a statement that is killed."""
    server = Counting(answer)
    with server:
        took = process.ask("abort", call=job(server.url, timeout_ms=5000), after_ms=200)
        server.wait_for(0)
    assert took < 250


# --- connections -----------------------------------------------------------------------------------------------


TWO_ADDRESSES = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = dlsym(RTLD_NEXT, __func__);
    if (strcmp(name, "lambda.example") != 0)
        return real(name, service, hints, found);
    int error = real("127.0.0.2", service, hints, found);
    struct addrinfo *last = *found;
    while (last->ai_next)
        last = last->ai_next;
    return error + real("127.0.0.1", service, hints, &last->ai_next);
}
"""


@pytest.fixture(scope="module")
def two_addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A process for which the name lambda.example has the addresses 127.0.0.2 and 127.0.0.1."""
    library = tmp_path_factory.mktemp("names") / "names.so"
    command = [tool("g++", "g++"), "-xc", "-shared", "-fPIC", "-o", str(library), "-", "-ldl"]
    subprocess.run(command, check=True, input=TWO_ADDRESSES, text=True)
    with session(LD_PRELOAD=str(library)) as running:
        yield running


def test_all_addresses_of_a_name_are_tried(two_addresses: Session) -> None:
    with Server(answers(http(Connection="close"))) as server:
        url = f"http://lambda.example:{server.port}"
        assert two_addresses.call(url)["result"] == SCORE.decode()
    refused = two_addresses.call(url)
    assert text(refused) == ("unavailable", f"cannot connect to lambda.example:{server.port}: Connection refused")


def test_an_address_that_does_not_answer_leaves_time_for_the_next(two_addresses: Session) -> None:
    with Server(answers(http())) as server, socket.create_server(("127.0.0.2", server.port), backlog=0) as full:
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        outcome = two_addresses.call(f"http://lambda.example:{server.port}", connect_timeout_ms=600)
        for each in waiting:
            each.close()
    assert outcome["result"] == SCORE.decode()
    assert 300 <= outcome["ms"] < 500


class Deaf(Server):
    """Reads nothing of a request."""

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), self.tls.wrap_socket(connection, server_side=True) if self.tls else connection:
            time.sleep(1)


@pytest.mark.parametrize("is_tls", [False, True])
def test_a_request_that_nobody_takes_ends_with_the_deadline(
    process: Session, certificate: Path, tls: ssl.SSLContext, is_tls: bool
) -> None:
    with Deaf(hang, tls if is_tls else None) as server:
        config = {"ca_file": str(certificate)}
        late = process.call(server.url, body='"' + "x" * 6_000_000 + '"', timeout_ms=500, config=config)
    assert text(late) == ("timeout", "timed out after 500 ms while waiting for the reply")
    assert 500 <= late["ms"] < 700


WINSOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <sys/socket.h>

static const size_t Most = 1024 * 1024;

ssize_t sendmsg(int descriptor, const struct msghdr *message, int flags) {
    ssize_t (*real)(int, const struct msghdr *, int) = dlsym(RTLD_NEXT, __func__);
    size_t size = 0;
    for (size_t at = 0; at < message->msg_iovlen; at++)
        size += message->msg_iov[at].iov_len;
    return size > Most ? (errno = ENOBUFS, -1) : real(descriptor, message, flags);
}

ssize_t recvfrom(int descriptor, void *buffer, size_t size, int flags, struct sockaddr *from, socklen_t *length) {
    ssize_t (*real)(int, void *, size_t, int, struct sockaddr *, socklen_t *) = dlsym(RTLD_NEXT, __func__);
    return size > Most ? (errno = ENOBUFS, -1) : real(descriptor, buffer, size, flags, from, length);
}
"""


def test_no_more_is_asked_of_a_socket_at_once_than_windows_has_room_for(tmp_path: Path) -> None:
    """Windows answers WSAENOBUFS at times to one that sends or receives megabytes at once without waiting."""
    library = tmp_path / "winsock.so"
    command = [tool("g++", "g++"), "-xc", "-shared", "-fPIC", "-o", str(library), "-", "-ldl"]
    subprocess.run(command, check=True, input=WINSOCK, text=True)
    body = '"' + "x" * 6_000_000 + '"'
    with Server(echo) as server, session(LD_PRELOAD=str(library)) as running:
        assert running.call(server.url, body=body, timeout_ms=10000)["result"] == body


# --- TLS -------------------------------------------------------------------------------------------------------


def test_certificates_that_are_refused(certificate: Path, tls: ssl.SSLContext) -> None:
    retried = {"idempotent": True, "retries": 2}
    with session() as running, Server(answers(http()), tls) as server:
        nobody = running.call(server.url, **retried)
        another = server.url.replace("127.0.0.1", "localhost")
        misnamed = running.call(another, config={"ca_file": str(certificate)}, **retried)
        assert running.call(server.url, config={"ca_file": str(certificate)})["result"] == SCORE.decode()
    for refused in (nobody, misnamed):
        code, what = text(refused)
        assert (code, what[:5]) == ("unavailable", "TLS: ")
        assert "CERTIFICATE_VERIFY_FAILED" in what
        assert what.isprintable(), "one line"
    assert (len(server.requests), server.connections) == (1, 3), "a certificate is no better the second time"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1:DeprecationWarning")
def test_tls_before_1_2_is_refused(process: Session, certificate: Path, tls: ssl.SSLContext) -> None:
    tls.set_ciphers("ALL:@SECLEVEL=0")
    tls.minimum_version, tls.maximum_version = ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_1
    with Server(answers(http()), tls) as server:
        code, what = text(process.call(server.url, config={"ca_file": str(certificate)}))
    assert (code, what[:5], server.requests) == ("unavailable", "TLS: ", [])


def test_a_handshake_that_is_closed_is_tried_again(process: Session) -> None:
    class Closing(Server):
        def _serve(self, connection: socket.socket) -> None:
            connection.close()

    with Closing(hang) as server:
        refused = process.call(server.url.replace("http:", "https:"), idempotent=True, retries=1)
    assert text(refused) == ("unavailable", "TLS: the connection was closed")
    assert server.connections == 2


# The largest number of bytes that a record of TLS holds is 16384.
@pytest.mark.parametrize("size", [10, 16_000, 16_384, 33_000, 65_536, 99_999])
def test_a_second_reply_in_the_last_record_of_the_first_is_seen(
    process: Session, certificate: Path, tls: ssl.SSLContext, size: int
) -> None:
    def unasked(request: Request, connection: Any) -> bytes:
        return http(body=b'"' + b"x" * size + b'"') + http(body=b'"not asked for"')

    with Server(unasked, tls) as server:
        for _ in range(2):
            assert len(process.call(server.url, config={"ca_file": str(certificate)})["result"]) == size + 2
    assert server.connections == 2


def test_a_second_reply_is_seen_where_the_first_fills_the_buffer(
    process: Session, certificate: Path, tls: ssl.SSLContext
) -> None:
    size = 32 * 1024
    first = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n"\r\n'
    first += b"3e8\r\n%s\r\n" % (b"x" * 1000) * 31 + b'1\r\n"\r\n0;'
    first += b"x" * (size - len(first) - 4) + b"\r\n\r\n"

    def unasked(request: Request, connection: Any) -> bytes:
        # Three records, of which the last one holds both ends.
        connection.sendall(first[:10_000])
        connection.sendall(first[10_000:20_000])
        return first[20_000:] + http(body=b'"not asked for"')

    with Server(unasked, tls) as server:
        for _ in range(2):
            assert len(process.call(server.url, config={"ca_file": str(certificate)})["result"]) == 31_002
    assert (len(first), server.connections) == (size, 2)


FORGED = {"sealed wrongly": b"\x17\x03\x03\x00\x20" + b"\0" * 32, "no record": b"\x99\x03\x03\x00\x01\0"}


@pytest.mark.parametrize("record", FORGED.values(), ids=FORGED)
def test_a_record_that_is_forged_is_not_read(
    process: Session, certificate: Path, tls: ssl.SSLContext, record: bytes
) -> None:
    def forge(request: Request, connection: Any) -> None:
        with socket.socket(fileno=connection.detach()) as raw:
            raw.sendall(record)
            raw.recv(1)

    with Server(forge, tls) as server:
        refused = process.call(server.url, config={"ca_file": str(certificate)})
    assert text(refused) == ("unavailable", "the connection was reset before a reply")


# --- what goes wrong elsewhere ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "code", "what"),
    [
        (
            kind,
            "not_authorized",
            "SQL Server does not let the assembly do this: it must be created with permission_set = external_access",
        )
        for kind in ("security", "security in a static field")
    ]
    + [
        ("memory", "unavailable", "the server has no memory left for this call"),
        (
            "other",
            "unavailable",
            "the core failed by a mistake of its own (System.InvalidCastException), please report it",
        ),
    ],
)
def test_whatever_is_thrown_has_a_code_and_says_what_to_do(process: Session, kind: str, code: str, what: str) -> None:
    assert text(process.ask("mishap", kind=kind)) == (code, what)
