"""The headers of an assembly: the CLR's own rules, each shown alive by bytes that break it and no other."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clr import build, pe

SOURCE = """\
internal static class Small
{
    private static readonly byte[] table = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

    public static int Main(string[] arguments)
    {
        return table[arguments.Length];
    }
}
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pe") / "small.cs"
    path.write_text(SOURCE, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def good(source: Path) -> bytes:
    return build.compile_csharp([source], source.with_suffix(".dll")).read_bytes()


def put(content: bytes, offset: int, form: str, *values: int) -> bytes:
    """Return bytes with numbers of a form put at an offset."""
    return content[:offset] + struct.pack(form, *values) + content[offset + struct.calcsize(form) :]


def in_header(offset: int, form: str, value: int) -> Callable[[pe.Image], bytes]:
    """Return what changes a field of the optional header, or of the one before it."""
    return lambda image: put(image.content, image.optional + offset, form, value)


def in_section(index: int, offset: int, value: int) -> Callable[[pe.Image], bytes]:
    """Return what changes a field of a section's header."""
    return lambda image: put(image.content, image.optional + image.header_size + 40 * index + offset, "<I", value)


def in_directory(index: int, offset: int, form: str, value: int) -> Callable[[pe.Image], bytes]:
    """Return what changes a number in the data of a directory."""
    return lambda image: put(image.content, image.offset(image.directory(index)[0]) + offset, form, value)


def other(old: bytes, new: bytes) -> Callable[[pe.Image], bytes]:
    """Return what changes a text that stands in the file once."""
    return lambda image: image.content.replace(old, new) if image.content.count(old) == 1 else b""


FLAGS = 36
"""Where a section's header has its flags."""

BROKEN: dict[str, list[Callable[[pe.Image], bytes]]] = {
    "format": [lambda image: b"", lambda image: b"PK" + image.content[2:], lambda image: image.content[:0x90]],
    "any-cpu": [in_header(-20, "<H", 0x8664), in_header(0, "<H", 0x20B)],
    "dll": [in_header(-2, "<H", flags) for flags in (0x0002, 0x2003, 0x3002)],
    "alignment": [in_header(56, "<I", 0x100001), in_header(60, "<I", 0x201), in_header(76, "<I", 0x10000000)],
    "sections": [
        *(in_section(1, FLAGS, flags) for flags in (0xC0000060, 0xD0000040, 0x40, 0xC0000041)),
        *(in_section(1, offset, value) for offset, value in ((8, 0x1000000), (16, 0x10000), (20, 0), (12, 0x1100))),
    ],
    "directories": [in_header(96 + 8 * index, "<I", 0x2000) for index in (0, 9, 13)],
    "imports": [
        other(b"mscoree.dll", b"another.dll"),
        other(b"_CorDllMain", b"_CorExeMain"),
        in_directory(pe.IMPORT, 4, "<I", 1),
        in_directory(pe.IMPORT, 20, "<I", 1),
    ],
    "relocations": [
        in_directory(pe.RELOCATION, 8, "<H", 0xA000),
        in_directory(pe.RELOCATION, 10, "<H", 0x3000),
        in_directory(pe.RELOCATION, 4, "<I", 24),
    ],
    "entry-point": [lambda image: put(image.content, image.offset(image.field(16)), "<H", 0x9090)],
    "cli-header": [
        *(in_directory(pe.CLI, 16, "<I", flags) for flags in (0, 3, 0x11, 0x20001)),
        *(in_directory(pe.CLI, offset, "<I", 1) for offset in (0, 20, 52, 68)),
        in_directory(pe.CLI, 4, "<H", 1),
    ],
    "metadata": [
        other(b"v4.0.30319", b"v2.0.50727"),
        other(b"#GUID\0", b"#Guid\0"),
        lambda image: put(image.content, image.content.index(b"#Strings\0") - 8, "<I", 0),
        lambda image: put(image.content, image.content.index(b"#Blob\0") - 4, "<I", 0x100000),
    ],
}
CASES = [(rule, number) for rule, changes in BROKEN.items() for number in range(len(changes))]


def test_an_assembly_of_il_alone_is_taken(good: bytes) -> None:
    assert pe.check(good) == []


def test_every_rule_is_broken_here() -> None:
    assert set(BROKEN) == {"format", *pe.RULES}


@pytest.mark.parametrize(("rule", "number"), CASES)
def test_what_breaks_a_rule_breaks_no_other(rule: str, number: int, good: bytes) -> None:
    found = pe.check(BROKEN[rule][number](pe.Image(good)))
    assert {line.split(": ")[0] for line in found} == {rule}, found


@pytest.mark.parametrize(
    ("option", "rules"),
    [
        ("-platform:x86", {"cli-header"}),
        ("-platform:x64", {"any-cpu"}),
        ("-target:exe", {"dll", "imports", "cli-header"}),
    ],
)
def test_what_a_compiler_makes_for_something_else_is_not_taken(
    option: str, rules: set[str], source: Path, tmp_path: Path
) -> None:
    found = pe.check(build.compile_csharp([source], tmp_path / "other.dll", option).read_bytes())
    assert rules <= {line.split(": ")[0] for line in found}


def test_a_cut_assembly_is_never_taken(good: bytes) -> None:
    assert [length for length in range(0, len(good), 64) if not pe.check(good[:length])] == []


def test_changed_headers_are_told_of_without_a_crash(good: bytes) -> None:
    chance = random.Random(20)
    for _ in range(2000):
        offset = chance.randrange(0x400) if chance.random() < 0.5 else chance.randrange(len(good))
        found = pe.check(put(good, offset, "<B", chance.randrange(256)))
        assert all(line.split(": ")[0] in BROKEN for line in found)
