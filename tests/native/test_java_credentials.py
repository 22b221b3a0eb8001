"""The Java core's credentials: the one source that a spec names, when they are renewed, and what is refused."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.native.calls_support import KEYS
from tests.native.java_calls_support import Session, session
from tests.native.test_cpp_credentials import ROLE
from tests.native.test_profiles import why_none
from tests.unit.core_support import Server, answers, http
from tests.unit.local_support import ACCOUNT, REGION
from tests.unit.test_core_credentials import BAD_KEYS, imds, keys
from udfgen.local import LocalFunction, LocalLambda

VARIABLE = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
RELATIVE = {VARIABLE: "/v1/credentials"}


@pytest.fixture(scope="module")
def task() -> Iterator[Session]:
    """A session in a container's task, with no key pair in its environment."""
    with Session(RELATIVE) as running:
        yield running


# --- environment -----------------------------------------------------------------------------------------------


def test_environment() -> None:
    with session(AWS_SESSION_TOKEN="a-token") as process:
        assert process.look("environment") == [{"source": "environment", "key": "AKIDEXAMPLE", "token": "a-token"}]
    with session() as process:
        assert process.look("environment") == [{"source": "environment", "key": "AKIDEXAMPLE", "token": ""}]


def test_environment_without_keys_or_with_half_a_pair(task: Session) -> None:
    assert why_none(task, "environment") == "environment"
    for name in KEYS:
        with Session({name: "half"}) as process:
            assert why_none(process, "environment") == "environment"


@pytest.mark.parametrize("name", [*KEYS, "AWS_SESSION_TOKEN"])
@pytest.mark.parametrize("odd", ["a\r\nX-Evil: 1", "a\n", "caf\u00e9"])
def test_keys_that_cannot_stand_in_a_header_are_refused(name: str, odd: str) -> None:
    with session(**{name: odd}) as process:
        why = why_none(process, "environment")
    assert why == "environment (they hold a line break or another odd character)"


def test_a_call_without_credentials_sends_nothing(task: Session) -> None:
    with Server(answers(http())) as server:
        refused = task.call(server.url)
    assert refused["text"] == "score: no AWS credentials found: looked in environment"
    assert server.connections == 0


def test_a_source_that_there_is_not(task: Session) -> None:
    assert why_none(task, "chain") == "chain (it must be environment, profile, container or imds)"


# --- container -------------------------------------------------------------------------------------------------


@pytest.fixture
def container() -> Iterator[Server]:
    with Server(answers(http(body=keys()))) as server:
        yield server


def test_container(task: Session, container: Server) -> None:
    facts = {"metadata": container.url}
    assert task.look("container", facts, times=2) == [ROLE | {"source": "container"}] * 2
    (request,) = container.requests
    assert request.line == "GET /v1/credentials HTTP/1.1"
    assert request.headers == {"host": f"127.0.0.1:{container.port}", "content-length": "0"}


def test_calls_are_signed_with_what_was_found(task: Session, container: Server) -> None:
    config = {"credentials": {"source": "container"}, "metadata": container.url}
    with Server(answers(http())) as server:
        for _ in range(2):
            assert "result" in task.call(server.url, config=config)
    for request in server.requests:
        assert "Credential=ASIAROLE/" in request.headers["authorization"]
        assert request.headers["x-amz-security-token"] == "token/+="
    assert len(container.requests) == 1


def test_no_container(container: Server) -> None:
    with session() as process:
        assert why_none(process, "container", {"metadata": container.url}) == "container"
    assert container.requests == []


def test_a_container_that_would_lead_to_another_host(container: Server) -> None:
    with session(**{VARIABLE: "0.example/v1"}) as process:
        why = why_none(process, "container", {"metadata": container.url})
    assert why == f"container ({VARIABLE} must begin with a slash)"
    assert container.requests == []


def test_a_service_that_is_not_there(task: Session) -> None:
    assert why_none(task, "container", {"metadata": "http://127.0.0.1:1"}) == "container (127.0.0.1:1 does not answer)"
    assert why_none(task, "imds", {"metadata": "http://127.0.0.1:1"}) == "imds (127.0.0.1:1 does not answer)"


@pytest.mark.parametrize("name", BAD_KEYS)
def test_container_answers_without_credentials(task: Session, container: Server, name: str) -> None:
    container.answer = answers(http(body=BAD_KEYS[name]))
    why = why_none(task, "container", {"metadata": container.url})
    assert why == "container (container answered HTTP 200 without credentials)"


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (http(403, keys()), "container answered HTTP 403 without credentials"),
        (http(body=keys(Expiration="tomorrow")), "they have no valid expiry"),
        (http(body=keys(Expiration="2026-13-01T00:00:00Z")), "they have no valid expiry"),
        (http(body=keys("a\nb")), "they hold a line break or another odd character"),
    ],
)
def test_container_answers_that_are_refused(task: Session, container: Server, reply: bytes, why: str) -> None:
    container.answer = answers(reply)
    assert why_none(task, "container", {"metadata": container.url}) == f"container ({why})"


# --- imds ------------------------------------------------------------------------------------------------------


@pytest.fixture
def instance() -> Iterator[Server]:
    with Server(imds()) as server:
        yield server


def test_imds_is_asked_past_the_proxy(task: Session, instance: Server) -> None:
    config = {"credentials": {"source": "imds"}, "metadata": instance.url}
    with Server(answers(http())) as proxy:
        outcome = task.call("http://lambda.example", config=config | {"proxy": proxy.url})
    assert "result" in outcome
    assert len(proxy.requests) == 1
    assert [request.line.split(" ")[0] for request in instance.requests] == ["PUT", "GET", "GET"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"token": http(403, b"")}, "imds answered HTTP 403 without a token"),
        ({"token": http(body=b"a\r\nb")}, "imds answered HTTP 200 without a token"),
        ({"token": http(body=b"a b")}, "imds answered HTTP 200 without a token"),
        ({"token": http(body=b"")}, "imds answered HTTP 200 without a token"),
        ({"roles": http(404, b"")}, "the instance has no role"),
        ({"roles": http(body=b"")}, "the instance has no role"),
        ({"roles": http(body=b"../../evil")}, "the instance has no role"),
        ({"keys": http(body=b'{"Code":"Failed"}')}, "imds answered HTTP 200 without credentials"),
    ],
)
def test_imds_without_credentials(task: Session, instance: Server, changes: dict[str, bytes], why: str) -> None:
    instance.answer = imds(**changes)
    assert why_none(task, "imds", {"metadata": instance.url}) == f"imds ({why})"


def test_the_first_of_several_roles_counts(task: Session, instance: Server) -> None:
    instance.answer = imds(roles=http(body=b"my-role@x\nanother\n"))
    assert task.look("imds", {"metadata": instance.url}) == [ROLE | {"source": "imds"}]


def slow(seconds: float) -> Any:
    return lambda request, connection: time.sleep(seconds)


def test_imds_that_does_not_answer_is_given_up_after_a_second(task: Session, instance: Server) -> None:
    instance.answer = slow(1.4)
    begun = time.monotonic()
    why = why_none(task, "imds", {"metadata": instance.url})
    assert why == f"imds (127.0.0.1:{instance.port} does not answer)"
    assert 1.0 <= time.monotonic() - begun < 1.35


def test_the_deadline_holds_over_the_search(task: Session, instance: Server) -> None:
    instance.answer = slow(0.6)
    config = {"credentials": {"source": "imds"}, "metadata": instance.url}
    late = task.call("http://127.0.0.1:9", config=config, timeout_ms=300)
    assert late["text"] == "score: timed out after 300 ms while looking for AWS credentials"
    assert 300 <= late["ms"] < 500


def test_the_local_endpoint_accepts_what_its_metadata_gave(task: Session) -> None:
    function = LocalFunction("echo", None, examples=(({}, "here", None),))
    with LocalLambda([function], region=REGION, account=ACCOUNT) as local:
        base = local.metadata_environment()["AWS_EC2_METADATA_SERVICE_ENDPOINT"]
        config = {"credentials": {"source": "imds"}, "metadata": base}
        for target in ("echo", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:echo"):
            outcome = task.call(local.url, body="{}", target=target, config=config)
            assert outcome.get("result") == '"here"', outcome


# --- profile ---------------------------------------------------------------------------------------------------


def test_profiles_in_files_that_are_none(task: Session, tmp_path: Path) -> None:
    assert why_none(task, "profile", {"file": str(tmp_path / "none")}) == "profile"
    assert why_none(task, "profile", {"file": str(tmp_path)}) == f"profile (cannot read {tmp_path})"
    (tmp_path / "large").write_text("[default]\n" + "#" * 1024 * 1024)
    large = str(tmp_path / "large")
    assert why_none(task, "profile", {"file": large}) == f"profile (cannot read {large})"


# --- the clock -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", [1, 100, 400, 1582, 1900, 1969, 1970, 1999, 2000, 2024, 2026, 2100, 9999])
def test_moments_are_those_of_python(task: Session, year: int) -> None:
    for month, day in ((1, 1), (2, 28), (3, 1), (12, 31)):
        moment = datetime(year, month, day, 23, 59, 58, tzinfo=timezone.utc)
        text = moment.isoformat()[:19]
        seconds = (moment - datetime(1970, 1, 1, tzinfo=timezone.utc)).total_seconds()
        assert task.ask("clock", text=f"{text}.5Z") == [seconds, text]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-02",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:60Z",
        "2026-01-01 00:00:00Z",
        "2026-01-01T+1:00:00Z",
        "2026-01-01T00:00:0\u0661Z",
    ],
)
def test_what_is_no_moment(task: Session, text: str) -> None:
    assert task.ask("clock", text=text) is None
