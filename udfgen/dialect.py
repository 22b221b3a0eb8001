"""Finding the engines. The core asks here and never names one: a folder in `dialects/` is an engine.

A dialect is a package with the same module names everywhere:

    __init__.py   DIALECT: the declaration, cheap to import
    options.py    Options: the pydantic model of `engines: {<name>: …}`
    nodes.py      the frozen types that its templates see
    lower.py      lower(program) -> Module
    session.py    connect, observe, lock, run: what differs per driver; the only module that imports one
    toolchain.py  compile(folder): runs the engine's compiler on generated files, where it has one;
                  load(bundle, folder): the bundle with what was compiled in it, where statements carry that
    server.py     a private throw-away server for `udfgen demo` and the tests, where one can be had
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from types import ModuleType

from udfgen.errors import UsageError
from udfgen.ir import Kind

PACKAGE = "udfgen.dialects"


class Feature(str, Enum):
    """What a spec may ask for that some engine may lack."""

    SYNC = "sync"
    ASYNC = "async"
    DRY_RUN = "dry_run"
    SCALAR_RESULT = "scalar_result"
    TABLE_RESULT = "table_result"
    DEFAULTS = "defaults"
    VOLATILITY = "volatility"
    CLIENT_CONTEXT = "client_context"
    LOG_TAIL = "log_tail"
    CANCEL = "cancel"
    PROXY = "proxy"
    CA_FILE = "ca_file"
    CREDENTIAL_CHAIN = "credential_chain"
    EMPTY_TEXT = "empty_text"
    TRANSACTIONAL_INSTALL = "transactional_install"
    ROW_TRIGGER = "row_trigger"
    STATEMENT_TRIGGER = "statement_trigger"
    FOLLOW = "follow"
    BATCH = "batch"
    BATCH_CONCURRENCY = "batch_concurrency"
    CACHE = "cache"
    AWSLAMBDA = "awslambda"
    AWS_LAMBDA = "aws_lambda"
    AURORA = "aurora"


class Level(str, Enum):
    """How far an engine supports a feature."""

    FULL = "full"
    PARTLY = "partly"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Support:
    """One row of a Support table: the level, and where it is not full, what to know."""

    level: Level
    note: str = ""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the core knows of an engine: names, types and limits, as data.

    `schemes` are the URL schemes of its DSNs, `types` maps portable to native types, `name_bytes` is the longest
    identifier, `extra` the pip extra with its driver,
    `template_prefix` what starts a line comment of its templates. `compiles`: what is built has sources that
    `udfgen compile` turns into files for the server, by the dialect's toolchain.py. `notes` say of a type what to know
    where the engine has none of its own. `set_triggers`: its triggers see the old and the new rows as two sets, which
    only a key can pair.
    """

    name: str
    title: str
    versions: str
    schemes: tuple[str, ...]
    types: Mapping[Kind, str]
    name_bytes: int
    support: Mapping[Feature, Support]
    extra: str
    template_prefix: str
    compiles: bool = False
    notes: Mapping[Kind, str] = field(default_factory=dict)
    set_triggers: bool = False

    def has(self, module: str) -> bool:
        """Return whether the dialect has a module: some have no `server`, no `toolchain`."""
        return importlib.util.find_spec(f"{PACKAGE}.{self.name}.{module}") is not None

    def part(self, module: str) -> ModuleType:
        """Import one module of the dialect: `lower`, `session`, `options`, …"""
        return importlib.import_module(f"{PACKAGE}.{self.name}.{module}")


@cache
def names() -> tuple[str, ...]:
    """Return the engines' names, in alphabetical order."""
    package = importlib.import_module(PACKAGE)
    return tuple(sorted(module.name for module in pkgutil.iter_modules(package.__path__) if module.ispkg))


@cache
def load(name: str) -> Dialect:
    """Return an engine's declaration, or raise UsageError for a name that is none."""
    if name not in names():
        raise UsageError(f'no engine is called "{name}": use one of {", ".join(names())}')
    declaration: Dialect = importlib.import_module(f"{PACKAGE}.{name}").DIALECT
    return declaration


def all_dialects() -> tuple[Dialect, ...]:
    """Return every engine's declaration, in the order of their names."""
    return tuple(load(name) for name in names())


def for_scheme(scheme: str) -> Dialect:
    """Return the engine whose DSNs begin with `scheme`, or raise UsageError with the known ones."""
    known = {each: dialect for dialect in all_dialects() for each in dialect.schemes}
    if scheme not in known:
        usable = ", ".join(f"{each}://" for each in sorted(known))
        raise UsageError(f'a DSN cannot begin with "{scheme}://": use {usable}')
    return known[scheme]
