"""The emitted permissions, under a Java security manager: with all of them every call works, without one it is named.

The classes of the core and of the spec have the rows of permissions.sql and nothing else. What stands below them on the
stack has all permissions, and so has the JDK; a permission counts only when everything on the stack has it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import tool
from tests.jvm import jvm
from tests.unit.core_support import Request, Server, answers, http
from tests.unit.test_core_network import OPEN, Proxy
from udfgen import commands
from udfgen.bundle import Bundle
from udfgen.ir import Program
from udfgen.render import render
from udfgen.spec import check, document

# mypy finds packages by their folders, and this folder is mapped to udfgen.dialects only when it is installed.
if TYPE_CHECKING:
    from dialects.oracle.permissions import Permission, needed
else:
    from udfgen.dialects.oracle.permissions import Permission, needed

SPEC = """\
udfgen: 1
name: policy
aws: {aws}
bindings: {{score: {{function: score, idempotent: true, retries: 1}}}}
functions:
  score:
    binding: score
    parameters:
      n: {{type: bigint, min: 1}}
      d: decimal(5,2)
      flag: boolean
      t: {{type: text, pattern: "[A-Z]{{2}}-\\\\d+"}}
      u: uuid
      day: date
      hour: time
      at: timestamp
      moment: timestamptz
      doc: json
      raw: bytes
    returns: {{type: "decimal(5,2)", path: $.score}}
  said: {{binding: score, parameters: {{}}, returns: json}}
  file: {{binding: score, parameters: {{}}, returns: {{type: bytes, path: $.file}}}}
  day: {{binding: score, parameters: {{}}, returns: {{type: date, path: $.day}}}}
  listed: {{binding: score, parameters: {{}}, returns: {{table: {{n: integer}}, rows: $.rows}}}}
engines: {{oracle: {options}}}
"""
ANSWER = {"score": 87.5, "file": "AQI=", "day": "2024-02-29", "rows": [{"n": 1}]}
SEEN = "87.50 true true 2024-02-29 00:00:00.0 1"
"""What Visit prints when every call worked."""

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "a-secret-of-tests"}
CREDENTIALS = {
    "Code": "Success",
    "AccessKeyId": "ASIAEXAMPLE",
    "SecretAccessKey": "another-secret",
    "Token": "a-token",
    "Expiration": "2999-01-01T00:00:00Z",
}


@dataclass(frozen=True)
class Case:
    """A spec's `aws` and engine options, and the variables of the server's process."""

    aws: Mapping[str, object]
    options: Mapping[str, object] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=lambda: KEYS)


@dataclass(frozen=True)
class World:
    """What the cases reach: URLs of an endpoint without and with TLS, of a metadata service, of a proxy; files."""

    plain: str
    tls: str
    metadata: str
    proxy: str
    folder: Path

    def file(self, name: str) -> str:
        """Return the path of a file that the server process reads."""
        return str(self.folder / name)


def aws(endpoint: str, source: str = "environment", **rest: object) -> dict[str, object]:
    """Return a spec's `aws`; what the source needs stands under `credentials`."""
    credentials = {"source": source} | {key: rest.pop(key) for key in ("file", "config_file") if key in rest}
    return {"region": "eu-west-1", "endpoint": endpoint, "credentials": credentials} | rest


def with_profile(world: World) -> Case:
    files = {"file": world.file("credentials"), "config_file": world.file("config")}
    return Case(aws(world.plain, "profile", **files), environment={})


def in_container(world: World) -> Case:
    variables = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials"}
    return Case(aws(world.plain, "container"), {"metadata": world.metadata}, variables)


def on_instance(world: World) -> Case:
    return Case(aws(world.plain, "imds"), {"metadata": world.metadata}, {})


CASES: dict[str, Callable[[World], Case]] = {
    "environment": lambda world: Case(aws(world.plain)),
    "profile": with_profile,
    "container": in_container,
    "imds": on_instance,
    "https with a ca_file": lambda world: Case(aws(world.tls, ca_file=world.file("cert.pem"))),
    "https with the roots": lambda world: Case(aws(world.tls)),
    "http by a proxy": lambda world: Case(aws("http://lambda.example:9001", proxy=world.plain)),
    "https by a proxy": lambda world: Case(aws(world.tls, ca_file=world.file("cert.pem"), proxy=world.proxy)),
}


def metadata(request: Request, connection: object) -> bytes:
    """Answer as IMDSv2 and as the agent of a container do."""
    if request.line.startswith("PUT /latest/api/token "):
        return http(body=b"a-session")
    if request.line.startswith("GET /latest/meta-data/iam/security-credentials/ "):
        return http(body=b"a-role")
    return http(body=json.dumps(CREDENTIALS).encode())


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    make_certificate(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    keys = f"aws_access_key_id = {KEYS['AWS_ACCESS_KEY_ID']}\naws_secret_access_key = {KEYS['AWS_SECRET_ACCESS_KEY']}\n"
    (folder / "credentials").write_text("[other]\n")
    (folder / "config").write_text(f"[default]\n{keys}")
    answer = answers(http(body=json.dumps(ANSWER).encode(), Connection="keep-alive"))
    with ExitStack() as stack:
        servers = [Server(answer), Server(answer, context), Server(metadata), Proxy(OPEN)]
        plain, tls, service, proxy = (stack.enter_context(each).url for each in servers)
        yield World(plain, tls, service, proxy, folder)


def make_certificate(folder: Path) -> None:
    """Write a certificate for 127.0.0.1 and its key."""
    what = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-out", str(folder / "cert.pem"), "-keyout", str(folder / "key.pem")]
    subprocess.run([tool("openssl", "openssl"), *what, *names, *files], check=True, capture_output=True)


def compiled(case: Case) -> tuple[Program, Bundle]:
    """Return a case's program, and all that is generated for it."""
    text = SPEC.format(aws=json.dumps(case.aws), options=json.dumps(case.options))
    program = commands.compile_program(check.check(document.read(text, "policy.yaml")))
    return program, render(commands.lower(program, "oracle"))


class Visitor:
    """Runs Visit with a case's classes under a policy."""

    def __init__(self, world: World, folder: Path) -> None:
        self._world, self._folder = world, folder
        self.case, self._core = cache(self._case), cache(self._compile_core)

    def _case(self, name: str) -> tuple[Case, Program, Path]:
        """Compile what is generated for a case, into one folder with the core, which is compiled once."""
        case = CASES[name](self._world)
        program, bundle = compiled(case)
        texts = jvm.sources(bundle)
        folder = self._folder / name.replace(" ", "_")
        classes = Path(shutil.copytree(self._core(texts["udfgen/policy/Core"]), folder / "classes"))
        functions = {"udfgen/policy/Functions.java": texts["udfgen/policy/Functions"]}
        return case, program, jvm.compile_java(functions, folder, "-cp", str(classes))

    def _compile_core(self, text: str) -> Path:
        """Compile the core, and put the test's own root certificate beside it, as an install does with Amazon's."""
        classes = jvm.compile_java({"udfgen/policy/Core.java": text}, self._folder / "core")
        lines = (self._world.folder / "cert.pem").read_text().splitlines()[1:-1]
        (classes / "udfgen" / "policy" / "roots.txt").write_text("\n".join(["certificate of the test", *lines, ""]))
        return classes

    def _harness(self, classes: Path) -> Path:
        folder = self._folder / "harness"
        if not folder.is_dir():
            jvm.compile_java({VISIT.name: VISIT.read_text(encoding="utf-8")}, folder, "-cp", str(classes))
        return folder / "classes"

    def visit(self, name: str, rows: Sequence[Permission]) -> str:
        """Return what Visit prints when the core and the spec's class have these permissions."""
        case, _, classes = self.case(name)
        harness = self._harness(classes)
        policy = self._folder / "java.policy"
        everything = [Permission("java.security.AllPermission", "")]
        policy.write_text(grants(classes, rows) + grants(harness, everything))
        classpath = os.pathsep.join(map(str, (classes, harness)))
        options = ["-Djava.security.manager", f"-Djava.security.policy=={policy}", "-cp", classpath]
        command = [tool("java", jvm.JDK), *options, "Visit"]
        settings = {"PATH": os.environ["PATH"], **case.environment}
        done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.rstrip("\n")


VISIT = Path(__file__).with_name("Visit.java")


def grants(folder: Path, rows: Sequence[Permission]) -> str:
    """Return the text of a policy that gives permissions to the classes in a folder.

    https://docs.oracle.com/en/java/javase/17/security/permissions-jdk1.html
    """
    lines = "".join(f"  permission {each.type} {', '.join(quoted(each))};\n" for each in rows)
    return f'grant codeBase "file:{folder}/-" {{\n{lines}}};\n'


def quoted(permission: Permission) -> list[str]:
    """Return a permission's name, and its action where it has one, in quotes."""
    return [f'"{each}"' for each in (permission.name, permission.action) if each or each is permission.name]


@pytest.fixture(scope="module")
def visitor(world: World, tmp_path_factory: pytest.TempPathFactory) -> Visitor:
    return Visitor(world, tmp_path_factory.mktemp("policy"))


@pytest.mark.parametrize("name", CASES)
def test_with_all_permissions_every_call_works(name: str, visitor: Visitor) -> None:
    _, program, _ = visitor.case(name)
    assert visitor.visit(name, needed(program)) == SEEN


@pytest.mark.parametrize("name", CASES)
def test_without_one_permission_it_is_named(name: str, visitor: Visitor) -> None:
    _, program, _ = visitor.case(name)
    rows = needed(program)
    said = {row: visitor.visit(name, [each for each in rows if each != row]) for row in rows}
    assert said == {row: lacking(row) for row in rows}


def lacking(row: Permission) -> str:
    """Return the error of a call for which a permission is missing."""
    shown = " ".join(["the Java permission", row.type, *quoted(row)])
    return f"[udfgen not_authorized]: score: the schema lacks {shown}: have a DBA run permissions.sql"


@pytest.mark.parametrize("name", CASES)
def test_the_script_for_a_dba_has_these_rows(name: str, world: World) -> None:
    program, bundle = compiled(CASES[name](world))
    (script,) = (file.content.decode() for file in bundle.files if file.path == "permissions.sql")
    found = re.findall(r"dbms_java\.grant_permission\('POLICY', 'SYS:(\S+)', '(\S+)', '(\S*)'\)", script)
    assert found == [(each.type, each.name, each.action) for each in needed(program)]
