"""The switch: what it does to calls and triggers, how soon, who may turn it, what it outlives; and it fails closed."""

from __future__ import annotations

import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pymysql
import pytest

from tests.conftest import private_server
from tests.live.mysql.conftest import ROOTS
from tests.live.mysql.databases import (
    ALL,
    ENGINE,
    bundle,
    changed,
    connection,
    is_mariadb,
    look,
    program,
    put,
    reset,
    run,
    session,
    sql,
    verdicts,
)
from tests.live.mysql.test_server import process
from tests.live.mysql.watched import NEXT, ODD, QUEUED, SPEC, TRIED, WRITE, prepare, sent, turn
from tests.scripted import Script, ScriptedLambda
from udfgen import dialect, switch
from udfgen.connect import Session
from udfgen.errors import CallError, RefusedError
from udfgen.render import type_out
from udfgen.state import Mode

OFF = r"\[udfgen disabled\]: {}: it is switched off: udfgen switch turns it on again"
CLOSED = r"\[udfgen unavailable\]: {}: the table of its switch cannot be read, and it may be off: see udfgen status"
SCORE = "select watch.score(1)"
ANSWER = Script(b'{"v": 87}')
SWITCH = "udfgen_watch.switch"
LOST = "the switch was lost or damaged: every binding is off now; udfgen switch turns on what is to be live"


@pytest.fixture
def watched(server: str, scripted: ScriptedLambda) -> str:
    """A server with watch.yaml, whose functions `app` may call."""
    put(prepare(server), SPEC)
    sql(server, "grant execute on watch.* to app")
    scripted.play(ANSWER)
    return server


def test_each_mode_counts_within_a_second_in_every_session(watched: str, scripted: ScriptedLambda) -> None:
    with connection(watched, "app") as opened:
        assert run(opened, SCORE) == [(87,)]
        turn(watched, SPEC, "ask", "off")
        with pytest.raises(pymysql.Error, match=OFF.format("ask")):
            run(opened, SCORE)
        turn(watched, SPEC, "ask", "dry_run")
        scripted.play(TRIED)
        assert run(opened, SCORE) == [(None,)]
        assert dict(scripted.requests[0].headers)["x-amz-invocation-type"] == "DryRun"
        turn(watched, SPEC, "ask", "live")
        scripted.play(ANSWER)
        assert run(opened, SCORE) == [(87,)]
    assert sql(watched, f"select * from {SWITCH}") == []


def test_a_session_in_a_transaction_follows_too(watched: str) -> None:
    """It sees old rows, and the switch is none of them."""
    with connection(watched, "app", autocommit=False) as opened:
        run(opened, "set transaction isolation level repeatable read; select * from trade.orders")
        turn(watched, SPEC, "ask", "off")
        with pytest.raises(pymysql.Error, match=OFF.format("ask")):
            run(opened, SCORE)


def test_a_session_that_locked_tables_may_call(watched: str) -> None:
    with connection(watched, "app") as opened:
        sql(watched, "grant lock tables on trade.* to app")
        run(opened, "lock tables trade.orders write")
        assert run(opened, SCORE) == [(87,)]


def test_a_call_that_hangs_does_not_keep_the_switch(watched: str, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"v": 1}', delay=2))
    waiting = threading.Thread(target=sql, args=(watched, SCORE))
    waiting.start()
    while not scripted.requests:
        time.sleep(0.01)
    began = time.monotonic()
    turn(watched, SPEC, "ask", "off")
    assert time.monotonic() - began < 1.6
    with pytest.raises(pymysql.Error, match=OFF.format("ask")):
        sql(watched, SCORE)
    waiting.join()


def test_off_comes_before_arguments_and_on_error_does_not_hide_it(server: str, scripted: ScriptedLambda) -> None:
    text = changed(
        SPEC, ("returns: {type: bigint, path: $.v}", "on_error: return_null\n    returns: {type: bigint, path: $.v}")
    )
    put(prepare(server), text)
    scripted.play(Script(b"no JSON"))
    assert sql(server, SCORE) == [(None,)]
    turn(server, text, "ask", "off")
    with pytest.raises(pymysql.Error, match=OFF.format("ask")):
        sql(server, SCORE)


def test_triggers_stop_their_write_or_pass_it_by(watched: str, scripted: ScriptedLambda) -> None:
    for binding in ("queue", "ask"):
        turn(watched, SPEC, binding, "off")
    assert sent(scripted, watched, f"{WRITE}, (11, 'y')") == []
    assert sql(watched, "select count(*) from trade.orders") == [(2,)]
    with pytest.raises(pymysql.Error, match=OFF.format("ask")):
        sql(watched, f"insert into {ODD} values (1)", "app")
    turn(watched, SPEC, "queue", "dry_run")
    scripted.play(TRIED)
    assert len(sent(scripted, watched, WRITE)) == 1
    turn(watched, SPEC, "queue", "live")
    scripted.play(QUEUED)
    assert len(sent(scripted, watched, WRITE)) == 1


def test_when_off_skip_passes_no_other_failure_by(watched: str, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b"{}", 500))
    with pytest.raises(pymysql.Error, match=r"\[udfgen unavailable\]"):
        sql(watched, WRITE, "app")
    sql(watched, f"drop table {SWITCH}")
    time.sleep(1.1)
    with pytest.raises(pymysql.Error, match=CLOSED.format("queue")):
        sql(watched, WRITE, "app")


def test_a_binding_that_is_turned_twice_has_one_row(watched: str) -> None:
    for mode in ("off", "off", "dry_run", "off"):
        turn(watched, SPEC, "ask", mode)
        assert sql(watched, f"select * from {SWITCH}") == [("ask", mode)]


def test_many_who_turn_it_at_once_leave_it_turned(watched: str) -> None:
    """Nobody comes between the statements of one of them: else each might take away what the other put there."""

    def turns(mode: str) -> None:
        text = dialect.load(ENGINE).part("lower").switch(program(SPEC), "ask", mode)
        statement = type_out(ENGINE, text)
        with connection(watched) as opened:
            for _ in range(50):
                run(opened, statement)

    turn(watched, SPEC, "ask", "off")
    threads = [threading.Thread(target=turns, args=(mode,)) for mode in ("off", "dry_run") * 2]
    for thread in threads:
        thread.start()
    seen: set[int] = set()
    while any(thread.is_alive() for thread in threads):
        ((count,),) = sql(watched, f"select count(*) from {SWITCH}")
        seen.add(count)
        time.sleep(0.005)
    assert seen == {1}
    assert len(sql(watched, f"select * from {SWITCH}")) == 1


def test_nobody_else_sees_or_turns_it(watched: str) -> None:
    for statement in (
        f"select * from {SWITCH}",
        f"insert into {SWITCH} values ('ask', 'off')",
        f"delete from {SWITCH}",
    ):
        for user in ("app", "bob"):
            with pytest.raises(pymysql.Error, match="denied"):
                sql(watched, statement, user)
    for right in ("insert", "delete", "drop"):
        sql(watched, f"grant {right} on udfgen_watch.* to bob")
        with pytest.raises(RefusedError, match="account `bob`@`%` has rights in the private database"):
            put(watched, NEXT)
        sql(watched, f"revoke {right} on udfgen_watch.* from bob")


HURT = {
    "gone": (f"drop table {SWITCH}", "missing"),
    "another engine": (f"alter table {SWITCH} engine = innodb", "drift"),
    "a column more": (f"alter table {SWITCH} add why varchar(20) not null", "drift"),
    "a column less": (f"alter table {SWITCH} drop mode", "drift"),
    "columns the other way": (
        f"alter table {SWITCH} modify binding varchar(255) character set ascii not null after mode",
        "drift",
    ),
    "a column of another type": (f"alter table {SWITCH} modify mode varchar(20) not null", "drift"),
}


@pytest.mark.parametrize(("change", "verdict"), HURT.values(), ids=HURT)
def test_a_table_that_is_hurt_is_told_and_mended_and_meanwhile_closed(
    watched: str, scripted: ScriptedLambda, change: str, verdict: str
) -> None:
    turn(watched, SPEC, "ask", "off")
    sql(watched, change)
    time.sleep(1.1)
    scripted.play(ANSWER)
    with pytest.raises(pymysql.Error, match=r"\[udfgen (unavailable|disabled)\]: ask: "):
        sql(watched, SCORE)
    assert scripted.requests == []
    assert verdicts(look(watched, SPEC)) == {"switch `udfgen_watch`.`switch`": verdict}
    lost = verdict == "missing"
    assert put(watched, SPEC, ALL).warnings == ((LOST,) if lost else ())
    assert look(watched, SPEC).is_done
    time.sleep(1.1)
    with pytest.raises(pymysql.Error, match=OFF.format("ask")):
        sql(watched, SCORE)
    assert sql(watched, f"select * from {SWITCH} order by binding") == [("ask", "off")] + [("queue", "off")] * lost


def file_of(dsn: str) -> Path:
    """Return the file of the switch's table, as seen from here."""
    ((folder,),) = sql(dsn, "select @@datadir")
    return (process(dsn) / "root").resolve() / str(folder).lstrip("/") / "udfgen_watch" / "switch.CSV"


ROW = b'"ask","off"\n'
FILES = {
    "lost": None,
    "empty": b"",
    "half of a row": ROW + b'"queue","o',
    "a row without its end": ROW + ROW.strip(),
    "half of the first row": b'"as',
    "no rows at all": b"\0" * 24,
    "another format": b"ask,off\r\n",
    "far too long": ROW * 100_000,
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_a_file_that_is_hurt_is_told_and_mended_with_all_bindings_off(
    watched: str, scripted: ScriptedLambda, content: bytes | None
) -> None:
    """Nobody can know what was switched: `switch` refuses and says what to run, and so does an install."""
    turn(watched, SPEC, "ask", "off")
    file_of(watched).unlink() if content is None else file_of(watched).write_bytes(content)
    seen = look(watched, SPEC)
    assert verdicts(seen) == {"switch `udfgen_watch`.`switch`": "drift"}
    (change,) = seen.work
    assert re.search(r"its file is lost or half-written \(.*--replace-drift` makes it anew with every", change.diff)
    with session(watched) as opened:
        for act in (lambda: switch.modes(program(SPEC), bundle(SPEC), opened), lambda: turn_off(opened)):
            with pytest.raises(CallError, match=r"`udfgen_watch`\.`switch` cannot be used: its file is lost or half-"):
                act()
    with pytest.raises(RefusedError, match="--replace-drift"):
        put(watched, SPEC)
    assert put(watched, SPEC, ALL).warnings == (LOST,)
    assert look(watched, SPEC).is_done
    time.sleep(1.1)
    scripted.play(ANSWER)
    with pytest.raises(pymysql.Error, match=OFF.format("ask")):
        sql(watched, SCORE)
    turn(watched, SPEC, "ask", "live")
    assert (sql(watched, SCORE), sql(watched, f"select * from {SWITCH}")) == ([(87,)], [("queue", "off")])


def turn_off(opened: Session) -> None:
    """Switch a binding off, as `udfgen switch` does."""
    switch.turn(program(SPEC), bundle(SPEC), opened, "ask", Mode.OFF)


def test_a_table_that_is_as_it_should_be_is_not_made_anew(watched: str) -> None:
    turn(watched, SPEC, "ask", "off")
    before = file_of(watched).stat()
    (table,) = (each for each in bundle(SPEC).objects if each.key.kind == "switch")
    with session(watched) as opened:
        for statement in (*bundle(SPEC).opening, *(each.sql for each in table.statements), *bundle(SPEC).closing):
            opened.run(statement)
        assert opened.warnings == []
    assert (file_of(watched).stat().st_ino, sql(watched, f"select * from {SWITCH}")) == (
        before.st_ino,
        [("ask", "off")],
    )


def test_a_cut_while_it_is_made_anew_leaves_it_closed(watched: str) -> None:
    """The table went, and the new one has not its name yet: the next install is there again."""
    sql(watched, f"create table {SWITCH}_new like {SWITCH}; drop table {SWITCH}")
    time.sleep(1.1)
    with pytest.raises(pymysql.Error, match=CLOSED.format("ask")):
        sql(watched, SCORE)
    assert put(watched, NEXT).warnings == (LOST,)
    assert sql(watched, f"select * from {SWITCH} order by 1") == [("ask", "off"), ("queue", "off")]


def test_calls_go_on_while_it_is_switched_and_made_anew(watched: str) -> None:
    """A look that meets a file half written, or none for a moment, looks again."""
    errors: list[str] = []
    done = threading.Event()

    def calls() -> None:
        with connection(watched, "app") as opened:
            while not done.is_set():
                try:
                    run(opened, SCORE)
                except pymysql.Error as error:
                    errors.append(str(error))

    thread = threading.Thread(target=calls)
    thread.start()
    try:
        until = time.monotonic() + 6
        while time.monotonic() < until:
            sql(watched, f"alter table {SWITCH} engine = csv, force")
            sql(watched, f"insert into {SWITCH} values ('queue', 'off'); delete from {SWITCH}")
    finally:
        done.set()
        thread.join(20)
    assert errors == []


def test_a_mode_by_hand_that_is_none_is_off(watched: str) -> None:
    sql(watched, f"set sql_mode = ''; insert ignore into {SWITCH} values ('ask', 'OF F')")
    time.sleep(1.1)
    with pytest.raises(pymysql.Error, match=OFF.format("ask")):
        sql(watched, SCORE)


def test_an_upgrade_keeps_it(watched: str) -> None:
    turn(watched, SPEC, "ask", "off")
    put(watched, NEXT)
    with pytest.raises(pymysql.Error, match=OFF.format("ask")):
        sql(watched, SCORE)


def test_a_server_that_wants_keys_takes_it(server: str) -> None:
    if is_mariadb(server):
        pytest.skip("MariaDB has no sql_require_primary_key")
    prepare(server)
    sql(server, "set global sql_require_primary_key = on")
    try:
        put(server, SPEC)
        assert look(server, SPEC).is_done
    finally:
        sql(server, "set global sql_require_primary_key = off")


@pytest.fixture(params=ROOTS)
def own(request: pytest.FixtureRequest, scripted: ScriptedLambda) -> Iterator[str]:
    """A server of the test's own."""
    with private_server(ENGINE, scripted.environment(), request.param) as dsn:
        reset(dsn)
        yield dsn


@contextmanager
def started_again(dsn: str) -> Iterator[None]:
    """Shut a server down, and start it with the same command line and environment."""
    place = process(dsn)
    words = (place / "cmdline").read_bytes().decode().rstrip("\0").split("\0")
    settings = (place / "environ").read_bytes().decode().rstrip("\0").split("\0")
    root, user = (place / "root").readlink(), place.stat().st_uid
    sql(dsn, "shutdown")
    while place.exists() and (place / "cmdline").read_bytes():
        time.sleep(0.05)
    command = ["chroot", f"--userspec={user}:{user}", str(root), *words]
    environment = dict(each.split("=", 1) for each in settings)
    again = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until_it_answers(dsn)
        yield
    finally:
        again.terminate()
        again.wait(20)


def until_it_answers(dsn: str) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with suppress(pymysql.Error):
            sql(dsn, "select 1")
            return
        time.sleep(0.05)


def test_it_outlives_the_server(own: str, scripted: ScriptedLambda) -> None:
    put(prepare(own), SPEC)
    turn(own, SPEC, "ask", "off")
    scripted.play(ANSWER)
    with started_again(own):
        with pytest.raises(pymysql.Error, match=OFF.format("ask")):
            sql(own, SCORE)
        assert (scripted.requests, look(own, SPEC).is_done) == ([], True)
        turn(own, SPEC, "ask", "live")
        assert sql(own, SCORE) == [(87,)]
