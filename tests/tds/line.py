"""What packets travel over: a socket, in the clear or under TLS, which TDS begins inside of its own packets."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from typing import Protocol

ROOM = 65536


class Line(Protocol):
    """A connection's bytes, both ways."""

    def receive(self, size: int) -> bytes:
        """Return some bytes, `size` at most; none when the client is gone."""

    def send(self, data: bytes) -> None:
        """Send all bytes."""


class Plain:
    """The socket itself."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def receive(self, size: int) -> bytes:
        """Return some bytes."""
        return self._connection.recv(size)

    def send(self, data: bytes) -> None:
        """Send all bytes."""
        self._connection.sendall(data)


class Secured:
    """TLS: its records are handed over while hands are shaken, and go by the socket from then on."""

    def __init__(self, connection: socket.socket, context: ssl.SSLContext) -> None:
        self._connection = connection
        self._heard, self._said = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._heard, self._said, server_side=True)

    def shake(self) -> bool:
        """Go on with the handshake; tell whether it is done."""
        with suppress(ssl.SSLWantReadError):
            self._tls.do_handshake()
            return True
        return False

    def hear(self, records: bytes) -> None:
        """Take records of the client's."""
        self._heard.write(records)

    def said(self) -> bytes:
        """Return the records that are to be sent."""
        return self._said.read()

    def receive(self, size: int) -> bytes:
        """Return some bytes."""
        while True:
            with suppress(ssl.SSLWantReadError):
                return self._tls.read(size)
            records = self._connection.recv(ROOM)
            if not records:
                return b""
            self.hear(records)

    def send(self, data: bytes) -> None:
        """Send all bytes."""
        self._tls.write(data)
        self._connection.sendall(self.said())
