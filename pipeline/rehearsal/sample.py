"""A few hundred documents, explained as the job would, with the time that each stage takes."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.errors import CorpusError
from pipeline.stages.encode import encode
from pipeline.stages.extract import extract
from pipeline.tokenizers.segment import segmenter

if TYPE_CHECKING:
    from config import Job
    from pipeline.records import Counts, EncodedShard, Importances, ShardDocuments
    from pipeline.rehearsal.corpus import Drawn
    from pipeline.stages.attribute import Explainer

DOCUMENTS = 300
SHORT = 5.0
"""Seconds up to which the sample is explained twice: the first time shapes are compiled that come only once."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What became of a sample's records, how many fragments they gave, and seconds a record by stage.

    The stages are read, encode and extract, on one CPU, and attribute, on all that this process has.
    """

    counts: Counts
    fragments: int
    stages: dict[str, float]


def explained_sample(job: Job, explainer: Explainer, drawn: Drawn) -> Sample:
    """The sample of the documents that were drawn.

    Raises:
        CorpusError: none of them can be explained.
    """
    cut = segmenter(dictionary=job.tokenizer.dictionary, hmm=job.tokenizer.hmm)
    cut("词")  # which loads jieba's dictionary
    _check_left(drawn.documents)
    began = time.perf_counter()
    encoded = encode(drawn.documents, explainer.tokenizer, context=job.patterns.context)
    encoded_at = time.perf_counter()
    _check_left(encoded)
    importances, seconds = _attributed(explainer, encoded)
    attributed = time.perf_counter()
    found = extract(encoded, importances, explainer.facts.labels, job.fragments, job.patterns, cut)
    extracted = time.perf_counter()
    if not found.counts.explained:
        raise _nothing(found.counts.read, found.counts.rejected)
    records = found.counts.read
    stages = {
        "read": drawn.seconds,
        "encode": (encoded_at - began) / records,
        "attribute": seconds / records,
        "extract": (extracted - attributed) / records,
    }
    return Sample(found.counts, found.partial.num_rows, stages)


def _attributed(explainer: Explainer, encoded: EncodedShard) -> tuple[Importances, float]:
    """The importances, and the seconds that they took without what comes only once."""
    texts = encoded.documents["text"].to_pylist() if explainer.takes_text else None
    first, taken = _timed(explainer, encoded, texts)
    return (first, taken) if taken >= SHORT else _timed(explainer, encoded, texts)


def _timed(explainer: Explainer, encoded: EncodedShard, texts: list[str] | None) -> tuple[Importances, float]:
    began = time.perf_counter()
    return explainer.attributor.attribute(encoded.tokens, texts), time.perf_counter() - began


def _check_left(shard: ShardDocuments | EncodedShard) -> None:
    """A CorpusError where all records are rejected."""
    if not shard.documents.num_rows:
        raise _nothing(shard.rejects.num_rows, Counter(shard.rejects["reason"].to_pylist()))


def _nothing(records: int, rejected: Counter[str]) -> CorpusError:
    reasons = ", ".join(f"{documents:,} as {reason}" for reason, documents in rejected.most_common(3))
    return CorpusError(
        f"no document of the sample could be explained: all {records:,} were rejected ({reasons}); check "
        "corpus.text and the tokenizer"
    )
