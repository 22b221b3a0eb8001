"""Replies from examples, and the journal's bounds."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.unit.local_support import ACCOUNT, REGION, client
from udfgen.ir import json_text
from udfgen.local import LocalExample, LocalFunction, LocalLambda, journal
from udfgen.local.answers import answer, same
from udfgen.local.functions import Call, Outcome
from udfgen.local.wire import Refused

EXAMPLES: tuple[LocalExample, ...] = (
    ({"customer": 42, "tiers": ("a", None)}, {"score": Decimal("87.50"), "ok": True}, None),
    ({"customer": 1}, {"errorMessage": "no such customer", "errorType": "LookupError"}, "function_error"),
    ({"customer": 2}, None, "function_error"),
    ({"customer": 3}, "a text", "bad_response"),
    ({"customer": 4}, None, "timeout"),
    (True, "a boolean", None),
)


def ask(payload: str, examples: tuple[LocalExample, ...] = EXAMPLES) -> Outcome:
    function = LocalFunction("score-customer", None, timeout=0.05, examples=examples)
    return answer(function, Call("score-customer", "$LATEST", "arn", payload.encode(), "id"))


@pytest.mark.parametrize(
    "payload", ['{"tiers": ["a", null], "customer": 42.0}', '{"customer": 4.2e1, "tiers":["\\u0061",null]}']
)
def test_payloads_are_compared_by_value_and_numbers_keep_their_digits(payload: str) -> None:
    assert ask(payload) == Outcome(b'{"score":87.50,"ok":true}')


@pytest.mark.parametrize("payload", ['{"customer": 42}', "1", "null", '{"customer": 1e99999999999999999999}', "[]"])
def test_no_example_says_which_file_to_write(payload: str) -> None:
    outcome = ask(payload)
    body = json.loads(outcome.body)
    assert (outcome.failed, body["errorType"], body["requestId"]) == (True, "NoExample", "id")
    assert "handlers/score_customer.py with `def handler(event, context)`" in body["errorMessage"]


BATCHES: dict[str, tuple[LocalExample, ...]] = {
    "s.score": (
        ((1, "a"), Decimal("1.50"), None),
        ((2, None), {"errorMessage": "no such customer"}, "function_error"),
        ((3, "c"), None, "throttled"),
        ((4, "d"), None, "function_error"),
    ),
    "": (({"id": 1}, "one", None), ({"id": 2}, None, None)),
}


def ask_rows(payload: str) -> Outcome:
    function = LocalFunction("score-customer", None, timeout=0.05, batches=BATCHES)
    return answer(function, Call("score-customer", "$LATEST", "arn", payload.encode(), "id"))


@pytest.mark.parametrize(
    ("payload", "reply"),
    [
        (
            '{"external_function": "s.score", "arguments": [[1.0, "a"], [2, null], [1, "a"]]}',
            b'{"success":true,"num_records":3,"results":[1.50,{"errorMessage":"no such customer"},1.50]}',
        ),
        ('[{"id": 2}, {"id": 1}]', b'[null,"one"]'),
    ],
)
def test_a_batch_is_answered_row_by_row(payload: str, reply: bytes) -> None:
    assert ask_rows(payload) == Outcome(reply)


def test_a_row_that_says_more_than_a_result_speaks_for_all() -> None:
    with pytest.raises(Refused):
        ask_rows('{"external_function": "s.score", "arguments": [[1, "a"], [3, "c"]]}')
    failed = ask_rows('{"external_function": "s.score", "arguments": [[1, "a"], [4, "d"]]}')
    assert (failed.failed, json.loads(failed.body)["errorType"]) == (True, "ExampleError")


@pytest.mark.parametrize(
    "payload",
    [
        '{"external_function": "s.score", "arguments": [[1, "a"], [9, "a"]]}',
        '{"external_function": "s.other", "arguments": [[1, "a"]]}',
        '{"external_function": "s.score", "arguments": []}',
        '{"external_function": "s.score"}',
        '[{"id": 3}]',
    ],
)
def test_a_row_without_an_example_is_told(payload: str) -> None:
    outcome = ask_rows(payload)
    assert (outcome.failed, json.loads(outcome.body)["errorType"]) == (True, "NoExample")
    assert "6 examples" in json.loads(outcome.body)["errorMessage"]


def test_true_is_not_one() -> None:
    assert ask("true").body == b'"a boolean"'
    assert not same(1, True)
    assert not same((1, 2), (1,))
    assert not same({"a": 1}, ("a", 1))
    assert not same("1", Decimal(1))


def test_examples_of_function_errors() -> None:
    given, made = ask('{"customer": 1}'), ask('{"customer": 2}')
    assert given == Outcome(b'{"errorMessage":"no such customer","errorType":"LookupError"}', failed=True)
    assert made.failed
    assert json.loads(made.body)["errorType"] == "ExampleError"


def test_an_example_of_a_bad_response_is_sent_as_it_is() -> None:
    assert ask('{"customer": 3}') == Outcome(b'"a text"')


def test_an_example_of_a_timeout_takes_longer_than_the_function_may() -> None:
    started = time.monotonic()
    outcome = ask('{"customer": 4}')
    assert time.monotonic() - started > 0.5
    assert json.loads(outcome.body)["errorType"] == "Sandbox.Timedout"


@pytest.mark.parametrize(
    ("error", "status"),
    [("throttled", 429), ("not_authorized", 403), ("not_found", 404), ("too_large", 413), ("unavailable", 503)],
)
def test_examples_of_refusals_are_the_apis_own(error: str, status: int) -> None:
    with pytest.raises(Refused) as caught:
        ask("{}", (({}, None, error),))
    assert caught.value.status == status
    with LocalLambda(
        [LocalFunction("f", None, examples=(({}, None, error),))], region=REGION, account=ACCOUNT
    ) as local:
        for type_ in ("RequestResponse", "Event", "DryRun"):
            with pytest.raises(ClientError) as refused:
                client(local).invoke(FunctionName="f", InvocationType=type_, Payload=b"{}")
            assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1E+3"), "1000"),
        (Decimal("0.10"), "0.10"),
        (12345678901234567890123, "12345678901234567890123"),
        ({"ü": ("x\n", None, False)}, '{"ü":["x\\n",null,false]}'),
        ((), "[]"),
    ],
)
def test_values_are_written_digit_by_digit(value: Any, text: str) -> None:
    assert json_text(value) == text


FACTS: Mapping[str, Any] = {
    "function": "f",
    "qualifier": None,
    "invocation_type": "Event",
    "client_context": None,
    "log_type": None,
    "request_id": "id",
}


def test_the_journal_forgets_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "COUNT_CAP", 3)
    monkeypatch.setattr(journal, "BYTES_CAP", 10)
    book = journal.Journal()
    for size in (1, 1, 1, 1, 8, 100):
        book.open(payload=b"x" * size, **FACTS)
        kept = [entry.number for entry in book.after()]
        assert sum(len(entry.payload) for entry in book.after()) <= 10 or len(kept) == 1
        assert len(kept) <= 3
    assert kept == [6]
    book.update(1, status=200)
    book.update(6, status=200)
    assert [(entry.number, entry.status) for entry in book.after(5)] == [(6, 200)]
