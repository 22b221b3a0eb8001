"""Every stage can be looked at as JSON, and says what the stage holds."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest

from udfgen import commands
from udfgen.errors import SpecError, UsageError
from udfgen.explain import STAGES, stage
from udfgen.report import json_text

SPEC = """
udfgen: 1
name: sensors
aws: {region: eu-west-1}
bindings: {score: {function: score-customer, qualifier: live, timeout: 3s}}
functions:
  f:
    binding: score
    parameters: {n: "decimal(5,2)"}
    payload: {n: $n, flag: true, exact: 1.50}
    returns: {type: bigint, path: $.a}
    grant: [app]
engines: {postgresql: {schema: other}}
environments: {dev: {bindings: {score: {qualifier: "7"}}}}
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return path


def explained(spec: Path, name: str, environment: str | None = None, engines: tuple[str, ...] = ()) -> Any:
    """Return a stage as it is printed; a warning on the way is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return json.loads(json_text(stage(name, spec, environment, engines)))


def test_the_stages_are_those_of_the_flow() -> None:
    assert list(STAGES) == ["document", "spec", "program", "module", "bundle"]


def test_a_document_has_positions(spec: Path) -> None:
    document = explained(spec, "document")
    region = document["root"]["members"]["aws"]["node"]["members"]["region"]
    assert region["origin"] == {"file": str(spec), "line": 4, "column": 7}
    assert region["node"] == {"value": "eu-west-1", "origin": {"file": str(spec), "line": 4, "column": 15}}


def test_a_document_with_a_secret_is_not_printed(spec: Path) -> None:
    spec.write_text(SPEC.replace("exact: 1.50", "exact: AKIAABCDEFGHIJKLMNOP"), encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        stage("document", spec, None, ())
    assert [each.rule for each in caught.value.problems] == ["secret"]


def test_a_spec_has_what_was_written_and_what_it_means(spec: Path) -> None:
    found = explained(spec, "spec")
    assert found["bindings"]["score"]["timeout"] == 3000
    assert found["bindings"]["score"]["function"]["target"] == "score-customer"
    assert "idempotent" not in found["bindings"]["score"], "what was not written is not shown"
    assert found["functions"]["f"]["returns"] == {
        "type": {"kind": "bigint", "precision": None, "scale": None, "length": None},
        "path": ["a"],
    }
    assert found["engines"] == {"postgresql": {"schema": "other"}}


def test_triggers_and_drop_in_names_are_in_the_spec_and_in_the_program(spec: Path) -> None:
    told = "triggers: {t: {table: a.b, after: [insert], when: new.n > 0, call: f, arguments: {n: new.n}}}\n"
    spec.write_text(f"{SPEC}{told}compat: {{awslambda: true}}\n", encoding="utf-8")
    written, meant = explained(spec, "spec"), explained(spec, "program")
    cell = {"row": "new", "column": {"text": "n", "exact": False}}
    assert written["triggers"]["t"]["when"] == meant["triggers"][0]["when"]
    assert meant["triggers"][0]["when"] == {"operator": ">", "operands": [cell, {"value": "0", "type": None}]}
    assert meant["triggers"][0]["arguments"] == [cell]
    assert written["compat"] == {"awslambda": {}}
    assert [each["spelling"] for each in meant["compat"][0]["reached"]] == ["score-customer", "score-customer:live"]


def test_a_program_is_of_one_environment(spec: Path) -> None:
    base, dev = explained(spec, "program"), explained(spec, "program", "dev")
    assert [each["environment"] for each in (base, dev)] == [None, "dev"]
    assert [each["bindings"][0]["qualifier"] for each in (base, dev)] == ["live", "7"]
    (function,) = base["functions"]
    assert function["payload"] == ['{"n":', 0, ',"flag":true,"exact":1.50}']
    assert function["returns"]["type"]["kind"] == "bigint"
    assert function["origin"] == {"file": "spec.yaml", "line": 7, "column": 3}


@pytest.mark.parametrize("name", ["module", "bundle"])
def test_later_stages_are_per_engine(name: str, spec: Path) -> None:
    assert list(explained(spec, name)) == ["postgresql"]
    assert list(explained(spec, name, None, ("postgresql",))) == ["postgresql"]


def test_a_module_has_final_texts(spec: Path) -> None:
    module = explained(spec, "module")["postgresql"]
    (wrapper,) = [
        text["node"] for unit in module["units"] for _, text in unit["statements"] if text["template"] == "routine.sql"
    ]
    assert wrapper["signature"] == '"other"."f"(numeric)'


def test_a_bundle_has_what_is_written(spec: Path) -> None:
    files = explained(spec, "bundle")["postgresql"]["files"]
    made = {file.path: file.content.decode() for file in commands.make(commands.read(spec), "postgresql").files}
    assert {file["path"]: file["content"] for file in files} == made


def test_a_stage_that_is_none(spec: Path) -> None:
    with pytest.raises(UsageError, match='no stage is called "ir": use one of document, spec, program, module, bundle'):
        stage("ir", spec, None, ())


@pytest.mark.parametrize("name", ["program", "module", "bundle"])
def test_an_environment_that_is_none(name: str, spec: Path) -> None:
    with pytest.raises(UsageError, match='no environment "prod"'):
        stage(name, spec, "prod", ())


def test_a_wrong_spec_can_be_looked_at_as_a_document_only(spec: Path) -> None:
    spec.write_text(SPEC.replace("binding: score", "binding: nosuch"), encoding="utf-8")
    assert explained(spec, "document")["file"] == str(spec)
    for name in ("spec", "program", "module", "bundle"):
        with pytest.raises(SpecError, match="nosuch"):
            stage(name, spec, None, ())


def test_an_engine_that_the_spec_does_not_name(spec: Path) -> None:
    with pytest.raises(UsageError, match='no engine is called "nosuch"'):
        stage("bundle", spec, None, ("nosuch",))
