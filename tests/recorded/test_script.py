"""install.sql and uninstall.sql by hand are what the driver runs: the same statements, in the same order."""

from __future__ import annotations

import re

import pytest

from tests.recorded.driver import Server
from tests.recorded.support import SPEC, bundle, put, remove

SETTINGS = ("set define off", "set sqlblanklines on", "whenever sqlerror exit failure rollback")


def file(name: str) -> str:
    """Return a generated file of the example."""
    return next(each.content for each in bundle(SPEC).files if each.path == name).decode()


def statements(script: str) -> list[str]:
    """Return what SQL*Plus would send: what stands above each lone slash, without comments and settings before it."""
    parts = re.split(r"^/$\n?", script, flags=re.MULTILINE)
    assert not parts[-1].strip(), "something after the last slash"
    return [headless(part) for part in parts[:-1]]


def headless(part: str) -> str:
    """Return a statement without the lines before it that are none of it."""
    lines = part.splitlines()
    while not lines[0].strip() or lines[0].startswith("--") or lines[0] in SETTINGS:
        lines.pop(0)
    return "\n".join(lines)


def test_install_is_what_the_driver_runs(server: Server) -> None:
    put(SPEC)
    assert statements(file("install.sql")) == [each.strip() for each in server.steps]
    assert len(server.steps) > 30


def test_uninstall_drops_what_the_driver_drops(server: Server) -> None:
    put(SPEC)
    server.steps.clear()
    remove(SPEC)
    drops, last = statements(file("uninstall.sql"))
    ours = re.findall(r"remove\('(drop [^']+)'\)", drops)
    theirs = [found for each in server.steps[:-1] for found in re.findall(r"execute immediate '(drop [^']+)'", each)]
    assert sorted(ours) == sorted(theirs)
    assert [kind(each) for each in ours] == [kind(each) for each in theirs]
    assert last == server.steps[-1].strip()
    assert len(ours) == len(bundle(SPEC).objects)


def kind(drop: str) -> str:
    """Return the kind of what a statement drops."""
    return drop.partition('"')[0]


@pytest.mark.parametrize("name", ["install.sql", "uninstall.sql", "permissions.sql"])
def test_every_script_begins_with_the_settings(name: str) -> None:
    lines = [line for line in file(name).splitlines() if line and not line.startswith("--")]
    assert tuple(lines[:3]) == SETTINGS
