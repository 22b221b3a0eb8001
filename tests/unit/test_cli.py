"""Every verb and flag, with good and with bad input: the exit code, what is said, and one clear line when it fails."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import udfgen
from udfgen import cli, commands
from udfgen.spec.schema import text as schema_text

MARK = "S3CR3T-marker"
UNREACHABLE = "postgresql://u@127.0.0.1:1/db?connect_timeout=2"

SPEC = """\
udfgen: 1
name: sensors
aws: {region: eu-west-1}
bindings: {score: {function: score-customer, qualifier: live}}
functions:
  f: {binding: score, parameters: {a: bigint}, grant: [app]}
engines: {postgresql: {}}
environments: {dev: {aws: {region: us-east-1}}}
"""


@dataclass(frozen=True)
class Ran:
    """What a command did: its exit code and what it said."""

    code: int
    out: str
    err: str


class Run:
    """Run commands in this process; none may tell of a defect, show a traceback or a secret."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str | Path) -> Ran:
        self._capsys.readouterr()
        code = cli.run([str(each) for each in arguments])
        said = self._capsys.readouterr()
        assert MARK not in said.out + said.err
        assert "a defect of udfgen" not in said.err
        assert "Traceback" not in said.err
        return Ran(code, said.out, said.err)

    def fails(self, *arguments: str | Path, says: str) -> Ran:
        """Run a command that must fail with one line, or one line per problem of a spec."""
        ran = self(*arguments)
        assert ran.code == 1, ran
        assert says in ran.err
        assert len(ran.err.splitlines()) == 1, ran.err
        return ran


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr("udfgen.redact._secrets", set())
    monkeypatch.delenv("UDFGEN_DSN", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Run(capsys)


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return path


@pytest.fixture
def quickstart(tmp_path: Path) -> Path:
    """A copy of the example, built."""
    spec = commands.copy_quickstart(tmp_path / "quickstart")
    commands.build(spec, None, (), None)
    return spec


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, answer: str = "") -> None:
    """Make the standard streams look like a terminal at which `answer` is typed."""
    typed = io.StringIO(answer)
    monkeypatch.setattr(typed, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", typed)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)


# Without a command.


def test_version(run: Run) -> None:
    assert run("--version") == Ran(0, f"{udfgen.__version__}\n", "")


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_names_every_command(flag: str, run: Run) -> None:
    ran = run(flag)
    assert ran.code == 0
    assert ran.err == ""
    for command in COMMANDS:
        assert re.search(rf"^  {command}\s+[A-Z]", ran.out, re.MULTILINE), command


COMMANDS = sorted(
    str(each.name or each.callback.__name__) for each in cli.app.registered_commands if each.callback is not None
)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command_tells_of_every_flag(command: str, run: Run) -> None:
    ran = run(command, "--help")
    assert ran.code == 0
    flags = re.findall(r"^  (--[a-z-]+)(.*)$", ran.out, re.MULTILINE)
    for flag, rest in flags:
        assert flag == "--help" or len(rest.split()) >= 2, f"{command} {flag} has no help"


def test_no_command_shows_the_help(run: Run) -> None:
    ran = run()
    assert "Usage: " in ran.out + ran.err
    assert ran.code == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nosuch"], "nosuch"),
        (["--nosuch"], "--nosuch"),
        (["build"], "SPEC"),
        (["build", "a", "b"], "(b)"),
        (["build", "a", "--nosuch"], "--nosuch"),
        (["build", "a", "--out"], "--out"),
        (["check", "a", "--format", "xml"], "'xml'"),
        (["plan", "a", "--format", "sarif"], "'sarif'"),
        (["local", "a", "--port", "x"], "'x'"),
        (["local", "a", "--port", "65536"], "65536"),
        (["install", "a", "--lock-timeout", "-1"], "-1"),
        (["install", "a", "--lock-timeout", "nan"], "nan"),
        (["call", "a"], "FUNCTION"),
        (["switch", "a", "score", "on"], "'on'"),
        (["switch", "a", "score", "off", "now"], "(now)"),
        (["switch", "a", "--format", "yaml"], "'yaml'"),
        (["iam", "a", "--format", "yaml"], "'yaml'"),
    ],
)
def test_a_wrong_command_line(arguments: list[str], says: str, run: Run) -> None:
    ran = run.fails(*arguments, says=says)
    assert ran.out == ""


@pytest.mark.parametrize("verb", [each for each in COMMANDS if each not in ("init", "schema", "demo")])
def test_a_spec_that_is_not_there(verb: str, run: Run, tmp_path: Path) -> None:
    more = {"call": ["f"], "handler": ["f"], "plan": ["--dsn", UNREACHABLE]}.get(verb, [])
    if verb in ("install", "status", "uninstall", "test", "doctor", "call", "switch"):
        more = [*more, "--dsn", UNREACHABLE]
    run.fails(verb, tmp_path / "nosuch.yaml", *more, says="nosuch.yaml: cannot be read: No such file or directory")


def test_a_folder_is_no_spec(run: Run, tmp_path: Path) -> None:
    run.fails("build", tmp_path, says="Is a directory")


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan", "SPEC", f"postgresql://u:{MARK}@h/db"],
        ["plan", f"postgresql://u:{MARK}@h/db"],
        ["plan", "SPEC", "--dsn-env", f"postgresql://u:{MARK}@h/db"],
        ["plan", "SPEC", "--dsn", f"postgresql://u:{MARK} @h/db"],
        ["plan", "SPEC", "--dsn", f"postgresql://u:{MARK}"],
        ["plan", "SPEC", "--env", f"postgresql://u:{MARK}@h/db"],
        ["plan", "SPEC", "--dsn", f"postgresql://u:{MARK}@127.0.0.1:1/db"],
        ["plan", "SPEC", "--dsn", f"postgresql://127.0.0.1:1/db?password={MARK}&nosuch=1"],
        [f"postgresql://u:{MARK}@h/db"],
        ["build", "SPEC", "--engine", f"postgresql://u:{MARK}@h/db"],
        ["build", "SPEC", f"--nosuch=postgresql://u:{MARK}@h/db"],
        ["check", "SPEC", "--format", f"x://u:{MARK}@h/db"],
        ["install", "SPEC", "--dsn", UNREACHABLE, "--plan", f"postgresql://u:{MARK}@h/db"],
        ["call", "SPEC", f"postgresql://u:{MARK}@h/db", "--dsn", UNREACHABLE],
        ["docs", "SPEC", "--out", f"x://u:{MARK}@h/db"],
        ["switch", "SPEC", f"postgresql://u:{MARK}@h/db"],
        ["switch", "SPEC", "score", f"postgresql://u:{MARK}@h/db"],
        ["switch", "SPEC", "--dsn", f"postgresql://u:{MARK}@127.0.0.1:1/db"],
        ["iam", "SPEC", "--env", f"postgresql://u:{MARK}@h/db"],
    ],
)
def test_a_password_is_never_told_wherever_it_was_put(arguments: list[str], run: Run, spec: Path) -> None:
    ran = run(*(str(spec) if each == "SPEC" else each for each in arguments))
    assert ran.code == 1
    assert ran.err


@pytest.mark.parametrize("host", ["127.0.0.1:1", "no.such.host.invalid"])
@pytest.mark.parametrize("scheme", ["postgresql", "mysql", "mariadb", "oracle", "mssql"])
def test_a_database_that_is_not_there_is_told_without_the_password(scheme: str, host: str, run: Run) -> None:
    with commands.quickstart() as folder:
        says = f"cannot connect to {scheme}://u:***@{host}/db"
        run.fails("switch", folder / "spec.yaml", "score", "off", "--dsn", f"{scheme}://u:{MARK}@{host}/db", says=says)


def test_ctrl_c_is_told(run: Run, spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("udfgen.commands.refresh", interrupt)
    assert run("build", spec) == Ran(1, "", "udfgen: interrupted\n")


def test_a_defect_is_told_as_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], spec: Path
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("udfgen.commands.refresh", fail)
    monkeypatch.delenv("UDFGEN_TRACEBACK", raising=False)
    assert cli.run(["build", str(spec)]) == 1
    assert capsys.readouterr().err == "udfgen: a defect of udfgen, please report it: ZeroDivisionError: by zero\n"
    monkeypatch.setenv("UDFGEN_TRACEBACK", "1")
    cli.run(["build", str(spec)])
    assert "Traceback" in capsys.readouterr().err


def test_a_reader_that_leaves_is_no_failure(spec: Path) -> None:
    command = [sys.executable, "-c", "from udfgen.cli import main; main()", "explain", str(spec), "--stage", "bundle"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.read(10)
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 0


# init, check, build, schema, explain, docs: no database.


def test_init(run: Run, tmp_path: Path) -> None:
    ran = run("init", tmp_path / "new")
    assert ran.code == 0
    assert ran.out.splitlines()[0] == f"wrote {tmp_path / 'new' / 'spec.yaml'}"
    assert len(ran.out.splitlines()) == 5
    again = run.fails("init", tmp_path / "new", says="not overwritten: ")
    assert again.out == ""


def test_init_here(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("init").out.splitlines()[0] == "wrote spec.yaml"
    assert (tmp_path / "spec.yaml").exists()


def test_init_into_a_file(run: Run, spec: Path) -> None:
    run.fails("init", spec / "x", says="Not a directory")


def test_check(run: Run, spec: Path) -> None:
    assert run("check", spec) == Ran(0, f"{spec}: 0 errors, 0 warnings\n", "")


def test_check_tells_of_every_problem(run: Run, spec: Path) -> None:
    spec.write_text(SPEC.replace("binding: score", "binding: scor").replace("eu-west-1", "Mars"), encoding="utf-8")
    ran = run("check", spec)
    assert ran.code == 1
    lines = ran.err.splitlines()
    assert all(re.match(rf"{re.escape(str(spec))}:\d+:\d+: \S", line) for line in lines)
    assert any(line.startswith(f"{spec}:3:15: ") for line in lines)
    assert any(line.startswith(f"{spec}:6:16: ") for line in lines)
    errors = sum("warning: " not in line for line in lines)
    assert ran.out == f"{spec}: {errors} errors, {len(lines) - errors} warnings\n"


def test_check_with_warnings_only_is_fine(run: Run, spec: Path) -> None:
    spec.write_text(SPEC.replace(", qualifier: live", ""), encoding="utf-8")
    ran = run("check", spec)
    assert ran.code == 0
    assert "warning: " in ran.err
    assert ran.out.endswith(": 0 errors, 1 warning\n")


@pytest.mark.parametrize("format_", ["json", "sarif"])
def test_check_for_machines(format_: str, run: Run, spec: Path) -> None:
    good = run("check", spec, "--format", format_)
    assert (good.code, good.err) == (0, "")
    spec.write_text(SPEC + "nosuch: 1\n", encoding="utf-8")
    bad = run("check", spec, "--format", format_)
    assert (bad.code, bad.err) == (1, "")
    found: Any = json.loads(bad.out)
    if format_ == "json":
        assert json.loads(good.out) == []
        assert [each["line"] for each in found] == [9]
    else:
        assert json.loads(good.out)["runs"][0]["results"] == []
        assert len(found["runs"][0]["results"]) == 1


def test_build(run: Run, spec: Path) -> None:
    folder = spec.parent / "generated" / "postgresql"
    written = f"wrote {folder / 'install.sql'}\nwrote {folder / 'uninstall.sql'}\n"
    assert run("build", spec) == Ran(0, written, "")
    assert run("build", spec) == Ran(0, "nothing changed\n", "")
    (folder / "old.sql").write_text("-- Generated by udfgen 0", encoding="utf-8")
    assert run("build", spec) == Ran(0, f"removed {folder / 'old.sql'}\n", "")


def test_build_flags(run: Run, spec: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = run("build", spec, "--out", out, "--engine", "postgresql", "--engine", "postgresql", "--env", "dev")
    assert ran.code == 0
    assert sorted(path.name for path in (out / "dev" / "postgresql").iterdir()) == ["install.sql", "uninstall.sql"]


def test_build_check(run: Run, spec: Path) -> None:
    missing = run("build", spec, "--check")
    assert missing.code == 2
    install = spec.parent / "generated" / "postgresql" / "install.sql"
    assert f"{install} is missing: run udfgen build" in missing.out
    assert not install.exists()
    run("build", spec)
    assert run("build", spec, "--check") == Ran(0, "", "")
    install.write_text(install.read_text(encoding="utf-8") + "rollback;\n", encoding="utf-8")
    stale = run("build", spec, "--check")
    assert stale.code == 2
    assert f"{install} is stale: run udfgen build" in stale.out
    assert "-rollback;" in stale.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--engine", "nosuch"], 'no engine is called "nosuch": use one of mysql, oracle, postgresql, sqlserver'),
        (["--env", "prod"], 'the spec has no environment "prod"'),
    ],
)
def test_build_of_what_is_not_there(arguments: list[str], says: str, run: Run, spec: Path) -> None:
    run.fails("build", spec, *arguments, says=says)
    run.fails("build", spec, "--check", *arguments, says=says)
    run.fails("explain", spec, "--stage", "bundle", *arguments, says=says)


def test_build_of_a_wrong_spec(run: Run, spec: Path) -> None:
    spec.write_text(SPEC + "nosuch: 1\n", encoding="utf-8")
    run.fails("build", spec, says=f"{spec}:9:1: ")
    assert not (spec.parent / "generated").exists()


def test_build_into_what_is_no_folder(run: Run, spec: Path) -> None:
    run.fails("build", spec, "--out", spec, says="Not a directory")


def test_build_over_what_others_wrote(run: Run, spec: Path) -> None:
    theirs = spec.parent / "generated" / "postgresql" / "install.sql"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("select 1;", encoding="utf-8")
    run.fails("build", spec, says=f"{theirs} was not written by udfgen: move it away")
    assert theirs.read_text(encoding="utf-8") == "select 1;"


def test_schema(run: Run) -> None:
    assert run("schema") == Ran(0, schema_text(), "")


@pytest.mark.parametrize("stage", ["document", "spec", "program", "module", "bundle"])
def test_explain(stage: str, run: Run, spec: Path) -> None:
    ran = run("explain", spec, "--stage", stage, "--engine", "postgresql")
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out)


def test_explain_by_default_and_wrong(run: Run, spec: Path) -> None:
    assert json.loads(run("explain", spec, "--env", "dev").out)["aws"]["region"] == "us-east-1"
    run.fails("explain", spec, "--stage", "ir", says='no stage is called "ir"')


def test_docs(run: Run, spec: Path, tmp_path: Path) -> None:
    shown = run("docs", spec, "--env", "dev")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith("# sensors\n")
    assert run("docs", spec, "--env", "dev", "--out", tmp_path / "page.md") == Ran(0, "", "")
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == shown.out
    run.fails("docs", spec, "--out", tmp_path / "no" / "page.md", says="page.md cannot be written: No such file")


def test_handler(run: Run, spec: Path, tmp_path: Path) -> None:
    shown = run("handler", spec, "f")
    assert (shown.code, shown.err) == (0, "")
    assert '\nFUNCTION = "sensors.f"\n' in shown.out
    path = tmp_path / "f.py"
    assert run("handler", spec, "f", "--out", path) == Ran(0, "", "")
    assert path.read_text(encoding="utf-8") == shown.out
    again = run("handler", spec, "f", "--out", path)
    assert (again.code, again.err) == (0, f"udfgen: {path} is what would be written\n")
    path.write_text("mine", encoding="utf-8")
    says = f"not overwritten: {path}; it may hold your code: name another file, or remove it"
    run.fails("handler", spec, "f", "--out", path, says=says)
    assert path.read_text(encoding="utf-8") == "mine"
    run.fails("handler", spec, "f", "--out", tmp_path, says="not overwritten: ")
    run.fails("handler", spec, "f", "--out", tmp_path / "no" / "x.py", says="x.py cannot be written: No such")
    run.fails("handler", spec, "nosuch", says='the spec has no function "nosuch": it has f')


def test_iam(run: Run, spec: Path) -> None:
    run.fails(
        "iam", spec, says="udfgen: the ARN of score-customer:live is not known without its account: set aws.account"
    )
    spec.write_text(SPEC.replace("eu-west-1}", 'eu-west-1, account: "123456789012"}'), encoding="utf-8")
    ran = run("iam", spec)
    assert (ran.code, ran.err) == (0, "")
    (statement,) = json.loads(ran.out)["policy"]["Statement"]
    assert statement["Resource"] == ["arn:aws:lambda:eu-west-1:123456789012:function:score-customer:live"]
    other = json.loads(run("iam", spec, "--env", "dev").out)["policy"]["Statement"][0]["Resource"]
    assert other == ["arn:aws:lambda:us-east-1:123456789012:function:score-customer:live"]


@pytest.mark.parametrize(
    ("format_", "starts", "account"),
    [
        ("terraform", "# What the database functions of sensors may call.\n", "account_id}"),
        ("cloudformation", '{\n  "AWSTemplateFormatVersion"', "${AWS::AccountId}"),
    ],
)
def test_iam_for_what_makes_roles(format_: str, starts: str, account: str, run: Run, spec: Path) -> None:
    ran = run("iam", spec, "--format", format_)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(starts)
    assert f"{account}:function:score-customer:live" in ran.out


def test_iam_warns_of_what_iam_refuses(run: Run, spec: Path) -> None:
    many = ", ".join(f"b{number}: {{function: function-{number:040}, qualifier: live}}" for number in range(120))
    spec.write_text(SPEC.replace("score: {function", f"{many}, score: {{function"), encoding="utf-8")
    ran = run("iam", spec, "--format", "terraform")
    assert ran.code == 0
    assert re.fullmatch(r"udfgen: warning: the policy has \d+ characters, a role may have 10240: .*\n", ran.err)


# local and demo: servers of our own.


def test_local(quickstart: Path, tmp_path: Path) -> None:
    faults = tmp_path / "faults.yaml"
    faults.write_text("[]\n", encoding="utf-8")
    program = "from udfgen.cli import main; main()"
    command = [sys.executable, "-c", program, "local", str(quickstart), "--port", "0", "--faults", str(faults)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        try:
            assert running.stdout.readline().startswith("# Give these to the database server's process")
            exports = dict(exported(running.stdout.readline()) for _ in range(3))
            url = exports["AWS_ENDPOINT_URL_LAMBDA"]
            assert url.startswith("http://127.0.0.1:")
            with urllib.request.urlopen(f"{url}/_udfgen/invocations?after=0", timeout=5) as reply:
                assert "invocations" in json.load(reply)
        finally:
            running.terminate()  # a shell's background job ignores Ctrl-C, and so do its children
        assert running.wait(timeout=10) == 0
        assert running.stderr.read().splitlines()[-1] == "stopped"


def exported(line: str) -> tuple[str, str]:
    match = re.fullmatch(r"export ([A-Z_]+)=(\S+)\n", line)
    assert match, line
    return match[1], match[2]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--faults", "nosuch.yaml"], "nosuch.yaml"),
        (["--handlers", "nosuch"], "nosuch is no folder"),
        (["--env", "nosuch"], 'no environment "nosuch"'),
    ],
)
def test_local_with_wrong_files(arguments: list[str], says: str, run: Run, quickstart: Path) -> None:
    run.fails("local", quickstart, "--port", "0", *arguments, says=says)


def test_local_on_a_port_that_is_taken(run: Run, quickstart: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        run.fails("local", quickstart, "--port", port, says=port)


def test_demo_of_no_engine(run: Run) -> None:
    run.fails("demo", "--engine", "nosuch", says='no engine is called "nosuch"')


def test_demo(run: Run, postgresql: str) -> None:
    ran = run("demo", "--engine", "postgresql")
    assert (ran.code, ran.err) == (0, "")
    assert "$ udfgen install spec.yaml" in ran.out
    assert "Nothing to do: " in ran.out
    assert "[udfgen bad_argument]" in ran.out
    assert "[udfgen function_error]" in ran.out
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```text\n(.*?)\n```", readme, re.DOTALL)
    assert [part for part in shown.split("\n...\n") if part not in ran.out] == []


# plan, install, status, call, test, doctor, uninstall: a database.

WITH_DATABASE = {
    "plan": [],
    "install": ["--yes", "--no-generated"],
    "status": [],
    "uninstall": ["--yes"],
    "call": ["f"],
    "test": [],
    "doctor": [],
    "switch": ["score", "off"],
}


@pytest.mark.parametrize("verb", WITH_DATABASE)
def test_no_database_is_named(verb: str, run: Run, spec: Path) -> None:
    more = WITH_DATABASE[verb]
    run.fails(verb, spec, *more, says="no database is named: give --dsn, --dsn-env NAME, or set UDFGEN_DSN")
    run.fails(verb, spec, *more, "--dsn-env", "NOSUCH", says="NOSUCH, named by --dsn-env, is not set")
    run.fails(verb, spec, *more, "--dsn", "nosuch://h/db", says='a DSN cannot begin with "nosuch://"')
    run.fails(verb, spec, *more, "--dsn", UNREACHABLE, says="cannot connect to postgresql://u@127.0.0.1:1/db")
    run.fails(verb, spec, *more, "--dsn", UNREACHABLE, "--env", "prod", says='no environment "prod"')


@dataclass(frozen=True)
class Installed:
    """A spec that can be installed, and where."""

    spec: Path
    dsn: str

    def sql(self, text: str) -> list[tuple[Any, ...]]:
        from udfgen.connect import connect, parse

        with connect(parse(self.dsn)) as session:
            return session.rows(text)[1]


@pytest.fixture
def fresh(quickstart: Path, database: str, run: Run) -> Installed:
    """The quickstart, built, and an empty database."""
    return Installed(quickstart, database)


@pytest.fixture
def installed(fresh: Installed, run: Run) -> Installed:
    """The quickstart, installed."""
    assert run("install", fresh.spec, "--dsn", fresh.dsn, "--yes").code == 0
    return fresh


def test_plan_of_an_empty_database(fresh: Installed, run: Run, tmp_path: Path) -> None:
    ran = run("plan", fresh.spec, "--dsn", fresh.dsn)
    assert (ran.code, ran.err) == (0, "")
    assert '+ create    function "quickstart"."log_event"(text, json)  (spec.yaml:64)' in ran.out
    assert run("plan", fresh.spec, "--dsn", fresh.dsn, "--detailed-exitcode").code == 2
    facts = json.loads(run("plan", fresh.spec, "--dsn", fresh.dsn, "--format", "json").out)
    assert {change["verdict"] for change in facts["changes"]} == {"create"}
    kept = tmp_path / "plan.json"
    assert run("plan", fresh.spec, "--dsn", fresh.dsn, "--out", kept).code == 0
    assert json.loads(kept.read_text(encoding="utf-8")) == facts
    run("plan", fresh.spec, "--dsn", fresh.dsn, "--out", tmp_path / "no" / "plan.json")
    assert fresh.sql("select count(*) from pg_namespace where nspname = 'quickstart'") == [(0,)]


def test_plan_that_cannot_be_written(fresh: Installed, run: Run, tmp_path: Path) -> None:
    run.fails("plan", fresh.spec, "--dsn", fresh.dsn, "--out", tmp_path / "no" / "p", says="p cannot be written")


def test_the_dsn_from_the_environment(fresh: Installed, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UDFGEN_DSN", fresh.dsn)
    assert run("plan", fresh.spec).code == 0
    monkeypatch.setenv("UDFGEN_DSN", "nosuch://")
    monkeypatch.setenv("ANOTHER", fresh.dsn)
    assert run("plan", fresh.spec, "--dsn-env", "ANOTHER").code == 0
    run.fails("plan", fresh.spec, "--dsn-env", "ANOTHER", "--dsn", fresh.dsn, says="not both")


def test_install_and_all_that_follows(installed: Installed, run: Run) -> None:
    spec, dsn = installed.spec, installed.dsn
    again = run("install", spec, "--dsn", dsn, "--yes")
    assert again.code == 0
    assert "Nothing to do: " in again.out
    assert run("plan", spec, "--dsn", dsn, "--detailed-exitcode").code == 0
    status = run("status", spec, "--dsn", dsn)
    assert (status.code, status.err) == (0, "")
    assert json.loads(run("status", spec, "--dsn", dsn, "--format", "json").out)["changes"] == []
    removed = run("uninstall", spec, "--dsn", dsn, "--yes")
    assert (removed.code, removed.out.splitlines()[-1]) == (0, "Removed.")
    nothing = run("uninstall", spec, "--dsn", dsn, "--yes", "--lock-timeout", "1")
    assert nothing == Ran(0, "Nothing to remove: no install of this spec is recorded here.\n", "")
    assert run("status", spec, "--dsn", dsn).code == 2
    assert installed.sql("select count(*) from pg_roles where rolname = 'udfgen_quickstart'") == [(0,)]


def test_install_wants_a_yes(fresh: Installed, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("install", fresh.spec, "--dsn", fresh.dsn)
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    run.fails(*arguments, says="there is no terminal to ask on; give --yes")
    for answer in ("n\n", "\n"):
        on_a_terminal(monkeypatch, answer)
        refused = run(*arguments)
        assert refused.code == 0
        assert "Install into postgresql://postgres@" in refused.out
        assert "Installed" not in refused.out
    on_a_terminal(monkeypatch, "")
    assert run(*arguments).err.splitlines()[-1] == "udfgen: interrupted"
    assert run("status", fresh.spec, "--dsn", fresh.dsn).code == 2
    on_a_terminal(monkeypatch, "y\n")
    assert "Installed: " in run(*arguments).out
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    run.fails("uninstall", fresh.spec, "--dsn", fresh.dsn, says="give --yes")


def test_install_only_of_what_was_reviewed(fresh: Installed, run: Run, tmp_path: Path) -> None:
    arguments = ("install", fresh.spec, "--dsn", fresh.dsn, "--yes")
    fresh.spec.write_text(fresh.spec.read_text(encoding="utf-8").replace("0 to 100", "0 to 99"), encoding="utf-8")
    run.fails(*arguments, says="what would be installed is not what was reviewed")
    run.fails(*arguments, "--generated", tmp_path, says="install.sql is missing")
    assert run("build", fresh.spec, "--out", tmp_path / "other").code == 0
    assert run(*arguments, "--generated", tmp_path / "other").code == 0
    fresh.spec.write_text(fresh.spec.read_text(encoding="utf-8").replace("0 to 99", "0 to 98"), encoding="utf-8")
    assert "1 change" in run(*arguments, "--no-generated").out


def test_install_of_a_kept_plan(fresh: Installed, run: Run, tmp_path: Path) -> None:
    kept = tmp_path / "plan.json"
    run("plan", fresh.spec, "--dsn", fresh.dsn, "--out", kept)
    arguments = ("install", fresh.spec, "--dsn", fresh.dsn, "--plan")
    assert run(*arguments, kept).code == 0
    run.fails(*arguments, kept, says="the database or the spec moved since the plan was kept")
    run.fails(*arguments, tmp_path / "nosuch", says="nosuch cannot be read as a plan: No such file or directory; make")
    for text in ("{", "[]", "{}", "\0"):
        kept.write_text(text, encoding="utf-8")
        run.fails(*arguments, kept, says="make one with udfgen plan --out")


def test_drift_is_refused_until_told(installed: Installed, run: Run) -> None:
    installed.sql("comment on function quickstart.log_event(text, json) is 'by hand'")
    arguments = ("install", installed.spec, "--dsn", installed.dsn, "--yes")
    status = run("status", installed.spec, "--dsn", installed.dsn)
    assert status.code == 2
    assert "! drift" in status.out
    assert "+comment: by hand" in status.out
    run.fails(*arguments, says="was changed by hand since the last install")
    run.fails(*arguments, "--adopt", says="--replace-drift")
    assert run(*arguments, "--replace-drift").code == 0
    assert run("status", installed.spec, "--dsn", installed.dsn).code == 0


def test_unmanaged_is_refused_until_told(fresh: Installed, run: Run) -> None:
    fresh.sql("create schema quickstart")
    fresh.sql("create function quickstart.log_event(text, json) returns void language sql as ''")
    arguments = ("install", fresh.spec, "--dsn", fresh.dsn, "--yes")
    run.fails(*arguments, says="is there, but not from this install")
    run.fails(*arguments, "--replace-drift", says="--adopt")
    assert run(*arguments, "--adopt").code == 0


def test_a_grantee_that_does_not_exist(fresh: Installed, run: Run) -> None:
    fresh.sql("drop role app")
    says = 'spec.yaml:35:13: role "app" does not exist: create role "app"; or change the grant'
    run.fails("install", fresh.spec, "--dsn", fresh.dsn, "--yes", says=says)
    plan = run("plan", fresh.spec, "--dsn", fresh.dsn)
    assert plan.code == 1
    assert f"! {says}" in plan.out
    assert run("doctor", fresh.spec, "--dsn", fresh.dsn).code == 1


def test_another_install_holds_the_lock(fresh: Installed, run: Run) -> None:
    from udfgen.connect import connect, parse

    with connect(parse(fresh.dsn)) as other, other.lock(1):
        started = time.monotonic()
        more = ("--yes", "--lock-timeout", "0")
        run.fails("install", fresh.spec, "--dsn", fresh.dsn, *more, says="another install holds the lock, waited 0 s")
        assert time.monotonic() - started < 5


def test_call(installed: Installed, run: Run) -> None:
    arguments = ("call", installed.spec, "score_customer", "--dsn", installed.dsn)
    ran = run(*arguments, "customer_id=42", "tier=gold")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[0] == " result"
    assert ran.out.splitlines()[-1] == "(1 row)"
    (row,) = json.loads(run(*arguments, "customer_id=42", "--format", "json").out)
    assert list(row) == ["result"]
    table = json.loads(
        run("call", installed.spec, "recent_orders", "customer_id=42", "--dsn", installed.dsn, "--format", "json").out
    )
    assert list(table[0]) == ["order_id", "placed_at", "total"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["score_customer", "customer_id=-1"], "[udfgen function_error]"),
        (["score_customer", "customer_id=1", "tier=silver"], "[udfgen bad_argument]"),
        (["score_customer", "customer_id=x"], "invalid input syntax for type bigint"),
        (["score_customer", "nosuch=1"], "give each of customer_id, tier at most once"),
        (["score_customer", "customer_id"], "as name=value"),
        (["nosuch"], 'the spec has no function "nosuch"'),
        (["score_customer"], "score_customer needs customer_id: give each as name=value"),
    ],
)
def test_call_that_fails(given: list[str], says: str, installed: Installed, run: Run) -> None:
    run.fails("call", installed.spec, *given, "--dsn", installed.dsn, says=says)


def test_switch(installed: Installed, run: Run) -> None:
    at = (installed.spec, "--dsn", installed.dsn)
    assert run("switch", *at) == Ran(0, "live  score\nlive  orders\nlive  events\n", "")
    assert run("switch", installed.spec, "orders", "--dsn", installed.dsn) == Ran(0, "live  orders\n", "")
    off = run("switch", installed.spec, "score", "off", "--dsn", installed.dsn)
    assert off == Ran(0, "score: live -> off, for every session within a second\n", "")
    again = run("switch", installed.spec, "score", "off", "--dsn", installed.dsn)
    assert again == Ran(0, "nothing changed: it was so before\n", "")
    asked = run("switch", installed.spec, "events", "dry_run", "--dsn", installed.dsn, "--format", "json")
    assert json.loads(asked.out) == {"score": "off", "orders": "live", "events": "dry_run"}
    assert json.loads(run("switch", *at, "--format", "json").out) == json.loads(asked.out)
    one = run("switch", installed.spec, "events", "--dsn", installed.dsn, "--format", "json")
    assert json.loads(one.out) == {"events": "dry_run"}
    refused = run("call", installed.spec, "score_customer", "customer_id=42", "--dsn", installed.dsn)
    assert (refused.code, refused.out) == (1, "")
    assert "[udfgen disabled]" in refused.err
    assert "score: it is switched off: udfgen switch turns it on again" in refused.err
    assert run("switch", installed.spec, "score", "live", "--dsn", installed.dsn).code == 0
    assert run("call", installed.spec, "score_customer", "customer_id=42", "--dsn", installed.dsn).code == 0


def test_status_tells_what_is_not_live_and_takes_it_for_no_difference(installed: Installed, run: Run) -> None:
    at = (installed.spec, "--dsn", installed.dsn)
    assert json.loads(run("status", *at, "--format", "json").out)["not_live"] == {}
    run("switch", installed.spec, "orders", "off", "--dsn", installed.dsn)
    status = run("status", *at)
    assert (status.code, status.out.splitlines()[-1]) == (0, "off  orders")
    assert json.loads(run("status", *at, "--format", "json").out)["not_live"] == {"orders": "off"}
    assert run("plan", *at, "--detailed-exitcode").code == 0


def test_an_install_keeps_what_is_switched(installed: Installed, run: Run) -> None:
    run("switch", installed.spec, "orders", "off", "--dsn", installed.dsn)
    text = installed.spec.read_text(encoding="utf-8").replace("0 to 100", "0 to 99")
    installed.spec.write_text(text, encoding="utf-8")
    assert run("install", installed.spec, "--dsn", installed.dsn, "--yes", "--no-generated").code == 0
    assert "off   orders" in run("switch", installed.spec, "--dsn", installed.dsn).out


def test_switch_of_what_is_not_there(fresh: Installed, run: Run) -> None:
    says = "there is nothing to switch here: install the spec first"
    run.fails("switch", fresh.spec, "--dsn", fresh.dsn, says=says)
    for more in (["score"], ["score", "off"]):
        run.fails("switch", fresh.spec, *more, "--dsn", fresh.dsn, says=says)
    for more in (["scor"], ["scor", "off"]):
        run.fails("switch", fresh.spec, *more, "--dsn", fresh.dsn, says='has no binding "scor": did you mean "score"')


def test_examples(installed: Installed, run: Run) -> None:
    ran = run("test", installed.spec, "--dsn", installed.dsn)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[-1] == "3 passed, 0 failed"
    installed.spec.write_text(
        installed.spec.read_text(encoding="utf-8").replace("result: 87.50", "result: 87.51"), encoding="utf-8"
    )
    bad = run("test", installed.spec, "--dsn", installed.dsn)
    assert bad.code == 1
    assert "BAD  score_customer (spec.yaml:37:9) expected 87.51, got 87.50" in bad.out
    assert bad.out.splitlines()[-1] == "2 passed, 1 failed"


def test_examples_never_run_against_aws(installed: Installed, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    session = "udfgen.dialects.postgresql.session.PostgresqlSession.endpoint"
    monkeypatch.setattr(session, lambda *_: "https://lambda.eu-west-1.amazonaws.com")
    run.fails("test", installed.spec, "--dsn", installed.dsn, says="examples run only against a loopback endpoint")


def test_doctor(fresh: Installed, run: Run) -> None:
    ran = run("doctor", fresh.spec, "--dsn", fresh.dsn)
    assert (ran.code, ran.err) == (0, "")
    assert re.search(r"^ok   binding score: ", ran.out, re.MULTILINE)
    checks = json.loads(run("doctor", fresh.spec, "--dsn", fresh.dsn, "--format", "json").out)
    assert {each["name"] for each in checks} >= {"server", "python", "endpoint", "credentials", "binding events"}
    assert all(each["is_fine"] for each in checks)


def test_colour_on_a_terminal_only(fresh: Installed, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("plan", fresh.spec, "--dsn", fresh.dsn)
    assert "\x1b[" not in run(*arguments).out
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert "\x1b[32m+ create" in run(*arguments).out
    assert "\x1b[" not in run(*arguments, "--format", "json").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in run(*arguments).out


def test_progress_on_a_terminal_only(fresh: Installed, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    ran = run("install", fresh.spec, "--dsn", fresh.dsn, "--yes")
    statements = re.search(r"Installed: (\d+) statements", ran.out)
    assert statements
    assert ran.err.endswith(f"\r{statements[1]}/{statements[1]}\n")


def test_a_password_of_a_database_that_refuses_it(run: Run, spec: Path, postgresql: str) -> None:
    folder = postgresql.partition("host=")[2]
    dsn = f"postgresql://nosuch:{MARK}@/postgres?host={folder}"
    run.fails("plan", spec, "--dsn", dsn, says="cannot connect to postgresql://nosuch:***@/postgres")
