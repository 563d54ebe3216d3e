"""The whole rehearsal on one page."""
# MERGED: What a job would write, and whether it could.
# MERGED: How long a job would take, by what its sample took.

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import fsspec

from camlode.config import combine_fingerprint_parts, compute_digests
from camlode.config.errors import JobError
from camlode.pipeline.doctor.machine import cpus
from camlode.pipeline.dry_run.sample import (
    SAMPLE_DOCUMENTS,
    CorpusSize,
    SampleResult,
    TokenCheck,
    check_tokens,
    explain_sample,
    measure_corpus,
    sample_records,
)
from camlode.pipeline.runs.resume import find_earlier_run, is_finished
from camlode.pipeline.runs.start import check_method, package_versions
from camlode.pipeline.stages.plan import find_files, plan_shards
from camlode.pipeline.tokenizers import load_vocabulary_info
from camlode.sql import PatternStore, mask_password
from camlode.sql.store import store_exists

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from camlode.config import Job, Run
    from camlode.pipeline.explainer import Explainer
    from camlode.pipeline.models.classifier import ModelInfo
    from camlode.pipeline.records import CorpusFile

RunKind = Literal["new", "resumed", "found"]


@dataclass(frozen=True, slots=True)
class RunTarget:
    """What would become of the store and the work folder.

    `kind`: a new run is begun; an earlier one, `run`, is gone on with, of which `done` of `shards` are done; or it is
    complete already, so that nothing is mined. `has_store`: the store is there.
    """

    store: str
    has_store: bool
    work_folder: str
    kind: RunKind
    run: int | None = None
    done: int = 0
    shards: int = 0


def find_target(job: Job, files: Sequence[CorpusFile], *, fresh: bool) -> RunTarget:
    """What `job` would write, by what is there.

    Raises:
        StoreError: the store cannot be used, or another process works at the run.
        JobError: the work folder cannot be written, or the job has changed since the run that it would go on with.
    """
    check_work_folder(job.run.work_folder)
    has_store = store_exists(job.store.url)
    row = None
    if has_store and not fresh:
        parts = compute_digests(job, [(file.path, file.size) for file in files]).parts
        row = find_earlier_run(
            PatternStore(job.store.url), job, combine_fingerprint_parts(parts), parts, package_versions(job)
        )
    target = RunTarget(mask_password(job.store.url), has_store, job.run.work_folder, "new")
    if row is None:
        return target
    kind: RunKind = "found" if is_finished(row) else "resumed"
    return replace(target, kind=kind, run=row["run"], done=row["done_shards"] or 0, shards=row["shards"] or 0)


def check_work_folder(address: str) -> None:
    """A JobError where nothing could be written at `address`; of a URL, only whether its kind of storage is known."""
    if "://" in address:
        try:
            fsspec.core.url_to_fs(address)
        except (ValueError, ImportError) as error:
            raise JobError(f"run.work_folder: cannot open {address}: {error}") from error
        return
    path = Path(address).absolute()
    nearest = next(each for each in (path, *path.parents) if each.exists())
    if not nearest.is_dir():
        raise JobError(f"run.work_folder: {nearest} is a file, so no folder can be made at {address}: name another")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise JobError(f"run.work_folder: {nearest} may not be written, so no folder can be made: name another")


CPU_STAGES = ("read", "encode", "extract")


@dataclass(frozen=True, slots=True)
class Machine:
    """What a job can use here: CPUs, and GPUs that the model's backend sees."""

    cpus: int
    gpus: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds for all records on `machine`, without starting up, and the share (0 to 1) of them that is attribution."""

    seconds: float
    attribution: float
    machine: Machine


def estimate_run(stages: Mapping[str, float], records: int, run: Run, machine: Machine, *, match: bool) -> Estimate:
    """What `records` take whose stages took the seconds a record that the sample did.

    Reading, encoding and extracting are shared by all CPUs; where patterns are matched, all is read once more. GPUs
    work beside the CPUs. Without GPUs attribution takes the CPUs' own time: the sample had all of them.
    """
    reading = sum(stages[stage] for stage in CPU_STAGES) + (stages["read"] if match else 0.0)
    on_cpus = records * reading / machine.cpus
    attribution = records * stages["attribute"] / max(_count_usable_gpus(run, machine), 1)
    seconds = max(attribution, on_cpus) if machine.gpus else attribution + on_cpus
    return Estimate(seconds, min(1.0, attribution / max(seconds, 1e-9)), machine)


def _count_usable_gpus(run: Run, machine: Machine) -> int:
    if run.workers is None or not machine.gpus:
        return machine.gpus
    return min(machine.gpus, run.workers)


_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DryRunReport:
    """All that is known of a job before it is mined; `records` of its corpus are counted where that is `exact`."""

    corpus: CorpusSize
    records: int
    exact: bool
    model_info: ModelInfo
    start_seconds: float
    tokens: TokenCheck
    sample: SampleResult
    estimate: Estimate
    target: RunTarget


def perform_dry_run(
    job: Job, *, fresh: bool = False, on_step: Callable[[str], object] = lambda _: None
) -> DryRunReport:
    """Plans the job, loads its model, checks its tokenizer and explains a sample, in this process; changes nothing.

    `on_step` is told what is being done. Raises a CamlodeError for whatever would stop the job.
    """
    check_method(job)
    on_step("planning shards")
    files = find_files(job.corpus.paths)
    shards = plan_shards(files, job.corpus, job.run.shard_documents)
    target = find_target(job, files, fresh=fresh)
    on_step("loading the model")
    start_time = time.perf_counter()
    explainer, gpus = _load_explainer(job)
    start_seconds = time.perf_counter() - start_time
    on_step("reading a sample")
    sampled = sample_records(job, shards, SAMPLE_DOCUMENTS)
    model_info = explainer.model_info
    unknown = load_vocabulary_info(job.tokenizer, model_info.vectorizer).unknown
    tokens = check_tokens(explainer.tokenizer, sampled.documents.documents, unknown)
    on_step("explaining the sample")
    sample = explain_sample(job, explainer, sampled)
    _LOG.debug("seconds a record: %s", sample.stages)
    machine = Machine(cpus(), gpus)
    estimate = estimate_run(sample.stages, sampled.records, job.run, machine, match=job.patterns.match)
    corpus = measure_corpus(files, shards)
    return DryRunReport(
        corpus, sampled.records, sampled.exact, model_info, start_seconds, tokens, sample, estimate, target
    )


def _load_explainer(job: Job) -> tuple[Explainer, int]:
    """The model, ready and warm, and how many GPUs its backend sees."""
    from camlode.pipeline.models.runtime import list_gpus, start_backend

    start_backend(job.model.backend, seed=job.run.seed)
    from camlode.pipeline.explainer import open_explainer

    explainer = open_explainer(job)
    explainer.attributor.warm_up()
    return explainer, len(list_gpus(job.model.backend))
