"""Values in arrays: what reaches Lambda is what the same value sends that comes alone, and results come back alike."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.live.databases import put, sql
from tests.scripted import Script, ScriptedLambda

TYPES = {
    "boolean": ("boolean", "true", "false"),
    "smallint": ("smallint", "-32768", "32767"),
    "integer": ("integer", "-2147483648", "7"),
    "bigint": ("bigint", "9223372036854775807", "-9007199254740993"),
    "decimal(38,10)": ("numeric", "1234567890123456789012345678.0123456789", "-0.5"),
    "real": ("real", "0.1", "-0"),
    "double": ("double precision", "0.30000000000000004", "1e300"),
    "text": ("text", 'a "quoted" \\ text\n, {NULL}', "NULL"),
    "varchar(20)": ("text", "", "åäö 🙂"),
    "date": ("date", "0001-01-01", "9999-12-31"),
    "time": ("time", "23:59:59.999999", "12:00:00.100"),
    "timestamp": ("timestamp", "2016-02-15 12:00:00.000001", "0001-01-01 00:00:00"),
    "timestamptz": ("timestamptz", "2016-02-15 12:00:00.5+02", "1900-01-01 00:00:00+00:19:32"),
    "uuid": ("uuid", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "00000000-0000-0000-0000-000000000000"),
    "json": ("json", '{"a": [1.50, "x,y"], "a": null}', '"{}"'),
    "bytes": ("bytea", "\\x00ff5c22", "\\x"),
}
"""Of each portable type: what PostgreSQL calls it, and two values as it reads them."""

FUNCTIONS = """
  one_{i}: {{binding: ask, parameters: {{v: "{type}"}}, returns: {{type: "{type}", path: $.v}}, grant: [app]}}
  many_{i}:
    binding: ask
    parameters: {{v: "{type}"}}
    returns: {{type: "{type}", path: $.v}}
    batch: {{wire: list}}
    grant: [app]"""

SPEC = """
udfgen: 1
name: kinds
aws: {region: eu-west-1, credentials: {source: environment}}
bindings:
  ask: {function: ask, qualifier: live}
functions:""" + "".join(FUNCTIONS.format(i=i, type=type_) for i, type_ in enumerate(TYPES))


@pytest.fixture(scope="module")
def installed(another: Callable[[str], str]) -> str:
    """A database with two functions for each type: of one value, and of many."""
    dsn = another("")
    put(dsn, f"{SPEC}\nengines: {{postgresql: {{}}}}\n")
    return dsn


@pytest.mark.parametrize(
    "settings", ["set timezone = 'UTC'", "set timezone = 'Asia/Kolkata'; set datestyle = 'SQL, DMY'"]
)
@pytest.mark.parametrize("type_", TYPES)
def test_values_of_arrays(installed: str, scripted: ScriptedLambda, type_: str, settings: str) -> None:
    number = list(TYPES).index(type_)
    native, *texts = TYPES[type_]
    values = [f"$value${text}$value$::{native}" for text in texts]
    scripted.play(Script(answer=lambda body: body))
    found = [sql(installed, f"{settings}; select kinds.one_{number}({value})::text", "app") for value in values]
    alone = [request.body for request in scripted.requests]
    assert len({*alone}) == 2
    scripted.play(Script(answer=lambda body: body))
    given = f"array[{values[0]}, null, {values[1]}]"
    together = sql(installed, f"{settings}; select v::text from kinds.many_{number}({given}) as v", "app")
    (request,) = scripted.requests
    assert request.body == b"[%b,%b,%b]" % (alone[0], b'{"v":null}', alone[1])
    assert together == [*found[0], (None,), *found[1]]
    scripted.play(Script(answer=lambda body: body))
    query = f"select unnest({given})"
    streamed = sql(installed, f"{settings}; select result::text from kinds.many_{number}_from($q${query}$q$)", "app")
    assert streamed == together
    assert scripted.requests[0].body == request.body


def test_numbers_are_exact(installed: str, scripted: ScriptedLambda) -> None:
    number = list(TYPES).index("decimal(38,10)")
    scripted.play(Script(answer=lambda body: body))
    sql(installed, f"select kinds.many_{number}(array[1234567890123456789012345678.0123456789, 1e-10, 0.00000000005])")
    assert scripted.requests[0].body == (
        b'[{"v":1234567890123456789012345678.0123456789},{"v":0.0000000001},{"v":0.0000000001}]'
    )
