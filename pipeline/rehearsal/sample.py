"""A few hundred documents, explained as the job would, with the time that each stage takes."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.errors import CorpusError
from pipeline.stages.encode import encode
from pipeline.stages.extract import extract
from pipeline.tokenizers.segment import load_segmenter

if TYPE_CHECKING:
    from config import Job
    from pipeline.records import Counts, EncodedShard, Importances, ShardDocuments
    from pipeline.rehearsal.corpus import SampledRecords
    from pipeline.stages.attribute import Explainer

SAMPLE_DOCUMENTS = 300
WARM_UP_SECONDS = 5.0
"""Seconds up to which the sample is explained twice: the first time shapes are compiled that come only once."""


@dataclass(frozen=True, slots=True)
class SampleResult:
    """What became of a sample's records, how many fragments they gave, and seconds a record by stage.

    The stages are read, encode and extract, on one CPU, and attribute, on all that this process has.
    """

    counts: Counts
    fragments: int
    stages: dict[str, float]


def explain_sample(job: Job, explainer: Explainer, sampled: SampledRecords) -> SampleResult:
    """The sample of the documents that were drawn.

    Raises:
        CorpusError: none of them can be explained.
    """
    segment = load_segmenter(dictionary=job.tokenizer.dictionary, hmm=job.tokenizer.hmm)
    segment("词")  # which loads jieba's dictionary
    _check_not_all_rejected(sampled.documents)
    start_time = time.perf_counter()
    encoded = encode(sampled.documents, explainer.tokenizer, context=job.patterns.context)
    encoded_at = time.perf_counter()
    _check_not_all_rejected(encoded)
    importances, seconds = _time_attribution(explainer, encoded)
    attributed_at = time.perf_counter()
    found = extract(encoded, importances, explainer.model_info.labels, job.fragments, job.patterns, segment)
    extracted_at = time.perf_counter()
    if not found.counts.explained:
        raise _all_rejected_error(found.counts.read, found.counts.rejected)
    records = found.counts.read
    stages = {
        "read": sampled.seconds,
        "encode": (encoded_at - start_time) / records,
        "attribute": seconds / records,
        "extract": (extracted_at - attributed_at) / records,
    }
    return SampleResult(found.counts, found.partial.num_rows, stages)


def _time_attribution(explainer: Explainer, encoded: EncodedShard) -> tuple[Importances, float]:
    """The importances, and the seconds that they took without what comes only once."""
    texts = encoded.documents["text"].to_pylist() if explainer.takes_text else None
    first, taken = _attribute_once(explainer, encoded, texts)
    return (first, taken) if taken >= WARM_UP_SECONDS else _attribute_once(explainer, encoded, texts)


def _attribute_once(explainer: Explainer, encoded: EncodedShard, texts: list[str] | None) -> tuple[Importances, float]:
    start_time = time.perf_counter()
    return explainer.attributor.attribute(encoded.tokens, texts), time.perf_counter() - start_time


def _check_not_all_rejected(shard: ShardDocuments | EncodedShard) -> None:
    """A CorpusError where all records are rejected."""
    if not shard.documents.num_rows:
        raise _all_rejected_error(shard.rejects.num_rows, Counter(shard.rejects["reason"].to_pylist()))


def _all_rejected_error(records: int, rejected: Counter[str]) -> CorpusError:
    reasons = ", ".join(f"{documents:,} as {reason}" for reason, documents in rejected.most_common(3))
    return CorpusError(
        f"no document of the sample could be explained: all {records:,} were rejected ({reasons}); check "
        "corpus.text and the tokenizer"
    )
