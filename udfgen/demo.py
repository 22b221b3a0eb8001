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


def first_engine() -> str:
    """Return the first engine that the quickstart's spec names."""
    with commands.quickstart() as folder:
        return next(iter(commands.compile_program(commands.read(folder / "spec.yaml")).options))


def run(engine: str, say: Say) -> None:
    """Build, plan, install and call the quickstart on one engine, saying what happens.

    Raises UsageError when the engine has no private server here, or no demonstration; CallError when a call fails
    otherwise than by an error of udfgen's own, which some calls are there to show.
    """
    chosen = dialect.load(engine)
    with tempfile.TemporaryDirectory(prefix="udfgen-demo-") as folder:
        spec = commands.copy_quickstart(Path(folder))
        script = spec.parent / "demo" / f"{engine}.sql"
        if not chosen.has("server"):
            advice = "install the quickstart on a server of yours, as its page says, or choose another --engine"
            raise UsageError(f"there is no private {chosen.title} server: {advice}")
        if not script.exists():
            raise UsageError(f"{chosen.title} has no demonstration yet: choose another --engine")
        _demonstrate(chosen, spec, script, say)


def _demonstrate(chosen: dialect.Dialect, spec: Path, script: Path, say: Say) -> None:
    program = commands.compile_program(commands.read(spec))
    made = commands.make(commands.read(spec), chosen.name)
    _build(spec, chosen, say)
    root = spec.parent / commands.GENERATED
    made, folder = commands.with_compiled(made, root), made.folder(root)
    with local_lambda(program, spec.parent / "handlers", log=lambda line: None) as local:
        say(f"# A Lambda endpoint on the loopback, and a private {chosen.title}\n{local.url}")
        with chosen.part("server").running(local.environment()) as dsn, connect(parse(dsn)) as session:
            session.admit(made.requirements)
            say("$ udfgen plan spec.yaml")
            seen = install.look(made, session)
            say(report.plan_text(seen))
            say("$ udfgen install spec.yaml")
            receipt = install.install(made, session, seen, folder=folder)
            say(f"{receipt.statements} statements{', one transaction' if session.transactional else ''}")
            say("$ udfgen plan spec.yaml\n" + report.plan_text(install.look(made, session)))
            for remark, sql in statements(script.read_text(encoding="utf-8")):
                say(f"-- {remark}\n{sql}\n{_result(session, sql)}")


def _build(spec: Path, chosen: dialect.Dialect, say: Say) -> None:
    written = commands.build(spec, None, [chosen.name], None)
    say(f"$ udfgen build spec.yaml\n{len(written)} files in {written[0].parent.relative_to(spec.parent)}")
    if chosen.compiles:
        compiled = commands.compile_native(spec, None, [chosen.name], None)
        say("\n".join(["$ udfgen compile spec.yaml", *(str(each.relative_to(spec.parent)) for each in compiled)]))


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
