"""What the tests of triggers share: a spec around one trigger, its tables, and what was called."""

from __future__ import annotations

import json
from typing import Any

from tests.live.databases import put, sql
from tests.scripted import Script, ScriptedLambda

WRITER = "udfgen_writer"
"""A user that the trigger passes by."""

SPEC = """
udfgen: 1
name: hooks
aws: {{region: eu-west-1, credentials: {{source: environment}}}}
bindings:
  queue: {{function: queue, qualifier: live, invoke: async}}
  ask: {{function: ask, qualifier: live, timeout: 20s}}
functions:
  told:
    binding: queue
    parameters:
      op: {{type: text, default: null}}
      old_value: {{type: "decimal(9,2)", default: null}}
      new_value: {{type: "decimal(9,2)", default: null}}
      place: {{type: text, default: null}}
      who: {{type: text, default: null}}
      at: {{type: timestamptz, default: null}}
      what: {{type: json, default: null}}
    returns: void
  asked: {{binding: ask, parameters: {{n: integer}}, returns: void}}
triggers:
{triggers}
engines:
  postgresql: {{}}
"""

TABLES = """
create table reading (id integer primary key, value numeric, note text, extra json, taken timestamptz);
grant select, insert, update, delete, truncate on reading to bob, udfgen_writer
"""

EVERY = "{op: operation, old_value: old.value, new_value: new.value}"


def spec(triggers: str) -> str:
    """Return the spec with these triggers, each a line of YAML."""
    lines = (f"  {line}" for line in triggers.strip().splitlines())
    return SPEC.format(triggers="\n".join(lines))


def prepare(dsn: str) -> None:
    """Make the table and the users that write to it; a second database finds them there."""
    sql(dsn, f"do $$ begin create role {WRITER} login; exception when duplicate_object then null; end $$")
    sql(dsn, TABLES)


def hook(dsn: str, triggers: str) -> str:
    """Install the spec with these triggers beside their table; return its text."""
    prepare(dsn)
    put(dsn, spec(triggers))
    return spec(triggers)


def told(dsn: str, scripted: ScriptedLambda, statement: str, user: str = "bob") -> list[dict[str, Any]]:
    """Run SQL as a user; return what Lambda was told, in order, without what is NULL."""
    scripted.play(Script(b"", 202))
    sql(dsn, statement, user)
    return bodies(scripted)


def bodies(scripted: ScriptedLambda) -> list[dict[str, Any]]:
    """Return what was sent, without what is null."""
    sent = (json.loads(request.body) for request in scripted.requests)
    return [{key: value for key, value in body.items() if value is not None} for body in sent]
