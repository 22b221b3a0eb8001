"""SQL Server: scripts by Microsoft's own parser, the generated classes by mcs.

All classes of a batch are compiled at once, with one core, each in a namespace of its own within the core's.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.clr import standin
from tests.clr.build import compile_csharp
from tests.conftest import tool
from tests.hostile.batches import halved
from tests.hostile.reading import Escaped, Facts, Node, Reading, bone, leaf
from tests.hostile.scripts import assert_visible, file, scripts
from tests.unit.test_sqlserver_quote import assert_safe
from udfgen.bundle import Bundle
from udfgen.ir import Program, Table

NAME = "sqlserver"
HERE = Path(__file__).parent
VERSION = standin.VERSIONS[0]
NAMESPACE = re.compile(r"^namespace Udfgen$", re.MULTILINE)


def versions() -> dict[str, str]:
    """Return what reads the generated text."""
    mcs = subprocess.run([tool("mcs", "mono-devel"), "--version"], capture_output=True, text=True, check=True)
    return {"mcs": mcs.stdout.split()[-1], "ScriptDom grammar": str(VERSION)}


# Scripts


def read(bundles: Sequence[Bundle], folder: Path) -> list[Reading | Escaped]:
    """Return what the parser finds in each bundle's scripts."""
    paths = []
    for number, made in enumerate(bundles):
        for at, text in enumerate(scripts(made)):
            paths.append(folder / f"{number}.{at}.sql")
            paths[-1].write_text(text, encoding="utf-8")
    trees = iter(standin.trees(VERSION, *paths))
    return [_read(made, [next(trees) for _ in scripts(made)]) for made in bundles]


def _read(made: Bundle, trees: Sequence[standin.Tree]) -> Reading | Escaped:
    nodes: list[Node] = []
    for text, tree in zip(scripts(made), trees, strict=True):
        if tree.errors:
            return Escaped(f"does not parse: {tree.errors[0]}")
        nodes += (bone(each) for each in tree.shapes)
        nodes += (leaf(each) for part in (tree.texts, tree.names) for each in part)
        try:
            assert_safe(re.sub(r"(?m)^go$", "", text))
        except AssertionError:
            return Escaped("sqlcmd would take a line for its own")
    nodes += (leaf(line) for line in file(made, "assembly.rsp").splitlines() if not line.startswith("# Generated"))
    return Reading(tuple(nodes))


# The classes


def facts(bundles: Sequence[Bundle], programs: Sequence[Program], folder: Path) -> list[Facts | Escaped]:
    """Return the constants and the methods of each bundle's classes."""
    return halved(bundles, lambda part: _compiled(part, folder), Escaped)


def _compiled(bundles: Sequence[Bundle], folder: Path) -> list[Facts]:
    cores = {file(made, "Core.cs") for made in bundles}
    texts = [file(made, "Functions.cs") for made in bundles]
    sources = [_put(folder / "Core.cs", cores.pop()), HERE / "Tables.cs"]
    assert not cores, "there is one core"
    for number, text in enumerate(texts):
        assert_visible(text, allowed="\n")
        moved, count = NAMESPACE.subn(f"namespace Udfgen.S{number}", text)
        if count != 1:
            raise Escaped(f"{count} namespaces")
        sources.append(_put(folder / f"{number}.cs", moved))
    try:
        exe = compile_csharp(sources, folder / "tables.exe", "-target:exe", "-warnaserror")
    except AssertionError as error:
        raise Escaped(f"mcs: {error!s:.300}") from None
    done = subprocess.run(
        [tool("mono", "mono-devel"), str(exe), str(len(texts))], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [_facts(line) for line in done.stdout.splitlines()]


def _put(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def _facts(line: str) -> Facts:
    """Return what a line of the program says: the two kinds of constants, the methods with their arguments."""
    words = [each.split(" ") for each in line.split("\t")]
    texts = [
        (name, bytes.fromhex(text).decode("utf-16-le", "surrogatepass")) for kind, name, text in words if kind == "text"
    ]
    found: list[Any] = [json.loads(text) for _, text in texts]
    if [name for name, _ in texts[1:]] != [f"Facts_{each['name']}" for each in found[1:]]:
        raise Escaped(f"the constants are {[name for name, _ in texts]}")
    methods = frozenset((name, int(count)) for kind, name, count in words if kind == "method")
    return Facts(found[0], tuple(found[1:]), methods)


def expected_routines(program: Program) -> frozenset[tuple[str, int]]:
    """Return the methods that the class should have: one for each function, one more for each that returns rows.

    Each function is told the modes of the bindings first; one of sets then takes its rows, and in which form they are.
    """
    found = {each.name: 1 + (2 if each.batch else len(each.parameters)) for each in program.functions}
    for function in program.functions:
        if isinstance(function.returns, Table):
            found[f"Fill_{function.name}"] = 1 + len(function.returns.columns)
        elif function.batch and function.returns:
            found[f"Fill_{function.name}"] = 3
    return frozenset({**found, "Udfgen_probe": 1}.items())
