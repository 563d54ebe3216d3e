"""Files that are written whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.whole_file import atomic_write

if TYPE_CHECKING:
    from pathlib import Path


def write_atomic(path: Path, content: bytes | str) -> None:
    """Writes a file, text as UTF-8, which takes the place of what was there once all of it is written; a pipe or device
    is written to as it is.

    Raises:
        CamlodeError: it cannot be written.
    """
    with atomic_write(path) as unfinished:
        unfinished.write_bytes(content.encode() if isinstance(content, str) else content)
