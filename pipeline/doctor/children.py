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
SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a probe found, as its JSON has it; or in one line why it found nothing."""

    found: dict[str, Any] | None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Child:
    """A probe that runs: a module of ours which prints one line of JSON."""

    process: subprocess.Popen[str]

    def answer(self) -> Answer:
        """Waits for it, SECONDS at most."""
        try:
            printed, said = self.process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            return Answer(None, f"no answer within {SECONDS:g} s")
        if self.process.returncode == 0:
            with suppress(ValueError):
                return Answer(json.loads(printed.strip().rpartition("\n")[2]))
        return Answer(None, _reason(self.process.returncode, said))


def start(module: str, *arguments: str) -> Child:
    """Starts a probe."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-m", module, *arguments]
    return Child(
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


def _reason(code: int, said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    last = lines[-1][:300] if lines else ""
    if code < 0:
        return f"its process was ended by {signal.Signals(-code).name}" + (f": {last}" if last else "")
    return last or f"its process ended with {code}"
