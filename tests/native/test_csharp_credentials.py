"""The C# core's credentials: where they come from, what threads share when they are renewed, and what is refused."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.native.calls_support import job
from tests.native.csharp_calls_support import Session, session
from tests.native.test_cpp_credentials import ROLE
from tests.native.test_java_credentials import slow
from tests.native.test_profiles import ADVICE, CONFIG, PROFILES, REFUSED
from tests.unit.core_support import Request, Server, answers, http
from tests.unit.local_support import ACCOUNT, REGION
from tests.unit.test_core_credentials import BAD_KEYS, imds, keys
from udfgen.local import LocalFunction, LocalLambda

TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
UNTRUSTED = "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or a host that AWS names"


def why_none(source: str, environment: dict[str, str], facts: dict[str, str] | None = None) -> str:
    """Return what is said of a source where no credentials are found."""
    with Session(environment) as process:
        (found,) = process.look(source, facts)
    assert found["code"] == "not_authorized"
    return str(found["text"]).removeprefix("score: no AWS credentials found: looked in ")


# --- environment -----------------------------------------------------------------------------------------------


def test_environment() -> None:
    with session(AWS_SESSION_TOKEN="a-token") as process:
        assert process.look("environment") == [{"source": "environment", "key": "AKIDEXAMPLE", "token": "a-token"}]


def test_environment_without_keys_or_with_half_a_pair() -> None:
    assert why_none("environment", {}) == "environment"
    assert why_none("environment", {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE"}) == "environment"
    assert why_none("environment", {"AWS_SECRET_ACCESS_KEY": "secret"}) == "environment"


@pytest.mark.parametrize("odd", ["a\r\nX-Evil: 1", "a\n", "caf\u00e9"])
def test_keys_that_cannot_stand_in_a_header_are_refused(odd: str) -> None:
    environment = {"AWS_ACCESS_KEY_ID": odd, "AWS_SECRET_ACCESS_KEY": "secret"}
    assert why_none("environment", environment) == "environment (they hold a line break or another odd character)"


# --- container -------------------------------------------------------------------------------------------------


@pytest.fixture
def container() -> Iterator[Server]:
    with Server(answers(http(body=keys()))) as server:
        yield server


def at(container: Server) -> dict[str, str]:
    return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{container.url}/v1/credentials"}


def test_container_by_its_whole_address(container: Server) -> None:
    with Session(at(container) | {"AWS_CONTAINER_AUTHORIZATION_TOKEN": "pod-token"}) as process:
        assert process.look("container", times=2) == [ROLE | {"source": "container"}] * 2
    (request,) = container.requests
    assert request.line == "GET /v1/credentials HTTP/1.1"
    place = {"host": f"127.0.0.1:{container.port}", "content-length": "0"}
    assert request.headers == place | {"authorization": "pod-token"}


def test_container_by_its_path_which_counts_first(container: Server) -> None:
    given = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/1"}
    with Session(at(container) | given) as process:
        assert process.look("container", {"metadata": container.url}) == [ROLE | {"source": "container"}]
    assert [request.line for request in container.requests] == ["GET /v2/credentials/1 HTTP/1.1"]
    assert "authorization" not in container.requests[0].headers


def test_a_container_path_that_would_lead_to_another_host(container: Server) -> None:
    given = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "0.example/v1"}
    why = "container (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with a slash)"
    assert why_none("container", given, {"metadata": container.url}) == why
    assert container.requests == []


def test_no_container(container: Server) -> None:
    assert why_none("container", {}, {"metadata": container.url}) == "container"
    assert container.requests == []


def test_calls_are_signed_with_what_was_found(container: Server) -> None:
    with Session(at(container)) as process, Server(answers(http())) as server:
        for _ in range(2):
            assert "result" in process.call(server.url, config={"credentials": {"source": "container"}})
    for request in server.requests:
        assert "Credential=ASIAROLE/" in request.headers["authorization"]
        assert request.headers["x-amz-security-token"] == "token/+="
    assert len(container.requests) == 1


def test_container_token_from_a_file_counts_first(container: Server, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file")
    tokens = {"AWS_CONTAINER_AUTHORIZATION_TOKEN": "from-variable", TOKEN_FILE: str(tmp_path / "token")}
    with Session(at(container) | tokens) as process:
        process.look("container")
    assert container.requests[0].headers["authorization"] == "from-file"


@pytest.mark.parametrize("token", ["a\r\nX-Evil: 1", "a\n", "caf\u00e9"])
def test_container_token_with_a_line_break_is_refused(container: Server, token: str, tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(token.encode())
    why = "container (the container's authorization token holds a line break)"
    assert why_none("container", at(container) | {TOKEN_FILE: str(tmp_path / "token")}) == why
    assert why_none("container", at(container) | {"AWS_CONTAINER_AUTHORIZATION_TOKEN": token}) == why
    assert container.requests == []


def test_container_token_in_a_file_that_cannot_be_read(container: Server, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"a" * (1024 * 1024 + 1))
    for path in (tmp_path / "none", tmp_path, tmp_path / "large"):
        why = f"container (cannot read the file in {TOKEN_FILE})"
        assert why_none("container", at(container) | {TOKEN_FILE: str(path)}) == why
    assert container.requests == []


@pytest.mark.parametrize(
    "host",
    ["example.com", "10.0.0.1", "169.254.169.254", "127.0.0.1.example.com", "127.0.0", "127.0.0.1.", "[::2]"],
)
def test_container_host_that_must_not_get_the_token(host: str) -> None:
    address = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{host}/credentials"}
    assert why_none("container", address) == f"container ({UNTRUSTED})"


@pytest.mark.parametrize("host", ["localhost", "127.9.9.9", "[::1]"])
def test_container_hosts_that_may(host: str) -> None:
    address = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{host}:1/x"}
    assert why_none("container", address) == f"container ({host}:1 does not answer)"


def test_any_container_host_may_get_the_token_under_tls() -> None:
    address = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "https://nowhere.invalid/x"}
    assert why_none("container", address) == "container (nowhere.invalid does not answer)"


def test_container_address_that_is_none() -> None:
    why = why_none("container", {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "//user:secret@x"})
    assert why == "container (an address must look like https://host:port, without user, query or fragment)"


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
    proxy = "http://127.0.0.1:9"
    with Session(on(instance) | {"http_proxy": proxy}) as process:
        assert process.look("imds", times=2) == [ROLE | {"source": "imds"}] * 2
        refused = process.call("http://lambda.example", config={"proxy": proxy, "credentials": {"source": "imds"}})
    assert refused["text"].startswith("score: cannot connect to the proxy 127.0.0.1:9: ")
    assert [request.line.split(" ")[0] for request in instance.requests] == ["PUT", "GET", "GET"] * 2


def test_imds_by_the_facts(instance: Server) -> None:
    with Session({"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:9"}) as process:
        assert process.look("imds", {"metadata": instance.url}) == [ROLE | {"source": "imds"}]


def test_imds_that_is_switched_off(instance: Server) -> None:
    assert why_none("imds", on(instance) | {"AWS_EC2_METADATA_DISABLED": "True"}) == "imds"
    assert instance.requests == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"token": http(403, b"")}, "imds answered HTTP 403 without a token"),
        ({"token": http(body=b"a\r\nb")}, "imds answered HTTP 200 without a token"),
        ({"token": http(body=b"a b")}, "imds answered HTTP 200 without a token"),
        ({"token": http(body=b"caf\xe9")}, "imds answered HTTP 200 without a token"),
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


def test_the_first_of_several_roles_counts(instance: Server) -> None:
    instance.answer = imds(roles=http(body=b"my-role@x\r\nanother\n"))
    with Session(on(instance)) as process:
        assert process.look("imds") == [ROLE | {"source": "imds"}]


def test_imds_that_does_not_answer_is_given_up_after_its_time(instance: Server) -> None:
    instance.answer = slow(1.4)
    with Session(on(instance)) as process:
        process.look("environment")
        begun = time.monotonic()
        (found,) = process.look("imds")
        took = time.monotonic() - begun
    assert found["text"].endswith(f"looked in imds (127.0.0.1:{instance.port} does not answer)")
    assert 1.0 <= took < 1.35


@pytest.mark.parametrize(("said", "times"), [("3", 3), ("1", 1), ("0", 1), ("-2", 1), ("two", 1), ("", 1)])
def test_imds_is_asked_as_often_as_the_environment_says(instance: Server, said: str, times: int) -> None:
    instance.answer = imds(token=http(500, b""))
    why_none("imds", on(instance) | {"AWS_METADATA_SERVICE_NUM_ATTEMPTS": said})
    assert len(instance.requests) == times


def test_imds_gets_the_time_that_the_environment_says(instance: Server) -> None:
    def answer(request: Request, connection: Any) -> bytes | None:
        if request.line.startswith("PUT"):
            time.sleep(1.3)
        return imds()(request, connection)

    instance.answer = answer
    with Session(on(instance) | {"AWS_METADATA_SERVICE_TIMEOUT": "2"}) as process:
        assert process.look("imds") == [ROLE | {"source": "imds"}]


def test_the_deadline_holds_over_the_search(instance: Server) -> None:
    instance.answer = slow(0.6)
    with Session(on(instance)) as process:
        process.look("environment")
        late = process.call("http://127.0.0.1:9", config={"credentials": {"source": "imds"}}, timeout_ms=300)
    assert late["text"] == "score: timed out after 300 ms while looking for AWS credentials"
    assert 300 <= late["ms"] < 500


@pytest.mark.parametrize("source", ["container", "imds"])
def test_the_local_endpoint_accepts_what_its_metadata_gave(source: str) -> None:
    function = LocalFunction("echo", None, examples=(({}, "here", None),))
    with LocalLambda([function], region=REGION, account=ACCOUNT) as local:
        given = {"container": local.container_environment(token_file=True), "imds": local.metadata_environment()}
        with Session(dict(given[source])) as process:
            for target in ("echo", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:echo"):
                config = {"credentials": {"source": source}}
                outcome = process.call(local.url, body="{}", target=target, config=config)
                assert outcome.get("result") == '"here"', outcome


# --- chain -----------------------------------------------------------------------------------------------------


def test_chain_goes_from_the_environment_to_the_container_to_the_instance(instance: Server, container: Server) -> None:
    with session(**at(container), **on(instance)) as process:
        assert process.look("chain")[0]["source"] == "environment"
    assert container.requests == instance.requests == []
    with Session(at(container) | on(instance)) as process:
        assert process.look("chain")[0]["source"] == "container"
    assert instance.requests == []
    with Session(on(instance)) as process:
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


@pytest.mark.parametrize("source", ["chain", "profile"])
def test_profile_of_the_environment(named: dict[str, str], source: str) -> None:
    with Session(named | {"AWS_PROFILE": "other"}) as process:
        assert process.look(source)[0]["key"] == "AKIDOTHER"
        assert process.look(source, {"profile": "default"})[0]["key"] == "AKIDDEFAULT", "the spec counts first"
    with Session(named | {"AWS_PROFILE": "missing", "AWS_DEFAULT_PROFILE": "other"}) as process:
        assert process.look(source)[0]["key"] == "AKIDOTHER", "in botocore's order"


@pytest.mark.parametrize("others", [{}, {"HOME": "/nonexistent"}])
def test_profile_below_the_home_of_windows(tmp_path: Path, others: dict[str, str]) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text(PROFILES)
    with Session({"USERPROFILE": str(tmp_path)} | others) as process:
        assert process.look("chain")[0]["key"] == "AKIDDEFAULT"
    with Session({"HOME": str(tmp_path)}) as process:
        assert process.look("chain")[0]["key"] == "AKIDDEFAULT"


def test_profiles_as_editors_of_windows_write_them(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_bytes(b"\xef\xbb\xbf" + PROFILES.replace("\n", "\r\n").encode())
    with Session() as process:
        facts = {"file": str(tmp_path / "credentials"), "profile": "other"}
        assert process.look("profile", facts) == [{"source": "profile", "key": "AKIDOTHER", "token": "other-token"}]
        assert process.look("profile", facts | {"profile": "default"})[0]["key"] == "AKIDDEFAULT"


def test_without_a_home_no_file_at_the_root_of_a_disk_stands_for_one_below_it(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text(PROFILES)
    below = f"~{tmp_path}/credentials"
    with Session({"HOME": "/"}) as process:
        assert process.look("profile", {"file": below})[0]["key"] == "AKIDDEFAULT"
    assert why_none("profile", {"HOME": ""}, {"file": below}) == "profile"


@pytest.mark.parametrize(("profile", "why"), REFUSED)
def test_profiles_that_a_chain_does_not_pass_over(named: dict[str, str], profile: str, why: str) -> None:
    assert why_none("chain", named | {"AWS_PROFILE": profile}) == f"environment, profile ({why})"


def test_a_web_identity_is_refused_and_not_passed_over(container: Server) -> None:
    environment = at(container) | {"AWS_WEB_IDENTITY_TOKEN_FILE": "/var/run/token"}
    why = "environment, profile (AWS_WEB_IDENTITY_TOKEN_FILE needs AWS STS" + ADVICE + ")"
    assert why_none("chain", environment) == why
    assert container.requests == []


def test_chain_goes_on_when_the_files_hold_no_keys(tmp_path: Path, container: Server) -> None:
    (tmp_path / "config").write_text("[default]\nregion = eu-west-1\n")
    with Session(at(container) | {"AWS_CONFIG_FILE": str(tmp_path / "config")}) as process:
        assert process.look("chain")[0]["source"] == "container"


def test_profiles_in_files_that_cannot_be_read(tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_text("[default]\n" + "#" * 1024 * 1024)
    assert why_none("profile", {}, {"file": str(large)}) == f"profile (cannot read {large})"
    assert why_none("profile", {}, {"file": str(tmp_path / "none")}) == "profile"
    assert why_none("profile", {}, {"file": str(tmp_path)}) == "profile", "a folder is no file"


# --- renewal ---------------------------------------------------------------------------------------------------


def test_threads_go_on_with_old_credentials_while_one_renews(container: Server) -> None:
    def answer(request: Request, _: object) -> bytes:
        if len(container.requests) == 1:
            return http(body=keys("A", 9.9))
        time.sleep(0.3)
        return http(body=keys("B"))

    container.answer = answer
    with Session(at(container)) as process, Server(answers(http())) as server:
        one = job(server.url, config={"credentials": {"source": "container"}}, extra={"rest_ms": 500})
        assert "result" in process.ask("call", **one)
        time.sleep(0.55)
        outcomes = process.ask("threads", calls=[one] * 6)
        assert "result" in process.ask("call", **one)
    took = sorted(outcome["ms"] for (outcome,) in outcomes)
    assert took[4] < 250
    assert 300 <= took[5] < 600, "one renews"
    assert len(container.requests) == 2
    used = [request.headers["authorization"].split("Credential=")[1][0] for request in server.requests]
    assert used == ["A"] * 6 + ["B"] * 2


def test_threads_without_credentials_all_look_for_them(container: Server) -> None:
    def answer(request: Request, _: object) -> bytes:
        time.sleep(0.1)
        return http(body=keys())

    container.answer = answer
    with Session(at(container)) as process, Server(answers(http())) as server:
        one = job(server.url, config={"credentials": {"source": "container"}})
        outcomes = process.ask("threads", rounds=3, calls=[one] * 4)
    assert all(outcome["result"] == '{"score":87.5}' for several in outcomes for outcome in several)
    assert 1 <= len(container.requests) <= 4, "what one has found serves all from then on"
