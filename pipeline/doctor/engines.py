"""What the probes of TensorFlow (or JAX) and Ray say, in the doctor's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.doctor.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.doctor.children import Answer

NAMES = {"tensorflow": "TensorFlow", "jax": "JAX"}
REINSTALL = "install it again into a fresh virtual environment, for this Python and this kind of CPU"
RAY_REMEDY = "see run.address, and what may hinder a local Ray: ports that are closed, no room in /tmp, little memory"
GPU_REMEDIES = {
    "tensorflow": "pip install 'camlode[gpu]', and check that nvidia-smi shows the driver",
    "jax": "pip install 'jax[cuda12]', and check that nvidia-smi shows the driver",
}


def engine_findings(
    backend: str, model: Answer, ray: Answer, *, asked: bool, elsewhere: bool = False
) -> Iterator[Finding]:
    """Whether the backend and Ray start, and the GPUs that each sees; `elsewhere` is Ray's cluster, not here."""
    name, failure = NAMES[backend], _failure(model)
    if model.found is None or failure:
        yield Finding(f"{name} starts", "problem", failure, REINSTALL, asked)
    else:
        yield Finding(f"{name} starts", "ok", f"with Keras {model.found['keras']}", asked=asked)
    yield from _ray(ray, asked=asked)
    if model.found is not None and not failure:
        of_ray = None if ray.found is None else ray.found.get("gpus")
        yield _gpus(backend, len(model.found["gpus"]), of_ray, elsewhere=elsewhere)


def _ray(ray: Answer, *, asked: bool) -> Iterator[Finding]:
    failure = _failure(ray)
    if ray.found is None or failure:
        yield Finding("Ray starts", "problem", failure, RAY_REMEDY, asked)
        return
    found = f"with {ray.found['cpus']} CPUs and {ray.found['gpus']:g} GPUs: {ray.found['workers']} attributors"
    yield Finding("Ray starts", "ok", found, asked=asked)


def _gpus(backend: str, seen: int, of_ray: float | None, *, elsewhere: bool) -> Finding:
    """None at all is no problem: a job runs on CPUs then. Those of a cluster need not be seen here."""
    where = "on its cluster" if elsewhere else "here"
    found = f"{NAMES[backend]} sees {seen} here" + ("" if of_ray is None else f", Ray {of_ray:g} {where}")
    if of_ray is not None and seen < of_ray and not elsewhere:
        return Finding("GPUs", "problem", found, GPU_REMEDIES[backend])
    if not (of_ray if elsewhere else seen):
        return Finding("GPUs", "ok", f"{found}: attribution runs on CPUs")
    return Finding("GPUs", "ok", found)


def _failure(answer: Answer) -> str:
    return answer.failure if answer.found is None else str(answer.found.get("error", ""))
