"""Generated scripts as they stand in a bundle."""

from __future__ import annotations

from tests.hostile.reading import Escaped
from udfgen.bundle import Bundle
from udfgen.spec.wording import character_name, hidden


def scripts(made: Bundle) -> list[str]:
    """Return the SQL files of a bundle, in their order."""
    return [file.content.decode() for file in made.files if file.path.endswith(".sql")]


def file(made: Bundle, path: str) -> str:
    """Return a file of a bundle."""
    (found,) = (each.content.decode() for each in made.files if each.path == path)
    return found


def assert_visible(text: str, allowed: str) -> None:
    """Raise Escaped where a generated file holds what cannot be seen."""
    for _, character in hidden(text, allowed):
        raise Escaped(f"a generated file holds {character_name(character)}")
