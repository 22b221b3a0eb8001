"""A database of somebody's own, named by UDFGEN_TEST_SQLSERVER_DSN; without it every test here is skipped.

Its user is in db_owner and may trust assemblies (CONTROL SERVER). UDFGEN_TEST_SQLSERVER_CALLER_DSN is a login of the
grantee, whose user of that name is in the database; without it the grantee is a user without login that the tests make.
Tests that call need UDFGEN_TEST_SQLSERVER_ENDPOINT, http://127.0.0.1:<port> as the server sees this machine, and
tests.conformance.runners.KEY in the environment of its service. What is installed is taken away again.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conformance.runners import named_endpoint
from tests.live.sqlserver.places import CALLER, DSN, ENDPOINT, Place, here
from tests.scripted import ScriptedLambda
from udfgen.connect import Session


def _require(value: str, name: str, what: str) -> None:
    if not value:
        pytest.skip(f"{name} is not set: it names {what}")


@pytest.fixture
def place() -> Iterator[Place]:
    """The database, with nothing of ours in it, before and after."""
    found = here()
    _require(found.dsn, DSN, "a SQL Server database to install into")
    found.admit()
    found.remove()
    yield found
    found.remove()


@pytest.fixture
def caller(place: Place) -> Iterator[Session]:
    """A session of the grantee, who has nothing but what the spec grants."""
    _require(place.caller, CALLER, "the grantee's login")
    with place.session(place.caller) as opened:
        yield opened


@pytest.fixture
def scripted(place: Place) -> Iterator[ScriptedLambda]:
    """The endpoint that the server calls."""
    _require(place.endpoint, ENDPOINT, "this machine as the server sees it")
    with named_endpoint("sqlserver") as running:
        yield running


@pytest.fixture
def installed(place: Place, scripted: ScriptedLambda) -> Place:
    """The database with the spec in it, and an endpoint that answers."""
    place.put()
    return place
