"""Expressions: what the closed set takes and means, and that everything else is refused by its name."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfgen.expression import Spelling, leaves, spell
from udfgen.ir import Cell, Constant, Expression, Fact, Name, Operation, Operator, Row
from udfgen.portable import portable
from udfgen.spec.expressions import LENGTH, LEVELS, NODES, parse_expression
from udfgen.spec.fields import parse_argument, parse_condition
from udfgen.spec.wording import Wrong

A = Cell(Row.NEW, Name("a"))
EXPLICIT = Spelling(cell=portable, constant=portable, fact=portable)


def explicit(expression: Expression) -> str:
    """Return an expression with all parentheses."""
    return spell(expression, EXPLICIT)


def refusal(text: object) -> str:
    with pytest.raises(Wrong) as caught:
        parse_condition(text)
    assert caught.value.rule == "expression"
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("new.a > 0", "new.a > 0"),
        ("NEW.a >= 0.50 AND Old.B <= -1", "(new.a >= 0.50) and (old.B <= -1)"),
        ("new.a != 1 or new.b <> 2 and new.c = 3", "(new.a <> 1) or ((new.b <> 2) and (new.c = 3))"),
        ("not new.a = 1 and new.b = 2", "(not (new.a = 1)) and (new.b = 2)"),
        ("new.a is null", "new.a is null"),
        ("new.a is not null", "not (new.a is null)"),
        ("new.a is distinct from old.a", "new.a is distinct from old.a"),
        ("new.a is not distinct from old.a", "not (new.a is distinct from old.a)"),
        ("new.a in ('b', 'x''y')", "new.a in ('b', 'x''y')"),
        ("new.a not in (1, 2)", "not (new.a in (1, 2))"),
        ("new.a between 1 and 2 and new.b = 1", "(new.a between 1 and 2) and (new.b = 1)"),
        ("new.a not between -1 and +2", "not (new.a between -1 and 2)"),
        ("new.a - 1 - 2 * 3 = 0", "((new.a - 1) - (2 * 3)) = 0"),
        ("-new.a = - 1", "(- new.a) = -1"),
        ("-(-1) = new.a", "(- -1) = new.a"),
        ("coalesce(new.a, old.a, 0) > 1", "(coalesce(new.a, old.a, 0)) > 1"),
        ("lower(upper(new.a)) = 'x' or abs(new.b) = 1", "((lower((upper(new.a)))) = 'x') or ((abs(new.b)) = 1)"),
        ("new.active = true or new.active <> FALSE", "(new.active = true) or (new.active <> false)"),
        ("operation in ('insert', 'update')", "operation in ('insert', 'update')"),
        ("user <> 'app'", "user <> 'app'"),
        ("((new.a)) = ((1))", "new.a = 1"),
        ('new."Temp ""x"" --" = 1', 'new."Temp ""x"" --" = 1'),
        ("((new.table = 1) and (new.user = 'x')) and (new.time = '1')", None),
        ("new.a =\n  1\n\tand new.b = 2", "(new.a = 1) and (new.b = 2)"),
        (r"((new.a = '\') and (new.b = '--')) and (new.c = '/* */ ; $$ {{ %')", None),
        ("(new.a = '') and (new.b = 'é😀')", None),
    ],
)
def test_what_the_closed_set_means(text: str, meant: str | None) -> None:
    found = parse_condition(text)
    assert explicit(found) == (meant or text)
    assert parse_condition(portable(found)) == found
    assert parse_condition(explicit(found)) == found


@pytest.mark.parametrize(
    "text",
    [
        "new.a > 0 or new.b <> 2 and not new.c = 3",
        "(new.a = 1 or new.b = 1) and (new.c = 1 or not (new.a = 1 and new.b = 1))",
        "new.a = 1 and (new.b = 1 and new.c = 1)",
        "new.a - (1 - 2) * 3 - -1 = - new.b * - (1)",
        "new.a is not null and old.a is not distinct from new.a + 1",
        "coalesce(new.a, abs(- new.b)) not between 1 and 2 or new.a not in (1, 2 + 3)",
        'new."A ""b""" in (lower(user), \'it\'\'s\')',
    ],
)
def test_a_spec_has_no_more_parentheses_than_it_needs(text: str) -> None:
    assert portable(parse_condition(text)) == text


def test_a_tree() -> None:
    assert parse_condition("new.a not in ('x', old.\"a b\")") == Operation(
        Operator.NOT, (Operation(Operator.IN, (A, Constant("x"), Cell(Row.OLD, Name("a b", exact=True)))),)
    )


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("new.a", A),
        ("operation", Fact.OPERATION),
        ("table", Fact.TABLE),
        ("time", Fact.TIME),
        ("user", Fact.USER),
        ("'user'", Constant("user")),
        ("-1.50", Constant(Decimal("-1.50"))),
        (1, Constant(Decimal(1))),
        (Decimal("1.50"), Constant(Decimal("1.50"))),
        (True, Constant(True)),
        (None, Constant(None)),
        ("null", Constant(None)),
    ],
)
def test_arguments(value: object, meant: Expression) -> None:
    found = parse_argument(value)
    assert (found, type(getattr(found, "value", None))) == (meant, type(getattr(meant, "value", None)))


@pytest.mark.parametrize("value", ["new.a = 1", "new.a is null", "not new.a = 1", (1,), {"a": 1}])
def test_what_is_no_argument(value: object) -> None:
    with pytest.raises(Wrong, match=r"is no (value|argument)"):
        parse_argument(value)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("new.active", '"new.active" is no condition: compare it: new.active = true'),
        ("true", '"true" is no condition'),
        ("new.a and new.b = 1", '"new.a" is no condition'),
        ("not 5", '"5" is no condition: compare it'),
        ("new.a = null", 'null in "new.a = null": write is null or is not null'),
        ("new.a <> null", "write is null"),
        ("new.a in (1, null)", "write is null"),
        ("new.a is distinct from null", "write is null"),
        ("coalesce(new.a, null) = 1", 'null in "coalesce(new.a, null)": remove it'),
        ("null is null", "remove it"),
        ("(new.a = 1) = true", 'the condition "new.a = 1" is no value'),
        ("new.a = 1 is null", "is no value"),
        ("new.a < true", "puts true and false in an order: write = or <>"),
        ("new.a in ('x', 1)", "a text and a number"),
        ("new.a + 'x' = 1", "\"'x'\" in \"new.a + 'x'\": + is for a number"),
        ("lower(1) = 'x'", "lower is for a text"),
        ("user + 1 = 2", '"user" in "user + 1": + is for a number'),
        ("operation = 'INSERT'", 'no operation is called "INSERT": use one of delete, insert, update'),
        ("operation = 1", "a text and a number"),
    ],
)
def test_what_does_not_go_together(text: str, what: str) -> None:
    assert what in refusal(text)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "an expression is empty"),
        (" \n", "an expression is empty"),
        (1, "1 is not an expression: put it in quotes"),
        ("-- x", "a comment"),
        ("new.a = 1 -- x", "a comment"),
        ("new.a /* x */ = 1", "a comment"),
        ("new.a = 1;", "a second statement"),
        ("new.a = 1; drop table x", "a second statement"),
        ("new.a = (select 1)", '"select"'),
        ("new.a in (select b from c)", '"select"'),
        ("exists (select 1)", 'the function "exists"'),
        ("new.a::int = 1", '"::"'),
        ("cast(new.a as int) = 1", 'the function "cast"'),
        ("now() > new.a", 'the function "now"'),
        ("nvl(new.a, 1) = 1", 'the function "nvl" cannot stand in an expression: use coalesce, lower, upper, abs'),
        ("pg_sleep(9) = new.a", 'the function "pg_sleep"'),
        ("new.a like 'x'", '"like"'),
        ("new.a || 'x' = 'y'", '"||"'),
        ("new.a / 2 = 1", '"/"'),
        ("new.a % 2 = 1", '"%"'),
        ("new.a <=> 1", '"<=>"'),
        ("new.a == 1", '"=="'),
        ("new.a is true", "is before anything but null"),
        ("new.a is unknown", '"unknown"'),
        ("case when new.a = 1 then 1 end = 1", '"case"'),
        ("reading_value > 0", '"reading_value" cannot stand in an expression: columns are written new.x or old.x'),
        ("new = 1", '"new" alone'),
        ('"a" = 1', 'the name "a"'),
        ('"new".a = 1', 'the name "new"'),
        ("new.a.b = 1", "a name that is no column"),
        ("new.* = 1", "a name that is no column"),
        ("in.a = 1", "a name that is no column"),
        ('new."" = 1', 'the name ""'),
        ('new."a\nb" = 1', "a line break or a tab"),
        ("new.a = 'a\tb'", "a line break or a tab"),
        ("new.é = 1", 'put it in double quotes: new."é"'),
        ("new.1a = 1", 'the number ".1"'),
        ("new.a = .5", 'the number ".5"'),
        ("new.a = 1.", 'the number "1."'),
        ("new.a = 1e5", 'the number "1e5"'),
        ("new.a = 0x1F", '"x1F"'),
        ("new.a = " + "9" * 39, "at most 38 digits"),
        ("N'x' = new.a", "\"N'x'\""),
        ("E'x' = new.a", '"E"'),
        ("x'41' = new.a", '"x"'),
        ("$$x$$ = new.a", '"$$x$$"'),
        (":a = 1", '":"'),
        ("? = 1", '"?"'),
        ("@a = 1", '"@"'),
        ("`a` = 1", '"`"'),
        ("[a] = 1", '"["'),
        ("{x} = 1", '"{"'),
        ("new.a in 1", "in without a list"),
        ("new.a in ()", "in without more values"),
        ("coalesce(new.a) = 1", "coalesce without more values"),
        ("coalesce(distinct new.a, 1) = 1", "coalesce"),
        ("new.a between symmetric 1 and 2", '"symmetric"'),
        ("(1, 2) = (new.a, new.b)", "a list, but after in,"),
        ("'a' 'b' = new.a", "a second text"),
        ("new.a b", '"b"'),
        ("time > new.a", '"time" cannot stand in an expression: it can only be a whole argument'),
        ("table = 'x'", "it can only be a whole argument"),
        ("new.a = ", "cannot be read"),
        ("new.a = 'x", "cannot be read"),
        ("new.select = 1", 'stands in double quotes: new."order"'),
        ("lower(new.a, 1) = 'x'", "cannot be read"),
        ("new.a = 'AKIAIOSFODNN7EXAMPLE", "the expression the value cannot be read"),
    ],
)
def test_everything_else_is_refused_by_name(text: object, what: str) -> None:
    assert what in refusal(text)


@pytest.mark.parametrize(
    ("right", "wrong", "what"),
    [
        ("(" * LEVELS + "new.a = 1" + ")" * LEVELS, "(" * 17 + "new.a = 1" + ")" * 17, "levels"),
        ("not " * 14 + "new.a = 1", "not " * 17 + "new.a = 1", "levels"),
        (" and ".join(["new.a = 1"] * 16), " and ".join(["new.a = 1"] * 17), "parts"),
        ("new.a = 1" + " - 1" * 30, "new.a = 1" + " - 1" * 31, "parts"),
        (f"new.a = '{'x' * (LENGTH - 10)}'", f"new.a = '{'x' * LENGTH}'", "characters"),
        ("new.a in (" + ",".join("1" * (NODES - 2)) + ")", "new.a in (" + ",".join("1" * (NODES - 1)) + ")", "parts"),
    ],
)
def test_sizes(right: str, wrong: str, what: str) -> None:
    parse_condition(right)
    assert what in refusal(wrong)


@pytest.mark.parametrize("text", ["(" * 4000, "not " * 999, "-" + " -" * 1999, "new.a + " * 490, "a." * 2000])
def test_what_is_far_too_deep_or_long_is_refused_at_once(text: str) -> None:
    refusal(text)


WORDS = (
    *("new.a", "old.b", "1", "2", "0", "'x'", "coalesce(", "abs(", "(", ")", ")", ","),
    *("and", "or", "not", "in", "is", "null", "between", "distinct", "from", "true"),
    *("=", "<>", "<", "<=", ">", ">=", "+", "-", "*", ".", "operation", "user"),
)


@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join) | st.text(max_size=20))
def test_any_text_is_refused_or_becomes_a_tree_of_the_closed_set(text: str) -> None:
    try:
        found = parse_expression(text)
    except Wrong:
        return
    assert list(leaves(found))
    assert parse_expression(portable(found)) == found


values = st.sampled_from(("new.a", "new.b", "old.a", "1", "2", "-1", "0.5", "coalesce(new.b, 2)", "abs(old.a)"))
sums = st.tuples(values, st.sampled_from(("+", "-", "*")), values, st.sampled_from(("+", "-", "*")), values).map(
    " ".join
)
numbers = values | sums | values.map(lambda each: f"- {each}".replace("- -", "- - "))
comparisons = (
    st.tuples(numbers, st.sampled_from(("=", "<>", "!=", "<", "<=", ">", ">=")), numbers).map(" ".join)
    | st.tuples(values, numbers, numbers).map(lambda each: "{} between {} and {}".format(*each))
    | st.tuples(values, numbers, numbers).map(lambda each: "{} not in ({}, {})".format(*each))
    | numbers.map(lambda each: f"{each} is null")
    | st.tuples(numbers, numbers).map(lambda each: "{} is not {}".format(each[0], "null"))
)
conditions = st.lists(
    st.tuples(st.sampled_from(("", "not ")), comparisons, st.sampled_from((" and ", " or "))), min_size=1, max_size=3
).map(lambda parts: "".join(f"{before}{text}{after}" for before, text, after in parts).rsplit(" ", 2)[0])

DATABASE = sqlite3.connect(":memory:")
ROWS = "(select 1 as a, null as b) as new, (select -2 as a) as old"


def evaluated(text: str) -> object:
    return DATABASE.execute(f"select {text} from {ROWS}").fetchone()[0]


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(conditions)
def test_a_tree_means_what_a_database_reads_in_the_text(text: str) -> None:
    found = parse_condition(text)
    assert evaluated(explicit(found)) == evaluated(text), explicit(found)
    assert parse_condition(portable(found)) == found


def loads_the_parser(text: str) -> bool:
    code = (
        f"import sys\nfrom udfgen.spec import check\ncheck.check_text({text!r}, 's')\nprint('sqlglot' in sys.modules)"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "True\n"


def test_the_parser_is_loaded_for_expressions_only() -> None:
    spec = (
        "udfgen: 1\nname: s\naws: {region: eu-west-1}\nbindings:\n  b: {function: f, qualifier: live, invoke: async}\n"
        "functions:\n  f: {binding: b, parameters: {p: integer}}\nengines: {postgresql: {}}\n"
    )
    trigger = "triggers:\n  t: {table: t, after: [insert], call: f, arguments: {p: new.a}}\n"
    assert not loads_the_parser(spec)
    assert loads_the_parser(spec + trigger)
