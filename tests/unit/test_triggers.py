"""Triggers, pages and drop-in names: what the check warns of, and what becomes of them in the Program."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from udfgen import dialect, ir
from udfgen.errors import Origin, SpecError
from udfgen.ir import Constant, Event, Fact, Invoke, Kind, Level, Name, Type
from udfgen.portable import portable
from udfgen.resolve import resolve
from udfgen.spec.check import check_text
from udfgen.spec.names import parse_table, same
from udfgen.spec.wording import Wrong

ENGINE = "postgresql"
SPEC = """\
udfgen: 1
name: s
aws: {region: eu-west-1, account: "123456789012"}
bindings:
  queue: {function: log, qualifier: live, invoke: async}
  score: {function: score, qualifier: live}
functions:
  log:
    binding: queue
    parameters: {id: integer, at: {type: date, default: 2016-02-15}, what: {type: json, default: [1]}}
  ask: {binding: score}
triggers:
  told: {table: App."T 1", after: [delete, insert], call: log, arguments: {id: -1, what: "'[1.50]'"}}
engines: {postgresql: {}}
"""


def program(text: str = SPEC) -> ir.Program:
    return resolve(check_text(text, "x/s.yaml"))


def warnings(text: str) -> list[str]:
    return [f"{each.origin.line}:{each.origin.column} {each.rule}" for each in check_text(text, "s.yaml").warnings]


def test_a_trigger_says_what_the_spec_says() -> None:
    (trigger,) = program().triggers
    assert (trigger.schema, trigger.table) == (Name("App"), Name("T 1", exact=True))
    assert trigger.events == (Event.INSERT, Event.DELETE)
    assert (trigger.level, trigger.of, trigger.key, trigger.when) == (Level.ROW, (), (), None)
    assert (trigger.unless_users, trigger.skips_off) == ((), False)
    assert trigger.function == program().functions[0]
    assert trigger.origin == Origin("s.yaml", 13, 3)


def test_arguments_stand_in_the_order_of_the_parameters_and_have_their_types() -> None:
    (trigger,) = program().triggers
    assert trigger.arguments == (
        Constant(Decimal(-1), Type(Kind.INTEGER)),
        Constant("2016-02-15", Type(Kind.DATE)),
        Constant("[1.50]", Type(Kind.JSON)),
    )
    defaults = program(SPEC.replace(""", what: "'[1.50]'\"""", "")).triggers[0].arguments
    assert defaults[2] == Constant("[1]", Type(Kind.JSON))


def test_everything_that_a_trigger_may_say() -> None:
    said = (
        "{table: t, after: [update], of: [a, '\"B\"'], level: statement, key: [id], when: old.a < new.a, call: log, "
        "arguments: {id: new.id, what: null}, unless_user: [writer], when_off: skip}"
    )
    (trigger,) = program(SPEC.replace(SPEC.split("told: ")[1].split("\n")[0], said)).triggers
    assert (trigger.level, trigger.schema) == (Level.STATEMENT, None)
    assert (trigger.of, trigger.key) == ((Name("a"), Name("B", exact=True)), (Name("id"),))
    assert trigger.when is not None
    assert portable(trigger.when) == "old.a < new.a"
    assert trigger.arguments[2] == Constant(None, Type(Kind.JSON))
    assert (trigger.unless_users, trigger.skips_off) == (("writer",), True)


def test_the_words_that_a_trigger_knows() -> None:
    functions = "  log: {binding: queue, parameters: {a: text, b: text, c: timestamptz, d: varchar(9)}}\n"
    text = SPEC.replace(SPEC.split("functions:\n")[1].split("  ask")[0], functions)
    said = "arguments: {a: operation, b: table, c: time, d: user}"
    (trigger,) = program(text.replace("""arguments: {id: -1, what: "'[1.50]'"}""", said)).triggers
    assert trigger.arguments == (Fact.OPERATION, Fact.TABLE, Fact.TIME, Fact.USER)


def test_a_row_that_waits_for_lambda_is_a_warning_and_a_queue_or_a_statement_is_none() -> None:
    waits = SPEC.replace("call: log, arguments: {id: -1, what: \"'[1.50]'\"}", "call: ask")
    assert warnings(SPEC) == ["11:3 no-grant"]
    assert warnings(waits) == ["8:3 no-grant", "13:53 sync-trigger"]
    assert warnings(waits.replace("call: ask", "call: ask, level: statement")) == ["8:3 no-grant"]
    (found,) = (each for each in check_text(waits, "s.yaml").warnings if each.rule == "sync-trigger")
    assert "each row waits for Lambda and holds the transaction's locks" in str(found)


def test_a_trigger_is_a_caller_and_drop_in_names_use_bindings() -> None:
    no_trigger = SPEC.replace("triggers:\n", "").replace(SPEC.split("triggers:\n")[1].split("engines")[0], "")
    assert warnings(no_trigger) == ["8:3 no-grant", "11:3 no-grant"]
    unused = no_trigger.replace("  ask: {binding: score}\n", "")
    assert "6:3 unused" in warnings(unused)
    assert "6:3 unused" not in warnings(unused + "compat: {awslambda: true}\n")
    dry = unused.replace("qualifier: live}\nf", "qualifier: live, invoke: dry_run}\nf")
    assert "6:3 unused" in warnings(dry + "compat: {awslambda: true}\n")


def test_a_family_that_reaches_nothing_is_a_warning() -> None:
    dry = "udfgen: 1\nname: s\naws: {region: eu-west-1}\nbindings:\n  b: {function: f, qualifier: v, invoke: dry_run}\n"
    assert "6:10 unused" in warnings(dry + "compat: {awslambda: true}\nengines: {postgresql: {}}\n")


def test_an_environment_lays_over_what_triggers_call_and_adds_none() -> None:
    text = SPEC + "environments:\n  dev: {bindings: {queue: {invoke: sync}}}\n"
    found = [each for each in check_text(text, "s.yaml").warnings if each.rule == "sync-trigger"]
    assert [each.what.partition(",")[0] for each in found] == ['in the environment "dev"']
    assert resolve(check_text(text, "s.yaml"), "dev").triggers[0].function.binding.invoke is Invoke.SYNC
    with pytest.raises(SpecError, match='unknown key "triggers"'):
        check_text(SPEC + "environments:\n  dev: {triggers: {u: {table: t}}}\n", "s.yaml")


@pytest.mark.parametrize(
    ("said", "feature"),
    [
        ("triggers: {t: {table: t, after: [insert], call: f}}", dialect.Feature.ROW_TRIGGER),
        ("triggers: {t: {table: t, after: [insert], level: statement, call: f}}", dialect.Feature.STATEMENT_TRIGGER),
        ("compat: {awslambda: true}", dialect.Feature.AWSLAMBDA),
        ("compat: {aws_lambda: true}", dialect.Feature.AWS_LAMBDA),
        ("compat: {aurora: true}", dialect.Feature.AURORA),
    ],
)
def test_what_an_engine_lacks_is_refused_where_it_is_asked_for(
    said: str, feature: dialect.Feature, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = dialect.load(ENGINE)
    lacking = {feature: dialect.Support(dialect.Level.NONE, "it has none")}
    lesser = replace(engine, support={**engine.support, **lacking})
    monkeypatch.setattr(dialect, "load", lambda name: lesser)
    head = "udfgen: 1\nname: s\naws: {region: eu-west-1}\nbindings: {b: {function: f, qualifier: v, invoke: async}}\n"
    with pytest.raises(SpecError) as caught:
        check_text(f"{head}functions: {{f: {{binding: b}}}}\n{said}\nengines: {{{ENGINE}: {{}}}}\n", "s.yaml")
    (problem,) = caught.value.problems
    assert (problem.rule, problem.origin.line, problem.advice) == ("support", 6, "it has none")


PAGES = """\
udfgen: 1
name: s
aws: {region: eu-west-1}
bindings: {b: {function: f, qualifier: v}}
functions:
  f:
    binding: b
    parameters: {stream: text, token: {type: text, default: null}}
    returns: {table: {a: text}, rows: $.items}
    follow: {token: $.next, into: token}
    grant: [app]
engines: {postgresql: {}}
"""


@pytest.mark.parametrize(
    ("more", "until", "empty", "most", "stops"),
    [
        ("", None, False, 100, False),
        (", until: $.done, max_pages: 1", ("done",), False, 1, False),
        (", until: empty, on_limit: stop, max_pages: 10000", None, True, 10_000, True),
        (", on_limit: fail", None, False, 100, False),
    ],
)
def test_pages(more: str, until: ir.Path | None, empty: bool, most: int, stops: bool) -> None:
    (function,) = program(PAGES.replace("into: token}", f"into: token{more}}}")).functions
    assert function.follow == ir.Follow(("next",), 1, until, empty, most, stops, Origin("s.yaml", 10, 5))
    assert warnings(PAGES) == []


def spelled(bindings: str, aws: str = "region: eu-west-1") -> dict[str, list[str]]:
    text = f"udfgen: 1\nname: s\naws: {{{aws}}}\nbindings: {{{bindings}}}\nengines: {{postgresql: {{}}}}\n"
    (family,) = program(text + "compat: {awslambda: {grant: [app]}}\n").compat
    assert [each.grantee for each in family.grants] == ["app"]
    found: dict[str, list[str]] = {}
    for each in family.reached:
        found.setdefault(f"{each.binding.invoke.value} {each.binding.name}", []).append(each.spelling)
    return found


ACCOUNT = 'region: eu-west-1, account: "123456789012"'


@pytest.mark.parametrize(
    ("bindings", "aws", "found"),
    [
        ("b: {function: f, qualifier: v}", "region: eu-west-1", {"sync b": ["f", "f:v"]}),
        ("b: {function: f}", "region: eu-west-1", {"sync b": ["f"]}),
        (
            "b: {function: f, qualifier: v}",
            ACCOUNT,
            {
                "sync b": [
                    *("f", "f:v", "123456789012:function:f", "123456789012:function:f:v"),
                    "arn:aws:lambda:eu-west-1:123456789012:function:f",
                    "arn:aws:lambda:eu-west-1:123456789012:function:f:v",
                ]
            },
        ),
        (
            'b: {function: "arn:aws-cn:lambda:cn-north-1:123456789012:function:f"}',
            "region: cn-north-1",
            {
                "sync b": [
                    *("f", "123456789012:function:f"),
                    "arn:aws-cn:lambda:cn-north-1:123456789012:function:f",
                ]
            },
        ),
        # Without its qualifier the name would mean two bindings that are called the same way.
        (
            "b: {function: f, qualifier: v}, c: {function: f, qualifier: w}",
            "region: eu-west-1",
            {"sync b": ["f:v"], "sync c": ["f:w"]},
        ),
        (
            "b: {function: f, qualifier: v}, c: {function: f, qualifier: v, invoke: async}",
            "region: eu-west-1",
            {"sync b": ["f", "f:v"], "async c": ["f", "f:v"]},
        ),
        ("b: {function: f, qualifier: v}, c: {function: f, qualifier: v}", "region: eu-west-1", {}),
        ("b: {function: f, qualifier: v, invoke: dry_run}", "region: eu-west-1", {}),
    ],
)
def test_spellings(bindings: str, aws: str, found: dict[str, list[str]]) -> None:
    assert spelled(bindings, aws) == found


def test_the_partition_is_that_of_the_region() -> None:
    found = spelled("b: {function: f}", 'region: us-gov-west-1, account: "123456789012"')
    assert found["sync b"][-1] == "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f"


def test_a_spec_without_compat_has_none_and_families_keep_their_order() -> None:
    assert program().compat == ()
    found = program(SPEC + "compat: {aurora: true, awslambda: true}\n").compat
    assert [(each.family, each.grants) for each in found] == [("awslambda", ()), ("aurora", ())]


@pytest.mark.parametrize(
    ("text", "schema", "table"),
    [
        ("t", None, Name("t")),
        ("App.T_1", Name("App"), Name("T_1")),
        ('"a.b"."c ""d"""', Name("a.b", exact=True), Name('c "d"', exact=True)),
        ('a."B"', Name("a"), Name("B", exact=True)),
    ],
)
def test_names_of_tables(text: str, schema: Name | None, table: Name) -> None:
    found = parse_table(text)
    assert (found.schema, found.table) == (schema, table)


@pytest.mark.parametrize(
    "text", ["", ".", "a.", ".a", "a b", 'a"b"', '""', '"a', "a.b.c", "a$", "é", "1a", "a;b", 1, '"a"b']
)
def test_what_is_no_table(text: object) -> None:
    with pytest.raises(Wrong, match="is not the name of a table"):
        parse_table(text)


def test_a_name_has_a_length() -> None:
    assert parse_table("t" * 128).table == Name("t" * 128)
    with pytest.raises(Wrong, match="a name of 129 characters"):
        parse_table('"' + "t" * 129 + '"')


def test_names_are_the_same_where_an_engine_may_fold_them() -> None:
    assert same(Name("A"), Name("a"))
    assert same(Name("A"), Name("a", exact=True))
    assert not same(Name("A", exact=True), Name("a", exact=True))
