"""Hostile texts in every place of a spec, on SQL Server, read by Microsoft's own parser.

Whatever the texts, the scripts are T-SQL with the same statements in the same batches, and the texts that SQL Server
is to keep read back as they were given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.clr import standin
from tests.clr.test_tsql import ENGINE, scripts
from tests.unit.test_hostile import CASES, PLACES, Spec, base, checked
from udfgen import commands
from udfgen.bundle import Bundle
from udfgen.errors import SpecError

VERSION = standin.VERSIONS[0]


KEPT = ("description", "default", "short default", "grantee")
"""The places whose texts stand in the scripts as data; others are in the assembly, or in comments."""

OWN = [place for place in PLACES if place not in ("role", "ca_file")] + ["short default", "grantee"]
"""The places but one that is PostgreSQL's, and one that SQL Server refuses; and two more."""


def spec_with(place: str, text: str) -> Spec:
    """Return the harmless spec for SQL Server with a text in one place."""
    spec = base()
    spec["engines"] = {ENGINE: {"grantees": {"app": ["app_role"]}}}
    if place == "grantee":
        spec["engines"][ENGINE]["grantees"]["app"].append(text)
    elif place == "short default":
        spec["functions"]["f"]["parameters"]["third"] = {"type": "varchar(200)", "default": text}
    else:
        PLACES[place](spec, text)
    return spec


def made_with(place: str, text: str) -> Bundle | None:
    """Return what is generated; None where the spec refuses the text."""
    try:
        return commands.make(checked(spec_with(place, text)), ENGINE)
    except SpecError:
        return None


def trees(bundles: Sequence[Bundle], folder: Path) -> Iterator[list[standin.Tree]]:
    """Yield what the scripts of each bundle are made of."""
    paths = []
    for number, made in enumerate(bundles):
        (folder / str(number)).mkdir()
        paths.append(scripts(made, folder / str(number)))
    found = iter(standin.trees(VERSION, *(path for each in paths for path in each)))
    for each in paths:
        yield [next(found) for _ in each]


@pytest.mark.parametrize("place", OWN)
def test_a_text_is_data(place: str, tmp_path: Path) -> None:
    texts = [text for text in CASES if place != "description" or text.strip()]  # a blank one is none
    made = {text: bundle for text in ("abc", *texts) if (bundle := made_with(place, text))}
    assert len(made) > len(CASES) // 4
    harmless, *hostile = trees(list(made.values()), tmp_path)
    for text, found in zip(list(made)[1:], hostile, strict=True):
        assert [tree.errors for tree in found] == [[]] * len(found), text
        assert [tree.batches for tree in found] == [tree.batches for tree in harmless], text
        if place in KEPT:
            kept = text.strip() if place == "description" else text
            assert any(kept in (*tree.texts, *tree.names) for tree in found), text
