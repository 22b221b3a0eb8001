"""The page for people who call the functions: all they must know, and no text of the spec that breaks the page."""

from __future__ import annotations

import re

import pytest

from udfgen import commands
from udfgen.ir import Program
from udfgen.manual import page, section, signature
from udfgen.spec import check

SPEC = """
udfgen: 1
name: sensors
aws: {region: eu-west-1}
bindings:
  score: {function: score-customer, qualifier: live, timeout: 1500ms, idempotent: true, retries: 2}
  queue: {function: "log-event:7", invoke: async}
  bare: {function: bare}
functions:
  score_customer:
    binding: score
    description: |
      Score of a customer,
      0 to 100.
    parameters:
      customer_id: {type: bigint, min: 1, max: 99, required: true, description: Who it is.}
      tier: {type: varchar(20), default: basic, enum: [basic, gold]}
      code: {type: text, default: null, max_length: 9, pattern: "a|b"}
    returns: {type: "decimal(5,2)", path: "$.a['b c'][0]"}
    on_null: return_null
    on_error: return_null
    grant: [app, reporting]
    examples:
      - arguments: {customer_id: 42, tier: gold}
        payload: {customer_id: 42, tier: gold, code: null}
        response: {a: {"b c": [87.50]}}
        result: 87.50
      - {arguments: {customer_id: 0}, error: bad_argument}
  rows:
    binding: bare
    returns: {table: {id: uuid, total: {type: "decimal(12,2)", path: $.sum.total}}, rows: $.rows}
  log: {binding: queue, parameters: {what: json}, grant: [app]}
engines: {postgresql: {}}
"""


def program(text: str = SPEC) -> Program:
    return commands.compile_program(check.check_text(text, "specs.yaml"))


def found(name: str) -> str:
    """Return the section of a function."""
    (function,) = (each for each in program().functions if each.name == name)
    return section(function)


def test_a_signature_is_what_one_would_type() -> None:
    assert [signature(each) for each in program().functions] == [
        "score_customer(customer_id bigint, tier varchar(20), code text)",
        "rows()",
        "log(what json)",
    ]


def test_the_page_begins_with_a_table_of_all_functions() -> None:
    lines = page(program()).splitlines()
    assert lines[0] == "# sensors"
    assert "`specs.yaml`" in page(program())
    assert [line for line in lines if line.startswith("| `")][:3] == [
        "| `score_customer` | `score-customer` (live), sync | decimal(5,2) | app, reporting |",
        "| `rows` | `bare`, sync | rows of id uuid, total decimal(12,2) | nobody |",
        "| `log` | `log-event` (7), async | nothing | app |",
    ]


def test_a_table_gives_no_rows_where_a_value_is_null() -> None:
    text = SPEC.replace("    binding: bare\n", "    binding: bare\n    on_error: return_null\n")
    assert "An error gives no rows, but for bad arguments. Returns rows of" in page(program(text))


def test_the_page_has_every_section_in_order() -> None:
    headings = re.findall(r"^## (\w+)\(", page(program()), re.MULTILINE)
    assert headings == ["score_customer", "rows", "log"]
    assert all(section(each) in page(program()) for each in program().functions)


def test_what_a_call_does() -> None:
    text = found("score_customer")
    assert "Score of a customer, 0 to 100.\n" in text
    assert (
        "Calls `score` within 1.5 s, retried up to 2 times. A NULL argument gives NULL without a call. "
        "An error gives NULL, but for bad arguments. Returns decimal(5,2) at `$.a['b c'][0]`.\n"
    ) in text
    assert "sent once, never repeated. Returns nothing.\n" in found("log")
    assert "Returns rows of id uuid, total decimal(12,2) at `$.rows`.\n" in found("rows")


def test_the_rules_of_each_parameter() -> None:
    assert (
        "| parameter | type | default | rules | |\n|---|---|---|---|---|\n"
        "| `customer_id` | bigint | none | not NULL; at least 1; at most 99 | Who it is. |\n"
        '| `tier` | varchar(20) | `"basic"` | one of `"basic"`, `"gold"` |  |\n'
        "| `code` | text | `null` | at most 9 long; matches `a\\|b` |  |\n"
    ) in found("score_customer")
    assert "| `what` | json | none | - |  |\n" in found("log")


def test_the_columns_of_rows() -> None:
    assert (
        "| column | type | found at |\n|---|---|---|\n"
        "| `id` | uuid | `$.id` in each row |\n| `total` | decimal(12,2) | `$.sum.total` in each row |\n"
    ) in found("rows")


def test_examples_are_shown_with_exact_values() -> None:
    text = found("score_customer")
    assert (
        '```\nscore_customer(customer_id = 42, tier = "gold")\n'
        '  sends    {"customer_id":42,"tier":"gold","code":null}\n'
        '  receives {"a":{"b c":[87.50]}}\n'
        "  returns  87.50\n```\n"
    ) in text
    assert "```\nscore_customer(customer_id = 0)\n  fails    [udfgen bad_argument]\n```\n" in text
    assert "```" not in found("rows")


TOLD = SPEC.replace(
    "    binding: bare\n",
    "    binding: bare\n    parameters: {token: text}\n"
    "    follow: {token: $.next, into: token, until: $.done, max_pages: 7, on_limit: stop}\n",
).replace(
    "engines:",
    """\
triggers:
  noted:
    table: app."Temp | x"
    after: [insert, update]
    of: [a, '"B"']
    level: statement
    key: [id]
    when: new.a > 0 and new.b <> 'x|y'
    call: log
    arguments: {what: new.doc}
    unless_user: [writer, other]
    when_off: skip
  all: {table: t, after: [delete], call: log, arguments: {what: "'1'"}}
compat: {awslambda: {grant: [app, reporting]}, aurora: true}
engines:""",
)


def test_pages_of_a_result() -> None:
    text = page(program(TOLD))
    assert (
        "Follows pages: `$.next` becomes `token` of the next call, until `$.next` is missing, null or empty or "
        "`$.done` is true; after 7 calls it stops.\n"
    ) in text
    never = TOLD.replace("until: $.done, max_pages: 7, on_limit: stop", "until: empty")
    assert "null or empty or a page has no rows; after 100 calls it fails.\n" in page(program(never))
    assert "Follows pages" not in page(program())


BATCH = """\
udfgen: 1
name: scores
aws: {region: eu-west-1}
bindings: {score: {function: score, qualifier: live, idempotent: true}}
functions:
  all: {binding: score, parameters: {id: bigint}, batch: {}, grant: [app]}
  some:
    binding: score
    parameters: {id: bigint}
    batch: {wire: list, max_rows: 10, max_bytes: 64KB, concurrency: 4, on_row_error: null}
    grant: [app]
  kept: {binding: score, parameters: {id: bigint}, volatility: stable, cache: {ttl: 15m, max_entries: 7}, grant: [app]}
engines: {postgresql: {}}
"""


def test_batches_say_how_rows_travel_and_caches_how_long_results_are_kept() -> None:
    whole, some, kept = map(section, program(BATCH).functions)
    assert (
        "Takes a set of rows and gives one result for each, in their order. Sends up to 1000 rows or 5242880 bytes a "
        "request, as Amazon Redshift does. A row that fails fails the call.\n"
    ) in whole
    assert (
        "Sends up to 10 rows or 65536 bytes a request, in an array, 4 requests at a time. A row that fails is NULL.\n"
        in some
    )
    assert kept.splitlines()[2].endswith(
        "A session keeps a result for 900 s, at most 7 of them: equal arguments call once."
    )
    assert "Takes a set" not in kept
    assert "keeps" not in whole


def test_triggers_are_a_table() -> None:
    section_ = page(program(TOLD)).split("\n## Triggers\n")[1].split("\n## ")[0]
    assert "A call is not undone by a rollback." in section_
    rows = [cells(line) for line in section_.splitlines() if line.startswith("| `")]
    assert rows == [
        [
            "`noted`",
            '`app."Temp | x"`',
            'insert, update of `a`, `"B"`: each row, at the end of the statement',
            "`new.a > 0 and new.b <> 'x|y'`; not by writer, other",
            "`log(what = new.doc)`; not while it is switched off",
        ],
        ["`all`", "`t`", "delete: each row", "always", "`log(what = '1')`"],
    ]
    assert "## Triggers" not in page(program())


def test_drop_in_names_say_what_they_reach_and_for_whom() -> None:
    text = page(program(TOLD))
    first, second = text.split("\n## Drop-in names: ")[1:]
    assert first.startswith(
        "awslambda\n\n`awslambda_fn`, `awslambda_fn_async`, `awslambda_proc`: may be called by app, reporting.\n"
    )
    assert second.startswith("aurora\n\n`lambda_sync`, `lambda_async`: may be called by nobody.\n")
    assert "| `score-customer:live` | `score`, sync |\n" in first
    assert "| `log-event` | `queue`, async |\n" in second
    assert "Drop-in" not in page(program())


HOSTILE = ["a | b", "`x`", "``", "<b>x</b>", "&lt;", "[x](http://x)", "*x*", "\\", "\\|", "# x", "```", "<!--"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_breaks_no_table_and_opens_no_markup(text: str) -> None:
    quoted = _yaml(text)
    spec = SPEC.replace("Who it is.", quoted).replace(
        "default: basic, enum: [basic, gold]", f"default: {quoted}, enum: [gold, {quoted}]"
    )
    (row,) = (line for line in page(program(spec)).splitlines() if line.startswith("| `customer_id`"))
    assert len(cells(row)) == 5
    assert shown(cells(row)[4]) == text
    (row,) = (line for line in page(program(spec)).splitlines() if line.startswith("| `tier`"))
    assert len(cells(row)) == 5
    assert code(cells(row)[2]) == _json(text)
    assert cells(row)[3].startswith('one of `"gold"`, ')
    assert code(cells(row)[3].partition(", ")[2]) == _json(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_closes_no_example(text: str) -> None:
    spec = SPEC.replace("- {arguments: {customer_id: 0}, error: bad_argument}", "").replace(
        'response: {a: {"b c": [87.50]}}', f'response: {{a: {{"b c": [87.50]}}, x: {_yaml(text)}}}'
    )
    lines = page(program(spec)).splitlines()
    (start,) = (number for number, line in enumerate(lines) if line.startswith("score_customer("))
    fence = lines[start - 1]
    assert set(fence) == {"`"}
    assert lines.index(fence, start) == start + 4
    assert all(fence not in line for line in lines[start : start + 4])


def _yaml(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _json(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def cells(row: str) -> list[str]:
    """Return a row's cells as a Markdown reader splits them: at bars without a backslash before them."""
    return [each.strip().replace("\\|", "|") for each in re.split(r"(?<!\\)\|", row)[1:-1]]


def code(span: str) -> str:
    """Return what a code span shows, which is all of the given text."""
    match = re.fullmatch(r"(`+)(.*?)(?<!`)\1(?!`)", span)
    assert match, span
    return match[2]


def shown(text: str) -> str:
    """Return what escaped text shows; a mark that is not escaped fails."""
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*\[\]#<]", text.replace("&lt;", ""))
    plain = re.sub(r"\\([\\`*\[\]#])", r"\1", text)
    return plain.replace("&lt;", "<").replace("&amp;", "&")
