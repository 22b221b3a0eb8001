"""PostgreSQL's core against the vectors in native/contract, that every core must pass."""

from __future__ import annotations

import json
import math
import struct
import time
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import botocore.loaders  # type: ignore[import-untyped]
import pytest

from tests.native import make_vectors
from tests.native.whole_calls import check_requests, entry_of, expected, normal, replies, rows_of
from tests.unit.core_support import (
    CoreError,
    Host,
    Server,
    answers,
    binding,
    core,
    entry,
    make_core,
    set_keys,
    without_waits,
)

CONTRACT = Path(__file__).parents[2] / "native" / "contract"

Case = dict[str, Any]


def load(name: str) -> list[Case]:
    cases: list[Case] = json.loads((CONTRACT / name).read_text(encoding="utf-8"))["cases"]
    return cases


def cases(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "case", load(name), ids=lambda case: case["name"].encode("ascii", "replace").decode()
    )


# --- arguments -------------------------------------------------------------------------------------------------

WAYS_IN: dict[str, Callable[[str], Any]] = {
    "smallint": int,
    "integer": int,
    "bigint": int,
    "decimal": Decimal,
    "double": float,
    "bytes": bytes.fromhex,
    # PostgreSQL's own text under datestyle ISO and time zone UTC.
    "timestamp": lambda text: text.replace("T", " "),
    "timestamptz": lambda text: text.replace("T", " ").replace("Z", "+00"),
}


def to_argument(facts: Case, value: Any) -> Any:
    """Return what PL/Python gives for a neutral value."""
    if value is None or isinstance(value, bool):
        return value
    if facts["type"] == "real":
        number = float(value)
        return struct.unpack("<f", struct.pack("<f", number))[0] if math.isfinite(number) else number
    return WAYS_IN.get(facts["type"], str)(value)


def encode(case: Case) -> bytes:
    arguments = [to_argument(*each) for each in zip(case["parameters"], case["arguments"], strict=True)]
    return core.compile_payload(case["parameters"], case["payload"])(arguments)


@cases("encoding.json")
def test_encoding(case: Case) -> None:
    check_encoding(case)


@cases("constraints.json")
def test_constraints(case: Case) -> None:
    check_encoding(case)


def check_encoding(case: Case) -> None:
    if "error" not in case:
        assert encode(case) == case["body"].encode()
        return
    with pytest.raises(core.Failure) as caught:
        encode(case)
    assert caught.value.code == case["error"]["code"]
    assert core.describe_failure("score", caught.value)[0] == case["error"]["message"]


# --- results ---------------------------------------------------------------------------------------------------


def to_text(kind: str, value: Any) -> Any:
    """Return the neutral value of what goes to PostgreSQL."""
    if value is None or isinstance(value, bool):
        return value
    if kind == "real":
        assert struct.unpack("<f", struct.pack("<f", value))[0] == value
        return core.ecmascript(core._shortest_32(value))
    if isinstance(value, float):
        return core.ecmascript(repr(value))
    if isinstance(value, bytes):
        return value.hex()
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def reply_of(case: Case) -> bytes:
    if "reply_hex" in case:
        return bytes.fromhex(case["reply_hex"])
    if "reply_repeat" in case:
        pairs = case["reply_repeat"]
        return "".join(text * count for text, count in zip(pairs[::2], pairs[1::2], strict=True)).encode()
    return str(case["reply"]).encode()


@cases("decoding.json")
def test_decoding(case: Case) -> None:
    returns = case["returns"]
    if "error" in case:
        with pytest.raises(core.Failure) as caught:
            core.compile_returns(returns)(reply_of(case))
        assert caught.value.code == case["error"]["code"]
        assert core.describe_failure("score", caught.value)[0] == case["error"]["message"]
        return
    found = core.compile_returns(returns)(reply_of(case))
    if returns["kind"] == "table":
        assert isinstance(found, list)
        kinds = [column["type"] for column in returns["columns"]]
        rows = found if len(kinds) > 1 else [(value,) for value in found]
        shown = [[to_text(kind, cell) for kind, cell in zip(kinds, row, strict=True)] for row in rows]
        assert shown == case["rows"]
    else:
        assert to_text(returns.get("type", ""), found) == case["result"]


# --- errors ----------------------------------------------------------------------------------------------------


def raw_reply(case: Case) -> bytes:
    body = bytes.fromhex(case["body_hex"]) if "body_hex" in case else case["body"].encode()
    headers = dict(case["headers"])
    if case["status"] not in (204, 304):
        headers["Content-Length"] = str(len(body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {case['status']} Said\r\n{lines}\r\n".encode() + body


def outcome(server: Server, case: Case, **facts: Any) -> CoreError | None:
    """Return the error of one call whose binding has `facts`, or None."""
    call = make_core(endpoint=server.url).function(entry({"kind": "void"}, invoke=case["invoke"], **facts))
    try:
        call(42)
    except CoreError as error:
        return error
    return None


@cases("errors.json")
def test_errors(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    set_keys(monkeypatch)
    without_waits(monkeypatch)
    with Server(answers(raw_reply(case))) as server:
        error = outcome(server, case)
        assert len(server.requests) == 1, "not idempotent: one POST, always"
        again = outcome(server, case, idempotent=True, retries=1)
        assert len(server.requests) - 1 == (2 if case["retried"] else 1)
    for each in (error, again):
        found = (each.code, each.text, each.detail) if each else (None, None, None)
        assert found == (case["code"], case["message"], case["detail"])


def test_every_error_of_the_model_has_a_case() -> None:
    model = botocore.loaders.Loader().load_service_model("lambda", "service-2")
    modelled = {error["shape"] for error in model["operations"]["Invoke"]["errors"]}
    assert modelled <= {case["name"] for case in load("errors.json")}
    statuses = {name: model["shapes"][name]["error"]["httpStatusCode"] for name in modelled}
    assert statuses == {case["name"]: case["status"] for case in load("errors.json") if case["name"] in modelled}


# --- whole calls: the switch, pages, drop-in names -------------------------------------------------------------


def called(case: Case, server: Server) -> Case:
    """Return what a case's call comes to, as the other cores' programs show it."""
    host = Host()
    host.switched = {"score": case["mode"]} if "mode" in case else {}
    arguments = [to_argument(*each) for each in zip(case["parameters"], case["arguments"], strict=True)]
    try:
        found = make_core(host, endpoint=server.url).function(entry_of(case))(*arguments)
    except CoreError as error:
        return {"code": error.code, "text": error.text}
    if case["returns"]["kind"] != "table":
        return {"result": to_text("", found)}
    assert isinstance(found, list)
    columns = case["returns"]["columns"]
    rows = found if len(columns) > 1 else [(value,) for value in found]
    return {"rows": [[to_text("", cell) for cell in row] for row in rows]}


def check_whole_call(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    set_keys(monkeypatch)
    without_waits(monkeypatch)
    with Server(answers(*replies(case))) as server:
        outcome = called(case, server)
    check_requests(case, server.requests)
    assert outcome == expected(case)


@cases("switch.json")
def test_the_switch(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    check_whole_call(case, monkeypatch)


@cases("follow.json")
def test_pages(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    check_whole_call(case, monkeypatch)


@cases("choices.json")
def test_drop_in_names(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    check_whole_call(case, monkeypatch)


# --- batches and caches ----------------------------------------------------------------------------------------

CALLER = '{"custom":{"database":"shop","session_user":"app","role":"none","application_name":"psql"}}'


def switched(case: Case) -> Host:
    """Return a session of `app` in the database `shop`, with the case's mode of the binding."""
    host = Host(context=CALLER)
    host.switched = {"score": case["mode"]} if "mode" in case else {}
    return host


def columns_of(case: Case) -> list[list[Any]]:
    """Return a case's rows as PL/Python gives them: a list per parameter."""
    rows = rows_of(case)
    return [[to_argument(facts, row[place]) for row in rows] for place, facts in enumerate(case["parameters"])]


def shown(call: Callable[..., Any], name: str, returns: Case, *arguments: Any) -> Case:
    """Return what a call comes to, as the other cores' programs show it."""
    try:
        found = call(*arguments)
    except CoreError as error:
        return {"code": error.code, "text": error.text}
    kind = returns.get("type", "")
    return {name: [to_text(kind, each) for each in found] if isinstance(found, list) else to_text(kind, found)}


@cases("batch.json")
def test_batches(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    set_keys(monkeypatch)
    without_waits(monkeypatch)
    with Server(answers(*replies(case))) as server:
        call = make_core(switched(case), endpoint=server.url).batch(entry_of(case))
        outcome = shown(call, "results", case["returns"], *columns_of(case))
    check_requests(case, server.requests)
    assert outcome == expected(case)


def is_unordered(case: Case) -> bool:
    """Tell whether each reply of a case belongs to what was sent, and not to when."""
    return len(set(case["sent"])) == len(case["sent"]) <= len(case["replies"])


@pytest.mark.parametrize("case", [*filter(is_unordered, load("batch.json"))], ids=lambda case: case["name"])
def test_batches_in_flight(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """With three calls in flight the outcome is the same as with one."""
    set_keys(monkeypatch)
    without_waits(monkeypatch)
    given = dict(zip(case["sent"], replies(case), strict=False))
    wide = case | {"batch": case["batch"] | {"concurrency": 3}}
    # Calls that the one in order would not have begun get the last reply.
    with Server(lambda request, _: given.get(normal(request.body.decode()), replies(case)[-1])) as server:
        call = make_core(switched(case), endpoint=server.url).batch(entry_of(wide))
        assert shown(call, "results", case["returns"], *columns_of(case)) == expected(case)


@cases("cache.json")
def test_caches(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    set_keys(monkeypatch)
    with Server(answers(*replies(case))) as server:
        call = make_core(switched(case), endpoint=server.url).function(entry_of(case))
        for each in case["calls"]:
            time.sleep(each.get("wait_ms", 0) / 1000)
            arguments = list(map(to_argument, case["parameters"], each["arguments"]))
            assert shown(call, "result", case["returns"], *arguments) == expected(each)
    check_requests(case, server.requests)


# --- signatures ------------------------------------------------------------------------------------------------


def test_signatures_are_botocores() -> None:
    assert make_vectors.render(make_vectors.signatures()) == make_vectors.FILE.read_text(encoding="utf-8")


@cases("signatures.json")
def test_signatures(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL_LAMBDA", raising=False)
    endpoint = {"endpoint": case["endpoint"]} if case["endpoint"] else {}
    url = core.Url(core.find_endpoint({"region": case["region"], **endpoint}))
    signer = core.Signer(case["region"], url)
    second = int(datetime.fromisoformat(case["time"].replace("Z", "+00:00")).timestamp())
    signer.turn(second, core.Credentials("test", case["access_key"], case["secret_key"], case["token"] or ""))
    facts = {key: case[key] for key in ("target", "invoke", "log_tail") if case[key]}
    facts |= {"qualifier": case["qualifier"]} if case["qualifier"] else {}
    bound = core.Binding(binding(**facts))
    context = core.encode_context(case["client_context"]) if case["client_context"] else ""
    message = signer.message(signer.head(bound, context, absolute=False), case["body"].encode())
    head, _, body = message.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    assert first == f"POST {case['request_target']} HTTP/1.1"
    assert body == case["body"].encode()
    assert headers.pop("authorization") == case["authorization"]
    assert int(headers.pop("content-length")) == len(body)
    assert headers.pop("content-type") == "application/json"
    assert headers == case["headers"], "every header sent is signed, but for those above"


def test_the_vectors_are_one_case_a_line() -> None:
    for file in CONTRACT.glob("*.json"):
        text = file.read_text(encoding="utf-8")
        found = json.loads(text)["cases"]
        assert len(text.splitlines()) == len(found) + 2, file.name
        assert len({case["name"] for case in found}) == len(found), file.name
