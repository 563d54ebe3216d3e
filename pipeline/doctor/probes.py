"""Probes: heavy libraries started in separate processes, in parallel, so that a crash ends only its probe."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# The folder that `camlode` is imported from: a probe's process has another sys.path than this one.
ROOT = Path(__file__).parents[3]
TIMEOUT_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The JSON object that a probe printed, or in one line why it printed none."""

    found: dict[str, Any] | None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """A running probe: a module that prints one line of JSON."""

    process: subprocess.Popen[str]

    def wait(self) -> ProbeResult:
        """Wait for the result, at most TIMEOUT_SECONDS."""
        try:
            output, error_output = self.process.communicate(timeout=TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            return ProbeResult(None, f"no answer within {TIMEOUT_SECONDS:g} s")
        if self.process.returncode == 0:
            # Libraries print lines before the result.
            with suppress(ValueError):
                return ProbeResult(json.loads(output.strip().rpartition("\n")[2]))
        return ProbeResult(None, _failure_reason(self.process.returncode, error_output))


def start_probe(module: str, *arguments: str) -> Probe:
    """Start `python -m MODULE ARGUMENTS`."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return Probe(
        subprocess.Popen(  # noqa: S603 (this Python, a module of ours)
            [sys.executable, "-m", module, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=os.environ | {"PYTHONPATH": path},
        )
    )


def _failure_reason(code: int, error_output: str) -> str:
    """Return the last line on standard error, the error of a traceback, or else the exit code or signal."""
    lines = [line.strip() for line in error_output.splitlines() if line.strip()]
    last = lines[-1][:300] if lines else ""
    if code < 0:
        return f"its process was killed by {signal.Signals(-code).name}" + (f": {last}" if last else "")
    return last or f"its process exited with code {code}"
