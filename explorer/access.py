"""Access control: the settings of an explorer, its token, the host names it answers to, and the origin of requests."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import HTTPConnection

    from camlode.config import Job

_BEARER = "bearer "

LOCAL_HOSTS = frozenset({"localhost"})
"""Host names that mean this machine on every machine."""


@dataclass(frozen=True, slots=True)
class ExplorerSettings:
    """Settings of an explorer.

    address: the store's path or URL.
    token: needed to write, and to read too unless `open_reading`.
    hosts: host names to answer to, in lower case; numeric addresses are always allowed.
    job: the job whose model explains typed texts, or None.
    author: the reviewer's name, unless a page gives another one.
    """

    address: str
    token: str
    open_reading: bool = True
    hosts: frozenset[str] = LOCAL_HOSTS
    job: Job | None = None
    author: str = ""


def cookie_name(token: str) -> str:
    """Return the name of the cookie that holds a token.

    It depends on the token, since explorers on one machine share the cookies of its host name, whatever their ports.
    """
    return f"camlode-{hashlib.sha256(token.encode()).hexdigest()[:12]}"


def is_token(given: str, token: str) -> bool:
    """Whether `given` is the token, compared in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), token.encode())


def has_token(request: HTTPConnection, token: str) -> bool:
    """Whether a request has the token, in its cookie or as `Authorization: Bearer TOKEN`."""
    return is_token(request.cookies.get(cookie_name(token), ""), token) or _has_bearer(request, token)


def is_own_host(host: str, names: frozenset[str]) -> bool:
    """Whether a Host header is a numeric address or one of `names`.

    This prevents DNS rebinding: a name of another site that resolves to this machine is neither.
    """
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name in names:
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def is_same_origin(request: HTTPConnection, token: str) -> bool:
    """Whether a request that writes comes from a page of this explorer, or from a program that sends the token.

    Browsers state the origin in Origin or Sec-Fetch-Site, which pages of other sites cannot set (CSRF).
    """
    headers: Mapping[str, str] = request.headers
    if (origin := headers.get("origin")) is not None:
        return _parse_host(origin) == headers.get("host", "").lower()
    if (site := headers.get("sec-fetch-site")) is not None:
        return site == "same-origin"
    return _has_bearer(request, token)


def _has_bearer(request: HTTPConnection, token: str) -> bool:
    given = request.headers.get("authorization", "")
    return given.lower().startswith(_BEARER) and is_token(given[len(_BEARER) :].strip(), token)


def _parse_host(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None
