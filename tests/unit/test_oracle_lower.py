"""What a spec becomes on Oracle: what is granted to whom and when, what one object needs of another, what is refused.

The text of each object stands in the golden cases.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import udfgen
from tests.jvm import jvm
from udfgen import commands, dialect
from udfgen.bundle import Bundle, Object, Phase
from udfgen.errors import SpecError
from udfgen.ir import Program
from udfgen.render import ordered, render
from udfgen.spec import check, document

ENGINE = "oracle"
GOLDEN = Path(__file__).parents[1] / "golden" / "cases"
lower, java, names, permissions = (
    dialect.load(ENGINE).part(name) for name in ("lower", "java", "names", "permissions")
)

SPEC = """
udfgen: 1
name: sensors
aws: {region: eu-west-1, credentials: {source: environment}}
bindings: {score: {function: score-customer, qualifier: live}}
functions:
  plain: {binding: score, parameters: {a: bigint}, returns: bigint, grant: [app]}
  lenient: {binding: score, parameters: {a: {type: bigint, default: 1}}, returns: void, grant: [app, reporting]}
  rows_of: {binding: score, parameters: {a: bigint}, returns: {table: {x: text, y: date}, rows: $}, grant: [app]}
  nobodys: {binding: score, returns: void}
engines: {oracle: {grantees: {app: [WEB, BATCH]}}}
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


def created(bundle: Bundle, name: str) -> str:
    """Return the statement that makes an object."""
    (sql,) = (each.sql for each in objects(bundle)[name].statements if each.sql.startswith("create or replace "))
    return sql


def problems(text: str) -> list[str]:
    """Return what is refused of a spec, each with its place."""
    with pytest.raises(SpecError) as caught:
        lower.lower(program(text))
    return [str(problem) for problem in caught.value.problems]


def with_function(declared: str, engine: str = "{}") -> str:
    """Return a spec with one function more."""
    head, _, _ = SPEC.partition("functions:")
    return f"{head}functions:\n  f: {declared}\nengines: {{oracle: {engine}}}\n"


# The install


def test_the_objects_come_in_the_order_in_which_one_needs_the_other() -> None:
    assert [f"{each.key}" for each in made().objects] == [
        "package UDFGEN$SENSORS$SETUP",
        "switch UDFGEN$SENSORS$SWITCH",
        "java resource udfgen/sensors/roots.txt",
        "java source udfgen/sensors/Core",
        "java source udfgen/sensors/Functions",
        "package UDFGEN$SENSORS$CORE",
        "type ROWS_OF$ROW",
        "type ROWS_OF$ROWS",
        "function PLAIN",
        "procedure LENIENT",
        "function ROWS_OF",
        "procedure NOBODYS",
        "function SENSORS_ERROR_CODE",
    ]


def test_every_object_is_closed_first_checked_when_made_and_opened_last() -> None:
    bundle = made()
    for each in bundle.objects[2:]:
        phases = [statement.phase for statement in each.statements]
        grants = [Phase.GRANT] if each.statements[-1].sql.startswith("grant ") else []
        assert phases == [Phase.PREPARE, phases[1], phases[1], *grants]
        assert each.statements[1].sql.startswith("create or replace ")
        for chore, step in ((each.statements[0], "close_made"), (each.statements[2], "check_made")):
            call = f"begin \"UDFGEN$SENSORS$SETUP\".{step}('{each.key.kind}', '{each.key.name}'); end;"
            assert chore.sql == f"{call}\n"
    run = [statement for _, statement in ordered(bundle.objects)]
    grants_from = next(number for number, each in enumerate(run) if each.sql.startswith("grant "))
    assert all(each.sql.startswith("grant ") for each in run[grants_from:])


def test_the_package_of_steps_is_made_first_and_loses_what_was_granted() -> None:
    bundle = made()
    setup = bundle.objects[0]
    assert [each.phase for each in setup.statements] == [Phase.PREPARE] * 4
    assert [each.sql.split("\n")[0] for each in setup.statements] == [
        "begin",
        'create or replace package "UDFGEN$SENSORS$SETUP" authid definer as',
        'create or replace package body "UDFGEN$SENSORS$SETUP" as',
        "begin \"UDFGEN$SENSORS$SETUP\".check_made('package', 'UDFGEN$SENSORS$SETUP'); end;",
    ]
    assert "execute immediate 'drop package \"UDFGEN$SENSORS$SETUP\"';" in setup.statements[0].sql
    run = [statement for _, statement in ordered(bundle.objects)]
    assert run[:4] == list(setup.statements)


def test_the_registry_is_never_without_a_row() -> None:
    bundle = made()
    opening = bundle.opening[0]
    assert "cast('package' as varchar2(30)), cast('UDFGEN$SENSORS$SETUP' as varchar2(200))" in opening
    assert f"cast('{bundle.objects[0].digest}' as varchar2(64))" in opening


def test_grants_are_those_of_the_spec() -> None:
    grants = {
        each.key.name: statement.sql.strip()
        for each in made().objects
        for statement in each.statements
        if statement.phase is Phase.GRANT
    }
    assert grants == {
        "PLAIN": 'grant execute on "PLAIN" to "WEB", "BATCH"',
        "LENIENT": 'grant execute on "LENIENT" to "WEB", "BATCH", "REPORTING"',
        "ROWS_OF": 'grant execute on "ROWS_OF" to "WEB", "BATCH"',
        "ROWS_OF$ROW": 'grant execute on "ROWS_OF$ROW" to "WEB", "BATCH"',
        "ROWS_OF$ROWS": 'grant execute on "ROWS_OF$ROWS" to "WEB", "BATCH"',
        "SENSORS_ERROR_CODE": 'grant execute on "SENSORS_ERROR_CODE" to "WEB", "BATCH", "REPORTING"',
    }


def test_everything_that_runs_runs_as_its_owner() -> None:
    for each in made().objects[2:]:
        sql = created(made(), each.key.name)
        if each.key.kind != "java resource" and not each.key.name.endswith("$ROWS"):
            assert re.search(r"\bauthid definer\b", sql.partition("language java")[0])


def test_what_has_a_default_is_written_in_plsql() -> None:
    """No call specification has a default: https://docs.oracle.com/en/error-help/db/pls-00255."""
    bundle = made()
    assert "language java" in created(bundle, "PLAIN")
    assert 'begin\n    "UDFGEN$SENSORS$CORE"."LENIENT$CALL"("A");\nend;' in created(bundle, "LENIENT")
    specs = re.findall(r"(?:function|procedure) \S+(?:\([^)]*\))? [^;]*language java", str(bundle.objects))
    assert len(specs) > 5
    assert not [each for each in specs if " default " in each]


def test_a_line_more_above_a_function_changes_nothing() -> None:
    moved = SPEC.replace("functions:\n", "functions:\n\n  # A word.\n")
    assert {each.key: each.digest for each in made(moved).objects} == {each.key: each.digest for each in made().objects}


def test_a_new_core_makes_the_entry_points_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: each.digest for name, each in objects(made()).items()}
    sources = java.sources()
    monkeypatch.setattr(java, "sources", lambda: sources | {"Core.java": sources["Core.java"] + "// new\n"})
    after = {name: each.digest for name, each in objects(made()).items()}
    assert [name for name in before if before[name] != after[name]] == [
        "udfgen/sensors/Core",
        "udfgen/sensors/Functions",
    ]


def test_the_registry_learns_all_of_it() -> None:
    bundle = made()
    for each in bundle.objects:
        assert f"'{each.key.kind}', '{each.key.name}', '{each.digest}'" in bundle.opening[1]


def test_what_must_be_there_is_required() -> None:
    found = [(str(each.key), str(each.origin)) for each in made().requirements]
    assert found == [
        ("schema SENSORS", "spec.yaml:2:1"),
        ("version 19", "spec.yaml:2:1"),
        (
            "java permission java.net.SocketPermission|lambda.eu-west-1.amazonaws.com:443|connect,resolve",
            "spec.yaml:2:1",
        ),
        ("java permission java.lang.RuntimePermission|getenv.AWS_ACCESS_KEY_ID|", "spec.yaml:2:1"),
        ("java permission java.lang.RuntimePermission|getenv.AWS_SECRET_ACCESS_KEY|", "spec.yaml:2:1"),
        ("java permission java.lang.RuntimePermission|getenv.AWS_SESSION_TOKEN|", "spec.yaml:2:1"),
        ("grantee WEB", "spec.yaml:7:77"),
        ("grantee BATCH", "spec.yaml:7:77"),
        ("grantee REPORTING", "spec.yaml:8:102"),
    ]


def test_what_is_dropped_goes_in_the_reverse_order() -> None:
    (script,) = (each.content.decode() for each in made().files if each.path == "uninstall.sql")
    assert re.findall(r"remove\('[a-z ]+', '[^']+', 'drop (.*)'\);", script) == [
        'function "SENSORS_ERROR_CODE"',
        'function "ROWS_OF"',
        'function "PLAIN"',
        'procedure "NOBODYS"',
        'procedure "LENIENT"',
        'package "UDFGEN$SENSORS$CORE"',
        'package "UDFGEN$SENSORS$SETUP"',
        'type "ROWS_OF$ROWS" force',
        'type "ROWS_OF$ROW" force',
        'java source "udfgen/sensors/Functions"',
        'java source "udfgen/sensors/Core"',
        'java resource "udfgen/sensors/roots.txt"',
        'table "UDFGEN$SENSORS$SWITCH" purge',
    ]
    assert 'drop table "UDFGEN$SENSORS"' in script


def test_the_drop_of_each_kind_passes_over_what_is_gone() -> None:
    drops = made().drops
    kinds = ["trigger", "function", "procedure", "package", "type", "java source", "java resource", "switch"]
    assert list(drops) == kinds
    odd = {"type": 'type "X$1" force', "switch": 'table "X$1" purge'}
    for kind, drop in drops.items():
        what = odd.get(kind, f'{kind} "X$1"')
        assert f"'drop {what}'" in drop.format(name="X$1")
        assert "if sqlcode not in (-942, -4043, -4080, -29501) then" in drop


@pytest.mark.parametrize("path", ["install.sql", "uninstall.sql", "permissions.sql"])
def test_a_script_tells_sqlplus_first_what_it_may_not_do(path: str) -> None:
    (text,) = (each.content.decode() for each in made().files if each.path == path)
    before, _, after = text.partition("set define off\nset sqlblanklines on\nwhenever sqlerror exit failure rollback\n")
    assert all(line.startswith("-- ") for line in before.splitlines())
    assert "&" not in before
    assert text.endswith("\n/\n")
    assert after


def test_the_spec_file_may_be_called_anything() -> None:
    named = commands.compile_program(check.check(document.read(SPEC, "R&D\n/\u00e9.yaml")))
    other = commands.compile_program(check.check(document.read(SPEC, "R&D\n\u00e9.yaml")))
    for each, shown in ((named, "\\xe9.yaml"), (other, "R+D \\xe9.yaml")):
        for file in render(commands.lower(each, ENGINE)).files:
            first, _, _ = file.content.decode().partition("\n")
            assert first == f"-- Generated by udfgen {udfgen.__version__} from {shown}."


# The Java sources


def test_the_core_is_all_of_the_sources_in_one_package() -> None:
    text, sources = java.core(program()), java.sources()
    assert text.splitlines()[1] == "package udfgen.sensors;"
    assert text.count("\npackage ") == 1
    classes = re.findall(r"^(?:final )?class (\w+)", text, re.MULTILINE)
    assert classes == [name.removesuffix(".java") for name in sources]
    imports = re.findall(r"^import .*;$", text, re.MULTILINE)
    assert imports == sorted(set(imports))
    for source in sources.values():
        assert re.split(r"^(?=(?:final )?class )", source, flags=re.MULTILINE)[1] in text
        assert set(re.findall(r"^import .*;$", source, re.MULTILINE)) <= set(imports)


def test_a_source_of_another_form_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(java, "sources", lambda: {"X.java": "package udfgen;\nfinal class X {\n}\n"})
    with pytest.raises(ValueError, match=r"X\.java is not a comment, the package, imports and a class"):
        java.core(program())


def test_the_roots_are_all_there() -> None:
    whole = "".join(java.roots())
    assert len(java.roots()) == 5
    assert all(each.startswith("certificate ") and each.count("certificate") == 1 for each in java.roots())
    assert all(len(each) < 4000 for each in java.roots()), "a literal of SQL ends at 4,000 bytes"
    sql = created(made(), "udfgen/sensors/roots.txt")
    assert "".join(re.findall(r"to_clob\('([^']*)'\)", sql)) == whole


@pytest.mark.parametrize(
    ("aws", "is_there"),
    [
        ("", True),
        (", endpoint: 'https://lambda.example.com'", True),
        (", ca_file: /etc/own.pem", False),
        (", endpoint: 'http://127.0.0.1:9001'", False),
        (", endpoint: 'http://127.0.0.1:9001', proxy: 'http://proxy.example.com:3128'", False),
    ],
)
def test_the_roots_are_for_https_without_a_file_of_its_own(aws: str, is_there: bool) -> None:
    names = objects(made(SPEC.replace("eu-west-1,", f"eu-west-1{aws},")))
    assert ("udfgen/sensors/roots.txt" in names) is is_there


def test_a_probe_has_one_function_of_each_binding() -> None:
    spec = SPEC.replace("live}}\n", "live}, other: {function: other, qualifier: live}}\n")
    spec = spec.replace("nobodys: {binding: score", "nobodys: {binding: other")
    assert "new String[] {PLAIN, NOBODYS}, what)" in created(made(spec), "udfgen/sensors/Functions")


def test_words_of_java_and_every_type_compile(tmp_path: Path) -> None:
    for case in ("names", "types", "options"):
        spec = GOLDEN / case / "spec.yaml"
        classes = jvm.compile_bundle(commands.make(commands.read(spec), ENGINE), tmp_path / case)
        assert list(classes.rglob("Functions.class"))


def test_the_code_is_taken_out_of_an_errors_text() -> None:
    sql = created(made(), "SENSORS_ERROR_CODE")
    (pattern,) = re.findall(r"regexp_substr\(\"MESSAGE\", '(.*)', 1, 1, null, 1\)", sql)
    text = "ORA-29532: Java call terminated by uncaught Java exception: java.sql.SQLException: "
    found = re.search(pattern, f"{text}[udfgen bad_argument]: score: [udfgen-like] (request id 1)")
    assert found
    assert found[1] == "bad_argument"
    assert "-z" not in pattern, "what a range of letters holds depends on NLS_SORT"
    assert not re.search(pattern, f"{text}(udfgen throttled)")


# Permissions


def rows(aws: str, options: str = "{}") -> list[str]:
    """Return the permissions of a spec, each as `class name action`."""
    spec = SPEC.replace("{region: eu-west-1, credentials: {source: environment}}", aws)
    return [
        f"{each.type} {each.name} {each.action}".strip() for each in permissions.needed(program(_with(spec, options)))
    ]


def _with(spec: str, options: str) -> str:
    return re.sub(r"engines: .*", f"engines: {{oracle: {options}}}", spec)


SOCKET = "java.net.SocketPermission {} connect,resolve"
REGION = SOCKET.format("lambda.eu-west-1.amazonaws.com:443")
KEYS = [
    f"java.lang.RuntimePermission getenv.AWS_{name}" for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")
]
URI = "java.lang.RuntimePermission getenv.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"


@pytest.mark.parametrize(
    ("aws", "options", "expected"),
    [
        ("{region: eu-west-1, credentials: {source: environment}}", "{}", [REGION, *KEYS]),
        (
            "{region: eu-west-1, credentials: {source: profile, file: /c, config_file: /d}, ca_file: /e}",
            "{}",
            [REGION, *(f"java.io.FilePermission {file} read" for file in ("/e", "/c", "/d"))],
        ),
        (
            "{region: eu-west-1, credentials: {source: container}}",
            "{}",
            [REGION, URI, SOCKET.format("169.254.170.2:80")],
        ),
        ("{region: eu-west-1, credentials: {source: imds}}", "{}", [REGION, SOCKET.format("169.254.169.254:80")]),
        (
            "{region: eu-west-1, credentials: {source: imds}}",
            "{metadata: 'http://127.0.0.1:8080'}",
            [REGION, SOCKET.format("127.0.0.1:8080")],
        ),
        (
            "{region: eu-west-1, credentials: {source: container}, proxy: 'http://proxy.example.com'}",
            "{metadata: 'http://localhost'}",
            [SOCKET.format("proxy.example.com:80"), URI, SOCKET.format("localhost:80")],
        ),
        (
            "{region: eu-west-1, credentials: {source: imds}, endpoint: 'http://[::1]:9001/base'}",
            "{metadata: 'http://h:9001'}",
            [SOCKET.format("[::1]:9001"), SOCKET.format("h:9001")],
        ),
        (
            "{region: eu-west-1, credentials: {source: imds}, endpoint: 'http://h:9001'}",
            "{metadata: 'http://h:9001'}",
            [SOCKET.format("h:9001")],
        ),
    ],
)
def test_permissions_follow_from_the_spec(aws: str, options: str, expected: list[str]) -> None:
    assert rows(aws, options) == expected


def test_permissions_sql_grants_exactly_the_rows() -> None:
    spec = SPEC.replace("source: environment", 'source: profile, file: "/home/it\'s/credentials"')
    (text,) = (each.content.decode() for each in made(spec).files if each.path == "permissions.sql")
    granted = re.findall(r"^    dbms_java\.grant_permission\((.*)\);$", text, re.MULTILINE)
    assert granted == [
        "'SENSORS', 'SYS:java.net.SocketPermission', 'lambda.eu-west-1.amazonaws.com:443', 'connect,resolve'",
        "'SENSORS', 'SYS:java.io.FilePermission', '/home/it''s/credentials', 'read'",
    ]


# What is refused; more in the golden case fails_oracle


def test_a_default_must_fit_its_type() -> None:
    big = {
        "text": ("x" * 4001, "x" * 4000),
        "json": ("\u00fc" * 2000, "\u00fc" * 1999),
        "double": ("1e-131", "1e-130"),
        "bytes": tuple(base64.b64encode(b"\0" * size).decode() for size in (2001, 2000)),
    }
    for kind, (wrong, right) in big.items():
        declared = "{{binding: score, parameters: {{a: {{type: {}, default: {}}}}}, returns: void}}"
        (said,) = problems(with_function(declared.format(kind, wrong)))
        assert re.fullmatch(
            r'spec\.yaml:7:\d+: the default of "a" does not fit: Oracle( takes [24]000 bytes of it: |\'s NUMBER ).*',
            said,
        )
        assert lower.lower(program(with_function(declared.format(kind, right))))


def test_a_function_must_fit_into_a_java_constant() -> None:
    values = ", ".join(f"{number:01000}x" for number in range(66))
    said = problems(
        with_function(f"{{binding: score, parameters: {{a: {{type: text, enum: [{values}]}}}}, returns: void}}")
    )
    assert said == [
        'spec.yaml:7:3: what is known of "f" does not fit into 65535 bytes of a Java constant: '
        "shorten its enums, its payload or its patterns"
    ]


def test_a_call_specification_names_4000_characters_of_java() -> None:
    declared = "{{binding: score, parameters: {{{}}}, returns: void}}"
    many, few = (", ".join(f"p{number}: bigint" for number in range(count)) for count in (180, 160))
    assert problems(with_function(declared.format(many))) == [
        'spec.yaml:7:3: "f" has 180 parameters: the names of their Java classes go beyond 4000 characters: '
        "use one of json"
    ]
    assert lower.lower(program(with_function(declared.format(few))))


def test_empty_bytes_are_no_default() -> None:
    (said,) = problems(with_function("{binding: score, parameters: {a: {type: bytes, default: ''}}, returns: void}"))
    assert said.endswith('the default of "a" does not fit: Oracle\'s RAW is NULL when it is empty')


def test_no_function_hides_what_the_install_needs() -> None:
    """Every view, package and table that is named without its owner, in SQL, in the installer and in the core."""
    root = Path(__file__).parents[2]
    texts = [(root / "dialects" / "oracle" / name).read_text() for name in ("problems.py", "session.py")]
    texts += [(root / "native" / "oracle" / "Caller.java").read_text(), made().catalog]
    texts += [each.sql for each in made().objects[0].statements]
    names = re.findall(r"\b(?:from|join) ((?:user|all|dba|session)_\w+|dual)\b|\b(dbms_\w+)\.", "".join(texts))
    refused = dialect.load(ENGINE).part("limits").NEEDED.pattern.split("|")
    assert sorted({first or second for first, second in names}) == refused
    (said,) = problems(with_function("{binding: score, returns: void}").replace("  f: ", "  dual: "))
    assert said == (
        'spec.yaml:7:3: "dual" would be hidden: Oracle has something of that name, which this install needs: '
        "use another name"
    )


@pytest.mark.parametrize("name", ["file", "config_file"])
@pytest.mark.parametrize(
    ("path", "is_fine"), [("/a/b", True), ("C:\\a", True), ("D:/a", True), ("a/b", False), ("~/a", False)]
)
def test_a_file_is_named_by_its_absolute_path(name: str, path: str, is_fine: bool) -> None:
    files = {"file": "/x", "config_file": "/y"} | {name: path}
    given = ", ".join(f"{key}: '{value}'" for key, value in files.items())
    spec = SPEC.replace("source: environment", f"source: profile, {given}")
    if is_fine:
        assert lower.lower(program(spec))
    else:
        assert problems(spec) == [
            f'spec.yaml:2:1: aws.credentials.{name} "{path}" is relative: Oracle needs an absolute path on the server'
        ]


@pytest.mark.parametrize(
    "options",
    [{"schema": "a b"}, {"version": 18}, {"grantees": {"app": ["app"]}}, {"metadata": "https://h"}, {"owner": "x"}],
)
def test_options_that_cannot_be(options: dict[str, Any]) -> None:
    with pytest.raises(SpecError):
        program(SPEC.replace("{grantees: {app: [WEB, BATCH]}}", str(options).replace("'", '"')))


def test_the_schema_is_the_dictionarys() -> None:
    assert names.schema(program()) == "SENSORS"
    other = replace(program(), options={ENGINE: dialect.load(ENGINE).part("options").Options(schema="c##Mine")})
    assert names.schema(other) == "C##MINE"
