"""HTTP/1.1 on the loopback, as values: a `Request` comes in, a `Reply` goes out.

The three servers of the local endpoint (Invoke, Runtime API, instance metadata) are this one, with another `respond`.
"""

from __future__ import annotations

import json
import socket
import socketserver
import ssl
import struct
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from http.client import responses
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl

HOST = "127.0.0.1"
BODY_CAP = 16 * 1024 * 1024
"""Bytes of a request body that are read at most; a longer one is refused unread."""
IDLE_SECONDS = 60.0
LINE_CAP = 65_536

Log = Callable[[str], None]


def silent(line: str) -> None:
    """Drop a log line."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it stood on the wire: `target` is neither decoded nor normalised."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def path(self) -> str:
        """Return the target before its question mark, still percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        """Return the decoded pairs of the query string; a plus sign stays a plus sign, as AWS reads it."""
        raw = self.target.partition("?")[2].replace("+", "%2B")
        return tuple(parse_qsl(raw, keep_blank_values=True))

    def header(self, name: str) -> str | None:
        """Return a header's first value, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and how it is delivered."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    delivery: Delivery | None = None


Delivery = Callable[[socket.socket, Reply], bool]
"""Writes a reply to a connection, and says whether the connection may be used again."""


class Refused(Exception):
    """An error answer of an AWS API: HTTP status, error type, message; `extra` are more members of its body."""

    def __init__(self, status: int, type_: str, message: str, *, retry_after: int | None = None, **extra: str) -> None:
        self.status = status
        self.type = type_
        self.message = message
        self.retry_after = retry_after
        self.extra = extra
        super().__init__(f"{status} {type_}: {message}")

    def reply(self, request_id: str) -> Reply:
        """Return the answer; its text stands in `message` and `Message`, since AWS's services use either."""
        side = "User" if self.status < HTTPStatus.INTERNAL_SERVER_ERROR else "Service"
        facts = {"Type": side, "message": self.message, "Message": self.message} | self.extra
        headers = [("x-amzn-ErrorType", self.type), ("x-amzn-RequestId", request_id)]
        if self.retry_after is not None:
            headers.append(("Retry-After", str(self.retry_after)))
        return json_reply(self.status, facts, tuple(headers))


def json_reply(status: int, value: Any, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """Return a reply whose body is `value` as JSON."""
    return Reply(status, json.dumps(value).encode(), (("Content-Type", "application/json"), *headers))


def render_head(reply: Reply, *framing: tuple[str, str]) -> bytes:
    """Return the status line and the headers, with the blank line after them."""
    lines = [f"HTTP/1.1 {reply.status} {responses.get(reply.status, 'Unknown')}", f"Date: {formatdate(usegmt=True)}"]
    lines += [f"{name}: {value}" for name, value in (*reply.headers, *framing)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def deliver(connection: socket.socket, reply: Reply) -> bool:
    """Send a reply in one piece: in two, Nagle's algorithm and delayed ACKs cost 40 ms per call."""
    # RFC 9110 section 8.6: a 204 has no Content-Length.
    framing = () if reply.status == HTTPStatus.NO_CONTENT else (("Content-Length", str(len(reply.body))),)
    connection.sendall(render_head(reply, *framing) + reply.body)
    return True


def reset_on_close(connection: socket.socket) -> None:
    """Make the coming close a TCP reset in place of an orderly end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def is_loopback_name(host: str | None) -> bool:
    """Tell whether a Host header names this machine: a web page cannot forge that by DNS rebinding."""
    return (host or "").rpartition(":")[0] in (HOST, "localhost")


class LoopbackServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """An HTTP server on 127.0.0.1, one thread per connection, running from its making until `stop`.

    Raises OSError when `port` cannot be had; 0 takes a free one.
    """

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self,
        respond: Callable[[Request], Reply],
        *,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        log: Log = silent,
    ) -> None:
        self.respond = respond
        self.log = log
        self._tls = tls
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__((HOST, port), _Connection)
        assert self.server_address[0] == HOST, "the local endpoint listens on the loopback only"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), name="udfgen-accept", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Return the port that it listens on."""
        return int(self.server_address[1])

    def stop(self) -> None:
        """Stop listening and end every open connection."""
        self.shutdown()
        self.server_close()
        with self._open_lock:
            left = list(self._open)
        for connection in left:
            _end(connection)

    def get_request(self) -> tuple[Any, Any]:
        """Accept a connection; its TLS handshake is left to its own thread."""
        connection, address = super().get_request()
        if self._tls is not None:
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with self._open_lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        """Close a connection, by a reset when that was asked for."""
        with self._open_lock:
            self._open.discard(request)
        if not _resets(request):
            _end(request)
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log what is a fault of ours; clients that go away in the middle are not."""
        error = sys.exc_info()[1]
        # A TLS socket that `stop` has ended answers a read with ValueError.
        if not isinstance(error, (OSError, ValueError)):
            self.log(f"local endpoint: {traceback.format_exc()}")


def _end(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other side was faster


def _resets(connection: socket.socket) -> bool:
    try:
        return connection.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8) == struct.pack("ii", 1, 0)
    except OSError:
        return False


class _Connection(BaseHTTPRequestHandler):
    """One connection: requests in, replies out, until either side ends it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    server: LoopbackServer

    def setup(self) -> None:
        """Finish the TLS handshake in the connection's own thread: a silent client holds up nobody else."""
        if isinstance(self.request, ssl.SSLSocket):
            self.request.settimeout(self.timeout)
            self.request.do_handshake()
        super().setup()

    def serve(self) -> None:
        """Answer one request."""
        try:
            body = self._read_body()
        except Refused as refused:
            self.close_connection = True
            self._send(refused.reply(""))
            return
        headers = tuple((name, _text(value)) for name, value in self.headers.items())
        self._send(self._respond(Request(self.command, self.requestline.split()[1], headers, body)))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = serve

    def _respond(self, request: Request) -> Reply:
        try:
            return self.server.respond(request)
        except Exception:
            self.server.log(f"local endpoint: {traceback.format_exc()}")
            return Refused(500, "ServiceException", "the local endpoint failed: its log has the reason").reply("")

    def _send(self, reply: Reply) -> None:
        if self.command == "HEAD":
            reply = Reply(reply.status, b"", reply.headers)
        again = (reply.delivery or deliver)(self.connection, reply)
        self.close_connection = self.close_connection or not again

    def _read_body(self) -> bytes:
        coding, length = self.headers.get("Transfer-Encoding"), self.headers.get("Content-Length")
        if coding is None:
            return self._read_exactly(_count(length or "0", 10))
        if length is not None or coding.strip().lower() != "chunked":
            raise _malformed("a body is framed by Content-Length or by Transfer-Encoding: chunked")
        return self._read_chunks()

    def _read_chunks(self) -> bytes:
        body = bytearray()
        while size := _count(self.rfile.readline(LINE_CAP).decode("latin-1").partition(";")[0], 16):
            if len(body) + size > BODY_CAP:
                raise _too_large()
            body += self._read_exactly(size)
            if self.rfile.readline(LINE_CAP) not in (b"\r\n", b"\n"):
                raise _malformed("a chunk does not end where its size says")
        while self.rfile.readline(LINE_CAP) not in (b"\r\n", b"\n", b""):
            continue  # trailers say nothing here
        return bytes(body)

    def _read_exactly(self, size: int) -> bytes:
        if size > BODY_CAP:
            raise _too_large()
        body = self.rfile.read(size)
        if len(body) < size:
            raise ConnectionAbortedError("the client went away inside its request")
        return body

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a request that cannot be parsed, in the shape of AWS's errors."""
        self.close_connection = True
        text = message or responses.get(code, "Unknown")
        deliver(self.connection, Refused(code, "MalformedHttpRequestException", text).reply(""))

    def log_message(self, format: str, *args: Any) -> None:
        """Leave logging to whoever responds."""


def _text(value: str) -> str:
    """Return a header's value as UTF-8 text; http.server reads bytes as Latin-1."""
    return value.encode("latin-1", "replace").decode("utf-8", "replace")


def _count(digits: str, base: int) -> int:
    try:
        size = int(digits.strip(), base)
    except ValueError:
        size = -1
    if size < 0:
        raise _malformed("a length in the request is not a number")
    return size


def _malformed(message: str) -> Refused:
    return Refused(400, "MalformedHttpRequestException", message)


def _too_large() -> Refused:
    return Refused(413, "RequestTooLargeException", f"the request body is longer than {BODY_CAP} bytes")
