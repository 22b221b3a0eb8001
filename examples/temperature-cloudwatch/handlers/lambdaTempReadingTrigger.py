"""lambdaTempReadingTrigger: puts a temperature reading into CloudWatch, as a metric to chart and to alarm on."""

from __future__ import annotations

from typing import Any

import boto3

NAMESPACE = "Temperature Monitoring Database App"
METRIC = "Temperature Reading"

cloudwatch = boto3.client("cloudwatch")


def handler(event: dict[str, Any], context: object) -> dict[str, str]:
    """Put one reading. CloudWatch takes timestamps of the last two weeks, in UTC."""
    reading = {
        "MetricName": METRIC,
        "Timestamp": f"{event['reading_time']}Z",
        "Value": float(event["reading_value"]),
    }
    cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=[reading])
    print(f"reading of {reading['Timestamp']}: {reading['Value']:.2f}")
    return {"Status": "OK"}
