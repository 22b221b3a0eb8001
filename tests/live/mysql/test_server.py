"""The private MariaDB, and MySQL where it was fetched: it answers, sees what it was given, leaves nothing behind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.conftest import private_server
from tests.live.mysql.conftest import ROOTS
from udfgen import dialect
from udfgen.connect import PLUGIN_DIR, Dsn, connect, parse
from udfgen.errors import CallError, UsageError

ENVIRONMENT = {"AWS_ENDPOINT_URL_LAMBDA": "http://127.0.0.1:1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE"}


def started(root: Path) -> AbstractContextManager[str]:
    return private_server("mysql", ENVIRONMENT, root)


@pytest.fixture(scope="module", params=ROOTS)
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    with started(request.param) as dsn:
        yield dsn


def one(dsn: str, expression: str) -> str:
    with connect(parse(dsn)) as session:
        return str(session.rows(f"select {expression}")[1][0][0])


def option(dsn: Dsn, name: str) -> Path:
    found = dsn.options[name]
    assert isinstance(found, str)
    return Path(found)


def process(dsn: str) -> Path:
    """Return where the kernel tells about the server."""
    pid = option(parse(dsn), "socket").with_name("pid").read_text(encoding="utf-8").strip()
    return Path("/proc") / pid


def test_it_answers_root(server: str) -> None:
    assert one(server, "current_user()") == "root@localhost"
    is_mariadb = "MariaDB" in one(server, "version()")
    assert parse(server).scheme == ("mariadb" if is_mariadb else "mysql")


def test_it_has_no_port(server: str) -> None:
    assert one(server, "@@skip_networking") == "1"


def test_nobody_else_has_an_account(server: str) -> None:
    assert one(server, "count(*) from mysql.user where user = ''") == "0"


def test_its_process_sees_only_what_it_was_given(server: str) -> None:
    entries = (process(server) / "environ").read_text(encoding="utf-8").rstrip("\0").split("\0")
    found = dict(entry.split("=", 1) for entry in entries)
    assert found.keys() - {"PATH", "LANG"} == ENVIRONMENT.keys()
    assert found.items() >= ENVIRONMENT.items()


def test_it_loads_from_a_folder_that_it_cannot_write(server: str) -> None:
    folder = option(parse(server), PLUGIN_DIR)
    (folder / "seen.so").write_text("no library", encoding="utf-8")
    with connect(parse(server)) as session:
        with pytest.raises(CallError, match=r"file too short|invalid ELF header"):
            session.rows("create function seen returns string soname 'seen.so'")
        with pytest.raises(CallError, match="No such file"):
            session.rows("create function seen returns string soname 'unseen.so'")
    assert (folder.stat().st_uid, folder.stat().st_mode & 0o777) == (os.geteuid(), 0o755)
    assert user(server) != 0, "the server must not run as root"


def user(dsn: str) -> int:
    """Return the user that the server runs as."""
    lines = (process(dsn) / "status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Uid:"))


@contextmanager
def watched(root: Path) -> Iterator[None]:
    """Start a server, and see that it is gone afterwards."""
    made: list[Path] = []
    try:
        with started(root) as dsn:
            made += [process(dsn), option(parse(dsn), "socket").parent]
            assert [path for path in made if not path.is_dir()] == []
            yield
    finally:
        assert [path for path in made if path.exists()] == []


@pytest.mark.parametrize("root", ROOTS)
def test_nothing_stays(root: Path) -> None:
    with watched(root):
        pass


def test_nothing_stays_after_a_failure() -> None:
    with pytest.raises(ZeroDivisionError), watched(Path("/")):
        raise ZeroDivisionError


def test_a_strict_umask_does_not_matter() -> None:
    before = os.umask(0o077)
    try:
        with started(Path("/")) as dsn:
            assert option(parse(dsn), PLUGIN_DIR).stat().st_mode & 0o777 == 0o755
    finally:
        os.umask(before)


def test_no_server_is_installed(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    with pytest.raises(UsageError, match=r"no MariaDB or MySQL server is installed; on Debian: apt-get install"):
        dialect.load("mysql").part("server").running(ENVIRONMENT, tmp_path).__enter__()
    assert list((tmp_path / "tmp").iterdir()) == []
