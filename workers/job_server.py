"""Connections to Ray's job server: checks of its address, the client, and errors in one line."""

from __future__ import annotations

import logging
import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from camlode.config.errors import JobError, WorkerError

if TYPE_CHECKING:
    from collections.abc import Iterator

ANSWER_SECONDS = 5.0

ADDRESS_VARIABLE = "RAY_API_SERVER_ADDRESS"

NOISY_LOGGERS = (
    "ray.dashboard.modules.dashboard_sdk",
    "ray.dashboard.modules.job.sdk",
    "ray._private.runtime_env.packaging",
)
"""Loggers of Ray that report every package sent and every connection closed."""


@contextmanager
def connect(address: str) -> Iterator[Any]:
    """Open Ray's client of the job server at `address`; its errors within the context become a WorkerError of one line.

    Raises:
        JobError: `address` is not an http URL.
        WorkerError: no job server answers there, or a request fails.
    """
    _check_url(address)
    from aiohttp import ClientError
    from ray.exceptions import AuthenticationError
    from ray.job_submission import JobSubmissionClient

    for name in NOISY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        _check_reachable(address.rstrip("/"))
        with _override_address(address):
            client = JobSubmissionClient(address)
        yield client
    except BrokenPipeError:
        # The reader of our own output has gone. A broken connection to the server is one of the library's own errors.
        raise
    except AuthenticationError as error:
        raise WorkerError(
            f"Ray's job server at {mask_credentials(address)} requires its token: set RAY_AUTH_MODE=token, and "
            "RAY_AUTH_TOKEN or RAY_AUTH_TOKEN_PATH to the cluster's own"
        ) from error
    except (RuntimeError, OSError, ClientError) as error:
        raise WorkerError(f"Ray's job server at {mask_credentials(address)} failed: {_format_error(error)}") from error


def mask_credentials(address: str) -> str:
    """Return `address` without user and password, even if it is not a valid URL."""
    return re.sub(r"(?<=//).*@", "***@", address)


def _check_url(address: str) -> None:
    try:
        url = urlsplit(address)
        is_valid = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        is_valid = False
    if not is_valid:
        raise JobError(
            f"--address {mask_credentials(address)}: expected the URL of Ray's job server, such as "
            "http://HOST:8265 (the address of its dashboard)"
        )


def _check_reachable(address: str) -> None:
    """Fail within ANSWER_SECONDS: Ray's own client waits for minutes, or without end."""
    import requests

    try:
        response = requests.get(f"{address}/api/version", timeout=ANSWER_SECONDS)
    except (requests.ConnectionError, requests.Timeout) as error:
        raise WorkerError(
            f"nothing answers at {mask_credentials(address)} within {ANSWER_SECONDS:g} s; check --address and that the "
            "cluster's head runs: its job server listens at the dashboard's port, 8265 by default"
        ) from error
    # 401 and 403: a job server that requires a token, which Ray's client handles.
    if response.status_code not in (401, 403) and "ray_version" not in response.text:
        raise WorkerError(
            f"{mask_credentials(address)} is not a Ray job server (HTTP status {response.status_code}); "
            "set --address to that of the dashboard, such as http://HOST:8265"
        )


@contextmanager
def _override_address(address: str) -> Iterator[None]:
    """Set Ray's environment variable: its client prefers that to the address passed to it."""
    previous = os.environ.get(ADDRESS_VARIABLE)
    os.environ[ADDRESS_VARIABLE] = address
    try:
        yield
    finally:
        if previous is None:
            del os.environ[ADDRESS_VARIABLE]
        else:
            os.environ[ADDRESS_VARIABLE] = previous


def _format_error(error: Exception) -> str:
    """Return the last line of the error: Ray's server sends whole tracebacks."""
    lines = mask_credentials(str(error)).strip().splitlines()
    return lines[-1].strip()[:300] if lines else type(error).__name__
