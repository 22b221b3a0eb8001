"""One install at a time in a database: the second waits, and gives up when told to."""

from __future__ import annotations

from threading import Thread
from time import monotonic, sleep

import pytest

from tests.tds.conftest import Place
from tests.tds.support import NEXT, SPEC, dsn, look, put, session, verdicts
from udfgen import install
from udfgen.connect import connect, parse
from udfgen.errors import LockError, RefusedError, UdfgenError


def test_the_second_gives_up_in_time(place: Place) -> None:
    with session(place.port) as first, first.lock(0):
        start = monotonic()
        with pytest.raises(LockError) as told:
            put(place.port, wait=0.3)
        assert 0.3 <= monotonic() - start < 5
    assert str(told.value) == (
        "another install holds the lock, waited 0.3 s: wait for it, or give a longer --lock-timeout"
    )
    put(place.port)


def test_two_installs_at_once_come_one_after_the_other(place: Place) -> None:
    """Both saw an empty database; the one that comes second finds it moved, and says so."""
    told: list[UdfgenError | None] = []

    def run(text: str) -> None:
        try:
            put(place.port, text, wait=10)
            told.append(None)
        except UdfgenError as error:
            told.append(error)

    with session(place.port) as holder, holder.lock(0):
        threads = [Thread(target=run, args=(text,)) for text in (SPEC, NEXT)]
        for each in threads:
            each.start()
        while sum("sp_getapplock" in each.sql for each in place.instance.heard) < 3:
            sleep(0.01)
    for each in threads:
        each.join()
    assert place.instance.commits == 1
    assert sorted(str(each) for each in told if each) == [
        "the database moved since the plan was made: look at a new plan"
    ]
    assert told.count(None) == 1


def test_two_of_the_same_come_to_one(place: Place) -> None:
    threads = [Thread(target=put, args=(place.port,), kwargs={"wait": 10}) for _ in range(2)]
    with session(place.port) as holder, holder.lock(0):
        for each in threads:
            each.start()
        while sum("sp_getapplock" in each.sql for each in place.instance.heard) < 3:
            sleep(0.01)
    for each in threads:
        each.join()
    assert place.instance.commits == 1
    assert look(place.port).is_done


def test_the_lock_outlives_the_transaction_and_is_let_go(place: Place) -> None:
    put(place.port)
    heard = [each.sql for each in place.instance.heard]
    marks = [
        next(at for at, sql in enumerate(heard) if words in sql)
        for words in ("sp_getapplock", "begin transaction;", "commit;", "sp_releaseapplock")
    ]
    assert marks == sorted(marks)
    assert place.instance.databases["sales"].holder is None


def test_another_database_has_another_lock(place: Place) -> None:
    with (
        session(place.port) as first,
        first.lock(0),
        connect(parse(dsn(place.port, "other"))) as second,
        second.lock(0),
    ):
        assert place.instance.databases["sales"].holder is not place.instance.databases["other"].holder


def test_who_is_no_owner_of_the_database_cannot_have_it(place: Place) -> None:
    place.instance.databases["sales"].is_owner = False
    with session(place.port) as opened, pytest.raises(LockError, match=r"sp_getapplock returns -999: .*db_owner$"):
        opened.lock(0).__enter__()


def test_a_look_needs_no_lock(place: Place) -> None:
    with session(place.port) as first, first.lock(0):
        assert verdicts(look(place.port))


def test_what_is_refused_asks_for_no_lock(place: Place) -> None:
    place.instance.settings["clr enabled"] = 0
    with pytest.raises(RefusedError):
        install.check(look(place.port))
    assert not any("sp_getapplock" in each.sql for each in place.instance.heard)
