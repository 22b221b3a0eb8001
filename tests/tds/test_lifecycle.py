"""An install from nothing to nothing: what it makes, what a second run does, what a change changes."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import pytest

from tests.tds.conftest import Place
from tests.tds.database import Assembly, Content, Routine, sha512
from tests.tds.support import (
    ALL,
    NEXT,
    SPEC,
    VOID,
    bundle,
    changed,
    folder,
    look,
    lower,
    put,
    put_in,
    remove,
    session,
    verdicts,
)
from udfgen import install
from udfgen.errors import MovedError, RefusedError
from udfgen.plan import Verdict

(ASSEMBLY,) = (each.key.name for each in bundle(SPEC).objects if each.key.kind == "assembly")
(NEW_ASSEMBLY,) = (each.key.name for each in bundle(NEXT).objects if each.key.kind == "assembly")
CALLED = ("score_customer", "recent_orders", "log_event")
NAMES = {
    *(f"quickstart.{name}" for name in CALLED),
    *(f"quickstart.core${name}" for name in CALLED),
    "quickstart.udfgen$quickstart$modes",
    "quickstart.udfgen$quickstart$probe",
    "quickstart.quickstart_error_code",
}


def compiled(text: str) -> bytes:
    """Return the bytes of the assembly that a spec becomes."""
    return bytes.fromhex(bundle(text).fills[lower.BYTES].removeprefix("0x"))


def test_the_first_install_makes_all_of_it(place: Place) -> None:
    assert set(verdicts(look(place.port)).values()) == {"create"}
    receipt = put(place.port)
    content = place.instance.content
    assert receipt.warnings == ()
    assert content.routines.keys() == NAMES
    assert content.assemblies.keys() == {ASSEMBLY}
    assert content.assemblies[ASSEMBLY].files == (compiled(SPEC),)
    assert place.instance.trusted == {sha512(compiled(SPEC)): lower.described(ASSEMBLY)}
    assert look(place.port).is_done


def test_each_grantee_has_one_right_on_what_people_call_and_nobody_on_what_is_behind(place: Place) -> None:
    put(place.port)
    routines = place.instance.content.routines
    assert {name: sorted(each.grants) for name, each in routines.items() if each.grants} == {
        "quickstart.score_customer": ["execute to app"],
        "quickstart.recent_orders": ["select to app"],
        "quickstart.log_event": ["execute to app"],
        "quickstart.quickstart_error_code": ["execute to app"],
    }
    assert place.instance.content.switches["quickstart.udfgen_quickstart_switch"].grants == frozenset()
    assert routines["quickstart.log_event"].description == "Queue an event; returns at once."


def test_a_second_install_does_nothing(place: Place) -> None:
    put(place.port)
    before, heard = deepcopy(place.instance.content), len(place.instance.heard)
    assert put(place.port).statements == 0
    assert place.instance.content == before
    assert not [each for each in place.instance.heard[heard:] if "transaction" in each.sql]


def test_a_change_is_a_new_assembly_and_the_old_one_goes(place: Place) -> None:
    put(place.port)
    assert verdicts(look(place.port, NEXT)) == {
        f"assembly {NEW_ASSEMBLY}": "create",
        "function quickstart.core$score_customer": "change",
        "function quickstart.score_customer": "change",
        "function quickstart.core$latest_orders": "create",
        "function quickstart.latest_orders": "create",
        "procedure quickstart.core$log_event": "change",
        "function quickstart.udfgen$quickstart$probe": "change",
        f"assembly {ASSEMBLY}": "drop",
        "function quickstart.core$recent_orders": "drop",
        "function quickstart.recent_orders": "drop",
    }
    assert put(place.port, NEXT).warnings == ()
    content = place.instance.content
    assert content.assemblies.keys() == {NEW_ASSEMBLY}
    assert {each.assembly for each in content.routines.values()} == {NEW_ASSEMBLY, ""}
    assert content.routines["quickstart.score_customer"].description == "It's the score of a customer."
    assert "quickstart.recent_orders" not in content.routines
    assert set(place.instance.trusted) == {sha512(compiled(NEXT))}
    assert look(place.port, NEXT).is_done


def test_the_way_back_is_the_same(place: Place) -> None:
    put(place.port)
    before = deepcopy(place.instance.content)
    put(place.port, NEXT)
    put(place.port)
    assert place.instance.content == before


def test_a_function_becomes_a_procedure_and_back(place: Place) -> None:
    for text, kind in ((SPEC, "function"), (VOID, "procedure"), (SPEC, "function")):
        put(place.port, text)
        assert place.instance.content.routines["quickstart.score_customer"].kind == kind
        assert look(place.port, text).is_done


def test_uninstall_leaves_nothing(place: Place) -> None:
    put(place.port)
    assert remove(place.port).statements == 4
    assert place.instance.content == Content()
    assert place.instance.trusted == {}
    assert set(verdicts(look(place.port)).values()) == {"create"}


def test_what_assembly_sql_left_alone_is_changed_or_removed_by_its_name(place: Place) -> None:
    """An administrator ran assembly.sql, and nobody install.sql: there is no registry yet."""
    place.instance.content.assemblies[ASSEMBLY] = Assembly((compiled(SPEC),))
    place.instance.trusted[sha512(compiled(SPEC))] = lower.described(ASSEMBLY)
    assert verdicts(look(place.port))[f"assembly {ASSEMBLY}"] == "change"
    remove(place.port)
    assert place.instance.content == Content()
    assert place.instance.trusted == {}
    place.instance.content.assemblies[ASSEMBLY] = Assembly((compiled(SPEC),))
    put(place.port)
    assert look(place.port).is_done


def test_an_old_assembly_without_a_row_goes_unless_others_stand_on_it(place: Place) -> None:
    idle, used = (f"udfgen_quickstart_{digit * 12}" for digit in "01")
    for name in (idle, used):
        place.instance.content.assemblies[name] = Assembly((b"MZ",))
    place.instance.content.create("dbo.theirs", Routine("function", "returns int", f"[{used}].[A].[b]"))
    assert verdicts(look(place.port))[f"assembly {idle}"] == "drop"
    put(place.port)
    assert place.instance.content.assemblies.keys() == {ASSEMBLY, used}
    assert look(place.port).is_done
    remove(place.port)
    assert place.instance.content.assemblies.keys() == {used}
    assert remove(place.port).statements == 0


def test_uninstall_again_does_nothing(place: Place) -> None:
    put(place.port)
    remove(place.port)
    assert remove(place.port).statements == 0


def test_what_is_of_others_stays(place: Place) -> None:
    content = place.instance.content
    content.schemas["quickstart"] = ""
    content.others["quickstart.orders"] = "USER_TABLE"
    content.routines["quickstart.theirs"] = Routine("function", "returns int")
    content.routines["quickstart.their_clr"] = Routine("function", "returns int", "[theirs].[A].[b]")
    before = deepcopy(content)
    put(place.port)
    remove(place.port)
    assert place.instance.content == before


def test_a_schema_with_others_in_it_stays(place: Place) -> None:
    put(place.port)
    place.instance.content.others["quickstart.orders"] = "USER_TABLE"
    remove(place.port)
    assert place.instance.content.schemas == {"dbo": "", "quickstart": "quickstart"}


def test_two_specs_share_a_schema(place: Place) -> None:
    other = changed(
        SPEC,
        ("name: quickstart ", "name: second "),
        ("score_customer:", "score_buyer:"),
        ("recent_orders:", "late_orders:"),
        ("log_event:", "log_more:"),
    )
    put(place.port)
    before = deepcopy(place.instance.content)
    put(place.port, other)
    assert look(place.port).is_done
    remove(place.port, other)
    assert place.instance.content == before
    assert len(place.instance.trusted) == 1


def test_what_lost_its_registry_is_taken_over_only_when_told(place: Place) -> None:
    put(place.port)
    before = deepcopy(place.instance.content)
    place.instance.content.registries.clear()
    assert verdicts(look(place.port))["function quickstart.score_customer"] == "unmanaged"
    with pytest.raises(RefusedError, match=r"function quickstart\.score_customer is there, .*--adopt"):
        put(place.port)
    put(place.port, allowed=frozenset({Verdict.UNMANAGED}))
    assert place.instance.content == before


def test_an_install_goes_on_where_everything_but_the_registry_is_gone(place: Place) -> None:
    put(place.port)
    before = deepcopy(place.instance.content)
    place.instance.content.routines.clear()
    place.instance.content.assemblies.clear()
    assert set(verdicts(look(place.port)).values()) == {"missing"}
    put(place.port)
    assert place.instance.content == before


def test_an_install_after_another_did_the_same_does_nothing(place: Place) -> None:
    made = bundle(SPEC)
    with session(place.port) as late:
        seen = install.look(made, late)
        put(place.port)
        assert put_in(late).statements == 0
        place.instance.content.routines.clear()
        with pytest.raises(MovedError):
            install.install(made, late, seen, allowed=ALL, folder=folder())


def test_without_a_compiled_assembly_a_plan_is_made_and_no_install(place: Place) -> None:
    made = replace(bundle(SPEC), fills={})
    with session(place.port) as opened:
        seen = install.look(made, opened)
        assert not seen.problems
        with pytest.raises(RefusedError, match=r"assembly\.sql is not there: run `udfgen compile` on the spec$"):
            install.install(made, opened, seen)
    assert place.instance.content == Content()
