"""Serving the explorer: where it listens, and what is said when it starts."""

from __future__ import annotations

import secrets
import socket
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from camlode.config.errors import CamlodeError
from camlode.explorer.access import LOCAL_HOSTS, ExplorerSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fastapi import FastAPI

    from camlode.config import Job

KEEP_ALIVE_SECONDS = 75
"""For how long a browser's connection is kept for its next page: about as long as one is read."""


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where an explorer listens: a host name or address, a port (0: any that is free), other names it goes by."""

    host: str
    port: int
    names: tuple[str, ...] = ()

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host in LOCAL_HOSTS:
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    def hosts(self) -> frozenset[str]:
        """The names under which it may be asked for."""
        own = () if self.loopback else (self.host, socket.gethostname(), socket.getfqdn())
        return LOCAL_HOSTS | {name.lower() for name in (*own, *self.names)}


def serve(
    address: str,
    listen_address: ListenAddress,
    *,
    job: Job | None = None,
    author: str = "",
    echo: Callable[[str], None],
) -> None:
    """Serves the store at `address` until it is interrupted; `echo` is told where, in lines.

    Raises:
        CamlodeError: FastAPI isn't installed, or the port is taken.
        StoreError: there is no such store.
    """
    uvicorn, create_app = _import_dependencies()
    token = secrets.token_urlsafe(32)
    settings = ExplorerSettings(address, token, listen_address.loopback, listen_address.hosts(), job, author)
    app = create_app(settings)
    with open_socket(listen_address) as listener:
        for line in startup_lines(settings, listen_address, listener.getsockname()[1], app.state.site.store.name):
            echo(line)
        # Behind no proxy: what a header says of the client would be anybody's word.
        options = {"log_level": "warning", "access_log": False, "server_header": False}
        config = uvicorn.Config(app, proxy_headers=False, ws="none", timeout_keep_alive=KEEP_ALIVE_SECONDS, **options)
        uvicorn.Server(config).run(sockets=[listener])


def startup_lines(settings: ExplorerSettings, listen_address: ListenAddress, port: int, name: str) -> Iterable[str]:
    """Where the explorer is, and what opens it for writing."""
    host = listen_address.host
    if host in ("0.0.0.0", "::"):  # noqa: S104 (a look at what the user asked for)
        host = socket.gethostname()
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    yield f"{name}: {url}"
    what = "to review patterns" if settings.open_reading else "to read and to review"
    yield f"{what}, sign in: {url}/sign-in?token={settings.token}"
    if not settings.open_reading:
        yield "whoever sees the network's traffic sees the token: put a proxy with TLS before it on a network of others"


def _import_dependencies() -> tuple[Any, Callable[[ExplorerSettings], FastAPI]]:
    try:
        import python_multipart  # noqa: F401
        import uvicorn

        from camlode.explorer.app import create_app
    except ImportError as error:
        raise CamlodeError(f"the explorer needs {error.name}: pip install 'camlode[explorer]'") from error
    return uvicorn, create_app


def open_socket(listen_address: ListenAddress) -> socket.socket:
    """A socket that takes connections there.

    Raises:
        CamlodeError: the port is taken, or the host is none of this machine.
    """
    family = socket.AF_INET6 if ":" in listen_address.host else socket.AF_INET
    try:
        return socket.create_server((listen_address.host, listen_address.port), family=family, backlog=2048)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CamlodeError(
            f"{listen_address.host}:{listen_address.port} can't be listened on: {reason}; try another --port"
        ) from None
