"""A sample of `script/soak`: eight sessions, random calls, an endpoint that fails; nothing is lost or sent twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live.mysql.conftest import ROOTS
from tests.live.mysql.storm import stormy_server


@pytest.mark.parametrize("root", ROOTS)
def test_a_storm(root: Path) -> None:
    with stormy_server(1, root) as storm:
        account = storm.rage(5)
    assert (account.wrong, account.lost, account.duplicates) == ([], [], [])
    assert account.is_clean, "\n".join(account.lines())
    assert account.results > 200
    assert account.retried > 0
    expected = {"throttled", "timeout", "not_found", "function_error", "bad_response", "unavailable"}
    assert set(account.errors) == expected
    assert account.uptime >= 5
