"""Check: warnings, secrets, environments, Support tables; single messages stand in malformed/."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from udfgen import dialect
from udfgen.dialect import Dialect, Feature, Level, Support
from udfgen.errors import SpecError
from udfgen.ir import Kind
from udfgen.spec import support
from udfgen.spec.check import Checked, check, check_text
from udfgen.spec.document import Steps, plain, read
from udfgen.spec.strings import is_secret_key

HEAD = "udfgen: 1\nname: s\naws: {region: eu-west-1}\n"
BINDING = "bindings:\n  b: {function: f, qualifier: live}\n"
ENGINES = "engines: {postgresql: {}}\n"  # it has every feature: what an engine lacks would be one more warning


def spec(functions: str = "  f: {binding: b, grant: [app]}\n", binding: str = BINDING, tail: str = "") -> str:
    return HEAD + binding + "functions:\n" + functions + ENGINES + tail


def errors(text: str) -> list[str]:
    with pytest.raises(SpecError) as caught:
        check_text(text, "s.yaml")
    return [str(problem) for problem in caught.value.problems]


def warnings(text: str) -> list[str]:
    return [str(problem) for problem in check_text(text, "s.yaml").warnings]


def test_a_right_spec_has_no_warnings() -> None:
    assert warnings(spec()) == []


@pytest.mark.parametrize(
    ("text", "start"),
    [
        (
            spec(binding="bindings:\n  b: {function: f}\n"),
            's.yaml:5:3: warning: the binding "b" is not pinned: $LATEST',
        ),
        (
            spec(binding="bindings:\n  b: {function: f, qualifier: $LATEST}\n"),
            's.yaml:5:20: warning: the binding "b" is not pinned',
        ),
        (
            spec(binding='bindings:\n  b: {function: "f:$LATEST"}\n'),
            's.yaml:5:3: warning: the binding "b" is not pinned',
        ),
        (
            spec("  f: {binding: b, parameters: {p: text, q: text}, payload: [$q], grant: [app]}\n"),
            's.yaml:7:32: warning: the parameter "p" is not in the payload',
        ),
        (spec("  f: {binding: b}\n"), "s.yaml:7:3: warning: nobody may call this function"),
        (
            spec(binding=BINDING + "  c: {function: g, qualifier: live}\n"),
            's.yaml:6:3: warning: no function uses the binding "c"',
        ),
        (
            spec("  f: {binding: b, volatility: stable, grant: [app]}\n"),
            "s.yaml:7:31: warning: stable over a binding that is not idempotent",
        ),
    ],
)
def test_warnings_stand_where_they_are_about(text: str, start: str) -> None:
    found = warnings(text)
    assert len(found) == 1
    assert found[0].startswith(start)


def test_a_dry_run_is_pinned_as_well() -> None:
    (found,) = warnings(spec(binding="bindings:\n  b: {function: f, invoke: dry_run}\n"))
    advice = "$LATEST changes under you: name a version or an alias with qualifier"
    assert found == f's.yaml:5:3: warning: the binding "b" is not pinned: {advice}'


def test_a_binding_that_is_not_pinned_is_told_once() -> None:
    functions = "".join(f"  f{number}: {{binding: b, grant: [app]}}\n" for number in range(3))
    assert len(warnings(spec(functions, binding="bindings:\n  b: {function: f}\n"))) == 1


def test_problems_of_yaml_and_of_meaning_are_reported_together_in_file_order() -> None:
    found = errors(spec("  f: {binding: c, grant: [app], grant: [x], returns: !!x bigin}\n  g: {binding: b, zzz: 1}\n"))
    assert [each.split(": ")[0] for each in found] == [f"s.yaml:{at}" for at in ("7:16", "7:33", "7:54", "8:19")]


def test_check_takes_a_document_as_well() -> None:
    assert check(read(spec(), "s.yaml")).spec == check_text(spec(), "s.yaml").spec


def test_one_wrong_part_makes_no_other_look_wrong() -> None:
    text = spec(
        "  f:\n    binding: b\n    parameters: {a: bigintt, c: {type: text, default: 1}}\n    payload: [$a, $c]\n"
        "    grant: [app]\n    examples: [{arguments: {a: 1, c: x}}]\n",
        binding="bindings:\n  b: {function: f, qualifier: live, invoke: asynk}\n",
    )
    assert [each.split(": ")[0] for each in errors(text)] == ["s.yaml:5:45", "s.yaml:9:21", "s.yaml:9:55"]


# Every key that may stand beside the others for every engine, each with a value that the others hang on.
FULL = """\
udfgen: 1
name: full
aws:
  region: eu-west-1
  account: "123456789012"
  credentials: {source: profile, profile: p, file: f, config_file: c}
  endpoint: http://127.0.0.1:9001
  proxy: http://127.0.0.1:9002
bindings:
  slow:
    function: f
    qualifier: live
    invoke: sync
    timeout: 60s
    connect_timeout: 30s
    idempotent: true
    retries: 2
    log_tail: true
    client_context: true
  queue: {function: "arn:aws:lambda:eu-west-1:123456789012:function:g", qualifier: live, invoke: async}
functions:
  value:
    binding: slow
    description: d
    parameters:
      a: {type: bigint, default: 3, enum: [3, 5], min: 1, max: 9, required: true, numbers: string, description: d}
      b: {type: varchar(9), default: x, max_length: 5, pattern: "[a-z]+"}
      c: text
    payload: {a: $a, b: $b, c: $c}
    returns: {type: "decimal(5,2)", path: $.score, round: true}
    on_null: return_null
    on_error: return_null
    volatility: stable
    grant: [app]
    examples:
      - {arguments: {a: 3, b: y, c: z}, payload: {a: "3"}, response: {score: 2}, result: 2}
      - {arguments: {a: 4, b: y, c: z}, error: bad_argument}
  rows:
    binding: slow
    parameters: {a: date, page: text}
    returns: {table: {x: {type: bigint, path: $.y, round: true}, z: text}, rows: $.items}
    follow: {token: $.next, into: page, until: $.done, max_pages: 7, on_limit: stop}
    grant: [app]
    examples: [{arguments: {a: 2020-01-01, page: b}, response: {items: []}, result: [{x: 1, z: b}]}]
  many:
    binding: slow
    parameters: {a: bigint}
    batch: {max_rows: 9, max_bytes: 64KB, concurrency: 2, wire: redshift, on_row_error: fail}
    returns: bigint
    grant: [app]
    examples: [{arguments: {a: 1}, payload: [1], response: 2, result: 2}]
  later: {binding: queue, returns: void, grant: [app], examples: [{arguments: {}}]}
  told: {binding: queue, parameters: {id: bigint, what: text}}
triggers:
  tell:
    table: t
    after: [insert, update]
    of: [a, b]
    level: row
    key: [id]
    when: old.a is distinct from new.a
    call: told
    arguments: {id: new.id, what: operation}
    unless_user: [writer]
    when_off: skip
compat: {awslambda: {grant: [app]}}
engines:
  mysql: {database: d, private: p, owner: o, token_table: true, accounts: {app: [app@%]}}
  oracle: {schema: s, version: 19, grantees: {app: [APP]}, metadata: http://a}
  postgresql: {schema: s, owner: o, roles: {app: [app]}, transport: native}
  sqlserver: {schema: s, grantees: {app: [app]}, metadata: http://a}
environments:
  dev: {aws: {region: eu-west-1, credentials: {source: profile}}, bindings: {slow: {timeout: 50s}}}
"""
ANY_JSON = {"payload", "response"}
WRONG_ON_PURPOSE = ("functions", "value", "examples", 1, "arguments")
REQUIRED: list[Steps] = [
    *((key,) for key in ("udfgen", "name", "aws", "engines")),
    ("aws", "region"),
    ("bindings", "slow", "function"),
    ("functions", "value", "binding"),
    ("functions", "value", "parameters", "a", "type"),
    ("functions", "rows", "returns", "table", "x", "type"),
    ("functions", "rows", "follow", "token"),
    ("functions", "rows", "follow", "into"),
    ("triggers", "tell", "table"),
    ("triggers", "tell", "after"),
    ("triggers", "tell", "call"),
]
HUNG_ON: list[Steps] = [
    ("aws", "credentials"),
    ("aws", "credentials", "source"),
    ("bindings", "slow", "timeout"),
    ("bindings", "slow", "idempotent"),
    ("functions", "value", "returns", "type"),
    ("functions", "value", "examples", 0, "arguments"),
    ("functions", "value", "examples", 1, "error"),
    ("functions", "rows", "returns", "table"),
    ("functions", "rows", "follow"),
    ("functions", "many", "batch"),
    ("triggers", "tell", "key"),
    ("triggers", "tell", "arguments"),
    ("environments", "dev", "aws", "region"),
    ("environments", "dev", "aws", "credentials"),
]


def values(node: object, at: Steps = ()) -> Iterator[Steps]:
    """Yield the path of every value of a spec that must have a form."""
    members = list(node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, tuple) else ())
    if not members and node not in ({}, ()):
        yield at
    for step, member in members:
        if step not in ANY_JSON and (*at, step) != WRONG_ON_PURPOSE:
            yield from values(member, (*at, step))


def changed(path: Steps, *written: tuple[str, object]) -> str:
    """Return the full spec with other keys and values, or none, where a key or an item stands."""
    spec = json.loads(json.dumps(plain(read(FULL, "s.yaml").root)))
    holder: Any = spec
    for step in path[:-1]:
        holder = holder[step]
    if isinstance(holder, list):
        holder[int(path[-1])] = written[0][1]
    else:
        before = dict(holder)
        holder.clear()
        for key, value in before.items():
            holder.update(written if key == path[-1] else {key: value})
    return json.dumps(spec, indent=0)


def value_at(path: Steps) -> object:
    here: Any = plain(read(FULL, "s.yaml").root)
    for step in path:
        here = here[step]
    return here


def named(path: Steps) -> str:
    return ".".join(map(str, path))


def test_the_full_spec_is_right_and_for_every_engine() -> None:
    assert set(check_text(FULL, "s.yaml").document.keys(("engines",))) == set(dialect.names())


@pytest.mark.parametrize("path", [*values(plain(read(FULL, "s.yaml").root)), *HUNG_ON], ids=named)
def test_a_wrong_value_is_one_problem(path: Steps) -> None:
    text = changed(path, (str(path[-1]), [[]]))
    with pytest.raises(SpecError) as caught:
        check_text(text, "s.yaml")
    (problem,) = caught.value.problems
    document = read(text, "s.yaml")
    assert problem.origin in (document.origin(path), document.origin((*path, 0)))


@pytest.mark.parametrize("path", [*REQUIRED, *HUNG_ON], ids=named)
def test_a_misspelt_key_is_one_problem(path: Steps) -> None:
    (found,) = errors(changed(path, (f"{path[-1]}x", value_at(path))))
    assert f'unknown key "{path[-1]}x": did you mean "{path[-1]}"?' in found


@pytest.mark.parametrize("path", REQUIRED, ids=named)
def test_a_missing_key_is_one_problem(path: Steps) -> None:
    (found,) = errors(changed(path))
    assert f'"{path[-1]}" is missing: add it' in found


def test_a_key_that_is_like_none_stands_in_for_none() -> None:
    found = errors(changed(("aws", "region"), ("zzz", 1)))
    assert [each.split(": ")[1] for each in found] == ['"region" is missing', 'unknown key "zzz"']


def test_what_is_wrong_beside_a_wrong_region_is_told_as_well() -> None:
    text = changed(("aws", "region"), ("region", "Ireland")).replace('"source": "profile"', '"source": "chain"', 1)
    told = [each.split(": ", 1)[1] for each in errors(text)]
    assert told[0].startswith('"Ireland" cannot stand here')
    assert told[1].startswith("Oracle does not support the credential chain")
    assert [each.split(" does not go with")[0] for each in told[2:]] == ['"profile"', '"file"', '"config_file"']


@pytest.mark.parametrize(
    "key", ["password", "dbPassword", "secret", "clientSecret", "token", "session-token", "aws_access_key_id", "apiKey"]
)
def test_keys_that_would_hold_a_secret(key: str) -> None:
    assert is_secret_key(key)
    found = errors(spec(f"  f: {{binding: b, payload: {{{key}: hunter2}}, grant: [app]}}\n"))
    assert len(found) == 1
    assert found[0].startswith(f's.yaml:7:29: "{key}" is where a secret would stand: remove it')
    assert "hunter2" not in found[0]


@pytest.mark.parametrize("key", ["tokens", "max_tokens", "secretary", "passwords_changed", "tokenizer", "keys"])
def test_keys_that_only_look_a_little_like_it(key: str) -> None:
    assert not is_secret_key(key)


def test_a_parameter_may_be_called_token_and_stand_in_a_payload() -> None:
    text = "  f: {binding: b, parameters: {token: text}, payload: {token: $token, has_token: true}, grant: [app]}\n"
    assert warnings(spec(text)) == []


def test_a_secret_in_a_place_that_is_wrong_as_well_is_shown_nowhere() -> None:
    found = errors(spec().replace("eu-west-1", "AKIAIOSFODNN7EXAMPLE"))
    assert len(found) == 1
    assert "AKIA" not in found[0]


def test_environments_are_checked_and_named_and_repeat_nothing() -> None:
    text = spec(
        "  f: {binding: b, returns: bigin, grant: [app]}\n",
        tail="environments:\n  dev: {bindings: {b: {retries: 2}}}\n  qa: {functions: {f: {on_null: skip}}}\n",
    )
    found = errors(text)
    assert len(found) == 3
    assert found[0].startswith('s.yaml:7:28: "bigin" is not a type')
    assert found[1].startswith('s.yaml:10:33: in the environment "dev", retries without idempotent: true')
    assert found[2].startswith('s.yaml:11:33: in the environment "qa", "skip" cannot stand here')


def test_warnings_of_environments_are_among_those_of_the_spec() -> None:
    checked = check_text(spec(tail="environments:\n  dev: {bindings: {b: {qualifier: $LATEST}}}\n"), "s.yaml")
    words = 's.yaml:10:24: warning: in the environment "dev", the binding "b" is not pinned'
    assert [str(each).startswith(words) for each in checked.warnings] == [True]
    assert checked.environments["dev"].warnings == checked.warnings


def test_null_in_an_environment_unsets_what_may_be_unset() -> None:
    checked = check_text(spec(tail="environments:\n  dev: {bindings: {b: {qualifier: null}}}\n"), "s.yaml")
    assert checked.environments["dev"].spec.bindings["b"].qualifier is None
    assert checked.spec.bindings["b"].qualifier == "live"


def with_support(monkeypatch: pytest.MonkeyPatch, feature: Feature, level: Level) -> Dialect:
    """Let the first engine support one feature less."""
    engine = dialect.load("postgresql")
    lesser = replace(engine, support={**engine.support, feature: Support(level, "because")})
    monkeypatch.setattr(dialect, "load", lambda name: lesser)
    return lesser


ASKING = spec(
    "  f: {binding: b, parameters: {p: {type: text, default: x}}, volatility: volatile, grant: [app]}\n"
    "  t: {binding: b, returns: {table: {c: text}}, grant: [app]}\n"
)


@pytest.mark.parametrize(
    ("feature", "place"),
    [
        (Feature.DEFAULTS, "7:48"),
        (Feature.TABLE_RESULT, "8:29"),
        (Feature.SCALAR_RESULT, "7:3"),
        (Feature.SYNC, "5:3"),
        (Feature.CREDENTIAL_CHAIN, "3:1"),
    ],
)
def test_what_an_engine_cannot_do_is_an_error_and_partly_a_warning(
    monkeypatch: pytest.MonkeyPatch, feature: Feature, place: str
) -> None:
    engine = with_support(monkeypatch, feature, Level.NONE)
    words = f"{engine.title} does not support {support.WORDS[feature]}: because"
    assert f"s.yaml:{place}: {words}" in errors(ASKING)
    with_support(monkeypatch, feature, Level.PARTLY)
    words = f"{engine.title} supports {support.WORDS[feature]} only partly: because"
    assert f"s.yaml:{place}: warning: {words}" in warnings(ASKING)


def test_a_type_that_an_engine_lacks_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = dialect.load("postgresql")
    types: dict[Kind, str] = {kind: native for kind, native in engine.types.items() if kind is not Kind.TEXT}
    monkeypatch.setattr(dialect, "load", lambda name: replace(engine, types=types))
    assert [each.split(": ")[1] for each in errors(ASKING)] == [f"{engine.title} has no type for text"] * 2


def test_names_are_as_long_as_the_engine_lets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = dialect.load("postgresql")
    name = "f" * engine.name_bytes
    assert warnings(spec(f"  {name}: {{binding: b, grant: [app]}}\n")) == []
    found = errors(spec(f"  {name}f: {{binding: b, grant: [app]}}\n"))
    assert found == [
        f"s.yaml:7:3: a name of {len(name) + 1} characters, and {engine.title} takes {len(name)}: shorten it"
    ]


def test_descriptions_and_payloads_may_have_lines_and_nothing_else_may() -> None:
    for right in ('description: "a\\n\\tb"', 'payload: {prompt: "a\\n\\tb"}', 'examples: [{response: "a\\nb"}]'):
        assert warnings(spec(f"  f: {{binding: b, {right}, grant: [app]}}\n")) == []
    wrong = '  f: {binding: b, parameters: {p: {type: text, default: "a\\nb"}}, grant: [app]}\n'
    assert errors(spec(wrong)) == ["s.yaml:7:57: the character U+000A LINE FEED is not allowed: remove it"]


def test_checked_is_frozen() -> None:
    checked: Checked = check_text(spec(), "s.yaml")
    with pytest.raises(AttributeError):
        checked.spec = checked.spec  # type: ignore[misc]
    with pytest.raises(TypeError):
        checked.environments["x"] = checked  # type: ignore[index]
