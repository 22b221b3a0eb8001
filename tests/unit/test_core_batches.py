"""PostgreSQL's core: many rows a call, several calls in flight, and results that are kept for a session."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from tests.unit.core_support import (
    Cancelled,
    Host,
    Request,
    Server,
    answers,
    binding,
    core,
    entry,
    fails,
    http,
    make_certificate,
    make_core,
    refusal,
    server_side,
    set_keys,
    without_waits,
)

CALLER = '{"custom":{"database":"shop","session_user":"app","role":"none","application_name":"psql"}}'


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    set_keys(monkeypatch)
    without_waits(monkeypatch)


def batch_entry(
    max_rows: int = 1, concurrency: int = 8, *, kind: str = "scalar", facts: dict[str, Any] | None = None, **bound: Any
) -> dict[str, Any]:
    """Return the entry of a batch function of one bigint; `facts` go to its batch, `bound` to its binding."""
    returns = {"kind": kind, "type": "bigint", "path": []} if kind == "scalar" else {"kind": kind}
    batch = {"wire": "redshift", "max_rows": max_rows, "max_bytes": 5 << 20, "concurrency": concurrency}
    return {
        "name": "scores",
        "binding": binding(**bound),
        "parameters": [{"name": "v", "type": "bigint"}],
        "payload": ["[", 0, "]"],
        "returns": returns,
        "batch": batch | {"function": "sensors.scores"} | (facts or {}),
    }


def rows_of(request: Request) -> list[int]:
    return [row[0] for row in json.loads(request.body)["arguments"]]


def tenfold(request: Request) -> bytes:
    """Return what a handler answers that gives ten times each row."""
    return http(body=json.dumps({"results": [row * 10 for row in rows_of(request)]}).encode())


class Crowd:
    """An answer that counts how many requests are in its hands at once; `then` gives each reply."""

    def __init__(self, then: Any = None, seconds: float = 0.0) -> None:
        self.then, self.seconds = then or (lambda request, _: tenfold(request)), seconds
        self.lock, self.now, self.most = threading.Lock(), 0, 0

    def __call__(self, request: Request, connection: socket.socket) -> bytes | None:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(self.seconds)
        try:
            reply: bytes | None = self.then(request, connection)
            return reply
        finally:
            with self.lock:
                self.now -= 1


def until_hung_up(connection: socket.socket) -> None:
    """Wait until the client closes, at most 5 s."""
    connection.settimeout(5)
    try:
        connection.recv(1)
    except ConnectionResetError:
        return


# --- several calls in flight -----------------------------------------------------------------------------------


def test_results_are_in_the_rows_order_whatever_order_replies_come_in() -> None:
    def later_first(request: Request, _: object) -> bytes:
        time.sleep(0.01 * (8 - rows_of(request)[0] % 8))
        return tenfold(request)

    with Server(later_first) as server:
        call = make_core(endpoint=server.url).batch(batch_entry())
        assert call(list(range(40))) == [10 * row for row in range(40)]
    assert len(server.requests) == 40


@pytest.mark.parametrize("width", [1, 3, 8])
def test_no_more_calls_are_in_flight_than_concurrency_and_connections_are_kept(width: int) -> None:
    crowd = Crowd(seconds=0.02)
    with Server(crowd) as server:
        call = make_core(endpoint=server.url).batch(batch_entry(2, width))
        for _ in range(3):
            assert call(list(range(40))) == [10 * row for row in range(40)]
    assert (crowd.most, server.connections, len(server.requests)) == (width, width, 60)


def test_several_in_flight_take_the_time_of_one() -> None:
    with Server(Crowd(seconds=0.1)) as server:
        call = make_core(endpoint=server.url).batch(batch_entry())
        begun = time.monotonic()
        call(list(range(8)))
    assert time.monotonic() - begun < 0.4


def test_functions_of_a_session_share_connections() -> None:
    with Server(Crowd(seconds=0.02)) as server:
        shared = make_core(endpoint=server.url)
        shared.batch(batch_entry())(list(range(8)))
        shared.batch(batch_entry(concurrency=4))(list(range(8)))
        server.answer = answers(http())
        assert str(shared.function(entry())(1)) == "87.50"
    assert server.connections == 8


def test_connections_closed_while_idle_are_not_used() -> None:
    def once(request: Request, connection: socket.socket) -> bytes | None:
        connection.sendall(tenfold(request))
        return None

    with Server(once) as server:
        call = make_core(endpoint=server.url).batch(batch_entry(concurrency=3))
        for _ in range(3):
            assert call([1, 2, 3]) == [10, 20, 30]
            time.sleep(0.05)
    assert (len(server.requests), server.connections) == (9, 9)


def test_large_packs_go_out_side_by_side() -> None:
    facts = batch_entry(concurrency=4) | {"parameters": [{"name": "v", "type": "text"}]}
    with Server(lambda request, _: http(body=json.dumps({"results": [len(request.body)]}).encode())) as server:
        found = make_core(endpoint=server.url).batch(facts)(["x" * 3_000_000] * 4)
    assert len(found) == 4
    assert all(isinstance(size, int) and size > 3_000_000 for size in found)


def test_long_replies_come_in_pieces() -> None:
    def dribble(request: Request, connection: socket.socket) -> bytes | None:
        reply = tenfold(request)
        for at in range(0, len(reply), 40):
            connection.sendall(reply[at : at + 40])
            time.sleep(0.001)
        return b""

    with Server(dribble) as server:
        call = make_core(endpoint=server.url).batch(batch_entry(20, 4))
        assert call(list(range(100))) == [10 * row for row in range(100)]
    assert server.connections == 4


# --- failures in flight ----------------------------------------------------------------------------------------


def test_a_failure_ends_the_call_and_hangs_up_on_the_others() -> None:
    hung_up = threading.Semaphore(0)

    def answer(request: Request, connection: socket.socket) -> bytes | None:
        if rows_of(request) == [3]:
            time.sleep(0.05)
            return refusal(404, "ResourceNotFoundException")
        until_hung_up(connection)
        hung_up.release()
        return None

    with Server(answer) as server, fails("not_found") as error:
        begun = time.monotonic()
        make_core(endpoint=server.url).batch(batch_entry(concurrency=4))(list(range(20)))
    assert time.monotonic() - begun < 1
    assert error.text.startswith("score: ResourceNotFoundException")
    assert len(server.requests) == 4, "no further call was begun"
    assert all(hung_up.acquire(timeout=2) for _ in range(3))


def test_a_failed_call_leaves_connections_that_can_be_used_again() -> None:
    with Server(lambda request, _: None if rows_of(request) == [3] else tenfold(request)) as server:
        call = make_core(endpoint=server.url).batch(batch_entry(concurrency=4))
        with fails("unavailable") as error:
            call(list(range(20)))
        assert call([5, 6, 7, 8]) == [50, 60, 70, 80]
    assert error.text == "score: the connection was closed before a reply"


def test_packs_that_fail_are_null_and_the_rest_goes_on() -> None:
    def answer(request: Request, connection: socket.socket) -> bytes | None:
        row = rows_of(request)[0]
        if row % 3 == 1:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return None
        return refusal(500, "ServiceException") if row % 3 == 2 else tenfold(request)

    with Server(answer) as server:
        call = make_core(endpoint=server.url).batch(batch_entry() | {"null_on_error": True})
        assert call(list(range(30))) == [None if row % 3 else 10 * row for row in range(30)]
    assert len(server.requests) == 30


def test_each_call_is_retried_by_itself() -> None:
    seen: dict[int, int] = {}

    def answer(request: Request, _: object) -> bytes | None:
        row = rows_of(request)[0]
        seen[row] = seen.get(row, 0) + 1
        if seen[row] <= row % 3:
            return None if row % 2 else refusal(429, "TooManyRequestsException")
        return tenfold(request)

    with Server(answer) as server:
        call = make_core(endpoint=server.url).batch(batch_entry(idempotent=True, retries=2))
        assert call(list(range(24))) == [10 * row for row in range(24)]
    assert seen == {row: row % 3 + 1 for row in range(24)}
    ids = {
        row: {json.loads(each.body)["request_id"] for each in server.requests if rows_of(each) == [row]} for row in seen
    }
    assert all(len(each) == 1 for each in ids.values()), "a retry has the id of the first attempt"
    assert len(set.union(*ids.values())) == 24


def test_one_that_waits_to_retry_holds_up_no_other() -> None:
    def answer(request: Request, _: object) -> bytes:
        refused = rows_of(request) == [0] and len([each for each in server.requests if rows_of(each) == [0]]) == 1
        return refusal(429, "TooManyRequestsException", Retry_After="1") if refused else tenfold(request)

    with Server(answer) as server:
        call = make_core(endpoint=server.url).batch(batch_entry(concurrency=2, idempotent=True, retries=1))
        begun = time.monotonic()
        assert call(list(range(10))) == [10 * row for row in range(10)]
    assert 1.0 <= time.monotonic() - begun < 1.5
    assert rows_of(server.requests[-1]) == [0]


def test_each_call_has_a_deadline_of_its_own() -> None:
    def answer(request: Request, connection: socket.socket) -> bytes | None:
        if rows_of(request) == [7]:
            until_hung_up(connection)
            return None
        time.sleep(0.15)
        return tenfold(request)

    with Server(answer) as server, fails("timeout") as error:
        begun = time.monotonic()
        # Four rounds of 150 ms: longer than one call may take, and the last one begins at 450 ms.
        make_core(endpoint=server.url).batch(batch_entry(concurrency=2, timeout_ms=300))(list(range(8)))
    assert 0.7 <= time.monotonic() - begun < 1.1
    assert error.text == "score: timed out after 300 ms while waiting for the reply"


def test_packs_that_are_too_large_are_split_in_flight() -> None:
    refused = refusal(413, "RequestTooLargeException")
    with Server(lambda request, _: refused if len(rows_of(request)) > 2 else tenfold(request)) as server:
        call = make_core(endpoint=server.url).batch(batch_entry(8, 4))
        assert call(list(range(50))) == [10 * row for row in range(50)]
    assert sorted(len(rows_of(each)) for each in server.requests).count(8) == 6


def test_a_cancel_ends_all_within_250_ms() -> None:
    hung_up = threading.Semaphore(0)

    def stall(request: Request, connection: socket.socket) -> None:
        until_hung_up(connection)
        hung_up.release()

    with Server(stall) as server:
        begun, host = time.monotonic(), Host(cancel_at=1)
        call = make_core(host, endpoint=server.url).batch(batch_entry(concurrency=5) | {"null_on_error": True})
        with pytest.raises(Cancelled):
            call(list(range(20)))
        assert time.monotonic() - begun < 0.25
        assert all(hung_up.acquire(timeout=2) for _ in range(5))
    assert len(server.requests) == 5


def test_a_cancel_while_waiting_to_retry() -> None:
    reply = refusal(429, "TooManyRequestsException", Retry_After="2")
    with Server(answers(reply)) as server:
        call = make_core(Host(cancel_at=1), endpoint=server.url).batch(batch_entry(idempotent=True, retries=1))
        begun = time.monotonic()
        with pytest.raises(Cancelled):
            call([1])
    assert time.monotonic() - begun < 0.25


# --- TLS -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with a certificate and its key, for 127.0.0.1."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    return server_side(certificate)


def test_several_in_flight_over_tls(certificate: Path, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str | None] = []
    create = ssl.create_default_context

    def counted(cafile: str | None) -> ssl.SSLContext:
        made.append(cafile)
        return create(cafile=cafile)

    with Server(Crowd(seconds=0.02), tls) as server:
        monkeypatch.setattr(ssl, "create_default_context", counted)
        call = make_core(endpoint=server.url, ca_file=str(certificate)).batch(batch_entry(50, 4))
        for _ in range(2):
            assert call(list(range(1000))) == [10 * row for row in range(1000)]
    assert (server.connections, made) == (4, [str(certificate)]), "the certificates are read once"


def test_a_handshake_that_hangs_holds_up_no_other(certificate: Path, tls: ssl.SSLContext) -> None:
    """The first connection never gets an answer to its greeting; the others go on meanwhile."""
    with Server(lambda request, _: tenfold(request), tls) as server, socket.create_server(("127.0.0.1", 0)) as front:
        threading.Thread(target=relay, args=(front, server.port), daemon=True).start()
        host = Host()
        url = f"https://127.0.0.1:{front.getsockname()[1]}"
        facts = batch_entry(concurrency=3, connect_timeout_ms=400) | {"null_on_error": True}
        begun = time.monotonic()
        found = make_core(host, endpoint=url, ca_file=str(certificate)).batch(facts)(list(range(30)))
    assert found == [None, *[10 * row for row in range(1, 30)]]
    assert 0.4 <= time.monotonic() - begun < 0.8
    assert len(server.requests) == 29


def relay(front: socket.socket, port: int) -> None:
    """Pass connections on to a port of the loopback, all but the first."""
    deaf, _ = front.accept()
    while True:
        try:
            near, _ = front.accept()
        except OSError:
            deaf.close()
            return
        far = socket.create_connection(("127.0.0.1", port))
        for ends in ((near, far), (far, near)):
            threading.Thread(target=pump, args=ends, daemon=True).start()


def pump(source: socket.socket, target: socket.socket) -> None:
    while data := source.recv(65536):
        target.sendall(data)


# --- one SQL call in parts -------------------------------------------------------------------------------------


def test_parts_are_one_call_with_one_query_id_and_rows_counted_over_all() -> None:
    with Server(lambda request, _: tenfold(request)) as server:
        call = make_core(endpoint=server.url).batch(batch_entry(2))
        assert [call.part(0, [1, 2, 3]), call.part(3, None), call.part(3, [4])] == [[10, 20, 30], [], [40]]
        assert call([5]) == [50]
        assert call.part(0, [1, 2, 3]) == [10, 20, 30]
        with fails("bad_argument") as error:
            call.part(3, [4, 2**63])
    assert error.text == 'score: row 5: argument "v": must fit bigint'
    seen = [(json.loads(each.body)["query_id"], len(rows_of(each))) for each in server.requests]
    assert sorted(seen) == [(1, 1), (1, 1), (1, 2), (2, 1), (3, 1), (3, 2)]


def test_parts_of_two_calls_may_take_turns() -> None:
    with Server(lambda request, _: tenfold(request)) as server:
        call = make_core(endpoint=server.url).batch(batch_entry())
        assert (call.part(0, [1]), call.part(0, [1, 2]), call.part(1, [3])) == ([10], [10, 20], [30])
        with fails("bad_argument") as error:
            call.part(2, [2**63])
    assert error.text == 'score: row 3: argument "v": must fit bigint'


def test_a_dry_run_asks_once_for_all_parts() -> None:
    host = Host()
    host.switched = {"score": "dry_run"}
    with Server(answers(http(204, b""))) as server:
        call = make_core(host, endpoint=server.url).batch(batch_entry())
        assert [call.part(0, [1, 2]), call.part(2, [3])] == [[None, None], [None]]
        with fails("bad_argument") as error:
            call.part(3, [2**63])
    assert error.text == 'score: row 4: argument "v": must fit bigint'
    assert len(server.requests) == 1


@pytest.mark.parametrize(("mode", "invocations"), [("dry_run", [None, None, "DryRun"]), ("off", [None, None])])
def test_the_switch_is_looked_at_between_calls(
    mode: str, invocations: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core, "LOOK_SECONDS", 0)
    host = Host()

    def answer(request: Request, _: object) -> bytes:
        if rows_of(request) == [2]:
            host.switched = {"score": mode}
        return http(204, b"") if "x-amz-invocation-type" in request.headers else tenfold(request)

    with Server(answer) as server:
        call = make_core(host, endpoint=server.url).batch(batch_entry(concurrency=1) | {"null_on_error": True})
        if mode == "off":
            with fails("disabled"):
                call([1, 2, 3, 4])
        else:
            assert call([1, 2, 3, 4]) == [10, 20, None, None]
    assert [each.headers.get("x-amz-invocation-type") for each in server.requests] == invocations


def test_columns_must_be_of_one_length_and_one_dimension() -> None:
    facts = batch_entry() | {
        "parameters": [{"name": name, "type": "text"} for name in "ab"],
        "payload": ["[", 0, 1, "]"],
    }
    with Server(answers(http())) as server:
        call = make_core(endpoint=server.url).batch(facts)
        for columns, what in (
            (([1, 2], ["x"]), 'argument "b": expected 2 elements, got 1'),
            ((["x"], None), 'argument "b": expected 1 element, got 0'),
            ((None, ["x"]), 'argument "b": expected 0 elements, got 1'),
            (([["x"], ["y"]], ["x", "y"]), 'argument "a": must have one dimension'),
        ):
            with fails("bad_argument") as error:
                call(*columns)
            assert error.text == f"score: {what}"
        assert call(None, None) == call([], None) == []
    assert server.requests == []


def test_a_payload_may_leave_parameters_out() -> None:
    facts = batch_entry(9, facts={"wire": "list"}) | {"payload": ["1"]}
    with Server(lambda request, _: http(body=request.body)) as server:
        assert make_core(endpoint=server.url).batch(facts)([7, 8]) == [1, 1]
    assert server.requests[0].body == b"[1,1]"


def test_memory_stays_flat_over_many_parts() -> None:
    """What 100,000 rows need at their peak is what 10,000 need: the part in hand."""
    reply = http(body=json.dumps({"results": [5] * 500}).encode())

    def peak(parts: int) -> int:
        tracemalloc.start()
        assert all(len(call.part(2000 * number, list(range(2000)))) == 2000 for number in range(parts))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    with Server(answers(reply)) as server:
        call = make_core(endpoint=server.url).batch(batch_entry(500, 4))
        call(list(range(2000)))
        server.requests = Forgetful()
        assert peak(50) < peak(5) * 1.2


class Forgetful(list[Request]):
    """A list that stays empty, so that what the server saw is not counted."""

    def append(self, _: Request) -> None:
        """Forget a request."""


def test_boto3_makes_one_call_at_a_time() -> None:
    pytest.importorskip("boto3", reason="the transport boto3 needs boto3: pip install boto3")
    crowd = Crowd()
    with Server(crowd) as server:
        call = make_core(endpoint=server.url, transport="boto3").batch(batch_entry(2))
        assert call(list(range(10))) == [10 * row for row in range(10)]
        server.answer = answers(refusal(413, "RequestTooLargeException"))
        with fails("too_large") as error:
            call([1])
    assert crowd.most == 1
    assert error.text.startswith("score: row 1: RequestTooLargeException")


def test_who_calls_stands_in_the_envelope_and_in_the_header() -> None:
    with Server(lambda request, _: tenfold(request)) as server:
        shared = make_core(Host(context=CALLER), endpoint=server.url)
        shared.batch(batch_entry(client_context=True, facts={"tells_caller": True}))([1])
    (request,) = server.requests
    said = json.loads(request.body)
    assert (said["cluster"], said["user"], said["database"]) == ("sensors", "app", "shop")
    assert "x-amz-client-context" in request.headers


# --- results that are kept -------------------------------------------------------------------------------------


def cached(**facts: Any) -> dict[str, Any]:
    return entry(**facts) | {"cache": {"ttl_ms": 60_000, "max_entries": 3}}


def test_each_function_keeps_results_of_its_own() -> None:
    with Server(answers(http())) as server:
        shared = make_core(endpoint=server.url)
        calls = [shared.function(cached()), shared.function(cached(name="other", target="other"))]
        assert [str(call(1)) for call in calls * 2] == ["87.50"] * 4
    assert len(server.requests) == 2


def test_another_caller_sees_results_of_his_own() -> None:
    host = Host(context='{"custom":{"role":"a"}}')
    with Server(answers(http())) as server:
        call = make_core(host, endpoint=server.url).function(cached(client_context=True))
        for role, sent in (("a", 1), ("a", 1), ("b", 2), ("a", 2), ("b", 2)):
            host.text = f'{{"custom":{{"role":"{role}"}}}}'
            assert str(call(1)) == "87.50"
            assert len(server.requests) == sent


def test_the_switch_comes_before_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core, "LOOK_SECONDS", 0)
    host = Host()
    with Server(answers(http(), http(204, b""), http())) as server:
        call = make_core(host, endpoint=server.url).function(cached())
        assert str(call(1)) == "87.50"
        host.switched = {"score": "dry_run"}
        assert call(1) is None
        host.switched = {"score": "off"}
        with fails("disabled"):
            call(1)
        host.switched = {}
        assert str(call(1)) == "87.50"
    assert len(server.requests) == 2


def test_no_more_is_kept_than_max_entries() -> None:
    with Server(answers(http())) as server:
        call = make_core(endpoint=server.url).function(cached())
        for number in (1, 2, 3, 1, 4, 1, 3, 4):
            call(number)
        assert len(server.requests) == 4
        call(2)
    assert len(server.requests) == 5
