"""lambdaTempReadingTrigger: puts a change of temp_reading into a Firehose stream, on its way to a data warehouse."""

from __future__ import annotations

import json
from typing import Any

import boto3

STREAM = "FirehoseTempReading"

firehose = boto3.client("firehose")


def handler(event: dict[str, Any], context: object) -> dict[str, str]:
    """Put one record: a JSON object on a line of its own, as Redshift's COPY reads it."""
    record = json.dumps(event) + "\n"
    firehose.put_record(DeliveryStreamName=STREAM, Record={"Data": record.encode()})
    return {"Status": "OK"}
