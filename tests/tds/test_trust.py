"""Trust is the server's: given outside the transaction, taken when no database needs it."""

from __future__ import annotations

from tests.tds.conftest import Place
from tests.tds.database import Assembly, sha512
from tests.tds.server import Heard, Session
from tests.tds.support import NEXT, SPEC, bundle, dsn, lower, put, put_in, remove
from tests.tds.test_lifecycle import compiled
from udfgen import dialect
from udfgen.connect import connect, parse

session = dialect.load("sqlserver").part("session")

(ASSEMBLY,) = (each.key.name for each in bundle(SPEC).objects if each.key.kind == "assembly")
OLD = f"udfgen_quickstart_{'0' * 12}"


def sent(place: Place, words: str) -> list[Heard]:
    """Return the batches with some words."""
    return [each for each in place.instance.heard if words in each.sql]


def test_it_is_given_on_a_connection_of_its_own(place: Place) -> None:
    put(place.port)
    place.instance.heard.clear()
    put(place.port, NEXT)
    (begun,) = sent(place, "begin transaction;")
    (given,) = sent(place, "sp_add_trusted_assembly")
    (taken,) = sent(place, "sp_drop_trusted_assembly")
    assert len({begun.session, given.session, taken.session}) == 3
    order = [place.instance.heard.index(each) for each in (begun, given, *sent(place, "commit;"), taken)]
    assert order == sorted(order)
    assert {each.session for each in sent(place, session.ASIDE)} == {given.session, taken.session}


def test_what_is_trusted_already_is_not_given_again(place: Place) -> None:
    place.instance.trusted[sha512(compiled(SPEC))] = lower.described(ASSEMBLY)
    put(place.port)
    assert not sent(place, "sp_add_trusted_assembly")


def test_what_was_dropped_loses_it_and_others_keep_it(place: Place) -> None:
    """Also a version that an administrator trusts ahead of its install."""
    keep = {
        "A": lower.described("udfgen_other_000000000000"),
        "B": lower.described("udfgen_quickstart_2_000000000000"),
        "C": "somebody's own",
        "D": OLD,
        "NEXT": lower.described(f"udfgen_quickstart_{'1' * 12}"),
    }
    place.instance.content.assemblies[OLD] = Assembly((b"MZ",))
    place.instance.trusted = {**keep, "OLD": lower.described(OLD)}
    put(place.port)
    assert place.instance.trusted == {**keep, sha512(compiled(SPEC)): lower.described(ASSEMBLY)}


def test_what_another_database_has_stays_trusted(place: Place) -> None:
    for each in place.instance.databases.values():
        each.content.assemblies[OLD] = Assembly((b"MZ",))
    place.instance.trusted = {"OLD": lower.described(OLD)}
    assert put(place.port).warnings == ()
    assert OLD not in place.instance.content.assemblies
    assert place.instance.trusted["OLD"] == lower.described(OLD)
    remove(place.port)
    assert place.instance.trusted == {"OLD": lower.described(OLD)}


def test_a_database_that_cannot_be_looked_at_may_have_it(place: Place) -> None:
    put(place.port)
    place.instance.databases["other"].is_open = False
    (warning,) = put(place.port, NEXT).warnings
    assert warning.startswith(
        f"{ASSEMBLY} may stay trusted: these databases, which may have the assembly, cannot be looked at: other; an "
    )
    assert len(place.instance.trusted) == 2


def test_one_assembly_in_two_databases_is_trusted_until_the_last_goes(place: Place) -> None:
    with connect(parse(dsn(place.port, "other"))) as other:
        put_in(other)
    put(place.port)
    remove(place.port)
    assert place.instance.trusted.keys() == {sha512(compiled(SPEC))}


def test_another_install_at_work_does_not_hold_up_this_one(place: Place) -> None:
    """Its transaction holds what the sweep looks at: the sweep gives up, and says so."""
    put(place.port)
    at_work = Session(place.instance, "other", 0)
    at_work.begin()
    (warning,) = put(place.port, NEXT).warnings
    assert ASSEMBLY in warning
    assert "may stay trusted: Msg 1222, line 1: Lock request time out period exceeded; " in warning
    at_work.roll_back()
