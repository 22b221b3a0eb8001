"""The command line: flags in, one call, text and an exit code out. The only module that prints or exits.

Exit codes: 0 done or nothing to do; 1 wrong use, bad spec or failure; 2 differences found.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

import udfgen
from udfgen.errors import RefusedError, Severity, SpecError, UdfgenError, UsageError
from udfgen.redact import hide_likely, redact
from udfgen.state import Mode

if TYPE_CHECKING:
    from udfgen.bundle import Bundle
    from udfgen.connect import Dsn, Session
    from udfgen.plan import Plan, Verdict

DONE, FAILED, DIFFERENT = 0, 1, 2
INTERRUPTED = 130  # what typer makes of Ctrl-C; people get FAILED

app = typer.Typer(
    name="udfgen",
    help="One YAML spec, typed SQL functions that call AWS Lambda.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


class Format(str, Enum):
    """For people, or for a machine."""

    TEXT = "text"
    JSON = "json"


class CheckFormat(str, Enum):
    """For people, for a machine, or for a code host's annotations."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


class IamFormat(str, Enum):
    """As IAM takes it, or for what makes roles."""

    JSON = "json"
    TERRAFORM = "terraform"
    CLOUDFORMATION = "cloudformation"


Spec = Annotated[Path, typer.Argument(metavar="SPEC", help="The spec, a YAML file.", show_default=False)]
DsnText = Annotated[str | None, typer.Option("--dsn", metavar="DSN", help="Database, as engine://user@host/database.")]
DsnEnv = Annotated[str | None, typer.Option("--dsn-env", metavar="NAME", help="Variable with the DSN [UDFGEN_DSN].")]
Env = Annotated[str | None, typer.Option("--env", metavar="NAME", help="Environment of the spec.")]
Engines = Annotated[list[str] | None, typer.Option("--engine", metavar="E", help="Only this engine; may be repeated.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder [generated/ beside the spec].")]
As = Annotated[Format, typer.Option("--format", help="text or json.", show_default=False)]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
CheckOnly = Annotated[bool, typer.Option("--check", help="Write nothing; exit 2 when files differ.")]
Detailed = Annotated[bool, typer.Option("--detailed-exitcode", help="Exit 2 when there is work.")]
PlanOut = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Keep the plan for install --plan.")]
PlanFile = Annotated[Path | None, typer.Option("--plan", metavar="FILE", help="Install exactly this kept plan.")]
PluginDir = Annotated[
    Path | None,
    typer.Option("--plugin-dir", metavar="DIR", help="The server's library folder, as seen from here [asked]."),
]
Generated = Annotated[Path | None, typer.Option("--generated", metavar="DIR", help="The checked-in folder.")]
NoGenerated = Annotated[bool, typer.Option("--no-generated", help="Do not compare with checked-in files.")]
Name = Annotated[str, typer.Argument(metavar="FUNCTION", help="A function of the spec.", show_default=False)]
BindingName = Annotated[
    str | None,
    typer.Argument(metavar="[BINDING]", help="A binding of the spec; without it, all are listed.", show_default=False),
]
NewMode = Annotated[Mode | None, typer.Argument(metavar="[MODE]", help="live, dry_run or off; without it, what it is.")]
IamAs = Annotated[IamFormat, typer.Option("--format", metavar="FORMAT", help="json, terraform or cloudformation.")]
Given = Annotated[list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="Arguments of the call.")]
Handlers = Annotated[Path | None, typer.Option("--handlers", metavar="DIR", help="[handlers/ beside the spec]")]
Port = Annotated[int, typer.Option("--port", metavar="N", min=0, max=65535, help="0 takes a free one.")]
Faults = Annotated[Path | None, typer.Option("--faults", metavar="FILE", help="Rules for failing on purpose.")]
Stage = Annotated[str, typer.Option("--stage", metavar="NAME", help="document, spec, program, module or bundle.")]
PageOut = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="[standard output]")]
CheckAs = Annotated[CheckFormat, typer.Option("--format", help="text, json or sarif.")]
LockTimeout = Annotated[int, typer.Option("--lock-timeout", metavar="S", min=0, help="Seconds to wait for the lock.")]
ReplaceDrift = Annotated[bool, typer.Option("--replace-drift", help="Overwrite what was changed by hand.")]
Adopt = Annotated[bool, typer.Option("--adopt", help="Take over objects that this install did not make.")]


def main() -> NoReturn:
    """Run the command line and exit."""
    # What a compiler makes lives until it ends: to look for cycles as often as usual takes a third of a build.
    gc.set_threshold(100_000, 50, 50)
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; return its exit code. Whatever goes wrong is told in redacted lines on stderr."""
    for each in arguments:
        hide_likely(each)
    try:
        code = int(app(arguments, standalone_mode=False, prog_name="udfgen") or DONE)
    except UdfgenError as error:
        return _fail(error)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except SystemExit:
        return DONE  # typer leaves so when the reader of a pipe has gone: nothing more can be said
    except Exception as error:
        return _unforeseen(error)
    if code == INTERRUPTED:
        _tell("interrupted")
        return FAILED
    return code


def _fail(error: UdfgenError) -> int:
    if isinstance(error, SpecError):
        for problem in error.problems:
            _tell(str(problem), prefix="")
    else:
        for line in str(error).splitlines():
            _tell(line)
    return FAILED


def _unforeseen(error: Exception) -> int:
    """Tell of a file that cannot be used, of a wrong command line (typer's own exceptions), or of a defect of ours."""
    if isinstance(error, OSError) and error.filename is not None:
        _tell(f"{error.filename}: {error.strerror}: choose another path, or change its permissions")
        return FAILED
    code = getattr(error, "exit_code", None)
    if code is None:
        _tell(f"a defect of udfgen, please report it: {type(error).__name__}: {error}")
        if os.environ.get("UDFGEN_TRACEBACK"):
            import traceback

            _tell(traceback.format_exc())
        return FAILED
    message = getattr(error, "format_message", lambda: "")()
    if message:
        _tell(message, prefix="" if message.startswith("Usage:") else "udfgen: ")
    return DONE if code == 0 else FAILED


def _tell(text: str, prefix: str = "udfgen: ") -> None:
    typer.echo(redact(f"{prefix}{text}"), err=True)


def _say(text: str) -> None:
    typer.echo(redact(text))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _version(wanted: bool) -> None:
    if wanted:
        _say(udfgen.__version__)
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")]


@app.callback()
def _root(
    version: Version = False,
) -> None:
    pass


@app.command()
def init(folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to write.")] = Path()) -> None:
    """Write a commented spec, handlers, and the schema that editors use."""
    from udfgen import commands

    for path in commands.init(folder):
        _say(f"wrote {path}")


@app.command()
def check(spec: Spec, format: CheckAs = CheckFormat.TEXT) -> int:
    """Check a spec without a database: every problem at once, all environments, all engines."""
    from udfgen import commands, report

    problems = commands.check(spec)
    errors = [each for each in problems if each.severity is Severity.ERROR]
    if format is CheckFormat.JSON:
        _say(report.problems_json(problems))
    elif format is CheckFormat.SARIF:
        _say(report.problems_sarif(problems))
    else:
        for problem in problems:
            _tell(str(problem), prefix="")
        _say(f"{spec}: {_count(len(errors), 'error')}, {_count(len(problems) - len(errors), 'warning')}")
    return FAILED if errors else DONE


@app.command()
def build(
    spec: Spec,
    out: Out = None,
    engine: Engines = None,
    env: Env = None,
    check: CheckOnly = False,
) -> int:
    """Write the generated files, to be reviewed and checked in."""
    from udfgen import commands

    if check:
        differences = commands.build_check(spec, out, engine or (), env)
        for each in differences:
            _say(f"{each.path} is {each.state}: run udfgen {each.verb}")
            if each.diff:
                _say(each.diff)
        return DIFFERENT if differences else DONE
    changed = commands.refresh(spec, out, engine or (), env)
    for path in changed:
        _say(f"{'wrote' if path.exists() else 'removed'} {path}")
    if not changed:
        _say("nothing changed")
    return DONE


@app.command("compile")
def compile_(spec: Spec, out: Out = None, engine: Engines = None, env: Env = None) -> int:
    """Compile the generated sources of the engines that have some, for their servers to load."""
    from udfgen import commands

    compiled = commands.compile_native(spec, out, engine or (), env)
    for path in compiled:
        _say(f"compiled {path}")
    if not compiled:
        _say("nothing to compile: the engines of this spec need no compiler")
    return DONE


@app.command()
def plan(
    spec: Spec,
    dsn: DsnText = None,
    dsn_env: DsnEnv = None,
    env: Env = None,
    plugin_dir: PluginDir = None,
    detailed_exitcode: Detailed = False,
    out: PlanOut = None,
    format: As = Format.TEXT,
) -> int:
    """Show what an install would change. Changes nothing."""
    from udfgen import commands, install

    with commands.target(spec, _dsn(dsn, dsn_env, plugin_dir), env) as target:
        bundle = commands.with_compiled(target.bundle, spec.parent / commands.GENERATED)
        made = install.look(bundle, target.session)
    if out is not None:
        _write(out, json.dumps(made.facts(), indent=2))
    _show(made, format)
    if made.problems:
        return FAILED
    return DIFFERENT if detailed_exitcode and made.work else DONE


@app.command("install")
def install_(
    spec: Spec,
    dsn: DsnText = None,
    dsn_env: DsnEnv = None,
    env: Env = None,
    yes: Yes = False,
    plugin_dir: PluginDir = None,
    plan: PlanFile = None,
    replace_drift: ReplaceDrift = False,
    adopt: Adopt = False,
    lock_timeout: LockTimeout = 60,
    generated: Generated = None,
    no_generated: NoGenerated = False,
) -> int:
    """Make the database what the spec says, in one transaction where the engine can; again and again."""
    from udfgen import commands, install

    root = generated or spec.parent / commands.GENERATED
    with commands.target(spec, _dsn(dsn, dsn_env, plugin_dir), env) as target:
        if not no_generated:
            commands.require_reviewed(target.bundle, root)
        commands.require_compiled(target.bundle, root)
        bundle = commands.with_compiled(target.bundle, root)
        allowed = _allowed(replace_drift, adopt)
        seen = install.look(bundle, target.session)
        if plan is not None:
            install.require_same(seen, _kept(plan))
        _show(seen, Format.TEXT, allowed)
        folder = bundle.folder(root)
        install.check(seen, allowed, folder)
        if not seen.work or not _agreed(yes or plan is not None, f"Install into {target.dsn}?"):
            return DONE
        return _apply(bundle, target.session, seen, allowed, folder, lock_timeout)


def _apply(
    bundle: Bundle, session: Session, seen: Plan, allowed: frozenset[Verdict], folder: Path, lock_timeout: float
) -> int:
    from udfgen import install

    receipt = install.install(
        bundle,
        session,
        seen,
        allowed=allowed,
        folder=folder,
        lock_timeout=lock_timeout,
        progress=_progress,
    )
    _warn(receipt.warnings)
    _say(f"Installed: {receipt.statements} statements.")
    return DONE


@app.command()
def status(spec: Spec, dsn: DsnText = None, dsn_env: DsnEnv = None, env: Env = None, format: As = Format.TEXT) -> int:
    """Tell whether the database is what the spec says; exit 2 when it is not."""
    from udfgen import commands, install, report, switch

    with commands.target(spec, _dsn(dsn, dsn_env), env) as target:
        made = install.look(target.bundle, target.session)
        modes = switch.not_live(target.program, target.bundle, target.session, made)
    if format is Format.JSON:
        _say(report.json_text(made.facts() | {"not_live": modes}))
    else:
        _say("\n".join(filter(None, [report.plan_text(made, _colour()), report.modes_text(modes)])))
    return DONE if made.is_done else DIFFERENT


@app.command()
def uninstall(
    spec: Spec,
    dsn: DsnText = None,
    dsn_env: DsnEnv = None,
    env: Env = None,
    yes: Yes = False,
    plugin_dir: PluginDir = None,
    lock_timeout: LockTimeout = 60,
) -> int:
    """Remove all that was installed from the spec, and nothing else."""
    from udfgen import commands, install

    with commands.target(spec, _dsn(dsn, dsn_env, plugin_dir), env) as target:
        seen = install.look_removal(target.bundle, target.session)
        if not seen.changes:
            _say("Nothing to remove: no install of this spec is recorded here.")
            return DONE
        _show(seen, Format.TEXT)
        _say("With them goes what was made for them and nobody else uses: registry, rights, schema, role, extension.")
        if not _agreed(yes, f"Remove from {target.dsn}?"):
            return DONE
        receipt = install.uninstall(target.bundle, target.session, seen, lock_timeout=lock_timeout)
    _warn(receipt.warnings)
    _say("Removed.")
    return DONE


@app.command()
def call(
    spec: Spec,
    function: Name,
    arguments: Given = None,
    dsn: DsnText = None,
    dsn_env: DsnEnv = None,
    env: Env = None,
    format: As = Format.TEXT,
) -> int:
    """Call an installed function through SQL and print what comes back."""
    from udfgen import commands, report, trial

    with commands.target(spec, _dsn(dsn, dsn_env), env) as target:
        called, given = trial.request(target.program, function, arguments or [])
        rows = target.session.call(target.program, called, given)
    names = tuple(trial.columns(called))
    if format is Format.JSON:
        _say(report.json_text([dict(row) for row in rows]))
    else:
        _say(report.table_text(names, [tuple(row[name] for name in names) for row in rows]))
    return DONE


@app.command("switch")
def switch_(
    spec: Spec,
    binding: BindingName = None,
    mode: NewMode = None,
    dsn: DsnText = None,
    dsn_env: DsnEnv = None,
    env: Env = None,
    format: As = Format.TEXT,
) -> int:
    """Turn a binding off, into a dry run, or live again, without an install; or tell what they are."""
    from udfgen import commands, report, switch

    with commands.target(spec, _dsn(dsn, dsn_env), env) as target:
        if binding is None or mode is None:
            before = after = switch.modes(target.program, target.bundle, target.session, binding)
        else:
            before, after = switch.turn(target.program, target.bundle, target.session, binding, mode)
    if format is Format.JSON:
        _say(report.json_text(after))
    else:
        _say(report.modes_text(after) if mode is None else report.switched_text(before, after))
    return DONE


@app.command("test")
def run_examples(spec: Spec, dsn: DsnText = None, dsn_env: DsnEnv = None, env: Env = None) -> int:
    """Run the spec's examples through SQL, against a loopback Lambda endpoint only."""
    from udfgen import commands, report, trial

    with commands.target(spec, _dsn(dsn, dsn_env), env) as target:
        outcomes = []
        for outcome in trial.run(target.program, target.bundle, target.session):
            _say(report.outcome_text(outcome))
            outcomes.append(outcome)
    bad = sum(not outcome.is_fine for outcome in outcomes)
    _say(f"{len(outcomes) - bad} passed, {bad} failed")
    return FAILED if bad else DONE


@app.command()
def local(
    spec: Spec,
    env: Env = None,
    handlers: Handlers = None,
    port: Port = 9001,
    faults: Faults = None,
) -> int:
    """Serve the spec's Lambda functions on 127.0.0.1 until interrupted."""
    import signal
    import threading

    from udfgen import commands, serve

    program = commands.compile_program(commands.read(spec), env)
    rules = serve.load_faults(faults)
    if handlers is not None and not handlers.is_dir():
        raise UsageError(f"{handlers} is no folder: name the one with a file per Lambda function")
    folder = handlers or spec.parent / "handlers"
    with serve.local_lambda(
        program, folder, port=port, faults=rules, log=lambda line: _tell(line, prefix="")
    ) as endpoint:
        _say("# Give these to the database server's process, then restart it; Ctrl-C ends the endpoint.")
        for name, value in endpoint.environment().items():
            typer.echo(f"export {name}={value}")
        sys.stdout.flush()
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # a service manager's way of saying Ctrl-C
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            _tell("stopped", prefix="")
    return DONE


@app.command()
def demo(engine: Annotated[str | None, typer.Option("--engine", metavar="E", help="Which engine.")] = None) -> int:
    """Do the main job on a private throw-away server: build, plan, install, call."""
    from udfgen import demo

    demo.run(engine or demo.first_engine(), _say)
    return DONE


@app.command()
def explain(
    spec: Spec,
    stage: Stage = "program",
    engine: Engines = None,
    env: Env = None,
) -> int:
    """Print a stage between the text and the generated files, as JSON."""
    from udfgen import explain, report

    _say(report.json_text(explain.stage(stage, spec, env, tuple(engine or ()))))
    return DONE


@app.command()
def schema() -> int:
    """Print the JSON Schema of a spec, for editors."""
    from udfgen.spec import schema

    typer.echo(schema.text(), nl=False)
    return DONE


@app.command("iam")
def iam_(spec: Spec, env: Env = None, format: IamAs = IamFormat.JSON) -> int:
    """Print the IAM policy for exactly the spec's functions, and the trust policy of an EC2 instance."""
    from udfgen import commands, iam

    program = commands.compile_program(commands.read(spec), env)
    _say(iam.FORMATS[format.value](program))
    _warn(iam.warnings(program))
    return DONE


@app.command()
def doctor(spec: Spec, dsn: DsnText = None, dsn_env: DsnEnv = None, env: Env = None, format: As = Format.TEXT) -> int:
    """Look at the server, its credentials and every binding (by DryRun) from inside the database."""
    from udfgen import commands, report

    with commands.target(spec, _dsn(dsn, dsn_env), env) as target:
        checks = list(target.session.probe(target.program, target.bundle))
    _say(report.json_text(checks) if format is Format.JSON else report.checks_text(checks))
    return DONE if all(each.is_fine for each in checks) else FAILED


@app.command()
def docs(
    spec: Spec,
    env: Env = None,
    out: PageOut = None,
) -> int:
    """Write a page about the spec's functions for the people who call them, in Markdown."""
    from udfgen import commands, manual

    page = manual.page(commands.compile_program(commands.read(spec), env))
    if out is None:
        _say(page.rstrip("\n"))
    else:
        _write(out, page)
    return DONE


@app.command()
def handler(spec: Spec, function: Name, env: Env = None, out: PageOut = None) -> int:
    """Write the Lambda side of a function in Python: all but the body of one function, which is yours."""
    from udfgen import commands

    page = commands.handler(spec, function, env)
    if out is None:
        _say(page.rstrip("\n"))
    elif not commands.write_new(out, page):
        _tell(f"{out} is what would be written")
    return DONE


def _dsn(text: str | None, variable: str | None, plugin_dir: Path | None = None) -> Dsn:
    from udfgen.connect import find, with_plugin_dir

    return with_plugin_dir(find(text, variable), plugin_dir)


def _allowed(replace_drift: bool, adopt: bool) -> frozenset[Verdict]:
    from udfgen.plan import Verdict

    chosen = ((Verdict.DRIFT, replace_drift), (Verdict.UNMANAGED, adopt))
    return frozenset(verdict for verdict, is_chosen in chosen if is_chosen)


def _kept(path: Path) -> dict[str, Any]:
    """Read a plan that `plan --out` wrote."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not JSON"
        raise UsageError(f"{path} cannot be read as a plan: {why}; make one with udfgen plan --out") from None
    if not isinstance(facts, dict) or "digest" not in facts:
        raise UsageError(f"{path} is no plan: make one with udfgen plan --out")
    return facts


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None


def _show(made: Plan, format: Format, allowed: frozenset[Verdict] = frozenset()) -> None:
    from udfgen import report

    _say(report.json_text(made.facts()) if format is Format.JSON else report.plan_text(made, _colour(), allowed))


def _agreed(already: bool, question: str) -> bool:
    """Ask on a terminal; without one, and without --yes, refuse."""
    if already:
        return True
    if not sys.stdin.isatty():
        raise RefusedError("nothing was changed: there is no terminal to ask on; give --yes")
    return typer.confirm(redact(question), default=False)


def _warn(warnings: tuple[str, ...]) -> None:
    for warning in warnings:
        _tell(f"warning: {warning}")


def _progress(done: int, total: int) -> None:
    """Count on stderr, on a terminal only."""
    if sys.stderr.isatty():
        typer.echo(f"\r{done}/{total}" + ("\n" if done == total else ""), err=True, nl=False)
