"""install.sql and uninstall.sql by hand are what the driver runs; each batch is sent whole; the model knows each."""

from __future__ import annotations

import re

import pytest

from tests.tds import templates
from tests.tds.conftest import Place
from tests.tds.server import Heard
from tests.tds.statements import UNDERSTOOD, digests
from tests.tds.support import SIZE, SPEC, bundle, lower, put, remove
from tests.tds.wire import PACKET


def file(name: str) -> str:
    """Return a generated file of the example."""
    return next(each.content for each in bundle(SPEC).files if each.path == name).decode()


def batches(script: str) -> list[str]:
    """Return what sqlcmd would send, without lines that lead back to the spec."""
    bare = re.sub(r"^-- \S+:\d+\n", "", script, flags=re.MULTILINE)
    return [each.strip("\n") for each in re.split(r"^go\n?", bare, flags=re.MULTILINE) if each.strip("\n")]


def steps(place: Place) -> list[Heard]:
    """Return the batches of the transaction."""
    heard = place.instance.heard
    sent = [each.sql for each in heard]
    start, end = sent.index("begin transaction;"), sent.index("commit;")
    return [each for each in heard[start + 1 : end] if each.session == heard[start].session]


def test_the_model_knows_the_templates_as_they_are() -> None:
    assert digests() == UNDERSTOOD, "a template changed: see UNDERSTOOD in tests/tds/statements.py"


def test_install_is_what_the_driver_runs(place: Place) -> None:
    put(place.port)
    written = batches(file("install.sql"))
    ran = [each.sql.strip("\n") for each in steps(place)]
    assembly = next(at for at, each in enumerate(ran) if "create assembly" in each)
    ran[assembly] = ran[assembly].replace(bundle(SPEC).fills[lower.BYTES], lower.BYTES)
    assert [each for each in written if each in ran] == ran
    assert len(ran) > 20


def test_what_stands_only_in_the_file_is_the_transaction_and_the_lock(place: Place) -> None:
    put(place.port)
    ran = {each.sql.strip("\n") for each in steps(place)}
    left = [each for each in batches(file("install.sql")) if each not in ran and "create assembly" not in each]
    around = (
        *("set noexec on;", "begin transaction;", "commit;", "set lock_timeout", "set noexec off;", "-- Trust is"),
        "if @@trancount > 0 and object_id(N'tempdb..#gone') is not null rollback;",
    )
    assert [each for each in left if not any(words in each for words in around)] == []


def test_uninstall_is_what_the_driver_runs(place: Place) -> None:
    put(place.port)
    place.instance.heard.clear()
    remove(place.port)
    written = batches(file("uninstall.sql"))
    ran = [each.sql.strip("\n") for each in steps(place)]
    assert [each for each in written if each in ran] == ran
    (swept,) = (each.sql.strip("\n") for each in place.instance.heard if "sp_drop_trusted_assembly" in each.sql)
    assert swept in written


def test_each_batch_is_sent_whole_over_as_many_packets_as_it_needs(place: Place) -> None:
    put(place.port)
    sent = {each.sql: each.packets for each in place.instance.heard}
    filled = bundle(SPEC).filled
    for each in (each.sql for one in bundle(SPEC).objects for each in one.statements):
        room = -(-(22 + 2 * len(filled(each))) // (PACKET - 8))
        assert sent[filled(each)] == room
    assert max(sent.values()) > 2 * 2 * SIZE // PACKET


@pytest.mark.parametrize("name", ["install.sql", "uninstall.sql"])
def test_a_script_that_failed_runs_nothing_more(name: str) -> None:
    """sqlcmd goes on after an error; the transaction is gone or spoilt, and the rest would be done without it."""
    written = batches(file(name))
    begun = next(at for at, each in enumerate(written) if "begin transaction;" in each)
    ended = written.index("commit;")
    checks = [each == "if @@error <> 0 or @@trancount <> 1 set noexec on;" for each in written[begun + 1 : ended]]
    assert checks == [True, *[False, True] * (len(checks) // 2)]
    assert written[-2] == "set noexec off;"
    assert written[-1].endswith(
        "is not null rollback;\ndrop table if exists #gone;\nset lock_timeout -1;\nset deadlock_priority normal;"
    )


@pytest.mark.parametrize("name", ["install.sql", "uninstall.sql", lower.ASSEMBLY])
def test_a_script_looks_where_it_is_before_it_does_anything(name: str) -> None:
    """A transaction of the user's own would be theirs to end, and master is where sqlcmd starts."""
    first = batches(templates.whole("compiled.sql") if name == lower.ASSEMBLY else file(name))[0]
    assert first.index("set implicit_transactions off;") < first.index("@@trancount > 0")
    for words in ("database_id <= 4", "containment <> 0", "compatibility_level < 110"):
        assert words in first
    assert first.endswith("    raiserror(@why, 16, 1);\n    set noexec on;\nend;")


def test_waits_for_those_who_call_have_an_end(place: Place) -> None:
    put(place.port)
    heard = [each.sql for each in place.instance.heard]
    for outer, inner in (("set lock_timeout 0;\n", "begin transaction;"), ("commit;", "set lock_timeout -1;")):
        assert next(at for at, sql in enumerate(heard) if outer in sql) < next(
            at for at, sql in enumerate(heard) if inner in sql
        )
    written = file("install.sql")
    marks = (
        "set lock_timeout 60000;",
        "begin transaction;",
        "commit;",
        "set lock_timeout 5000;",
        "set lock_timeout -1;",
    )
    assert [written.index(each) for each in marks] == sorted(written.index(each) for each in marks)
