"""Document: a spec's text as nodes that know where they stand.

Built from YAML events and not from objects, because only events show anchors, tags and duplicate keys.
Scalars follow the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema), so that `NO`, `on`
and `1:30` are text; fractions are exact decimals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from udfgen.errors import Origin, Problem, SpecError, UsageError
from udfgen.ir import Value
from udfgen.spec.wording import Wrong, character_name, hidden, show

Node: TypeAlias = "Scalar | Sequence | Mapping"
Steps: TypeAlias = "tuple[str | int, ...]"

# The C parser is ten times faster; PyYAML comes without it where libyaml is missing.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

DEPTH = 64
HIDDEN_SHOWN = 20
DIGITS = 400
SUBSTITUTE = "\ufffd"

WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
INTEGER = re.compile(r"[-+]?[0-9]+")
BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
FRACTION = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")

# What YAML's scanner says, in words for people who do not know its grammar.
SYNTAX = (
    ("cannot start any token", "this character cannot begin a value", "indent with spaces, and quote the value"),
    ("mapping values are not allowed", "a colon where none can stand", "check the indentation, or quote the value"),
    ("unexpected end of stream", "a quote is not closed", "close it"),
    ("document separator", "a quote is not closed", "close it"),
    ("or ']'", "a list is not closed", "add ] or a comma"),
    ("or '}'", "a mapping is not closed", "add } or a comma"),
    ("expected ':'", "a key without a colon", "write key: value"),
    ("escape character", "an escape that YAML does not know", "double the backslash, or use single quotes"),
    ("invalid Unicode character", "an escape that is no character", "write the character"),
    ("expected <block end>", "the indentation does not fit", "align the keys of a mapping"),
    ("did not find expected key", "the indentation or a quote does not fit", "align the keys, and quote the value"),
    ("did not find expected '-'", "the indentation does not fit", "align the items of a list"),
    ("tab character", "a tab in the indentation", "indent with spaces"),
    ("alphabetic or numeric character", "a * or & that names nothing", "quote the value"),
    ("undefined alias", "anchors and aliases are not allowed", "write the value out"),
    # libyaml 0.2.6 and later stop at a depth of their own; the scanner, which reads ahead, may come to it first.
    ("maximum nesting depth", f"nested deeper than {DEPTH} levels", "make it flatter"),
)


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value: text, an exact number, true, false or null."""

    value: bool | int | Decimal | str | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Member:
    """What stands under a key, and where the key itself stands."""

    origin: Origin
    node: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and what stands under them, in the order of the file."""

    members: dict[str, Member]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Document:
    """A spec as it was written: the root mapping and the file's name as it was given."""

    root: Mapping
    file: str

    def node(self, path: Steps) -> Node | None:
        """Return what stands at a path of keys and indexes, or None."""
        steps = list(_walk(self.root, path))
        return steps[-1].node if len(steps) == len(path) + 1 else None

    def origin(self, path: Steps, key: bool = False) -> Origin:
        """Return where a path stands, or its nearest ancestor that does; `key` asks for the key itself."""
        last = list(_walk(self.root, path))[-1]
        return last.origin if key else last.node.origin

    def keys(self, path: Steps) -> tuple[str, ...]:
        """Return the keys of the mapping at a path; none where there is no mapping."""
        node = self.node(path)
        return tuple(node.members) if isinstance(node, Mapping) else ()

    def may_name(self, path: Steps) -> bool:
        """Return whether names can be looked up at a path: in a mapping or in none, but not where it is malformed."""
        node = self.node(path)
        return node is None or isinstance(node, Mapping)


def read(text: str, file: str) -> Document:
    """Return the Document of a spec's text, or raise SpecError with all that is wrong with it as YAML."""
    document, problems = scan(text, file)
    if document is None or problems:
        raise SpecError(problems)
    return document


def load(path: Path) -> Document:
    """Return the Document of a file; UsageError when it cannot be read, SpecError when it is not right."""
    return read(load_text(path), str(path))


def load_text(path: Path) -> str:
    """Return a spec file's text; UsageError when it cannot be read, SpecError when it is not UTF-8."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        origin = Origin(str(path), before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise SpecError((Problem(origin, "not UTF-8 text", "save the file as UTF-8", "encoding"),)) from None


def scan(text: str, file: str) -> tuple[Document | None, tuple[Problem, ...]]:
    """Return what can be made out of a text, and every problem: a Document that checks can go on with, or None."""
    marks = _byte_order_mark(text, file)
    problems, clean = _hidden_characters(text[len(marks) :], file)
    reader = _Reader(clean, file)
    root = reader.read()
    found = tuple(sorted([*marks, *problems, *reader.problems], key=lambda problem: problem.origin))
    return (None if root is None else Document(root, file)), found


def in_words(said: str) -> tuple[str, str]:
    """Return what YAML's scanner says as what is wrong and what to do."""
    known = ((what, advice) for part, what, advice in SYNTAX if part in said)
    return next(known, (said, "check the indentation and the quotes"))


def plain(node: Node) -> Value:
    """Return a node as plain values: mappings as dicts in their order, lists as tuples."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return tuple(plain(item) for item in node.items)
    return {key: plain(member.node) for key, member in node.members.items()}


def overlay(base: Mapping, patch: Mapping) -> Mapping:
    """Return `base` with `patch` laid over it: mappings merge, all else is replaced; origins are those of what won."""
    return Mapping(
        base.members | {key: _laid(base.members.get(key), over) for key, over in patch.members.items()}, base.origin
    )


def _laid(under: Member | None, over: Member) -> Member:
    if under and isinstance(under.node, Mapping) and isinstance(over.node, Mapping):
        return Member(under.origin, overlay(under.node, over.node))
    return over


def _walk(root: Mapping, path: Steps) -> Iterator[Member]:
    """Yield the root and each step of a path, as far as it exists; an item's key is the item itself."""
    here = Member(root.origin, root)
    yield here
    for step in path:
        node = here.node
        if isinstance(node, Mapping) and isinstance(step, str) and step in node.members:
            here = node.members[step]
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            here = Member(node.items[step].origin, node.items[step])
        else:
            return
        yield here


def _byte_order_mark(text: str, file: str) -> list[Problem]:
    if not text.startswith("\ufeff"):
        return []
    what = "the file begins with a byte order mark"
    return [Problem(Origin(file, 1, 1), what, "save it as UTF-8 without one", "encoding")]


def _hidden_characters(text: str, file: str) -> tuple[list[Problem], str]:
    """Return the problems of characters that cannot be seen, and the text with stand-ins in their places.

    Comments count as well: some of these characters end a comment for one YAML reader and not for another.
    """
    problems: list[Problem] = []
    lines = text.split("\n")
    for number, line in enumerate(lines):
        # A carriage return may only stand before the line feed.
        end = len(line) - 1 if line.endswith("\r") and number < len(lines) - 1 else len(line)
        for index, character in hidden(line[:end], allowed="\t"):
            problems.append(_hidden_problem(Origin(file, number + 1, index + 1), character))
            lines[number] = lines[number][:index] + SUBSTITUTE + lines[number][index + 1 :]
    return problems[:HIDDEN_SHOWN], "\n".join(lines) if problems else text


def _hidden_problem(origin: Origin, character: str) -> Problem:
    return Problem(
        origin,
        f"the character {character_name(character)} is not allowed",
        "remove it: it cannot be seen, and can hide what the text says",
        "character",
    )


class _Stop(Exception):
    """Nothing after this can be understood."""


class _Reader:
    """Build nodes from the events of one text."""

    def __init__(self, text: str, file: str) -> None:
        self._events = yaml.parse(text, Loader=LOADER)
        self._at = partial(Origin, file)
        self.problems: list[Problem] = []

    def read(self) -> Mapping | None:
        """Return the root mapping, or None when the text cannot be understood."""
        try:
            return self._stream()
        except _Stop:
            return None
        except yaml.YAMLError as error:
            self.problems.append(self._syntax(error))
            return None

    def _stream(self) -> Mapping | None:
        next(self._events)
        start = next(self._events)
        if isinstance(start, yaml.StreamEndEvent):
            self._stop(self._at(1, 1), "the file is empty", "begin with udfgen: 1", "empty")
        node = self._node(next(self._events), 0)
        next(self._events)
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            self._stop(self._mark(after), "a second document begins here", "write one spec per file", "documents")
        if isinstance(node, Mapping):
            return node
        self._error(node.origin, "a spec must be a mapping", "begin with udfgen: 1", "root")
        return None

    def _node(self, event: Any, depth: int) -> Node:
        origin = self._mark(event)
        if depth > DEPTH:
            self._stop(origin, f"nested deeper than {DEPTH} levels", "make it flatter", "depth")
        if isinstance(event, yaml.AliasEvent):
            # Whatever follows from the missing value would only confuse.
            self._stop(origin, "anchors and aliases are not allowed", "write the value out", "alias")
        self._plain_style(event, origin)
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(self._value(event, origin), origin)
        if isinstance(event, yaml.SequenceStartEvent):
            return Sequence(tuple(self._items(depth + 1)), origin)
        return Mapping(self._members(depth + 1), origin)

    def _items(self, depth: int) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                return
            yield self._node(event, depth)

    def _members(self, depth: int) -> dict[str, Member]:
        members: dict[str, Member] = {}
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._node(event, depth)
            node = self._node(next(self._events), depth)
            self._add(members, key, node)
        return members

    def _add(self, members: dict[str, Member], key: Node, node: Node) -> None:
        if not isinstance(key, Scalar):
            self._error(key.origin, "a key must be text", "write key: value", "key")
        elif not isinstance(key.value, str):
            self._error(key.origin, f"the key {show(key.value)} is not text", "quote it", "key")
        elif key.value in members:
            first = members[key.value].origin
            what = f"the key {show(key.value)} stands twice"
            self._error(key.origin, what, f"keep one; the first is at line {first.line}", "duplicate-key")
        else:
            members[key.value] = Member(key.origin, node)

    def _value(self, event: Any, origin: Origin) -> bool | int | Decimal | str | None:
        text: str = event.value
        if not event.implicit[0]:
            return text
        try:
            return scalar(text)
        except Wrong as wrong:
            self._error(origin, wrong.what, wrong.advice, wrong.rule)
            return text

    def _plain_style(self, event: Any, origin: Origin) -> None:
        if event.anchor is not None:
            self._error(origin, "anchors and aliases are not allowed", "write the value out", "alias")
        if event.tag is not None:
            self._error(origin, "tags are not allowed", "remove the tag; quote what is to be text", "tag")

    def _mark(self, event: Any) -> Origin:
        mark = event.start_mark
        return self._at(mark.line + 1, mark.column + 1)

    def _syntax(self, error: yaml.YAMLError) -> Problem:
        said = str(getattr(error, "problem", None) or "cannot be read")
        mark = getattr(error, "problem_mark", None)
        origin = self._at(mark.line + 1, mark.column + 1) if mark else self._at(1, 1)
        what, advice = in_words(said)
        return Problem(origin, f"not YAML: {what}", advice, "yaml")

    def _error(self, origin: Origin, what: str, advice: str, rule: str) -> None:
        self.problems.append(Problem(origin, what, advice, rule))

    def _stop(self, origin: Origin, what: str, advice: str, rule: str) -> None:
        self._error(origin, what, advice, rule)
        raise _Stop


def scalar(text: str) -> bool | int | Decimal | str | None:
    """Return what a plain scalar means in YAML 1.2's core schema; Wrong for infinities, NaN and giant numbers."""
    if text in WORDS:
        return WORDS[text]
    if text[0] not in "-+.0123456789":
        return text
    if NOT_FINITE.fullmatch(text):
        raise Wrong(
            f"{text} is not a number that JSON or SQL knows", "use a finite number, or quote the text", "number"
        )
    if BASED.fullmatch(text):
        return int(_sized(text), 0)
    if INTEGER.fullmatch(text):
        return int(_sized(text))
    return _decimal(text) if FRACTION.fullmatch(text) else text


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(_sized(text))
    except InvalidOperation:  # an exponent beyond what decimal can hold
        raise _too_large() from None
    exponent = int(number.as_tuple().exponent)
    if abs(exponent) > 2 * DIGITS or abs(number.adjusted()) > DIGITS:
        raise _too_large()
    return number


def _too_large() -> Wrong:
    return Wrong("a number with too large an exponent", "quote it if it is text", "number")


def _sized(text: str) -> str:
    if len(text) > DIGITS:
        raise Wrong(f"a number of more than {DIGITS} digits", "quote it if it is text", "number")
    return text
