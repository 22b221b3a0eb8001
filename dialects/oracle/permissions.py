"""The Java permissions that a spec needs, as rows: what permissions.sql grants, and what an install looks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from udfgen.endpoint import endpoint
from udfgen.ir import Program

from . import DIALECT

SOCKET = "java.net.SocketPermission"
FILE = "java.io.FilePermission"
RUNTIME = "java.lang.RuntimePermission"
CONNECT = "connect,resolve"

PORTS = {"http": 80, "https": 443}

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
"""What the source `environment` reads."""

CONTAINER, CONTAINER_URI = "169.254.170.2:80", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
"""https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html"""

INSTANCE = "169.254.169.254:80"
"""https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html"""


@dataclass(frozen=True, slots=True)
class Permission:
    """One row of a Java policy: class, target name, actions ('' for a class without any)."""

    type: str
    name: str
    action: str = ""

    def __str__(self) -> str:
        return f"{self.type}|{self.name}|{self.action}"


def needed(program: Program) -> tuple[Permission, ...]:
    """Return the permissions that the schema must have: each is needed, and no other is."""
    aws = program.aws
    rows = [Permission(SOCKET, address(aws.proxy or endpoint(aws)), CONNECT)]
    rows += [Permission(FILE, aws.ca_file, "read")] if aws.ca_file else []
    return tuple(dict.fromkeys((*rows, *_of_credentials(program))))


def address(url: str) -> str:
    """Return the host and port of a URL, as a SocketPermission names them."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{host}:{parts.port or PORTS[parts.scheme]}"


def _of_credentials(program: Program) -> Iterator[Permission]:
    given, metadata = program.aws.credentials, program.options[DIALECT.name].metadata
    if given.source == "environment":
        yield from (_variable(name) for name in KEYS)
    elif given.source == "profile":
        yield from (Permission(FILE, file, "read") for file in (given.file, given.config_file) if file)
    elif given.source == "container":
        yield _variable(CONTAINER_URI)
        yield Permission(SOCKET, address(metadata) if metadata else CONTAINER, CONNECT)
    else:
        yield Permission(SOCKET, address(metadata) if metadata else INSTANCE, CONNECT)


def _variable(name: str) -> Permission:
    return Permission(RUNTIME, f"getenv.{name}")
