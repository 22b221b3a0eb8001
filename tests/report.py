"""Write docs/report.md from the sections that the suites wrote as JSON: no dates, no places, only what was counted.

A section is `{"title", "text", "facts": {name: value}, "columns": [name], "zero": [name], "rows": [[value]]}`; `zero`
are the columns in which nothing but 0 may stand.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HEAD = """\
# Report

Written by `script/report`, which runs at full size what `script/test` runs as samples from a fixed seed. In columns
marked **0** nothing else may stand: the command fails otherwise.
"""

Section = dict[str, Any]


def main() -> None:
    """Print the page of the files named on the command line, in their order."""
    print("\n\n".join([HEAD.rstrip(), *(page(section) for path in sys.argv[1:] for section in sections(Path(path)))]))


def sections(path: Path) -> list[Section]:
    """Return what a suite wrote: one section or several."""
    found = json.loads(path.read_text(encoding="utf-8"))
    return found if isinstance(found, list) else [found]


def page(section: Section) -> str:
    """Return a section as Markdown: what was run, the table, and with which versions and seeds."""
    facts = "; ".join(f"{name} {shown(value)}" for name, value in section["facts"].items())
    parts = [f"## {section['title']}", section["text"], "\n".join(table(section)), f"{facts}." if facts else ""]
    return "\n\n".join(filter(None, parts))


def table(section: Section) -> Iterator[str]:
    """Yield the lines of a section's table; numbers stand at the right."""
    columns, zero = section["columns"], section.get("zero", [])
    yield line(f"{name} (**0**)" if name in zero else name for name in columns)
    first = section["rows"][0] if section["rows"] else []
    yield line("---:" if isinstance(value, (int, float)) else "---" for value in first)
    yield from (line(map(shown, row)) for row in section["rows"])


def line(cells: Any) -> str:
    """Return one line of a table."""
    return f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |"


def shown(value: Any) -> str:
    """Return a value for people: thousands apart."""
    return f"{value:,}" if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)


if __name__ == "__main__":
    main()
