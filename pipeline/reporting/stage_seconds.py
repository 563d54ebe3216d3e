"""How long each stage of a run took, by the run's log."""

from __future__ import annotations

import json
from pathlib import Path

LOG_NAME = "run.log"


def read_stage_seconds(folder: str) -> dict[str, float] | None:
    """The seconds that all processes together spent in each stage: of every shard its last attempt that was done.

    None where the log is not on this machine.
    """
    if "://" in folder:
        return None
    try:
        lines = (Path(folder) / LOG_NAME).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    done: dict[int, dict[str, float]] = {}
    for line in lines:
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            continue  # a process that was killed has left half a line
        if entry.get("state") == "done":
            done[entry["shard"]] = entry["seconds"]
    stages = dict.fromkeys((stage for seconds in done.values() for stage in seconds), 0.0)
    for seconds in done.values():
        for stage, value in seconds.items():
            stages[stage] += value
    return stages or None
