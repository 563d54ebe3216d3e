"""The whole rehearsal on one page."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.machine import cpus
from pipeline.rehearsal.corpus import CorpusSize, measure_corpus, sample_records
from pipeline.rehearsal.estimate import Estimate, Machine, estimate_run
from pipeline.rehearsal.sample import SAMPLE_DOCUMENTS, SampleResult, explain_sample
from pipeline.rehearsal.target import RunTarget, find_target
from pipeline.rehearsal.tokens import TokenCheck, check_tokens
from pipeline.runs.conditions import check_method
from pipeline.stages.plan import find_files, plan_shards
from pipeline.tokenizers import load_vocabulary_info

if TYPE_CHECKING:
    from collections.abc import Callable

    from config import Job
    from pipeline.models.facts import ModelInfo
    from pipeline.stages.attribute import Explainer

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
    from pipeline.models.devices import list_gpus
    from pipeline.models.runtime import start_backend

    start_backend(job.model.backend, seed=job.run.seed)
    from pipeline.stages.attribute import open_explainer

    explainer = open_explainer(job)
    explainer.attributor.warm_up()
    return explainer, len(list_gpus(job.model.backend))
