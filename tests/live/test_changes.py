"""A spec changes: what is installed becomes exactly what a first install of the new spec makes, and back again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.live.catalogs import difference, photograph
from tests.live.databases import bundle, changed, connection, look, put, remove, run, session, sql, verdicts
from tests.scripted import Script, ScriptedLambda
from udfgen.bundle import Key
from udfgen.errors import InstallError
from udfgen.plan import DECLARED, Verdict

SPEC = """
udfgen: 1
name: shop
aws: {region: eu-west-1, credentials: {source: environment}}
bindings:
  one: {function: one, qualifier: live}
  two: {function: two, qualifier: live}
functions:
  price:
    binding: one
    description: Price of a thing.
    parameters:
      thing: text
      amount: {type: integer, default: 1}
    returns: {type: integer, path: $.v}
    grant: [app]
  stock:
    binding: one
    parameters: {thing: text}
    returns: {table: {place: text, count: integer}, rows: $.items}
    grant: [app, bob]
  note:
    binding: two
    parameters: {line: text}
    returns: void
    grant: [app]
engines:
  postgresql: {}
"""

PRICE, STOCK, NOTE = (
    'function "shop"."price"(text, integer)',
    'function "shop"."stock"(text)',
    'function "shop"."note"(text)',
)
EVERY = {PRICE: "change", STOCK: "change", NOTE: "change"}
CORE = {'core "shop"."udfgen_shop_core"()': "change"}


@dataclass(frozen=True)
class Edit:
    """A change of the spec: what is replaced by what, and what the plan says of the objects that differ."""

    old: str
    new: str
    plan: dict[str, str]


EDITS = {
    "an argument added": Edit(
        "      thing: text\n", "      thing: text\n      size: text\n",
        {PRICE: "drop", 'function "shop"."price"(text, text, integer)': "create"},
    ),
    "an argument removed": Edit(
        "      amount: {type: integer, default: 1}\n", "", {PRICE: "drop", 'function "shop"."price"(text)': "create"}
    ),
    "an argument renamed": Edit("      thing: text\n", "      item: text\n", {PRICE: "change"}),
    "an argument's type": Edit(
        "amount: {type: integer", "amount: {type: bigint",
        {PRICE: "drop", 'function "shop"."price"(text, bigint)': "create"},
    ),
    "a type that is the same here": Edit("      thing: text\n", "      thing: varchar(9)\n", {PRICE: "change"}),
    "a default added": Edit("      thing: text\n", "      thing: {type: text, default: x}\n", {PRICE: "change"}),
    "a default removed": Edit("amount: {type: integer, default: 1}", "amount: integer", {PRICE: "change"}),
    "a default changed": Edit("default: 1", "default: 2", {PRICE: "change"}),
    "a constraint": Edit("default: 1", "default: 1, min: 0, max: 9", {PRICE: "change"}),
    "an argument that travels as text": Edit("default: 1", "default: 1, numbers: string", {PRICE: "change"}),
    "the order of arguments": Edit("{line: text}", "{line: text, kind: text}", {
        NOTE: "drop", 'function "shop"."note"(text, text)': "create",
    }),
    "the result's type": Edit("{type: integer, path: $.v}", "{type: text, path: $.v}", {PRICE: "change"}),
    "the result's path": Edit("path: $.v", "path: $.w", {PRICE: "change"}),
    "a value becomes rows": Edit(
        "{type: integer, path: $.v}", "{table: {v: integer, w: integer}, rows: $}", {PRICE: "change"}
    ),
    "a value becomes void": Edit("returns: {type: integer, path: $.v}", "returns: void", {PRICE: "change"}),
    "rows become a value": Edit("{table: {place: text, count: integer}, rows: $.items}", "json", {STOCK: "change"}),
    "a column added": Edit("count: integer}", "count: integer, free: boolean}", {STOCK: "change"}),
    "a column removed": Edit("place: text, ", "", {STOCK: "change"}),
    "a column renamed": Edit("place: text", "shelf: text", {STOCK: "change"}),
    "a column's type": Edit("count: integer", "count: bigint", {STOCK: "change"}),
    "the columns' order": Edit("place: text, count: integer", "count: integer, place: text", {STOCK: "change"}),
    "the payload": Edit("    returns: void", "    payload: {text: $line}\n    returns: void", {NOTE: "change"}),
    "on_null": Edit("    returns: void", "    returns: void\n    on_null: return_null", {NOTE: "change"}),
    "on_error": Edit("    returns: void", "    returns: void\n    on_error: return_null", {NOTE: "change"}),
    "volatility": Edit("    returns: void", "    returns: void\n    volatility: stable", {NOTE: "change"}),
    "a description": Edit("Price of a thing.", "It's the price.", {PRICE: "change"}),
    "a description removed": Edit("    description: Price of a thing.\n", "", {PRICE: "change"}),
    "a grant added": Edit("    returns: void\n    grant: [app]", "    returns: void\n    grant: [app, bob]", {
        NOTE: "change",
    }),
    "a grant removed": Edit("grant: [app, bob]", "grant: [app]", {STOCK: "change", 'usage "shop" to "bob"': "drop"}),
    "all grants removed": Edit("    returns: void\n    grant: [app]", "    returns: void\n    grant: []", {
        NOTE: "change",
    }),
    "a function added": Edit(
        "engines:", "  more: {binding: two, parameters: {}, returns: json, grant: [app]}\nengines:",
        {'function "shop"."more"()': "create"},
    ),
    "a function removed": Edit(
        "  note:\n    binding: two\n    parameters: {line: text}\n    returns: void\n    grant: [app]\n", "",
        {NOTE: "drop"},
    ),
    "a function renamed": Edit("  note:", "  remark:", {NOTE: "drop", 'function "shop"."remark"(text)': "create"}),
    "a function's binding": Edit("  stock:\n    binding: one", "  stock:\n    binding: two", {STOCK: "change"}),
    "a binding's Lambda function": Edit("one: {function: one,", "one: {function: uno,", {
        PRICE: "change", STOCK: "change",
    }),
    "a binding's qualifier": Edit("{function: two, qualifier: live", '{function: two, qualifier: "7"', {
        NOTE: "change",
    }),
    "a binding's timeout": Edit("{function: two,", "{function: two, timeout: 9s,", {NOTE: "change"}),
    "a binding's name": Edit("two", "deux", {NOTE: "change"}),
    "the region": Edit("eu-west-1", "us-east-1", CORE | EVERY),
    "the credentials": Edit("source: environment", "source: chain", CORE | EVERY),
    "an endpoint": Edit("{region: eu-west-1", '{endpoint: "http://127.0.0.1:1", region: eu-west-1', CORE | EVERY),
    "the transport": Edit("postgresql: {}", "postgresql: {transport: boto3}", CORE | EVERY),
    "who a grantee is": Edit("postgresql: {}", "postgresql: {roles: {app: [app, bob]}}", {
        PRICE: "change", NOTE: "change",
    }),
    "the position in the file": Edit("\nudfgen: 1", "\n# one line more\nudfgen: 1", {}),
}  # fmt: skip


def definitions(dsn: str, text: str) -> dict[Key, str]:
    """Return the definition of everything that is there of a spec."""
    with session(dsn) as opened:
        return {key: each.definition for key, each in opened.observe(bundle(text)).live.items()}


@pytest.fixture(scope="module")
def upgraded(another: Callable[[str], str]) -> str:
    """A database with the first version in it."""
    dsn = another("")
    put(dsn, SPEC)
    return dsn


@pytest.fixture(scope="module")
def empty(another: Callable[[str], str]) -> str:
    """A database for first installs of the second version."""
    return another("")


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_a_change_ends_where_a_first_install_would(upgraded: str, empty: str, edit: Edit) -> None:
    new = changed(SPEC, (edit.old, edit.new))
    was = definitions(upgraded, SPEC)
    assert verdicts(look(upgraded, new)) == edit.plan
    put(upgraded, new)
    assert look(upgraded, new).is_done
    put(empty, new)
    assert definitions(upgraded, new) == definitions(empty, new)
    assert rights(upgraded) == rights(empty)
    remove(empty, new)
    put(upgraded, SPEC)
    assert definitions(upgraded, SPEC) == was


def rights(dsn: str) -> list[tuple[str, ...]]:
    """Return every function of the schema and its ACL, whoever's they are, and who may use the schema."""
    return sql(
        dsn,
        "select oid::regprocedure::text, proacl::text from pg_proc where pronamespace = 'shop'::regnamespace "
        "union all select 'schema', nspacl::text from pg_namespace where nspname = 'shop' order by 1",
    )


def test_a_plan_shows_the_lines_that_change(upgraded: str) -> None:
    new = changed(SPEC, ("one: {function: one,", "one: {function: uno,"))
    change = next(each for each in look(upgraded, new).work if str(each.key) == PRICE)
    assert '-            "target": "one",' in change.diff
    assert '+            "target": "uno",' in change.diff
    assert change.origin is not None
    assert change.origin.line == SPEC.splitlines().index("  price:") + 1


# What is no part of a function's code, and what the plan shows of it.
BESIDE = {
    "a description": ("-comment: Price of a thing.", "+comment: It's the price."),
    "a description removed": ("-comment: Price of a thing.",),
    "a grant added": ("-may execute: app, udfgen_shop", "+may execute: app, bob, udfgen_shop"),
    "a grant removed": ("-may execute: app, bob, udfgen_shop", "+may execute: app, udfgen_shop"),
    "a default changed": (DECLARED,),
    "volatility": (DECLARED,),
    "on_null": (DECLARED,),
}


@pytest.mark.parametrize(("name", "lines"), BESIDE.items(), ids=BESIDE)
def test_a_plan_shows_what_changes_beside_the_code(upgraded: str, name: str, lines: tuple[str, ...]) -> None:
    new = changed(SPEC, (EDITS[name].old, EDITS[name].new))
    change = next(each for each in look(upgraded, new).work if each.verdict is Verdict.CHANGE)
    shown = [each for each in change.diff.splitlines() if not each.startswith(("---", "+++", "@@", " "))]
    assert shown == list(lines)


# What stands upon a function, and the change that PostgreSQL cannot make beneath it.
DEPENDENTS = {
    "a view, the result": ("create view public.v as select shop.price('x')", EDITS["the result's type"]),
    "a view, an argument": ("create view public.v as select shop.price('x')", EDITS["an argument's type"]),
    "a view, removed": ("create view public.v as select 1 from shop.note('x')", EDITS["a function removed"]),
    "a column's default": (
        "create table public.v (a int default shop.price('x'))", EDITS["a value becomes void"],
    ),
    "a function's body": (
        "create function public.v() returns int begin atomic select shop.price('x'); end", EDITS["an argument renamed"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("dependent", "edit"), DEPENDENTS.values(), ids=DEPENDENTS)
def test_what_depends_on_a_function_stops_its_change(upgraded: str, dependent: str, edit: Edit) -> None:
    sql(upgraded, dependent)
    was = photograph(upgraded)
    try:
        what = r"cannot drop function .* other objects depend on it .*2BP01.*\bv\b.*; nothing was changed$"
        with pytest.raises(InstallError, match=what):
            put(upgraded, changed(SPEC, (edit.old, edit.new)))
        assert difference(was, photograph(upgraded)) == {}
        assert look(upgraded, SPEC).is_done
    finally:
        kind = dependent.split()[1]
        sql(upgraded, f"drop {kind} public.v{'()' if kind == 'function' else ''}")


def test_what_depends_on_a_function_stays_when_only_its_body_changes(upgraded: str) -> None:
    sql(upgraded, "create view public.v as select shop.price('x')")
    edit = EDITS["a binding's Lambda function"]
    put(upgraded, changed(SPEC, (edit.old, edit.new)))
    assert sql(upgraded, "select 'public.v'::regclass::text") == [("v",)]
    sql(upgraded, "drop view public.v")
    put(upgraded, SPEC)


def test_open_sessions_use_the_new_version_at_their_next_call(upgraded: str, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"v": 1, "w": 2}'))
    with connection(upgraded, "app") as one, connection(upgraded, "app") as two:
        assert [run(each, "select shop.price('x')") for each in (one, two)] == [[(1,)], [(1,)]]
        run(one, "prepare call as select shop.price('x')")
        put(upgraded, changed(SPEC, ("path: $.v", "path: $.w"), ("default: 1", "default: 7")))
        assert run(one, "execute call") == [(2,)]
        assert run(two, "select shop.price('x')") == [(2,)]
        assert [each.body for each in scripted.requests[-2:]] == [b'{"thing":"x","amount":7}'] * 2
        put(
            upgraded,
            changed(SPEC, ("source: environment", "source: chain"), ("one: {function: one", "one: {function: uno")),
        )
        assert [run(each, "select shop.price('x')") for each in (one, two)] == [[(1,)], [(1,)]]
        assert scripted.requests[-1].target == "/2015-03-31/functions/uno/invocations?Qualifier=live"
        put(upgraded, SPEC)
        assert [run(each, "select shop.price('x')") for each in (one, two)] == [[(1,)], [(1,)]]
        assert scripted.requests[-1].target == "/2015-03-31/functions/one/invocations?Qualifier=live"


def test_a_session_keeps_one_core_and_one_connection_however_often_they_are_replaced(
    upgraded: str, scripted: ScriptedLambda
) -> None:
    scripted.play(Script(b'{"v": 1}'))
    look_inside = """
    create or replace function pg_temp.inside() returns table (cores bigint, sockets bigint) language plpython3u as $$
    import gc, os
    gc.collect()
    sockets = 0
    for each in os.listdir("/proc/self/fd"):
        try:
            sockets += os.readlink("/proc/self/fd/" + each).startswith("socket:")
        except OSError:
            pass
    return [(sum("shop" in each for each in GD), sockets)]
    $$;
    select * from pg_temp.inside()
    """
    with connection(upgraded) as opened:
        run(opened, "select shop.price('x')")
        first = run(opened, look_inside)
        for number in range(5):
            new = f"source: environment}}, ca_file: /etc/ssl/{number}.pem"
            put(upgraded, changed(SPEC, ("source: environment}", new)))
            run(opened, "select shop.price('x')")
        assert run(opened, look_inside) == first
        assert first[0][0] == 1
    put(upgraded, SPEC)


def test_a_session_that_is_busy_with_the_old_version_does_not_stop_an_install(upgraded: str) -> None:
    with connection(upgraded, "app") as busy, busy.transaction():
        run(busy, "select pg_catalog.has_function_privilege('shop.price(text, integer)', 'execute')")
        put(upgraded, changed(SPEC, ("default: 1", "default: 2")), lock_timeout=1)
        assert len(run(busy, "select proname from pg_proc where proname = 'price'")) == 1
    put(upgraded, SPEC)


def test_a_new_owner_takes_over_and_the_old_one_goes(database: str) -> None:
    sql(database, "create role bob")
    was = photograph(database)
    put(database, SPEC)
    gone = EDITS["a function removed"]
    new = changed(SPEC, ("postgresql: {}", "postgresql: {owner: shop_lambda}"), (gone.old, gone.new))
    put(database, new)
    assert look(database, new).is_done
    assert sql(database, "select rolname from pg_roles where rolname ~ 'shop'") == [("shop_lambda",)]
    remove(database, new)
    assert difference(was, photograph(database)) == {}


def test_a_new_schema_is_a_new_install_beside_the_old(database: str) -> None:
    """Two environments of one spec may stand in two schemas: what is left in the first is for its own uninstall."""
    sql(database, "create role bob")
    was = photograph(database)
    put(database, SPEC)
    new = changed(SPEC, ("postgresql: {}", "postgresql: {schema: market}"))
    put(database, new)
    assert look(database, SPEC).is_done
    assert look(database, new).is_done
    remove(database, SPEC)
    assert look(database, new).is_done
    assert sql(database, "select count(*) from pg_namespace where nspname = 'shop'") == [(0,)]
    remove(database, new)
    assert difference(was, photograph(database)) == {}


def test_one_spec_in_two_databases_shares_an_owner(another: Callable[[str], str], scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"v": 1}'))
    spec = changed(SPEC, ("name: shop", "name: chain"))
    first, last = another(""), another("")
    was = photograph(last)
    for dsn in (first, last):
        put(dsn, spec)
    assert remove(first, spec).warnings == ("role udfgen_chain stays: it owns objects in another database",)
    assert look(last, spec).is_done
    assert sql(last, "select chain.price('x')", user="app") == [(1,)]
    assert remove(last, spec).warnings == ()
    assert difference(was, photograph(last)) == {}


def test_two_specs_in_one_schema_leave_each_other_alone(database: str) -> None:
    sql(database, "create role bob; create schema common; grant usage on schema common to bob")
    was = photograph(database)
    one = changed(SPEC, ("postgresql: {}", "postgresql: {schema: common}"))
    two = changed(
        one, ("name: shop", "name: store"), ("  price:", "  cost:"), ("  stock:", "  items:"), ("  note:", "  say:")
    )
    for first, last in ((one, two), (two, one)):
        put(database, first)
        put(database, last)
        assert look(database, first).is_done
        remove(database, first)
        assert look(database, last).is_done
        assert sql(database, "select has_schema_privilege('app', 'common', 'usage')") == [(True,)]
        remove(database, last)
        assert difference(was, photograph(database)) == {}


def test_two_specs_in_the_schema_that_the_first_made(database: str) -> None:
    sql(database, "create role bob")
    was = photograph(database)
    two = changed(SPEC, ("name: shop", "name: store"), ("postgresql: {}", "postgresql: {schema: shop}"))
    two = changed(two, ("  price:", "  cost:"), ("  stock:", "  items:"), ("  note:", "  say:"))
    put(database, SPEC)
    put(database, two)
    assert remove(database, SPEC).warnings == ("schema shop stays: it holds objects of others",)
    assert look(database, two).is_done
    remove(database, two)
    assert difference(was, photograph(database)) == {}
