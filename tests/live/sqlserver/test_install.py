"""The installer on a real SQL Server: what the model of tests/tds is believed to be right about."""

from __future__ import annotations

from typing import Any

import pytest

from tests.live.sqlserver.places import ALL, Place
from udfgen.errors import InstallError, LockError, RefusedError
from udfgen.plan import Verdict

OBJECTS = """select type_desc, name from sys.objects where is_ms_shipped = 0
union all select 'ASSEMBLY', name from sys.assemblies where is_user_defined = 1
union all select 'SCHEMA', name from sys.schemas
union all select 'TRUST', description from sys.trusted_assemblies
order by 1, 2"""

HERE = "[udfgen_live]"
MUTANTS = {
    "a grant": f"grant execute on {HERE}.[live_void] to public",
    "a grant with its option": f"grant execute on {HERE}.[live_void] to guest with grant option",
    "a denial": f"deny execute on {HERE}.[live_void] to public",
    "a grant of the probe": f"grant execute on {HERE}.[udfgen$udfgen_live$probe] to public",
    "another grant": f"grant view definition on {HERE}.[live_number] to public",
    "a grant on the registry": f"grant select on {HERE}.[udfgen$udfgen_live] to public",
    "another text": f"alter function {HERE}.[udfgen_live_error_code](@message nvarchar(4000)) returns nvarchar(40) as "
    "begin return N'none'; end;",
    "the owner": f"alter authorization on {HERE}.[live_void] to [guest]",
    "a description": "exec sys.sp_updateextendedproperty N'MS_Description', N'Free.', N'SCHEMA', N'udfgen_live', "
    "N'FUNCTION', N'live_text'",
    "another permission set": "declare @sql nvarchar(max); select @sql = concat(N'alter assembly ', quotename(name), "
    "N' with permission_set = unsafe') from sys.assemblies where name like N'udfgen[_]live[_]%'; exec (@sql);",
    "a drop": f"drop procedure {HERE}.[live_void]",
}


def objects(place: Place) -> list[tuple[Any, ...]]:
    """Return what there is in the database, and what the server trusts."""
    return place.rows(OBJECTS)


def test_nothing_stands_in_the_way(place: Place) -> None:
    assert place.look().problems == ()


def test_install_again_and_uninstall(place: Place) -> None:
    before = objects(place)
    receipt = place.put()
    assert receipt.statements > 20
    assert receipt.warnings == ()
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


def test_an_upgrade_leaves_one_assembly_that_is_trusted(place: Place) -> None:
    place.put()
    place.put(place.text.replace("timeout: 2s", "timeout: 3s"))
    assert [kind for kind, _ in objects(place)].count("ASSEMBLY") == 1
    assert [kind for kind, _ in objects(place)].count("TRUST") == 1


def test_a_function_becomes_a_procedure_and_back(place: Place) -> None:
    other = place.text.replace('    returns: {type: "decimal(5,2)", path: $.n}\n', "    returns: void\n")
    for text in ("", other, ""):
        place.put(text)
        assert place.look(text).is_done


def test_a_failed_install_leaves_nothing(place: Place) -> None:
    """A DDL trigger stops it at its last routine."""
    before = objects(place)
    place.rows("create trigger udfgen_live_stop on database for create_procedure as throw 50000, N'not here', 1;")
    try:
        with pytest.raises(
            InstallError, match=r"^procedure udfgen_live\.live_void: Msg 50000, .*; nothing was changed$"
        ):
            place.put()
    finally:
        place.rows("drop trigger udfgen_live_stop on database")
    assert objects(place) == before


def test_two_installs_wait_for_each_other(place: Place) -> None:
    with place.session() as first, place.session() as second, first.lock(5), pytest.raises(LockError, match="another"):
        second.lock(1).__enter__()
