"""DSNs: every shape that is right, and many that are not; a password is in no text that comes of either."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from udfgen.connect import VARIABLE, Dsn, connect, find, parse
from udfgen.errors import ConnectError, UsageError
from udfgen.redact import HIDDEN, Secret

MARK = "S3CR3T-marker"

GOOD: dict[str, dict[str, Any]] = {
    "postgresql://": {},
    "postgres://": {"scheme": "postgres"},
    "postgresql://h": {"host": "h"},
    "postgresql://h/": {"host": "h"},
    "postgresql://h/db": {"host": "h", "database": "db"},
    "postgresql://u@h:1/db": {"user": "u", "host": "h", "port": 1, "database": "db"},
    "postgresql://u@h:65535/db": {"user": "u", "host": "h", "port": 65535, "database": "db"},
    "postgresql://u:p@h/db": {"user": "u", "password": "p", "host": "h", "database": "db"},
    "postgresql://u:@h/db": {"user": "u", "host": "h", "database": "db"},
    "postgresql://@h/db": {"host": "h", "database": "db"},
    "postgresql://:p@h/db": {"password": "p", "host": "h", "database": "db"},
    "postgresql://u:a:b@h/db": {"user": "u", "password": "a:b", "host": "h", "database": "db"},
    "postgresql://u@[::1]/db": {"user": "u", "host": "::1", "database": "db"},
    "postgresql://u:p@[2001:db8::7]:6432/db": {
        "user": "u",
        "password": "p",
        "host": "2001:db8::7",
        "port": 6432,
        "database": "db",
    },
    "postgresql://u@/db?host=/var/run/postgresql": {
        "user": "u",
        "database": "db",
        "options": {"host": "/var/run/postgresql"},
    },
    "postgresql:///db?host=%2Frun%2Fx&port=6000": {"database": "db", "options": {"host": "/run/x", "port": "6000"}},
    "postgresql://u%40x:p%40%2F%3A%20%25@h/d%2Fb": {
        "user": "u@x",
        "password": "p@/: %",
        "host": "h",
        "database": "d/b",
    },
    "postgresql://%C3%A9:%F0%9F%94%91@h/db": {"user": "é", "password": "🔑", "host": "h", "database": "db"},
    "postgresql://h?sslmode=require&x=": {"host": "h", "options": {"sslmode": "require", "x": ""}},
    "postgresql:///db?options=-c%20search_path%3Da": {"database": "db", "options": {"options": "-c search_path=a"}},
    "postgresql:///db?password=p": {"database": "db", "options": {"password": "p"}},
    "  postgresql://h/db \n": {"host": "h", "database": "db"},
    "postgresql://ip-10-0-0-1.ec2.internal/db_1": {"host": "ip-10-0-0-1.ec2.internal", "database": "db_1"},
}

BAD = {
    "": '"://"',
    MARK: '"://"',
    f"host=h password={MARK}": '"://"',
    f"u:{MARK}@h/db": '"://"',
    f"postgresql:u:{MARK}@h/db": '"://"',
    f"postgresql:/u:{MARK}@h/db": '"://"',
    f"postgresql//u:{MARK}@h/db": '"://"',
    f"jdbc:postgresql://u:{MARK}@h/db": "write special characters as %XX",
    f"POSTGRESQL://u:{MARK}@h/db": "write special characters as %XX",
    f"{MARK}://u@h/db": "write special characters as %XX",
    f"nosuch://u:{MARK}@h/db": "use mariadb://, mssql://, mysql://, oracle://, postgres://, postgresql://",
    f"postgresql://u:{MARK} x@h/db": "write %20",
    f"postgresql://u:{MARK}@h /db": "write %20",
    f"postgresql://u:{MARK}\n@h/db": "write %20",
    f"postgresql://u:{MARK}@x@h/db": "write %40",
    f"postgresql://u@x:{MARK}@h/db": "write %40",
    f"postgresql://u:{MARK}#x@h/db": "write %23",
    f"postgresql://u:#{MARK}@h/db": "write %23",
    f"postgresql://u:{MARK}/x@h/db": "%2F",
    f"postgresql://u:12/{MARK}@h/db": "%2F",
    f"postgresql://u:12/{MARK}@h": "%2F",
    f"postgresql://u:{MARK}?x@h/db": "%XX",
    f"postgresql://u:12?x={MARK}@h/db": "%XX",
    f"postgresql://u/{MARK}@h/db": "%2F",
    f"postgresql://u:{MARK}%@h/db": "write %25",
    f"postgresql://u:{MARK}%4@h/db": "write %25",
    f"postgresql://u:{MARK}%zz@h/db": "write %25",
    f"postgresql://u:{MARK}%00@h/db": "control characters",
    f"postgresql://u:{MARK}%0A@h/db": "control characters",
    f"postgresql://u:{MARK}%FF@h/db": "not UTF-8",
    f"postgresql://u:{MARK}@%00/db": "control characters",
    f"postgresql://u:{MARK}@h:port/db": "not a number",
    f"postgresql://u:{MARK}@h:{MARK}/db": "not a number",
    f"postgresql://u:{MARK}@h:0/db": "between 1 and 65535",
    f"postgresql://u:{MARK}@h:65536/db": "between 1 and 65535",
    f"postgresql://u:{MARK}@h:123456/db": "engine://user@host:port",
    f"postgresql://u:{MARK}@::1/db": "number",
    f"postgresql://u:{MARK}@[::1/db": "[brackets]",
    f"postgresql://u:{MARK}@::1]/db": "[brackets]",
    f"postgresql://u:{MARK}@[no]/db": "[brackets]",
    f"postgresql://u:{MARK}@h1,h2/db": "engine://user@host:port",
    f"postgresql://u:{MARK}@h/db/x": "engine://user@host:port",
    f"postgresql://u:{MARK}@h/db?{MARK}": "name=value",
    f"postgresql://u:{MARK}@h/db?a=1&{MARK}": "name=value",
    f"postgresql://u@h/db?password={MARK}%FF": "name=value",
    f"postgresql://u@h/db?password={MARK}%0A": "control characters",
    f"postgresql://u@h/db?password={MARK}#x": "write %23",
    f"postgresql://u:{MARK}": "not a number",
    f"postgresql://{MARK}:{MARK}": "not a number",
}


@pytest.fixture(autouse=True)
def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test hides, the next one does not."""
    monkeypatch.setattr("udfgen.redact._secrets", set())


def revealed(value: object) -> object:
    """Return a value with its secrets revealed, to be compared."""
    if isinstance(value, Secret):
        return value.reveal()
    return {key: revealed(each) for key, each in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize("text", GOOD)
def test_good(text: str) -> None:
    usual: dict[str, object] = dict.fromkeys(("user", "password", "host", "port", "database"))
    expected = usual | {"engine": "postgresql", "scheme": "postgresql", "options": {}} | GOOD[text]
    dsn = parse(text)
    assert {field.name: revealed(getattr(dsn, field.name)) for field in dataclasses.fields(dsn)} == expected


@pytest.mark.parametrize("text", BAD)
def test_bad(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    message = str(caught.value)
    assert BAD[text] in message
    assert "\n" not in message
    assert MARK not in message
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"postgresql://u:{MARK}@h:5/db", f"postgresql://u:{HIDDEN}@h:5/db"),
        (f"postgresql://:{MARK}@h/db", f"postgresql://:{HIDDEN}@h/db"),
        (f"postgres://u:{MARK}@[::1]:5/db", f"postgres://u:{HIDDEN}@[::1]:5/db"),
        (f"postgresql:///db?password={MARK}&host=/x", f"postgresql:///db?password={HIDDEN}&host=/x"),
        (f"postgresql:///db?PassWD={MARK}", f"postgresql:///db?PassWD={HIDDEN}"),
        (f"postgresql:///db?sslpassword={MARK}", f"postgresql:///db?sslpassword={HIDDEN}"),
        (f"oracle://u@h/s?wallet_password={MARK}", f"oracle://u@h/s?wallet_password={HIDDEN}"),
        ("postgresql://h", "postgresql://h/"),
    ],
)
def test_shown_without_a_secret(text: str, shown: str) -> None:
    dsn = parse(text)
    assert str(dsn) == shown
    for each in (str(dsn), repr(dsn), f"{dsn}", f"{dsn!r}", str([dsn]), str(dataclasses.astuple(dsn))):
        assert MARK not in each


def test_what_is_shown_can_be_read_again() -> None:
    for text in ("postgresql://u@[::1]:5/db", "postgresql://h/db?host=/x", "postgres://u@h:7/d"):
        assert str(parse(str(parse(text)))) == str(parse(text)) == text


ENVIRONMENT = {VARIABLE: "postgresql://usual", "OTHER": "postgresql://other", "EMPTY": ""}


@pytest.mark.parametrize(
    ("dsn", "variable", "host"),
    [
        ("postgresql://given", None, "given"),
        (None, "OTHER", "other"),
        (None, None, "usual"),
    ],
)
def test_where_the_dsn_is_found(dsn: str | None, variable: str | None, host: str) -> None:
    assert find(dsn, variable, ENVIRONMENT).host == host


@pytest.mark.parametrize(
    ("dsn", "variable", "environment", "says"),
    [
        ("postgresql://a", "OTHER", ENVIRONMENT, "not both"),
        (None, "NOSUCH", ENVIRONMENT, "NOSUCH, named by --dsn-env, is not set"),
        (None, "EMPTY", ENVIRONMENT, "EMPTY, named by --dsn-env, is not set"),
        (None, None, {}, f"give --dsn, --dsn-env NAME, or set {VARIABLE}"),
        (None, None, {VARIABLE: ""}, f"give --dsn, --dsn-env NAME, or set {VARIABLE}"),
        (None, None, {VARIABLE: f"postgresql://u:{MARK}@"}, None),
        ("", None, ENVIRONMENT, '"://"'),
        (None, f"postgresql://u:{MARK}@h/db", ENVIRONMENT, "give a DSN with --dsn"),
    ],
)
def test_where_no_dsn_is_found(
    dsn: str | None, variable: str | None, environment: dict[str, str], says: str | None
) -> None:
    if says is None:
        assert isinstance(find(dsn, variable, environment), Dsn)
        return
    with pytest.raises(UsageError) as caught:
        find(dsn, variable, environment)
    assert says in str(caught.value)
    assert MARK not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        f"postgresql://u:{MARK}@127.0.0.1:1/db?connect_timeout=2",
        f"postgresql://u:{MARK}@/db?host=/nonexistent",
        f"postgresql://u@127.0.0.1:1/db?connect_timeout=2&password={MARK}",
        f"postgresql://u:{MARK}@127.0.0.1:1/db?nosuchoption=1",
        f"postgresql://u:{MARK}@127.0.0.1:1/db?sslmode=nosuch",
    ],
)
def test_a_driver_that_fails_tells_no_secret(text: str) -> None:
    with pytest.raises(ConnectError) as caught, connect(parse(text)):
        raise AssertionError("there is no such server")
    assert "cannot connect to postgresql://" in str(caught.value)
    assert MARK not in str(caught.value)
    assert caught.value.__suppress_context__
