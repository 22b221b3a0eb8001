"""A stand-in for CloudWatch, Firehose, S3 and Kinesis that can be asked what it was sent: moto's server.

https://docs.getmoto.org/en/latest/docs/server_mode.html
"""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3  # type: ignore[import-untyped]
from moto.server import ThreadedMotoServer

from tests.examples.places import REGION

HOST = "127.0.0.1"
LONG = timedelta(days=10 * 366)


@dataclass(frozen=True, slots=True)
class Aws:
    """The services, at one URL."""

    url: str

    def client(self, service: str) -> Any:
        """Return a client of a service."""
        keys = {"aws_access_key_id": "moto", "aws_secret_access_key": "moto"}
        return boto3.client(service, endpoint_url=self.url, region_name=REGION, **keys)

    def reset(self) -> None:
        """Forget everything."""
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/moto-api/reset", method="POST")).close()


@contextmanager
def running() -> Iterator[Aws]:
    """Serve on a free port of the loopback."""
    server = ThreadedMotoServer(HOST, 0, verbose=False)
    server.start()
    try:
        yield Aws(f"http://{HOST}:{server.get_host_and_port()[1]}")
    finally:
        server.stop()


def metric(aws: Aws, namespace: str, name: str, statistic: str = "Sum") -> list[tuple[datetime, float]]:
    """Return a metric's values by the minute, oldest first."""
    stat = {"Metric": {"Namespace": namespace, "MetricName": name}, "Period": 60, "Stat": statistic}
    found = aws.client("cloudwatch").get_metric_data(
        MetricDataQueries=[{"Id": "wanted", "MetricStat": stat}],
        StartTime=datetime(2016, 1, 1, tzinfo=timezone.utc),
        EndTime=datetime.now(timezone.utc) + LONG,
    )["MetricDataResults"]
    return sorted(zip(found[0]["Timestamps"], found[0]["Values"], strict=True))


def make_firehose(aws: Aws, stream: str, bucket: str) -> None:
    """Make a Firehose stream that delivers to a bucket of S3."""
    aws.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    role = "arn:aws:iam::123456789012:role/firehose"
    destination = {"RoleARN": role, "BucketARN": f"arn:aws:s3:::{bucket}"}
    aws.client("firehose").create_delivery_stream(
        DeliveryStreamName=stream, ExtendedS3DestinationConfiguration=destination
    )


def delivered(aws: Aws, bucket: str) -> list[bytes]:
    """Return the lines that a Firehose stream delivered, in no order."""
    s3 = aws.client("s3")
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    return [line for key in keys for line in s3.get_object(Bucket=bucket, Key=key)["Body"].read().splitlines()]
