"""SQL Server's assembly under Mono as a way of batches.py: one session, one call at a time."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import batch_spec
import clr_calls
from rig import KEYS, Lines

from udfgen import bundle, commands

if TYPE_CHECKING:
    from ways import Cell


class Mono(Lines):
    """`clr/batch/Batches.cs` in a process that is kept."""

    def __init__(self, url: str, certificate: Path | None, folder: Path) -> None:
        program = build(url, folder)
        settings = os.environ | KEYS | {"HOME": str(folder)}
        if certificate:  # Mono trusts what stands below its home.
            subprocess.run(["cert-sync", "--user", str(certificate)], env=settings, check=True, capture_output=True)
        super().__init__(["mono", str(program)], settings)

    def rate(self, cell: Cell) -> float:
        """Hand over all rows of a cell, and return the rows per second."""
        return float(self.ask(f"{batch_spec.batch_name(cell.delay, cell.pack, cell.flight)} {cell.rows}"))


def build(url: str, folder: Path) -> Path:
    """Compile what a build makes of the spec, and what drives it; return the program."""
    folder.mkdir()
    # There is no session to ask who calls.
    text = batch_spec.text("bench", clr_calls.ENGINE, aws=f', endpoint: "{url}"', binding=", client_context: false")
    (folder / "spec.yaml").write_text(text, encoding="utf-8")
    made = commands.make(commands.read(folder / "spec.yaml"), clr_calls.ENGINE)
    bundle.write(made, folder)
    (library,) = (path for path in commands.run_toolchain(made, folder) if path.suffix == ".dll")
    program = library.parent / "Batches.exe"
    sources = [str(clr_calls.SOURCES / "batch" / "Batches.cs")]
    subprocess.run(["mcs", *clr_calls.FLAGS, f"-r:{library}", f"-out:{program}", *sources], check=True)
    return program
