"""The command line without a server: DSNs malformed and misplaced, specs and files with secrets, defects, Ctrl-C."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import typer

from tests.secrets.marks import Marks
from tests.secrets.runs import Ran
from tests.secrets.shell import SPEC, WITH_DATABASE, Shell, dsns, quickstart, shell, write
from tests.unit.test_connect import BAD
from tests.unit.test_connect import MARK as STAND_IN
from udfgen import cli, iam

EXPLAINED = ("document", "spec", "program", "module", "bundle")


def runs(marks: Marks) -> Iterator[Ran]:
    """Yield every run."""
    with shell(marks) as opened:
        yield from malformed(opened)
        yield from misplaced(opened)
        yield from defects(opened)
        yield from files(opened)
        yield from specs(opened)
        yield from generated(opened)


# --- DSNs --------------------------------------------------------------------------------------------------------


VARIABLES: dict[str, tuple[str, ...]] = {"UDFGEN_DSN": (), "OTHER": ("--dsn-env", "OTHER")}
"""The variables that a DSN is taken from, and the words that say so."""


def malformed(opened: Shell) -> Iterator[Ran]:
    """Give every verb every malformed DSN, in each way in which a verb finds one."""
    for text in opened.marks.some(wrong_dsns(opened.marks)):
        for verb, more in WITH_DATABASE.items():
            words: tuple[str | Path, ...] = (verb, opened.spec, *more)
            yield opened.run("malformed DSNs", "flag", *words, "--dsn", text)
            yield opened.run("malformed DSNs", "flag in one word", *words, f"--dsn={text}")
            for variable, flags in VARIABLES.items():
                if "\0" not in text:
                    yield opened.run("malformed DSNs", variable, *words, *flags, environment={variable: text})


def wrong_dsns(marks: Marks) -> Iterator[str]:
    """Yield what is no DSN, with a mark where a password was meant."""
    odd = quote(marks["odd"], safe="")
    for text in BAD:
        yield text.replace(STAND_IN, marks["password"])
        yield text.replace(STAND_IN, odd)
    for password in (marks["odd"], f"{marks['password']}%zz", f"{odd}%"):
        yield f"postgresql://u:{password}@h/db"
        yield f"mysql://u@h/db?password={password}#"


def misplaced(opened: Shell) -> Iterator[Ran]:
    """Put a DSN where every argument and every option of every verb stands, and one word too many."""
    given = dsns("postgresql", "127.0.0.1:1/db", opened.marks, "connect_timeout=1")
    usual = {"UDFGEN_DSN": "postgresql://u@127.0.0.1:1/db"}
    for verb, command in typer.main.get_command(cli.app).commands.items():  # type: ignore[attr-defined]
        for dsn in given.values():
            for words in opened.marks.some(places(command, str(opened.spec), dsn)):
                # Where a name is wanted the DSN is one: `init`, `--out` and a handler's folder make files of its name.
                is_name = (verb == "init" and words == [dsn]) or (verb == "build" and "--out" in words)
                if not is_name:
                    yield opened.run("DSNs in wrong places", "", verb, *words, environment=usual)
    for dsn in given.values():
        yield opened.run("DSNs in wrong places", "no verb", dsn)
        yield opened.run("DSNs in wrong places", "no verb", "--nosuch", dsn)


def places(command: Any, spec: str, dsn: str) -> Iterator[list[str]]:
    """Yield the words of a verb with a DSN in one place of them."""
    positional = [each for each in command.params if each.param_type_name == "argument"]
    usual = [spec, "f", "a=x"][: len(positional)]
    for at in range(len(usual)):
        yield [*usual[:at], dsn, *usual[at + 1 :]]
    yield [*usual, dsn]
    yield [*usual, f"--nosuch={dsn}"]
    for option in command.params:
        if option.param_type_name == "option" and option.name != "help":
            yield [*usual, option.opts[0], dsn]


# --- defects and Ctrl-C ------------------------------------------------------------------------------------------

OFFLINE: dict[str, tuple[str, ...]] = {
    "init": ("new",),
    "check": ("SPEC",),
    "build": ("SPEC",),
    "compile": ("SPEC",),
    "explain": ("SPEC",),
    "docs": ("SPEC",),
    "iam": ("SPEC",),
    "local": ("SPEC", "--port", "0"),
    "demo": (),
}
"""The verbs without a database; `schema` does nothing that could fail."""

ENTRANCES = ("commands.read", "commands.quickstart", "commands.check", "explain.stage", "dialect.load", "demo.run")
"""What verbs without a database go through."""


class Talkative(Exception):
    """A defect whose text is all that was at hand, as the driver's own defects may have."""


def defects(opened: Shell) -> Iterator[Ran]:
    """Let every verb meet a defect that tells what it knows, and a Ctrl-C, with a traceback asked for."""
    for error in (Talkative, KeyboardInterrupt):
        for form, dsn in opened.marks.some(dsns("postgresql", "127.0.0.1:1/db", opened.marks).items()):
            for verb, more in WITH_DATABASE.items():
                words: tuple[str | Path, ...] = (verb, opened.spec, *more, "--dsn", dsn)
                yield opened.run("defects and Ctrl-C", f"{error.__name__}, {form}", *words, patch=talking(error))
        for verb, given in OFFLINE.items():
            filled = (str(opened.spec) if each == "SPEC" else each for each in given)
            yield opened.run("defects and Ctrl-C", error.__name__, verb, *filled, patch=failing(error))


def talking(error: type[BaseException]) -> Any:
    """Return a patch by which connecting fails, and tells every secret of the DSN in every way Python has."""

    def fail(dsn: Any) -> None:
        options = {key: getattr(each, "reveal", lambda each=each: each)() for key, each in dsn.options.items()}
        known = {"password": dsn.password.reveal() if dsn.password else None, **options}
        raise error(f"{dsn} {dsn!r} {known} {json.dumps(known)} {' '.join(map(str, known.values()))}")

    return lambda patched: patched.setattr("udfgen.connect.connect", fail)


def failing(error: type[BaseException]) -> Any:
    """Return a patch by which every entrance fails."""

    def fail(*_: object) -> None:
        raise error("by a mistake")

    def patch(patched: pytest.MonkeyPatch) -> None:
        for each in ENTRANCES:
            patched.setattr(f"udfgen.{each}", fail)

    return patch


# --- files and specs ---------------------------------------------------------------------------------------------


def files(opened: Shell) -> Iterator[Ran]:
    """Give the verbs files that are none of theirs and hold secrets."""
    secrets = "\n".join(opened.marks.of.values())
    texts = [secrets, f"- {secrets}", f"[{secrets}", f'"{secrets}', f"{{{secrets}: *x}}", f"- function: [{secrets}]"]
    texts += [json.dumps(opened.marks.of), json.dumps([opened.marks.of]), f"- {json.dumps(opened.marks.of)}"]
    for number, text in opened.marks.some(enumerate(texts)):
        path = write(opened.work / f"file{number}", text)
        opened.keep()
        yield opened.run("files", "faults", "local", opened.spec, "--faults", path, "--port", "0")
        yield opened.run("files", "handlers", "local", opened.spec, "--handlers", path, "--port", "0")
        yield opened.run("files", "out", "build", opened.spec, "--out", path)
        yield from by_spec(opened, "files", path)


def by_spec(opened: Shell, area: str, spec: Path) -> Iterator[Ran]:
    """Yield what every verb without a database says of a spec, in every format."""
    for form in ("text", "json", "sarif"):
        yield opened.run(area, "", "check", spec, "--format", form)
    for verb in ("build", "compile", "docs"):
        yield opened.run(area, "", verb, spec)
    for form in iam.FORMATS:
        yield opened.run(area, "", "iam", spec, "--format", form)
    yield opened.run(area, "", "build", spec, "--check")
    for stage in EXPLAINED:
        yield opened.run(area, "", "explain", spec, "--stage", stage)
    yield opened.run(area, "", "local", spec, "--port", "0", patch=failing_endpoint)


def failing_endpoint(patched: pytest.MonkeyPatch) -> None:
    """Keep `local` from serving for ever, should a spec with secrets get so far."""

    def refuse(*_: object, **__: object) -> None:
        raise Talkative("a spec with secrets is served")

    patched.setattr("udfgen.serve.local_lambda", refuse)


def specs(opened: Shell) -> Iterator[Ran]:
    """Give the verbs specs with a secret in every place where a text, or a key, can stand."""
    for number, text in opened.marks.some(enumerate(specs_with_secrets(opened.marks))):
        path = write(opened.work / f"secret{number}.yaml", text)
        opened.keep()
        yield from by_spec(opened, "specs with secrets", path)


def specs_with_secrets(marks: Marks) -> Iterator[str]:
    """Yield specs that hold what looks like a credential, or hold a secret under a key that says so."""
    texts = [marks["key"], f"http://u:{marks['password']}@proxy:3128", f"-----BEGIN PRIVATE KEY-----{marks['listed']}"]
    for text in texts:
        for place in PLACES:
            yield place.replace("HERE", json.dumps(text))
    for key in ("password", "secret_key", "aws_session_token", "apiKey", "DB-Password", "private.key"):
        for place in BESIDE:
            yield place.replace("HERE", f"{json.dumps(key)}: {json.dumps(marks['listed'])}")


def _changed(old: str, new: str) -> str:
    assert old in SPEC, old
    return SPEC.replace(old, new)


PLACES = [
    _changed("eu-west-1", "HERE"),
    _changed("eu-west-1,", "eu-west-1, endpoint: HERE,"),
    _changed("eu-west-1,", "eu-west-1, proxy: HERE,"),
    _changed("eu-west-1,", "eu-west-1, ca_file: HERE,"),
    _changed("eu-west-1,", "eu-west-1, account: HERE,"),
    _changed("source: environment", "source: profile, profile: HERE"),
    _changed("source: environment", "source: profile, file: HERE"),
    _changed("source: environment", "source: HERE"),
    _changed("score-customer", "HERE"),
    _changed("live", "HERE"),
    _changed("name: sensors", "name: HERE"),
    _changed("type: text", "type: text, description: HERE"),
    _changed("type: text, max_length: 4", "type: text, default: HERE"),
    _changed("type: text, max_length: 4", "type: text, enum: [HERE]"),
    _changed("type: text, max_length: 4", "type: text, pattern: HERE"),
    _changed("type: text", "type: HERE"),
    _changed("{a: {", "{HERE: {"),
    _changed("f: {binding", "HERE: {binding"),
    _changed("f: {", "f: {description: HERE, "),
    _changed("f: {", "f: {payload: {x: HERE}, "),
    _changed("f: {", "f: {payload: [[HERE]], "),
    _changed("f: {", "f: {payload: {HERE: 1}, "),
    _changed("f: {", "f: {returns: {type: text, path: HERE}, "),
    _changed("f: {", "f: {examples: [{arguments: {a: HERE}}], "),
    _changed("f: {", "f: {examples: [{arguments: {a: x}, response: HERE}], "),
    _changed("[app]", "[HERE]"),
    _changed("oracle: {}", "oracle: {schema: HERE}"),
    SPEC + "environments: {dev: {aws: {proxy: HERE}}}\n",
    SPEC + "environments: {HERE: {}}\n",
    SPEC + "HERE: 1\n",
    SPEC + "nosuch: HERE\n",
    SPEC + "nosuch: {HERE\n",
    SPEC + "name: HERE\n",
    SPEC + "x: &HERE 1\n",
    SPEC + "x: !HERE 1\n",
    SPEC + "# HERE\n\tx: 1\n",
    SPEC + "x: 'HERE\n",
]
"""Specs with a place for a text, good and broken: unknown keys, wrong types, and YAML that is none."""

BESIDE = [
    _changed("eu-west-1,", "eu-west-1, HERE,"),
    _changed("source: environment", "source: environment, HERE"),
    _changed("{function: score-customer", "{HERE, function: score-customer"),
    _changed("f: {", "f: {payload: {HERE}, "),
    _changed("oracle: {}", "oracle: {HERE}"),
    SPEC + "environments: {dev: {aws: {HERE}}}\n",
    SPEC + "HERE\n",
]
"""Specs with a place for a key and its value."""


def generated(opened: Shell) -> Iterator[Ran]:
    """Generate all there is in an environment full of secrets, on a spec that names none."""
    spec = quickstart(opened)
    yield opened.run("generated files", "", "build", spec, "--out", opened.work / "out")
    yield opened.run("generated files", "", "docs", spec, "--out", opened.work / "page.md")
    yield opened.run("generated files", "", "init", opened.work / "fresh")
    yield opened.run("generated files", "", "schema")
    for stage in EXPLAINED:
        yield opened.run("generated files", "", "explain", spec, "--stage", stage)
