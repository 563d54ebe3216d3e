"""Whether there is a store at an address; nothing is made or changed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from config.errors import StoreError
from sql import sqlite
from sql.reading import reader_for
from sql.revision import check_store

if TYPE_CHECKING:
    from pathlib import Path


def store_exists(address: str) -> bool:
    """Whether there is a store at the file or URL `address`; False where a job would make one.

    Raises:
        StoreError: there is something else, or a store of another revision; it can't be opened, or none could be made.
    """
    path = sqlite.path_from_url(address)
    if path is not None and not path.exists():
        _check_folder(path)
        return False
    with reader_for(address)() as reader:
        if not reader.tables():
            return False
        check_store(reader)
    return True


def _check_folder(path: Path) -> None:
    if not path.parent.is_dir():
        raise StoreError(f"{path}: the folder {path.parent} does not exist: make it, or name another")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise StoreError(f"{path}: the folder {path.parent} may not be written: name another")
