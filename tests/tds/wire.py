"""The server's side of TDS 7.4, as far as python-tds speaks it: login, batches of SQL, attention, TLS.

https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-tds/
"""

from __future__ import annotations

import socketserver
import ssl
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread
from typing import ClassVar, Protocol

from tests.tds.line import Line, Plain, Secured

PACKET = 4096
"""Bytes of a packet, its header included, both ways."""

BATCH, REPLY, ATTENTION, LOGIN, PRELOGIN = 1, 4, 6, 16, 18
LOGIN_ONLY, ON, NOT_SUPPORTED, REQUIRED = 0, 1, 2, 3
"""What the server says of encryption."""

ERROR, INFO, LOGINACK, ROW, COLUMNS, ENVCHANGE, DONE = 0xAA, 0xAB, 0xAD, 0xD1, 0x81, 0xE3, 0xFD
MORE, FAILED, COUNT, CANCELLED = 0x01, 0x02, 0x10, 0x20
"""Flags of DONE."""

BEGUN, COMMITTED, ROLLED_BACK = 8, 9, 10
"""What ENVCHANGE says of a transaction."""

NULL = 0xFFFF_FFFF_FFFF_FFFF
COLLATION = bytes.fromhex("0904d00034")
CHUNK = 3000
"""Bytes in a piece of a long value: none is whole in the packet that it begins in."""


class Cut(Exception):
    """Ends the connection without a word, as a broken network does."""


@dataclass
class Fault(Exception):
    """An error of the server, as the token ERROR tells it."""

    number: int
    text: str
    line: int = 1
    severity: int = 16
    procedure: str = ""


@dataclass(frozen=True)
class Note:
    """What the server says besides: PRINT, or a change of a setting."""

    text: str
    number: int = 0


@dataclass(frozen=True)
class Grid:
    """A result set: names of columns, rows of texts, whole numbers, bytes and NULL."""

    names: Sequence[str]
    rows: Sequence[Sequence[str | int | bytes | None]]


class Refused(Exception):
    """A login is refused, with every error that the server has for it."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__()
        self.faults = faults


Said = Grid | Note | Fault
"""A part of the answer to a batch."""


@dataclass(frozen=True)
class Login:
    """Who logs in, to where; `ticket` is the first packet of a Windows login."""

    user: str
    password: str
    application: str
    database: str
    ticket: bytes


class Session(Protocol):
    """A login's session. `transaction` is the number of the open one, else 0."""

    transaction: int

    def batch(self, sql: str, packets: int) -> Iterator[Said]:
        """Run a batch that came in so many packets."""

    def end(self) -> None:
        """Forget the session: the connection is gone."""


Welcome = Callable[[Login], Session]
"""Lets a login in, or raises Refused."""


class Server(socketserver.ThreadingTCPServer):
    """Listens on a free port of the loopback; counts how often a client called off what it does not read."""

    daemon_threads = True
    allow_reuse_address = True
    encryption = NOT_SUPPORTED
    context: ssl.SSLContext | None = None
    attentions = 0

    def __init__(self, welcome: Welcome) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.welcome = welcome

    @property
    def port(self) -> int:
        """The port."""
        return int(self.server_address[1])


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Serve until the end of the block, and until every connection has ended."""
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class _Tokens:
    """The bytes of a reply, token by token."""

    data: bytearray = field(default_factory=bytearray)

    def say(self, said: Said) -> None:
        if isinstance(said, Grid):
            self.grid(said)
        elif isinstance(said, Note):
            self.message(INFO, said.number, 0, said.text, "", 1)
        else:
            self.message(ERROR, said.number, said.severity, said.text, said.procedure, said.line)

    def message(self, token: int, number: int, severity: int, text: str, procedure: str, line: int) -> None:
        body = struct.pack("<lBB", number, 1, severity) + _long(text) + _short("DOUBLE") + _short(procedure)
        self.sized(token, body + struct.pack("<l", line))

    def sized(self, token: int, body: bytes) -> None:
        self.data += struct.pack("<BH", token, len(body)) + body

    def grid(self, grid: Grid) -> None:
        kinds = [_kind([row[at] for row in grid.rows]) for at in range(len(grid.names))]
        self.data += struct.pack("<BH", COLUMNS, len(kinds))
        for name, kind in zip(grid.names, kinds, strict=True):
            self.data += struct.pack("<IH", 0, 1) + kind.info + _short(name)
        for row in grid.rows:
            self.data.append(ROW)
            for kind, value in zip(kinds, row, strict=True):
                self.data += kind.written(value)
        self.done(MORE | COUNT, len(grid.rows))

    def transaction(self, before: int, after: int) -> None:
        """Tell that a transaction has begun, or ended."""
        if after and not before:
            self.sized(ENVCHANGE, struct.pack("<BBQB", BEGUN, 8, after, 0))
        elif before and not after:
            self.sized(ENVCHANGE, struct.pack("<BBBQ", COMMITTED, 0, 8, before))

    def done(self, flags: int, count: int = 0) -> None:
        self.data += struct.pack("<BHHQ", DONE, flags, 0, count)


class _Kind(Protocol):
    """A type on the wire: its TYPE_INFO, and how its values are written."""

    info: ClassVar[bytes]

    @staticmethod
    def written(value: str | int | bytes | None) -> bytes: ...


class _Number:
    """bigint, nullable."""

    info: ClassVar[bytes] = b"\x26\x08"

    @staticmethod
    def written(value: str | int | bytes | None) -> bytes:
        return b"\0" if value is None else struct.pack("<Bq", 8, value)


class _Text:
    """nvarchar(max)."""

    info: ClassVar[bytes] = b"\xe7\xff\xff" + COLLATION

    @staticmethod
    def written(value: str | int | bytes | None) -> bytes:
        return _pieces(None if value is None else str(value).encode("utf-16-le", "surrogatepass"))


class _Bytes:
    """varbinary(max)."""

    info: ClassVar[bytes] = b"\xa5\xff\xff"

    @staticmethod
    def written(value: str | int | bytes | None) -> bytes:
        assert not isinstance(value, (str, int))
        return _pieces(value)


def _kind(values: Sequence[str | int | bytes | None]) -> type[_Kind]:
    """Return the type of a column, by its first value that is not NULL."""
    first = next((value for value in values if value is not None), "")
    return _Number if isinstance(first, int) else _Bytes if isinstance(first, bytes) else _Text


def _pieces(data: bytes | None) -> bytes:
    """Return a value of a (max) type: its length, then length and bytes of each piece, then a zero."""
    if data is None:
        return struct.pack("<Q", NULL)
    cuts = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
    return struct.pack("<Q", len(data)) + b"".join(struct.pack("<I", len(cut)) + cut for cut in cuts) + bytes(4)


def _short(text: str) -> bytes:
    return struct.pack("B", len(text)) + text.encode("utf-16-le")


def _long(text: str) -> bytes:
    return struct.pack("<H", len(text)) + text.encode("utf-16-le")


class _Connection(socketserver.BaseRequestHandler):
    """One client, from its first packet to its last."""

    server: Server

    def setup(self) -> None:
        """Begin in the clear."""
        self.line: Line = Plain(self.request)

    def handle(self) -> None:
        """Speak with the client until it, or we, have enough."""
        with suppress(ConnectionError, Cut):
            self._greet()
            session = self._log_in()
            if session:
                self._serve(session)

    def _greet(self) -> None:
        kind, _, _ = self._read()
        assert kind == PRELOGIN
        options = {0: bytes((14, 0, 1, 0, 0, 0)), 1: bytes((self.server.encryption,)), 4: b"\0"}
        at, table, values = 5 * len(options) + 1, b"", b""
        for token, value in options.items():
            table += struct.pack(">BHH", token, at + len(values), len(value))
            values += value
        self._send(bytearray(table + b"\xff" + values))
        if self.server.context:
            self.line = self._secured(self.server.context)

    def _secured(self, context: ssl.SSLContext) -> Secured:
        """Shake hands, in packets as those of the greeting."""
        secured = Secured(self.request, context)
        while not secured.shake():
            self._send(secured.said(), PRELOGIN)
            secured.hear(self._read()[1])
        self._send(secured.said(), PRELOGIN)
        return secured

    def _log_in(self) -> Session | None:
        kind, data, _ = self._read()
        assert kind == LOGIN
        if self.server.encryption == LOGIN_ONLY:
            self.line = Plain(self.request)
        tokens = _Tokens()
        try:
            login = _login(data)
            session = self.server.welcome(login)
        except Refused as refused:
            for fault in refused.faults:
                tokens.say(fault)
            tokens.done(FAILED)
            self._send(tokens.data)
            return None
        tokens.sized(ENVCHANGE, b"\x01" + _short(login.database) + _short("master"))
        tokens.say(Note(f"Changed database context to '{login.database}'.", 5701))
        tokens.sized(ENVCHANGE, b"\x04" + _short(str(PACKET)) + _short(str(PACKET)))
        tokens.sized(LOGINACK, b"\x01" + struct.pack(">L", 0x74000004) + _short("DOUBLE") + bytes((14, 0, 1, 0)))
        tokens.done(0)
        self._send(tokens.data)
        return session

    def _serve(self, session: Session) -> None:
        try:
            while True:
                kind, data, packets = self._read()
                tokens = _Tokens()
                if kind == ATTENTION:
                    self.server.attentions += 1
                    tokens.done(CANCELLED)
                else:
                    assert kind == BATCH, f"a message of type {kind}"
                    _answer(session, data, packets, tokens)
                self._send(tokens.data)
        finally:
            session.end()

    def _read(self) -> tuple[int, bytes, int]:
        """Return a message: its type, its bytes, in how many packets it came."""
        data, packets = b"", 0
        while True:
            kind, status, size = struct.unpack(">BBH4x", self._exactly(8))
            assert size <= PACKET, "a packet over the size that was agreed on"
            data += self._exactly(size - 8)
            packets += 1
            if status & 1:
                return kind, data, packets

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self.line.receive(size - len(data))
            if not more:
                raise Cut
            data += more
        return data

    def _send(self, data: bytes | bytearray, kind: int = REPLY) -> None:
        cuts = [data[at : at + PACKET - 8] for at in range(0, len(data), PACKET - 8)]
        packets = b""
        for number, cut in enumerate(cuts, 1):
            packets += struct.pack(">BBHHBB", kind, number == len(cuts), len(cut) + 8, 0, number % 256, 0) + cut
        self.line.send(packets)


def _answer(session: Session, data: bytes, packets: int, tokens: _Tokens) -> None:
    """Run a batch, which names the open transaction in its headers, and write what it says."""
    size, _, _, named, _ = struct.unpack_from("<IIHQI", data)
    before = session.transaction
    assert named == before, "the batch is not in the transaction that is open"
    last: Said | None = None
    for said in session.batch(data[size:].decode("utf-16-le", "surrogatepass"), packets):
        if isinstance(last, Fault):
            tokens.done(FAILED | MORE)
        tokens.say(said)
        last = said
    tokens.transaction(before, session.transaction)
    tokens.done(FAILED if isinstance(last, Fault) else 0)


def _login(data: bytes) -> Login:
    """Return what a LOGIN7 message says; its password is only mangled."""
    user, password, application, database = (_named(data, 36 + 4 * at) for at in (1, 2, 3, 8))
    start, length = struct.unpack_from("<HH", data, 36 + 4 * 9 + 6)
    plain = bytes(((each ^ 0xA5) << 4 | (each ^ 0xA5) >> 4) & 0xFF for each in password)
    name, secret, program, place = (each.decode("utf-16-le") for each in (user, plain, application, database))
    return Login(name, secret, program, place, data[start : start + length])


def _named(data: bytes, at: int) -> bytes:
    start, length = struct.unpack_from("<HH", data, at)
    return data[start : start + 2 * length]
