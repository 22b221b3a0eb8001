"""What becomes of the benches' figures: a page by sections, and charts that are the same for the same figures."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

REPORT = Path(__file__).parents[2] / "bench" / "report.py"
SVG = "{http://www.w3.org/2000/svg}"
PAGE = "# Performance\n\nOpening.\n\n## Memory over many rows\n\nOld.\n\n## Scale\n\nKept.\n"
DELAYS, PACKS = (0, 10, 50), (1, 10, 100, 1_000, 10_000)
ALONE, FLYING, MANY = (1, 1), (8, 1), (1, 8)
LANES = {
    "PostgreSQL, row at a time": (ALONE, MANY),
    "PostgreSQL, ancestor, row at a time": (ALONE, MANY),
    "PostgreSQL, batch": (ALONE, FLYING, MANY),
    "PostgreSQL, batch from a query": (ALONE, FLYING),
    "MariaDB, row at a time": (ALONE, MANY),
    "MariaDB, ancestor, row at a time": (ALONE, MANY),
    "MariaDB, batch": (ALONE, FLYING, MANY),
    "Oracle's core, batch": (ALONE,),
    "SQL Server's assembly, batch": (ALONE,),
    "boto3 program, row at a time": (ALONE, FLYING),
    "boto3 program, batch": (ALONE, FLYING),
    "client in C, row at a time": (ALONE, FLYING),
    "client in C, batch": (ALONE, FLYING),
}
"""What batches.py measures: calls in flight and sessions of each way."""


def matrix() -> list[dict[str, Any]]:
    """Return figures as batches.py has them: each call takes its delay and 1 ms, and a row in it 2 us."""
    found = []
    for way, lanes in LANES.items():
        for delay in DELAYS:
            for pack in PACKS:
                for flight, sessions in lanes:
                    rate = pack * flight * sessions / (delay / 1000 + 0.001 + pack * 2e-6)
                    place = {"way": way, "delay": delay, "pack": pack, "flight": flight, "sessions": sessions}
                    found.append(place | {"rows": 10_000, "rate": rate, "low": rate, "high": rate})
    return found


MACHINE = {"cpu": "A <fast> & quiet CPU", "cores": 2, "system": "Linux 6", "python": "3.11"}
BATCHES = {"machine": MACHINE, "rounds": 3, "figures": {"http": matrix(), "https": matrix()}}
MEMORY = {"figures": {f"way {way}": [[tenth * 100_000, 10 + way] for tenth in range(11)] for way in range(3)}}


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """Return a folder with a page of which three sections are known."""
    (tmp_path / "performance.md").write_text(PAGE, encoding="utf-8")
    return tmp_path


def report(docs: Path, **files: Any) -> str:
    """Run report.py on these files, and return the page."""
    figures = docs / "figures"
    figures.mkdir(exist_ok=True)
    for name, content in files.items():
        (figures / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    subprocess.run([sys.executable, str(REPORT), str(figures), str(docs)], check=True)
    return (docs / "performance.md").read_text(encoding="utf-8")


def test_a_section_is_spliced_alone(docs: Path) -> None:
    page = report(docs, memory=MEMORY)
    assert "| way 2 | 12.0 | 12.0 | 12.0 | 12.0 |" in page
    assert "Old." not in page
    assert page.startswith("# Performance\n\nOpening.\n\n## Memory over many rows\n\n1,000,000 rows in batches")
    assert page.endswith("\n\n## Scale\n\nKept.\n")


def test_a_page_without_figures_stays_as_it_is(docs: Path) -> None:
    assert report(docs) == PAGE


def test_many_rows_are_told_from_the_exact_cell(docs: Path) -> None:
    page = report(docs, batches=BATCHES)
    # Row at a time takes 11.002 ms a row; a wave of eight calls with 100 rows 11.2 ms.
    assert "| PostgreSQL, arrays | 110 | 0.140 | 786 |" in page
    assert "| MariaDB, JSON | 110 | 0.140 | 786 |" in page
    assert "| Oracle's core, 1 in flight | 91 / 91 | 907 / 907 | 8,929 / 8,929 | 76,923 / 76,923 |" in page
    assert "A <fast> & quiet CPU, 2 cores, Linux 6, Python 3.11." in page


def test_every_chart_is_on_the_page_in_words_too(docs: Path) -> None:
    page = report(docs, batches=BATCHES, memory=MEMORY)
    charts = sorted(path.name for path in (docs / "performance").iterdir())
    assert charts == ["batch-mariadb.svg", "batch-postgresql.svg", "memory.svg", "ways.svg"]
    assert all(f"](performance/{name})" in page for name in charts)
    assert "![](" not in page


def test_charts_are_the_same_bytes_for_the_same_figures(docs: Path) -> None:
    page = report(docs, batches=BATCHES, memory=MEMORY)
    first = {path: path.read_bytes() for path in (docs / "performance").iterdir()}
    assert report(docs) == page
    assert {path: path.read_bytes() for path in (docs / "performance").iterdir()} == first


def test_charts_are_well_formed_and_stay_within_their_frame(docs: Path) -> None:
    report(docs, batches=BATCHES, memory=MEMORY)
    for path in (docs / "performance").iterdir():
        drawn = ElementTree.parse(path).getroot()
        width, height = float(drawn.attrib["width"]), float(drawn.attrib["height"])
        for each in drawn.iter(f"{SVG}circle"):
            assert 0 < float(each.attrib["cx"]) < width
            assert 0 < float(each.attrib["cy"]) < height
        for each in drawn.iter(f"{SVG}rect"):
            assert float(each.get("x", 0)) + float(each.attrib["width"]) <= width
        for each in drawn.iter(f"{SVG}text"):
            assert 0 < float(each.attrib["y"]) < height
            # 7.5 units a character: the widest sans-serif faces at 13 px
            room = width - float(each.attrib["x"]) if "end" not in each.get("class", "") else float(each.attrib["x"])
            assert room >= 7.5 * len(each.text or "") or "mid" in each.get("class", "")
        assert drawn.findtext(f"{SVG}title")


def test_points_stand_where_their_figures_are(docs: Path) -> None:
    report(docs, memory=MEMORY)
    drawn = ElementTree.parse(docs / "performance" / "memory.svg").getroot()
    marks = {each.text: float(each.attrib["y"]) - 4 for each in drawn.iter(f"{SVG}text") if each.get("class") == "end"}
    points = [float(each.attrib["cy"]) for each in drawn.iter(f"{SVG}circle")]
    assert len(points) == 33
    assert points[0] == pytest.approx(marks["10"], abs=0.1)
    assert points[-1] == pytest.approx(marks["10"] + (marks["15"] - marks["10"]) * 2 / 5, abs=0.1)
