"""From a batch's answer to the importances of its documents' tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.attribution.batches import gathered
from pipeline.records import IMPORTANCE_UNIT, Importances

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.attribution.batches import Fed
    from pipeline.attribution.explainer import Answer


def importances_of(answer: Answer, fed: Fed) -> Importances:
    """Takes a batch's answer apart."""
    labels = answer.labels.T
    scores = answer.scores.transpose(1, 0, 2)
    padding = answer.padding.T
    finite = np.isfinite(answer.logits).all(axis=1) & np.isfinite(scores).all(axis=(1, 2))
    finite &= np.isfinite(padding).all(axis=1)
    pairs = (labels >= 0) & finite[:, None]
    documents, ranks = np.nonzero(pairs)
    sizes = fed.real.sum(axis=1)[documents]
    return Importances(
        documents=fed.members[documents].astype(np.int32),
        labels=labels[pairs],
        probabilities=answer.probabilities[documents, labels[documents, ranks]],
        values=in_units(scores[pairs][fed.real[documents]]),
        offsets=np.concatenate([[0], np.cumsum(sizes)]),
        padding=in_units(padding[pairs]),
        residuals=answer.residuals.T[pairs],
        invalid=fed.members[~finite].astype(np.int32),
    )


def in_units(logits: Any) -> Any:
    """Logits as whole numbers of IMPORTANCE_UNIT, which add up to the same sum in any order."""
    return np.rint(np.asarray(logits, dtype=np.float64) / IMPORTANCE_UNIT).astype(np.int64)


NOTHING = Importances(
    documents=np.zeros(0, np.int32),
    labels=np.zeros(0, np.int32),
    probabilities=np.zeros(0, np.float32),
    values=np.zeros(0, np.int64),
    offsets=np.zeros(1, np.int64),
    padding=np.zeros(0, np.int64),
    residuals=np.zeros(0, np.float32),
    invalid=np.zeros(0, np.int32),
)


def in_order(parts: Sequence[Importances]) -> Importances:
    """The importances of several batches, by document."""
    every = _joined([NOTHING, *parts])
    order = np.argsort(every.documents, kind="stable")
    sizes = np.diff(every.offsets)[order]
    return Importances(
        documents=every.documents[order],
        labels=every.labels[order],
        probabilities=every.probabilities[order],
        values=every.values[gathered(every.offsets, order)],
        offsets=np.concatenate([[0], np.cumsum(sizes)]),
        padding=every.padding[order],
        residuals=every.residuals[order],
        invalid=np.sort(every.invalid),
    )


def _joined(parts: Sequence[Importances]) -> Importances:
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
