"""A second server beside the shared one: its processes call an endpoint that answers what a test tells it to."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.live import databases
from tests.scripted import ScriptedLambda
from udfgen import dialect
from udfgen.errors import UsageError

_number = count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder: each needs a server."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("live")


@pytest.fixture(scope="session")
def scripted() -> Iterator[ScriptedLambda]:
    """An endpoint that gives back exactly the bytes that a test asks for."""
    with ScriptedLambda() as running:
        yield running


@pytest.fixture(scope="session")
def scripted_server(scripted: ScriptedLambda) -> Iterator[str]:
    """The DSN of a superuser on a private PostgreSQL, whose processes call `scripted`."""
    server = dialect.load(databases.ENGINE).part("server").running(scripted.environment())
    try:
        dsn = server.__enter__()
    except UsageError as error:
        missing(str(error))
    try:
        databases.sql(dsn, "create role app login; create role bob login")
        yield dsn
    finally:
        server.__exit__(None, None, None)


@pytest.fixture(scope="module")
def another(scripted_server: str) -> Iterator[Callable[[str], str]]:
    """Make one more database on the scripted server, with what stands behind `create database`; return its DSN.

    They go with the module, as does what installs left of roles.
    """
    made: list[str] = []

    def make(options: str = "") -> str:
        name = f"calls_{next(_number)}"
        databases.sql(scripted_server, f"create database {name} {options}")
        made.append(name)
        return scripted_server.replace("/postgres?", f"/{name}?")

    yield make
    for name in made:
        databases.sql(scripted_server, f"drop database {name} with (force)")
    for (role,) in databases.sql(scripted_server, "select rolname from pg_roles where rolname ~ '^udfgen'"):
        databases.sql(scripted_server, f'drop role "{role}"')


@pytest.fixture(scope="session")
def psql() -> str:
    """The path of psql, PostgreSQL's own client."""
    found = shutil.which("psql")
    if found is None:
        missing("psql is not installed; on Debian: apt-get install postgresql-client")
    return found
