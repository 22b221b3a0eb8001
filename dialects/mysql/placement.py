"""The library's way into the server's folder: by rename, never in place; or the commands for who can go there."""

from __future__ import annotations

import hashlib
import ipaddress
import os
import re
import shlex
import socket
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

from udfgen.errors import InstallError

DIGEST = ".token_sha256"
"""What is added to a library's name for the file that holds the digest of the token.

AppArmor's profile of mysqld lets it read `*.so*` in the folder, and nothing else.
"""


@dataclass(frozen=True, slots=True)
class Orders:
    """What must lie in the server's folder: the compiled library, and the digest of a token beside it."""

    library: Path
    folder: str
    digest: str | None

    @property
    def text(self) -> str:
        """Return the commands to run on the server."""
        target = shlex.quote(f"{self.folder.rstrip('/')}/{self.library.name}")
        copy = f"  install -m 644 {shlex.quote(self.library.name)} {target}    # copied there from {self.library}"
        return f"{copy}\n  echo {self.digest} >{target}{DIGEST}" if self.digest else copy

    def require_obeyed(self, facts: str) -> None:
        """Raise InstallError unless the library, as it describes itself, is this one and knows the token's digest."""
        wanted = hashlib.sha256(self.library.read_bytes()).hexdigest()
        if f"sha256 {wanted}" not in facts.splitlines():
            raise self.refusal("the server does not have this library")
        if self.digest and "door: definer" not in facts and f"door: token {self.digest}" not in facts:
            raise self.refusal("the library does not know the token's digest")

    def refusal(self, why: str) -> InstallError:
        """Return the error that tells what to do on the server."""
        return InstallError(f"{why}; run on the server, then install again:\n{self.text}\n ")


def put(folder: Path, library: Path, orders: Orders) -> bool:
    """Write the library and the digest into the server's folder on this machine; False where this user may not."""
    try:
        if orders.digest:
            _write(folder / f"{library.name}{DIGEST}", f"{orders.digest}\n".encode())
        _write(folder / library.name, library.read_bytes())
    except OSError:
        return False
    return True


def _write(path: Path, content: bytes) -> None:
    """Write a whole file or none: a server that has mapped the old one keeps it."""
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.chmod(0o644)
    partial.replace(path)


def sweep(folder: Path, name: str, used: Set[str]) -> list[str]:
    """Delete an install's libraries, and their digests, that are not used; return what could not be."""
    ours = re.compile(rf"({re.escape(name)}_[0-9a-f]{{12}}\.so)(|{re.escape(DIGEST)})(\.partial)?")
    left = []
    for path in sorted(folder.iterdir()):
        found = ours.fullmatch(path.name)
        if found and found[1] not in used:
            try:
                path.unlink()
            except OSError as error:
                left.append(f"{path} is not used any more, and cannot be deleted: {error.strerror}")
    return left


def is_local(by_socket: bool, host: str | None, hostname: str) -> bool:
    """Tell whether a server is on this machine: by its socket, or by the loopback and the machine's own name.

    The name tells a container, or the end of a tunnel, from this machine.
    """
    return by_socket or (_is_loopback(host or "localhost") and hostname == socket.gethostname())


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
