"""Secrets stay in: whatever is known to be one is taken out of every line that leaves."""

from __future__ import annotations

from urllib.parse import quote

HIDDEN = "***"
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
    """Remember a secret, as it is and as a URL spells it."""
    _secrets.update(each for each in (text, quote(text, safe=""), quote(text)) if each)


def redact(text: str) -> str:
    """Return text without any known secret; the longest are taken first, since one may hold another."""
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text
