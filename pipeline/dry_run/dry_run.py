"""A dry run: everything that can be checked and estimated before a job is mined, in one process and without Ray."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
from camlode.pipeline.dry_run.target import RunTarget, find_target
from camlode.pipeline.runs.start import check_method
from camlode.pipeline.stages.plan import find_files, plan_shards
from camlode.pipeline.tokenizers import load_vocabulary_info

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from camlode.config import Job, Run
    from camlode.pipeline.explainer import Explainer
    from camlode.pipeline.models.classifier import ModelInfo

_LOG = logging.getLogger(__name__)
_CPU_STAGES = ("read", "encode", "extract")


@dataclass(frozen=True, slots=True)
class Machine:
    """The CPUs that this process may use, and the GPUs that the model's backend sees."""

    cpus: int
    gpus: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds for all records on `machine` without the start, and the share (0 to 1) of them that attribution takes."""

    seconds: float
    attribution: float
    machine: Machine


@dataclass(frozen=True, slots=True)
class DryRunReport:
    """The results of a dry run; `records` is the corpus's number of records, an estimate unless `exact`."""

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
    """Plan a job, load its model, check its tokenizer and explain a sample; change nothing.

    Args:
        job: the job.
        fresh: whether it would start a new run, as --fresh does.
        on_step: called with a description of each step.

    Raises:
        CamlodeError: something would stop the job.
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


def estimate_run(stages: Mapping[str, float], records: int, run: Run, machine: Machine, *, match: bool) -> Estimate:
    """Estimate the time of a run from `stages`, the sample's seconds per record.

    All CPUs share reading, encoding and extracting; matching patterns reads everything once more. With GPUs,
    attribution runs beside the CPU stages; without, it takes the CPUs' own time, and the sample used all of them.
    """
    reading = sum(stages[stage] for stage in _CPU_STAGES) + (stages["read"] if match else 0.0)
    on_cpus = records * reading / machine.cpus
    attribution = records * stages["attribute"] / max(_count_usable_gpus(run, machine), 1)
    seconds = max(attribution, on_cpus) if machine.gpus else attribution + on_cpus
    return Estimate(seconds, min(1.0, attribution / max(seconds, 1e-9)), machine)


def _count_usable_gpus(run: Run, machine: Machine) -> int:
    if run.workers is None or not machine.gpus:
        return machine.gpus
    return min(machine.gpus, run.workers)


def _load_explainer(job: Job) -> tuple[Explainer, int]:
    """Load the model and run it once, so that compilation is not timed; return it and the number of GPUs."""
    from camlode.pipeline.models.runtime import list_gpus, start_backend

    start_backend(job.model.backend, seed=job.run.seed)
    from camlode.pipeline.explainer import open_explainer

    explainer = open_explainer(job)
    explainer.attributor.warm_up()
    return explainer, len(list_gpus(job.model.backend))
