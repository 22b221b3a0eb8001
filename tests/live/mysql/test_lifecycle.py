"""From nothing to installed and back: what plan, install, status, call and uninstall leave on a server."""

from __future__ import annotations

from pathlib import Path

import pymysql
import pytest

from tests.live.mysql.catalogs import difference, photograph
from tests.live.mysql.databases import NEXT, SPEC, library, loadable, look, plugin_dir, put, remove, sql, verdicts
from tests.scripted import Script, ScriptedLambda
from udfgen import cli
from udfgen.errors import RefusedError
from udfgen.plan import Verdict

BEFORE = {
    "nothing": "do 0",
    "the database": "create database shop",
    "the database with a table in it": "create database shop; create table shop.orders (a int)",
    "the private database": "create database udfgen_shop",
    "the owner": "create user udfgen_shop@localhost account lock",
    "a function beside": "create database shop; create function shop.other() returns int no sql return 1",
    "a procedure of the same name": "create database shop; create procedure shop.price() select 1",
    "rights of others on the database": "create database shop; grant select on shop.* to bob",
}


@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
def test_a_second_install_does_nothing_and_uninstall_leaves_what_was_there(server: str, before: str) -> None:
    sql(server, before)
    was = photograph(server)
    assert put(server, SPEC).statements > 0
    installed, rows = photograph(server), registry(server)
    assert difference(was, installed)
    assert look(server, SPEC).work == ()
    assert put(server, SPEC).statements == 0
    assert (difference(installed, photograph(server)), registry(server)) == ({}, rows)
    assert remove(server, SPEC).warnings == ()
    assert difference(was, photograph(server)) == {}


TOKEN = SPEC.replace("mysql: {}", "mysql: {token_table: true}")


def test_an_install_with_a_token_leaves_nothing_either(server: str, scripted: ScriptedLambda) -> None:
    was = photograph(server)
    put(server, TOKEN)
    (path,) = plugin_dir(server).glob("*.token_sha256")
    assert sql(server, "select sha2(token, 256) from udfgen_shop.token") == [(path.read_text().strip(),)]
    assert (look(server, TOKEN).is_done, put(server, TOKEN).statements) == (True, 0)
    scripted.play(Script(b'{"v": 7}'))
    assert sql(server, "select shop.price('thing', 2)", "app") == [(7,)]
    remove(server, TOKEN)
    assert difference(was, photograph(server)) == {}


def registry(dsn: str) -> object:
    return sql(dsn, "select * from udfgen_shop.registry order by kind, name")


CALLS = {
    "function": ("select shop.price('thing', 2)", b'{"v": 7}', [(7,)]),
    "procedure of rows": ("call shop.stock('thing')", b'{"items": [{"place": "here", "count": 3}]}', [("here", 3)]),
    "procedure of nothing": ("call shop.note('line')", b"null", []),
}


def test_who_was_granted_it_can_call_and_nobody_else(server: str, scripted: ScriptedLambda) -> None:
    put(server, SPEC)
    for statement, body, rows in CALLS.values():
        scripted.play(Script(body))
        assert sql(server, statement, "app") == rows
        with pytest.raises(pymysql.Error, match=r"execute command denied .*'bob'"):
            sql(server, statement, "bob")
        assert len(scripted.requests) == 1
    with pytest.raises(pymysql.Error, match=r"\[udfgen not_authorized\]"):
        sql(server, f"select {loadable(SPEC)}('price', 'app@%', '', 'thing', 2)", "app")


def test_plan_changes_nothing(server: str) -> None:
    was = photograph(server)
    assert set(verdicts(look(server, SPEC)).values()) == {"create"}
    assert difference(was, photograph(server)) == {}


def test_an_upgrade_there_and_back_leaves_one_library(server: str) -> None:
    put(server, SPEC)
    was = photograph(server)
    assert library(SPEC) != library(NEXT)
    found = verdicts(look(server, NEXT))
    assert found == {
        f"core {loadable(NEXT)}": "create",
        "function `udfgen_shop`.`probe`": "change",
        "function `shop`.`price`": "change",
        "function `shop`.`kept`": "change",
        "procedure `shop`.`stock`": "change",
        "procedure `shop`.`memo`": "create",
        "procedure `shop`.`note`": "drop",
        f"core {loadable(SPEC)}": "drop",
    }
    put(server, NEXT)
    assert look(server, NEXT).is_done
    assert {path.name.partition(".so")[0] for path in plugin_dir(server).iterdir()} == {library(NEXT)[:-3]}
    put(server, SPEC)
    assert difference(was, photograph(server)) == {}


def test_a_routine_of_before_reaches_nothing_through_the_new_library(server: str, scripted: ScriptedLambda) -> None:
    put(server, SPEC)
    ((_, _, old, *_),) = sql(server, "show create procedure shop.note")
    put(server, NEXT)
    sql(server, f"use shop; {old}; grant execute on procedure note to app, udfgen_shop@localhost")
    scripted.play(Script())
    # The old library's function is gone: the servers look for a stored one of that name.
    with pytest.raises(pymysql.Error, match=rf"routine 'shop.{loadable(SPEC)}'"):
        sql(server, "call shop.note('line')", "app")
    assert scripted.requests == []


def test_a_routine_of_others_under_our_name_is_refused_until_adopted(server: str) -> None:
    sql(server, "create database shop; create function shop.price(a int) returns int no sql return 1")
    was = photograph(server)
    with pytest.raises(RefusedError, match=r"function `shop`.`price` is there, but not from this install: .*--adopt"):
        put(server, SPEC)
    assert difference(was, photograph(server)) == {}
    put(server, SPEC, frozenset({Verdict.UNMANAGED}))
    assert look(server, SPEC).is_done


def test_a_loadable_function_of_others_under_our_name_is_refused_until_adopted(server: str) -> None:
    put(server, SPEC)
    sql(server, "drop database udfgen_shop; drop database shop")
    with pytest.raises(RefusedError, match=rf"core {loadable(SPEC)} is there, but not from this install: .*--adopt"):
        put(server, SPEC)
    put(server, SPEC, frozenset({Verdict.UNMANAGED}))
    assert look(server, SPEC).is_done


def test_uninstall_does_not_take_what_others_made(server: str) -> None:
    put(server, SPEC)
    sql(server, "create table shop.orders (a int); insert into shop.orders values (7)")
    sql(server, "create function shop.other() returns int no sql return 8; grant execute on function shop.other to bob")
    with_others = photograph(server)
    remove(server, SPEC)
    assert sql(server, "select a, shop.other() from shop.orders") == [(7, 8)]
    assert sql(server, "select shop.other()", "bob") == [(8,)]
    gone = difference(with_others, photograph(server))
    assert not [row for rows in gone.values() for row in rows if row.startswith("+") or "other" in row]


def test_uninstall_of_nothing_says_so(server: str) -> None:
    was = photograph(server)
    assert remove(server, SPEC).statements == 0
    assert difference(was, photograph(server)) == {}


BESIDE = SPEC.replace("name: shop", "name: depot").replace("mysql: {}", "mysql: {database: shop}")
BESIDE = BESIDE[: BESIDE.index("  stock:")].replace("  price:", "  weigh:") + BESIDE[BESIDE.index("engines:") :]


def test_two_specs_in_one_database(server: str, scripted: ScriptedLambda) -> None:
    was = photograph(server)
    put(server, SPEC)
    first = photograph(server)
    put(server, BESIDE)
    assert (look(server, SPEC).is_done, look(server, BESIDE).is_done) == (True, True)
    scripted.play(Script(b'{"v": 7}'))
    assert sql(server, "select shop.price('thing', 2), shop.weigh('thing', 2)", "app") == [(7, 7)]
    remove(server, BESIDE)
    assert difference(first, photograph(server)) == {}
    put(server, BESIDE)
    remove(server, SPEC)
    assert look(server, BESIDE).is_done
    assert sql(server, "select shop.weigh('thing', 2)", "app") == [(7,)]
    remove(server, BESIDE)
    # The first made the database, the second used it: neither knows that it goes with the last.
    assert difference(was, photograph(server)).keys() <= {"database"}


MOVES = {
    "database": "mysql: {database: warehouse}",
    "owner": "mysql: {owner: keeper}",
    "both": "mysql: {database: warehouse, owner: keeper}",
}


@pytest.mark.parametrize("engines", MOVES.values(), ids=MOVES)
def test_a_move_leaves_nothing_behind(server: str, engines: str, scripted: ScriptedLambda) -> None:
    moved = SPEC.replace("mysql: {}", engines)
    put(server, moved)
    fresh = photograph(server)
    remove(server, moved)
    was = photograph(server)
    put(server, SPEC)
    put(server, moved)
    assert look(server, moved).is_done
    assert difference(fresh, photograph(server)) == {}
    scripted.play(Script(b'{"v": 7}'))
    database = "warehouse" if "warehouse" in engines else "shop"
    assert sql(server, f"select {database}.price('thing', 2)", "app") == [(7,)]
    remove(server, moved)
    assert difference(was, photograph(server)) == {}


def test_the_command_line(
    server: str, tmp_path: Path, scripted: ScriptedLambda, capsys: pytest.CaptureFixture[str]
) -> None:
    spec, was = tmp_path / "spec.yaml", photograph(server)
    spec.write_text(SPEC, encoding="utf-8")

    def udfgen(code: int, verb: str, *arguments: str) -> str:
        assert cli.run([verb, str(spec), *arguments]) == code
        told = capsys.readouterr()
        return told.out + told.err

    dsn = ("--dsn", server)
    udfgen(0, "check")
    udfgen(0, "build")
    assert "10 create" in udfgen(2, "plan", *dsn, "--detailed-exitcode")
    assert f"{library(SPEC)} is not there: run `udfgen compile`" in udfgen(1, "install", *dsn, "--yes")
    assert difference(was, photograph(server)) == {}
    assert library(SPEC) in udfgen(0, "compile")
    udfgen(0, "build", "--check")
    assert "Installed: " in udfgen(0, "install", *dsn, "--yes")
    for verb in ("plan", "install", "status"):
        assert "Nothing to do: " in udfgen(0, verb, *dsn)
    scripted.play(Script(b'{"v": 7}'))
    assert " 7\n" in udfgen(0, "call", "price", *dsn, "thing=x", "amount=2")
    assert "Removed." in udfgen(0, "uninstall", *dsn, "--yes")
    assert difference(was, photograph(server)) == {}
    assert "; install the spec first" in udfgen(1, "call", "price", *dsn, "thing=x", "amount=2")
