"""The house rules that a reader relies on: imports flow one way, the core names no engine, nothing heavy at start."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from udfgen import dialect
from udfgen.ir import Kind

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "udfgen"
DIALECTS = ROOT / "dialects"
SOURCES = {
    str(each.relative_to(ROOT)): each
    for folder in ("udfgen", "dialects", "native")
    for each in sorted((ROOT / folder).rglob("*.py"))
}
OF_THE_CORE = [name for name in SOURCES if name.startswith("udfgen/")]

ENGINES = re.compile(r"postgres|psycopg|plpython|mysql|mariadb|oracle|sqlserver|mssql|\btds\b|sqlite", re.IGNORECASE)

LAYERS: dict[str, tuple[set[str], ...]] = {
    "udfgen": (
        {"errors", "redact", "layout"},
        {"ir", "toolchain"},
        {"dialect", "endpoint", "expression", "portable"},
        {"spec"},
        {"resolve"},
        {"bundle"},
        {"render", "state", "freshness"},
        {"plan", "connect"},
        {"install", "local", "trial", "rows", "manual", "iam", "handler"},
        {"serve", "report", "commands", "switch"},
        {"demo", "explain"},
        {"cli"},
    ),
    "udfgen.spec": (
        {"wording"},
        {"duration", "path", "pattern", "size", "target", "types", "document", "names"},
        {"payload", "report", "expressions", "sorts", "values"},
        {"fields", "strings", "arguments"},
        {"model"},
        {"parameters", "results", "messages", "schema"},
        {"support", "triggers", "follow", "batch", "compat"},
        {"rules"},
        {"check"},
    ),
}
"""The modules of a package in the order of the flow: each may import those of earlier layers only."""

REQUIRED = {"__init__.py", "options.py", "nodes.py", "lower.py", "quote.py", "session.py", "catalog.sql", "templates"}
HEAVY = ("pydantic", "jinja2", "yaml", "boto3", "botocore", "sqlglot", "psycopg", "oracledb", "asyncio", "ssl")


def tree(name: str) -> ast.Module:
    return ast.parse(SOURCES[name].read_text(encoding="utf-8"))


def imports(name: str) -> Iterator[str]:
    """Yield the full name of all that a file imports, also inside functions and for types."""
    package = name.split("/")[:-1]
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            yield from (".".join(filter(None, [*base, node.module, alias.name])) for alias in node.names)


def members(package: str) -> set[str]:
    """Return the names of a package's modules and packages."""
    folder = ROOT.joinpath(*package.split("."))
    packages = {each.parent.name for each in folder.glob("*/__init__.py")}
    return {each.stem for each in folder.glob("*.py")} - {"__init__", "__main__"} | packages


def test_imports_are_found() -> None:
    found = set(imports("dialects/postgresql/lower.py"))
    assert {
        "hashlib",
        "udfgen.ir.Program",
        "dialects.postgresql.DIALECT",
        "dialects.postgresql.routines.native_type",
    } <= found
    assert "udfgen.commands" in set(imports("udfgen/cli.py")), "also inside functions"
    assert "udfgen.plan.Plan" in set(imports("udfgen/cli.py")), "also for types only"


@pytest.mark.parametrize("package", LAYERS)
def test_every_module_has_its_layer(package: str) -> None:
    placed = [name for layer in LAYERS[package] for name in layer]
    assert sorted(placed) == sorted(members(package)), "place a new module in LAYERS, where the flow puts it"


def edges(package: str) -> Iterator[tuple[str, str]]:
    """Yield which module of a package imports which other one."""
    for file in SOURCES:
        module = file.removesuffix(".py").replace("/", ".")
        for imported in imports(file):
            if module.startswith(f"{package}.") and imported.startswith(f"{package}."):
                user, used = (each.removeprefix(f"{package}.").split(".")[0] for each in (module, imported))
                if user != used:
                    yield user, used


@pytest.mark.parametrize("package", LAYERS)
def test_imports_flow_one_way(package: str) -> None:
    rank = {name: number for number, layer in enumerate(LAYERS[package]) for name in layer}
    found = [(user, used) for user, used in edges(package) if user in rank and used in rank]
    assert len(found) > 30
    assert [f"{user} imports {used}" for user, used in found if rank[used] >= rank[user]] == []


@pytest.mark.parametrize("name", OF_THE_CORE)
def test_the_core_names_no_engine(name: str) -> None:
    lines = SOURCES[name].read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if ENGINES.search(line)] == []


@pytest.mark.parametrize("name", OF_THE_CORE)
def test_the_core_imports_no_dialect_and_no_driver(name: str) -> None:
    assert [each for each in imports(name) if each.startswith(("udfgen.dialects", "udfgen.native"))] == []
    assert [each for each in imports(name) if ENGINES.search(each)] == []


def test_only_sessions_import_a_driver() -> None:
    driver = re.compile(r"(psycopg|pymysql|MySQLdb|oracledb|pytds|pymssql)\b")
    users = {name for name in SOURCES if any(driver.match(each) for each in imports(name))}
    assert users
    assert all(re.fullmatch(r"dialects/[a-z]+/session\.py", name) for name in users)


def test_only_install_changes_a_database() -> None:
    changing = {"run", "lock", "transaction"}
    users = {
        name
        for name in OF_THE_CORE
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Attribute) and node.attr in changing and ast.unparse(node.value).endswith("session")
    }
    assert users == {"udfgen/install.py"}


def speaks(node: ast.AST) -> bool:
    """Return whether a node prints, exits, or touches the standard streams."""
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) in ("print", "input", "exit", "quit", "sys.exit", "os._exit", "typer.echo")
    if isinstance(node, ast.Attribute):
        return ast.unparse(node) in ("sys.stdout", "sys.stderr", "sys.stdin")
    return isinstance(node, ast.Name) and node.id == "SystemExit"


def is_main_guard(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'"


def test_only_the_command_line_prints_or_exits() -> None:
    # The local endpoint's child is a program of its own, whose streams are Lambda's log.
    programs = {"udfgen/cli.py", "udfgen/local/child.py"}
    speakers = {
        name
        for name in SOURCES
        if not name.startswith("native/")
        for statement in tree(name).body
        if not is_main_guard(statement) and any(speaks(node) for node in ast.walk(statement))
    }
    assert "udfgen/cli.py" in speakers
    assert speakers <= programs


@pytest.mark.parametrize("engine", dialect.names())
def test_every_dialect_has_the_same_files(engine: str) -> None:
    assert {each.name for each in (DIALECTS / engine).iterdir()} >= REQUIRED
    found = dialect.load(engine)
    assert found.name == engine
    assert callable(found.part("lower").lower)
    assert callable(found.part("session").connect)
    assert found.part("options").Options.model_config["extra"] == "forbid"
    assert set(found.types) == set(Kind)
    assert set(found.support) == set(dialect.Feature)


def test_every_folder_with_a_declaration_is_an_engine() -> None:
    assert dialect.names() == tuple(sorted(each.parent.name for each in DIALECTS.glob("*/__init__.py")))


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["install", "--help"], ["build", "nosuch.yaml"]])
def test_nothing_heavy_is_loaded_for_little(arguments: list[str]) -> None:
    code = (
        f"import sys\nfrom udfgen.cli import run\nrun({arguments!r})\nprint(*sys.modules, file=sys.stderr, sep=chr(10))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ran.stderr.splitlines())
    assert "udfgen.cli" in loaded
    allowed = {"pydantic", "yaml"} if arguments[0] == "build" else set()
    assert sorted(loaded & set(HEAVY) - allowed) == []


@pytest.mark.parametrize("engine", dialect.names())
def test_a_declaration_is_cheap(engine: str) -> None:
    code = f"import sys\nimport udfgen.dialects.{engine}\nprint(*sys.modules, sep=chr(10))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert sorted(set(ran.stdout.splitlines()) & set(HEAVY)) == []


def test_no_module_is_a_drawer() -> None:
    drawers = {"utils.py", "util.py", "helpers.py", "misc.py", "common.py"}
    places = ("udfgen", "dialects", "native", "tests", "examples", "bench")
    assert [path for place in places for path in (ROOT / place).rglob("*.py") if path.name in drawers] == []


def public(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, ast.FunctionDef | ast.ClassDef]]:
    """Yield public classes, functions, and the public methods of public classes."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            yield f"{prefix}{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{node.name}.")


@pytest.mark.parametrize("name", [name for name in SOURCES if not name.startswith("native/")])
def test_what_is_public_is_documented(name: str) -> None:
    module = tree(name)
    assert ast.get_docstring(module) or not module.body
    assert [each for each, node in public(module.body) if not ast.get_docstring(node)] == []


@pytest.mark.parametrize("name", SOURCES)
def test_annotations_cost_nothing(name: str) -> None:
    text = SOURCES[name].read_text(encoding="utf-8")
    has_code = any(isinstance(node, (ast.FunctionDef, ast.ClassDef)) for node in tree(name).body)
    assert not has_code or "from __future__ import annotations" in text


@pytest.mark.parametrize("name", [name for name in SOURCES if not name.startswith("native/")])
def test_no_function_is_long(name: str) -> None:
    functions = [node for node in ast.walk(tree(name)) if isinstance(node, ast.FunctionDef)]
    lines = {f"{each.name}:{each.lineno}": (each.end_lineno or 0) - each.lineno + 1 for each in functions}
    assert {each: count for each, count in lines.items() if count > 40} == {}
