"""The endpoint under TLS, with a certificate made for the test."""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ConnectionClosedError, SSLError  # type: ignore[import-untyped]

from tests.conftest import tool
from tests.unit.local_support import ACCOUNT, REGION, client
from udfgen.errors import UsageError
from udfgen.local import Fault, LocalFunction, LocalLambda, Tls


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    openssl = tool("openssl", "openssl")
    folder = tmp_path_factory.mktemp("tls")
    made = Tls(folder / "cert.pem", folder / "key.pem")
    what = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        [openssl, *what, *names, "-out", str(made.cert), "-keyout", str(made.key)], check=True, capture_output=True
    )
    return made


@pytest.fixture(scope="module")
def local(tls: Tls) -> Iterator[LocalLambda]:
    function = LocalFunction("echo", None, examples=(({}, "by TLS", None),))
    with LocalLambda([function], region=REGION, account=ACCOUNT, tls=tls) as running:
        yield running


def test_a_call_over_tls(local: LocalLambda, tls: Tls) -> None:
    assert local.url.startswith("https://127.0.0.1:")
    aws = client(local, verify=str(tls.cert))
    for _ in range(2):
        assert aws.invoke(FunctionName="echo", Payload=b"{}")["Payload"].read() == b'"by TLS"'
    with pytest.raises(SSLError):
        client(local).invoke(FunctionName="echo", Payload=b"{}")


def test_a_reset_over_tls(local: LocalLambda, tls: Tls) -> None:
    local.inject([Fault("reset_before", times=1)])
    with pytest.raises(ConnectionClosedError):
        client(local, verify=str(tls.cert)).invoke(FunctionName="echo", Payload=b"{}")


def test_old_protocols_and_plain_text_are_refused(local: LocalLambda, tls: Tls) -> None:
    port = int(local.url.rpartition(":")[2])
    old = ssl.create_default_context(cafile=str(tls.cert))
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", port), timeout=5) as plain, pytest.raises(ssl.SSLError):
        old.wrap_socket(plain, server_hostname="127.0.0.1")
    with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert b"HTTP/1.1" not in plain.recv(1000)


def test_a_silent_client_holds_up_nobody(local: LocalLambda, tls: Tls) -> None:
    port = int(local.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        aws = client(local, verify=str(tls.cert))
        assert aws.invoke(FunctionName="echo", Payload=b"{}")["StatusCode"] == 200


def test_files_that_are_no_certificate_are_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("not a certificate")
    for name in ("cert.pem", "absent.pem"):
        tls = Tls(tmp_path / name, tmp_path / name)
        with pytest.raises(UsageError, match="both are PEM"):
            LocalLambda([], region=REGION, account=ACCOUNT, tls=tls).start()
