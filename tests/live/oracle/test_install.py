"""The installer on a real Oracle: what the model of tests/recorded is believed to be right about."""

from __future__ import annotations

from typing import Any

import pytest

from tests.live.oracle.places import ALL, Place
from udfgen.errors import InstallError, LockError, RefusedError
from udfgen.plan import Verdict

OBJECTS = "select object_type, object_name from user_objects where object_type not in ('INDEX', 'LOB') order by 1, 2"

MUTANTS = {
    "a grant": 'grant execute on "LIVE_VOID" to public',
    "a grant of the package": 'grant execute on "UDFGEN$UDFGEN_LIVE$CORE" to public',
    "another grant": 'grant debug on "LIVE_VOID" to public',
    "another text": 'create or replace function "UDFGEN_LIVE_ERROR_CODE"("MESSAGE" in varchar2) return varchar2 as '
    "begin return 'none'; end;",
    "a drop": 'drop procedure "LIVE_VOID"',
    "a body": 'create or replace package body "UDFGEN$UDFGEN_LIVE$CORE" as begin null; end;',
    "another class": 'create or replace and resolve java source named "udfgen/udfgen_live/Functions" as\n'
    "package udfgen.udfgen_live;\npublic class Functions {}\n",
    "the types": 'create or replace type "LIVE_ROWS$ROW" force as object ("N" number)',
}


def objects(place: Place) -> list[tuple[Any, ...]]:
    """Return what there is in the schema; indexes and LOBs have names of the server's own."""
    return place.rows(OBJECTS)


def test_nothing_stands_in_the_way(place: Place) -> None:
    assert place.look().problems == ()


def test_install_again_and_uninstall(place: Place) -> None:
    before = objects(place)
    assert place.put().statements > 20
    installed = objects(place)
    assert place.look().is_done
    assert place.put().statements == 0
    assert objects(place) == installed
    assert place.remove().warnings == ()
    assert objects(place) == before


@pytest.mark.parametrize("name", MUTANTS)
def test_a_change_by_hand_is_seen_and_put_right(place: Place, name: str) -> None:
    place.put()
    place.rows(MUTANTS[name])
    verdicts = {each.verdict for each in place.look().work}
    assert verdicts == {Verdict.MISSING if name == "a drop" else Verdict.DRIFT}
    if name != "a drop":
        with pytest.raises(RefusedError, match="was changed by hand"):
            place.put()
    place.put(allowed=ALL)
    assert place.look().is_done


def test_a_resource_is_read_back(place: Place) -> None:
    """Where dbms_java.export_resource does not work in a query, its definition is the time of its making."""
    spec = place.text.replace('endpoint: "http', 'endpoint: "https')
    place.put(spec)
    with place.session() as opened:
        live = opened.observe(place.bundle(spec)).live
    (text,) = (each.definition for key, each in live.items() if key.kind == "java resource")
    assert text.startswith("certificate ")


def test_a_function_becomes_a_procedure_and_back(place: Place) -> None:
    other = place.text.replace('    returns: {type: "decimal(5,2)", path: $.n}\n', "    returns: void\n")
    for text in ("", other, ""):
        place.put(text)
        assert place.look(text).is_done


def test_what_does_not_compile_is_an_error(place: Place) -> None:
    with place.session() as opened:
        with pytest.raises(InstallError, match=r"FUNCTION UDFGEN_BROKEN, line 1: .*PLS-00201"):
            opened.run('create or replace function "UDFGEN_BROKEN" return number as begin return nothing; end;\n')
        opened.run('drop function "UDFGEN_BROKEN"')


def test_java_that_does_not_compile_is_an_error(place: Place) -> None:
    with place.session() as opened:
        with pytest.raises(InstallError, match="JAVA SOURCE udfgen/Broken"):
            opened.run(
                'create or replace and resolve java source named "udfgen/Broken" as\nclass Broken { int x = y; }\n'
            )
        opened.run('drop java source "udfgen/Broken"')


def test_drops_pass_where_nothing_is(place: Place) -> None:
    drops = place.bundle().drops
    with place.session() as opened:
        for kind, text in drops.items():
            opened.run(text.format(name="udfgen/none" if kind.startswith("java") else "UDFGEN$NONE"))


def test_two_installs_wait_for_each_other(place: Place) -> None:
    with place.session() as first, place.session() as second, first.lock(5), pytest.raises(LockError, match="another"):
        second.lock(1).__enter__()
    assert ("TABLE", "UDFGEN$$LOCK") not in objects(place)
