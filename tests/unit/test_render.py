"""Same spec, same bytes: whatever the folder, the hash seed, the clock's zone or the language of the machine."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from udfgen import commands
from udfgen.bundle import Bundle, Key, Phase
from udfgen.errors import Origin
from udfgen.render import Page, Text, Unit, ordered, render

BUILD = """
import hashlib, json, sys
from pathlib import Path
from udfgen import commands
made = {}
for name in sys.argv[1:]:
    spec = Path(name)
    for environment in (None, *commands.environments(commands.read(spec))):
        bundle = commands.make(commands.read(spec), "postgresql", environment)
        for file in bundle.files:
            made[f"{environment} {file.path}"] = hashlib.sha256(file.content).hexdigest()
print(json.dumps(made))
"""

SPEC = """
udfgen: 1
name: sensors
aws: {region: eu-west-1}
bindings: {score: {function: score-customer, qualifier: live}}
functions:
  f:
    binding: score
    parameters: {a: bigint, b: {type: text, default: "\u00e9\U0001f600"}}
    returns: {table: {x: timestamptz, y: json}, rows: $.rows}
    grant: [app, reporting, batch]
environments: {dev: {aws: {region: us-east-1}}, prod: {bindings: {score: {qualifier: "7"}}}}
engines: {postgresql: {roles: {app: [one, two]}}}
"""


def built(folder: Path, **variables: str) -> dict[str, str]:
    """Compile a spec in another process, from another folder; return the hash of each file."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | variables
    (folder / "elsewhere").mkdir(exist_ok=True)
    ran = subprocess.run(
        [sys.executable, "-c", BUILD, os.path.relpath(folder / "spec.yaml", folder / "elsewhere")],
        cwd=folder / "elsewhere",
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(ran.stdout))


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_same_bytes_everywhere(seed: str, tmp_path: Path) -> None:
    spec = tmp_path / f"folder {seed}" / "spec.yaml"
    spec.parent.mkdir()
    spec.write_text(SPEC, encoding="utf-8")
    zone, language = {"0": ("UTC", "C"), "1": ("Asia/Kathmandu", "tr_TR.UTF-8"), "4242": ("America/Lima", "POSIX")}[
        seed
    ]
    found = built(spec.parent, PYTHONHASHSEED=seed, TZ=zone, LANG=language, LC_ALL=language)
    checked = commands.read(spec)
    here = {
        f"{environment} {file.path}": hashlib.sha256(file.content).hexdigest()
        for environment in (None, "dev", "prod")
        for file in commands.make(checked, "postgresql", environment).files
    }
    assert found == here
    assert len(set(here.values())) == len(here)


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    with commands.quickstart() as folder:
        return commands.make(commands.read(folder / "spec.yaml"), "postgresql")


def content(bundle: Bundle, path: str) -> str:
    (found,) = (file.content.decode() for file in bundle.files if file.path == path)
    return found


def test_an_install_is_its_statements_in_order(bundle: Bundle) -> None:
    text = content(bundle, "install.sql")
    statements = [*bundle.opening, *(each.sql for _, each in ordered(bundle.objects)), *bundle.retire, *bundle.closing]
    places = [text.find(sql) for sql in statements]
    assert -1 not in places
    end = 0
    for sql in statements:
        end = text.index(sql, end) + len(sql)
    assert text[end:].split() == ["commit;"]


def test_an_uninstall_is_its_statements_in_order(bundle: Bundle) -> None:
    text = content(bundle, "uninstall.sql")
    end = 0
    for sql in bundle.removal:
        end = text.index(sql, end) + len(sql)
    assert text[end:].split() == ["commit;"]


def test_phases_are_in_order(bundle: Bundle) -> None:
    phases = [statement.phase for _, statement in ordered(bundle.objects)]
    assert phases == sorted(phases)
    assert {Phase.CORE, Phase.WRAPPER, Phase.REVOKE, Phase.GRANT} <= set(phases)
    for each in bundle.objects:
        own = [statement for found, statement in ordered(bundle.objects) if found is each]
        assert own == sorted(each.statements, key=lambda statement: statement.phase)


def test_each_object_has_the_line_of_the_spec_above_it(bundle: Bundle) -> None:
    text = content(bundle, "install.sql")
    for each in bundle.objects:
        if each.key.kind == "function":
            assert each.origin is not None
            heading = f"-- {each.origin.file}:{each.origin.line}\n"
            create = next(statement.sql for statement in each.statements if "create or replace" in statement.sql)
            at = text.index(create)
            assert heading in text[max(0, at - 600) : at]


def test_a_file_says_what_made_it_and_holds_no_date(bundle: Bundle) -> None:
    for file in bundle.files:
        first, second = file.content.decode().splitlines()[:2]
        assert first.startswith("-- Generated by udfgen ")
        assert first.endswith(" from spec.yaml.")
        assert "Do not edit" in second
        assert file.content.endswith(b"\n")
        assert b"\r" not in file.content


def test_digests_tell_what_is_wanted_and_not_where_it_stands(bundle: Bundle, tmp_path: Path) -> None:
    spec = commands.copy_quickstart(tmp_path)
    text = spec.read_text(encoding="utf-8")
    spec.write_text(
        f"# one line more\n{text}".replace("Score of a customer, 0 to 100.", "Another text."), encoding="utf-8"
    )
    moved = commands.make(commands.read(spec), "postgresql")
    before, after = ({each.key: each for each in made.objects} for made in (bundle, moved))
    assert before.keys() == after.keys()
    changed = [key.name for key in before if before[key].digest != after[key].digest]
    assert changed == ['"quickstart"."score_customer"(bigint, text)']
    assert all(each.origin is None or each.origin.line == after[key].origin.line - 1 for key, each in before.items())  # type: ignore[union-attr]


@dataclass(frozen=True)
class Node:
    """What a small template of these tests sees."""

    name: str


def test_a_template_that_asks_for_what_is_not_there_fails() -> None:
    with commands.quickstart() as folder:
        module = commands.lower(commands.compile_program(commands.read(folder / "spec.yaml")), "postgresql")
    broken = replace(module, catalog=Text("grant.sql", Node("x")))
    with pytest.raises(Exception, match="has no attribute 'signature'"):
        render(broken)


def test_a_hostile_file_name_ends_no_comment() -> None:
    with commands.quickstart() as folder:
        module = commands.lower(commands.compile_program(commands.read(folder / "spec.yaml")), "postgresql")
    origin = Origin("a\n; drop table x; --\r\u2028.yaml", 7, 1)
    units = tuple(replace(unit, origin=origin) if isinstance(unit, Unit) else unit for unit in module.units)
    text = content(render(replace(module, units=units)), "install.sql")
    assert "-- a ; drop table x; --  .yaml:7\n" in text
    assert [line for line in text.splitlines() if line.startswith("; drop")] == []


def test_pages_hold_what_they_are_made_from() -> None:
    with commands.quickstart() as folder:
        module = commands.lower(commands.compile_program(commands.read(folder / "spec.yaml")), "postgresql")
    page = Page("deep/er.sql", module.registry)
    made = render(replace(module, pages=(page,)))
    assert [(file.path, file.content.decode()) for file in made.files] == [("deep/er.sql", made.registry)]
    assert Key("registry", '"quickstart"."udfgen_quickstart_registry"') in {each.key for each in made.objects}
