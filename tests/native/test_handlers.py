"""Handlers that `udfgen handler` writes, with a body, under AWS's runtime client: what the Python core reads of them.

Each function of a random spec gives one of its arguments back, so that what was sent must come back as it was. Marked
rows fail, and are NULL, an error, or one of the function, as the batch says.
"""

from __future__ import annotations

import json
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.core_support import CoreError, Host, clear_environment, make_core
from udfgen import commands, handler
from udfgen.ir import Function, Program, describe
from udfgen.local import LocalFunction, LocalLambda
from udfgen.spec.check import check_text

FAILING = 13
VALUES: dict[str, tuple[Any, ...]] = {
    "boolean": (True, False, None),
    "smallint": (0, -7, None),
    "integer": (2_147_483_647, None),
    "bigint": (9_223_372_036_854_775_807, -1, None),
    "decimal(12,3)": (Decimal("87.500"), Decimal("-0.001"), Decimal("123456789.125"), None),
    "double": (0.1, 1e300, -2.0, None),
    "text": ("", "Käse \U0001f9c0", 'a "quoted" \\ text\n', None),
    "date": ("2016-02-29", None),
    "time": ("12:00:00", "23:59:59.5", None),
    "timestamp": ("2016-02-15T12:00:00", "2016-02-15T12:00:00.000001", None),
    "timestamptz": ("2016-02-15T12:00:00Z", "1999-12-31T23:59:59.25Z", None),
    "uuid": ("123e4567-e89b-12d3-a456-426614174000", None),
    "json": ('{"a":[1,{"b":null}]}', "[]", None),
    "bytes": (b"", b"\x00\xff\x10", None),
}
"""Some values of each type, as PL/Python hands them over."""

PATHS = ("$", "$.score", "$.a['b c'][2].d", "$[1]")
BATCHES = (
    {"wire": "redshift"},
    {"wire": "redshift", "on_row_error": None},
    {"wire": "list"},
    {"wire": "list", "on_row_error": None},
)


def spec(seed: int) -> str:
    """Return a spec with one function for each way to call, of random types and paths; the payload of lists too."""
    chance = random.Random(seed)
    functions: dict[str, Any] = {}
    for number, batch in enumerate((*BATCHES, None)):
        types = chance.choices(list(VALUES), k=chance.randint(1, 4))
        parameters = {"mark": "integer"} | {f"p{place}": type_ for place, type_ in enumerate(types)}
        payload = {"given": [f"${name}" for name in parameters if name != "mark"], "at": {"mark": "$mark"}, "n": 1.5}
        functions[f"f{number}"] = {
            "binding": f"b{number}",
            "parameters": parameters,
            "returns": {"type": types[-1], "path": chance.choice(PATHS)},
        }
        functions[f"f{number}"] |= {} if batch is None else {"batch": {"max_rows": 3, **batch}}
        if batch is None or batch["wire"] == "list":
            functions[f"f{number}"]["payload"] = payload
    bindings = {f"b{number}": {"function": f"f{number}", "qualifier": "live"} for number in range(len(functions))}
    whole = {"udfgen": 1, "name": "s", "aws": {"region": "eu-west-1"}, "bindings": bindings, "functions": functions}
    return yaml.safe_dump(whole | {"engines": {"postgresql": {}}}, sort_keys=False)


def write_handlers(program: Program, folder: Path) -> None:
    """Write each function's handler, with a body that gives the last argument back, and fails for a marked row."""
    for function in program.functions:
        page = handler.page(program, function)
        empty = '    raise NotImplementedError("write the body of this function")\n'
        assert page.count(empty) == 1
        body = f"    if mark == {FAILING}:\n        raise LookupError('no such row')\n"
        written = page.replace(empty, f"{body}    return {function.parameters[-1].name}\n")
        (folder / f"{function.name}.py").write_text(written, encoding="utf-8")


def rows_of(function: Function, chance: random.Random) -> list[list[Any]]:
    values = [VALUES[str(each.type)] for each in function.parameters[1:]]
    return [[number, *(chance.choice(each) for each in values)] for number in range(7)]


def comparable(function: Function, value: Any) -> Any:
    """Return a result, or the argument that it was, by value."""
    return json.loads(value) if value is not None and function.parameters[-1].type.kind == "json" else value


def call(core: Any, function: Function, rows: list[list[Any]]) -> list[Any]:
    entry = describe(function)
    if function.batch is None:
        single = core.function(entry)
        return [single(*row) for row in rows]
    return list(core.batch(entry)(*map(list, zip(*rows, strict=True))))


@pytest.mark.parametrize("seed", range(6))
def test_what_a_handler_is_sent_comes_back(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = commands.compile_program(check_text(spec(seed), "spec.yaml"))
    write_handlers(program, tmp_path)
    functions = [LocalFunction(each.name, tmp_path / f"{each.name}.py", timeout=30) for each in program.functions]
    clear_environment(monkeypatch)
    with LocalLambda(functions, region="eu-west-1", account="123456789012") as local:
        for name, value in local.environment().items():
            monkeypatch.setenv(name, value)
        core = make_core(Host(context='{"custom":{"database":"shop","session_user":"app"}}'), endpoint=local.url)
        for function in program.functions:
            rows = rows_of(function, random.Random(seed))
            found = call(core, function, rows)
            assert [comparable(function, each) for each in found] == [comparable(function, row[-1]) for row in rows]
            check_failing(core, function, rows)


def check_failing(core: Any, function: Function, rows: list[list[Any]]) -> None:
    """Check what comes of a batch, or a call, whose fifth row is marked to fail."""
    rows[4][0] = FAILING
    if function.batch is not None and function.batch.null_on_row_error:
        found = call(core, function, rows)
        wanted = [None if row[0] == FAILING else comparable(function, row[-1]) for row in rows]
        assert [comparable(function, each) for each in found] == wanted
        return
    with pytest.raises(CoreError) as caught:
        call(core, function, rows)
    assert caught.value.code == "function_error"
    assert caught.value.text.startswith(f"{function.binding.name}: {TOLD[function.name]} (request id ")


TOLD = {
    "f0": "row 2: LookupError: no such row",
    "f2": "row 5: LookupError: no such row",
    "f4": "LookupError: no such row",
}
"""What an error says: Redshift's replies count the rows of a request, and the core those of the whole call."""
