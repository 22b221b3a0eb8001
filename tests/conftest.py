"""What many tests share: a private server, a fresh database in it, tools that may be missing, golden files to renew."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import NoReturn

import pytest

from udfgen import commands, dialect
from udfgen.connect import Session, connect, parse
from udfgen.errors import UsageError
from udfgen.local import LocalLambda
from udfgen.serve import local_lambda

SERVERS = frozenset({"postgresql", "mariadb", "database"})
"""Fixtures that start a server: a test that uses one is marked `live`."""

CACHE = Path(__file__).resolve().parents[1] / "build" / "ccache"

_number = count(1)


def pytest_configure() -> None:
    """Let compilers remember: the tests compile many specs with the same sources, all of them in temporary folders."""
    if shutil.which("ccache"):
        # https://ccache.dev/manual/4.7.5.html#config_base_dir
        known = {"CCACHE_DIR": str(CACHE), "CCACHE_BASEDIR": tempfile.gettempdir()}
        for name, value in {"CMAKE_CXX_COMPILER_LAUNCHER": "ccache", **known}.items():
            os.environ.setdefault(name, value)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--update-golden`, which writes what the golden tests would compare."""
    parser.addoption("--update-golden", action="store_true", help="write tests/golden/cases anew")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that needs a server, so that `-m 'not live'` leaves it out."""
    for item in items:
        if SERVERS & set(getattr(item, "fixturenames", ())):
            item.add_marker("live")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the records of builds out of the user's cache folder, and what stands there out of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def tool(name: str, package: str) -> str:
    """Return the path of a program; without it, skip and name the Debian package, or fail where CI=true."""
    found = shutil.which(name)
    if found is None:
        missing(f"{name} is not installed; on Debian: apt-get install {package}")
    return str(found)


def missing(what: str) -> NoReturn:
    """End a test that cannot run here: a failure in CI, else a skip that says what to install."""
    if os.environ.get("CI") == "true":
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="session")
def endpoint() -> Iterator[LocalLambda]:
    """The local Lambda endpoint of examples/quickstart, running for the whole session."""
    with commands.quickstart() as folder:
        program = commands.compile_program(commands.read(folder / "spec.yaml"))
        with local_lambda(program, folder / "handlers", log=lambda line: None) as running:
            yield running


@contextmanager
def private_server(engine: str, environment: Mapping[str, str], root: Path = Path("/")) -> Iterator[str]:
    """Start an engine's server whose processes see `environment`; skip, or fail in CI, where none is installed."""
    server = dialect.load(engine).part("server")
    with ExitStack() as stack:
        try:
            dsn: str = stack.enter_context(server.running(environment, root))
        except UsageError as error:
            missing(str(error))
        yield dsn


@pytest.fixture(scope="session")
def postgresql(endpoint: LocalLambda) -> Iterator[str]:
    """The DSN of a superuser on a private PostgreSQL, whose processes call `endpoint`."""
    with private_server("postgresql", endpoint.environment()) as dsn:
        yield dsn


@pytest.fixture(scope="session")
def mariadb(endpoint: LocalLambda) -> Iterator[str]:
    """The DSN of root on a private MariaDB, whose process calls `endpoint`; its library folder is in the DSN."""
    with private_server("mysql", endpoint.environment()) as dsn:
        yield dsn


@pytest.fixture
def database(postgresql: str) -> Iterator[str]:
    """The DSN of a new, empty database with the role `app` beside it; gone afterwards, with every role made since."""
    name = f"test_{next(_number)}"
    with connect(parse(postgresql)) as session:
        session.rows(f"create database {name}")
        session.rows("create role app")
    try:
        yield postgresql.replace("/postgres?", f"/{name}?")
    finally:
        with connect(parse(postgresql)) as session:
            session.rows(f"drop database {name} with (force)")
            _drop_roles(session)


def _drop_roles(session: Session) -> None:
    """Drop what a test left of roles, which belong to the whole server."""
    made = "select rolname from pg_roles where rolname <> current_user and rolname !~ '^pg_'"
    for (role,) in session.rows(made)[1]:
        session.rows(f'drop role "{role}"')
