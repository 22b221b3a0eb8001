"""The server behind the wire: logins, sessions with their transactions, the lock, what is trusted, what is heard."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from threading import Condition
from time import monotonic

from tests.tds.database import Content, Row, sha512
from tests.tds.wire import Cut, Fault, Grid, Login, Note, Refused, Said

USER, PASSWORD = "deployer", "correct-horse-battery"
TICKET = b"NTLMSSP of CORP\\deployer"
"""What a Windows login begins with."""


class How(Enum):
    """What goes wrong with a batch: it fails, or the connection ends before it runs or before its answer."""

    ERROR = "error"
    CUT_BEFORE = "cut before"
    CUT_AFTER = "cut after"


@dataclass(frozen=True)
class Heard:
    """A batch as it came: who sent it, in how many packets."""

    session: int
    sql: str
    packets: int


@dataclass
class Database:
    """What is in it, whose transaction is open, who has the lock, what its user may do, and what it is."""

    content: Content = field(default_factory=Content)
    writer: Session | None = None
    holder: Session | None = None
    is_owner: bool = True
    updateability: str = "READ_WRITE"
    number: int = 5
    level: int = 140
    containment: int = 0
    is_open: bool = True


@dataclass
class Instance:
    """A server with a database to install into, and another.

    `perform` knows the batches, `answers` are a test's own, by the batch, and `always` is a test's own to all of them.
    `plot` is after how many batches something goes wrong, and what. `blurts` is what it adds to a refused login.
    """

    perform: Callable[[str, Session], list[Row] | None]
    edition: int = 3
    version: str = "14.0.3456.2"
    banner: str = "Microsoft SQL Server 2017 (RTM-CU31) - 14.0.3456.2 (X64) on Windows Server 2019 Standard"
    rdsadmin: int | None = None
    settings: dict[str, int] = field(
        default_factory=lambda: {"clr enabled": 1, "clr strict security": 1, "lightweight pooling": 0}
    )
    rights: set[str] = field(
        default_factory=lambda: {"CONTROL SERVER", "EXTERNAL ACCESS ASSEMBLY", "UNSAFE ASSEMBLY", "VIEW SERVER STATE"}
    )
    trusted: dict[str, str] = field(default_factory=dict)
    databases: dict[str, Database] = field(default_factory=lambda: {"sales": Database(), "other": Database()})
    heard: list[Heard] = field(default_factory=list)
    logins: list[Login] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    answers: dict[str, Sequence[Said]] = field(default_factory=dict)
    always: Sequence[Said] | None = None
    blurts: str = ""
    plot: tuple[int, How] | None = None
    commits: int = 0
    sessions: int = 0
    free: Condition = field(default_factory=Condition)

    @property
    def content(self) -> Content:
        """What is in the database that tests install into."""
        return self.databases["sales"].content

    def welcome(self, login: Login) -> Session:
        """Let a login in; Msg 18456 for a wrong password, and for a database that is not there, behind 4060."""
        failed = Fault(18456, f"Login failed for user '{login.user}'{self.blurts}.", severity=14)
        with self.free:
            self.logins.append(login)
            if (login.user, login.password) != (USER, PASSWORD) and login.ticket != TICKET:
                raise Refused(failed)
            if login.database not in self.databases:
                text = f'Cannot open database "{login.database}" requested by the login.'
                raise Refused(Fault(4060, text, severity=11), failed)
            self.sessions += 1
            return Session(self, login.database, next(_number))

    def rest(self) -> None:
        """Wait until the server has seen the end of every connection."""
        with self.free:
            assert self.free.wait_for(lambda: not self.sessions, 5), "a connection stays"

    def may(self, right: str) -> int | None:
        """Return what has_perms_by_name says: NULL for a right that this version does not know."""
        if right == "VIEW SERVER SECURITY STATE" and int(self.version.split(".")[0]) < 16:
            return None
        implied = {"EXTERNAL ACCESS ASSEMBLY": "UNSAFE ASSEMBLY", "VIEW SERVER SECURITY STATE": "VIEW SERVER STATE"}
        return int(bool({right, "CONTROL SERVER", implied.get(right, right)} & self.rights))

    def sees_trust(self) -> bool:
        """Tell whether the user may look at the list of trusted assemblies."""
        return self.may("VIEW SERVER SECURITY STATE") == 1 or self.may("VIEW SERVER STATE") == 1

    def require_trust(self, data: bytes) -> None:
        """Raise Msg 10343 for an assembly that is not listed."""
        if sha512(data) not in self.trusted:
            raise Fault(
                10343,
                "CREATE or ALTER ASSEMBLY for assembly 'udfgen' with the SAFE or EXTERNAL_ACCESS option failed because "
                "the 'clr strict security' option of sp_configure is set to 1.",
                line=5,
            )


_number = count(51)


@dataclass(eq=False)
class Session:
    """A login's session, under `set xact_abort on`: an error takes the whole transaction back.

    `patience` is its lock_timeout in milliseconds, `gone` what is in its #gone, `modes` in its #modes; `yields` says
    that it is the one that fails in a deadlock.
    """

    instance: Instance
    database: str
    number: int
    transaction: int = 0
    before: Content | None = None
    patience: int = -1
    gone: list[str] = field(default_factory=list)
    modes: dict[str, str] = field(default_factory=dict)
    yields: bool = False

    @property
    def place(self) -> Database:
        """The database."""
        return self.instance.databases[self.database]

    def batch(self, sql: str, packets: int) -> Iterator[Said]:
        """Run a batch."""
        with self.instance.free:
            self.instance.heard.append(Heard(self.number, sql, packets))
            try:
                yield from self._run(sql)
            except Fault as fault:
                self.roll_back()
                yield Note("PRINT says this much.")
                yield fault
            except AssertionError as error:
                self.instance.surprises.append(str(error))
                raise Cut from error

    def _run(self, sql: str) -> Iterator[Said]:
        how = self._plotted()
        if how is How.ERROR:
            raise Fault(1205, "Transaction was deadlocked on lock resources and has been chosen as the victim.")
        if how is How.CUT_BEFORE:
            raise Cut
        said = self.instance.answers.get(sql, self.instance.always)
        if said is None:
            rows = self.instance.perform(sql, self)
            said = [] if rows is None else [Grid([f"c{at}" for at in range(len(rows[0]) if rows else 1)], rows)]
        if how is How.CUT_AFTER:
            raise Cut
        yield from said

    def _plotted(self) -> How | None:
        """Return what is to go wrong with this batch."""
        if self.instance.plot is None:
            return None
        left, how = self.instance.plot
        self.instance.plot = (left - 1, how) if left else None
        return None if left else how

    def begin(self) -> None:
        """Open a transaction, which is no reason to end another's."""
        assert self.yields or self.place.holder is not self, "an install would win a deadlock"
        assert self.place.writer is None, "two transactions are open"
        self.transaction, self.before, self.place.writer = next(_number), deepcopy(self.place.content), self

    def commit(self) -> None:
        """Keep what was done."""
        assert self.transaction, "there is no transaction"
        self.transaction, self.before, self.place.writer = 0, None, None
        self.instance.commits += 1

    def roll_back(self) -> None:
        """Take back what was done, if a transaction is open."""
        if self.before is not None:
            self.place.content = self.before
            self.transaction, self.before, self.place.writer = 0, None, None

    def lock(self, milliseconds: int) -> int:
        """Wait for the lock of the database; return what sp_getapplock does."""
        until, waited = monotonic() + milliseconds / 1000, 0
        while self.place.holder not in (None, self):
            waited = 1
            if not self.instance.free.wait(max(0.0, until - monotonic())):
                return -1
        self.place.holder = self
        return waited

    def unlock(self) -> None:
        """Let the lock go."""
        assert self.place.holder is self, "the lock is not held"
        self.place.holder = None
        self.instance.free.notify_all()

    def end(self) -> None:
        """Roll back and let go."""
        with self.instance.free:
            self.roll_back()
            if self.place.holder is self:
                self.unlock()
            self.instance.sessions -= 1
            self.instance.free.notify_all()
