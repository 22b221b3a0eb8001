"""What ships, file by file, and that it works from a clean environment: no checkout, no extras, no drivers.

The wheel is built from the sdist, so the sdist is complete as well. `--update-golden` writes the two lists anew.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import udfgen
from tests.conftest import missing, tool
from udfgen import commands

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
COMPILED = re.compile(r"\.(so|o|dll|class|pyc|exe|a)$")


def ran(command: list[str | Path], cwd: Path) -> str:
    """Run a program; return what it said, which stands in the failure otherwise."""
    done = subprocess.run(
        [str(each) for each in command], cwd=cwd, capture_output=True, text=True, check=False, env=clean(), timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def clean() -> dict[str, str]:
    """Return an environment in which nothing leads back to this checkout."""
    kept = (
        "PATH",
        "HOME",
        "LANG",
        "TMPDIR",
        "PIP_INDEX_URL",
        "PIP_CERT",
        "SSL_CERT_FILE",
        "HTTPS_PROXY",
        "https_proxy",
    )
    return {name: os.environ[name] for name in kept if name in os.environ} | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a wheel and an sdist, made from a copy of what git knows or would add."""
    source = tmp_path_factory.mktemp("source")
    names = ran([tool("git", "git"), "-C", ROOT, "ls-files", "-co", "--exclude-standard", "-z"], source).split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    out = tmp_path_factory.mktemp("dist")
    ran([sys.executable, "-m", "build", "--no-isolation", "--outdir", out, source], source)
    return out


def only(paths: Iterator[Path]) -> Path:
    (path,) = paths
    return path


def listed(names: list[str]) -> str:
    """Return the names of files, one a line, without the version."""
    files = sorted(name.replace(udfgen.__version__, "VERSION") for name in names if not name.endswith("/"))
    return "".join(f"{name}\n" for name in files)


def contents(kind: str, folder: Path) -> list[str]:
    if kind == "wheel":
        with zipfile.ZipFile(only(folder.glob("*.whl"))) as wheel:
            return wheel.namelist()
    with tarfile.open(only(folder.glob("*.tar.gz"))) as sdist:
        return [member.name for member in sdist.getmembers() if member.isfile()]


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_exactly_these_files_ship(kind: str, built: Path, request: pytest.FixtureRequest) -> None:
    found = listed(contents(kind, built))
    kept = HERE / f"{kind}.txt"
    if request.config.getoption("--update-golden"):
        kept.write_text(found, encoding="utf-8")
    assert found == kept.read_text(encoding="utf-8")
    assert not [name for name in found.splitlines() if COMPILED.search(name)], "sources ship, not what is made of them"


def test_all_that_a_dialect_reads_ships(built: Path) -> None:
    shipped = set(contents("wheel", built))
    for folder in ("dialects", "native"):
        for path in (ROOT / folder).rglob("*"):
            name = f"udfgen/{path.relative_to(ROOT).as_posix()}"
            if path.is_file() and path.suffix in (".py", ".sql", ".json", ".java", ".txt", ".cpp", ".hpp", ".cs"):
                assert name in shipped


def test_the_wheel_is_for_every_machine(built: Path) -> None:
    assert only(built.glob("*.whl")).name == f"udfgen-{udfgen.__version__}-py3-none-any.whl"


@pytest.fixture(scope="module")
def programs(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a clean environment with the wheel in it."""
    folder = tmp_path_factory.mktemp("clean")
    ran([sys.executable, "-m", "venv", folder], folder)
    command: list[str | Path] = [
        folder / "bin" / "pip",
        "install",
        "--quiet",
        "--no-compile",
        only(built.glob("*.whl")),
    ]
    done = subprocess.run(command, cwd=folder, env=clean(), capture_output=True, text=True, check=False, timeout=120)
    if done.returncode and re.search(r"[Cc]onnection|resolve|No matching distribution", done.stderr):
        missing("pip cannot get udfgen's dependencies from here")
    assert done.returncode == 0, done.stderr
    return folder / "bin"


def test_it_works_where_nothing_else_is(programs: Path, tmp_path: Path) -> None:
    command = programs / "udfgen"
    assert ran([command, "--version"], tmp_path).strip() == udfgen.__version__
    assert "wrote sensors/spec.yaml" in ran([command, "init", "sensors"], tmp_path)
    assert ran([command, "check", "spec.yaml"], tmp_path / "sensors").endswith(": 0 errors, 2 warnings\n")
    ran([command, "build", "spec.yaml"], tmp_path / "sensors")
    assert ran([command, "build", "spec.yaml", "--check"], tmp_path / "sensors") == ""
    assert ran([command, "schema"], tmp_path) == (tmp_path / "sensors" / "udfgen.schema.json").read_text(
        encoding="utf-8"
    )
    assert ran([command, "docs", "spec.yaml"], tmp_path / "sensors").startswith("# sensors\n")


def test_it_builds_the_same_bytes_as_the_checkout(programs: Path, tmp_path: Path) -> None:
    shutil.copy(ROOT / "examples" / "quickstart" / "spec.yaml", tmp_path)
    ran([programs / "udfgen", "build", "spec.yaml"], tmp_path)
    assert commands.build_check(tmp_path / "spec.yaml", None, (), None) == ()


def test_a_driver_that_is_missing_is_named(programs: Path, tmp_path: Path) -> None:
    shutil.copy(ROOT / "examples" / "quickstart" / "spec.yaml", tmp_path)
    command: list[str | Path] = [programs / "udfgen", "plan", "spec.yaml", "--dsn", "postgresql://h/db"]
    done = subprocess.run(command, cwd=tmp_path, env=clean(), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "udfgen: the PostgreSQL driver is not installed: pip install 'udfgen[postgresql]'\n"
