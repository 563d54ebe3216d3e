"""What an explorer is started with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config import Job

LOCAL_HOSTS = frozenset({"localhost"})
"""The names that every machine has for itself."""


@dataclass(frozen=True, slots=True)
class ExplorerSettings:
    """What an explorer is started with.

    address: the store's path or URL.
    token: what writing needs, and reading too unless `open_reading`.
    hosts: the names, in small letters, under which it may be asked for; addresses in numbers always may.
    job: explains typed texts; None where none was given.
    author: who reviews, unless the page says another name.
    """

    address: str
    token: str
    open_reading: bool = True
    hosts: frozenset[str] = LOCAL_HOSTS
    job: Job | None = None
    author: str = ""
