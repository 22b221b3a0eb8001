"""Examples as Hypothesis makes them: functions with arguments, functions with replies, exchanges, pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.differential.arguments import arguments
from tests.differential.exchanges import exchange
from tests.differential.four import Case
from tests.differential.functions import returning, taking
from tests.differential.pages import followed
from tests.differential.replies import body
from tests.differential.source import from_source

TAKING, RETURNING = from_source(taking), from_source(returning)
LONGEST = 16
"""Cases of one function at most: making a function takes longer than making a case of it."""


@st.composite
def calls(draw: st.DrawFn) -> list[Case]:
    """Make a function and arguments for it."""
    facts = draw(TAKING)
    given = {"parameters": facts["parameters"], "payload": facts["payload"]}
    made = from_source(lambda source: given | {"arguments": arguments(source, facts["parameters"])})
    return draw(st.lists(made, min_size=1, max_size=LONGEST))


@st.composite
def results(draw: st.DrawFn) -> list[Case]:
    """Make a function and replies to it."""
    returns = draw(RETURNING)["returns"]
    made = from_source(lambda source: {"returns": returns, "reply_hex": body(source, returns).hex()})
    return draw(st.lists(made, min_size=1, max_size=LONGEST))


STRATEGIES: dict[str, st.SearchStrategy[Any]] = {
    "calls": calls(),
    "results": results(),
    "exchanges": from_source(exchange),
    "pages": from_source(followed),
}


def run(name: str, check: Callable[[Any], None], examples: int, seeded: int | None = None) -> None:
    """Check so many examples of a kind, always the same for a seed; the smallest that fails is what is raised."""

    @settings(
        max_examples=examples,
        derandomize=seeded is None,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        # Or it would look for others before it makes the first one small.
        report_multiple_bugs=False,
    )
    @given(STRATEGIES[name])
    def trial(made: Any) -> None:
        check(made)

    (trial if seeded is None else seed(seeded)(trial))()
