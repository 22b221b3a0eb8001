"""What somebody changed by hand: every field of every object is seen, refused without a word, put right with one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest

from tests.live.databases import ALL, bundle, look, put, quickstart, remove, session, sql, verdicts
from udfgen.bundle import Key
from udfgen.errors import InstallError, RefusedError

SPEC = quickstart()
SCORE, SCORE_NAME = "quickstart.score_customer(bigint, text)", '"quickstart"."score_customer"(bigint, text)'
ORDERS = "quickstart.recent_orders(bigint, integer)"
CORE = "quickstart.udfgen_quickstart_core()"
OWNER = "udfgen_quickstart"
REGISTRY = "quickstart.udfgen_quickstart_registry"


@dataclass(frozen=True)
class Mutant:
    """A change by hand: SQL, and what the plan must say of which object; `stays`: shown, but not ours to put right."""

    sql: str
    verdict: str = "drift"
    key: str = f"function {SCORE_NAME}"
    stays: bool = False


def rewritten(function: str, old: str, new: str) -> str:
    """Return SQL that creates a function anew with a part of its text replaced; raises when that part is missing."""
    return f"""
        do $do$
        declare
            text text := pg_get_functiondef('{function}'::regprocedure);
        begin
            assert position($old${old}$old$ in text) > 0;
            execute replace(text, $old${old}$old$, $new${new}$new$);
        end
        $do$"""


def recreated(function: str, old: str, new: str) -> str:
    """Return SQL that drops a function first: for what CREATE OR REPLACE cannot change."""
    body = rewritten(function, old, new)
    return body.replace("execute replace", f"drop function {function}; execute replace")


def core(sql: str) -> Mutant:
    """Return a change of the core."""
    return Mutant(sql, key='core "quickstart"."udfgen_quickstart_core"()')


def role(sql: str) -> Mutant:
    """Return a change of the owner."""
    return Mutant(sql, key=f'role "{OWNER}"')


def registry(sql: str) -> Mutant:
    """Return a change of the rights on the registry."""
    return Mutant(sql, key='registry "quickstart"."udfgen_quickstart_registry"')


MUTANTS: Mapping[str, Mutant] = {
    # a wrapper's own fields
    "body": Mutant(rewritten(SCORE, "return udfgen_call(*args)", "return None")),
    "body by one space": Mutant(rewritten(SCORE, "return udfgen_call(*args)", "return udfgen_call(*args) ")),
    "language": Mutant(
        f"create or replace function {SCORE[:-14]}(customer_id bigint, tier text default 'basic') "
        "returns numeric language sql as 'select 1.0'"
    ),
    "default": Mutant(rewritten(SCORE, "'basic'::text", "'gold'::text")),
    "default removed": Mutant(recreated(SCORE, " DEFAULT 'basic'::text", "")),
    "argument renamed": Mutant(recreated(SCORE, "tier text", "rank text")),
    "result type": Mutant(recreated(SCORE, "RETURNS numeric", "RETURNS integer")),
    "result set": Mutant(recreated(SCORE, "RETURNS numeric", "RETURNS SETOF numeric")),
    "column renamed": Mutant(recreated(ORDERS, "placed_at", "ordered_at"), key="recent_orders"),
    "column type": Mutant(recreated(ORDERS, "total numeric", "total real"), key="recent_orders"),
    "volatility": Mutant(f"alter function {SCORE} immutable"),
    "strictness": Mutant(f"alter function {SCORE} strict"),
    "security": Mutant(f"alter function {SCORE} security invoker"),
    "cost": Mutant(f"alter function {SCORE} cost 1"),
    "rows": Mutant(f"alter function {ORDERS} rows 5", key="recent_orders"),
    "parallel": Mutant(f"alter function {SCORE} parallel safe"),
    "leakproof": Mutant(f"alter function {SCORE} leakproof"),
    "comment": Mutant(f"comment on function {SCORE} is 'mine'"),
    "comment removed": Mutant(f"comment on function {SCORE} is null"),
    "search_path": Mutant(f"alter function {SCORE} set search_path = public, pg_temp"),
    "search_path reset": Mutant(f"alter function {SCORE} reset search_path"),
    "another setting": Mutant(f"alter function {SCORE} set work_mem = '1GB'"),
    "owner": Mutant(f"alter function {SCORE} owner to app"),
    "replaced by a procedure": Mutant(
        f"drop function {SCORE}; create procedure {SCORE[:-14]}(customer_id bigint, tier text) language sql as ''"
    ),
    # who may call it
    "granted to one more": Mutant(f"grant execute on function {SCORE} to bob"),
    "granted to PUBLIC": Mutant(f"grant execute on function {SCORE} to public"),
    "grant option": Mutant(f"grant execute on function {SCORE} to app with grant option"),
    "handed on": Mutant(
        f"grant execute on function {SCORE} to app with grant option; "
        f"set role app; grant execute on function {SCORE} to bob; reset role"
    ),
    "revoked": Mutant(f"revoke execute on function {SCORE} from app"),
    "revoked from the owner": Mutant(f"revoke execute on function {SCORE} from {OWNER}"),
    "revoked from all": Mutant(f"revoke execute on function {SCORE} from app, {OWNER}"),
    # gone, or one too many
    "dropped": Mutant(f"drop function {SCORE}", "missing"),
    "renamed": Mutant(f"alter function {SCORE} rename to score", "missing", stays=True),
    "moved": Mutant(f"create schema other; alter function {SCORE} set schema other", "missing"),
    "overload": Mutant(
        "create function quickstart.score_customer(text) returns int language sql as 'select 1'",
        "foreign",
        'function "quickstart"."score_customer"(text)',
        stays=True,
    ),
    "one more of the owner's": Mutant(
        f"create function quickstart.f() returns int language sql as 'select 1'; "
        f"alter function quickstart.f() owner to {OWNER}",
        "foreign",
        'function "quickstart"."f"()',
        stays=True,
    ),
    # the core
    "core: body": core(rewritten(CORE, "udfgen_core = ", "udfgen_core = plpy.notice('mine') or ")),
    "core: owner": core(f"alter function {CORE} owner to app"),
    "core: granted to a caller": core(f"grant execute on function {CORE} to app"),
    "core: granted to PUBLIC": core(f"grant execute on function {CORE} to public"),
    "core: revoked from its owner": core(f"revoke execute on function {CORE} from {OWNER}"),
    "core: security": core(f"alter function {CORE} security definer"),
    "core: search_path": core(f"alter function {CORE} reset search_path"),
    "core: volatility": core(f"alter function {CORE} immutable"),
    "core: comment": core(f"comment on function {CORE} is 'mine'"),
    "core: dropped": Mutant(f"drop function {CORE}", "missing", 'core "quickstart"."udfgen_quickstart_core"()'),
    # the owner
    "owner: login": role(f"alter role {OWNER} login"),
    "owner: superuser": role(f"alter role {OWNER} superuser"),
    "owner: createdb": role(f"alter role {OWNER} createdb"),
    "owner: createrole": role(f"alter role {OWNER} createrole"),
    "owner: replication": role(f"alter role {OWNER} replication"),
    "owner: bypassrls": role(f"alter role {OWNER} bypassrls"),
    "owner: member of a role": role(f"grant pg_read_all_data to {OWNER}"),
    "owner: has a member": role(f"grant {OWNER} to app"),
    # the way in
    "usage: revoked": Mutant("revoke usage on schema quickstart from app", "create", 'usage "quickstart" to "app"'),
    "usage: revoked from the owner": Mutant(
        f"revoke usage on schema quickstart from {OWNER}", "create", f'usage "quickstart" to "{OWNER}"'
    ),
    # the ground
    "schema: dropped": Mutant("drop schema quickstart cascade", "create", 'schema "quickstart"'),
    "extension: dropped": Mutant("drop extension plpython3u cascade", "create", "extension plpython3u"),
    # the registry
    "registry: dropped": Mutant(f"drop table {REGISTRY}", "unmanaged"),
    "registry: emptied": Mutant(f"delete from {REGISTRY}", "unmanaged"),
    "registry: a row deleted": Mutant(f"delete from {REGISTRY} where name like '%score%'", "unmanaged"),
    "registry: a definition changed": Mutant(f"update {REGISTRY} set definition = 'x' where name like '%score%'"),
    "registry: a digest changed": Mutant(f"update {REGISTRY} set desired = 'x' where name like '%score%'", "change"),
    "registry: readable": registry(f"grant select on {REGISTRY} to bob"),
    "registry: writable by all": registry(f"grant insert on {REGISTRY} to public"),
    "registry: a column readable": registry(f"grant select (name) on {REGISTRY} to bob"),
}


def live(dsn: str) -> dict[Key, str]:
    """Return every object's definition."""
    made = bundle(SPEC)
    with session(dsn) as opened:
        return {key: each.definition for key, each in opened.observe(made).live.items()}


@pytest.fixture(scope="module")
def changing(another: Callable[[str], str]) -> str:
    """A database for all mutants: each is put right before the next."""
    return another("")


@pytest.fixture
def installed(changing: str) -> Iterator[str]:
    """A database with the spec in it."""
    put(changing, SPEC)
    yield changing
    if not look(changing, SPEC).is_done:
        remove(changing, SPEC)
        sql(changing, "drop schema if exists quickstart cascade")


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_a_change_by_hand_is_seen_and_put_right(installed: str, mutant: Mutant) -> None:
    was = live(installed)
    sql(installed, mutant.sql)
    found = verdicts(look(installed, SPEC))
    assert mutant.verdict in {verdict for key, verdict in found.items() if mutant.key in key}, found
    if mutant.verdict in ("drift", "unmanaged"):
        flag = {"drift": "--replace-drift", "unmanaged": "--adopt"}[mutant.verdict]
        with pytest.raises(RefusedError, match=flag):
            put(installed, SPEC)
    put(installed, SPEC, ALL)
    after = look(installed, SPEC)
    assert after.is_done is not mutant.stays
    assert after.work == ()
    now = live(installed)
    assert {key: now[key] for key in was} == was


def test_a_plan_shows_what_was_changed_by_hand(installed: str) -> None:
    sql(installed, f"alter function {SCORE} immutable; grant execute on function {SCORE} to bob")
    (change,) = look(installed, SPEC).work
    assert "\n+ IMMUTABLE SECURITY DEFINER" in change.diff
    assert "\n+may execute: app, bob, udfgen_quickstart" in change.diff
    put(installed, SPEC, ALL)


def test_a_registry_of_somebody_else_is_not_believed(database: str) -> None:
    """Its rows are text that an uninstall runs with a superuser's rights."""
    sql(database, "create role bob login; create schema quickstart authorization bob")
    sql(database, "create table quickstart.udfgen_quickstart_registry (kind text, name text)", user="bob")
    with pytest.raises(RefusedError, match=r"registry .* was changed by hand"):
        put(database, SPEC)
    with pytest.raises(InstallError, match=r"no table of a superuser.*move it away"):
        put(database, SPEC, ALL)


def test_an_owner_with_rights_of_its_own_is_not_taken(database: str) -> None:
    sql(database, f"create role {OWNER} login")
    with pytest.raises(RefusedError, match=r'role "udfgen_quickstart"'):
        put(database, SPEC)
    with pytest.raises(InstallError, match=r"has rights of its own, or members: name another one"):
        put(database, SPEC, ALL)
    assert sql(database, f"select rolcanlogin from pg_roles where rolname = '{OWNER}'") == [(True,)]
