"""temperature-firehose: every change of a row goes into the stream, once, with what it was before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest

from tests.examples.aws import Aws, delivered, make_firehose
from tests.examples.places import Runtime, Server

EXAMPLE = "temperature-firehose"
TABLES = ("table",)
STREAM, BUCKET = "FirehoseTempReading", "temperature-readings"
NOON = "2016-02-15T12:00:00"


@pytest.fixture(autouse=True)
def stream(aws: Aws) -> None:
    """The stream that the handler puts records into."""
    make_firehose(aws, STREAM, BUCKET)


def records(aws: Aws) -> Iterator[dict[str, Any]]:
    """Yield what was delivered, with the time of the change taken out, when it is one of now."""
    for line in delivered(aws, BUCKET):
        record = json.loads(line)
        changed = datetime.fromisoformat(record.pop("changed_at").removesuffix("Z")).replace(tzinfo=timezone.utc)
        assert abs((datetime.now(timezone.utc) - changed).total_seconds()) < 60
        yield record


def change(operation: str, value: float | None, previous: float | None) -> dict[str, Any]:
    """Return a record without its time."""
    return {"operation": operation, "reading_time": NOON, "reading_value": value, "previous_value": previous}


def test_every_change_is_a_record(server: Server, aws: Aws) -> None:
    for sql in (
        "insert into temp_reading values ('2016-02-15 12:00:00', 60)",
        "update temp_reading set reading_value = 61.5",
        "update temp_reading set reading_value = null",
        "delete from temp_reading",
    ):
        server.rows(sql)
    server.example.sent()
    found = sorted(records(aws), key=lambda each: (each["operation"], str(each["reading_value"])))
    assert found == [
        change("delete", None, None),
        change("insert", 60.0, None),
        change("update", 61.5, 60.0),
        change("update", None, 61.5),
    ]


def test_an_update_that_changes_no_value_is_no_record(server: Server, aws: Aws) -> None:
    server.rows("insert into temp_reading values ('2016-02-15 12:00:00', 60)")
    server.rows("update temp_reading set reading_value = 60.00, reading_time = reading_time")
    server.rows("delete from temp_reading where reading_value > 1000")
    server.example.sent()
    assert list(records(aws)) == [change("insert", 60.0, None)]
    server.rows("delete from temp_reading")
    server.example.sent()


def test_the_article_s_readings_are_streamed(server: Server, aws: Aws) -> None:
    server.script("readings")
    server.example.sent()
    assert sorted(each["reading_value"] for each in records(aws)) == [63, 65, 65, 67, 74, 82, 85, 86]
    server.rows("delete from temp_reading")
    server.example.sent()


def test_what_the_trigger_passes_is_a_record(runtime: Runtime, aws: Aws) -> None:
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    passed = {"changed_at": now, "reading_time": NOON, "reading_value": "61.50", "previous_value": None}
    runtime.call("stream_temp_reading", operation="update", **passed)
    runtime.example.sent()
    assert list(records(aws)) == [change("update", 61.5, None)]
