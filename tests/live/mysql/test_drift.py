"""What somebody changed by hand: every field of every object is seen, refused without a word, put right with one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.live.mysql.catalogs import difference, photograph
from tests.live.mysql.databases import (
    ALL,
    SPEC,
    bundle,
    connection,
    library,
    loadable,
    look,
    plugin_dir,
    put,
    reset,
    run,
    session,
    sql,
    verdicts,
)
from udfgen import cli
from udfgen.bundle import Key
from udfgen.errors import RefusedError

OWNER = "udfgen_shop@localhost"
REGISTRY = "udfgen_shop.registry"
PRICE = "function `shop`.`price`"
STRICT = "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_UNSIGNED_SUBTRACTION"


@dataclass(frozen=True)
class Mutant:
    """A change by hand, as SQL or as what Python does to a server, and what the plan must say of which object.

    `problem` is a part of the reason why nothing is installed; `advice` the SQL that follows it.
    """

    change: str | Callable[[str], None]
    verdict: str = "drift"
    key: str = PRICE
    problem: str = ""
    advice: str = ""


def recreated(old: str, new: str, settings: str = STRICT) -> Mutant:
    """Return a mutant whose function has a part of its text replaced, under some sql_mode."""

    def change(dsn: str) -> None:
        with connection(dsn, database="shop") as opened:
            ((_, _, text, *_),) = run(opened, "show create function price")
            text = text.replace("`amount` integer)", "`amount` int)").replace("CHARACTER SET", "character set")
            assert old in text, text
            run(opened, f"set session sql_mode = '{settings}'; drop function price")
            run(opened, text.replace(old, new))
            run(opened, f"grant execute on function price to app, {OWNER}")

    return Mutant(change)


def core(change: str | Callable[[str], None], verdict: str = "drift") -> Mutant:
    """Return a change of the loadable function or its files."""
    return Mutant(change, verdict, f"core {loadable(SPEC)}")


def account(sql: str, advice: str = "") -> Mutant:
    """Return a change of the owner."""
    problem = "has rights of its own: name another one as engines.mysql.owner" if advice else ""
    return Mutant(sql, key="account `udfgen_shop`@`localhost`", problem=problem, advice=advice)


def file(content: bytes | None) -> Callable[[str], None]:
    """Return what writes a new file in place of the library, by rename (b'': a byte more), or deletes it."""

    def change(dsn: str) -> None:
        path = plugin_dir(dsn) / library(SPEC)
        assert path.exists()
        if content is None:
            path.unlink()
        else:
            partial = path.with_name("partial")
            partial.write_bytes(content or path.read_bytes() + b"\0")
            partial.replace(path)

    return change


def reloaded(dsn: str) -> None:
    """Let the server load its library anew, as a restart does."""
    sql(
        dsn, f"drop function {loadable(SPEC)}; create function {loadable(SPEC)} returns string soname '{library(SPEC)}'"
    )


def tampered(dsn: str) -> None:
    """Put other bytes into the library, and let the server load them."""
    file(b"")(dsn)
    reloaded(dsn)


def bound_to_another(dsn: str) -> None:
    """Let the loadable function be in a file of another name."""
    path = plugin_dir(dsn) / library(SPEC)
    (path.parent / "mine.so").write_bytes(path.read_bytes())
    sql(dsn, f"drop function {loadable(SPEC)}; create function {loadable(SPEC)} returns string soname 'mine.so'")


MUTANTS: Mapping[str, Mutant] = {
    # a routine's own fields
    "body": recreated("'price'", "'kept'"),
    "body by one space": recreated("'price',", "'price' ,"),
    "definer": recreated("`udfgen_shop`@`localhost`", "`root`@`localhost`"),
    "sql_mode": recreated("price", "price", settings="STRICT_ALL_TABLES"),
    "sql_mode, empty": recreated("price", "price", settings=""),
    "deterministic": recreated(" READS SQL DATA", " DETERMINISTIC READS SQL DATA"),
    "parameter's name": recreated("`thing`", "`item`"),
    "parameter's type": recreated("`amount` int", "`amount` smallint"),
    "parameter's character set": recreated("utf8mb4,", "latin1,"),
    "one parameter more": recreated("`amount` int)", "`amount` int, `third` int)"),
    "return type": recreated(") RETURNS int", ") RETURNS bigint"),
    "data access": Mutant("alter function shop.price no sql"),
    "security type": Mutant("alter function shop.price sql security invoker"),
    "comment": Mutant("alter function shop.price comment 'mine'"),
    "comment removed": recreated("COMMENT 'Price of a thing.'", ""),
    "procedure's comment": Mutant("alter procedure shop.note comment 'mine'", key="procedure `shop`.`note`"),
    "procedure's security type": Mutant(
        "alter procedure shop.stock sql security invoker", key="procedure `shop`.`stock`"
    ),
    "probe's comment": Mutant("alter function udfgen_shop.probe comment 'mine'", key="function `udfgen_shop`.`probe`"),
    # who may call it
    "granted to one more": Mutant("grant execute on function shop.price to bob"),
    "may be altered": Mutant("grant alter routine on function shop.price to app"),
    "grant option": Mutant("grant execute on function shop.price to app with grant option"),
    "revoked": Mutant("revoke execute on function shop.price from app"),
    "revoked from the owner": Mutant(f"revoke execute on function shop.price from {OWNER}"),
    "revoked from all": Mutant(f"revoke execute on function shop.price from app, {OWNER}"),
    # gone
    "dropped": Mutant("drop function shop.price", "missing"),
    "probe dropped": Mutant("drop function udfgen_shop.probe", "missing", "function `udfgen_shop`.`probe`"),
    # the loadable function and its files
    "core dropped": core(f"drop function {loadable(SPEC)}", "missing"),
    "core bound to another library": core(bound_to_another),
    "library replaced": core(file(b"")),
    "library replaced and loaded": core(tampered),
    "library deleted": core(file(None)),
    "library cut": core(file(b"\x7fELF")),
    # the owner
    "owner unlocked": account(f"alter user {OWNER} account unlock"),
    "owner has a global right": account(f"grant process on *.* to {OWNER}", f"revoke process on *.* from {OWNER}"),
    "owner has a right on a database": account(
        f"grant select on shop.* to {OWNER}", f"revoke select on shop.* from {OWNER}"
    ),
    # the ground
    "database dropped": Mutant("drop database shop", "create", "database `shop`"),
    # the registry
    "registry: emptied": Mutant(f"delete from {REGISTRY}", "unmanaged"),
    "registry: a row deleted": Mutant(f"delete from {REGISTRY} where name like '%price%'", "unmanaged"),
    "registry: a definition changed": Mutant(f"update {REGISTRY} set definition = 'x' where name like '%price%'"),
    "registry: a definition emptied": Mutant(
        f"update {REGISTRY} set definition = '' where name like '%price%'", "change"
    ),
    "registry: a digest changed": Mutant(f"update {REGISTRY} set desired = 'x' where name like '%price%'", "change"),
    "registry: the core's row changed": core(f"update {REGISTRY} set definition = 'x' where kind = 'core'"),
}  # fmt: skip


def live(dsn: str) -> dict[Key, str]:
    """Return every object's definition."""
    made = bundle(SPEC)
    with session(dsn) as opened:
        return {key: each.definition for key, each in opened.observe(made).live.items()}


@pytest.fixture
def installed(running: str) -> str:
    """A server with the spec in it: installed anew only when the test before did not put it right."""
    if f"core {loadable(SPEC)}" not in {str(key) for key in live(running)} or not look(running, SPEC).is_done:
        reset(running)
        put(running, SPEC)
    return running


def status(dsn: str, folder: Path) -> int:
    """Return the exit code of `udfgen status`."""
    spec = folder / "spec.yaml"
    spec.write_text(SPEC, encoding="utf-8")
    return cli.run(["status", str(spec), "--dsn", dsn])


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_a_change_by_hand_is_seen_and_put_right(installed: str, mutant: Mutant, tmp_path: Path) -> None:
    was, pictured = live(installed), photograph(installed)
    sql(installed, mutant.change) if isinstance(mutant.change, str) else mutant.change(installed)
    plan = look(installed, SPEC)
    found = verdicts(plan)
    assert mutant.verdict in {verdict for key, verdict in found.items() if mutant.key in key}, found
    assert status(installed, tmp_path) == 2
    if mutant.problem:
        with pytest.raises(RefusedError, match=mutant.problem):
            put(installed, SPEC, ALL)
        sql(installed, mutant.advice)
    elif mutant.verdict in ("drift", "unmanaged"):
        with pytest.raises(RefusedError, match={"drift": "--replace-drift", "unmanaged": "--adopt"}[mutant.verdict]):
            put(installed, SPEC)
    put(installed, SPEC, ALL)
    assert look(installed, SPEC).is_done
    assert status(installed, tmp_path) == 0
    assert live(installed) == was
    for path in plugin_dir(installed).glob("mine*"):
        path.unlink()
    assert difference(pictured, photograph(installed)) == {}


def test_a_plan_shows_what_was_changed_by_hand(installed: str) -> None:
    sql(installed, "alter function shop.price sql security invoker; grant execute on function shop.price to bob")
    (change,) = look(installed, SPEC).work
    assert "\n+not deterministic reads sql data sql security invoker" in change.diff
    assert "\n+may execute: `app`@`%`, `bob`@`%`, `udfgen_shop`@`localhost`" in change.diff
    put(installed, SPEC, ALL)


def test_the_right_to_read_the_private_database_is_a_problem(installed: str) -> None:
    for grant in (f"select on {REGISTRY}", "select on udfgen_shop.*", f"select (name) on {REGISTRY}"):
        sql(installed, f"grant {grant} to bob")
        with pytest.raises(
            RefusedError, match=r"account `bob`@`%` has rights in the private database 'udfgen_shop': revoke"
        ):
            put(installed, SPEC)
        sql(installed, f"revoke {grant} from bob")
        assert look(installed, SPEC).problems == ()
