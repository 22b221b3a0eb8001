"""A sample of `python -m tests.faults.report`: each fault once, on the first place of each engine."""

from __future__ import annotations

import pytest

from tests.faults import cuts
from tests.faults.places import Site, sites
from tests.faults.plots import PLOTS
from tests.faults.rounds import play

FIRST = {site.engine: site for site in reversed([*sites()])}


@pytest.mark.live
@pytest.mark.parametrize("site", [pytest.param(each, id=each.name) for each in FIRST.values()])
def test_every_fault_is_told_and_accounted_for(site: Site) -> None:
    _, accounts = play(site, seed=1, count=0)
    assert [line for account in accounts.values() for lines in account.wrong for line in lines] == []
    assert {plot.name: accounts[plot].calls for plot in PLOTS} == {plot.name: 2 if plot.pause else 4 for plot in PLOTS}
    assert sum(account.effects for account in accounts.values()) > len(PLOTS)


def test_cuts_are_counted() -> None:
    """The tests that cut run by themselves; here it is the count that is tested."""
    (tally,) = cuts.count(["tests/recorded/test_cuts.py::test_cuts_of_a_first_install"]).values()
    assert (tally.passed, tally.failed) == (1, [])
    assert tally.points > 70
    assert tally.claim.startswith("A statement fails, or the connection dies after it")
