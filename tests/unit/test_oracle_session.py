"""Oracle's session without a server: DSNs, errors without secrets, calls and their values, what a permission covers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import oracledb
import pytest

from tests.recorded.driver import PASSWORD, Server
from tests.recorded.schema import Row, Schema, ora
from tests.recorded.statements import Form
from tests.recorded.support import DSN, SPEC, bundle, permissions, put, server
from udfgen import commands, dialect
from udfgen.connect import Session, connect, parse
from udfgen.errors import CallError, ConnectError, InstallError, UsageError
from udfgen.ir import Program
from udfgen.spec import check

oracle = dialect.load("oracle")
policy = oracle.part("policy")
problems = oracle.part("problems")


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Server:
    """A model of a server in the driver's place."""
    made = server(SPEC)
    made.schema.policy = permissions(SPEC)
    monkeypatch.setattr(oracle.part("session").oracledb, "connect", made.connect)
    return made


# DSNs

LOGIN = {"user": "u", "password": PASSWORD, "tcp_connect_timeout": 10.0}
HERE = LOGIN | {"host": "h", "port": 1521, "service_name": "s"}
GOOD: dict[str, dict[str, Any]] = {
    "u:PW@h/s": HERE,
    "u:PW@h:1522/s": HERE | {"port": 1522},
    "u:PW@[::1]/s": HERE | {"host": "::1"},
    "me[QUICKSTART]:PW@h/s": HERE | {"user": "me[QUICKSTART]"},
    "u:PW@/alias?config_dir=/etc/oracle": LOGIN | {"dsn": "alias", "config_dir": "/etc/oracle"},
    "u:PW@h/s?protocol=tcps&wallet_location=/w": HERE | {"protocol": "tcps", "wallet_location": "/w"},
    "u:PW@h/s?wallet_password=hush": HERE | {"wallet_password": "hush"},
    "u:PW@h/s?ssl_server_dn_match=false": HERE | {"ssl_server_dn_match": False},
    "u:PW@h/s?connect_timeout=3": HERE | {"tcp_connect_timeout": 3.0},
}


@pytest.mark.parametrize("text", GOOD)
def test_the_driver_gets_what_a_dsn_says(fake: Server, text: str) -> None:
    with connect(parse(f"oracle://{text.replace('PW', PASSWORD)}")):
        assert fake.given == GOOD[text]
    named = {name: value for name, value in fake.given.items() if name != "dsn"}
    assert oracledb.ConnectParams(**named), "the real driver raises TypeError for a name that it does not know"


@pytest.mark.parametrize(
    "options", ["protocol=udp", "ssl_server_dn_match=maybe", "connect_timeout=soon", "wallet=x", "pool=1"]
)
def test_an_option_that_is_not_known_is_not_lost(fake: Server, options: str) -> None:
    with pytest.raises(UsageError, match="a DSN of this engine has no option of that name or value: it has protocol, "):
        connect(parse(f"{DSN}?{options}")).__enter__()
    assert fake.given == {}


@pytest.mark.parametrize("text", ["oracle://h/s", "oracle://u@h/s", f"oracle://u:{PASSWORD}@h", "oracle:///alias"])
def test_the_thin_driver_needs_a_user_a_password_and_a_service(fake: Server, text: str) -> None:
    with pytest.raises(UsageError, match="names a user, a password and a service"):
        connect(parse(text)).__enter__()
    assert fake.given == {}


@pytest.mark.parametrize("options", ["", "?protocol=tcps&wallet_location=/nowhere&wallet_password=hush-hush"])
def test_the_real_driver_is_refused_in_one_line_without_secrets(options: str) -> None:
    with pytest.raises(ConnectError) as told:
        connect(parse(f"oracle://u:{PASSWORD}@127.0.0.1:1/s{options}")).__enter__()
    text = str(told.value)
    assert text.startswith("cannot connect to oracle://u:***@127.0.0.1:1/s")
    assert "DPY-6005" in text
    assert not [each for each in (PASSWORD, "hush-hush", "\n", "https://") if each in text]


# Errors


def test_a_refused_login_tells_no_secret(fake: Server) -> None:
    with pytest.raises(ConnectError) as told:
        connect(parse("oracle://u:wrong-and-secret@h/s?wallet_password=hush-hush")).__enter__()
    text = str(told.value)
    assert "ORA-01017: invalid username/password; logon denied" in text
    assert "wrong-and-secret" not in text
    assert "hush-hush" not in text
    assert "\n" not in text
    assert "https://" not in text


def test_an_error_of_a_statement_tells_no_secret(fake: Server) -> None:
    def fail(sql: str) -> None:
        raise ora(1950, f"no privileges on tablespace\n{PASSWORD}\nORA-06512: at line 4")

    fake.before = fail
    with pytest.raises(InstallError, match=r"^opening: ORA-01950: no privileges on tablespace \*\*\*; what was done"):
        put(SPEC)


def test_an_error_while_looking_is_ours(fake: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Schema, kind: str, name: str) -> str:
        raise ora(1013, "user requested cancel of current operation")

    monkeypatch.setattr(Schema, "definition", fail)
    with connect(parse(DSN)) as session, pytest.raises(ConnectError, match=r"^ORA-01013: user requested cancel"):
        session.observe(bundle(SPEC))


# Calls

CALLS = """
udfgen: 1
name: quickstart
aws: {region: eu-west-1, credentials: {source: imds}}
bindings: {b: {function: f}}
functions:
  nothing: {binding: b, returns: void, grant: [app]}
  one: {binding: b, parameters: {a: TYPE, other: {type: bigint, default: 1}}, returns: {type: TYPE}, grant: [app]}
  rows: {binding: b, returns: {table: {n: bigint, at: timestamptz}}, grant: [app]}
engines: {oracle: {version: VERSION}}
"""


def program(type_: str = "bigint", version: int = 19) -> Program:
    """Return a program whose function `one` takes and gives a type."""
    text = CALLS.replace("TYPE", json.dumps(type_)).replace("VERSION", str(version))
    return commands.compile_program(check.check_text(text, "spec.yaml"))


@dataclass
class Answer:
    """Lets the server give rows, or an error, and keeps what it was asked."""

    server: Server
    rows: list[Row] | Exception
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Answer every call."""
        self.server.known = (Form(re.compile("(?P<sql>(?!alter).*)", re.DOTALL), self.act), *self.server.known)

    def act(self, schema: Schema, facts: Mapping[str, Any]) -> list[Row]:
        """Keep the statement and its binds."""
        self.asked.append((facts["sql"], {name: value for name, value in facts.items() if name != "sql"}))
        if isinstance(self.rows, Exception):
            raise self.rows
        return self.rows


def call(session: Session, made: Program, name: str, **arguments: str | None) -> list[Mapping[str, str | None]]:
    """Call a function of a program."""
    (function,) = (each for each in made.functions if each.name == name)
    return list(session.call(made, function, arguments))


VALUES = {
    "boolean": ("true", ":p0", Decimal(1), Decimal(1), "true"),
    "smallint": ("-5", ":p0", Decimal(-5), Decimal(-5), "-5"),
    "bigint": ("9223372036854775807", ":p0", Decimal(9223372036854775807), Decimal("1E+2"), "100"),
    "decimal(5,2)": ("1.50", ":p0", Decimal("1.50"), Decimal("87.5"), "87.50"),
    "real": ("0.1", ":p0", Decimal("0.1"), Decimal("0.1"), "0.1"),
    "double": ("1e21", ":p0", Decimal("1e21"), Decimal("1E+21"), "1e+21"),
    "text": ("é\n", ":p0", "é\n", "é\n", "é\n"),
    "varchar(1000)": ("a", ":p0", "a", "a", "a"),
    "varchar(1001)": ("a", ":p0", "a", "a", "a"),
    "json": ("{}", ":p0", "{}", "{}", "{}"),
    "uuid": ("6f1c", ":p0", "6f1c", "6f1c", "6f1c"),
    "time": ("12:00:00.5", ":p0", "12:00:00.5", "12:00:00.5", "12:00:00.5"),
    "bytes": ("00ff", ":p0", b"\0\xff", b"\1", "01"),
    "date": ("2016-02-15", "to_date(:p0, 'YYYY-MM-DD')", "2016-02-15", "2016-02-15", "2016-02-15"),
    "timestamp": (
        "2016-02-15T12:00:00",
        "to_timestamp(:p0, 'YYYY-MM-DD\"T\"HH24:MI:SS.FF6')",
        "2016-02-15T12:00:00.000000",
        "2016-02-15T12:00:00.500000",
        "2016-02-15T12:00:00.5",
    ),
    "timestamptz": (
        "2016-02-15T12:00:00.25-05:30",
        "to_timestamp_tz(:p0, 'YYYY-MM-DD\"T\"HH24:MI:SS.FF6TZH:TZM')",
        "2016-02-15T12:00:00.250000-05:30",
        "2016-02-15T12:00:00.000000",
        "2016-02-15T12:00:00Z",
    ),
}
"""By type: a neutral text, the expression that takes it, the bind; a value of the driver, and its neutral text."""


@pytest.mark.parametrize("type_", VALUES)
def test_values_go_and_come_as_neutral_texts(fake: Server, type_: str) -> None:
    given, taken, bound, found, shown = VALUES[type_]
    answer = Answer(fake, [(found,)])
    with connect(parse(DSN)) as session:
        assert call(session, program(type_), "one", a=given) == [{"result": shown}]
    ((sql, binds),) = answer.asked
    assert f'"ONE"("A" => {taken})' in sql
    assert binds == {"p0": bound}


@pytest.mark.parametrize(
    ("type_", "shown"),
    [
        ("date", "to_char({}, 'YYYY-MM-DD')"),
        ("timestamp", "to_char({}, 'YYYY-MM-DD\"T\"HH24:MI:SS.FF6')"),
        ("timestamptz", "to_char(sys_extract_utc({}), 'YYYY-MM-DD\"T\"HH24:MI:SS.FF6')"),
        ("text", "{}"),
    ],
)
def test_the_server_spells_moments_itself(fake: Server, type_: str, shown: str) -> None:
    answer = Answer(fake, [(None,)])
    with connect(parse(DSN)) as session:
        assert call(session, program(type_), "one") == [{"result": None}]
    assert answer.asked == [(f"select {shown.format(chr(34) + 'ONE' + chr(34))} from dual", {})]


@pytest.mark.parametrize(
    ("type_", "version", "driver"),
    [
        ("bigint", 19, oracledb.DB_TYPE_NUMBER),
        ("boolean", 21, oracledb.DB_TYPE_NUMBER),
        ("boolean", 23, oracledb.DB_TYPE_BOOLEAN),
        ("varchar(1000)", 19, oracledb.DB_TYPE_VARCHAR),
        ("varchar(1001)", 19, oracledb.DB_TYPE_CLOB),
        ("json", 19, oracledb.DB_TYPE_CLOB),
        ("bytes", 19, oracledb.DB_TYPE_BLOB),
        ("timestamptz", 19, oracledb.DB_TYPE_VARCHAR),
    ],
)
def test_null_has_the_parameters_type(
    fake: Server, monkeypatch: pytest.MonkeyPatch, type_: str, version: int, driver: object
) -> None:
    sizes: list[dict[str, object]] = []
    monkeypatch.setattr("tests.recorded.driver.Cursor.setinputsizes", lambda self, **given: sizes.append(given))
    answer = Answer(fake, [(None,)])
    with connect(parse(DSN)) as session:
        call(session, program(type_, version), "one", a=None)
    assert sizes == [{"p0": driver}]
    assert answer.asked[0][1] == {"p0": None}


def test_booleans_from_version_23_are_booleans(fake: Server) -> None:
    answer = Answer(fake, [(False,)])
    with connect(parse(DSN)) as session:
        assert call(session, program("boolean", 23), "one", a="true") == [{"result": "false"}]
    assert answer.asked[0][1] == {"p0": True}


def test_a_procedure_is_called_in_a_block(fake: Server) -> None:
    answer = Answer(fake, [])
    with connect(parse(DSN)) as session:
        assert call(session, program(), "nothing") == [{"result": None}]
    assert answer.asked == [('begin "NOTHING"; end;', {})]


def test_a_table_is_selected_from(fake: Server) -> None:
    answer = Answer(fake, [(Decimal(1), "2016-02-15T12:00:00.000000"), (None, None)])
    with connect(parse(DSN)) as session:
        rows = call(session, program(), "rows")
    assert rows == [{"n": "1", "at": "2016-02-15T12:00:00Z"}, {"n": None, "at": None}]
    moment = 'to_char(sys_extract_utc("AT"), \'YYYY-MM-DD"T"HH24:MI:SS.FF6\')'
    assert answer.asked == [(f'select "N", {moment} from table("ROWS")', {})]


@pytest.mark.parametrize(
    ("type_", "text"),
    [("bigint", "twelve"), ("bigint", "NaN"), ("decimal(5,2)", "Infinity"), ("boolean", "maybe"), ("bytes", "0g")],
)
def test_what_is_no_value_is_not_sent(fake: Server, type_: str, text: str) -> None:
    answer = Answer(fake, [])
    with connect(parse(DSN)) as session, pytest.raises(CallError, match=r"^a: what is given is no (NUMBER|BLOB)$"):
        call(session, program(type_), "one", a=text)
    assert answer.asked == []


def test_a_failed_call_has_the_code_of_its_text(fake: Server) -> None:
    said = "Java call terminated by uncaught Java exception: java.sql.SQLException: [udfgen timeout]: b: timed out"
    Answer(fake, ora(29532, f'{said}\nORA-06512: at "QUICKSTART.ONE", line 1'))
    with connect(parse(DSN)) as session, pytest.raises(CallError) as told:
        call(session, program(), "one")
    assert told.value.code == "timeout"
    assert str(told.value) == f"ORA-29532: {said}"


@pytest.mark.parametrize("number", [904, 942, 4043, 6550])
def test_a_wrapper_that_is_not_there_is_told(fake: Server, number: int) -> None:
    Answer(fake, ora(number, "it is not there"))
    with (
        connect(parse(DSN)) as session,
        pytest.raises(CallError, match=r"; install the spec first, or see udfgen status$"),
    ):
        call(session, program(), "one")


@pytest.mark.parametrize(
    "error", [UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"), OverflowError("x")]
)
def test_a_value_that_the_driver_cannot_send_is_a_failed_call(fake: Server, error: Exception) -> None:
    Answer(fake, error)
    with connect(parse(DSN)) as session, pytest.raises(CallError) as told:
        call(session, program("text"), "one", a="\ud800")
    assert told.value.code is None


# Looking around


def test_doctor_says_what_the_core_sees(fake: Server) -> None:
    put(SPEC)
    checks = [["credentials", False, "none", "set them"]]
    fake.known = (probe("checks", json.dumps(checks)), *fake.known)
    with connect(parse(DSN)) as session:
        found = [(each.name, each.is_fine) for each in session.probe(commands_program(), bundle(SPEC))]
    assert found == [("server", True), ("credentials", False)]


def test_doctor_before_an_install_says_what_to_do(fake: Server) -> None:
    fake.schema.quota = 0
    with connect(parse(DSN)) as session:
        found = [(each.name, each.is_fine) for each in session.probe(commands_program(), bundle(SPEC))]
    assert found == [("server", False), ("server", False), ("core", False)]


def test_the_endpoint_is_asked_of_the_core(fake: Server) -> None:
    fake.known = (probe("endpoint", "https://lambda.example"), *fake.known)
    with connect(parse(DSN)) as session:
        assert session.endpoint(commands_program(), bundle(SPEC)) == "https://lambda.example"


def probe(what: str, told: str) -> Form:
    """Return what the core's probe answers."""

    def act(schema: Schema, facts: Mapping[str, Any]) -> list[Row]:
        assert facts["what"] == what
        return [(told,)]

    return Form(re.compile(r'select "UDFGEN\$QUICKSTART\$CORE"\."PROBE"\(:what\) from dual'), act)


def commands_program() -> Program:
    """Return the example's program."""
    return commands.compile_program(check.check_text(SPEC, "spec.yaml"))


def test_rows_of_a_statement(fake: Server) -> None:
    Answer(fake, [(1, "x")])
    with connect(parse(DSN)) as session:
        assert session.rows("select 1, 'x' from dual") == (("C0", "C1"), [(1, "x")])


# Java permissions

SOCKET, FILE, RUNTIME = "java.net.SocketPermission", "java.io.FilePermission", "java.lang.RuntimePermission"
LAMBDA = f"{SOCKET}|lambda.eu-west-1.amazonaws.com:443|connect,resolve"
COVERED = {
    f"{SOCKET}|lambda.eu-west-1.amazonaws.com:443|connect,resolve": LAMBDA,
    f"{SOCKET}|LAMBDA.eu-west-1.amazonaws.com:443|resolve, Connect,listen": LAMBDA,
    f"{SOCKET}|lambda.eu-west-1.amazonaws.com:443|connect": LAMBDA,
    f"{SOCKET}|lambda.eu-west-1.amazonaws.com|connect": LAMBDA,
    f"{SOCKET}|lambda.eu-west-1.amazonaws.com:1-|connect": LAMBDA,
    f"{SOCKET}|lambda.eu-west-1.amazonaws.com:-1023|connect": LAMBDA,
    f"{SOCKET}|lambda.eu-west-1.amazonaws.com:400-500|connect": LAMBDA,
    f"{SOCKET}|*.amazonaws.com:443|connect": LAMBDA,
    f"{SOCKET}|*:443|connect": LAMBDA,
    f"{SOCKET}|*|connect": LAMBDA,
    f"{SOCKET}|[::1]|connect": f"{SOCKET}|[::1]:443|connect,resolve",
    "java.security.AllPermission||": LAMBDA,
    f"{RUNTIME}|getenv.AWS_SESSION_TOKEN|": f"{RUNTIME}|getenv.AWS_SESSION_TOKEN|",
    f"{RUNTIME}|getenv.*|": f"{RUNTIME}|getenv.AWS_SESSION_TOKEN|",
    f"{RUNTIME}|*|": f"{RUNTIME}|getenv.AWS_SESSION_TOKEN|",
    f"{FILE}|/etc/aws/credentials|read,write": f"{FILE}|/etc/aws/credentials|read",
    f"{FILE}|/etc/aws/*|read": f"{FILE}|/etc/aws/credentials|read",
    f"{FILE}|/etc/-|read": f"{FILE}|/etc/aws/credentials|read",
    f"{FILE}|<<ALL FILES>>|read": f"{FILE}|/etc/aws/credentials|read",
}
UNCOVERED = {
    f"{SOCKET}|lambda.eu-west-1.amazonaws.com:443|resolve": LAMBDA,
    f"{SOCKET}|lambda.eu-west-1.amazonaws.com:444|connect": LAMBDA,
    f"{SOCKET}|lambda.eu-west-1.amazonaws.com:444-|connect": LAMBDA,
    f"{SOCKET}|lambda.eu-west-1.amazonaws.com:-442|connect": LAMBDA,
    f"{SOCKET}|lambda.eu-west-2.amazonaws.com:443|connect": LAMBDA,
    f"{SOCKET}|*.eu-west-2.amazonaws.com:443|connect": LAMBDA,
    f"{SOCKET}|[::2]:443|connect": f"{SOCKET}|[::1]:443|connect,resolve",
    f"{RUNTIME}|lambda.eu-west-1.amazonaws.com:443|connect,resolve": LAMBDA,
    f"{RUNTIME}|getenv|": f"{RUNTIME}|getenv.AWS_SESSION_TOKEN|",
    f"{RUNTIME}|get*|": f"{RUNTIME}|getenv.AWS_SESSION_TOKEN|",
    f"{RUNTIME}|setenv.*|": f"{RUNTIME}|getenv.AWS_SESSION_TOKEN|",
    f"{FILE}|/etc/aws/credentials|write": f"{FILE}|/etc/aws/credentials|read",
    f"{FILE}|/etc/*|read": f"{FILE}|/etc/aws/credentials|read",
    f"{FILE}|/etc/aws/config|read": f"{FILE}|/etc/aws/credentials|read",
    f"{FILE}|/opt/-|read": f"{FILE}|/etc/aws/credentials|read",
}


@pytest.mark.parametrize(("granted", "needed"), COVERED.items())
def test_a_permission_covers_another(granted: str, needed: str) -> None:
    assert policy.covers(policy.parse(granted), policy.parse(needed))


@pytest.mark.parametrize(("granted", "needed"), UNCOVERED.items())
def test_a_permission_does_not_cover_another(granted: str, needed: str) -> None:
    assert not policy.covers(policy.parse(granted), policy.parse(needed))


def test_a_file_may_be_called_with_the_separator() -> None:
    assert policy.parse(f"{FILE}|/a|b|read") == policy.Row(FILE, "/a|b", "read")
