"""A spec with what is T-SQL alone: triggers of every source of rows, and drop-in names."""

from __future__ import annotations

SPEC = """
udfgen: 1
name: written
aws: {region: eu-west-1, account: "123456789012", credentials: {source: environment}}
bindings:
  score: {function: score-customer}
  events: {function: log-event, invoke: async}
functions:
  rate: {binding: score, parameters: {a: bigint, b: {type: text, default: "x'y"}}, returns: bigint, grant: [app]}
  told: {binding: events, parameters: {a: bigint, at: timestamptz, what: text, raw: bytes, n: double}, returns: void}
  ping: {binding: events, returns: void}
  told_all: {binding: events, parameters: {a: bigint, what: varchar(20)}, returns: void, batch: {wire: list}}
  rate_all:
    binding: score
    parameters:
      {flag: boolean, s: smallint, i: integer, a: bigint, price: "decimal(38,10)", r: real, n: double, what: text,
      tier: varchar(20), day: date, hour: time, at: timestamp, moment: timestamptz, id: uuid, doc: json, raw: bytes}
    returns: "decimal(5,2)"
    batch: {}
    grant: [app]
triggers:
  inserted_only: {table: t, after: [insert], when: new.a > 0 and new.b is not null, call: rate, arguments: {a: new.a}}
  one_side:
    table: 's."Cold -- Store"'
    after: [insert, update]
    when: >-
      not (new."a ]b" in (1, 2.5) or new.b between -1 and 3) and operation <> 'update'
    call: told
    arguments: {a: '- new."a ]b"', at: time, what: user, raw: null, n: 1.5}
    unless_user: [writer]
    when_off: skip
  changed:
    table: t
    after: [update]
    of: [a, b]
    key: [id, part]
    when: new.a is not distinct from old.a and old.flag = true
    call: told
    arguments: {a: new.a, at: time, what: table, raw: new.raw, n: old.n}
  all_events:
    table: t
    after: [insert, update, delete]
    of: [a]
    key: [id]
    call: told
    arguments: {a: "coalesce(new.a, old.a)", at: time, what: operation, raw: null, n: 2}
  three_without_pairs: {table: t, after: [insert, update, delete], call: rate, arguments: {a: new.a}}
  old_of_three: {table: t, after: [insert, update, delete], call: rate, arguments: {a: old.a}}
  both_ends: {table: t, after: [insert, delete], call: rate, arguments: {a: "coalesce(new.a, old.a)"}}
  gone: {table: t, after: [update, delete], call: ping, when_off: skip}
  all_at_once:
    table: t
    after: [insert, update]
    level: statement
    of: [a]
    key: [id]
    when: new.a > 0
    call: told_all
    arguments: {a: new.a, what: operation}
    when_off: skip
  every_type:
    table: t
    after: [insert]
    level: statement
    call: rate_all
    arguments:
      {flag: new.flag, s: new.s, i: new.i, a: new.a, price: new.price, r: new.r, n: new.n, what: new.what,
      tier: new.tier, day: new.day, hour: new.hour, at: new.at, moment: time, id: new.id, doc: new.doc, raw: new.raw}
compat: {awslambda: {grant: [app]}}
engines: {sqlserver: {tables: app}}
"""
