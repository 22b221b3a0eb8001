"""PostgreSQL's core: TLS, proxies, the endpoint of each region, and the transport that leaves the wire to boto3."""

from __future__ import annotations

import contextlib
import socket
import ssl
import sys
import threading
import time
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest

from tests.unit.core_support import (
    REQUEST_ID,
    Host,
    Request,
    Server,
    answers,
    binding,
    core,
    entry,
    fails,
    http,
    make_certificate,
    make_core,
    read_request,
    refusal,
    server_side,
    set_keys,
    without_waits,
)


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    set_keys(monkeypatch, token="a-token")
    without_waits(monkeypatch)


# --- TLS -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with a certificate and its key, for 127.0.0.1 and for no name."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    return server_side(certificate)


def test_calls_over_tls_share_one_connection(certificate: Path, tls: ssl.SSLContext) -> None:
    with Server(answers(http(Connection="keep-alive")), tls) as server:
        call = make_core(endpoint=server.url, ca_file=str(certificate)).function(entry())
        assert [str(call(1)) for _ in range(3)] == ["87.50"] * 3
    assert (len(server.requests), server.connections) == (3, 1)


def test_the_certificates_may_come_from_the_environment(
    certificate: Path, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    with Server(answers(http()), tls) as server:
        assert str(make_core(endpoint=server.url).function(entry())(1)) == "87.50"


def test_a_certificate_of_nobody_is_refused(tls: ssl.SSLContext) -> None:
    with Server(answers(http()), tls) as server, fails("unavailable") as error:
        make_core(endpoint=server.url).function(entry(idempotent=True, retries=2))(1)
    assert error.text == "score: TLS: self-signed certificate"
    assert server.requests == []


def test_a_certificate_for_another_host_is_refused(certificate: Path, tls: ssl.SSLContext) -> None:
    with Server(answers(http()), tls) as server, fails("unavailable") as error:
        url = server.url.replace("127.0.0.1", "localhost")
        make_core(endpoint=url, ca_file=str(certificate)).function(entry())(1)
    assert "certificate is not valid for 'localhost'" in error.text
    assert server.requests == []


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1:DeprecationWarning")
def test_tls_before_1_2_is_refused(certificate: Path, tls: ssl.SSLContext) -> None:
    tls.set_ciphers("ALL:@SECLEVEL=0")
    tls.minimum_version, tls.maximum_version = ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_1
    with Server(answers(http()), tls) as server, fails("unavailable") as error:
        make_core(endpoint=server.url, ca_file=str(certificate)).function(entry())(1)
    assert error.text.startswith("score: TLS: ")
    assert server.requests == []


def test_a_file_of_certificates_that_cannot_be_read(tls: ssl.SSLContext) -> None:
    with Server(answers(http()), tls) as server, fails("unavailable") as error:
        make_core(endpoint=server.url, ca_file="/nonexistent/ca.pem").function(entry())(1)
    assert error.text == "score: TLS: cannot read the certificates in /nonexistent/ca.pem"


def test_a_stream_cut_under_tls_is_not_the_end_of_a_body(certificate: Path, tls: ssl.SSLContext) -> None:
    def cut(request: Request, connection: Any) -> bytes | None:
        connection.sendall(b'HTTP/1.1 200 OK\r\n\r\n{"score":87.5}')
        # Closed without TLS's own end, as anybody on the way could do.
        socket.socket(fileno=connection.detach()).close()
        return None

    with Server(cut, tls) as server, fails("bad_response") as error:
        make_core(endpoint=server.url, ca_file=str(certificate)).function(entry())(1)
    assert error.text == "score: the reply was cut"


def test_a_large_payload_and_reply_over_tls(certificate: Path, tls: ssl.SSLContext) -> None:
    facts = entry({"kind": "scalar", "type": "text", "path": []}) | {
        "parameters": [{"name": "t", "type": "text"}],
        "payload": [0],
    }
    with Server(lambda request, _: http(body=request.body), tls) as server:
        call = make_core(endpoint=server.url, ca_file=str(certificate)).function(facts)
        assert call("x" * 3_000_000) == "x" * 3_000_000


def test_a_handshake_that_hangs_ends_with_the_time_to_connect(certificate: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf, fails("unavailable") as error:
        port, host = deaf.getsockname()[1], Host()
        call = make_core(host, endpoint=f"https://127.0.0.1:{port}", ca_file=str(certificate)).function
        call(entry(connect_timeout_ms=250))(1)
    assert error.text == f"score: cannot connect to 127.0.0.1:{port} within 250 ms"
    assert host.pauses >= 2


def test_the_deadline_holds_under_tls(certificate: Path, tls: ssl.SSLContext) -> None:
    ended = threading.Event()

    def hang(request: Request, connection: Any) -> None:
        ended.wait(3)

    with Server(hang, tls) as server, fails("timeout"):
        make_core(endpoint=server.url, ca_file=str(certificate)).function(entry(timeout_ms=300))(1)
    ended.set()


# --- proxies ---------------------------------------------------------------------------------------------------


class Proxy(Server):
    """A proxy: tunnels what CONNECT asks for, and answers absolute requests itself."""

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb", buffering=0) as stream:
            request = read_request(stream)
            assert request is not None
            self.requests.append(request)
            reply = self.answer(request, connection)
            if reply:
                connection.sendall(reply)
            if reply and request.line.startswith("CONNECT ") and b" 200 " in reply:
                _, host, _ = request.line.split(" ")
                with socket.create_connection((host.split(":")[0], int(host.split(":")[1]))) as far:
                    threading.Thread(target=_copy, args=(far, connection), daemon=True).start()
                    _copy(connection, far)


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        source.close()


OPEN = answers(b"HTTP/1.1 200 Connection established\r\n\r\n")


def test_https_goes_through_a_tunnel(certificate: Path, tls: ssl.SSLContext) -> None:
    with Server(answers(http()), tls) as server, Proxy(OPEN) as proxy:
        call = make_core(endpoint=server.url, ca_file=str(certificate), proxy=proxy.url).function(entry())
        assert [str(call(1)) for _ in range(2)] == ["87.50"] * 2
    (asked,) = proxy.requests
    assert (asked.line, asked.headers) == (
        f"CONNECT 127.0.0.1:{server.port} HTTP/1.1",
        {"host": f"127.0.0.1:{server.port}"},
    )
    assert server.requests[0].line.startswith("POST /2015-03-31/")


def test_http_goes_to_the_proxy_in_absolute_form() -> None:
    with Server(answers(http())) as proxy:
        call = make_core(endpoint="http://lambda.example:9001/stage", proxy=proxy.url).function(entry())
        assert str(call(1)) == "87.50"
    (request,) = proxy.requests
    path = "/stage/2015-03-31/functions/score-customer/invocations"
    assert request.line == f"POST http://lambda.example:9001{path} HTTP/1.1"
    assert request.headers["host"] == "lambda.example:9001"


@pytest.mark.parametrize(
    ("reply", "what", "posts"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "the proxy answered HTTP 407", 1),
        (b"HTTP/1.1 503 Busy\r\n\r\n", "the proxy answered HTTP 503", 2),
        (b"SSH-2.0-x\r\n\r\n", "the proxy did not answer", 2),
    ],
)
def test_a_proxy_that_refuses(reply: bytes, what: str, posts: int) -> None:
    with Proxy(answers(reply)) as proxy, fails("unavailable") as error:
        call = make_core(endpoint="https://lambda.example", proxy=proxy.url).function
        call(entry(idempotent=True, retries=1))(1)
    assert error.text == f"score: {what}"
    assert len(proxy.requests) == posts


def test_the_time_to_connect_holds_over_a_proxy_that_dribbles() -> None:
    def dribble(request: Request, connection: Any) -> bytes | None:
        with contextlib.suppress(OSError):
            for _ in range(100):
                connection.sendall(b"H")
                time.sleep(0.01)
        return b""

    host, begun = Host(), time.monotonic()
    with Proxy(dribble) as proxy, fails("unavailable") as error:
        call = make_core(host, endpoint="https://lambda.example", proxy=proxy.url).function
        call(entry(connect_timeout_ms=250))(1)
    assert error.text == f"score: cannot connect to the proxy 127.0.0.1:{proxy.port} within 250 ms"
    assert time.monotonic() - begun < 0.5
    assert host.pauses >= 2


def test_a_proxy_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with fails("unavailable") as error:
        make_core(endpoint="https://lambda.example", proxy=f"http://127.0.0.1:{port}").function(entry())(1)
    assert error.text == f"score: cannot connect to the proxy 127.0.0.1:{port}: Connection refused"


def test_metadata_is_not_asked_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    facts = b'{"AccessKeyId":"A","SecretAccessKey":"s","Token":"t","Expiration":"2999-01-01T00:00:00Z"}'
    with Server(answers(http())) as proxy, Server(answers(http(body=facts))) as container:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", container.url)
        shared = make_core(endpoint="http://lambda.example", proxy=proxy.url, credentials={"source": "container"})
        assert str(shared.function(entry())(1)) == "87.50"
    assert (len(container.requests), len(proxy.requests)) == (1, 1)


# --- endpoints -------------------------------------------------------------------------------------------------


def test_endpoints_are_those_of_botocore() -> None:
    session = boto3.session.Session()
    partitions = session.get_available_partitions()
    regions = {region for each in partitions for region in session.get_available_regions("lambda", each)}
    assert len(regions) > 30
    for region in sorted(regions | {"eusc-de-east-1", "eu-isoe-west-1", "us-isof-south-1"}):
        client = session.client("lambda", region_name=region)
        assert core.find_endpoint({"region": region}) == client.meta.endpoint_url


def test_the_environment_of_the_server_names_the_endpoint_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert make_core(endpoint="http://spec.example").endpoint == "http://spec.example"
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", "http://server.example:9001")
    assert make_core(endpoint="http://spec.example").endpoint == "http://server.example:9001"


def test_an_address_in_its_parts() -> None:
    url = core.Url("https://[::1]:9001/a/b")
    assert (url.scheme, url.host, url.port, url.authority, url.path) == ("https", "::1", 9001, "[::1]:9001", "/a/b")
    assert core.Url("https://[::1]:443").authority == "[::1]"
    assert core.Url("http://host:80/").authority == "host"


# --- boto3 -----------------------------------------------------------------------------------------------------


def sdk(server: Server, host: Host | None = None, **config: Any) -> Any:
    return make_core(host, endpoint=server.url, transport="boto3", **config)


def test_boto3_calls_with_the_same_credentials_and_one_client() -> None:
    with Server(answers(http())) as server:
        shared = sdk(server)
        calls = [shared.function(entry(qualifier="live")), shared.function(entry(name="other"))]
        assert [str(call(42)) for call in calls * 2] == ["87.50"] * 4
        assert len(shared._transport.clients) == 1
    first = server.requests[0]
    assert first.line == "POST /2015-03-31/functions/score-customer/invocations?Qualifier=live HTTP/1.1"
    assert first.body == b'{"customer":42}'
    assert "Credential=AKIDEXAMPLE/" in first.headers["authorization"]
    assert first.headers["x-amz-security-token"] == "a-token"


def test_boto3_async_dry_run_context_and_log_tail() -> None:
    def answer(request: Request, _: object) -> bytes:
        kind = request.headers.get("x-amz-invocation-type")
        return {"Event": http(202, b""), "DryRun": http(204, b"")}.get(kind or "", http(X_Amz_Log_Result="dGFpbA=="))

    host = Host(context='{"custom":{"role":"app"}}')
    with Server(answer) as server:
        shared = sdk(server, host)
        assert shared.function(entry({"kind": "void"}, invoke="async"))(1) is None
        shared.dry_run(binding())
        assert str(shared.function(entry(log_tail=True, client_context=True))(1)) == "87.50"
    assert host.notices == ["tail"]
    assert server.requests[2].headers["x-amz-client-context"] == core.encode_context(host.text)


@pytest.mark.parametrize(
    ("reply", "code", "text", "posts"),
    [
        (refusal(429, "TooManyRequestsException"), "throttled", "TooManyRequestsException: what AWS says", 2),
        (refusal(404, "ResourceNotFoundException"), "not_found", "ResourceNotFoundException: what AWS says", 1),
        (refusal(403, "AccessDeniedException"), "not_authorized", "AccessDeniedException: what AWS says", 1),
        (refusal(502, "KMSDisabledException"), "unavailable", "KMSDisabledException: what AWS says", 1),
        (http(500, b"<html>"), "unavailable", "HTTP 500", 2),
        (
            http(body=b'{"errorType":"E","errorMessage":"m"}', X_Amz_Function_Error="Unhandled"),
            "function_error",
            "E: m",
            1,
        ),
        (http(body=b"<html>"), "bad_response", "reply is not valid JSON", 1),
    ],
)
def test_boto3_fails_as_the_other_transport_does(reply: bytes, code: str, text: str, posts: int) -> None:
    errors = []
    for transport in ("boto3", "native"):
        with Server(answers(reply)) as server, fails(code) as error:
            shared = make_core(endpoint=server.url, transport=transport)
            shared.function(entry(idempotent=True, retries=1))(1)
        assert len(server.requests) == posts
        errors.append((error.text, error.detail))
    assert errors[0] == errors[1]
    assert errors[0][0] == f"score: {text} (request id {REQUEST_ID})"


def test_boto3_does_not_retry_by_itself() -> None:
    def hang(request: Request, _: object) -> None:
        threading.Event().wait(1.9)

    # Importing the SDK counts against the timeout too, and takes long on a busy machine.
    with Server(hang) as server, fails("timeout") as error:
        sdk(server).function(entry(timeout_ms=1500))(1)
    assert error.text == "score: timed out after 1500 ms while waiting for the reply"
    assert len(server.requests) == 1


def test_boto3_takes_a_cut_body_for_what_it_is() -> None:
    with Server(lambda request, connection: connection.sendall(http()[:-3])) as server, fails("bad_response") as error:
        sdk(server).function(entry())(1)
    assert error.text == "score: the reply was cut"
    assert len(server.requests) == 1


def test_boto3_that_cannot_connect() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with fails("unavailable") as error:
        make_core(endpoint=f"http://127.0.0.1:{port}", transport="boto3").function(entry())(1)
    assert error.text == "score: the connection failed: EndpointConnectionError"


def test_boto3_over_tls(certificate: Path, tls: ssl.SSLContext) -> None:
    with Server(answers(http()), tls) as server:
        assert str(sdk(server, ca_file=str(certificate)).function(entry())(1)) == "87.50"
        with fails("unavailable") as error:
            sdk(server).function(entry())(1)
    assert error.text == "score: TLS: the certificate or the handshake was refused"


def test_boto3_goes_through_the_proxy_of_the_spec_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with Server(answers(http())) as server:
        assert str(sdk(server).function(entry())(1)) == "87.50"
        shared = make_core(endpoint="http://lambda.example", transport="boto3", proxy=server.url)
        assert str(shared.function(entry())(1)) == "87.50"
    assert server.requests[1].line.startswith("POST http://lambda.example/2015-03-31/")


def test_boto3_makes_a_new_client_for_new_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(answers(http())) as server:
        shared = sdk(server)
        call = shared.function(entry())
        call(1)
        shared.keeper.drop()
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDNEW")
        call(1)
    assert "Credential=AKIDNEW/" in server.requests[1].headers["authorization"]


def test_boto3_that_is_not_installed_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with fails("unavailable") as error:
        make_core(endpoint="http://127.0.0.1:9", transport="boto3").function(entry())(1)
    assert error.text == "score: transport boto3 needs the package python3-boto3: install it"
