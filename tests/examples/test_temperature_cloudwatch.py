"""temperature-cloudwatch: what is inserted becomes a metric, by the spec's trigger and by the article's own words."""

from __future__ import annotations

import time
from datetime import datetime, timezone

import pytest

from tests.examples.aws import Aws, metric
from tests.examples.places import Runtime, Server
from udfgen.local import Fault

EXAMPLE = "temperature-cloudwatch"
TABLES = ("table",)
METRIC = ("Temperature Monitoring Database App", "Temperature Reading")
READINGS = [65.0, 65.0, 63.0, 67.0, 74.0, 82.0, 85.0, 86.0]
NOON = datetime(2016, 2, 15, 12, tzinfo=timezone.utc)
AT_NOON = {"reading_time": "2016-02-15T12:00:00", "reading_value": 60.0}
INSERT = "insert into temp_reading values ('2016-02-15 12:00:00', 60)"
WRAPPER = {
    name: f"{verb} temperature_cloudwatch.log_temp_reading"
    for name, verb in (("postgresql", "select"), ("mysql", "call"))
}
LOOK_SECONDS = 1.2
"""A session looks at its switch once a second."""


@pytest.fixture(scope="module")
def server(server: Server) -> Server:
    """The server, where both users may write to the table, and that is all they need."""
    for user in ("app", "writer"):
        server.rows(f"grant insert on temp_reading to {user}")
    return server


def test_readings_become_a_metric(server: Server, aws: Aws) -> None:
    server.script("readings", "app")
    assert len(server.example.sent()) == len(READINGS)
    found = metric(aws, *METRIC)
    assert [value for _, value in found] == READINGS
    minutes = [round((later - found[0][0]).total_seconds() / 60) for later, _ in found]
    assert minutes == [0, 10, 20, 30, 40, 50, 60, 70]
    assert 9 <= (datetime.now(timezone.utc) - found[-1][0]).total_seconds() / 60 <= 12, "times are in UTC"


def test_who_writes_needs_no_right_on_the_wrapper(server: Server, aws: Aws) -> None:
    server.rows(INSERT, "writer")
    assert server.example.sent()[-1] == AT_NOON
    assert metric(aws, *METRIC) == [(NOON, 60.0)]
    with pytest.raises(Exception, match=r"(?i)denied"):
        server.rows(f"{WRAPPER[server.engine]}('2016-02-15 12:00:00', 60)", "writer")


def test_a_reading_without_a_value_is_no_metric(server: Server, aws: Aws) -> None:
    before = server.example.sent()
    server.rows("insert into temp_reading values ('2016-02-15 12:00:00', null)", "writer")
    assert server.example.sent() == before


def test_a_rollback_takes_the_row_back_and_not_the_reading(server: Server, aws: Aws) -> None:
    count = server.rows("select count(*) from temp_reading")
    server.rows(f"start transaction; {INSERT}; rollback", "writer")
    server.example.sent()
    assert server.rows("select count(*) from temp_reading") == count
    assert metric(aws, *METRIC) == [(NOON, 60.0)]


def test_an_event_that_aws_refuses_fails_the_insert(server: Server, aws: Aws) -> None:
    count = server.rows("select count(*) from temp_reading")
    server.example.local.inject([Fault("throttle", times=1)])
    with pytest.raises(Exception, match=r"\[udfgen throttled\]"):
        server.rows(INSERT, "writer")
    server.example.local.inject([])
    assert server.rows("select count(*) from temp_reading") == count
    assert metric(aws, *METRIC) == []


def test_the_article_s_trigger_calls_by_name(server: Server, aws: Aws) -> None:
    server.script("article")
    before = len(server.example.sent())
    server.rows(INSERT, "app")
    text = {"reading_time": "2016-02-15 12:00:00", "reading_value": "60"}
    by_name = [each for each in server.example.sent()[before:] if each != AT_NOON]
    assert [{name: value.removesuffix(".00") for name, value in each.items()} for each in by_name] == [text]
    assert metric(aws, *METRIC, "SampleCount") == [(NOON, 2.0)]
    server.rows("drop trigger temp_reading_trigger" + (" on temp_reading" if server.engine == "postgresql" else ""))


def test_a_reading_is_passed_by_while_the_binding_is_off(server: Server, aws: Aws) -> None:
    server.udfgen("switch", "temp_reading", "off")
    time.sleep(LOOK_SECONDS)
    before = len(server.example.sent())
    server.rows(INSERT, "writer")
    server.udfgen("switch", "temp_reading", "live")
    time.sleep(LOOK_SECONDS)
    server.rows(INSERT, "writer")
    assert server.example.sent()[before:] == [AT_NOON]


def test_uninstalled_the_table_is_a_table(server: Server, aws: Aws) -> None:
    """The last test here: it takes away what was installed, and puts it back."""
    server.udfgen("uninstall", "--yes")
    before = len(server.example.sent())
    server.rows(INSERT, "writer")
    assert len(server.example.sent()) == before
    server.install()


def test_a_table_that_is_missing_is_said_before_anything_is_done(
    server: Server, aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    server.udfgen("uninstall", "--yes")
    server.rows("alter table temp_reading rename to moved")
    capsys.readouterr()
    server.udfgen("install", "--yes", code=1)
    told = capsys.readouterr()
    assert "temp_reading" in told.out + told.err
    assert "Installed" not in told.out
    server.rows("alter table moved rename to temp_reading")
    server.install()


def test_what_the_trigger_passes_becomes_a_metric(runtime: Runtime, aws: Aws) -> None:
    runtime.call("log_temp_reading", reading_time="2016-02-15T12:00:00", reading_value="60.00")
    assert runtime.example.sent() == [AT_NOON]
    assert metric(aws, *METRIC) == [(NOON, 60.0)]
