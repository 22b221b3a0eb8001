"""What a batch shares with others in one server process: the counter, connections, credentials that nobody may see."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.native.calls_support import KEYS, PROGRAM
from tests.native.csharp_calls_support import Session, session
from tests.unit.core_support import REQUEST_ID, Request, Server, answers, binding, http

BATCH = {"wire": "redshift", "max_rows": 2, "max_bytes": 5242880, "concurrency": 1, "function": "sensors.score"}
FUNCTION = {
    "name": "score",
    "binding": binding(),
    "parameters": [{"name": "v", "type": "bigint"}],
    "payload": ["[", 0, "]"],
    "returns": {"kind": "scalar", "type": "bigint", "path": []},
    "batch": BATCH,
}
CALLER = {"session_user": "app", "database": "shop"}


def job(server: Server, rows: int, **facts: Any) -> dict[str, Any]:
    """Return the job of a batch of whole numbers."""
    given = [[{"number": str(each)}] for each in range(rows)]
    program = PROGRAM | {"endpoint": server.url}
    return {"op": "batch", "program": program, "function": FUNCTION | facts, "rows": given, "caller": CALLER}


def run(running: Session, server: Server, rows: int, **facts: Any) -> Any:
    """Return what a batch comes to."""
    outcome = running.ask(**job(server, rows, **facts))
    outcome.pop("ms")
    return outcome


def doubled(request: Request, connection: int) -> bytes:
    """Return twice each argument."""
    results = [2 * row[0] for row in json.loads(request.body)["arguments"]]
    return http(body=json.dumps({"success": True, "results": results}).encode())


def test_packs_go_over_one_kept_connection() -> None:
    with session() as running, Server(doubled) as server:
        assert run(running, server, 7) == {"results": [str(2 * each) for each in range(7)]}
        assert (len(server.requests), server.connections) == (4, 1)


def test_sessions_at_once_have_queries_of_their_own() -> None:
    with session() as running, Server(doubled) as server:
        found = running.ask("threads", calls=[job(server, 3 + each) for each in range(4)], rounds=10)
    for at, outcomes in enumerate(found):
        assert [each["results"] for each in outcomes] == [[str(2 * row) for row in range(3 + at)]] * 10
    bodies = [json.loads(request.body) for request in server.requests]
    packs = sum((3 + each + 1) // 2 for each in range(4)) * 10
    assert len({each["request_id"] for each in bodies}) == len(bodies) == packs
    assert sorted({each["query_id"] for each in bodies}) == list(range(1, 41))


@pytest.mark.parametrize("reply", ["error_msg", "errorMessage"])
def test_no_text_of_a_reply_shows_the_keys(reply: str) -> None:
    secret = KEYS["AWS_SECRET_ACCESS_KEY"]
    said = {"success": False, "error_msg": f"it is {secret}"}
    if reply == "errorMessage":
        said = {"success": True, "results": [{"errorMessage": f"it is {secret}"}]}
    with session() as running, Server(answers(http(body=json.dumps(said).encode()))) as server:
        outcome = run(running, server, 1)
    row = "row 1: " if reply == "errorMessage" else ""
    text = f"score: {row}it is *** (request id {REQUEST_ID})"
    assert outcome == {"code": "function_error", "text": text}


def test_each_pack_has_its_own_deadline() -> None:
    slow = {"binding": binding(timeout_ms=600)}

    def late(request: Request, connection: int) -> bytes:
        time.sleep(0.25)
        return doubled(request, connection)

    with session() as running, Server(late) as server:
        assert len(run(running, server, 8, **slow)["results"]) == 8
        outcome = run(running, server, 3, binding=binding(timeout_ms=100))
    assert (outcome["code"], len(server.requests)) == ("timeout", 5)
