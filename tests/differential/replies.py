"""Random bodies of replies: values of a result's type where its path leads, almost such values, other JSON, no JSON."""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.differential.source import Source

Facts = dict[str, Any]
Path = list[str | int]

LETTERS = "abA01 .-:+/\\\"'\u00e9e\u0301\u2028\u6f22\U0001f600\x7f\ufeff"
# What may stand in a string: characters as they are, escapes, halves of pairs; and what may not.
PIECES = (*(each for each in LETTERS if each not in '"\\'), "\\n", "\\u0041", "\\u00e9", "\\/", "\\b", "\\ud83d\\ude00")
HALVES = ("\\u0000", "\\ud800", "\\udc00", "\\ude00\\ud83d", "\\ud83d\\ud83d\\ude00")
NO_PIECES = ("\\x41", "\\u00g0", "\\u12", "\\", "\n", "\t", "\0", "\\U0041", "\\'", '"')
GAPS = ("", "", "", "", " ", "\n", "\r\n", "\t ")
BLANKS = (*GAPS, "\u00a0", "\f", "\ufeff")


def body(source: Source, returns: Facts) -> bytes:
    """Make the body of a reply to a function that returns this."""
    way = source.upto(19)
    if way == 19 or returns["kind"] == "void":
        made = document(source)
    elif returns["kind"] == "table":
        made = _placed(source, _rows(source, returns["columns"]), returns["rows"])
    else:
        made = _placed(source, _cell(source, returns), returns["path"])
    found = (source.pick(GAPS) + made + source.pick(GAPS)).encode()
    if 14 < way < 19:
        return broken(source, found)
    return found[: source.upto(len(found))] if way == 14 else found


BYTES = (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\x80", b"\xef\xbb\xbf", b"\0", b"")
CHARACTERS = tuple(each.encode() for each in '{}[]",:\\/ 0123456789.eE+-truefalsnudTZ\n\u00e9\U0001f600')


def broken(source: Source, given: bytes) -> bytes:
    """Return a body with up to three small changes."""
    data = bytearray(given)
    for _ in range(1 + source.upto(2)):
        at = source.upto(len(data))
        data[at : at + source.upto(2)] = source.pick(CHARACTERS + BYTES)
    return bytes(data)


# --- strings ---------------------------------------------------------------------------------------------------


def _string(source: Source) -> str:
    """Make the JSON of any string."""
    found = [source.pick(PIECES) for _ in range(source.upto(4))]
    if source.once_in(4):
        found.append(source.pick(NO_PIECES if source.once_in(3) else HALVES))
    return f'"{"".join(found)}"'


def _quoted(source: Source, content: str) -> str:
    """Return the JSON of a string, one of its characters perhaps escaped though it need not be."""
    shown = [json.dumps(each, ensure_ascii=False)[1:-1] for each in content]
    if content and source.once_in(4):
        at = source.upto(len(content) - 1)
        shown[at] = f"\\u{ord(content[at]):04X}" if ord(content[at]) < 0x80 else json.dumps(content[at])[1:-1]
    return f'"{"".join(shown)}"'


# --- numbers ---------------------------------------------------------------------------------------------------

ENDS = tuple(str(sign * 2**bits + step) for bits in (15, 31, 53, 63, 64) for sign in (1, -1) for step in (-1, 0, 1))
FLOATS = (
    *("0", "-0", "-0.0", "1e0", "0e99999", "5e-324", "2.4703282292062327e-324", "2.4703282292062328e-324"),
    *("1.7976931348623157e308", "1.7976931348623158e308", "1.7976931348623159e308", "1e309", "-1e400", "1e-400"),
    *("3.4028234663852886e38", "3.4028235677973366e38", "3.4028235677973367e38", "1e-45", "7.006492321624085e-46"),
    *("7.006492321624086e-46", "0.1", "16777217", "9007199254740993", "1e23", "1e21", "1e-7", "123456789012345678"),
)
NO_NUMBERS = ("01", "-", "+1", "1.", ".5", "1e", "1e+", "NaN", "Infinity", "-Infinity", "0x1", "1_0", "\u0661", "")
POWERS = ("9999", "-9999", "10000", "-10000", "09999", "-0010000", "9" * 20, "-" + "9" * 20, "0")
AFTER = ("", "", "", ".0", ".5", ".50", ".4" + "9" * 50, ".00", ".25", ".0000000000000000000000000000000001")


def _numeral(source: Source) -> str:
    """Make the text of a JSON number, with fraction and exponent or without; rarely of none."""
    way = source.upto(7)
    if way > 4:
        return source.pick((ENDS, FLOATS, NO_NUMBERS)[way - 5])
    digits = source.text(source.pick(("0123456789", "05", "9", "49")), source.pick((1, 3, 20, 40)))
    long = source.pick(("0", "9")) * 400 if source.once_in(15) else ""
    found = source.pick(("", "", "-")) + ((digits + long).lstrip("0") or "0") + source.pick(AFTER)
    return found if way < 3 else f"{found}{source.pick(('e', 'E', 'e+'))}{_power(source)}"


def _power(source: Source) -> str:
    return source.pick(POWERS) if source.once_in(4) else str(source.upto(90) - 45)


def _fitting(source: Source, facts: Facts) -> str:
    """Make a number about as large as a decimal may be, its point moved by an exponent or not."""
    precision = facts["precision"]
    digits = source.pick(("9" * precision, "9" * (precision + 1), "1" + "0" * precision, "4" * precision + "5"))
    sign, moved = source.pick(("", "-")), facts["scale"] + source.upto(4) - 2
    if source.upto(1):
        return f"{sign}{digits}e{-moved}"
    point = len(digits) - moved
    return sign + (f"{digits[:point]}.{digits[point:]}" if 0 < point < len(digits) else f"0.{'0' * -point}{digits}")


def _exact(source: Source, facts: Facts) -> str:
    way = source.upto(3)
    if way < 2:
        return source.pick(ENDS) if way else _numeral(source)
    return _fitting(source, facts) if facts["type"] == "decimal" else _numeral(source)


# --- moments, uuids, bytes -------------------------------------------------------------------------------------

YEARS = ("2024", "0000", "0001", "0004", "1582", "1900", "2000", "2023", "9999", "10000", "+2024", "-0001", "\u0662024")
MONTHS = ("02", "01", "04", "12", "00", "13", "2")
DAYS = ("01", "28", "29", "30", "31", "00", "32", "1")
CLOCKS = ("00:00:00", "12:34:56", "23:59:59", "24:00:00", "23:60:00", "23:59:60", "12:34", "1:02:03", "12:34:5\u0665")
FRACTIONS = ("", "", "", ".5", ".123456", ".000000", ".100", ".999999", ".1234567", ".", ",5")
ZONES = (
    *("Z", "Z", "+00:00", "-00:00", "+00:01", "-00:01", "+14:00", "+23:59", "-23:59"),
    *("z", "", "+24:00", "+0100", "+01", "+01:60", " Z"),
)
GOOD_DATES = ("2016-02-15", "0001-01-01", "1900-02-28", "2000-02-29", "9999-12-31", "1900-02-29", "2023-02-29")
GOOD_TIMES = ("00:00:00", "00:00:00.5", "12:34:56.123456", "23:59:59.999999", "23:59:00", "00:01:00.100")


def _moment(source: Source, kind: str) -> str:
    """Make a moment of ISO 8601, right or almost so."""
    is_good = source.upto(1) == 0
    date = source.pick(GOOD_DATES) if is_good else "-".join(map(source.pick, (YEARS, MONTHS, DAYS)))
    time = source.pick(GOOD_TIMES) if is_good else source.pick(CLOCKS) + source.pick(FRACTIONS)
    if kind in ("date", "time"):
        return date if kind == "date" else time
    mark = "T" if is_good else source.pick(("T", "T", "T", " ", "t", ""))
    return date + mark + time + (source.pick(ZONES) if kind == "timestamptz" else "")


UUID = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
UUIDS = (
    *(UUID, UUID.upper(), UUID.title(), "0" * 8 + "-0000" * 3 + "-" + "f" * 12),
    *(UUID.replace("-", ""), f"{{{UUID}}}", UUID[:-1], UUID + "0", UUID + "\n", UUID.replace("a", "g"), UUID[1:] + "-"),
    UUID.replace("e", "\u212f"),
)


def _base64(source: Source) -> str:
    """Make the base64 of some bytes, sometimes as no encoder writes it."""
    text, way = base64.b64encode(source.data(7)).decode(), source.upto(15)
    cut = text.rstrip("=")
    last = cut[:-1] + source.pick("AQRgwxyz/") + text[len(cut) :]
    wrong = (cut, text + "=", text + "\n", f"{text[:2]} {text[2:]}", text.translate(URL_SAFE), text * 2, text[1:], last)
    return wrong[way - 8] if way > 7 else text


URL_SAFE = str.maketrans("+/", "-_")

# --- documents -------------------------------------------------------------------------------------------------

NO_VALUES = ("True", "nul", "'a'", "", ",", "//", "/**/1", "[1,]", '{"a":1,}', '{"a"}', "{a:1}", "[1 2]", "]")
WORDS = ("null", "true", "false", "0", "1", '""', "[]", "{}", '"a"', '"1"', "-0", "1.0", "[null]")
NAMES = ('"a"', '"b_1"', '"A"', '"\\u0061"', '"0"', '""', '"x"')
DEPTHS = (511, 512, 513, 600, 5000)


def document(source: Source) -> str:
    """Make a JSON document with blanks around it; rarely one that is none, or deep."""
    way = source.upto(29)
    made = _deep(source) if way == 29 else source.pick(NO_VALUES) if way == 28 else _value(source, 2)
    return source.pick(GAPS) + made + source.pick(BLANKS if source.once_in(4) else GAPS)


def _deep(source: Source) -> str:
    begin, end = source.pick((("[", "]"), ('{"a":', "}")))
    depth = source.pick(DEPTHS)
    return begin * depth + source.pick(("null", "0", "", "x")) + end * (depth - source.upto(1))


def _value(source: Source, depth: int) -> str:
    """Make any JSON value, or almost one."""
    way = source.upto(6 if depth else 4)
    if way < 5:
        return source.pick(WORDS) if way < 2 else _string(source) if way < 4 else _numeral(source)
    items = [_value(source, depth - 1) for _ in range(source.upto(3))]
    if way == 6:
        items = [f"{source.pick(NAMES)}{source.pick(GAPS)}:{source.pick(GAPS)}{each}" for each in items]
    inner = source.pick(GAPS) + ",".join(items) + source.pick(GAPS)
    return f"[{inner}]" if way == 5 else f"{{{inner}}}"


# --- values of a type, where the path leads --------------------------------------------------------------------


def _cell(source: Source, facts: Facts) -> str:
    """Make the JSON of a result: mostly of its type or almost, else null or anything."""
    way = source.upto(9)
    return _fit(source, facts) if way < 7 else "null" if way == 7 else _value(source, 2)


def _fit(source: Source, facts: Facts) -> str:
    """Make the JSON of a value that fits a type, or just does not."""
    kind = facts["type"]
    if kind in ("smallint", "integer", "bigint", "decimal"):
        number = _exact(source, facts)
        return f'"{number}"' if source.once_in(3) else number
    if kind in ("real", "double"):
        return source.pick(FLOATS) if source.upto(1) else _numeral(source)
    if kind in ("boolean", "json"):
        return source.pick(("true", "false")) if kind == "boolean" else _value(source, 2)
    is_text = kind in ("text", "varchar")
    return _string(source) if is_text and source.upto(1) else _quoted(source, _content(source, facts))


def _content(source: Source, facts: Facts) -> str:
    """Make the text of a value that travels as a string."""
    kind = facts["type"]
    if kind in ("text", "varchar"):
        return source.text(LETTERS, min(facts.get("length", 4), 4) + 1)
    if kind in ("uuid", "bytes"):
        return source.pick(UUIDS) if kind == "uuid" else _base64(source)
    return _moment(source, kind)


def _placed(source: Source, found: str, path: Path) -> str:
    """Return a document that has a value where a path leads; rarely the path leads nowhere."""
    for step in reversed(path):
        found = _value(source, 1) if source.once_in(20) else _inside(source, found, step)
    return found


def _inside(source: Source, found: str, step: str | int) -> str:
    """Return the JSON of an array or an object that has a value at a step, and perhaps others."""
    way, gap = source.upto(19), source.pick(GAPS)
    if isinstance(step, int):
        others = ["null", '"x"', "{}"][: step - (way == 19)]
        return f"[{gap}{','.join([*others, found])}{',1' * (way == 18)}{gap}]"
    member = f"{_quoted(source, step)}{gap}:{gap}{found}"
    if way > 17:
        # Of members with the same name the last one counts.
        twice = f"{_quoted(source, step)}:{source.pick(WORDS)}"
        member = f"{member},{twice}" if way == 19 else f"{twice},{member}"
    elif way > 14:
        member = source.pick((f'"other":[1],{member}', f'{member},"":0', f'"\\u0000":{{}},{member}'))
    return f"{{{member}{gap}}}"


def _rows(source: Source, columns: list[Facts]) -> str:
    """Make an array of rows; rarely something else."""
    if source.once_in(20):
        return _value(source, 2)
    gap = source.pick(GAPS)
    return f"[{gap}{','.join(_row(source, columns) for _ in range(source.upto(3)))}{gap}]"


def _row(source: Source, columns: list[Facts]) -> str:
    """Make a row: an object or an array of what lies below the first steps of its columns' paths."""
    found = [(column["path"], _cell(source, column)) for column in columns]
    if any(not path for path, _ in found):
        return _placed(source, found[0][1], found[0][0])
    below = {path[0]: _placed(source, cell, path[1:]) for path, cell in found}
    if all(isinstance(first, int) for first in below):
        return f"[{','.join(below.get(at, 'null') for at in range(max(map(int, below)) + 1))}]"
    return f"{{{','.join(f'{_quoted(source, str(first))}:{each}' for first, each in below.items())}}}"
