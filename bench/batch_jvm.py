"""Oracle's core in a JVM as a way of batches.py: one session, one call at a time."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import batch_spec
import java_calls
from rig import KEYS, Lines

from udfgen import commands

if TYPE_CHECKING:
    from ways import Cell


class Java(Lines):
    """`java/batch/Batches.java` in a JVM that is kept, and warm."""

    def __init__(self, url: str, certificate: Path | None, folder: Path) -> None:
        classes = build(url, certificate, folder)
        super().__init__(["java", "-cp", str(classes), "udfgen.bench.Batches"], dict(os.environ) | KEYS)
        self._warm_up()

    def _warm_up(self) -> None:
        """Let the JVM compile what all sizes run."""
        for pack, rows in ((1, 20_000), (100, 200_000)):
            self.ask(f"{batch_spec.batch_name(0, pack, 1)} {pack} {rows}")

    def rate(self, cell: Cell) -> float:
        """Hand over the rows of a cell, a call's worth at a time, and return the rows per second."""
        return float(self.ask(f"{batch_spec.batch_name(cell.delay, cell.pack, cell.flight)} {cell.pack} {cell.rows}"))


def build(url: str, certificate: Path | None, folder: Path) -> Path:
    """Compile what a build makes of the spec, and what drives it; return the classes' folder."""
    source = folder / "src"
    source.mkdir(parents=True)
    trust = f', ca_file: "{certificate}"' if certificate else ""
    # There is no database to ask who calls.
    text = batch_spec.text("bench", "oracle", aws=f', endpoint: "{url}"{trust}', binding=", client_context: false")
    (source / "spec.yaml").write_text(text, encoding="utf-8")
    java_calls.write_java(commands.make(commands.read(source / "spec.yaml"), "oracle"), source)
    files = map(str, [*(java_calls.SOURCES / "batch").glob("*.java"), java_calls.DATABASE, *source.rglob("*.java")])
    subprocess.run(["javac", "-nowarn", "-XDsuppressNotes", "-d", str(folder / "classes"), *files], check=True)
    return folder / "classes"
