"""Serving the explorer: the address to listen on, and the lines printed at the start."""

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
"""How long an idle connection stays open: about as long as a page is read."""


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """A host name or address to listen on, a port (0: any free one), and further host names to answer to."""

    host: str
    port: int
    names: tuple[str, ...] = ()

    @property
    def loopback(self) -> bool:
        """Whether only this machine can connect."""
        if self.host in LOCAL_HOSTS:
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    def hosts(self) -> frozenset[str]:
        """Return the host names to answer to, in lower case."""
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
    """Serve the store at `address` until interrupted; `echo` prints the lines of the start.

    Raises:
        CamlodeError: the extra `explorer` is not installed, or the port is in use.
        StoreError: there is no such store.
    """
    uvicorn, create_app = _import_dependencies()
    token = secrets.token_urlsafe(32)
    settings = ExplorerSettings(address, token, listen_address.loopback, listen_address.hosts(), job, author)
    app = create_app(settings)
    with open_socket(listen_address) as listener:
        for line in startup_lines(settings, listen_address, listener.getsockname()[1], app.state.site.store.name):
            echo(line)
        # Without proxy_headers: any client could forge them.
        options = {"log_level": "warning", "access_log": False, "server_header": False}
        config = uvicorn.Config(app, proxy_headers=False, ws="none", timeout_keep_alive=KEEP_ALIVE_SECONDS, **options)
        uvicorn.Server(config).run(sockets=[listener])


def startup_lines(settings: ExplorerSettings, listen_address: ListenAddress, port: int, name: str) -> Iterable[str]:
    """Lines with the explorer's address and the address to sign in."""
    host = listen_address.host
    if host in ("0.0.0.0", "::"):  # noqa: S104 (compared, not bound)
        host = socket.gethostname()
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    yield f"{name}: {url}"
    what = "to review patterns" if settings.open_reading else "to read and to review"
    yield f"{what}, sign in: {url}/sign-in?token={settings.token}"
    if not settings.open_reading:
        yield "traffic is not encrypted and contains the token: on a shared network put a TLS proxy in front of it"


def _import_dependencies() -> tuple[Any, Callable[[ExplorerSettings], FastAPI]]:
    try:
        import python_multipart  # noqa: F401
        import uvicorn

        from camlode.explorer.app import create_app
    except ImportError as error:
        raise CamlodeError(f"the explorer needs {error.name}: pip install 'camlode[explorer]'") from error
    return uvicorn, create_app


def open_socket(listen_address: ListenAddress) -> socket.socket:
    """Open a socket that accepts connections.

    Raises:
        CamlodeError: the port is in use, or the host is not one of this machine.
    """
    family = socket.AF_INET6 if ":" in listen_address.host else socket.AF_INET
    try:
        return socket.create_server((listen_address.host, listen_address.port), family=family, backlog=2048)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CamlodeError(
            f"{listen_address.host}:{listen_address.port} can't be listened on: {reason}; try another --port"
        ) from None
