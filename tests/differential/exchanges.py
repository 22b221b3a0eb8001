"""Random HTTP replies, and what the cores make of a call that gets one: result or error, and whether it is retried."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from unittest.mock import patch

from tests.differential.four import Case, Said, agree
from tests.differential.source import Source
from tests.native.calls_support import JSON_RESULT, KEYS
from tests.native.cores import CPP, CSHARP, JAVA, Core, Runner
from tests.native.test_core_http_fuzz import broken_replies, replies
from tests.unit.core_support import Answer, CoreError, Request, Server, core, entry, make_core

VOID = {"kind": "void"}

# --- replies ---------------------------------------------------------------------------------------------------

STATUSES = (200, 202, 204, 400, 403, 404, 409, 413, 415, 429, 500, 502, 503, 504, 201, 304, 302, 401, 418, 599, 999)
ID, SECRET = KEYS["AWS_ACCESS_KEY_ID"], KEYS["AWS_SECRET_ACCESS_KEY"]
IDS = ("8a2f1c3e-5b7d-4f60-9c1e-2d3a4b5c6d7e", "", "a b", "x" * 600, "[udfgen x]", ID, "\u00e9\u0085")
KINDS = (
    *("TooManyRequestsException", "ExpiredTokenException", "ExpiredToken", "RequestExpired"),
    *("User", "Service", "ResourceNotFoundException", "ResourceConflictException", "KMSDisabledException"),
    *("x" * 600, "\u00e9"),
    *("a#b:c", "InvalidSignatureException:http://internal", "com.amazon#Refused", ":", "#", "", " "),
)
SAID = (
    *("what AWS says", "", " ", "a\n\tb\u0000c", "\u202e\u2066x\u0085\u009f\u2028", "[udfgen x] [UDFGEN", "x" * 499),
    *("y" * 501, "\U0001f600" * 300, "e\u0301" * 260, " " * 4100 + "late", "\ud83d", "a\ud800\udc00b\udc00"),
    *("See: The Canonical String for x", SECRET, f"k {ID}.", "z" * 3990 + SECRET, "\u00a0a\u3000"),
)
OTHERS: tuple[Any, ...] = (None, 1, True, [], {}, ["message"], {"message": "x"})
MEMBERS = ("message", "Message", "__type", "Type", "errorType", "errorMessage", "trace")
RESULTS = (
    *(b"{}", b'{"score":87.5}', b"null", b"", b" [1]\n", b"<html>"),
    *(b'{"a":1}x', b"\xff", b"\xef\xbb\xbf1", b'"\\ud800"'),
)
HEADERS = (
    ("x-amzn-ErrorType", KINDS),
    ("X-Amz-Function-Error", ("Unhandled", "Handled", "")),
    ("Retry-After", ("0", "99", "x", "-1", "", " 0 ", "0.5x")),
)


def exchange(source: Source) -> Case:
    """Make a call and the bytes that come back; `keeps` tells whether the server leaves the connection open."""
    invoke = source.pick(("sync", "sync", "async", "dry_run"))
    returns = JSON_RESULT if invoke == "sync" and source.upto(1) == 0 else VOID
    if source.once_in(3):
        raw = source.draw(REPLIES)
        return {"invoke": invoke, "returns": returns, "raw_hex": raw.hex(), "keeps": False, "is_odd": True}
    raw, keeps = _aws(source)
    return {"invoke": invoke, "returns": returns, "raw_hex": raw.hex(), "keeps": keeps}


REPLIES = replies() | broken_replies()


def _aws(source: Source) -> tuple[bytes, bool]:
    """Make a reply as AWS gives it, or almost, and tell whether its end is known without the connection's."""
    status, content = source.pick(STATUSES), _content(source)
    lines = [f"HTTP/1.1 {status} Said", *_headers(source)]
    way = source.upto(5)
    if status in (204, 304):
        content = b""
    elif way < 4:
        lines.append(f"Content-Length: {len(content)}")
    elif way == 4:
        lines.append("Transfer-Encoding: chunked")
        content = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (content[:3], content[3:]) if part)
        content += b"0\r\n\r\n"
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + content, way < 5 or status in (204, 304)


def _headers(source: Source) -> list[str]:
    found = [f"x-amzn-RequestId: {source.pick(IDS)}"] if source.upto(3) else []
    for name, texts in HEADERS:
        if source.once_in(3):
            written = source.pick((name, name.lower(), name.upper()))
            found.append(f"{written}:{source.pick((' ', '', '  '))}{source.pick(texts)}")
    return found


def _content(source: Source) -> bytes:
    """Make the body: what an error says of itself, or a result, or neither."""
    if source.upto(2) == 2:
        return source.pick(RESULTS)
    found: dict[str, Any] = {}
    for name in MEMBERS:
        if source.upto(1):
            texts: tuple[Any, ...] = KINDS if name.lower().endswith("type") else SAID
            found[name] = OTHERS[source.upto(len(OTHERS) - 1)] if source.once_in(8) else source.pick(texts)
    return json.dumps(found, ensure_ascii=source.upto(1) == 0).encode("utf-8", "surrogatepass")


# --- calls -----------------------------------------------------------------------------------------------------

Call = Callable[[str, Case, dict[str, Any]], Said]
C = TypeVar("C", bound="Callers")


def answer(case: Case) -> Answer:
    """Return what a server does with each request of a case."""
    raw = bytes.fromhex(case["raw_hex"])
    # A client that waits to retry must not find a kept connection that is about to close.
    said = raw if case["keeps"] else raw.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)

    def reply(request: Request, connection: socket.socket) -> bytes | None:
        if case["keeps"]:
            return raw
        connection.sendall(said)
        return None

    return reply


def by_process(_: Core, process: Runner) -> Call:
    """Return a way to call by a process that runs a core."""

    def call(url: str, case: Case, facts: dict[str, Any]) -> Said:
        found = process.call(url, invoke=case["invoke"], returns=case["returns"], **facts)
        return {name: found[name] for name in ("result", "code", "text") if name in found}

    return call


def by_python(url: str, case: Case, facts: dict[str, Any]) -> Said:
    """Call by PostgreSQL's core in this process."""
    call = make_core(endpoint=url).function(entry(case["returns"], invoke=case["invoke"], **facts))
    try:
        return {"result": call(42)}
    except CoreError as error:
        return {"code": error.code, "text": error.text}


PROCESSES: dict[str, Core] = {"mysql": CPP, "oracle": JAVA, "sqlserver": CSHARP}


class Callers:
    """The cores side by side, each to call a server of its own."""

    def __init__(self, python: Any, process: Callable[[Core, Runner], Any]) -> None:
        self.python, self.process = python, process
        self.cases = self.refused = 0

    def __enter__(self: C) -> C:
        with ExitStack() as stack:
            kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
            home = stack.enter_context(TemporaryDirectory(prefix="udfgen-home-"))
            stack.enter_context(patch.dict(os.environ, kept | KEYS | {"HOME": home}, clear=True))
            stack.enter_context(patch.object(core, "_backoff", lambda attempt: 0.0))
            self.calls = {"postgresql": self.python}
            for name, each in PROCESSES.items():
                running = each.start()
                stack.enter_context(running)
                self.calls[name] = self.process(each, running)
            self.pool = stack.enter_context(ThreadPoolExecutor(len(self.calls)))
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        self.stack.__exit__(*error)

    def heard(self, outcome: Callable[[Any, Case], Said], case: Case) -> dict[str, Said]:
        """Return what each core makes of a case, all at once."""
        self.cases += 1
        said = self.pool.map(lambda call: outcome(call, case), self.calls.values())
        return dict(zip(self.calls, said, strict=True))


class Exchanges(Callers):
    """The cores side by side, each with servers that answer by bytes."""

    def __init__(self) -> None:
        super().__init__(by_python, by_process)
        self.retried = 0

    def check(self, case: Case) -> None:
        """Raise AssertionError when the cores do not agree on result or error, or on whether to send again."""
        said = self.heard(outcomes, case)
        first = said["postgresql"]
        self.refused += "code" in first["once"]
        self.retried += first["requests"][1] > 1
        agree(case, {name: each for name, each in said.items() if name != "mysql" or not is_libcurls(case)}, settle)


def is_libcurls(case: Case) -> bool:
    """Tell whether libcurl decides before the core: it reads chunks and trailers itself, some more leniently."""
    return "is_odd" in case and b"chunked" in bytes.fromhex(case["raw_hex"]).lower()


ODD = re.compile(r"score: the reply (was cut|has [a-z0-9 ]+|switches to another protocol|does not say [a-z ]+)")


def settle(case: Case, said: Said) -> Said:
    """Return what a core says, with one wording for whatever makes a reply no HTTP where several things may do so.

    Which of them is named depends on whether a core reads line by line; code and retries do not.
    """
    if "is_odd" not in case:
        return said
    one = {name: _settled(case, said[name]) for name in ("once", "again")}
    return said | one


def _settled(case: Case, said: Said) -> Said:
    is_bad = said.get("code") == "bad_response" and ODD.fullmatch(said["text"]) is not None
    # libcurl does not show that a first line had begun when the stream ended.
    begins = case["raw_hex"] != "" and b"\n" not in bytes.fromhex(case["raw_hex"])
    is_silent = begins and said.get("text") == "score: the connection was closed before a reply"
    return {"code": "bad_response", "text": "score: the reply is no HTTP"} if is_bad or is_silent else said


def outcomes(call: Call, case: Case) -> Said:
    """Return what a call comes to, once and when it may be sent again, and the number of requests of both."""
    found: Said = {"requests": []}
    for name, facts in (("once", {}), ("again", {"idempotent": True, "retries": 1})):
        with Server(answer(case)) as server:
            found[name] = call(server.url, case, facts)
        found["requests"].append(len(server.requests))
    return found
