"""Results that come page by page, in a real session: the rows, the errors, the end of a wait."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest

from tests.live.databases import connection, put, run
from tests.scripted import REQUEST_ID, Script, ScriptedLambda

Connection = psycopg.Connection[tuple[object, ...]]

SPEC = """
udfgen: 1
name: paged
aws: {region: eu-west-1, credentials: {source: environment}}
bindings:
  stream: {function: stream, qualifier: live, timeout: 20s}
functions:
"""
FUNCTION = """
  {name}:
    binding: stream
    parameters: {{name: text, place: {{type: text, default: null}}}}
    returns: {{table: {{id: bigint, what: json}}, rows: $.items}}
    follow: {{token: $.next, into: place{more}}}
    grant: [app]
"""
WAYS = {
    "every": "",
    "two": ", max_pages: 2",
    "first": ", max_pages: 2, on_limit: stop",
    "until_done": ", until: $.done",
    "until_empty": ", until: empty",
    "lenient": "",
}


def spec() -> str:
    """Return a spec with a function for each way of following."""
    functions = "".join(FUNCTION.format(name=name, more=more) for name, more in WAYS.items())
    return SPEC + functions.rstrip("\n") + "\n    on_error: return_null\nengines:\n  postgresql: {}\n"


@pytest.fixture(scope="module")
def installed(another: Callable[[str], str]) -> str:
    """A database with the functions in it."""
    dsn = another("")
    put(dsn, spec())
    return dsn


@pytest.fixture
def caller(installed: str) -> Iterator[Connection]:
    """A session of somebody who may call them."""
    with connection(installed, "app") as opened:
        yield opened


def page(*ids: int, **more: object) -> Script:
    """Return a reply with rows of these ids."""
    return Script(json.dumps({"items": [{"id": each, "what": {"n": each}} for each in ids], **more}).encode())


def ids(caller: Connection, function: str) -> list[object]:
    """Return the ids that a function gives."""
    return [row[0] for row in run(caller, f"select id from paged.{function}('s')")]


def places(scripted: ScriptedLambda) -> list[object]:
    """Return the token that each request carried."""
    return [json.loads(request.body)["place"] for request in scripted.requests]


THREE = (page(1, 2, next="a"), page(next={"shard": [1, 2]}), page(3))


def test_the_rows_of_all_pages_are_one_table(caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(*THREE)
    found = run(caller, "select * from paged.every('s') order by id desc")
    assert found == [(3, {"n": 3}), (2, {"n": 2}), (1, {"n": 1})]
    assert places(scripted) == [None, "a", {"shard": [1, 2]}]
    assert scripted.requests[2].body == b'{"name":"s","place":{"shard": [1, 2]}}'


def test_a_call_goes_on_where_the_caller_says(caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(page(7, next="c"), page(8))
    assert [row[0] for row in run(caller, "select id from paged.every('s', place => 'b')")] == [7, 8]
    assert places(scripted) == ["b", "c"]


def test_the_limit(caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(*THREE)
    with pytest.raises(psycopg.Error) as caught:
        ids(caller, "two")
    assert caught.value.sqlstate == "UL005"
    told = "stream: more than 2 pages: raise max_pages, or let it stop there with on_limit: stop"
    assert caught.value.diag.message_primary == f"[udfgen too_large]: {told}"
    assert len(scripted.requests) == 2
    scripted.play(*THREE)
    assert ids(caller, "first") == [1, 2]
    scripted.play(page(1, next="a"), page(2))
    assert ids(caller, "two") == [1, 2]


def test_the_end(caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(page(1, next="a"), page(2, next="b", done=True), page(3))
    assert ids(caller, "until_done") == [1, 2]
    scripted.play(page(1, next="a"), page(next="b"), page(3))
    assert ids(caller, "until_empty") == [1]
    scripted.play(page(1, next=""))
    assert ids(caller, "every") == [1]


WRONG = {
    "a function error": (
        Script(b'{"errorMessage": "gone"}', headers={"X-Amz-Function-Error": "Unhandled"}),
        f"[udfgen function_error]: stream: Unhandled: gone (request id {REQUEST_ID})",
    ),
    "a wrong row": (
        Script(b'{"items": [{"id": "x"}]}'),
        f"[udfgen bad_response]: stream: result at $.items[0].id: must be a number (request id {REQUEST_ID})",
    ),
}


@pytest.mark.parametrize(("second", "told"), WRONG.values(), ids=WRONG)
def test_a_page_that_fails_fails_the_whole(
    caller: Connection, scripted: ScriptedLambda, second: Script, told: str
) -> None:
    scripted.play(page(1, next="a"), second)
    with pytest.raises(psycopg.Error) as caught:
        ids(caller, "every")
    assert caught.value.diag.message_primary == told
    scripted.play(page(1, next="a"), second)
    assert ids(caller, "lenient") == []


def test_a_cancel_ends_the_following(installed: str, caller: Connection, scripted: ScriptedLambda) -> None:
    endless = Script(page(1, next="again").body, delay=0.03)
    scripted.play(endless)
    pid = caller.info.backend_pid
    failures: list[psycopg.Error] = []

    def follow() -> None:
        try:
            ids(caller, "every")
        except psycopg.Error as error:
            failures.append(error)

    thread = threading.Thread(target=follow)
    thread.start()
    time.sleep(0.5)
    with connection(installed) as other:
        run(other, f"select pg_cancel_backend({pid})")
    cancelled = time.monotonic()
    thread.join()
    assert time.monotonic() - cancelled < 0.25
    assert [error.sqlstate for error in failures] == ["57014"]
    scripted.play(page(5))
    assert ids(caller, "every") == [5]
