"""Credentials of the server process: found in the environment, at the container endpoint, at IMDSv2, and renewed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.live.databases import changed, connection, put, quickstart, remove, run, sql
from udfgen import commands, dialect
from udfgen.local import LocalLambda
from udfgen.serve import local_lambda

SPEC = quickstart()
CALL = "select quickstart.score_customer(42, 'gold')::text"


@pytest.fixture(scope="module")
def local() -> Iterator[LocalLambda]:
    """An endpoint of its own: what it hands out is revoked here."""
    with commands.quickstart() as folder:
        program = commands.compile_program(commands.read(folder / "spec.yaml"))
        with local_lambda(program, folder / "handlers", log=lambda line: None) as running:
            yield running


@pytest.fixture(scope="module")
def cluster(local: LocalLambda, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server whose processes see the container endpoint and IMDSv2, and no key."""
    home = str(tmp_path_factory.mktemp("home"))
    environment = local.container_environment() | local.metadata_environment() | {"HOME": home}
    with dialect.load("postgresql").part("server").running(environment) as dsn:
        sql(dsn, "create role app login")
        yield dsn


@pytest.mark.parametrize("source", ["container", "imds", "chain"])
def test_a_source_is_found_and_renewed(cluster: str, local: LocalLambda, source: str) -> None:
    spec = changed(SPEC, ("source: environment", f"source: {source}"), ("  oracle: {schema: quickstart}\n", ""))
    put(cluster, spec)
    asked = "credentials" if source == "imds" else "container"
    before = local.metadata.requests[asked]
    with connection(cluster, "app") as opened:
        assert run(opened, CALL) == [("87.50",)]
        assert run(opened, CALL) == [("87.50",)]
        assert local.metadata.requests[asked] == before + 1
        local.metadata.revoke()
        assert run(opened, CALL) == [("87.50",)]
        assert local.metadata.requests[asked] == before + 2
    remove(cluster, spec)


def test_a_source_without_keys_is_told(cluster: str) -> None:
    put(cluster, SPEC)
    with connection(cluster, "app") as opened, pytest.raises(psycopg.Error) as caught:
        run(opened, CALL)
    assert caught.value.sqlstate == "UL003"
    assert "no AWS credentials found: looked in environment" in str(caught.value)
    remove(cluster, SPEC)


@pytest.mark.parametrize("token", [False, True], ids=["token", "token file"])
def test_the_container_endpoint_takes_both_kinds_of_token(local: LocalLambda, token: bool) -> None:
    environment = local.container_environment(token_file=token)
    for name in ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",):
        if name in environment:
            Path(environment[name]).chmod(0o644)
    with dialect.load("postgresql").part("server").running(environment) as dsn:
        sql(dsn, "create role app login")
        put(dsn, changed(SPEC, ("source: environment", "source: container")))
        assert sql(dsn, CALL, user="app") == [("87.50",)]
