"""What the tests of the cores share: each core, a process that runs it, services with credentials, TLS, deaf ears."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import tool
from tests.native.cores import CORES, Core, Runner
from tests.unit.core_support import Server, answers, http
from tests.unit.test_core_credentials import imds, keys


@pytest.fixture(scope="module", params=CORES, ids=lambda core: core.name)
def core(request: pytest.FixtureRequest) -> Core:
    """Each core that is told apart by its language."""
    found: Core = request.param
    return found


@pytest.fixture(scope="module", params=[each for each in CORES if each.has_chain], ids=lambda core: core.name)
def chained(request: pytest.FixtureRequest) -> Core:
    """Each core that may search as AWS's SDKs do."""
    found: Core = request.param
    return found


@pytest.fixture(scope="module")
def process(core: Core) -> Iterator[Runner]:
    """A core at work: the same process for a whole module, as in a session."""
    with core.start() as running:
        yield running


@pytest.fixture
def container() -> Iterator[Server]:
    """A service that gives a container its credentials."""
    with Server(answers(http(body=keys()))) as server:
        yield server


@pytest.fixture
def instance() -> Iterator[Server]:
    """A service that gives an instance its credentials: IMDSv2."""
    with Server(imds()) as server:
        yield server


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
