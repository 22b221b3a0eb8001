"""lambdaReadKinesisStream: one record of a Kinesis stream per call, as SQL of the 2016 article expects it."""

from __future__ import annotations

import json
import time
from typing import Any

import boto3

POLL_SECONDS = 0.2

kinesis = boto3.client("kinesis")


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Return the next record's Data and SequenceNumber, `""` both when none comes in time, and the NextShardIterator.

    The event has StreamName, and may have ShardId, NextShardIterator, SequenceNumber and Timeout (seconds, 3).
    """
    iterator = event.get("NextShardIterator") or first_iterator(event)
    deadline = time.monotonic() + float(event.get("Timeout", 3))
    while True:
        page = kinesis.get_records(ShardIterator=iterator, Limit=1)
        iterator = page["NextShardIterator"]
        if page["Records"] or time.monotonic() > deadline:
            return told(page["Records"]) | {"NextShardIterator": iterator}
        time.sleep(POLL_SECONDS)


def first_iterator(event: dict[str, Any]) -> str:
    """Return the iterator behind a sequence number, or at the shard's oldest record."""
    where = {"ShardIteratorType": "TRIM_HORIZON"}
    if event.get("SequenceNumber"):
        where = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": event["SequenceNumber"]}
    stream = event["StreamName"]
    shard = event.get("ShardId") or kinesis.list_shards(StreamName=stream, MaxResults=1)["Shards"][0]["ShardId"]
    iterator: str = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, **where)["ShardIterator"]
    return iterator


def told(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the first record as the article's SQL reads it."""
    if not records:
        return {"Data": "", "SequenceNumber": ""}
    return {"Data": json.loads(records[0]["Data"]), "SequenceNumber": records[0]["SequenceNumber"]}
