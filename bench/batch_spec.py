"""The spec of batches.py: a function for each delay, row at a time, and a batch function for each size and flight."""

from __future__ import annotations

from collections.abc import Iterator

DELAYS = (0, 10, 50)
"""Milliseconds until the endpoint answers."""

PACKS = (1, 10, 100, 1_000, 10_000)
"""Rows in a call at most."""

FLIGHTS = (1, 8)
"""Calls in flight at most."""

HEAD = """\
udfgen: 1
name: {name}
aws: {{region: eu-west-1, credentials: {{source: environment}}{aws}}}
engines: {{{engine}: {{}}}}
"""
BINDING = "  {kind}_{delay}: {{function: {kind}-{delay}, qualifier: live, timeout: 60s{more}}}\n"
FUNCTION = """\
  {name}:
    binding: {binding}
    parameters: {{customer_id: bigint, tier: varchar(20)}}
    returns: {{type: "decimal(5,2)", path: {path}}}
"""
BATCH = "    batch: {{max_rows: {pack}, concurrency: {flight}}}\n"


def row_name(delay: int) -> str:
    """Return the name of a function that takes one row."""
    return f"row_{delay}"


def batch_name(delay: int, pack: int, flight: int) -> str:
    """Return the name of a batch function."""
    return f"batch_{delay}_{pack}_{flight}"


def text(name: str, engine: str, aws: str = "", binding: str = "", batches: bool = True) -> str:
    """Return the spec for one engine; `aws` and `binding` are added to those, each beginning with a comma."""
    kinds = ("delay", "batch") if batches else ("delay",)
    bindings = (BINDING.format(kind=kind, delay=delay, more=binding) for kind in kinds for delay in DELAYS)
    functions = [*_rows(), *(_batches() if batches else ())]
    head = HEAD.format(name=name, engine=engine, aws=aws)
    return f"{head}bindings:\n{''.join(bindings)}functions:\n{''.join(functions)}"


def _rows() -> Iterator[str]:
    for delay in DELAYS:
        yield FUNCTION.format(name=row_name(delay), binding=f"delay_{delay}", path="$.score")


def _batches() -> Iterator[str]:
    for delay in DELAYS:
        for pack in PACKS:
            for flight in FLIGHTS:
                name = batch_name(delay, pack, flight)
                yield FUNCTION.format(name=name, binding=f"batch_{delay}", path="$")
                yield BATCH.format(pack=pack, flight=flight)
