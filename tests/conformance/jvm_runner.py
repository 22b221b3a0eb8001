"""Oracle's Java without Oracle: the call specifications of install.sql in another database's JVM, called from SQL.

What PL/SQL does in Oracle (fill in defaults, step through a table) is done here, by the same calls through SQL.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

from tests.conftest import tool
from tests.jvm import jvm
from tests.jvm.databases import DEFAULT_CONNECTION, Database
from tests.jvm.jvm import CallSpec, Jvm
from udfgen import dialect, trial
from udfgen.bundle import Bundle
from udfgen.errors import CallError
from udfgen.ir import Column, Function, Kind, Program, Result, Table, Type
from udfgen.render import type_out

LOWER, NAMES = (dialect.load("oracle").part(name) for name in ("lower", "names"))

Row = Mapping[str, "str | None"]
Given = Sequence["tuple[str, str | None]"]

FORMS = {
    "java.math.BigDecimal": "number",
    "java.lang.String": "text",
    "java.lang.Boolean": "boolean",
    "java.sql.Clob": "clob",
    "java.sql.Blob": "blob",
}
"""Java's classes, as Harness.java calls them; a Timestamp is `instant` for timestamptz, else `fields`."""

MOMENTS = (Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ)

_CELL = re.compile(r'"(\w+_CELL)"\("rows", (\d+)\)')
_RESULT = re.compile(r'"(\w+_CELL)"\("batch", 0\)')
_LIMIT = re.compile(r'bulk collect into "given" limit (\d+);')


class JvmRunner:
    """The suite's functions of one bundle, registered in a database that runs in a JVM."""

    def __init__(self, engine: str, program: Program, bundle: Bundle, database: Database, machine: Jvm) -> None:
        self.engine = engine
        self._program = program
        self._functions = {each.name: each for each in program.functions}
        self._specs = jvm.call_specs(bundle)
        self._bodies = {each.key.name: "\n".join(one.sql for one in each.statements) for each in bundle.objects}
        self._database = database
        self._package = next(package for package, _ in self._specs if package)
        self._jvm = machine
        self._register()

    def _register(self) -> None:
        table, columns = NAMES.switch_table(self._program), '"BINDING" varchar(128) primary key, "MODE" varchar(7)'
        schemas = (f'create schema "{each}"' for each in (self._package, NAMES.schema(self._program)))
        for statement in (*schemas, f"create table {table} ({columns})", *self._database.prepare):
            self._jvm.run(statement)
        for (package, _), spec in self._specs.items():
            self._jvm.run(self._database.declare(_named(package, spec), spec))

    def version(self) -> str:
        """Return the versions of the database, by its jar, and of the JVM."""
        with ZipFile(jvm.jar(self._database.jar, self._database.package)) as library:
            manifest = library.read("META-INF/MANIFEST.MF").decode()
        number = re.search(r"(?m)^Bundle-Version: *([\d.]*\d)", manifest)
        told = subprocess.run([tool("java", jvm.JDK), "-version"], capture_output=True, text=True, check=True).stderr
        java = re.search(r'version "([\d.]*\d)', told)
        return f"{self._database.name} {number and number[1]}, Java {java and java[1]}"

    def call(self, function: str, arguments: Mapping[str, str | None]) -> Sequence[Row]:
        """Call a wrapper through SQL with typed values; an argument that is not given is the spec's default."""
        declared = self._functions[function]
        if declared.batch:
            return [{"result": each} for each in self.call_rows(function, [arguments]) or [None]]
        defaults = {each.name: each.default.value for each in declared.parameters if each.default is not None}
        texts = trial.neutral_arguments(declared, defaults) | dict(arguments)
        package, spec = self._wrapper(function)
        given = [
            (form(java, each.type), _native(java, each.type, texts[each.name]))
            for java, each in zip(spec.parameters, declared.parameters, strict=True)
        ]
        returns = declared.returns
        if isinstance(returns, Table):
            return self._rows(declared, self._value(package, spec, given, "number"), returns.columns)
        if returns is None:
            self._sql("call", package, spec, given, ())
            return [{"result": None}]
        found = self._value(package, spec, given, form(spec.returns, returns.type))
        return [{"result": _neutral(returns.type, found)}]

    def call_rows(self, function: str, rows: Sequence[Row]) -> Sequence[str | None]:
        """Hand rows over and take results by the calls that the batch function makes, as many at a time as it fetches.

        Whatever comes of it, the call is closed.
        """
        declared = self._functions[function]
        body = self._bodies[function.upper()]
        (limit,) = map(int, _LIMIT.findall(body))
        handle = self.ask_package(f"{function.upper()}$BATCH", (), "number")
        try:
            results: list[str | None] = []
            for begin in range(0, len(rows), limit):
                for row in rows[begin : begin + limit]:
                    self._add(declared, handle, row)
                self.ask_package("RUN_BATCH", [("number", handle)])
                if isinstance(declared.returns, Result):
                    results += self._results(handle, _RESULT.findall(body), declared.returns.type)
            return results
        finally:
            self.ask_package("CLOSE_BATCH", [("number", handle)])

    def _add(self, function: Function, handle: str | None, row: Row) -> None:
        name = f"{function.name.upper()}$ADD"
        _, *classes = self._specs[self._package, name].parameters
        given = [
            (form(java, each.type), _native(java, each.type, row[each.name]))
            for java, each in zip(classes, function.parameters, strict=True)
        ]
        self.ask_package(name, [("number", handle), *given])

    def _results(self, handle: str | None, cells: Sequence[str], type_: Type) -> Iterator[str | None]:
        (cell,) = cells
        while self._next(handle):
            yield self._cell(cell, handle, "0", type_)

    def named(self, routine: str, arguments: Sequence[str | None]) -> str | None:
        """Call a drop-in name through SQL; a procedure has no text."""
        spec, given = self._specs["", routine.upper()], [("text", each) for each in arguments]
        if spec.returns:
            return self._value("", spec, given, "text")
        self._sql("call", "", spec, given, ())
        return None

    def switch(self, binding: str, mode: str) -> None:
        """Run the statement that `udfgen switch` runs."""
        self._jvm.run(type_out("oracle", LOWER.switch(self._program, binding, mode)))

    def modes(self) -> dict[str | None, str | None]:
        """Return what the query of `udfgen switch` gives: the bindings that are not live."""
        return {
            row[0]: row[1]
            for row in self._jvm.run(type_out("oracle", LOWER.modes(self._program)), (), ("text", "text"))
        }

    def run(self, sql: str, *results: str) -> list[list[str | None]]:
        """Run a statement of the database's own; forms are the harness's. Raises jvm.Refused."""
        return self._jvm.run(sql, (), results)

    def called(self, function: str) -> str:
        """Return how SQL names what a wrapper is, or what its PL/SQL calls."""
        return _named(*self._wrapper(function))

    def _wrapper(self, function: str) -> tuple[str, CallSpec]:
        """Return a wrapper's call specification: itself, or the one in the package that its PL/SQL calls."""
        name = function.upper()
        if ("", name) in self._specs:
            return "", self._specs["", name]
        return self._package, self._specs[self._package, f"{name}$CALL"]

    def _rows(self, function: Function, handle: str | None, columns: Sequence[Column]) -> Sequence[Row]:
        """Step through a table with the calls per cell that its pipelined function makes."""
        cells = _CELL.findall(self._bodies[function.name.upper()])
        assert [int(number) for _, number in cells] == list(range(len(columns)))
        names = [each.name for each in columns]
        rows = []
        while self._next(handle):
            found = [
                self._cell(name, handle, number, each.result.type)
                for (name, number), each in zip(cells, columns, strict=True)
            ]
            rows.append(dict(zip(names, found, strict=True)))
        return rows

    def _next(self, handle: str | None) -> bool:
        return _scaled(self.ask_package("NEXT_ROW", [("number", handle)], "number") or "") == "1"

    def _cell(self, name: str, handle: str | None, number: str, type_: Type) -> str | None:
        wanted = form(self._specs[self._package, name].returns, type_)
        return _neutral(type_, self.ask_package(name, [("number", handle), ("number", number)], wanted))

    def ask_package(self, name: str, given: Given, wanted: str = "") -> str | None:
        """Call what only the schema's own code may call; forms are the harness's. A procedure has no result."""
        spec = self._specs[self._package, name]
        if spec.returns:
            return self._value(self._package, spec, given, wanted)
        self._sql("call", self._package, spec, given, ())
        return None

    def _value(self, package: str, spec: CallSpec, given: Given, wanted: str) -> str | None:
        return self._sql("values", package, spec, given, [wanted])[0][0]

    def _sql(
        self, verb: str, package: str, spec: CallSpec, given: Given, results: Sequence[str]
    ) -> list[list[str | None]]:
        marks = ", ".join("?" * len(given))
        try:
            return self._jvm.run(f"{verb} {_named(package, spec)}({marks})", given, results)
        except jvm.Refused as refused:
            code = re.search(r"\[udfgen (\w+)\]", str(refused))
            raise CallError(str(refused), code and code[1]) from None


def form(java: str, type_: Type) -> str:
    """Return how a value of a Java class and portable type travels to the harness."""
    return FORMS.get(java) or ("instant" if type_.kind is Kind.TIMESTAMPTZ else "fields")


def _named(package: str, spec: CallSpec) -> str:
    return f'"{package}"."{spec.name}"' if package else f'"{spec.name}"'


def _native(java: str, type_: Type, text: str | None) -> str | None:
    """Return a neutral text as the harness reads it."""
    if text is not None and java == "java.math.BigDecimal" and type_.kind is Kind.BOOLEAN:
        return {"true": "1", "false": "0"}[text]
    return f"{text}T00:00:00" if text is not None and type_.kind is Kind.DATE else text


def _neutral(type_: Type, text: str | None) -> str | None:
    """Return what the harness wrote as a neutral text."""
    if text is None:
        return None
    if type_.kind is Kind.BOOLEAN:
        return {"1": "true", "0": "false"}.get(_scaled(text), text)
    if type_.kind in (Kind.REAL, Kind.DOUBLE):
        return trial.floating(text)
    if type_.kind in (Kind.SMALLINT, Kind.INTEGER, Kind.BIGINT, Kind.DECIMAL):
        return _scaled(text, type_.scale or 0)
    return _moment(text, type_.kind) if type_.kind in MOMENTS else text


def _scaled(text: str, scale: int = 0) -> str:
    """Return a number with as many digits behind the point as its type has, or more where there are more."""
    whole, _, fraction = text.partition(".")
    digits = fraction.rstrip("0").ljust(scale, "0")
    return f"{whole}.{digits}" if digits else whole


def _moment(text: str, kind: Kind) -> str:
    """Return what Timestamp.toString or Instant.toString wrote, without the zeros that fill up a fraction."""
    plain = text.removesuffix("Z").replace(" ", "T")
    whole, _, fraction = plain.partition(".")
    digits = fraction.rstrip("0")
    found = f"{whole}.{digits}" if digits else whole
    return found.removesuffix("T00:00:00") if kind is Kind.DATE else found + ("Z" if text.endswith("Z") else "")


@contextmanager
def running(
    engine: str, program: Program, bundle: Bundle, database: Database, environment: Mapping[str, str], zone: str = "UTC"
) -> Iterator[JvmRunner]:
    """Compile a bundle's Java, and start a JVM in that time zone with the database in it."""
    library = jvm.jar(database.jar, database.package)
    with tempfile.TemporaryDirectory(prefix="udfgen-jvm-") as folder:
        classes = jvm.compile_bundle(bundle, Path(folder), jvm.HARNESS)
        main = f"udfgen.{bundle.program}.Harness"
        arguments = [database.url, DEFAULT_CONNECTION, database.caller]
        options = [f"-Duser.timezone={zone}", *database.options]
        with jvm.running(main, arguments, [classes, library], environment, *options) as machine:
            yield JvmRunner(engine, program, bundle, database, machine)
