"""Who may do what: the token, the host that was asked for, and the page that a request comes from."""
# MERGED: What an explorer is started with.

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


def cookie_name(token: str) -> str:
    """The cookie that holds a token: another for each, as explorers on one machine share their cookies."""
    return f"camlode-{hashlib.sha256(token.encode()).hexdigest()[:12]}"


def is_token(given: str, token: str) -> bool:
    """Whether a token is the right one, in a time that tells nothing of it."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), token.encode())


def has_token(request: HTTPConnection, token: str) -> bool:
    """Whether a request brings the token, in its cookie or as `Authorization: Bearer TOKEN`."""
    return is_token(request.cookies.get(cookie_name(token), ""), token) or _has_bearer(request, token)


def is_own_host(host: str, names: frozenset[str]) -> bool:
    """Whether a Host header names this machine by a number or one of `names`.

    Another page's name that was made to lead here (DNS rebinding) is neither.
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
    """Whether a request that changes something comes from a page of ours, or from a program that brings the token.

    A browser says where from: in Origin, or in Sec-Fetch-Site. A page elsewhere can set neither.
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
