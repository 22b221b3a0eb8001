"""Drop-in names on MySQL and MariaDB: code for other libraries runs unchanged in the routines' database."""

from __future__ import annotations

import pymysql
import pytest

from tests.live.mysql.catalogs import difference, photograph
from tests.live.mysql.databases import SPEC, changed, connection, look, put, remove, run, sql
from tests.scripted import Script, ScriptedLambda

NAMES = changed(
    SPEC,
    ("name: shop\n", "name: shop\ncompat: {awslambda: {grant: [app]}, aurora: true}\n"),
    ("  one: {", "  queue: {function: queue, qualifier: live, invoke: async}\n  one: {"),
    ("aws: {region: eu-west-1,", 'aws: {region: eu-west-1, account: "123456789012",'),
)
UNKNOWN = r'\[udfgen not_found\]: {}: "{}" is not a Lambda function that this database may call'
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:one:live"


@pytest.fixture
def named(server: str, scripted: ScriptedLambda) -> str:
    """A server with the names in it, of which `app` may use those of one family."""
    put(server, NAMES)
    scripted.play(Script(b'{"v": [1.50, "\\u00e9"]}'))
    return server


def test_they_come_and_go_with_the_rest(server: str) -> None:
    was = photograph(server)
    put(server, NAMES)
    assert look(server, NAMES).is_done
    put(server, SPEC)
    assert sql(server, "select routine_name from information_schema.routines where routine_name like '%lambda%'") == []
    put(server, NAMES)
    remove(server, NAMES)
    assert difference(was, photograph(server)) == {}


def test_code_that_names_no_database_runs_in_that_of_the_routines(named: str, scripted: ScriptedLambda) -> None:
    """The article's own words: a select, an assignment, a call."""
    reply = '{"v": [1.50, "\\u00e9"]}'
    with connection(named, "app", database="shop") as opened:
        assert run(opened, """select awslambda_fn('one', '{"a": 1}')""") == [(reply,)]
        assert run(opened, f"set @r = awslambda_fn('{ARN}', null); select @r") == [(reply,)]
        scripted.scripts = (Script(b"", 202),)
        assert run(opened, "select awslambda_fn_async('queue:live', '[]')") == [("",)]
        run(opened, "call awslambda_proc('queue', json_object('b', 2))")
    assert [request.body for request in scripted.requests] == [b'{"a": 1}', b"null", b"[]", b'{"b": 2}']
    assert {request.target.split("/")[3] for request in scripted.requests} == {"one", "queue"}


def test_the_names_of_aurora_are_made_and_granted_to_nobody(named: str, scripted: ScriptedLambda) -> None:
    assert sql(named, f"select shop.lambda_sync('{ARN}', '1')") == [('{"v": [1.50, "\\u00e9"]}',)]
    scripted.scripts = (Script(b"", 202),)
    assert sql(named, f"select shop.lambda_async('{ARN.replace(':one:', ':queue:')}', json_array(1))") == [("",)]
    for routine in ("lambda_sync", "lambda_async"):
        with pytest.raises(pymysql.Error, match="execute command denied to user 'app'"):
            sql(named, f"select shop.{routine}('one', '1')", "app")


@pytest.mark.parametrize(
    ("routine", "name"),
    [
        ("awslambda_fn", "nobody"),
        ("awslambda_fn", "queue"),
        ("awslambda_fn", "ONE"),
        ("awslambda_fn", "one:other"),
        ("awslambda_fn_async", "one"),
        ("awslambda_fn", "*/ drop"),
    ],
)
def test_a_name_that_is_none_reaches_nothing(named: str, scripted: ScriptedLambda, routine: str, name: str) -> None:
    with pytest.raises(pymysql.Error, match=UNKNOWN.format(routine, name.replace("*", r"\*"))):
        sql(named, f"select shop.{routine}('{name}', '1')", "app")
    assert scripted.requests == []


def test_a_name_is_read_in_any_character_set(named: str) -> None:
    assert sql(named, "select shop.awslambda_fn(convert('one' using utf16), '1') is not null", "app") == [(1,)]
    with pytest.raises(pymysql.Error, match=r'awslambda_fn: argument "fn_name": must not be null'):
        sql(named, "select shop.awslambda_fn(null, '1')", "app")
