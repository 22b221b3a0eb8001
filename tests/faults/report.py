"""Faults in the report: every place under every fault, then the installs that are cut.

`python -m tests.faults.report --json FILE [--seed N] [--count N] [--place NAME]`
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import pytest_configure
from tests.faults import cuts, rounds
from tests.faults.places import GAPS, Site, sites
from tests.faults.plots import PLAIN, PLOTS, Plot
from tests.faults.rounds import Account

ZERO = ["duplicates", "lost", "told wrongly", "sent wrongly", "hung"]
TEXT = (
    "A ledger behind the endpoint counts requests and effects by the number in each payload. Duplicates: calls that "
    "arrived more often than their binding allows (once, or 1 + retries where it is idempotent). Lost: success without "
    "an effect. Told wrongly: another code or result than the contract says for the cause. Sent wrongly: not retried "
    "as the contract says. Hung: ended more than a second after its deadline. "
)
TEXT_OF_KINDS = (
    "The same calls by fault; each call under a fault is followed by one without. "
    "A cell is calls / requests / effects. `told` is what a call ends with while the fault lasts. "
)


@dataclass(frozen=True)
class Found:
    """What came of one place."""

    site: Site
    version: str
    accounts: Mapping[Plot, Account]


def by_place(found: Sequence[Found], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the section with one row per place."""
    columns = ["place", "version", "calls", "requests", "effects", *ZERO]
    rows = [[each.site.name, each.version, *_totals(each.accounts.values())] for each in found]
    return _section("Faults, by place", TEXT, facts, columns, rows)


def by_fault(found: Sequence[Found], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the section with one row per fault."""
    rows = []
    for plot in (PLAIN, *PLOTS):
        cells = [_cell(each.accounts.get(plot)) for each in found]
        broken = _totals(each.accounts[plot] for each in found if plot in each.accounts)[3:]
        rows.append([plot.name, plot.code or "success", *cells, *broken])
    columns = ["fault", "told", *(each.site.name for each in found), *ZERO]
    gaps = "".join(f"`{name}` is no claim of postgresql-boto3: {why}. " for name, why in GAPS.items())
    return _section("Faults, by kind", TEXT_OF_KINDS + gaps, facts, columns, rows)


def _cell(account: Account | None) -> str:
    return f"{account.calls} / {account.requests} / {account.effects}" if account else "-"


def _totals(accounts: Iterable[Account]) -> list[int]:
    """Return calls, requests and effects, then how many calls broke each promise."""
    rows = [[each.calls, each.requests, each.effects, *map(len, each.wrong)] for each in accounts]
    return [sum(column) for column in zip(*rows, strict=True)]


def _section(
    title: str, text: str, facts: Mapping[str, Any], columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> dict[str, Any]:
    return {"title": title, "text": text.strip(), "facts": facts, "columns": columns, "zero": ZERO, "rows": rows}


def play(site: Site, seed: int, count: int) -> Found | None:
    """Play the rounds of a place and tell what went wrong; None where a tool is missing."""
    try:
        version, accounts = rounds.play(site, seed, count)
    except pytest.skip.Exception as why:
        print(f"{site.name}: {why}", file=sys.stderr)
        return None
    for account in accounts.values():
        for name, lines in zip(ZERO, account.wrong, strict=True):
            sys.stderr.writelines(f"{site.name}: {name}: {line}\n" for line in lines)
    return Found(site, version, accounts)


def main() -> int:
    """Write the sections; 1 when a column that must be zero is not, or nothing ran."""
    parser = argparse.ArgumentParser(description="Calls under faults, and installs that are cut.")
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1, help="rounds of every fault for every function; 0 is a sample")
    parser.add_argument("--place", action="append", default=[], help="run this place alone, and cut nothing")
    options = parser.parse_args()
    pytest_configure()  # Compilers remember.
    wanted = [each for each in sites() if not each.missing and (not options.place or each.name in options.place)]
    found = [each for site in wanted if (each := play(site, options.seed, options.count))]
    facts = {"seed": options.seed, "rounds": options.count}
    made = [by_place(found, facts), by_fault(found, facts), *([] if options.place else [cuts.section()])]
    options.json.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    return int(not found or any(is_broken(each) for each in made))


def is_broken(section: Mapping[str, Any]) -> bool:
    """Tell whether a column that must be zero is not."""
    at = [section["columns"].index(name) for name in section["zero"]]
    return any(row[number] for row in section["rows"] for number in at)


if __name__ == "__main__":
    sys.exit(main())
