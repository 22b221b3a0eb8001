"""Malformed and hostile specs: each is refused with positions, or means exactly what it says.

Beside each NAME.yaml stands NAME.txt: the expected messages, or for a spec that is right its payloads and facts as
JSON. `UDFGEN_UPDATE=1 pytest` on this file writes them; read the difference before you keep it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from udfgen.errors import SpecError
from udfgen.ir import Constant, Trigger, describe
from udfgen.portable import portable
from udfgen.resolve import resolve
from udfgen.spec.check import check_file

FOLDER = Path(__file__).parent / "malformed"
CASES = sorted(FOLDER.glob("*.yaml"))


def outcome(path: Path) -> str:
    try:
        checked = check_file(path)
    except SpecError as error:
        return str(error).replace(str(path), path.name) + "\n"
    lines = ["accepted", *(str(each).replace(str(path), path.name) for each in checked.warnings)]
    program = resolve(checked, None)
    for function in program.functions:
        facts = describe(function) | {
            "description": function.description,
            "defaults": {each.name: str(each.default.value) for each in function.parameters if each.default},
            "grants": [each.grantee for each in function.grants],
        }
        lines.append(json.dumps(facts, indent=1, ensure_ascii=False))
    lines += [str(each) for trigger in program.triggers for each in trigger_lines(trigger)]
    lines += [f"{each.family}: {at.spelling} -> {at.binding.name}" for each in program.compat for at in each.reached]
    return "\n".join(lines) + "\n"


def trigger_lines(trigger: Trigger) -> Iterator[str]:
    yield f"trigger {trigger.name} on {trigger.schema} {trigger.table}, {trigger.level.value}"
    yield f"  after {[event.value for event in trigger.events]} of {trigger.of} key {trigger.key}"
    yield f"  when {trigger.when and portable(trigger.when)}"
    yield f"  unless {trigger.unless_users}, {'skips' if trigger.skips_off else 'raises'} when off"
    for parameter, argument in zip(trigger.function.parameters, trigger.arguments, strict=True):
        typed = f" as {argument.type}" if isinstance(argument, Constant) and argument.type else ""
        yield f"  {parameter.name}: {portable(argument)}{typed}"


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_every_message(path: Path) -> None:
    expected = path.with_suffix(".txt")
    got = outcome(path)
    if os.environ.get("UDFGEN_UPDATE"):
        expected.write_text(got, "utf-8")
    assert got == expected.read_text("utf-8")


REFUSED = [path for path in CASES if not path.stem.startswith("accepted_")]


@pytest.mark.parametrize("path", REFUSED, ids=[path.stem for path in REFUSED])
def test_every_problem_has_a_place_advice_and_our_own_words(path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        check_file(path)
    lines = path.read_bytes().decode("utf-8", "replace").split("\n")
    for problem in caught.value.problems:
        assert problem.what
        assert problem.advice
        assert 1 <= problem.origin.line <= len(lines)
        assert 1 <= problem.origin.column <= len(lines[problem.origin.line - 1]) + 1
    text = str(caught.value)
    assert not re.search(r"pydantic|Input should|Value error|Field required|Extra inputs", text)
    assert not re.search(r"hunter2|A[KS]IA[A-Z0-9]{16}", text)


def test_there_are_enough_of_them() -> None:
    assert len(REFUSED) >= 50
    assert {path.with_suffix(".txt") for path in CASES} == set(FOLDER.glob("*.txt"))
