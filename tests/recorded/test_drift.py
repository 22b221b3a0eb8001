"""What somebody changed by hand: everything of every object is seen, refused without a word, put right with one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from tests.recorded.driver import Server
from tests.recorded.schema import Grant, Schema
from tests.recorded.support import ALL, SPEC, look, put, remove, verdicts
from udfgen.errors import RefusedError

Change = Callable[[Schema], object]

CORE, CLASS, ROOTS = (f"udfgen/quickstart/{name}" for name in ("Core", "Functions", "roots.txt"))
PACKAGE, SETUP = "UDFGEN$QUICKSTART$CORE", "UDFGEN$QUICKSTART$SETUP"
REGISTRY, SWITCH = "UDFGEN$QUICKSTART", "UDFGEN$QUICKSTART$SWITCH"


@dataclass(frozen=True)
class Mutant:
    """A change by hand, and the key of which the plan must say `verdict`."""

    name: str
    key: str
    change: Change
    verdict: str = "drift"


def rewritten(kind: str, name: str, old: str, new: str) -> Mutant:
    """Return the change of an object's text."""

    def change(schema: Schema) -> None:
        text = schema.objects[kind, name].text
        assert old in text
        schema.create(kind, name, text.replace(old, new))

    return Mutant(f"{kind} {name} says {new}", f"{kind.removesuffix(' BODY').lower()} {name}", change)


def granted(kind: str, name: str, grantee: str = "BOB", **how: object) -> Mutant:
    """Return a grant on an object."""
    grant = Grant(name, grantee, grantor="QUICKSTART", **how)  # type: ignore[arg-type]
    return Mutant(f"{name} to {grantee}, {how}", f"{kind.lower()} {name}", lambda schema: schema.grants.add(grant))


def dropped(kind: str, name: str) -> Mutant:
    """Return the drop of an object."""
    return Mutant(f"{name} dropped", f"{kind.lower()} {name}", lambda schema: schema.drop(kind, name), "missing")


def with_body(kind: str, name: str) -> Mutant:
    """Return a body for what has none."""
    return Mutant(
        f"{name} with a body",
        f"{kind.lower()} {name}",
        lambda schema: schema.create(f"{kind} BODY", name, " as begin x; end;"),
    )


def broken(kind: str, name: str) -> Mutant:
    """Return an object that does not compile any more."""

    def change(schema: Schema) -> None:
        schema.objects[kind, name] = replace(schema.objects[kind, name], errors=("PLS-00905: object is invalid",))

    return Mutant(f"{name} broken", f"{kind.lower()} {name}", change)


def passed_on(schema: Schema) -> None:
    """Let APP give what it has to BOB."""
    schema.grants.remove(Grant("LOG_EVENT", "APP", grantor="QUICKSTART"))
    schema.grants.add(Grant("LOG_EVENT", "APP", is_grantable=True, grantor="QUICKSTART"))
    schema.grants.add(Grant("LOG_EVENT", "BOB", grantor="APP"))


def no_longer(name: str, is_enabled: bool = False, table: str = "ORDERS") -> Callable[[Schema], None]:
    """Return what makes a trigger not fire any more, or on another table."""

    def change(schema: Schema) -> None:
        item = schema.objects["TRIGGER", name]
        schema.objects["TRIGGER", name] = replace(item, is_enabled=is_enabled, table=table)

    return change


def another_column(schema: Schema) -> None:
    """Give the table of the switch a column more."""
    schema.create("TABLE", SWITCH, schema.objects["TABLE", SWITCH].text + '\n"NOTE" varchar2(9)')


EVERYTHING = (
    ("FUNCTION", "SCORE_CUSTOMER"),
    ("FUNCTION", "RECENT_ORDERS"),
    ("PROCEDURE", "LOG_EVENT"),
    ("FUNCTION", "QUICKSTART_ERROR_CODE"),
    ("PACKAGE", PACKAGE),
    ("PACKAGE", SETUP),
    ("TYPE", "RECENT_ORDERS$ROW"),
    ("TYPE", "RECENT_ORDERS$ROWS"),
    ("JAVA SOURCE", CORE),
    ("JAVA SOURCE", CLASS),
    ("JAVA RESOURCE", ROOTS),
    ("FUNCTION", "AWSLAMBDA_FN"),
    ("PROCEDURE", "AWSLAMBDA_PROC"),
    ("FUNCTION", "SCORE_CUSTOMERS"),
    ("TYPE", "SCORE_CUSTOMERS$ROW"),
    ("TYPE", "SCORE_CUSTOMERS$ROWS"),
    ("PROCEDURE", "COUNT_ORDERS"),
)

MUTANTS = (
    *(dropped(*key) for key in (*EVERYTHING, ("TRIGGER", "ORDER_PLACED"))),
    *(broken("TRIGGER", name) for name in ("ORDER_PLACED", "ORDER_GONE")),
    rewritten("TRIGGER", "ORDER_PLACED", "'BOB'", "'APP'"),
    rewritten("TRIGGER", "ORDER_GONE", "order.gone", "order.come"),
    rewritten("TRIGGER", "ORDERS_COUNTED", "if mod(", "if not mod("),
    rewritten("FUNCTION", "SCORE_CUSTOMERS", "limit 500", "limit 5"),
    rewritten("PROCEDURE", "COUNT_ORDERS", "authid definer", "authid current_user"),
    rewritten("PACKAGE", PACKAGE, "SCORE_CUSTOMERS$ADD", "SCORE_CUSTOMERS$LESS"),
    Mutant("ORDER_PLACED disabled", "trigger ORDER_PLACED", no_longer("ORDER_PLACED")),
    Mutant("ORDER_PLACED elsewhere", "trigger ORDER_PLACED", no_longer("ORDER_PLACED", True, "Old Orders")),
    Mutant("the switch dropped", f"switch {SWITCH}", lambda schema: schema.drop("TABLE", SWITCH), "missing"),
    Mutant("the switch granted", f"switch {SWITCH}", granted("TABLE", SWITCH, "PUBLIC", privilege="SELECT").change),
    Mutant("the switch with a column more", f"switch {SWITCH}", another_column),
    Mutant(
        "the switch without its modes",
        f"switch {SWITCH}",
        lambda schema: schema.create("TABLE", SWITCH, '"BINDING" varchar2(128)'),
    ),
    *(granted(*key) for key in EVERYTHING),
    *(broken(*key) for key in EVERYTHING if key[0] != "JAVA RESOURCE"),
    *(granted(*key, grantee="PUBLIC") for key in EVERYTHING),
    *(with_body(*key) for key in EVERYTHING if key[0] in ("PACKAGE", "TYPE") and key[1] != SETUP),
    *(rewritten(*key, "authid definer", "authid current_user") for key in EVERYTHING[:6]),
    rewritten("PACKAGE BODY", SETUP, "'revoke '", "'grant '"),
    Mutant("SETUP without its body", f"package {SETUP}", lambda schema: schema.objects.pop(("PACKAGE BODY", SETUP))),
    rewritten("JAVA SOURCE", CORE, "class", "Class"),
    rewritten("JAVA SOURCE", CLASS, "score-customer", "drop-customer"),
    rewritten("JAVA RESOURCE", ROOTS, "certificate ", "certificate Evil "),
    rewritten("TYPE", "RECENT_ORDERS$ROW", "varchar2(36)", "varchar2(3)"),
    rewritten("FUNCTION", "SCORE_CUSTOMER", "'basic'", "'gold'"),
    granted("FUNCTION", "SCORE_CUSTOMER", privilege="DEBUG"),
    granted("FUNCTION", "SCORE_CUSTOMER", is_grantable=True),
    Mutant("LOG_EVENT passed on", "procedure LOG_EVENT", passed_on),
    Mutant("LOG_EVENT taken back", "procedure LOG_EVENT", lambda schema: schema.revoke("LOG_EVENT")),
    Mutant(
        "forgotten",
        "procedure LOG_EVENT",
        lambda schema: schema.tables[REGISTRY].pop(("procedure", "LOG_EVENT")),
        "unmanaged",
    ),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_change_by_hand_is_seen_refused_and_put_right(server: Server, mutant: Mutant) -> None:
    put(SPEC)
    good = server.schema.snapshot()
    mutant.change(server.schema)
    assert verdicts(look(SPEC)) == {mutant.key: mutant.verdict}
    if mutant.verdict in ("drift", "unmanaged"):
        with pytest.raises(RefusedError, match=r"--replace-drift|--adopt"):
            put(SPEC)
    put(SPEC, allowed=ALL)
    assert look(SPEC).is_done
    assert texts(server.schema) == texts(good)
    assert server.schema.grants == good.grants
    assert server.schema.tables == good.tables


def texts(schema: Schema) -> dict[tuple[str, str], tuple[str, tuple[str, ...]]]:
    """Return the objects without the times of their making."""
    return {key: (item.text, item.errors) for key, item in schema.objects.items()}


def test_the_plan_shows_what_changed(server: Server) -> None:
    put(SPEC)
    rewritten("FUNCTION", "SCORE_CUSTOMER", "'basic'", "'gold'").change(server.schema)
    granted("FUNCTION", "SCORE_CUSTOMER", "PUBLIC").change(server.schema)
    (change,) = look(SPEC).work
    assert "default 'basic'" in change.diff
    assert "+execute to PUBLIC" in change.diff


def test_a_resource_that_cannot_be_read_back_is_known_by_its_time(server: Server) -> None:
    server.schema.exports = False
    put(SPEC)
    assert look(SPEC).is_done
    server.schema.create("JAVA RESOURCE", ROOTS, "another")
    assert verdicts(look(SPEC)) == {f"java resource {ROOTS}": "drift"}


def test_drift_of_what_is_no_longer_wanted_is_seen_too(server: Server) -> None:
    put(SPEC)
    without = SPEC.replace("log_event", "note_event")
    rewritten("PROCEDURE", "LOG_EVENT", "authid definer", "authid current_user").change(server.schema)
    assert verdicts(look(without))["procedure LOG_EVENT"] == "drift"
    with pytest.raises(RefusedError, match="procedure LOG_EVENT was changed by hand"):
        put(without)
    remove(without)
    assert server.schema.objects == {}
