"""Charts as SVG: lines and bars, readable on light and dark pages, the same bytes for the same figures.

Written by hand here: what a plotting library writes has thousands of paths, ids that change, and one colour scheme.
Colours follow the page by https://drafts.csswg.org/mediaqueries-5/#prefers-color-scheme, and each chart brings its own
ground, so that it can be read where the two do not agree.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 720
LEFT, RIGHT, TOP, BOTTOM = 72, 28, 106, 52
"""What the marks of the axes, the title and two rows of a legend take."""

COLUMNS = 3
"""Names in a row of a legend."""

PLOT = 300
"""The height between the axes' ends."""

BAR, GAP, NAMES = 18, 8, 336
"""A bar's height, the space between two, and the width of their names."""

STYLE = """\
text{font:13px system-ui,-apple-system,"Segoe UI",sans-serif;fill:#1f2328}
.title{font-size:15px;font-weight:600}.end{text-anchor:end}.mid{text-anchor:middle}
.ground{fill:#fff}.grid{stroke:#d1d9e0;stroke-width:1}
.line{fill:none;stroke-width:2.5}.thin{stroke-dasharray:5 4;stroke-width:1.8}
.c0{stroke:#0969da}.c1{stroke:#bc4c00}.c2{stroke:#1a7f37}.c3{stroke:#8250df}
.f0{fill:#0969da}.f1{fill:#bc4c00}.f2{fill:#1a7f37}.f3{fill:#8250df}.f4{fill:#818b98}
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.ground{fill:#0d1117}.grid{stroke:#3d444d}
.c0{stroke:#4493f8}.c1{stroke:#f0883e}.c2{stroke:#3fb950}.c3{stroke:#ab7df8}
.f0{fill:#4493f8}.f1{fill:#f0883e}.f2{fill:#3fb950}.f3{fill:#ab7df8}.f4{fill:#9198a1}}"""


@dataclass(frozen=True, slots=True)
class Line:
    """Points in the order of x; a thin line is dashed. Lines of one colour belong together."""

    name: str
    colour: int
    points: Sequence[tuple[float, float]]
    thin: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure with its name, in one of the colours; the last one is grey."""

    name: str
    value: float
    colour: int


@dataclass(frozen=True, slots=True)
class Axis:
    """What is shown along a side: from `least` to `most`, by powers of ten or evenly, with a line at each mark."""

    name: str
    marks: Sequence[float]
    logarithmic: bool = True

    def at(self, value: float) -> float:
        """Return where a value stands, from 0 to 1."""
        scale = math.log10 if self.logarithmic else float
        least, most = scale(self.marks[0]), scale(self.marks[-1])
        return (scale(value) - least) / (most - least)


def decades(name: str, values: Iterable[float]) -> Axis:
    """Return an axis with the powers of ten around all values."""
    found = list(values)
    least, most = math.floor(math.log10(min(found))), math.ceil(math.log10(max(found)))
    return Axis(name, [10.0**power for power in range(least, max(most, least + 1) + 1)])


def even(name: str, most: float, count: int = 5) -> Axis:
    """Return an axis from 0 to a round number that is at least `most`, with about so many marks."""
    rough = most / count
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= rough)
    return Axis(name, [step * number for number in range(math.ceil(most / step) + 1)], logarithmic=False)


def plot(title: str, lines: Sequence[Line], across: Axis, up: Axis) -> str:
    """Return a chart of lines, with a legend for each name."""
    height = TOP + PLOT + BOTTOM
    drawn = [*_axes(across, up), *_legend(lines), *(_path(line, across, up) for line in lines)]
    return _svg(title, height, drawn)


def bars(title: str, found: Sequence[Bar], unit: str) -> str:
    """Return a chart of bars by powers of ten, each with its figure: its unit stands in front of it."""
    axis = decades("", [1, *(bar.value for bar in found)])
    room = WIDTH - NAMES - RIGHT - 64
    drawn = (_bar(bar, 48 + at * (BAR + GAP), room * axis.at(bar.value), unit) for at, bar in enumerate(found))
    return _svg(title, 48 + len(found) * (BAR + GAP) + 12, drawn)


def number(value: float) -> str:
    """Return a mark in few characters: 0.5, 25, 1,500, 100k, 2M."""
    for least, unit, sign in ((1e6, 1e6, "M"), (1e4, 1e3, "k")):
        if value >= least:
            return f"{value / unit:,.10g}{sign}"
    return f"{value:,.10g}"


def rounded(value: float) -> str:
    """Return a ratio with two digits that count, or whole."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _svg(title: str, height: float, drawn: Iterable[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}" '
        f'role="img">\n<title>{escape(title)}</title>\n<style>\n{STYLE}\n</style>\n'
    )
    ground = f'<rect class="ground" width="{WIDTH}" height="{height:g}" rx="6"/>'
    return "\n".join([f"{head}{ground}", _text(20, 28, title, "title"), *drawn, "</svg>\n"])


def _text(x: float, y: float, text: str, *classes: str) -> str:
    named = f' class="{" ".join(classes)}"' if classes else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{named}>{escape(text)}</text>'


def _x(part: float) -> float:
    return LEFT + part * (WIDTH - LEFT - RIGHT)


def _y(part: float) -> float:
    return TOP + (1 - part) * PLOT


def _axes(across: Axis, up: Axis) -> Iterator[str]:
    foot, right = TOP + PLOT, WIDTH - RIGHT
    for mark in across.marks:
        x = _x(across.at(mark))
        yield f'<path class="grid" d="M{x:.1f} {TOP}V{foot}"/>'
        yield _text(x, foot + 18, number(mark), "mid")
    for mark in up.marks:
        y = _y(up.at(mark))
        yield f'<path class="grid" d="M{LEFT} {y:.1f}H{right}"/>'
        yield _text(LEFT - 8, y + 4, number(mark), "end")
    yield _text(_x(0.5), foot + 40, across.name, "mid")
    yield _text(LEFT - 8, TOP - 10, up.name, "end" if len(up.name) < 10 else "start")


def _legend(lines: Sequence[Line]) -> Iterator[str]:
    """Yield a sample and the name of each line."""
    for at, line in enumerate(lines):
        x, y = 20 + at % COLUMNS * (WIDTH - 40) / COLUMNS, 50 + at // COLUMNS * 20
        yield f'<path class="{_classes(line)}" d="M{x:.1f} {y}h30"/>'
        yield _text(x + 38, y + 4, line.name)


def _path(line: Line, across: Axis, up: Axis) -> str:
    places = [f"{_x(across.at(x)):.1f} {_y(up.at(y)):.1f}" for x, y in line.points]
    dots = "".join(
        f'<circle class="f{line.colour}" cx="{place.split()[0]}" cy="{place.split()[1]}" r="3"/>' for place in places
    )
    return f'<path class="{_classes(line)}" d="M{"L".join(places)}"/>{dots}'


def _classes(line: Line) -> str:
    return f"line c{line.colour}{' thin' if line.thin else ''}"


def _bar(bar: Bar, y: float, length: float, unit: str) -> str:
    name = _text(NAMES - 10, y + BAR - 5, bar.name, "end")
    figure = _text(NAMES + length + 8, y + BAR - 5, f"{unit}{rounded(bar.value)}")
    shape = f'<rect class="f{bar.colour}" x="{NAMES}" y="{y:g}" width="{max(length, 1):.1f}" height="{BAR}" rx="2"/>'
    return f"{name}{shape}{figure}"
