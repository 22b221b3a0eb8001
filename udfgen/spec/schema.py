"""The JSON Schema of a spec, for editors: made from the models, in draft 7, which language servers read.

`python -m udfgen.spec.schema` prints it; udfgen.schema.json is that output, checked in.
https://github.com/redhat-developer/yaml-language-server#features
"""

from __future__ import annotations

import json
from typing import Any

from udfgen.spec.model import Environment, Spec

DRAFT = "http://json-schema.org/draft-07/schema#"
DEFINITIONS = "#/definitions/"
PARTIAL = "Partial"
# Keywords whose values are schemas under names that are not keywords.
NAMED = frozenset({"properties", "patternProperties", "definitions", "$defs"})

Schema = dict[str, Any]


def schema() -> Schema:
    """Return the JSON Schema (draft 7) of a spec, with the options of every engine."""
    whole = _draft_7(Spec.model_json_schema())
    definitions = whole.pop("definitions")
    _open_engines(definitions["Engines"])
    partial = {f"{PARTIAL}{name}": _partial(each) for name, each in definitions.items()}
    _fill_environment(definitions["Environment"], _partial(whole)["properties"])
    definitions |= {name: partial[name] for name in sorted(_reached(definitions["Environment"], partial))}
    return {"$schema": DRAFT, "title": "udfgen spec", **whole, "definitions": definitions}


def text() -> str:
    """Return the JSON Schema as the checked-in file has it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _draft_7(node: Any, named: bool = False) -> Any:
    """Return a schema in draft 7, without titles and null defaults, which say nothing to a reader.

    `named`: the keys are names and not keywords.
    """
    if isinstance(node, list):
        return [_draft_7(item) for item in node]
    if isinstance(node, str):
        return node.replace("#/$defs/", DEFINITIONS) if node.startswith("#/$defs/") else node
    if not isinstance(node, dict):
        return node
    if named:
        return {key: _draft_7(value) for key, value in node.items()}
    return _keywords(
        {key: _draft_7(value, key in NAMED) for key, value in node.items() if not _says_nothing(key, value)}
    )


def _says_nothing(key: str, value: Any) -> bool:
    return key == "title" or (key == "default" and (value is None or isinstance(value, (dict, list))))


def _keywords(node: Schema) -> Schema:
    if "$defs" in node:
        node["definitions"] = node.pop("$defs")
    if "patternProperties" in node:
        node["additionalProperties"] = False
    # In draft 7 nothing beside $ref counts.
    if "$ref" in node and len(node) > 1:
        node["allOf"] = [{"$ref": node.pop("$ref")}]
    return node


def _open_engines(engines: Schema) -> None:
    """Let an engine stand with nothing after its colon; at least one must stand."""
    engines["minProperties"] = 1
    for name, each in engines["properties"].items():
        described = {"description": each["description"]}
        engines["properties"][name] = {"anyOf": [*each["allOf"], {"type": "null"}], **described}


def _partial(node: Any) -> Any:
    """Return a schema that also holds for a part of what it describes: nothing is required, references are partial."""
    if isinstance(node, list):
        return [_partial(item) for item in node]
    if isinstance(node, str):
        return node.replace(DEFINITIONS, DEFINITIONS + PARTIAL) if node.startswith(DEFINITIONS) else node
    if not isinstance(node, dict):
        return node
    return {key: _partial(value) for key, value in node.items() if key not in ("required", "minProperties", "default")}


def _fill_environment(environment: Schema, whole: Schema) -> None:
    """Describe the parts of an environment by the same parts of the spec."""
    for name in Environment.model_fields:
        description = environment["properties"][name]["description"]
        environment["properties"][name] = _keywords(whole[name] | {"description": description})


def _reached(node: Any, definitions: Schema) -> set[str]:
    """Return the names of the definitions that a schema leads to."""
    found: set[str] = set()
    todo = [node]
    while todo:
        here = todo.pop()
        if isinstance(here, dict):
            todo += here.values()
            name = str(here.get("$ref", "")).removeprefix(DEFINITIONS)
            if name in definitions and name not in found:
                found.add(name)
                todo.append(definitions[name])
        elif isinstance(here, list):
            todo += here
    return found


if __name__ == "__main__":
    print(text(), end="")
