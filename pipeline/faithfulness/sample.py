"""The sample of documents on which methods are compared, with baseline rankings and marked tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from camlode.config.errors import CorpusError
from camlode.pipeline.arrays import ragged_index, row_ids, row_positions
from camlode.pipeline.faithfulness.plausibility import mark_tokens, parse_spans, read_spans_by_location
from camlode.pipeline.faithfulness.removal import leave_one_out_mask, predict_variants
from camlode.pipeline.records import DOCUMENTS_SCHEMA
from camlode.pipeline.stages.plan import find_files, plan_shards
from camlode.pipeline.stages.read import read_shard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.config import Job
    from camlode.pipeline.arrays import BoolArray, FloatArray
    from camlode.pipeline.faithfulness.agreement import Pairs
    from camlode.pipeline.faithfulness.plausibility import Spans
    from camlode.pipeline.faithfulness.removal import ProbabilityModel, TextVariants
    from camlode.pipeline.faithfulness.scores import MethodScores
    from camlode.pipeline.records import Shard


RANDOM = "random order"
POSITION = "position only"
LEAVE_ONE_OUT = "leave-one-out"
"""The baseline rankings: any method should be better than the first two."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Documents in the order of the corpus (schema DOCUMENTS_SCHEMA), and their marked spans by location."""

    documents: pa.Table
    spans: dict[str, Spans | None]


def draw_sample(job: Job, count: int, spans: str | None = None) -> Sample:
    """Draw `count` documents with the job's seed, equally from all shards; all documents if there are fewer.

    spans: the column of the marked spans.

    Raises:
        CorpusError: the corpus cannot be read, has no documents, or none of the sample has a marked span.
    """
    shards = plan_shards(find_files(job.corpus.paths), job.corpus, job.run.shard_documents)
    generator = np.random.default_rng(job.run.seed)
    chosen = [shards[number] for number in generator.permutation(len(shards))[:count]]
    # Small shards first, so that larger ones can make up for what they lack.
    chosen.sort(key=lambda shard: shard.stop - shard.start)
    drawn: dict[int, pa.Table] = {}
    marked: dict[str, Spans | None] = {}
    remaining = count
    for index, shard in enumerate(chosen):
        documents = _draw_documents(job, shard, -(-remaining // (len(chosen) - index)), generator)
        remaining -= documents.num_rows
        drawn[shard.number] = documents
        if spans is not None:
            marked |= _read_spans(job, shard, documents, spans)
    return Sample(_concat_documents([drawn[number] for number in sorted(drawn)], marked, spans), marked)


def _draw_documents(job: Job, shard: Shard, count: int, generator: np.random.Generator) -> pa.Table:
    documents = read_shard(shard, job.corpus).documents
    return documents.take(pa.array(np.sort(generator.permutation(documents.num_rows)[:count])))


def _read_spans(job: Job, shard: Shard, documents: pa.Table, column: str) -> dict[str, Spans | None]:
    spans = read_spans_by_location(job, shard, column)
    rows = zip(documents["place"].to_pylist(), documents["text"].to_pylist(), strict=True)
    return {location: parse_spans(spans.get(location), text, location, column) for location, text in rows}


def _concat_documents(tables: Sequence[pa.Table], marked: dict[str, Spans | None], column: str | None) -> pa.Table:
    documents = pa.concat_tables([DOCUMENTS_SCHEMA.empty_table(), *tables])
    if not documents.num_rows:
        raise CorpusError("the corpus has no document with a text; check corpus.paths and corpus.text")
    if column is not None and not any(marked.values()):
        raise CorpusError(
            f"none of the {documents.num_rows} sampled documents has a span in column {column!r} (--spans); name "
            "the column with the marked spans"
        )
    return documents


def random_order(pairs: Pairs) -> FloatArray:
    """Equal scores for all tokens, so that the random order that breaks ties is the ranking."""
    return np.zeros(int(pairs.offsets[-1]))


def position_only(pairs: Pairs) -> FloatArray:
    """Scores that rank tokens by their position, the first token first."""
    return -row_positions(pairs.sizes).astype(np.float64)


def leave_one_out(classifier: ProbabilityModel, texts: TextVariants, pairs: Pairs) -> FloatArray:
    """The drop of the label's probability when a single token is removed [scores].

    The model predicts a text once for each of its tokens, whatever the number of its labels.
    """
    documents = np.unique(pairs.documents)
    offsets = texts.tokens.offsets
    sizes = np.diff(offsets)
    full = classifier.probabilities(*texts.full_texts(documents))
    tokens = ragged_index(offsets, documents)
    token_documents = row_ids(offsets)[tokens]
    position = tokens - offsets[token_documents]
    variant_probabilities = predict_variants(
        classifier,
        texts,
        token_documents,
        lambda variants: leave_one_out_mask(sizes[token_documents[variants]], position[variants]),
    )
    without = np.zeros((int(offsets[-1]), variant_probabilities.shape[1]), np.float64)
    without[tokens] = variant_probabilities
    before = full[np.searchsorted(documents, pairs.documents), pairs.labels].astype(np.float64)
    after = without[ragged_index(offsets, pairs.documents), np.repeat(pairs.labels, pairs.sizes)]
    return np.repeat(before, pairs.sizes) - after


class Rationales(NamedTuple):
    """The marked tokens [tokens], and the pairs to compare with them [pairs]: all, or those with a gold label."""

    tokens: BoolArray
    included: BoolArray
    gold_only: bool


def align_rationales(method_scores: MethodScores, sample: Sample, *, gold_only: bool) -> Rationales:
    """Map the sample's spans to tokens; with `gold_only`, include only pairs whose label is a gold label."""
    lengths = pc.utf8_length(method_scores.documents["text"]).to_numpy().astype(np.int64)
    spans = [sample.spans.get(location) for location in method_scores.documents["place"].to_pylist()]
    included = np.ones(len(method_scores.pairs.labels), np.bool_)
    if gold_only:
        gold, names = method_scores.documents["labels"].to_pylist(), method_scores.explainer.model_info.labels
        rows = zip(method_scores.pairs.documents.tolist(), method_scores.pairs.labels.tolist(), strict=True)
        included = np.array([names[label] in (gold[document] or ()) for document, label in rows], np.bool_)
    return Rationales(mark_tokens(method_scores.texts.tokens, lengths, spans), included, gold_only)
