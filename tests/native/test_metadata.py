"""What every core does alike with a service that gives credentials: the container's, and the instance's (IMDSv2)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.native.calls_support import text
from tests.native.cores import Core, at, why_none
from tests.unit.core_support import Request, Server, answers, http
from tests.unit.local_support import ACCOUNT, REGION
from tests.unit.test_core_credentials import BAD_KEYS, NO_MOMENTS, imds, keys
from udfgen.local import LocalFunction, LocalLambda

ROLE = {"source": "", "key": "ASIAROLE", "token": "token/+="}
TOKEN = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"


def why_not(core: Core, source: str, url: str, **variables: str) -> str:
    """Return what is said of the service at an address where it gives no credentials."""
    environment, facts = core.to_service(source, url)
    with core.bare(environment | variables) as process:
        return why_none(process, source, facts)


def slow(seconds: float) -> Any:
    """Return an answer that is none, and comes late."""
    return lambda request, connection: time.sleep(seconds)


def check_local(process: Any, local: LocalLambda, config: dict[str, Any]) -> None:
    """Check that the local endpoint accepts what its own metadata gave."""
    for target in ("echo", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:echo"):
        outcome = process.call(local.url, body="{}", target=target, config=config)
        assert outcome.get("result") == '"here"', outcome


@pytest.mark.parametrize("source", ["container", "imds"])
def test_a_service_that_is_not_there(core: Core, source: str) -> None:
    assert why_not(core, source, "http://127.0.0.1:1") == f"{source} (127.0.0.1:1 does not answer)"


# --- container -------------------------------------------------------------------------------------------------


def test_container(core: Core, container: Server) -> None:
    environment, facts = core.to_service("container", container.url)
    with core.bare(environment) as process:
        assert process.look("container", facts, times=2) == [ROLE | {"source": "container"}] * 2
    (request,) = container.requests
    assert request.line == "GET /v1/credentials HTTP/1.1"
    assert request.headers == {"host": f"127.0.0.1:{container.port}", "content-length": "0"}


def test_calls_are_signed_with_what_was_found(core: Core, container: Server) -> None:
    environment, facts = core.to_service("container", container.url)
    config = {"credentials": {"source": "container"}} | facts
    with core.bare(environment) as process, Server(answers(http())) as server:
        for _ in range(2):
            assert "result" in process.call(server.url, config=config)
    assert len(server.requests) == 2
    for request in server.requests:
        assert "Credential=ASIAROLE/" in request.headers["authorization"]
        assert request.headers["x-amz-security-token"] == "token/+="
    assert len(container.requests) == 1


def test_no_container(core: Core, container: Server) -> None:
    _, facts = core.to_service("container", container.url)
    with core.bare({}) as process:
        assert why_none(process, "container", facts) == "container"
    assert container.requests == []


def test_a_container_path_that_would_lead_to_another_host(core: Core, container: Server) -> None:
    path = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "0.example/v1"}
    why = "container (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with a slash)"
    assert why_not(core, "container", container.url, **path) == why
    assert container.requests == []


@pytest.mark.parametrize("name", BAD_KEYS)
def test_container_answers_without_credentials(core: Core, container: Server, name: str) -> None:
    container.answer = answers(http(body=BAD_KEYS[name]))
    why = "container (container answered HTTP 200 without credentials)"
    assert why_not(core, "container", container.url) == why


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (http(403, keys()), "container answered HTTP 403 without credentials"),
        (http(body=keys("a\nb")), "they hold a line break or another odd character"),
    ],
)
def test_container_answers_that_are_refused(core: Core, container: Server, reply: bytes, why: str) -> None:
    container.answer = answers(reply)
    assert why_not(core, "container", container.url) == f"container ({why})"


@pytest.mark.parametrize("expiry", NO_MOMENTS)
def test_an_expiry_that_is_no_moment(core: Core, container: Server, expiry: str) -> None:
    container.answer = answers(http(body=keys(Expiration=expiry)))
    assert why_not(core, "container", container.url) == "container (they have no valid expiry)"


# --- container, as the variables of AWS's SDKs say ---------------------------------------------------------------


@pytest.mark.parametrize("said", ["variable", "file", "both"])
def test_container_token(chained: Core, container: Server, said: str, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file")
    tokens = {TOKEN: "from-variable", TOKEN_FILE: str(tmp_path / "token")}
    given = {"variable": {TOKEN: tokens[TOKEN]}, "file": {TOKEN_FILE: tokens[TOKEN_FILE]}, "both": tokens}
    with chained.bare(at("container", container.url) | given[said]) as process:
        assert process.look("container", times=2) == [ROLE | {"source": "container"}] * 2
    (request,) = container.requests
    assert request.line == "GET /v1/credentials HTTP/1.1"
    token = "from-variable" if said == "variable" else "from-file"
    place = {"host": f"127.0.0.1:{container.port}", "content-length": "0"}
    assert request.headers == place | {"authorization": token}, "the file counts first"


@pytest.mark.parametrize("token", ["a\r\nX-Evil: 1", "a\n", "caf\u00e9"])
def test_container_token_with_a_line_break(chained: Core, container: Server, token: str, tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(token.encode())
    for variable in ({TOKEN: token}, {TOKEN_FILE: str(tmp_path / "token")}):
        why = "container (the container's authorization token holds a line break)"
        assert why_not(chained, "container", container.url, **variable) == why
    assert container.requests == []


def test_container_token_in_a_file_that_cannot_be_read(chained: Core, container: Server, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"a" * (1024 * 1024 + 1))
    for path in (tmp_path / "none", tmp_path, tmp_path / "large"):
        why = f"container (cannot read the file in {TOKEN_FILE})"
        assert why_not(chained, "container", container.url, **{TOKEN_FILE: str(path)}) == why
    assert container.requests == []


@pytest.mark.parametrize(
    "host",
    ["example.com", "10.0.0.1", "169.254.169.254", "127.0.0.1.example.com", "127.0.0", "127.0.0.1.", "[::2]"],
)
def test_container_host_that_must_not_get_the_token(chained: Core, host: str) -> None:
    why = "container (AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or a host that AWS names)"
    assert why_not(chained, "container", f"http://{host}") == why


@pytest.mark.parametrize("host", ["localhost", "127.9.9.9", "[::1]"])
def test_container_hosts_that_may(chained: Core, host: str) -> None:
    assert why_not(chained, "container", f"http://{host}:1") == f"container ({host}:1 does not answer)"


def test_any_container_host_may_get_the_token_under_tls(chained: Core) -> None:
    assert why_not(chained, "container", "https://nowhere.invalid") == "container (nowhere.invalid does not answer)"


def test_container_address_that_is_none(chained: Core) -> None:
    why = "container (an address must look like https://host:port, without user, query or fragment)"
    assert why_not(chained, "container", "//user:secret@x") == why


def test_the_local_endpoint_accepts_what_its_container_gave(chained: Core) -> None:
    function = LocalFunction("echo", None, examples=(({}, "here", None),))
    with LocalLambda([function], region=REGION, account=ACCOUNT) as local:
        given = local.container_environment(token_file=True)
        with chained.bare(given) as process:
            check_local(process, local, {"credentials": {"source": "container"}})


# --- imds ------------------------------------------------------------------------------------------------------


def test_imds_is_asked_past_every_proxy(core: Core, instance: Server) -> None:
    environment, facts = core.to_service("imds", instance.url)
    config = {"credentials": {"source": "imds"}} | facts
    dead = "http://127.0.0.1:9"
    with core.bare(environment | {"http_proxy": dead}) as process, Server(answers(http())) as proxy:
        assert process.look("imds", facts, times=2) == [ROLE | {"source": "imds"}] * 2
        refused = process.call("http://lambda.example", config=config | {"proxy": dead})
        passed = process.call("http://lambda.example", config=config | {"proxy": proxy.url})
    assert refused["text"].startswith("score: cannot connect to the proxy 127.0.0.1:9: ")
    assert "result" in passed
    assert len(proxy.requests) == 1
    assert [request.line.split(" ")[0] for request in instance.requests] == ["PUT", "GET", "GET"] * 3


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
def test_imds_without_credentials(core: Core, instance: Server, changes: dict[str, bytes], why: str) -> None:
    instance.answer = imds(**changes)
    assert why_not(core, "imds", instance.url) == f"imds ({why})"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_first_of_several_roles_counts(core: Core, instance: Server, end: str) -> None:
    instance.answer = imds(roles=http(body=f"my-role@x{end}another\n".encode()))
    environment, facts = core.to_service("imds", instance.url)
    with core.bare(environment) as process:
        assert process.look("imds", facts) == [ROLE | {"source": "imds"}]


def test_imds_that_does_not_answer_is_given_up_after_a_second(core: Core, instance: Server) -> None:
    environment, facts = core.to_service("imds", instance.url)
    with core.bare(environment) as process:
        # The first look loads what a search needs.
        assert process.look("imds", facts) == [ROLE | {"source": "imds"}]
        instance.answer = slow(1.4)
        begun = time.monotonic()
        why = why_none(process, "imds", facts)
        took = time.monotonic() - begun
    assert why == f"imds (127.0.0.1:{instance.port} does not answer)"
    assert 1.0 <= took < 1.35


def test_the_deadline_holds_over_the_search(core: Core, instance: Server) -> None:
    environment, facts = core.to_service("imds", instance.url)
    config = {"credentials": {"source": "imds"}} | facts
    with core.bare(environment) as process:
        assert process.look("imds", facts) == [ROLE | {"source": "imds"}]
        instance.answer = slow(0.6)
        late = process.call("http://127.0.0.1:9", config=config, timeout_ms=300)
    assert text(late) == ("timeout", "timed out after 300 ms while looking for AWS credentials")
    assert 300 <= late["ms"] < 300 + core.late_ms


def test_the_local_endpoint_accepts_what_its_instance_gave(core: Core) -> None:
    function = LocalFunction("echo", None, examples=(({}, "here", None),))
    with LocalLambda([function], region=REGION, account=ACCOUNT) as local:
        given = local.metadata_environment()
        environment, facts = core.to_service("imds", given["AWS_EC2_METADATA_SERVICE_ENDPOINT"])
        with core.bare(given | environment) as process:
            check_local(process, local, {"credentials": {"source": "imds"}} | facts)


# --- imds, as the variables of AWS's SDKs say --------------------------------------------------------------------


def test_imds_at_an_address_with_a_slash_at_its_end(chained: Core, instance: Server) -> None:
    with chained.bare(at("imds", f"{instance.url}/")) as process:
        assert process.look("imds") == [ROLE | {"source": "imds"}]


def test_imds_that_is_switched_off(chained: Core, instance: Server) -> None:
    assert why_not(chained, "imds", instance.url, AWS_EC2_METADATA_DISABLED="True") == "imds"
    assert instance.requests == []


@pytest.mark.parametrize(("said", "times"), [("3", 3), ("1", 1), ("0", 1), ("-2", 1), ("two", 1), ("", 1)])
def test_imds_is_asked_as_often_as_the_environment_says(chained: Core, instance: Server, said: str, times: int) -> None:
    instance.answer = imds(token=http(500, b""))
    why = why_not(chained, "imds", instance.url, AWS_METADATA_SERVICE_NUM_ATTEMPTS=said)
    assert why == "imds (imds answered HTTP 500 without a token)"
    assert len(instance.requests) == times


def test_imds_gets_the_time_that_the_environment_says(chained: Core, instance: Server) -> None:
    def answer(request: Request, connection: Any) -> bytes | None:
        if request.line.startswith("PUT"):
            time.sleep(1.3)
        return imds()(request, connection)

    instance.answer = answer
    with chained.bare(at("imds", instance.url) | {"AWS_METADATA_SERVICE_TIMEOUT": "2"}) as process:
        assert process.look("imds") == [ROLE | {"source": "imds"}]
