"""What the tests of an example share: AWS's stand-in, and a server or a runtime with the module's EXAMPLE on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.examples import aws as services
from tests.examples.aws import Aws
from tests.examples.places import PLACES, RUNTIMES, Place, Runtime, Server, staged


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need a server."""
    for item in items:
        if "server" in getattr(item, "fixturenames", ()):
            item.add_marker("live")


@pytest.fixture(scope="package")
def everything() -> Iterator[Aws]:
    """AWS's stand-in, which every handler reaches that is started meanwhile."""
    with services.running() as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", running.url)
        yield running


@pytest.fixture
def aws(everything: Aws) -> Aws:
    """AWS's stand-in, with nothing in it."""
    everything.reset()
    return everything


@pytest.fixture(scope="module", params=PLACES, ids=lambda place: place.name)
def server(request: pytest.FixtureRequest, everything: Aws) -> Iterator[Server]:
    """A private server with the example's tables, where the example was installed."""
    place: Place = request.param
    if not place.root.is_dir():
        pytest.skip(f"no {place.name} here: script/newer-{place.kind.engine} fetches it")
    with staged(request.module.EXAMPLE) as example, place.running(example) as running:
        for table in request.module.TABLES:
            running.script(table)
        running.install()
        yield running


@pytest.fixture(scope="module", params=RUNTIMES)
def runtime(request: pytest.FixtureRequest, everything: Aws) -> Iterator[Runtime]:
    """The example's wrappers in what runs them for Oracle and SQL Server."""
    with staged(request.module.EXAMPLE) as example, RUNTIMES[request.param](example) as running:
        yield running
