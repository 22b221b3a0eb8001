"""Logging in: what is sent, what is refused before, and that no password is ever shown."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from time import monotonic
from types import SimpleNamespace
from typing import Any

import pytest

from tests.tds.conftest import Place
from tests.tds.server import PASSWORD, TICKET, How
from tests.tds.support import dsn, session
from tests.tds.wire import REQUIRED, Fault, Note
from udfgen import dialect
from udfgen.connect import Session, connect, parse
from udfgen.errors import CallError, ConnectError, InstallError, UsageError

module = dialect.load("sqlserver").part("session")
WRONG = "hunter2-hunter2"


def refusal(text: str) -> str:
    """Return why a DSN does not connect, within the time that a person waits for it."""
    start = monotonic()
    with pytest.raises(ConnectError) as told, connect(parse(text)):
        pass
    assert monotonic() - start < 5
    return str(told.value)


def test_a_login_says_who_and_where(place: Place) -> None:
    with session(place.port):
        (login,) = place.instance.logins
    assert (login.user, login.password, login.application, login.database) == ("deployer", PASSWORD, "udfgen", "sales")


def test_a_wrong_password_is_told_without_it(place: Place) -> None:
    place.instance.blurts = f" with the password {WRONG}"
    assert refusal(dsn(place.port, password=WRONG)) == (
        f"cannot connect to mssql://deployer:***@127.0.0.1:{place.port}/sales?encrypt=no: "
        "Msg 18456: Login failed for user 'deployer' with the password ***."
    )


def test_a_database_that_is_not_there_is_told(place: Place) -> None:
    said = refusal(dsn(place.port, "nowhere"))
    assert 'Cannot open database "nowhere" requested by the login. Login failed for user' in said


def test_a_port_where_nobody_listens_is_told_at_once() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        assert "Connection refused" in refusal(dsn(held.getsockname()[1]))


def test_a_server_that_says_nothing_is_given_up(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        said = refusal(dsn(silent.getsockname()[1], more="encrypt=no&connect_timeout=1"))
    assert said.endswith(": timed out")


def test_a_server_that_demands_encryption_is_told(place: Place) -> None:
    place.server.encryption = REQUIRED
    assert "encryption enabled but it is required by server" in refusal(dsn(place.port))
    assert place.instance.logins == []


def test_a_password_that_the_protocol_cannot_carry_is_told_without_it(place: Place) -> None:
    long = "x" * 129
    said = refusal(dsn(place.port, password=long))
    assert "not longer than 128 characters" in said
    assert long not in said


@pytest.fixture
def opened(place: Place) -> Iterator[Session]:
    """A session of a server that repeats the password in its errors."""
    for sql in ("run", "call"):
        place.instance.answers[sql] = Note("PRINT"), Fault(50000, f"no:\r\n  {PASSWORD}  here")
    with session(place.port) as opened:
        yield opened


def test_no_error_shows_the_password(opened: Session) -> None:
    with pytest.raises(InstallError) as told:
        opened.run("run")
    assert str(told.value) == "Msg 50000, line 1: no: *** here"
    with pytest.raises(CallError, match=r"^Msg 50000, line 1: no: \*\*\* here$"):
        opened.rows("call")


# What is refused before anything is sent


@pytest.mark.parametrize(
    "text",
    [
        "mssql://db/sales",
        "mssql://u@db/sales",
        "mssql://u:p1234567@db",
        "mssql://u:p1234567@db/",
        "mssql://:p12345@db/sales",
    ],
)
def test_a_dsn_names_a_user_a_password_and_a_database(text: str) -> None:
    with pytest.raises(UsageError, match=r"names a user, a password and a database: mssql://user:password@host"):
        connect(parse(text)).__enter__()


@pytest.mark.parametrize("option", ["trust=yes", "encrypt=maybe", "connect_timeout=soon", "password=hunter22hunter"])
def test_an_option_that_is_not_known_is_refused_without_its_value(option: str) -> None:
    with pytest.raises(UsageError) as told:
        connect(parse(dsn(1, more=option))).__enter__()
    assert str(told.value) == (
        "a DSN of this engine has no option of that name or value: it has encrypt, cafile, connect_timeout"
    )


@pytest.mark.parametrize("more", ["encrypt=yes", "encrypt=login", "cafile=authorities.pem", "connect_timeout=3"])
def test_encryption_is_the_default_and_needs_another_package(monkeypatch: pytest.MonkeyPatch, more: str) -> None:
    monkeypatch.setattr(module.tls, "OPENSSL_AVAILABLE", False)
    with pytest.raises(
        UsageError, match=r"^encryption needs pyOpenSSL: pip install 'pyOpenSSL<26'; or write encrypt=no"
    ):
        connect(parse(dsn(1, more=more))).__enter__()


@pytest.mark.parametrize("more", ["cafile=nowhere.pem", "encrypt=yes"])
def test_encryption_needs_a_file_of_authorities(monkeypatch: pytest.MonkeyPatch, more: str) -> None:
    monkeypatch.setattr(module.tls, "OPENSSL_AVAILABLE", True)
    monkeypatch.setattr("ssl.get_default_verify_paths", lambda: SimpleNamespace(cafile=None))
    with pytest.raises(UsageError, match=r"^encryption needs a PEM file of authorities: name one as cafile"):
        connect(parse(dsn(1, more=more))).__enter__()


@pytest.mark.parametrize(("how", "login_only"), [("yes", False), ("login", True)])
def test_encryption_is_asked_of_the_driver(monkeypatch: pytest.MonkeyPatch, how: str, login_only: bool) -> None:
    given: dict[str, Any] = {}

    def take(**settings: Any) -> None:
        given.update(settings)
        raise OSError("enough")

    monkeypatch.setattr(module.tls, "OPENSSL_AVAILABLE", True)
    monkeypatch.setattr(module.pytds, "connect", take)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        refusal(dsn(listening.getsockname()[1], more=f"encrypt={how}&cafile={__file__}"))
    assert (given["cafile"], given["enc_login_only"]) == (__file__, login_only)


# Windows logins


def test_a_windows_login_needs_another_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spnego", None)
    with pytest.raises(UsageError, match=r"^a login of Windows needs pyspnego: pip install pyspnego$"):
        connect(parse(dsn(1, user="CORP%5Cdeployer"))).__enter__()


def test_a_windows_login_sends_a_ticket_and_no_password(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Any, Any]] = []

    def client(*names: str, **more: str) -> Any:
        asked.append((names, more))
        return SimpleNamespace(step=lambda *token: TICKET)

    monkeypatch.setitem(sys.modules, "spnego", SimpleNamespace(client=client))
    with connect(parse(dsn(place.port, user="CORP%5Cdeployer"))):
        (login,) = place.instance.logins
    more = {"hostname": "127.0.0.1", "service": "MSSQLSvc", "protocol": "ntlm"}
    assert asked == [(("CORP\\deployer", PASSWORD), more)]
    assert (login.user, login.password, login.ticket) == ("", "", TICKET)


# What a broken connection does to the rest


def test_a_session_whose_connection_broke_says_so_each_time_and_closes(place: Place) -> None:
    with session(place.port) as opened:
        place.instance.plot = 0, How.CUT_BEFORE
        for _ in range(3):
            with pytest.raises(CallError) as told:
                opened.rows("select")
            assert told.value.code is None
            assert str(told.value)
    place.instance.rest()
