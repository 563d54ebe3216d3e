"""Files that are written whole or not at all."""
# MERGED: Files that are written whole or not at all.

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from camlode.config.errors import CamlodeError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def atomic_write(target: Path, error: type[CamlodeError] = CamlodeError) -> Iterator[Path]:
    """Where to write a file that takes the place of `target` at the end, if nothing was raised until then.

    Of a link, what it points to is replaced; a pipe or device is written to as it is.

    Raises:
        CamlodeError: it cannot be written, or is a folder; of the class `error`.
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
    """Has what the system says against writing `target` raised as `error`; that a pipe's reader left stays as it is."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as reason:
        raise error(f"{target} cannot be written: {reason.strerror or reason}") from reason


def temporary_path(target: Path) -> Path:
    """A name of this process's own in the folder of `target`, or of what it links to."""
    whole = Path(os.path.realpath(target))
    return whole.with_name(f".{whole.name}.{os.getpid()}")


def write_atomic(path: Path, content: bytes | str) -> None:
    """Writes a file, text as UTF-8, which takes the place of what was there once all of it is written; a pipe or device
    is written to as it is.

    Raises:
        CamlodeError: it cannot be written.
    """
    with atomic_write(path) as unfinished:
        unfinished.write_bytes(content.encode() if isinstance(content, str) else content)
