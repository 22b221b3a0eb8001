"""Short words for what nearly every test here does: compile a spec, install it, look, remove it, watch the grants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from tests.plsql import script
from tests.recorded.driver import PASSWORD, Server
from tests.recorded.schema import Row, Schema
from tests.recorded.statements import forms
from udfgen import commands, install
from udfgen.bundle import Bundle, Key
from udfgen.connect import Session, connect, parse
from udfgen.install import Receipt
from udfgen.plan import REFUSED, Plan, Verdict
from udfgen.render import render
from udfgen.spec import check, document

DSN = f"oracle://quickstart:{PASSWORD}@db.example:1521/orclpdb1"
ALL = frozenset(REFUSED)
"""Every verdict that a flag lets through."""


def quickstart() -> str:
    """Return the text of the shipped example's spec."""
    with commands.quickstart() as folder:
        return (folder / "spec.yaml").read_text(encoding="utf-8")


def changed(text: str, *edits: tuple[str, str]) -> str:
    """Return a spec with parts of it replaced; each part must be there."""
    for old, new in edits:
        assert old in text, f"not in the spec: {old}"
        text = text.replace(old, new)
    return text


TRIGGERS = """\
triggers:
  order_placed:
    table: orders
    after: [insert, update]
    of: [total]
    key: [id]
    call: log_event
    arguments: {kind: "'order.placed'", details: new.doc}
    unless_user: [bob]
    when_off: skip
  order_gone:
    table: orders
    after: [delete]
    level: statement
    call: log_event
    arguments: {kind: "'order.gone'", details: old.doc}
  order_kept:
    {table: orders, after: [insert], call: log_event, arguments: {kind: "'order.kept'"}}
  orders_counted:
    table: orders
    after: [insert, delete]
    level: statement
    call: count_orders
    arguments: {id: "coalesce(new.id, old.id)"}

compat: {awslambda: {grant: [app]}}

engines:
"""
"""A trigger for each row, one for the end of a statement, one that moves to another table; the names of 2016.

The last one hands all rows of its statement to a batch function.
"""

BATCHES = """\
  score_customers:
    binding: score
    parameters: {customer_id: bigint, tier: varchar(20)}
    returns: decimal(5,2)
    batch: {max_rows: 500}
    grant: [app]
  count_orders: {binding: events, parameters: {id: bigint}, returns: void, batch: {wire: list}, grant: [app]}

"""
"""A pipelined function over a cursor, and a procedure."""

SPEC = changed(
    quickstart(),
    ("engines:\n  mysql: {database: quickstart}\n", BATCHES + TRIGGERS),
    ("      details: json\n", "      details: {type: json, default: null}\n"),
)
NEXT = changed(
    SPEC,
    ("customer_id: bigint", "customer_id: integer"),
    ("log_event:", "note_event:"),
    ("call: log_event", "call: note_event"),
    ("order_gone:", "order_lost:"),
    ("order_kept:\n    {table: orders,", "order_kept:\n    {table: '\"Old Orders\"',"),
    ("batch: {max_rows: 500}", "batch: {max_rows: 50}"),
    ("count_orders", "count_all"),
    ('type: "decimal(5,2)"', "type: double"),
    ("        total: decimal(12,2)\n", "        total: decimal(14,2)\n        note: text\n"),
    (", total: 99.90}", ', total: 99.90, note: "x"}'),
)


@cache
def bundle(text: str) -> Bundle:
    """Return what a spec becomes on Oracle."""
    return render(commands.lower(commands.compile_program(check.check(document.read(text, "spec.yaml"))), "oracle"))


def objects(text: str) -> set[tuple[str, str]]:
    """Return what the dictionary lists when a spec is installed; one package has a body."""
    keys = {known(each.key) for each in bundle(text).objects}
    return keys | {("PACKAGE BODY", name) for _, name in keys if name.endswith("$SETUP")}


def known(key: Key) -> tuple[str, str]:
    """Return an object's kind and name as the dictionary has them."""
    return "TABLE" if key.kind == "switch" else key.kind.upper(), key.name


def server(text: str) -> Server:
    """Return a new server that knows the statements of a spec's bundle."""
    return Server(forms(bundle(text)))


def permissions(text: str) -> set[Row]:
    """Return the Java policy that permissions.sql makes."""
    needed = [each.key.name.split("|") for each in bundle(text).requirements if each.key.kind == "java permission"]
    return {("GRANT", type_, name, action or None, "ENABLED") for type_, name, action in needed}


@contextmanager
def session(dsn: str = DSN) -> Iterator[Session]:
    """Open the installer's session."""
    with connect(parse(dsn)) as opened:
        yield opened


def look(text: str) -> Plan:
    """Return the plan of an install."""
    with session() as opened:
        return install.look(bundle(text), opened)


def put(text: str, allowed: frozenset[Verdict] = frozenset(), lock_timeout: float = 0) -> Receipt:
    """Install a spec."""
    made = bundle(text)
    with session() as opened:
        seen = install.look(made, opened)
        return install.install(made, opened, seen, allowed=allowed, lock_timeout=lock_timeout)


def by_hand(at: Server, text: str, name: str) -> None:
    """Run a generated script as SQL*Plus would: up to its first error."""
    (content,) = (each.content.decode() for each in bundle(text).files if each.path == name)
    cursor = at.connect(password=PASSWORD).cursor()
    for each in script.parse(name, content).statements:
        cursor.execute(each.text)


def remove(text: str) -> Receipt:
    """Uninstall a spec."""
    made = bundle(text)
    with session() as opened:
        return install.uninstall(made, opened, install.look_removal(made, opened), lock_timeout=0)


def verdicts(plan: Plan) -> dict[str, str]:
    """Return what a plan says of each object that is not as the spec says."""
    return {str(each.key): each.verdict.value for each in plan.changes if each.verdict is not Verdict.UNCHANGED}


def require_closed(schema: Schema, start: Schema, text: str) -> None:
    """Raise AssertionError when somebody may use what is not finished; PUBLIC may never use anything.

    What was there before may be used as long as it is as it was; what is new when all of it is there and compiles.
    Triggers come after the grants: nobody is granted one.
    """
    wanted = [known(each.key) for each in bundle(text).objects if each.key.kind != "trigger"]
    is_whole = all(key in schema.objects and not schema.objects[key].errors for key in wanted)
    for grant in schema.grants:
        assert grant.grantee != "PUBLIC"
        keys = [key for key in schema.objects if key[1] == grant.name]
        is_old = all(schema.objects[key] == start.objects.get(key) for key in keys) and grant in start.grants
        assert is_old or is_whole, f"{grant} while the install is under way"


def require_writable(schema: Schema) -> None:
    """Raise AssertionError when a write to somebody's table would fail for a trigger of ours."""
    for table in schema.theirs:
        schema.write(table)
