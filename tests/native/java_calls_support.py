"""What the tests of the Java core's calls share: programs that run it as a database session would."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.native.calls_support import KEYS, PROGRAM, job
from tests.native.jvm import command, compile_java

Outcome = dict[str, Any]

_KEPT: list[TemporaryDirectory[str]] = []


@cache
def classes() -> Path:
    """Return a folder with the core and the programs of these tests, compiled when a test first asks."""
    folder: TemporaryDirectory[str] = TemporaryDirectory(prefix="udfgen-java-")
    # It goes when the interpreter ends.
    _KEPT.append(folder)
    return compile_java(Path(folder.name), "CallsRunner", "PiecesStream", "EntryRunner", "ValuesRunner")


class Session:
    """A JVM like that of a database session: it finds its own credentials and keeps its connection."""

    def __init__(self, environment: dict[str, str] | None = None, program: str = "CallsRunner", *jars: Path) -> None:
        self.environment = environment or {}
        self.command = command(classes(), program)
        at = self.command.index("-cp") + 1
        self.command[at] = ":".join([self.command[at], *map(str, jars)])
        # Nothing here is worth the optimizing compiler, and the JVM starts in half the time without.
        self.command.insert(1, "-XX:TieredStopAtLevel=1")

    def __enter__(self) -> Session:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(self.command, stdin=pipe, stdout=pipe, env=self.environment, encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        """End the JVM; that no exception has ended it is its exit code."""
        self.process.communicate()
        assert self.process.returncode == 0

    def ask(self, op: str, **request: Any) -> Any:
        """Return what one request comes to; a failure has `code` and `text`, the text without the mark."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"op": op, **request}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the program ended; its exception stands on stderr"
        return told(json.loads(line))

    def call(self, endpoint: str, **facts: Any) -> Outcome:
        """Make the call that `job` describes."""
        outcome: Outcome = self.ask("call", **job(endpoint, **facts))
        return outcome

    def sign(self, **request: Any) -> tuple[str, str, dict[str, str]]:
        """Return the method, the target and the headers that one signed request has; its body is the one given."""
        head, _, body = self.ask("sign", **request).partition("\r\n\r\n")
        first, *lines = head.split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        assert (body, headers.pop("content-length")) == (request["body"], str(len(body.encode())))
        method, target, version = first.split(" ")
        assert version == "HTTP/1.1"
        return method, target, headers

    def url(self, text: str) -> Any:
        """Return the host, the authority and the path of an address, or the failure."""
        return self.ask("url", text=text)

    def look(self, source: str, facts: dict[str, Any] | None = None, times: int = 1, rest_ms: int = 5000) -> list[Any]:
        """Return what successive looks at a source of credentials give; `facts` go to the source, but `metadata`."""
        given = dict(facts or {})
        metadata = {"metadata": given.pop("metadata")} if "metadata" in given else {}
        program = PROGRAM | metadata | {"credentials": {"source": source} | given}
        seen: list[Any] = self.ask("look", program=program, times=times, rest_ms=rest_ms)
        return seen


def told(answer: Any) -> Any:
    """Return an answer, or a list of them; the parts of `[udfgen <code>]: <text>` where it is an error."""
    if isinstance(answer, list):
        return [told(each) for each in answer]
    if not isinstance(answer, dict) or "error" not in answer:
        return answer
    mark, _, text = answer.pop("error").partition("]: ")
    return answer | {"code": mark.removeprefix("[udfgen "), "text": text}


def session(**environment: str) -> Session:
    """Return a session with key pair and further variables in its environment."""
    return Session(KEYS | environment)
