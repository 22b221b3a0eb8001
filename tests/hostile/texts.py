"""Hostile texts, made at random: what ends, hides or changes something in any language that is generated."""

from __future__ import annotations

import hashlib
from random import Random

from tests.unit.hostile_texts import NASTY
from tests.unit.test_hostile import CASES
from tests.unit.test_oracle_quote import SQLPLUS
from tests.unit.test_sqlserver_quote import SPLIT, SQLCMD

_JSON_TAG = f"json_{hashlib.sha256(b'json').hexdigest()[:8]}"

POSTGRESQL = ("$$", "$udfgen$", "E'\\'", "U&'\\0027'", "B'1'", "::text", "\\! id", "\\gexec", ":'x'", "$1", "$a$")
PYTHON = ("'''", '"""', "\\N{BULLET}", "\\x27", "\\", "{0}", "f'{x}'", "\n\timport os", "#", "b'", "\\\n")
MYSQL = (
    "\\'",
    "\\\\'",
    "`",
    "``",
    "/*!50000 x */",
    "/*M! x */",
    "-- ",
    "#",
    "delimiter //",
    "\\! id",
    "\\Z",
    "\\%",
    "@@x",
)
CPP = (
    ')json"',
    f'){_JSON_TAG}"',
    'R"json(',
    "??/",
    "??/\n",
    "??=",
    "\\",
    "%:define",
    "//",
    '"',
    "/*",
    "*/",
    "#include",
)
CMAKE = ("${x}", "$ENV{PATH}", "#[[", "]]", "[==[", "@x@", ";", "\\;")
ORACLE = ("&x", "&&x", "q'[", "]'", "\n/\n", "\n.\n", "\n@x\n", " -\n", "-", "||", "unistr('\\0027')", "chr(39)", ":x")
JAVA = ("\\u0022", "\\\\u000a", "\\uuuu0022", "\\u005c", '\\"', "*/", "\\u002a/", "\\7", '"""')
SQLSERVER = ("]", "]]", "N'", "\nGO\n", "\nGO 5\n", "$(x)", "$$(x)", ":r x", "\n!!dir", "0x27", "%_[^]", "[", "@x")
CSHARP = ('""', '@"', '$"', '"""', "{{", "\n#line 1\n", "\n#endif\n", "\\U0001F600", "///", "\\x27")
FLAGS = ("@flags", "-out:x.dll", "-r:x.dll", " -unsafe", "/out:x")
ENDS = ("'", '"', ";", "--", "*/", ")", "'); ", '"); ', "`); ", "]); ", "\n", "\r\n", "\\")
SQL = ("; drop table x; --", "; grant all on x to y; --", "' or 1=1 --", "union select 1", "begin", "end;", "commit;")
NEWLINES = ("\n", "\r", "\r\n", "\n\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029")
FORMATS = (
    "\u200b",
    "\u200d",
    "\u200e",
    "\u202a",
    "\u202e",
    "\u2066",
    "\u2069",
    "\ufeff",
    "\u00ad",
    "\u061c",
    "\U000e0041",
)
CONTROLS = ("\0", "\x01", "\x08", "\x1a", "\x1b[2J", "\x7f", "\x80", "\x9b", "\ue000", "\ufdd0", "\uffff", "\U0010ffff")
SURROGATES = ("\ud800", "\udc00", "\udbff\udfff", "\udfff\udbff", "\udc27")
YAML = (
    ": ",
    "- ",
    "? ",
    "&a",
    "*a",
    "!!str",
    "---",
    "...",
    "%YAML 1.1",
    "{",
    "}",
    "|",
    ">",
    "<<",
    "null",
    "NO",
    "~",
    "0o7",
)
UNICODE = (
    "\u00e9",
    "e\u0301",
    "\u2019",
    "\uff07",
    "\u02bc",
    "\uff02",
    "\uff1b",
    "\u037e",
    "\u212a",
    "\u0131",
    "\U0001f600",
    "\u3000",
)

PIECES = tuple(
    dict.fromkeys(
        (
            *(*CASES, *NASTY, *SQLPLUS, *SQLCMD, *SPLIT),
            *(*POSTGRESQL, *PYTHON, *MYSQL, *CPP, *CMAKE, *ORACLE, *JAVA, *SQLSERVER, *CSHARP, *FLAGS),
            *(*ENDS, *SQL, *NEWLINES, *FORMATS, *CONTROLS, *SURROGATES, *YAML, *UNICODE),
        )
    )
)
VISIBLE = tuple(each for each in PIECES if each.isprintable())
LENGTHS = (62, 63, 64, 65, 127, 128, 129, 400, 401, 1000, 3750, 3751, 4000, 4001, 20_000, 70_000)
"""Where some engine or some client ends."""

WORDS = (
    *(
        "select",
        "table",
        "user",
        "public_",
        "null",
        "default",
        "order",
        "group",
        "end",
        "begin",
        "go",
        "from",
        "values",
    ),
    *("class", "int", "new", "static", "package", "import", "enum", "goto", "namespace", "using", "string", "params"),
    *("def", "lambda", "none", "try", "plpy", "args", "gd", "sd", "udf", "rows", "row", "reply", "what", "handle"),
    *("template", "typename", "main", "functions", "program", "core", "registry", "token", "probe", "found", "wait"),
    *("get", "set", "value", "async", "await", "yield", "var", "record", "json", "text", "object", "a", "z9_", "x__y"),
    *("clone", "notify", "finalize", "update", "dual", "sysdate", "level", "rowid", "current_user", "session_user"),
)
"""Names that are one, and a word of some language besides."""


def any_text(random: Random) -> str:
    """Return a text with whatever there is."""
    return _text(random, PIECES)


def visible_text(random: Random) -> str:
    """Return a text of which every character can be seen: most places take it."""
    return _text(random, VISIBLE)


def _text(random: Random, pieces: tuple[str, ...]) -> str:
    found = "".join(random.choice(pieces) for _ in range(random.choice((1, 1, 2, 3, 5))))
    if random.random() < 0.05:
        found += chr(random.choice((random.randrange(0x250), random.randrange(0x3000), random.randrange(0x110000))))
    if random.random() < 0.02:
        found = (found or "x") * (random.choice(LENGTHS) // len(found or "x") + 1)
        found = found[: random.choice(LENGTHS)]
    return found


def name(random: Random) -> str:
    """Return a name: a word of some language, or one as long as some engine takes, or longer."""
    return (
        random.choice(WORDS) if random.random() < 0.9 else "n" * random.choice((31, 32, 33, 39, 40, 41, *LENGTHS[:7]))
    )
