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
from pathlib import Path

from udfgen.errors import UsageError

INSTALL = "on Debian: apt-get install postgresql postgresql-plpython3-15"


@contextmanager
def running(environment: Mapping[str, str], binaries: Path | None = None) -> Iterator[str]:
    """Start a server whose processes see `environment` (AWS_…), yield a superuser's DSN, remove all of it.

    Raises UsageError when no PostgreSQL with plpython3u is installed.
    """
    programs = binaries or _binaries()
    folder = Path(tempfile.mkdtemp(prefix="udfgen-postgresql-"))
    try:
        _give_away(folder)
        _create(programs, folder)
        with _process(programs, folder, environment):
            yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    """Return the newest installed server that has plpython3u."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True):
        if (folder / "initdb").exists() and (folder.parent / "lib" / "plpython3.so").exists():
            return folder
    raise UsageError(f"no PostgreSQL server with plpython3u is installed; {INSTALL}")


def _version(folder: Path) -> int:
    name = folder.parent.name
    return int(name) if name.isdigit() else 0


def _give_away(folder: Path) -> None:
    """PostgreSQL refuses to run as root: then the packaged user owns the folder."""
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")


def _as_server(command: list[str]) -> list[str]:
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


def _create(programs: Path, folder: Path) -> None:
    options = [
        "-D",
        str(folder / "data"),
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    ]
    made = subprocess.run(  # noqa: S603 - fixed arguments
        _as_server([str(programs / "initdb"), *options]), cwd=folder, capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise UsageError(f"initdb failed: {made.stderr.strip()}; {INSTALL}")


@contextmanager
def _process(programs: Path, folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Run the postmaster in the foreground of a child, so that its process id is ours."""
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "fsync": "off",
        "logging_collector": "off",
    }
    options = [each for name, value in settings.items() for each in ("-c", f"{name}={value}")]
    command = _as_server([str(programs / "postgres"), "-D", str(folder / "data"), *options])
    log = folder / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(  # noqa: S603 - fixed arguments
            command, cwd=folder, env=_clean(environment), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        _wait(server, folder, log)
        yield
    finally:
        _stop(server, folder)


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without this shell's AWS and proxy variables: only those that were asked for."""
    usual = {name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ}
    return {"PATH": "/usr/bin:/bin"} | usual | dict(environment)


def _wait(server: subprocess.Popen[bytes], folder: Path, log: Path) -> None:
    pid_file = folder / "data" / "postmaster.pid"
    for _ in range(600):
        if server.poll() is not None:
            raise UsageError(f"PostgreSQL did not start: {log.read_text(errors='replace')[-500:].strip()}")
        if pid_file.exists() and pid_file.read_text().rstrip().endswith("ready"):
            return
        time.sleep(0.05)
    raise UsageError("PostgreSQL did not become ready within 30 s")


def _stop(server: subprocess.Popen[bytes], folder: Path) -> None:
    """Ask for a fast shutdown: the postmaster's own id stands in its pid file (runuser may stand before it)."""
    pid_file = folder / "data" / "postmaster.pid"
    if server.poll() is None and pid_file.exists():
        os.kill(int(pid_file.read_text().split()[0]), signal.SIGINT)
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
