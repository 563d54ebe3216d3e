"""How a store is named in messages."""

from __future__ import annotations

import re

PASSWORD = re.compile(r"(?<=://)([^:/?#@]*):.*@")
SECRET_OPTION = re.compile(r"(?<=[?&])(password|sslpassword)=[^&]*", re.IGNORECASE)


def masked(address: str) -> str:
    """`address` with *** for passwords, even where it is no proper URL."""
    return SECRET_OPTION.sub(r"\1=***", PASSWORD.sub(r"\1:***@", address))
