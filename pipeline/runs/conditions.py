"""What a run depends on before it begins."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from config.attribution import UNSUMMABLE_METHODS
from config.errors import JobError

if TYPE_CHECKING:
    from config import Job


def check_method(job: Job) -> None:
    """A JobError where the scores of the job's method must not be added up over a corpus."""
    if job.attribution.method in UNSUMMABLE_METHODS:
        raise JobError(
            f"attribution.method: {job.attribution.method} divides each text's scores by their own maximum, so those "
            "of different texts must not be added up over a corpus; choose another to mine with, such as grad-cam"
        )


def package_versions(job: Job) -> dict[str, str]:
    """The versions of camlode and of the libraries that a result hangs on."""
    return {package: version(package) for package in ("camlode", job.model.backend, "keras", "ray", "numpy", "pyarrow")}
