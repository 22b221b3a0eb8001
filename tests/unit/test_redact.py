"""Secrets stay in: what is known to be one, or stands where one would, is taken out of every line."""

from __future__ import annotations

import pytest

from udfgen.redact import HIDDEN, Secret, hide, hide_likely, redact

MARK = "S3CR3T-marker"


@pytest.fixture(autouse=True)
def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test hides, the next one does not."""
    monkeypatch.setattr("udfgen.redact._secrets", set())


def test_a_secret_is_revealed_on_request_only() -> None:
    secret = Secret(MARK)
    assert secret.reveal() == MARK
    for shown in (str(secret), repr(secret), f"{secret}", f"{[secret]!r}", "%s" % secret):  # noqa: UP031
        assert MARK not in shown
        assert HIDDEN in shown


def test_a_secret_is_known_from_then_on() -> None:
    assert redact(f"x {MARK} y") == f"x {MARK} y"
    Secret(MARK)
    assert redact(f"x {MARK} y {MARK}") == f"x {HIDDEN} y {HIDDEN}"


def test_a_secret_is_taken_out_as_a_url_spells_it() -> None:
    hide("p@ss/w%rd")
    assert redact("p@ss/w%rd p%40ss%2Fw%25rd p%40ss/w%25rd") == f"{HIDDEN} {HIDDEN} {HIDDEN}"


def test_the_longest_secret_goes_first() -> None:
    hide("abc")
    hide("abcdef")
    assert redact("abcdef abc") == f"{HIDDEN} {HIDDEN}"


def test_nothing_is_no_secret() -> None:
    hide("")
    assert redact("abc") == "abc"


@pytest.mark.parametrize(
    "text",
    [
        f"postgresql://u:{MARK}@h/db",
        f"postgresql://u:{MARK}",
        f"postgresql://:{MARK}@",
        f"postgresql://us/er:{MARK}@h",
        f"x://u:12/{MARK}@h",
        f"postgresql://u:a:{MARK}@h",
        f"postgresql://u:a@{MARK}@h/db",
        f"postgresql://u:{MARK}@h/db?mail=a@b",
        f"postgresql://h/db?password={MARK}",
        f"postgresql://h/db?sslmode=off&PWD={MARK}&x=1",
        f"host=h sslpassword={MARK} user=u",
        f"host=h passwd={MARK}",
    ],
)
def test_what_stands_where_a_password_would_is_hidden(text: str) -> None:
    hide_likely(text)
    assert MARK not in redact(text)
    assert HIDDEN in redact(text)


def test_a_password_is_hidden_as_it_is_and_as_the_url_spells_it() -> None:
    hide_likely("postgresql://u:S3CR3T%2Dmarker@h")
    assert redact(f"{MARK} S3CR3T%2Dmarker") == f"{HIDDEN} {HIDDEN}"


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://user@host:5432/db",
        "postgresql://host:5432/db",
        "postgresql://[::1]:5432/db",
        "postgresql:///db?host=/run",
        "spec.yaml",
        "name=value",
        "at=12:30:00",
        "",
    ],
)
def test_what_holds_no_password_is_left_alone(text: str) -> None:
    hide_likely(text)
    assert redact(text) == text
