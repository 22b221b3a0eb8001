"""Who may do what: a caller with one grant can call one wrapper, and nothing around it."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from tests.live.catalogs import difference, photograph
from tests.live.databases import ENGINE, changed, look, put, quickstart, remove, sql
from tests.scripted import Script, ScriptedLambda
from udfgen import dialect
from udfgen.errors import ConnectError, InstallError, RefusedError

SPEC = quickstart()
CALL = "select quickstart.score_customer(42)"


@pytest.fixture
def installed(database: str) -> str:
    """A database with the spec in it, a caller `app` who can log in, and `bob` without grants."""
    sql(database, "alter role app login; create role bob login")
    put(database, SPEC)
    return database


DENIED = {
    "the core": "select quickstart.udfgen_quickstart_core()",
    "the registry": "select * from quickstart.udfgen_quickstart_registry",
    "a change of the registry": "delete from quickstart.udfgen_quickstart_registry",
    "a new function": "create function quickstart.f() returns int language sql as 'select 1'",
    "a new table": "create table quickstart.t (a int)",
    "another body": """
        create or replace function quickstart.log_event(kind text, details json) returns void language sql as ''""",
    "a change of a wrapper": "alter function quickstart.log_event(text, json) security invoker",
    "the end of a wrapper": "drop function quickstart.log_event(text, json)",
    "the owner's place": "set role udfgen_quickstart",
    "the language": "do language plpython3u 'pass'",
    "a function in the language": "create function pg_temp.f() returns int language plpython3u as 'return 1'",
}


@pytest.fixture(scope="module")
def shared(another: Callable[[str], str]) -> str:
    """A database with the spec in it, for tests that change nothing."""
    dsn = another("")
    put(dsn, SPEC)
    return dsn


@pytest.mark.parametrize("statement", DENIED.values(), ids=DENIED)
def test_a_caller_can_call_and_nothing_else(shared: str, scripted: ScriptedLambda, statement: str) -> None:
    scripted.play(Script(b'{"score": 1}'))
    assert sql(shared, CALL, user="app") != []
    with pytest.raises(psycopg.Error, match=r"permission denied|must be owner of"):
        sql(shared, statement, user="app")
    assert look(shared, SPEC).is_done


def test_a_caller_without_a_grant_cannot_call(installed: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for schema quickstart"):
        sql(installed, CALL, user="bob")
    sql(installed, "grant usage on schema quickstart to bob")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for function score_customer"):
        sql(installed, CALL, user="bob")


def test_the_owner_cannot_log_in_and_may_do_nothing(installed: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        sql(installed, "select 1", user="udfgen_quickstart")
    owned = """
        select count(*) from pg_shdepend as dependency join pg_roles as role on role.oid = dependency.refobjid
        where role.rolname = 'udfgen_quickstart' and deptype = 'o' and classid <> 'pg_proc'::regclass"""
    assert sql(installed, owned) == [(0,)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for language plpython3u"):
        sql(installed, "set role udfgen_quickstart; create function pg_temp.f() returns int language plpython3u as ''")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for table"):
        sql(installed, "set role udfgen_quickstart; select * from quickstart.udfgen_quickstart_registry")


def test_a_wrapper_runs_as_its_owner_and_closed_path(installed: str) -> None:
    found = sql(
        installed,
        "select distinct proowner::regrole::text, prosecdef, proconfig[1] from pg_proc "
        "where pronamespace = 'quickstart'::regnamespace and proname !~ '_core$'",
    )
    assert found == [("udfgen_quickstart", True, "search_path=pg_catalog, pg_temp")]


def test_a_caller_cannot_hand_the_right_on(installed: str) -> None:
    sql(installed, "grant execute on function quickstart.score_customer(bigint, text) to bob", user="app")
    found = "select has_function_privilege('bob', 'quickstart.score_customer(bigint, text)', 'execute')"
    assert sql(installed, found) == [(False,)]
    assert look(installed, SPEC).is_done


def test_a_grant_to_a_group_reaches_its_members(installed: str) -> None:
    sql(installed, "grant app to bob")
    assert sql(installed, CALL, user="bob") != []


def test_who_is_no_superuser_is_refused_before_anything(installed: str) -> None:
    sql(
        installed,
        f"create role dba login createrole createdb; grant create on database {name(installed)} to dba",
    )
    was = photograph(installed)
    dsn = installed.replace("postgres@", "dba@")
    new = changed(SPEC, ("postgresql: {schema: quickstart}", "postgresql: {schema: other}"))
    with pytest.raises(
        RefusedError, match=r"user dba is no superuser: PostgreSQL lets only superusers create functions"
    ):
        put(dsn, new)
    with pytest.raises((ConnectError, InstallError), match=r"permission denied .*: connect as a superuser"):
        remove(dsn, SPEC)
    assert difference(was, photograph(installed)) == {}


def name(dsn: str) -> str:
    """Return the database's name."""
    return str(sql(dsn, "select current_database()")[0][0])


def test_a_missing_grantee_is_told_with_its_place(database: str) -> None:
    sql(database, "drop role app")
    was = photograph(database)
    with pytest.raises(RefusedError) as refused:
        put(database, SPEC)
    line = SPEC.splitlines().index("    grant: [app]") + 1
    assert str(refused.value) == (
        f'spec.yaml:{line}:13: role "app" does not exist: create role "app"; or change the grant'
    )
    assert difference(was, photograph(database)) == {}


def test_an_old_server_is_refused(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialect.load(ENGINE).part("problems"), "OLDEST", 990000)
    with pytest.raises(RefusedError, match="this server is older than PostgreSQL 15"):
        put(database, SPEC)


HIDE = """
set allow_system_table_mods = on;
create or replace view pg_catalog.pg_available_extensions as
    select found.name, found.default_version, made.extversion as installed_version, found.comment
    from pg_available_extensions() as found left join pg_extension as made on made.extname = found.name
    where found.name <> 'plpython3u';
"""
"""Makes one database say what a server without the package says."""


def test_a_server_without_plpython_is_refused(database: str) -> None:
    sql(database, HIDE)
    was = photograph(database)
    with pytest.raises(RefusedError, match=r"plpython3u is not installed on the server: on Debian, apt-get install"):
        put(database, SPEC)
    assert difference(was, photograph(database)) == {}
