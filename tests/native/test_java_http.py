"""The Java core calls out: what it sends and how often, what it reads, its deadline, its connection, TLS, proxies."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import re
import shutil
import socket
import ssl
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import tool
from tests.native.calls_support import KEYS
from tests.native.java_calls_support import Outcome, Session, classes, session
from tests.native.jvm import CORE
from tests.native.test_core_http_fuzz import (
    MALFORMED,
    SEEN,
    broken_replies,
    cuts,
    is_outside,
    pieces_of,
    replies,
    theirs,
)
from tests.native.test_cpp_calls import GOOD, begin, dribble, dying, hang, once
from tests.scripted import DELIVERIES, REGION, Script, ScriptedLambda
from tests.unit.core_support import REQUEST_ID, SCORE, Answer, Request, Server, answers, refusal
from tests.unit.core_support import http as reply_of
from tests.unit.test_core_network import OPEN, Proxy

IDLE = 0.02
"""Seconds after which a kept connection is looked at before it is used; one younger than 5 ms is taken as it is."""


@pytest.fixture(scope="module")
def process() -> Iterator[Session]:
    with session() as running:
        yield running


def text(outcome: Outcome) -> tuple[str, str]:
    return outcome["code"], outcome["text"].removeprefix("score: ")


# --- what is sent ----------------------------------------------------------------------------------------------


def test_a_call_sends_what_the_entry_says_and_returns_the_body(process: Session) -> None:
    with Server(answers(reply_of())) as server:
        assert process.call(server.url, qualifier="live")["result"] == SCORE.decode()
    (request,) = server.requests
    assert request.line == "POST /2015-03-31/functions/score-customer/invocations?Qualifier=live HTTP/1.1"
    assert request.body == b'{"customer":42}'
    assert set(request.headers) == {"host", "x-amz-date", "authorization", "content-type", "content-length"}
    assert request.headers["host"] == f"127.0.0.1:{server.port}"


def test_async_and_dry_run_say_so_and_return_nothing(process: Session) -> None:
    with Server(lambda request, _: reply_of(204 if "DryRun" in str(request.headers) else 202, b"")) as server:
        for invoke in ("async", "dry_run"):
            assert process.call(server.url, invoke=invoke, returns={"kind": "void"})["result"] is None
    assert [request.headers["x-amz-invocation-type"] for request in server.requests] == ["Event", "DryRun"]


@pytest.mark.parametrize(("invoke", "limit"), [("sync", 6_291_456), ("async", 1_048_576)])
def test_a_payload_that_is_too_large_is_not_sent(process: Session, invoke: str, limit: int) -> None:
    facts = {"invoke": invoke, "returns": {"kind": "void"}}
    with Server(answers(reply_of(200 if invoke == "sync" else 202, b"{}"))) as server:
        assert process.call(server.url, body="1" * limit, **facts)["result"] is None
        refused = process.call(server.url, body="1" * (limit + 1), **facts)
    assert text(refused) == ("too_large", f"the payload has {limit + 1} bytes, AWS Lambda takes {limit}")
    assert [len(request.body) for request in server.requests] == [limit]


def test_a_client_context_is_sent_only_if_it_fits(process: Session) -> None:
    with Server(answers(reply_of())) as server:
        for size in (9, 2653, 2654):
            context = json.dumps({"custom": {"session_user": "x" * size}})
            process.call(server.url, extra={"context": context})
        process.call(server.url)
    sent = [request.headers.get("x-amz-client-context", "") for request in server.requests]
    assert [len(each) for each in sent] == [56, 3580, 0, 0]
    assert json.loads(base64.b64decode(sent[0])) == {"custom": {"session_user": "x" * 9}}


def test_credentials_in_use_do_not_show() -> None:
    said = f"{KEYS['AWS_ACCESS_KEY_ID']} {KEYS['AWS_SECRET_ACCESS_KEY']} IQoJtoken short"
    refused = refusal(500, "E", said, x_amzn_RequestId="IQoJtoken")
    with session(AWS_SESSION_TOKEN="IQoJtoken") as running, Server(answers(refused)) as server:
        shown = running.call(server.url)["text"]
        server.answer = answers(reply_of(body=b"<html>", x_amzn_RequestId="IQoJtoken"))
        undecoded = running.call(server.url)["text"]
    assert shown == "score: E: *** *** *** short (request id ***)"
    assert undecoded == "score: reply is not valid JSON (request id ***)"


@pytest.mark.parametrize(
    ("behaviour", "result"),
    [(name, '{"score":87.5}') for name in ("plain", "chunked", "until_close", "continue")]
    + [("cut", "the reply was cut"), ("reset", "the connection was reset before a reply")],
)
def test_every_way_of_answering_is_read_and_signed_for(behaviour: str, result: str) -> None:
    assert behaviour in DELIVERIES
    with ScriptedLambda() as scripted:
        environment = scripted.environment()
        endpoint = environment.pop("AWS_ENDPOINT_URL_LAMBDA")
        scripted.play(Script(body=b'{"score":87.5}', behaviour=behaviour))
        with Session(environment) as running:
            outcomes = [running.call(endpoint, config={"region": REGION}) for _ in range(2)]
    for outcome in outcomes:
        assert outcome.get("result", outcome.get("text", "").removeprefix("score: ")) == result
    assert len(scripted.requests) == 2


# --- once, or as often as an idempotent binding allows: counted by the server ----------------------------------


@pytest.mark.parametrize(("reset", "how"), [(False, "closed"), (True, "reset")])
@pytest.mark.parametrize("kept", [0, 1])
@pytest.mark.parametrize("idle", [0.0, IDLE])
def test_a_request_without_a_reply_is_never_sent_twice(
    process: Session, reset: bool, how: str, kept: int, idle: float
) -> None:
    with Server(dying(reset, after=kept)) as server:
        for _ in range(kept):
            assert process.call(server.url)["result"] == SCORE.decode()
            time.sleep(idle)
        failed = process.call(server.url)
        assert text(failed) == ("unavailable", f"the connection was {how} before a reply")
        assert (len(server.requests), server.connections) == (kept + 1, 1)


@pytest.mark.parametrize("reset", [False, True])
def test_an_idempotent_request_without_a_reply_is_sent_again(process: Session, reset: bool) -> None:
    with Server(dying(reset)) as server:
        assert process.call(server.url)["result"] == SCORE.decode()
        assert "code" in process.call(server.url, idempotent=True, retries=2)
        assert (len(server.requests), server.connections) == (4, 3)


def closing(request: Request, connection: Any) -> None:
    """Answer without a word of closing, and close."""
    connection.sendall(reply_of())


def test_a_connection_closed_while_idle_is_not_used(process: Session) -> None:
    with Server(closing) as server:
        for _ in range(3):
            assert process.call(server.url)["result"] == SCORE.decode()
            time.sleep(IDLE)
    assert (len(server.requests), server.connections) == (3, 3)


def test_a_connection_with_bytes_nobody_asked_for_is_not_used(process: Session) -> None:
    with Server(lambda request, _: reply_of() + b"HTTP/1.1 200 OK\r\n\r\n") as server:
        assert [process.call(server.url)["result"] for _ in range(2)] == [SCORE.decode()] * 2
    assert server.connections == 2


def unasked(request: Request, connection: Any) -> bytes:
    """Answer with more than one read takes, and at once with what would answer the next request."""
    return reply_of(body=b'"' + b"x" * 40_000 + b'"') + reply_of(body=b'"not asked for"')


@pytest.mark.parametrize("is_tls", [False, True])
@pytest.mark.parametrize("idle", [0.0, IDLE])
def test_a_second_reply_is_not_read_as_that_of_the_next_call(
    process: Session, certificate: Path, tls: ssl.SSLContext, is_tls: bool, idle: float
) -> None:
    with Server(unasked, tls if is_tls else None) as server:
        for _ in range(2):
            assert len(process.call(server.url, config={"ca_file": str(certificate)})["result"]) == 40_002
            time.sleep(idle)
    assert server.connections == 2


def test_bytes_that_come_late_end_a_connection(process: Session) -> None:
    def answer(request: Request, connection: Any) -> bytes:
        connection.sendall(reply_of())
        time.sleep(IDLE / 4)
        return b'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n"late"'

    with Server(answer) as server:
        for _ in range(2):
            assert process.call(server.url)["result"] == SCORE.decode()
            time.sleep(IDLE)
    assert server.connections == 2


def test_a_connection_idle_for_10_seconds_is_left_alone(process: Session) -> None:
    with Server(answers(reply_of(Connection="keep-alive"))) as server:
        for idle in (0, IDLE, 10.1):
            time.sleep(idle)
            assert process.call(server.url)["result"] == SCORE.decode()
    assert server.connections == 2


def test_retries_stop_at_the_number_given_and_at_success(process: Session) -> None:
    refused = refusal(503, "Busy")
    with Server(answers(refused, refused, reply_of())) as server:
        assert process.call(server.url, idempotent=True, retries=2)["result"] == SCORE.decode()
        assert len(server.requests) == 3
    with Server(answers(refused)) as server:
        assert process.call(server.url, idempotent=True, retries=2)["code"] == "unavailable"
        assert process.call(server.url, idempotent=False, retries=2)["code"] == "unavailable"
        assert len(server.requests) == 4


def test_retry_after_is_waited_for_within_the_deadline(process: Session) -> None:
    slow = refusal(429, "TooManyRequestsException", Retry_After="1")
    with Server(answers(slow, reply_of(), slow)) as server:
        assert 1000 <= process.call(server.url, idempotent=True, retries=1)["ms"] < 1500
        refused = process.call(server.url, idempotent=True, retries=1, timeout_ms=900)
        assert (refused["code"], len(server.requests)) == ("throttled", 3)
        assert refused["ms"] < 500


# --- replies ---------------------------------------------------------------------------------------------------

CUT = {
    "cut in the head": b"HTTP/1.1 200 OK\r\nContent-",
    "cut in the body": reply_of()[:-1],
    "cut in a chunk": b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"sc',
    "cut before the last chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
}
BROKEN = {name: (reply, "was cut") for name, reply in CUT.items()} | {
    repr(reply[:60]): (reply, what) for reply, what in MALFORMED.items()
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_reply(process: Session, name: str) -> None:
    with Server(once(GOOD[name])) as server:
        assert process.call(server.url)["result"] == SCORE.decode()


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_reply_is_retried_only_when_idempotent(process: Session, name: str) -> None:
    reply, what = BROKEN[name]
    with Server(once(reply)) as server:
        assert text(process.call(server.url)) == ("bad_response", f"the reply {what}")
        assert len(server.requests) == 1
        server.answer = lambda request, _: reply_of() if len(server.requests) > 2 else once(reply)(request, _)
        assert process.call(server.url, idempotent=True, retries=1)["result"] == SCORE.decode()
        assert len(server.requests) == 3


def test_chunks_that_are_too_large_together_are_refused(process: Session) -> None:
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    with Server(once(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + 17 * chunk)) as server:
        refused = process.call(server.url)
    assert text(refused) == ("bad_response", "the reply has more than 16777216 bytes")


def test_a_reset_is_not_the_end_of_a_body(process: Session) -> None:
    def reset(request: Request, connection: socket.socket) -> bytes | None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + SCORE)
        time.sleep(0.05)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return None

    with Server(reset) as server:
        assert text(process.call(server.url)) == ("bad_response", "the reply was cut")


def test_an_early_refusal_is_read(process: Session) -> None:
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


def test_a_reply_that_does_not_decode_keeps_its_request_id(process: Session) -> None:
    with Server(answers(reply_of(body=b"<html>"))) as server:
        refused = process.call(server.url)
    assert refused["text"] == f"score: reply is not valid JSON (request id {REQUEST_ID})"


FUZZ = settings(max_examples=300, derandomize=True, database=None, deadline=None)


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
    if other is http.client.IncompleteRead:
        assert "status" not in mine
    elif not isinstance(other, type) and "status" in mine and not is_outside(data):
        assert (mine["status"], mine["headers"], bytes.fromhex(mine["body"])) == other
    if reset:
        cut = ours(pieces_of(data, lengths), reset=True)
        assert "status" not in cut or cut | {"kept": None} == mine | {"kept": None}
        assert "status" not in cut or re.search(rb"(?i)content-length|chunked|\b[23]04\b", data)


# --- the deadline ----------------------------------------------------------------------------------------------


@pytest.fixture
def deaf() -> Iterator[str]:
    """The address of a listener whose connections wait for ever: its backlog is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, ExitStack() as waiting:
        address = full.getsockname()
        for each in [waiting.enter_context(socket.socket()) for _ in range(4)]:
            each.setblocking(False)
            each.connect_ex(address)
        yield f"127.0.0.1:{address[1]}"


@pytest.mark.parametrize(
    ("answer", "stage"),
    [(hang, "waiting for the reply"), (begin, "reading the reply"), (dribble, "reading the reply")],
)
def test_the_deadline_names_its_stage(process: Session, answer: Answer, stage: str) -> None:
    with Server(answer) as server:
        late = process.call(server.url, timeout_ms=300, idempotent=True, retries=3)
    assert text(late) == ("timeout", f"timed out after 300 ms while {stage}")
    assert 300 <= late["ms"] < 500
    assert len(server.requests) == 1


def test_the_deadline_while_connecting(process: Session, deaf: str) -> None:
    late = process.call(f"http://{deaf}", timeout_ms=300, connect_timeout_ms=300)
    assert text(late) == ("timeout", "timed out after 300 ms while connecting")
    assert 300 <= late["ms"] < 500


def test_a_connection_that_takes_too_long_is_unavailable(process: Session, deaf: str) -> None:
    late = process.call(f"http://{deaf}", connect_timeout_ms=150)
    assert text(late) == ("unavailable", f"cannot connect to {deaf} within 150 ms")
    assert 150 <= late["ms"] < 350


def test_a_call_after_a_timeout_has_a_connection_of_its_own(process: Session) -> None:
    def answer(request: Request, connection: Any) -> bytes:
        first = len(server.requests) == 1
        time.sleep(0.4 if first else 0)
        return reply_of(body=b'"late"') if first else reply_of()

    with Server(answer) as server:
        assert process.call(server.url, timeout_ms=200)["code"] == "timeout"
        assert process.call(server.url)["result"] == SCORE.decode()
    assert server.connections == 2


# --- connections -----------------------------------------------------------------------------------------------


def test_large_payloads_and_replies(process: Session) -> None:
    with Server(lambda request, _: reply_of(body=request.body)) as server:
        body = '"' + "x" * 6_000_000 + '"'
        assert process.call(server.url, body=body)["result"] == body


@pytest.mark.parametrize(("said", "connections"), [("keep-alive", 1), ("close", 3), ("x, Close", 3)])
def test_a_connection_that_says_close_is_closed(process: Session, said: str, connections: int) -> None:
    with Server(answers(reply_of(Connection=said))) as server:
        assert [process.call(server.url)["result"] for _ in range(3)] == [SCORE.decode()] * 3
    assert server.connections == connections


def test_connections_that_cannot_be(process: Session) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    refused = process.call(f"http://127.0.0.1:{port}", idempotent=True, retries=2)
    assert text(refused) == ("unavailable", f"cannot connect to 127.0.0.1:{port}: Connection refused")
    unknown = process.call("http://nowhere.invalid")
    assert text(unknown) == ("unavailable", "cannot resolve the host nowhere.invalid")


def test_all_addresses_of_a_name_are_tried(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("127.0.0.2 lambda.example\n127.0.0.1 lambda.example\n")
    running = session()
    # https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/net/InetAddress.html
    running.command.insert(1, f"-Djdk.net.hosts.file={tmp_path / 'hosts'}")
    with running, Server(answers(reply_of())) as server:
        assert running.call(f"http://lambda.example:{server.port}")["result"] == SCORE.decode()


def under_policy(folder: Path, *permissions: str) -> Session:
    """Return a session whose core has the key pair's permissions and some more, and nothing else."""
    core, rest = folder / "core", folder / "rest"
    shutil.copytree(classes(), core)
    (rest / "udfgen").mkdir(parents=True)
    for name in ("CallsRunner", "PiecesStream"):
        shutil.move(core / "udfgen" / f"{name}.class", rest / "udfgen")
    keys = [f'java.lang.RuntimePermission "getenv.{name}"' for name in (*KEYS, "AWS_SESSION_TOKEN")]
    granted = "\n".join(f"permission {each};" for each in (*keys, *permissions))
    (folder / "policy").write_text(
        f'grant codeBase "file:{core}/" {{\n{granted}\n}};\n'
        f'grant codeBase "file:{rest}/" {{\npermission java.security.AllPermission;\n}};\n'
    )
    limited = session()
    limited.command[1:1] = ["-Djava.security.manager", f"-Djava.security.policy=={folder / 'policy'}"]
    limited.command[limited.command.index("-cp") + 1] = f"{core}:{rest}"
    return limited


def test_a_permission_for_a_name_may_not_cover_all_of_its_addresses(tmp_path: Path) -> None:
    """The JVM compares addresses, of the name only the first, and then what they are called themselves."""
    names = ("127.0.0.2 two.example", "127.0.0.1 one.example", "127.0.0.2 lambda.example", "127.0.0.1 lambda.example")
    hosts = tmp_path / "hosts"
    hosts.write_text("\n".join(names))
    with Server(answers(reply_of())) as server:
        url = f"lambda.example:{server.port}"
        connect = f'java.net.SocketPermission "{url}", "connect,resolve"'
        limited = under_policy(tmp_path, connect, f'java.io.FilePermission "{hosts}", "read"')
        limited.command.insert(1, f"-Djdk.net.hosts.file={hosts}")
        with limited as running:
            refused = running.call(f"http://{url}")
    assert text(refused) == ("unavailable", f"cannot connect to {url}: Connection refused"), "not a permission's fault"


def test_a_permission_that_is_missing_is_named_as_the_grants_name_it(tmp_path: Path) -> None:
    with Server(answers(reply_of())) as server, under_policy(tmp_path) as running:
        refused = running.call(server.url, idempotent=True, retries=1)
    what = f'the schema lacks the Java permission java.net.SocketPermission "127.0.0.1:{server.port}" "connect,resolve"'
    assert text(refused) == ("not_authorized", f"{what}: have a DBA run permissions.sql")
    assert server.connections == 0


def test_an_address_of_version_6(process: Session) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        refused = process.call(f"http://[::1]:{listener.getsockname()[1]}", timeout_ms=200)
    assert refused["text"].endswith("while waiting for the reply")


def test_proxies_of_the_jvm_have_no_say() -> None:
    running = session(http_proxy="http://127.0.0.1:9", ALL_PROXY="http://127.0.0.1:9")
    for name in ("http.proxyHost", "https.proxyHost", "socksProxyHost"):
        running.command.insert(1, f"-D{name}=127.0.0.2")
    with running, Server(answers(reply_of())) as server:
        assert running.call(server.url)["result"] == SCORE.decode()


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
    file.write_text(key.read_text() + file.read_text())
    return file


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("idle", [0.0, IDLE])
def test_calls_over_tls_share_a_connection(
    process: Session, certificate: Path, tls: ssl.SSLContext, version: ssl.TLSVersion, idle: float
) -> None:
    tls.minimum_version = tls.maximum_version = version
    found = []
    with Server(answers(reply_of(Connection="keep-alive")), tls) as server:
        for _ in range(3):
            found.append(process.call(server.url, config={"ca_file": str(certificate)})["result"])
            time.sleep(idle)
    assert (found, len(server.requests), server.connections) == ([SCORE.decode()] * 3, 3, 1)


def test_large_payloads_and_replies_over_tls(process: Session, certificate: Path, tls: ssl.SSLContext) -> None:
    with Server(lambda request, _: reply_of(body=request.body), tls) as server:
        body = '"' + "x" * 6_000_000 + '"'
        found = process.call(server.url, body=body, config={"ca_file": str(certificate)}, timeout_ms=9000)
        assert found["result"] == body


def test_certificates_that_are_refused(process: Session, certificate: Path, tls: ssl.SSLContext) -> None:
    retried = {"idempotent": True, "retries": 2}
    with Server(answers(reply_of()), tls) as server:
        another = server.url.replace("127.0.0.1", "localhost")
        found = [
            process.call(server.url, config={"ca_file": str(CORE.parents[1] / "LICENSE")}, **retried),
            process.call(server.url, config={"ca_file": "/nonexistent/ca.pem"}, **retried),
            process.call(another, config={"ca_file": str(certificate)}, **retried),
        ]
    assert text(found[0]) == ("unavailable", f"TLS: cannot read the certificates in {CORE.parents[1] / 'LICENSE'}")
    assert text(found[1]) == ("unavailable", "TLS: cannot read the certificates in /nonexistent/ca.pem")
    assert text(found[2]) == ("unavailable", "TLS: No name matching localhost found")
    assert server.requests == []
    assert server.connections == 1, "a certificate is no better the second time"


def with_roots(folder: Path, roots: str) -> Session:
    """Return a session with a resource of root certificates beside the core's classes."""
    (folder / "udfgen").mkdir()
    (folder / "udfgen" / "roots.txt").write_text(roots)
    return Session(KEYS, "CallsRunner", folder)


def to_roots(certificate: Path) -> str:
    """Return a file of certificates in the resource's form, an other root before it."""
    der = ssl.PEM_cert_to_DER_cert(re.findall(r"-----BEGIN CERT[^~]*", certificate.read_text())[0])
    return (CORE / "roots.txt").read_text() + "certificate of a test\n" + base64.encodebytes(der).decode()


def test_the_roots_that_come_with_the_core_are_trusted_and_no_others(
    certificate: Path, tls: ssl.SSLContext, tmp_path: Path
) -> None:
    with Server(answers(reply_of()), tls) as server, with_roots(tmp_path, to_roots(certificate)) as running:
        assert running.call(server.url)["result"] == SCORE.decode()
    shutil.rmtree(tmp_path / "udfgen")
    amazon = (CORE / "roots.txt").read_text()
    with Server(answers(reply_of()), tls) as server, with_roots(tmp_path, amazon) as running:
        refused = running.call(server.url)
    what = "TLS: unable to find valid certification path to requested target"
    assert (text(refused), server.requests) == (("unavailable", what), [])


def test_roots_that_are_missing_are_named(process: Session) -> None:
    assert not (classes() / "udfgen" / "roots.txt").exists()
    with Server(answers(reply_of())) as server:
        refused = process.call(server.url.replace("http:", "https:"))
    what = "TLS: cannot read the certificates in the Java resource roots.txt: install it again"
    assert text(refused) == ("unavailable", what)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1:DeprecationWarning")
def test_tls_before_1_2_is_refused(certificate: Path, tls: ssl.SSLContext, tmp_path: Path) -> None:
    tls.set_ciphers("ALL:@SECLEVEL=0")
    tls.minimum_version, tls.maximum_version = ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_1
    # The JVM refuses it too, unless it is told otherwise: then it is the core that must.
    (tmp_path / "lax").write_text("jdk.tls.disabledAlgorithms=\n")
    lax = session()
    lax.command.insert(1, f"-Djava.security.properties={tmp_path / 'lax'}")
    with lax as running, Server(answers(reply_of()), tls) as server:
        code, what = text(running.call(server.url, config={"ca_file": str(certificate)}))
    assert (code, what[:5], server.requests) == ("unavailable", "TLS: ", [])


@pytest.mark.parametrize(
    ("head", "what"), [(b"", "does not say how long it is"), (b"Content-Length: 99\r\n", "was cut")]
)
def test_a_stream_cut_under_tls_is_not_the_end_of_a_body(
    process: Session, certificate: Path, tls: ssl.SSLContext, head: bytes, what: str
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
def test_a_handshake_that_takes_too_long_ends_with_the_time_to_connect(kind: type[Server], certificate: Path) -> None:
    with session() as running, kind(hang) as server:
        url = server.url.replace("http:", "https:")
        config = {"ca_file": str(certificate)}
        late = running.call(url, connect_timeout_ms=700, config=config)
        later = running.call(url, timeout_ms=300, connect_timeout_ms=300, config=config)
    assert late["text"].endswith(" within 700 ms")
    # The first call under TLS also loads its classes and reads the certificates.
    assert 700 <= late["ms"] < 1500
    assert text(later) == ("timeout", "timed out after 300 ms while connecting")
    assert 300 <= later["ms"] < 500


def test_the_deadline_under_tls(process: Session, certificate: Path, tls: ssl.SSLContext) -> None:
    for answer, stage in ((hang, "waiting for the reply"), (dribble, "reading the reply")):
        with Server(answer, tls) as server:
            config = {"ca_file": str(certificate)}
            late = process.call(server.url, timeout_ms=400, config=config)
        assert text(late) == ("timeout", f"timed out after 400 ms while {stage}")
        assert 400 <= late["ms"] < 600


def test_a_request_without_a_reply_is_never_sent_twice_over_tls(
    process: Session, certificate: Path, tls: ssl.SSLContext
) -> None:
    with Server(dying(reset=False), tls) as server:
        config = {"ca_file": str(certificate)}
        assert process.call(server.url, config=config)["result"] == SCORE.decode()
        failed = process.call(server.url, config=config)
        assert text(failed) == ("unavailable", "the connection was closed before a reply")
    assert (len(server.requests), server.connections) == (2, 1)


def test_a_connection_closed_while_idle_is_not_used_over_tls(
    process: Session, certificate: Path, tls: ssl.SSLContext
) -> None:
    with Server(closing, tls) as server:
        for _ in range(3):
            assert process.call(server.url, config={"ca_file": str(certificate)})["result"] == SCORE.decode()
            time.sleep(IDLE)
    assert (len(server.requests), server.connections) == (3, 3)


# --- Amazon's roots --------------------------------------------------------------------------------------------

AMAZON = {
    "Amazon Root CA 1": "fbe3018031f9586bcbf41727e417b7d1c45c2f47f93be372a17b96b50757d5a2",
    "Amazon Root CA 2": "7f4296fc5b6a4e3b35d3c369623e364ab1af381d8fa7121533c9d6c633ea2461",
    "Amazon Root CA 3": "36abc32656acfc645c61b71613c4bf21c787f5cabbee48348d58597803d7abc9",
    "Amazon Root CA 4": "f7ecded5c66047d28ed6466b543c40e0743abe81d109254dcf845d4c2c7853c5",
    "Starfield Services Root Certificate Authority - G2": (
        "2b071c59a0a0ae76b0eadb2bad23bad4580b69c3601b630c2eaf0613afa83f92"
    ),
}
"""The SHA-256 of each root's public key, as https://www.amazontrust.com/repository/ lists it."""
DEBIAN = Path("/usr/share/ca-certificates/mozilla")


def our_roots() -> dict[str, bytes]:
    """Return the certificates of roots.txt in DER, by their names."""
    parts = (CORE / "roots.txt").read_text(encoding="ascii").split("certificate ")[1:]
    return {name: base64.b64decode(lines) for name, _, lines in (part.partition("\n") for part in parts)}


@pytest.mark.parametrize("name", AMAZON)
def test_a_root_is_amazons(name: str) -> None:
    openssl = tool("openssl", "openssl")
    command = [openssl, "x509", "-inform", "DER", "-noout", "-pubkey"]
    key = subprocess.run(command, input=our_roots()[name], capture_output=True, check=True).stdout
    der = subprocess.run([openssl, "pkey", "-pubin", "-outform", "DER"], input=key, capture_output=True, check=True)
    assert hashlib.sha256(der.stdout).hexdigest() == AMAZON[name]


def test_the_roots_are_those_five_and_as_debian_has_them() -> None:
    found = our_roots()
    assert list(found) == list(AMAZON)
    if not DEBIAN.is_dir():
        pytest.skip(f"{DEBIAN} is not there; on Debian: apt-get install ca-certificates")
    for name, der in found.items():
        pem = (DEBIAN / f"{name.replace(' ', '_')}.crt").read_text(encoding="ascii")
        assert ssl.PEM_cert_to_DER_cert(pem) == der


def test_the_roots_pass_through_sqlplus() -> None:
    for line in (CORE / "roots.txt").read_text(encoding="ascii").splitlines():
        assert re.fullmatch(r"certificate [\w -]*\w|[A-Za-z0-9+/]{1,76}={0,2}", line), line


# --- proxies ---------------------------------------------------------------------------------------------------


def test_https_goes_through_a_tunnel(process: Session, certificate: Path, tls: ssl.SSLContext) -> None:
    with Server(answers(reply_of()), tls) as server, Proxy(OPEN) as proxy:
        config = {"ca_file": str(certificate), "proxy": proxy.url}
        assert [process.call(server.url, config=config)["result"] for _ in range(2)] == [SCORE.decode()] * 2
    (asked,) = proxy.requests
    assert asked.line == f"CONNECT 127.0.0.1:{server.port} HTTP/1.1"
    assert asked.headers == {"host": f"127.0.0.1:{server.port}"}
    assert server.requests[0].line.startswith("POST /2015-03-31/")


def test_http_goes_to_the_proxy_in_absolute_form(process: Session) -> None:
    with Server(answers(reply_of())) as proxy:
        outcome = process.call("http://lambda.example:9001/stage/", config={"proxy": proxy.url}, qualifier="a")
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
def test_a_proxy_that_refuses(process: Session, certificate: Path, reply: bytes | None, what: str, asked: int) -> None:
    with Proxy(answers(reply)) as proxy:
        config = {"ca_file": str(certificate), "proxy": proxy.url}
        refused = process.call("https://lambda.example", config=config, idempotent=True, retries=1)
    assert text(refused) == ("unavailable", what)
    assert len(proxy.requests) == asked


def test_a_proxy_that_is_not_there(process: Session, certificate: Path) -> None:
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
def test_an_address_in_its_parts(process: Session, given_url: str, host: Any, authority: Any, path: Any) -> None:
    found = process.ask("url", text=given_url)
    if host is None:
        what = "an address must look like https://host:port, without user, query or fragment"
        assert text(found) == ("unavailable", f"url: {what}")
    else:
        assert found == [host, authority, path]
