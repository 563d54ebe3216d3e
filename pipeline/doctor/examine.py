"""The whole examination on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.errors import CamlodeError
from config.sections import Run
from pipeline.doctor import children
from pipeline.doctor.asked import extras_of, job_findings, opened_job, store_finding
from pipeline.doctor.engines import engine_findings
from pipeline.doctor.finding import Finding
from pipeline.doctor.machine import machine_findings
from pipeline.doctor.packages import package_findings
from sql.postgresql import is_postgresql

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

CHINESE = "汉字"


def examine(store: str | None = None, job_file: Path | None = None, overrides: Sequence[str] = ()) -> Iterator[Finding]:
    """All findings; TensorFlow and Ray start in processes of their own while the rest is looked at."""
    job, of_job = (None, None) if job_file is None else opened_job(job_file, overrides)
    backend = "tensorflow" if job is None else job.model.backend
    model = children.start("pipeline.models.probe", backend)
    ray = children.start("workers.probe", (Run() if job is None else job.run).model_dump_json())
    needed = set() if job is None else extras_of(job)
    yield from package_findings(needed | ({"postgres"} if is_postgresql(store or "") else set()))
    yield from machine_findings()
    yield font_finding()
    elsewhere = bool(job is not None and job.run.address)
    yield from engine_findings(backend, model.answer(), ray.answer(), asked=job is not None, elsewhere=elsewhere)
    if store is not None:
        yield store_finding(store, of_job=False)
    if of_job is not None:
        yield of_job
    if job is not None:
        yield from job_findings(job)
        yield store_finding(job.store.url, of_job=True)


def font_finding() -> Finding:
    """Whether pictures can show Chinese characters."""
    from pipeline.views.fonts import CURE, font_families

    try:
        families = font_families(CHINESE)
    except CamlodeError:
        return Finding("font for pictures", "missing", "none with Chinese characters", CURE)
    except ImportError as error:
        return Finding("font for pictures", "problem", f"pictures cannot be drawn: {error}", "pip install matplotlib")
    return Finding("font for pictures", "ok", families[-1])
