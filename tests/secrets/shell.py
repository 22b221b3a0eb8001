"""The command line in this process, in an environment full of marks: what it says and writes is a run's output."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.secrets.marks import Marks
from tests.secrets.runs import Folder, Ran, hearing
from udfgen import cli, commands
from udfgen.errors import Severity

SPEC = """\
udfgen: 1
name: sensors
aws: {region: eu-west-1, credentials: {source: environment}}
bindings: {score: {function: score-customer, qualifier: live}}
functions:
  f: {binding: score, parameters: {a: {type: text, max_length: 4}}, grant: [app]}
engines: {postgresql: {}, mysql: {}, oracle: {}, sqlserver: {}}
"""

WITH_DATABASE: dict[str, tuple[str, ...]] = {
    "plan": (),
    "install": ("--yes", "--no-generated"),
    "status": (),
    "uninstall": ("--yes",),
    "call": ("f", "a=x"),
    "test": (),
    "doctor": (),
    "switch": ("score", "off"),
}
"""The verbs that need a database, with what each needs beside the spec and the DSN."""

Patch = Callable[[pytest.MonkeyPatch], None]


class Shell:
    """A home with the drivers' files and AWS's, a working folder with a spec, and marks wherever secrets stand."""

    def __init__(self, folder: Path, marks: Marks) -> None:
        self.marks = marks
        self.home, self.work = folder / "home", folder / "work"
        self.work.mkdir()
        self.spec = self.work / "spec.yaml"
        self.spec.write_text(SPEC, encoding="utf-8")
        assert all(each.severity is Severity.WARNING for each in commands.check(self.spec)), "no verb would come far"
        for name, text in home_files(marks).items():
            write(self.home / name, text)
        (self.home / ".pgpass").chmod(0o600)
        self._folder = Folder(self.work)

    def environment(self) -> dict[str, str]:
        """Return the variables that every run has, most of them secrets."""
        return {
            "HOME": str(self.home),
            "AWS_ACCESS_KEY_ID": self.marks["key"],
            "AWS_SECRET_ACCESS_KEY": self.marks["secret"],
            "AWS_SESSION_TOKEN": self.marks["token"],
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": self.marks["grant"],
            "UDFGEN_TRACEBACK": "1",
        }

    def keep(self) -> None:
        """Take the files as they are now for input: what stands in them is no output."""
        self._folder = Folder(self.work)

    def run(
        self,
        area: str,
        name: str,
        *words: str | Path,
        environment: Mapping[str, str] | None = None,
        patch: Patch = lambda _: None,
        meant: Iterable[str] = (),
    ) -> Ran:
        """Run one command."""
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("udfgen.redact._secrets", set())
            patched.chdir(self.work)
            for gone in [each for each in os.environ if each.startswith(("AWS_", "PG", "UDFGEN_", "MYSQL", "TNS"))]:
                patched.delenv(gone)
            for variable, value in (self.environment() | dict(environment or {})).items():
                patched.setenv(variable, value)
            patch(patched)
            with hearing() as heard:
                code = cli.run([str(each) for each in words])
        said = f"{heard.text}\nexit code {code}\n"
        return Ran(area, f"{' '.join(map(str, words))} ({name})", said + self._folder.news(), frozenset(meant))


@contextmanager
def shell(marks: Marks) -> Iterator[Shell]:
    """Make a shell in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="udfgen-secrets-") as folder:
        yield Shell(Path(folder), marks)


def quickstart(opened: Shell) -> Path:
    """Return the spec of a copy of the example, built, which is no output of later runs."""
    spec = commands.copy_quickstart(opened.work / "quickstart")
    text = (
        spec.read_text(encoding="utf-8")
        .replace("retries: 2", "retries: 0")
        .replace("invoke: async ", "timeout: 1s\n    invoke: async ")
    )
    spec.write_text(re.sub("timeout: [35]s", "timeout: 1s", text), encoding="utf-8")
    commands.build(spec, None, (), None)
    opened.keep()
    return spec


def home_files(marks: Marks) -> dict[str, str]:
    """Return the files below a home that hold passwords and keys."""
    keys = f"aws_access_key_id={marks['key']}\naws_secret_access_key={marks['secret']}\n"
    return {
        ".pgpass": f"*:*:*:*:{marks['filed']}\n",
        ".my.cnf": f"[client]\nuser=filed\npassword={marks['filed']}\n",
        ".aws/credentials": f"[default]\n{keys}aws_session_token={marks['token']}\n",
        "wallet/ewallet.pem": f"-----BEGIN ENCRYPTED PRIVATE KEY-----\n{marks['filed']}\n",
        "wallet/tnsnames.ora": "sales = (description = (address = x\n",
    }


def write(path: Path, text: str) -> Path:
    """Write a file and the folders above it; return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def dsns(scheme: str, place: str, marks: Marks, more: str = "") -> dict[str, str]:
    """Return the DSNs of a place that carry a password, in every form of carrying one."""
    odd, end = quote(marks["odd"], safe=""), f"?{more}" if more else ""
    lower = "".join(f"%{each:02x}" for each in marks["odd"].encode())
    join = f"{end}&" if end else "?"
    return {
        "a password": f"{scheme}://u:{marks['password']}@{place}{end}",
        "an odd password": f"{scheme}://u:{odd}@{place}{end}",
        "percents in lower case": f"{scheme}://u:{lower}@{place}{end}",
        "an option": f"{scheme}://u:{marks['password']}@{place}{join}password={marks['listed']}",
        "an option for TLS": f"{scheme}://u:{odd}@{place}{join}sslpassword={marks['listed']}",
        "the option of a wallet": f"{scheme}://u:{odd}@{place}{join}Wallet_Password={marks['listed']}",
        "a file": f"{scheme}://u@{place}{end}",
    }
