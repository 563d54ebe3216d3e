"""How long a job would take, by what its sample took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config import Run

CPU_STAGES = ("read", "encode", "extract")


@dataclass(frozen=True, slots=True)
class Machine:
    """What a job can use here: CPUs, and GPUs that the model's backend sees."""

    cpus: int
    gpus: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds for all records on `machine`, without starting up, and the share (0 to 1) of them that is attribution."""

    seconds: float
    attribution: float
    machine: Machine


def estimate_run(stages: Mapping[str, float], records: int, run: Run, machine: Machine, *, match: bool) -> Estimate:
    """What `records` take whose stages took the seconds a record that the sample did.

    Reading, encoding and extracting are shared by all CPUs; where patterns are matched, all is read once more. GPUs
    work beside the CPUs. Without GPUs attribution takes the CPUs' own time: the sample had all of them.
    """
    reading = sum(stages[stage] for stage in CPU_STAGES) + (stages["read"] if match else 0.0)
    on_cpus = records * reading / machine.cpus
    attribution = records * stages["attribute"] / max(_count_usable_gpus(run, machine), 1)
    seconds = max(attribution, on_cpus) if machine.gpus else attribution + on_cpus
    return Estimate(seconds, min(1.0, attribution / max(seconds, 1e-9)), machine)


def _count_usable_gpus(run: Run, machine: Machine) -> int:
    if run.workers is None or not machine.gpus:
        return machine.gpus
    return min(machine.gpus, run.workers)
