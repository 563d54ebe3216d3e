"""What the user named: a store, and a job with its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config import digests, load_job
from config.errors import CamlodeError, JobError
from pipeline.doctor.finding import Finding
from pipeline.stages.plan import find_files
from sql import masked
from sql.looking import is_made
from sql.postgresql import is_postgresql
from sql.revision import REVISION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from config import Job

EXTRA_TOKENIZERS = ("huggingface", "sentencepiece", "spacy")


def opened_job(path: Path, overrides: Sequence[str]) -> tuple[Job | None, Finding]:
    """The job in a file, if it is right, and what there is to say of it."""
    try:
        return load_job(path, overrides), Finding("job", "ok", f"{path} is right", asked=True)
    except JobError as error:
        return None, Finding("job", "problem", "; ".join(str(error).splitlines()), "mend the job file", asked=True)


def extras_of(job: Job) -> set[str]:
    """The extras that a job needs."""
    found = {
        job.tokenizer.name: job.tokenizer.name in EXTRA_TOKENIZERS,
        "jax": job.model.backend == "jax",
        "postgres": is_postgresql(job.store.url),
    }
    return {extra for extra, needed in found.items() if needed}


def job_findings(job: Job) -> Iterator[Finding]:
    """Whether the job's corpus, model, labels and tokenizer files are there and can be read."""
    try:
        files = find_files(job.corpus.paths)
        yield Finding("job's corpus", "ok", f"{len(files):,} file{'s' if len(files) > 1 else ''}", asked=True)
        digests(job, [(file.path, file.size) for file in files])
        yield Finding("job's files", "ok", "model, labels and tokenizer can be read", asked=True)
    except CamlodeError as error:
        yield Finding("job's files", "problem", str(error), "correct the path in the job file", asked=True)


def store_finding(address: str, *, of_job: bool) -> Finding:
    """Whether there is a store of this camlode's revision at `address`; one of a job may still have to be made."""
    name = "job's store" if of_job else "store"
    try:
        made = is_made(address)
    except CamlodeError as error:
        return Finding(name, "problem", str(error), _store_remedy(str(error)), asked=True)
    if made:
        return Finding(name, "ok", f"{masked(address)}, revision {REVISION}", asked=True)
    if of_job:
        return Finding(name, "ok", f"{masked(address)} is not there yet: camlode mine makes it", asked=True)
    return Finding(name, "missing", f"there is none at {masked(address)}", "camlode mine JOB makes one", asked=True)


def _store_remedy(error: str) -> str:
    """Most lines about stores say it themselves."""
    return "see there" if ": " in error.partition(": ")[2] else "check the address, and that the server runs"
