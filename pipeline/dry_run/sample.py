"""A sample of the corpus: drawn evenly, checked for unknown tokens, and explained with the time of each stage."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from camlode.config.errors import CorpusError
from camlode.pipeline.records import DOCUMENTS_SCHEMA, REJECTS_SCHEMA, ShardDocuments
from camlode.pipeline.stages.attribute import attribute
from camlode.pipeline.stages.encode import encode
from camlode.pipeline.stages.extract import extract
from camlode.pipeline.stages.read import read_shard
from camlode.pipeline.tokenizers.segment import load_segmenter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.config import Job
    from camlode.pipeline.explainer import Explainer
    from camlode.pipeline.records import CorpusFile, Counts, EncodedShard, Importances, Shard, Tokens
    from camlode.pipeline.tokenizers import Tokenizer

SAMPLE_DOCUMENTS = 300
CHECKED_DOCUMENTS = 10
"""The documents whose tokens are checked."""
WARM_UP_SECONDS = 5.0
"""A sample explained faster than this is explained twice: the first pass compiles shapes that a job compiles once."""


@dataclass(frozen=True, slots=True)
class CorpusSize:
    """The corpus's number of files, bytes and shards."""

    files: int
    bytes: int
    shards: int


@dataclass(frozen=True, slots=True)
class SampledRecords:
    """A sample of a corpus's documents and rejects.

    `records`: the corpus's number of records, an estimate from the size of the shards that were read unless `exact`.
    `seconds`: the time to read one record.
    """

    documents: ShardDocuments
    records: int
    exact: bool
    seconds: float


def measure_corpus(files: Sequence[CorpusFile], shards: Sequence[Shard]) -> CorpusSize:
    """Return the size of a planned corpus."""
    return CorpusSize(len(files), sum(file.size for file in files), len(shards))


def sample_records(job: Job, shards: Sequence[Shard], count: int) -> SampledRecords:
    """Draw about `count` records evenly from the first, the middle and the last shard, which are read whole.

    Raises:
        CorpusError: a shard cannot be read, or none of the three has a record.
    """
    chosen = [shards[number] for number in sorted({0, len(shards) // 2, len(shards) - 1})]
    start_time = time.perf_counter()
    read = [read_shard(shard, job.corpus) for shard in chosen]
    seconds = time.perf_counter() - start_time
    found = sum(each.record_count for each in read)
    if not found:
        raise CorpusError(f"there is no record in {chosen[0].file.path}; check corpus.paths")
    each = -(-count // len(read))
    parts = [_thin_out(part, each) for part in read]
    documents = pa.concat_tables([DOCUMENTS_SCHEMA.empty_table(), *(part.documents for part in parts)])
    rejects = pa.concat_tables([REJECTS_SCHEMA.empty_table(), *(part.rejects for part in parts)])
    records, exact = _count_records(shards, chosen, [part.record_count for part in read])
    return SampledRecords(ShardDocuments(documents, rejects), records, exact, seconds / found)


def _thin_out(part: ShardDocuments, count: int) -> ShardDocuments:
    """Keep about `count` of a shard's records, documents and rejects in proportion."""
    share = min(1.0, count / max(part.record_count, 1))
    return ShardDocuments(_take_evenly(part.documents, share), _take_evenly(part.rejects, share))


def _take_evenly(table: pa.Table, share: float) -> pa.Table:
    rows = np.linspace(0, table.num_rows - 1, round(table.num_rows * share)).round().astype(np.int64)
    return table.take(pa.array(rows))


def _count_records(shards: Sequence[Shard], read: Sequence[Shard], counts: Sequence[int]) -> tuple[int, bool]:
    """Return the number of records of all shards, and whether it is exact.

    A range of rows (Parquet) is a count. A range of bytes is estimated by the bytes per record of the shards `read`, of
    which `counts` are the counts.
    """
    known = {shard.number: count for shard, count in zip(read, counts, strict=True)}
    rows = sum(known.get(each.number, each.stop - each.start) for each in shards if each.unit == "rows")
    others = [each for each in shards if each.unit == "bytes"]
    counted = [each for each in others if each.number in known]
    records = rows + sum(known[each.number] for each in counted)
    if len(counted) == len(others):
        return records, True
    unread = sum(each.stop - each.start for each in others if each.number not in known)
    # If no range of bytes was read, the whole files of the rows that were read give the bytes per record.
    seen = [*counted] or [*read]
    size = sum(each.stop - each.start if each.unit == "bytes" else each.file.size for each in seen)
    return records + round(unread * sum(known[each.number] for each in seen) / max(size, 1)), False


@dataclass(frozen=True, slots=True)
class SampleResult:
    """The counts of a sample's records, the number of its fragments, and the seconds per record of each stage.

    The stages are read, encode and extract, on one CPU, and attribute, on all CPUs or GPUs of this process.
    """

    counts: Counts
    fragments: int
    stages: dict[str, float]


def explain_sample(job: Job, explainer: Explainer, sampled: SampledRecords) -> SampleResult:
    """Encode, attribute and extract a sample as the job would, and time each stage.

    Raises:
        CorpusError: no document of the sample can be explained.
    """
    segment = load_segmenter(dictionary=job.tokenizer.dictionary, hmm=job.tokenizer.hmm)
    segment("词")  # jieba loads its dictionary on first use, which must not be timed
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
    """Return the importances, and the seconds that they took without compilation."""
    first, taken = _attribute_once(explainer, encoded)
    return (first, taken) if taken >= WARM_UP_SECONDS else _attribute_once(explainer, encoded)


def _attribute_once(explainer: Explainer, encoded: EncodedShard) -> tuple[Importances, float]:
    start_time = time.perf_counter()
    return attribute(encoded, explainer), time.perf_counter() - start_time


def _check_not_all_rejected(shard: ShardDocuments | EncodedShard) -> None:
    """Raise a CorpusError if no document is left."""
    if not shard.documents.num_rows:
        raise _all_rejected_error(shard.rejects.num_rows, Counter(shard.rejects["reason"].to_pylist()))


def _all_rejected_error(records: int, rejected: Counter[str]) -> CorpusError:
    reasons = ", ".join(f"{documents:,} as {reason}" for reason, documents in rejected.most_common(3))
    return CorpusError(
        f"no document of the sample could be explained: all {records:,} were rejected ({reasons}); check "
        "corpus.text and the tokenizer"
    )


@dataclass(frozen=True, slots=True)
class TokenCheck:
    """What the tokenizer makes of some documents.

    `min_tokens`, `max_tokens`: the fewest and the most tokens of a document. `unknown`: the share (0 to 1) of tokens
    that the vocabulary does not know, None if unknown text is left out. `truncated`: documents truncated to the model's
    length. `empty`: documents without a token.
    """

    documents: int
    min_tokens: int
    max_tokens: int
    unknown: float | None
    truncated: int
    empty: int


def check_tokens(tokenizer: Tokenizer, documents: pa.Table, unknown: int | None) -> TokenCheck:
    """Check CHECKED_DOCUMENTS of `documents`, drawn evenly; `unknown` is the id of the unknown token, if any."""
    rows = np.unique(
        np.linspace(0, documents.num_rows - 1, min(CHECKED_DOCUMENTS, documents.num_rows)).round().astype(np.int64)
    )
    return _summarize(tokenizer.encode(documents["text"].take(pa.array(rows)).to_pylist()), unknown)


def _summarize(tokens: Tokens, unknown: int | None) -> TokenCheck:
    lengths = np.diff(tokens.offsets)
    share = None if unknown is None else float((tokens.ids == unknown).mean()) if tokens.ids.size else 0.0
    return TokenCheck(
        documents=len(lengths),
        min_tokens=int(lengths.min()) if lengths.size else 0,
        max_tokens=int(lengths.max(initial=0)),
        unknown=share,
        truncated=int(tokens.truncated.sum()),
        empty=int((lengths == 0).sum()),
    )
