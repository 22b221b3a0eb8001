"""PostgreSQL's core: where credentials come from, when they are renewed, and what is said when there are none."""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.unit.core_support import (
    Answer,
    Cancelled,
    Host,
    Request,
    Server,
    answers,
    clear_environment,
    core,
    entry,
    fails,
    http,
    make_core,
    set_keys,
)

ROLE = "/latest/meta-data/iam/security-credentials/"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    clear_environment(monkeypatch)


def keys(access_key: str = "ASIAROLE", minutes: float = 60, **changes: Any) -> bytes:
    """Return what a metadata service says: temporary credentials for some minutes."""
    expiry = (datetime.now(timezone.utc) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
    facts = {"AccessKeyId": access_key, "SecretAccessKey": "secret", "Token": "token/+=", "Expiration": expiry}
    return json.dumps(facts | changes).encode()


def used(source: dict[str, str], calls: int = 1) -> list[tuple[str, str]]:
    """Return access key and session token of calls made with credentials from a source."""
    with Server(answers(http())) as server:
        call = make_core(endpoint=server.url, credentials=source).function(entry())
        for _ in range(calls):
            assert str(call(1)) == "87.50"
    keys_sent = [each.headers["authorization"].split("Credential=")[1].split("/")[0] for each in server.requests]
    return [(key, each.headers["x-amz-security-token"]) for key, each in zip(keys_sent, server.requests, strict=True)]


def why_none(source: str, **facts: str) -> str:
    """Return what a call says that finds no credentials, and that nothing is sent then."""
    with Server(answers(http())) as server, fails("not_authorized") as error:
        make_core(endpoint=server.url, credentials={"source": source, **facts}).function(entry(timeout_ms=9000))(1)
    assert server.requests == []
    return error.text


# --- environment -----------------------------------------------------------------------------------------------


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    set_keys(monkeypatch, token="a-token")
    assert used({"source": "environment"}) == [("AKIDEXAMPLE", "a-token")]
    assert make_core().credentials_source() == "environment"


def test_environment_without_keys() -> None:
    assert why_none("environment") == "score: no AWS credentials found: looked in environment"


def test_a_key_without_its_secret_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    assert "looked in environment" in why_none("environment")


def test_the_source_is_named_or_the_error_names_the_spec() -> None:
    with fails("not_authorized") as error:
        make_core().credentials_source()
    assert error.text == "sensors: no AWS credentials found: looked in environment"


# --- container -------------------------------------------------------------------------------------------------


@pytest.fixture
def container(monkeypatch: pytest.MonkeyPatch) -> Any:
    with Server(answers(http(body=keys()))) as server:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{server.url}/v1/credentials")
        yield server


def test_container(container: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "pod-token")
    assert used({"source": "container"}, calls=2) == [("ASIAROLE", "token/+=")] * 2
    (request,) = container.requests
    assert (request.line, request.headers["authorization"]) == ("GET /v1/credentials HTTP/1.1", "pod-token")


def test_container_token_from_a_file_counts_first(container: Server, tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "token").write_text("from-file")
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "from-variable")
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(tmp_path / "token"))
    used({"source": "container"})
    assert container.requests[0].headers["authorization"] == "from-file"


def test_container_without_a_token_sends_none(container: Server) -> None:
    used({"source": "container"})
    assert "authorization" not in container.requests[0].headers


@pytest.mark.parametrize("token", ["a\r\nX-Evil: 1", "a\n", "caf\u00e9"])
def test_container_token_with_a_line_break_is_refused(
    container: Server, token: str, tmp_path: Path, monkeypatch: Any
) -> None:
    (tmp_path / "token").write_bytes(token.encode())
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(tmp_path / "token"))
    assert why_none("container").endswith("(the container's authorization token holds a line break)")
    assert container.requests == []


def test_container_token_file_that_cannot_be_read(container: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/nonexistent/token")
    assert why_none("container").endswith("(cannot read the file in AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE)")


@pytest.mark.parametrize("host", ["example.com", "10.0.0.1", "169.254.169.254", "127.0.0.1.example.com", "[::2]"])
def test_container_host_that_must_not_get_the_token(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://{host}/credentials")
    assert why_none("container").endswith(
        "(AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or a host that AWS names)"
    )


def note_fetches(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Answer every question for credentials without asking anybody; return the list of addresses to be asked."""
    asked = []

    def fetch(url: str, *_: Any, **__: str) -> Any:
        asked.append(url)
        return core.Reply(200, b"", keys(), {})

    monkeypatch.setattr(core, "_fetch", fetch)
    return asked


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "169.254.170.2", "169.254.170.23"])
def test_container_hosts_that_may(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = note_fetches(monkeypatch)
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://{host}/x")
    assert used({"source": "container"}) == [("ASIAROLE", "token/+=")]
    assert asked == [f"http://{host}/x"]


def test_container_relative_address(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = note_fetches(monkeypatch)
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/x")
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/")
    used({"source": "container"})
    assert asked == ["http://169.254.170.2/v2/credentials/x"]


def test_a_container_path_that_would_lead_to_another_host(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = note_fetches(monkeypatch)
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "0.example/v1")
    why = "(AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with a slash)"
    assert why_none("container").endswith(why)
    assert asked == []


BAD_KEYS = {
    "an error with status 200": b'{"Code":"AssumeRoleUnauthorizedAccess","Message":"no"}',
    "a field missing": json.dumps({"AccessKeyId": "a", "SecretAccessKey": "s", "Token": "t"}).encode(),
    "a field empty": keys(Token=""),
    "a field that is no text": keys(Token=1),
    "no JSON": b"<html>",
    "an array": b"[]",
}
NO_MOMENTS = (
    "tomorrow",
    "2026-01-02",
    "2026-02-29T00:00:00Z",
    "2026-04-31T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-01-01T24:00:00Z",
    "2026-01-01T00:60:00Z",
    "2026-01-01T00:00:60Z",
    "2026-01-01 00:00:00Z",
    "2026-01-01T+1:00:00Z",
    "2026-01-01T00:00:0\u0661Z",
)


@pytest.mark.parametrize("name", BAD_KEYS)
def test_container_answers_without_credentials(container: Server, name: str) -> None:
    container.answer = answers(http(body=BAD_KEYS[name]))
    assert why_none("container") == (
        "score: no AWS credentials found: looked in container (container answered HTTP 200 without credentials)"
    )


@pytest.mark.parametrize("key", ["a\r\nX-Evil: 1", "a\n", "caf\u00e9"])
def test_keys_that_cannot_stand_in_a_header_are_refused(container: Server, key: str, monkeypatch: Any) -> None:
    container.answer = answers(http(body=keys(key)))
    assert why_none("container").endswith("(they hold a line break or another odd character)")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert why_none("environment").endswith("(they hold a line break or another odd character)")


@pytest.mark.parametrize("expiry", NO_MOMENTS)
def test_an_expiry_that_is_no_moment(container: Server, expiry: str) -> None:
    container.answer = answers(http(body=keys(Expiration=expiry)))
    assert why_none("container").endswith("(they have no valid expiry)")


def test_container_that_refuses(container: Server) -> None:
    container.answer = answers(http(403, keys()))
    assert why_none("container").endswith("(container answered HTTP 403 without credentials)")


# --- imds ------------------------------------------------------------------------------------------------------


def imds(**changes: bytes) -> Answer:
    """Return an IMDSv2 that insists on its token; `changes` replaces the reply to a part of it."""

    def answer(request: Request, _: object) -> bytes:
        method, path, _version = request.line.split(" ")
        if method == "PUT" and path == "/latest/api/token":
            assert request.headers["x-aws-ec2-metadata-token-ttl-seconds"] == "21600"
            return changes.get("token", http(body=b"T0ken=="))
        if method != "GET" or request.headers.get("x-aws-ec2-metadata-token") != "T0ken==":
            return http(401, b"")
        if path == ROLE:
            return changes.get("roles", http(body=b"my-role@x\n"))
        return changes.get("keys", http(body=keys())) if path == f"{ROLE}my-role@x" else http(404, b"")

    return answer


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch) -> Any:
    with Server(imds()) as server:
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", f"{server.url}/")
        yield server


def test_imds(instance: Server) -> None:
    assert used({"source": "imds"}, calls=2) == [("ASIAROLE", "token/+=")] * 2
    assert [request.line.split(" ")[0] for request in instance.requests] == ["PUT", "GET", "GET"]


def test_imds_that_is_switched_off(instance: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "True")
    assert why_none("imds") == "score: no AWS credentials found: looked in imds"
    assert instance.requests == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"token": http(403, b"")}, "imds answered HTTP 403 without a token"),
        ({"token": http(body=b"a\r\nb")}, "imds answered HTTP 200 without a token"),
        ({"roles": http(404, b"")}, "the instance has no role"),
        ({"roles": http(body=b"")}, "the instance has no role"),
        ({"roles": http(body=b"../../evil")}, "the instance has no role"),
        ({"keys": http(body=b'{"Code":"Failed"}')}, "imds answered HTTP 200 without credentials"),
    ],
)
def test_imds_without_credentials(instance: Server, changes: dict[str, bytes], why: str) -> None:
    instance.answer = imds(**changes)
    assert why_none("imds") == f"score: no AWS credentials found: looked in imds ({why})"


def test_imds_that_does_not_answer_is_given_up_after_its_time(
    instance: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance.answer = lambda request, _: time.sleep(1.4)
    begun = time.monotonic()
    assert why_none("imds").endswith(f"(127.0.0.1:{instance.port} does not answer)")
    assert 1.0 <= time.monotonic() - begun < 1.3


def test_imds_is_asked_as_often_as_the_environment_says(instance: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "3")
    instance.answer = imds(token=http(500, b""))
    why_none("imds")
    assert len(instance.requests) == 3


def test_the_deadline_of_the_call_holds_over_the_search(instance: Server) -> None:
    instance.answer = lambda request, _: time.sleep(0.6)
    begun = time.monotonic()
    with fails("timeout") as error:
        make_core(endpoint="http://127.0.0.1:9", credentials={"source": "imds"}).function(entry(timeout_ms=300))(1)
    assert error.text == "score: timed out after 300 ms while looking for AWS credentials"
    assert time.monotonic() - begun < 0.4


def test_a_cancel_ends_the_search(instance: Server) -> None:
    instance.answer = lambda request, _: time.sleep(0.6)
    with pytest.raises(Cancelled):
        make_core(Host(cancel_at=1), credentials={"source": "imds"}).function(entry())(1)


# --- chain -----------------------------------------------------------------------------------------------------


def test_chain_takes_the_environment_first(
    instance: Server, container: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    shared = make_core(credentials={})
    assert shared.credentials_source() == "environment"
    assert instance.requests == container.requests == []


def test_chain_takes_the_container_before_the_instance(instance: Server, container: Server) -> None:
    assert make_core(credentials={"source": "chain"}).credentials_source() == "container"
    assert instance.requests == []


def test_chain_takes_the_instance_last(instance: Server) -> None:
    assert make_core(credentials={"source": "chain"}).credentials_source() == "imds"


def test_chain_that_finds_nothing_names_where_it_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    everywhere = "environment, profile, container, imds"
    assert why_none("chain") == f"score: no AWS credentials found: looked in {everywhere}"


# --- profile ---------------------------------------------------------------------------------------------------

PROFILES = """
[default]
aws_access_key_id = AKIDDEFAULT
aws_secret_access_key = secret
[other]
aws_access_key_id = AKIDOTHER
aws_secret_access_key = secret
aws_session_token = other-token
"""


@pytest.fixture
def profiles(tmp_path: Path) -> str:
    (tmp_path / "credentials").write_text(PROFILES)
    return str(tmp_path / "credentials")


def found(**facts: str) -> Any:
    return make_core(credentials=facts).keeper.current(core.Patience(lambda: None, 5000))


def test_profile_by_name_and_file(profiles: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_keys(monkeypatch)
    other = found(source="profile", profile="other", file=profiles)
    assert (other.source, other.access_key, other.token, other.expires) == ("profile", "AKIDOTHER", "other-token", None)
    assert found(source="profile", file=profiles).access_key == "AKIDDEFAULT", "the environment is another source"


def test_profile_that_does_not_exist(profiles: str) -> None:
    assert why_none("profile", profile="missing", file=profiles).endswith(
        "looked in profile (botocore: ProfileNotFound)"
    )


def test_chain_takes_the_profile_of_the_environment(profiles: str, container: Server, monkeypatch: Any) -> None:
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", profiles)
    assert found(source="chain").access_key == "AKIDDEFAULT"
    monkeypatch.setenv("AWS_PROFILE", "other")
    assert found(source="chain").access_key == "AKIDOTHER"
    assert container.requests == []


def test_chain_goes_on_when_the_files_hold_no_credentials(tmp_path: Path, container: Server, monkeypatch: Any) -> None:
    (tmp_path / "config").write_text("[default]\nregion = eu-west-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    assert found(source="chain").source == "container"


def test_profile_without_botocore_says_what_to_install(profiles: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "botocore.session", None)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", profiles)
    advice = "(profiles need botocore: install python3-boto3, or name another source)"
    assert why_none("profile") == f"score: no AWS credentials found: looked in profile {advice}"
    assert why_none("chain") == f"score: no AWS credentials found: looked in environment, profile {advice}"


def test_chain_takes_a_web_identity(tmp_path: Path, container: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    expiry = (datetime.now(timezone.utc) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    reply = (
        "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"
        "<AccessKeyId>ASIAWEB</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>web</SessionToken>"
        f"<Expiration>{expiry}</Expiration></Credentials></AssumeRoleWithWebIdentityResult>"
        "</AssumeRoleWithWebIdentityResponse>"
    )
    (tmp_path / "token").write_text("identity")
    with Server(answers(http(body=reply.encode(), Content_Type="text/xml"))) as sts:
        for name, value in {
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "token"),
            "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/web",
            "AWS_ENDPOINT_URL_STS": sts.url,
            "AWS_DEFAULT_REGION": "eu-west-1",
        }.items():
            monkeypatch.setenv(name, value)
        web = found(source="chain")
    assert (web.source, web.access_key, web.token) == ("profile", "ASIAWEB", "web")
    assert 3500 < web.expires - time.time() <= 3600
    assert b"WebIdentityToken=identity" in sts.requests[0].body
    assert container.requests == []


# --- renewal ---------------------------------------------------------------------------------------------------


@pytest.fixture
def every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let renewal be tried at each look, not every 5 seconds."""
    monkeypatch.setattr(core, "RETRY_SECONDS", 0)


def looks(container: Server, *bodies: bytes | None) -> list[str]:
    """Return the access keys, or the reasons, that successive looks at a keeper give."""
    container.answer = answers(*(body and http(body=body) for body in bodies))
    keeper, seen = core.Keeper({"source": "container"}), []
    for _ in bodies:
        try:
            seen.append(keeper.current(core.Patience(lambda: None, 3000)).access_key)
        except core.Failure as failure:
            seen.append(f"{failure.code}: {failure.what}")
    return seen


def test_credentials_with_more_than_10_minutes_are_kept(container: Server, every_time: None) -> None:
    assert looks(container, keys("A", 10.5), keys("B")) == ["A", "A"]
    assert len(container.requests) == 1


def test_credentials_with_less_than_10_minutes_are_renewed(container: Server, every_time: None) -> None:
    assert looks(container, keys("A", 9.5), keys("B"), keys("C")) == ["A", "B", "B"]


def test_old_credentials_serve_when_renewal_fails(container: Server, every_time: None) -> None:
    assert looks(container, keys("A", 9.5), None, b"{}", keys("D")) == ["A", "A", "A", "D"]


def test_expired_credentials_do_not_serve(container: Server, every_time: None) -> None:
    expired, gone, back = looks(container, keys("A", -1), b"{}", keys("C"))
    assert expired == "not_authorized: the AWS credentials found have expired"
    assert gone.startswith("not_authorized: no AWS credentials found: looked in container (container answered HTTP 200")
    assert back == "C"


def test_renewal_is_tried_once_in_5_seconds(container: Server) -> None:
    assert looks(container, keys("A", 9.5), keys("B"), keys("C")) == ["A", "A", "A"]
    assert len(container.requests) == 1


def test_a_search_that_found_nothing_is_not_repeated_at_once(container: Server) -> None:
    first, *others = looks(container, b"{}", keys("B"), keys("C"))
    assert others == [first, first]
    assert len(container.requests) == 1


def test_a_renewal_that_hangs_leaves_time_for_the_call(container: Server) -> None:
    container.answer = answers(http(body=keys("A", 9.5)))
    with Server(answers(http())) as server:
        shared = make_core(endpoint=server.url, credentials={"source": "container"})
        call = shared.function(entry(timeout_ms=400))
        call(1)
        container.answer = lambda request, _: time.sleep(1)
        shared.keeper.tried = float("-inf")
        shared._transport.second = -1
        begun = time.monotonic()
        assert str(call(1)) == "87.50"
        assert 0.2 <= time.monotonic() - begun < 0.35
        shared._transport.second = -1
        begun = time.monotonic()
        assert str(call(1)) == "87.50"
        assert time.monotonic() - begun < 0.1, "it is tried again after 5 seconds, not at each call"
    assert [len(container.requests), len(server.requests)] == [2, 3]


def test_a_session_signs_with_renewed_credentials(container: Server, every_time: None, monkeypatch: Any) -> None:
    container.answer = answers(http(body=keys("A", 9.5)), http(body=keys("B")))
    now = time.time()
    with Server(answers(http())) as server:
        call = make_core(endpoint=server.url, credentials={"source": "container"}).function(entry())
        for second in (0, 1):
            monkeypatch.setattr(time, "time", lambda at=second: now + at)
            call(1)
    assert [each.headers["authorization"].split("/")[0][-1] for each in server.requests] == ["A", "B"]
