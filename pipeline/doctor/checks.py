"""Checks of the installation: packages, and whether the model backend and Ray start.

Only the standard library is imported, so that the doctor can report a library that is missing or broken.
"""

from __future__ import annotations

import platform
import re
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from camlode.pipeline.doctor.probes import ProbeResult

MAIN_LIBRARIES = ("tensorflow", "keras", "ray", "numpy", "pyarrow", "pandas", "sqlalchemy")
"""Libraries with a separate row; the others share one."""

EXTRAS = {
    "explorer": "camlode serve",
    "huggingface": "tokenizer.name: huggingface",
    "jax": "model.backend: jax",
    "postgres": "stores in PostgreSQL",
    "sentencepiece": "tokenizer.name: sentencepiece",
    "spacy": "tokenizer.name: spacy, and export --format spacy",
}
"""What each extra is for, except `gpu` (see the GPUs) and `bench` (for development)."""

BACKEND_NAMES = {"tensorflow": "TensorFlow", "jax": "JAX"}
REINSTALL_REMEDY = "reinstall it in a fresh virtual environment, for this Python and this kind of CPU"
RAY_REMEDY = "check run.address, or what may stop a local Ray: closed ports, a full /tmp, too little memory"
GPU_REMEDIES = {
    "tensorflow": "pip install 'camlode[gpu]', and check that nvidia-smi shows the driver",
    "jax": "pip install 'jax[cuda12]', and check that nvidia-smi shows the driver",
}

State = Literal["ok", "missing", "problem"]


class CheckResult(NamedTuple):
    """What was checked, its state, what was found, and what to do unless the state is ok.

    `required`: the user named it, or the job that the user named needs it.
    """

    check: str
    state: State
    found: str
    remedy: str = ""
    required: bool = False

    @property
    def fails(self) -> bool:
        """Whether something required is missing or broken."""
        return self.required and self.state != "ok"


class Requirement(NamedTuple):
    """A package, its minimum version, and the extra that needs it (None: camlode itself)."""

    name: str
    minimum: str
    extra: str | None


# A requirement in a package's metadata, such as 'jax>=0.5; extra == "jax"'.
_REQUIREMENT = re.compile(r"([\w.-]+)(?:\[[^]]*\])?>=([\d.]+)(?:.*extra == \"([\w-]+)\")?")


def check_packages(needed_extras: Collection[str] = ()) -> Iterator[CheckResult]:
    """Check Python, camlode, its dependencies and its extras; those in `needed_extras` are required."""
    yield CheckResult("Python", "ok", platform.python_version())
    yield CheckResult("camlode", "ok", version("camlode"))
    requirements = parse_requirements(requires("camlode") or ())
    yield from _check_libraries([each for each in requirements if each.extra is None])
    for extra, purpose in EXTRAS.items():
        extra_requirements = [each for each in requirements if each.extra == extra]
        yield _check_extra(extra, purpose, extra_requirements, required=extra in needed_extras)


def check_backends(
    backend: str, model: ProbeResult, ray: ProbeResult, *, required: bool, remote: bool = False
) -> Iterator[CheckResult]:
    """Check whether the model backend and Ray start, and which GPUs they see; `remote`: Ray is a cluster elsewhere."""
    name, failure = f"{BACKEND_NAMES[backend]} starts", _probe_failure(model)
    if model.found is None or failure:
        yield CheckResult(name, "problem", failure, REINSTALL_REMEDY, required)
    else:
        yield CheckResult(name, "ok", f"with Keras {model.found['keras']}", required=required)
    yield _check_ray(ray, required=required)
    if model.found is not None and not failure:
        ray_gpus = None if ray.found is None else ray.found.get("gpus")
        yield _check_gpus(backend, len(model.found["gpus"]), ray_gpus, remote=remote)


def parse_requirements(lines: Iterable[str]) -> list[Requirement]:
    """Parse the requirements in a package's metadata; those without a minimum version are left out."""
    return [Requirement(found[1], found[2], found[3]) for line in lines if (found := _REQUIREMENT.match(line))]


def requirement_problem(requirement: Requirement) -> str | None:
    """Describe what is wrong with a package, or return None if it is installed and new enough."""
    try:
        found = version(requirement.name)
    except PackageNotFoundError:
        return f"{requirement.name} is not installed"
    if _parse_release(found) < _parse_release(requirement.minimum):
        return f"{requirement.name} is {found}, and at least {requirement.minimum} is needed"
    return None


def _check_libraries(requirements: Iterable[Requirement]) -> Iterator[CheckResult]:
    order = {name: position for position, name in enumerate(MAIN_LIBRARIES)}
    others = 0
    for each in sorted(requirements, key=lambda each: order.get(each.name, len(order))):
        if problem := requirement_problem(each):
            yield CheckResult(each.name, "missing", problem, f"pip install '{each.name}>={each.minimum}'")
        elif each.name in order:
            yield CheckResult(each.name, "ok", version(each.name))
        else:
            others += 1
    yield CheckResult("other libraries", "ok", f"{others} of them")


def _check_extra(extra: str, purpose: str, requirements: Iterable[Requirement], *, required: bool) -> CheckResult:
    name = f"extra {extra}"
    problems = [problem for each in requirements if (problem := requirement_problem(each))]
    if not problems:
        return CheckResult(name, "ok", f"for {purpose}", required=required)
    found, remedy = f"for {purpose}: {', '.join(problems)}", f"pip install 'camlode[{extra}]'"
    return CheckResult(name, "missing", found, remedy, required)


def _check_ray(ray: ProbeResult, *, required: bool) -> CheckResult:
    failure = _probe_failure(ray)
    if ray.found is None or failure:
        return CheckResult("Ray starts", "problem", failure, RAY_REMEDY, required)
    found = f"with {ray.found['cpus']} CPUs and {ray.found['gpus']:g} GPUs: {ray.found['workers']} workers"
    return CheckResult("Ray starts", "ok", found, required=required)


def _check_gpus(backend: str, backend_gpus: int, ray_gpus: float | None, *, remote: bool) -> CheckResult:
    found = f"{BACKEND_NAMES[backend]} sees {backend_gpus} here"
    if ray_gpus is not None:
        found += f", Ray {ray_gpus:g} {'on its cluster' if remote else 'here'}"
    # This machine need not see the GPUs of a remote cluster; a local Ray that sees more has the driver, so that the
    # backend lacks its CUDA libraries.
    if ray_gpus is not None and backend_gpus < ray_gpus and not remote:
        return CheckResult("GPUs", "problem", found, GPU_REMEDIES[backend])
    # No GPU at all is no problem: jobs run on CPUs.
    usable = ray_gpus if remote else backend_gpus
    return CheckResult("GPUs", "ok", found if usable else f"{found}: attribution runs on CPUs")


def _probe_failure(result: ProbeResult) -> str:
    return result.failure if result.found is None else str(result.found.get("error", ""))


def _parse_release(text: str) -> tuple[int, ...]:
    """Parse the release number at the start of a version: "2.18.1rc0" is (2, 18, 1)."""
    found = re.match(r"\d+(?:\.\d+)*", text)
    return tuple(map(int, found[0].split("."))) if found else ()
