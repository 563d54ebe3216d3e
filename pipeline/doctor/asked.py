"""What the user named: a store, and a job with its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config import compute_digests, load_job
from config.errors import CamlodeError, JobError
from pipeline.doctor.finding import CheckResult
from pipeline.stages.plan import find_files
from sql import mask_password
from sql.looking import store_exists
from sql.postgresql import is_postgresql
from sql.revision import REVISION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from config import Job

EXTRA_TOKENIZERS = ("huggingface", "sentencepiece", "spacy")


def check_job(path: Path, overrides: Sequence[str]) -> tuple[Job | None, CheckResult]:
    """The job in a file, if it is right, and what there is to say of it."""
    try:
        return load_job(path, overrides), CheckResult("job", "ok", f"{path} is right", required=True)
    except JobError as error:
        return None, CheckResult(
            "job", "problem", "; ".join(str(error).splitlines()), "mend the job file", required=True
        )


def required_extras(job: Job) -> set[str]:
    """The extras that a job needs."""
    found = {
        job.tokenizer.name: job.tokenizer.name in EXTRA_TOKENIZERS,
        "jax": job.model.backend == "jax",
        "postgres": is_postgresql(job.store.url),
    }
    return {extra for extra, needed in found.items() if needed}


def check_job_files(job: Job) -> Iterator[CheckResult]:
    """Whether the job's corpus, model, labels and tokenizer files are there and can be read."""
    try:
        files = find_files(job.corpus.paths)
        yield CheckResult("job's corpus", "ok", f"{len(files):,} file{'s' if len(files) > 1 else ''}", required=True)
        compute_digests(job, [(file.path, file.size) for file in files])
        yield CheckResult("job's files", "ok", "model, labels and tokenizer can be read", required=True)
    except CamlodeError as error:
        yield CheckResult("job's files", "problem", str(error), "correct the path in the job file", required=True)


def check_store(address: str, *, from_job: bool) -> CheckResult:
    """Whether there is a store of this camlode's revision at `address`; one of a job may still have to be made."""
    name = "job's store" if from_job else "store"
    try:
        exists = store_exists(address)
    except CamlodeError as error:
        return CheckResult(name, "problem", str(error), _store_remedy(str(error)), required=True)
    if exists:
        return CheckResult(name, "ok", f"{mask_password(address)}, revision {REVISION}", required=True)
    if from_job:
        return CheckResult(
            name, "ok", f"{mask_password(address)} is not there yet: camlode mine makes it", required=True
        )
    return CheckResult(
        name, "missing", f"there is none at {mask_password(address)}", "camlode mine JOB makes one", required=True
    )


def _store_remedy(error: str) -> str:
    """Most lines about stores say it themselves."""
    return "see there" if ": " in error.partition(": ")[2] else "check the address, and that the server runs"
