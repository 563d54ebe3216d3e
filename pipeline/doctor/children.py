"""Heavy libraries are tried in processes of their own, side by side: one that crashes takes nothing else with it."""

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

ROOT = Path(__file__).parents[2]
TIMEOUT_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What a probe found, as its JSON has it; or in one line why it found nothing."""

    found: dict[str, Any] | None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """A probe that runs: a module of ours which prints one line of JSON."""

    process: subprocess.Popen[str]

    def answer(self) -> ProbeResult:
        """Waits for it, SECONDS at most."""
        try:
            output, error_output = self.process.communicate(timeout=TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            return ProbeResult(None, f"no answer within {TIMEOUT_SECONDS:g} s")
        if self.process.returncode == 0:
            with suppress(ValueError):
                return ProbeResult(json.loads(output.strip().rpartition("\n")[2]))
        return ProbeResult(None, _failure_reason(self.process.returncode, error_output))


def start_probe(module: str, *arguments: str) -> Probe:
    """Starts a probe."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-m", module, *arguments]
    return Probe(
        subprocess.Popen(  # noqa: S603 (this Python, a module of ours)
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=os.environ | {"PYTHONPATH": path},
        )
    )


def _failure_reason(code: int, error_output: str) -> str:
    lines = [line.strip() for line in error_output.splitlines() if line.strip()]
    last = lines[-1][:300] if lines else ""
    if code < 0:
        return f"its process was ended by {signal.Signals(-code).name}" + (f": {last}" if last else "")
    return last or f"its process ended with {code}"
