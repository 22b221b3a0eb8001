"""Whatever batch fails, wherever the connection ends: the database is as it was or as it should be, never between."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy

import pytest

from tests.tds.conftest import Place
from tests.tds.database import Content
from tests.tds.server import How, Instance
from tests.tds.support import NEXT, SPEC, VOID, bundle, look, put, put_in, remove, remove_in, session
from udfgen.connect import Session
from udfgen.errors import InstallError, UdfgenError

Act = Callable[[Session], object]

ACTS: dict[str, tuple[str | None, Act, str | None]] = {
    "install": (None, lambda opened: put_in(opened, SPEC), SPEC),
    "upgrade": (SPEC, lambda opened: put_in(opened, NEXT), NEXT),
    "uninstall": (NEXT, lambda opened: remove_in(opened, NEXT), None),
}
"""By name: the spec that is there before, what is done, the spec that is there after."""


def rehearsed(place: Place, name: str) -> tuple[range, Instance, Instance]:
    """Do it once without a fault, as `rehearse` does, where it is done."""
    before_spec, act, _ = ACTS[name]
    if before_spec:
        put(place.port, before_spec)
    return rehearse(place, act)


def rehearse(place: Place, act: Act) -> tuple[range, Instance, Instance]:
    """Act without a fault; return the numbers of the batches from the lock on, the server before and after."""
    before = deepcopy_of(place.instance)
    with session(place.port) as opened:
        start = len(place.instance.heard)
        act(opened)
        batches = [each.sql for each in place.instance.heard[start:]]
    first = next(at for at, sql in enumerate(batches) if "sp_getapplock" in sql)
    return range(first, len(batches)), before, deepcopy_of(place.instance)


def deepcopy_of(instance: Instance) -> Instance:
    """Return a copy of what an install changes of a server."""
    copied = Instance(instance.perform, trusted=dict(instance.trusted))
    copied.databases["sales"].content = deepcopy(instance.content)
    return copied


def put_back(instance: Instance, before: Instance) -> None:
    """Make a server what it was."""
    instance.trusted, instance.commits, instance.plot = dict(before.trusted), 0, None
    instance.databases["sales"].content = deepcopy(before.content)


@pytest.mark.parametrize("how", How)
@pytest.mark.parametrize("name", ACTS)
def test_each_batch_may_fail(place: Place, name: str, how: How) -> None:
    instance, (_, act, text) = place.instance, ACTS[name]
    batches, before, after = rehearsed(place, name)
    refused = 0
    for at in batches:
        put_back(instance, before)
        with session(place.port) as opened:
            instance.plot = at, how
            refused += fails(act, opened)
        instance.rest()
        assert instance.plot is None, "nothing went wrong"
        committed = require_whole(instance, before.content, after.content)
        finish(place, text)
        assert instance.content == after.content
        assert instance.trusted == after.trusted or (committed and instance.trusted.keys() > after.trusted.keys())
    assert len(batches) - refused <= 8, "most faults are told; those of the sweep and of the lock's end need not be"


def fails(act: Act, opened: Session) -> bool:
    """Tell whether it fails, as udfgen's own errors do."""
    try:
        act(opened)
    except UdfgenError:
        return True
    return False


def require_whole(instance: Instance, before: Content, after: Content) -> bool:
    """The database is as it was, unless the transaction was committed, which is returned; nobody holds anything."""
    committed, here = instance.commits > 0, instance.databases["sales"]
    assert instance.content == (after if committed else before)
    assert (here.holder, here.writer) == (None, None)
    return committed


def finish(place: Place, text: str | None) -> None:
    """Do it again, without a fault."""
    if text:
        put(place.port, text)
        assert look(place.port, text).is_done
    else:
        remove(place.port, NEXT)


@pytest.mark.parametrize("how", [How.ERROR, How.CUT_BEFORE])
def test_a_failed_step_says_which_and_that_nothing_was_changed(place: Place, how: How) -> None:
    at = place_of(place, "create procedure")
    with session(place.port) as opened:
        place.instance.plot = at, how
        with pytest.raises(InstallError) as told:
            put_in(opened)
    said = {
        How.ERROR: "Msg 1205, line 1: Transaction was deadlocked on lock resources and has been chosen as the victim; "
        "another session held what is to be changed, and wanted what was: run it again",
        How.CUT_BEFORE: "Server closed connection",
    }
    assert str(told.value) == f"procedure quickstart.core$log_event: {said[how]}; nothing was changed"
    assert place.instance.content == Content()


def place_of(place: Place, words: str, text: str = SPEC) -> int:
    """Return the number of the batch that has some words, of those of an install: done once, and taken back."""
    before = deepcopy_of(place.instance)
    with session(place.port) as opened:
        start = len(place.instance.heard)
        put_in(opened, text)
    put_back(place.instance, before)
    return next(at for at, each in enumerate(place.instance.heard[start:]) if words in each.sql)


def test_what_fails_here_and_not_on_the_server_is_taken_back_too(place: Place) -> None:
    with session(place.port) as opened:
        stopped(opened)
        assert place.instance.content == Content()
        assert place.instance.databases["sales"].writer is None
        put_in(opened)


def stopped(opened: Session) -> None:
    """Make the schema, and be stopped by the user."""
    with suppress(KeyboardInterrupt), opened.transaction():
        opened.run(bundle(SPEC).objects[0].statements[0].sql)
        raise KeyboardInterrupt


def test_a_commit_without_an_answer_is_told_as_what_it_is(place: Place) -> None:
    at = place_of(place, "commit;")
    with session(place.port) as opened:
        place.instance.plot = at, How.CUT_AFTER
        with pytest.raises(InstallError, match=r"; whether it was committed is not known, udfgen status tells$"):
            put_in(opened)
    assert look(place.port).is_done


@pytest.mark.parametrize("how", How)
def test_trust_that_a_cut_sweep_left_is_told_and_an_administrators(place: Place, how: How) -> None:
    put(place.port)
    (old,) = place.instance.content.assemblies
    at = place_of(place, "sp_drop_trusted_assembly", NEXT)
    with session(place.port) as opened:
        place.instance.plot = at, how
        (told,) = put_in(opened, NEXT).warnings
    assert old in told
    assert " may stay trusted: " in told
    assert "; an administrator ends that by exec sys.sp_drop_trusted_assembly with the hash " in told
    left = 0 if how is How.CUT_AFTER else 1
    assert len(place.instance.trusted) == 1 + left
    put(place.port, VOID)
    assert len(place.instance.trusted) == 1 + left


def test_a_failed_install_takes_back_the_trust_that_it_gave(place: Place) -> None:
    at = place_of(place, "create procedure")
    with session(place.port) as opened:
        place.instance.plot = at, How.ERROR
        with pytest.raises(InstallError):
            put_in(opened)
    assert any("sp_add_trusted_assembly" in each.sql for each in place.instance.heard)
    assert place.instance.trusted == {}
