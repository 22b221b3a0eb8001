"""A server of the tests, new for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.tds.server import Instance
from tests.tds.statements import perform
from tests.tds.wire import Server, serving


@dataclass(frozen=True)
class Place:
    """A server, and the port that it listens on."""

    instance: Instance
    server: Server

    @property
    def port(self) -> int:
        """The port."""
        return self.server.port


@pytest.fixture
def place() -> Iterator[Place]:
    """A server that has all that the example needs, and nothing else; none of its batches may surprise it."""
    instance = Instance(perform)
    with serving(Server(instance.welcome)) as server:
        yield Place(instance, server)
    assert instance.surprises == []
