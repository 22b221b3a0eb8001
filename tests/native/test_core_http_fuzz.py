"""PostgreSQL's core reads HTTP as http.client does, or not at all: made-up and broken replies, cut anywhere."""

from __future__ import annotations

import http.client
import io
import time
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.core_support import core

# Fixed examples: a failure here is a failure for everybody.
FUZZ = settings(max_examples=300, derandomize=True, database=None, deadline=None)

SEEN = ("content-type", "x-amzn-requestid", "x-amz-function-error", "x-amz-executed-version", "retry-after")

# --- replies, some of them as they should be -------------------------------------------------------------------

spaces = st.sampled_from([b"", b" ", b"\t", b"  \t "])
case = st.sampled_from([bytes.lower, bytes.upper, bytes.title, bytes])
versions = st.sampled_from([b"HTTP/1.1"] * 6 + [b"HTTP/1.0", b"HTTP/2", b"HTTP/1.2", b"http/1.1", b"ICY"])
statuses = st.sampled_from([b"200"] * 8 + [b"202", b"204", b"304", b"404", b"429", b"500", b"20", b"2000", b"+20", b""])
reasons = st.sampled_from([b" OK", b" ", b"", b" Not So Good", b"\tOK", b" \xff"])
names = st.sampled_from([b"Content-Type", b"x-amzn-RequestId", b"X-Amz-Function-Error", b"X-Amz-Executed-Version"])
values = st.sampled_from([b"application/json", b"8a2f-1c3e", b"Unhandled", b"$LATEST", b"", b"a:b", b"\xe9", b"a\x0bb"])
odd_lines = st.sampled_from(
    [
        b"no colon here",
        b" folded: line",
        b": no name",
        b"a b: c",
        b"Content-Length : 3",
        b"x: a\nb",
        b"x: a\rb",
        b"x:\0",
    ]
)
bodies = st.sampled_from(
    [b"", b"{}", b'{"score":87.5}', b"\r\n\r\n", b"0\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 300]
)
sizes = st.sampled_from([b"%x", b"%X", b"00%x", b"%x;a=b", b"%x ; a", b"0x%x", b"-%x", b"+%x", b" %x", b"%x_"])
trailers = st.sampled_from([b"", b"X-Trailer: 1\r\n", b"Content-Length: 1\r\nA: b\r\n", b"broken\r\n"])


@st.composite
def headers(draw: Any) -> bytes:
    name, value = draw(case)(draw(names)), draw(values)
    return bytes(name + b":" + draw(spaces) + value + draw(spaces))


@st.composite
def chunks(draw: Any, body: bytes) -> bytes:
    """Make a body in chunks, mostly well-formed."""
    cut = draw(st.integers(0, len(body)))
    parts = [part for part in (body[:cut], body[cut:]) if part]
    size: bytes = draw(st.sampled_from([b"%x"] * 12) | sizes)
    end = draw(st.sampled_from([b"\r\n"] * 12 + [b"\n", b"", b"xx"]))
    lines = [size % len(part) + b"\r\n" + part + end for part in parts]
    return bytes(b"".join(lines) + b"0\r\n" + draw(trailers) + b"\r\n")


@st.composite
def framed(draw: Any) -> tuple[list[bytes], bytes]:
    """Make the headers that frame a body, and the body as it goes over the wire."""
    body = draw(bodies)
    length = b"%d" % (len(body) + draw(st.sampled_from([0] * 12 + [1, -1, 7])))
    sized = draw(case)(b"Content-Length") + b":" + draw(spaces) + length + draw(spaces)
    coded = (
        draw(case)(b"Transfer-Encoding")
        + b":"
        + draw(spaces)
        + draw(st.sampled_from([b"chunked", b"Chunked", b"gzip"]))
    )
    kind: str = draw(st.sampled_from(["length"] * 4 + ["chunked"] * 3 + ["close", "both", "twice", "odd"]))
    if kind == "chunked":
        return [coded], draw(chunks(body))
    found = {"length": [sized], "close": [], "both": [sized, coded], "twice": [sized, sized]}
    odd = draw(st.sampled_from([b"+2", b"2_", b"0x2", b"", b"9" * 30, b"2, 2", b"\xb2"]))
    return found.get(kind, [b"Content-Length: " + odd]), body


@st.composite
def replies(draw: Any) -> bytes:
    """Make a reply, with interim replies before it and perhaps bytes after it."""
    framing, body = draw(framed())
    lines = draw(st.lists(headers(), max_size=3)) + framing
    lines += draw(st.lists(st.sampled_from([b"Connection: close", b"connection: keep-alive"]), max_size=1))
    lines += draw(st.lists(odd_lines, max_size=1)) if draw(st.integers(0, 4)) == 0 else []
    interim = b"HTTP/1.1 100 Continue\r\n\r\n" * draw(st.sampled_from([0] * 6 + [1, 2, 20]))
    first = draw(versions) + b" " + draw(statuses) + draw(reasons)
    head = b"\r\n".join([first, *draw(st.permutations(lines))])
    return bytes(interim + head + b"\r\n\r\n" + body + draw(st.sampled_from([b""] * 8 + [b"extra", b"\r\n"])))


@st.composite
def broken_replies(draw: Any) -> bytes:
    """Make a reply with a few bytes changed, put in or taken out, perhaps cut."""
    data = bytearray(draw(replies()))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 2))] = draw(
            st.sampled_from([b"", b"\r", b"\n", b"\r\n", b":", b" ", b"0", b"\0"])
        )
    return bytes(data[: draw(st.integers(0, len(data)) | st.just(len(data)))])


cuts = st.lists(st.integers(1, 60), max_size=12)


def pieces_of(data: bytes, lengths: list[int]) -> list[bytes]:
    pieces = []
    for length in lengths:
        pieces.append(data[:length])
        data = data[length:]
    return [piece for piece in [*pieces, data] if piece]


# --- two readers -----------------------------------------------------------------------------------------------

Read = tuple[int, dict[str, str], bytes]


class Stream:
    """What http.client needs of a socket."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self.data)


def theirs(data: bytes) -> Read | type[Exception]:
    response = http.client.HTTPResponse(Stream(data), method="POST")  # type: ignore[arg-type]
    try:
        response.begin()
        body = response.read()
    except (http.client.HTTPException, ValueError, OSError, OverflowError) as error:
        return type(error)
    found = {name: ", ".join(each.strip(" \t") for each in response.headers.get_all(name) or []) for name in SEEN}
    return (
        response.status,
        {name: value for name, value in found.items() if response.headers.get(name) is not None},
        body,
    )


def ours(data: bytes, lengths: list[int]) -> Read | None:
    """Return what the core reads, None when it refuses; any exception but its own two is a failure."""
    pieces = iter(pieces_of(data, lengths))
    try:
        reply = core.read_reply(lambda: next(pieces, b""))
    except (core.Framing, core.Cut):
        return None
    return reply.status, {name: reply.headers[name] for name in SEEN if name in reply.headers}, reply.body


class Socket:
    """A connected socket that gives the pieces of a reply, then the end of the stream."""

    def __init__(self, pieces: list[bytes], reset: bool = False) -> None:
        self.pieces, self.closed, self.reset = iter(pieces), False, reset

    def send(self, data: memoryview) -> int:
        return len(data)

    def recv(self, count: int) -> bytes:
        piece = next(self.pieces, b"")
        if self.reset and not piece:
            raise ConnectionResetError
        assert len(piece) <= count
        return piece

    def close(self) -> None:
        self.closed = True

    def poll(self, wait: float) -> list[int]:
        return [1] if wait else []


def exchanged(connection: Any, pieces: list[bytes], reset: bool = False) -> tuple[int, bytes, bool, bool] | str:
    """Return status, body, function error and whether the connection stays open, or the code of the failure."""
    sock = Socket(pieces, reset)
    connection.sock = connection.poll = sock
    connection.used = time.monotonic()
    try:
        reply = connection.exchange(b"POST", core.Patience(lambda: None, 5000), 1000)
    except core.Failure as failure:
        assert sock.closed
        return f"{failure.code} {failure.what}"
    return reply.status, reply.body, reply.failed, not sock.closed


PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nx-amzn-RequestId: 8a-2f\r\n\r\n{}"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\n{}\r\n0\r\nA: b\r\n\r\n"

# --- what must hold --------------------------------------------------------------------------------------------


@FUZZ
@given(data=replies(), lengths=cuts)
@example(data=b"HTTP/1.1 200 OK\r\nContent-Length:2\r\n\r\n{}", lengths=[1] * 50)
@example(
    data=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\n{}\r\n0\r\nA: b\r\n\r\n", lengths=[1] * 90
)
@example(data=b"HTTP/1.0 200 OK\r\n\r\n{}", lengths=[])
def test_made_up_replies(data: bytes, lengths: list[int]) -> None:
    agree(data, lengths)


@FUZZ
@given(data=broken_replies(), lengths=cuts)
def test_broken_replies(data: bytes, lengths: list[int]) -> None:
    agree(data, lengths)


def agree(data: bytes, lengths: list[int]) -> None:
    """Where both accept, they agree; and what http.client finds incomplete is never taken for a whole reply."""
    mine, other = ours(data, lengths), theirs(data)
    if other is http.client.IncompleteRead:
        assert mine is None
    elif not isinstance(other, type) and mine is not None and not is_outside(data):
        assert mine == other
    assert mine == ours(data, []), "where the stream is cut must not matter"


def is_outside(data: bytes) -> bool:
    """Tell whether http.client is known to go its own way.

    It takes 101 to 199 for final replies, keeps blanks after `chunked` and then reads no chunks, and does not look
    at trailers' form.
    """
    lowered = data.lower()
    coding = lowered.partition(b"transfer-encoding:")[2].partition(b"\r\n")[0]
    return b"http/1.1 1" in lowered.replace(b"http/1.1 100", b"") or coding.endswith((b" ", b"\t"))


@FUZZ
@given(
    first=replies(), second=broken_replies() | replies(), lengths=cuts, digits=st.sampled_from([b"8a-2f", b"", b"0"])
)
@example(first=PLAIN, second=PLAIN.replace(b"h: 2", b"h: 3"), lengths=[], digits=b"")
@example(first=PLAIN, second=PLAIN.replace(b"h: 2", b"h: -2"), lengths=[], digits=b"")
@example(first=PLAIN, second=PLAIN.replace(b"h: 2", b"h: 2a"), lengths=[], digits=b"")
@example(first=PLAIN, second=PLAIN.replace(b"200", b"500"), lengths=[], digits=b"")
@example(first=PLAIN, second=PLAIN.replace(b"h: 2", b"h: 1"), lengths=[], digits=b"")
@example(first=PLAIN, second=PLAIN.replace(b"Content-L", b"ontent-L"), lengths=[], digits=b"")
@example(first=PLAIN, second=PLAIN.replace(b"Content-L", b"Content-AL"), lengths=[], digits=b"")
@example(first=PLAIN, second=PLAIN.replace(b"HTTP/1.1", b"HTTP/1.10"), lengths=[], digits=b"")
def test_the_short_way_reads_what_the_long_way_reads(
    first: bytes, second: bytes, lengths: list[int], digits: bytes
) -> None:
    """A connection that has learned a reply's shape reads the next one as a connection that knows nothing."""
    second = second.replace(b"8a2f-1c3e", digits)
    url = core.Url("http://127.0.0.1:9")
    learned, fresh, dribbled = (core.Connection(url) for _ in range(3))
    for data in (first, second, first):
        exchanged(learned, [data])
    for data in (first, second):
        expected = exchanged(fresh, [data])
        fresh.shapes.clear()
        assert exchanged(learned, [data]) == expected
        cut = exchanged(dribbled, pieces_of(data, lengths))
        dribbled.shapes.clear()
        # Bytes after a whole reply may come in another piece: then nobody knows of them yet.
        assert cut[:-1] == expected[:-1] if isinstance(expected, tuple) else cut == expected


@FUZZ
@given(data=replies() | broken_replies(), lengths=cuts)
def test_a_reset_is_never_the_end_of_a_body(data: bytes, lengths: list[int]) -> None:
    """A stream that ends by a reset gives what one that ends by itself gives, or nothing."""
    connection = core.Connection(core.Url("http://127.0.0.1:9"))
    ended, cut = (exchanged(connection, pieces_of(data, lengths), reset) for reset in (False, True))
    lowered = data.lower()
    framed_body = b"content-length" in lowered or b"chunked" in lowered
    if isinstance(cut, tuple):
        assert cut == ended
        assert framed_body or cut[0] in (204, 304)
    else:
        assert isinstance(ended, str) or not ended[3]


MALFORMED = {
    b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\n{}": "has a malformed header",
    b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 2\r\n\r\n{}": "has a malformed header",
    b"HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 2\r\n\r\n{}": "has a malformed header",
    b"HTTP/1.1 200 OK\r\n: b\r\nContent-Length: 2\r\n\r\n{}": "has a malformed header",
    b"HTTP/1.1 200 OK\r\na b: c\r\nContent-Length: 2\r\n\r\n{}": "has a malformed header",
    b"HTTP/1.1 200 OK\r\nA: b\nC: d\r\nContent-Length: 2\r\n\r\n{}": "has a malformed header",
    b"HTTP/1.1 200 OK\r\nA: b\rc\r\nContent-Length: 2\r\n\r\n{}": "has a malformed header",
    b"HTTP/1.1 200 OK\r\nA: \0\r\nContent-Length: 2\r\n\r\n{}": "has a malformed header",
    b"HTTP/2 200 OK\r\n\r\n": "has no valid status line",
    b"HTTP/1.1 2x0 OK\r\n\r\n": "has no valid status line",
    b"HTTP/1.1 099 OK\r\n\r\n": "has no valid status line",
    b"HTTP/1.1 101 Switching\r\n\r\n": "switches to another protocol",
    b"HTTP/1.1 100 Continue\r\n\r\n" * 17: "has too many interim replies",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}": "has a malformed length",
    b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n{}": "has a malformed length",
    b"HTTP/1.1 200 OK\r\nContent-Length: \xb2\r\n\r\n{}": "has a malformed length",
    b"HTTP/1.1 200 OK\r\nContent-Length: 16777217\r\n\r\n": "has more than 16777216 bytes",
    b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 16777217: "has more than 16777216 bytes",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n": "has a transfer coding that is not understood",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n": (
        "has a transfer coding that is not understood"
    ),
    b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n": "has a transfer coding that is not understood",
    b"HTTP/1.1 204 OK\r\nTransfer-Encoding: chunked\r\n\r\n": "has a transfer coding that is not understood",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}xx0\r\n\r\n": "has a malformed chunk",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n": "has a malformed chunk",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n": "has a malformed chunk",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000001\r\n": "has more than 16777216 bytes",
    b"HTTP/1.1 200 OK\r\nA: " + b"x" * 65536 + b"\r\n\r\n": "has too long a head",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"A: b\r\n" * 11000: "has too long a head",
}


@pytest.mark.parametrize("data", MALFORMED, ids=lambda data: repr(data[:70]))
def test_malformed_replies_are_refused_for_what_is_wrong(data: bytes) -> None:
    pieces = iter(pieces_of(data, []))
    with pytest.raises(core.Framing) as caught:
        core.read_reply(lambda: next(pieces, b""))
    assert str(caught.value) == MALFORMED[data]


def test_the_short_way_is_taken() -> None:
    connection = core.Connection(core.Url("http://127.0.0.1:9"))
    assert connection.read_known(PLAIN) is None
    exchanged(connection, [PLAIN])
    again = PLAIN.replace(b"8a-2f", b"0123456789abcdef").replace(b"h: 2", b"h: 13").replace(b"{}", b'{"score":1.5}')
    reply = connection.read_known(again)
    assert reply is not None
    assert (reply.body, reply.headers["x-amzn-requestid"]) == (b'{"score":1.5}', "0123456789abcdef")
