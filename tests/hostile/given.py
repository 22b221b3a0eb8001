"""The specs: one with a harmless text in every place, and the same with hostile texts in some of them.

Every free text and every name of the harmless spec is a mark of its own, so that each can be found again in what is
generated. What is compared is the hostile spec with its twin: the same spec with marks in the place of its texts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from tests.hostile import texts
from tests.hostile.written import STYLES, Hostile
from tests.unit.test_hostile import quoted_step
from udfgen.ir import Kind
from udfgen.spec import pattern

NAMES = (
    *("spec", "binding", "function", "parameter", "column", "trigger", "batch function", "batch parameter"),
    *("environment", "grantee", "schema", "owner", "private", "writer"),
)
"""Places of names; the second line is left out where nothing hostile stands."""

FREE = (
    *("description", "second description", "parameter description", "enum", "pattern", "default"),
    *("json default", "json default key", "payload constant", "payload key"),
    *("batch description", "batch enum", "batch payload", "batch path", "kept path"),
    *("path", "column path", "rows path", "example argument", "example response", "example result"),
    *("profile", "file", "config file", "means", "host", "token path", "until path"),
    *("table", "changed column", "key column", "cell", "literal", "argument", "json argument"),
    *("ca file", "means key", "table schema", "tables"),
)
"""Places of free texts; the last line is left out where nothing hostile stands."""

KINDS = tuple(kind for kind in Kind if kind not in (Kind.TEXT, Kind.VARCHAR, Kind.JSON))
"""Types that do not take any text."""

VALID: dict[str, tuple[str, ...]] = {
    "lambda": ("a.b-c_d", "123456789012:function:x", "arn:aws:lambda:eu-west-1:123456789012:function:x:live", "x" * 64),
    "qualifier": ("$LATEST", "1", "prod-2", "$LATEST.PUBLISHED", "q" * 128),
    "region": ("us-gov-west-1", "cn-north-1", "eusc-de-east-1", "us-isob-east-1"),
    "account": ("123456789012",),
    "endpoint": ("http://127.0.0.1:9001", "https://[::1]:443/a/b~c", "https://lambda.example"),
    "proxy": ("http://proxy:3128/", "http://[::1]:1"),
    "metadata": ("http://127.0.0.1:9001", "http://metadata"),
    "transport": ("native", "boto3"),
    "invoke": ("sync", "async", "dry_run"),
    "source": ("profile",),
    "timeout": ("500ms", "2m", "9s"),
    "volatility": ("stable", "immutable"),
    "returns": ("json", "varchar(20)", "decimal(38,10)", "void"),
    "type": tuple(f"{kind.value}(9,2)" if kind is Kind.DECIMAL else kind.value for kind in KINDS),
    "bound": ("-99.5", "0", "123"),
    "wire": ("list",),
    "size": ("64KB", "5MB", "2048"),
    "row error": ("fail", "null"),
    "ttl": ("1s", "10m", "24h"),
    "unknown": (),
    "engine": (),
    "version": (),
}
"""Places of words from closed lists, and of forms; some words that may stand there. All are left out otherwise."""

DEFAULTS = {
    Kind.DATE: ("0001-01-01", "9999-12-31", "2000-02-29"),
    Kind.TIME: ("00:00:00", "23:59:59.999999"),
    Kind.TIMESTAMP: ("0001-01-01T00:00:00", "9999-12-31T23:59:59.5"),
    Kind.TIMESTAMPTZ: ("2016-02-15T12:00:00+14:00", "0001-01-01T00:00:00Z"),
    Kind.UUID: ("123E4567-E89B-12D3-A456-426614174000",),
    Kind.BYTES: ("AAH/", "JzstLQ=="),
    Kind.DECIMAL: ("-9999999.99", "0.5"),
}
"""Values of types that have a form, as texts."""

PLACES = (*NAMES, *FREE, *VALID, "typed default")
ALWAYS = (*NAMES[:8], *FREE[:-4])
MARKS = {
    place: f"zqmark{chr(97 + number // 26)}{chr(97 + number % 26)}" for number, place in enumerate((*NAMES, *FREE))
}
MARK = re.compile("zqmark[a-z]{2}", re.IGNORECASE)
BY_MARK = {mark: place for place, mark in MARKS.items()}

CLOSED = re.compile(r"[A-Za-z0-9 _.:/@$+\[\]()=,~-]*")
"""What texts of closed forms are made of: nothing that ends a literal, a comment or a line of any language."""

ONLY = {
    "owner": ("postgresql", "mysql"),
    "private": ("mysql",),
    "host": ("mysql",),
    "transport": ("postgresql",),
    "tables": ("postgresql", "mysql", "sqlserver"),
    "metadata": ("oracle", "sqlserver"),
}
"""Places that are options of some engines."""

SIBLINGS = frozenset(
    (
        "first",
        "second",
        "third",
        "fourth",
        "typed",
        "other",
        "rows_of",
        "nothing_of",
        "told",
        "app",
        "idle",
        "kept",
        "batch_of",
        "asked",
    )
)
"""Names that stand in the spec besides."""

HOMES: tuple[tuple[str | int, ...], ...] = (
    (),
    ("aws",),
    ("aws", "credentials"),
    ("bindings", 0),
    ("functions", 0),
    ("functions", 0, "parameters", "first"),
    ("functions", 0, "returns"),
    ("functions", 0, "examples", 0),
    ("functions", "rows_of", "follow"),
    ("functions", "batch_of", "batch"),
    ("functions", "kept", "cache"),
    ("triggers", 0),
    ("engines",),
    ("engines", 0),
)
"""Where a key can stand that is none; a number is a place in the order."""

OTHER = 'old."other column"'

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Given:
    """A spec to be: hostile texts by their places, and how it is written."""

    number: int
    texts: Texts
    style: str
    file: str
    kind: Kind
    home: int

    def spec(self, engine: str) -> dict[str, Any]:
        """Return the spec for an engine."""
        return _Builder(self, engine, {place: Hostile(text) for place, text in self.texts.items()}).spec()

    def of(self, engine: str) -> Given:
        """Return the same without what the engine's part of a spec has no place for."""
        kept = {place: text for place, text in self.texts.items() if engine in ONLY.get(place, (engine,))}
        return replace(self, texts=kept)

    def twin(self) -> Given:
        """Return the same with a mark for every text that travels as it is: what has a form stays, as does a blank."""
        kept = {place: MARKS.get(place, text) for place, text in self.texts.items()}
        blank = {place: text for place, text in self.texts.items() if "description" in place and not text.strip()}
        shown = {place: text for place, text in (kept | blank).items() if place not in ALWAYS or text != MARKS[place]}
        return Given(-1, dict(sorted(shown.items())), "escaped", "spec.yaml", self.kind, self.home)

    @property
    def key(self) -> object:
        """What twins have in common that are the same."""
        return tuple(self.texts.items()), self.kind if {"type", "typed default", "bound"} & set(self.texts) else None

    @property
    def environment(self) -> str | None:
        """The environment that it is compiled for."""
        return self.texts.get("environment")


def generate(seed: int, number: int) -> Given:
    """Return a hostile spec; the same numbers always give the same one."""
    random = Random(f"{seed} {number}")
    count = random.choice((1, 1, 2, 2, 3, 4, 6, 9, 14))
    kind = random.choice(KINDS)
    places = random.sample(PLACES, count)
    # With many of them, one would always be refused.
    rare = random.random() < (0.6 if count == 1 else 0.3 / count)
    found = {place: _text(random, place, kind, rare) for place in places}
    file = texts.any_text(random) if random.random() < 0.5 else "spec.yaml"
    return Given(number, found, random.choice(STYLES), file or "spec.yaml", kind, random.randrange(len(HOMES)))


def _text(random: Random, place: str, kind: Kind, rare: bool) -> str:
    if place in NAMES and random.random() > rare * 0.8:
        return next(name for name in iter(lambda: texts.name(random), None) if name not in SIBLINGS)
    if VALID.get(place) and random.random() > rare * 0.8:
        return random.choice(VALID[place])
    if place == "typed default" and kind in DEFAULTS and random.random() > rare * 0.8:
        return random.choice(DEFAULTS[kind])
    text = texts.any_text(random) if rare else texts.visible_text(random)
    if place in NAMES or place in VALID:
        text = random.choice((text, f"a{text}", f"{random.choice(VALID.get(place) or ('a',))}{text}"))
    return text.replace("@", "+") if place == "host" else text


def said(place: str, text: str) -> tuple[str, ...]:
    """Return how a text may read in what is compiled: as it is, or in the one form that its place gives it."""
    if "description" in place:
        return (text.strip(),)
    return (pattern.canonical(f"abc|{text}").removeprefix("abc|"),) if place == "pattern" else (text,)


class _Builder:
    """Build one spec."""

    def __init__(self, given: Given, engine: str, hostile: Texts) -> None:
        self.given, self.engine, self.hostile = given, engine, hostile

    def at(self, place: str, form: Callable[[str], str] = str) -> str:
        """Return the text in a place, in some form; its mark where nothing hostile stands."""
        if place in self.hostile:
            return Hostile(form(self.hostile[place]))
        mark = MARKS[place]
        return form(mark.upper() if place == "means" and self.engine == "oracle" else mark)

    def some(self, **places: str) -> dict[str, Any]:
        """Return those of the members that something hostile stands in."""
        return {key: self.at(place) for key, place in places.items() if place in self.hostile}

    def spec(self) -> dict[str, Any]:
        """Return the whole."""
        spec: dict[str, Any] = {
            "udfgen": self.at("version") if "version" in self.hostile else 1,
            "name": self.at("spec"),
            "aws": self.aws(),
            "bindings": {
                self.at("binding"): self.binding(),
                "idle": {"function": "idle", "invoke": "async"},
                "asked": {"function": "asked"},
            },
            "functions": {
                self.at("function"): self.scalar(),
                "rows_of": self.table(),
                "nothing_of": {"binding": "idle", "description": self.at("second description"), "grant": ["app"]},
                "told": {"binding": "idle", "parameters": {"first": "text", "second": "json", "third": "text"}},
                self.at("batch function"): self.listed(),
                "batch_of": self.batch(),
                "kept": self.kept(),
            },
            "triggers": {self.at("trigger"): self.trigger()},
            "engines": {self.engine: self.options()} | ({self.at("engine"): {}} if "engine" in self.hostile else {}),
        }
        if "environment" in self.hostile:
            spec["environments"] = {self.at("environment"): {"aws": {"account": "123456789012"}}}
        return self.with_unknown(spec)

    def with_unknown(self, spec: dict[str, Any]) -> dict[str, Any]:
        if "unknown" in self.hostile:
            home: Any = spec
            for step in HOMES[self.given.home]:
                home = list(home.values())[step] if isinstance(step, int) and isinstance(home, dict) else home[step]
            home[self.at("unknown")] = 1
        return spec

    def aws(self) -> dict[str, Any]:
        def path(text: str) -> str:
            return f"/{text}"

        credentials = {
            "source": self.at("source") if "source" in self.hostile else "profile",
            "profile": self.at("profile"),
            "file": self.at("file", path),
            "config_file": self.at("config file", path),
        }
        more = self.some(account="account", endpoint="endpoint", proxy="proxy")
        more |= {"ca_file": self.at("ca file", path)} if "ca file" in self.hostile else {}
        region = self.at("region") if "region" in self.hostile else "eu-west-1"
        return {"region": region, "credentials": credentials, **more}

    def binding(self) -> dict[str, Any]:
        more = self.some(qualifier="qualifier", invoke="invoke", timeout="timeout")
        return {"function": self.at("lambda") if "lambda" in self.hostile else "score", **more}

    def scalar(self) -> dict[str, Any]:
        name = self.at("parameter")
        payload = {
            "given first": "$first",
            "given more": [self.at("parameter", lambda text: f"${text}"), {"deep": "$second"}],
            "given constant": self.at("payload constant", _as_text),
            self.at("payload key", _as_text): 1,
            "given rest": ["$third", "$fourth"],
        }
        return {
            "binding": self.at("binding"),
            "description": self.at("description"),
            "parameters": self.parameters(name),
            "payload": payload,
            "returns": {
                "type": self.at("returns") if "returns" in self.hostile else "text",
                "path": self.at("path", lambda text: f"$[{quoted_step(text)}]"),
            },
            "grant": ["app", *self.some(it="grantee").values()],
            "examples": [self.example(name)],
            **self.some(volatility="volatility"),
        }

    def parameters(self, name: str) -> dict[str, Any]:
        first = {"description": self.at("parameter description"), "enum": ["other", self.at("enum")]}
        return {
            "first": {"type": "text", **first},
            name: "bigint",
            "second": {"type": "text", "pattern": self.at("pattern", lambda text: f"abc|{text}")},
            "third": {"type": "varchar(400)", "default": self.at("default")},
            "fourth": {
                "type": "json",
                "default": {"inner key": [self.at("json default")], self.at("json default key"): 1},
            },
            **self.typed(),
        }

    def typed(self) -> dict[str, Any]:
        """Return the parameter of a type by chance, where something hostile is about it."""
        if not {"type", "typed default", "bound"} & set(self.hostile):
            return {}
        kind = self.given.kind
        type_ = self.at("type") if "type" in self.hostile else f"{kind.value}{'(9,2)' * (kind is Kind.DECIMAL)}"
        default = self.at("typed default") if "typed default" in self.hostile else None
        return {"typed": {"type": type_, "default": default, **self.some(min="bound")}}

    def example(self, name: str) -> dict[str, Any]:
        arguments = {"first": "other", name: 1, "second": "abc", "third": self.at("example argument")}
        response = {self.at("example response"): self.at("example response")}
        result = {} if "returns" in self.hostile else {"result": self.at("example result")}
        return {"arguments": arguments, "response": response, **result}

    def table(self) -> dict[str, Any]:
        columns = {
            self.at("column"): {
                "type": "text",
                "path": self.at("column path", lambda text: f"$.x[{quoted_step(text)}]"),
            },
            "other": "decimal(5,2)",
        }
        rows = self.at("rows path", lambda text: f"$[0][{quoted_step(text)}]")
        return {
            "binding": self.at("binding"),
            "parameters": {"first": "text"},
            "returns": {"table": columns, "rows": rows},
            "follow": {
                "token": self.at("token path", lambda text: f"$[{quoted_step(text)}]"),
                "into": "first",
                "until": self.at("until path", lambda text: f"$.x[{quoted_step(text)}]"),
            },
            "grant": ["app"],
        }

    def batch(self) -> dict[str, Any]:
        """Return a function of sets whose rows are the arguments by position."""
        more = self.some(max_bytes="size", on_row_error="row error")
        enum = {"type": "text", "enum": ["other", self.at("batch enum")]}
        return {
            "binding": "asked",
            "description": self.at("batch description"),
            "parameters": {self.at("batch parameter"): "bigint", "second": enum},
            "returns": {"type": "text", "path": self.at("batch path", lambda text: f"$[{quoted_step(text)}]")},
            "volatility": "stable",
            "batch": {"max_rows": 7, **more},
            "grant": ["app"],
        }

    def listed(self) -> dict[str, Any]:
        """Return a function of sets whose rows are payloads."""
        name = self.at("batch parameter")
        wire = self.at("wire") if "wire" in self.hostile else "list"
        payload = {"given": self.at("batch parameter", lambda text: f"${text}"), self.at("batch payload", _as_text): 1}
        return {
            "binding": "idle",
            "parameters": {name: "json"},
            "payload": payload,
            "batch": {"wire": wire, "concurrency": 3},
            "grant": ["app"],
        }

    def kept(self) -> dict[str, Any]:
        """Return a function whose results are kept."""
        return {
            "binding": "asked",
            "parameters": {"first": "text"},
            "returns": {"type": "text", "path": self.at("kept path", lambda text: f"$[{quoted_step(text)}]")},
            "volatility": "immutable",
            "cache": {"ttl": self.at("ttl") if "ttl" in self.hostile else "10m"},
            "grant": ["app"],
        }

    def trigger(self) -> dict[str, Any]:
        """Return a trigger with a text in each of its names and literals."""
        arguments = {
            "first": self.at("argument", _literal),
            "second": self.at("json argument", lambda text: _literal(json.dumps({"k": text}, ensure_ascii=False))),
            "third": f"coalesce({OTHER}, operation)",
        }
        return {
            "table": self.joined(self.some_name("table schema"), self.at("table", _exact)),
            "after": ["insert", "update"],
            "of": ["plain", self.at("changed column", _exact)],
            "key": [self.at("key column", _exact)],
            "when": self.joined(self.at("cell", lambda text: f"new.{_exact(text)} <> "), self.at("literal", _literal)),
            "call": "told",
            "arguments": arguments,
            "unless_user": ["app", *self.some(it="writer").values()],
        }

    def some_name(self, place: str) -> str:
        """Return the schema of a table with the point behind it; nothing where nothing hostile stands."""
        return self.at(place, lambda text: f"{_exact(text)}.") if place in self.hostile else ""

    def joined(self, *pieces: str) -> str:
        """Return one text of several, hostile when one of them is."""
        text = "".join(pieces)
        return Hostile(text) if any(isinstance(each, Hostile) for each in pieces) else text

    def options(self) -> dict[str, Any]:
        return getattr(self, self.engine)()  # type: ignore[no-any-return]

    def means(self, fixed: str, text: str) -> dict[str, Any]:
        key = {self.at("means key"): [fixed]} if "means key" in self.hostile else {}
        return {"app": [fixed, text], **key}

    def postgresql(self) -> dict[str, Any]:
        more = self.some(schema="schema", owner="owner", transport="transport", tables="tables")
        return {"roles": self.means("app_role", self.at("means")), **more}

    def mysql(self) -> dict[str, Any]:
        host = self.at("host", lambda text: f"h{text}")
        text = f"{self.at('means')}@{host}"
        account = Hostile(text) if {"means", "host"} & set(self.hostile) else text
        return {
            "accounts": self.means("app@%", account),
            **self.some(database="schema", owner="owner", private="private", tables="tables"),
        }

    def oracle(self) -> dict[str, Any]:
        return {"grantees": self.means("APP_ROLE", self.at("means")), **self.some(schema="schema", metadata="metadata")}

    def sqlserver(self) -> dict[str, Any]:
        return {
            "grantees": self.means("app_role", self.at("means")),
            **self.some(schema="schema", metadata="metadata", tables="tables"),
        }


def _as_text(text: str) -> str:
    """Return a payload's spelling of a constant: `$` begins a parameter there, `$$` is itself."""
    return text.replace("$", "$$")


def _exact(text: str) -> str:
    """Return a name as a spec quotes it."""
    return '"' + text.replace('"', '""') + '"'


def _literal(text: str) -> str:
    """Return a text of an expression."""
    return "'" + text.replace("'", "''") + "'"
