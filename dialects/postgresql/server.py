"""A private throw-away PostgreSQL: a unix socket in a temporary folder, no port, stopped by its process id."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from udfgen.errors import UsageError

INSTALL = "on Debian: apt-get install postgresql postgresql-plpython3-15"
USER = "postgres"
SETTINGS = {"listen_addresses": "", "fsync": "off", "logging_collector": "off", "dynamic_shared_memory_type": "mmap"}
"""No port; no care for a crash of the machine; nothing outside the folder, /dev/shm included."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A server's programs and its folder, as seen from its root: `/`, or another Debian release's files."""

    root: Path
    programs: str
    folder: str

    @property
    def outside(self) -> Path:
        """Return the folder as this process sees it."""
        return self.root / self.folder.lstrip("/")

    def command(self, program: str, *options: str) -> list[str]:
        """Return a program's command line; PostgreSQL refuses to run as root, so the packaged user runs it."""
        words = [f"{self.programs}/{program}", "-D", f"{self.folder}/data", *options]
        if self.root != Path("/"):
            return ["chroot", f"--userspec={USER}", str(self.root), *words]
        return ["runuser", "-u", USER, "--", *words] if os.geteuid() == 0 else words


@contextmanager
def running(environment: Mapping[str, str], root: Path = Path("/")) -> Iterator[str]:
    """Start a server whose processes see `environment` (AWS_…), yield a superuser's DSN, remove all of it.

    `root` may be the files of another Debian release; that needs root's rights. Raises UsageError when no PostgreSQL
    with plpython3u is installed there.
    """
    programs = _programs(root)
    outside = Path(tempfile.mkdtemp(prefix="udfgen-postgresql-", dir=None if root == Path("/") else root / "tmp"))
    place = _Place(root, programs, f"/{outside.relative_to(root)}")
    try:
        _give_away(place)
        _create(place)
        with _process(place, environment):
            yield f"postgresql://{USER}@/postgres?host={outside}"
    finally:
        shutil.rmtree(outside, ignore_errors=True)


def _programs(root: Path) -> str:
    """Return the folder of the newest installed server that has plpython3u, as seen from the root."""
    found = [folder for folder in root.glob("usr/lib/postgresql/*") if (folder / "lib" / "plpython3.so").exists()]
    usable = [folder for folder in found if folder.name.isdigit() and (folder / "bin" / "initdb").exists()]
    if not usable:
        raise UsageError(f"no PostgreSQL server with plpython3u is installed; {INSTALL}")
    return f"/{max(usable, key=lambda folder: int(folder.name)).relative_to(root)}/bin"


def _give_away(place: _Place) -> None:
    if os.geteuid() == 0:
        users = (place.root / "etc" / "passwd").read_text(encoding="utf-8").splitlines()
        user, group = next(line.split(":")[2:4] for line in users if line.startswith(f"{USER}:"))
        os.chown(place.outside, int(user), int(group))


def _create(place: _Place) -> None:
    # -A: who may open the socket in the private folder may log in. -N: no fsync.
    command = place.command("initdb", "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
    made = subprocess.run(  # noqa: S603 - fixed arguments
        command, cwd=place.outside, env=_clean({}), capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise UsageError(f"initdb failed: {made.stderr.strip()}; {INSTALL}")


@contextmanager
def _process(place: _Place, environment: Mapping[str, str]) -> Iterator[None]:
    """Run the postmaster as a child, in the foreground."""
    settings = SETTINGS | {"unix_socket_directories": place.folder}
    command = place.command(
        "postgres", *(each for name, value in settings.items() for each in ("-c", f"{name}={value}"))
    )
    log = place.outside / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(  # noqa: S603 - fixed arguments
            command, cwd=place.outside, env=_clean(environment), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        _wait(server, place, log)
        yield
    finally:
        _stop(server, place)


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without this shell's variables: only those that were asked for.

    A virtual environment on PATH would become the server's Python: embedded Python looks for itself there.
    """
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"} | dict(environment)


def _wait(server: subprocess.Popen[bytes], place: _Place, log: Path) -> None:
    for _ in range(600):
        if server.poll() is not None:
            raise UsageError(f"PostgreSQL did not start: {log.read_text(errors='replace')[-500:].strip()}")
        if _pid_lines(place)[-1].strip() == "ready":
            return
        time.sleep(0.05)
    raise UsageError("PostgreSQL did not become ready within 30 s")


def _pid_lines(place: _Place) -> list[str]:
    """Return the lines of postmaster.pid: the process id first, its state last; one empty line when it is not there."""
    try:
        return (place.outside / "data" / "postmaster.pid").read_text().splitlines() or [""]
    except OSError:
        return [""]


def _stop(server: subprocess.Popen[bytes], place: _Place) -> None:
    """Ask for a fast shutdown, by the postmaster's own id: runuser may stand before it."""
    pid = _pid_lines(place)[0]
    if server.poll() is None and pid:
        os.kill(int(pid), signal.SIGINT)
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
