"""Install, look, change, take over, uninstall: what each does to a schema, and that a next look finds nothing to do."""

from __future__ import annotations

import pytest

from tests.recorded.driver import Server
from tests.recorded.schema import Grant, ora
from tests.recorded.support import (
    ALL,
    NEXT,
    SPEC,
    bundle,
    changed,
    look,
    objects,
    put,
    remove,
    require_writable,
    session,
    verdicts,
)
from udfgen import commands, install, switch
from udfgen.errors import InstallError, LockError, RefusedError
from udfgen.plan import Verdict
from udfgen.spec import check
from udfgen.state import Mode

SETUP = "UDFGEN$QUICKSTART$SETUP"
TO_PROCEDURE = changed(
    SPEC,
    ('    returns: {type: "decimal(5,2)", path: $.score}\n', "    returns: void\n"),
    ("        result: 87.50\n", ""),
)


def test_a_first_install_makes_what_the_spec_says(server: Server) -> None:
    assert set(verdicts(look(SPEC)).values()) == {"create"}
    receipt = put(SPEC)
    assert server.schema.objects.keys() == objects(SPEC)
    assert receipt.statements == len(server.steps)
    assert {(each.name, each.grantee) for each in server.schema.grants} == {
        (name, "APP")
        for name in (
            "SCORE_CUSTOMER",
            "RECENT_ORDERS",
            "RECENT_ORDERS$ROW",
            "RECENT_ORDERS$ROWS",
            "SCORE_CUSTOMERS",
            "SCORE_CUSTOMERS$ROW",
            "SCORE_CUSTOMERS$ROWS",
            "COUNT_ORDERS",
            "LOG_EVENT",
            "QUICKSTART_ERROR_CODE",
            "AWSLAMBDA_FN",
            "AWSLAMBDA_FN_ASYNC",
            "AWSLAMBDA_PROC",
        )
    }
    assert {name for (kind, name), item in server.schema.objects.items() if item.is_enabled} == {
        "ORDER_PLACED",
        "ORDER_GONE",
        "ORDER_KEPT",
        "ORDERS_COUNTED",
    }


def test_a_second_install_does_nothing(server: Server) -> None:
    put(SPEC)
    before = server.schema.snapshot()
    server.steps.clear()
    assert look(SPEC).is_done
    assert put(SPEC).statements == 0
    assert server.steps == []
    assert server.schema == before


def test_a_change_of_one_function_touches_no_other(server: Server) -> None:
    put(SPEC)
    before = server.schema.snapshot()
    described = changed(SPEC, ("Score of a customer, 0 to 100.", "A customer's score."))
    assert verdicts(look(described)) == {"function SCORE_CUSTOMER": "change"}
    put(described)
    touched = {key for key, item in server.schema.objects.items() if item != before.objects[key]}
    assert touched == {("FUNCTION", "SCORE_CUSTOMER")}
    assert server.schema.grants == before.grants
    assert look(described).is_done


def test_an_upgrade_drops_what_is_no_longer_wanted(server: Server) -> None:
    put(SPEC)
    assert verdicts(look(NEXT))["procedure LOG_EVENT"] == "drop"
    put(NEXT)
    assert ("PROCEDURE", "LOG_EVENT") not in server.schema.objects
    assert ("PROCEDURE", "NOTE_EVENT") in server.schema.objects
    assert look(NEXT).is_done


@pytest.mark.parametrize(("first", "second"), [(SPEC, TO_PROCEDURE), (TO_PROCEDURE, SPEC)])
def test_a_function_becomes_a_procedure_and_back(server: Server, first: str, second: str) -> None:
    put(first)
    put(second)
    assert server.schema.objects.keys() == objects(second)
    assert look(second).is_done


def test_the_core_takes_the_class_that_uses_it_along(server: Server) -> None:
    """Oracle invalidates a class when one that it refers to is replaced."""
    made = bundle(SPEC)
    core, functions = (
        next(each for each in made.objects if each.key.name.endswith(end)) for end in ("Core", "Functions")
    )
    (text,) = (each.sql for each in functions.statements if "java source named" in each.sql)
    assert "\n// Core " in text
    assert core.key.kind == functions.key.kind == "java source"


def test_an_uninstall_leaves_nothing(server: Server) -> None:
    put(SPEC)
    remove(SPEC)
    assert server.schema.objects == {}
    assert server.schema.grants == set()
    assert server.schema.tables == {}
    assert not look(SPEC).is_done


def test_an_uninstall_needs_no_package_of_ours(server: Server) -> None:
    put(SPEC)
    for name in (SETUP, "UDFGEN$QUICKSTART$CORE"):
        server.schema.drop("PACKAGE", name)
    remove(SPEC)
    assert (server.schema.objects, server.schema.grants, server.schema.tables) == ({}, set(), {})


def test_an_uninstall_leaves_what_is_of_others(server: Server) -> None:
    server.schema.create("FUNCTION", "THEIRS", " return number as begin return 1; end;")
    server.schema.create_table("ORDERS")
    put(SPEC)
    remove(SPEC)
    assert server.schema.objects.keys() == {("FUNCTION", "THEIRS")}
    assert server.schema.tables.keys() == {"ORDERS"}


def test_two_specs_share_a_schema_and_its_lock(server: Server) -> None:
    other = changed(
        SPEC,
        ("name: quickstart ", "name: second "),
        ("score_customer:", "score_buyer:"),
        ("recent_orders:", "late_orders:"),
        ("log_event:", "log_more:"),
        ("call: log_event", "call: log_more"),
        ("order_placed:", "order_put:"),
        ("order_gone:", "order_went:"),
        ("order_kept:", "order_stays:"),
        ("score_customers:", "score_buyers:"),
        ("count_orders", "count_more"),
        ("orders_counted:", "orders_added:"),
        ("compat: {awslambda: {grant: [app]}}\n", ""),
    )
    put(SPEC)
    put(other)
    remove(SPEC)
    assert server.schema.tables.keys() == {"UDFGEN$SECOND", "UDFGEN$$LOCK"}
    assert look(other).is_done
    remove(other)
    assert server.schema.tables == {}


def test_what_was_there_before_is_taken_over_only_when_told(server: Server) -> None:
    server.schema.create("FUNCTION", "SCORE_CUSTOMER", " return number as begin return 1; end;")
    server.schema.grants.add(Grant("SCORE_CUSTOMER", "BOB", grantor="QUICKSTART"))
    assert verdicts(look(SPEC))["function SCORE_CUSTOMER"] == "unmanaged"
    with pytest.raises(RefusedError, match=r"function SCORE_CUSTOMER is there, but not from this install.*--adopt"):
        put(SPEC)
    put(SPEC, allowed=frozenset({Verdict.UNMANAGED}))
    assert {each.grantee for each in server.schema.grants} == {"APP"}
    assert look(SPEC).is_done


def test_what_does_not_compile_stops_the_install_with_its_reason(server: Server) -> None:
    server.schema.broken["SCORE_CUSTOMER"] = "PLS-00103: Encountered the symbol ?\nwhen expecting something else"
    with pytest.raises(InstallError) as told:
        put(SPEC)
    assert str(told.value) == (
        "function SCORE_CUSTOMER: FUNCTION SCORE_CUSTOMER, line 1: PLS-00103: Encountered the symbol ? "
        "when expecting something else (DPY-7000: creation succeeded with compilation errors); what was done before "
        "stays, closed to callers where it is not finished; run the same again to go on"
    )
    assert server.schema.grants == set()
    del server.schema.broken["SCORE_CUSTOMER"]
    put(SPEC)
    assert look(SPEC).is_done


def test_a_trigger_that_does_not_compile_stops_no_write(server: Server) -> None:
    server.schema.broken["ORDER_PLACED"] = "PLS-00049: bad bind variable 'NEW.TOTAL'"
    with pytest.raises(InstallError, match=r"trigger ORDER_PLACED: TRIGGER ORDER_PLACED, line 1: PLS-00049: .*; what"):
        put(SPEC)
    assert not server.schema.objects["TRIGGER", "ORDER_PLACED"].is_enabled
    require_writable(server.schema)
    del server.schema.broken["ORDER_PLACED"]
    put(SPEC)
    assert server.schema.objects["TRIGGER", "ORDER_PLACED"].is_enabled


def test_a_change_of_what_no_trigger_reaches_stops_none(server: Server) -> None:
    put(SPEC)
    before = server.schema.snapshot()
    put(changed(SPEC, ("Score of a customer, 0 to 100.", "A customer's score.")))
    for name in ("ORDER_PLACED", "ORDER_GONE", "ORDER_KEPT"):
        assert server.schema.objects["TRIGGER", name] == before.objects["TRIGGER", name]


def test_somebody_elses_trigger_is_taken_over_only_when_told(server: Server) -> None:
    server.schema.create_trigger("ORDER_PLACED", "Old Orders", " begin null; end;")
    assert verdicts(look(SPEC))["trigger ORDER_PLACED"] == "unmanaged"
    with pytest.raises(RefusedError, match="trigger ORDER_PLACED is there, but not from this install"):
        put(SPEC)
    put(SPEC, allowed=frozenset({Verdict.UNMANAGED}))
    assert server.schema.objects["TRIGGER", "ORDER_PLACED"].table == "ORDERS"
    assert look(SPEC).is_done


def test_a_table_that_was_renamed_is_missed_before_anything_is_done(server: Server) -> None:
    put(SPEC)
    server.schema.theirs["Gone"] = server.schema.theirs.pop("ORDERS")
    server.steps.clear()
    with pytest.raises(RefusedError, match='there is no table "ORDERS" in this schema'):
        put(SPEC)
    assert server.steps == []


def test_a_binding_is_switched_and_an_upgrade_keeps_that(server: Server) -> None:
    put(SPEC)
    program = commands.compile_program(check.check_text(SPEC, "spec.yaml"))
    with session() as opened:
        before, after = switch.turn(program, bundle(SPEC), opened, "score", Mode.OFF)
        assert (before["score"], after["score"], after["events"]) == (Mode.LIVE, Mode.OFF, Mode.LIVE)
        switch.turn(program, bundle(SPEC), opened, "events", Mode.DRY_RUN)
        assert look(SPEC).is_done, "a mode is no drift"
        put(NEXT)
        assert server.schema.modes == {"score": "off", "events": "dry_run"}
        switch.turn(program, bundle(SPEC), opened, "score", Mode.LIVE)
        assert server.schema.modes == {"events": "dry_run"}
    remove(NEXT)
    assert server.schema.modes == {}


def test_the_scripts_check_finds_what_does_not_compile_without_the_drivers_warning(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = server.schema.create
    monkeypatch.setattr(server.schema, "create", lambda *named: create(*named) and ())
    server.schema.broken["LOG_EVENT"] = "PLS-00201: identifier must be declared"
    with pytest.raises(InstallError, match=r"ORA-20000: PROCEDURE LOG_EVENT, line 1: PLS-00201: .* declared; what"):
        put(SPEC)


def test_a_package_of_steps_that_does_not_compile_stops_the_install_without_the_drivers_warning(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = server.schema.create
    monkeypatch.setattr(server.schema, "create", lambda *named: create(*named) and ())
    server.schema.broken[SETUP] = "PLS-00201: identifier 'DBMS_JAVA' must be declared"
    with pytest.raises(InstallError, match=r'^package \S+: ORA-04063: package body "\S+" has errors; what was done'):
        put(SPEC)
    assert server.schema.objects.keys() <= {("PACKAGE", SETUP), ("PACKAGE BODY", SETUP)}


def test_two_installs_wait_for_each_other(server: Server) -> None:
    with (
        session() as other,
        other.lock(0),
        pytest.raises(LockError, match="another install holds the lock, waited 0 s"),
    ):
        put(SPEC)
    assert server.locks == {}
    put(SPEC)


def test_the_lock_outlives_every_statement_of_an_install(server: Server) -> None:
    """DDL commits, and a commit lets a table go: the lock needs a connection of its own."""

    def locked(sql: str) -> None:
        assert "UDFGEN$$LOCK" in server.locks

    server.before = server.after = locked
    put(SPEC)
    remove(SPEC)
    assert server.locks == {}


def test_the_lock_is_made_again_when_another_uninstall_drops_it(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(SPEC)
    create = server.schema.create_table

    def another_drops_it(name: str) -> None:
        monkeypatch.setattr(server.schema, "create_table", create)
        server.schema.drop_table(name)
        raise ora(955, "name is already used by an existing object")

    monkeypatch.setattr(server.schema, "create_table", another_drops_it)
    with session() as opened, opened.lock(0):
        assert server.locks.keys() == {"UDFGEN$$LOCK"}


def test_an_install_goes_on_where_everything_but_the_registry_is_gone(server: Server) -> None:
    put(SPEC)
    server.schema.objects.clear()
    assert set(verdicts(look(SPEC)).values()) == {"missing"}
    put(SPEC)
    assert look(SPEC).is_done


def test_every_step_is_one_of_the_bundle(server: Server) -> None:
    made = bundle(SPEC)
    with session() as opened:
        install.install(made, opened, install.look(made, opened), allowed=ALL, lock_timeout=0)
    ours = [*made.opening, *(each.sql for of in made.objects for each in of.statements), *made.closing]
    assert sorted(server.steps) == sorted(ours)
