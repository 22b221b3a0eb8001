"""The headers of a .NET assembly, checked as the CLR checks those of a pure one.

SQL Server answers "malformed or not a pure .NET assembly" (Msg 6544) to others. The rules are those of the CLR's own
`CheckILOnly`: https://github.com/dotnet/runtime/blob/main/src/coreclr/utilcode/pedecoder.cpp ; the format is
https://learn.microsoft.com/en-us/windows/win32/debug/pe-format and ECMA-335, II.25.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

I386 = 0x14C
PE32 = 0x10B
EXECUTABLE, DLL, SYSTEM, RELOCS_STRIPPED = 0x0002, 0x2000, 0x1000, 0x0001
IMPORT, RESOURCE, SECURITY, RELOCATION, DEBUG, IAT, CLI = 1, 2, 4, 5, 6, 12, 14
CODE, SHARED, EXECUTE, READ, WRITE = 0x20, 0x10000000, 0x20000000, 0x40000000, 0x80000000
DATA, BSS, DISCARDABLE, NOT_CACHED, NOT_PAGED = 0x40, 0x80, 0x02000000, 0x04000000, 0x08000000
KNOWN = CODE | DATA | BSS | DISCARDABLE | NOT_CACHED | NOT_PAGED | SHARED | EXECUTE | READ | WRITE
HIGHLOW, ABSOLUTE = 3, 0
IL_ONLY, STRONG_NAME = 0x1, 0x8


class Malformed(Exception):
    """Says why bytes are no PE file at all, or end too early."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section: where it is in memory and in the file, and its flags."""

    name: str
    size: int
    address: int
    raw_size: int
    raw_offset: int
    flags: int


class Image:
    """A PE32 file in memory; every read that leaves it raises Malformed."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.pe = self.number("<I", 0x3C)
        if content[:2] != b"MZ" or content[self.pe : self.pe + 4] != b"PE\0\0":
            raise Malformed("no PE file")
        self.machine, self.section_count, self.timestamp = self.numbers("<HHI", self.pe + 4)
        self.header_size, self.characteristics = self.numbers("<HH", self.pe + 20)
        self.optional = self.pe + 24

    def numbers(self, form: str, offset: int) -> tuple[int, ...]:
        """Return the numbers of a form that stand at an offset of the file."""
        try:
            return struct.unpack_from(form, self.content, offset)
        except struct.error as error:
            raise Malformed(f"ends before offset {offset:#x}") from error

    def number(self, form: str, offset: int) -> int:
        """Return one number at an offset of the file."""
        return self.numbers(form, offset)[0]

    def field(self, offset: int, form: str = "<I") -> int:
        """Return a field of the optional header of a PE32 file by its offset there."""
        return self.number(form, self.optional + offset)

    @cached_property
    def sections(self) -> list[Section]:
        """Return the sections in the order of their headers."""
        first = self.optional + self.header_size
        return [self._section(first + 40 * index) for index in range(self.section_count)]

    def _section(self, at: int) -> Section:
        name = self.content[at : at + 8].rstrip(b"\0").decode("latin-1")
        size, address, raw_size, raw_offset = self.numbers("<IIII", at + 8)
        return Section(name, size, address, raw_size, raw_offset, self.number("<I", at + 36))

    @cached_property
    def directories(self) -> dict[int, tuple[int, int]]:
        """Return the data directories that are there: address and size by their numbers."""
        pairs = [self.numbers("<II", self.optional + 96 + 8 * index) for index in range(self.field(92))]
        return {index: (address, size) for index, (address, size) in enumerate(pairs) if address or size}

    def directory(self, index: int) -> tuple[int, int]:
        """Return the address and size of a directory, which must be there."""
        if index not in self.directories:
            raise Malformed(f"data directory {index} is missing")
        return self.directories[index]

    def section_of(self, address: int, size: int = 1) -> Section:
        """Return the section that holds a stretch of memory, in the file too."""
        for each in self.sections:
            if each.address <= address and address + size <= each.address + min(each.size, each.raw_size):
                return each
        raise Malformed(f"{size} bytes at address {address:#x} are in no section")

    def offset(self, address: int, size: int = 1) -> int:
        """Return where in the file a stretch of memory stands."""
        section = self.section_of(address, size)
        return section.raw_offset + address - section.address

    def at(self, form: str, address: int) -> tuple[int, ...]:
        """Return the numbers of a form that stand at an address."""
        return self.numbers(form, self.offset(address, struct.calcsize(form)))

    def text(self, address: int) -> str:
        """Return the text at an address, up to its zero byte."""
        return self.text_of_file(self.offset(address))

    def text_of_file(self, start: int) -> str:
        """Return the text at an offset of the file, up to its zero byte."""
        end = self.content.find(0, start)
        if end < 0:
            raise Malformed(f"the text at offset {start:#x} does not end")
        return self.content[start:end].decode("latin-1")


def any_cpu(image: Image) -> Iterator[str]:
    """A PE32 file for I386: what is for any CPU is that, without the flag for 32 bits."""
    if image.machine != I386:
        yield f"the machine is {image.machine:#x}"
    if (magic := image.field(0, "<H")) != PE32:
        yield f"the optional header is of kind {magic:#x}"
    if image.header_size != 224:
        yield f"the optional header has {image.header_size} bytes"


def dll(image: Image) -> Iterator[str]:
    """A DLL, whose relocations are there."""
    flags = image.characteristics
    if flags & (EXECUTABLE | DLL | SYSTEM | RELOCS_STRIPPED) != EXECUTABLE | DLL:
        yield f"the characteristics are {flags:#x}"


def alignment(image: Image) -> Iterator[str]:
    """Sizes and alignments that divide one another."""
    base, memory, file = (image.field(offset) for offset in (28, 32, 36))
    image_size, headers_size = image.field(56), image.field(60)
    pairs = {
        "the image's base": (base, 0x10000),
        "the file's alignment": (file, 512),
        "the sections' alignment": (memory, file),
        "the image's size": (image_size, memory),
        "the headers' size": (headers_size, file),
    }
    for name, (value, divisor) in pairs.items():
        if not divisor or divisor & (divisor - 1) or value % divisor:
            yield f"{name} is {value:#x}, no multiple of {divisor:#x}"
    for name, reserve, commit in (("stack", 72, 76), ("heap", 80, 84)):
        if image.field(commit) > image.field(reserve):
            yield f"more {name} is committed than reserved"


def sections(image: Image) -> Iterator[str]:
    """Sections with known flags, in order, inside the file and inside the image."""
    address = offset = image.field(60)
    for each in image.sections:
        flags = each.flags
        if flags & ~KNOWN or flags & SHARED or not flags & (EXECUTE | READ | WRITE):
            yield f"{each.name} has the flags {flags:#x}"
        if flags & CODE and flags & WRITE:
            yield f"{each.name} is code that can be written"
        yield from _placed(image, each, address, offset)
        address, offset = each.address + each.size, each.raw_offset + each.raw_size


def _placed(image: Image, section: Section, address: int, offset: int) -> Iterator[str]:
    memory, file = image.field(32), image.field(36)
    if not memory or not file:
        raise Malformed("an alignment is 0")
    if section.address % memory or section.raw_offset % file or section.raw_size % file:
        yield f"{section.name} is not aligned"
    if section.address < address or (section.raw_size and section.raw_offset < offset):
        yield f"{section.name} overlaps what is before it"
    if section.address + section.size > image.field(56):
        yield f"{section.name} leaves the image"
    if section.raw_offset + section.raw_size > len(image.content):
        yield f"{section.name} leaves the file"
    if section.raw_size > -(-section.size // memory) * memory:
        yield f"{section.name} has more bytes in the file than in memory"


def directories(image: Image) -> Iterator[str]:
    """No data directory but those that an assembly of IL alone has, each within a section."""
    allowed = {IMPORT, RESOURCE, SECURITY, RELOCATION, DEBUG, IAT, CLI}
    for index, (address, size) in image.directories.items():
        if index not in allowed:
            yield f"data directory {index} is there"
        elif index != SECURITY:
            image.section_of(address, size)


def imports(image: Image) -> Iterator[str]:
    """One import, `_CorDllMain` of mscoree.dll, and an empty descriptor after it."""
    address, size = image.directory(IMPORT)
    if size < 40:
        yield f"the import directory has {size} bytes"
    lookup, stamp, forwarder, name, thunk = image.at("<IIIII", address)
    if not lookup or stamp or forwarder not in (0, 0xFFFFFFFF) or not thunk or any(image.at("<IIIII", address + 20)):
        yield "the import descriptors are not one and an empty one"
    if (library := image.text(name)).lower() != "mscoree.dll":
        yield f"{library} is imported"
    entry, end = image.at("<II", lookup)
    if entry & 0x80000000 or end or (function := image.text(entry + 2)) != "_CorDllMain":
        yield "something else than _CorDllMain is imported" + ("" if end else f": {function}")


def relocations(image: Image) -> Iterator[str]:
    """One block of relocations, whose first entry is the entry point's, with nothing after it but padding."""
    address, size = image.directory(RELOCATION)
    _, block = image.at("<II", address)
    if block != size or size < 10 or size % 2:
        yield f"a block of {block} bytes in {size}"
        return
    first, *rest = (entry >> 12 for entry in image.at(f"<{(size - 8) // 2}H", address + 8))
    if first != HIGHLOW or set(rest) - {ABSOLUTE}:
        yield f"relocations of the kinds {[first, *rest]}"


def entry_point(image: Image) -> Iterator[str]:
    """An entry point that is `jmp` to the one import, and nothing else."""
    stub = image.field(16)
    code, target = image.at("<HI", stub)
    thunk = image.at("<IIIII", image.directory(IMPORT)[0])[4]
    if code != 0x25FF or target - image.field(28) != thunk:
        yield "the entry point does not jump to the import"


def cli_header(image: Image) -> Iterator[str]:
    """A CLI header of the version 2.5 that says IL only, and has nothing native."""
    address, size = image.directory(CLI)
    if image.section_of(address, 72).flags & (READ | WRITE) != READ:
        yield "the CLI header's section cannot be read, or can be written"
    length, major, minor = image.at("<IHH", address)
    if size < 72 or length < 72 or (major, minor) != (2, 5):
        yield f"a CLI header of {length} bytes in {size}, version {major}.{minor}"
    flags, entry = image.at("<II", address + 16)
    if flags & ~STRONG_NAME != IL_ONLY:
        yield f"the CLI header's flags are {flags:#x}"
    native = image.at("<IIIIIIII", address + 40)
    if entry or any(native):
        yield "the CLI header has an entry point or tables of native code"


def metadata(image: Image) -> Iterator[str]:
    """Metadata of the CLR 4 with the five streams of ECMA-335, none outside, none over another."""
    address, size = image.at("<II", image.directory(CLI)[0] + 8)
    start = image.offset(address, size)
    signature, length = image.number("<I", start), image.number("<I", start + 12)
    version = image.content[start + 16 : start + 16 + length].rstrip(b"\0").decode("latin-1")
    if signature != 0x424A5342 or version != "v4.0.30319":
        yield f"metadata of {version or 'no version'}"
        return
    streams, end = _streams(image, start + 16 + length)
    if sorted(name for name, _, _ in streams) != ["#Blob", "#GUID", "#Strings", "#US", "#~"]:
        yield f"streams {[name for name, _, _ in streams]}"
    for name, offset, room in sorted(streams, key=lambda each: each[1]):
        if start + offset < end or offset + room > size:
            yield f"the stream {name} is outside, or over another"
        end = start + offset + room


def _streams(image: Image, at: int) -> tuple[list[tuple[str, int, int]], int]:
    """Return the streams of metadata (name, offset, size), and where in the file their headers end."""
    found = []
    count = image.number("<H", at + 2)
    at += 4
    for _ in range(count):
        offset, size = image.numbers("<II", at)
        name = image.text_of_file(at + 8)
        found.append((name, offset, size))
        at += 8 + len(name) // 4 * 4 + 4
    return found, at


RULES: Mapping[str, Callable[[Image], Iterator[str]]] = {
    "any-cpu": any_cpu,
    "dll": dll,
    "alignment": alignment,
    "sections": sections,
    "directories": directories,
    "imports": imports,
    "relocations": relocations,
    "entry-point": entry_point,
    "cli-header": cli_header,
    "metadata": metadata,
}


def check(content: bytes) -> list[str]:
    """Return what is wrong with an assembly's headers, as `rule: what`; nothing when the CLR takes them."""
    try:
        image = Image(content)
    except Malformed as error:
        return [f"format: {error}"]
    return [f"{name}: {what}" for name, rule in RULES.items() for what in _findings(rule, image)]


def _findings(rule: Callable[[Image], Iterator[str]], image: Image) -> Iterator[str]:
    try:
        yield from rule(image)
    except Malformed as error:
        yield str(error)
