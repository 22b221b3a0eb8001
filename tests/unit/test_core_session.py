"""PostgreSQL's core inside a session: how it is carried, loaded in parts, and what it does to `plpy`."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from tests.unit.core_support import (
    REQUEST_ID,
    Host,
    Server,
    answers,
    binding,
    clear_environment,
    core,
    entry,
    http,
    refusal,
    set_keys,
)

SOURCE = Path(core.__file__).read_text(encoding="utf-8")


def loaded() -> Any:
    """Return the core as the wrapper's loader makes it: a new module whose parts are compiled when needed."""
    module: Any = types.ModuleType("udfgen_core")
    head, _, rest = SOURCE.partition("\n#### ")
    exec(compile(head, "udfgen_core.py", "exec"), module.__dict__)
    module.load(rest)
    return module


# --- how it is carried -----------------------------------------------------------------------------------------


def test_the_file_can_be_carried_in_a_raw_string_of_a_function_body() -> None:
    assert SOURCE.isascii()
    assert "'''" not in SOURCE
    assert not any(line.endswith("\\") or line.startswith("\t") for line in SOURCE.split("\n"))
    # PL/Python puts a tab before each line of a body; the loader takes them out.
    carried = "source = r'''\n" + SOURCE + "'''"
    seen: dict[str, str] = {}
    exec("def body():\n\t" + carried.replace("\n", "\n\t") + "\n\treturn source\nsource = body()", seen)
    assert seen["source"].replace("\n\t", "\n") == "\n" + SOURCE


def test_the_file_needs_no_newer_python_than_3_9() -> None:
    tree = ast.parse(SOURCE, feature_version=(3, 9))
    assert not [node for node in ast.walk(tree) if type(node).__name__ in ("Match", "TryStar", "TypeAlias")]


def test_loading_imports_nothing_dear() -> None:
    """A session that never needs TLS, profiles or the SDK must not pay for them, nor for re and enum."""
    code = f"import sys\nsys.path.insert(0, {str(Path(core.__file__).parent)!r})\nimport types\n" + (
        "before = set(sys.modules)\n"
        f"source = open({core.__file__!r}).read()\n"
        "head, _, rest = source.partition('\\n#### ')\n"
        "module = types.ModuleType('udfgen_core')\n"
        "exec(compile(head, 'udfgen_core.py', 'exec'), module.__dict__)\n"
        "module.load(rest)\n"
        "print(*sorted(set(sys.modules) - before))\n"
    )
    found = subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True, capture_output=True, text=True)
    dear = {"re", "enum", "json", "socket", "ssl", "typing", "datetime", "http.client", "urllib.parse", "botocore"}
    assert dear & set(found.stdout.split()) == set()


# --- parts -----------------------------------------------------------------------------------------------------


LATER = ["failures", "types", "pages", "cache", "batch", "names", "network", "metadata", "sdk"]
"""The parts that many sessions never need."""


def test_every_part_has_a_name_and_the_usual_ones_are_compiled_at_once() -> None:
    names = [part.partition("\n")[0] for part in SOURCE.split("\n#### ")[1:]]
    assert names == [*core.AT_ONCE, *LATER]
    assert list(loaded().PARTS) == LATER
    assert core.PARTS == {}, "an ordinary import has it all"


def run(module: Any, facts: dict[str, Any], *arguments: Any, **config: Any) -> Any:
    """Return the result or the error's code of one call through a module that was loaded in parts."""
    given = {"name": "sensors", "region": "eu-west-1", "credentials": {"source": "environment"}}
    try:
        return module.Core(given | config, Host()).function(facts)(*arguments)
    except Exception as error:
        return getattr(error, "code", error)


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    set_keys(monkeypatch)


def test_an_ordinary_call_needs_no_more_parts(keys: None) -> None:
    module = loaded()
    with Server(answers(http())) as server:
        assert str(run(module, entry(), 1, endpoint=server.url)) == "87.50"
    assert list(module.PARTS) == LATER


def test_pages_are_compiled_when_a_function_follows_them(keys: None) -> None:
    rows = {"kind": "table", "rows": ["items"], "columns": [{"name": "v", "type": "bigint", "path": []}]}
    follow = {"token": ["next"], "into": 0, "max_pages": 9}
    module = loaded()
    with Server(answers(http(body=b'{"items":[1],"next":7}'), http(body=b'{"items":[2]}'))) as server:
        assert run(module, entry(rows) | {"follow": follow}, 1, endpoint=server.url) == [1, 2]
        assert [request.body for request in server.requests] == [b'{"customer":1}', b'{"customer":7}']
    assert list(module.PARTS) == [part for part in LATER if part not in ("types", "pages")]


def test_batches_are_compiled_when_a_function_takes_rows(keys: None) -> None:
    batch = {"wire": "list", "max_rows": 9, "max_bytes": 9000, "concurrency": 2, "function": "sensors.score_customer"}
    config = {"name": "sensors", "region": "eu-west-1", "credentials": {"source": "environment"}}
    module = loaded()
    with Server(answers(http(body=b'[{"score":1},{"score":2}]'))) as server:
        call = module.Core(config | {"endpoint": server.url}, Host()).batch(entry() | {"batch": batch})
        assert list(map(str, call([1, 2]))) == ["1.00", "2.00"]
        assert [request.body for request in server.requests] == [b'[{"customer":1},{"customer":2}]']
    assert list(module.PARTS) == [part for part in LATER if part != "batch"]


def test_what_keeps_results_is_compiled_when_a_function_does(keys: None) -> None:
    module, facts = loaded(), entry() | {"cache": {"ttl_ms": 1000, "max_entries": 9}}
    with Server(answers(http())) as server:
        assert str(run(module, facts, 1, endpoint=server.url)) == "87.50"
    assert list(module.PARTS) == [part for part in LATER if part != "cache"]


def test_drop_in_names_are_compiled_when_one_is_called(keys: None) -> None:
    whole = {"kind": "scalar", "type": "json", "path": []}
    names = [{"name": "fn_name", "type": "text"}, {"name": "fn_args", "type": "json"}]
    facts = {"name": "awslambda_fn", "choices": {"f": binding()}, "parameters": names, "payload": [1], "returns": whole}
    module = loaded()
    with Server(answers(http(body=b"[1]"))) as server:
        assert run(module, facts, "f", "{}", endpoint=server.url) == "[1]"
        assert list(module.PARTS) == [part for part in LATER if part not in ("types", "names")]
        assert run(module, facts, "g", "{}", endpoint=server.url) == "not_found"


REPLIES = {
    "real": (0.5, b"0.5"),
    "double": (0.5, b"0.5"),
    "date": ("2016-02-15", b'"2016-02-15"'),
    "time": ("12:00:00", b'"12:00:00"'),
    "timestamp": ("2016-02-15 12:00:00", b'"2016-02-15T12:00:00"'),
    "timestamptz": ("2016-02-15 12:00:00+00", b'"2016-02-15T13:00:00+01:00"'),
    "uuid": ("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", b'"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"'),
    "bytes": (b"\0", b'"AA=="'),
}


@pytest.mark.parametrize("kind", REPLIES)
def test_a_rarer_type_is_compiled_when_a_function_has_it(kind: str, keys: None) -> None:
    argument, reply = REPLIES[kind]
    parameter = entry({"kind": "void"}) | {"parameters": [{"name": "v", "type": kind}]}
    result = entry({"kind": "scalar", "type": kind, "path": []})
    with Server(answers(http(body=reply))) as server:
        assert run(loaded(), parameter, argument, endpoint=server.url) is None
        assert run(loaded(), result, 1, endpoint=server.url) is not None


def test_json_results_and_tables_are_compiled_when_a_function_has_them(keys: None) -> None:
    table = {"kind": "table", "rows": [], "columns": [{"name": "a", "type": "json", "path": []}]}
    with Server(answers(http(body=b"[1.0]"))) as server:
        assert run(loaded(), entry({"kind": "scalar", "type": "json", "path": [0]}), 1, endpoint=server.url) == "1.0"
        assert run(loaded(), entry(table), 1, endpoint=server.url) == ["1.0"]


def test_errors_are_compiled_when_one_happens(keys: None) -> None:
    with Server(answers(refusal(404, "X"))) as server:
        assert run(loaded(), entry(), 1, endpoint=server.url) == "not_found"
    with Server(answers(http(body=b"{}"))) as server:
        assert run(loaded(), entry(), 1, endpoint=server.url) == "bad_response"
    assert run(loaded(), entry(), 2**64, endpoint="http://127.0.0.1:9") == "bad_argument"


def test_network_metadata_and_sdk_are_compiled_when_needed(keys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(answers(http())) as server:
        local = server.url.replace("127.0.0.1", "localhost")
        assert str(run(loaded(), entry(), 1, endpoint=local)) == "87.50"
        assert run(loaded(), entry(), 1, endpoint=server.url.replace("http:", "https:")) == "unavailable"
        assert str(run(loaded(), entry(), 1, endpoint=server.url, transport="boto3")) == "87.50"
        clear_environment(monkeypatch)
        assert run(loaded(), entry(), 1, endpoint=server.url, credentials={"source": "container"}) == "not_authorized"


# --- plpy ------------------------------------------------------------------------------------------------------


ENCODING = "select pg_catalog.current_setting('server_encoding') as encoding"
MODES = "select binding, mode from s.switch"


class Plpy:
    """What the core uses of PL/Python's plpy."""

    class Error(Exception):
        pass

    def __init__(self) -> None:
        self.executed: list[str] = []
        self.notices: list[str] = []
        self.row = {"database": "shop", "session_user": "app", "role": "none", "application_name": 'my "app"'}
        self.encoding = "UTF8"
        self.switched: list[dict[str, str]] = []

    def prepare(self, query: str) -> str:
        return query

    def execute(self, plan: str) -> list[dict[str, str]]:
        self.executed.append(plan)
        if plan == ENCODING:
            return [{"encoding": self.encoding}]
        return self.switched if plan == MODES else [dict(self.row)]

    def notice(self, text: str) -> None:
        self.notices.append(text)


def test_an_error_is_named_after_its_code_and_carries_the_sqlstate() -> None:
    plpy = Plpy()
    database = core.Database(plpy, "s.switch")
    for number, code in enumerate(core.CODES, 1):
        error: Any = database.error(code, "score: why", "AWS request id: x")
        assert issubclass(type(error), plpy.Error)
        assert (type(error).__module__, type(error).__name__) == ("builtins", f"[udfgen {code}]")
        assert (str(error), error.sqlstate, error.detail) == ("score: why", f"UL{number:03}", "AWS request id: x")
        assert type(error) is type(database.error(code, "again", ""))
    none: Any = database.error("timeout", "score: why", "")
    assert none.detail is None


def test_a_pause_runs_a_statement_and_a_notice_is_one() -> None:
    plpy = Plpy()
    database = core.Database(plpy, "s.switch")
    assert plpy.executed == []
    database.pause()
    database.notice("tail")
    assert (plpy.executed, plpy.notices) == (["select 1", ENCODING], ["tail"])


def test_a_database_that_cannot_hold_every_character_is_shown_ascii() -> None:
    plpy = Plpy()
    plpy.encoding = "LATIN1"
    database = core.Database(plpy, "s.switch")
    database.notice("\u00e9\U0001f600")
    error: Any = database.error("timeout", "score: \u20ac", "AWS request id: \u20ac")
    assert (plpy.notices, str(error), error.detail) == (
        ["\\xe9\\U0001f600"],
        "score: \\u20ac",
        "AWS request id: \\u20ac",
    )
    assert plpy.executed == [ENCODING]


def test_the_context_is_asked_for_only_when_the_caller_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    plpy, caller = Plpy(), [1]
    monkeypatch.setattr(core, "watch_caller", lambda: caller.copy)
    database = core.Database(plpy, "s.switch")
    first = database.context()
    assert database.context() is first
    caller[0], plpy.row["role"] = 2, "zoe"
    assert json.loads(database.context()) == {"custom": plpy.row}
    assert len(plpy.executed) == 2


def test_outside_of_postgresql_nothing_tells_whether_the_caller_changed() -> None:
    assert core.watch_caller() is None


def test_the_context_is_read_each_time_where_a_change_cannot_be_seen() -> None:
    plpy = Plpy()
    database = core.Database(plpy, "s.switch")
    first = database.context()
    assert json.loads(first) == {"custom": plpy.row}
    assert list(json.loads(first)["custom"]) == ["database", "session_user", "role", "application_name"]
    assert database.context() == first
    plpy.row["role"] = "Zo\u00eb"
    assert json.loads(database.context()) == {"custom": plpy.row}
    assert len(plpy.executed) == 3


def test_the_modes_are_read_by_one_statement() -> None:
    plpy = Plpy()
    plpy.switched = [{"binding": "score", "mode": "off"}, {"binding": "log", "mode": "dry_run"}]
    database = core.Database(plpy, "s.switch")
    assert database.modes() == database.modes() == {"score": "off", "log": "dry_run"}
    assert plpy.executed == [MODES] * 2


def test_a_call_inside_the_database(keys: None) -> None:
    plpy = Plpy()
    with Server(answers(refusal(429, "TooManyRequestsException", "Rate exceeded"))) as server:
        given = {"name": "sensors", "region": "eu-west-1", "endpoint": server.url}
        call = core.Core(given, core.Database(plpy, "s.switch")).function(entry(client_context=True))
        with pytest.raises(Plpy.Error) as caught:
            call(1)
    error: Any = caught.value
    assert f"{type(error).__name__}: {error}" == (
        f"[udfgen throttled]: score: TooManyRequestsException: Rate exceeded (request id {REQUEST_ID})"
    )
    assert (error.sqlstate, error.detail) == ("UL001", f"AWS request id: {REQUEST_ID}, HTTP status: 429")
