"""The documents that the methods are compared on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from config.errors import CorpusError
from pipeline.faithfulness.spans import parse_spans, read_spans_by_location
from pipeline.records import DOCUMENTS_SCHEMA
from pipeline.stages.plan import find_files, plan_shards
from pipeline.stages.read import read_shard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config import Job
    from pipeline.faithfulness.plausibility import Spans
    from pipeline.records import Shard


@dataclass(frozen=True, slots=True)
class Sample:
    """Documents in the corpus's order (a table of the schema DOCUMENTS_SCHEMA), and what people marked, by place."""

    documents: pa.Table
    spans: dict[str, Spans | None]


def draw_sample(job: Job, count: int, spans: str | None = None) -> Sample:
    """Draws `count` documents with the job's seed, as many from each shard, or all where there are no more.

    `spans` names the column of the marked spans. Raises CorpusError.
    """
    shards = plan_shards(find_files(job.corpus.paths), job.corpus, job.run.shard_documents)
    generator = np.random.default_rng(job.run.seed)
    chosen = [shards[number] for number in generator.permutation(len(shards))[:count]]
    # Small shards first: what they lack the larger ones make up for.
    chosen.sort(key=lambda shard: shard.stop - shard.start)
    drawn: dict[int, pa.Table] = {}
    marked: dict[str, Spans | None] = {}
    left = count
    for place, shard in enumerate(chosen):
        documents = _draw_documents(job, shard, -(-left // (len(chosen) - place)), generator)
        left -= documents.num_rows
        drawn[shard.number] = documents
        if spans is not None:
            marked |= _read_spans(job, shard, documents, spans)
    return Sample(_concat_documents([drawn[number] for number in sorted(drawn)], marked, spans), marked)


def _draw_documents(job: Job, shard: Shard, count: int, generator: np.random.Generator) -> pa.Table:
    documents = read_shard(shard, job.corpus).documents
    return documents.take(pa.array(np.sort(generator.permutation(documents.num_rows)[:count])))


def _read_spans(job: Job, shard: Shard, documents: pa.Table, column: str) -> dict[str, Spans | None]:
    found = read_spans_by_location(job, shard, column)
    rows = zip(documents["place"].to_pylist(), documents["text"].to_pylist(), strict=True)
    return {place: parse_spans(found.get(place), text, place, column) for place, text in rows}


def _concat_documents(tables: Sequence[pa.Table], marked: dict[str, Spans | None], column: str | None) -> pa.Table:
    documents = pa.concat_tables([DOCUMENTS_SCHEMA.empty_table(), *tables])
    if not documents.num_rows:
        raise CorpusError("the corpus has no document with a text; check corpus.paths and corpus.text")
    if column is not None and not any(marked.values()):
        raise CorpusError(
            f"none of the {documents.num_rows} sampled documents has a span in column {column!r} (--spans); name "
            "the column that holds the marked spans"
        )
    return documents
