"""Every generated script of SQL Server, read by Microsoft's own parser; and scripts that it must refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clr import standin, written
from tests.plsql.test_lint import CONFORMANCE
from tests.plsql.test_lint import SPECS as OTHERS
from udfgen import commands
from udfgen.bundle import Bundle
from udfgen.render import render
from udfgen.spec import check

ENGINE = "sqlserver"
BAD = sorted(Path(__file__).with_name("bad_sql").glob("*.sql"))
REFUSED = re.compile(r"-- Refused at (?P<place>\d+:\d+)(?: by (?P<version>\d+))?: .+\.\n")
SPECS = {name: text for name, text in OTHERS.items() if not name.startswith("conformance")} | {
    "conformance": CONFORMANCE.replace("engines: {}", f"engines: {{{ENGINE}: {{}}}}"),
    "written": written.SPEC,
}

SQLCMD = re.compile(r"^\s*(?:[:!]|(?:reset|exit|quit|ed|go)\b(?!$))|\$\(", re.IGNORECASE | re.MULTILINE)
"""What sqlcmd would take for itself, but lines of GO alone.

https://learn.microsoft.com/en-us/sql/tools/sqlcmd/sqlcmd-utility#sqlcmd-commands
"""


def bundles(name: str) -> Iterator[Bundle]:
    """Yield what a spec becomes in each environment; nothing where SQL Server is not one of its engines."""
    checked = check.check_text(SPECS[name], "spec.yaml")
    for environment in (None, *commands.environments(checked)):
        program = commands.compile_program(checked, environment)
        if ENGINE in program.options:
            yield render(commands.lower(program, ENGINE))


def scripts(made: Bundle, folder: Path) -> list[Path]:
    """Write a bundle's scripts into a folder."""
    found = [each for each in made.files if each.path.endswith(".sql")]
    for each in found:
        (folder / each.path).write_bytes(each.content)
    return [folder / each.path for each in found]


def statements(made: Bundle, folder: Path) -> list[Path]:
    """Write every statement that the installer sends into a file of its own."""
    texts = [each.sql for one in made.objects for each in one.statements]
    texts += [*made.opening, *made.retire, *made.closing, *made.removal, made.catalog, made.registry]
    paths = [folder / f"statement {number}.sql" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


@pytest.mark.parametrize("path", [pytest.param(each, id=each.stem) for each in BAD])
def test_a_bad_script_is_refused_where_it_is_bad(path: Path) -> None:
    header = REFUSED.match(path.read_text(encoding="utf-8"))
    assert header, "the first line says where it is refused"
    versions = [int(header["version"])] if header["version"] else standin.VERSIONS
    for version in versions:
        assert standin.check(version, path)[0].startswith(f"{path.name}:{header['place']}: error ")
    if header["version"]:
        assert standin.check(standin.VERSIONS[-1], path) == []


@pytest.mark.parametrize("version", standin.VERSIONS)
@pytest.mark.parametrize("name", SPECS)
def test_generated_scripts_are_t_sql(name: str, version: int, tmp_path: Path) -> None:
    for made in bundles(name):
        paths = scripts(made, tmp_path)
        assert standin.check(version, *paths) == []


@pytest.mark.parametrize("name", SPECS)
def test_batches_are_parted_by_lines_of_go(name: str, tmp_path: Path) -> None:
    for made in bundles(name):
        paths = scripts(made, tmp_path)
        for path, tree in zip(paths, standin.trees(standin.VERSIONS[-1], *paths), strict=True):
            text = path.read_text(encoding="utf-8")
            assert len(tree.batches) == len(standin.batches(text)), path.name
            assert not SQLCMD.search(text), path.name


@pytest.mark.parametrize("name", SPECS)
def test_a_statement_that_the_installer_sends_is_one_batch(name: str, tmp_path: Path) -> None:
    for made in bundles(name):
        for tree in standin.trees(standin.VERSIONS[0], *statements(made, tmp_path)):
            assert tree.errors == []
            assert len(tree.batches) == 1


def test_what_the_scripts_execute_is_t_sql_too(tmp_path: Path) -> None:
    (made,) = bundles("quickstart")
    found = [text for tree in standin.trees(standin.VERSIONS[0], *scripts(made, tmp_path)) for text in tree.executed]
    assert found
    paths = [tmp_path / f"executed {number}.sql" for number in range(len(found))]
    for path, text in zip(paths, found, strict=True):
        path.write_text(text, encoding="utf-8")
    assert standin.check(standin.VERSIONS[0], *paths) == []


def test_the_statement_that_takes_trust_away_is_t_sql(tmp_path: Path) -> None:
    """The scripts compose it around a list of databases."""
    (made,) = bundles("quickstart")
    for tree in standin.trees(standin.VERSIONS[0], *scripts(made, tmp_path)):
        at = next(at for at, text in enumerate(tree.texts) if text.startswith("select @statement ="))
        path = tmp_path / "composed.sql"
        path.write_text(f"{tree.texts[at]}select name from [a].sys.assemblies{tree.texts[at + 1]}", encoding="utf-8")
        (composed,) = standin.trees(standin.VERSIONS[0], path)
        assert (composed.errors, composed.collations) == ([], [])


CLASHES = {
    "select concat(N'drop ', old.kind, quotename(made.name)) from a as old, b as made": [
        "1: columns put together without a collation"
    ],
    "select N'x' + old.kind + made.name from a as old, b as made": ["1: columns put together without a collation"],
    "select concat(a.name, N' ' collate Latin1_General_BIN2) collate Latin1_General_BIN2 from a": [
        "1: COLLATE on what has a collation"
    ],
    "select 1 from a join b\non a.name = b.name": ["2: columns compared without a collation"],
    "select concat(N'' collate Latin1_General_BIN2, a.x, b.y), concat(a.x, user_name(b.y)) from a, b": [],
    "select 1 from a join b on a.name = b.name collate Latin1_General_BIN2 and a.id = b.id": [],
}


def test_collations_that_clash_are_told_by_their_form(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.sql" for number in range(len(CLASHES))]
    for path, sql in zip(paths, CLASHES, strict=True):
        path.write_text(sql, encoding="utf-8")
    assert [tree.collations for tree in standin.trees(standin.VERSIONS[0], *paths)] == list(CLASHES.values())


@pytest.mark.parametrize("name", SPECS)
def test_no_collations_clash(name: str, tmp_path: Path) -> None:
    """The registry's columns have one of their own, the catalog's that of the database."""
    for made in bundles(name):
        paths = [*scripts(made, tmp_path), *statements(made, tmp_path)]
        trees = standin.trees(standin.VERSIONS[0], *paths)
        assert {path.name: tree.collations for path, tree in zip(paths, trees, strict=True) if tree.collations} == {}


def test_there_are_scripts_to_read(tmp_path: Path) -> None:
    """The kinds of statements that an install has: with none of them, the tests above say nothing."""
    (made,) = bundles("quickstart")
    kinds = {
        kind
        for tree in standin.trees(standin.VERSIONS[0], *scripts(made, tmp_path))
        for batch in tree.batches
        for kind in batch
    }
    assert kinds >= {
        *("CreateFunctionStatement", "CreateProcedureStatement", "CreateTableStatement", "GrantStatement"),
        *("BeginTransactionStatement", "CommitTransactionStatement", "ThrowStatement", "InsertStatement"),
    }
