"""Texts that end, hide or change something in PostgreSQL, Python, YAML, a template or a terminal."""

from __future__ import annotations

import hashlib

from hypothesis import strategies as st

TAG = f"$udfgen_{hashlib.sha256(b'x').hexdigest()[:12]}$"
QUOTES = ("'", '"', "''", "\\", "\\'", '\\"', "$$", "$udfgen$", TAG, "$1", "E'", "U&'", "'''", '"""', "`")
COMMENTS = ("--", "/*", "*/", "#", ";", "??/", "\\u000a", "\\x")
TEMPLATES = ("${x}", "%s", "%(x)s", "{{ it }}", "{% raw %}", "{x}", ":name", "&x;")
CONTROLS = ("\n", "\r", "\r\n", "\t", "\0", "\x0b", "\x0c", "\x1a", "\x1b[31m", "\x7f", "\x85", "\u2028", "\u2029")
HIDDEN = ("\u202e", "\u2066", "\u200b", "\ufeff", "\ud800", "\U000e0001")
WORDS = ("drop table x", "a" * 63, "\u00e9" * 32, "\u00e9", "e\u0301", "\U0001f600", "\U0010ffff", " ", "")
NASTY = (*QUOTES, *COMMENTS, *TEMPLATES, *CONTROLS, *HIDDEN, *WORDS)

hostile = st.lists(st.sampled_from(NASTY) | st.text(max_size=8), max_size=6).map("".join)
"""Texts made of such pieces, and of any others."""


def is_unwritable(text: str) -> bool:
    """Return whether no PostgreSQL text can be this: it has NUL, or is no UTF-8."""
    return "\0" in text or any("\ud800" <= each <= "\udfff" for each in text)
