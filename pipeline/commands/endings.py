"""The format of a file that is written, told by the ending of its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.errors import CamlodeError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def format_from_suffix(output: Path | None, formats: Sequence[str], aliases: Mapping[str, str]) -> str | None:
    """The format that the file's name ends with, `aliases` being further endings; None for a name without an ending.

    Raises:
        CamlodeError: the name ends with something else.
    """
    suffix = output.suffix.lower().removeprefix(".") if output else ""
    name = aliases.get(suffix, suffix)
    if suffix and name not in formats:
        known = ", ".join(sorted({f".{each}" for each in (*formats, *aliases) if each != "terminal"}))
        raise CamlodeError(f"cannot tell the format of {output}: expected one of {known}; or name it with --format")
    return name or None
