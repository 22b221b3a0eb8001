"""What the tests of PostgreSQL's core share: a database that is none, table entries, a server that answers as told."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import tool

# mypy finds packages by their folders, and this folder is mapped to udfgen.native only when it is installed.
if TYPE_CHECKING:
    from native.postgresql import udfgen_core
else:
    from udfgen.native.postgresql import udfgen_core

core = udfgen_core

REQUEST_ID = "8a2f1c3e-5b7d-4f60-9c1e-2d3a4b5c6d7e"
SCORE = b'{"score":87.5}'


class CoreError(Exception):
    """What `Host.error` makes: the three parts of an error, to look at."""

    def __init__(self, code: str, text: str, detail: str) -> None:
        super().__init__(code, text, detail)
        self.code, self.text, self.detail = code, text, detail


class Cancelled(Exception):
    """What a database raises from `pause` when somebody cancels the statement."""


class Host:
    """A database that counts pauses, keeps notices, and cancels at a given pause."""

    def __init__(self, cancel_at: int | None = None, context: str = '{"custom":{}}') -> None:
        self.pauses, self.cancel_at, self.text = 0, cancel_at, context
        self.notices: list[str] = []
        self.switched: dict[str, str] = {}

    def pause(self) -> None:
        self.pauses += 1
        if self.cancel_at is not None and self.pauses >= self.cancel_at:
            raise Cancelled

    def notice(self, text: str) -> None:
        self.notices.append(text)

    def context(self) -> str:
        return self.text

    def modes(self) -> dict[str, str]:
        return self.switched

    def error(self, code: str, text: str, detail: str) -> Exception:
        return CoreError(code, text, detail)


@dataclass
class Request:
    """One request as it came: first line, headers by lower-case name, body."""

    line: str
    headers: dict[str, str]
    body: bytes


Answer = Callable[[Request, Any], "bytes | None"]


@dataclass
class Server:
    """An HTTP server on the loopback: `answer` gives the bytes of each reply, or None to close the connection."""

    answer: Answer
    tls: ssl.SSLContext | None = None
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> Server:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        # On Linux only this wakes a thread that waits in accept.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            wrapped = self.tls.wrap_socket(connection, server_side=True) if self.tls else connection
            with wrapped, wrapped.makefile("rb") as stream:
                while request := read_request(stream):
                    self.requests.append(request)
                    reply = self.answer(request, wrapped)
                    if reply is None:
                        return
                    wrapped.sendall(reply)
        except OSError:
            # A client that gives up is what some tests are about.
            connection.close()


def read_request(stream: Any) -> Request | None:
    """Return the next request of a connection, or None at its end."""
    line = stream.readline().decode("latin-1").rstrip("\r\n")
    if not line:
        return None
    headers = {}
    while header := stream.readline().decode("latin-1").rstrip("\r\n"):
        name, _, value = header.partition(":")
        headers[name.lower()] = value.strip()
    return Request(line, headers, stream.read(int(headers.get("content-length", "0"))))


def http(status: int = 200, body: bytes = SCORE, **headers: str) -> bytes:
    """Return a reply with a length, an AWS request id and further headers, `_` in a name standing for `-`."""
    lines = {"x-amzn-RequestId": REQUEST_ID} | {name.replace("_", "-"): value for name, value in headers.items()}
    if status not in (204, 304):
        lines["Content-Length"] = str(len(body))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode() + body


def refusal(status: int, kind: str, message: str = "what AWS says", **headers: str) -> bytes:
    """Return an error reply of AWS."""
    return http(status, f'{{"message":"{message}"}}'.encode(), **{"x_amzn_ErrorType": kind, **headers})


def answers(*replies: bytes | None) -> Answer:
    """Return an answer that gives one reply after the other, and the last one for ever."""
    left = list(replies)
    return lambda request, connection: left.pop(0) if len(left) > 1 else left[0]


def binding(**facts: Any) -> dict[str, Any]:
    """Return the table entry of a binding called `score`."""
    given = {"name": "score", "target": "score-customer", "invoke": "sync"}
    return given | {"timeout_ms": 3000, "connect_timeout_ms": 1000} | facts


def entry(returns: dict[str, Any] | None = None, **facts: Any) -> dict[str, Any]:
    """Return the table entry of a function of one bigint whose result is `$.score`; `facts` go to the binding."""
    score = {"kind": "scalar", "type": "decimal", "precision": 5, "scale": 2, "path": ["score"]}
    parameters = [{"name": "customer_id", "type": "bigint"}]
    wanted = returns or score
    return {
        "name": "score_customer",
        "binding": binding(**facts),
        "parameters": parameters,
        "payload": ['{"customer":', 0, "}"],
        "returns": wanted,
    }


def make_core(host: Host | None = None, **config: Any) -> core.Core:
    """Return a core for region eu-west-1 with credentials from the environment."""
    given = {"name": "sensors", "region": "eu-west-1", "credentials": {"source": "environment"}}
    return core.Core(given | {"transport": "native"} | config, host or Host())


@contextmanager
def fails(code: str) -> Iterator[CoreError]:
    """Expect an error with a code; what is yielded has its text and detail after the block."""
    seen = CoreError(code, "", "")
    with pytest.raises(CoreError) as caught:
        yield seen
    assert caught.value.code == code, caught.value
    seen.text, seen.detail = caught.value.text, caught.value.detail


def set_keys(monkeypatch: pytest.MonkeyPatch, token: str = "") -> None:
    """Put a key pair into the environment, and take out all else that the core reads there."""
    clear_environment(monkeypatch)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    if token:
        monkeypatch.setenv("AWS_SESSION_TOKEN", token)


def clear_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every AWS variable out of the environment, and the account's own AWS files out of reach."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", "/nonexistent")


def without_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let retries follow at once."""
    monkeypatch.setattr(core, "_backoff", lambda attempt: 0.0)


def make_certificate(folder: Path) -> Path:
    """Return a new file with a certificate and its key, for 127.0.0.1 and for no name."""
    file, key = folder / "cert.pem", folder / "key.pem"
    what = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = [tool("openssl", "openssl"), *what, *names, "-out", str(file), "-keyout", str(key)]
    subprocess.run(command, check=True, capture_output=True)
    file.write_text(file.read_text() + key.read_text())
    return file


def server_side(certificate: Path) -> ssl.SSLContext:
    """Return what a server needs to speak TLS with a certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context
