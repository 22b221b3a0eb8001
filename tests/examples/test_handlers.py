"""The handlers by themselves: called as AWS calls them, and what they leave in the other services."""

from __future__ import annotations

import json
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest

from tests.examples.aws import Aws, delivered, make_firehose, metric
from tests.examples.places import EXAMPLES, REGION, Example, staged

OK = {"Status": "OK"}
NOON = {"reading_time": "2016-02-15 12:00:00", "reading_value": "60"}
"""The event by which the article tests its functions."""


def invoke(example: Example, function: str, event: dict[str, Any]) -> Any:
    """Call a Lambda function of an example, and return its result."""
    found = example.local.environment()
    client = boto3.client(
        "lambda",
        region_name=REGION,
        endpoint_url=example.local.url,
        aws_access_key_id=found["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=found["AWS_SECRET_ACCESS_KEY"],
    )
    reply = client.invoke(FunctionName=function, Payload=json.dumps(event))
    body = json.loads(reply["Payload"].read())
    assert "FunctionError" not in reply, body
    return body


def test_a_reading_is_a_metric(aws: Aws) -> None:
    with staged("temperature-cloudwatch") as example:
        assert invoke(example, "lambdaTempReadingTrigger", NOON) == OK
    ((when, value),) = metric(aws, "Temperature Monitoring Database App", "Temperature Reading")
    assert (when.isoformat(), value) == ("2016-02-15T12:00:00+00:00", 60.0)


def test_a_change_is_a_line_of_the_stream(aws: Aws) -> None:
    make_firehose(aws, "FirehoseTempReading", "readings")
    with staged("temperature-firehose") as example:
        assert invoke(example, "lambdaTempReadingTrigger", NOON) == OK
    assert [json.loads(line) for line in delivered(aws, "readings")] == [NOON]


@pytest.mark.parametrize("said", [{}, {"ShardId": "shardId-000000000000"}, {"SequenceNumber": "1"}])
def test_the_article_s_reader_gives_one_record(aws: Aws, said: dict[str, str]) -> None:
    kinesis = aws.client("kinesis")
    kinesis.create_stream(StreamName="MySensorReadings", ShardCount=1)
    for temp in ("99", "100"):
        data = json.dumps({"time": "2016-02-16 12:00:00", "temp": temp})
        kinesis.put_record(StreamName="MySensorReadings", Data=data.encode(), PartitionKey="Sensor1")
    event = {"StreamName": "MySensorReadings", "Timeout": 0}
    with staged("kinesis-reader") as example:
        first = invoke(example, "lambdaReadKinesisStream", event | said)
        more = event | {"NextShardIterator": first["NextShardIterator"]}
        second = invoke(example, "lambdaReadKinesisStream", more)
    temps = [each["Data"] and each["Data"]["temp"] for each in (first, second)]
    assert temps == (["100", ""] if "SequenceNumber" in said else ["99", "100"])
    assert (second["SequenceNumber"] == "") == (second["Data"] == "")


def test_every_handler_is_checked_here_or_by_a_statement() -> None:
    found = {path.stem for path in EXAMPLES.glob("*/handlers/*.py") if "quickstart" not in path.parts}
    in_statements = {"shipping_price", "score_customers", "check_addresses", "exchange_rate"}
    assert found == {"lambdaTempReadingTrigger", "lambdaReadKinesisStream", "read_sensor_readings"} | in_statements
