"""The verbs as plain functions: values in, values out. `cli.py` turns flags into these calls and results into text."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

from udfgen import bundle as bundles
from udfgen import dialect, freshness
from udfgen.bundle import Bundle, Difference
from udfgen.errors import MovedError, Problem, SpecError, UsageError
from udfgen.ir import Program
from udfgen.render import Module, render

if TYPE_CHECKING:
    from udfgen.connect import Dsn, Session
    from udfgen.spec.check import Checked

GENERATED = "generated"
SCHEMA = "udfgen.schema.json"
NAMED = 3
"""Files that a message names before it counts the rest."""


@dataclass(frozen=True, slots=True)
class Target:
    """One spec, one environment, one engine, opened: what the verbs that need a database work on."""

    program: Program
    bundle: Bundle
    session: Session
    dsn: Dsn


def read(spec: Path) -> Checked:
    """Read and check a spec's text; SpecError with all that is wrong, UsageError when there is no such file."""
    from udfgen.spec.check import check_file

    return check_file(spec)


def compile_program(checked: Checked, environment: str | None = None) -> Program:
    """Return the program of one environment (None: what stands outside `environments`)."""
    from udfgen.resolve import resolve

    return resolve(checked, environment)


def lower(program: Program, engine: str) -> Module:
    """Return one engine's module; SpecError with what that engine cannot do."""
    module: Module = dialect.load(engine).part("lower").lower(program)
    return module


def make(checked: Checked, engine: str, environment: str | None = None) -> Bundle:
    """Return all that is generated for one engine and environment."""
    return render(lower(compile_program(checked, environment), engine))


def check(spec: Path) -> tuple[Problem, ...]:
    """Return every problem of a spec, warnings included, in file order: text, environments and engines at once."""
    try:
        checked = read(spec)
    except SpecError as error:
        return error.problems
    found = dict.fromkeys(checked.warnings)
    for environment in (None, *environments(checked)):
        program = compile_program(checked, environment)
        for engine in engines(program):
            found |= dict.fromkeys(_lowering_problems(program, engine))
    return tuple(sorted(found, key=lambda problem: (problem.origin, problem.what)))


def _lowering_problems(program: Program, engine: str) -> tuple[Problem, ...]:
    try:
        lower(program, engine)
    except SpecError as error:
        return error.problems
    return ()


def environments(checked: Checked) -> tuple[str, ...]:
    """Return the names of the spec's environments, in its order."""
    return tuple(checked.spec.environments)


def engines(program: Program, chosen: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the engines of the spec, or those chosen of them; UsageError for one that the spec does not name."""
    for name in chosen:
        dialect.load(name)
        if name not in program.options:
            raise UsageError(f'the spec does not name the engine "{name}": add it under engines, or choose another')
    return tuple(name for name in program.options if not chosen or name in chosen)


def bundle_all(spec: Path, root: Path, chosen: Sequence[str], environment: str | None) -> tuple[Bundle, ...]:
    """Return the bundles of a build: one environment when it is named, else the base and what has a folder already."""
    checked = read(spec)
    wanted = (
        [environment] if environment else [None, *(each for each in environments(checked) if (root / each).is_dir())]
    )
    made = []
    for each in wanted:
        program = compile_program(checked, each)
        made += [render(lower(program, engine)) for engine in engines(program, chosen)]
    return tuple(made)


def build(spec: Path, out: Path | None, chosen: Sequence[str], environment: str | None) -> tuple[Path, ...]:
    """Write the generated files; return the paths that changed."""
    root = out or spec.parent / GENERATED
    return _write(bundle_all(spec, root, chosen, environment), root)


def refresh(spec: Path, out: Path | None, chosen: Sequence[str], environment: str | None) -> tuple[Path, ...]:
    """Build, unless the files are what an earlier build of the very same wrote; return the paths that changed."""
    root = out or spec.parent / GENERATED
    request = freshness.Request(spec, root, tuple(chosen), environment)
    given = freshness.inputs(request)
    if freshness.is_fresh(request, given):
        return ()
    made = bundle_all(spec, root, chosen, environment)
    changed = _write(made, root)
    freshness.remember(request, given, made)
    return changed


def _write(made: Sequence[Bundle], root: Path) -> tuple[Path, ...]:
    return tuple(path for each in made for path in bundles.write(each, root))


def build_check(spec: Path, out: Path | None, chosen: Sequence[str], environment: str | None) -> tuple[Difference, ...]:
    """Return how the files on disk differ from what `build` would write, and which compiled texts are stale."""
    root = out or spec.parent / GENERATED
    made = bundle_all(spec, root, chosen, environment)
    return tuple(each for one in made for each in (*bundles.compare(one, root), *bundles.outdated(one, root)))


def compile_native(spec: Path, out: Path | None, chosen: Sequence[str], environment: str | None) -> tuple[Path, ...]:
    """Compile the generated sources of the engines that have some; return the files for the servers.

    Raises MovedError when the files on disk are not what `build` would write, CompileError.
    """
    root = out or spec.parent / GENERATED
    made = [each for each in bundle_all(spec, root, chosen, environment) if dialect.load(each.engine).compiles]
    for each in made:
        require_built(each, root)
    return tuple(path for each in made for path in run_toolchain(each, root))


def run_toolchain(made: Bundle, root: Path) -> tuple[Path, ...]:
    """Compile one bundle's files below `root`, where they were written; none for an engine without a compiler."""
    if not dialect.load(made.engine).compiles:
        return ()
    paths: tuple[Path, ...] = dialect.load(made.engine).part("toolchain").compile(made.folder(root))
    return paths


def with_compiled(made: Bundle, root: Path) -> Bundle:
    """Return a bundle with what was compiled of it below `root`; as it is where that is missing or stale.

    Raises MovedError when a compiled text is not what was compiled.
    """
    if not dialect.load(made.engine).compiles or bundles.outdated(made, root):
        return made
    loaded: Bundle = dialect.load(made.engine).part("toolchain").load(made, made.folder(root))
    return loaded


def require_compiled(made: Bundle, root: Path) -> None:
    """Raise MovedError when a compiled text on disk was compiled of other sources."""
    for each in bundles.outdated(made, root):
        raise MovedError(f"{each.path} was compiled of other sources: run `udfgen compile`, review and check it in")


def require_built(made: Bundle, root: Path) -> None:
    """Raise MovedError unless the files on disk are what `build` would write."""
    _require_same(made, root, "what would be compiled is not what the spec says", "run `udfgen build` first")


def require_reviewed(made: Bundle, root: Path) -> None:
    """Raise MovedError unless the checked-in files are what would be installed."""
    advice = "run `udfgen build`, review and check in the result, or give --no-generated"
    _require_same(made, root, "what would be installed is not what was reviewed", advice)


def _require_same(made: Bundle, root: Path, what: str, advice: str) -> None:
    differences = bundles.compare(made, root)
    if differences:
        names = ", ".join(f"{each.path} is {each.state}" for each in differences[:NAMED])
        more = f" and {len(differences) - NAMED} more" if len(differences) > NAMED else ""
        raise MovedError(f"{what}: {names}{more}; {advice}")


@contextmanager
def target(spec: Path, dsn: Dsn, environment: str | None) -> Iterator[Target]:
    """Compile a spec for the DSN's engine and connect to it."""
    from udfgen.connect import connect

    program = compile_program(read(spec), environment)
    engines(program, [dsn.engine])
    made = render(lower(program, dsn.engine))
    with connect(dsn) as session:
        yield Target(program, made, session, dsn)


def init(folder: Path) -> tuple[Path, ...]:
    """Write a commented spec, its handlers and the schema into a folder; UsageError rather than overwrite a file."""
    from udfgen.spec.schema import text

    with quickstart() as source:
        sources = [source / "spec.yaml", *sorted((source / "handlers").glob("*.py"))]
        contents = {folder / each.relative_to(source): each.read_text(encoding="utf-8") for each in sources}
    contents[folder / "spec.yaml"] = _renamed(contents[folder / "spec.yaml"], folder)
    contents[folder / SCHEMA] = text()
    taken = [str(path) for path in contents if path.exists()]
    if taken:
        raise UsageError(f"not overwritten: {', '.join(taken)}; choose another folder, or move it away")
    for path, content in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return tuple(contents)


def _renamed(spec: str, folder: Path) -> str:
    """Return the example's spec under the folder's name, where that can be a name."""
    name = re.sub(r"[^a-z0-9_]+", "_", folder.resolve().name.lower()).strip("_")
    return spec.replace("quickstart", name) if re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name) else spec


def handler(spec: Path, name: str, environment: str | None) -> str:
    """Return the Lambda side of a function, in Python; UsageError for a function that the spec lacks."""
    from udfgen import handler
    from udfgen.trial import find

    program = compile_program(read(spec), environment)
    return handler.page(program, find(program, name))


def write_new(path: Path, text: str) -> bool:
    """Write a file that is not there, and return whether it was; UsageError where it is there and says other things."""
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        if path.is_file() and path.read_bytes() == text.encode():
            return False
        raise UsageError(f"not overwritten: {path}; it may hold your code: name another file, or remove it") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    return True


@contextmanager
def quickstart() -> Iterator[Path]:
    """Give the folder of the shipped example: the checkout's, or the one in the wheel."""
    with as_file(files("udfgen.examples").joinpath("quickstart")) as folder:
        yield folder


def copy_quickstart(folder: Path) -> Path:
    """Copy the shipped example, without what is generated from it, and return its spec."""
    with quickstart() as source:
        shutil.copytree(source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(GENERATED, "__pycache__"))
    return folder / "spec.yaml"
