"""Why nothing can be installed: each reason is told with what to do, all at once, and nothing is changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy

import pytest

from tests.tds.conftest import Place
from tests.tds.database import Routine, sha512
from tests.tds.server import Instance
from tests.tds.support import SPEC, bundle, changed, look, lower, put, remove, session
from tests.tds.test_lifecycle import compiled
from udfgen.errors import InstallError, RefusedError, UsageError

(APP,) = bundle(SPEC).requirements
(ASSEMBLY,) = (each.key.name for each in bundle(SPEC).objects if each.key.kind == "assembly")
COMMAND = f"exec sys.sp_add_trusted_assembly 0x{sha512(compiled(SPEC))}, N'{lower.described(ASSEMBLY)}';"
OWN = "call Lambda from the application, or from a SQL Server of your own on Windows"
ENDPOINT = (
    "use sp_invoke_external_rest_endpoint there (a procedure, which cannot sign for AWS: put an API Gateway before the "
    "function), or call Lambda from the application, or from a SQL Server of your own on Windows"
)
ADMINISTRATOR = "have an administrator run: "
SHOW = "exec sp_configure 'show advanced options', 1; reconfigure; "
Spoil = Callable[[Instance], object]


def with_facts(**facts: object) -> Spoil:
    """Return what sets facts of a server."""

    def change(instance: Instance) -> None:
        for name, value in facts.items():
            setattr(instance, name, value)

    return change


def with_rights(*rights: str) -> Spoil:
    """Return what leaves a login only some rights on the server."""
    return with_facts(rights=set(rights))


PLATFORMS: dict[str, tuple[Spoil, str]] = {
    "Azure SQL Database": (
        with_facts(edition=5, version="12.0.2000.8"),
        f"this is Azure SQL Database, which loads no assembly that reaches out: {ENDPOINT}",
    ),
    "Synapse": (
        with_facts(edition=6, version="10.0.1"),
        f"this is Azure Synapse Analytics, which loads no assembly that reaches out: {OWN}",
    ),
    "Managed Instance": (
        with_facts(edition=8, version="12.0.2000.8"),
        f"this is Azure SQL Managed Instance, which udfgen does not support: {ENDPOINT}",
    ),
    "Edge, which is on Linux too": (
        with_facts(edition=9, version="15.0.2000.1", banner="Microsoft Azure SQL Edge on Linux"),
        f"this is Azure SQL Edge, which loads no assembly that reaches out: {OWN}",
    ),
    "a warehouse": (
        with_facts(edition=11, version="12.0.2000.8"),
        f"this is Azure Synapse or a Fabric warehouse, which loads no assembly that reaches out: {OWN}",
    ),
    "Fabric": (
        with_facts(edition=12, version="12.0.2000.8"),
        f"this is SQL database in Fabric, which loads no assembly that reaches out: {ENDPOINT}",
    ),
    "Linux": (
        with_facts(version="16.0.4100.1", banner="Microsoft SQL Server 2022 on Linux (Ubuntu 22.04)"),
        f"this is SQL Server on Linux, which loads only assemblies that reach nothing outside: {OWN}",
    ),
    "Linux with an endpoint": (
        with_facts(version="17.0.1000.7", banner="Microsoft SQL Server 2025 on Linux (Ubuntu 24.04)"),
        f"this is SQL Server on Linux, which loads only assemblies that reach nothing outside: {ENDPOINT}",
    ),
    "RDS": (with_facts(rdsadmin=5), f"this is Amazon RDS, which loads no assembly: {OWN} (EC2 will do)"),
    "an old server": (
        with_facts(version="13.0.7000.253"),
        "this server is 13.0.7000.253: udfgen supports SQL Server 2017 to 2025, on Windows",
    ),
}

OTHERS: dict[str, tuple[Spoil, str]] = {
    "no CLR": (
        lambda instance: instance.settings.update({"clr enabled": 0}),
        f"`clr enabled` is off: {ADMINISTRATOR}exec sp_configure 'clr enabled', 1; reconfigure;",
    ),
    "no strict security": (
        lambda instance: instance.settings.update({"clr strict security": 0}),
        "`clr strict security` is off, so the list of trusted assemblies does not count: "
        f"{ADMINISTRATOR}{SHOW}exec sp_configure 'clr strict security', 1; reconfigure;",
    ),
    "fibers": (
        lambda instance: instance.settings.update({"lightweight pooling": 1}),
        f"`lightweight pooling` is on, and then nothing of the CLR runs: {ADMINISTRATOR}{SHOW}"
        "exec sp_configure 'lightweight pooling', 0; reconfigure; and restart the server",
    ),
    "a read-only database": (
        lambda instance: setattr(instance.databases["sales"], "updateability", "READ_ONLY"),
        "the database sales is read-only: connect to the primary replica, or make it writable",
    ),
    "no owner": (
        lambda instance: setattr(instance.databases["sales"], "is_owner", False),
        "deployer is not in db_owner of sales: alter role db_owner add member [clerk]",
    ),
    "a contained database": (
        lambda instance: setattr(instance.databases["sales"], "containment", 1),
        "the database sales is contained, where an assembly cannot be created of its bytes: "
        "alter database current set containment = none; or use another database",
    ),
    "a schema of others": (
        lambda instance: (
            instance.content.schemas.update({"quickstart": ""}),
            instance.content.schema_owners.update({"quickstart": "bob"}),
        ),
        "the schema quickstart is not dbo's, and its owner could change what stands in it: "
        "alter authorization on schema::[quickstart] to [dbo]; or name another schema",
    ),
    "a schema that the catalog spells otherwise": (
        lambda instance: instance.content.schemas.update({"QuickStart": ""}),
        "the catalog spells the schema quickstart in other letters: write it in the spec as QuickStart",
    ),
    "no trust, seen on 2019": (
        with_rights("VIEW SERVER STATE", "EXTERNAL ACCESS ASSEMBLY"),
        f"the server does not trust the assembly, and deployer lacks CONTROL SERVER to change that: "
        f"{ADMINISTRATOR}{COMMAND}",
    ),
    "no trust, seen on 2022": (
        with_facts(version="16.0.4100.1", rights={"VIEW SERVER SECURITY STATE", "UNSAFE ASSEMBLY"}),
        f"the server does not trust the assembly, and deployer lacks CONTROL SERVER to change that: "
        f"{ADMINISTRATOR}{COMMAND}",
    ),
    "no grantee": (
        lambda instance: setattr(instance.content, "principals", frozenset({"dbo"})),
        f"{APP.origin}: there is no user or role app in the database: create user [app]; or change the grant",
    ),
    "a table of that name": (
        lambda instance: instance.content.others.update({"quickstart.log_event": "USER_TABLE"}),
        "quickstart.log_event is there, a user table that is not of udfgen: rename it, or the function in the spec",
    ),
    "a view in the registry's place": (
        lambda instance: instance.content.others.update({"quickstart.udfgen$quickstart": "VIEW"}),
        "quickstart.udfgen$quickstart is there, a view that is not of udfgen: rename it, or the function in the spec",
    ),
    "a function of others for codes": (
        lambda instance: instance.content.create(
            "quickstart.quickstart_error_code", Routine("function", "the code in an error's text")
        ),
        "quickstart.quickstart_error_code is there, a sql scalar function that is not of udfgen: "
        "rename it, or the function in the spec",
    ),
    "a function of others": (
        lambda instance: instance.content.create("quickstart.score_customer", Routine("function", "returns int")),
        "quickstart.score_customer is there, a sql scalar function that is not of udfgen: "
        "rename it, or the function in the spec",
    ),
}
UNREADABLE: dict[str, tuple[Spoil, str]] = {
    "a database of the system": (
        lambda instance: setattr(instance.databases["sales"], "number", 1),
        "this is a database of the system: name the one that the functions are for in the DSN",
    ),
    "an old level": (
        lambda instance: setattr(instance.databases["sales"], "level", 100),
        "this database is of compatibility level 100: alter database current set compatibility_level = 110, or more",
    ),
}
PROBLEMS = {**PLATFORMS, **UNREADABLE, **OTHERS}


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_problem_is_told_and_nothing_is_changed(place: Place, name: str) -> None:
    spoil, told = PROBLEMS[name]
    spoil(place.instance)
    before = deepcopy(place.instance.content)
    assert look(place.port).problems == (told,)
    with pytest.raises(RefusedError) as refused:
        put(place.port)
    assert str(refused.value) == told
    assert place.instance.content == before
    assert not any("transaction" in each.sql for each in place.instance.heard)


def test_all_problems_are_told_at_once(place: Place) -> None:
    names = ("no CLR", "fibers", "a read-only database", "no owner", "no trust, seen on 2019", "no grantee")
    for name in names:
        OTHERS[name][0](place.instance)
    assert look(place.port).problems == tuple(OTHERS[name][1] for name in names)


@pytest.mark.parametrize("name", PLATFORMS)
def test_on_the_wrong_platform_nothing_else_is_asked(place: Place, name: str) -> None:
    PLATFORMS[name][0](place.instance)
    look(place.port)
    assert len(place.instance.heard) == 2, "the session's settings, and where this is"


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_the_catalog_cannot_be_asked_is_not(place: Place, name: str) -> None:
    UNREADABLE[name][0](place.instance)
    look(place.port)
    assert not [each for each in place.instance.heard if "string_agg" in each.sql]


@pytest.mark.parametrize("name", ["no CLR", "no strict security", "no trust, seen on 2019", "a contained database"])
def test_an_uninstall_needs_none_of_that(place: Place, name: str) -> None:
    put(place.port)
    OTHERS[name][0](place.instance)
    remove(place.port)
    assert place.instance.content.routines == {}


def test_who_cannot_see_what_is_trusted_hears_it_from_the_server(place: Place) -> None:
    place.instance.rights = {"EXTERNAL ACCESS ASSEMBLY"}
    assert look(place.port).problems == ()
    with pytest.raises(InstallError) as told:
        put(place.port)
    assert str(told.value).startswith(f"assembly {ASSEMBLY}: Msg 10343, line 5: CREATE or ALTER ASSEMBLY")
    assert "; the server does not trust the assembly: have an administrator run" in str(told.value)
    assert str(told.value).endswith("; nothing was changed")
    assert place.instance.content.assemblies == {}


def test_who_may_not_trust_installs_what_an_administrator_has_trusted(place: Place) -> None:
    place.instance.rights = {"EXTERNAL ACCESS ASSEMBLY"}
    place.instance.trusted[sha512(compiled(SPEC))] = lower.described(ASSEMBLY)
    receipt = put(place.port)
    assert receipt.warnings == ()
    assert look(place.port).is_done
    (warning,) = remove(place.port).warnings
    assert warning.startswith(f"{ASSEMBLY} may stay trusted: this login lacks CONTROL SERVER; an administrator ends ")
    assert len(place.instance.trusted) == 1


@pytest.mark.parametrize("right", ["UNSAFE ASSEMBLY", "VIEW SERVER STATE"])
def test_what_create_assembly_asks_for_it_says_itself(place: Place, right: str) -> None:
    """Which right it is under strict security is not for a plan to know."""
    place.instance.trusted[sha512(compiled(SPEC))] = lower.described(ASSEMBLY)
    place.instance.rights = {right}
    assert look(place.port).problems == ()


def test_a_grantee_is_who_the_spec_says(place: Place) -> None:
    spec = changed(
        SPEC, ("sqlserver: {schema: quickstart}", "sqlserver: {schema: quickstart, grantees: {app: [bob, dbo_x]}}")
    )
    (told,) = look(place.port, spec).problems
    assert "there is no user or role dbo_x" in told
    place.instance.content.principals |= {"dbo_x"}
    put(place.port, spec)
    assert place.instance.content.routines["quickstart.log_event"].grants == {"execute to bob", "execute to dbo_x"}


def test_nobody_is_made_for_a_demonstration(place: Place) -> None:
    with session(place.port) as opened:
        opened.admit(bundle(SPEC).requirements)
        place.instance.content.principals -= {"app"}
        with pytest.raises(UsageError, match="create these users or roles first: app"):
            opened.admit(bundle(SPEC).requirements)


@pytest.mark.parametrize("name", ["a schema of others", "a schema that the catalog spells otherwise"])
def test_the_file_too_stops_at_a_schema_that_is_unfit(place: Place, name: str) -> None:
    spoil, told = OTHERS[name]
    spoil(place.instance)
    with session(place.port) as opened, pytest.raises(InstallError, match=f"^Msg 50000, .*{re.escape(told)}"):
        opened.run(bundle(SPEC).objects[0].statements[0].sql)
