"""The portable subset of regular expressions: parsed into a closed tree, printed in one canonical form.

The canonical form means the same in the regular expressions of Python, Java, .NET and ECMAScript when it must
match a whole value: literals are ASCII, classes are spelled out, groups do not capture. A pattern whose repetitions
could make a backtracking matcher take exponential time is refused
(https://owasp.org/www-community/attacks/Regular_expression_Denial_of_Service_-_ReDoS).
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from functools import cache
from typing import NoReturn, TypeAlias

from udfgen.spec.wording import Wrong, show

Node: TypeAlias = "Characters | Sequence | Choice | Repeat"

BOUND = 1000
SIZE = 10_000
LENGTH = 500
DEPTH = 20

LF_CR = frozenset({0x0A, 0x0D})
DIGITS = frozenset(map(ord, string.digits))
WORD = frozenset(map(ord, string.digits + string.ascii_letters + "_"))
SPACE = frozenset(map(ord, " \t\n\r\f\v"))
CLASSES = {"d": DIGITS, "w": WORD, "s": SPACE}
CONTROLS = {"t": 0x09, "n": 0x0A, "r": 0x0D, "f": 0x0C}
PRINTED_CONTROLS = {code: f"\\{letter}" for letter, code in CONTROLS.items()}
# All that is not ASCII counts as one character: no literal can tell two of them apart.
OTHER = 128
EVERYTHING = frozenset(range(OTHER + 1))

# Escapes that all four know, inside and outside a class. `&` is written as a number: Java intersects classes by it.
SPECIAL = frozenset("\\^$.|?*+()[]{}")
SPECIAL_IN_CLASS = frozenset("\\^[]-")
NAMED_ESCAPES = {
    "b": "word boundaries",
    "B": "word boundaries",
    "A": "anchors",
    "Z": "anchors",
    "z": "anchors",
    "D": "negated shorthands",
    "W": "negated shorthands",
    "S": "negated shorthands",
    "u": "unicode escapes",
    "U": "unicode escapes",
    "p": "unicode classes",
    "P": "unicode classes",
    "N": "unicode escapes",
    "k": "back references",
    "g": "back references",
}
ADVICE = "use only literals, ., [classes], \\d \\w \\s, groups, |, and * + ? {m,n}"


@dataclass(frozen=True, slots=True)
class Characters:
    """One character out of a set; `negated`: one that is not in it, astral ones included."""

    codes: frozenset[int]
    negated: bool = False

    @property
    def matched(self) -> frozenset[int]:
        """Return what it matches, with 128 for all that is not ASCII."""
        return EVERYTHING - self.codes if self.negated else self.codes


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several."""

    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """From `low` to `high` times, greedy; `high` None has no end. `at` is where the quantifier stands, from 1."""

    body: Node
    low: int
    high: int | None
    at: int


@cache
def canonical(text: str) -> str:
    """Return a pattern in canonical form, or raise Wrong with the position in the text.

    The form is for matchers that see code points; where they see UTF-16 units, print it by `utf16`.
    """
    return _print(_checked(text), utf16=False)


@cache
def utf16(text: str) -> str:
    """Return a pattern, canonical or not, for matchers that see UTF-16 units: a negated class takes a whole pair."""
    return _print(_checked(text), utf16=True)


def _checked(text: str) -> Node:
    node = _Parser(text).parse()
    if not _first(node):
        raise Wrong(f"the pattern {show(text)} matches nothing but empty text", "remove it, or use enum", "pattern")
    _refuse_slow(node)
    if _size(node) > SIZE:
        raise Wrong("the pattern's repetitions multiply too far", f"stay below {SIZE} characters in all", "pattern")
    return node


class _Parser:
    """Parse one pattern by recursive descent."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth = text, 0, 0

    def parse(self) -> Node:
        """Return the tree of the whole pattern; a leading ^ and a trailing $ say nothing and are dropped."""
        if not self.text or len(self.text) > LENGTH:
            raise Wrong("a pattern has from 1 to 500 characters", "remove it, or make it shorter", "pattern")
        self._take("^")
        node = self._choice()
        if self.at < len(self.text):
            self._fail(self.at, "a ) that closes nothing", "write \\) for the character")
        return node

    def _choice(self) -> Node:
        options = [self._sequence()]
        while self._take("|"):
            options.append(self._sequence())
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _sequence(self) -> Node:
        items: list[Node] = []
        while self._peek() not in ("", "|", ")"):
            if self._peek() == "$" and self.at == len(self.text) - 1:
                self.at += 1
                break
            items.append(self._repeated(self._atom()))
        return items[0] if len(items) == 1 else Sequence(tuple(items))

    def _repeated(self, body: Node) -> Node:
        at = self.at
        bounds = self._bounds()
        if bounds is None:
            return body
        if self._peek() and self._peek() in "*+?{":
            self._fail(self.at, "a second quantifier (lazy and possessive ones included)", "write one")
        return Repeat(body, *bounds, at + 1)

    def _bounds(self) -> tuple[int, int | None] | None:
        """Return the bounds of the quantifier that stands here, or None."""
        for sign, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._take(sign):
                return bounds
        if self._peek() != "{":
            return None
        match = re.compile(r"\{([0-9]{1,4})(,([0-9]{1,4})?)?\}").match(self.text, self.at)
        if match is None:
            self._fail(self.at, "a { that is no quantifier", "write {2}, {2,5} or {2,}, or \\{ for the character")
        low = int(match[1])
        high = low if match[2] is None else int(match[3]) if match[3] else None
        if max(low, high or 0) > BOUND or (high is not None and high < low) or high == 0:
            self._fail(self.at, "bounds that cannot be", f"write {{m,n}} with m <= n, n from 1 to {BOUND}")
        self.at = match.end()
        return low, high

    def _atom(self) -> Node:
        start, character = self.at, self._next()
        if character == "(":
            return self._group(start)
        if character == "[":
            return self._class(start)
        if character == ".":
            return Characters(LF_CR, negated=True)
        if character == "\\":
            return Characters(self._escape(start))
        if character in "*+?{":
            self._fail(start, f"a {character} with nothing to repeat", f"write \\{character} for the character")
        if character in "^$]}":
            self._fail(start, f"a {character} that cannot stand here", f"write \\{character} for the character")
        return Characters(frozenset({self._literal(start)}))

    def _group(self, start: int) -> Node:
        if self._take("?") and not self._take(":"):
            self._fail(start, "lookaround, named groups and flags are not portable", ADVICE)
        self.depth += 1
        if self.depth > DEPTH:
            self._fail(start, f"groups nested deeper than {DEPTH}", "make it flatter")
        node = self._choice()
        if not self._take(")"):
            self._fail(start, "a ( that is not closed", "close it, or write \\( for the character")
        self.depth -= 1
        return node

    def _class(self, start: int) -> Node:
        negated = self._take("^")
        codes: set[int] = set()
        while not self._take("]"):
            if not self._peek():
                self._fail(start, "a [ that is not closed", "close it, or write \\[ for the character")
            codes |= self._class_item()
        if not codes:
            self._fail(start, "an empty class", "name its characters, or write \\[ for the character")
        return Characters(frozenset(codes), negated)

    def _class_item(self) -> frozenset[int]:
        at = self.at
        low = self._class_character()
        if self._peek() != "-" or self.text[self.at + 1 : self.at + 2] in ("]", ""):
            return low
        self.at += 1
        high = self._class_character()
        if len(low) != 1 or len(high) != 1 or min(low) > min(high):
            self._fail(at, "a range that cannot be", "write [a-z] in order, or \\- for the character")
        return frozenset(range(min(low), min(high) + 1))

    def _class_character(self) -> frozenset[int]:
        at, character = self.at, self._next()
        if character == "\\":
            return self._escape(at)
        if character == "[":
            self._fail(at, "a [ inside a class", "write \\[ for the character")
        return frozenset({self._literal(at)})

    def _escape(self, at: int) -> frozenset[int]:
        letter = self._next()
        if letter in CLASSES:
            return CLASSES[letter]
        if letter in CONTROLS:
            return frozenset({CONTROLS[letter]})
        if letter == "x":
            return frozenset({self._hexadecimal(at)})
        if not letter or letter.isalnum() or not letter.isascii():
            kind = "back references" if letter.isdigit() else NAMED_ESCAPES.get(letter, "this escape")
            self._fail(at, f"\\{letter}: {kind} cannot be used", ADVICE)
        return frozenset({ord(letter)})

    def _hexadecimal(self, at: int) -> int:
        match = re.compile(r"[0-7][0-9A-Fa-f]").match(self.text, self.at)
        if match is None:
            self._fail(at, "\\x without two digits of an ASCII character", "write \\x00 to \\x7F")
        self.at = match.end()
        return int(match[0], 16)

    def _literal(self, at: int) -> int:
        code = ord(self.text[at])
        if not 0x20 <= code <= 0x7E:
            self._fail(at, "a character that is not printable ASCII", ADVICE)
        return code

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _next(self) -> str:
        character = self._peek()
        self.at += 1
        return character

    def _take(self, character: str) -> bool:
        found = self._peek() == character
        self.at += found
        return found

    def _fail(self, at: int, what: str, advice: str) -> NoReturn:
        raise Wrong(f"in the pattern {show(self.text)}, character {at + 1}: {what}", advice, "pattern")


def _size(node: Node) -> int:
    """Return how many characters a matcher that unrolls repetitions would hold."""
    if isinstance(node, Characters):
        return 1
    if isinstance(node, Repeat):
        return _size(node.body) * max(node.low + 1, node.high or 1)
    return 1 + sum(_size(part) for part in _parts(node))


def _parts(node: Sequence | Choice) -> tuple[Node, ...]:
    return node.items if isinstance(node, Sequence) else node.options


def _refuse_slow(node: Node) -> None:
    """Raise Wrong where a repeated part leaves a choice that the next character does not decide.

    Backtracking is exponential only when a repetition can read the same text in two ways. One that contains no
    choice, or whose every choice is decided by one character, reads it in one way.
    """
    if isinstance(node, Repeat) and node.high != 1:
        if _nullable(node.body) or not _decided(node.body, _first(node.body)):
            what = f"at character {node.at} of the pattern, a repetition inside a repetition can take for ever"
            raise Wrong(what, "repeat once, or let each part begin with a character of its own", "pattern")
    elif isinstance(node, Repeat):
        _refuse_slow(node.body)
    elif not isinstance(node, Characters):
        for part in _parts(node):
            _refuse_slow(part)


def _decided(node: Node, follow: frozenset[int]) -> bool:
    """Return whether each choice in a node is decided by one character; `follow` is what may come after it."""
    if isinstance(node, Characters):
        return True
    if isinstance(node, Repeat):
        return _repeat_decided(node, follow)
    if isinstance(node, Choice):
        return _choice_decided(node, follow)
    for item in reversed(node.items):
        if not _decided(item, follow):
            return False
        follow = _first(item) | (follow if _nullable(item) else frozenset())
    return True


def _repeat_decided(node: Repeat, follow: frozenset[int]) -> bool:
    first = _first(node.body)
    if node.low != node.high and (first & follow or _nullable(node.body)):
        return False
    return _decided(node.body, follow if node.high == 1 else follow | first)


def _choice_decided(node: Choice, follow: frozenset[int]) -> bool:
    seen: frozenset[int] = frozenset()
    for option in node.options:
        begins = _first(option) | (follow if _nullable(option) else frozenset())
        if begins & seen or not _decided(option, follow):
            return False
        seen |= begins
    return True


def _nullable(node: Node) -> bool:
    if isinstance(node, Characters):
        return False
    if isinstance(node, Repeat):
        return node.low == 0 or _nullable(node.body)
    parts = map(_nullable, _parts(node))
    return all(parts) if isinstance(node, Sequence) else any(parts)


def _first(node: Node) -> frozenset[int]:
    """Return the characters that a match can begin with."""
    if isinstance(node, Characters):
        return node.matched
    if isinstance(node, Repeat):
        return _first(node.body)
    first: frozenset[int] = frozenset()
    for part in _parts(node):
        first |= _first(part)
        if isinstance(node, Sequence) and not _nullable(part):
            break
    return first


def _print(node: Node, utf16: bool) -> str:
    if isinstance(node, Characters):
        return _print_characters(node, utf16)
    if isinstance(node, Repeat):
        return _print_atom(node.body, utf16) + _print_bounds(node.low, node.high)
    if isinstance(node, Choice):
        return "|".join(_print(option, utf16) for option in node.options)
    return "".join(_print_item(item, utf16) for item in node.items)


def _print_item(node: Node, utf16: bool) -> str:
    return f"(?:{_print(node, utf16)})" if isinstance(node, Choice) else _print(node, utf16)


def _print_atom(node: Node, utf16: bool) -> str:
    """Return a node so that a quantifier after it takes all of it."""
    printed = _print(node, utf16)
    return printed if isinstance(node, Characters) else f"(?:{printed})"


def _print_bounds(low: int, high: int | None) -> str:
    short = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((low, high))
    if short:
        return short
    return f"{{{low}}}" if low == high else f"{{{low},{'' if high is None else high}}}"


def _print_characters(node: Characters, utf16: bool) -> str:
    if len(node.codes) == 1 and not node.negated:
        return _escaped(min(node.codes), SPECIAL)
    ranges = "".join(_print_range(low, high) for low, high in _ranges(node.codes))
    if node.negated and utf16:
        return rf"(?:[^{ranges}\uD800-\uDFFF]|[\uD800-\uDBFF][\uDC00-\uDFFF])"
    return f"[{'^' if node.negated else ''}{ranges}]"


def _print_range(low: int, high: int) -> str:
    first, last = _escaped(low, SPECIAL_IN_CLASS), _escaped(high, SPECIAL_IN_CLASS)
    if low == high:
        return first
    return f"{first}{last}" if high == low + 1 else f"{first}-{last}"


def _ranges(codes: frozenset[int]) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    for code in sorted(codes):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1] = (ranges[-1][0], code)
        else:
            ranges.append((code, code))
    return ranges


def _escaped(code: int, special: frozenset[str]) -> str:
    if code in PRINTED_CONTROLS:
        return PRINTED_CONTROLS[code]
    if not 0x20 <= code <= 0x7E or chr(code) == "&":
        return f"\\x{code:02X}"
    return f"\\{chr(code)}" if chr(code) in special else chr(code)
