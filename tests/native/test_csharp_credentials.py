"""The C# core's credentials: the homes and files of Windows, places in facts, threads that look all at once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.native.calls_support import job
from tests.native.cores import at, why_none
from tests.native.csharp_calls_support import Session
from tests.native.test_metadata import ROLE
from tests.native.test_profiles import PROFILES
from tests.unit.core_support import Request, Server, answers, http
from tests.unit.test_core_credentials import keys

# --- facts instead of the addresses of both services -------------------------------------------------------------


def test_container_by_its_path_which_counts_first(container: Server) -> None:
    given = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/1"}
    with Session(at("container", container.url) | given) as process:
        assert process.look("container", {"metadata": container.url}) == [ROLE | {"source": "container"}]
    assert [request.line for request in container.requests] == ["GET /v2/credentials/1 HTTP/1.1"]
    assert "authorization" not in container.requests[0].headers


def test_imds_by_the_facts(instance: Server) -> None:
    with Session({"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:9"}) as process:
        assert process.look("imds", {"metadata": instance.url}) == [ROLE | {"source": "imds"}]


# --- profiles on Windows -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("others", [{}, {"HOME": "/nonexistent"}])
def test_profile_below_the_home_of_windows(tmp_path: Path, others: dict[str, str]) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text(PROFILES)
    with Session({"USERPROFILE": str(tmp_path)} | others) as process:
        assert process.look("chain")[0]["key"] == "AKIDDEFAULT"


def test_profiles_as_editors_of_windows_write_them(tmp_path: Path) -> None:
    first = PROFILES.index("[default]")
    (tmp_path / "credentials").write_bytes(b"\xef\xbb\xbf" + PROFILES[first:].replace("\n", "\r\n").encode())
    with Session() as process:
        facts = {"file": str(tmp_path / "credentials"), "profile": "other"}
        assert process.look("profile", facts) == [{"source": "profile", "key": "AKIDOTHER", "token": "other-token"}]
        assert process.look("profile", facts | {"profile": "default"})[0]["key"] == "AKIDDEFAULT"


def test_without_a_home_no_file_at_the_root_of_a_disk_stands_for_one_below_it(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text(PROFILES)
    below = f"~{tmp_path}/credentials"
    with Session({"HOME": "/"}) as process:
        assert process.look("profile", {"file": below})[0]["key"] == "AKIDDEFAULT"
    with Session({"HOME": ""}) as process:
        assert why_none(process, "profile", {"file": below}) == "profile"


# --- threads -----------------------------------------------------------------------------------------------------


def test_threads_without_credentials_all_look_for_them(container: Server) -> None:
    def answer(request: Request, _: object) -> bytes:
        time.sleep(0.1)
        return http(body=keys())

    container.answer = answer
    with Session(at("container", container.url)) as process, Server(answers(http())) as server:
        one = job(server.url, config={"credentials": {"source": "container"}})
        outcomes = process.ask("threads", rounds=3, calls=[one] * 4)
    assert all(outcome["result"] == '{"score":87.5}' for several in outcomes for outcome in several)
    assert 1 <= len(container.requests) <= 4, "what one has found serves all from then on"
