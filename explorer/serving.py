"""Serving the explorer: where it listens, and what is said when it starts."""

from __future__ import annotations

import secrets
import socket
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from config.errors import CamlodeError
from explorer.settings import OWN_HOSTS, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fastapi import FastAPI

    from config import Job

KEEP_SECONDS = 75
"""For how long a browser's connection is kept for its next page: about as long as one is read."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where an explorer listens: a host name or address, a port (0: any that is free), other names it goes by."""

    host: str
    port: int
    names: tuple[str, ...] = ()

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host in OWN_HOSTS:
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    def hosts(self) -> frozenset[str]:
        """The names under which it may be asked for."""
        own = () if self.loopback else (self.host, socket.gethostname(), socket.getfqdn())
        return OWN_HOSTS | {name.lower() for name in (*own, *self.names)}


def serve(
    address: str, listening: Listening, *, job: Job | None = None, author: str = "", say: Callable[[str], None]
) -> None:
    """Serves the store at `address` until it is interrupted; `say` is told where, in lines.

    Raises:
        CamlodeError: FastAPI isn't installed, or the port is taken.
        StoreError: there is no such store.
    """
    uvicorn, create_app = _installed()
    token = secrets.token_urlsafe(32)
    settings = Settings(address, token, listening.loopback, listening.hosts(), job, author)
    app = create_app(settings)
    with listen(listening) as listener:
        for line in greeting(settings, listening, listener.getsockname()[1], app.state.site.store.name):
            say(line)
        # Behind no proxy: what a header says of the client would be anybody's word.
        quiet = {"log_level": "warning", "access_log": False, "server_header": False}
        config = uvicorn.Config(app, proxy_headers=False, ws="none", timeout_keep_alive=KEEP_SECONDS, **quiet)
        uvicorn.Server(config).run(sockets=[listener])


def greeting(settings: Settings, listening: Listening, port: int, name: str) -> Iterable[str]:
    """Where the explorer is, and what opens it for writing."""
    host = listening.host
    if host in ("0.0.0.0", "::"):  # noqa: S104 (a look at what the user asked for)
        host = socket.gethostname()
    place = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    yield f"{name}: {place}"
    what = "to review patterns" if settings.open_reading else "to read and to review"
    yield f"{what}, sign in: {place}/sign-in?token={settings.token}"
    if not settings.open_reading:
        yield "whoever sees the network's traffic sees the token: put a proxy with TLS before it on a network of others"


def _installed() -> tuple[Any, Callable[[Settings], FastAPI]]:
    try:
        import jinja2  # noqa: F401
        import python_multipart  # noqa: F401
        import uvicorn

        from explorer.app import create_app
    except ImportError as error:
        raise CamlodeError(f"the explorer needs {error.name}: pip install 'camlode[explorer]'") from error
    return uvicorn, create_app


def listen(listening: Listening) -> socket.socket:
    """A socket that takes connections there.

    Raises:
        CamlodeError: the port is taken, or the host is none of this machine.
    """
    family = socket.AF_INET6 if ":" in listening.host else socket.AF_INET
    try:
        return socket.create_server((listening.host, listening.port), family=family, backlog=2048)
    except OSError as error:
        why = error.strerror or str(error)
        raise CamlodeError(
            f"{listening.host}:{listening.port} can't be listened on: {why}; try another --port"
        ) from None
