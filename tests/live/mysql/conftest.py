"""A private MariaDB, and a MySQL where one was fetched, for the whole session; each test finds it empty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.runners import NEWER
from tests.conftest import private_server
from tests.live.mysql import databases
from tests.scripted import ScriptedLambda

MYSQL = NEWER / databases.ENGINE
ROOTS = [
    pytest.param(Path("/"), id="mariadb"),
    pytest.param(
        MYSQL,
        id="mysql",
        marks=pytest.mark.skipif(not MYSQL.is_dir(), reason="no MySQL here: script/newer-mysql fetches it"),
    ),
]


@pytest.fixture(scope="session", params=ROOTS)
def running(request: pytest.FixtureRequest, scripted: ScriptedLambda) -> Iterator[str]:
    """The DSN of root on a private server, whose process calls `scripted`."""
    with private_server(databases.ENGINE, scripted.environment(), request.param) as dsn:
        yield dsn


@pytest.fixture
def server(running: str) -> str:
    """The DSN of root on a server with nothing on it but two accounts, `app` and `bob`."""
    databases.reset(running)
    return running
