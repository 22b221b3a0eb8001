"""Resolve: payload pieces, defaults, origins, environments, and how long it takes."""

from __future__ import annotations

import json
import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfgen import dialect, ir
from udfgen.errors import Origin, UsageError
from udfgen.ir import Kind, Type, Value
from udfgen.resolve import resolve
from udfgen.spec.check import check, check_text
from udfgen.spec.document import read
from udfgen.spec.payload import compile_payload

ENGINE = dialect.names()[0]
SPEC = f"""\
udfgen: 1
name: sensors
aws: {{region: eu-west-1, account: "123456789012", endpoint: "http://127.0.0.1:9001/", credentials: {{source: imds}}}}
bindings:
  q: {{function: "queue:live", invoke: async, timeout: 1s}}
  score: {{function: score-customer, qualifier: live, idempotent: true, retries: 2, log_tail: true}}
functions:
  log: {{binding: q, grant: [app, ops]}}
  score:
    binding: score
    description: |
      Score of a customer.
    parameters:
      id: {{type: bigint, required: true, numbers: string, description: " who "}}
      amount: {{type: "decimal(10,2)", default: 1.5, min: 0, max: 1e6}}
      tier: {{type: varchar(20), default: null, enum: [basic, gold], pattern: '^\\w+$'}}
    returns: {{type: "decimal(5,2)", path: $.score, round: true}}
    on_null: return_null
    on_error: return_null
    volatility: stable
    grant: [app]
    examples:
      - {{arguments: {{id: 1}}, payload: {{a: [1.50]}}, response: null}}
  rows:
    binding: score
    parameters: {{p: text}}
    returns: {{table: {{a: text, b: {{type: bigint, path: "$.x[0]"}}}}, rows: $.items}}
engines: {{{ENGINE}: }}
environments:
  dev: {{aws: {{region: us-east-1}}, bindings: {{score: {{qualifier: "7"}}}}, functions: {{score: {{grant: [dev]}}}}}}
"""


def program(text: str = SPEC, environment: str | None = None) -> ir.Program:
    return resolve(check_text(text, "some/folder/spec.yaml"), environment)


def function(name: str) -> ir.Function:
    return next(each for each in program().functions if each.name == name)


def test_the_program_has_everything_in_the_order_of_the_spec() -> None:
    found = program()
    assert (found.name, found.environment) == ("sensors", None)
    assert [each.name for each in found.functions] == ["log", "score", "rows"]
    assert found.aws.endpoint == "http://127.0.0.1:9001"
    assert found.aws.credentials == ir.Credentials("imds")
    assert list(found.options) == [ENGINE]
    assert isinstance(found.options[ENGINE], dialect.load(ENGINE).part("options").Options)


def test_bindings() -> None:
    queue, score = program().bindings
    assert (queue.target, queue.qualifier, queue.invoke) == ("queue", "live", ir.Invoke.ASYNC)
    # The default of 2 s is cut to the timeout, and there is no client context without a reply.
    assert (queue.timeout_ms, queue.connect_timeout_ms, queue.client_context) == (1000, 1000, False)
    assert (score.timeout_ms, score.retries, score.idempotent) == (10_000, 2, True)
    assert (score.log_tail, score.client_context) == (True, True)


def test_a_function_says_what_the_spec_says() -> None:
    score = function("score")
    assert score.description == "Score of a customer."
    assert (score.null_on_null, score.null_on_error, score.volatility) == (True, True, ir.Volatility.STABLE)
    assert score.returns == ir.Result(
        Type(Kind.DECIMAL, precision=5, scale=2), ("score",), True, Origin("spec.yaml", 17, 5)
    )
    assert [grant.grantee for grant in function("log").grants] == ["app", "ops"]
    assert function("log").grants[1].origin == Origin("spec.yaml", 8, 34)


def test_parameters_are_canonical() -> None:
    id_, amount, tier = function("score").parameters
    assert (id_.as_string, id_.constraints.required, id_.default, id_.description) == (True, True, None, "who")
    assert str(amount.default) == "Default(value=Decimal('1.50'))"
    assert (amount.constraints.min, amount.constraints.max) == (Decimal(0), Decimal(1_000_000))
    assert tier.default == ir.Default(None)
    assert tier.constraints == ir.Constraints(enum=("basic", "gold"), pattern="[0-9A-Z_a-z]+")
    assert id_.origin == Origin("spec.yaml", 14, 7)


def test_results_that_are_not_told_follow_from_the_binding() -> None:
    assert function("log").returns is None
    text = SPEC.replace('    returns: {type: "decimal(5,2)", path: $.score, round: true}\n', "")
    found = next(each for each in program(text).functions if each.name == "score")
    assert found.returns == ir.Result(Type(Kind.JSON), (), False, found.origin)


def test_a_table_reads_members_named_like_its_columns() -> None:
    table = function("rows").returns
    assert isinstance(table, ir.Table)
    assert table.rows == ("items",)
    assert [(column.name, column.result.path) for column in table.columns] == [("a", ("a",)), ("b", ("x", 0))]


def batch(batch: str, binding: str = "") -> ir.Function:
    """Return a function of two parameters with a batch, over a binding with more facts."""
    text = (
        f"udfgen: 1\nname: s\naws: {{region: eu-west-1}}\nbindings: {{b: {{function: f, qualifier: live{binding}}}}}\n"
        f"functions:\n  f: {{binding: b, parameters: {{x: bigint, y: text}}, {batch}, grant: [app]}}\n"
        f"engines: {{{ENGINE}: {{}}}}\n"
    )
    (found,) = program(text).functions
    return found


def facts(of: ir.Batch | None) -> tuple[object, ...]:
    assert of is not None
    return (of.max_rows, of.max_bytes, of.concurrency, of.wire, of.null_on_row_error, of.tells_caller, of.function)


def test_a_batch_has_the_arguments_by_position_and_a_default_for_everything() -> None:
    found = batch("batch: {}")
    assert facts(found.batch) == (1000, 5_242_880, 1, ir.Wire.REDSHIFT, False, True, "s.f")
    assert found.payload == ("[", 0, ",", 1, "]")
    assert found.batch is not None
    assert found.batch.origin == Origin("spec.yaml", 6, 53)


def test_a_batch_of_a_list_has_the_payload_of_any_function() -> None:
    found = batch("batch: {wire: list, max_rows: 7, max_bytes: 64KB, concurrency: 3, on_row_error: null}")
    assert facts(found.batch) == (7, 65_536, 3, ir.Wire.LIST, True, False, "s.f")
    assert found.payload == ('{"x":', 0, ',"y":', 1, "}")
    assert batch("batch: {wire: list}, payload: [$y, 1]").payload == ("[", 1, ",1]")


def test_a_queued_batch_is_smaller_and_tells_who_calls_unless_told_not_to() -> None:
    queued = batch("batch: {}", ", invoke: async")
    assert facts(queued.batch) == (1000, 1_048_576, 1, ir.Wire.REDSHIFT, False, True, "s.f")
    assert not queued.binding.client_context
    assert not ir.describe(batch("batch: {}", ", client_context: false"))["batch"].get("tells_caller")


def test_the_table_entry_of_a_batch_and_of_a_cache() -> None:
    entry = ir.describe(batch("batch: {on_row_error: 'null'}, volatility: immutable, on_null: return_null"))
    assert entry["batch"] == {
        "wire": "redshift",
        "max_rows": 1000,
        "max_bytes": 5_242_880,
        "concurrency": 1,
        "function": "s.f",
        "collapse": True,
        "null_on_row_error": True,
        "tells_caller": True,
        "null_on_null": True,
    }
    kept = ir.describe(batch("volatility: stable, cache: {ttl: 2h}"))
    assert (kept["cache"], "batch" in kept) == ({"ttl_ms": 7_200_000, "max_entries": 1000}, False)


def test_examples_keep_the_values_of_the_spec() -> None:
    (example,) = function("score").examples
    assert dict(example.arguments) == {"id": 1}
    assert str(example.payload) == "{'a': (Decimal('1.50'),)}"
    assert (example.has_payload, example.has_response, example.response, example.has_result) == (
        True,
        True,
        None,
        False,
    )


def test_payloads_default_to_all_parameters() -> None:
    assert function("log").payload == ("{}",)
    assert function("score").payload == ('{"id":', 0, ',"amount":', 1, ',"tier":', 2, "}")


def test_an_environment_changes_what_it_says_and_nothing_else() -> None:
    base, dev = program(), program(environment="dev")
    assert (dev.environment, dev.aws.region, dev.aws.account) == ("dev", "us-east-1", "123456789012")
    assert dev.bindings[1].qualifier == "7"
    assert dev.bindings[1].retries == 2
    assert dev.bindings[1].origin == base.bindings[1].origin
    assert [grant.origin.line for grant in dev.functions[1].grants] == [30]
    assert dev.functions[0].payload == base.functions[0].payload
    assert base.aws.region == "eu-west-1"


def test_an_unknown_environment_is_wrong_use() -> None:
    with pytest.raises(UsageError, match='no environment "deb": did you mean "dev"'):
        program(environment="deb")


def test_the_folder_that_the_spec_stands_in_changes_nothing() -> None:
    assert program() == resolve(check_text(SPEC, "spec.yaml"))
    assert program().origin == Origin("spec.yaml", 1, 1)


@pytest.mark.parametrize(
    ("template", "pieces"),
    [
        ("$a", (0,)),
        ("$$a", ('"$a"',)),
        ("5 $$ and $$$$", ('"5 $ and $$"',)),
        (None, ("null",)),
        ({"x": ("$b", "$a"), "$$k": True}, ('{"x":[', 1, ",", 0, '],"$k":true}')),
        ((), ("[]",)),
        (Decimal("1e3"), ("1000",)),
        (Decimal("0.10"), ("0.10",)),
        (Decimal("1e-7"), ("0.0000001",)),
        (2**70, (str(2**70),)),
        ('"\\é😀\u2028/\u007f\n\x01', ('"\\"\\\\é😀\u2028/\u007f\\n\\u0001"',)),
    ],
)
def test_payload_pieces(template: Value, pieces: tuple[str | int, ...]) -> None:
    assert compile_payload(template, ("a", "b")) == pieces


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def escaped(value: Value) -> Value:
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, tuple):
        return tuple(escaped(item) for item in value)
    if isinstance(value, dict):
        return {key.replace("$", "$$"): escaped(member) for key, member in value.items()}
    return value


def listed(value: object) -> object:
    if isinstance(value, tuple):
        return [listed(item) for item in value]
    return {key: listed(member) for key, member in value.items()} if isinstance(value, dict) else value


@settings(derandomize=True, max_examples=150, deadline=None)
@given(JSON)
def test_constants_mean_in_json_what_they_mean_in_the_spec(value: Value) -> None:
    (text,) = compile_payload(escaped(value), ())
    assert isinstance(text, str)
    assert json.loads(text) == listed(value)


def many(count: int) -> str:
    each = (
        "    binding: score\n    description: Score of a customer, 0 to 100.\n    grant: [app]\n"
        "    parameters:\n      id: bigint\n      tier: {type: varchar(20), default: basic, enum: [basic, gold]}\n"
        '      amount: {type: "decimal(10,2)", min: 0}\n'
        "    payload: {customer: $id, tier: $tier, amount: $amount}\n    returns: {type: bigint, path: $.score}\n"
    )
    functions = "".join(f"  score_{number}:\n{each}" for number in range(count))
    before, _, after = SPEC.partition("functions:\n")
    return f"{before}functions:\n{functions}engines:{after.rpartition('engines:')[2].partition('environments')[0]}"


def test_a_thousand_functions_take_about_half_a_second() -> None:
    text = many(1000)
    start = time.process_time()
    found = resolve(check(read(text, "spec.yaml")))
    # 0.5 s on a small machine; the limit is loose so that only a change of order fails it.
    assert time.process_time() - start < 3
    assert len(found.functions) == 1000
