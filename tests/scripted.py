"""A Lambda endpoint that gives back exactly the bytes that a test asks for, and keeps what it was sent.

Every signature is verified, as by the local endpoint; nothing is run.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from udfgen.local import signature
from udfgen.local.keys import Key, Keyring, new_key, utc_now
from udfgen.local.wire import LoopbackServer, Refused, Reply, Request, deliver, render_head, reset_on_close, silent

REGION = "eu-west-1"
REQUEST_ID = "8a2f7c1e-0000-4000-8000-000000000001"

STALL = 1.0
"""Seconds for which a reply stops in the middle of its body."""


@dataclass(frozen=True)
class Script:
    """One answer to a request; `behaviour` names a way of giving it, `to` the body that it is kept for.

    `answer` makes the body of the one that was sent, in place of `body`.
    """

    body: bytes = b"null"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    behaviour: str = "plain"
    to: bytes | None = None
    answer: Callable[[bytes], bytes] | None = None


class ScriptedLambda:
    """The endpoint, running from `with` to the end of it; port 0 is a free one, and without a key it makes one."""

    def __init__(self, port: int = 0, key: Key | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.scripts: tuple[Script, ...] = (Script(),)
        self.requests: list[Request] = []
        self._port = port
        self._tls = tls
        self._keyring = Keyring()
        self._key = self._keyring.add(key or new_key())

    def __enter__(self) -> ScriptedLambda:
        signature.prepare()
        self._listen()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.stop()

    def _listen(self) -> None:
        self._server = LoopbackServer(self._respond, port=self._port, tls=self._tls, log=silent)
        self._port = self._server.port

    @contextmanager
    def away(self) -> Iterator[None]:
        """Refuse connections for a while, and be back at the same port afterwards."""
        self._server.stop()
        try:
            yield
        finally:
            self._listen()

    def play(self, *scripts: Script) -> None:
        """Answer with one script after the other, the last one for ever, and forget what was sent before."""
        self.scripts = scripts
        self.requests.clear()

    @property
    def url(self) -> str:
        """Return where it listens, once it runs."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._server.port}"

    def environment(self) -> dict[str, str]:
        """Return the variables with which a core calls this endpoint."""
        return {
            "AWS_ENDPOINT_URL_LAMBDA": self.url,
            "AWS_ACCESS_KEY_ID": self._key.access_key,
            "AWS_SECRET_ACCESS_KEY": self._key.secret_key,
        }

    def _respond(self, request: Request) -> Reply:
        try:
            signature.verify(request, self._keyring, utc_now(), region=REGION)
        except Refused as refused:
            return refused.reply(REQUEST_ID)
        self.requests.append(request)
        script = self._script(request.body)
        time.sleep(script.delay)
        return self._reply(script, script.answer(request.body) if script.answer else script.body)

    def _script(self, body: bytes) -> Script:
        kept = (each for each in self.scripts if each.to == body)
        return next(kept, self.scripts[min(len(self.requests), len(self.scripts)) - 1])

    def _reply(self, script: Script, body: bytes) -> Reply:
        status = script.status
        if script.behaviour == "second_time" and len(self.requests) > 1:
            status = 200
        usual = {"x-amzn-RequestId": REQUEST_ID, "X-Amz-Executed-Version": "7", "Content-Type": "application/json"}
        headers = tuple((usual | dict(script.headers)).items())
        return Reply(status, body, headers, DELIVERIES[script.behaviour])


def _reset(connection: socket.socket, reply: Reply) -> bool:
    reset_on_close(connection)
    return False


def _cut(connection: socket.socket, reply: Reply) -> bool:
    connection.sendall(render_head(reply, ("Content-Length", str(len(reply.body) + 9))) + reply.body)
    return False


def _stall(connection: socket.socket, reply: Reply) -> bool:
    half = len(reply.body) // 2
    connection.sendall(render_head(reply, ("Content-Length", str(len(reply.body)))) + reply.body[:half])
    time.sleep(STALL)
    return False


def _garbage(connection: socket.socket, reply: Reply) -> bool:
    connection.sendall(b"220 mail.example.com ESMTP\r\n\r\n" + reply.body)
    return False


def _chunked(connection: socket.socket, reply: Reply) -> bool:
    chunks = b"".join(b"1;x=y\r\n%c\r\n" % each for each in reply.body)
    connection.sendall(render_head(reply, ("Transfer-Encoding", "chunked")) + chunks + b"0\r\nx-trailer: t\r\n\r\n")
    return True


def _until_close(connection: socket.socket, reply: Reply) -> bool:
    connection.sendall(render_head(reply) + reply.body)
    return False


def _continue(connection: socket.socket, reply: Reply) -> bool:
    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    return deliver(connection, reply)


DELIVERIES = {
    "plain": None,
    "second_time": None,
    "reset": _reset,
    "cut": _cut,
    "stall": _stall,
    "garbage": _garbage,
    "chunked": _chunked,
    "until_close": _until_close,
    "continue": _continue,
}
