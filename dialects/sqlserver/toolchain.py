"""Runs the compiler: the C# that `udfgen build` wrote becomes the assembly, and the text by which a server gets it."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from udfgen import toolchain
from udfgen.bundle import UNTRACKED, Bundle, put
from udfgen.errors import CompileError, MovedError
from udfgen.render import Text, type_out

from . import DIALECT, csharp, lower, nodes, quote

COMPILER = "mcs"
ADVICE = "on Debian: apt-get install mono-devel"
KEPT = re.compile("PATH|HOME|TMPDIR")
"""The variables that the compiler sees: none that changes a byte."""

OUTPUT = re.compile(r"^-out:((udfgen_[a-z0-9_]+)_([0-9a-f]{12}))\.dll$", re.MULTILINE)
CONTENT = re.compile(r"^-- Compiler: (.*)\n(?:.*\n)*?declare @assembly varbinary\(max\) = 0x((?:[0-9A-F]{2})+);$", re.M)
SHOWN = 12
"""Lines of a compiler's output that an error shows."""


def compile(folder: Path) -> tuple[Path, ...]:
    """Compile a folder of generated sources; return the DLL in its `build/`, and the text of it beside the sources.

    Of the program no other DLL is left. Raises CompileError when the compiler is missing or refuses the sources.
    """
    name, stamp, sources = _read(folder)
    with tempfile.TemporaryDirectory(prefix="udfgen-compile-") as scratch:
        compiler = _run(("--version",), folder, Path(scratch)).strip()
        content = _built(name, sources, folder, Path(scratch))
    library, text = folder / UNTRACKED / f"{name}.dll", folder / lower.ASSEMBLY
    put(content, library)
    put(_written(name, stamp, compiler, content), text)
    _sweep(library, name)
    return library, text


def load(bundle: Bundle, folder: Path) -> Bundle:
    """Return a bundle with the compiled assembly for its statements; as it is where nothing was compiled.

    Raises MovedError unless the text is, to the byte, what `compile` writes for these sources.
    """
    text = folder / lower.ASSEMBLY
    if not text.is_file():
        return bundle
    content = text.read_bytes()
    found = CONTENT.search(content.decode("utf-8", "replace"))
    name = next(each.key.name for each in bundle.objects if each.file == lower.ASSEMBLY)
    if not found or content != _written(name, bundle.compiled[0].stamp, found[1], bytes.fromhex(found[2])):
        raise MovedError(f"{text} is not what was compiled: run `udfgen compile`, review and check it in")
    return replace(bundle, fills={lower.BYTES: f"0x{found[2]}"})


def _read(folder: Path) -> tuple[str, str, dict[str, str]]:
    """Return an assembly's name, the hash of its sources, and these; CompileError when they do not belong together."""
    sources = {name: _text(folder / name) for name in (csharp.CORE, csharp.FUNCTIONS)}
    found = OUTPUT.search(_text(folder / lower.FLAGS))
    stamp = csharp.stamp(*sources.values())
    if found is None or not stamp.startswith(found[3]):
        raise CompileError(f"{folder}/{lower.FLAGS} is not of these sources: run `udfgen build`")
    return found[1], stamp, sources


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CompileError(f"{path} is not there: run `udfgen build`") from None


def _built(name: str, sources: dict[str, str], folder: Path, scratch: Path) -> bytes:
    """Build a copy of the sources; return the DLL. Its own name is in it, and no path."""
    for source, text in sources.items():
        (scratch / source).write_text(text, encoding="utf-8")
    _run((*csharp.FLAGS, f"-out:{name}.dll", *sources), folder, scratch)
    return (scratch / f"{name}.dll").read_bytes()


def _run(arguments: Sequence[str], folder: Path, scratch: Path) -> str:
    ran = toolchain.run((COMPILER, *arguments), scratch, KEPT, ADVICE)
    if ran.returncode:
        told = "\n".join(ran.stdout.splitlines()[:SHOWN])
        raise CompileError(f"{folder} cannot be compiled; {COMPILER} is Mono's, {ADVICE}\n{told}")
    return ran.stdout


def _written(name: str, stamp: str, compiler: str, content: bytes) -> bytes:
    """Return the text of an assembly: what makes a server trust it, and create it."""
    node = nodes.Compiled(
        stamp=stamp,
        compiler=compiler,
        hash=hashlib.sha512(content).hexdigest().upper(),
        description=quote.literal(lower.described(name)),
        assembly=lower.assembly_node(name, f"0x{content.hex().upper()}"),
    )
    return type_out(DIALECT.name, Text("compiled.sql", node)).encode()


def _sweep(library: Path, name: str) -> None:
    """Delete what was compiled of the program before."""
    family = name.rpartition("_")[0]
    for path in library.parent.iterdir():
        if path != library and re.fullmatch(rf"{family}_[0-9a-f]{{12}}\.dll", path.name):
            path.unlink()
