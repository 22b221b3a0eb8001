"""What a spec becomes on SQL Server: what is made in which order, granted to whom, what C# carries, what is refused.

The text of each object stands in the golden cases.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

import udfgen
from udfgen import commands, dialect
from udfgen.bundle import Bundle, Object, Phase
from udfgen.errors import Severity, SpecError
from udfgen.ir import Kind, Program, Type
from udfgen.render import ordered, render
from udfgen.spec import check, document

ENGINE = "sqlserver"
lower, csharp, names, types = (dialect.load(ENGINE).part(name) for name in ("lower", "csharp", "names", "types"))

SPEC = """
udfgen: 1
name: sensors
aws: {region: eu-west-1, credentials: {source: environment}}
bindings: {score: {function: score-customer, qualifier: live}, quiet: {function: q, client_context: false}}
functions:
  plain: {binding: score, description: Two., parameters: {a: bigint}, returns: bigint, grant: [app]}
  lenient: {binding: score, parameters: {a: {type: bigint, default: 1}}, returns: void, grant: [app, reporting]}
  rows_of: {binding: quiet, parameters: {a: bigint}, returns: {table: {x: text, y: date}, rows: $}, grant: [app]}
  nobodys: {binding: quiet, returns: boolean, volatility: immutable}
engines: {sqlserver: {grantees: {app: [web, 'SALES\\batch users']}}}
"""


def program(text: str = SPEC) -> Program:
    """Return the program of a spec's text."""
    return commands.compile_program(check.check(document.read(text, "spec.yaml")))


def made(text: str = SPEC) -> Bundle:
    """Return what is generated from a spec's text."""
    return render(commands.lower(program(text), ENGINE))


def objects(bundle: Bundle) -> Mapping[str, Object]:
    """Return the objects of a bundle by their names."""
    return {each.key.name: each for each in bundle.objects}


def file(bundle: Bundle, path: str) -> str:
    """Return the text of a generated file."""
    (content,) = (each.content for each in bundle.files if each.path == path)
    return content.decode()


def assembly(bundle: Bundle) -> str:
    """Return the name of a bundle's assembly."""
    (name,) = (each.key.name for each in bundle.objects if each.key.kind == "assembly")
    return str(name)


def problems(text: str) -> list[str]:
    """Return what is refused of a spec, each with its place."""
    with pytest.raises(SpecError) as caught:
        lower.lower(program(text))
    return [str(problem) for problem in caught.value.problems]


def with_function(declared: str, options: str = "{}") -> str:
    """Return a spec with one function."""
    head, _, _ = SPEC.partition("functions:")
    return f"{head}functions:\n  f: {declared}\nengines: {{sqlserver: {options}}}\n"


# The install


def test_the_objects_come_in_the_order_in_which_one_needs_the_other() -> None:
    bundle = made()
    assert [f"{each.key}" for each in bundle.objects] == [
        "schema sensors",
        "registry sensors.udfgen$sensors",
        "switch sensors.udfgen_sensors_switch",
        f"assembly {assembly(bundle)}",
        "function sensors.udfgen$sensors$modes",
        "function sensors.core$plain",
        "function sensors.plain",
        "procedure sensors.core$lenient",
        "procedure sensors.lenient",
        "function sensors.core$rows_of",
        "function sensors.rows_of",
        "function sensors.core$nobodys",
        "function sensors.nobodys",
        "function sensors.udfgen$sensors$probe",
        "function sensors.sensors_error_code",
    ]
    assert [each.key.kind for each in bundle.objects if each.shared] == ["schema", "registry", "switch"]
    assert [each.key.kind for each in bundle.objects if each.file] == ["assembly"]


def test_a_routine_is_made_anew_and_opened_when_all_is_there() -> None:
    bundle = made()
    for each in bundle.objects[4:]:
        first, second, *more = each.statements
        assert first.phase is second.phase is Phase.WRAPPER
        assert "drop " in first.sql
        assert f"\ncreate {each.key.kind} [sensors].[{each.key.name.split('.')[1]}]" in f"\n{second.sql}"
        is_compiled = "as external name" in second.sql
        assert [statement.phase for statement in more if statement.phase is not Phase.GRANT] == [
            Phase.WRAPPER for statement in more if statement.sql.startswith(("exec sys.", "-- "))
        ]
        assert any("@name = N'udfgen'" in statement.sql for statement in more) is not is_compiled
    run = [statement.sql for _, statement in ordered(bundle.objects)]
    grants_from = next(number for number, sql in enumerate(run) if sql.startswith("grant "))
    assert all(sql.startswith("grant ") for sql in run[grants_from:])


def test_grants_are_those_of_the_spec() -> None:
    grants = [sql.strip() for _, (_, sql) in ((each, (s.phase, s.sql)) for each, s in ordered(made().objects))]
    app = r"[web], [SALES\batch users]"
    assert [sql for sql in grants if sql.startswith("grant ")] == [
        f"grant execute on object::[sensors].[plain] to {app};",
        f"grant execute on object::[sensors].[lenient] to {app}, [reporting];",
        f"grant select on object::[sensors].[rows_of] to {app};",
        f"grant execute on object::[sensors].[sensors_error_code] to {app}, [reporting];",
    ]


def test_who_is_granted_to_must_be_there() -> None:
    assert [(str(each.key), str(each.origin)) for each in made().requirements] == [
        ("principal web", "spec.yaml:7:96"),
        (r"principal SALES\batch users", "spec.yaml:7:96"),
        ("principal reporting", "spec.yaml:8:102"),
    ]


def test_every_batch_is_one_and_the_files_have_all_of_them() -> None:
    """No driver knows GO, and no batch may hold what would end it in a client."""
    bundle = made()
    run = [statement.sql for _, statement in ordered(bundle.objects)]
    batches = [*bundle.opening, *run, *bundle.retire, *bundle.closing]
    for batch in (*batches, *bundle.removal, lower.untrust()):
        assert not re.search(r"^\s*(go\b|:|!!)", batch, re.MULTILINE | re.IGNORECASE)
        assert "$(" not in batch
    found = re.split(r"^go\n", file(bundle, "install.sql"), flags=re.MULTILINE)
    kept = [re.sub(r"\A\n(?:-- spec\.yaml:\d+\n)?", "", each) for each in found]
    checked = "if @@error <> 0 or @@trancount <> 1 set noexec on;\n"
    ended = [each for each in kept if each != checked]
    assert ended[2 : 3 + len(batches)] == [*batches, "commit;\n"]
    assert ended[4 + len(batches) : 6 + len(batches)] == [lower.untrust(), "set noexec off;\n"]
    assert kept.count(checked) == len(batches) + 1


def test_a_script_stops_at_the_first_error() -> None:
    for path in ("install.sql", "uninstall.sql"):
        text = file(made(), path)
        before, _, after = text.partition("set xact_abort on;\nset lock_timeout 60000;\nset deadlock_priority low;")
        assert before.endswith("    set noexec on;\nend;\ngo\n\n")
        assert after.index("sys.sp_getapplock") < after.index("go\n")
        assert after.index("\nset noexec off;\ngo\n") < after.index(" rollback;\n")


def test_the_registry_learns_all_that_is_its_own() -> None:
    bundle = made()
    for each in bundle.objects:
        row = f"(N'{each.key.kind}', N'{each.key.name}', N'{each.digest}')"
        assert (row in bundle.closing[0]) is not each.shared
        assert (f"(N'{each.key.kind}', N'{each.key.name}')" in bundle.retire[0]) is not each.shared


def test_without_the_bytes_a_script_asks_for_them() -> None:
    bundle = made()
    (create, _) = objects(bundle)[assembly(bundle)].statements
    assert create.sql.count(lower.BYTES) == 1
    assert re.sub(r"/\*.*?\*/", "", lower.BYTES).strip() == "0x"
    assert (
        f"run assembly.sql in this database first', 1;\nif @made is null\n    create assembly [{assembly(bundle)}]"
        in (create.sql)
    )


def test_a_pattern_for_all_versions_of_one_program() -> None:
    assert names.family("a_b") == "N'udfgen[_]a[_]b[_]' + replicate(N'[0-9a-f]', 12)"
    assert lower.described("udfgen_x_0123456789ab").startswith(
        "udfgen_x_0123456789ab, version=0.0.0.0, culture=neutral,"
    )


# The hash


def test_a_line_more_above_a_function_changes_nothing() -> None:
    moved = made(SPEC.replace("functions:\n", "functions:\n\n  # A word.\n"))
    assert {each.key: each.digest for each in moved.objects} == {each.key: each.digest for each in made().objects}
    assert moved.compiled == made().compiled


@pytest.mark.parametrize(
    ("before", "after"),
    [("qualifier: live", "qualifier: dead"), ("eu-west-1", "eu-west-2"), ("{a: bigint}", "{a: integer}")],
)
def test_what_is_in_the_assembly_is_in_its_name(before: str, after: str) -> None:
    assert assembly(made()) != assembly(made(SPEC.replace(before, after)))


@pytest.mark.parametrize(
    ("before", "after"),
    [("grant: [app]", "grant: [reporting]"), ("Two.", "Three."), ("{sqlserver: {", "{sqlserver: {schema: x, ")],
)
def test_what_is_not_in_the_assembly_is_not(before: str, after: str) -> None:
    assert assembly(made()) == assembly(made(SPEC.replace(before, after)))


def test_a_new_core_is_another_assembly(monkeypatch: pytest.MonkeyPatch) -> None:
    before, text = made(), csharp.core()
    monkeypatch.setattr(csharp, "core", lambda: f"{text}// A comment.\n   // Another.\n")
    assert assembly(made()) == assembly(before)
    monkeypatch.setattr(csharp, "core", lambda: text.replace("namespace Udfgen\n{", "namespace Udfgen\n{\n    ", 1))
    after = made()
    assert assembly(after) != assembly(before)
    digests = {each.key: each.digest for each in before.objects}
    moved = [each.key.name for each in after.objects if digests.get(each.key) != each.digest]
    assert moved == [
        assembly(after),
        *(f"sensors.core${name}" for name in ("plain", "lenient", "rows_of", "nobodys")),
        "sensors.udfgen$sensors$probe",
    ], "what people call stays as it is"


def test_flags_of_the_compiler_are_in_the_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    before = made().compiled
    monkeypatch.setattr(csharp, "FLAGS", (*csharp.FLAGS, "-checked+"))
    assert made().compiled != before


# The C# sources


def test_the_core_is_all_of_the_sources() -> None:
    text = file(made(), "Core.cs")
    assert text.isascii()
    classes = re.findall(r"^    internal (?:sealed |static )?(?:class|struct|enum) (\w+)", text, re.MULTILINE)
    assert len(classes) > 30
    assert classes == sorted(classes, key=classes.index)
    assert "Gateway" in classes
    assert text.count("\nnamespace Udfgen\n{\n") == len(csharp._sources())
    assert not re.search(r"^using ", text, re.MULTILINE)


def facts(bundle: Bundle) -> list[Any]:
    """Return the JSON constants of the generated class."""
    found = re.findall(r'@"((?:[^"]|"")*)"', file(bundle, "Functions.cs"))
    return [json.loads(text.replace('""', '"')) for text in found]


def test_the_table_has_the_facts() -> None:
    of_program, *of_functions = facts(made())
    assert of_program["endpoint"] == "https://lambda.eu-west-1.amazonaws.com"
    assert [each["name"] for each in of_functions] == ["plain", "lenient", "rows_of", "nobodys"]


def test_what_the_options_add_to_the_facts() -> None:
    given = SPEC.replace("{sqlserver: {", "{sqlserver: {metadata: 'http://127.0.0.1:8080', ")
    given = given.replace("eu-west-1,", "eu-west-1, proxy: 'http://proxy:3128',").replace(
        "returns: bigint", "on_null: return_null, returns: bigint"
    )
    of_program, plain, *_ = facts(made(given))
    assert (of_program["metadata"], of_program["proxy"]) == ("http://127.0.0.1:8080", "http://proxy:3128")
    assert plain["null_on_null"] is True


def test_a_pattern_that_sees_half_characters_is_given_twice() -> None:
    declared = "{binding: score, parameters: {a: {type: text, pattern: '[^x]'}, b: {type: text, pattern: '[a-z]'}}}"
    (of_function,) = facts(made(with_function(declared)))[1:]
    first, second = of_function["parameters"]
    assert first["pattern"] == "[^x]"
    assert "\\uD800" in first["pattern_utf16"]
    assert "pattern_utf16" not in second


def test_what_sql_server_is_told_of_a_method() -> None:
    text = file(made(), "Functions.cs")
    told = re.findall(r"\[(Sql(?:Function|Procedure).*)\]\n +public static \S+ (\w+)\(", text)
    read = "DataAccess = DataAccessKind.Read"
    assert told == [
        (f"SqlFunction(IsDeterministic = false, {read})", "plain"),
        ("SqlProcedure", "lenient"),
        ('SqlFunction(IsDeterministic = false, FillRowMethodName = "Fill_rows_of")', "rows_of"),
        ("SqlFunction(IsDeterministic = true)", "nobodys"),
        ("SqlFunction(IsDeterministic = false)", "Udfgen_probe"),
    ]


def test_a_probe_has_one_function_of_each_binding() -> None:
    body = file(made(), "Functions.cs").partition("Lambda.Probe(")[2]
    assert re.findall(r"Table\.(\w+)", body) == ["Facts_plain", "Facts_rows_of"]


# Types


@pytest.mark.parametrize(
    ("type_", "argument", "result"),
    [
        (Type(Kind.DECIMAL, 5, 2), "decimal(38,2)", "decimal(5,2)"),
        (Type(Kind.DECIMAL, 38, 38), "decimal(38,38)", "decimal(38,38)"),
        (Type(Kind.VARCHAR, length=1), "nvarchar(4000)", "nvarchar(2)"),
        (Type(Kind.VARCHAR, length=1999), "nvarchar(4000)", "nvarchar(3998)"),
        (Type(Kind.VARCHAR, length=2000), "nvarchar(max)", "nvarchar(max)"),
        (Type(Kind.TEXT), "nvarchar(max)", "nvarchar(max)"),
        (Type(Kind.BYTES), "varbinary(max)", "varbinary(max)"),
        (Type(Kind.TIMESTAMPTZ), "datetimeoffset(6)", "datetimeoffset(6)"),
    ],
)
def test_native_types(type_: Type, argument: str, result: str) -> None:
    assert (types.argument(type_), types.result(type_)) == (argument, result)


def test_every_portable_type_has_its_way() -> None:
    assert set(types.WAYS) == set(Kind) == set(dialect.load(ENGINE).types)


# What is refused


def test_what_is_too_much() -> None:
    parameters = ", ".join(f"p{number}: bigint" for number in range(2101))
    columns = ", ".join(f"c{number}: bigint" for number in range(1025))
    declared = f"{{binding: score, parameters: {{{parameters}}}, returns: {{table: {{{columns}}}, rows: $}}}}"
    assert problems(with_function(declared)) == [
        'spec.yaml:7:3: "f" has 2101 parameters: SQL Server takes 2099: use one of json',
        'spec.yaml:7:3: "f" returns 1025 columns: SQL Server takes 1024: return some in one of json',
    ]
    (said,) = problems(with_function(f"{{binding: score, description: {'x' * 3749}\U0001f600, returns: void}}"))
    assert said.startswith('spec.yaml:7:3: the description of "f" has more than 3750 characters: ')
    assert lower.lower(
        program(with_function(f"{{binding: score, description: {'x' * 3748}\U0001f600, returns: void}}"))
    )


@pytest.mark.parametrize("name", ["public", "guest", "dbo", "sys", "INFORMATION_SCHEMA", "Public", "db_datareader"])
def test_nobody_at_large_is_granted_to(name: str) -> None:
    given = with_function("{binding: score, returns: void, grant: [all]}", f"{{grantees: {{all: [app, {name}]}}}}")
    assert problems(given) == [
        f"spec.yaml:7:46: nothing is granted to {name}: name users or roles of your own as engines.sqlserver.grantees"
    ]


@pytest.mark.parametrize("name", ["sys", "INFORMATION_SCHEMA"])
def test_the_servers_own_schemas_are_not_for_functions(name: str) -> None:
    given = with_function("{binding: score, returns: void}", f"{{schema: {name}}}")
    (said,) = problems(given)
    assert said.endswith(f": the schema {name} is the server's: name one of your own as engines.sqlserver.schema")


@pytest.mark.parametrize(
    "options",
    [
        {"schema": "a b"},
        {"schema": "a" * 129},
        {"grantees": {"app": [""]}},
        {"grantees": {"app": [" x"]}},
        {"grantees": {"app": ["$(x)"]}},
        {"grantees": {"app": ["\u00e9"]}},
        {"grantees": {"app": ["x" * 129]}},
        {"metadata": "https://h"},
        {"owner": "x"},
    ],
)
def test_options_that_cannot_be(options: dict[str, Any]) -> None:
    with pytest.raises(SpecError):
        program(SPEC.partition("engines:")[0] + f"engines: {json.dumps({ENGINE: options})}\n")


@pytest.mark.parametrize("name", ["x" * 128, "x", "a]b'c", "SALES\\svc$", "user@example.com"])
def test_grantees_that_can_be(name: str) -> None:
    given = program(SPEC.partition("engines:")[0] + f"engines: {json.dumps({ENGINE: {'grantees': {'app': [name]}}})}\n")
    assert next(str(each.key) for each in lower.lower(given).requirements) == f"principal {name}"


DEFAULTS = {
    "varchar(1999)": ("x", "nvarchar(4000) = N'x'"),
    "varchar(2000)": ("x", "nvarchar(max) = N'x'"),
    "text": ("x\u20ac", "nvarchar(max) = 0x7800ac20"),
    "json": ("[1]", "nvarchar(max) = N'[1]'"),
    "bytes": ("/w==", "varbinary(max) = 0xff"),
}


@pytest.mark.parametrize("type_", DEFAULTS)
def test_a_parameter_of_any_type_has_its_default(type_: str) -> None:
    """Only a CLR routine has none on a type of (max): what people call is T-SQL."""
    default, written = DEFAULTS[type_]
    declared = f"{{binding: score, parameters: {{a: {{type: {type_}, default: {default}}}}}, returns: void}}"
    assert warnings(declared) == 0
    script = file(made(with_function(declared)), "install.sql")
    assert re.findall(r"    @a ([nv].+)\n", script) == [written.partition(" = ")[0], written]


def warnings(declared: str) -> int:
    checked = check.check(document.read(with_function(declared), "spec.yaml"))
    found = [each for each in checked.warnings if "defaults of parameters" in each.what]
    assert all(each.severity is Severity.WARNING for each in found)
    return len(found)


def test_the_spec_file_may_be_called_anything() -> None:
    named = commands.compile_program(check.check(document.read(SPEC, "x/$(y)\n\u00e9.yaml")))
    for each in render(commands.lower(named, ENGINE)).files:
        if each.path != "Core.cs":
            first, _, _ = each.content.decode().partition("\n")
            assert first.lstrip("-/# ") == f"Generated by udfgen {udfgen.__version__} from $ (y) \\xe9.yaml."
        assert each.content.isascii()
        assert b"$(" not in each.content
