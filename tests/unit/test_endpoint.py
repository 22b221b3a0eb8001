"""What follows from a region: its endpoint, the same as the cores find, and its partition, as botocore knows it."""

from __future__ import annotations

import re

import botocore.loaders  # type: ignore[import-untyped]
import pytest

from tests.unit.core_support import core
from udfgen.endpoint import SUFFIXES, endpoint, partition
from udfgen.ir import Aws


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("eu-west-1", "https://lambda.eu-west-1.amazonaws.com"),
        ("us-gov-west-1", "https://lambda.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "https://lambda.cn-north-1.amazonaws.com.cn"),
        ("us-isob-east-1", "https://lambda.us-isob-east-1.sc2s.sgov.gov"),
        ("us-iso-east-1", "https://lambda.us-iso-east-1.c2s.ic.gov"),
        ("eusc-de-east-1", "https://lambda.eusc-de-east-1.amazonaws.eu"),
    ],
)
def test_it_follows_from_the_partition(region: str, expected: str) -> None:
    assert endpoint(Aws(region)) == expected


def test_the_spec_may_say_another() -> None:
    assert endpoint(Aws("eu-west-1", endpoint="http://127.0.0.1:9001")) == "http://127.0.0.1:9001"


def test_the_partitions_are_those_of_the_cores() -> None:
    assert SUFFIXES == core.SUFFIXES


def known_regions() -> list[tuple[str, str]]:
    """Return the regions that botocore knows, with their partitions."""
    found = botocore.loaders.Loader().load_data("endpoints")["partitions"]
    return [(region, each["partition"]) for each in found for region in each["regions"] if re.search(r"\d$", region)]


@pytest.mark.parametrize(("region", "expected"), known_regions())
def test_a_partition_follows_from_the_region(region: str, expected: str) -> None:
    assert partition(region) == expected
