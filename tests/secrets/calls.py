"""The four cores, each in a process: calls that fail in every way, against servers that tell what they were told."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import subprocess
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.conftest import tool
from tests.native.cores import CORES, Core
from tests.native.ways_to_answer import hang, once
from tests.scripted import DELIVERIES, Script, ScriptedLambda
from tests.secrets.marks import Marks
from tests.secrets.runs import Ran, hearing
from tests.unit.core_support import (
    Answer,
    CoreError,
    Host,
    Request,
    Server,
    answers,
    clear_environment,
    entry,
    http,
    make_core,
)
from tests.unit.test_core_credentials import imds, keys
from tests.unit.test_core_network import OPEN, Proxy
from udfgen.local.keys import Key

VOID = {"kind": "void"}
AS_JSON = {"kind": "scalar", "type": "json", "path": []}

Outcome = dict[str, Any]


class Python:
    """PostgreSQL's core in this process, in the shape of the other cores' runners; it tells tracebacks too."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._patch = pytest.MonkeyPatch()

    def __enter__(self) -> Python:
        clear_environment(self._patch)
        for name, value in self._environment.items():
            self._patch.setenv(name, value)
        return self

    def __exit__(self, *_: object) -> None:
        self._patch.undo()

    def call(self, endpoint: str, **facts: Any) -> Outcome:
        """Make a call whose body is given; the outcome has all that the database could show."""
        config, returns = facts.pop("config", None) or {}, facts.pop("returns", None) or AS_JSON
        body, host = facts.pop("body", '{"customer":42}'), Host()
        function = entry(returns, **facts) | {"parameters": [{"name": "v", "type": "json"}], "payload": [0]}
        try:
            return {"result": make_core(host, **({"endpoint": endpoint} | config)).function(function)(body)}
        except CoreError as error:
            said = "".join(traceback.format_exception(error))
            return {"code": error.code, "text": error.text, "detail": error.detail, "more": [said, host.notices]}


@dataclass(frozen=True)
class Kind:
    """A core, by its language: how it starts, how the variables and facts lead it to a service with credentials."""

    name: str
    start: Callable[[dict[str, str]], Any]
    to_service: Callable[[str, str], tuple[dict[str, str], dict[str, str]]]


def _by_environment(source: str, url: str) -> tuple[dict[str, str], dict[str, str]]:
    if source == "container":
        return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{url}/v1/credentials"}, {}
    return {"AWS_EC2_METADATA_SERVICE_ENDPOINT": url}, {}


def kinds(cores: tuple[Core, ...] = CORES) -> list[Kind]:
    """Return every core."""
    others = [Kind(each.name, each.bare, each.to_service) for each in cores]
    return [Kind("python", Python, _by_environment), *others]


# --- what is tried -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scene:
    """One call: what answers at the endpoint, facts of the binding, of the program; what shows on purpose."""

    name: str
    answer: Answer
    facts: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    meant: frozenset[str] = frozenset()


def told(marks: Marks) -> str:
    """Return what a server can know of the credentials, and repeats."""
    return f"the key {marks['key']} with {marks['secret']} and {marks['token']} is refused"


def canonical(marks: Marks) -> str:
    """Return AWS's answer to a wrong signature, which repeats the request that AWS would have signed."""
    return (
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        "Key and signing method. Consult the service documentation for details.\n\nThe Canonical String for this "
        "request should have been\n'POST\n/2015-03-31/functions/score-customer/invocations\n\nhost:lambda\n"
        f"x-amz-date:20260101T000000Z\nx-amz-security-token:{marks['token']}\n\nhost;x-amz-date;x-amz-security-token\n"
        f"{'0' * 64}'\n\nThe String-to-Sign should have been\n'AWS4-HMAC-SHA256 {quote(marks['token'], safe='')}'\n"
    )


def error(status: int, facts: Any, **headers: str) -> Answer:
    """Return an answer with a JSON body."""
    return answers(http(status, json.dumps(facts).encode(), **headers))


def headed(header: str, said: str) -> Scene:
    """Return a scene whose reply does not decode, and has a header that says something."""
    return Scene(f"in {header} of a reply that does not decode", answers(http(200, b"<html>", **{header: said})))


STATUSES = (202, 204, 301, 302, 307, 308, 400, 401, 403, 404, 408, 413, 415, 429, 500, 502, 503, 504, 599)
MEMBERS = ("message", "Message", "__type", "Type", "Reason", "errorMessage")
HEADERS = ("x_amzn_ErrorType", "x_amzn_RequestId", "X_Amz_Executed_Version", "Location", "Retry_After", "Set_Cookie")


def scenes(marks: Marks) -> Iterator[Scene]:
    """Yield every call against a server that answers by HTTP."""
    yield from refusals(marks)
    yield from cuts(marks)
    yield from function_errors(marks)
    yield from undecoded(marks)
    yield from broken(marks)


def refusals(marks: Marks) -> Iterator[Scene]:
    """Yield refusals by AWS: every status, every place of a reply where it can repeat what it knows."""
    said = told(marks)
    for status in STATUSES:
        yield Scene(f"HTTP {status}", error(status, {"message": said, "__type": "E"}, Location=f"/{marks['token']}"))
        yield Scene(f"HTTP {status}, retried", error(status, {"Message": said}), {"idempotent": True, "retries": 1})
        yield Scene(f"HTTP {status}, no JSON", answers(http(status, said.encode())))
    for member in MEMBERS:
        for status in (400, 403, 500):
            yield Scene(f"{status} in {member}", error(status, {member: said}))
    for header in HEADERS:
        yield Scene(f"in {header}", error(403, {"message": "no"}, **{header: said}))
        yield Scene(f"at the end of {header}", error(403, {"message": "no"}, **{header: f"{'x' * 70}{said}"}))
        yield headed(header, said)
    yield Scene(
        "wrong signature", error(403, {"message": canonical(marks)}, x_amzn_ErrorType="InvalidSignatureException")
    )
    expired = error(403, {"message": said}, x_amzn_ErrorType="ExpiredTokenException")
    yield Scene("expired", expired)
    yield Scene("expired, retried", expired, {"idempotent": True, "retries": 1})
    yield Scene("of asynchronous calls", error(400, {"message": said}), {"invoke": "async", "returns": VOID})
    yield Scene("of dry runs", error(403, {"message": said}), {"invoke": "dry_run", "returns": VOID})


def cuts(marks: Marks) -> Iterator[Scene]:
    """Yield messages whose end is cut off, at 500 and at 4000 characters, in the midst of a secret."""
    for kind in ("token", "secret", "key"):
        for size in (*range(460, 505, 4), *range(3700, 4005, 16)):
            for filler in ("x", " "):
                message = {"message": f"A{filler * size}{marks[kind]}"}
                yield Scene(f"{kind} behind {size} times {filler!r}", error(403, message))
    for split in ("\n", "\u202e", "\x00"):
        yield Scene(
            f"around {split!r}", error(403, {"message": f"{split}{marks['token']}{split}{marks['secret']}{split}"})
        )
    yield Scene("twice at once", error(403, {"message": marks["token"] * 2}))
    yield Scene("in escapes", answers(http(403, json.dumps({"message": told(marks)}).replace("/", "\\/").encode())))


def once_found(marks: Marks) -> Iterator[Scene]:
    """Yield what has shown a part of a secret before, and is tried each time: secrets across the cut of a text."""
    yield Scene("once found: a message", error(403, {"message": f"A{' ' * 3900}{marks['token']}"}))
    for header in HEADERS[1:3]:
        yield Scene(f"once found: {header}", error(403, {"message": "no"}, **{header: f"{'x' * 70}{marks['token']}"}))


def function_errors(marks: Marks) -> Iterator[Scene]:
    """Yield a function's own errors, which show its words on purpose, but not the credentials."""
    for header in ("Handled", "Unhandled", told(marks)):
        for member in ("errorMessage", "errorType"):
            facts = {"errorType": "E", member: f"no {marks['reply']} {told(marks)}"}
            answer = error(200, facts, X_Amz_Function_Error=header)
            yield Scene(f"function error, {member}", answer, meant=frozenset({"reply"}))
        trace = {"errorMessage": "no", "stackTrace": [told(marks), marks["payload"]]}
        yield Scene("function error, stack trace", error(200, trace, X_Amz_Function_Error=header))
    tail = base64.b64encode(told(marks).encode()).decode()
    yield Scene("a log that nobody asked for", error(500, {"message": "no"}, X_Amz_Log_Result=tail))


def undecoded(marks: Marks) -> Iterator[Scene]:
    """Yield replies that are not what was expected: nothing of them shows."""
    for body in replies(marks):
        for returns in RETURNS:
            yield Scene(f"reply {body[:20]!r}", answers(http(body=body)), {"returns": returns})


RETURNS: tuple[dict[str, Any], ...] = (
    VOID,
    *({"kind": "scalar", "type": each, "path": ["score"]} for each in ("bigint", "date", "bytes", "boolean", "double")),
    {"kind": "scalar", "type": "decimal", "precision": 5, "scale": 2, "path": []},
    {"kind": "scalar", "type": "varchar", "length": 5, "path": ["score"]},
    {"kind": "table", "rows": ["score"], "columns": [{"name": "a", "type": "bigint", "path": ["a"]}]},
)


def replies(marks: Marks) -> list[bytes]:
    """Return bodies that no function of ours can take, good JSON and bad."""
    text, number = json.dumps(marks["reply"]), marks["number"] * 2
    texts = [text, number, f"[{text}]", f'{{"score":{text}}}', f'{{"score":[{{"a":{text}}}]}}', f'{{"score":{number}}}']
    texts += [f'{{"score":{text}', f"{marks['reply']}", f'{{"{marks["reply"]}":1}}', f"{'[' * 600}{text}", f"{text}\0"]
    return [each.encode() for each in texts] + [f'"{marks["reply"]}'.encode() + b'\xff"']


def broken(marks: Marks) -> Iterator[Scene]:
    """Yield replies that are no HTTP."""
    said = told(marks).encode()
    head = b"HTTP/1.1 403 "
    for name, reply in {
        "no HTTP": said,
        "a status line": head + said + b"\r\n\r\n",
        "no number for a status": b"HTTP/1.1 " + said + b"\r\n\r\n",
        "a header without a colon": head + b"No\r\n" + said + b"\r\n\r\n",
        "a folded header": head + b"No\r\nA: b\r\n " + said + b"\r\n\r\n",
        "two lengths": head + b"No\r\nContent-Length: 1\r\nContent-Length: " + said + b"\r\n\r\n1",
        "a coding": head + b"No\r\nTransfer-Encoding: " + said + b"\r\n\r\n",
        "a chunk's size": head + b"No\r\nTransfer-Encoding: chunked\r\n\r\n" + said + b"\r\n",
        "cut": head + b"No\r\nContent-Length: 9999\r\n\r\n" + said,
    }.items():
        yield Scene(f"broken: {name}", once(reply))
        yield Scene(f"broken: {name}, retried", once(reply), {"idempotent": True, "retries": 1})
    yield Scene("no reply in time", hang, {"timeout_ms": 150})
    yield Scene("closed", answers(None))


# --- one core ----------------------------------------------------------------------------------------------------


class Stage:
    """One core at work, and what came of its calls; `run` makes one."""

    def __init__(self, kind: Kind, marks: Marks) -> None:
        self.kind, self.marks, self.ran = kind, marks, list[Ran]()
        self.area = f"core, {kind.name}"

    def run(self, process: Any, name: str, endpoint: str, meant: frozenset[str] = frozenset(), **facts: Any) -> None:
        """Make a call with a marked payload; a result is none of a failure's words."""
        outcome = process.call(endpoint, **({"body": json.dumps({"customer": self.marks["payload"]})} | facts))
        outcome.pop("result", None)
        self.ran.append(Ran(self.area, name, json.dumps(outcome, ensure_ascii=False), meant))

    def play(self, environment: dict[str, str], config: dict[str, Any], source: str) -> None:
        """Make every call with credentials from one source."""
        with self.kind.start(environment) as process:
            for scene in (*self.marks.some(scenes(self.marks)), *once_found(self.marks)):
                with Server(scene.answer) as server:
                    facts = scene.facts | {"config": config | scene.config}
                    self.run(process, f"{source}: {scene.name}", server.url, scene.meant, **facts)


def keys_of(marks: Marks) -> dict[str, str]:
    """Return the environment with marked keys."""
    names = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token"}
    return {name: marks[kind] for name, kind in names.items()}


def served(marks: Marks, **changes: Any) -> bytes:
    """Return what a service says that gives marked keys."""
    return keys(marks["key"], SecretAccessKey=marks["secret"], Token=marks["token"], **changes)


def runs(marks: Marks, cores: tuple[Core, ...] = CORES) -> Iterator[Ran]:
    """Yield every run of every core."""
    for kind in kinds(cores):
        yield from of_one(kind, marks)


def of_one(kind: Kind, marks: Marks) -> Iterator[Ran]:
    """Yield every run of one core; what its processes said on standard error is one more."""
    stage = Stage(kind, marks)
    with hearing() as heard, certificate() as tls:
        stage.play(keys_of(marks), {}, "environment")
        by_services(stage)
        by_files(stage)
        by_network(stage, tls)
    yield from stage.ran
    yield Ran(stage.area, "standard error", heard.text)


def by_services(stage: Stage) -> None:
    """Let a container and an instance give keys, good and malformed ones, and refuse with all that they were told."""
    good = http(body=served(stage.marks))
    with Server(answers(good)) as server:
        environment, facts = stage.kind.to_service("container", server.url)
        config = {"credentials": {"source": "container"}} | facts
        shown = {"AWS_CONTAINER_AUTHORIZATION_TOKEN": stage.marks["grant"]}
        stage.play(environment | shown, config, "container")
    for name, answer in services(stage.marks).items():
        ways = (("container", answer), *((f"imds, {each}", {each: answer}) for each in IMDS))
        for source, change in stage.marks.some(ways):
            look(stage, source, name, change)


IMDS = ("token", "roles", "keys")
"""What is asked of an instance's service, one after the other."""


def look(stage: Stage, source: str, name: str, change: Any) -> None:
    """Make a call whose credentials come, or not, from a service that answers as told."""
    kind = source.partition(",")[0]
    answer = imds(**change) if isinstance(change, dict) else answers(change)
    with Server(answer) as server:
        environment, facts = stage.kind.to_service(kind, server.url)
        shown = {"AWS_CONTAINER_AUTHORIZATION_TOKEN": stage.marks["grant"]}
        with stage.kind.start(environment | shown) as process:
            config = {"credentials": {"source": kind}} | facts
            stage.run(process, f"{source}: {name}", "http://127.0.0.1:1", config=config)


def services(marks: Marks) -> dict[str, bytes]:
    """Return answers of a service that are wrong, and hold the keys or repeat what it was shown."""
    good = served(marks)
    all_of_it = json.dumps(marks.of).encode()
    return {
        "refused": http(403, good + all_of_it),
        "an error": http(500, all_of_it),
        "no JSON": http(body=good + b"}"),
        "cut JSON": http(body=good[:-2]),
        "other members": http(body=all_of_it),
        "no expiry": http(body=served(marks, Expiration=marks["secret"])),
        "a line break": http(body=served(marks, Code=f"{marks['secret']}\n").replace(b"ASIA", b"ASIA\\n")),
        "no text": http(body=served(marks, AccessKeyId=[marks["secret"]])),
        "a redirect": http(302, good, Location=f"http://127.0.0.1:1/{marks['token']}"),
        "no HTTP": good,
        "a header": b"HTTP/1.1 200 OK\r\n" + good.replace(b"\n", b"") + b"\r\n\r\n",
    }


def by_files(stage: Stage) -> None:
    """Let keys come from files and variables, good and malformed."""
    marks = stage.marks
    with tempfile.TemporaryDirectory(prefix="udfgen-secrets-") as folder:
        file = Path(folder) / "credentials"
        for name, text in marks.some(profiles(marks).items()):
            file.write_text(text, encoding="utf-8")
            config = {"credentials": {"source": "profile", "file": str(file), "config_file": str(file)}}
            with stage.kind.start({}) as process, Server(repeat) as server:
                stage.run(process, f"profile: {name}", server.url, config=config)
    for name, value in marks.some(keys_of(marks).items()):
        for odd in (f"{value}\r\nX: y", f"{value}\u00e9", f" {value}"):
            with stage.kind.start(keys_of(marks) | {name: odd}) as process:
                stage.run(process, f"environment: {name} {odd[-3:]!r}", "http://127.0.0.1:1")
        with stage.kind.start({name: value}) as process:
            stage.run(process, f"environment: {name} alone", "http://127.0.0.1:1")
    for name, variables in marks.some(containers(marks).items()):
        with stage.kind.start(variables) as process:
            config = {"credentials": {"source": "container"}}
            stage.run(process, f"container: {name}", "http://127.0.0.1:1", config=config)


def repeat(request: Request, connection: Any) -> bytes:
    """Answer with all that was sent, as a service that is too helpful."""
    said = {"message": f"{request.line} {request.headers} {request.headers.get('x-amz-security-token')}"}
    return http(403, json.dumps(said).encode(), x_amzn_RequestId=request.headers.get("x-amz-security-token", ""))


def profiles(marks: Marks) -> dict[str, str]:
    """Return files of profiles, of which one is good."""
    key, secret, token = marks["key"], marks["secret"], marks["token"]
    pair = f"aws_access_key_id={key}\naws_secret_access_key={secret}\n"
    return {
        "good": f"[default]\n{pair}aws_session_token={token}\n",
        "no secret": f"[default]\naws_access_key_id={key}\n",
        "no section": pair,
        "no equals sign": f"[default]\naws_access_key_id {key}\n{secret}\n",
        "a section that does not end": f"[default\n{pair}",
        "twice": f"[default]\n{pair}{pair}[default]\n{pair}",
        "an odd character": f"[default]\n{pair}aws_session_token={token}\u00e9\n",
        "a program": f"[default]\ncredential_process=/bin/false --key {secret}\n",
        "a role": f"[default]\nrole_arn=arn:{secret}\nsource_profile={token}\n",
        "single sign-on": f"[default]\nsso_session={token}\n{pair}",
        "a percent sign": f"[default]\naws_access_key_id=%({key})s\naws_secret_access_key={secret}%\n",
        "a NUL": f"[default]\n{pair}\0{token}\n",
    }


def containers(marks: Marks) -> dict[str, dict[str, str]]:
    """Return variables that lead to no container, or must not."""
    full, token = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"
    grant = marks["grant"]
    return {
        "a login in the address": {full: f"http://u:{marks['password']}@127.0.0.1:1/", token: grant},
        "a question in the address": {full: f"http://127.0.0.1:1/x?token={grant}", token: grant},
        "another host": {full: f"http://example.com/{grant}", token: grant},
        "a path that is none": {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": f"{grant}/x", token: grant},
        "a line break": {full: "http://127.0.0.1:1/", token: f"{grant}\n"},
        "no file": {full: "http://127.0.0.1:1/", f"{token}_FILE": "/nonexistent", token: grant},
        "nobody": {full: "http://127.0.0.1:1/", token: grant},
    }


def by_network(stage: Stage, tls: ssl.SSLContext) -> None:
    """Let the way to the endpoint fail: names, ports, TLS, proxies, deliveries, payloads that are too large."""
    marks = stage.marks
    with stage.kind.start(keys_of(marks)) as process, ExitStack() as stack:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        plain = stack.enter_context(Server(once(told(marks).encode())))
        under_tls = stack.enter_context(Server(error(403, {"message": told(marks)}), tls))
        login = f"u:{marks['password']}@127.0.0.1"
        for url in (
            f"http://127.0.0.1:{port}",
            "http://nowhere.invalid",
            under_tls.url,
            plain.url.replace("http", "https"),
        ):
            stage.run(process, f"network: {url}", url)
        for url in (f"http://{login}", f"http://127.0.0.1/?{marks['token']}", f"http://127.0.0.1/#{marks['token']}"):
            stage.run(process, "network: an address that holds a secret", url)
            stage.run(process, "network: a proxy that holds a secret", plain.url, config={"proxy": url})
        stage.run(process, "payload: too large", plain.url, body=f'"{marks["payload"] * 300_000}"')
        by_proxies(stage, process, stack, tls)
    by_deliveries(stage)


def by_proxies(stage: Stage, process: Any, stack: ExitStack, tls: ssl.SSLContext) -> None:
    """Let proxies refuse with all that they were told, be gone, and open the way to what refuses."""
    said = told(stage.marks)
    under_tls = stack.enter_context(Server(error(403, {"message": said}), tls))
    refusing = stack.enter_context(Proxy(answers(http(407, said.encode(), Proxy_Authenticate=said))))
    talking = stack.enter_context(Proxy(answers(said.encode())))
    opening = stack.enter_context(Proxy(OPEN))
    stage.run(process, "proxy: open", under_tls.url, config={"proxy": opening.url})
    for proxy in (refusing.url, talking.url, "http://127.0.0.1:1", "http://nowhere.invalid:1"):
        for url in (under_tls.url, "http://lambda.example", "https://lambda.example"):
            stage.run(process, f"proxy: {proxy} to {url}", url, config={"proxy": proxy}, timeout_ms=1500)


def by_deliveries(stage: Stage) -> None:
    """Let the scripted endpoint deliver in each of its ways."""
    marks = stage.marks
    with ScriptedLambda(key=Key(marks["key"], marks["secret"])) as scripted:
        pair = {name: value for name, value in keys_of(marks).items() if name != "AWS_SESSION_TOKEN"}
        with stage.kind.start(pair) as process:
            for behaviour in marks.some(DELIVERIES):
                for status in (200, 403, 500):
                    scripted.play(Script(f'["{marks["reply"]}"'.encode(), status, behaviour=behaviour))
                    stage.run(process, f"delivery: {behaviour} of {status}", scripted.url, timeout_ms=500)


@contextmanager
def certificate() -> Iterator[ssl.SSLContext]:
    """Give a server's context with a certificate that nobody trusts."""
    with tempfile.TemporaryDirectory(prefix="udfgen-secrets-") as folder:
        file, key = Path(folder) / "cert.pem", Path(folder) / "key.pem"
        what = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        command = [tool("openssl", "openssl"), *what, "-subj", "/CN=127.0.0.1", "-out", str(file), "-keyout", str(key)]
        subprocess.run(command, check=True, capture_output=True)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(file, key)
        yield context
