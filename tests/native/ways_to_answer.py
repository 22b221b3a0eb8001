"""Ways in which a server may answer a core, beside those of core_support: dying, hanging, closing, dribbling."""

from __future__ import annotations

import contextlib
import socket
import struct
import time

from tests.unit.core_support import Answer, Request, http


def dying(reset: bool, after: int = 1) -> Answer:
    """Return an answer to some requests, then none: each connection is closed or reset when a request has come."""
    left = [http(Connection="keep-alive")] * after

    def answer(request: Request, connection: socket.socket) -> bytes | None:
        if left:
            return left.pop()
        if reset:
            # Closing with a linger time of zero sends a reset.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return None

    return answer


def once(reply: bytes) -> Answer:
    """Return an answer that closes the connection behind the reply."""

    def answer(request: Request, connection: socket.socket) -> bytes | None:
        with contextlib.suppress(OSError):
            connection.sendall(reply)
        return None

    return answer


def hang(request: Request, connection: socket.socket) -> None:
    """Answer nothing until the client has hung up."""
    connection.settimeout(3)
    with contextlib.suppress(OSError):
        connection.recv(1)


def begin(request: Request, connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    hang(request, connection)


def dribble(request: Request, connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    with contextlib.suppress(OSError):
        for _ in range(300):
            connection.sendall(b" ")
            time.sleep(0.01)


def closing(request: Request, connection: socket.socket) -> None:
    """Answer without a word of closing, and close."""
    connection.sendall(http())
