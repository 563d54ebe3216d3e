"""From a batch's answer to the importances of its documents' tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.records import IMPORTANCE_UNIT, Importances

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.models.tensorflow_explainer import Answer


def importances_of(answer: Answer, real: Any, first: int) -> Importances:
    """Takes a batch's answer apart; `real` [documents, tokens] says which tokens aren't padding."""
    labels = answer.labels.numpy().T
    scores = answer.scores.numpy().transpose(1, 0, 2)
    padding = answer.padding.numpy().T
    finite = np.isfinite(answer.logits.numpy()).all(axis=1) & np.isfinite(scores).all(axis=(1, 2))
    finite &= np.isfinite(padding).all(axis=1)
    pairs = (labels >= 0) & finite[:, None]
    documents, ranks = np.nonzero(pairs)
    values = scores[pairs][real[documents]]
    sizes = real.sum(axis=1)[documents]
    return Importances(
        documents=(documents + first).astype(np.int32),
        labels=labels[pairs],
        probabilities=answer.probabilities.numpy()[documents, labels[documents, ranks]],
        values=in_units(values),
        offsets=np.concatenate([[0], np.cumsum(sizes)]),
        padding=in_units(padding[pairs]),
        invalid=(np.flatnonzero(~finite) + first).astype(np.int32),
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
    invalid=np.zeros(0, np.int32),
)


def joined(parts: Sequence[Importances]) -> Importances:
    """The importances of several batches, one after the other."""
    sizes = [np.diff(part.offsets) for part in parts]
    return Importances(
        documents=np.concatenate([part.documents for part in parts]),
        labels=np.concatenate([part.labels for part in parts]),
        probabilities=np.concatenate([part.probabilities for part in parts]),
        values=np.concatenate([part.values for part in parts]),
        offsets=np.concatenate([[0], np.cumsum(np.concatenate(sizes))]),
        padding=np.concatenate([part.padding for part in parts]),
        invalid=np.concatenate([part.invalid for part in parts]),
    )
