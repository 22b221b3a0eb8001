"""Trust is the server's: given outside the transaction, taken when no database needs it."""

from __future__ import annotations

import pytest

from tests.tds.conftest import Place
from tests.tds.database import Assembly, sha512
from tests.tds.server import Heard, Session
from tests.tds.support import NEXT, SPEC, bundle, dsn, lower, put, put_in, remove
from tests.tds.test_lifecycle import compiled
from udfgen.connect import connect, parse

(ASSEMBLY,) = (each.key.name for each in bundle(SPEC).objects if each.key.kind == "assembly")
OLD = f"udfgen_quickstart_{'0' * 12}"


def sent(place: Place, words: str) -> list[Heard]:
    """Return the batches with some words."""
    return [each for each in place.instance.heard if words in each.sql]


def test_it_is_given_on_a_connection_of_its_own(place: Place) -> None:
    put(place.port)
    (begun,) = sent(place, "begin transaction;")
    (given,) = sent(place, "sp_add_trusted_assembly")
    (taken,) = sent(place, "sp_drop_trusted_assembly")
    assert len({begun.session, given.session, taken.session}) == 3
    order = [place.instance.heard.index(each) for each in (begun, given, *sent(place, "commit;"), taken)]
    assert order == sorted(order)


def test_what_is_trusted_already_is_not_given_again(place: Place) -> None:
    place.instance.trusted[sha512(compiled(SPEC))] = lower.described(ASSEMBLY)
    put(place.port)
    assert not sent(place, "sp_add_trusted_assembly")


def test_old_versions_lose_it_and_others_keep_it(place: Place) -> None:
    keep = {
        "A": lower.described("udfgen_other_000000000000"),
        "B": lower.described("udfgen_quickstart_2_000000000000"),
        "C": "somebody's own",
        "D": OLD,
        "E": lower.described("udfgenXquickstart_000000000000"),
    }
    place.instance.trusted = {**keep, "OLD": lower.described(OLD)}
    put(place.port)
    assert place.instance.trusted == {**keep, sha512(compiled(SPEC)): lower.described(ASSEMBLY)}


def test_what_another_database_has_stays_trusted(place: Place) -> None:
    place.instance.databases["other"].content.assemblies[OLD] = Assembly((b"MZ",))
    place.instance.trusted = {"OLD": lower.described(OLD)}
    put(place.port)
    assert place.instance.trusted["OLD"] == lower.described(OLD)
    remove(place.port)
    assert place.instance.trusted == {"OLD": lower.described(OLD)}


def test_one_assembly_in_two_databases_is_trusted_until_the_last_goes(place: Place) -> None:
    with connect(parse(dsn(place.port, "other"))) as other:
        put_in(other)
    put(place.port)
    remove(place.port)
    assert place.instance.trusted.keys() == {sha512(compiled(SPEC))}


@pytest.mark.parametrize("text", [SPEC, NEXT])
def test_another_install_at_work_does_not_hold_up_this_one(place: Place, text: str) -> None:
    """Its transaction holds what the sweep looks at: the sweep gives up, and says so."""
    at_work = Session(place.instance, "other", 0)
    at_work.begin()
    (warning,) = put(place.port, text).warnings
    assert warning.startswith(
        "trust of old assemblies may be left: Msg 1222, line 1: Lock request time out period exceeded; the next install"
    )
    at_work.roll_back()
