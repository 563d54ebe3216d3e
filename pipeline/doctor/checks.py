"""The libraries that camlode says it needs: those of all, and those of each extra. None of them is imported."""
# MERGED: What the probes of TensorFlow (or JAX) and Ray say, in the doctor's words.
# MERGED: What the machine gives this process, or the container that it is in: CPUs and memory.
# MERGED: The machine: CPUs, memory, and the shared memory that Ray keeps shards in.

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from camlode.pipeline.doctor.probes import CheckResult

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from camlode.pipeline.doctor.probes import ProbeResult

MAIN_LIBRARIES = ("tensorflow", "keras", "ray", "numpy", "pyarrow", "pandas", "sqlalchemy")
"""Libraries with a line of their own; the others share one."""

EXTRAS = {
    "explorer": "camlode serve",
    "huggingface": "tokenizer.name: huggingface",
    "jax": "model.backend: jax",
    "postgres": "stores in PostgreSQL",
    "sentencepiece": "tokenizer.name: sentencepiece",
    "spacy": "tokenizer.name: spacy, and export --format spacy",
}
"""What each extra is for; `gpu` is seen by the GPUs, and `bench` is for those who work at camlode."""

_REQUIREMENT = re.compile(r"([\w.-]+)(?:\[[^]]*\])?>=([\d.]+)(?:.*extra == \"([\w-]+)\")?")


class Requirement(NamedTuple):
    """A package, its least version, and the extra that needs it: none, where all do."""

    name: str
    minimum: str
    extra: str | None


def parse_requirements(lines: Iterable[str]) -> list[Requirement]:
    """The requirements in the lines of a package's metadata, such as 'jax>=0.5; extra == "jax"'."""
    return [Requirement(found[1], found[2], found[3]) for line in lines if (found := _REQUIREMENT.match(line))]


def check_packages(needed: Collection[str] = ()) -> Iterator[CheckResult]:
    """Python, camlode, what it needs, and its extras; those in `needed` were asked for."""
    yield CheckResult("Python", "ok", platform.python_version())
    yield CheckResult("camlode", "ok", version("camlode"))
    found = parse_requirements(requires("camlode") or ())
    yield from _check_libraries([each for each in found if each.extra is None])
    for extra, purpose in EXTRAS.items():
        yield _check_extra(extra, purpose, [each for each in found if each.extra == extra], required=extra in needed)


def requirement_problem(requirement: Requirement) -> str | None:
    """What is wrong with a package in a few words; None where it is installed and new enough."""
    try:
        found = version(requirement.name)
    except PackageNotFoundError:
        return f"{requirement.name} is not installed"
    if _parse_release(found) < _parse_release(requirement.minimum):
        return f"{requirement.name} is {found}, and at least {requirement.minimum} is needed"
    return None


def _check_libraries(needed: Iterable[Requirement]) -> Iterator[CheckResult]:
    others = []
    for each in sorted(
        needed, key=lambda each: MAIN_LIBRARIES.index(each.name) if each.name in MAIN_LIBRARIES else len(MAIN_LIBRARIES)
    ):
        if problem := requirement_problem(each):
            yield CheckResult(each.name, "missing", problem, f"pip install '{each.name}>={each.minimum}'")
        elif each.name in MAIN_LIBRARIES:
            yield CheckResult(each.name, "ok", version(each.name))
        else:
            others.append(each.name)
    yield CheckResult("other libraries", "ok", f"{len(others)} of them")


def _check_extra(extra: str, purpose: str, needed: Iterable[Requirement], *, required: bool) -> CheckResult:
    name = f"extra {extra}"
    problems = [problem for each in needed if (problem := requirement_problem(each))]
    if not problems:
        return CheckResult(name, "ok", f"for {purpose}", required=required)
    return CheckResult(
        name, "missing", f"for {purpose}: {', '.join(problems)}", f"pip install 'camlode[{extra}]'", required=required
    )


def _parse_release(text: str) -> tuple[int, ...]:
    """The release that a version begins with: "2.18.1rc0" is (2, 18, 1)."""
    found = re.match(r"\d+(?:\.\d+)*", text)
    return tuple(map(int, found[0].split("."))) if found else ()


BACKEND_NAMES = {"tensorflow": "TensorFlow", "jax": "JAX"}
REINSTALL_REMEDY = "install it again into a fresh virtual environment, for this Python and this kind of CPU"
RAY_REMEDY = "see run.address, and what may hinder a local Ray: ports that are closed, no room in /tmp, little memory"
GPU_REMEDIES = {
    "tensorflow": "pip install 'camlode[gpu]', and check that nvidia-smi shows the driver",
    "jax": "pip install 'jax[cuda12]', and check that nvidia-smi shows the driver",
}


def check_backends(
    backend: str, model: ProbeResult, ray: ProbeResult, *, required: bool, elsewhere: bool = False
) -> Iterator[CheckResult]:
    """Whether the backend and Ray start, and the GPUs that each sees; `elsewhere` is Ray's cluster, not here."""
    name, failure = BACKEND_NAMES[backend], _probe_failure(model)
    if model.found is None or failure:
        yield CheckResult(f"{name} starts", "problem", failure, REINSTALL_REMEDY, required)
    else:
        yield CheckResult(f"{name} starts", "ok", f"with Keras {model.found['keras']}", required=required)
    yield from _check_ray(ray, required=required)
    if model.found is not None and not failure:
        ray_gpus = None if ray.found is None else ray.found.get("gpus")
        yield _check_gpus(backend, len(model.found["gpus"]), ray_gpus, elsewhere=elsewhere)


def _check_ray(ray: ProbeResult, *, required: bool) -> Iterator[CheckResult]:
    failure = _probe_failure(ray)
    if ray.found is None or failure:
        yield CheckResult("Ray starts", "problem", failure, RAY_REMEDY, required)
        return
    found = f"with {ray.found['cpus']} CPUs and {ray.found['gpus']:g} GPUs: {ray.found['workers']} attributors"
    yield CheckResult("Ray starts", "ok", found, required=required)


def _check_gpus(backend: str, backend_gpus: int, ray_gpus: float | None, *, elsewhere: bool) -> CheckResult:
    """None at all is no problem: a job runs on CPUs then. Those of a cluster need not be seen here."""
    where = "on its cluster" if elsewhere else "here"
    found = f"{BACKEND_NAMES[backend]} sees {backend_gpus} here" + (
        "" if ray_gpus is None else f", Ray {ray_gpus:g} {where}"
    )
    if ray_gpus is not None and backend_gpus < ray_gpus and not elsewhere:
        return CheckResult("GPUs", "problem", found, GPU_REMEDIES[backend])
    if not (ray_gpus if elsewhere else backend_gpus):
        return CheckResult("GPUs", "ok", f"{found}: attribution runs on CPUs")
    return CheckResult("GPUs", "ok", found)


def _probe_failure(result: ProbeResult) -> str:
    return result.failure if result.found is None else str(result.found.get("error", ""))


CGROUP_ROOT = Path("/sys/fs/cgroup")
"""Where a container's limits stand, by the version of control groups in one of two ways."""


def cpus(cgroup_root: Path = CGROUP_ROOT) -> int:
    """The CPUs that this process may use: a container's share of them where it has one, rounded up."""
    found = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    # Microseconds of CPU time that all its processes may take, in each period of so many.
    limits = _read_numbers(cgroup_root / "cpu.max") or [
        *_read_numbers(cgroup_root / "cpu" / "cpu.cfs_quota_us"),
        *_read_numbers(cgroup_root / "cpu" / "cpu.cfs_period_us"),
    ]
    return min(found, -(-limits[0] // limits[1])) if len(limits) == 2 else found


def memory_bytes(cgroup_root: Path = CGROUP_ROOT) -> int:
    """Bytes of memory: the machine's, or the container's where these are fewer."""
    machine_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(
        [
            machine_bytes,
            *_read_numbers(cgroup_root / "memory.max"),
            *_read_numbers(cgroup_root / "memory" / "memory.limit_in_bytes"),
        ]
    )


def _read_numbers(file: Path) -> list[int]:
    """The positive numbers in a file; none where there is no such file, and for the "max" or -1 of no limit."""
    try:
        return [int(field) for field in file.read_text(encoding="ascii").split() if field.isdecimal()]
    except OSError:
        return []


GIB = 2**30
MIN_MEMORY = 4 * GIB
MIN_SHARED_MEMORY = GIB


def check_machine() -> Iterator[CheckResult]:
    """CPUs, memory and, where Ray uses it, shared memory."""
    yield CheckResult("CPUs", "ok", f"{cpus()} of {os.cpu_count()}")
    yield check_memory(memory_bytes())
    if sys.platform == "linux":
        yield check_shared_memory(Path("/dev/shm"))  # noqa: S108 (Ray's own place)


def check_memory(size: int) -> CheckResult:
    """Whether memory of so many bytes is enough for a driver and an attributor."""
    if size >= MIN_MEMORY:
        return CheckResult("memory", "ok", _format_gib(size))
    return CheckResult(
        "memory",
        "problem",
        _format_gib(size),
        f"give it {_format_gib(MIN_MEMORY)} or more, or set run.workers: 1 and a smaller run.batch_size",
    )


def check_shared_memory(folder: Path) -> CheckResult:
    """Whether the file system in memory is large enough for the shards that are under way."""
    size = shutil.disk_usage(folder).total if folder.is_dir() else 0
    if size >= MIN_SHARED_MEMORY:
        return CheckResult("shared memory", "ok", f"{_format_gib(size)} in {folder}")
    return CheckResult(
        "shared memory",
        "problem",
        f"{_format_gib(size)} in {folder}, so Ray keeps its objects on the disk, which is slow",
        "start the container with --shm-size=4g, or mount a larger tmpfs there",
    )


def _format_gib(size: int) -> str:
    return f"{size / GIB:,.1f} GiB"
