"""An explorer in a process of its own, as `camlode serve` starts it, for those who look at it from outside."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "chromium")
"""Where the system's browser is."""


class RunningExplorer(NamedTuple):
    """Where an explorer is, and what opens it for writing."""

    address: str
    token: str


@contextmanager
def run_explorer(store: str, job: Path | None = None) -> Iterator[RunningExplorer]:
    """An explorer of `store` that goes with the context."""
    command = [sys.executable, "-m", "camlode.pipeline.cli", "serve", store, "--port", "0"]
    command += [] if job is None else ["--job", str(job)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield _read_greeting(process)
        finally:
            process.terminate()


def _read_greeting(process: subprocess.Popen[str]) -> RunningExplorer:
    lines = []
    for line in process.stderr or ():
        lines.append(line)
        if "/sign-in?token=" in line:
            address, token = line.split("sign in: ")[1].split("/sign-in?token=")
            return RunningExplorer(address, token.strip())
    raise SystemExit("".join(lines))
