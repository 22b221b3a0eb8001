"""Why nothing can be installed: each reason is told with what to do, all at once, and nothing is changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.recorded.driver import Server
from tests.recorded.schema import Schema
from tests.recorded.support import SPEC, bundle, changed, look, put, session
from udfgen.errors import RefusedError, UsageError

HOST = "lambda.eu-west-1.amazonaws.com:443"
SOCKET = "java.net.SocketPermission"
NEEDED = (
    f'{SOCKET} "{HOST}" "connect,resolve"; java.lang.RuntimePermission "getenv.AWS_ACCESS_KEY_ID"; '
    'java.lang.RuntimePermission "getenv.AWS_SECRET_ACCESS_KEY"; java.lang.RuntimePermission "getenv.AWS_SESSION_TOKEN"'
)

PLACED = next(each for each in bundle(SPEC).requirements if each.key.kind == "writer")
(APP,) = (each for each in bundle(SPEC).requirements if each.key.kind == "grantee")


def setting(**facts: object) -> Callable[[Schema], None]:
    """Return what sets facts of a schema."""

    def change(schema: Schema) -> None:
        for name, value in facts.items():
            setattr(schema, name, value)

    return change


PROBLEMS = {
    "another user": (
        setting(user="SCOTT", current="SCOTT"),
        "connected as SCOTT, and the spec installs into the schema QUICKSTART: connect as QUICKSTART, or through a "
        "proxy user as SCOTT[QUICKSTART], or name the schema as engines.oracle.schema",
    ),
    "another current schema": (
        setting(current="SCOTT"),
        "the session's current schema is SCOTT, set by a logon trigger: it must be QUICKSTART",
    ),
    "an old server": (
        setting(version="18.14.0.0.0"),
        "this server is 18.14.0.0.0: udfgen supports 19c to 26ai",
    ),
    "no Java": (
        setting(has_java=False),
        "this database has no Java virtual machine (JServer): have a DBA install it, as its Java guide says",
    ),
    "no rights": (
        setting(rights={"CREATE SESSION", "CREATE TABLE"}),
        "the schema QUICKSTART lacks CREATE PROCEDURE, CREATE TRIGGER, CREATE TYPE: have a DBA run: "
        'grant create procedure, create trigger, create type to "QUICKSTART"',
    ),
    "no quota": (
        setting(quota=0),
        'the schema QUICKSTART may store nothing in its tablespace USERS: have a DBA run: alter user "QUICKSTART" '
        'quota 10m on "USERS"',
    ),
    "no Java permission": (
        setting(policy=set()),
        f"the schema QUICKSTART lacks the Java permissions {NEEDED}: have a DBA run permissions.sql, which stands "
        "beside install.sql",
    ),
    "no grantee": (
        setting(users={"QUICKSTART", "BOB"}),
        f'{APP.origin}: there is no user or role APP: create user "APP"; or change the grant',
    ),
    "no writer": (
        setting(users={"QUICKSTART", "APP"}),
        f"{PLACED.origin}: there is no user BOB, whose writes call nothing: change unless_user",
    ),
    "no table": (
        setting(theirs={"Old Orders": ("ID",)}),
        f'{PLACED.origin}: there is no table "ORDERS" in this schema: create it, or change the trigger',
    ),
    "a view for a table": (
        lambda schema: (schema.theirs.pop("ORDERS"), schema.create("VIEW", "ORDERS", "")),
        f'{PLACED.origin}: "ORDERS" is a view, which no trigger can follow: name the table below it',
    ),
    "no column": (
        setting(theirs={"ORDERS": ("ID", "DOC")}),
        f'{PLACED.origin}: the table "ORDERS" has no column "TOTAL": add it, or change the trigger',
    ),
    "a view with the name of the switch": (
        lambda schema: schema.create("VIEW", "UDFGEN$QUICKSTART$SWITCH", ""),
        "UDFGEN$QUICKSTART$SWITCH is there as a view, not from this install: rename it, or the function in the spec",
    ),
    "a table of that name": (
        lambda schema: schema.create_table("LOG_EVENT"),
        "LOG_EVENT is there as a table, not from this install: rename it, or the function in the spec",
    ),
    "a function of a procedure's name": (
        lambda schema: schema.create("FUNCTION", "LOG_EVENT", ""),
        "LOG_EVENT is there as a function, not from this install: rename it, or the function in the spec",
    ),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_problem_is_told_and_nothing_is_changed(server: Server, name: str) -> None:
    spoil, told = PROBLEMS[name]
    spoil(server.schema)
    before = server.schema.snapshot()
    assert look(SPEC).problems == (told,)
    with pytest.raises(RefusedError) as refused:
        put(SPEC)
    assert str(refused.value) == told
    assert server.schema == before
    assert server.steps == []


def test_all_problems_are_told_at_once(server: Server) -> None:
    for spoil, _ in (PROBLEMS[name] for name in ("no rights", "no quota", "no Java permission", "no grantee")):
        spoil(server.schema)
    assert len(look(SPEC).problems) == 4


def test_what_makes_the_dictionary_unreadable_is_told_first(server: Server) -> None:
    for spoil, _ in (PROBLEMS[name] for name in ("another user", "an old server", "no Java")):
        spoil(server.schema)
    assert len(look(SPEC).problems) == 3


def test_a_spec_without_tables_makes_no_types(server: Server) -> None:
    start, end = SPEC.index("  recent_orders:"), SPEC.index("  log_event:")
    server.schema.rights.remove("CREATE TYPE")
    assert look(SPEC).problems
    without = changed(SPEC[:start] + SPEC[end:], ("returns: decimal(5,2)\n    batch", "returns: void\n    batch"))
    assert not look(without).problems


def test_unlimited_tablespace_needs_no_quota(server: Server) -> None:
    server.schema.quota = 0
    server.schema.rights.add("UNLIMITED TABLESPACE")
    assert not look(SPEC).problems


@pytest.mark.parametrize(
    ("asked", "version", "told"),
    [
        (23, "19.3.0.0.0", "this server is 19.3.0.0.0, and the spec asks for 23: name 19 as engines.oracle.version"),
        (23, "21.3.0.0.0", "this server is 21.3.0.0.0, and the spec asks for 23: name 21 as engines.oracle.version"),
        (26, "23.9.0.25.7", "this server is 23.9.0.25.7, and the spec asks for 26: name 23 as engines.oracle.version"),
        (26, "23.26.1.0.0", ""),
        (23, "23.26.1.0.0", ""),
        (19, "21.3.0.0.0", ""),
    ],
)
def test_the_server_is_as_new_as_the_spec_says(server: Server, asked: int, version: str, told: str) -> None:
    server.schema.version = version
    spec = changed(SPEC, ("oracle: {schema: quickstart}", f"oracle: {{schema: quickstart, version: {asked}}}"))
    assert look(spec).problems == ((told,) if told else ())


def test_without_a_look_at_the_roles_the_grant_itself_will_tell(server: Server) -> None:
    server.schema.users, server.schema.roles = {"QUICKSTART", "BOB"}, None
    assert not look(SPEC).problems


def test_a_role_is_a_grantee(server: Server) -> None:
    spec = changed(SPEC, ("oracle: {schema: quickstart}", "oracle: {schema: quickstart, grantees: {app: [APP_ROLE]}}"))
    put(spec)
    assert {each.grantee for each in server.schema.grants} == {"APP_ROLE"}


def test_a_disabled_permission_is_none(server: Server) -> None:
    server.schema.policy = {(*row[:4], "DISABLED") if row[1] == SOCKET else row for row in server.schema.policy}
    (told,) = look(SPEC).problems
    assert f'lacks the Java permissions {SOCKET} "{HOST}" "connect,resolve":' in told


def test_a_restriction_takes_a_permission_away(server: Server) -> None:
    server.schema.policy.add(("RESTRICT", SOCKET, "*", "connect", "ENABLED"))
    assert len(look(SPEC).problems) == 1


def test_wider_permissions_do(server: Server) -> None:
    server.schema.policy = {
        ("GRANT", SOCKET, "*.amazonaws.com:443", "connect", "ENABLED"),
        ("GRANT", "java.lang.RuntimePermission", "getenv.*", None, "ENABLED"),
    }
    assert not look(SPEC).problems


def test_nobody_is_made_for_a_demonstration(server: Server) -> None:
    with session() as opened:
        opened.admit(bundle(SPEC).requirements)
        server.schema.users.remove("APP")
        with pytest.raises(UsageError, match="have a DBA create these users or roles first: APP"):
            opened.admit(bundle(SPEC).requirements)
    assert server.steps == []
