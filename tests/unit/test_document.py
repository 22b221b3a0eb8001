"""Documents: positions, YAML 1.2 scalars, and what is refused as YAML."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from udfgen.errors import Origin, SpecError, UsageError
from udfgen.spec import document
from udfgen.spec.document import Mapping, load, overlay, plain, read, scalar, scan


def problems(text: str) -> list[str]:
    with pytest.raises(SpecError) as caught:
        read(text, "s.yaml")
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("on", "on"),
        ("yes", "yes"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("0b1", "0b1"),
        ("2016-02-15", "2016-02-15"),
        ("<<", "<<"),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ("Null", None),
        ("010", 10),
        ("-12", -12),
        ("0o17", 15),
        ("0xfF", 255),
        (".5", Decimal("0.5")),
        ("1.", Decimal(1)),
        ("1e3", Decimal("1e3")),
        ("0.10000000000000000000000000000001", Decimal("0.10000000000000000000000000000001")),
    ],
)
def test_scalars_follow_the_core_schema(text: str, value: object) -> None:
    got = scalar(text)
    assert (got, type(got)) == (value, type(value))
    assert plain(read(f"a: {text}\n", "s").root) == {"a": value}


def test_fractions_keep_the_digits_they_were_written_with() -> None:
    assert str(scalar("87.50")) == "87.50"


@pytest.mark.parametrize("text", [".inf", "-.INF", ".NaN", "1e401", "1e99999999999999999999", "9" * 401])
def test_numbers_that_json_cannot_hold_are_refused(text: str) -> None:
    assert problems(f"a: 1\nb: {text}\n")[0].startswith("s.yaml:2:4: ")


def test_quoted_scalars_are_text() -> None:
    assert plain(read("""a: "1"\nb: 'true'\nc: |\n  x\n""", "s").root) == {"a": "1", "b": "true", "c": "x\n"}


def test_positions_count_characters_from_one() -> None:
    found = read("é😀: {ü: 1, b: [x, yy]}\n", "s.yaml")
    assert found.origin(("é😀",)) == Origin("s.yaml", 1, 5)
    assert found.origin(("é😀", "b"), key=True) == Origin("s.yaml", 1, 12)
    assert found.origin(("é😀", "b", 1)) == Origin("s.yaml", 1, 19)


def test_a_path_that_does_not_exist_stands_at_its_nearest_ancestor() -> None:
    found = read("a:\n  b: 1\n", "s.yaml")
    assert found.origin(("a", "b", "c", 3)) == Origin("s.yaml", 2, 6)
    assert found.origin(("a", "x"), key=True) == Origin("s.yaml", 1, 1)
    assert found.node(("a", "x")) is None
    assert found.keys(("a",)) == ("b",)
    assert found.keys(("a", "b")) == ()


def test_every_problem_is_reported_at_once() -> None:
    text = "a: 1\na: 2\nb: &x !!str 3\n4: 5\n[c]: 6\nd: .inf\ne: x\u202e\n"
    assert [problem.split(": ")[0] for problem in problems(text)] == [
        "s.yaml:2:1",
        "s.yaml:3:4",
        "s.yaml:3:4",
        "s.yaml:4:1",
        "s.yaml:5:1",
        "s.yaml:6:4",
        "s.yaml:7:5",
    ]


def test_an_alias_ends_the_reading_because_what_follows_would_confuse() -> None:
    document_, found = scan("a: &x 1\nb: *x\n", "s")
    assert document_ is None
    assert [problem.rule for problem in found] == ["alias", "alias"]


def test_billion_laughs_and_deep_nesting_end_at_once() -> None:
    assert "anchors" in problems("a: &a [x, x]\nb: &b [*a, *a]\n")[0]
    assert problems("a: " + "[" * 100) == ["s.yaml:1:68: nested deeper than 64 levels: make it flatter"]
    # Some versions of libyaml end it themselves, further on.
    [problem] = problems("a: " + "[" * 20_000)
    assert problem.endswith(": nested deeper than 64 levels: make it flatter")


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("", "s.yaml:1:1: the file is empty"),
        ("# only a comment\n", "s.yaml:1:1: the file is empty"),
        ("- a\n", "s.yaml:1:1: a spec must be a mapping"),
        ("a: 1\n---\nb: 2\n", "s.yaml:2:1: a second document begins here"),
        ("a: b: c\n", "s.yaml:1:5: not YAML: a colon where none can stand"),
        ("a:\n\tb: 1\n", "s.yaml:2:1: not YAML: this character cannot begin a value"),
        ("%YAML 3.0\n---\na: 1\n", "s.yaml:1:1: not YAML: found incompatible YAML document"),
    ],
)
def test_what_is_no_spec_at_all_is_one_clear_problem(text: str, start: str) -> None:
    assert [problem.startswith(start) for problem in problems(text)] == [True]


def test_hidden_characters_are_named_where_they_stand_in_comments_too() -> None:
    found = problems("a: 1 # x\u2028b: 2\nc: \x00\nd: e\rf\n")
    assert found[0].startswith("s.yaml:1:9: the character U+2028 LINE SEPARATOR is not allowed: ")
    assert found[1].startswith("s.yaml:2:4: the character U+0000 NULL is not allowed: ")
    assert found[2].startswith("s.yaml:3:5: the character U+000D CARRIAGE RETURN is not allowed: ")


def test_windows_line_ends_and_emoji_are_fine() -> None:
    assert plain(read("a: 1\r\nb: 'é😀\u00a0'\r\n", "s").root) == {"a": 1, "b": "é😀\u00a0"}


def test_the_python_parser_finds_the_same_nodes_and_places(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "é: {b: [1, 'x', 0o7], c: |\n  text\n  more\n}\n".replace("c: |\n  text\n  more\n", 'c: "a\\nb"')
    native = scan(text, "s")
    monkeypatch.setattr(document, "LOADER", yaml.SafeLoader)
    assert scan(text, "s") == native
    assert native[0] is not None


def test_overlay_merges_mappings_and_keeps_the_origins_of_what_won() -> None:
    base = read("a: {b: 1, c: {d: 2}}\ne: [1, 2]\n", "s")
    patch = read("\n\na: {c: {d: 3, f: 4}}\ne: [9]\n", "s")
    merged = document.Document(overlay(base.root, patch.root), "s")
    assert plain(merged.root) == {"a": {"b": 1, "c": {"d": 3, "f": 4}}, "e": (9,)}
    assert merged.origin(("a", "b")).line == 1
    assert merged.origin(("a", "c", "d")).line == 3
    assert merged.origin(("a", "c"), key=True).line == 1
    assert isinstance(base.root, Mapping)
    assert plain(base.root) == {"a": {"b": 1, "c": {"d": 2}}, "e": (1, 2)}


def test_files_that_cannot_be_read_or_are_not_utf8(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.yaml: cannot be read: No such file"):
        load(tmp_path / "none.yaml")
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"a: 1\nb\xc3\xa9: \xe9\n")
    with pytest.raises(SpecError, match=r"latin\.yaml:2:5: not UTF-8 text: save the file as UTF-8"):
        load(path)


def test_a_byte_order_mark_is_one_problem(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    with pytest.raises(SpecError, match=r"s\.yaml:1:1: the file begins with a byte order mark") as caught:
        load(path)
    assert len(caught.value.problems) == 1


def test_reading_does_not_import_pydantic() -> None:
    code = "import sys, udfgen.spec.document; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
