"""SQL Server's assembly without SQL Server: the bytes in assembly.sql, loaded by Mono and called as it would call them.

What install.sql declares decides what a method is given: wide types, defaults, NULL on NULL. See tests/clr/server.
"""

from __future__ import annotations

import json
import os
import re
import struct
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from ctypes import c_float
from pathlib import Path
from typing import Any

from tests.clr import standin
from tests.conftest import tool
from tests.tds import wire
from udfgen import bundle, commands, trial
from udfgen import rows as json_rows
from udfgen.bundle import Bundle
from udfgen.errors import CallError
from udfgen.ir import Function, Kind, Program, Table, Type

Row = Mapping[str, "str | None"]

BITS = {Kind.REAL: ("<i", "<f"), Kind.DOUBLE: ("<q", "<d")}
"""As what a floating point number's bits travel, and as what they are read."""


QUERY = "select db_name() as [database], original_login() as [session_user], app_name() as application_name"
"""What the core asks the session that calls."""


HALVES = "backslashreplace"
"""How halves of surrogate pairs travel: as JSON escapes them. Nothing else is escaped, because Mono's reader needs the
square of the time for escapes, minutes for a megabyte of them."""


class CallingSession:
    """The session that calls, as far as the core asks it."""

    transaction = 0

    def __init__(self, login: wire.Login) -> None:
        self._row = (login.database, login.user, login.application)

    def batch(self, sql: str, packets: int) -> Iterator[wire.Said]:
        """Tell who calls; nothing else is asked."""
        assert (sql, packets) == (QUERY, 1)
        yield wire.Grid(("database", "session_user", "application_name"), [self._row])

    def end(self) -> None:
        """Forget nothing."""


class ClrRunner:
    """The suite's functions, in a process of Mono's."""

    engine = "sqlserver"

    def __init__(self, program: Program, process: subprocess.Popen[str]) -> None:
        self._functions = {each.name: each for each in program.functions}
        self._process = process
        self._modes: dict[str, str] = {}

    def call(self, function: str, arguments: Mapping[str, str | None]) -> Sequence[Row]:
        """Call a function; what is not given is the default of T-SQL."""
        declared = self._functions[function]
        if declared.batch:
            return [{"result": each} for each in self.call_rows(function, [arguments]) or [None]]
        types = {each.name: each.type for each in declared.parameters}
        rows = self.ask(function, {name: _native(types[name], text) for name, text in arguments.items()})
        return [dict(zip(trial.columns(declared), _neutral(declared, row), strict=True)) for row in rows]

    def call_rows(self, function: str, rows: Sequence[Row]) -> Sequence[str | None]:
        """Call a batch function with rows as a session does; what is not given is NULL."""
        declared = self._functions[function]
        found = self.ask(function, {"rows": json_rows.written(declared, rows)})
        if declared.returns is None:
            return []
        assert [number for number, _ in found] == [str(at) for at in range(1, len(rows) + 1)]
        return [_neutral(declared, row[1:])[0] for row in found]

    def named(self, routine: str, arguments: Sequence[str | None]) -> str | None:
        """Call a drop-in name with texts; return its text, None of a procedure."""
        ((text,),) = self.ask(routine, dict(zip(("fn_name", "fn_args"), arguments, strict=True)))
        return text

    def switch(self, binding: str, mode: str) -> None:
        """Switch a binding: the table of the switch is here."""
        self._modes.pop(binding, None)
        self._modes |= {} if mode == "live" else {binding: mode}

    def version(self) -> str:
        """Return the version of Mono."""
        told = subprocess.run([tool("mono", "mono-devel"), "--version"], capture_output=True, text=True, check=True)
        number = re.search(r"version ([\d.]+)", told.stdout)
        return f"Mono {number and number[1]}"

    def ask(self, routine: str, given: Row) -> list[list[str | None]]:
        """Call any routine of install.sql with texts that a cast reads; CallError has SQL Server's message."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        modes = "\n".join(f"{binding} {mode}" for binding, mode in self._modes.items())
        request = {"name": routine, "given": given, "modes": modes or None}
        self._process.stdin.write(json.dumps(request, ensure_ascii=False) + "\n")
        self._process.stdin.flush()
        reply: dict[str, Any] = json.loads(self._process.stdout.readline())
        if "error" in reply:
            code = re.search(r"\[udfgen (\w+)\]", reply["error"])
            raise CallError(reply["error"], code and code[1])
        rows: list[list[str | None]] = reply["rows"]
        return rows


def _native(type_: Type, text: str | None) -> str | None:
    """Return a neutral text as the harness reads it; CallError for a number that no float of SQL Server is."""
    if text is None or type_.kind not in BITS:
        return text
    bits, number = BITS[type_.kind]
    value = float(text)
    if value - value != 0:
        raise CallError(f"Msg 8114: Error converting data type nvarchar to {type_.kind.value}.", None)
    try:
        return str(struct.unpack(bits, struct.pack(number, value))[0])
    except OverflowError:
        raise CallError(f"Msg 232: Arithmetic overflow error for type {type_.kind.value}.", None) from None


def _neutral(function: Function, row: Sequence[str | None]) -> list[str | None]:
    returns = function.returns
    types = (
        [each.result.type for each in returns.columns]
        if isinstance(returns, Table)
        else [returns.type if returns else None]
    )
    return [_floating(type_, text) for type_, text in zip(types, row, strict=True)]


def _floating(type_: Type | None, text: str | None) -> str | None:
    """Return a cell as a neutral text: a float is its bits."""
    if text is None or type_ is None or type_.kind not in BITS:
        return text
    bits, number = BITS[type_.kind]
    (value,) = struct.unpack(number, struct.pack(bits, int(text)))
    return trial.floating(_shortest(value) if type_.kind is Kind.REAL else repr(value))


def _shortest(value: float) -> str:
    """Return the shortest digits that are this float of 32 bits."""
    tried = (f"{value:.{digits}g}" for digits in range(1, 10))
    return next(text for text in tried if c_float(float(text)).value == value)


@contextmanager
def running(program: Program, made: Bundle, environment: Mapping[str, str]) -> Iterator[ClrRunner]:
    """Compile a bundle, and start a process that has its assembly loaded and its routines declared."""
    tool("mcs", "mono-devel")
    with tempfile.TemporaryDirectory(prefix="udfgen-clr-") as folder, wire.serving(wire.Server(CallingSession)) as tds:
        root = Path(folder)
        bundle.write(made, root)
        commands.run_toolchain(made, root)
        scripts = [str(made.folder(root) / name) for name in ("assembly.sql", "install.sql")]
        session = f"Server=127.0.0.1,{tds.port};Database=clr;User ID=somebody;Password=none;Application Name=harness"
        command = standin.command("Harness", *scripts, session)
        settings = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": folder, **environment}
        with subprocess.Popen(
            command,
            env=settings,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            errors=HALVES,
        ) as process:
            try:
                yield ClrRunner(program, process)
            finally:
                assert process.stdin is not None
                process.stdin.close()
