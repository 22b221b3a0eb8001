"""IMDSv2 and the container endpoint, through botocore's own providers and by hand."""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.session  # type: ignore[import-untyped]
import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.unit.local_support import ACCOUNT, REGION, client
from udfgen.local import LocalFunction, LocalLambda
from udfgen.local.keys import utc_now

ROLES = "/latest/meta-data/iam/security-credentials/"


@pytest.fixture
def local() -> Iterator[LocalLambda]:
    function = LocalFunction("echo", None, examples=(({}, "here", None),))
    with LocalLambda([function], region=REGION, account=ACCOUNT) as running:
        yield running


def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variables: dict[str, str]) -> Any:
    """Return a client that finds its credentials with these variables, and no others."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    nothing = {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"), "AWS_CONFIG_FILE": str(tmp_path / "none")}
    for name, value in (variables | nothing).items():
        monkeypatch.setenv(name, value)
    return botocore.session.Session().create_client("lambda", region_name=REGION)


def ask(url: str, method: str, path: str, **headers: str) -> tuple[int, str]:
    """Send a request, and return status and text; underscores in header names become hyphens."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    reply = connection.getresponse()
    try:
        return reply.status, reply.read().decode()
    finally:
        connection.close()


def test_botocore_finds_credentials_by_imdsv2(
    local: LocalLambda, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    caller = aws(monkeypatch, tmp_path, local.metadata_environment())
    assert caller.invoke(FunctionName="echo", Payload=b"{}")["Payload"].read() == b'"here"'
    assert local.metadata.requests == {"token": 1, "role": 1, "credentials": 1}


@pytest.mark.parametrize("token_file", [False, True])
def test_botocore_finds_credentials_by_the_container_endpoint(
    local: LocalLambda, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, token_file: bool
) -> None:
    variables = local.container_environment(token_file=token_file)
    caller = aws(monkeypatch, tmp_path, variables)
    assert caller.invoke(FunctionName="echo", Payload=b"{}")["Payload"].read() == b'"here"'
    assert local.metadata.requests == {"container": 1}
    if token_file:
        path = Path(variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"])
        assert path.stat().st_mode & 0o777 == 0o600
        local.stop()
        assert not path.exists()


def test_revoked_credentials_are_expired_and_new_ones_work(
    local: LocalLambda, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    variables = local.metadata_environment()
    caller = aws(monkeypatch, tmp_path, variables)
    caller.invoke(FunctionName="echo", Payload=b"{}")
    local.metadata.revoke()
    with pytest.raises(ClientError) as caught:
        caller.invoke(FunctionName="echo", Payload=b"{}")
    assert caught.value.response["Error"]["Code"] == "ExpiredTokenException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    again = aws(monkeypatch, tmp_path, variables)
    assert again.invoke(FunctionName="echo", Payload=b"{}")["StatusCode"] == 200


def test_imdsv2_insists_on_its_token(local: LocalLambda) -> None:
    url = local.metadata.environment()["AWS_EC2_METADATA_SERVICE_ENDPOINT"]
    assert url.startswith("http://127.0.0.1:")
    put = "X_aws_ec2_metadata_token_ttl_seconds"
    assert ask(url, "GET", ROLES)[0] == 401
    assert ask(url, "GET", ROLES, X_aws_ec2_metadata_token="guess")[0] == 401
    assert ask(url, "PUT", "/latest/api/token")[0] == 400
    assert ask(url, "PUT", "/latest/api/token", **{put: "21601"})[0] == 400
    assert ask(url, "PUT", "/latest/api/token", **{put: "60"}, X_Forwarded_For="10.0.0.1")[0] == 403
    assert ask(url, "GET", "/latest/api/token", **{put: "60"})[0] == 405
    status, token = ask(url, "PUT", "/latest/api/token", **{put: "60"})
    assert status == 200
    status, role = ask(url, "GET", ROLES, X_aws_ec2_metadata_token=token)
    status, text = ask(url, "GET", ROLES + role, X_aws_ec2_metadata_token=token)
    found = json.loads(text)
    assert found["Code"] == "Success"
    assert found["AccessKeyId"].startswith("ASIA")
    assert {"SecretAccessKey", "Token", "Expiration", "LastUpdated", "Type"} < set(found)
    assert ask(url, "GET", ROLES + "other", X_aws_ec2_metadata_token=token)[0] == 404
    assert ask(url, "GET", "/latest/meta-data/", X_aws_ec2_metadata_token=token)[0] == 404
    assert local.metadata.requests["refused"] == 8


def test_the_container_endpoint_insists_on_its_token(local: LocalLambda) -> None:
    variables = local.container_environment()
    url = variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
    path, token = urlsplit(url).path, variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
    assert ask(url, "GET", path)[0] == 401
    assert ask(url, "GET", path, Authorization="wrong")[0] == 401
    assert ask(url, "POST", path, Authorization=token)[0] == 405
    status, text = ask(url, "GET", path, Authorization=token)
    assert status == 200
    assert {"AccessKeyId", "SecretAccessKey", "Token", "Expiration"} < set(json.loads(text))


def test_credentials_are_rotated_when_asked_and_before_their_end(
    local: LocalLambda, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch() -> str:
        variables = local.container_environment()
        url = variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
        text = ask(url, "GET", urlsplit(url).path, Authorization=variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"])[1]
        return str(json.loads(text)["AccessKeyId"])

    first = fetch()
    assert fetch() == first
    local.metadata.rotate()
    second = fetch()
    assert second != first
    for early, handed_out in ((302, second), (298, None)):
        later = utc_now() + timedelta(seconds=local.metadata.lifetime - early)
        monkeypatch.setattr("udfgen.local.metadata.utc_now", lambda now=later: now)
        assert handed_out is None or fetch() == handed_out
    assert fetch() != second, "five minutes before their end there are new ones"


def test_the_lifetime_of_credentials_is_a_knob(local: LocalLambda, monkeypatch: pytest.MonkeyPatch) -> None:
    local.metadata.lifetime = 60
    variables = local.container_environment()
    url, token = variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"], variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
    found = json.loads(ask(url, "GET", urlsplit(url).path, Authorization=token)[1])
    end = datetime.fromisoformat(found["Expiration"].replace("Z", "+00:00"))
    assert timedelta(seconds=50) < end - utc_now() < timedelta(seconds=61.1)
    keys = {"aws_access_key_id": found["AccessKeyId"], "aws_secret_access_key": found["SecretAccessKey"]}
    aws = client(local, **keys, aws_session_token=found["Token"])
    assert aws.invoke(FunctionName="echo", Payload=b"{}")["StatusCode"] == 200
    monkeypatch.setattr("udfgen.local.service.utc_now", lambda: end)
    with pytest.raises(ClientError, match="ExpiredTokenException"):
        aws.invoke(FunctionName="echo", Payload=b"{}")
