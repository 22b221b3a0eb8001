"""`transport: boto3` gives what the built-in client gives: the same results, the same errors, word for word."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from tests.conftest import missing
from tests.live.databases import Rows, changed, connection, put, run, sql
from tests.live.test_calls import SPEC, SQLSTATES, Connection
from tests.scripted import Script, ScriptedLambda

BOTO3 = changed(SPEC, ("postgresql: {}", "postgresql: {transport: boto3}"))

CASES = {
    "a value": ("select calls.value('x')", Script(b'{"v": 42}')),
    "rows": ("select * from calls.items()", Script(b'{"items": [{"id": 1, "name": "a"}, {"id": 2, "name": null}]}')),
    "a queued call": ("select calls.wait_for_queue()", Script(b"", 202)),
    "unicode": ("select calls.unicode('\u00e4\u20ac\U0001f600')", Script('{"v": "\u00e4\u20ac\U0001f600"}'.encode())),
    "a log tail": ("select calls.talk()", Script(b'{"v": 1}', headers={"X-Amz-Log-Result": "bGluZQ=="})),
    "a chunked reply": ("select calls.value('x')", Script(b'{"v": 7}', behaviour="chunked")),
    "retries": ("select calls.wait_for_retries()", Script(b'{"v": 9}', 500, behaviour="second_time")),
    "a reset": ("select calls.value('x')", Script(behaviour="reset")),
    "a cut body": ("select calls.value('x')", Script(b'{"v": 1', behaviour="cut")),
    "no JSON": ("select calls.value('x')", Script(b"oops")),
    "on_error: return_null": ("select calls.lenient()", Script(b"{}", 404)),
} | {code: (f"select calls.{call}", script) for code, (_, call, script) in SQLSTATES.items()}

OWN_WORDS = {"a reset", "unavailable"}
"""Cases in which the text is the SDK's; state, detail and requests are the same all the same."""


@pytest.fixture(scope="module")
def both(another: Callable[[str], str]) -> Iterator[tuple[Connection, Connection]]:
    """A session of each transport."""
    native, boto3 = another(""), another("")
    put(native, SPEC)
    put(boto3, BOTO3)
    try:
        sql(boto3, "do language plpython3u 'import boto3'")
    except psycopg.Error:
        missing("the server's Python has no boto3; on Debian: apt-get install python3-boto3")
    with connection(native, "app") as one, connection(boto3, "app") as two:
        yield one, two


@pytest.mark.parametrize("case", CASES)
def test_boto3_does_the_same(both: tuple[Connection, Connection], scripted: ScriptedLambda, case: str) -> None:
    statement, script = CASES[case]
    native, boto3 = (outcome(opened, scripted, statement, script) for opened in both)
    if case in OWN_WORDS:
        native, boto3 = without_text(native), without_text(boto3)
    assert boto3 == native


def without_text(found: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return an outcome without the message of its error, which must have the usual beginning."""
    (state, text, detail), *more = found
    assert text.startswith("[udfgen unavailable]: plain: ")
    return (state, detail, *more)


def outcome(opened: Connection, scripted: ScriptedLambda, statement: str, script: Script) -> tuple[Any, ...]:
    """Return what came back or went wrong, what was sent, and the notices."""
    heard: list[str] = []

    def hear(notice: psycopg.errors.Diagnostic) -> None:
        heard.append(notice.message_primary or "")

    scripted.play(script)
    opened.add_notice_handler(hear)
    try:
        found: Rows | tuple[str | None, ...] = run(opened, statement)
    except psycopg.Error as error:
        found = (error.sqlstate, error.diag.message_primary, error.diag.message_detail)
    opened.remove_notice_handler(hear)
    sent = [(request.target, request.body, request.header("x-amz-invocation-type")) for request in scripted.requests]
    return found, sent, heard
