"""Encryption: all of a connection, or its login alone; the server's certificate and its name are checked."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import pytest

from tests.conftest import missing, tool
from tests.tds.conftest import Place
from tests.tds.server import PASSWORD, How
from tests.tds.support import dsn, look, put_in
from tests.tds.wire import LOGIN_ONLY, ON, PACKET
from udfgen import dialect
from udfgen.connect import connect, parse
from udfgen.errors import CallError, ConnectError

module = dialect.load("sqlserver").part("session")


def certified(folder: Path, *names: str) -> tuple[Path, ssl.SSLContext]:
    """Make a certificate for some names; return its file, and a server's context with it."""
    if not module.tls.OPENSSL_AVAILABLE:
        missing("pyOpenSSL is not installed: pip install 'udfgen[sqlserver]'")
    certificate, key = folder / "server.pem", folder / "server.key"
    what = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    files = ["-out", str(certificate), "-keyout", str(key)]
    subprocess.run([tool("openssl", "openssl"), *what, *names, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return certificate, context


NAMES = {
    "the common name": ("-subj", "/CN=localhost"),
    "an alternative name": ("-subj", "/CN=sql", "-addext", "subjectAltName=DNS:localhost"),
}


@pytest.mark.parametrize(("how", "encryption"), [("yes", ON), ("login", LOGIN_ONLY)])
@pytest.mark.parametrize("name", NAMES)
def test_an_install_over_tls(place: Place, tmp_path: Path, how: str, encryption: int, name: str) -> None:
    cafile, place.server.context = certified(tmp_path, *NAMES[name])
    place.server.encryption = encryption
    where = dsn(place.port, more=f"encrypt={how}&cafile={cafile}").replace("127.0.0.1", "localhost")
    with connect(parse(where)) as opened:
        put_in(opened)
    assert {each.password for each in place.instance.logins} == {PASSWORD}
    assert max(each.packets for each in place.instance.heard) > 160_000 // PACKET


def test_a_certificate_of_another_name_is_refused(place: Place, tmp_path: Path) -> None:
    cafile, place.server.context = certified(tmp_path, "-subj", "/CN=other.example")
    place.server.encryption = ON
    where = dsn(place.port, more=f"cafile={cafile}").replace("127.0.0.1", "localhost")
    with pytest.raises(ConnectError, match="Certificate does not match host name 'localhost'"), connect(parse(where)):
        pass
    assert place.instance.logins == []


def test_a_certificate_of_an_unknown_authority_is_refused(place: Place, tmp_path: Path) -> None:
    _, place.server.context = certified(tmp_path, "-subj", "/CN=localhost")
    place.server.encryption = ON
    (tmp_path / "others").mkdir()
    others, _ = certified(tmp_path / "others", "-subj", "/CN=localhost")
    where = dsn(place.port, more=f"cafile={others}").replace("127.0.0.1", "localhost")
    with pytest.raises(ConnectError, match="certificate verify failed"), connect(parse(where)):
        pass
    assert place.instance.logins == []


def test_a_server_without_encryption_gets_no_password(place: Place, tmp_path: Path) -> None:
    cafile, _ = certified(tmp_path, "-subj", "/CN=localhost")
    with (
        pytest.raises(ConnectError, match="encryption but it is not supported by server"),
        connect(parse(dsn(place.port, more=f"cafile={cafile}"))),
    ):
        pass
    assert place.instance.logins == []
    assert look(place.port)


def test_a_connection_that_breaks_under_tls_is_told_and_closed(place: Place, tmp_path: Path) -> None:
    cafile, place.server.context = certified(tmp_path, "-subj", "/CN=localhost")
    place.server.encryption = ON
    where = dsn(place.port, more=f"cafile={cafile}").replace("127.0.0.1", "localhost")
    with connect(parse(where)) as opened:
        place.instance.plot = 0, How.CUT_BEFORE
        for _ in range(3):
            with pytest.raises(CallError):
                opened.rows("select")
    place.instance.rest()
