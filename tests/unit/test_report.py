"""What people and machines read: plans, checks, problems, rows. Colour only when it is asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any

import pytest

import udfgen
from udfgen.bundle import Key
from udfgen.connect import Check
from udfgen.errors import Origin, Problem, Severity
from udfgen.plan import REFUSED, Change, Plan, Verdict
from udfgen.report import (
    SIGNS,
    checks_text,
    json_text,
    outcome_text,
    plain,
    plan_text,
    problems_json,
    problems_sarif,
    summary,
    table_text,
)
from udfgen.trial import Outcome


def plan(*verdicts: Verdict, problems: tuple[str, ...] = (), diff: str = "") -> Plan:
    changes = tuple(
        Change(verdict, Key("function", f"f{number}()"), Origin("spec.yaml", number, 2), (), diff)
        for number, verdict in enumerate(verdicts, 1)
    )
    return Plan("engine", "sensors", None, "Engine 1 at h", changes, problems, "digest")


def test_a_plan_has_a_line_per_change() -> None:
    text = plan_text(plan(*Verdict, diff="-a\n+b"))
    assert text.splitlines() == [
        "Engine 1 at h",
        "+ create    function f2()  (spec.yaml:2)",
        "      -a",
        "      +b",
        "~ change    function f3()  (spec.yaml:3)",
        "      -a",
        "      +b",
        "+ missing   function f4()  (spec.yaml:4)",
        "      -a",
        "      +b",
        "! drift     function f5()  (spec.yaml:5)",
        "      -a",
        "      +b",
        "! unmanaged function f6()  (spec.yaml:6)",
        "      -a",
        "      +b",
        "- drop      function f7()  (spec.yaml:7)",
        "      -a",
        "      +b",
        "? foreign   function f8()  (spec.yaml:8)",
        "      -a",
        "      +b",
        "Plan: 1 create, 1 change, 1 missing, 1 drift, 1 unmanaged, 1 drop, 1 foreign; 1 unchanged. "
        "Refused unless --adopt and --replace-drift is given.",
    ]


def test_every_verdict_but_unchanged_is_shown() -> None:
    assert set(SIGNS) == set(Verdict) - {Verdict.UNCHANGED}


def test_problems_of_the_server_come_first() -> None:
    assert plan_text(plan(Verdict.CREATE, problems=("no superuser",))).splitlines()[:2] == [
        "Engine 1 at h",
        "! no superuser",
    ]


def test_a_change_without_a_place_in_the_spec_has_none() -> None:
    made = Plan("e", "p", None, "S", (Change(Verdict.DROP, Key("function", "f()")),), (), "d")
    assert plan_text(made).splitlines()[1] == "- drop      function f()"


@pytest.mark.parametrize("verdict", list(SIGNS))
def test_colour_only_when_it_is_asked_for(verdict: Verdict) -> None:
    made = plan(verdict, diff="-x")
    assert "\x1b" not in plan_text(made)
    coloured = plan_text(made, colour=True).splitlines()
    assert coloured[1].startswith("\x1b[")
    assert coloured[1].endswith("\x1b[0m")
    assert "\x1b" not in "".join(coloured[2:])


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ((), "Nothing to do: 0 objects are as the spec says."),
        ((Verdict.UNCHANGED,) * 2, "Nothing to do: 2 objects are as the spec says."),
        ((Verdict.CREATE, Verdict.UNCHANGED), "Plan: 1 create; 1 unchanged."),
        ((Verdict.DRIFT,), "Plan: 1 drift; 0 unchanged. Refused unless --replace-drift is given."),
        ((Verdict.UNMANAGED,) * 3, "Plan: 3 unmanaged; 0 unchanged. Refused unless --adopt is given."),
        ((Verdict.FOREIGN,), "Plan: 1 foreign; 0 unchanged."),
    ],
)
def test_summary(verdicts: tuple[Verdict, ...], expected: str) -> None:
    assert summary(plan(*verdicts)) == expected


def test_a_flag_that_was_given_is_not_asked_for() -> None:
    made = plan(Verdict.DRIFT, Verdict.UNMANAGED)
    assert summary(made, frozenset({Verdict.DRIFT})).endswith(" Refused unless --adopt is given.")
    assert plan_text(made, allowed=frozenset(REFUSED)).endswith("; 0 unchanged.")


def test_checks_advise_where_something_is_wrong() -> None:
    checks = [Check("a", True, "fine", "unused"), Check("b", False, "bad", "do this"), Check("c", False, "worse")]
    assert checks_text(checks) == "ok   a: fine\nBAD  b: bad\n     do this\nBAD  c: worse"


def test_outcomes() -> None:
    assert outcome_text(Outcome("f", "spec.yaml:1:2", "")) == "ok   f (spec.yaml:1:2)"
    assert (
        outcome_text(Outcome("f", "spec.yaml:1:2", "expected 1, got 2")) == "BAD  f (spec.yaml:1:2) expected 1, got 2"
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], " id | name\n----+------\n(0 rows)"),
        ([(1, "x")], " id | name\n----+------\n 1  | x\n(1 row)"),
        ([(1, None), (22222, "longer")], " id    | name\n-------+--------\n 1     |\n 22222 | longer\n(2 rows)"),
    ],
)
def test_rows_look_like_a_table(rows: list[tuple[Any, ...]], expected: str) -> None:
    assert table_text(("id", "name"), rows) == expected


PROBLEMS = (
    Problem(Origin("a b.yaml", 3, 7), 'the key "x" is unknown', "remove it", "unknown-key"),
    Problem(Origin("a b.yaml", 4, 1), "not pinned", "pin it", "unpinned", Severity.WARNING),
    Problem(Origin("a b.yaml", 9, 2), "another", "remove it", "unknown-key"),
)


def test_problems_as_json() -> None:
    assert json.loads(problems_json(PROBLEMS))[:2] == [
        {
            "file": "a b.yaml",
            "line": 3,
            "column": 7,
            "severity": "error",
            "rule": "unknown-key",
            "what": 'the key "x" is unknown',
            "advice": "remove it",
        },
        {
            "file": "a b.yaml",
            "line": 4,
            "column": 1,
            "severity": "warning",
            "rule": "unpinned",
            "what": "not pinned",
            "advice": "pin it",
        },
    ]
    assert json.loads(problems_json(())) == []


def test_problems_as_sarif() -> None:
    log = json.loads(problems_sarif(iter(PROBLEMS)))
    assert (log["version"], log["$schema"]) == ("2.1.0", "https://json.schemastore.org/sarif-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("udfgen", udfgen.__version__)
    assert [rule["id"] for rule in driver["rules"]] == ["unknown-key", "unpinned"]
    assert [result["ruleId"] for result in run["results"]] == ["unknown-key", "unpinned", "unknown-key"]
    assert {result["ruleId"] for result in run["results"]} <= {rule["id"] for rule in driver["rules"]}
    assert run["results"][0] == {
        "ruleId": "unknown-key",
        "level": "error",
        "message": {"text": 'the key "x" is unknown: remove it'},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "a%20b.yaml"},
                    "region": {"startLine": 3, "startColumn": 7},
                }
            }
        ],
    }
    assert run["results"][1]["level"] == "warning"


def test_sarif_of_no_problem_is_a_run_without_results() -> None:
    (run,) = json.loads(problems_sarif(()))["runs"]
    assert run["results"] == []


class Colour(str, Enum):
    """An enumeration whose members are texts too."""

    RED = "red"


@dataclass(frozen=True)
class Node:
    """A stage's value."""

    name: str
    inner: object


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (3, 3),
        ("x", "x"),
        (b"\xc3\xa9\xff", "\u00e9\ufffd"),
        (Decimal("1.50"), "1.50"),
        (Decimal("1E+3"), "1000"),
        (Colour.RED, "red"),
        (MappingProxyType({Colour.RED: (1, 2)}), {"red": [1, 2]}),
        (Node("n", Node("m", (None,))), {"name": "n", "inner": {"name": "m", "inner": [None]}}),
        (Key("function", "f()"), {"kind": "function", "name": "f()"}),
        (frozenset({"b", "a", "c"}), ["a", "b", "c"]),
    ],
)
def test_plain(value: object, expected: object) -> None:
    assert plain(value) == expected
    assert json.loads(json_text(value)) == expected


def test_json_keeps_letters() -> None:
    assert json_text({"k": "\u00e9\U0001f600"}) == '{\n  "k": "\u00e9\U0001f600"\n}'
