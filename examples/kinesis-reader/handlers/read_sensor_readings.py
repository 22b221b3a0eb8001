"""read-sensor-readings: a page of a Kinesis stream's records, and the iterator of the page behind it."""

from __future__ import annotations

import json
from datetime import timezone
from typing import Any

import boto3

PAGE = 500
"""Records of a page. GetRecords gives up to 10,000 records or 10 MB, Lambda answers with up to 6 MB."""

kinesis = boto3.client("kinesis")


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Return the readings of one page, and `next`: None when the shard has nothing more for now."""
    page = kinesis.get_records(ShardIterator=event["iterator"] or first_iterator(event), Limit=PAGE)
    is_last = page["MillisBehindLatest"] == 0
    return {
        "readings": [reading(record) for record in page["Records"]],
        "next": None if is_last else page.get("NextShardIterator"),
    }


def first_iterator(event: dict[str, Any]) -> str:
    """Return the iterator behind the record that was read last, or at the oldest one."""
    where = {"ShardIteratorType": "TRIM_HORIZON"}
    if event["after"]:
        where = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": event["after"]}
    shard = event["shard"] or first_shard(event["stream"])
    iterator: str = kinesis.get_shard_iterator(StreamName=event["stream"], ShardId=shard, **where)["ShardIterator"]
    return iterator


def first_shard(stream: str) -> str:
    """Return the id of a stream's first shard."""
    shard: str = kinesis.list_shards(StreamName=stream, MaxResults=1)["Shards"][0]["ShardId"]
    return shard


def reading(record: dict[str, Any]) -> dict[str, str]:
    """Return a record's data, which are JSON like {"time": "2016-02-16 12:00:00", "temp": "99"}, as a row."""
    data = json.loads(record["Data"])
    return {
        "sequence_number": record["SequenceNumber"],
        "arrived_at": record["ApproximateArrivalTimestamp"].astimezone(timezone.utc).isoformat(),
        "read_at": data["time"].replace(" ", "T"),
        "temperature": str(data["temp"]),
    }
