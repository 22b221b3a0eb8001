"""Python as text: names that are free, literals, calls and docstrings, laid out as formatters leave them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from udfgen.ir import Path, json_text
from udfgen.layout import lay_out

WIDTH = 88
"""Columns of a line: what formatters of Python keep unless told otherwise."""
INDENT = 4


class Code(str):
    """Text that is Python already."""


def free_names(names: Iterable[str], taken: Iterable[str]) -> Iterator[str]:
    """Yield each name, with an underscore behind it for every time that it is taken."""
    seen = set(taken)
    for name in names:
        while name in seen:
            name += "_"
        seen.add(name)
        yield name


def text(value: str) -> str:
    """Return a literal of a text; JSON's escapes are Python's too, as long as nothing else is escaped."""
    return json_text(value)


def item(name: str, path: Path) -> str:
    """Return what stands at a path below a name."""
    return name + "".join(f"[{json_text(step)}]" for step in path)


def placed(values: Iterable[tuple[Path, str]], *, used: int, indent: int = INDENT) -> str:
    """Return a literal with each value at its path, behind `used` columns of a line that begins at `indent`.

    A value that would stand inside of another one is left out: it is a part of that.
    """
    root: dict[str | int, Any] = {}
    for path, code in sorted(values, key=lambda value: len(value[0])):
        _put(root, (0, *path), Code(code))
    return lay_out(_listed(root[0]), _spell, width=WIDTH - used + indent, indent=indent, last=",")


def call(name: str, arguments: Sequence[str], *, used: int) -> str:
    """Return a call in a body, on one line where that fits behind `used` columns, else one argument a line."""
    line = f"{name}({', '.join(arguments)})"
    if used + len(line) <= WIDTH or not arguments:
        return line
    return f"{name}(\n{''.join(f'        {each},{chr(10)}' for each in arguments)}    )"


def signature(name: str, parameters: Sequence[str], returned: str) -> str:
    """Return the head of a function, on one line where that fits, else one parameter a line."""
    line = f"def {name}({', '.join(parameters)}) -> {returned}:"
    if len(line) <= WIDTH or not parameters:
        return line
    return f"def {name}(\n{''.join(f'    {each},{chr(10)}' for each in parameters)}) -> {returned}:"


def docstring(*paragraphs: str) -> str:
    """Return paragraphs as the inside of a docstring, none of which can end it."""
    return "\n\n".join(filled for each in paragraphs if (filled := _filled(each)))


def _filled(paragraph: str) -> str:
    shown = "".join(each if each.isprintable() else " " for each in paragraph)
    safe = shown.replace("\\", "\\\\").replace('"', '\\"') if '"""' in shown or "\\" in shown else shown
    return textwrap.fill(" ".join(safe.split()), WIDTH, break_long_words=False, break_on_hyphens=False)


def _put(root: dict[str | int, Any], path: Path, code: Code) -> None:
    here: Any = root
    for step in path[:-1]:
        here = here.setdefault(step, {})
        if isinstance(here, Code):
            return
    here.setdefault(path[-1], code)


def _listed(tree: Any) -> Any:
    """Return a tree with lists where its keys are indexes."""
    if not isinstance(tree, dict):
        return tree
    inner = {step: _listed(each) for step, each in tree.items()}
    if not all(isinstance(step, int) for step in inner):
        return {str(step): each for step, each in inner.items()}
    return [inner.get(index, Code("None")) for index in range(max(map(int, inner)) + 1)]


def _spell(value: Any) -> str:
    return value if isinstance(value, Code) else text(value)
