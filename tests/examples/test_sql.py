"""The SQL beside the examples is what its engine's grammar allows, where no server of it can be had."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlfluff.core import FluffConfig, Linter

from tests.clr import standin
from tests.examples.places import EXAMPLES
from tests.plsql import lint
from tests.plsql.script import parse

FILES = {each.relative_to(EXAMPLES).as_posix(): each for each in sorted(EXAMPLES.glob("*/sql/*/*.sql"))}
ORACLE = [name for name in FILES if "/oracle/" in name]
SQLSERVER = [name for name in FILES if "/sqlserver/" in name]
LIVE = {"postgresql", "mysql"}
"""Engines on which the other tests of this folder run every file."""


def refused(text: str) -> list[str]:
    """Return what sqlfluff's grammar of Oracle has to say against a script."""
    found = Linter(config=FluffConfig(overrides={"dialect": "oracle"})).parse_string(text)
    return [each.desc() for each in found.violations]


@pytest.mark.parametrize("name", ORACLE)
def test_oracle_s_parses(name: str) -> None:
    assert refused(FILES[name].read_text(encoding="utf-8")) == []


HAZARDS = {
    "ampersand",
    "ascii_only",
    "bind",
    "command",
    "command_word",
    "hyphen",
    "lone_dot",
    "long_line",
    "long_name",
    "public",
    "quotes",
    "sized_type",
}
"""Rules of generated scripts that hold for what people write, too."""


def hazards(text: str) -> set[str]:
    """Return the rules that a script breaks."""
    script = parse("example.sql", text)
    return {name for name in HAZARDS if any(lint.RULES[name](script))}


@pytest.mark.parametrize("name", ORACLE)
def test_sql_plus_takes_no_line_of_oracle_s_for_its_own(name: str) -> None:
    assert hazards(FILES[name].read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize("name", SQLSERVER)
@pytest.mark.parametrize("version", standin.VERSIONS)
def test_sqlserver_s_parses(name: str, version: int) -> None:
    assert standin.check(version, FILES[name]) == []


def test_the_parsers_refuse(tmp_path: Path) -> None:
    article = FILES["temperature-cloudwatch/sql/oracle/article.sql"].read_text(encoding="utf-8")
    assert refused(article.replace("for each row", "for every row")) != []
    assert hazards(article.replace("varchar2(32)", "varchar2(32) -- R&D")) == {"ampersand"}
    bad = tmp_path / "bad.sql"
    text = FILES["kinesis-reader/sql/sqlserver/catch_up.sql"].read_text(encoding="utf-8")
    bad.write_text(text.replace("insert into", "insert onto"), encoding="utf-8")
    assert standin.check(standin.VERSIONS[0], bad) != []


def test_no_file_is_left_out() -> None:
    assert {name.split("/")[2] for name in FILES} == {*LIVE, "oracle", "sqlserver"}
    assert len(ORACLE) >= 10
    assert len(SQLSERVER) >= 8
