"""Jobs submitted to a cluster's Ray job server: submit, follow, status, stop."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import camlode
from camlode.config.errors import JobError, WorkerError
from camlode.workers.job_server import connect, mask_credentials

if TYPE_CHECKING:
    from collections.abc import Callable

    from camlode.config import Job


POLL_SECONDS = 0.5

STOP_SECONDS = 20
"""How long Ray lets a stopped job finish; its default of 3 seconds is too short to mark the run as interrupted."""

STOPPED_EXIT_CODE = 130
"""The exit code of a stopped job: that of an interrupted `camlode mine`."""

ENTRYPOINT = "python -m camlode.pipeline.cli mine job.yaml"
JOB_METADATA = {"application": "camlode"}


@dataclass(frozen=True, slots=True)
class Submission:
    """A submitted job: its status in Ray's terms, and when it started and ended.

    `exit_code`: of `camlode mine`, once that has ended by itself. `message`: one line.
    """

    id: str
    status: str
    started: datetime | None
    ended: datetime | None
    exit_code: int | None
    message: str

    @property
    def has_ended(self) -> bool:
        """Whether the status is final."""
        return self.status in ("SUCCEEDED", "FAILED", "STOPPED")


def submit(job: Job, address: str, *, fresh: bool = False) -> str:
    """Submit the job and the package `camlode` to the job server at `address`; returns the submission id.

    Corpus, model and vocabulary are not sent: they must be readable at the same path on every node.

    Raises:
        JobError: `address` is not an http URL.
        WorkerError: no job server answers there, or it refuses the job.
    """
    with connect(address) as client, tempfile.TemporaryDirectory() as folder:
        Path(folder, "job.yaml").write_text(serialize_job(job), encoding="utf-8")
        submission: str = client.submit_job(
            entrypoint=f"{ENTRYPOINT} --fresh" if fresh else ENTRYPOINT,
            runtime_env={
                "working_dir": folder,
                "py_modules": find_package_folders(),
                "excludes": ["__pycache__/"],
                "env_vars": {"RAY_JOB_STOP_WAIT_TIME_S": str(STOP_SECONDS)},
            },
            metadata=dict(JOB_METADATA),
        )
    return submission


def follow(address: str, submission: str, on_line: Callable[[str], object]) -> int:
    """Call `on_line` with each line of the job's log as it comes; returns the exit code once the job has ended.

    Raises:
        JobError: `address` is not an http URL, or there is no such job.
        WorkerError: the job server does not answer, or the job ended before its command did.
    """
    with connect(address) as client:
        _get_submission(client, submission, address)
        asyncio.run(_stream_log(client, submission, on_line))
        while not (ended := _get_submission(client, submission, address)).has_ended:
            time.sleep(POLL_SECONDS)
    if ended.status == "STOPPED":
        return STOPPED_EXIT_CODE
    if ended.exit_code is None:
        raise WorkerError(f"job {submission} ended before its command did: {ended.message}")
    # Negative: ended by a signal; as a shell reports it.
    return ended.exit_code if ended.exit_code >= 0 else 128 - ended.exit_code


def status(address: str, submission: str | None = None) -> list[Submission]:
    """List the camlode jobs of the job server by start, or only the job `submission`.

    Raises:
        JobError: `address` is not an http URL, or there is no such job.
        WorkerError: the job server does not answer.
    """
    with connect(address) as client:
        if submission is not None:
            return [_get_submission(client, submission, address)]
        jobs = [_to_submission(details) for details in client.list_jobs() if _is_ours(details)]
    return sorted(jobs, key=lambda job: (job.started or datetime.max.replace(tzinfo=UTC), job.id))


def stop(address: str, submission: str) -> bool:
    """Stop a job as Ctrl-C would; returns whether it was still running.

    Raises:
        JobError: `address` is not an http URL, or there is no such job.
        WorkerError: the job server does not answer.
    """
    with connect(address) as client:
        return not _get_submission(client, submission, address).has_ended and bool(client.stop_job(submission))


def serialize_job(job: Job) -> str:
    """Return a job file that loads as the same job in any folder: `folder` is the base of its relative paths."""
    # JSON is YAML.
    return json.dumps({"folder": str(job.folder), **job.model_dump(mode="json")}, ensure_ascii=False, indent=1)


def find_package_folders() -> list[str]:
    """Return the folders to send: the package `camlode`, and its metadata, from which each run reads its version."""
    folder = Path(camlode.__file__).parent
    try:
        metadata = [Path(str(file.locate())).parent for file in files("camlode") or () if file.name == "METADATA"]
    except PackageNotFoundError:
        metadata = []  # run from the sources, without an installation
    return [str(each) for each in [folder, *metadata]]


async def _stream_log(client: Any, submission: str, on_line: Callable[[str], object]) -> None:
    buffer = ""
    async for text in client.tail_job_logs(submission):
        *lines, buffer = (buffer + text).split("\n")
        for line in lines:
            on_line(line)
    if buffer:
        on_line(buffer)


def _get_submission(client: Any, submission: str, address: str) -> Submission:
    try:
        details = client.get_job_info(submission)
    except RuntimeError as error:
        if "status code 404" not in str(error):
            raise
        details = None
    if details is None or not _is_ours(details):
        raise JobError(
            f"there is no camlode job {submission} at {mask_credentials(address)}; `camlode status` lists them"
        )
    return _to_submission(details)


def _is_ours(details: Any) -> bool:
    return (details.metadata or {}).items() >= JOB_METADATA.items()


def _to_submission(details: Any) -> Submission:
    return Submission(
        id=details.submission_id,
        status=str(details.status.value),
        started=_to_datetime(details.start_time),
        ended=_to_datetime(details.end_time),
        exit_code=details.driver_exit_code,
        message=_last_line(details.message or ""),
    )


def _to_datetime(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds // 1000, UTC)


def _last_line(message: str) -> str:
    """Return the reason: the message of a failed job is the end of its log, whose last line says why it failed."""
    return next((line.strip() for line in reversed(message.splitlines()) if line.strip()), "")
