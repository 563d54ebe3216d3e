"""Addresses of stores in messages."""

from __future__ import annotations

import re

from camlode.config.errors import StoreError

PASSWORD = re.compile(r"(?<=://)([^:/?#@]*):.*@")
SECRET_OPTION = re.compile(r"(?<=[?&])(password|sslpassword)=[^&]*", re.IGNORECASE)


def mask_password(address: str) -> str:
    """Replace passwords in `address` by ***, even if it is not a valid URL."""
    return SECRET_OPTION.sub(r"\1=***", PASSWORD.sub(r"\1:***@", address))


def unknown_address_error(address: str) -> StoreError:
    """Return the error for an address that is neither SQLite's nor PostgreSQL's."""
    if address.startswith("sqlite"):
        return StoreError(f"{mask_password(address)}: expected a SQLite file and no options: sqlite:///PATH")
    if "://" in address and not address.startswith("://"):
        scheme = address.partition("://")[0]
        return StoreError(
            f"{mask_password(address)}: stores are kept in SQLite or PostgreSQL, not {scheme}: expected a file or "
            "postgresql://USER:PASSWORD@HOST/DATABASE"
        )
    return StoreError(
        f"{mask_password(address)}: not a database URL: expected a file or postgresql://USER:PASSWORD@HOST/DATABASE"
    )
