"""What only the Java core does when it calls out: its parser, permissions, roots. The rest is in test_calls.py."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from http.client import IncompleteRead
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import tool
from tests.native.calls_support import KEYS, text
from tests.native.cores import check_broken
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
from tests.unit.core_support import SCORE, Server, answers, http


@pytest.fixture(scope="module")
def process() -> Iterator[Session]:
    with session() as running:
        yield running


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


# --- replies ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reply", MALFORMED, ids=lambda reply: repr(reply[:60]))
def test_a_malformed_reply(process: Session, reply: bytes) -> None:
    check_broken(process, reply, MALFORMED[reply])


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
    if other is IncompleteRead:
        assert "status" not in mine
    elif not isinstance(other, type) and "status" in mine and not is_outside(data):
        assert (mine["status"], mine["headers"], bytes.fromhex(mine["body"])) == other
    if reset:
        cut = ours(pieces_of(data, lengths), reset=True)
        assert "status" not in cut or cut | {"kept": None} == mine | {"kept": None}
        assert "status" not in cut or re.search(rb"(?i)content-length|chunked|\b[23]04\b", data)


# --- connections -----------------------------------------------------------------------------------------------


def test_all_addresses_of_a_name_are_tried(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("127.0.0.2 lambda.example\n127.0.0.1 lambda.example\n")
    running = session()
    # https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/net/InetAddress.html
    running.command.insert(1, f"-Djdk.net.hosts.file={tmp_path / 'hosts'}")
    with running, Server(answers(http())) as server:
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
    with Server(answers(http())) as server:
        url = f"lambda.example:{server.port}"
        connect = f'java.net.SocketPermission "{url}", "connect,resolve"'
        limited = under_policy(tmp_path, connect, f'java.io.FilePermission "{hosts}", "read"')
        limited.command.insert(1, f"-Djdk.net.hosts.file={hosts}")
        with limited as running:
            refused = running.call(f"http://{url}")
    assert text(refused) == ("unavailable", f"cannot connect to {url}: Connection refused"), "not a permission's fault"


def test_a_permission_that_is_missing_is_named_as_the_grants_name_it(tmp_path: Path) -> None:
    with Server(answers(http())) as server, under_policy(tmp_path) as running:
        refused = running.call(server.url, idempotent=True, retries=1)
    what = f'the schema lacks the Java permission java.net.SocketPermission "127.0.0.1:{server.port}" "connect,resolve"'
    assert text(refused) == ("not_authorized", f"{what}: have a DBA run permissions.sql")
    assert server.connections == 0


def test_proxies_of_the_jvm_have_no_say() -> None:
    running = session(http_proxy="http://127.0.0.1:9", ALL_PROXY="http://127.0.0.1:9")
    for name in ("http.proxyHost", "https.proxyHost", "socksProxyHost"):
        running.command.insert(1, f"-D{name}=127.0.0.2")
    with running, Server(answers(http())) as server:
        assert running.call(server.url)["result"] == SCORE.decode()


# --- TLS -------------------------------------------------------------------------------------------------------


def test_certificates_that_are_refused(process: Session, certificate: Path, tls: ssl.SSLContext) -> None:
    retried = {"idempotent": True, "retries": 2}
    with Server(answers(http()), tls) as server:
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
    with Server(answers(http()), tls) as server, with_roots(tmp_path, to_roots(certificate)) as running:
        assert running.call(server.url)["result"] == SCORE.decode()
    shutil.rmtree(tmp_path / "udfgen")
    amazon = (CORE / "roots.txt").read_text()
    with Server(answers(http()), tls) as server, with_roots(tmp_path, amazon) as running:
        refused = running.call(server.url)
    what = "TLS: unable to find valid certification path to requested target"
    assert (text(refused), server.requests) == (("unavailable", what), [])


def test_roots_that_are_missing_are_named(process: Session) -> None:
    assert not (classes() / "udfgen" / "roots.txt").exists()
    with Server(answers(http())) as server:
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
    with lax as running, Server(answers(http()), tls) as server:
        code, what = text(running.call(server.url, config={"ca_file": str(certificate)}))
    assert (code, what[:5], server.requests) == ("unavailable", "TLS: ", [])


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
