"""Checks of what the user names: a store, and a job with its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camlode.config import compute_digests, load_job
from camlode.config.errors import CamlodeError, JobError
from camlode.pipeline.display.numbers import count_noun
from camlode.pipeline.doctor.checks import CheckResult
from camlode.pipeline.stages.plan import find_files
from camlode.sql import mask_password
from camlode.sql.postgresql import is_postgresql
from camlode.sql.revision import REVISION
from camlode.sql.store import store_exists

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from camlode.config import Job

EXTRA_TOKENIZERS = ("huggingface", "sentencepiece", "spacy")


def check_job(path: Path, overrides: Sequence[str]) -> tuple[Job | None, CheckResult]:
    """Load and check a job file; the job is None if it is invalid."""
    try:
        return load_job(path, overrides), CheckResult("job", "ok", f"{path} is valid", required=True)
    except JobError as error:
        return None, CheckResult(
            "job", "problem", "; ".join(str(error).splitlines()), "correct the job file", required=True
        )


def required_extras(job: Job) -> set[str]:
    """Return the extras that a job needs."""
    found = {
        job.tokenizer.name: job.tokenizer.name in EXTRA_TOKENIZERS,
        "jax": job.model.backend == "jax",
        "postgres": is_postgresql(job.store.url),
    }
    return {extra for extra, needed in found.items() if needed}


def check_job_files(job: Job) -> Iterator[CheckResult]:
    """Check whether the job's corpus, model, labels and tokenizer files can be read."""
    try:
        files = find_files(job.corpus.paths)
        yield CheckResult("job's corpus", "ok", count_noun(len(files), "file"), required=True)
        compute_digests(job, [(file.path, file.size) for file in files])
        yield CheckResult("job's files", "ok", "model, labels and tokenizer can be read", required=True)
    except CamlodeError as error:
        yield CheckResult("job's files", "problem", str(error), "correct the path in the job file", required=True)


def check_store(address: str, *, from_job: bool) -> CheckResult:
    """Check whether `address` has a store of this camlode's revision; a job's store need not exist yet."""
    name = "job's store" if from_job else "store"
    try:
        exists = store_exists(address)
    except CamlodeError as error:
        return CheckResult(name, "problem", str(error), _store_remedy(str(error)), required=True)
    if exists:
        return CheckResult(name, "ok", f"{mask_password(address)}, revision {REVISION}", required=True)
    if from_job:
        found = f"{mask_password(address)} does not exist yet: camlode mine makes it"
        return CheckResult(name, "ok", found, required=True)
    found = f"there is no store at {mask_password(address)}"
    return CheckResult(name, "missing", found, "camlode mine JOB makes one", required=True)


def _store_remedy(error: str) -> str:
    # Most store errors say what to do after a second colon.
    says_it = ": " in error.partition(": ")[2]
    return "do what the message says" if says_it else "check the address, and that the server runs"
