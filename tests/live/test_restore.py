"""What pg_dump takes along of an install, and what has to be done where it was restored."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.conftest import missing
from tests.live.databases import look, put, remove, sql, verdicts
from tests.live.hooks import bodies, prepare, spec, told
from tests.scripted import Script, ScriptedLambda
from udfgen.plan import Verdict

Make = Callable[[str], str]

SPEC = spec(
    "r: {table: reading, after: [insert], call: told, arguments: {new_value: new.value}}\n"
    "s: {table: reading, after: [update], of: [value], key: [id], level: statement, call: told,"
    " arguments: {old_value: old.value, new_value: new.value}}"
).replace("parameters: {n: integer}", "grant: [app], parameters: {n: integer}")

KINDS = ("core", "function", "trigger", "switch")


def tool(dsn: str, name: str, *options: str) -> None:
    """Run pg_dump or pg_restore on a database."""
    program = shutil.which(name)
    if program is None:
        missing(f"{name} is not installed; on Debian: apt-get install postgresql-client")
    parts = urlsplit(dsn)
    place = ("-h", parse_qs(parts.query)["host"][0], "-U", "postgres", "-d", parts.path[1:])
    done = subprocess.run([program, *place, *options], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def source(another: Make, scripted: ScriptedLambda) -> str:
    """A database with an install, a binding that is switched off, and a row."""
    dsn = another("")
    prepare(dsn)
    put(dsn, SPEC)
    sql(dsn, "insert into hooks.udfgen_hooks_switch values ('ask', 'off')")
    assert told(dsn, scripted, "insert into reading values (1, 1)") == [{"new_value": 1}]
    return dsn


def restored(
    source: str, another: Make, scripted: ScriptedLambda, path: Path, dump: str = "", restore: str = ""
) -> str:
    """Take a database to another one with these options; return it. Nothing may be called on the way."""
    dsn = another("")
    scripted.play(Script(b"", 202))
    tool(source, "pg_dump", "-Fc", "-f", str(path / "dump"), *dump.split())
    tool(dsn, "pg_restore", *restore.split(), str(path / "dump"))
    assert bodies(scripted) == []
    return dsn


def works(dsn: str, scripted: ScriptedLambda) -> bool:
    """Return whether a new row is told, and its change."""
    made = told(dsn, scripted, "insert into reading values (7, 7)")
    changed = told(dsn, scripted, "update reading set value = 8 where id = 7")
    return (made, changed) == ([{"new_value": 7}], [{"old_value": 7, "new_value": 8}])


def test_a_whole_dump_is_a_whole_install(source: str, another: Make, scripted: ScriptedLambda, tmp_path: Path) -> None:
    dsn = restored(source, another, scripted, tmp_path)
    assert look(dsn, SPEC).is_done
    assert works(dsn, scripted)
    assert sql(dsn, "select binding, mode from hooks.udfgen_hooks_switch") == [("ask", "off")]
    remove(dsn, SPEC)
    assert told(dsn, scripted, "insert into reading values (9)") == []


def test_a_dump_of_the_schema_works_and_is_to_be_adopted(
    source: str, another: Make, scripted: ScriptedLambda, tmp_path: Path
) -> None:
    """The registry's rows and the switch's are data: every binding is live again."""
    dsn = restored(source, another, scripted, tmp_path, dump="-s")
    assert works(dsn, scripted)
    assert sql(dsn, "select * from hooks.udfgen_hooks_switch") == []
    found = verdicts(look(dsn, SPEC))
    assert {(key.split()[0], verdict) for key, verdict in found.items()} == {(kind, "unmanaged") for kind in KINDS}
    put(dsn, SPEC, frozenset({Verdict.UNMANAGED}))
    assert look(dsn, SPEC).is_done


def test_a_restore_without_owners_and_rights_is_drift(
    source: str, another: Make, scripted: ScriptedLambda, tmp_path: Path
) -> None:
    """Till then every role may call: as the superuser who restored, because that is who owns the functions there."""
    dsn = restored(source, another, scripted, tmp_path, restore="-O -x")
    anybody = "select has_function_privilege('bob', 'hooks.asked(integer)', 'execute')"
    assert sql(dsn, anybody) == [(True,)]
    found = verdicts(look(dsn, SPEC))
    assert {found[key] for key in found if key.split()[0] in KINDS} == {"drift"}
    put(dsn, SPEC, frozenset({Verdict.DRIFT}))
    assert look(dsn, SPEC).is_done
    assert sql(dsn, anybody) == [(False,)]
    sql(dsn, "grant all on reading to bob")
    assert works(dsn, scripted)


@pytest.mark.parametrize(("option", "sent"), [("", [{"new_value": 1}]), ("--disable-triggers", [])])
def test_data_that_is_restored_under_triggers_calls_unless_they_are_disabled(
    source: str, another: Make, scripted: ScriptedLambda, tmp_path: Path, option: str, sent: list[dict[str, object]]
) -> None:
    dsn = another("")
    prepare(dsn)
    put(dsn, SPEC)
    tool(source, "pg_dump", "-Fc", "-a", "-t", "reading", "-f", str(tmp_path / "dump"))
    scripted.play(Script(b"", 202))
    tool(dsn, "pg_restore", *option.split(), str(tmp_path / "dump"))
    assert bodies(scripted) == sent
    assert look(dsn, SPEC).is_done
