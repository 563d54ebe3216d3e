"""Heavy libraries are tried in processes of their own, side by side: one that crashes takes nothing else with it."""
# MERGED: One line of what the doctor says.
# MERGED: What the user named: a store, and a job with its files.

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from camlode.config import compute_digests, load_job
from camlode.config.errors import CamlodeError, JobError
from camlode.pipeline.stages.plan import find_files
from camlode.sql import mask_password
from camlode.sql.postgresql import is_postgresql
from camlode.sql.revision import REVISION
from camlode.sql.store import store_exists

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from camlode.config import Job

ROOT = Path(__file__).parents[3]
TIMEOUT_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What a probe found, as its JSON has it; or in one line why it found nothing."""

    found: dict[str, Any] | None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """A probe that runs: a module of ours which prints one line of JSON."""

    process: subprocess.Popen[str]

    def answer(self) -> ProbeResult:
        """Waits for it, SECONDS at most."""
        try:
            output, error_output = self.process.communicate(timeout=TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            return ProbeResult(None, f"no answer within {TIMEOUT_SECONDS:g} s")
        if self.process.returncode == 0:
            with suppress(ValueError):
                return ProbeResult(json.loads(output.strip().rpartition("\n")[2]))
        return ProbeResult(None, _failure_reason(self.process.returncode, error_output))


def start_probe(module: str, *arguments: str) -> Probe:
    """Starts a probe."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-m", module, *arguments]
    return Probe(
        subprocess.Popen(  # noqa: S603 (this Python, a module of ours)
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=os.environ | {"PYTHONPATH": path},
        )
    )


def _failure_reason(code: int, error_output: str) -> str:
    lines = [line.strip() for line in error_output.splitlines() if line.strip()]
    last = lines[-1][:300] if lines else ""
    if code < 0:
        return f"its process was ended by {signal.Signals(-code).name}" + (f": {last}" if last else "")
    return last or f"its process ended with {code}"


State = Literal["ok", "missing", "problem"]


class CheckResult(NamedTuple):
    """What was looked at, how it is, what was found, and what to do unless it is ok.

    `required`: the user asked for it, or a job that the user named needs it.
    """

    check: str
    state: State
    found: str
    remedy: str = ""
    required: bool = False

    @property
    def fails(self) -> bool:
        """Whether something that was asked for is not there, or broken."""
        return self.required and self.state != "ok"


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
