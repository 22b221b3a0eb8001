"""Report: where checks leave what they find."""

from __future__ import annotations

from udfgen.errors import Problem, Severity
from udfgen.spec.document import Document, Steps
from udfgen.spec.wording import Wrong, nearest, show


class Report:
    """The problems of one document, each at a path of keys and indexes."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []

    def error(self, path: Steps, what: str, advice: str, rule: str, *, key: bool = False) -> None:
        """Note an error at a path; `key` points at the key and not at what stands under it."""
        self.problems.append(Problem(self.document.origin(path, key), what, advice, rule))

    def wrong(self, path: Steps, wrong: Wrong, *, key: bool = False) -> None:
        """Note an error that a parser raised."""
        self.error(path, wrong.what, wrong.advice, wrong.rule, key=key)

    def has_name(self, path: Steps, name: str, home: Steps, what: str, *, key: bool = False) -> bool:
        """Return whether the mapping at `home` has a name, which stands at `path`; note one that it does not have.

        Where something else than a mapping stands at `home`, that has been noted, and says enough.
        """
        known = self.document.keys(home)
        if name not in known and self.document.may_name(home):
            self.error(path, f"no {what} is called {show(name)}", nearest(name, known), "unknown-name", key=key)
        return name in known

    def warn(self, path: Steps, what: str, advice: str, rule: str, *, key: bool = False) -> None:
        """Note a warning at a path."""
        self.problems.append(Problem(self.document.origin(path, key), what, advice, rule, Severity.WARNING))
