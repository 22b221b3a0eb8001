"""A schema of somebody's own, named by UDFGEN_TEST_ORACLE_DSN; without it every test here is skipped.

The user of the DSN is the schema. The grantee is the user of UDFGEN_TEST_ORACLE_CALLER_DSN, else APP: there must be
one. A DBA has run the permissions.sql that `python -m tests.live.oracle.places` prints. Tests that call need
UDFGEN_TEST_ORACLE_ENDPOINT, http://127.0.0.1:<port> as the server sees this machine, and tests.conformance.runners.KEY
in the environment of its processes. What is installed is taken away again.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conformance.runners import named_endpoint
from tests.live.oracle.places import CALLER, DSN, ENDPOINT, Place, here
from tests.scripted import ScriptedLambda
from udfgen.connect import Session


def _require(value: str | None, name: str, what: str) -> None:
    if not value:
        pytest.skip(f"{name} is not set: it names {what}")


@pytest.fixture
def place() -> Iterator[Place]:
    """The schema, with nothing of ours in it, before and after."""
    found = here()
    _require(found.dsn, DSN, "an Oracle server to install into")
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
    with named_endpoint("oracle") as running:
        yield running
