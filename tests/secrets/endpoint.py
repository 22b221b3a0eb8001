"""The local Lambda endpoint, asked wrongly in every way: its log, its answers, its journal, what its handlers see."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.secrets.marks import Marks
from tests.secrets.runs import Ran, hearing
from tests.secrets.shell import Shell, quickstart, shell
from tests.unit.local_support import ACCOUNT, REGION, raw, send, signed, write_handlers
from udfgen.local import LocalFunction, LocalLambda
from udfgen.local.functions import discover
from udfgen.local.keys import Key, new_temporary_key

AREA = "local endpoint"
FUNCTIONS = ("echo", "fail", "steps", "inspect-context", "score-customer")
INVOKE = "/2015-03-31/functions/{}/invocations"


def runs(marks: Marks) -> Iterator[Ran]:
    """Yield every run."""
    said: list[str] = []
    with hearing() as heard, running(marks, said.append) as local:
        asked = [*wrong_requests(local, marks), *metadata(local, marks), *handled(local, marks)]
    yield from asked
    yield Ran(AREA, "the log of refusals", "\n".join(said))
    yield Ran(AREA, "standard error", heard.text)
    yield from own_words(marks)
    with shell(marks) as opened:
        yield from served(opened)


@contextmanager
def running(marks: Marks, log: Callable[[str], None]) -> Iterator[LocalLambda]:
    """Run the endpoint with marked keys, in an environment with marks."""
    with pytest.MonkeyPatch.context() as patched, tempfile.TemporaryDirectory(prefix="udfgen-secrets-") as folder:
        pair = Key(marks["key"], marks["secret"])
        patched.setattr("udfgen.local.endpoint.new_key", lambda: pair)
        patched.setattr(
            "udfgen.local.metadata.new_temporary_key",
            lambda seconds: replace(new_temporary_key(seconds), secret_key=marks["secret"], token=marks["token"]),
        )
        for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "UDFGEN_DSN", "PGPASSWORD"):
            patched.setenv(name, marks["password"])
        found = discover(write_handlers(Path(folder)), FUNCTIONS)
        functions = [LocalFunction(name, found[name]) for name in FUNCTIONS]
        with LocalLambda(functions, region=REGION, account=ACCOUNT, log=log) as local:
            yield local


# --- what is refused ---------------------------------------------------------------------------------------------


def wrong_requests(local: LocalLambda, marks: Marks) -> Iterator[Ran]:
    """Yield the answers to requests that hold secrets where they are wrong, and payloads that are none."""
    path, payload = INVOKE.format("echo"), json.dumps({"x": marks["payload"]}).encode()
    good = signed(local, path, payload)
    for name, headers in wrong_headers(marks, good).items():
        yield answer(local, name, path, payload, headers)
    for name, body in wrong_bodies(marks).items():
        yield answer(local, name, path, body, signed(local, path, body))
    for target in ("nosuch", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:echo", "a b"):
        place = INVOKE.format(target.replace(" ", "%20"))
        yield answer(local, f"function {target}", place, payload, signed(local, place, payload))
    for header in ("X_Amz_Invocation_Type", "X_Amz_Log_Type", "X_Amz_Client_Context"):
        more = {header: base64.b64encode(marks["payload"].encode()).decode()} if "Context" in header else {header: "no"}
        yield answer(local, header, path, payload, signed(local, path, payload, **more))
    for number, text in enumerate(garbage(marks)):
        yield Ran(AREA, f"garbage {number}", said_to(local, text))


def said_to(local: LocalLambda, text: bytes) -> str:
    """Return what is said to garbage; the endpoint may hang up before it has all of it."""
    try:
        return raw(local, text).decode("utf-8", "replace")
    except OSError as error:
        return repr(error)


def answer(local: LocalLambda, name: str, path: str, body: bytes, headers: dict[str, str], method: str = "POST") -> Ran:
    """Send a request; its answer is the output."""
    return Ran(AREA, name, str(send(local, method, path, body, headers)))


def wrong_headers(marks: Marks, good: dict[str, str]) -> dict[str, dict[str, str]]:
    """Return headers that are refused, most with a token or a key in them."""
    scope = f"{marks['key']}/20260101/{REGION}/lambda/aws4_request"
    algorithm = "AWS4-HMAC-SHA256"
    tokens = {"X-Amz-Security-Token": marks["token"]}
    return {
        "no signature": {key: value for key, value in good.items() if key != "Authorization"},
        "another signature": good | {"Authorization": f"{good['Authorization'][:-1]}x"} | tokens,
        "a token that is not signed": good | tokens,
        "another scheme": good | {"Authorization": f"Bearer {marks['token']}"},
        "a password": good | {"Authorization": f"Basic {base64.b64encode(marks['password'].encode()).decode()}"},
        "half a header": good | {"Authorization": f"{algorithm} Credential={scope}"},
        "no scope": good | {"Authorization": f"{algorithm} Credential={marks['secret']}, SignedHeaders=a, Signature=b"},
        "an unknown key": good
        | {"Authorization": good["Authorization"].replace(marks["key"], "AKIA" + "X" * 16)}
        | tokens,
        "an odd time": good | {"X-Amz-Date": marks["secret"]},
        "an old time": good | {"X-Amz-Date": "20200101T000000Z"} | tokens,
        "another hash": good | {"X-Amz-Content-Sha256": marks["token"]},
    }


def wrong_bodies(marks: Marks) -> dict[str, bytes]:
    """Return payloads that are refused, or that no example answers."""
    text = marks["payload"].encode()
    return {"no JSON": text, "cut": b'{"x":"' + text, "no UTF-8": b'"' + text + b'\xff"', "large": text * 300_000}


def garbage(marks: Marks) -> Iterator[bytes]:
    """Yield what is no HTTP, or a kind of it that is refused."""
    token, payload = marks["token"].encode(), marks["payload"].encode()
    yield b"\x16\x03\x01\r\nX-Amz-Security-Token: " + token + b"\r\n\r\n"
    yield b"POST /x HTTP/9.9\r\nX-Amz-Security-Token: " + token + b"\r\n\r\n"
    yield b"POST /x HTTP/1.1\r\nContent-Length: " + token + b"\r\n\r\n" + payload
    yield b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + payload + b"\r\n"
    yield b"POST /x HTTP/1.1\r\n" + b"".join(b"X-%d: %b\r\n" % (each, token) for each in range(120)) + b"\r\n"
    yield b"POST /x HTTP/1.1\r\nX-Long: " + token * 300 + b"\r\n\r\n"


def metadata(local: LocalLambda, marks: Marks) -> Iterator[Ran]:
    """Yield what the services with credentials say to who may not have them."""
    container = local.container_environment()
    addresses = (
        container["AWS_CONTAINER_CREDENTIALS_FULL_URI"],
        local.metadata_environment()["AWS_EC2_METADATA_SERVICE_ENDPOINT"]
        + "/latest/meta-data/iam/security-credentials/",
        local.metadata_environment()["AWS_EC2_METADATA_SERVICE_ENDPOINT"] + "/latest/api/token",
    )
    for address in addresses:
        for header in ("Authorization", "X-aws-ec2-metadata-token", "X-aws-ec2-metadata-token-ttl-seconds"):
            request = urllib.request.Request(address, headers={header: marks["pass"]})
            yield Ran(AREA, f"{header} at {urlsplit(address).path}", asked(request))


def asked(request: urllib.request.Request) -> str:
    """Return the answer to a request."""
    try:
        with urllib.request.urlopen(request, timeout=5) as reply:
            return f"{reply.status} {reply.headers} {reply.read()!r}"
    except urllib.error.HTTPError as error:
        return f"{error.code} {error.headers} {error.read()!r}"


# --- what handlers see, what shows on purpose --------------------------------------------------------------------


def handled(local: LocalLambda, marks: Marks) -> Iterator[Ran]:
    """Yield what a handler finds in its environment, and handlers that fail."""
    for function, event in (("inspect-context", {}), ("fail", {"x": marks["payload"]}), ("steps", {"exit": 3})):
        path, body = INVOKE.format(function), json.dumps(event).encode()
        yield answer(local, f"handler {function}", path, body, signed(local, path, body))


def own_words(marks: Marks) -> Iterator[Ran]:
    """Yield what shows on purpose: what a handler prints, and the payloads in the journal, for programs here only."""
    said: list[str] = []
    with running(marks, said.append) as local:
        path, body = INVOKE.format("steps"), json.dumps({"print": marks["payload"]}).encode()
        send(local, "POST", path, body, signed(local, path, body))
        journal = asked(urllib.request.Request(f"{local.url}/_udfgen/invocations"))
        elsewhere = asked(urllib.request.Request(f"{local.url}/_udfgen/invocations", headers={"Host": "example.com"}))
    yield Ran(AREA, "a handler's prints in the log", "\n".join(said), frozenset({"payload"}))
    yield Ran(AREA, "the journal", journal, frozenset({"payload"}))
    yield Ran(AREA, "the journal for others", elsewhere)


# --- udfgen local ------------------------------------------------------------------------------------------------


def served(opened: Shell) -> Iterator[Ran]:
    """Yield all that `udfgen local` says, from its start to Ctrl-C, while it is asked wrongly."""
    spec = quickstart(opened)
    words = [sys.executable, "-c", "from udfgen.cli import main; main()", "local", str(spec), "--port", "0"]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)} | opened.environment()
    pipe = subprocess.PIPE
    with subprocess.Popen(words, env=environment, stdout=pipe, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        start = [process.stdout.readline() for _ in range(4)]
        url = next(line.partition("=")[2].strip() for line in start if "ENDPOINT" in line)
        answers = [asked(each) for each in from_outside(url, opened.marks)]
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=15)
    yield Ran(AREA, "udfgen local", "".join(start) + rest)
    yield Ran(AREA, "answers of udfgen local", "\n".join(answers))


def from_outside(url: str, marks: Marks) -> Iterator[urllib.request.Request]:
    """Yield requests of somebody who does not know the keys."""
    body = json.dumps({"x": marks["payload"]}).encode()
    for header, value in (
        (
            "Authorization",
            f"AWS4-HMAC-SHA256 Credential={marks['key']}/x/y/z/aws4_request, SignedHeaders=a, Signature=b",
        ),
        ("X-Amz-Security-Token", marks["token"]),
        ("Authorization", marks["secret"]),
    ):
        yield urllib.request.Request(url + INVOKE.format("score-customer"), body, {header: value})
