"""python-oracledb's interface, as far as session.py uses it, over a model of a server."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import oracledb

from tests.recorded.schema import Fault, Row, Schema, ora
from tests.recorded.statements import Form, Warned, perform

PASSWORD = "tiger-in-the-night"
Step = Callable[[str], None]
"""Is told of every statement of an install, before and after it."""


@dataclass
class Server:
    """One database: its schema, its connections, and who has locked which table."""

    known: tuple[Form, ...]
    schema: Schema = field(default_factory=Schema)
    locks: dict[str, Connection] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    before: Step = lambda sql: None
    after: Step = lambda sql: None
    given: dict[str, Any] = field(default_factory=dict)

    def connect(self, **settings: Any) -> Connection:
        """Open a connection, as `oracledb.connect` would; ORA-01017 for a wrong password."""
        self.given = settings
        if settings.get("password") != PASSWORD:
            raise ora(1017, f"invalid username/password; logon denied; {settings}")
        return Connection(self)


@dataclass(eq=False)
class Connection:
    """A session: DDL commits, a commit lets its locks go, and so does its end."""

    server: Server
    autocommit: bool = False
    module: str | None = None
    is_open: bool = True

    @property
    def version(self) -> str:
        """The server's version."""
        return self.server.schema.version

    def cursor(self) -> Cursor:
        """Return a new cursor."""
        return Cursor(self)

    def rollback(self) -> None:
        """Let all locks go."""
        self._require_open()
        self.unlock()

    def close(self) -> None:
        """End the session."""
        self._require_open()
        self.cut()

    def cut(self) -> None:
        """End the session as a broken network does."""
        self.is_open = False
        self.unlock()

    def unlock(self) -> None:
        """Let all locks go."""
        self.server.locks = {table: holder for table, holder in self.server.locks.items() if holder is not self}

    def execute(self, sql: str, binds: Mapping[str, Any]) -> list[Row] | None:
        """Run a statement on the model."""
        self._require_open()
        if found := re.fullmatch(r'(create|drop|lock) table "(UDFGEN\$\$LOCK)"(.*)', sql):
            self._lock(*found.groups())
            return None
        if is_query(sql):
            return perform(sql, self.server.schema, self.server.known, binds)
        return self._step(sql, binds)

    def _step(self, sql: str, binds: Mapping[str, Any]) -> list[Row] | None:
        self.unlock()
        self.server.schema.module = self.module
        self.server.before(sql)
        self.server.steps.append(sql)
        try:
            return perform(sql, self.server.schema, self.server.known, binds)
        finally:
            self.server.after(sql)

    def _lock(self, verb: str, table: str, rest: str) -> None:
        holder = self.server.locks.get(table)
        if verb == "create":
            self.unlock()
            self.server.schema.create_table(table)
        elif holder not in (None, self):
            raise ora(54 if rest == " in exclusive mode nowait" else 30006, "resource busy")
        elif verb == "drop":
            assert rest == " purge"
            self.server.schema.drop_table(table)
        elif table not in self.server.schema.tables:
            raise ora(942, "table or view does not exist")
        elif not self.autocommit:
            self.server.locks[table] = self

    def _require_open(self) -> None:
        if not self.is_open:
            raise oracledb.OperationalError(Fault(0, "DPY-4011: the database or network closed the connection"))


@dataclass
class Cursor:
    """Runs a statement, keeps its rows."""

    connection: Connection
    description: list[tuple[str]] | None = None
    warning: Fault | None = None
    sizes: dict[str, Any] = field(default_factory=dict)
    _rows: list[Row] = field(default_factory=list)

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def setinputsizes(self, **sizes: Any) -> None:
        """Remember the types of the binds."""
        self.sizes = sizes

    def execute(self, sql: str, binds: Mapping[str, Any] | None = None) -> None:
        """Run a statement."""
        self.warning = None
        try:
            rows = self.connection.execute(sql, binds or {})
        except Warned:
            self.warning, rows = Fault(24344, "DPY-7000: creation succeeded with compilation errors"), None
        self.description = None if rows is None else [(f"C{at}",) for at in range(len(rows[0]) if rows else 1)]
        self._rows = rows or []

    def fetchall(self) -> list[Row]:
        """Return the rows."""
        return self._rows


def is_query(sql: str) -> bool:
    """Tell a look from a step."""
    return sql.startswith(("select ", "with\n", "alter session "))
