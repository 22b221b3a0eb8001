"""A demonstration needs a server to throw away."""

from __future__ import annotations

import pytest

from udfgen import demo, dialect
from udfgen.errors import UsageError


def test_an_engine_without_a_private_server_says_so() -> None:
    assert not dialect.load("oracle").has("server")
    with pytest.raises(
        UsageError, match="there is no private Oracle server: install the quickstart on a server of yours"
    ):
        demo.run("oracle", lambda line: None)


def test_the_first_engine_has_one() -> None:
    assert dialect.load(demo.first_engine()).has("server")
