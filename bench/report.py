"""Write docs/performance.md from the figures of the benches of calls and of scale.py, in JSON files."""

from __future__ import annotations

import json
import sys
from pathlib import Path

PAGE = """\
# Performance

Written by `script/bench`. Ratios from one interleaved run, on one connection, everything pinned to one CPU, so that a
figure is the CPU time of both ends; real calls wait for the network and the function. Absolute figures belong to one
machine; compare ratios.

## A warm call

`score_customer(bigint, varchar) returns decimal(5,2)` in PostgreSQL, against an endpoint in C that answers at once.

| | HTTP | HTTPS |
|---|---:|---:|
{calls}

- **http.client** is udfgen's own core with the standard library's HTTP client and keep-alive in place of its own.
- **boto3 kept** is a boto3 client that is made once per session, and JSON built by PostgreSQL.
- **ancestor** is the style of the 2016 sample: a boto3 client per call.

The same call in MariaDB, from one statement that makes thousands of them.

| | HTTP | HTTPS |
|---|---:|---:|
{library}

- **curl loop** is a C++ program: one kept libcurl handle, the core's own signer, no database. What udfgen takes beyond
  it is the stored function, the types and the checks; after each round trip the server's code is cold in the caches.
- **new handle** is the ancestor's style: udfgen's own library, built without the lines that keep a handle. Over HTTPS
  each new handle reads the system's file of authorities.

## Oracle's core in a JVM

The entry point that Oracle would call, in JDK 17, against the AWS SDK for Java 2 making the same Invoke. No Oracle runs
here, and its JVM is another one. Every database session starts a JVM, so a first call counts as much as a warm one.

| | HTTP | HTTPS |
|---|---:|---:|
{java}

- **first call** is the time from the first line of `main` to the first reply, in a fresh JVM; **process** is all of it.
- **SDK** is one client that is kept; its HTTP client, region and provider of credentials are named, as AWS advises for
  a fast start. It signs and sends: types, checks and reading the JSON are left out.
- **HttpURLConnection** is the JDK's own client with keep-alive, unsigned, unparsed, in the mode that never sends a POST
  a second time: it then polls the connection for 1 ms before each call. That is why the core speaks HTTP by itself.

## SQL Server's assembly under Mono

The static method that SQL Server would call, beside a loop of `HttpWebRequest` that posts the same body over one kept
connection. No SQL Server runs here, and its CLR is another one: only the two beside each other say something.

| | HTTP | HTTPS |
|---|---:|---:|
{clr}

- **HttpWebRequest** is unsigned and unparsed, in the mode that does not buffer what it writes. .NET Framework's may
  send a POST again by itself, which is one reason why the core speaks HTTP over sockets.
- **first call** is the time from the first line of `Main` to the first reply, in a fresh process.

## The first call of a session

In PostgreSQL: Python, the core, connection and signature, with credentials from the environment; what the session then
holds for itself.

| | HTTP | HTTPS |
|---|---:|---:|
{first}

## The commands

Seconds, each command a process of its own, on specs of 10, 100 and 1,000 functions.

| | 10 | 100 | 1,000 |
|---|---:|---:|---:|
{scale}

`udfgen --help` takes {help:.0f} ms.
"""
FIRST = ("first call, ms", "private memory after it, MB")
SIZES = (10, 100, 1000)


def main() -> None:
    """Print the page."""
    calls, library, java, clr, scale = (json.loads(Path(path).read_text(encoding="utf-8")) for path in sys.argv[1:6])
    warm = [name for name in calls["http"] if name not in FIRST]
    verbs = dict.fromkeys(name.rsplit(", ", 2)[0] for name in scale if name.endswith(" functions, s"))
    print(
        PAGE.format(
            calls="\n".join(row(name, calls) for name in warm),
            library="\n".join(row(name, library) for name in library["http"]),
            java="\n".join(row(name, java) for name in java["http"]),
            clr="\n".join(row(name, clr) for name in clr["http"]),
            first="\n".join(row(name, calls) for name in FIRST),
            scale="\n".join(scale_row(verb, scale) for verb in verbs),
            help=scale["udfgen --help, ms"],
        ),
        end="",
    )


def row(name: str, calls: dict[str, dict[str, float]]) -> str:
    """Return one figure over both schemes; ratios and small figures with a digit behind the point."""
    cells = (calls[scheme][name] for scheme in ("http", "https"))
    return f"| {name} | " + " | ".join(f"{cell:,.0f}" if cell >= 1000 else f"{cell:,.1f}" for cell in cells) + " |"


def scale_row(verb: str, scale: dict[str, float]) -> str:
    """Return one command over all sizes."""
    return f"| {verb} | " + " | ".join(f"{scale[f'{verb}, {size} functions, s']:.2f}" for size in SIZES) + " |"


if __name__ == "__main__":
    main()
