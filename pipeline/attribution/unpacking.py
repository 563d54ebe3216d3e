"""From a batch's answer to the importances of its documents' tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.attribution.batches import ragged_index
from pipeline.records import IMPORTANCE_UNIT, Importances

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.attribution.batches import PaddedBatch
    from pipeline.attribution.explainer import BatchExplanation


def to_importances(explanation: BatchExplanation, batch: PaddedBatch) -> Importances:
    """Takes a batch's answer apart."""
    labels = explanation.labels.T
    scores = explanation.scores.transpose(1, 0, 2)
    padding = explanation.padding.T
    finite = np.isfinite(explanation.logits).all(axis=1) & np.isfinite(scores).all(axis=(1, 2))
    finite &= np.isfinite(padding).all(axis=1)
    pairs = (labels >= 0) & finite[:, None]
    documents, ranks = np.nonzero(pairs)
    sizes = batch.mask.sum(axis=1)[documents]
    return Importances(
        documents=batch.members[documents].astype(np.int32),
        labels=labels[pairs],
        probabilities=explanation.probabilities[documents, labels[documents, ranks]],
        values=to_units(scores[pairs][batch.mask[documents]]),
        offsets=np.concatenate([[0], np.cumsum(sizes)]),
        padding=to_units(padding[pairs]),
        residuals=explanation.residuals.T[pairs],
        invalid=batch.members[~finite].astype(np.int32),
    )


def to_units(logits: Any) -> Any:
    """Logits as whole numbers of IMPORTANCE_UNIT, which add up to the same sum in any order."""
    return np.rint(np.asarray(logits, dtype=np.float64) / IMPORTANCE_UNIT).astype(np.int64)


EMPTY_IMPORTANCES = Importances(
    documents=np.zeros(0, np.int32),
    labels=np.zeros(0, np.int32),
    probabilities=np.zeros(0, np.float32),
    values=np.zeros(0, np.int64),
    offsets=np.zeros(1, np.int64),
    padding=np.zeros(0, np.int64),
    residuals=np.zeros(0, np.float32),
    invalid=np.zeros(0, np.int32),
)


def merge_importances(parts: Sequence[Importances]) -> Importances:
    """The importances of several batches, by document."""
    joined = _concatenate([EMPTY_IMPORTANCES, *parts])
    order = np.argsort(joined.documents, kind="stable")
    sizes = np.diff(joined.offsets)[order]
    return Importances(
        documents=joined.documents[order],
        labels=joined.labels[order],
        probabilities=joined.probabilities[order],
        values=joined.values[ragged_index(joined.offsets, order)],
        offsets=np.concatenate([[0], np.cumsum(sizes)]),
        padding=joined.padding[order],
        residuals=joined.residuals[order],
        invalid=np.sort(joined.invalid),
    )


def _concatenate(parts: Sequence[Importances]) -> Importances:
    """The importances of several batches, one after the other."""
    sizes = [np.diff(part.offsets) for part in parts]
    return Importances(
        documents=np.concatenate([part.documents for part in parts]),
        labels=np.concatenate([part.labels for part in parts]),
        probabilities=np.concatenate([part.probabilities for part in parts]),
        values=np.concatenate([part.values for part in parts]),
        offsets=np.concatenate([[0], np.cumsum(np.concatenate(sizes))]),
        padding=np.concatenate([part.padding for part in parts]),
        residuals=np.concatenate([part.residuals for part in parts]),
        invalid=np.concatenate([part.invalid for part in parts]),
    )
