"""Atomic file writes: a file is complete or absent, whatever happens while it is written."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from camlode.config.errors import CamlodeError

if TYPE_CHECKING:
    from collections.abc import Iterator


def write_atomic(path: Path, content: bytes | str) -> None:
    """Write a file atomically, text as UTF-8; a pipe or device is written directly.

    Raises:
        CamlodeError: the file cannot be written.
    """
    with atomic_write(path) as unfinished:
        unfinished.write_bytes(content.encode() if isinstance(content, str) else content)


@contextmanager
def atomic_write(target: Path, error: type[CamlodeError] = CamlodeError) -> Iterator[Path]:
    """Yield a path to write to; the file replaces `target` at the end of the context unless that raises.

    If `target` is a link, the file that it points to is replaced; if it is a pipe or device, it is yielded itself.

    Raises:
        CamlodeError: `target` is a folder or cannot be written; of the class `error`.
    """
    with translate_write_errors(target, error):
        if target.is_dir():
            raise error(f"{target} is a folder: name a file")
        if target.exists() and not target.is_file():
            yield target
            return
        temporary = temporary_path(target)
        try:
            yield temporary
            temporary.replace(os.path.realpath(target))
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def translate_write_errors(target: Path, error: type[CamlodeError] = CamlodeError) -> Iterator[None]:
    """Raise an OSError as `error` about `target`; a BrokenPipeError passes, since it means that the reader has left."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as reason:
        raise error(f"{target} cannot be written: {reason.strerror or reason}") from reason


def temporary_path(target: Path) -> Path:
    """Return a new hidden name beside the file that `target` names or links to, with the same suffix.

    A replacement is atomic only within one file system, so the file is not written to a folder for temporary files.
    """
    resolved = Path(os.path.realpath(target))
    return resolved.with_name(f".{token_hex(4)}.{resolved.name}")
