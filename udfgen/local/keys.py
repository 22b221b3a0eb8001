"""Key pairs that are made per run and known to this endpoint only."""

from __future__ import annotations

import base64
import secrets
import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

_ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@dataclass(frozen=True, slots=True)
class Key:
    """An access key; a temporary one has a session token and an expiry (UTC). Its repr shows no secret."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    expires: datetime | None = None


def new_key() -> Key:
    """Return a random long-term key pair, with the prefix that AWS gives those.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    """
    return Key(_access_key("AKIA"), _secret_key())


def new_temporary_key(seconds: float) -> Key:
    """Return random temporary credentials that end after `seconds`, in whole seconds as AWS writes them."""
    # An odd number of characters that base64 pads: a signer that strips or encodes them is found out.
    token = base64.b64encode(secrets.token_bytes(301)).decode()
    # Rounded up: what is served as an expiry has no fraction, and must not lie before the truth.
    end = utc_now() + timedelta(seconds=seconds, microseconds=999_999)
    return Key(_access_key("ASIA"), _secret_key(), token, end.replace(microsecond=0))


def utc_now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(timezone.utc)


class Keyring:
    """The keys that the endpoint accepts, by access key id."""

    def __init__(self) -> None:
        self._keys: dict[str, Key] = {}
        self._lock = threading.Lock()

    def add(self, key: Key) -> Key:
        """Accept a key from now on, and return it."""
        with self._lock:
            self._keys[key.access_key] = key
        return key

    def find(self, access_key: str) -> Key | None:
        """Return the key of an id, or None."""
        with self._lock:
            return self._keys.get(access_key)

    def expire(self) -> None:
        """End every temporary key now, whatever expiry it was handed out with."""
        with self._lock:
            for name, key in self._keys.items():
                if key.token is not None:
                    self._keys[name] = replace(key, expires=utc_now())


def _access_key(prefix: str) -> str:
    return prefix + "".join(secrets.choice(_ID_LETTERS) for _ in range(16))


def _secret_key() -> str:
    return base64.b64encode(secrets.token_bytes(30)).decode()
