"""What the tests of the C++ core's calls share: the program `calls` with an environment of its own, jobs for it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.native.cpp import build
from tests.unit.core_support import binding

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
OWNER = {"database": "sensors", "owner_user": "udfgen_sensors", "owner_host": "localhost", "switch_file": "switch.CSV"}
PROGRAM = {"name": "sensors", "region": "eu-west-1", "credentials": {"source": "environment"}} | OWNER
JSON_RESULT = {"kind": "scalar", "type": "json", "path": []}

Outcome = dict[str, Any]


class Calls:
    """A process like a database server: it finds its own credentials and keeps its connections."""

    def __init__(self, program: Path, environment: dict[str, str] | None = None) -> None:
        self.command, self.environment = [str(program)], {"HOME": "/nonexistent"} | (environment or {})

    def __enter__(self) -> Calls:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(self.command, stdin=pipe, stdout=pipe, env=self.environment, text=True)
        return self

    def __exit__(self, *_: object) -> None:
        """End the process; what a sanitizer found, a leak too, is its exit code."""
        self.process.communicate()
        assert self.process.returncode == 0

    def ask(self, op: str, **job: Any) -> Any:
        """Return what one job comes to."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"op": op, **job}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def call(self, endpoint: str, **facts: Any) -> Outcome:
        """Make the call that `job` describes."""
        outcome: Outcome = self.ask("call", **job(endpoint, **facts))
        return outcome

    def sign(self, **request: Any) -> tuple[str, str, dict[str, str]]:
        """Return the method, the target and the headers that one signed request has."""
        signed = self.ask("sign", **request)
        return signed["method"], signed["target"], dict(line.split(": ", 1) for line in signed["headers"])

    def url(self, text: str) -> Any:
        """Return the host, the authority and the path of an address, or the failure."""
        found = self.ask("url", text=text)
        return found if "code" in found else [found[part] for part in ("host", "authority", "path")]

    def look(self, source: str, facts: dict[str, str] | None = None, times: int = 1, rest_ms: int = 5000) -> list[Any]:
        """Return what successive looks at a source of credentials give; a search is not repeated for `rest_ms`."""
        program = PROGRAM | {"credentials": {"source": source} | (facts or {})}
        seen: list[Any] = self.ask("look", program=program, times=times, rest_ms=rest_ms)
        return seen


def sanitized(environment: dict[str, str]) -> Calls:
    """Return the program with both sanitizers, and with these variables."""
    return Calls(build("calls", "UDFGEN_SANITIZE"), environment)


def shipped(environment: dict[str, str]) -> Calls:
    """Return the program as it is compiled for use, with these variables."""
    return Calls(build("calls"), environment)


def calls(**environment: str) -> Calls:
    """Return the program with both sanitizers, and key pair and further variables in its environment."""
    return sanitized(KEYS | environment)


def shipped_calls(**environment: str) -> Calls:
    """Return the program as it is compiled for use, with the same environment."""
    return shipped(KEYS | environment)


def text(outcome: Outcome) -> tuple[str, str]:
    """Return the code and the text of a failure, the text without the name of the binding."""
    return outcome["code"], outcome["text"].removeprefix("score: ")


def job(
    endpoint: str,
    *,
    body: str = '{"customer":42}',
    extra: dict[str, Any] | None = None,
    config: dict[str, Any] | None = None,
    returns: dict[str, Any] | None = None,
    **facts: Any,
) -> dict[str, Any]:
    """Return a call of a binding with `facts`; `config` goes to the program, `extra` beside both."""
    function = {"name": "score_customer", "binding": binding(**facts), "parameters": [], "payload": []}
    program = PROGRAM | {"endpoint": endpoint} | (config or {})
    given = {"program": program, "function": function | {"returns": returns or JSON_RESULT}, "body": body}
    return given | (extra or {})
