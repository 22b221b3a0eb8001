"""Hostile texts in every place of a spec that takes free text: refused with a position, or nothing but data.

What was generated is read by PostgreSQL's own grammar and by Python's, and compared with what the spec says: the same
statements as for a harmless spec, each function's name, arguments, defaults, settings and grantees, each table entry.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pglast
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.hostile_texts import NASTY, TAG, hostile
from udfgen import commands, ir
from udfgen.bundle import Bundle
from udfgen.errors import SpecError
from udfgen.spec import check

Spec = dict[str, Any]

HARMLESS = "harmless"
TYPES = {"text": "text", "json": "json"}

CASES = [
    *(text for text in NASTY if text),
    "'; drop table x; --",
    "$$; drop table x; --",
    "$udfgen$; drop table x; --",
    f"{TAG}; drop table x; --",
    "x$udfgen$",
    "$udfgen_",
    "x'); drop table x; --",
    '"; drop table x; --',
    'a"."b',
    "E'\\'; drop table x; --",
    "U&'\\0027; drop table x; --",
    "x\n; drop table x; --",
    "x\r; drop table x; --",
    "x\n\\! true\n",
    "\n/\nGO\n.\n@x\n",
    "*/ drop table x; /*",
    "x\\",
    "x\\'",
    "'''\nimport os\n'''",
    '"""\nimport os\n"""',
    "r'''",
    "'''.replace",
    "{source}",
    "{config}",
    "{key} {load} {entry}",
    "{{ it.place }}{% include 'catalog.sql' %}",
    "--% for x in y",
    "{# comment #}",
    "%(a)s %s %%",
    ":'x' :x &x &&x $(x)",
    "GD['x'] SD args plpy",
    "x\ty",
    "x: y",
    "- x",
    "&a *a !!python/object/apply:os.system ['true']",
    "? x",
    "null",
    "NO",
    "0o17",
    "1e400",
    "<script>alert(1)</script>",
    "public",
    "none",
    "current_user",
    "a\u202eb",
    "\u00e9" * 40,
    "\U0001f600" * 15,
    "x" * 63,
    "x" * 64,
]


def base() -> Spec:
    """Return a harmless spec with everything in it that the places below fill."""
    function = {
        "binding": "score",
        "description": HARMLESS,
        "parameters": {
            "first": {"type": "text", "description": HARMLESS, "enum": [HARMLESS, "other"]},
            "second": {"type": "text", "pattern": "[a-z]+"},
            "third": {"type": "text", "default": HARMLESS},
            "fourth": {"type": "json", "default": {"harmless": [HARMLESS]}},
        },
        "payload": {"a": "$first", "b": "$second", "c": ["$third", {"d": "$fourth"}], "constant": HARMLESS},
        "returns": {"type": "text", "path": "$.harmless"},
        "grant": ["app"],
        "examples": [
            {
                "arguments": {"first": HARMLESS, "second": "abc", "third": HARMLESS},
                "response": {"harmless": HARMLESS},
                "result": HARMLESS,
            }
        ],
    }
    return {
        "udfgen": 1,
        "name": "sensors",
        "aws": {"region": "eu-west-1", "credentials": {"source": "profile"}},
        "bindings": {"score": {"function": "score-customer", "qualifier": "live"}},
        "functions": {"f": function},
        "triggers": {"noted": trigger()},
        "engines": {"postgresql": {"roles": {"app": ["app_role", HARMLESS]}}},
    }


def trigger() -> Spec:
    """Return a trigger with a harmless text in each of its names and literals."""
    return {
        "table": f"{exact(HARMLESS)}.{exact(HARMLESS)}",
        "after": ["insert", "update"],
        "of": [exact("of harmless")],
        "level": "statement",
        "key": [exact("harmless key")],
        "when": f"new.{exact('harmless cell')} <> {sql_text('harmless text')}",
        "call": "f",
        "arguments": {
            "first": "old.x",
            "second": f"coalesce(old.{exact('harmless column')}, {sql_text('harmless value')})",
            "third": sql_text("harmless third"),
            "fourth": sql_text(json.dumps({"k": HARMLESS})),
        },
        "unless_user": ["app"],
    }


def exact(text: str) -> str:
    """Return a name as a spec quotes it."""
    return '"' + text.replace('"', '""') + '"'


def sql_text(text: str) -> str:
    """Return a text of an expression."""
    return "'" + text.replace("'", "''") + "'"


def _trigger(spec: Spec) -> Spec:
    return spec["triggers"]["noted"]  # type: ignore[no-any-return]


def _argument(spec: Spec, name: str, text: str) -> None:
    _trigger(spec)["arguments"][name] = text


def _function(spec: Spec) -> Spec:
    return spec["functions"]["f"]  # type: ignore[no-any-return]


def _parameter(spec: Spec, name: str) -> Spec:
    return _function(spec)["parameters"][name]  # type: ignore[no-any-return]


def _example(spec: Spec) -> Spec:
    return _function(spec)["examples"][0]  # type: ignore[no-any-return]


def _as_text(text: str) -> str:
    """Return a payload's spelling of a constant: `$` begins a parameter there, `$$` is itself."""
    return text.replace("$", "$$")


PLACES: dict[str, Callable[[Spec, str], None]] = {
    "description": lambda spec, text: _function(spec).update(description=text),
    "parameter description": lambda spec, text: _parameter(spec, "first").update(description=text),
    "enum": lambda spec, text: _parameter(spec, "first")["enum"].append(text),
    "pattern": lambda spec, text: _parameter(spec, "second").update(pattern=f"abc|{text}"),
    "default": lambda spec, text: _parameter(spec, "third").update(default=text),
    "json default": lambda spec, text: _parameter(spec, "fourth").update(default={"k": [text]}),
    "json default key": lambda spec, text: _parameter(spec, "fourth")["default"].update({text: 1}),
    "payload constant": lambda spec, text: _function(spec)["payload"].update(constant=_as_text(text)),
    "payload key": lambda spec, text: _function(spec)["payload"].update({_as_text(text): 1}),
    "path": lambda spec, text: _function(spec)["returns"].update(path=f"$[{quoted_step(text)}]"),
    "role": lambda spec, text: spec["engines"]["postgresql"]["roles"].update(app=["app_role", text]),
    "example argument": lambda spec, text: _example(spec)["arguments"].update(third=text),
    "example response": lambda spec, text: _example(spec).update(response={text: text}),
    "example result": lambda spec, text: _example(spec).update(result=text),
    "profile": lambda spec, text: spec["aws"]["credentials"].update(profile=text),
    "ca_file": lambda spec, text: spec["aws"].update(ca_file=text),
    "file": lambda spec, text: spec["aws"]["credentials"].update(file=text),
    "table": lambda spec, text: _trigger(spec).update(table=f"{exact(HARMLESS)}.{exact(text)}"),
    "table schema": lambda spec, text: _trigger(spec).update(table=f"{exact(text)}.{exact(HARMLESS)}"),
    "changed column": lambda spec, text: _trigger(spec).update(of=[exact(f"of {text}")]),
    "key column": lambda spec, text: _trigger(spec).update(key=[exact(f"key {text}")]),
    "condition column": lambda spec, text: _trigger(spec).update(
        when=f"new.{exact(f'cell {text}')} <> {sql_text('harmless text')}"
    ),
    "condition": lambda spec, text: _trigger(spec).update(when=f"new.{exact('harmless cell')} <> {sql_text(text)}"),
    "argument column": lambda spec, text: _argument(
        spec, "second", f"coalesce(old.{exact(f'column {text}')}, {sql_text('harmless value')})"
    ),
    "argument text": lambda spec, text: _argument(spec, "third", sql_text(text)),
    "json argument": lambda spec, text: _argument(
        spec, "fourth", sql_text(json.dumps({"k": text}, ensure_ascii=False))
    ),
}
"""Every place of a spec that takes a text of the author's own. Columns stay apart: a check names each of them once."""


def quoted_step(text: str) -> str:
    """Return a member's name as a path spells it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def checked(spec: Spec, file: str = "spec.yaml") -> check.Checked:
    """Check a spec, written as JSON, which is YAML."""
    return check.check_text(json.dumps(spec, ensure_ascii=False, indent=1), file)


def refusal(spec: Spec) -> SpecError | None:
    """Return why a spec is refused, None where it is compiled."""
    try:
        commands.lower(commands.compile_program(checked(spec)), "postgresql")
    except SpecError as error:
        return error
    return None


def filled(texts: dict[str, str]) -> Spec:
    """Return the spec with these texts in their places, without those that are refused there."""
    spec = base()
    for place, text in texts.items():
        alone = base()
        PLACES[place](alone, text)
        error = refusal(alone)
        if error is None:
            PLACES[place](spec, text)
        else:
            assert_positioned(error, alone)
    return spec


def assert_positioned(error: SpecError, spec: Spec) -> None:
    """A refusal says where, in the file; what, on one line; and what to do."""
    lines = json.dumps(spec, ensure_ascii=False, indent=1).splitlines()
    assert error.problems
    for problem in error.problems:
        assert problem.origin.file == "spec.yaml"
        assert 1 <= problem.origin.line <= len(lines)
        assert problem.origin.column >= 1
        assert problem.what.isprintable()
        assert problem.advice.isprintable()


def statements(bundle: Bundle) -> list[Any]:
    """Return the statements of install.sql, by PostgreSQL's own grammar."""
    (install,) = (file for file in bundle.files if file.path == "install.sql")
    return [each.stmt for each in pglast.parse_sql(install.content.decode())]


def shape(found: list[Any]) -> list[str]:
    """Return what kinds of statements there are, and of which functions."""
    return [f"{type(each).__name__} {_name(each)}" for each in found]


def _name(statement: Any) -> str:
    if is_a(statement, "CreateFunctionStmt"):
        return dotted(statement.funcname)
    return dotted(statement.funccall.funcname) if is_a(statement, "CallStmt") else ""


def is_a(statement: Any, kind: str) -> bool:
    return type(statement).__name__ == kind


def dotted(names: Any) -> str:
    return ".".join(each.sval for each in names)


EXPECTED = statements(commands.make(checked(base()), "postgresql"))
EXPECTED_SHAPE = shape(EXPECTED)
QUOTED = re.compile(r"\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'")


def assert_same(spec: Spec, file: str = "spec.yaml") -> None:
    """Compile a spec and compare what PostgreSQL and Python read in it with what the spec says."""
    program = commands.compile_program(checked(spec, file))
    bundle = commands.make(checked(spec, file), "postgresql")
    found = statements(bundle)
    assert shape(found) == EXPECTED_SHAPE
    (function,) = program.functions
    (made,) = (each for each in found if _name(each) == "sensors.f" and is_a(each, "CreateFunctionStmt"))
    assert_signature(made, spec)
    assert_body(option(made, "as")[0].sval, function)
    assert_trigger(found, spec)
    assert_core(found, spec)
    assert_entry(ir.describe(function), spec)
    assert_comment(found, spec)
    assert_grantees(found, spec)
    assert len(pglast.parse_sql(uninstall(bundle))) == len(pglast.parse_sql(UNINSTALL))


def uninstall(bundle: Bundle) -> str:
    (text,) = (file.content.decode() for file in bundle.files if file.path == "uninstall.sql")
    return text


UNINSTALL = uninstall(commands.make(checked(base()), "postgresql"))


def option(made: Any, name: str) -> Any:
    """Return an option of CREATE FUNCTION."""
    (found,) = (each.arg for each in made.options if each.defname == name)
    return found


def assert_signature(made: Any, spec: Spec) -> None:
    """Names, types, defaults, language, rights and settings are the spec's and no others."""
    parameters = _function(spec)["parameters"]
    assert [each.name for each in made.parameters] == list(parameters)
    assert [dotted(each.argType.names).removeprefix("pg_catalog.") for each in made.parameters] == [
        TYPES[each["type"]] for each in parameters.values()
    ]
    defaults = {each.name: each.defexpr.arg.val.sval for each in made.parameters if each.defexpr}
    assert defaults.keys() == {"third", "fourth"}
    assert defaults["third"] == parameters["third"]["default"]
    assert json.loads(defaults["fourth"]) == parameters["fourth"]["default"]
    assert option(made, "language").sval == "plpython3u"
    assert option(made, "security").boolval is True
    settings_ = [
        (each.arg.name, [value.val.sval for value in each.arg.args]) for each in made.options if each.defname == "set"
    ]
    assert settings_ == [("search_path", ["pg_catalog", "pg_temp"])]


def assert_body(body: str, function: ir.Function, part: str = "") -> None:
    """A body, indented as PL/Python does it, is one try and one call; the table entry in it is the function's.

    That of a batch function may take a part of the rows.
    """
    module = ast.parse("def f():\n\t" + body.replace("\n", "\n\t"))
    (definition,) = module.body
    assert isinstance(definition, ast.FunctionDef)
    gives_nothing = function.batch is not None and function.returns is None
    assert [type(each) for each in definition.body] == [ast.Try, ast.Expr if gives_nothing else ast.Return]
    calls = [node for node in ast.walk(definition) if isinstance(node, ast.Call)]
    made_by = "batch" if function.batch else "function"
    (entry,) = (node.args[0] for node in calls if isinstance(node.func, ast.Attribute) and node.func.attr == made_by)
    assert ast.literal_eval(entry) == ir.describe(function)
    assert sorted(ast.unparse(node.func) for node in calls if node.args and node.args[0] is not entry) == [
        "plpy.execute",
        f"udfgen_call{part}",
    ]


def assert_trigger(found: list[Any], spec: Spec) -> None:
    """The triggers are on the spec's table; their function is the harmless one with the spec's texts in its quotes."""
    made = [each for each in found if is_a(each, "CreateTrigStmt")]
    assert [each.trigname for each in made] == ["noted_insert", "noted_update"]
    for each in made:
        assert f"{exact(each.relation.schemaname)}.{exact(each.relation.relname)}" == _trigger(spec)["table"]
    meant = dict(zip(quoted_parts(base()), quoted_parts(spec), strict=True))
    assert trigger_tokens(found) == [
        (kind, meant.get(text, text) if kind else text) for kind, text in trigger_tokens(EXPECTED)
    ]


def quoted_parts(spec: Spec) -> list[str]:
    """Return the user and what stands in quotes in the parts of a trigger that its function holds, in their order."""
    said, arguments = _trigger(spec), _trigger(spec)["arguments"]
    texts = " ".join([*said["of"], *said["key"], said["when"], *(arguments[name] for name in arguments)])
    return [spec["engines"]["postgresql"]["roles"]["app"][1], *(unquoted(each[0]) for each in QUOTED.finditer(texts))]


def trigger_tokens(found: list[Any]) -> list[tuple[bool, str]]:
    """Return the tokens of the trigger's function, by PostgreSQL's own scanner, and which of them are quoted."""
    (made,) = (each for each in found if _name(each) == "sensors.noted" and is_a(each, "CreateFunctionStmt"))
    body = option(made, "as")[0].sval
    pieces = [body[each.start : each.end + 1] for each in pglast.parser.scan(body) if not each.name.endswith("COMMENT")]
    return [(True, unquoted(each)) if each.startswith(("'", '"', "E'")) else (False, each) for each in pieces]


def unquoted(text: str) -> str:
    """Return what stands in quotes, which are doubled within; of all escapes only a doubled backslash is generated."""
    if text.startswith("E'"):
        return re.sub(r"''|\\\\", lambda pair: pair[0][0], text[2:-1])
    return text[1:-1].replace(text[0] * 2, text[0])


def assert_core(found: list[Any], spec: Spec) -> None:
    """The core's configuration is what the spec says of AWS; its source is the reviewed file."""
    (made,) = (
        each for each in found if _name(each) == "sensors.udfgen_sensors_core" and is_a(each, "CreateFunctionStmt")
    )
    body = option(made, "as")[0].sval
    assigned = {
        node.targets[0].id: node.value
        for node in ast.parse(body).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    config = ast.literal_eval(assigned["udfgen_config"])
    aws = spec["aws"]
    assert config["credentials"] == aws["credentials"]
    assert config.get("ca_file") == aws.get("ca_file")
    assert config["region"] == "eu-west-1"


def assert_entry(entry: dict[str, Any], spec: Spec) -> None:
    """The table entry, which is all that the core acts upon, says what the spec says."""
    first = next(each for each in entry["parameters"] if each["name"] == "first")
    assert first["enum"] == _parameter(spec, "first")["enum"]
    sent = json.loads("".join(f'"${each}"' if isinstance(each, int) else each for each in entry["payload"]))
    names = list(_function(spec)["parameters"])
    assert list(sent) == [key.replace("$$", "$") for key in _function(spec)["payload"]]
    assert sent["constant"] == _function(spec)["payload"]["constant"].replace("$$", "$")
    assert (sent["a"], sent["c"][1]["d"]) == (f"${names.index('first')}", f"${names.index('fourth')}")
    path = _function(spec)["returns"]["path"]
    (step,) = entry["returns"]["path"]
    assert path in (f"$.{step}", f"$[{quoted_step(step)}]")


def assert_comment(found: list[Any], spec: Spec) -> None:
    comments = (each for each in found if is_a(each, "CommentStmt"))
    (comment,) = (each.comment for each in comments if dotted(each.object.objname) == "sensors.f")
    assert (comment or "") == _function(spec)["description"].strip()


def assert_grantees(found: list[Any], spec: Spec) -> None:
    """Rights go to the roles that the spec's grantee means, and to nobody at large."""
    (grant,) = (each for each in found if is_a(each, "GrantStmt"))
    assert [each.rolename for each in grant.grantees] == spec["engines"]["postgresql"]["roles"]["app"]
    assert {each.roletype for each in grant.grantees} == {pglast.enums.RoleSpecType.ROLESPEC_CSTRING}
    assert dotted(grant.objects[0].objname) == "sensors.f"
    assert [each.priv_name for each in grant.privileges] == ["execute"]
    for text in let_in(found):
        assert text in [*spec["engines"]["postgresql"]["roles"]["app"], "udfgen_sensors"]


def let_in(found: list[Any]) -> Iterator[str]:
    """Yield the roles that are let into the schema, by a procedure that takes a quoted name."""
    for each in found:
        if is_a(each, "CallStmt") and dotted(each.funccall.funcname) == "pg_temp.udfgen_let_in":
            quoted = each.funccall.args[1].val.sval
            assert re.fullmatch(r'"(?:[^"]|"")+"', quoted)
            yield quoted[1:-1].replace('""', '"')


def test_the_harmless_spec_is_what_it_seems() -> None:
    assert_same(base())
    assert EXPECTED_SHAPE.count("GrantStmt ") == 1
    assert EXPECTED_SHAPE.count("CreateFunctionStmt sensors.f") == 1
    assert set(let_in(statements(commands.make(checked(base()), "postgresql")))) == {
        "app_role",
        HARMLESS,
        "udfgen_sensors",
    }


@pytest.mark.parametrize("text", CASES, ids=ascii)
def test_hostile_text(text: str) -> None:
    assert_same(filled(dict.fromkeys(PLACES, text)))


@pytest.mark.parametrize("place", PLACES)
def test_every_place_takes_some_hostile_text(place: str) -> None:
    spec = base()
    PLACES[place](spec, "'\"{{it}}--")
    assert (refusal(spec) is None) is (place != "pattern")
    assert spec != base()


@pytest.mark.parametrize(
    "file",
    [
        "sp'ec\".yaml",
        "a\n; drop table x; --.yaml",
        "a\rdrop table x;--.yaml",
        "$udfgen$.yaml",
        "a\u202eb\u2028c.yaml",
        "*/.yaml",
    ],
)
def test_hostile_file_names(file: str) -> None:
    assert_same(base(), file)


@pytest.mark.parametrize("role", ["public", "none", "\u00e9" * 32])
def test_no_role_is_everybody_nobody_or_cut(role: str) -> None:
    spec = base()
    PLACES["role"](spec, role)
    error = refusal(spec)
    assert error is not None
    assert [problem.rule for problem in error.problems] == ["role"]


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.dictionaries(st.sampled_from(sorted(PLACES)), hostile, max_size=8))
def test_random_hostile_texts(texts: dict[str, str]) -> None:
    assert_same(filled(texts))
