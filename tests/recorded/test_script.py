"""install.sql and uninstall.sql by hand are what the driver runs: the same statements, in the same order."""

from __future__ import annotations

import re

import oracledb
import pytest

from tests.recorded.driver import PASSWORD, Server
from tests.recorded.support import NEXT, SPEC, bundle, by_hand, look, put, remove
from tests.recorded.test_drift import no_longer, texts

SETTINGS = ("set define off", "set sqlblanklines on", "whenever sqlerror exit failure rollback")


def file(name: str) -> str:
    """Return a generated file of the example."""
    return next(each.content for each in bundle(SPEC).files if each.path == name).decode()


def statements(script: str) -> list[str]:
    """Return what SQL*Plus would send: what stands above each lone slash, without comments and settings before it."""
    parts = re.split(r"^/$\n?", script, flags=re.MULTILINE)
    assert not parts[-1].strip(), "something after the last slash"
    return [headless(part) for part in parts[:-1]]


def headless(part: str) -> str:
    """Return a statement without the lines before it that are none of it."""
    lines = part.splitlines()
    while not lines[0].strip() or lines[0].startswith("--") or lines[0] in SETTINGS:
        lines.pop(0)
    return "\n".join(lines)


def test_install_is_what_the_driver_runs(server: Server) -> None:
    put(SPEC)
    assert statements(file("install.sql")) == [each.strip() for each in server.steps]
    assert len(server.steps) > 30


def test_uninstall_drops_what_the_driver_drops(server: Server) -> None:
    put(SPEC)
    server.steps.clear()
    remove(SPEC)
    drops, last = statements(file("uninstall.sql"))
    ours = re.findall(r"remove\('[^']+', '[^']+', '(drop [^']+)'\)", drops)
    theirs = [found for each in server.steps[:-1] for found in re.findall(r"execute immediate '(drop [^']+)'", each)]
    assert sorted(ours) == sorted(theirs)
    assert [kind(each) for each in ours] == [kind(each) for each in theirs]
    assert last == server.steps[-1].strip()
    assert len(ours) == len(bundle(SPEC).objects)


def kind(drop: str) -> str:
    """Return the kind of what a statement drops."""
    return drop.partition('"')[0]


@pytest.mark.parametrize("name", ["install.sql", "uninstall.sql", "permissions.sql"])
def test_every_script_begins_with_the_settings(name: str) -> None:
    lines = [line for line in file(name).splitlines() if line and not line.startswith("--")]
    assert tuple(lines[:3]) == SETTINGS


def test_by_hand_is_an_install_too(server: Server) -> None:
    by_hand(server, SPEC, "install.sql")
    assert look(SPEC).is_done
    by_hand(server, NEXT, "install.sql")
    assert server.schema.objects["TRIGGER", "ORDER_KEPT"].table == "Old Orders"
    by_hand(server, NEXT, "install.sql")
    by_hand(server, NEXT, "uninstall.sql")
    by_hand(server, NEXT, "uninstall.sql")
    left = {key for key in server.schema.objects if key[0] != "PROCEDURE"}
    assert left == set(), "what is no longer wanted only udfgen removes"


THEIRS = " begin null; end;"


@pytest.mark.parametrize("table", ["ORDERS", "Old Orders"])
def test_by_hand_a_trigger_of_somebody_else_is_refused_before_anything_is_made(server: Server, table: str) -> None:
    server.schema.create_trigger("ORDER_PLACED", table, THEIRS)
    before = texts(server.schema)
    told = f"ORA-20000: trigger ORDER_PLACED is there on {table}, and not from this install: move it away, or take .* "
    with pytest.raises(oracledb.DatabaseError, match=f"{told}--adopt"):
        by_hand(server, SPEC, "install.sql")
    assert texts(server.schema) == before
    by_hand(server, SPEC, "uninstall.sql")
    assert texts(server.schema) == before


def test_by_hand_a_trigger_that_stands_elsewhere_is_refused(server: Server) -> None:
    """A trigger cannot be moved: somebody made another one of the name."""
    put(SPEC)
    no_longer("ORDER_GONE", True, "Old Orders")(server.schema)
    before = texts(server.schema)
    for spec in (SPEC, NEXT):
        with pytest.raises(oracledb.DatabaseError, match=r"ORDER_GONE is there on Old Orders.* --replace-drift"):
            by_hand(server, spec, "install.sql")
    with pytest.raises(oracledb.DatabaseError, match="trigger ORDER_GONE stands on another table"):
        by_hand(server, SPEC, "uninstall.sql")
    assert before.items() - texts(server.schema).items() <= {
        (("TRIGGER", name), before["TRIGGER", name]) for name in ("ORDER_PLACED", "ORDER_KEPT", "ORDERS_COUNTED")
    }


def test_a_step_by_hand_stops_no_trigger_of_somebody_else(server: Server) -> None:
    put(SPEC)
    server.schema.create_trigger("THEIRS", "ORDERS", THEIRS)
    server.schema.alter_trigger("THEIRS", is_enabled=True)
    call = """begin "UDFGEN$QUICKSTART$SETUP".stop_trigger('THEIRS', 'ORDERS'); end;"""
    with pytest.raises(oracledb.DatabaseError, match="ORA-20000: trigger THEIRS is not from this install"):
        server.connect(password=PASSWORD).cursor().execute(call)
    assert server.schema.objects["TRIGGER", "THEIRS"].is_enabled


def test_by_hand_what_the_registry_does_not_list_stays(server: Server) -> None:
    put(SPEC)
    server.schema.tables["UDFGEN$QUICKSTART"].pop(("function", "SCORE_CUSTOMER"))
    by_hand(server, SPEC, "uninstall.sql")
    assert server.schema.objects.keys() == {("FUNCTION", "SCORE_CUSTOMER")}
