"""The JSON Schema: equal to the model, and the same verdict as the model on shapes."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator  # type: ignore[import-untyped]

import udfgen
from udfgen import dialect
from udfgen.errors import SpecError
from udfgen.spec.check import check_text
from udfgen.spec.document import plain, read
from udfgen.spec.schema import schema, text

PACKAGE = Path(udfgen.__file__).parent
VALIDATOR = Draft7Validator(schema())


def design_example() -> str:
    """Return the example of DESIGN.md with the function that its trigger calls, for the engines that take a chain."""
    spec = (PACKAGE / "DESIGN.md").read_text("utf-8").split("```yaml\n")[1].split("```")[0]
    lines = [line for line in spec.splitlines() if not line.startswith("  oracle:")]
    called = "{binding: temp_reading, parameters: {reading_time: timestamp, reading_value: double}}"
    return "\n".join(lines).replace("\ntriggers:", f"\n  log_temp_reading: {called}\ntriggers:") + "\n"


def page_example() -> str:
    """Return the parts that docs/spec.md shows of pages, batches, triggers and drop-in names, as one spec."""
    page = (PACKAGE.parent / "docs" / "spec.md").read_text("utf-8")
    blocks = [each.split("```")[0] for each in page.split("```yaml\n")[1:]]
    functions, triggers, compat = (
        next(each for each in blocks if each.startswith(f"{key}:\n") and word in each)
        for key, word in (("functions", "follow:"), ("triggers", "table:"), ("compat", "grant:"))
    )
    called = "{binding: queue, parameters: {reading_time: timestamp, reading_value: double, what: text}}"
    batch = next(each for each in blocks if "batch:" in each).removeprefix("functions:\n")
    return (
        "udfgen: 1\nname: page\naws: {region: eu-west-1, credentials: {source: imds}}\n"
        "bindings:\n  reader: {function: r, qualifier: live}\n  queue: {function: q, qualifier: live, invoke: async}\n"
        f"{functions}{batch}  log_temp_reading: {called}\n{triggers}{compat}"
        f"engines: {{{', '.join(f'{name}: {{}}' for name in dialect.names())}}}\n"
    )


def as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_json(member) for key, member in value.items()}
    if isinstance(value, tuple):
        return [as_json(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value


def verdict(spec: str) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(as_json(plain(read(spec, "s").root)))]


def test_the_checked_in_schema_is_what_the_models_say() -> None:
    assert (PACKAGE / "udfgen.schema.json").read_text("utf-8") == text(), "run python -m udfgen.spec.schema"


def test_it_is_a_schema_of_draft_7() -> None:
    Draft7Validator.check_schema(schema())
    assert "$defs" not in json.dumps(schema())


def test_every_property_has_a_description() -> None:
    definitions = {"": schema(), **schema()["definitions"]}
    shapes = [shape for each in definitions.values() for shape in (each, *each.get("anyOf", ()))]
    found = [each for shape in shapes for each in shape.get("properties", {}).values()]
    assert len(found) > 60
    assert [each for each in found if "description" not in each and "$ref" not in each] == []


def test_every_reference_leads_somewhere() -> None:
    whole = schema()
    references = [part.split('"')[0] for part in json.dumps(whole).split('"$ref": "')[1:]]
    assert references
    assert {each.removeprefix("#/definitions/") for each in references} <= set(whole["definitions"])


def test_the_example_of_the_design_is_right_for_the_schema_and_for_the_check() -> None:
    assert verdict(design_example()) == []
    assert check_text(design_example(), "s.yaml").spec.name == "sensors"


def test_what_the_page_shows_is_right_for_every_engine() -> None:
    assert verdict(page_example()) == []
    assert {each.rule for each in check_text(page_example(), "s.yaml").warnings} <= {"support"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("udfgen: 1", "udfgen: 2"),
        ("name: sensors", "name: Sensors"),
        ("region: eu-west-1", "region: Ireland"),
        ('"123456789012"', "123456789012"),
        ("invoke: async", "invoke: asynchronous"),
        ("timeout: 10s", "timeout: 10"),
        ("idempotent: false", "idempotent: no"),
        ("customer_id: bigint", "customer_id: bigintt"),
        ("varchar(20)", "varchar"),
        ("path: $.score", "path: score"),
        ("grant: [app]", "grant: [PUBLIC]"),
        ("retries: 2", "retires: 2"),
        ("source: chain", "source: file"),
        ("function: score-customer", "function: score customer"),
        ("on_null: call", "on_null: skip"),
        ("dev:  {", "dev: {name: other, "),
        ("{qualifier: $LATEST}", "{qualifer: $LATEST}"),
        ("engines:", "engine:"),
        ("after: [insert]", "after: []"),
        ("after: [insert]", "after: [truncate]"),
        ("table: temp_reading", "table: a.b.c"),
        ("call: log_temp_reading", "cal: log_temp_reading"),
        ("reading_value: new.reading_value", "reading_value: [1]"),
        ("awslambda: true", "awslambda: maybe"),
        ("awslambda: true", "awslambda: {grant: [PUBLIC]}"),
        ("awslambda: true", "lambda: true"),
        ("volatility: volatile", "batch: {max_rows: 0}"),
        ("volatility: volatile", "batch: {max_bytes: 5 MB}"),
        ("volatility: volatile", "batch: {on_row_error: skip}"),
        ("volatility: volatile", "cache: {ttl: 10ms}"),
        ("volatility: volatile", "cache: {max_entries: 5}"),
    ],
)
def test_wrong_specs_are_wrong_for_the_schema_and_for_the_check(old: str, new: str) -> None:
    spec = design_example()
    assert old in spec
    assert verdict(spec.replace(old, new, 1))
    with pytest.raises(SpecError):
        check_text(spec.replace(old, new, 1), "s.yaml")
