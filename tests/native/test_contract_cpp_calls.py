"""The endpoints of native/contract's signatures, which the C++ core finds itself: the others are told them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.native.calls_support import PROGRAM, Calls, calls, shipped_calls
from tests.native.test_contract_calls import endpoint_of
from tests.native.test_contract_python import cases


@pytest.fixture(scope="module", params=[shipped_calls, calls], ids=["plain", "sanitized"])
def process(request: pytest.FixtureRequest) -> Iterator[Calls]:
    """The program `calls`, as it is shipped and with sanitizers."""
    with request.param() as running:
        yield running


@cases("signatures.json")
def test_endpoints(process: Calls, case: dict[str, Any]) -> None:
    named = {key: case[key] for key in ("region", "endpoint") if case[key]}
    assert process.ask("endpoint", program=PROGRAM | named) == endpoint_of(case)
