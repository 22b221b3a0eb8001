"""Write docs/performance.md from the figures of the benches of calls and of scale.py, in JSON files."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Figure = dict[str, Any]
"""One command on a spec of one size, as scale.py writes it."""

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

## Scale

Specs of scalars, table results, pages and queued calls in turn, with constraints, examples and grants; `check` and
`build` for all four engines. Each command is a process of its own: seconds by the clock, and seconds of CPU that the
command used; the server's are not in it.

| | {sizes} |
|---|{rules}
{scale}

The same CPU time by function, in milliseconds: it falls to what a function costs, as start-up is shared by more.

| | {sizes} |
|---|{rules}
{each}

Memory at its peak, in MB.

| | {sizes} |
|---|{rules}
{memory}

`udfgen --help` takes {help:.0f} ms. **compile** is one C++ library; most of its time is the core, which is the same in
every install. A private MariaDB writes each statement of DDL to disk by itself, which is where its seconds go.
"""
FIRST = ("first call, ms", "private memory after it, MB")


def main() -> None:
    """Print the page."""
    calls, library, java, clr, scale = (json.loads(Path(path).read_text(encoding="utf-8")) for path in sys.argv[1:6])
    warm = [name for name in calls["http"] if name not in FIRST]
    sizes, commands = by_command(scale["figures"])
    print(
        PAGE.format(
            calls="\n".join(row(name, calls) for name in warm),
            library="\n".join(row(name, library) for name in library["http"]),
            java="\n".join(row(name, java) for name in java["http"]),
            clr="\n".join(row(name, clr) for name in clr["http"]),
            first="\n".join(row(name, calls) for name in FIRST),
            sizes=" | ".join(f"{size:,}" for size in sizes),
            rules="---:|" * len(sizes),
            scale=table(commands, lambda each: f"{each['clock']:.2f} / {each['cpu']:.2f}"),
            each=table(commands, lambda each: f"{1000 * each['cpu'] / each['size']:.2f}"),
            memory=table(commands, lambda each: f"{each['memory']:.0f}"),
            help=scale["help_ms"],
        ),
        end="",
    )


def row(name: str, calls: dict[str, dict[str, float]]) -> str:
    """Return one figure over both schemes; ratios and small figures with a digit behind the point."""
    cells = (calls[scheme][name] for scheme in ("http", "https"))
    return f"| {name} | " + " | ".join(f"{cell:,.0f}" if cell >= 1000 else f"{cell:,.1f}" for cell in cells) + " |"


def by_command(figures: list[Figure]) -> tuple[list[int], dict[str, list[Figure]]]:
    """Return the sizes, and the figures of each command in their order."""
    sizes = sorted({each["size"] for each in figures})
    names = dict.fromkeys(each["command"] for each in figures)
    ordered = sorted(figures, key=lambda each: int(each["size"]))
    return sizes, {name: [each for each in ordered if each["command"] == name] for name in names}


def table(commands: dict[str, list[Figure]], cell: Callable[[Figure], str]) -> str:
    """Return a row for each command, with a cell for each size."""
    return "\n".join(f"| {name} | " + " | ".join(map(cell, figures)) + " |" for name, figures in commands.items())


if __name__ == "__main__":
    main()
