"""Write docs/performance.md and its charts from the figures of the benches, JSON files in one folder.

`report.py FOLDER DOCS`: a section whose files are not in the folder keeps the text that the page has, so that one bench
can be run again alone.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pages
from chart import Bar, Line, bars, decades, even, plot, rounded

Figures = Mapping[str, Any]
"""What the files of a section hold, by their names without .json."""

Made = tuple[str, dict[str, str]]
"""A section's text below its heading, and its charts by their file names."""

DELAYS, PACKS = (0, 10, 50), (1, 10, 100, 1_000, 10_000)
SCHEMES = {"http": "HTTP", "https": "HTTPS"}
FIRST = ("first call, ms", "private memory after it, MB")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, the files that it needs, and what writes it."""

    heading: str
    files: tuple[str, ...]
    write: Callable[[Figures], Made]


def main() -> None:
    """Write the page and the charts of every section whose files are there."""
    folder, docs = map(Path, sys.argv[1:3])
    page = docs / "performance.md"
    kept = sections_of(page.read_text(encoding="utf-8")) if page.exists() else {}
    for section in SECTIONS:
        if all((folder / f"{name}.json").exists() for name in section.files):
            figures = {name: json.loads((folder / f"{name}.json").read_text("utf-8")) for name in section.files}
            kept[section.heading], charts = section.write(figures)
            for name, chart in charts.items():
                (docs / "performance").mkdir(exist_ok=True)
                (docs / "performance" / name).write_text(chart, encoding="utf-8")
    written = (f"{each.heading}\n\n{kept[each.heading].strip()}\n" for each in SECTIONS if each.heading in kept)
    page.write_text("\n".join(written), encoding="utf-8")


def sections_of(page: str) -> dict[str, str]:
    """Return the text below each heading of the first two levels."""
    parts = re.split(r"^(##? .*)$", page, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


# The sections


def opening(figures: Figures) -> Made:
    """Return what was compared, what the figures mean, and on which machine."""
    machine, rounds = figures["batches"]["machine"], figures["batches"]["rounds"]
    return pages.OPENING.format(**machine, rounds=rounds), {}


def many_rows(figures: Figures) -> Made:
    """Return what batches gain."""
    found = Matrix(figures["batches"]["figures"])
    text = pages.MANY_ROWS.format(
        first="\n".join(first_rows(found)),
        postgresql=curve_alt(found, "PostgreSQL"),
        mariadb=curve_alt(found, "MariaDB"),
        gains="; ".join(f"{bar.name} {rounded(bar.value)}" for bar in gains(found)),
        sizes=" | ".join(f"{pack:,}" for pack in PACKS),
        rates="\n".join(size_rows(found)),
        sessions="\n".join(session_rows(found)),
    )
    charts = {f"batch-{name.lower()}.svg": curve(found, name) for name in ("PostgreSQL", "MariaDB")}
    charts["ways.svg"] = bars("10 ms a call: times as fast as the same way's row at a time", gains(found), "× ")
    return text, charts


def memory(figures: Figures) -> Made:
    """Return what sessions hold while many rows go through them."""
    found: dict[str, list[list[float]]] = figures["memory"]["figures"]
    rows = found[next(iter(found))][-1][0]
    cells = "\n".join(
        f"| {name} | {samples[0][1]:.1f} | {samples[1][1]:.1f} | {samples[len(samples) // 2][1]:.1f} "
        f"| {samples[-1][1]:.1f} |"
        for name, samples in found.items()
    )
    lines = [
        Line(name, at, [(samples[0], samples[1]) for samples in each]) for at, (name, each) in enumerate(found.items())
    ]
    most = max(y for line in lines for _, y in line.points)
    chart = plot(f"Memory over {rows:,} rows", lines, even("rows that have gone through", rows), even("MB", most))
    alt = "; ".join(f"{name} from {each[1][1]:.1f} to {each[-1][1]:.1f} MB" for name, each in found.items())
    return pages.MEMORY.format(rows=f"{rows:,}", cells=cells, alt=alt), {"memory.svg": chart}


def warm_call(figures: Figures) -> Made:
    """Return the calls of the two engines that run here."""
    calls, library = figures["calls"], figures["mysql_calls"]
    text = pages.WARM_CALL.format(
        calls="\n".join(row(name, calls) for name in calls["http"] if name not in FIRST),
        library="\n".join(row(name, library) for name in library["http"]),
        ratios="; ".join(f"{bar.name} {rounded(bar.value)}" for bar in ratios(figures)),
    )
    return text, {"ratios.svg": bars("A warm call: times as fast as what it is compared with", ratios(figures), "× ")}


def java(figures: Figures) -> Made:
    """Return the calls of Oracle's core."""
    return pages.JAVA.format(
        java="\n".join(row(name, figures["java_calls"]) for name in figures["java_calls"]["http"])
    ), {}


def clr(figures: Figures) -> Made:
    """Return the calls of SQL Server's assembly."""
    return pages.CLR.format(clr="\n".join(row(name, figures["clr_calls"]) for name in figures["clr_calls"]["http"])), {}


def first_call(figures: Figures) -> Made:
    """Return what the first call of a session takes."""
    return pages.FIRST_CALL.format(first="\n".join(row(name, figures["calls"]) for name in FIRST)), {}


def scale(figures: Figures) -> Made:
    """Return what the commands take by the size of the spec."""
    sizes, commands = by_command(figures["scale"]["figures"])
    text = pages.SCALE.format(
        sizes=" | ".join(f"{size:,}" for size in sizes),
        rules="---:|" * len(sizes),
        scale=table(commands, lambda each: f"{each['clock']:.2f} / {each['cpu']:.2f}"),
        each=table(commands, lambda each: f"{1000 * each['cpu'] / each['size']:.2f}"),
        memory=table(commands, lambda each: f"{each['memory']:.0f}"),
        help=figures["scale"]["help_ms"],
    )
    return text, {}


SECTIONS = (
    Section("# Performance", ("batches",), opening),
    Section("## Many rows", ("batches",), many_rows),
    Section("## Memory over many rows", ("memory",), memory),
    Section("## A warm call", ("calls", "mysql_calls", "java_calls", "clr_calls"), warm_call),
    Section("## Oracle's core in a JVM", ("java_calls",), java),
    Section("## SQL Server's assembly under Mono", ("clr_calls",), clr),
    Section("## The first call of a session", ("calls",), first_call),
    Section("## Scale", ("scale",), scale),
)


# Many rows


class Matrix:
    """The rows per second of batches.py."""

    def __init__(self, figures: Mapping[str, list[dict[str, Any]]]) -> None:
        names = ("way", "delay", "pack", "flight", "sessions")
        self._rates: dict[tuple[Any, ...], float] = {}
        for scheme, cells in figures.items():
            for each in cells:
                place = (scheme, *(each[name] for name in names))
                self._rates[(*place, each["rows"])] = self._rates[place] = each["rate"]

    def rate(
        self, way: str, delay: int, pack: int = 1, flight: int = 1, sessions: int = 1, scheme: str = "http"
    ) -> float:
        """Return the rows per second of a cell."""
        return self._rates[scheme, way, delay, pack, flight, sessions]

    def exact(self, way: str) -> float:
        """Return the rows per second of the 10,000 rows that the page tells about first."""
        return self._rates["http", way, 10, 100, 8, 1, 10_000]


def first_rows(found: Matrix) -> Iterator[str]:
    """Yield what 10,000 rows take, row at a time and in batches."""
    for title, way, alone in (
        ("PostgreSQL, arrays", "PostgreSQL, batch", "PostgreSQL, row at a time"),
        ("PostgreSQL, a query", "PostgreSQL, batch from a query", "PostgreSQL, row at a time"),
        ("MariaDB, JSON", "MariaDB, batch", "MariaDB, row at a time"),
    ):
        slow, fast = found.rate(alone, 10), found.exact(way)
        yield f"| {title} | {10_000 / slow:,.0f} | {10_000 / fast:.3f} | {fast / slow:,.0f} |"


def curve(found: Matrix, engine: str) -> str:
    """Return the chart of an engine's batches: rows per second by rows a call."""
    lines = [
        Line(
            f"{delay} ms, 8 in flight" if flight == 8 else f"{delay} ms, one at a time",
            colour,
            [(pack, found.rate(f"{engine}, batch", delay, pack, flight)) for pack in PACKS],
            thin=flight == 1,
        )
        for flight in (8, 1)
        for colour, delay in enumerate(DELAYS)
    ]
    up = decades("rows/s", (y for line in lines for _, y in line.points))
    title = f"{engine}: rows a second by rows a call, one session, HTTP"
    return plot(title, lines, decades("rows a call at most", PACKS), up)


def curve_alt(found: Matrix, engine: str) -> str:
    """Return the chart of an engine's batches in words."""
    parts = (
        f"{delay} ms from {found.rate(f'{engine}, batch', delay, 1):,.0f} at 1 row a call to "
        f"{found.rate(f'{engine}, batch', delay, 10_000):,.0f} at 10,000"
        for delay in DELAYS
    )
    return f"Rows a second in {engine}, one call at a time: {'; '.join(parts)}"


def gains(found: Matrix) -> list[Bar]:
    """Return how many times as fast as its own row at a time each way is, at 10 ms a call."""
    made = []
    for colour, way in enumerate(("PostgreSQL", "MariaDB", "boto3 program")):
        alone = found.rate(f"{way}, row at a time", 10)
        lanes = {"flight": 8} if way == "boto3 program" else {"sessions": 8}
        name = "8 threads" if way == "boto3 program" else "8 sessions"
        steps = {
            name: found.rate(f"{way}, row at a time", 10, **lanes),
            "100 rows a call": found.rate(f"{way}, batch", 10, 100),
            "100 rows a call, 8 in flight": found.rate(f"{way}, batch", 10, 100, flight=8),
        }
        made += [Bar(f"{way}, {step}", rate / alone, colour) for step, rate in steps.items()]
    floor = "client in C, "
    rate = found.rate(f"{floor}batch", 10, 100, flight=8) / found.rate(f"{floor}row at a time", 10)
    return [*made, Bar(f"{floor}100 rows a call, 8 in flight", rate, 4)]


def size_rows(found: Matrix) -> Iterator[str]:
    """Yield each way's rows per second by rows a call, at 10 ms a call, HTTP and HTTPS."""
    for way in ("PostgreSQL", "MariaDB", "Oracle's core", "SQL Server's assembly", "client in C"):
        for flight in (1, 8):
            if flight == 1 or "'" not in way:
                pairs = (
                    [found.rate(f"{way}, batch", 10, pack, flight, scheme=each) for each in SCHEMES] for pack in PACKS
                )
                cells = " | ".join(" / ".join(f"{rate:,.0f}" for rate in pair) for pair in pairs)
                yield f"| {way}, {flight} in flight | {cells} |"


def session_rows(found: Matrix) -> Iterator[str]:
    """Yield rows per second of one session and of eight, or of one thread and of eight, for each delay."""
    for way, pack in (
        ("PostgreSQL, row at a time", 1),
        ("PostgreSQL, ancestor, row at a time", 1),
        ("PostgreSQL, batch", 100),
        ("MariaDB, row at a time", 1),
        ("MariaDB, ancestor, row at a time", 1),
        ("MariaDB, batch", 100),
        ("boto3 program, row at a time", 1),
        ("boto3 program, batch", 100),
        ("client in C, row at a time", 1),
    ):
        eight = {"flight": 8} if way.startswith(("boto3", "client")) else {"sessions": 8}
        pairs = ((found.rate(way, delay, pack), found.rate(way, delay, pack, **eight)) for delay in DELAYS)
        cells = " | ".join(f"{one:,.0f} / {many:,.0f}" for one, many in pairs)
        yield f"| {way}{' of 100' if pack > 1 else ''} | {cells} |"


# A warm call


def ratios(figures: Figures) -> list[Bar]:
    """Return how many times as fast udfgen is as each thing that it is compared with, HTTP and HTTPS."""
    named = {
        "PostgreSQL / http.client": ("calls", "udfgen / http.client"),
        "PostgreSQL / boto3 kept": ("calls", "udfgen / boto3 kept"),
        "PostgreSQL / ancestor": ("calls", "udfgen / ancestor"),
        "MariaDB / new handle": ("mysql_calls", "udfgen / new handle"),
        "Oracle's core / AWS SDK": ("java_calls", "udfgen / the SDK's best, calls/s"),
        "SQL Server's / HttpWebRequest": ("clr_calls", "udfgen / HttpWebRequest, calls/s"),
    }
    return [
        Bar(f"{name}, {title}", figures[file][scheme][key], colour)
        for name, (file, key) in named.items()
        for colour, (scheme, title) in enumerate(SCHEMES.items())
        if key in figures[file][scheme]
    ]


def row(name: str, calls: Mapping[str, Mapping[str, float]]) -> str:
    """Return one figure over both schemes; ratios and small figures with a digit behind the point."""
    cells = (calls[scheme][name] for scheme in SCHEMES)
    return f"| {name} | " + " | ".join(f"{cell:,.0f}" if cell >= 1000 else f"{cell:,.1f}" for cell in cells) + " |"


# Scale


def by_command(figures: list[dict[str, Any]]) -> tuple[list[int], dict[str, list[dict[str, Any]]]]:
    """Return the sizes, and the figures of each command in their order."""
    sizes = sorted({each["size"] for each in figures})
    names = dict.fromkeys(each["command"] for each in figures)
    ordered = sorted(figures, key=lambda each: int(each["size"]))
    return sizes, {name: [each for each in ordered if each["command"] == name] for name in names}


def table(commands: Mapping[str, list[dict[str, Any]]], cell: Callable[[dict[str, Any]], str]) -> str:
    """Return a row for each command, with a cell for each size."""
    return "\n".join(f"| {name} | " + " | ".join(map(cell, figures)) + " |" for name, figures in commands.items())


if __name__ == "__main__":
    main()
