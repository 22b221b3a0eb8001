"""The token, where a spec asks for one: it works, and no channel of MySQL and MariaDB shows it, nor the keys."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from hashlib import sha256

import pytest

from tests.live.mysql.callers import BODY, TOKENS, failure, guarded_server
from tests.live.mysql.conftest import ROOTS
from tests.live.mysql.databases import connection, is_mariadb, loadable, plugin_dir, run, sql
from tests.scripted import Script, ScriptedLambda


@pytest.fixture(scope="module", params=ROOTS)
def server(request: pytest.FixtureRequest, scripted: ScriptedLambda) -> Iterator[str]:
    """A server with both specs and all accounts."""
    with guarded_server(scripted, request.param) as dsn:
        yield dsn


@pytest.fixture(autouse=True)
def usual_answers(scripted: ScriptedLambda) -> None:
    """Answer what most functions can read."""
    scripted.play(Script(BODY))


def token_of(server: str) -> str:
    ((token,),) = sql(server, "select token from udfgen_tokens.token")
    assert re.fullmatch("[0-9a-f]{64}", str(token))
    return str(token)


def test_a_token_lies_in_the_table_and_its_digest_beside_the_library(server: str) -> None:
    digest = next(plugin_dir(server).glob("udfgen_tokens_*.token_sha256")).read_text(encoding="utf-8")
    assert digest.strip() == sha256(token_of(server).encode()).hexdigest()


def test_functions_that_show_a_token_work(server: str, scripted: ScriptedLambda) -> None:
    with connection(server, "app") as opened:
        for _ in range(2):
            assert run(opened, "select tokens.ask('x')") == [(1,)]
            assert run(opened, "call tokens.note('x')") == []
            assert run(opened, "call tokens.items('x')") == [(1, "a")]
    assert len(scripted.requests) == 6


OWN_CHANNELS = {
    "the text of a routine": "show create function tokens.ask",
    "the list of routines": "select * from information_schema.routines where routine_schema = 'tokens'",
    "parameters": "select * from information_schema.parameters where specific_schema = 'tokens'",
    "explain": "explain format=json select tokens.ask('x')",
    "warnings of explain": "explain extended select tokens.ask('x'); show warnings",
    "tables": "select * from information_schema.tables",
    "processes": "show full processlist",
    "the optimizer's trace": """
        set optimizer_trace = 'enabled=on'; select tokens.ask('x');
        select * from information_schema.optimizer_trace""",
    "profiles": "set profiling = 1; select tokens.ask('x'); select 1; show profiles",
    "variables": "select tokens.ask('x'); call tokens.note('x'); select @udfgen, @token",
}


@pytest.mark.parametrize("statement", OWN_CHANNELS.values(), ids=OWN_CHANNELS)
@pytest.mark.parametrize("user", ["app", "keeper"])
def test_no_channel_of_a_caller_shows_the_token(
    server: str, scripted: ScriptedLambda, user: str, statement: str
) -> None:
    if not is_mariadb(server):
        statement = statement.replace("explain extended", "explain format=traditional")
    with connection(server, user) as opened:
        shown = [str(run(opened, each)) for each in statement.split("; ")][-1]
    assert shown not in ("", "[]")
    assert token_of(server) not in shown


def test_an_error_shows_no_token(server: str, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b"{}", 404))
    with connection(server, "app") as opened:
        shown = str(failure(opened, "select tokens.ask('x')"))
        shown += str(run(opened, "get diagnostics condition 1 @m = message_text; show warnings"))
        shown += str(run(opened, "select @m"))
    assert "[udfgen not_found]" in shown
    assert token_of(server) not in shown


ALL_STATEMENTS = {
    "processes": "show full processlist",
    "the table of processes": "select * from information_schema.processlist",
    "transactions": "select * from information_schema.innodb_trx",
    "current statements": "select * from performance_schema.events_statements_current",
    "recent statements": "select * from performance_schema.events_statements_history",
    "all recent statements": "select * from performance_schema.events_statements_history_long",
    "digests": "select * from performance_schema.events_statements_summary_by_digest",
    "threads": "select * from performance_schema.threads",
    "variables": "select * from performance_schema.user_variables_by_thread",
    "prepared statements": "select * from performance_schema.prepared_statements_instances",
}
OF_ADMINISTRATORS = {
    "the general log": "select event_time, convert(argument using utf8mb4) from mysql.general_log",
    "the slow log": "select start_time, convert(sql_text using utf8mb4) from mysql.slow_log",
    "InnoDB": "show engine innodb status",
}
WATCH = """
set global log_output = 'table'; set global slow_query_log = 1; set global general_log = 1;
set global long_query_time = 0;
update performance_schema.setup_consumers set enabled = 'yes' where name like 'events_statements%'
"""


def test_who_sees_all_statements_does_not_see_the_token_nor_the_keys(server: str, scripted: ScriptedLambda) -> None:
    sql(server, WATCH)
    scripted.play(Script(BODY, delay=2.5))
    with connection(server, "app") as opened:
        call = threading.Thread(target=run, args=(opened, "select 'the caller', tokens.ask('x')"))
        call.start()
        while not scripted.requests:
            time.sleep(0.01)
        shown = gather(server, "monitor", ALL_STATEMENTS) | gather(server, "root", OF_ADMINISTRATORS)
        call.join()
        shown |= {
            f"{name}, later": text for name, text in gather(server, "root", ALL_STATEMENTS | OF_ADMINISTRATORS).items()
        }
    assert {"the caller" in shown[each] for each in ("current statements", "all recent statements, later")} == {True}
    assert "the caller" in shown["the general log, later"]
    secrets = [token_of(server), scripted.environment()["AWS_SECRET_ACCESS_KEY"]]
    assert [name for name, text in shown.items() if any(secret in text for secret in secrets)] == []


def gather(server: str, user: str, channels: dict[str, str]) -> dict[str, str]:
    """Return what a user is told in each channel."""
    with connection(server, user) as opened:
        return {name: str(run(opened, statement)) for name, statement in channels.items()}


def test_who_knows_the_token_is_refused_where_the_server_knows_the_definer(
    server: str, scripted: ScriptedLambda
) -> None:
    """The last test here: it writes the token into a statement, which MySQL keeps as the sample of a digest."""
    with connection(server, "evil") as opened:
        assert failure(opened, f"select {loadable(TOKENS)}('ask', user(), '{token_of(server)}', 'x')")[0] == 51003
    assert scripted.requests == []
