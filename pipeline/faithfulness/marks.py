"""The tokens of the sample that people marked, and the pairs that are compared with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow.compute as pc

from pipeline.faithfulness.plausibility import mark_tokens

if TYPE_CHECKING:
    import numpy.typing as npt

    from pipeline.faithfulness.asking import MethodScores
    from pipeline.faithfulness.sample import Sample


class Rationales(NamedTuple):
    """Which tokens are marked [tokens], and which pairs count [pairs]: all, or those whose label is a gold one."""

    tokens: npt.NDArray[np.bool_]
    included: npt.NDArray[np.bool_]
    gold_only: bool


def align_rationales(method_scores: MethodScores, sample: Sample, *, gold_only: bool) -> Rationales:
    """Brings the spans of the sample to its tokens. `gold_only`: only pairs whose label is a gold one count."""
    lengths = pc.utf8_length(method_scores.documents["text"]).to_numpy().astype(np.int64)
    spans = [sample.spans.get(location) for location in method_scores.documents["place"].to_pylist()]
    included = np.ones(len(method_scores.pairs.labels), np.bool_)
    if gold_only:
        gold, names = method_scores.documents["labels"].to_pylist(), method_scores.explainer.model_info.labels
        rows = zip(method_scores.pairs.documents.tolist(), method_scores.pairs.labels.tolist(), strict=True)
        included = np.array([names[label] in (gold[document] or ()) for document, label in rows], np.bool_)
    return Rationales(mark_tokens(method_scores.texts.tokens, lengths, spans), included, gold_only)
