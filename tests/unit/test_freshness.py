"""A build that has nothing to do is told by its record; whatever differs, by one byte, is compiled again."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from udfgen import commands, freshness
from udfgen.bundle import MARK
from udfgen.errors import SpecError, UsageError

ROOT = Path(__file__).resolve().parents[2]
SPEC = """
udfgen: 1
name: sensors
aws: {region: eu-west-1}
bindings: {score: {function: score-customer, qualifier: live}}
functions:
  secret_name:
    binding: score
    parameters: {a: bigint}
    grant: [app]
engines: {postgresql: {}, sqlserver: {}}
environments:
  dev: {bindings: {score: {qualifier: $LATEST}}}
"""
OTHERS = MARK + b": what another spec left here\n"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty cache folder."""
    monkeypatch.setenv(freshness.CACHE_HOME, str(tmp_path / "cache"))
    return tmp_path / "cache" / "udfgen"


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """Give a spec that was built once."""
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC, encoding="utf-8")
    assert refresh(path)
    return path


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch, spec: Path) -> list[Path]:
    """Give a list that gets the spec of each build that compiles."""
    seen: list[Path] = []
    compile_all = commands.bundle_all

    def watched(spec: Path, *more: object) -> object:
        seen.append(spec)
        return compile_all(spec, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(commands, "bundle_all", watched)
    return seen


def refresh(spec: Path, *engines: str, environment: str | None = None) -> list[str]:
    root = spec.parent / commands.GENERATED
    return [path.relative_to(root).as_posix() for path in commands.refresh(spec, None, engines, environment)]


def script(spec: Path) -> Path:
    return spec.parent / commands.GENERATED / "postgresql" / "install.sql"


def test_a_build_that_changes_nothing_compiles_nothing(spec: Path, compilations: list[Path]) -> None:
    assert refresh(spec) == []
    assert compilations == []


def test_what_is_compiled_again_is_remembered_again(spec: Path, compilations: list[Path]) -> None:
    spec.write_text(SPEC.replace("bigint", "integer"), encoding="utf-8")
    assert "postgresql/install.sql" in refresh(spec)
    assert refresh(spec) == []
    assert compilations == [spec]


def edit(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"secret_name", b"secret_nama", 1))


DAMAGES: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "edited": (edit, ["postgresql/install.sql"]),
    "cut": (lambda path: path.write_bytes(path.read_bytes()[:-1]), ["postgresql/install.sql"]),
    "missing": (Path.unlink, ["postgresql/install.sql"]),
    "renamed": (lambda path: path.rename(path.with_name("was.sql")), ["postgresql/install.sql", "postgresql/was.sql"]),
    "extra": (lambda path: path.with_name("more.sql").write_bytes(OTHERS), ["postgresql/more.sql"]),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_files_that_are_not_as_they_were_are_put_right(damage: str, spec: Path, compilations: list[Path]) -> None:
    before = script(spec).read_bytes()
    spoil, touched = DAMAGES[damage]
    spoil(script(spec))
    assert refresh(spec) == touched
    assert script(spec).read_bytes() == before
    assert compilations == [spec]


def test_a_file_of_others_is_refused_as_ever(spec: Path) -> None:
    script(spec).with_name("mine.txt").write_text("precious", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(UsageError, match=r"mine\.txt was not written by udfgen"):
            refresh(spec)


def test_a_spec_that_no_longer_holds_is_refused_as_ever(spec: Path) -> None:
    spec.write_text(SPEC.replace("bigint", "bigger"), encoding="utf-8")
    for _ in range(2):
        with pytest.raises(SpecError, match="bigger"):
            refresh(spec)


def test_a_comment_in_the_spec_counts(spec: Path, compilations: list[Path]) -> None:
    """It moves lines, and headings name them."""
    spec.write_text("# more\n" + SPEC, encoding="utf-8")
    assert refresh(spec) != []


def test_each_choice_of_engines_and_environment_has_its_record(spec: Path, compilations: list[Path]) -> None:
    root = spec.parent / commands.GENERATED
    assert refresh(spec, "postgresql") == []
    assert [path.split("/")[0] for path in refresh(spec, "postgresql", environment="dev")] == ["dev", "dev"]
    del compilations[:]
    assert refresh(spec, "postgresql", environment="dev") == refresh(spec, "postgresql") == []
    (root / "dev" / "postgresql" / "install.sql").unlink()
    assert refresh(spec, "postgresql", environment="dev") == ["dev/postgresql/install.sql"]


def test_an_environment_is_built_once_it_has_a_folder(spec: Path, compilations: list[Path]) -> None:
    (spec.parent / commands.GENERATED / "dev").mkdir()
    assert {path.split("/")[0] for path in refresh(spec)} == {"dev"}
    assert refresh(spec) == []
    assert compilations == [spec]


def test_another_folder_knows_nothing_of_this_one(spec: Path, tmp_path: Path) -> None:
    assert commands.refresh(spec, tmp_path / "other", (), None) != ()


def test_a_compiled_text_is_the_compilers_affair(spec: Path, compilations: list[Path]) -> None:
    """As in a comparison: `build` neither writes nor removes it."""
    assembly = spec.parent / commands.GENERATED / "sqlserver" / "assembly.sql"
    assembly.write_bytes(OTHERS)
    assert refresh(spec) == []
    assert compilations == []
    assert [each.verb for each in commands.build_check(spec, None, (), None)] == ["compile"]


def test_a_check_goes_by_no_record(spec: Path, home: Path) -> None:
    """Who may write to the cache folder may lie to `build`, never to what CI asks before an install."""
    edit(script(spec))
    (path,) = home.iterdir()
    record = json.loads(path.read_text(encoding="utf-8"))
    record["files"]["postgresql/install.sql"] = freshness._digest(script(spec).read_bytes())
    path.write_text(json.dumps(record), encoding="utf-8")
    assert refresh(spec) == []
    assert [each.path for each in commands.build_check(spec, None, (), None)] == [script(spec)]


def test_a_spec_that_changes_while_it_is_built_is_not_remembered(
    spec: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its digest was taken before, its text may have been read after."""
    (path,) = home.iterdir()
    path.unlink()
    compile_all = commands.bundle_all

    def meanwhile(*given: object) -> object:
        spec.write_text("# meanwhile\n" + SPEC, encoding="utf-8")
        return compile_all(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(commands, "bundle_all", meanwhile)
    assert refresh(spec) != []
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '"x"', '{"inputs": 1}', "\udcff", "[" * 9000])
def test_a_damaged_record_is_none(text: str, spec: Path, home: Path, compilations: list[Path]) -> None:
    (path,) = home.iterdir()
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    assert refresh(spec) == []
    assert compilations == [spec]
    assert refresh(spec) == []
    assert compilations == [spec]


def test_without_a_cache_folder_every_build_compiles(spec: Path, home: Path, compilations: list[Path]) -> None:
    home.rename(home.with_name("away"))
    home.write_text("in the way", encoding="utf-8")
    assert refresh(spec) == refresh(spec) == []
    assert compilations == [spec, spec]


def test_a_record_holds_digests_and_paths_in_the_folder(spec: Path, home: Path) -> None:
    (path,) = home.iterdir()
    record = path.read_text(encoding="utf-8")
    assert "postgresql/install.sql" in record
    assert "secret_name" not in record
    assert str(spec.parent) not in record


def test_records_that_nobody_renews_are_swept(spec: Path, home: Path) -> None:
    old, recent = home / "old.json", home / "recent.json"
    for path, age in ((old, freshness.KEPT + 60), (recent, freshness.KEPT - 60)):
        path.touch()
        os.utime(path, (time.time() - age,) * 2)
    refresh(spec, "postgresql")
    assert recent.exists()
    assert not old.exists()


@pytest.mark.parametrize("given", ["", "relative/cache"])
def test_a_relative_cache_folder_counts_for_nothing(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(freshness.CACHE_HOME, given)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert freshness._home() == tmp_path / ".cache" / "udfgen"


def test_the_compiler_is_every_file_that_a_build_can_read() -> None:
    folders = [ROOT / name for name in ("udfgen", "dialects", "native")]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert set(freshness._compiler()) == {path for path in files if path.parent.name != "__pycache__"}
    assert len(files) > 300


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a file of a compiler that can be changed."""
    package = tmp_path / "small_compiler"
    (package / "templates").mkdir(parents=True)
    (package / "__init__.py").touch()
    path = package / "templates" / "wrapper.sql"
    path.write_text("select 1", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "small_compiler", raising=False)
    monkeypatch.setattr(freshness, "PACKAGES", ("small_compiler",))
    return path


def test_another_compiler_has_other_inputs(template: Path, spec: Path) -> None:
    request = freshness.Request(spec, spec.parent / commands.GENERATED)
    seen = [freshness.inputs(request)]
    template.write_text("select 2", encoding="utf-8")
    seen.append(freshness.inputs(request))
    template.with_name("native.cs").write_text("class Core {}", encoding="utf-8")
    seen.append(freshness.inputs(request))
    template.rename(template.with_name("other.sql"))
    seen.append(freshness.inputs(request))
    assert len({*seen} - {None}) == len(seen)


def test_what_python_keeps_of_a_compiler_does_not_count(template: Path, spec: Path) -> None:
    request = freshness.Request(spec, spec.parent / commands.GENERATED)
    assert [*freshness._compiler()] == [template.parents[1] / "__init__.py", template]
    before = freshness.inputs(request)
    (template.parent / "__pycache__").mkdir()
    (template.parent / "__pycache__" / "wrapper.pyc").touch()
    os.utime(template, (0, 0))
    assert freshness.inputs(request) == before


def test_other_libraries_and_another_python_have_other_inputs(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = freshness.Request(spec, spec.parent / commands.GENERATED)
    seen = [freshness.inputs(request)]
    monkeypatch.setattr(freshness, "version", lambda name: "9.9" if name == "jinja2" else "1.0")
    seen.append(freshness.inputs(request))
    monkeypatch.setattr(sys, "version", "3.99")
    seen.append(freshness.inputs(request))
    assert len({*seen} - {None}) == len(seen)


def test_the_libraries_are_those_of_every_install() -> None:
    names = {each.split()[0] for each in freshness._libraries()}
    assert {"jinja2", "pydantic", "pyyaml", "sqlglot"} <= names
    assert not names & {"pytest", "psycopg", "boto3"}


def test_a_spec_that_is_not_there_has_no_inputs(tmp_path: Path) -> None:
    assert freshness.inputs(freshness.Request(tmp_path / "none.yaml", tmp_path)) is None
    with pytest.raises(UsageError, match=r"none\.yaml: cannot be read"):
        commands.refresh(tmp_path / "none.yaml", None, (), None)
