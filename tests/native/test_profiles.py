"""What every core does alike with a profile that a spec names: its keys, and why it is refused."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from tests.native.cores import CPP, JAVA, Core, Runner, why_none

PROFILES = """\
# a comment
[default]
aws_access_key_id=AKIDDEFAULT
aws_secret_access_key = secret

[other]
AWS_Access_Key_Id = AKIDOTHER\r
aws_secret_access_key = se=cret\r
aws_session_token = other-token\r
s3 =
  aws_access_key_id = NOTTHIS
[half]
aws_access_key_id = AKIDHALF
[program]
credential_process = /bin/false
"""

CONFIG = """\
[default]
region = eu-west-1
[profile other]
aws_access_key_id = AKIDCONFIG
aws_secret_access_key = secret
[profile "in quotes"]
aws_access_key_id = AKIDQUOTES
aws_secret_access_key = secret
[profile role]
role_arn = arn:aws:iam::123456789012:role/x
source_profile = default
[profile sso]
sso_session = work
aws_access_key_id = AKIDSSO
aws_secret_access_key = secret
[sso-session work]
sso_region = eu-west-1
"""

ADVICE = ", which is an AWS SDK's work: name a profile with keys, or use container or imds"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "credentials").write_text(PROFILES)
    (tmp_path / "config").write_text(CONFIG)
    return {"file": str(tmp_path / "credentials"), "config_file": str(tmp_path / "config")}


@pytest.mark.parametrize(
    ("profile", "key", "token"),
    [
        ({}, "AKIDDEFAULT", ""),
        ({"profile": "default"}, "AKIDDEFAULT", ""),
        ({"profile": "other"}, "AKIDOTHER", "other-token"),
        ({"profile": "in quotes"}, "AKIDQUOTES", ""),
    ],
)
def test_profile_by_name_and_file(
    process: Runner, files: dict[str, str], profile: dict[str, str], key: str, token: str
) -> None:
    assert process.look("profile", files | profile) == [{"source": "profile", "key": key, "token": token}], (
        "the environment is another source"
    )


def test_profile_without_a_configuration_file(process: Runner, files: dict[str, str]) -> None:
    one = {"file": files["file"], "profile": "in quotes"}
    assert why_none(process, "profile", one) == "profile (the profile in quotes does not exist)"
    assert process.look("profile", one | {"profile": "other"})[0]["key"] == "AKIDOTHER"


REFUSED = [
    ("missing", "the profile missing does not exist"),
    ("half", "the profile half has a key without its secret"),
    ("role", "the profile role needs role_arn" + ADVICE),
    ("sso", "the profile sso needs sso_session" + ADVICE),
    ("program", "the profile program needs credential_process" + ADVICE),
]
"""Profiles, and what is said of them."""


@pytest.mark.parametrize(("profile", "why"), REFUSED)
def test_profiles_that_are_refused(process: Runner, files: dict[str, str], profile: str, why: str) -> None:
    assert why_none(process, "profile", files | {"profile": profile}) == f"profile ({why})"


def test_a_program_comes_before_the_keys_of_the_configuration_file(process: Runner, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[default]\naws_access_key_id = A\naws_secret_access_key = B\n")
    files = {"file": str(tmp_path / "none"), "config_file": str(tmp_path / "config")}
    assert process.look("profile", files)[0]["key"] == "A"
    with (tmp_path / "config").open("a") as config:
        config.write("credential_process = /bin/false\n")
    assert why_none(process, "profile", files) == f"profile (the profile default needs credential_process{ADVICE})"


def test_profiles_in_files_that_are_none_or_cannot_be_read(process: Runner, tmp_path: Path) -> None:
    (tmp_path / "large").write_text("[default]\n" + "#" * 1024 * 1024)
    large = str(tmp_path / "large")
    assert why_none(process, "profile", {"file": large}) == f"profile (cannot read {large})"
    assert why_none(process, "profile", {"file": str(tmp_path / "none")}) == "profile"
    assert why_none(process, "profile", {"file": str(tmp_path)}) == "profile", "a folder is no file"


@pytest.mark.parametrize("core", [CPP, JAVA], ids=lambda core: core.name)
def test_a_pipe_is_not_waited_for(core: Core, tmp_path: Path) -> None:
    # Windows, where the C# core runs, has no pipes among its files.
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(PROFILES,), daemon=True)
    writer.start()
    with core.bare({}) as process:
        assert why_none(process, "profile", {"file": str(pipe)}) == "profile"
    writer.join(0.1)
    assert writer.is_alive(), "nobody has opened the other end"
    pipe.read_bytes()
