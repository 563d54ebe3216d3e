"""All checks of the doctor, in the order of its table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camlode.config.sections import Run
from camlode.pipeline.doctor import probes
from camlode.pipeline.doctor.checks import CheckResult, check_backends, check_packages
from camlode.pipeline.doctor.job_checks import check_job, check_job_files, check_store, required_extras
from camlode.pipeline.doctor.machine import check_machine
from camlode.sql.postgresql import is_postgresql

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def examine(
    store: str | None = None, job_file: Path | None = None, overrides: Sequence[str] = ()
) -> Iterator[CheckResult]:
    """Run all checks; the model backend and Ray start in their own processes while the packages are checked."""
    job, from_job = (None, None) if job_file is None else check_job(job_file, overrides)
    backend = "tensorflow" if job is None else job.model.backend
    model = probes.start_probe("camlode.pipeline.models.probe", backend)
    ray = probes.start_probe("camlode.workers.probe", (Run() if job is None else job.run).model_dump_json())
    needed = set() if job is None else required_extras(job)
    yield from check_packages(needed | ({"postgres"} if is_postgresql(store or "") else set()))
    yield from check_machine()
    yield check_fonts()
    remote = bool(job is not None and job.run.address)
    yield from check_backends(backend, model.wait(), ray.wait(), required=job is not None, remote=remote)
    if store is not None:
        yield check_store(store, from_job=False)
    if from_job is not None:
        yield from_job
    if job is not None:
        yield from check_job_files(job)
        yield check_store(job.store.url, from_job=True)


def check_fonts() -> CheckResult:
    """Whether pictures can be drawn; the font for Chinese characters is installed with camlode."""
    from camlode.pipeline.display.fonts import choose_font_families

    try:
        families = choose_font_families()
    except ImportError as error:
        remedy = "pip install matplotlib pylopdf-fonts-zh-cn"
        return CheckResult("font for pictures", "problem", f"pictures cannot be drawn: {error}", remedy)
    return CheckResult("font for pictures", "ok", families[-1])
