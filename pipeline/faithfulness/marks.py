"""The tokens of the sample that people marked, and the pairs that are compared with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow.compute as pc

from pipeline.faithfulness.plausibility import marked_tokens

if TYPE_CHECKING:
    import numpy.typing as npt

    from pipeline.faithfulness.asking import Asked
    from pipeline.faithfulness.sample import Sample


class Marks(NamedTuple):
    """Which tokens are marked [tokens], and which pairs count [pairs]: all, or those whose label is a gold one."""

    tokens: npt.NDArray[np.bool_]
    counts: npt.NDArray[np.bool_]
    by_gold: bool


def marks_of(asked: Asked, sample: Sample, *, by_gold: bool) -> Marks:
    """Brings the spans of the sample to its tokens. `by_gold`: only pairs whose label is a gold one count."""
    lengths = pc.utf8_length(asked.documents["text"]).to_numpy().astype(np.int64)
    spans = [sample.spans.get(place) for place in asked.documents["place"].to_pylist()]
    counts = np.ones(len(asked.pairs.labels), np.bool_)
    if by_gold:
        gold, names = asked.documents["labels"].to_pylist(), asked.explainer.facts.labels
        rows = zip(asked.pairs.documents.tolist(), asked.pairs.labels.tolist(), strict=True)
        counts = np.array([names[label] in (gold[document] or ()) for document, label in rows], np.bool_)
    return Marks(marked_tokens(asked.texts.tokens, lengths, spans), counts, by_gold)
