"""One run: what was tried, all that came out, which marks show on purpose. A tally of many runs."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.secrets.marks import Marks


@dataclass(frozen=True)
class Ran:
    """A run: where it belongs, what it is called, its whole output, the kinds of marks that it shows on purpose."""

    area: str
    name: str
    output: str
    meant: frozenset[str] = frozenset()


@dataclass
class Tally:
    """What came of the runs of one area."""

    runs: int = 0
    size: int = 0
    meant: int = 0
    found: list[str] = field(default_factory=list)

    def add(self, ran: Ran, marks: Marks) -> None:
        """Look at a run; a mark that should show and does not is a find too: then the search saw nothing."""
        seen = marks.find(ran.output)
        self.runs += 1
        self.size += len(ran.output.encode())
        self.meant += bool(ran.meant)
        wrong = {kind: sorted(forms) for kind, forms in seen.items() if kind not in ran.meant}
        wrong |= {kind: ["not shown"] for kind in ran.meant - seen.keys()}
        self.found += [f"{ran.area}: {ran.name}: {kind} ({', '.join(how)})" for kind, how in sorted(wrong.items())]


def tally(runs: Iterable[Ran], marks: Marks) -> dict[str, Tally]:
    """Return the tallies of all areas, in their order."""
    tallies: dict[str, Tally] = {}
    for ran in runs:
        tallies.setdefault(ran.area, Tally()).add(ran, marks)
    return tallies


class Heard:
    """What was said on standard output and standard error; whole once the block has ended."""

    text = ""


@contextmanager
def hearing() -> Iterator[Heard]:
    """Listen to this process and its children: to Python's streams, and to what libraries and programs write."""
    heard = Heard()
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="surrogateescape") as file:
        streams, kept = (sys.stdout, sys.stderr), (os.dup(1), os.dup(2))
        sys.stdout = sys.stderr = file
        for number in (1, 2):
            os.dup2(file.fileno(), number)
        try:
            yield heard
        finally:
            file.flush()
            sys.stdout, sys.stderr = streams
            for number, copy in zip((1, 2), kept, strict=True):
                os.dup2(copy, number)
                os.close(copy)
            heard.text = read(file.fileno())


def read(number: int) -> str:
    """Return all of an open file."""
    os.lseek(number, 0, os.SEEK_SET)
    return b"".join(iter(lambda: os.read(number, 1 << 20), b"")).decode("utf-8", "replace")


class Folder:
    """A folder whose files count as output, once they were written or changed since the last look."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen = self._state()

    def _state(self) -> dict[Path, tuple[int, int]]:
        stats = ((each, each.stat()) for each in self.path.rglob("*") if each.is_file())
        return {each: (stat.st_mtime_ns, stat.st_size) for each, stat in stats}

    def news(self) -> str:
        """Return the names and texts of the files that are new or changed."""
        before, self._seen = self._seen, self._state()
        fresh = [each for each, state in self._seen.items() if before.get(each) != state]
        return "".join(f"\n{each}\n{each.read_bytes().decode('utf-8', 'replace')}" for each in sorted(fresh))
