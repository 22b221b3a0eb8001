"""A model of a server in the driver's place, empty for each test."""

from __future__ import annotations

import pytest

from tests.recorded.driver import Server
from tests.recorded.support import SPEC, permissions
from tests.recorded.support import server as new_server
from udfgen import dialect


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    """A server whose schema has all the rights that the example needs, and nothing else."""
    server = new_server(SPEC)
    server.schema.policy = permissions(SPEC)
    monkeypatch.setattr(dialect.load("oracle").part("session").oracledb, "connect", server.connect)
    return server
