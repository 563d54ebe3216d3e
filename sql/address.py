"""How a store is named in messages."""

from __future__ import annotations

import re

from config.errors import StoreError

PASSWORD = re.compile(r"(?<=://)([^:/?#@]*):.*@")
SECRET_OPTION = re.compile(r"(?<=[?&])(password|sslpassword)=[^&]*", re.IGNORECASE)


def masked(address: str) -> str:
    """`address` with *** for passwords, even where it is no proper URL."""
    return SECRET_OPTION.sub(r"\1=***", PASSWORD.sub(r"\1:***@", address))


def unknown_address(address: str) -> StoreError:
    """What to raise for a URL of neither database."""
    if address.startswith("sqlite"):
        return StoreError(f"{masked(address)}: expected a SQLite file and no options: sqlite:///PATH")
    if "://" in address and not address.startswith("://"):
        scheme = address.partition("://")[0]
        return StoreError(
            f"{masked(address)}: stores are kept in SQLite or PostgreSQL, not {scheme}: expected a file or "
            "postgresql://USER:PASSWORD@HOST/DATABASE"
        )
    return StoreError(
        f"{masked(address)}: not a database URL: expected a file or postgresql://USER:PASSWORD@HOST/DATABASE"
    )
