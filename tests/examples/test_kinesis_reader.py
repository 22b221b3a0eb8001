"""kinesis-reader: a stream as rows, page behind page, from where the last call left off; and the article's own loop."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.examples.aws import Aws
from tests.examples.places import Runtime, Server
from tests.live import databases as postgresql
from tests.live.mysql import databases as mysql

EXAMPLE = "kinesis-reader"
TABLES = ("table",)
STREAM = "MySensorReadings"
BATCH = 500
"""Records of one PutRecords, and of one page of the handler."""

FIRST = datetime(2016, 2, 16, 12)
READ = "kinesis_reader.sensor_readings('MySensorReadings', {after}, null, null)"


@pytest.fixture(autouse=True)
def stream(aws: Aws) -> None:
    """The stream, empty."""
    aws.client("kinesis").create_stream(StreamName=STREAM, ShardCount=1)


def put(aws: Aws, count: int, begin: int = 0) -> None:
    """Put readings into the stream, one a minute, as the article's are."""
    for start in range(begin, begin + count, BATCH):
        found = [record(number) for number in range(start, min(start + BATCH, begin + count))]
        aws.client("kinesis").put_records(StreamName=STREAM, Records=found)
        time.sleep(0.02)  # what is behind a page arrived later, or the stream says that nothing is behind it


def record(number: int) -> dict[str, Any]:
    """Return a record for Kinesis."""
    data = {"time": str(moment(number)), "temp": str(99 + number % 7)}
    return {"Data": json.dumps(data).encode(), "PartitionKey": "Sensor1"}


def moment(number: int) -> datetime:
    """Return when a reading was taken."""
    return FIRST + timedelta(minutes=number)


def read(server: Server, after: str | None = None) -> list[tuple[Any, ...]]:
    """Return what the stream has behind a sequence number, as `app` sees it."""
    call = READ.format(after="null" if after is None else f"'{after}'")
    return server.rows(f"call {call}" if server.engine == "mysql" else f"select * from {call}", "app")


def test_pages_are_one_set_of_rows_and_the_next_call_goes_on_behind_them(server: Server, aws: Aws) -> None:
    put(aws, 2 * BATCH + 3)
    before = len(server.example.sent())
    first = read(server)
    assert [(row[2], float(row[3])) for row in first] == [
        (moment(number), 99.0 + number % 7) for number in range(2 * BATCH + 3)
    ]
    sent = server.example.sent()[before:]
    assert len(sent) == 3
    assert [each["iterator"] is None for each in sent] == [True, False, False]
    put(aws, 2, 2 * BATCH + 3)
    assert [row[2] for row in read(server, first[-1][0])] == [moment(2 * BATCH + 3), moment(2 * BATCH + 4)]
    assert read(server, read(server)[-1][0]) == []


def test_a_table_catches_up_again_and_again(server: Server, aws: Aws) -> None:
    if server.engine == "mysql":
        put(aws, 1)
        assert len(server.script("read", "app")) == 1
        return
    counts = []
    for begin, count in ((0, 3), (3, 0), (3, 2)):
        put(aws, count, begin)
        server.script("catch_up")
        counts += server.rows("select count(*), count(distinct sequence_number), max(read_at) from sensor_reading")
    assert counts == [(3, 3, moment(2)), (3, 3, moment(2)), (5, 5, moment(4))]
    server.rows("truncate sensor_reading")


def test_the_article_s_function_reads_what_is_new(server: Server, aws: Aws) -> None:
    server.script("article")
    put(aws, 3)
    run = {"postgresql": processed_on_postgresql, "mysql": processed_on_mysql}[server.engine]
    last, told = run(server, "")
    assert told == [(str(moment(number)), str(99 + number)) for number in range(3)]
    put(aws, 1, 3)
    assert run(server, last)[1] == [(str(moment(3)), "102")]


def processed_on_postgresql(server: Server, after: str) -> tuple[str, list[tuple[str, ...]]]:
    """Run the function; return its result and what its notices tell of each reading."""
    told: list[str] = []
    with postgresql.connection(server.dsn, "app") as opened:
        opened.execute("set search_path = public, kinesis_reader")
        opened.add_notice_handler(lambda notice: told.append(notice.message_primary or ""))
        ((last,),) = opened.execute("select processSensorReadings(%s) as lastsequencenumber", [after]).fetchall()
    return last, [tuple(line.split('"')[1::2]) for line in told]


def processed_on_mysql(server: Server, after: str) -> tuple[str, list[tuple[str, ...]]]:
    """Run the procedure; return the last sequence number and its result sets, one per reading."""
    server.rows("grant execute on procedure processSensorReadings to app")
    with mysql.connection(server.dsn, "app", database="kinesis_reader") as opened, opened.cursor() as cursor:
        cursor.execute(f"set @last = '{after}'")
        cursor.execute("call processSensorReadings(@last)")
        told = list(cursor.fetchall())
        while cursor.nextset():
            told += cursor.fetchall()
        cursor.execute("select @last")
        ((last,),) = cursor.fetchall()
    return last, told


def test_the_article_s_select_finds_the_first_record(server: Server, aws: Aws) -> None:
    put(aws, 2)
    event = '{"StreamName": "MySensorReadings"}'
    ((text,),) = server.rows(f"select awslambda_fn('lambdaReadKinesisStream', '{event}') as kinesistest", "app")
    found = json.loads(text)
    assert found["Data"] == {"time": "2016-02-16 12:00:00", "temp": "99"}
    assert set(found) == {"Data", "SequenceNumber", "NextShardIterator"}


def test_no_other_function_is_found_by_name(server: Server, aws: Aws) -> None:
    with pytest.raises(Exception, match='"deleteEverything" is not a Lambda function that this database may call'):
        server.rows("select awslambda_fn('deleteEverything', '{}')", "app")
    with pytest.raises(Exception, match=r"(?i)denied"):
        server.rows("select kinesis_reader.awslambda_fn('lambdaReadKinesisStream', '{}')", "writer")


def test_a_runtime_follows_the_pages_too(runtime: Runtime, aws: Aws) -> None:
    put(aws, BATCH + 2)
    before = len(runtime.example.sent())
    rows = runtime.call("sensor_readings", stream=STREAM)
    assert [row["read_at"] for row in rows] == [moment(number).isoformat() for number in range(BATCH + 2)]
    assert len(runtime.example.sent()) - before == 2
    put(aws, 1, BATCH + 2)
    again = runtime.call("sensor_readings", stream=STREAM, after=rows[-1]["sequence_number"])
    assert [row["read_at"] for row in again] == [moment(BATCH + 2).isoformat()]


def test_a_runtime_has_the_article_s_name(runtime: Runtime, aws: Aws) -> None:
    put(aws, 1)
    text = runtime.runner.named("awslambda_fn", ["lambdaReadKinesisStream", json.dumps({"StreamName": STREAM})])
    assert json.loads(text or "")["Data"]["temp"] == "99"


def test_a_runtime_gives_the_article_s_loop_all_that_it_reads(runtime: Runtime, aws: Aws) -> None:
    """What article.sql sends and reads with each engine's own JSON."""
    put(aws, 2)
    event: dict[str, Any] = {"StreamName": STREAM, "SequenceNumber": None, "Timeout": 0}
    told, last = [], None
    while isinstance((found := named(runtime, event))["Data"], dict):
        told.append((found["Data"]["time"], found["Data"]["temp"]))
        last = found["SequenceNumber"]
        event["NextShardIterator"] = found["NextShardIterator"]
    assert told == [(str(moment(number)), str(99 + number)) for number in range(2)]
    put(aws, 1, 2)
    behind = named(runtime, {"StreamName": STREAM, "SequenceNumber": last})
    assert behind["Data"] == {"time": str(moment(2)), "temp": "101"}


def named(runtime: Runtime, event: dict[str, Any]) -> dict[str, Any]:
    """Call the article's function by its name."""
    found: dict[str, Any] = json.loads(
        runtime.runner.named("awslambda_fn", ["lambdaReadKinesisStream", json.dumps(event)]) or ""
    )
    return found
