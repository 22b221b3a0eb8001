"""What every core does alike with keys in its environment, and those with a chain where they look, one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.native.calls_support import KEYS, text
from tests.native.cores import Core, at, why_none
from tests.native.test_profiles import ADVICE, CONFIG, PROFILES, REFUSED
from tests.unit.core_support import Server, answers, http


def why_no_chain(core: Core, environment: dict[str, str]) -> str:
    """Return what is said of a chain that finds no credentials."""
    with core.bare(environment) as process:
        return why_none(process, "chain")


# --- environment -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("further", "token"), [({}, ""), ({"AWS_SESSION_TOKEN": "a-token"}, "a-token")])
def test_environment(core: Core, further: dict[str, str], token: str) -> None:
    with core.start(**further) as process:
        assert process.look("environment") == [{"source": "environment", "key": "AKIDEXAMPLE", "token": token}]


@pytest.mark.parametrize("others", [{}, dict.fromkeys(KEYS, "")], ids=["not set", "empty"])
@pytest.mark.parametrize("half", [{}, *({name: "half"} for name in KEYS)], ids=["none", *KEYS])
def test_environment_without_keys_or_with_half_a_pair(core: Core, half: dict[str, str], others: dict[str, str]) -> None:
    with core.bare(others | half) as process:
        assert why_none(process, "environment") == "environment"


@pytest.mark.parametrize("name", [*KEYS, "AWS_SESSION_TOKEN"])
@pytest.mark.parametrize("odd", ["a\r\nX-Evil: 1", "a\n", "caf\u00e9"])
def test_keys_that_cannot_stand_in_a_header_are_refused(core: Core, name: str, odd: str) -> None:
    with core.start(**{name: odd}) as process:
        why = why_none(process, "environment")
    assert why == "environment (they hold a line break or another odd character)"


def test_a_call_without_credentials_sends_nothing(core: Core) -> None:
    with core.bare({}) as process, Server(answers(http())) as server:
        refused = process.call(server.url)
    assert text(refused) == ("not_authorized", "no AWS credentials found: looked in environment")
    assert server.connections == 0


# --- chain -----------------------------------------------------------------------------------------------------


def test_chain_goes_from_the_environment_to_the_container_to_the_instance(
    chained: Core, instance: Server, container: Server
) -> None:
    both = at("container", container.url) | at("imds", instance.url)
    with chained.start(**both) as process:
        assert process.look("chain")[0]["source"] == "environment"
    assert container.requests == instance.requests == []
    with chained.bare(both) as process:
        assert process.look("chain")[0]["source"] == "container"
    assert instance.requests == []
    with chained.bare(at("imds", instance.url)) as process:
        assert process.look("chain")[0]["source"] == "imds"


def test_chain_that_finds_nothing_names_where_it_looked(chained: Core) -> None:
    off = {"AWS_EC2_METADATA_DISABLED": "true"}
    assert why_no_chain(chained, off) == "environment, profile, container, imds"


def test_chain_ends_with_a_source_that_fails(chained: Core, container: Server, instance: Server) -> None:
    container.answer = answers(http(500, b""))
    why = "environment, profile, container (container answered HTTP 500 without credentials)"
    assert why_no_chain(chained, at("container", container.url) | at("imds", instance.url)) == why
    assert instance.requests == []


# --- profiles that no spec names -------------------------------------------------------------------------------


@pytest.fixture
def named(tmp_path: Path) -> dict[str, str]:
    """Variables that name the two files of profiles."""
    (tmp_path / "credentials").write_text(PROFILES)
    (tmp_path / "config").write_text(CONFIG)
    config = str(tmp_path / "config")
    return {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"), "AWS_CONFIG_FILE": config}


@pytest.mark.parametrize("source", ["chain", "profile"])
def test_profile_of_the_environment(chained: Core, named: dict[str, str], source: str) -> None:
    with chained.bare(named | {"AWS_PROFILE": "other"}) as process:
        assert process.look(source)[0]["key"] == "AKIDOTHER"
        assert process.look(source, {"profile": "default"})[0]["key"] == "AKIDDEFAULT", "the spec counts first"
    with chained.bare(named | {"AWS_PROFILE": "missing", "AWS_DEFAULT_PROFILE": "other"}) as process:
        assert process.look(source)[0]["key"] == "AKIDOTHER", "in botocore's order"


def test_profile_below_the_home(chained: Core, tmp_path: Path) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text(PROFILES)
    with chained.bare({"HOME": str(tmp_path)}) as process:
        assert process.look("chain")[0]["key"] == "AKIDDEFAULT"


@pytest.mark.parametrize(("profile", "why"), REFUSED)
def test_profiles_that_a_chain_does_not_pass_over(chained: Core, named: dict[str, str], profile: str, why: str) -> None:
    assert why_no_chain(chained, named | {"AWS_PROFILE": profile}) == f"environment, profile ({why})"


def test_a_web_identity_is_refused_and_not_passed_over(chained: Core, container: Server) -> None:
    environment = at("container", container.url) | {"AWS_WEB_IDENTITY_TOKEN_FILE": "/var/run/token"}
    why = "environment, profile (AWS_WEB_IDENTITY_TOKEN_FILE needs AWS STS" + ADVICE + ")"
    assert why_no_chain(chained, environment) == why
    assert container.requests == []


def test_chain_goes_on_when_the_files_hold_no_keys(chained: Core, container: Server, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[default]\nregion = eu-west-1\n")
    environment = at("container", container.url) | {"AWS_CONFIG_FILE": str(tmp_path / "config")}
    with chained.bare(environment) as process:
        assert process.look("chain")[0]["source"] == "container"
