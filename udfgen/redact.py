"""Secrets stay in: whatever is known to be one is taken out of every line that leaves."""

from __future__ import annotations

import json
import re
from urllib.parse import quote, unquote

HIDDEN = "***"
_OPTION = re.compile(r"(?:password|passwd|pwd|sslpassword)=(?P<secret>[^&\s]+)", re.IGNORECASE)
_secrets: set[str] = set()


class Secret:
    """A text that prints as `***`; `reveal()` is for the driver alone."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text
        hide(text)

    def reveal(self) -> str:
        """Return the secret itself."""
        return self._text

    def __repr__(self) -> str:
        return HIDDEN


def hide(text: str) -> None:
    """Remember a secret, as it is and as URLs, JSON and Python spell it: a driver's error may show its settings."""
    in_json = (json.dumps(text, ensure_ascii=is_ascii)[1:-1] for is_ascii in (True, False))
    _secrets.update(each for each in (text, quote(text, safe=""), quote(text), *in_json, repr(text)[1:-1]) if each)


def hide_likely(text: str) -> None:
    """Hide what stands where a DSN's password would, right or malformed, before anything can go wrong with it."""
    for option in _OPTION.finditer(text):
        hide(option["secret"])
    for secret in _passwords(text.partition("://")[2]):
        hide(secret)
        hide(unquote(secret))


def _passwords(rest: str) -> set[str]:
    """Return what a password may be, behind `://`: up to the first @ or the last, or all of it where none stands."""
    login = rest.partition(":")[2]
    if "@" in login:
        return {login.partition("@")[0], login.rpartition("@")[0]}
    # A DSN that was cut short, unless this is a port or the rest of an IPv6 address.
    return set() if "@" in rest or rest.startswith("[") or login[:1].isdigit() else {login}


def redact(text: str) -> str:
    """Return text without any known secret; the longest are taken first, since one may hold another.

    White space counts as one blank: messages are put on one line before they come here.
    """
    for secret in sorted(_secrets, key=len, reverse=True):
        text = re.sub(r"\s+".join(map(re.escape, re.split(r"\s+", secret))), HIDDEN, text)
    return text
