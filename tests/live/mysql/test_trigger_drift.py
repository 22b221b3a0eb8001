"""A trigger or a right that was changed by hand is seen and put right; so is what stands on it."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from tests.live.mysql.catalogs import difference, photograph
from tests.live.mysql.databases import ALL, connection, look, put, run, sql, verdicts
from tests.live.mysql.test_drift import Mutant
from tests.live.mysql.watched import QUEUED, SPEC, WRITE, prepare, sent
from tests.scripted import ScriptedLambda
from udfgen.errors import RefusedError

INSERT, UPDATE = "trigger `trade`.`watch_insert`", "trigger `trade`.`watch_update`"
RIGHT = "right `trade`.`orders`"
OWNER = "`udfgen_watch`@`localhost`"
SETTINGS = "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_UNSIGNED_SUBTRACTION"
BY_OWNER = f"create definer = {OWNER} trigger"


def made(before: str, after: str, settings: str = SETTINGS, names: str = "utf8mb4") -> Mutant:
    """Return a mutant whose trigger has a part of its text replaced, under some sql_mode and character set."""

    def change(dsn: str) -> None:
        with connection(dsn, database="trade") as opened:
            ((_, _, text, *_),) = run(opened, "show create trigger watch_insert")
            given = re.sub(re.escape(before), after, text, count=1, flags=re.IGNORECASE)
            assert before.lower() in text.lower(), text
            run(opened, f"set names {names}; set session sql_mode = '{settings}'; drop trigger watch_insert")
            run(opened, given)

    return Mutant(change, key=INSERT)


MUTANTS: Mapping[str, Mutant] = {
    "body": made("'orders'", "'others'"),
    "body by one space": made("'orders'", " 'orders'"),
    "condition": made("- 5) > 0", "- 5) > 1"),
    "definer": made("`udfgen_watch`@`localhost`", "`root`@`localhost`"),
    "sql_mode": made("AFTER INSERT", "AFTER INSERT", "STRICT_ALL_TABLES"),
    "character set": made("AFTER INSERT", "AFTER INSERT", names="latin1"),
    "before, not after": made("after insert", "before insert"),
    "another event": Mutant(
        f"use trade; drop trigger watch_insert; {BY_OWNER} watch_insert after delete on trade.orders for each row do 1",
        key=INSERT,
    ),
    "another table": Mutant(
        f"drop trigger trade.watch_insert; {BY_OWNER} trade.watch_insert after insert on trade.aside for each row do 0",
        key=INSERT,
    ),
    "dropped": Mutant("drop trigger trade.watch_update", "missing", UPDATE),
    "the table is another of that name": Mutant(
        "create table trade.new like trade.orders; rename table trade.orders to trade.old, trade.new to trade.orders",
        key=INSERT,
    ),
    "one more of the owner's": Mutant(
        f"{BY_OWNER} trade.mine after insert on trade.aside for each row do 0", "foreign", "trigger `trade`.`mine`"
    ),
    "no right": Mutant(f"revoke trigger on trade.orders from {OWNER}", key=RIGHT),
    "a column less": Mutant(f"revoke select (name) on trade.orders from {OWNER}", key=RIGHT),
    "no rights at all": Mutant(f"revoke all privileges on trade.orders from {OWNER}", "missing", RIGHT),
    "one right more": Mutant(f"grant delete on trade.orders to {OWNER}", key=RIGHT),
    "all columns": Mutant(f"grant select on trade.orders to {OWNER}", key=RIGHT),
    "one column more": Mutant(f"grant select (other), insert (name) on trade.orders to {OWNER}", key=RIGHT),
    "may grant": Mutant(f"grant trigger on trade.orders to {OWNER} with grant option", key=RIGHT),
    "rights on another table": Mutant(f"grant select on trade.aside to {OWNER}", "foreign", "right `trade`.`aside`"),
}


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_a_change_by_hand_is_seen_and_put_right(server: str, scripted: ScriptedLambda, mutant: Mutant) -> None:
    put(prepare(server), SPEC)
    was = photograph(server)
    sql(server, mutant.change) if isinstance(mutant.change, str) else mutant.change(server)
    assert verdicts(look(server, SPEC)).get(mutant.key) == mutant.verdict
    if mutant.verdict == "foreign":
        return
    if mutant.verdict == "drift":
        with pytest.raises(RefusedError, match="--replace-drift"):
            put(server, SPEC)
    put(server, SPEC, ALL)
    assert look(server, SPEC).is_done
    scripted.play(QUEUED)
    assert len(sent(scripted, server, WRITE)) == 1
    sql(server, "drop table if exists trade.old")
    assert difference(was, photograph(server)) == {}
