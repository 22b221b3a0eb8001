"""What the session says by itself is T-SQL too: every batch that goes over the wire, read by Microsoft's own parser."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clr import standin
from tests.tds.conftest import Place
from tests.tds.support import NEXT, look, put, remove, session
from tests.tds.test_calls import VALUES, call, program
from tests.tds.test_cuts import stopped
from tests.tds.wire import Grid


def say_all(place: Place) -> None:
    """Have sessions say all that they can."""
    put(place.port)
    put(place.port, NEXT)
    place.instance.rights.discard("CONTROL SERVER")
    look(place.port)
    remove(place.port, NEXT)
    with session(place.port) as opened:
        stopped(opened)
        for type_, (given, *_, shown, _) in VALUES.items():
            place.instance.always = [Grid(["result"], [[shown]])]
            call(opened, program(type_), "one", a=given)
            call(opened, program(type_), "one", a=None)
        place.instance.always = ()
        for name in ("rows", "nothing"):
            call(opened, program(), name)
        call(opened, program(), "nothing", kind="$(x)", details="\n")


@pytest.mark.parametrize("version", standin.VERSIONS)
def test_every_batch_parses(place: Place, tmp_path: Path, version: int) -> None:
    say_all(place)
    batches = sorted({each.sql for each in place.instance.heard})
    files = [tmp_path / f"{number}.sql" for number in range(len(batches))]
    for file, sql in zip(files, batches, strict=True):
        file.write_text(sql, encoding="utf-8")
    assert standin.check(version, *files) == []
    assert len(files) > 80
