"""What the probes of TensorFlow (or JAX) and Ray say, in the doctor's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.doctor.finding import CheckResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.doctor.children import ProbeResult

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
