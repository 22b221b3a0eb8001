"""A JVM with generated Java in it: jars and compilers found, classes compiled, SQL run by Harness.java.

The Java is what stands in a bundle's statements, and no other text: what a database would compile is what is tested.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import missing, tool
from udfgen.bundle import Bundle

JARS = Path("/usr/share/java")
JDK = "openjdk-17-jdk-headless"
FLAGS = ("--release", "8", "-Xlint:all,-options,-auxiliaryclass", "-encoding", "UTF-8")
"""`options` would warn of the level itself, `auxiliaryclass` that the core is one source of many classes."""

HARNESS = Path(__file__).with_name("Harness.java")

_SOURCE = re.compile(r'create or replace and resolve java source named "([\w/]+)" authid definer as\n(.*)', re.DOTALL)
_CALL_SPEC = re.compile(
    r'(?:function|procedure) "([\w$]+)"(?:(?!\b(?:function|procedure) ").)*?'
    r"language java\s+name '([\w.]+)\(([\w.,\s]*)\)(?:\s+return\s+([\w.]+))?'",
    re.DOTALL,
)


class Refused(Exception):
    """What the database said when it refused a statement, or what is no value of a type."""


@dataclass(frozen=True, slots=True)
class CallSpec:
    """A Java method as SQL sees it: `method` is package, class and name, the types are Java's; `returns` '' is void."""

    name: str
    method: str
    parameters: tuple[str, ...]
    returns: str


def jar(name: str, package: str) -> Path:
    """Return the path of one of Debian's jars; without it, skip and name the package, or fail where CI=true."""
    path = JARS / name
    if not path.is_file():
        missing(f"{path} is not there; on Debian: apt-get install {package}")
    return path


def sources(bundle: Bundle) -> dict[str, str]:
    """Return the Java sources in a bundle's statements, by their names in the schema."""
    texts = (statement.sql for each in bundle.objects for statement in each.statements)
    return {found[1]: found[2] for text in texts if (found := _SOURCE.fullmatch(text))}


def call_specs(bundle: Bundle) -> dict[tuple[str, str], CallSpec]:
    """Return every call specification of a bundle, by its package ('' for none) and its name."""
    found = {}
    for each in bundle.objects:
        package = each.key.name if each.key.kind == "package" else ""
        for statement in each.statements:
            for name, method, parameters, returns in _CALL_SPEC.findall(statement.sql):
                types = tuple(filter(None, re.split(r"[,\s]+", parameters)))
                found[package, name] = CallSpec(name, method, types, returns)
    return found


def compile_bundle(bundle: Bundle, folder: Path, *helpers: Path) -> Path:
    """Compile a bundle's Java, and helpers of the tests in its package; return the folder of the classes."""
    package = f"udfgen.{bundle.program}"
    texts = {f"{name}.java": text for name, text in sources(bundle).items()}
    for helper in helpers:
        text = helper.read_text(encoding="utf-8").replace("package udfgen.harness;", f"package {package};")
        texts[f"{package.replace('.', '/')}/{helper.name}"] = text
    return compile_java(texts, folder)


def compile_java(texts: Mapping[str, str], folder: Path, *options: str) -> Path:
    """Compile Java texts, given by their paths, for Java 8; any word of the compiler is a failure."""
    for path, text in texts.items():
        (folder / "src" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "src" / path).write_text(text, encoding="utf-8")
    classes = folder / "classes"
    files = [str(folder / "src" / path) for path in texts]
    command = [tool("javac", JDK), *FLAGS, "-d", str(classes), *options, *files]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout
    return classes


class Jvm:
    """A JVM that runs Harness: one statement at a time, in one session of a database inside it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(
        self, sql: str, arguments: Sequence[tuple[str, str | None]] = (), results: Sequence[str] = ()
    ) -> list[list[str | None]]:
        """Run a statement with typed values and return its rows as texts; see Harness.java. Raises Refused."""
        request = {"sql": sql, "arguments": [list(each) for each in arguments], "results": list(results)}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        reply: dict[str, Any] = json.loads(self._process.stdout.readline())
        if "error" in reply:
            raise Refused(reply["error"])
        rows: list[list[str | None]] = reply["rows"]
        return rows


@contextmanager
def running(
    main: str, arguments: Sequence[str], classpath: Sequence[Path], environment: Mapping[str, str], *options: str
) -> Iterator[Jvm]:
    """Start a JVM on a class of the tests, and end it with its standard input."""
    command = [tool("java", JDK), *options, "-cp", os.pathsep.join(map(str, classpath)), main, *arguments]
    settings = {"PATH": os.environ["PATH"], "LC_ALL": "C", **environment}
    with subprocess.Popen(
        command, env=settings, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", cwd=classpath[0]
    ) as process:
        try:
            yield Jvm(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
