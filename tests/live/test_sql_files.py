"""`psql -f install.sql` does what `udfgen install` does, whatever the database, the role and psql are set to."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.live.catalogs import difference, photograph
from tests.live.databases import bundle, changed, look, put, quickstart, remove, sql, verdicts
from udfgen.errors import InstallError

COMMENT = "Scöre \\ it's 0 to 100 €, $1 :name."
"""A description with what encodings, string literals and psql could get wrong."""

SPEC = changed(
    quickstart(),
    ("Score of a customer, 0 to 100.", json.dumps(COMMENT)),
    ("default: basic, enum: [basic, gold]", 'default: "b\\\\asïc"'),
    ("tier: gold", "tier: göld"),
)

SETTINGS = {
    "nothing": {},
    "odd texts": {
        "standard_conforming_strings": "off",
        "escape_string_warning": "on",
        "backslash_quote": "off",
        "quote_all_identifiers": "on",
        "array_nulls": "off",
        "transform_null_equals": "on",
        "bytea_output": "escape",
        "xmloption": "document",
    },
    "odd dates": {"DateStyle": "German, DMY", "IntervalStyle": "sql_standard", "TimeZone": "Asia/Kathmandu"},
    "odd languages": {"lc_messages": "C", "lc_numeric": "C", "client_encoding": "LATIN1", "extra_float_digits": "-15"},
    "evil names": {"search_path": "evil, pg_catalog, public"},
    "strict plpgsql": {
        "plpgsql.variable_conflict": "error",
        "plpgsql.extra_errors": "all",
        "check_function_bodies": "off",
        "plpgsql.check_asserts": "off",
    },
    "odd transactions": {"default_transaction_isolation": "serializable", "plan_cache_mode": "force_generic_plan"},
}

# Shadows what a careless statement of a superuser would call by its bare name; each leaves a trace.
EVIL = """
create schema evil;
create table evil.trace (what text);
grant all on schema evil to public;
grant all on evil.trace to public;
create function evil.pg_try_advisory_lock(bigint) returns boolean language sql as
    $$ insert into evil.trace values ('lock'); select true $$;
create function evil.pg_advisory_unlock(bigint) returns boolean language sql as
    $$ insert into evil.trace values ('unlock'); select true $$;
create function evil.to_regclass(text) returns regclass language sql as
    $$ insert into evil.trace values ('to_regclass'); select null::regclass $$;
create function evil.obj_description(oid, name) returns text language sql as
    $$ insert into evil.trace values ('obj_description'); select 'evil' $$;
create function evil.equals(name, name) returns boolean language plpgsql as
    $$ begin insert into evil.trace values ('='); return true; end $$;
create operator evil.= (leftarg = name, rightarg = name, function = evil.equals);
create table evil.pg_roles (rolname name, rolsuper boolean);
create table evil.pg_class (oid oid);
"""


def set_for_all(dsn: str, settings: dict[str, str]) -> None:
    """Set defaults of the database and make what they name."""
    sql(dsn, EVIL)
    name = sql(dsn, "select current_database()")[0][0]
    for setting, value in settings.items():
        quoted = value if setting == "search_path" else f"'{value}'"
        sql(dsn, f"alter database {name} set {setting} = {quoted}")


def run_psql(psql: str, dsn: str, script: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a file as a person would, with the person's own variables left out."""
    found = urlsplit(dsn)
    place = ["-h", parse_qs(found.query)["host"][0], "-U", found.username or "", "-d", found.path[1:]]
    return subprocess.run(
        [psql, "-X", "-q", *place, *options, "-f", str(script)],
        env={"PATH": os.environ["PATH"]} | environment,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A folder with install.sql and uninstall.sql."""
    for file in bundle(SPEC).files:
        (tmp_path / file.path).write_bytes(file.content)
    return tmp_path


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_psql_and_udfgen_install_the_same(database: str, scripts: Path, psql: str, settings: dict[str, str]) -> None:
    set_for_all(database, settings)
    was = photograph(database)
    for _ in range(2):
        done = run_psql(psql, database, scripts / "install.sql", "-v", "ON_ERROR_STOP=1")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert look(database, SPEC).is_done
    by_psql = definitions(database)
    done = run_psql(psql, database, scripts / "uninstall.sql", "-v", "ON_ERROR_STOP=1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert difference(was, photograph(database)) == {}
    put(database, SPEC)
    assert definitions(database) == by_psql
    remove(database, SPEC)
    assert difference(was, photograph(database)) == {}
    assert sql(database, "select * from evil.trace") == []


def definitions(dsn: str) -> list[tuple[str, ...]]:
    """Return what the registry recorded."""
    return sql(
        dsn,
        "select kind, name, desired, definition from quickstart.udfgen_quickstart_registry order by kind, name",
    )


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_udfgen_installs_under_a_role_with_such_settings(database: str, settings: dict[str, str]) -> None:
    sql(database, EVIL + "; create role dba superuser login")
    for setting, value in settings.items():
        sql(database, f"alter role dba set {setting} = {value if setting == 'search_path' else repr(value)}")
    as_dba = database.replace("postgres@", "dba@")
    put(as_dba, SPEC)
    assert look(as_dba, SPEC).is_done
    assert look(database, SPEC).is_done
    sql(database, "alter function quickstart.log_event(text, json) cost 7")
    assert list(verdicts(look(as_dba, SPEC)).values()) == ["drift"]
    remove(as_dba, SPEC)
    assert sql(database, "select * from evil.trace") == []
    sql(database, "drop schema evil cascade")


@pytest.mark.parametrize("encoding", ["LATIN1", "UTF8", "SJIS", "SQL_ASCII", "WIN1252"])
def test_psql_of_any_client_encoding(database: str, scripts: Path, psql: str, encoding: str) -> None:
    done = run_psql(psql, database, scripts / "install.sql", "-v", "ON_ERROR_STOP=1", PGCLIENTENCODING=encoding)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert look(database, SPEC).is_done
    comment = "select obj_description('quickstart.score_customer(bigint, text)'::regprocedure)"
    assert sql(database, comment) == [(COMMENT,)]
    remove(database, SPEC)


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_udfgen_over_a_connection_of_any_encoding(database: str, encoding: str) -> None:
    dsn = f"{database}&client_encoding={encoding}"
    put(dsn, SPEC)
    assert look(dsn, SPEC).is_done
    assert look(database, SPEC).is_done


def test_psql_without_autocommit_or_stop_on_errors(database: str, scripts: Path, psql: str) -> None:
    done = run_psql(psql, database, scripts / "install.sql", "-v", "AUTOCOMMIT=off", "-v", "thing=x")
    assert done.returncode == 0
    assert look(database, SPEC).is_done


def test_a_script_that_fails_changes_nothing(database: str, scripts: Path, psql: str) -> None:
    sql(database, "drop role app")
    was = photograph(database)
    done = run_psql(psql, database, scripts / "install.sql")
    assert 'role "app" does not exist' in done.stderr
    assert difference(was, photograph(database)) == {}


def test_a_script_heals_and_installs_over_an_older_version(database: str, scripts: Path, psql: str) -> None:
    put(database, changed(SPEC, ("log_event:", "note_event:"), ("customer_id: bigint", "customer_id: integer")))
    sql(database, "alter function quickstart.recent_orders(integer, integer) cost 1")
    done = run_psql(psql, database, scripts / "install.sql", "-v", "ON_ERROR_STOP=1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert look(database, SPEC).is_done


def test_uninstalling_nothing_by_script_warns(database: str, scripts: Path, psql: str) -> None:
    was = photograph(database)
    done = run_psql(psql, database, scripts / "uninstall.sql", "-v", "ON_ERROR_STOP=1")
    assert done.returncode == 0
    assert "nothing to remove" in done.stderr
    assert difference(was, photograph(database)) == {}


def test_a_database_that_is_read_only_by_default(database: str) -> None:
    name = sql(database, "select current_database()")[0][0]
    sql(database, f"alter database {name} set default_transaction_read_only = on")
    was = photograph(database)
    with pytest.raises(InstallError, match="read-only transaction"):
        put(database, SPEC)
    assert difference(was, photograph(database)) == {}
