"""What no text of a spec may hold, wherever it stands: characters that cannot be seen, and secrets."""

from __future__ import annotations

import re
from functools import cache
from typing import TypeGuard

from udfgen.errors import Origin
from udfgen.spec.document import Mapping, Member, Node, Scalar, Sequence, Steps
from udfgen.spec.path import PATTERN
from udfgen.spec.payload import PARAMETER
from udfgen.spec.report import Report
from udfgen.spec.types import resembles
from udfgen.spec.wording import SECRET, character_name, hidden

SECRET_KEY = re.compile(
    r"(?:^|_)(?:password|passwd|pwd|passphrase|secret|token|access_?key(?:_id)?|secret_?key|api_?key|private_?key)$"
)
PATH = re.compile(PATTERN)
WORD_BREAK = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[-. ]")
ELSEWHERE = (
    "remove it, and revoke it if it is real; aws.credentials.source says where the server finds credentials, "
    "and a Lambda function has its own secrets"
)


def check_strings(report: Report) -> set[Origin]:
    """Report hidden characters and secrets in every key and value; return where the secrets stand."""
    walk = _Walk(report)
    walk.mapping(report.document.root, ())
    return walk.secrets


class _Walk:
    """One pass over every key and value."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.secrets: set[Origin] = set()

    def mapping(self, node: Mapping, path: Steps) -> None:
        for key, member in node.members.items():
            inner = (*path, key)
            self._text(key, inner, key=True)
            if is_secret_key(key):
                self._secret_key(member, path, inner)
            self._node(member.node, inner)

    def _node(self, node: Node, path: Steps) -> None:
        if isinstance(node, Mapping):
            self.mapping(node, path)
        elif isinstance(node, Sequence):
            for index, item in enumerate(node.items):
                self._node(item, (*path, index))
        elif isinstance(node.value, str):
            self._text(node.value, path)

    def _text(self, text: str, path: Steps, key: bool = False) -> None:
        for _, character in hidden(text, "" if key or not _may_have_lines(path) else "\n\t"):
            what = f"the character {character_name(character)} is not allowed"
            advice = "remove it" if character in "\n\t" else "remove it: it cannot be seen, and can hide what it says"
            self.report.error(path, what, advice, "character", key=key)
            break
        if SECRET.search(text):
            self._secret(path, "this looks like a credential", key)

    def _secret_key(self, member: Member, path: Steps, inner: Steps) -> None:
        place = _without_environment(path)
        if _names_things(place):
            self._secret_thing(member.node, inner)
        elif _names_arguments(place):
            self._secret_argument(member.node, inner)
        elif _is_follow(place):
            self._page_token(member.node, inner)
        elif _is_configuration(place) or _is_literal(member.node):
            self._secret(inner, f'"{inner[-1]}" is where a secret would stand', True)

    def _secret_thing(self, node: Node, path: Steps) -> None:
        """Report what a parameter that is named like a secret is given; the name itself says nothing."""
        if not isinstance(node, Mapping):
            self._secret_type(node, path, path[-1])
            return
        if "type" in node.members:
            self._secret_type(node.members["type"].node, (*path, "type"), path[-1])
        default = node.members.get("default")
        if default and _is_literal(default.node):
            self._secret((*path, "default"), f'the default of "{path[-1]}" would be a secret', False)

    def _secret_type(self, node: Node, path: Steps, name: str | int) -> None:
        """Report a value where a type is expected and nothing like one stands."""
        if _is_literal(node) and not (isinstance(node.value, str) and resembles(node.value)):
            self._secret(path, f'the value of "{name}" would be a secret', False)

    def _secret_argument(self, node: Node, path: Steps) -> None:
        """Report the constant that a trigger would pass for a parameter that is named like a secret."""
        if _is_literal(node) and not (isinstance(node.value, str) and not node.value.lstrip().startswith("'")):
            self._secret(path, f'the argument "{path[-1]}" would be a secret', False)

    def _page_token(self, node: Node, path: Steps) -> None:
        """Report the token of a page where it is no path, without the text, which might be a token."""
        if _is_literal(node):
            self._secret(path, "a token is found by its path, $.next or so", False)

    def _secret(self, path: Steps, what: str, key: bool) -> None:
        document = self.report.document
        self.report.error(path, what, ELSEWHERE, "secret", key=key)
        self.secrets |= {document.origin(path, key=True), document.origin(path)}


@cache
def is_secret_key(key: str) -> bool:
    """Return whether a key is named like something that is kept secret."""
    return SECRET_KEY.search(WORD_BREAK.sub("_", key).lower()) is not None


def _is_literal(node: Node) -> TypeGuard[Scalar]:
    """Return whether a node holds a value of its own: not null, a flag, a parameter or a path into a reply."""
    if not isinstance(node, Scalar) or node.value is None or isinstance(node.value, bool):
        return False
    return not (isinstance(node.value, str) and (PARAMETER.fullmatch(node.value) or PATH.match(node.value)))


def _without_environment(path: Steps) -> Steps:
    return path[2:] if path[:1] == ("environments",) and len(path) >= 2 else path


def _may_have_lines(path: Steps) -> bool:
    """Return whether a text may have lines and tabs: a description, an expression, and what JSON escapes."""
    place = _without_environment(path)
    if place[:1] == ("triggers",):
        return place[2:] == ("when",) or _names_arguments(place[:-1])
    if place[:1] != ("functions",) or len(place) < 3:
        return False
    return place[2] in ("payload", "examples") or (place[-1] == "description" and len(place) in (3, 5))


def _names_things(place: Steps) -> bool:
    """Return whether the keys at a place are names that the spec's author gives to things."""
    if place in (("functions",), ("bindings",), ("triggers",)):
        return True
    return place[:1] == ("functions",) and (place[2:] == ("parameters",) or place[2:] == ("returns", "table"))


def _names_arguments(place: Steps) -> bool:
    """Return whether the keys at a place are parameters, and what stands under them are expressions."""
    return place[:1] == ("triggers",) and place[2:] == ("arguments",)


def _is_follow(place: Steps) -> bool:
    """Return whether the keys at a place say how pages hang together: a token there is found by its path."""
    return place[:1] == ("functions",) and place[2:] == ("follow",)


def _is_configuration(place: Steps) -> bool:
    """Return whether a place has only keys that udfgen knows: none of them takes a secret."""
    return place[:1] != ("functions",) or len(place) == 2
