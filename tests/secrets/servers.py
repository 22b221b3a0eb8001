"""The command line against servers that refuse, hang, lie, and repeat all that they know; Ctrl-C while one hangs."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.recorded import driver as oracle
from tests.recorded.schema import ora
from tests.recorded.support import SPEC as ORACLE_SPEC
from tests.recorded.support import permissions
from tests.recorded.support import server as oracle_server
from tests.secrets.calls import certificate
from tests.secrets.marks import Marks
from tests.secrets.runs import Ran
from tests.secrets.shell import WITH_DATABASE, Shell, dsns, quickstart, shell
from tests.tds import server as tds
from tests.tds.statements import perform
from tests.tds.wire import Fault, serving
from tests.tds.wire import Server as TdsServer
from udfgen import dialect

Answer = Callable[[socket.socket], None]

SCHEMES = ("postgresql", "mysql", "mariadb", "oracle", "mssql")

OPTIONS = {
    "postgresql": "connect_timeout=2",
    "mysql": "connect_timeout=1",
    "mariadb": "connect_timeout=1",
    "oracle": "connect_timeout=1",
    "mssql": "connect_timeout=1&encrypt=no",
}
"""What keeps a driver from waiting long."""


def runs(marks: Marks) -> Iterator[Ran]:
    """Yield every run."""
    with shell(marks) as opened:
        yield from unreachable(opened)
        yield from lying(opened)
        yield from files(opened)
        yield from interrupted(opened)
        spec = quickstart(opened)
        yield from on_oracle(opened, spec)
        yield from on_sql_server(opened, spec)


# --- servers that are none ---------------------------------------------------------------------------------------


@contextmanager
def listening(answer: Answer) -> Iterator[int]:
    """Listen on a port, and give every connection to `answer`, then close it; what it cannot send is not sent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, answer), daemon=True).start()
        yield listener.getsockname()[1]
        # On Linux only this wakes a thread that waits in accept.
        listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, answer: Answer) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_give, args=(connection, answer), daemon=True).start()


def _give(connection: socket.socket, answer: Answer) -> None:
    connection.settimeout(5)
    with connection, suppress(OSError):
        answer(connection)


def silent(connection: socket.socket) -> None:
    """Say nothing until the client goes."""
    while connection.recv(4096):
        pass


def saying(data: bytes, connection: socket.socket) -> None:
    """Say the same to everybody, without listening first."""
    connection.sendall(data)
    silent(connection)


def postgresql_refusal(text: str, connection: socket.socket, tls: Any = None) -> None:
    """Refuse a login by PostgreSQL's protocol, with a text in every field; `tls` is offered where it is given.

    https://www.postgresql.org/docs/current/protocol-error-fields.html
    """
    size, code = struct.unpack("!ii", connection.recv(8, socket.MSG_WAITALL))
    if code == 80877103:
        connection.sendall(b"S" if tls else b"N")
        connection = tls.wrap_socket(connection, server_side=True) if tls else connection
        size, _ = struct.unpack("!ii", connection.recv(8))
    connection.recv(size - 8)
    said = text.encode()
    fields = b"SFATAL\0C28P01\0" + b"".join(bytes([each]) + said + b"\0" for each in b"MDHWqstcdn") + b"\0"
    connection.sendall(b"E" + struct.pack("!i", len(fields) + 4) + fields)


def mysql_refusal(text: str, connection: socket.socket) -> None:
    """Refuse a login by MySQL's protocol.

    https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_err_packet.html
    """
    packet = b"\xff" + struct.pack("<H", 1045) + b"#28000" + text.encode()
    connection.sendall(struct.pack("<I", len(packet))[:3] + b"\0" + packet)


# --- what is tried -----------------------------------------------------------------------------------------------


def unreachable(opened: Shell) -> Iterator[Ran]:
    """Connect to where nobody listens, where no name leads, with options that no driver knows: every verb."""
    for scheme in SCHEMES:
        for form, dsn in opened.marks.some(dsns(scheme, "127.0.0.1:1/db", opened.marks, OPTIONS[scheme]).items()):
            for verb, more in WITH_DATABASE.items():
                yield opened.run("unreachable servers", form, verb, opened.spec, *more, "--dsn", dsn)
        for place in ("nowhere.invalid/db", "[::1]:1/db", "/db", "127.0.0.1:1/"):
            for form, dsn in opened.marks.some(dsns(scheme, place, opened.marks, OPTIONS[scheme]).items()):
                yield opened.run("unreachable servers", form, "plan", opened.spec, "--dsn", dsn)
        for option in ("nosuch=1", "sslmode=nosuch", "options=-c%20x", "connect_timeout=x", "encrypt=x", "protocol=x"):
            for form, dsn in opened.marks.some(dsns(scheme, "127.0.0.1:1/db", opened.marks, option).items()):
                yield opened.run("unreachable servers", form, "doctor", opened.spec, "--dsn", dsn, "--format", "json")


def lying(opened: Shell) -> Iterator[Ran]:
    """Connect to servers that close, hang, speak another protocol, and repeat the passwords."""
    known = " ".join(opened.marks.of.values())
    answers: dict[str, Answer] = {
        "closing": lambda connection: None,
        "hanging": silent,
        "no such protocol": partial(saying, known.encode()),
        "another protocol": partial(saying, f"HTTP/1.1 400 {known}\r\n\r\n".encode()),
    }
    for name, answer in answers.items():
        with listening(answer) as port:
            for scheme in SCHEMES:
                some = dsns(scheme, f"127.0.0.1:{port}/db", opened.marks, OPTIONS[scheme])
                for form in opened.marks.some(
                    ("an odd password", "an option", "a file")[: 1 if name == "hanging" else 3]
                ):
                    yield opened.run("lying servers", f"{name}, {form}", "status", opened.spec, "--dsn", some[form])
    yield from repeating(opened)


def repeating(opened: Shell) -> Iterator[Ran]:
    """Connect to servers that refuse in the words of the DSN: every verb, every form; PostgreSQL's also under TLS."""
    for scheme, refusal in (("postgresql", postgresql_refusal), ("mysql", mysql_refusal)):
        known = ("password", "odd", "listed")
        for form, kinds in opened.marks.some(FORMS.items()):
            text = "; ".join(f"your {kind} is {opened.marks[kind]}, is it?" for kind in known if kind in kinds)
            with listening(partial(refusal, text)) as port:
                dsn = dsns(scheme, f"127.0.0.1:{port}/db", opened.marks, OPTIONS[scheme])[form]
                for verb, more in WITH_DATABASE.items():
                    yield opened.run("repeating servers", form, verb, opened.spec, *more, "--dsn", dsn)
    text = f"your password is {opened.marks['password']}"
    with certificate() as tls, listening(partial(postgresql_refusal, text, tls=tls)) as port:
        for mode in ("disable", "prefer", "require", "verify-ca", "verify-full"):
            dsn = f"postgresql://u:{opened.marks['password']}@127.0.0.1:{port}/db?sslmode={mode}&sslrootcert=system"
            yield opened.run("repeating servers", f"TLS {mode}", "plan", opened.spec, "--dsn", dsn)
            yield opened.run("repeating servers", f"TLS {mode}", "plan", opened.spec, "--dsn", dsn.partition("&")[0])


FORMS = {
    "a password": ("password",),
    "an odd password": ("odd",),
    "percents in lower case": ("odd",),
    "an option": ("password", "listed"),
}
"""Forms of DSNs, and the secrets that a client gets from each: of others it cannot know that they are some."""


def files(opened: Shell) -> Iterator[Ran]:
    """Let the drivers find their own files, and find them malformed."""
    for scheme, place in (
        ("postgresql", "u@127.0.0.1:1/db"),
        ("mysql", "127.0.0.1:1/db"),
        ("mysql", "nowhere.invalid"),
    ):
        dsn = f"{scheme}://{place}?{OPTIONS[scheme]}"
        for name, variables in opened.marks.some(driver_files(opened).items()):
            for verb in ("plan", "doctor"):
                words = (verb, opened.spec, "--dsn", dsn)
                yield opened.run("files of drivers", name, *words, environment=variables)
    wallet = opened.home / "wallet"
    for place in ("alias", "sales", "127.0.0.1:1/db"):
        end = f"config_dir={wallet}&wallet_location={wallet}&wallet_password={opened.marks['listed']}"
        for more in (end, f"{end}&protocol=tcps"):
            dsn = f"oracle://u:{opened.marks['password']}@{'' if ':' in place else '/'}{place}?{more}"
            yield opened.run("files of drivers", place, "plan", opened.spec, "--dsn", dsn)


def driver_files(opened: Shell) -> dict[str, Mapping[str, str]]:
    """Return variables that lead to files with a password, good and malformed."""
    filed = opened.marks["filed"]
    texts = {
        "my.cnf without a section": f"password={filed}\n",
        "my.cnf without an equals sign": f"[client]\npassword {filed}\n= {filed}\n[{filed}\n",
        "my.cnf with a percent sign": f"[client]\npassword=%({filed})s %{filed}\n",
        "my.cnf with a number that is none": f"[client]\nport={filed}\npassword={filed}\n",
        "my.cnf with another file": f"!include {filed}\n[client]\npassword={filed}\n",
        "my.cnf twice": f"[client]\npassword={filed}\npassword={filed}\n[client]\n",
        "my.cnf that is no text": f"[client]\npassword={filed}\udcff\n",
    }
    found: dict[str, Mapping[str, str]] = {}
    for number, (name, text) in enumerate(texts.items()):
        home = opened.home / f"home{number}"
        home.mkdir(exist_ok=True)
        (home / ".my.cnf").write_bytes(text.encode("utf-8", "surrogateescape"))
        found[name] = {"HOME": str(home)}
    for name, text in {
        "malformed": f"{filed}\n[x]\n{filed}\npassword",
        "section": f"[x]\npassword={filed}\n{filed}=1\n",
    }.items():
        service = opened.home / f"service-{name}"
        service.write_text(text, encoding="utf-8")
        found[f"a service's file, {name}"] = {"PGSERVICEFILE": str(service), "PGSERVICE": "x"}
    readable = opened.home / "readable"
    readable.write_text(f"127.0.0.1:1:*:u:{filed}\n{filed}\n", encoding="utf-8")
    readable.chmod(0o644)
    found["a readable file"] = {"PGPASSFILE": str(readable)}
    found["a folder"] = {"PGPASSFILE": str(opened.home)}
    found["a variable"] = {"PGPASSWORD": filed, "MYSQL_PWD": filed}
    return found


def interrupted(opened: Shell) -> Iterator[Ran]:
    """Press Ctrl-C while a server hangs, in a process of its own."""
    for scheme in opened.marks.some(SCHEMES):
        reached = threading.Event()
        with listening(partial(hanging, reached)) as port:
            dsn = dsns(scheme, f"127.0.0.1:{port}/db", opened.marks)["an odd password"]
            dsn += "?encrypt=no" if scheme == "mssql" else ""
            yield Ran("Ctrl-C in drivers", scheme, ended(opened, dsn, reached))


def hanging(reached: threading.Event, connection: socket.socket) -> None:
    """Say that a client is here, then nothing until it goes."""
    reached.set()
    silent(connection)


def ended(opened: Shell, dsn: str, reached: threading.Event) -> str:
    """Return all that a process says that is interrupted once it has reached the server."""
    program = "from udfgen.cli import main; main()"
    words = [sys.executable, "-X", "dev", "-c", program, "plan", str(opened.spec), "--dsn", dsn]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)} | opened.environment()
    with subprocess.Popen(
        words, cwd=opened.work, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        assert reached.wait(20), "the driver does not connect"
        running.send_signal(signal.SIGINT)
        try:
            said, _ = running.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            running.kill()
            said, _ = running.communicate()
    return said


# --- doubles: a model of Oracle, a server that speaks TDS ------------------------------------------------------------

FAILING = (0, 1, 2, 4, 8, 16, 32)
"""After how many statements the doubles fail."""


def verbs(opened: Shell, area: str, name: str, spec: Path, dsn: str, patch: Any = lambda _: None) -> Iterator[Ran]:
    """Yield every verb that needs a database, on the example."""
    for verb, more in (WITH_DATABASE | {"call": ("score_customer", "customer_id=1")}).items():
        yield opened.run(area, name, verb, spec, *more, "--dsn", dsn, patch=patch)
    words = ("plan", spec, "--dsn", dsn, "--format", "json", "--out", opened.work / "plan.json")
    yield opened.run(area, name, *words, patch=patch)


def on_oracle(opened: Shell, spec: Path) -> Iterator[Ran]:
    """Let a model of Oracle refuse the login with all its settings, then each statement with its text."""
    for kind in ("password", "odd"):
        dsn = dsns("oracle", "db.example:1521/x", opened.marks)[
            {"password": "a password", "odd": "an odd password"}[kind]
        ]
        dsn = dsn.replace("//u:", "//quickstart:")
        yield from verbs(opened, "Oracle's model", "wrong password", spec, dsn, modelled("another", None))
        yield from verbs(opened, "Oracle's model", "good", spec, dsn, modelled(opened.marks[kind], None))
        for after in opened.marks.some(FAILING):
            patch = modelled(opened.marks[kind], after)
            yield from verbs(opened, "Oracle's model", f"fails after {after} statements", spec, dsn, patch)


def modelled(password: str, after: int | None) -> Any:
    """Return a patch that puts the model in the driver's place; it fails after some statements."""

    def patch(patched: pytest.MonkeyPatch) -> None:
        server = oracle_server(ORACLE_SPEC)
        server.schema.policy = permissions(ORACLE_SPEC)
        patched.setattr(oracle, "PASSWORD", password)
        patched.setattr(dialect.load("oracle").part("session").oracledb, "connect", server.connect)
        if after is not None:
            patched.setattr(oracle.Connection, "execute", failing(oracle.Connection.execute, after, password))

    return patch


def failing(execute: Any, after: int, password: str) -> Any:
    """Return an `execute` that fails after some statements, and says what it was given."""
    left = [after]

    def run(self: Any, sql: str, binds: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise ora(600, f"internal error in {sql} with {binds} for {password}, {[password]!r}")
        return execute(self, sql, binds)

    return run


def on_sql_server(opened: Shell, spec: Path) -> Iterator[Ran]:
    """Let a server that speaks TDS refuse the login with the password, then each batch with its text."""
    for kind, form in (("password", "a password"), ("odd", "an odd password")):
        for after in opened.marks.some((None, *FAILING)):
            yield from on_tds(opened, spec, kind, form, after)


def on_tds(opened: Shell, spec: Path, kind: str, form: str, after: int | None) -> Iterator[Ran]:
    """Run the verbs on a server of their own each, which fails after some batches."""
    for password in (opened.marks[kind], "another"):
        left = [0]

        def begin(_: pytest.MonkeyPatch, left: list[int] = left) -> None:
            left[0] = 1_000_000 if after is None else after

        def fail(sql: str, session: tds.Session, left: list[int] = left) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise Fault(50000, f"no:\r\n {sql[:2000]} for {opened.marks[kind]}")
            return perform(sql, session)

        instance = tds.Instance(fail, blurts=f" with {opened.marks[kind]}")
        with pytest.MonkeyPatch.context() as patched, serving(TdsServer(instance.welcome)) as server:
            patched.setattr(tds, "PASSWORD", password)
            dsn = dsns("mssql", f"127.0.0.1:{server.port}/sales", opened.marks, "encrypt=no")[form]
            dsn = dsn.replace("//u:", f"//{tds.USER}:")
            yield from verbs(opened, "SQL Server's double", f"fails after {after} batches", spec, dsn, begin)
