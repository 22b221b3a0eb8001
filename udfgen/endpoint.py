"""Where the Invoke API answers, for an engine whose server is not asked: its grants follow from the spec."""

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


def endpoint(aws: Aws) -> str:
    """Return the URL of the Lambda endpoint: the spec's, else that of the region in its partition."""
    suffix = next(suffix for prefix, suffix in SUFFIXES if aws.region.startswith(prefix))
    return aws.endpoint or f"https://lambda.{aws.region}.{suffix}"
