"""The main job from end to end, on a private server and the local Lambda endpoint; nothing stays behind."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from udfgen import commands, dialect, install, report
from udfgen.connect import Session, connect, parse
from udfgen.errors import CallError, UsageError
from udfgen.serve import local_lambda

Say = Callable[[str], None]

CALLS, TRIGGER = "demo", "trigger"
"""Folders of the example that have a script for each engine: calls, and what fires the trigger."""


def first_engine() -> str:
    """Return the first engine that the quickstart's spec names."""
    with commands.quickstart() as folder:
        return next(iter(commands.compile_program(commands.read(folder / "spec.yaml")).options))


def run(engine: str, say: Say) -> None:
    """Build, plan, install and call the quickstart on one engine, then with a trigger, saying what happens.

    Raises UsageError when the engine has no private server here, or no demonstration; CallError when a call fails
    otherwise than by an error of udfgen's own, which some calls are there to show.
    """
    chosen = dialect.load(engine)
    with tempfile.TemporaryDirectory(prefix="udfgen-demo-") as folder:
        spec = commands.copy_quickstart(Path(folder))
        if not chosen.has("server"):
            advice = "install the quickstart on a server of yours, as its page says, or choose another --engine"
            raise UsageError(f"there is no private {chosen.title} server: {advice}")
        if not _script(spec, CALLS, chosen).exists():
            raise UsageError(f"{chosen.title} has no demonstration yet: choose another --engine")
        _demonstrate(chosen, spec, say)


def _demonstrate(chosen: dialect.Dialect, spec: Path, say: Say) -> None:
    checked = commands.read(spec)
    with local_lambda(commands.compile_program(checked), spec.parent / "handlers", log=lambda line: None) as local:
        say(f"# A Lambda endpoint on the loopback, and a private {chosen.title}\n{local.url}")
        with chosen.part("server").running(local.environment()) as dsn, connect(parse(dsn)) as session:
            session.admit(commands.make(checked, chosen.name).requirements)
            _install(chosen, spec, session, say)
            _run(_script(spec, CALLS, chosen), session, say)
            _add_trigger(spec, say)
            _install(chosen, spec, session, say)
            called = len(local.invocations)
            _run(_script(spec, TRIGGER, chosen), session, say)
            for each in local.invocations[called:]:
                say(f"# {each.function} was sent\n{each.payload.decode()}")


def _script(spec: Path, part: str, chosen: dialect.Dialect) -> Path:
    return spec.parent / part / f"{chosen.name}.sql"


def _add_trigger(spec: Path, say: Say) -> None:
    """Let the spec say a trigger as well."""
    added = spec.with_name(f"{TRIGGER}.yaml").read_text(encoding="utf-8")
    spec.write_text(spec.read_text(encoding="utf-8") + added, encoding="utf-8")
    say(f"$ cat {TRIGGER}.yaml >>spec.yaml\n{added.strip()}")


def _install(chosen: dialect.Dialect, spec: Path, session: Session, say: Say) -> None:
    """Build, compile where the engine needs it, plan and install, and see that nothing is left to do."""
    _build(spec, chosen, say)
    root = spec.parent / commands.GENERATED
    made = commands.with_compiled(commands.make(commands.read(spec), chosen.name), root)
    seen = install.look(made, session)
    say(f"$ udfgen plan spec.yaml\n{report.plan_text(seen)}")
    receipt = install.install(made, session, seen, folder=made.folder(root))
    once = ", one transaction" if session.transactional else ""
    say(f"$ udfgen install spec.yaml\n{receipt.statements} statements{once}")
    say(f"$ udfgen plan spec.yaml\n{report.plan_text(install.look(made, session))}")


def _build(spec: Path, chosen: dialect.Dialect, say: Say) -> None:
    written = commands.build(spec, None, [chosen.name], None)
    say(f"$ udfgen build spec.yaml\n{len(written)} files in {written[0].parent.relative_to(spec.parent)}")
    if chosen.compiles:
        compiled = commands.compile_native(spec, None, [chosen.name], None)
        say("\n".join(["$ udfgen compile spec.yaml", *(str(each.relative_to(spec.parent)) for each in compiled)]))


def _run(script: Path, session: Session, say: Say) -> None:
    for remark, sql in statements(script.read_text(encoding="utf-8")):
        say(f"-- {remark}\n{sql}\n{_result(session, sql)}")


def _result(session: Session, sql: str) -> str:
    try:
        names, rows = session.rows(sql)
    except CallError as error:
        if error.code is None:
            raise
        return f"ERROR: {error}"
    return report.table_text(names, rows) if names else "Done: it returns nothing."


def statements(script: str) -> Iterator[tuple[str, str]]:
    """Yield (remark, statement) from a demonstration: comment lines, then SQL up to a blank line."""
    for block in re.split(r"\n\s*\n", script.strip()):
        lines = block.splitlines()
        remark = " ".join(line.removeprefix("-- ") for line in lines if line.startswith("--"))
        yield remark, "\n".join(line for line in lines if not line.startswith("--"))
