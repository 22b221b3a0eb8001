"""udfgen's core for PostgreSQL: typed arguments in, one signed Invoke request out, one typed result back.

The generated SQL carries this file as text, and each database session runs it once as a module inside PL/Python.
So it needs nothing but the standard library of Python 3.9 or later, imports what is dear only where it is needed,
and holds no triple single quotes, no line that ends in a backslash, and ASCII only.

From top to bottom: failures, JSON, arguments, results, patience, HTTP, signature, credentials, transport, Core,
then the parts that many sessions never need. What a value looks like on the wire, and the text of every error,
is pinned by the vectors in native/contract.
"""

# ruff: noqa: PTH111, PTH113, PTH123
# pathlib takes longer to import than this file takes to run, and every new session would wait for it.

from __future__ import annotations

# The C modules under socket and json: the public ones import re and enum, 6 ms that every new session would wait for.
import _json
import _socket
import binascii
import hashlib
import os
import select
import time
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation

# Importing typing would cost each session 4 ms; annotations are never evaluated here.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from typing import Any, Protocol

    Facts = dict[str, Any]
    Path = Sequence[str | int]
    Plain = Callable[[Any], str]
    Fit = Callable[[Any], object]
    Take = Callable[[Any, str, int], object]
    Encode = Callable[..., bytes]
    TakeRows = Callable[[Any, str], list[object]]
    Call = Callable[[Sequence[Any]], object]
    # Steps towards something that wait: for a file descriptor, the events to poll it for, until when. Sent back is
    # whether it is ready.
    Wait = tuple[int, int, float]
    Steps = Generator[Wait, bool, None]

    class Host(Protocol):
        """What the core needs of the database around it."""

        def pause(self) -> None: ...
        def notice(self, text: str) -> None: ...
        def context(self) -> str: ...
        def modes(self) -> dict[str, str]: ...
        def error(self, code: str, text: str, detail: str) -> Exception: ...


PARTS: dict[str, str] = {}
"""Text of the parts of this file that are not compiled yet, by name. Empty when the file is imported as it is."""

AT_ONCE = ("json", "arguments", "results", "patience", "http", "signature", "credentials", "invoke", "core")


def load(rest: str) -> None:
    """Take what follows the first `####` line, from a loader that compiled only what comes before it.

    Each part is compiled by itself, which needs less memory, and half of the file only in the sessions that need it:
    compiling all of it at once costs 10 ms and 2 MB more.
    """
    for part in rest.split("\n#### "):
        name, _, PARTS[name] = part.partition("\n")
    for name in AT_ONCE:
        need(name)


def need(part: str) -> None:
    """Compile a part of this file, unless that is done."""
    source = PARTS.pop(part, None)
    if source is not None:
        exec(compile(source, f"udfgen_core.py, {part}", "exec"), globals())  # noqa: S102


# Failures

CODES = (
    "throttled",
    "timeout",
    "not_authorized",
    "not_found",
    "too_large",
    "function_error",
    "bad_response",
    "bad_argument",
    "unavailable",
    "disabled",
)
SQLSTATES = {code: f"UL{number:03d}" for number, code in enumerate(CODES, 1)}

# on_error: return_null must not hide a mistake of the caller, nor an administrator's word.
NEVER_NULL = frozenset(("bad_argument", "disabled"))


class Unfit(Exception):
    """A value that its type or a constraint refuses; the text says what it must be, never what it was."""


class Failure(Exception):
    """A call that failed for a reason that has a code.

    `reply` is the HTTP reply where there is one, `retry` whether an idempotent binding may try again,
    `wait` the seconds that AWS asks to wait before that, `expired` whether the credentials were too old.
    """

    def __init__(
        self,
        code: str,
        what: str,
        reply: Reply | None = None,
        retry: bool = False,
        wait: float = 0.0,
        expired: bool = False,
    ) -> None:
        super().__init__(code, what)
        self.code, self.what, self.reply = code, what, reply
        self.retry, self.wait, self.expired = retry, wait, expired


#### json
# JSON: numbers stay text, so that no digit is lost and no exponent is worked out by accident

MAX_DEPTH = 512
TOO_DEEP = f"is nested deeper than {MAX_DEPTH} levels"
NO_JSON = "is not valid JSON"
BLANK = " \t\n\r"


class Number(str):
    """A JSON number as it was written, told from a JSON string by its class."""

    __slots__ = ()


class _Rules:
    """What the C scanner of json is to do: https://docs.python.org/3/library/json.html#json.JSONDecoder"""

    strict = True
    object_hook = object_pairs_hook = array_hook = None
    parse_float = parse_int = Number

    @staticmethod
    def parse_constant(name: str) -> None:
        # NaN and Infinity are Python's own, not JSON's: https://www.rfc-editor.org/rfc/rfc8259#section-6
        raise ValueError(name)


_scan: Callable[[str, int], tuple[Any, int]] = _json.make_scanner(_Rules)  # type: ignore[arg-type]
_quote: Callable[[str], str] = _json.encode_basestring


def parse(text: str) -> Any:
    """Return the value of JSON text, numbers as Number; raise Unfit if it is not JSON or nests too deep."""
    try:
        value, end = _scan(text, 0 if text[:1] not in BLANK else _skip(text, 0))
    except RecursionError:
        raise Unfit(TOO_DEEP) from None
    except (StopIteration, ValueError, SystemError):
        # SystemError: Python 3.11's scanner looks for json.decoder's exception, and nobody has imported that here.
        need("failures")
        raise Unfit(first_fault(text)) from None
    if end != len(text) and text[end:].strip(BLANK):
        need("failures")
        raise Unfit(first_fault(text))
    if text.count("[") + text.count("{") > MAX_DEPTH:
        _check_depth(value)
    return value


def _check_depth(value: Any) -> None:
    """Raise Unfit when arrays and objects nest deeper than every core promises to read."""
    level, depth = [value], 0
    while level := [each for each in level if type(each) in (dict, list)]:
        depth += 1
        if depth > MAX_DEPTH:
            raise Unfit(TOO_DEEP)
        level = [child for each in level for child in (each.values() if type(each) is dict else each)]


def _skip(text: str, at: int) -> int:
    """Return the position of the first character at or after `at` that is not JSON white space."""
    while at < len(text) and text[at] in BLANK:
        at += 1
    return at


def walk(value: Any, path: Path) -> Any:
    """Return the value at `path` of a parsed document; raise Unfit when nothing is there."""
    for step in path:
        if isinstance(step, str):
            if type(value) is not dict or step not in value:
                raise Unfit("is missing")
        elif type(value) is not list or step >= len(value):
            raise Unfit("is missing")
        value = value[step]
    return value


def is_unicode(text: str) -> bool:
    """Tell whether text can be written as UTF-8: half of a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


#### arguments
# Arguments: each type has a factory of a function that returns the plain text of a value, without JSON's quotes

RANGES = {
    "smallint": (-(2**15), 2**15 - 1),
    "integer": (-(2**31), 2**31 - 1),
    "bigint": (-(2**63), 2**63 - 1),
}
NUMERIC = frozenset(("smallint", "integer", "bigint", "decimal", "real", "double"))
VERBATIM = NUMERIC | {"boolean", "json"}


def show_type(facts: Facts) -> str:
    """Return a type as the spec writes it: `decimal(5,2)`, `varchar(20)`, `bigint`."""
    sizes = [str(facts[key]) for key in ("precision", "scale", "length") if key in facts]
    kind: str = facts["type"]
    return f"{kind}({','.join(sizes)})" if sizes else kind


def _plain_boolean(facts: Facts) -> Plain:
    return lambda value: "true" if value else "false"


def _plain_integer(facts: Facts) -> Plain:
    low, high = RANGES[facts["type"]]

    def plain(value: int) -> str:
        if low <= value <= high:
            return str(value)
        raise Unfit(f"must fit {facts['type']}")

    return plain


def _plain_decimal(facts: Facts) -> Plain:
    context, unit, zero = _rounding(facts)

    def plain(value: Decimal) -> str:
        if not value.is_finite():
            raise Unfit("must be a finite number")
        try:
            rounded = value.quantize(unit, context=context)
        except InvalidOperation:
            raise Unfit(f"must fit {show_type(facts)}") from None
        return format(rounded or zero, "f")

    return plain


def _rounding(facts: Facts) -> tuple[Context, Decimal, Decimal]:
    """Return what rounds half away from zero to a decimal type, the unit of its last digit, and its zero.

    SQL has no negative zero, so what rounds to zero is that zero.
    """
    context = Context(prec=facts["precision"], rounding=ROUND_HALF_UP)
    return context, Decimal((0, (1,), -facts["scale"])), Decimal((0, (0,), -facts["scale"]))


def _plain_text(facts: Facts) -> Plain:
    longest = facts.get("length")

    def plain(value: str) -> str:
        if longest is None or len(value) <= longest:
            return value
        raise Unfit(f"must be at most {longest} characters long")

    return plain


def _plain_json(facts: Facts) -> Plain:
    def plain(value: str) -> str:
        parse(value)
        return value

    return plain


PLAIN: dict[str, Callable[[Facts], Plain]] = {
    "boolean": _plain_boolean,
    "smallint": _plain_integer,
    "integer": _plain_integer,
    "bigint": _plain_integer,
    "decimal": _plain_decimal,
    "text": _plain_text,
    "varchar": _plain_text,
    "json": _plain_json,
}


def compile_checks(facts: Facts) -> list[Callable[[str], None]]:
    """Return the constraints of a parameter as functions of the plain text that would be sent; they raise Unfit.

    Numbers are compared by the value that is sent: a real 0.1 is not above `max: 0.1`.
    """
    read: Callable[[str], Any] = Decimal if facts["type"] in NUMERIC else str
    checks: list[Callable[[str], None]] = []

    def expect(holds: Callable[[Any], bool], what: str) -> None:
        def check(text: str) -> None:
            if not holds(read(text)):
                raise Unfit(what)

        checks.append(check)

    if "enum" in facts:
        allowed = frozenset(map(read, facts["enum"]))
        expect(lambda value: value in allowed, f"must be one of: {', '.join(facts['enum'])}")
    if "min" in facts:
        low = Decimal(facts["min"])
        expect(lambda value: value >= low, f"must be at least {facts['min']}")
    if "max" in facts:
        high = Decimal(facts["max"])
        expect(lambda value: value <= high, f"must be at most {facts['max']}")
    if "max_length" in facts and facts["type"] != "bytes":
        longest = facts["max_length"]
        expect(lambda value: len(value) <= longest, f"must be at most {longest} characters long")
    if "pattern" in facts:
        import re

        match = re.compile(facts["pattern"]).fullmatch
        expect(lambda value: match(value) is not None, f"must match {facts['pattern']}")
    return checks


def compile_parameter(facts: Facts) -> Callable[[Any], str]:
    """Return a function from an argument to its JSON; it raises Failure `bad_argument`."""
    if facts["type"] not in PLAIN:
        need("types")
    plain, checks = PLAIN[facts["type"]](facts), compile_checks(facts)
    quote = _quote if facts.get("as_string") or facts["type"] not in VERBATIM else None
    name, required = facts["name"], facts.get("required", False)

    def encode(value: Any) -> str:
        try:
            if value is None:
                if required:
                    raise Unfit("must not be null")
                return "null"
            text = plain(value)
            for check in checks:
                check(text)
            return quote(text) if quote else text
        except Unfit as unfit:
            raise Failure("bad_argument", f'argument "{name}": {unfit}') from None

    return encode


def compile_payload(parameters: Sequence[Facts], payload: Sequence[str | int], into: int = 0) -> Encode:
    """Return a function from all arguments to the body of the request; it raises Failure `bad_argument`.

    Its second argument is the token of a page: JSON that takes the place of the parameter `into`.
    """
    encoders = [compile_parameter(parameter) for parameter in parameters]
    template = "".join("%s" if isinstance(piece, int) else piece.replace("%", "%%") for piece in payload)
    order = [piece for piece in payload if isinstance(piece, int)]

    def encode(arguments: Sequence[Any], token: str | None = None) -> bytes:
        # zip has no strict before Python 3.10; PostgreSQL counted the arguments.
        texts = [encoder(value) for encoder, value in zip(encoders, arguments)]  # noqa: B905
        if token is not None:
            texts[into] = token
        try:
            return (template % tuple([texts[index] for index in order])).encode()
        except UnicodeEncodeError:
            name = next(each["name"] for each, text in zip(parameters, texts) if not is_unicode(text))  # noqa: B905
        raise Failure("bad_argument", f'argument "{name}": must be valid Unicode')

    return encode


#### results
# Results: each type has a factory of a function from a JSON value to what PL/Python hands to PostgreSQL


def _exact(value: Any) -> Decimal:
    """Return the exact value of a JSON number, or of a JSON string that holds one; raise Unfit for all else."""
    number = value
    if type(value) is str:
        # Only the text of a JSON number reads as one and nothing else.
        try:
            number, end = _scan(value, 0)
        except (StopIteration, ValueError, SystemError, RecursionError):
            # SystemError: as in `parse`.
            raise Unfit("must be a number") from None
        if end != len(value):
            raise Unfit("must be a number")
    if type(number) is not Number:
        raise Unfit("must be a number")
    if len(number.lower().partition("e")[2].lstrip("+-0")) > 4:
        # No portable type reaches 1e9999, and working such a number out could take all memory.
        raise Unfit("must have an exponent below 10000")
    return Decimal(number)


def _fit_boolean(facts: Facts) -> Fit:
    def fit(value: Any) -> bool:
        if value is True or value is False:
            return value
        raise Unfit("must be true or false")

    return fit


def _fit_integer(facts: Facts) -> Fit:
    (low, high), rounds = RANGES[facts["type"]], facts.get("round", False)

    def fit(value: Any) -> int:
        if type(value) is Number and len(value) < 20 and value.lstrip("-").isdigit():
            number = int(value)
        else:
            exact = _exact(value)
            whole = exact.to_integral_value(ROUND_HALF_UP)
            # A number with more digits than any type holds stays a Decimal: making an int of it takes too long.
            small = whole == 0 or whole.adjusted() < 20
            number = int(whole) if small and (rounds or whole == exact) else high + 1
        if low <= number <= high:
            return number
        raise Unfit(f"must fit {facts['type']}")

    return fit


def _fit_decimal(facts: Facts) -> Fit:
    (context, unit, zero), rounds = _rounding(facts), facts.get("round", False)

    def fit(value: Any) -> Decimal:
        exact = _exact(value)
        try:
            rounded = exact.quantize(unit, context=context)
        except InvalidOperation:
            raise Unfit(f"must fit {show_type(facts)}") from None
        if rounds or rounded == exact:
            return rounded or zero
        raise Unfit(f"must fit {show_type(facts)}")

    return fit


def _fit_text(facts: Facts) -> Fit:
    longest = facts.get("length")

    def fit(value: Any) -> str:
        if type(value) is not str:
            raise Unfit("must be a string")
        if "\0" in value or not is_unicode(value):
            raise Unfit("must not hold NUL or half of a surrogate pair")
        if longest is not None and len(value) > longest:
            raise Unfit(f"must be at most {longest} characters long")
        return value

    return fit


FIT: dict[str, Callable[[Facts], Fit]] = {
    "boolean": _fit_boolean,
    "smallint": _fit_integer,
    "integer": _fit_integer,
    "bigint": _fit_integer,
    "decimal": _fit_decimal,
    "text": _fit_text,
    "varchar": _fit_text,
}


def compile_result(facts: Facts) -> Take:
    """Return a function that takes one typed value out of a document: (parsed, its text, where it begins) to value.

    It raises Unfit.
    """
    if facts["type"] not in FIT:
        need("types")
    path = tuple(facts["path"])
    if facts["type"] == "json":
        return take_json(path)
    fit = FIT[facts["type"]](facts)

    def take(document: Any, text: str, at: int) -> object:
        value = walk(document, path)
        return None if value is None else fit(value)

    return take


def read_document(body: bytes) -> tuple[Any, str]:
    """Return a reply's body as a parsed document and as text; raise Failure `bad_response` if it is not JSON."""
    try:
        text = body.decode()
        return parse(text), text
    except UnicodeDecodeError:
        raise Failure("bad_response", "reply is not valid UTF-8") from None
    except Unfit as unfit:
        raise Failure("bad_response", f"reply {unfit}" if body else "reply is empty") from None


def read_object(reply: Reply) -> Facts:
    """Return the JSON object in the body of a reply that is no result, or an empty one."""
    try:
        found = parse(reply.body.decode())
    except (Unfit, UnicodeDecodeError):
        found = None
    return found if type(found) is dict else {}


def unfit_result(path: Path, unfit: Unfit) -> Failure:
    """Return the failure of a value at `path` that does not fit."""
    need("failures")
    return Failure("bad_response", f"result at {show_path(path)}: {unfit}")


def compile_returns(facts: Facts) -> Callable[[bytes], object]:
    """Return a function from the body of a reply to the result of the wrapper; it raises Failure `bad_response`."""
    if facts["kind"] == "void":
        return decode_void
    if facts["kind"] == "table":
        need("types")
        take_rows = compile_table(facts)
        return lambda body: take_rows(*read_document(body))
    take, path = compile_result(facts), facts["path"]

    def decode(body: bytes) -> object:
        document, text = read_document(body)
        try:
            return take(document, text, 0)
        except Unfit as unfit:
            failure = unfit_result(path, unfit)
        raise failure

    return decode


def decode_void(body: bytes) -> None:
    """Read a reply whose value nobody wants: it must be JSON all the same."""
    read_document(body)


def decode_queued(body: bytes) -> None:
    """Read the reply to a call that does not wait: AWS sends no body."""
    if body:
        read_document(body)


#### patience
# Patience: one deadline over a whole call, kept in slices so that a cancel gets through

SLICE = 0.1


class Patience:
    """The time one call may take; `pause` is asked every 100 ms and may raise the database's own cancel.

    PostgreSQL's signal handlers only set flags that C code looks at, so a blocking wait would sleep through them.
    """

    __slots__ = ("at", "failure", "limit_ms", "pause", "paused", "stage")

    def __init__(self, pause: Callable[[], None], limit_ms: float) -> None:
        self.pause, self.limit_ms = pause, limit_ms
        self.paused = time.monotonic()
        self.at = self.paused + limit_ms / 1000
        self.stage = "waiting for the reply"
        self.failure: Callable[[], Failure] | None = None

    def late(self) -> Failure:
        """Return the failure of a call that took too long."""
        if self.failure:
            return self.failure()
        return Failure("timeout", f"timed out after {self.limit_ms} ms while {self.stage}")

    def narrow(self, limit_ms: float, failure: Callable[[], Failure]) -> Patience:
        """Return a shorter patience within this one, that ends with another failure."""
        inner = Patience(self.pause, limit_ms)
        inner.failure = failure
        if inner.at >= self.at:
            inner.at, inner.failure = self.at, self.late
        return inner

    def left(self) -> float:
        """Return the seconds until the deadline, below zero when it is over."""
        return self.at - time.monotonic()

    def slice(self) -> float:
        """Return how long to wait before the next look at the clock, in seconds."""
        left = self.at - time.monotonic()
        return SLICE if left > SLICE else max(left, 0.001)

    def check(self) -> None:
        """Let a cancel through when 100 ms have passed, then raise the failure if the deadline is over."""
        now = time.monotonic()
        if now - self.paused >= SLICE:
            self.paused = now
            self.pause()
        if now >= self.at:
            raise self.late()

    def sleep(self, seconds: float) -> None:
        """Wait in slices."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, self.slice()))
            self.check()

    def until_ready(self, sock: Any, events: int) -> None:
        """Wait in slices until a socket can be read or written."""
        drive(self.ready(sock, events))

    def ready(self, sock: Any, events: int) -> Steps:
        """Take the steps of waiting until a socket can be read or written."""
        while not (yield sock.fileno(), events, self.at):
            self.check()


def drive(steps: Steps) -> None:
    """Take steps that wait, one after the other, in slices."""
    ready = None
    try:
        while True:
            descriptor, events, at = steps.send(ready)  # type: ignore[arg-type]
            poll = select.poll()
            poll.register(descriptor, events)
            ready = bool(poll.poll(1000 * max(0.001, min(SLICE, at - time.monotonic()))))
    except StopIteration:
        return


#### http
# HTTP/1.1: https://www.rfc-editor.org/rfc/rfc9112

MAX_HEAD = 64 * 1024
MAX_BODY = 16 * 1024 * 1024
MAX_INTERIM = 16
IDLE_SECONDS = 10
# More than a TLS record holds, so that one read leaves nothing of it behind.
CHUNK = 64 * 1024

UNRESERVED = b"-._~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
TOKEN = b"!#$%&'*+^`|" + UNRESERVED
HEX = b"0123456789abcdefABCDEF"
VARYING = HEX + b"-"


class Reply:
    """An HTTP reply: status, body, and headers by lower-case name.

    `keep`: the connection may be used again. `failed`: the function raised; a reply whose headers were not read is
    known to lack the mark of it.
    """

    __slots__ = ("_headers", "body", "failed", "head", "keep", "status")

    def __init__(self, status: int, head: bytes, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.status, self.head, self.body, self._headers = status, head, body, headers
        self.keep, self.failed = True, headers is not None and "x-amz-function-error" in headers

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers, read when somebody first asks."""
        if self._headers is None:
            self._headers = parse_head(self.head)[2]
        return self._headers


class Framing(Exception):
    """A reply that is not well-formed HTTP; the text says what is wrong with it."""


class Cut(Exception):
    """A reply that ended before its end."""


class Reader:
    """The bytes of one reply. Its methods are generators: each yields where more must come, and is sent that.

    So the same rules serve a call that waits for its reply alone and many that wait at once. b"" is the end of the
    stream.
    """

    def __init__(self, data: bytes = b"") -> None:
        self.data = bytearray(data)

    def more(self) -> Generator[None, bytes, None]:
        """Take what comes next; raise Cut at the end of the stream."""
        data = yield
        if not data:
            raise Cut
        self.data += data

    def until(self, mark: bytes) -> Generator[None, bytes, bytes]:
        """Return all up to and including `mark`; raise Framing when it does not come within 64 KiB."""
        searched = 0
        while (at := self.data.find(mark, searched)) < 0 and len(self.data) <= MAX_HEAD:
            searched = max(0, len(self.data) - len(mark) + 1)
            yield from self.more()
        if not 0 <= at <= MAX_HEAD:
            raise Framing("has too long a head")
        return (yield from self.exactly(at + len(mark)))

    def exactly(self, count: int) -> Generator[None, bytes, bytes]:
        """Return the next `count` bytes."""
        while len(self.data) < count:
            yield from self.more()
        taken = bytes(self.data[:count])
        del self.data[:count]
        return taken

    def rest(self) -> Generator[None, bytes, bytes]:
        """Return all until the stream ends; a reset, which is raised where the bytes come from, is no end."""
        while len(self.data) <= MAX_BODY:
            data = yield
            if not data:
                return (yield from self.exactly(len(self.data)))
            self.data += data
        raise Framing(f"has more than {MAX_BODY} bytes")


def parse_head(head: bytes) -> tuple[int, int, dict[str, str]]:
    """Return minor version, status and headers of a header block; raise Framing if it is malformed.

    Folded lines, white space before the colon, bare CR or LF and NUL are refused: two readers could take them for
    two different messages.
    """
    first, *lines = head[:-4].split(b"\r\n")
    version, _, rest = first.partition(b" ")
    status = rest.partition(b" ")[0]
    if version not in (b"HTTP/1.0", b"HTTP/1.1") or len(status) != 3 or not status.isdigit() or status < b"100":
        raise Framing("has no valid status line")
    text = b"".join((first, *lines))
    if b"\r" in text or b"\n" in text or b"\0" in text:
        raise Framing("has a malformed header")
    headers: dict[str, str] = {}
    for line in lines:
        raw, colon, value = line.partition(b":")
        if not raw or not colon or raw.translate(None, TOKEN):
            raise Framing("has a malformed header")
        name, shown = raw.decode().lower(), value.strip(b" \t").decode("latin-1")
        headers[name] = f"{headers[name]}, {shown}" if name in headers else shown
    return version[7] - 48, int(status), headers


def read_reply(receive: Callable[[], bytes], data: bytes = b"") -> Reply:
    """Return the reply that a stream of bytes holds; `data` is what has already come of it.

    Raises Framing, Cut, or what `receive` raises.
    """
    steps = reading_reply(data)
    try:
        next(steps)
        while True:
            steps.send(receive())
    except StopIteration as end:
        reply: Reply = end.value
        return reply


def reading_reply(data: bytes) -> Generator[None, bytes, Reply]:
    """Take the steps of reading a reply, of which `data` has already come; raise Framing or Cut."""
    reader = Reader(data)
    for _ in range(MAX_INTERIM):
        head = yield from reader.until(b"\r\n\r\n")
        minor, status, headers = parse_head(head)
        if status == 101:
            raise Framing("switches to another protocol")
        if status >= 200:
            return (yield from _read_body(reader, Reply(status, head, b"", headers), minor))
    raise Framing("has too many interim replies")


def _read_body(reader: Reader, reply: Reply, minor: int) -> Generator[None, bytes, Reply]:
    """Return the reply with its body, by the rules of https://www.rfc-editor.org/rfc/rfc9112#section-6.3"""
    length, coding = reply.headers.get("content-length"), reply.headers.get("transfer-encoding")
    tokens = [token.strip() for token in reply.headers.get("connection", "").lower().split(",")]
    bare = reply.status in (204, 304)
    if coding is not None and (coding.lower() != "chunked" or length is not None or minor == 0 or bare):
        raise Framing("has a transfer coding that is not understood")
    if bare:
        reply.body = b""
    elif coding is not None:
        reply.body = yield from _read_chunks(reader)
    elif length is not None:
        reply.body = yield from reader.exactly(_read_length(length))
    else:
        reply.body, reply.keep = (yield from reader.rest()), False
    # Bytes beyond the end belong to nothing that was asked for.
    reply.keep = reply.keep and minor == 1 and "close" not in tokens and not reader.data
    return reply


def _read_length(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 19:
        raise Framing("has a malformed length")
    if int(text) > MAX_BODY:
        raise Framing(f"has more than {MAX_BODY} bytes")
    return int(text)


def _read_chunks(reader: Reader) -> Generator[None, bytes, bytes]:
    """Return a chunked body; extensions and trailers are read and dropped."""
    body = bytearray()
    while True:
        line = yield from reader.until(b"\r\n")
        size = line[:-2].partition(b";")[0].rstrip(b" \t")
        if not size or len(size) > 16 or size.translate(None, HEX):
            raise Framing("has a malformed chunk")
        count = int(size, 16)
        if count == 0:
            break
        if len(body) + count > MAX_BODY:
            raise Framing(f"has more than {MAX_BODY} bytes")
        body += yield from reader.exactly(count)
        if (yield from reader.exactly(2)) != b"\r\n":
            raise Framing("has a malformed chunk")
    trailers = 0
    while (line := (yield from reader.until(b"\r\n"))) != b"\r\n":
        trailers += len(line)
        if trailers > MAX_HEAD:
            raise Framing("has too long a head")
    return bytes(body)


class Url:
    """An http or https URL in its parts: `host` for the socket, `authority` for the Host header, `path` as it is."""

    __slots__ = ("authority", "host", "path", "port", "scheme", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.scheme, _, rest = text.partition("://")
        authority, slash, path = rest.partition("/")
        self.path = slash + path
        bracket, _, after = authority.partition("]")
        self.host, _, port = (bracket[1:], "", after[1:]) if authority[:1] == "[" else authority.partition(":")
        standard = {"http": "80", "https": "443"}.get(self.scheme, "")
        odd = not text.isascii() or not text.isprintable() or any(mark in text for mark in " ?#") or "@" in authority
        if odd or not standard or not self.host or len(port) > 5 or not (port or standard).isdigit():
            # The text is not shown: what people put before an @ is a password.
            raise Failure("unavailable", "an address must look like https://host:port, without user, query or fragment")
        self.port = int(port or standard)
        shown = f"[{self.host}]" if ":" in self.host else self.host
        self.authority = shown if str(self.port) == standard else f"{shown}:{self.port}"


def quote(text: str) -> str:
    """Percent-encode all but the unreserved characters, as SigV4 wants it.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    return "".join(chr(byte) if byte in UNRESERVED else f"%{byte:02X}" for byte in text.encode())


class Connection:
    """One keep-alive connection to an origin, perhaps through a proxy.

    Its socket never blocks; poll does, for a slice. The kernel's time-outs of a socket would cost less, but Python
    begins them anew after each signal: a session that listens to many notifications would never look at the clock.
    After any exception the connection is closed: a reply may still be on its way.
    """

    def __init__(self, url: Url, proxy: Url | None = None, ca_file: str | None = None) -> None:
        self.url, self.proxy, self.ca_file = url, proxy, ca_file
        self.sock: Any = None
        self.poll: Any = None
        # What TLS needs to know, once it is needed: in a list, so that siblings share it.
        self.tls: list[Any] = []
        # How the socket says that it would have to wait; TLS has its own ways.
        self.waits: tuple[type[OSError], ...] = (BlockingIOError,)
        self.used = 0.0
        # Header blocks already read, without hexadecimal digits and dashes, and the text before their length: learn.
        self.shapes: dict[bytes, bytes] = {}

    def sibling(self) -> Connection:
        """Return a further connection to the same origin, which shares what is known of it."""
        other = Connection(self.url, self.proxy, self.ca_file)
        other.tls, other.shapes = self.tls, self.shapes
        return other

    def close(self) -> None:
        """Close the socket, if there is one."""
        sock, self.sock = self.sock, None
        if sock is not None:
            sock.close()

    def exchange(self, message: bytes, patience: Patience, connect_ms: float) -> Reply:
        """Send one request and return its reply.

        Raises Failure: `unavailable` when nothing came back, `bad_response` when the reply is cut or malformed,
        `timeout`. What `pause` raises goes through untouched.
        """
        try:
            if self.sock is None or not self.is_alive():
                drive(self.opening(patience, connect_ms))
            whole = self.send(message, patience)
            reply = self._read(patience)
            if not (whole and reply.keep):
                self.close()
        except BaseException:
            self.close()
            raise
        self.used = time.monotonic()
        return reply

    def is_alive(self) -> bool:
        """Tell whether an idle connection may be used: not idle for long, not closed by the other end."""
        if time.monotonic() - self.used < IDLE_SECONDS and not self.poll.poll(0):
            return True
        self.close()
        return False

    def send(self, message: bytes, patience: Patience) -> bool:
        """Send a request; return False when the other end stopped reading, as it does before an early refusal."""
        rest = memoryview(message)
        while rest:
            try:
                rest = rest[self.sock.send(rest) :]
            except self.waits:
                patience.until_ready(self.sock, select.POLLOUT)
            except OSError:
                return False
            if rest:
                patience.check()
        return True

    def receive(self, patience: Patience) -> bytes:
        """Return the bytes that come next, b"" at the end of the stream; raise Cut when the connection is reset.

        The clock is looked at first: a stream that dribbles may never be silent for a slice.
        """
        while True:
            patience.check()
            try:
                if self.poll.poll(patience.slice() * 1000):
                    data: bytes = self.sock.recv(CHUNK)
                    return data
            except self.waits:
                # Part of a TLS record is here.
                continue
            except OSError:
                raise Cut from None

    def taking(self, parser: Generator[None, bytes, Any], patience: Patience) -> Generator[Wait, bool, Any]:
        """Take the steps of a parser with what comes; raise what it raises, and Cut when the connection is reset."""
        try:
            next(parser)
            while True:
                parser.send((yield from self.receiving(patience)))
        except StopIteration as end:
            return end.value

    def receiving(self, patience: Patience) -> Generator[Wait, bool, bytes]:
        """Take the steps of `receive`."""
        while True:
            patience.check()
            yield from patience.ready(self.sock, select.POLLIN)
            try:
                data: bytes = self.sock.recv(CHUNK)
                return data
            except self.waits:
                continue
            except OSError:
                raise Cut from None

    def read_known(self, data: bytes) -> Reply | None:
        """Return the reply when all of it is here and its head has a known shape; else None."""
        end = data.find(b"\r\n\r\n") + 4
        name = self.shapes.get(data[:end].translate(None, VARYING))
        if name is None or not data.startswith(b"HTTP/1.1 200 "):
            return None
        at = data.find(name, 0, end) + len(name)
        length = data[at : data.find(b"\r\n", at)].strip(b" \t")
        if at < len(name) or not length.isdigit() or len(data) - end != int(length):
            return None
        return Reply(200, data[:end], data[end:])

    def _read(self, patience: Patience) -> Reply:
        """Return the reply: the short way when its shape is known, else by the rules."""
        try:
            data = self.receive(patience)
        except Cut:
            raise nothing_came("reset") from None
        if not data:
            raise nothing_came("closed")
        reply = self.read_known(data)
        if reply:
            return reply
        patience.stage = "reading the reply"
        try:
            reply = read_reply(lambda: self.receive(patience), data)
        except (Framing, Cut) as error:
            raise broken(error) from None
        self.learn(reply)
        return reply

    def learn(self, reply: Reply) -> None:
        """Remember the shape of a plain reply, so that the next one like it is read faster.

        A block that differs from a well-formed one only in hexadecimal digits and dashes is well-formed and has the
        same lines: those characters mean nothing in HTTP's grammar, and no header that matters here has the name or
        value of another with such characters added or taken away. Request ids, lengths and times of day differ so.
        """
        special = ("transfer-encoding", "x-amz-function-error", "x-amz-log-result")
        plain = reply.status == 200 and reply.keep and not any(name in reply.headers for name in special)
        at = reply.head.lower().find(b"\r\ncontent-length:")
        if plain and at >= 0 and reply.headers.get("connection", "keep-alive").lower() == "keep-alive":
            if len(self.shapes) >= 64:
                self.shapes.clear()
            self.shapes[reply.head.translate(None, VARYING)] = reply.head[at : at + 17]

    def opening(self, patience: Patience, connect_ms: float) -> Steps:
        """Connect, through the proxy if there is one, and agree on TLS where the URL wants it."""
        near, stage, patience.stage = self.proxy or self.url, patience.stage, "connecting"
        what = f"cannot connect to {'the proxy ' if self.proxy else ''}{near.authority}"
        narrow = patience.narrow(
            connect_ms, lambda: Failure("unavailable", f"{what} within {connect_ms} ms", retry=True)
        )
        yield from self._dial_any(resolve(near.host, near.port, narrow), what, narrow)
        if self.url.scheme == "https":
            need("network")
            if self.proxy:
                yield from open_tunnel(self, narrow)
            yield from agree_tls(self, narrow)
        patience.stage = stage

    def _dial_any(self, addresses: list[Any], what: str, patience: Patience) -> Steps:
        """Connect to the first address that answers; each gets its share of the time that is left."""
        failure = patience.late()
        for index, address in enumerate(addresses):
            share = patience.narrow(patience.left() * 1000 / (len(addresses) - index), patience.late)
            try:
                yield from self._dial(address, share)
                return
            except OSError as error:
                failure = Failure("unavailable", f"{what}: {error.strerror}", retry=True)
            except Failure as late:
                failure = late
            self.close()
        raise failure

    def _dial(self, found: Any, patience: Patience) -> Steps:
        """Connect to one address as getaddrinfo gives it; raise OSError when it refuses."""
        family, kind, protocol, _, address = found
        self.sock = _socket.socket(family, kind, protocol)
        self.sock.setblocking(False)
        self.poll, self.waits = select.poll(), (BlockingIOError,)
        self.poll.register(self.sock.fileno(), select.POLLIN)
        # A small request must leave at once, not wait for the acknowledgement of the one before.
        self.sock.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        code = self.sock.connect_ex(address)
        if code in (0, 115):
            yield from patience.ready(self.sock, select.POLLOUT)
            code = self.sock.getsockopt(_socket.SOL_SOCKET, _socket.SO_ERROR)
        if code:
            raise OSError(code, os.strerror(code))


def nothing_came(how: str) -> Failure:
    """Return the failure of a connection that was closed or reset instead of a reply."""
    return Failure("unavailable", f"the connection was {how} before a reply", retry=True)


def broken(error: Framing | Cut) -> Failure:
    """Return the failure of a reply that is malformed or ends before its end."""
    what = f"the reply {error}" if isinstance(error, Framing) else "the reply was cut"
    return Failure("bad_response", what, retry=True)


def resolve(host: str, port: int, patience: Patience) -> list[Any]:
    """Return the addresses of a host, as getaddrinfo gives them; raise Failure `unavailable` or the deadline's."""
    try:
        return _socket.getaddrinfo(host, port, 0, _socket.SOCK_STREAM, 0, _socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        need("network")
        return look_up_name(host, port, patience)


#### signature
# Signature version 4: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html


def _mac(key: bytes) -> tuple[Any, Any]:
    """Return the inner and outer hash of HMAC-SHA256 with the key taken in: copies of them sign faster than hmac."""
    key = key.ljust(64, b"\0")
    return hashlib.sha256(bytes(byte ^ 0x36 for byte in key)), hashlib.sha256(bytes(byte ^ 0x5C for byte in key))


def _digest(mac: tuple[Any, Any], text: bytes) -> Any:
    inner, outer = mac[0].copy(), mac[1].copy()
    inner.update(text)
    outer.update(inner.digest())
    return outer


class Head:
    """All of a signed request that stays the same for a second: text before the signature, hashes begun."""

    __slots__ = ("before", "canonical", "to_sign")

    def __init__(self, before: bytes, canonical: Any, to_sign: bytes) -> None:
        self.before, self.canonical, self.to_sign = before, canonical, to_sign


class Signer:
    """Signs requests for one endpoint; the key changes with the day, the rest with the second."""

    def __init__(self, region: str, url: Url) -> None:
        self.region, self.url = region, url
        self.key_of = ("", "")
        self.mac: tuple[Any, Any] = (None, None)
        self.date = self.scope = ""
        self.credentials: Credentials | None = None

    def turn(self, second: int, credentials: Credentials) -> None:
        """Take over a new second (Unix time) or other credentials."""
        self.date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))
        self.scope, self.credentials = f"{self.date[:8]}/{self.region}/lambda/aws4_request", credentials
        if self.key_of != (self.scope, credentials.secret_key):
            key = b"AWS4" + credentials.secret_key.encode()
            for part in self.scope.split("/"):
                key = _digest(_mac(key), part.encode()).digest()
            self.mac, self.key_of = _mac(key), (self.scope, credentials.secret_key)

    def headers(self, binding: Binding, context: str) -> dict[str, str]:
        """Return the headers to sign: host and every x-amz-*, nothing that a proxy may change."""
        headers = {"Host": self.url.authority, "X-Amz-Date": self.date, **binding.headers}
        if context:
            headers["X-Amz-Client-Context"] = context
        if self.credentials and self.credentials.token:
            headers["X-Amz-Security-Token"] = self.credentials.token
        return headers

    def head(self, binding: Binding, context: str, absolute: bool) -> Head:
        """Return the unchanging part of a binding's requests. `absolute`: the request goes to an HTTP proxy."""
        headers = self.headers(binding, context)
        signed = sorted((name.lower(), value) for name, value in headers.items())
        names = ";".join(name for name, _ in signed)
        path, lines = self.url.path.rstrip("/") + binding.path, "".join(f"{name}:{value}\n" for name, value in signed)
        # Every service but S3 wants the path encoded once more than it is sent.
        canonical = f"POST\n{'/'.join(map(quote, path.split('/')))}\n{binding.query}\n{lines}\n{names}\n"
        target = (f"http://{self.url.authority}" if absolute else "") + path
        target += f"?{binding.query}" if binding.query else ""
        sent = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        key = self.credentials.access_key if self.credentials else ""
        before = (
            f"POST {target} HTTP/1.1\r\n{sent}Content-Type: application/json\r\nAuthorization: AWS4-HMAC-SHA256 "
            f"Credential={key}/{self.scope}, SignedHeaders={names}, Signature="
        )
        to_sign = f"AWS4-HMAC-SHA256\n{self.date}\n{self.scope}\n"
        return Head(before.encode(), hashlib.sha256(canonical.encode()), to_sign.encode())

    def message(self, head: Head, body: bytes) -> bytes:
        """Return the whole signed request."""
        canonical = head.canonical.copy()
        canonical.update(hashlib.sha256(body).hexdigest().encode())
        signature = _digest(self.mac, head.to_sign + canonical.hexdigest().encode()).hexdigest()
        return b"%b%b\r\nContent-Length: %d\r\n\r\n%b" % (head.before, signature.encode(), len(body), body)


#### credentials
# Credentials: the server process finds them, never the caller

CHAIN = ("environment", "profile", "container", "imds")
RENEW_SECONDS = 600
RETRY_SECONDS = 5


class Credentials:
    """A key pair, perhaps temporary: `expires` is Unix time. `source` names where it was found.

    Raises Failure `not_authorized` for keys that cannot stand in a header.
    """

    __slots__ = ("access_key", "expires", "secret_key", "source", "token")

    def __init__(
        self, source: str, access_key: str, secret_key: str, token: str = "", expires: float | None = None
    ) -> None:
        if not all(text.isascii() and text.isprintable() for text in (access_key, secret_key, token)):
            # A line break would begin another header.
            raise Failure("not_authorized", "they hold a line break or another odd character")
        self.source, self.access_key, self.secret_key = source, access_key, secret_key
        self.token, self.expires = token, expires


def from_environment() -> Credentials | None:
    """Return the credentials in the environment of the server process, or None."""
    access_key, secret_key = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
    if not access_key or not secret_key:
        return None
    return Credentials("environment", access_key, secret_key, os.environ.get("AWS_SESSION_TOKEN") or "")


class Keeper:
    """Keeps the credentials of a session, and renews them before they expire. `facts`: the spec's `credentials`."""

    def __init__(self, facts: Facts) -> None:
        self.facts, self.source = facts, facts.get("source", "chain")
        self.held: Credentials | None = None
        self.tried = float("-inf")
        self.why = ""
        # What must not show in an error, even after the credentials were dropped.
        self.secrets: tuple[str, ...] = ()

    def drop(self) -> None:
        """Forget the credentials: AWS said that they have expired."""
        self.held, self.tried = None, float("-inf")

    def current(self, patience: Patience) -> Credentials:
        """Return credentials that are still good, or raise Failure `not_authorized` with the sources tried.

        Renewal is tried when less than 10 minutes are left, at most every 5 seconds and for half of a call's time;
        until they expire the old ones serve when it fails.
        """
        if self._left() < RENEW_SECONDS and time.monotonic() - self.tried >= RETRY_SECONDS:
            stage, patience.stage = patience.stage, "looking for AWS credentials"
            limit = patience
            if self._left() > 0:
                limit = patience.narrow(patience.left() * 500, lambda: Failure("not_authorized", "no time is left"))
            self.held = self._search(limit) or self.held
            self.tried, patience.stage = time.monotonic(), stage
        if self.held is None or self._left() <= 0:
            raise Failure("not_authorized", self.why)
        return self.held

    def _left(self) -> float:
        if self.held is None:
            return 0.0
        return float("inf") if self.held.expires is None else self.held.expires - time.time()

    def _search(self, patience: Patience) -> Credentials | None:
        """Return the first credentials found; else None, with the reason in `why`."""
        tried, reason = [], ""
        for source in CHAIN if self.source == "chain" else (self.source,):
            tried.append(source)
            try:
                found = self._ask(source, patience)
            except Failure as failure:
                if failure.code == "timeout":
                    raise
                reason = f" ({failure.what})"
                break
            if found:
                self.why = "the AWS credentials found have expired"
                self.secrets = (found.token, found.secret_key, found.access_key)
                return found
        self.why = f"no AWS credentials found: looked in {', '.join(tried)}{reason}"
        return None

    def _ask(self, source: str, patience: Patience) -> Credentials | None:
        if source == "environment":
            return from_environment()
        need("metadata")
        if source == "profile":
            return from_profile(self.facts) if self.source == "profile" or has_profile() else None
        return from_container(patience) if source == "container" else from_imds(patience)


#### invoke
# Invoke: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html

MAX_CONTEXT = 3583
SIZES = {"sync": 6_291_456, "async": 1_048_576, "dry_run": 6_291_456}
ANSWERS = {"sync": 200, "async": 202, "dry_run": 204}
INVOCATION_TYPES = {"async": "Event", "dry_run": "DryRun"}


class Binding:
    """A Lambda function that may be reached, with its part of the request ready. Built from a table entry."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.name, self.target, self.invoke = facts["name"], facts["target"], facts["invoke"]
        self.qualifier = facts.get("qualifier", "")
        self.timeout_ms, self.connect_ms = facts["timeout_ms"], facts["connect_timeout_ms"]
        self.retries = facts.get("retries", 0) if facts.get("idempotent") else 0
        sync = self.invoke == "sync"
        self.log_tail = self.shows_log = sync and facts.get("log_tail", False)
        self.client_context = sync and facts.get("client_context", False)
        self.limit, self.answer = SIZES[self.invoke], ANSWERS[self.invoke]
        self.path = f"/2015-03-31/functions/{quote(self.target)}/invocations"
        self.query = f"Qualifier={quote(self.qualifier)}" if self.qualifier else ""
        self.headers = {} if sync else {"X-Amz-Invocation-Type": INVOCATION_TYPES[self.invoke]}
        if self.log_tail:
            self.headers["X-Amz-Log-Type"] = "Tail"

    def as_dry_run(self) -> Binding:
        """Return this binding as one that only asks whether it may be called."""
        return Binding({**self.facts, "invoke": "dry_run"})


def encode_context(text: str) -> str:
    """Return a client context as its header wants it, in base64; what is too long is sent without the application."""
    encoded = binascii.b2a_base64(text.encode(), newline=False).decode()
    if len(encoded) <= MAX_CONTEXT:
        return encoded
    import json

    context = json.loads(text)
    return encode_context(json.dumps(context)) if context["custom"].pop("application_name", None) is not None else ""


class Native:
    """The transport of our own: one connection per session, signatures with all that can be kept between calls.

    `idle` are the connections that nobody uses: the first one, and those of batches that had several calls in flight.
    """

    def __init__(self, config: Facts, url: Url, keeper: Keeper) -> None:
        proxy = Url(config["proxy"]) if "proxy" in config else None
        self.connection = Connection(url, proxy, config.get("ca_file"))
        self.idle = [self.connection]
        self.absolute = proxy is not None and url.scheme == "http"
        self.signer, self.keeper = Signer(config["region"], url), keeper
        self.second = -1
        self.heads: dict[Binding, tuple[str, Head]] = {}

    def post(self, binding: Binding, body: bytes, context: str, patience: Patience) -> Reply:
        """Send one POST and return its reply."""
        message = self.message(binding, body, context, patience)
        return self.connection.exchange(message, patience, binding.connect_ms)

    def message(self, binding: Binding, body: bytes, context: str, patience: Patience) -> bytes:
        """Return a signed request; the credentials may have to be looked for."""
        second = int(time.time())
        if second != self.second or self.keeper.held is not self.signer.credentials:
            self.signer.turn(second, self.keeper.current(patience))
            self.second = second
            self.heads.clear()
        known = self.heads.get(binding)
        if known is None or known[0] != context:
            known = self.heads[binding] = (context, self.signer.head(binding, context, self.absolute))
        return self.signer.message(known[1], body)


#### core
# The core, and the database around it

# How long to go by one look at the switches.
LOOK_SECONDS = 1.0

# Regions whose endpoints end otherwise; the first prefix that fits counts.
# Source: https://docs.aws.amazon.com/general/latest/gr/lambda-service.html
SUFFIXES = (
    ("cn-", "amazonaws.com.cn"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("us-iso-", "c2s.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("eusc-", "amazonaws.eu"),
    ("", "amazonaws.com"),
)


def find_endpoint(config: Facts) -> str:
    """Return the URL of the Lambda endpoint: from the server's environment, the spec, or the region."""
    suffix = next(suffix for prefix, suffix in SUFFIXES if config["region"].startswith(prefix))
    standard = f"https://lambda.{config['region']}.{suffix}"
    return os.environ.get("AWS_ENDPOINT_URL_LAMBDA") or config.get("endpoint") or standard


class Core:
    """What every wrapper of one spec calls. `config` is udfgen's `describe_aws` and the transport's name.

    Errors are what `host.error` makes of a code, a text and a detail; whatever `host.pause` raises, a cancel or a
    statement timeout, goes through untouched.
    """

    def __init__(self, config: Facts, host: Host) -> None:
        self.config, self.host = config, host
        self.endpoint = find_endpoint(config)
        self.keeper = Keeper(config.get("credentials", {}))
        self._transport: Native | Boto3 | None = None
        self._context = ("", "")
        # What the last look at the switches found, and when the next one is due.
        self.modes: dict[str, str] = {}
        self.due = float("-inf")
        # How many SQL calls of batch functions this session has made.
        self.queries = 0

    def function(self, entry: Facts) -> Callable[..., object]:
        """Return a wrapper's body: a function of all its arguments, from a table entry of udfgen's `describe`."""
        if "choices" in entry:
            need("names")
            return compile_choices(self, entry)
        if "follow" in entry:
            need("pages")
            return self._caller(entry, compile_pages)
        if "cache" in entry:
            need("cache")
            return self._caller(entry, compile_cached)
        return self._caller(entry, compile_call)

    def batch(self, entry: Facts) -> Batch:
        """Return a batch function's body, from a table entry with `batch`; see Batch for how it is called."""
        need("batch")
        return Batch(self, entry)

    def drop_in(self, entry: Facts) -> Callable[..., object]:
        """Return a drop-in name's body; in the entry each binding stands once, with its spellings: `reached`."""
        need("names")
        return compile_choices(self, {**entry, "choices": spread(entry["reached"])})

    def invoker(self, entry: Facts) -> Callable[..., object]:
        """Return the body of aws_lambda.invoke, from an entry with `name` and `reached`."""
        need("names")
        return Invoker(self, entry)

    def _caller(self, entry: Facts, compile_: Callable[[Core, Facts, Binding], Call]) -> Callable[..., object]:
        """Return a function of all arguments that minds the switch, and tells failures as the database's errors."""
        binding, now = Binding(entry["binding"]), time.monotonic
        act, dry = compile_(self, entry, binding), None
        lenient = entry.get("null_on_error", False)
        nothing: object = [] if entry["returns"]["kind"] == "table" else None

        def call(*arguments: Any) -> object:
            nonlocal dry
            try:
                if (self.modes or now() >= self.due) and self.is_dry(binding):
                    dry = dry or compile_call(self, entry, binding.as_dry_run())
                    dry(arguments)
                    return nothing
                return act(arguments)
            except Failure as failure:
                if lenient and failure.code not in NEVER_NULL:
                    return nothing
                error = self.error(binding.name, failure)
            # Raised here, the error has no chain, and its traceback no frames of the core's inside.
            raise error

        return call

    def is_dry(self, binding: Binding) -> bool:
        """Return whether a binding is switched to dry runs; raise Failure `disabled` when it is switched off.

        What the database raises because the switches cannot be read goes through: nothing is sent that may be off.
        """
        now = time.monotonic()
        if now >= self.due:
            self.modes = self.host.modes()
            self.due = now + LOOK_SECONDS
        mode = self.modes.get(binding.name)
        if mode in (None, "dry_run"):
            return mode is not None
        raise Failure("disabled", "it is switched off: udfgen switch turns it on again")

    def dry_run(self, entry: Facts) -> None:
        """Ask AWS whether a binding may be invoked, without running it; raise the error if not.

        Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
        """
        binding = Binding(entry).as_dry_run()
        try:
            self.invoke(binding, b"{}")
            return
        except Failure as failure:
            error = self.error(binding.name, failure)
        raise error

    def credentials_source(self) -> str:
        """Return where the credentials come from: environment, profile, container or imds; never a secret."""
        try:
            return self.keeper.current(Patience(self.host.pause, 10_000)).source
        except Failure as failure:
            error = self.error(self.config["name"], failure)
        raise error

    def error(self, owner: str, failure: Failure) -> Exception:
        """Return the database's error for a failure."""
        need("failures")
        text, detail = describe_failure(owner, failure, self.keeper.secrets)
        return self.host.error(failure.code, text, detail)

    def invoke(self, binding: Binding, body: bytes, patience: Patience | None = None, context: str = "") -> Reply:
        """Invoke a function, with the retries that an idempotent binding allows; return the reply or raise Failure.

        `patience` is that of a call of several requests, `context` what the caller says of itself, in base64.
        """
        check_size(binding, body)
        patience = patience or Patience(self.host.pause, binding.timeout_ms)
        if binding.client_context and not context:
            context = self.client_context()
        transport, attempt = self._transport or self._connect(), 0
        while True:
            try:
                return self.accept(binding, transport.post(binding, body, context, patience))
            except Failure as failure:
                wait = self.plan_retry(binding, failure, attempt, patience)
            attempt += 1
            patience.stage = "waiting to retry"
            patience.sleep(wait)
            patience.stage = "waiting for the reply"

    def plan_retry(self, binding: Binding, failure: Failure, attempt: int, patience: Patience) -> float:
        """Return the seconds to wait before the next attempt; raise the failure when there is none."""
        if failure.expired:
            self.keeper.drop()
        wait = 0.0 if failure.expired else max(failure.wait, _backoff(attempt))
        if not failure.retry or attempt >= binding.retries or wait >= patience.left():
            raise failure
        return wait

    def accept(self, binding: Binding, reply: Reply) -> Reply:
        """Return the reply if it is the answer that was asked for; raise Failure for everything else."""
        if binding.shows_log and (tail := reply.headers.get("x-amz-log-result")):
            self._show_log(tail)
        if reply.status == binding.answer and not reply.failed:
            return reply
        need("failures")
        raise refuse_function_error(reply) if reply.status == binding.answer else refuse_status(binding, reply)

    def _show_log(self, tail: str) -> None:
        try:
            text = binascii.a2b_base64(tail).decode("utf-8", "replace")
        except ValueError:
            return
        self.host.notice(text.replace("\0", " "))

    def client_context(self) -> str:
        """Return who calls, as the header of a client context wants it."""
        text = self.host.context()
        if text != self._context[0]:
            self._context = (text, encode_context(text))
        return self._context[1]

    def transport(self) -> Native | Boto3:
        """Return what sends requests, made when the first one is sent."""
        return self._transport or self._connect()

    def _connect(self) -> Native | Boto3:
        is_sdk = self.config.get("transport") == "boto3"
        if is_sdk:
            need("sdk")
        self._transport = (Boto3 if is_sdk else Native)(self.config, Url(self.endpoint), self.keeper)
        return self._transport


def check_size(binding: Binding, body: bytes) -> None:
    """Raise Failure `too_large` for a body that AWS would refuse."""
    if len(body) > binding.limit:
        raise Failure("too_large", f"the payload has {len(body)} bytes, AWS Lambda takes {binding.limit}")


def compile_call(core: Core, entry: Facts, binding: Binding) -> Call:
    """Return a function of all arguments that makes one call and returns its result; it raises Failure."""
    invoke, encode = core.invoke, compile_payload(entry["parameters"], entry["payload"])
    decode = compile_returns(entry["returns"]) if binding.invoke == "sync" else decode_queued

    def call(arguments: Sequence[Any]) -> object:
        reply = invoke(binding, encode(arguments))
        try:
            return decode(reply.body)
        except Failure as failure:
            failure.reply = reply
            raise

    return call


def _backoff(attempt: int) -> float:
    """Return how long to wait before a retry: full jitter over 100 ms, doubled each time."""
    # random would be one more import for one number.
    share: float = int.from_bytes(os.urandom(4), "big") / 2**32
    return share * 0.1 * 2.0**attempt


class Database:
    """The PostgreSQL session around a core, through PL/Python's `plpy`.

    Source: https://www.postgresql.org/docs/current/plpython-database.html
    """

    def __init__(self, plpy: Any, switch: str) -> None:
        self._plpy = plpy
        self._modes, self._switch = None, f"select binding, mode from {switch}"  # noqa: S608 - quoted by the generator
        # PL/Python puts the name of the class before the message, and the module's name unless it is builtins.
        named = {"__module__": "builtins"}
        self._classes: dict[str, Any] = {code: type(f"[udfgen {code}]", (plpy.Error,), named) for code in CODES}
        self._nothing = plpy.prepare("select 1")
        self._who = plpy.prepare(
            "select pg_catalog.current_database() as database, session_user::pg_catalog.text as session_user,"
            " pg_catalog.current_setting('role') as role,"
            " pg_catalog.current_setting('application_name') as application_name"
        )
        self._look, self._json = watch_caller(), ""
        self._seen: object = None
        self._is_utf8: bool | None = None

    def pause(self) -> None:
        """Let PostgreSQL act on a cancel, a timeout or a shutdown: it raises from here."""
        self._plpy.execute(self._nothing)

    def notice(self, text: str) -> None:
        """Show a text to the caller of the wrapper."""
        self._plpy.notice(self._spell(text))

    def _spell(self, text: str) -> str:
        """Return a text as every database can hold it.

        PL/Python converts the text of a notice or an error by a jump out of Python's frames when there is a character
        that the database's encoding lacks: the call fails with PostgreSQL's error, and Python is left in mid-air.
        """
        if self._is_utf8 is None:
            # Not SHOW, which a stable function may not run.
            (row,) = self._plpy.execute("select pg_catalog.current_setting('server_encoding') as encoding")
            self._is_utf8 = row["encoding"] == "UTF8"
        return text if self._is_utf8 else text.encode("ascii", "backslashreplace").decode()

    def context(self) -> str:
        """Return who calls, as the JSON text of a client context; asked for anew only when it may have changed."""
        seen = self._look() if self._look else None
        if seen is None or seen != self._seen:
            row = self._plpy.execute(self._who)[0]
            facts = ",".join(f"{_quote(name)}:{_quote(value)}" for name, value in row.items())
            self._seen, self._json = seen, f'{{"custom":{{{facts}}}}}'
        return self._json

    def modes(self) -> dict[str, str]:
        """Return the modes of the bindings that are switched, from the table that `switch` names."""
        if self._modes is None:
            self._modes = self._plpy.prepare(self._switch)
        return {row["binding"]: row["mode"] for row in self._plpy.execute(self._modes)}

    def error(self, code: str, text: str, detail: str) -> Exception:
        """Return the error that PostgreSQL shows as `[udfgen <code>]: <text>`, with its SQLSTATE and detail."""
        error = self._classes[code](self._spell(text))
        error.sqlstate, error.detail, error.hint = SQLSTATES[code], self._spell(detail) or None, None
        return error  # type: ignore[no-any-return]


def watch_caller() -> Callable[[], object] | None:
    """Return a function that returns something else whenever the caller has changed, or None where that cannot be.

    A query would be a third of a warm call's time, subtransaction included. What it depends on is here read from the
    server process itself: the session's user, the role, the application's name. The second is there because a role
    may be renamed. https://github.com/postgres/postgres/blob/master/src/include/miscadmin.h
    """
    try:
        # The module below ctypes: that one takes longer, and makes memory executable, which SELinux may refuse.
        import _ctypes

        class Text(_ctypes._SimpleCData):  # type: ignore[type-arg]
            _type_ = "z"

        process = _ctypes.dlopen(None, 0)  # type: ignore[arg-type]
        application = Text.from_address(_ctypes.dlsym(process, "application_name"))
        user, role = _ctypes.dlsym(process, "GetSessionUserId"), _ctypes.dlsym(process, "GetCurrentRoleId")
        call = _ctypes.call_function
    except (ImportError, AttributeError, OSError):
        return None
    return lambda: (call(user, ()), call(role, ()), application.value, int(time.time()))


# The parts above are compiled at once; those below when a session first needs them.

#### failures
# What went wrong, in words

import re  # noqa: E402

MAX_WHAT = 500
MAX_FOREIGN = 4000
# Control characters, line and paragraph separators, marks that turn the direction of text, halves of surrogate pairs.
UNSHOWN = "[\x00-\x20\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+"

# A string, also one that does not end, or a bracket.
JSON_MARK = r'(?s)"(?:[^"\\]+|\\.)*"?|[][{}]'

CODE_OF_STATUS = {
    400: "bad_argument",
    403: "not_authorized",
    404: "not_found",
    413: "too_large",
    415: "bad_argument",
    429: "throttled",
}
# A request older than AWS allows: its status is 400, where all others that say who may not call are 403.
# Source: https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
CODE_OF_TYPE = {"RequestExpired": "not_authorized"}
RETRIED_STATUSES = frozenset((408, 410, 429, 500, 502, 503, 504))
RETRIED_CONFLICTS = frozenset(
    ("CodeArtifactUserPendingException", "ResourceConflictException", "SnapStartNotReadyException")
)
# Answers of 502 that no retry can mend.
PERMANENT = frozenset(
    (
        "EC2AccessDeniedException",
        "ENILimitReachedException",
        "InvalidRuntimeException",
        "InvalidSecurityGroupIDException",
        "InvalidSubnetIDException",
        "InvalidZipFileException",
        "KMSAccessDeniedException",
        "KMSDisabledException",
        "KMSInvalidStateException",
        "KMSNotFoundException",
        "SubnetIPAddressLimitReachedException",
    )
)


def show_path(path: Path) -> str:
    """Return a path as the spec writes it: `$.items[0]['odd name']`."""
    shown = "$"
    for step in path:
        if isinstance(step, int):
            shown += f"[{step}]"
        elif re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", step):
            shown += f".{step}"
        else:
            shown += f"['{step}']"
    return shown


def first_fault(text: str) -> str:
    """Return what is wrong with text that is not JSON: what is found first from left to right, as other cores read.

    Where it is too deep, it is JSON up to there if it is with a number in place of the rest.
    """
    closing = ""
    for found in re.finditer(JSON_MARK, text):
        mark = found[0]
        if mark in "[{" and len(closing) == MAX_DEPTH:
            return TOO_DEEP if _is_json(f"{text[: found.start()]}0{closing[::-1]}") else NO_JSON
        if mark in "[{":
            closing += "]" if mark == "[" else "}"
        elif mark in "]}":
            closing = closing[:-1]
    return NO_JSON


def _is_json(text: str) -> bool:
    try:
        parse(text)
    except Unfit:
        return False
    return True


def clean(text: object) -> str:
    """Return foreign text fit for an error: one line, no control characters; an empty string for what is no text.

    A mark of our own inside it, as from a Lambda that itself called a wrapper, loses its bracket: the text of an
    error holds `[udfgen <code>]` once.
    """
    # A Number is a str, but no text.
    shown = text[:MAX_FOREIGN] if type(text) is str else ""
    return re.sub(UNSHOWN, " ", shown).strip(" ").replace("[udfgen", "(udfgen")


def hide(text: str, secrets: Sequence[str]) -> str:
    """Return text with `***` in place of each secret; of one also at the end, where foreign text may be cut in it."""
    for secret in secrets:
        # What is shorter is a stand-in of some local endpoint, and would blot out ordinary words.
        if len(secret) >= 8:
            text = text.replace(secret, "***")
            left = next((size for size in range(len(secret) - 1, 7, -1) if text.endswith(secret[:size])), 0)
            text = f"{text[:-left]}***" if left else text
    return text


def describe_failure(owner: str, failure: Failure, secrets: Sequence[str] = ()) -> tuple[str, str]:
    """Return the text and the detail of an error: `owner` is the binding's name, `secrets` must not show."""
    what, reply = hide(failure.what, secrets), failure.reply
    text = f"{owner}: {what if len(what) <= MAX_WHAT else what[: MAX_WHAT - 3] + '...'}"
    if reply is None:
        return text, ""
    said = (clean(reply.headers.get(name))[:100] for name in ("x-amzn-requestid", "x-amz-executed-version"))
    request, version = (hide(each, secrets) for each in said)
    facts = [f"AWS request id: {request}"] if request else []
    facts += [f"executed version: {version}"] if version else []
    facts += [f"HTTP status: {reply.status}"]
    return f"{text} (request id {request})" if request else text, ", ".join(facts)


def _read_error(reply: Reply) -> tuple[str, str]:
    """Return AWS's error type and message from a reply, empty where it says nothing.

    Both `message` and `Message` occur. `Type` in a body mostly names the guilty side, not the error.
    """
    facts = read_object(reply)
    side = facts.get("Type") if facts.get("Type") not in ("User", "Service") else ""
    kind = clean(reply.headers.get("x-amzn-errortype")) or clean(facts.get("__type")) or clean(side)
    message = clean(facts.get("message")) or clean(facts.get("Message"))
    # AWS answers a wrong signature with the request that it would have signed, session token included.
    return kind.partition(":")[0].rpartition("#")[2], message.partition("The Canonical String")[0].rstrip(" ")


def refuse_status(binding: Binding, reply: Reply) -> Failure:
    """Return the failure that an HTTP status other than the expected one means."""
    status = reply.status
    if 200 <= status < 300:
        return Failure("bad_response", f"HTTP {status} does not answer a call that is {binding.invoke}", reply)
    kind, message = _read_error(reply)
    name = kind or f"HTTP {status}"
    retry = (status in RETRIED_STATUSES and kind not in PERMANENT) or (status == 409 and kind in RETRIED_CONFLICTS)
    after = reply.headers.get("retry-after", "")
    wait = float(after) if status == 429 and re.fullmatch("[0-9]{1,6}", after) else 0.0
    expired = status == 403 and kind.startswith("ExpiredToken")
    code = CODE_OF_TYPE.get(kind) or CODE_OF_STATUS.get(status, "unavailable")
    return Failure(code, f"{name}: {message}" if message else name, reply, retry or expired, wait, expired)


def refuse_function_error(reply: Reply) -> Failure:
    """Return the failure of a function that raised: its own errorType and errorMessage."""
    facts = read_object(reply)
    kind = clean(facts.get("errorType")) or clean(reply.headers["x-amz-function-error"]) or "Unhandled"
    message = clean(facts.get("errorMessage"))
    return Failure("function_error", f"{kind}: {message}" if message else kind, reply)


#### types
# The rarer types, values of type json inside a reply, and tables

import re  # noqa: E402, F811
import struct  # noqa: E402

DATE = "([0-9]{4}-[0-9]{2}-[0-9]{2})"
TIME = "((?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])(?:[.]([0-9]{1,6}))?"
OFFSET = "(Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def _plain_float(facts: Facts) -> Plain:
    shortest = _shortest_32 if facts["type"] == "real" else repr

    def plain(value: float) -> str:
        if value - value != 0:
            raise Unfit("must be a finite number")
        return ecmascript(shortest(value))

    return plain


def ecmascript(text: str) -> str:
    """Return the shortest digits of a double as ECMAScript prints them; `text` has the form of repr or of `%e`.

    Source: RFC 8785, section 3.2.2.3, and https://tc39.es/ecma262/#sec-numeric-types-number-tostring
    """
    mantissa, _, exponent = text.partition("e")
    sign, (whole, _, fraction) = "-" * mantissa.startswith("-"), mantissa.lstrip("-").partition(".")
    digits = (whole + fraction).lstrip("0")
    if not digits:
        return "0"
    # The number is 0.digits times ten to the power of `point`.
    point = len(digits) - len(fraction) + int(exponent or 0)
    digits = digits.rstrip("0")
    if 0 < point <= 21:
        shown = digits[:point].ljust(point, "0") + (f".{digits[point:]}" if digits[point:] else "")
    elif -6 < point <= 0:
        shown = "0." + "0" * -point + digits
    else:
        shown = digits[0] + (f".{digits[1:]}" if digits[1:] else "") + f"e{point - 1:+d}"
    return sign + shown


def _shortest_32(value: float) -> str:
    """Return the fewest digits that read back as the same 32-bit number, nearest first, as `%e` prints them."""
    for places in range(9):
        near = f"{value:.{places}e}"
        # Above a power of two the step is twice as wide as below it, so the next digit away from zero may hit
        # where the nearest one misses.
        digits, _, exponent = near.partition("e")
        away = f"{int(digits.replace('.', '')) + (1 if value > 0 else -1)}e{int(exponent) - places}"
        for text in (near, f"{float(away):.{places}e}"):
            if to_real(float(text)) == value:
                return text
    return repr(value)


def to_real(value: float) -> float:
    """Return a double rounded to 32 bits, to nearest and ties to even; infinite when it does not fit."""
    try:
        rounded: float = struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return float("inf")
    return rounded


def _plain_uuid(facts: Facts) -> Plain:
    match = re.compile(UUID).fullmatch

    def plain(value: str) -> str:
        text = value.lower()
        if match(text):
            return text
        raise Unfit("must be a uuid")

    return plain


def _plain_bytes(facts: Facts) -> Plain:
    longest = facts.get("max_length")

    def plain(value: bytes) -> str:
        if longest is not None and len(value) > longest:
            raise Unfit(f"must be at most {longest} bytes long")
        return binascii.b2a_base64(value, newline=False).decode()

    return plain


def _plain_date(facts: Facts) -> Plain:
    return _plain_moment(DATE, "must be a date from 0001-01-01 to 9999-12-31", lambda found: found.group())


def _plain_time(facts: Facts) -> Plain:
    return _plain_moment(TIME, "must be a time from 00:00:00 to 23:59:59.999999", lambda found: _clock(*found.groups()))


def _plain_timestamp(facts: Facts) -> Plain:
    zoned = facts["type"] == "timestamptz"
    pattern, zone = f"{DATE}[ T]{TIME}" + ("(?:[+]00|Z)" if zoned else ""), "Z" if zoned else ""
    what = "must be in the years 1 to 9999"
    return _plain_moment(pattern, what, lambda found: f"{found[1]}T{_clock(found[2], found[3])}{zone}")


def _plain_moment(pattern: str, what: str, show: Callable[[Any], str]) -> Plain:
    """Return a reader of PostgreSQL's own text, as it prints it under datestyle ISO and time zone UTC.

    What does not match is infinity, BC, a year of five digits or 24:00:00: PostgreSQL checked the rest.
    """
    match = re.compile(pattern).fullmatch

    def plain(value: str) -> str:
        found = match(value)
        if found:
            return show(found)
        raise Unfit(what)

    return plain


def _clock(time_of_day: str, fraction: str | None) -> str:
    """Return a time with its fraction, without trailing zeros."""
    digits = (fraction or "").rstrip("0")
    return f"{time_of_day}.{digits}" if digits else time_of_day


def _fit_float(facts: Facts) -> Fit:
    single = facts["type"] == "real"

    def fit(value: Any) -> float:
        if type(value) is not Number:
            raise Unfit("must be a number")
        number = to_real(float(value)) if single else float(value)
        if number - number == 0:
            return number or 0.0
        raise Unfit(f"must fit {facts['type']}")

    return fit


def _fit_uuid(facts: Facts) -> Fit:
    match = re.compile(UUID).fullmatch

    def fit(value: Any) -> str:
        if type(value) is str and match(value.lower()):
            return value.lower()
        raise Unfit("must be a uuid")

    return fit


def _fit_bytes(facts: Facts) -> Fit:
    def fit(value: Any) -> bytes:
        try:
            decoded = binascii.a2b_base64(value) if type(value) is str else b""
        except ValueError:
            raise Unfit("must be base64") from None
        # Decoding is lenient, so encode again: only the one right form comes out the same.
        if binascii.b2a_base64(decoded, newline=False).decode() == value:
            return decoded
        raise Unfit("must be base64")

    return fit


def _fit_date(facts: Facts) -> Fit:
    return _fit_moment(DATE, "a date like 2016-02-15", lambda day, rest: day)


def _fit_time(facts: Facts) -> Fit:
    # A day that is always right, so that a time is read like the others.
    read = _fit_moment(f"{DATE}T{TIME}", "a time like 12:00:00", lambda day, rest: _clock(*rest))
    return lambda value: read(f"2000-01-01T{value}" if type(value) is str else value)


def _fit_timestamp(facts: Facts) -> Fit:
    like = "a timestamp like 2016-02-15T12:00:00"
    return _fit_moment(f"{DATE}T{TIME}", like, lambda day, rest: f"{day}T{_clock(*rest)}")


def _fit_timestamptz(facts: Facts) -> Fit:
    like = "a timestamp with a zone like 2016-02-15T12:00:00Z"
    return _fit_moment(f"{DATE}T{TIME}{OFFSET}", like, lambda day, rest: to_utc(f"{day}T{_clock(*rest[:2])}", rest[2]))


def _fit_moment(pattern: str, like: str, show: Callable[[str, Sequence[str]], str]) -> Fit:
    """Return a reader of ISO text; `show` gets the day and the groups after it."""
    match = re.compile(pattern).fullmatch

    def fit(value: Any) -> str:
        found = match(value) if type(value) is str else None
        if found and _is_day(*map(int, found[1].split("-"))):
            return show(found[1], found.groups()[1:])
        raise Unfit(f"must be {like}")

    return fit


def _is_day(year: int, month: int, day: int) -> bool:
    """Tell whether a date is in the Gregorian calendar, in the years 1 to 9999."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    lengths = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return year >= 1 and 1 <= month <= 12 and 1 <= day <= lengths[month - 1]


def to_utc(text: str, offset: str) -> str:
    """Return an ISO timestamp moved from its offset (`Z`, `+01:00`) to UTC; raise Unfit outside the years 1 to 9999."""
    if offset == "Z":
        return text + "Z"
    # Only a reply with an offset pays for this import.
    import datetime

    minutes = int(offset[0] + "1") * (int(offset[1:3]) * 60 + int(offset[4:]))
    try:
        moved = datetime.datetime.fromisoformat(text[:16]) - datetime.timedelta(minutes=minutes)
    except OverflowError:
        raise Unfit("must be in the years 1 to 9999") from None
    return moved.isoformat()[:16] + text[16:] + "Z"


PLAIN |= {
    "real": _plain_float,
    "double": _plain_float,
    "date": _plain_date,
    "time": _plain_time,
    "timestamp": _plain_timestamp,
    "timestamptz": _plain_timestamp,
    "uuid": _plain_uuid,
    "bytes": _plain_bytes,
}
FIT |= {
    "real": _fit_float,
    "double": _fit_float,
    "date": _fit_date,
    "time": _fit_time,
    "timestamp": _fit_timestamp,
    "timestamptz": _fit_timestamptz,
    "uuid": _fit_uuid,
    "bytes": _fit_bytes,
}


def take_json(path: Path) -> Take:
    """Return a function that takes a value as its unchanged text, so that no digit and no order is lost."""

    def take(document: Any, text: str, at: int) -> object:
        if walk(document, path) is None:
            return None
        begin, end = locate(text, at, path)
        return text[begin:end]

    return take


def locate(text: str, at: int, path: Path) -> tuple[int, int]:
    """Return begin and end of the value at `path` below the value at `at`, in JSON known to be valid and to hold it."""
    at = _skip(text, at)
    for step in path:
        # Of members with the same name the last one counts, as in the parsed value.
        at = [begin for key, begin in _parts(text, at) if key == step][-1]
    return at, _scan(text, at)[1]


def _parts(text: str, at: int) -> Iterator[tuple[str | int, int]]:
    """Yield name or index, and begin, of each value in the valid object or array that begins at `at`."""
    named, index, at = text[at] == "{", 0, _skip(text, at + 1)
    while text[at] not in "]}":
        key: str | int = index
        if named:
            key, at = _scan(text, at)
            at = _skip(text, _skip(text, at) + 1)
        yield key, at
        index, at = index + 1, _skip(text, _scan(text, at)[1])
        if text[at] == ",":
            at = _skip(text, at + 1)


def compile_table(facts: Facts) -> TakeRows:
    """Return a function from a document and its text to a list of rows; it raises Failure `bad_response`.

    A row is a tuple, but a bare value where there is one column: PostgreSQL takes such a table for a set of values.
    """
    path, columns = tuple(facts["rows"]), facts["columns"]
    takes = [(tuple(column["path"]), compile_result(column)) for column in columns]
    sliced = any(column["type"] == "json" for column in columns)

    def take_rows(document: Any, text: str) -> list[object]:
        try:
            rows = walk(document, path)
            if type(rows) is not list:
                raise Unfit("must be an array")
        except Unfit as unfit:
            failure = unfit_result(path, unfit)
        else:
            starts = [at for _, at in _parts(text, locate(text, 0, path)[0])] if sliced else [0] * len(rows)
            return [read_row(row, index, text, starts[index]) for index, row in enumerate(rows)]
        raise failure

    def read_row(row: Any, index: int, text: str, at: int) -> object:
        cells = []
        for below, take in takes:
            try:
                cells.append(take(row, text, at))
            except Unfit as unfit:
                raise unfit_result((*path, index, *below), unfit) from None
        return tuple(cells) if len(cells) > 1 else cells[0]

    return take_rows


#### pages
# Results that come page by page


def compile_pages(core: Core, entry: Facts, binding: Binding) -> Call:
    """Return a function of all arguments that follows a token from reply to reply, within one deadline.

    It returns the rows of all pages, or raises Failure.
    """
    facts = entry["follow"]
    encode, limit = compile_payload(entry["parameters"], entry["payload"], facts["into"]), facts["max_pages"]
    read_page = compile_page(entry["returns"], facts)

    def call(arguments: Sequence[Any]) -> list[object]:
        patience, rows, token = Patience(core.host.pause, binding.timeout_ms), [], None
        for _ in range(limit):
            patience.stage = "waiting for the reply"
            patience.check()
            page, token = read_page(core.invoke(binding, encode(arguments, token), patience))
            rows += page
            if token is None:
                return rows
        if facts.get("stops_at_limit"):
            return rows
        what = f"more than {limit} pages: raise max_pages, or let it stop there with on_limit: stop"
        raise Failure("too_large", what)

    return call


def compile_page(returns: Facts, facts: Facts) -> Callable[[Reply], tuple[list[object], str | None]]:
    """Return a function from a reply to its rows and the token of the next page, None behind the last one."""
    need("types")
    take_rows, until = compile_table(returns), facts.get("until")

    def read_page(reply: Reply) -> tuple[list[object], str | None]:
        try:
            document, text = read_document(reply.body)
            rows = take_rows(document, text)
        except Failure as failure:
            failure.reply = reply
            raise
        is_last = until is not None and find(document, until) is True
        if is_last or (not rows and facts.get("until_empty")) or find(document, facts["token"]) in (None, ""):
            return rows, None
        begin, end = locate(text, 0, facts["token"])
        return rows, text[begin:end]

    return read_page


def find(document: Any, path: Path) -> Any:
    """Return the value at `path` of a parsed document, None where nothing is."""
    try:
        return walk(document, path)
    except Unfit:
        return None


#### cache
# Results that are kept for a session

from collections import OrderedDict  # noqa: E402

MAX_KEPT = 65_536


def compile_cached(core: Core, entry: Facts, binding: Binding) -> Call:
    """Return what compile_call returns, but that keeps results for some time, and the newest of them only.

    Equal is what would send the same body for the same caller: a role that changes may see another result.
    """
    facts, now = entry["cache"], time.monotonic
    seconds, most = facts["ttl_ms"] / 1000, facts["max_entries"]
    encode, decode = compile_payload(entry["parameters"], entry["payload"]), compile_returns(entry["returns"])
    kept: OrderedDict[tuple[str, bytes], tuple[float, object]] = OrderedDict()

    def call(arguments: Sequence[Any]) -> object:
        key = core.client_context() if binding.client_context else "", encode(arguments)
        found = kept.get(key)
        if found and now() < found[0]:
            kept.move_to_end(key)
            return found[1]
        reply = core.invoke(binding, key[1], context=key[0])
        try:
            result = decode(reply.body)
        except Failure as failure:
            failure.reply = reply
            raise
        if len(reply.body) <= MAX_KEPT:
            keep(key, result)
        return result

    def keep(key: tuple[str, bytes], result: object) -> None:
        kept[key] = now() + seconds, result
        kept.move_to_end(key)
        if len(kept) > most:
            kept.popitem(last=False)

    return call


#### batch
# Many rows a request, several requests at once

from collections import deque  # noqa: E402


class Batch:
    """The body of a batch function: rows in, one result per row out, in their order.

    A call takes one list per parameter, all of one length; None stands for an empty one. It returns a list with a
    result per row, which is empty where the function returns void. Errors are the database's, as those of `Core`.
    Where one SQL call has more rows than should be in hand at once, it comes in parts: see `part`.
    """

    def __init__(self, core: Core, entry: Facts) -> None:
        self.core, self.facts, self.binding = core, entry["batch"], Binding(entry["binding"])
        self.dry = self.binding.as_dry_run()
        self.lenient = entry.get("null_on_error", False)
        self.names = [parameter["name"] for parameter in entry["parameters"]]
        self.encode = compile_rows(entry["parameters"], entry["payload"])
        self.is_void = entry["returns"]["kind"] == "void"
        self.read = compile_replies(entry["returns"], self.facts)
        self.query: Query | None = None

    def __call__(self, *columns: Sequence[Any] | None) -> list[object]:
        """Return the results of rows that are all in hand."""
        return self.part(0, *columns)

    def part(self, before: int, *columns: Sequence[Any] | None) -> list[object]:
        """Return the results of some of the rows of one SQL call, of which `before` went before.

        What goes on where the last part ended belongs to the same call: rows are counted on, the query id stays, and
        a dry run asks once. There is no iterator over parts, because PL/Python hides what fails inside of one.
        """
        try:
            if not before or self.query is None or self.query.rows != before:
                self.query = Query(self, before)
            return self.query.results(align(self.names, columns))
        except Failure as failure:
            error = self.core.error(self.binding.name, failure)
        raise error


def align(names: Sequence[str], columns: Sequence[Sequence[Any] | None]) -> list[Sequence[Any]]:
    """Return columns of one length; raise Failure `bad_argument` when they have several, or more than one dimension."""
    aligned = [column or () for column in columns]
    count = len(aligned[0])
    for name, column in zip(names, aligned):  # noqa: B905
        if len(column) != count:
            raise Failure("bad_argument", f'argument "{name}": expected {_count(count, "element")}, got {len(column)}')
        if column and type(column[0]) is list:
            raise Failure("bad_argument", f'argument "{name}": must have one dimension')
    return aligned


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


class Query:
    """One SQL call of a batch function: what stays the same from part to part, and how many rows went by."""

    def __init__(self, batch: Batch, rows: int) -> None:
        self.batch, self.core, self.rows = batch, batch.core, rows
        self.asked = False
        # The switch comes before all else, also where there are no rows.
        self.core.is_dry(batch.binding)
        self.core.queries += 1
        self.envelope = address(batch) if batch.facts["wire"] == "redshift" else Envelope()

    def results(self, columns: Sequence[Sequence[Any]]) -> list[object]:
        """Return the results of the next rows."""
        chunk = Chunk(self, columns)
        # boto3 waits for each reply by itself, and a session has no threads.
        width = self.batch.facts["concurrency"] if type(self.core.transport()) is Native else 1
        Flights(self.core.host.pause).take(chunk.begin, width)
        self.rows += len(columns[0])
        return chunk.results()

    def choose(self) -> Binding:
        """Return how the next request is to be sent; raise Failure `disabled` when it is not."""
        return self.batch.dry if self.core.is_dry(self.batch.binding) else self.batch.binding


class Chunk:
    """The rows in hand. `texts` are those to send, encoded; `values` their results as they come.

    `kept` has the places of the rows that are sent, where others are not; `order` the text that stands for each of
    them, where equal rows have one.
    """

    def __init__(self, query: Query, columns: Sequence[Sequence[Any]]) -> None:
        self.query, self.batch, self.count = query, query.batch, len(columns[0])
        self.kept: list[int] | None = None
        self.order: list[int] | None = None
        if self.batch.facts.get("null_on_null"):
            self.kept = [place for place, row in enumerate(zip(*columns)) if None not in row]  # noqa: B905
            columns = [[column[place] for place in self.kept] for column in columns]
        self.texts = self.batch.encode(columns, lambda index: self.row(index))
        if self.batch.facts.get("collapse"):
            seen: dict[bytes, int] = {}
            self.order = [seen.setdefault(text, len(seen)) for text in self.texts]
            self.texts = list(seen)
        self.values: list[object] = [None] * len(self.texts)
        self.packs = deque(pack(self.texts, query.envelope, self.batch.facts))

    def row(self, index: int) -> int:
        """Return the number of the first row that a text stands for, from 1 over the whole SQL call."""
        index = index if self.order is None else self.order.index(index)
        return self.query.rows + 1 + (index if self.kept is None else self.kept[index])

    def begin(self) -> Steps | None:
        """Return the flight of the next pack, or None when there is none; a dry run has one for all."""
        if not self.packs:
            return None
        (start, stop), binding = self.packs.popleft(), self.query.choose()
        if binding.invoke == "dry_run":
            self.packs.clear()
            if self.query.asked:
                return None
            self.query.asked = True
        return self.fly(binding, start, stop)

    def fly(self, binding: Binding, start: int, stop: int) -> Steps:
        """Send a pack and take in its results."""
        try:
            body = self.query.envelope.wrap(self.texts[start:stop])
            reply = yield from invoking(self.query.core, binding, body)
            try:
                self._take_in(binding, reply, start, stop)
            except Failure as failure:
                failure.reply = reply
                raise
        except Failure as failure:
            self._absorb(binding, failure, start, stop)

    def _take_in(self, binding: Binding, reply: Reply, start: int, stop: int) -> None:
        if binding.invoke == "sync":
            self.values[start:stop] = self.batch.read(reply.body, stop - start, lambda index: self.row(start + index))
        else:
            decode_queued(reply.body)

    def _absorb(self, binding: Binding, failure: Failure, start: int, stop: int) -> None:
        """Split a pack that AWS refused for its size, leave its rows NULL, or raise the failure."""
        if failure.code == "too_large" and binding is self.batch.binding:
            if stop - start > 1:
                middle = (start + stop + 1) // 2
                self.packs.extendleft(((middle, stop), (start, middle)))
                return
            failure.what = f"row {self.row(start)}: {failure.what}"
        if not self.batch.lenient or failure.code in NEVER_NULL:
            raise failure

    def results(self) -> list[object]:
        """Return a result per row."""
        if self.batch.is_void:
            return []
        values = self.values if self.order is None else [self.values[index] for index in self.order]
        if self.kept is None:
            return values
        spread_out: list[object] = [None] * self.count
        for place, value in zip(self.kept, values):  # noqa: B905
            spread_out[place] = value
        return spread_out


def compile_rows(
    parameters: Sequence[Facts], payload: Sequence[str | int]
) -> Callable[[Sequence[Sequence[Any]], Callable[[int], int]], list[bytes]]:
    """Return a function from columns to the text of each row; it raises Failure `bad_argument` with the row's number.

    Columns are encoded one after the other, which is faster; what the first failure is, the rows tell.
    """
    encoders = [compile_parameter(parameter) for parameter in parameters]
    template = "".join("%s" if isinstance(piece, int) else piece.replace("%", "%%") for piece in payload)
    order = [piece for piece in payload if isinstance(piece, int)]
    encode_row = compile_payload(parameters, payload)

    def encode(columns: Sequence[Sequence[Any]], number: Callable[[int], int]) -> list[bytes]:
        try:
            texts = [[encoder(value) for value in column] for encoder, column in zip(encoders, columns)]  # noqa: B905
            if not order:
                return [(template % ()).encode()] * len(columns[0])
            rows = zip(*[texts[index] for index in order])  # noqa: B905
            return [(template % row).encode() for row in rows]
        except (Failure, UnicodeEncodeError):
            failure = first_failure(columns, number)
        raise failure

    def first_failure(columns: Sequence[Sequence[Any]], number: Callable[[int], int]) -> Failure:
        for index, row in enumerate(zip(*columns)):  # noqa: B905
            try:
                encode_row(row)
            except Failure as failure:
                return Failure(failure.code, f"row {number(index)}: {failure.what}")
        raise AssertionError("a row failed, but none of them did")

    return encode


class Envelope:
    """What stands around the rows of a request: with `middle` Redshift's object, else an array's brackets.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/udf-creating-a-lambda-sql-udf.html
    """

    def __init__(self, middle: bytes | None = None) -> None:
        self.middle = middle
        self.fixed = len(self.wrap(())) - (0 if middle is None else 1)

    def size(self, rows: int) -> int:
        """Return the bytes around so many rows."""
        return self.fixed if self.middle is None else self.fixed + len(str(rows))

    def wrap(self, rows: Sequence[bytes]) -> bytes:
        """Return the body for rows; Redshift's has an id of its own."""
        inner = b",".join(rows)
        if self.middle is None:
            return b"[%b]" % inner
        return b'{"request_id":"%b",%b%d,"arguments":[%b]}' % (new_id(), self.middle, len(rows), inner)


def new_id() -> bytes:
    """Return a random UUID, version 4: https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-4"""
    # uuid would be one more import, of 3 ms, for one text.
    digits = os.urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) % 4]
    text = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
    return text.encode()


def address(batch: Batch) -> Envelope:
    """Return the envelope of one SQL call in Redshift's form."""
    core, function = batch.core, batch.facts["function"]
    facts = {"cluster": function.partition(".")[0]}
    if batch.facts.get("tells_caller"):
        caller = parse(core.host.context())["custom"]
        facts |= {"user": caller["session_user"], "database": caller["database"]}
    shown = ",".join(f'"{name}":{_quote(text)}' for name, text in {**facts, "external_function": function}.items())
    return Envelope(f'{shown},"query_id":{core.queries},"num_records":'.encode())


def pack(texts: Sequence[bytes], envelope: Envelope, facts: Facts) -> Iterator[tuple[int, int]]:
    """Yield where each pack begins and ends: as many texts as rows and bytes allow, and one at least."""
    most_rows, most_bytes, start, size = facts["max_rows"], facts["max_bytes"], 0, -1
    for index, text in enumerate(texts):
        size += len(text) + 1
        count = index - start + 1
        if count > most_rows or (count > 1 and size + envelope.size(count) > most_bytes):
            yield start, index
            start, size = index, len(text)
    if texts:
        yield start, len(texts)


# What comes back


def compile_replies(returns: Facts, facts: Facts) -> Callable[[bytes, int, Callable[[int], int]], list[object]]:
    """Return a function from a reply's body, the number of rows sent and what numbers them to the results.

    It raises Failure.
    """
    if returns["kind"] == "void":
        return lambda body, count, number: decode_void_batch(body, facts["wire"])
    find_results = find_redshift if facts["wire"] == "redshift" else find_list
    take, lenient = compile_row_result(returns), facts.get("null_on_row_error", False)

    def read(body: bytes, count: int, number: Callable[[int], int]) -> list[object]:
        document, text = unwrap(body)
        results, path = find_results(document, count)
        if len(results) != count:
            raise Failure("bad_response", f"expected {_count(count, 'result')}, got {len(results)}")
        is_json = returns["type"] == "json"
        starts = (at for _, at in _parts(text, locate(text, 0, path)[0])) if is_json else iter([0] * count)
        values: list[object] = []
        for index, (result, at) in enumerate(zip(results, starts)):  # noqa: B905
            try:
                values.append(take(result, text, at))
            except Failure as failure:
                if not lenient:
                    failure.what = f"row {number(index)}: {failure.what}"
                    raise
                values.append(None)
        return values

    return read


def compile_row_result(returns: Facts) -> Take:
    """Return a function that takes the result of one row, as compile_result's does; it raises Failure."""
    take, path = compile_result(returns), tuple(returns["path"])

    def take_row(result: Any, text: str, at: int) -> object:
        if type(result) is dict and type(result.get("errorMessage")) is str:
            raise Failure("function_error", row_error(result))
        try:
            return take(result, text, at)
        except Unfit as unfit:
            failure = unfit_result(path, unfit)
        raise failure

    return take_row


def unwrap(body: bytes) -> tuple[Any, str]:
    """Return a reply as a parsed document and as text; of a string, the document in it: handlers return json.dumps."""
    document, text = read_document(body)
    if type(document) is not str:
        return document, text
    try:
        if not is_unicode(document):
            raise Unfit(NO_JSON)
        return parse(document), document
    except Unfit as unfit:
        failure = Failure("bad_response", f"the text of the reply {unfit}")
    raise failure


def find_redshift(document: Any, count: int) -> tuple[list[Any], Path]:
    """Return the results in Redshift's form of a reply, and where they stand; raise Failure."""
    if type(document) is not dict:
        raise unfit_result((), Unfit("must be an object"))
    check_success(document)
    if "num_records" in document and not _is_count(document["num_records"], count):
        raise unfit_result(("num_records",), Unfit(f"must be {count}"))
    if "results" not in document:
        raise unfit_result(("results",), Unfit("is missing"))
    if type(document["results"]) is not list:
        raise unfit_result(("results",), Unfit("must be an array"))
    return document["results"], ("results",)


def find_list(document: Any, count: int) -> tuple[list[Any], Path]:
    """Return the results where the reply is nothing else; raise Failure."""
    if type(document) is not list:
        raise unfit_result((), Unfit("must be an array"))
    return document, ()


def check_success(document: Facts) -> None:
    """Raise Failure `function_error` where a reply in Redshift's form says that the batch failed."""
    if document.get("success", True) is not True:
        need("failures")
        raise Failure("function_error", clean(document.get("error_msg")) or "the batch failed")


def _is_count(value: Any, count: int) -> bool:
    try:
        return bool(FIT["bigint"]({"type": "bigint"})(value) == count)
    except Unfit:
        return False


def row_error(result: Facts) -> str:
    """Return what a result in AWS's form of an error says."""
    need("failures")
    said = (clean(result.get(name)) for name in ("errorType", "errorMessage"))
    return ": ".join(text for text in said if text) or "the row failed"


def decode_void_batch(body: bytes, wire: str) -> list[object]:
    """Read a reply whose results nobody wants: JSON of any kind, which may say that the batch failed."""
    document, _ = read_document(body)
    if type(document) is str:
        try:
            document = parse(document)
        except Unfit:
            return []
    if wire == "redshift" and type(document) is dict:
        check_success(document)
    return []


# Several requests at once, in one thread


class Flights:
    """Several requests under way: each is a generator that yields what it waits for, and is sent whether it came."""

    def __init__(self, pause: Callable[[], None]) -> None:
        self.pause, self.paused = pause, time.monotonic()
        self.poll = select.poll()
        self.aloft: dict[Steps, Wait] = {}
        self.by_descriptor: dict[int, Steps] = {}

    def take(self, begin: Callable[[], Steps | None], width: int) -> None:
        """Take what `begin` gives, at most `width` of them at once, until there is no more.

        What one of them raises, or `pause`, ends the others: their connections are closed.
        """
        try:
            while True:
                while len(self.aloft) < width and (flight := begin()):
                    self._step(flight, None)
                if not self.aloft:
                    return
                self._wait()
        finally:
            for flight in self.aloft:
                flight.close()

    def _step(self, flight: Steps, ready: bool | None) -> None:
        """Let a flight go on until it waits again, or is over."""
        wait = self.aloft.pop(flight, None)
        if wait and wait[0] >= 0:
            self.poll.unregister(wait[0])
        try:
            wait = flight.send(ready)  # type: ignore[arg-type]
        except StopIteration:
            return
        self.aloft[flight] = wait
        if wait[0] >= 0:
            self.poll.register(wait[0], wait[1])
            self.by_descriptor[wait[0]] = flight

    def _wait(self) -> None:
        """Wait for a slice at most, and let those go on whose socket is ready or whose time is over."""
        left = min(at for _, _, at in self.aloft.values()) - time.monotonic()
        for descriptor, _ in self.poll.poll(1000 * max(0.001, min(SLICE, left))):
            self._step(self.by_descriptor[descriptor], True)
        now = time.monotonic()
        for flight in [flight for flight, wait in self.aloft.items() if wait[2] <= now]:
            self._step(flight, False)
        if now - self.paused >= SLICE:
            self.paused = now
            self.pause()


def invoking(core: Core, binding: Binding, body: bytes) -> Generator[Wait, bool, Reply]:
    """Take the steps of Core.invoke."""
    check_size(binding, body)
    patience = Patience(core.host.pause, binding.timeout_ms)
    context, attempt = core.client_context() if binding.client_context else "", 0
    while True:
        try:
            return core.accept(binding, (yield from posting(core.transport(), binding, body, context, patience)))
        except Failure as failure:
            wait = core.plan_retry(binding, failure, attempt, patience)
        attempt += 1
        patience.stage = "waiting to retry"
        yield -1, 0, time.monotonic() + wait
        patience.stage = "waiting for the reply"


def posting(
    transport: Native | Boto3, binding: Binding, body: bytes, context: str, patience: Patience
) -> Generator[Wait, bool, Reply]:
    """Take the steps of sending one POST, on a connection that nobody uses; boto3 knows no steps."""
    if type(transport) is not Native:
        return transport.post(binding, body, context, patience)
    message = transport.message(binding, body, context, patience)
    connection = transport.idle.pop() if transport.idle else transport.connection.sibling()
    try:
        return (yield from exchanging(connection, message, patience, binding.connect_ms))
    finally:
        transport.idle.append(connection)


def exchanging(
    connection: Connection, message: bytes, patience: Patience, connect_ms: float
) -> Generator[Wait, bool, Reply]:
    """Take the steps of Connection.exchange."""
    try:
        if connection.sock is None or not connection.is_alive():
            yield from connection.opening(patience, connect_ms)
        whole = yield from sending(connection, message, patience)
        reply = yield from reading(connection, patience)
        if not (whole and reply.keep):
            connection.close()
    except BaseException:
        connection.close()
        raise
    connection.used = time.monotonic()
    return reply


def sending(connection: Connection, message: bytes, patience: Patience) -> Generator[Wait, bool, bool]:
    """Take the steps of Connection.send."""
    rest = memoryview(message)
    while rest:
        try:
            rest = rest[connection.sock.send(rest) :]
        except connection.waits:
            yield from patience.ready(connection.sock, select.POLLOUT)
        except OSError:
            return False
        if rest:
            patience.check()
    return True


def reading(connection: Connection, patience: Patience) -> Generator[Wait, bool, Reply]:
    """Take the steps of reading a reply: the short way when its shape is known, else by the rules."""
    try:
        data = yield from connection.receiving(patience)
    except Cut:
        raise nothing_came("reset") from None
    if not data:
        raise nothing_came("closed")
    known = connection.read_known(data)
    if known:
        return known
    patience.stage = "reading the reply"
    try:
        reply: Reply = yield from connection.taking(reading_reply(data), patience)
    except (Framing, Cut) as error:
        raise broken(error) from None
    connection.learn(reply)
    return reply


#### names
# Drop-in names: an argument says which of the spec's Lambda functions is called


def unreached(name: object) -> Failure:
    """Return the failure of a name that is no spelling of a binding's Lambda function."""
    need("failures")
    return Failure("not_found", f'"{clean(name)[:200]}" is not a Lambda function that this database may call')


def spread(reached: Sequence[Facts]) -> Facts:
    """Return bindings by their spellings."""
    return {spelling: each["binding"] for each in reached for spelling in each["spellings"]}


def compile_choices(core: Core, entry: Facts) -> Callable[..., object]:
    """Return a drop-in name's body: a function of all its arguments, from an entry of udfgen's `describe_compat`."""
    choices, callers = entry["choices"], {}
    rest = {key: value for key, value in entry.items() if key != "choices"}

    def call(spelling: str | None, *arguments: Any) -> object:
        if spelling in choices:
            if spelling not in callers:
                callers[spelling] = core.function({**rest, "binding": choices[spelling]})
            return callers[spelling](spelling, *arguments)
        if spelling is None:
            raise core.error(entry["name"], Failure("bad_argument", 'argument "fn_name": must not be null'))
        raise core.error(entry["name"], unreached(spelling))

    return call


# The invocation types of aws_lambda.invoke, and the bindings that each may reach.
WAYS = {"RequestResponse": ("sync",), "Event": ("async",), "DryRun": ("sync", "async")}
LOG_TYPES = ("None", "Tail")


class Invoker:
    """The body of aws_lambda.invoke, over the bindings of one spec. NULL stands for a default, as there.

    Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL-Lambda-functions.html
    """

    def __init__(self, core: Core, entry: Facts) -> None:
        self.core, self.name = core, entry["name"]
        # An unqualified spelling may mean one binding that waits and one that does not.
        self.choices = {
            way: spread([each for each in entry["reached"] if each["binding"]["invoke"] == way])
            for way in WAYS["DryRun"]
        }
        self.encode = compile_payload([{"name": "payload", "type": "json"}], [0])
        self.bindings: dict[tuple[str, str, str], Binding] = {}

    def __call__(
        self,
        function: str | None,
        payload: str | None,
        region: str | None,
        invocation: str | None,
        log: str | None,
        context: str | None,
        qualifier: str | None,
    ) -> object:
        """Return status code, payload, executed version and log, as PL/Python takes a row."""
        owner, invocation, log = self.name, invocation or "RequestResponse", log or "None"
        try:
            for name, value, allowed in (("invocation_type", invocation, WAYS), ("log_type", log, LOG_TYPES)):
                if value not in allowed:
                    raise Failure("bad_argument", f'argument "{name}": must be one of: {", ".join(allowed)}')
            facts = self._choose(function, region, WAYS[invocation], qualifier)
            owner = facts["name"]
            binding = self._binding(facts, invocation, log)
            if self.core.is_dry(binding):
                binding = self._binding(facts, "DryRun", "None")
            body = self.encode((payload,))
            reply = self.core.invoke(binding, body, context=self._context(binding, context))
            return self._row(binding, reply, log)
        except Failure as failure:
            error = self.core.error(owner, failure)
        raise error

    def _choose(self, function: str | None, region: str | None, ways: Sequence[str], qualifier: str | None) -> Facts:
        """Return the binding that is meant; raise Failure `not_found` when it is none, or when they do not agree."""
        if function is None:
            raise Failure("bad_argument", 'argument "function_name": must not be null')
        spellings = (function,) if qualifier is None else (f"{function}:{qualifier}", function)
        found = (self.choices[way].get(spelling) for way in ways for spelling in spellings)
        for facts in found if region in (None, self.core.config["region"]) else ():
            if facts and qualifier in (None, facts.get("qualifier", "$LATEST")):
                return facts  # type: ignore[no-any-return]
        raise unreached(function)

    def _binding(self, facts: Facts, invocation: str, log: str) -> Binding:
        """Return the binding as it is to be called; the log is shown as the spec says, returned or not."""
        key = (facts["name"], invocation, log)
        if key not in self.bindings:
            binding = Binding({**facts, "log_tail": log == "Tail" or facts.get("log_tail", False)})
            binding.shows_log = binding.log_tail and facts.get("log_tail", False)
            self.bindings[key] = binding.as_dry_run() if invocation == "DryRun" else binding
        return self.bindings[key]

    def _context(self, binding: Binding, context: str | None) -> str:
        """Return the client context in base64: what is given, and over it what the binding says of its caller.

        So nobody can pass for another one.
        """
        if context is None:
            return ""
        import json

        try:
            given = json.loads(context)
            custom = {**given.get("custom", {})}
        except (ValueError, RecursionError, AttributeError, TypeError):
            raise Failure("bad_argument", 'argument "context": must be a client context: a JSON object') from None
        if binding.client_context:
            custom.update(json.loads(self.core.host.context())["custom"])
        text = json.dumps({**given, "custom": custom} if custom else given)
        encoded = binascii.b2a_base64(text.encode(), newline=False).decode()
        if len(encoded) > MAX_CONTEXT:
            raise Failure("bad_argument", f'argument "context": must have at most {MAX_CONTEXT} bytes in base64')
        return encoded

    def _row(self, binding: Binding, reply: Reply, log: str) -> object:
        headers = reply.headers
        try:
            text = self._payload(binding, reply.body)
        except Failure as failure:
            failure.reply = reply
            raise
        tail = headers.get("x-amz-log-result") if log == "Tail" else None
        return reply.status, text, headers.get("x-amz-executed-version"), tail

    @staticmethod
    def _payload(binding: Binding, body: bytes) -> str | None:
        if binding.invoke != "sync":
            decode_queued(body)
            return None
        document, text = read_document(body)
        return None if document is None else text.strip(BLANK)


#### network
# Names, proxies and TLS


def look_up_name(host: str, port: int, patience: Patience) -> list[Any]:
    """Return the addresses of a name, as getaddrinfo gives them; raise Failure `unavailable` or the deadline's.

    getaddrinfo cannot be interrupted: a thread waits for it, and this one for that thread, or for a cancel.
    """
    import _thread
    import signal

    found: list[Any] = []
    done = _thread.allocate_lock()
    done.acquire()

    def look() -> None:
        try:
            found.extend(_socket.getaddrinfo(host, port, 0, _socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            found.clear()
        finally:
            done.release()

    # PostgreSQL's signal handlers must run in the main thread only, and a new thread inherits the mask.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        _thread.start_new_thread(look, ())
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    while not done.acquire(timeout=patience.slice()):
        patience.check()
    if not found:
        raise Failure("unavailable", f"cannot resolve the host {host}", retry=True)
    return found


def open_tunnel(connection: Connection, patience: Patience) -> Steps:
    """Ask the proxy for a tunnel: https://www.rfc-editor.org/rfc/rfc9110#name-connect"""
    url = connection.url
    name = f"[{url.host}]:{url.port}" if ":" in url.host else f"{url.host}:{url.port}"
    connection.send(f"CONNECT {name} HTTP/1.1\r\nHost: {name}\r\n\r\n".encode(), patience)
    try:
        # In TLS the server does not speak first: nothing can follow the blank line.
        head = yield from connection.taking(Reader().until(b"\r\n\r\n"), patience)
        status = parse_head(head)[1]
    except (Framing, Cut):
        raise Failure("unavailable", "the proxy did not answer", retry=True) from None
    if not 200 <= status < 300:
        raise Failure("unavailable", f"the proxy answered HTTP {status}", retry=status >= 500)


def agree_tls(connection: Connection, patience: Patience) -> Steps:
    """Agree on TLS 1.2 or later, and check the certificate and the host name."""
    import ssl

    if not connection.tls:
        connection.tls.append(_tls_context(connection.ca_file))
    connection.waits = (ssl.SSLWantReadError, ssl.SSLWantWriteError)
    connection.sock = connection.tls[0].wrap_socket(
        connection.sock,
        server_hostname=connection.url.host,
        do_handshake_on_connect=False,
        suppress_ragged_eofs=False,
    )
    while True:
        try:
            connection.sock.do_handshake()
            return
        except ssl.SSLWantReadError:
            yield from patience.ready(connection.sock, select.POLLIN)
        except ssl.SSLWantWriteError:
            yield from patience.ready(connection.sock, select.POLLOUT)
        except ssl.SSLCertVerificationError as error:
            raise Failure("unavailable", f"TLS: {error.verify_message}") from None
        except OSError as error:
            what = getattr(error, "reason", "") or error.strerror or "the connection was closed"
            raise Failure("unavailable", f"TLS: {what}", retry=True) from None
        patience.check()


def _tls_context(ca_file: str | None) -> Any:
    """Return what TLS needs to know of certificates and versions."""
    import ssl

    file = ca_file or os.environ.get("AWS_CA_BUNDLE") or None
    try:
        context = ssl.create_default_context(cafile=file)
    except OSError:
        raise Failure("unavailable", f"TLS: cannot read the certificates in {file}") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # A stream that ends without TLS's own end may have been cut by anybody: it must not look like the end.
    context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    context.options |= ssl.OP_NO_RENEGOTIATION
    return context


#### metadata
# Where credentials come from, but for the environment

import re  # noqa: E402, F811

METADATA_HOSTS = "localhost|::1|127([.][0-9]+){3}|169[.]254[.]170[.](2|23)|fd00:ec2::23"
# What Python reads as a moment differs from version to version.
MOMENT = "[0-9]{4}(-[0-9]{2}){2}T([01][0-9]|2[0-3])(:[0-9]{2}){2}"


def to_seconds(text: str) -> float:
    """Return the Unix time of `2026-01-02T03:04:05Z`, whatever follows the seconds: AWS writes UTC.

    Raises Failure when it is something else.
    """
    import datetime

    begin = re.match(MOMENT, text)
    try:
        return datetime.datetime.fromisoformat(f"{begin[0] if begin else 'none'}+00:00").timestamp()
    except ValueError:
        raise Failure("not_authorized", "they have no valid expiry") from None


def _fetch(url: str, patience: Patience, seconds: float, method: str = "GET", **headers: str) -> Reply:
    """Return the reply of a metadata service, asked without a proxy and within `seconds`.

    Raises Failure `not_authorized` when it does not answer, and what `pause` raises.
    """
    place = Url(url)
    late = Failure("not_authorized", f"{place.authority} does not answer")
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
    message = f"{method} {place.path or '/'} HTTP/1.1\r\nHost: {place.authority}\r\n{lines}Content-Length: 0\r\n\r\n"
    connection = Connection(place)
    try:
        return connection.exchange(message.encode(), patience.narrow(seconds * 1000, lambda: late), seconds * 1000)
    except Failure as failure:
        raise (failure if failure.code == "timeout" else late) from None
    finally:
        connection.close()


def _read_keys(source: str, reply: Reply) -> Credentials:
    """Return the credentials in a metadata service's reply, which may be an error with status 200."""
    wanted = ("AccessKeyId", "SecretAccessKey", "Token", "Expiration")
    key, secret, token, expiry = map(read_object(reply).get, wanted)
    if reply.status == 200 and all(type(text) is str and text for text in (key, secret, token, expiry)):
        return Credentials(source, str(key), str(secret), str(token), to_seconds(str(expiry)))
    raise Failure("not_authorized", f"{source} answered HTTP {reply.status} without credentials")


def from_container(patience: Patience) -> Credentials | None:
    """Return the credentials of the container (ECS, EKS Pod Identity), or None when its variables are not set.

    Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
    """
    relative = os.environ.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
    # The agent's address would go on with anything else, and be that of another host.
    if relative and not relative.startswith("/"):
        raise Failure("not_authorized", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with a slash")
    address = f"http://169.254.170.2{relative}" if relative else os.environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    if not address:
        return None
    place = Url(address)
    # Over plain http the token may only go to this machine or to the agents' own addresses.
    if place.scheme == "http" and not re.fullmatch(METADATA_HOSTS, place.host):
        raise Failure("not_authorized", "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or a host that AWS names")
    return _read_keys("container", _fetch(address, patience, 2, Authorization=_container_token()))


def _container_token() -> str:
    """Return the token for the container's credentials; the file counts before the variable."""
    token, path = os.environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", ""), "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
    if os.environ.get(path):
        try:
            with open(os.environ[path], encoding="utf-8") as file:
                token = file.read()
        except (OSError, UnicodeDecodeError):
            raise Failure("not_authorized", f"cannot read the file in {path}") from None
    if token and not (token.isascii() and token.isprintable()):
        raise Failure("not_authorized", "the container's authorization token holds a line break")
    return token


def from_imds(patience: Patience) -> Credentials | None:
    """Return the credentials of the EC2 instance by IMDSv2, or None when that is switched off.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
    """
    get = os.environ.get
    if get("AWS_EC2_METADATA_DISABLED", "").lower() == "true":
        return None
    six = get("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "").lower() == "ipv6"
    base = get("AWS_EC2_METADATA_SERVICE_ENDPOINT") or f"http://{'[fd00:ec2::254]' if six else '169.254.169.254'}"
    seconds = _positive(get("AWS_METADATA_SERVICE_TIMEOUT"))
    attempts = int(_positive(get("AWS_METADATA_SERVICE_NUM_ATTEMPTS")))
    while True:
        try:
            return _ask_imds(base.rstrip("/"), patience, seconds)
        except Failure as failure:
            attempts -= 1
            if failure.code != "not_authorized" or attempts <= 0:
                raise


def _ask_imds(base: str, patience: Patience, seconds: float) -> Credentials:
    ttl = {"X-aws-ec2-metadata-token-ttl-seconds": "21600"}
    token = _fetch(f"{base}/latest/api/token", patience, seconds, "PUT", **ttl)
    text = token.body.decode("latin-1")
    if token.status != 200 or not re.fullmatch("[!-~]+", text):
        raise Failure("not_authorized", f"imds answered HTTP {token.status} without a token")
    key, roles = {"X-aws-ec2-metadata-token": text}, f"{base}/latest/meta-data/iam/security-credentials/"
    listed = _fetch(roles, patience, seconds, **key)
    names = listed.body.decode("latin-1").split()
    if listed.status != 200 or not names or not re.fullmatch("[A-Za-z0-9+=,.@_-]+", names[0]):
        raise Failure("not_authorized", "the instance has no role")
    return _read_keys("imds", _fetch(roles + names[0], patience, seconds, **key))


def _positive(text: str | None) -> float:
    """Return a number from the environment that is at least 1, or 1."""
    return max(1.0, float(text)) if text and re.fullmatch("[0-9]{1,4}([.][0-9]+)?", text) else 1.0


def has_profile() -> bool:
    """Tell whether the server's account has a profile or a web identity, which a chain must not pass over."""
    get = os.environ.get
    if get("AWS_WEB_IDENTITY_TOKEN_FILE") or get("AWS_PROFILE") or get("AWS_DEFAULT_PROFILE"):
        return True
    files = (get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials", get("AWS_CONFIG_FILE") or "~/.aws/config")
    return any(os.path.isfile(os.path.expanduser(path)) for path in files)


def from_profile(facts: Facts) -> Credentials | None:
    """Return the credentials of a profile or of a web identity, by botocore, or None when its files hold none.

    botocore is imported only here: it costs each session 165 ms and 28 MB. It waits for STS on its own, in a way
    that a cancel does not end.
    """
    try:
        import botocore.session  # type: ignore[import-untyped]
        from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]
    except ImportError:
        advice = "profiles need botocore: install python3-boto3, or name another source"
        raise Failure("not_authorized", advice) from None
    try:
        session = botocore.session.Session(profile=facts.get("profile"))
        for name, variable in (("file", "credentials_file"), ("config_file", "config_file")):
            if name in facts:
                session.set_config_variable(variable, facts[name])
        resolver = session.get_component("credential_provider")
        # These have providers of their own here, which listen for a cancel.
        for provider in ("env", "container-role", "iam-role"):
            resolver.remove(provider)
        found = resolver.load_credentials()
        keys = found.get_frozen_credentials() if found else None
    except (BotoCoreError, ClientError) as error:
        raise Failure("not_authorized", f"botocore: {type(error).__name__}") from None
    expiry = getattr(found, "_expiry_time", None)
    if keys is None:
        return None
    return Credentials("profile", keys.access_key, keys.secret_key, keys.token or "", expiry and expiry.timestamp())


#### sdk
# The transport that leaves the wire to the AWS SDK


class Boto3:
    """The conservative transport: boto3's own client, without its retries. A cancel waits for the reply."""

    def __init__(self, config: Facts, url: Url, keeper: Keeper) -> None:
        self.config, self.url, self.keeper = config, url, keeper
        self.held: Credentials | None = None
        self.clients: dict[tuple[int, int], Any] = {}

    def _client(self, binding: Binding, keys: Credentials) -> Any:
        """Return the client for a binding's timeouts, made anew when the credentials changed."""
        if keys is not self.held:
            self.clients.clear()
            self.held = keys
        times = (binding.connect_ms, binding.timeout_ms)
        if times not in self.clients:
            self.clients[times] = self._make_client(*times, keys)
        return self.clients[times]

    def _make_client(self, connect_ms: int, timeout_ms: int, keys: Credentials) -> Any:
        import boto3  # type: ignore[import-untyped]
        from botocore.config import Config  # type: ignore[import-untyped]

        proxy = self.config.get("proxy")
        settings = Config(
            connect_timeout=connect_ms / 1000,
            read_timeout=timeout_ms / 1000,
            # By default a slow reply makes boto3 invoke the function up to five times.
            retries={"total_max_attempts": 1},
            proxies={"http": proxy, "https": proxy} if proxy else {},
        )
        return boto3.session.Session().client(
            "lambda",
            region_name=self.config["region"],
            endpoint_url=self.url.text,
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret_key,
            aws_session_token=keys.token or None,
            verify=self.config.get("ca_file") or os.environ.get("AWS_CA_BUNDLE") or None,
            config=settings,
        )

    def post(self, binding: Binding, body: bytes, context: str, patience: Patience) -> Reply:
        """Send one POST and return its reply."""
        keys = self.keeper.current(patience)
        try:
            from botocore import exceptions

            client = self._client(binding, keys)
        except ImportError:
            raise Failure("unavailable", "transport boto3 needs the package python3-boto3: install it") from None
        patience.check()
        try:
            return self._read(client.invoke(**self._request(binding, body, context)))
        except exceptions.ClientError as error:
            return self._refusal(error.response)
        except exceptions.ReadTimeoutError:
            raise patience.late() from None
        except (exceptions.IncompleteReadError, exceptions.ResponseStreamingError):
            raise Failure("bad_response", "the reply was cut", retry=True) from None
        except exceptions.SSLError:
            raise Failure("unavailable", "TLS: the certificate or the handshake was refused") from None
        except exceptions.BotoCoreError as error:
            raise Failure("unavailable", f"the connection failed: {type(error).__name__}", retry=True) from None

    @staticmethod
    def _request(binding: Binding, body: bytes, context: str) -> Facts:
        """Return the parameters of boto3's invoke; the empty ones are left out."""
        named = {
            "Qualifier": binding.qualifier,
            "InvocationType": INVOCATION_TYPES.get(binding.invoke),
            "ClientContext": context,
            "LogType": "Tail" if binding.log_tail else None,
        }
        return {"FunctionName": binding.target, "Payload": body} | {key: value for key, value in named.items() if value}

    @staticmethod
    def _read(answer: Facts) -> Reply:
        headers = {name.lower(): value for name, value in answer["ResponseMetadata"]["HTTPHeaders"].items()}
        body = answer["Payload"].read()
        # boto3 takes a body that was cut for a whole one.
        if headers.get("content-length", str(len(body))) != str(len(body)):
            raise Failure("bad_response", "the reply was cut", retry=True)
        return Reply(answer["StatusCode"], b"", body, headers)

    @staticmethod
    def _refusal(response: Facts) -> Reply:
        """Return the reply that botocore made an exception of; what it found in the body stands for the body."""
        about, error = response["ResponseMetadata"], response.get("Error", {})
        headers = {name.lower(): value for name, value in about.get("HTTPHeaders", {}).items()}
        code, message = error.get("Code") or "", error.get("Message") or response.get("message") or ""
        # Where AWS said nothing, botocore puts the status and its standard phrase.
        body = (
            "" if code == str(about["HTTPStatusCode"]) else f'{{"__type":{_quote(code)},"message":{_quote(message)}}}'
        )
        return Reply(about["HTTPStatusCode"], b"", body.encode(), headers)
