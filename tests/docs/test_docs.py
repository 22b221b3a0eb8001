"""The pages say what is so: help texts, commands, flags and links are those of today."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args
from urllib.parse import unquote

import pytest

from udfgen import cli
from udfgen.spec.model import CODES

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = ROOT / "docs" / "commands.md"
VERBS = [str(each.name or each.callback.__name__) for each in cli.app.registered_commands if each.callback is not None]
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "udfgen/*.md", "examples/*/*.md", "dialects/*/*.md", "native/**/*.md")
    for path in ROOT.glob(pattern)
)
NAMES = [path.relative_to(ROOT).as_posix() for path in PAGES]


def generator() -> Any:
    """Return docs/commands.py, which writes the help texts into the page."""
    found = importlib.util.spec_from_file_location("docs_commands", ROOT / "docs" / "commands.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_help_texts_are_current() -> None:
    page = COMMANDS.read_text(encoding="utf-8")
    rewritten: Callable[[str], str] = generator().rewritten
    assert rewritten(page) == page, "run: python docs/commands.py docs/commands.md"


@pytest.mark.parametrize("verb", VERBS)
def test_every_command_is_documented(verb: str) -> None:
    page = COMMANDS.read_text(encoding="utf-8")
    assert f"<!-- help: udfgen {verb} -->" in page
    (section,) = re.findall(rf"^## udfgen {verb}\b.*?(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    prose = re.sub(r"<!-- help.*?<!-- end -->", "", section, flags=re.DOTALL)
    assert len(prose.split()) > 10, f"{verb} has a help text and no word beside it"


def test_no_command_is_documented_that_is_none() -> None:
    named = re.findall(r"^<!-- help: udfgen (\w+) -->", COMMANDS.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(named) == sorted(VERBS)


@pytest.mark.parametrize("page", [name for name in NAMES if name != "udfgen/DESIGN.md"])
def test_commands_and_flags_that_are_named_exist(page: str) -> None:
    """The design is left out: it names commands to come."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for verb, rest in re.findall(r"`udfgen ([a-z]+)((?: [^`\n]*)?)`", text):
        assert verb in VERBS, f"{page}: udfgen {verb}"
        for flag in re.findall(r"--[a-z-]+", rest):
            assert flag in flags(verb), f"{page}: udfgen {verb} {flag}"


def flags(verb: str) -> set[str]:
    """Return the flags of a command."""
    (text,) = re.findall(
        rf"<!-- help: udfgen {verb} -->(.*?)<!-- end -->", COMMANDS.read_text(encoding="utf-8"), re.DOTALL
    )
    return set(re.findall(r"--[a-z-]+", text))


@pytest.mark.parametrize("page", NAMES)
def test_links_lead_somewhere(page: str) -> None:
    path = ROOT / page
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = unquote(target).partition("#")
        linked = (path.parent / name).resolve() if name else path
        assert linked.exists(), f"{page}: {target}"
        if anchor and linked.suffix == ".md":
            assert anchor in anchors(linked), f"{page}: {target}"


def anchors(page: Path) -> set[str]:
    """Return the anchors that a code host makes of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_every_error_code_is_documented() -> None:
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    assert [code for code in get_args(CODES) if f"`{code}`" not in page] == []
    assert len(get_args(CODES)) == 10
