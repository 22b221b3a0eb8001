"""What follows from a region: its partition, and where the Invoke API answers there."""

from __future__ import annotations

from udfgen.ir import Aws

# Regions whose endpoints end otherwise; the first prefix that fits counts.
# https://docs.aws.amazon.com/general/latest/gr/lambda-service.html
SUFFIXES = (
    ("cn-", "amazonaws.com.cn"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("us-iso-", "c2s.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("eusc-", "amazonaws.eu"),
    ("", "amazonaws.com"),
)

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
PARTITIONS = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("us-iso-", "aws-iso"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
    ("", "aws"),
)


def endpoint(aws: Aws) -> str:
    """Return the URL of the Lambda endpoint: the spec's, else that of the region in its partition.

    For an engine whose server is not asked: its grants follow from the spec.
    """
    suffix = next(suffix for prefix, suffix in SUFFIXES if aws.region.startswith(prefix))
    return aws.endpoint or f"https://lambda.{aws.region}.{suffix}"


def partition(region: str) -> str:
    """Return the partition of a region, the second word of its ARNs."""
    return next(name for prefix, name in PARTITIONS if region.startswith(prefix))
