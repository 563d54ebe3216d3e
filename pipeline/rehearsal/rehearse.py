"""The whole rehearsal on one page."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.machine import cpus
from pipeline.rehearsal.corpus import Planned, draw, planned
from pipeline.rehearsal.estimate import Estimate, Machine, estimated
from pipeline.rehearsal.sample import DOCUMENTS, Sample, explained_sample
from pipeline.rehearsal.target import Target, target_of
from pipeline.rehearsal.tokens import TokenCheck, check_tokens
from pipeline.runs.conditions import check_method
from pipeline.stages.plan import find_files, plan_shards
from pipeline.tokenizers import vocabulary_facts

if TYPE_CHECKING:
    from collections.abc import Callable

    from config import Job
    from pipeline.models.facts import ModelFacts
    from pipeline.stages.attribute import Explainer

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """All that is known of a job before it is mined; `records` of its corpus are counted where that is `exact`."""

    corpus: Planned
    records: int
    exact: bool
    facts: ModelFacts
    start_seconds: float
    tokens: TokenCheck
    sample: Sample
    estimate: Estimate
    target: Target


def rehearse(job: Job, *, fresh: bool = False, step: Callable[[str], object] = lambda _: None) -> Rehearsal:
    """Plans the job, loads its model, checks its tokenizer and explains a sample, in this process; changes nothing.

    `step` is told what is being done. Raises a CamlodeError for whatever would stop the job.
    """
    check_method(job)
    step("planning shards")
    files = find_files(job.corpus.paths)
    shards = plan_shards(files, job.corpus, job.run.shard_documents)
    target = target_of(job, files, fresh=fresh)
    step("loading the model")
    began = time.perf_counter()
    explainer, gpus = _opened(job)
    start_seconds = time.perf_counter() - began
    step("reading a sample")
    drawn = draw(job, shards, DOCUMENTS)
    facts = explainer.facts
    unknown = vocabulary_facts(job.tokenizer, facts.vectorizer).unknown
    tokens = check_tokens(explainer.tokenizer, drawn.documents.documents, unknown)
    step("explaining the sample")
    sample = explained_sample(job, explainer, drawn)
    _LOG.debug("seconds a record: %s", sample.stages)
    machine = Machine(cpus(), gpus)
    estimate = estimated(sample.stages, drawn.records, job.run, machine, match=job.patterns.match)
    corpus = planned(files, shards)
    return Rehearsal(corpus, drawn.records, drawn.exact, facts, start_seconds, tokens, sample, estimate, target)


def _opened(job: Job) -> tuple[Explainer, int]:
    """The model, ready and warm, and how many GPUs its backend sees."""
    from pipeline.models.devices import gpus_seen
    from pipeline.models.runtime import start_backend

    start_backend(job.model.backend, seed=job.run.seed)
    from pipeline.stages.attribute import open_explainer

    explainer = open_explainer(job)
    explainer.attributor.warm_up()
    return explainer, len(gpus_seen(job.model.backend))
