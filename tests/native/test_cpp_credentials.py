"""The C++ core's credentials: where they come from, when they are renewed, what threads share, and what is refused."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.native.calls_support import Calls, Outcome, calls, job
from tests.native.test_profiles import ADVICE, CONFIG, PROFILES, REFUSED
from tests.unit.core_support import Request, Server, answers, http
from tests.unit.local_support import ACCOUNT, REGION
from tests.unit.test_core_credentials import BAD_KEYS, imds, keys
from udfgen.local import LocalFunction, LocalLambda

NONE = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
ROLE = {"source": "", "key": "ASIAROLE", "token": "token/+="}


def without_keys(**environment: str) -> Calls:
    """Return the program with no key pair in its environment."""
    return calls(**(NONE | environment))


def why_none(source: str, environment: dict[str, str], facts: dict[str, str] | None = None) -> str:
    """Return what is said of a source where no credentials are found."""
    with without_keys(**environment) as process:
        (found,) = process.look(source, facts)
    assert found["code"] == "not_authorized"
    return str(found["text"]).removeprefix("score: no AWS credentials found: looked in ")


# --- environment -----------------------------------------------------------------------------------------------


def test_environment() -> None:
    with calls(AWS_SESSION_TOKEN="a-token") as process:
        assert process.look("environment") == [{"source": "environment", "key": "AKIDEXAMPLE", "token": "a-token"}]


def test_environment_without_keys_or_with_half_a_pair() -> None:
    assert why_none("environment", {}) == "environment"
    assert why_none("environment", {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE"}) == "environment"


def test_keys_that_cannot_stand_in_a_header_are_refused() -> None:
    odd = {"AWS_ACCESS_KEY_ID": "a\r\nX-Evil: 1", "AWS_SECRET_ACCESS_KEY": "secret"}
    assert why_none("environment", odd) == "environment (they hold a line break or another odd character)"


# --- container -------------------------------------------------------------------------------------------------


@pytest.fixture
def container() -> Iterator[Server]:
    with Server(answers(http(body=keys()))) as server:
        yield server


def at(container: Server) -> dict[str, str]:
    return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{container.url}/v1/credentials"}


def test_container(container: Server) -> None:
    with without_keys(**at(container), AWS_CONTAINER_AUTHORIZATION_TOKEN="pod-token") as process:
        assert process.look("container", times=2) == [ROLE | {"source": "container"}] * 2
    (request,) = container.requests
    assert (request.line, request.headers["authorization"]) == ("GET /v1/credentials HTTP/1.1", "pod-token")
    assert set(request.headers) <= {"host", "authorization", "content-length"}


def test_calls_are_signed_with_what_was_found(container: Server) -> None:
    with without_keys(**at(container)) as process, Server(answers(http())) as server:
        for _ in range(2):
            assert "result" in process.call(server.url, config={"credentials": {"source": "container"}})
    for request in server.requests:
        assert "Credential=ASIAROLE/" in request.headers["authorization"]
        assert request.headers["x-amz-security-token"] == "token/+="
    assert "authorization" not in container.requests[0].headers
    assert len(container.requests) == 1


def test_container_token_from_a_file_counts_first(container: Server, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file")
    tokens = {
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "from-variable",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(tmp_path / "token"),
    }
    with without_keys(**at(container), **tokens) as process:
        process.look("container")
    assert container.requests[0].headers["authorization"] == "from-file"


@pytest.mark.parametrize("token", ["a\r\nX-Evil: 1", "a\n", "caf\u00e9"])
def test_container_token_with_a_line_break_is_refused(container: Server, token: str, tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(token.encode())
    file = {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(tmp_path / "token")}
    why = "container (the container's authorization token holds a line break)"
    assert why_none("container", at(container) | file) == why
    file = {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/nonexistent/token"}
    why = "container (cannot read the file in AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE)"
    assert why_none("container", at(container) | file) == why
    assert container.requests == []


@pytest.mark.parametrize(
    "host",
    ["example.com", "10.0.0.1", "169.254.169.254", "127.0.0.1.example.com", "127.0.0", "127.0.0.1.", "[::2]"],
)
def test_container_host_that_must_not_get_the_token(host: str) -> None:
    address = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{host}/credentials"}
    why = "container (AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or a host that AWS names)"
    assert why_none("container", address) == why


@pytest.mark.parametrize(
    ("host", "shown"), [("localhost", "localhost"), ("127.9.9.9", "127.9.9.9"), ("[::1]", "[::1]")]
)
def test_container_hosts_that_may(host: str, shown: str) -> None:
    address = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{host}:1/x"}
    assert why_none("container", address) == f"container ({host}:1 does not answer)"


@pytest.mark.parametrize("name", BAD_KEYS)
def test_container_answers_without_credentials(container: Server, name: str) -> None:
    container.answer = answers(http(body=BAD_KEYS[name]))
    assert why_none("container", at(container)) == "container (container answered HTTP 200 without credentials)"


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (http(403, keys()), "container answered HTTP 403 without credentials"),
        (http(body=keys(Expiration="tomorrow")), "they have no valid expiry"),
        (http(body=keys(Expiration="2026-13-01T00:00:00Z")), "they have no valid expiry"),
        (http(body=keys("a\nb")), "they hold a line break or another odd character"),
    ],
)
def test_container_answers_that_are_refused(container: Server, reply: bytes, why: str) -> None:
    container.answer = answers(reply)
    assert why_none("container", at(container)) == f"container ({why})"


# --- imds ------------------------------------------------------------------------------------------------------


@pytest.fixture
def instance() -> Iterator[Server]:
    with Server(imds()) as server:
        yield server


def on(instance: Server) -> dict[str, str]:
    return {"AWS_EC2_METADATA_SERVICE_ENDPOINT": f"{instance.url}/"}


def test_imds_is_asked_past_every_proxy(instance: Server) -> None:
    with without_keys(**on(instance), http_proxy="http://127.0.0.1:9") as process:
        assert process.look("imds", times=2) == [ROLE | {"source": "imds"}] * 2
        assert "result" not in process.call(
            "http://lambda.example", config={"proxy": "http://127.0.0.1:9", "credentials": {"source": "imds"}}
        )
    assert [request.line.split(" ")[0] for request in instance.requests] == ["PUT", "GET", "GET"] * 2


def test_imds_that_is_switched_off(instance: Server) -> None:
    assert why_none("imds", on(instance) | {"AWS_EC2_METADATA_DISABLED": "True"}) == "imds"
    assert instance.requests == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"token": http(403, b"")}, "imds answered HTTP 403 without a token"),
        ({"token": http(body=b"a\r\nb")}, "imds answered HTTP 200 without a token"),
        ({"token": http(body=b"")}, "imds answered HTTP 200 without a token"),
        ({"roles": http(404, b"")}, "the instance has no role"),
        ({"roles": http(body=b"")}, "the instance has no role"),
        ({"roles": http(body=b"../../evil")}, "the instance has no role"),
        ({"keys": http(body=b'{"Code":"Failed"}')}, "imds answered HTTP 200 without credentials"),
    ],
)
def test_imds_without_credentials(instance: Server, changes: dict[str, bytes], why: str) -> None:
    instance.answer = imds(**changes)
    assert why_none("imds", on(instance)) == f"imds ({why})"


def slow(seconds: float) -> Any:
    return lambda request, connection: time.sleep(seconds)


def test_imds_that_does_not_answer_is_given_up_after_its_time(instance: Server) -> None:
    instance.answer = slow(1.4)
    begun = time.monotonic()
    assert why_none("imds", on(instance)) == f"imds (127.0.0.1:{instance.port} does not answer)"
    assert 1.0 <= time.monotonic() - begun < 1.35


def test_imds_is_asked_as_often_as_the_environment_says(instance: Server) -> None:
    instance.answer = imds(token=http(500, b""))
    why_none("imds", on(instance) | {"AWS_METADATA_SERVICE_NUM_ATTEMPTS": "3"})
    assert len(instance.requests) == 3


def test_the_deadline_and_a_kill_hold_over_the_search(instance: Server) -> None:
    instance.answer = slow(0.6)
    config = {"credentials": {"source": "imds"}}
    with without_keys(**on(instance)) as process:
        late = process.call("http://127.0.0.1:9", config=config, timeout_ms=300)
        killed = process.call("http://127.0.0.1:9", config=config, extra={"kill_after_ms": 150})
    assert late["text"] == "score: timed out after 300 ms while looking for AWS credentials"
    assert killed["code"] == "interrupted"
    assert max(late["ms"], killed["ms"]) < 400


@pytest.mark.parametrize("source", ["container", "imds"])
def test_the_local_endpoint_accepts_what_its_metadata_gave(source: str) -> None:
    function = LocalFunction("echo", None, examples=(({}, "here", None),))
    with LocalLambda([function], region=REGION, account=ACCOUNT) as local:
        given = {"container": local.container_environment(token_file=True), "imds": local.metadata_environment()}
        config = {"credentials": {"source": source}}
        with without_keys(**given[source]) as process:
            for target in ("echo", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:echo"):
                outcome = process.call(local.url, body="{}", target=target, config=config)
                assert outcome.get("result") == '"here"', outcome


# --- chain -----------------------------------------------------------------------------------------------------


def test_chain_goes_from_the_environment_to_the_container_to_the_instance(instance: Server, container: Server) -> None:
    with calls(**at(container), **on(instance)) as process:
        assert process.look("chain")[0]["source"] == "environment"
    assert container.requests == instance.requests == []
    with without_keys(**at(container), **on(instance)) as process:
        assert process.look("chain")[0]["source"] == "container"
    assert instance.requests == []
    with without_keys(**on(instance)) as process:
        assert process.look("chain")[0]["source"] == "imds"


def test_chain_that_finds_nothing_names_where_it_looked() -> None:
    assert why_none("chain", {"AWS_EC2_METADATA_DISABLED": "true"}) == "environment, profile, container, imds"


def test_chain_ends_with_a_source_that_fails(container: Server, instance: Server) -> None:
    container.answer = answers(http(500, b""))
    why = "environment, profile, container (container answered HTTP 500 without credentials)"
    assert why_none("chain", at(container) | on(instance)) == why
    assert instance.requests == []


# --- profile ---------------------------------------------------------------------------------------------------


@pytest.fixture
def named(tmp_path: Path) -> dict[str, str]:
    """Variables that name the two files of profiles."""
    (tmp_path / "credentials").write_text(PROFILES)
    (tmp_path / "config").write_text(CONFIG)
    config = str(tmp_path / "config")
    return {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"), "AWS_CONFIG_FILE": config}


def test_profile_of_the_environment_and_of_the_home(named: dict[str, str], tmp_path: Path) -> None:
    with without_keys(**named, AWS_PROFILE="other") as process:
        assert process.look("chain")[0]["key"] == "AKIDOTHER"
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text(PROFILES)
    with without_keys(HOME=str(tmp_path)) as process:
        assert process.look("chain")[0]["key"] == "AKIDDEFAULT"


@pytest.mark.parametrize(("profile", "why"), REFUSED)
def test_profiles_that_a_chain_does_not_pass_over(named: dict[str, str], profile: str, why: str) -> None:
    environment = named | {"AWS_PROFILE": profile}
    assert why_none("chain", environment) == f"environment, profile ({why})"


def test_a_web_identity_is_refused_and_not_passed_over(container: Server) -> None:
    environment = at(container) | {"AWS_WEB_IDENTITY_TOKEN_FILE": "/var/run/token"}
    why = "environment, profile (AWS_WEB_IDENTITY_TOKEN_FILE needs AWS STS" + ADVICE + ")"
    assert why_none("chain", environment) == why
    assert container.requests == []


def test_chain_goes_on_when_the_files_hold_no_keys(tmp_path: Path, container: Server) -> None:
    (tmp_path / "config").write_text("[default]\nregion = eu-west-1\n")
    with without_keys(**at(container), AWS_CONFIG_FILE=str(tmp_path / "config")) as process:
        assert process.look("chain")[0]["source"] == "container"


# --- renewal ---------------------------------------------------------------------------------------------------


def test_threads_wait_for_one_search(container: Server) -> None:
    def answer(request: Request, _: object) -> bytes:
        time.sleep(0.2)
        return http(body=keys())

    container.answer = answer
    config = {"credentials": {"source": "container"}}
    with without_keys(**at(container)) as process, Server(answers(http())) as server:
        killed = job(server.url, config=config, extra={"kill_after_ms": 50})
        waiting = job(server.url, config=config, timeout_ms=100)
        outcomes = process.ask("threads", calls=[job(server.url, config=config)] * 5 + [killed, waiting])
    texts: list[Outcome] = [outcome for (outcome,) in outcomes]
    assert [each["result"] for each in texts[:5]] == ['{"score":87.5}'] * 5
    assert texts[6]["text"] == "score: timed out after 100 ms while looking for AWS credentials"
    assert len(server.requests) >= 5
    assert 1 <= len(container.requests) <= 3, "one that is killed or too late leaves the search to another"


def test_threads_go_on_with_old_credentials_while_one_renews(container: Server) -> None:
    def answer(request: Request, _: object) -> bytes:
        if len(container.requests) == 1:
            return http(body=keys("A", 9.9))
        time.sleep(0.3)
        return http(body=keys("B"))

    container.answer = answer
    with without_keys(**at(container)) as process, Server(answers(http())) as server:
        one = job(server.url, config={"credentials": {"source": "container"}}, extra={"rest_ms": 0})
        assert "result" in process.ask("call", **one)
        outcomes = process.ask("threads", calls=[one] * 6)
        assert "result" in process.ask("call", **one)
    took = sorted(outcome["ms"] for (outcome,) in outcomes)
    assert took[4] < 150
    assert 300 <= took[5] < 450, "one renews"
    assert len(container.requests) == 2
    used = [request.headers["authorization"].split("Credential=")[1][0] for request in server.requests]
    assert used == ["A"] * 6 + ["B"] * 2
