"""A private throw-away MariaDB or MySQL: a unix socket in a temporary folder, no port, stopped by its process id."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from udfgen.errors import UsageError

INSTALL = "on Debian: apt-get install mariadb-server-core mariadb-client-core"
NOBODY = 65534
"""The user and group `nobody`: the servers refuse root, and the packages without a system service bring no user."""

SETTINGS = (
    "--innodb-buffer-pool-size=16M",
    "--innodb-doublewrite=OFF",
    "--innodb-flush-log-at-trx-commit=0",
    "--performance-schema=OFF",
    "--skip-networking",
)
"""No port, little memory, no care for a crash of the machine. All else, the binary log and the character set among
it, is as the servers have it by themselves: what works on both works with either."""


FILES = {"socket": "socket", "pid-file": "pid", "plugin-dir": "plugin"}
"""Where a running server has what, in its folder."""


@dataclass(frozen=True, slots=True)
class _Flavour:
    """What differs between the two: the scheme of a DSN, the program, what makes a data folder, own settings."""

    scheme: str
    server: str
    creation: tuple[str, ...]
    settings: tuple[str, ...]


MARIADB = _Flavour(
    "mariadb",
    "/usr/sbin/mariadbd",
    (
        "/usr/bin/mariadb-install-db",
        "--no-defaults",
        "--auth-root-authentication-method=normal",
        "--skip-name-resolve",
        "--force",  # also where no name can be looked up, as in a bare chroot
        "--skip-test-db",
    ),
    ("--innodb-log-file-size=4M",),
)
MYSQL = _Flavour(
    "mysql",
    "/usr/sbin/mysqld",
    ("/usr/sbin/mysqld", "--no-defaults", "--initialize-insecure"),
    # The X protocol has a socket of its own; the packaged folder for files of SQL is not there.
    ("--innodb-redo-log-capacity=8M", "--mysqlx=OFF", "--secure-file-priv=NULL"),
)
FLAVOURS = (MARIADB, MYSQL)
"""In the order of looking: MariaDB's packages have a program called mysqld as well."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A server's flavour and its folder, as seen from its root: `/`, or another Debian release's files."""

    root: Path
    flavour: _Flavour
    folder: str

    @property
    def outside(self) -> Path:
        """Return the folder as this process sees it."""
        return self.root / self.folder.lstrip("/")

    def command(self, words: tuple[str, ...], *options: str) -> list[str]:
        """Return a command line; what stands before the program gives way to it, so that it keeps the process id."""
        own = (f"--datadir={self.folder}/data", f"--tmpdir={self.folder}", *SETTINGS, *self.flavour.settings)
        return [*self._before(), *words, *own, *options]

    def _before(self) -> list[str]:
        if self.root != Path("/"):
            return ["chroot", f"--userspec={NOBODY}:{NOBODY}", str(self.root)]
        user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]
        return user if os.geteuid() == 0 else []


@contextmanager
def running(environment: Mapping[str, str], root: Path = Path("/")) -> Iterator[str]:
    """Start a server whose process sees `environment` (AWS_…), yield the DSN of its root, remove all of it.

    `root` may be the files of another Debian release; that needs root's rights. Raises UsageError when neither MariaDB
    nor MySQL is installed there.
    """
    flavour = _flavour(root)
    outside = Path(tempfile.mkdtemp(prefix="udfgen-mysql-", dir=None if root == Path("/") else root / "tmp"))
    place = _Place(root, flavour, f"/{outside.relative_to(root)}")
    try:
        _make_folders(place)
        _create(place)
        with _process(place, environment):
            options = {"socket": f"{outside}/socket", "plugin_dir": f"{outside}/plugin"}
            yield f"{flavour.scheme}://root@/?{urlencode(options, safe='/')}"
    finally:
        shutil.rmtree(outside, ignore_errors=True)


def _flavour(root: Path) -> _Flavour:
    """Return what is installed below a root."""
    for each in FLAVOURS:
        if all((root / program.lstrip("/")).exists() for program in (each.server, each.creation[0])):
            return each
    raise UsageError(f"no MariaDB or MySQL server is installed; {INSTALL}")


def _make_folders(place: _Place) -> None:
    """Make the folder for libraries, which the installer fills and the server only reads; the server gets the rest."""
    (place.outside / "plugin").mkdir()
    (place.outside / "plugin").chmod(0o755)  # whatever the umask
    if os.geteuid() == 0:
        os.chown(place.outside, NOBODY, NOBODY)


def _create(place: _Place) -> None:
    made = subprocess.run(  # noqa: S603 - fixed arguments
        place.command(place.flavour.creation),
        cwd=place.outside,
        env=_clean({}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if made.returncode:
        raise UsageError(f"{place.flavour.creation[0]} failed: {(made.stdout + made.stderr)[-500:].strip()}; {INSTALL}")


@contextmanager
def _process(place: _Place, environment: Mapping[str, str]) -> Iterator[None]:
    """Run the server as a child, in the foreground."""
    files = (f"--{name}={place.folder}/{file}" for name, file in FILES.items())
    # The data are not needed again: no time for a tidy shutdown.
    command = place.command((place.flavour.server, "--no-defaults"), *files, "--innodb-fast-shutdown=2")
    log = place.outside / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(  # noqa: S603 - fixed arguments
            command, cwd=place.outside, env=_clean(environment), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        _wait(server, place, log)
        yield
    finally:
        _stop(server)


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without this shell's variables: only those that were asked for."""
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"} | dict(environment)


def _wait(server: subprocess.Popen[bytes], place: _Place, log: Path) -> None:
    for _ in range(1200):
        if server.poll() is not None:
            raise UsageError(f"the server did not start: {log.read_text(errors='replace')[-500:].strip()}")
        if _greets(place.outside / "socket"):
            return
        time.sleep(0.025)
    raise UsageError("the server did not become ready within 30 s")


def _greets(path: Path) -> bool:
    """Tell whether the server speaks: it greets first, when it is ready, where it listens a little before.

    https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html
    """
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
            return bool(client.recv(1))
        except OSError:
            return False


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
