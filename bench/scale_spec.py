"""Specs of any size, as people write them: scalars, rows, pages, queues, every sort of constraint, examples, grants."""

from __future__ import annotations

PER_BINDING = 25
"""Functions that share a binding: one Lambda function usually serves several of them."""

HEAD = """\
udfgen: 1
name: scale
aws:
  region: eu-west-1
  account: "123456789012"
  credentials: {source: environment}
"""

TAIL = """\
engines:
  mysql: {database: scale}
  oracle: {schema: scale}
  postgresql: {schema: scale}
  sqlserver: {schema: scale}
"""

BINDING = """\
  service_{number:04d}:
    function: service-{number}
    qualifier: live
    timeout: 5s
    idempotent: true
    retries: 2
  queue_{number:04d}: {{function: queue-{number}, qualifier: live, invoke: async, timeout: 2s}}
"""

SCALAR = """\
  score_{number:04d}:
    binding: service_{binding:04d}
    description: Score of customer group {number}, 0 to 100.
    parameters:
      customer_id: bigint
      as_of: {{type: timestamptz, required: true}}
      tier: {{type: varchar(20), default: basic, enum: [basic, silver, gold]}}
      weight: {{type: "decimal(8,3)", default: 1, min: 0, max: 30, numbers: string}}
    payload: {{customer: $customer_id, tier: $tier, at: $as_of, weight: $weight, source: {{group: {number}}}}}
    returns: {{type: "decimal(5,2)", path: $.result.score, round: true}}
    volatility: stable
    grant: [app, reporting]
    examples:
      - arguments: {{customer_id: {number}, tier: gold, as_of: "2026-02-03T10:15:00Z", weight: 2.5}}
        payload:
          customer: {number}
          tier: gold
          at: "2026-02-03T10:15:00Z"
          weight: "2.500"
          source: {{group: {number}}}
        response: {{result: {{score: 87.5}}}}
        result: 87.50
      - arguments: {{customer_id: {number}, tier: tin, as_of: "2026-02-03T10:15:00Z", weight: 2.5}}
        error: bad_argument
"""

ROWS = """\
  orders_{number:04d}:
    binding: service_{binding:04d}
    description: The latest orders of a customer in region {number}, newest first.
    parameters:
      customer_id: {{type: bigint, required: true, min: 1}}
      since: {{type: date, default: null}}
      at_most: {{type: integer, default: 10, min: 1, max: 100}}
    returns:
      table:
        order_id: {{type: uuid, path: $.id}}
        placed_at: timestamptz
        total: decimal(12,2)
        note: {{type: varchar(200), path: "$.details['note']"}}
      rows: $.orders
    grant: [app]
    examples:
      - arguments: {{customer_id: {number}, since: null, at_most: 1}}
        payload: {{customer_id: {number}, since: null, at_most: 1}}
        response:
          orders:
            - id: 6f1c2f60-0f0e-4d3a-9b57-3a1d5c1f0a01
              placed_at: "2026-02-03T10:15:00Z"
              total: 99.90
              details: {{note: fragile}}
        result:
          - order_id: 6f1c2f60-0f0e-4d3a-9b57-3a1d5c1f0a01
            placed_at: "2026-02-03T10:15:00Z"
            total: 99.90
            note: fragile
"""

QUEUED = """\
  log_{number:04d}:
    binding: queue_{binding:04d}
    description: Queue event {number}; returns at once.
    parameters:
      kind: {{type: text, pattern: "[a-z]+([.][a-z]+)*", max_length: 40, required: true}}
      details: json
      happened_at: timestamp
      urgent: {{type: boolean, default: false}}
    returns: void
    on_null: return_null
    grant: [app]
    examples:
      - arguments: {{kind: order.late, details: {{order: {number}}}, happened_at: "2026-02-03T10:15:00", urgent: true}}
        payload: {{kind: order.late, details: {{order: {number}}}, happened_at: "2026-02-03T10:15:00", urgent: true}}
"""

DOCUMENT = """\
  label_{number:04d}:
    binding: service_{binding:04d}
    description: The label of parcel {number} as a picture, or NULL where the service fails.
    parameters:
      parcel: {{type: uuid, required: true}}
      logo: bytes
      scale: {{type: double, default: 1.5}}
      options: {{type: json, default: null}}
    payload: {{parcel: $parcel, picture: {{logo: $logo, scale: $scale}}, options: $options, tags: [label, "{number}"]}}
    returns: {{type: bytes, path: $.picture}}
    on_error: return_null
    grant: [app, reporting]
"""

PAGES = """\
  readings_{number:04d}:
    binding: service_{binding:04d}
    description: The readings of sensor {number}, oldest first.
    parameters:
      stream: {{type: varchar(128), pattern: "[a-zA-Z0-9_.-]+", required: true}}
      iterator: {{type: varchar(512), default: null, description: For the pages; callers leave it NULL.}}
    returns:
      table:
        sequence_number: varchar(128)
        read_at: timestamp
        temperature: decimal(6,2)
      rows: $.readings
    follow: {{token: $.next, into: iterator, max_pages: 20, on_limit: stop}}
    grant: [reporting]
    examples:
      - arguments: {{stream: sensor.{number}, iterator: null}}
        payload: {{stream: sensor.{number}, iterator: null}}
        response:
          readings: [{{sequence_number: "4956", read_at: "2016-02-16T12:00:00", temperature: "99"}}]
          next: null
        result: [{{sequence_number: "4956", read_at: "2016-02-16T12:00:00", temperature: 99}}]
"""

SHAPES = (SCALAR, ROWS, QUEUED, DOCUMENT, PAGES)


def text(size: int) -> str:
    """Return a spec of so many functions, the shapes in turn."""
    bindings = "".join(BINDING.format(number=number) for number in range(-(-size // PER_BINDING)))
    functions = "".join(_function(number) for number in range(size))
    return f"{HEAD}bindings:\n{bindings}functions:\n{functions}{TAIL}"


def _function(number: int) -> str:
    return SHAPES[number % len(SHAPES)].format(number=number, binding=number // PER_BINDING)
