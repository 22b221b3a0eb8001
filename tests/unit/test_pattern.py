"""The portable subset of regular expressions."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfgen.spec.pattern import canonical, utf16
from udfgen.spec.wording import Wrong

CANONICAL = {
    r"^[a-z]+\d*$": r"[a-z]+[0-9]*",
    "a|b": "a|b",
    "(ab)+c": "(?:ab)+c",
    "(?:ab)?": "(?:ab)?",
    r"\w\s": r"[0-9A-Z_a-z][\t-\r ]",
    ".": r"[^\n\r]",
    r"[^a&&b]": r"[^\x26ab]",
    "&": r"\x26",
    r"[]]".replace("[]]", r"[\]]"): r"\]",
    "[a-]": r"[\-a]",
    "[-a]": r"[\-a]",
    "[b-da-c]": "[a-d]",
    r"a\.b\/c\-d": r"a\.b/c-d",
    r"\x41\t": r"A\t",
    "a{2}b{2,}c{2,5}": "a{2}b{2,}c{2,5}",
    "(|a)b": "(?:|a)b",
    r"a\$": r"a\$",
    "a(b|c)": "a(?:b|c)",
    r"([a-z0-9]+\.)+[a-z]{2,}": r"(?:[0-9a-z]+\.)+[a-z]{2,}",
}


@pytest.mark.parametrize(("text", "printed"), CANONICAL.items())
def test_one_canonical_form_that_reads_as_itself(text: str, printed: str) -> None:
    assert canonical(text) == printed
    assert canonical(printed) == printed


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("x(?=y)", 2, "lookaround"),
        ("(?i)a", 1, "lookaround, named groups and flags"),
        ("(?<n>a)", 1, "named groups"),
        ("a+?", 3, "second quantifier"),
        ("a*+", 3, "second quantifier"),
        ("a{2}{3}", 5, "second quantifier"),
        (r"a\b", 2, "word boundaries"),
        (r"\Aa", 1, "anchors"),
        (r"a\u0041", 2, "unicode escapes"),
        (r"\p{L}", 1, "unicode classes"),
        (r"(a)\1", 4, "back references"),
        (r"\k<a>", 1, "back references"),
        (r"\D", 1, "negated shorthands"),
        (r"\x9", 1, "\\\\x without two digits"),
        ("aé", 2, "not printable ASCII"),
        ("a\tb", 2, "not printable ASCII"),
        ("a{1001}", 2, "bounds"),
        ("a{3,2}", 2, "bounds"),
        ("a{0}", 2, "bounds"),
        ("a{x}", 2, "no quantifier"),
        ("[z-a]", 2, "range"),
        (r"[\d-z]", 2, "range"),
        ("[]", 1, "empty class"),
        ("[[:alpha:]]", 2, r"\[ inside a class"),
        ("a[b", 2, "not closed"),
        ("a(b", 2, "not closed"),
        ("ab)", 3, "closes nothing"),
        ("a^b", 2, "cannot stand here"),
        ("a$b", 2, "cannot stand here"),
        ("(a$)b", 3, "cannot stand here"),
        ("a]", 2, "cannot stand here"),
        ("*a", 1, "nothing to repeat"),
        ("a\\", 2, "this escape"),
    ],
)
def test_what_is_not_portable_is_refused_at_its_position(text: str, position: int, words: str) -> None:
    with pytest.raises(Wrong, match=f"character {position}: .*{words}"):
        canonical(text)


@pytest.mark.parametrize(
    "text",
    [
        "(a+)+",
        "(a*)*",
        "(a|a)*",
        "(a|ab)+",
        "(a?a?b)+",
        "(a?){50}",
        "(.*a){10}",
        "(a+){2,}",
        "((ab?)+c?)+",
        "(a{1,2}){9}",
    ],
)
def test_repetitions_that_can_take_for_ever_are_refused(text: str) -> None:
    with pytest.raises(Wrong, match="can take for ever"):
        canonical(text)


@pytest.mark.parametrize("text", ["(a+b)+", "(ab|cd)*", "([a-z]+,)*[a-z]+", "(a?b)+", "(ab){3}", "((a|b)c)+"])
def test_repetitions_that_one_character_decides_are_kept_and_fast(text: str) -> None:
    printed = canonical(text)
    start = time.perf_counter()
    for piece in ("a", "ab", "abab", "cd", "ac"):
        re.fullmatch(printed, piece * 200 + "!")
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(("text", "words"), [("", "from 1 to 500"), ("a" * 501, "from 1 to 500"), ("^$", "empty text")])
def test_patterns_that_say_nothing_or_too_much(text: str, words: str) -> None:
    with pytest.raises(Wrong, match=words):
        canonical(text)


def test_giant_patterns_are_refused() -> None:
    with pytest.raises(Wrong, match="multiply too far"):
        canonical("((ab){1000}){1000}")
    with pytest.raises(Wrong, match="nested deeper"):
        canonical("(" * 30 + "a" + ")" * 30)


def test_utf16_takes_a_surrogate_pair_as_one_character() -> None:
    pair = "\ud83d\ude00"
    assert re.fullmatch(utf16(".[^a]"), "x" + pair)
    assert re.fullmatch(utf16("."), pair)
    assert not re.fullmatch(utf16("."), pair[0])
    assert not re.fullmatch(utf16(".."), pair)
    assert utf16(canonical("a.")) == utf16("a.")
    assert utf16("[a-z]+") == "[a-z]+"


PIECES = st.sampled_from(
    ["a", "b", ".", "[a-c]", "[^b]", r"\d", r"\.", "(a|b)", "(?:ab|c)", "a*", "b+", "[bc]?", "a{2,3}", "|"]
)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=6).map("".join), st.lists(st.text("abc.1\n", max_size=5), max_size=8))
def test_the_canonical_form_matches_what_the_text_does(text: str, values: list[str]) -> None:
    try:
        printed = canonical(text)
    except Wrong:
        return  # too slow, a second quantifier, or nothing: those have their own tests
    for value in values:
        expected = re.fullmatch(text, value, re.ASCII) is not None
        assert (re.fullmatch(printed, value) is not None) == expected
