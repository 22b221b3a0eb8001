"""Java permissions as the rows of a policy: whether what a schema was granted covers what it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from posixpath import dirname

ALL = "java.security.AllPermission"


@dataclass(frozen=True, slots=True)
class Row:
    """A permission: its class, the name of its target, its actions with commas between them ('' for none)."""

    type: str
    name: str
    action: str

    def __str__(self) -> str:
        action = f' "{self.action}"' if self.action else ""
        return f'{self.type} "{self.name}"{action}'


def parse(text: str) -> Row:
    """Return the row of a requirement's name, `type|name|action`."""
    type_, _, rest = text.partition("|")
    name, _, action = rest.rpartition("|")
    return Row(type_, name, action)


def is_covered(needed: Row, granted: Iterable[Row], restricted: Iterable[Row]) -> bool:
    """Tell whether a schema has a permission: one row covers all of it, and none takes it away."""
    return any(covers(each, needed) for each in granted) and not any(covers(each, needed) for each in restricted)


def covers(granted: Row, needed: Row) -> bool:
    """Tell whether one permission implies another, as the `implies` of their classes does.

    https://docs.oracle.com/javase/8/docs/technotes/guides/security/permissions.html
    """
    if granted.type == ALL:
        return True
    is_named = _NAMES.get(needed.type, _basic)
    return (
        granted.type == needed.type
        and is_named(granted.name, needed.name)
        and _actions(needed.action) <= _actions(granted.action)
    )


def _actions(text: str) -> set[str]:
    """Return the actions of a permission; who may connect to a host may also look up its name."""
    actions = {each.strip().lower() for each in text.split(",") if each.strip()}
    return actions | {"resolve"} if actions & {"connect", "accept", "listen"} else actions


def _basic(granted: str, needed: str) -> bool:
    """https://docs.oracle.com/javase/8/docs/api/java/security/BasicPermission.html"""
    is_wild = granted == "*" or granted.endswith(".*")
    return needed.startswith(granted[:-1]) if is_wild else granted == needed


def _file(granted: str, needed: str) -> bool:
    """https://docs.oracle.com/javase/8/docs/api/java/io/FilePermission.html"""
    if granted.endswith("/-"):
        return needed.startswith(granted[:-1])
    if granted.endswith("/*"):
        return dirname(needed) == granted[:-2]
    return granted in (needed, "<<ALL FILES>>")


def _socket(granted: str, needed: str) -> bool:
    """https://docs.oracle.com/javase/8/docs/api/java/net/SocketPermission.html"""
    (host, ports), (wanted, port) = _address(granted), _address(needed)
    is_host = wanted.endswith(host[1:]) if host.startswith("*") else wanted == host
    return is_host and _has_port(ports, port)


def _address(text: str) -> tuple[str, str]:
    """Return a lower-case host and its ports; only the last colon outside of brackets begins the ports."""
    host, colon, ports = text.lower().rpartition(":")
    return (host, ports) if colon and "]" not in ports else (text.lower(), "")


def _has_port(ports: str, port: str) -> bool:
    """Tell whether a range (`443`, `1-`, `-1023`, `1-1023`, `*`; '' is every port) holds a port."""
    if ports in ("", "*", port):
        return True
    first, dash, last = ports.partition("-")
    return bool(dash) and port.isdecimal() and int(first or 0) <= int(port) <= int(last or 65535)


_NAMES: dict[str, Callable[[str, str], bool]] = {
    "java.io.FilePermission": _file,
    "java.net.SocketPermission": _socket,
}
