"""Batches of every core that fail, with marks in their rows and replies: what is said names none of them.

A function's own words show on purpose: `error_msg`, and `errorType` and `errorMessage` of a row.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol

import pytest

from tests.native.calls_support import PROGRAM
from tests.native.cores import CORES, Core
from tests.secrets.calls import keys_of, replies, told
from tests.secrets.marks import Marks
from tests.secrets.runs import Ran, hearing
from tests.unit.core_support import CoreError, Host, Server, answers, binding, clear_environment, http, make_core

Outcome = dict[str, Any]

SHOWN = frozenset({"reply"})
WIRES = ("redshift", "list")
CALLER = {"session_user": "app", "database": "shop"}


@dataclass(frozen=True)
class Scene:
    """A batch that fails: the replies to its requests, its rows, facts of the batch; what shows on purpose."""

    name: str
    replies: tuple[bytes, ...]
    rows: list[list[Any]]
    facts: dict[str, Any] = field(default_factory=dict)
    meant: frozenset[str] = frozenset()


class Batches(Protocol):
    """A core at work."""

    def ask(self, op: str, **job: Any) -> Outcome:
        """Return what a job comes to."""


class Python:
    """PostgreSQL's core in this process, in the shape of the other cores' programs; it tells tracebacks too."""

    def ask(self, op: str, **job: Any) -> Outcome:
        """Make the batch that a job describes, column by column."""
        host, program = Host(context=json.dumps({"custom": CALLER})), job["program"]
        try:
            call = make_core(host, endpoint=program["endpoint"]).batch(job["function"])
            return {"results": call(*(list(column) for column in zip(*job["rows"], strict=True)))}
        except CoreError as error:
            said = "".join(traceback.format_exception(error))
            return {"code": error.code, "text": error.text, "detail": error.detail, "more": [said, host.notices]}


def scenes(marks: Marks) -> Iterator[tuple[str, Scene]]:
    """Yield every batch, with the wire that it is for."""
    for wire in WIRES:
        yield from ((wire, each) for each in (*of_arguments(marks), *of_services(marks), *of_results(wire, marks)))
    yield from (("redshift", each) for each in of_envelopes(marks))


def rows_of(marks: Marks) -> list[list[Any]]:
    """Return rows with a mark in each."""
    return [[marks["payload"]], [f"{marks['payload']} and {marks['number']}"]]


def of_arguments(marks: Marks) -> Iterator[Scene]:
    """Yield rows that may not be sent."""
    good = rows_of(marks)
    yield Scene("a row that is too long", (), [*good, [marks["payload"] * 10]])
    yield Scene("half of a surrogate pair", (), [*good, [f"{marks['payload']}\ud800"]])


def of_services(marks: Marks) -> Iterator[Scene]:
    """Yield refusals that repeat credentials, to whole batches, to halves and to single rows."""
    for status in (202, 302, 400, 403, 413, 429, 500):
        body = json.dumps({"message": told(marks)}).encode()
        yield Scene(f"HTTP {status}", (http(status, body),), rows_of(marks))
        yield Scene(f"HTTP {status}, one row a request", (http(status, body),), rows_of(marks), {"max_rows": 1})
    yield Scene("closed", (b"",), rows_of(marks))


def of_results(wire: str, marks: Marks) -> Iterator[Scene]:
    """Yield results that do not fit, and errors of rows."""
    for body in replies(marks):
        yield Scene(f"reply {body[:20]!r}", (http(body=body),), rows_of(marks))
    wrong = (
        json.dumps(marks["reply"]),
        json.dumps({marks["reply"]: marks["reply"]}),
        f"[{json.dumps(marks['reply'])}]",
    )
    for result in wrong:
        yield Scene(f"result {result[:10]}", (_results(wire, "1", result),), rows_of(marks))
        yield Scene(f"too few, {result[:10]}", (_results(wire, result),), rows_of(marks))
        text = json.dumps(json.dumps([marks["reply"]])).encode()
        yield Scene("a string that holds another text", (http(body=text),), rows_of(marks))
    for member in ("errorType", "errorMessage"):
        error = {"errorMessage": "no", member: f"{marks['reply']} {told(marks)}"}
        yield Scene(f"{member} of a row", (_results(wire, "1", json.dumps(error)),), rows_of(marks), meant=SHOWN)
    trace = json.dumps({"errorMessage": "no", "stackTrace": [marks["payload"], told(marks)]})
    yield Scene("stack trace of a row", (_results(wire, "1", trace),), rows_of(marks))


def of_envelopes(marks: Marks) -> Iterator[Scene]:
    """Yield members of redshift's reply that are not what they should be."""
    said = {"success": False, "error_msg": f"{marks['reply']} {told(marks)}"}
    yield Scene("error_msg", (http(body=json.dumps(said).encode()),), rows_of(marks), meant=SHOWN)
    quoted = json.dumps(json.dumps(said)).encode()
    yield Scene("error_msg in a string", (http(body=quoted),), rows_of(marks), meant=SHOWN)
    for member in ("success", "num_records", "results"):
        for value in (marks["reply"], int(marks["number"]), {marks["reply"]: 1}):
            body = json.dumps({"results": [1, 2], member: value}).encode()
            yield Scene(f"{member} is {type(value).__name__}", (http(body=body),), rows_of(marks))


def _results(wire: str, *results: str) -> bytes:
    listed = f"[{','.join(results)}]"
    return http(body=(listed if wire == "list" else f'{{"results":{listed}}}').encode())


def entry_of(wire: str, scene: Scene) -> dict[str, Any]:
    """Return the entry of the function that a scene calls."""
    usual = {"max_rows": 2, "max_bytes": 5 << 20, "concurrency": 1, "function": "sensors.score", "tells_caller": True}
    return {
        "name": "score",
        "binding": binding(client_context=True),
        "parameters": [{"name": "v", "type": "varchar", "length": 60}],
        "payload": ["[", 0, "]"] if wire == "redshift" else [0],
        "returns": {"kind": "scalar", "type": "bigint", "path": []},
        "batch": {"wire": wire, **usual, **scene.facts},
    }


def runs(marks: Marks, cores: tuple[Core, ...] = CORES) -> Iterator[Ran]:
    """Yield every batch of every core."""
    with pytest.MonkeyPatch.context() as patch:
        clear_environment(patch)
        for name, value in keys_of(marks).items():
            patch.setenv(name, value)
        yield from _of_one("python", nullcontext(Python()), None, marks)
    for core in cores:
        yield from _of_one(core.name, core.bare(keys_of(marks)), core.values(), marks)


def _of_one(name: str, program: AbstractContextManager[Any], values: Any, marks: Marks) -> Iterator[Ran]:
    area, ran = f"batches, {name}", list[Ran]()
    with hearing() as heard, program as process:
        for wire, scene in scenes(marks):
            outcome = json.dumps(_asked(process, values, wire, scene), ensure_ascii=False)
            ran.append(Ran(area, f"{wire}: {scene.name}", outcome, scene.meant))
    yield from ran
    yield Ran(area, "standard error", heard.text)


def _asked(process: Batches, values: Any, wire: str, scene: Scene) -> Outcome:
    """Make a batch; each of them fails."""
    entry = entry_of(wire, scene)
    (parameter,) = entry["parameters"]
    rows = [[values.to_argument(parameter, each) if values else each for each in row] for row in scene.rows]
    with Server(answers(*scene.replies)) as server:
        program = PROGRAM | {"endpoint": server.url}
        outcome = process.ask("batch", program=program, function=entry, rows=rows, mode=None, caller=CALLER)
    assert "code" in outcome, scene.name
    return outcome
