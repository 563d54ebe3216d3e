"""Rankings that any method should be better than, or is measured by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.faithfulness.ragged import owners, places, rows_index
from pipeline.faithfulness.removal import one_removed, probabilities_of_variants

if TYPE_CHECKING:
    import numpy.typing as npt

    from pipeline.faithfulness.pairs import Pairs
    from pipeline.faithfulness.removal import Classifier, Texts

RANDOM = "random order"
POSITION = "position only"
LEAVE_ONE_OUT = "leave-one-out"


def random_order(pairs: Pairs) -> npt.NDArray[np.float64]:
    """All scores alike: what parts ties at random then makes the order."""
    return np.zeros(int(pairs.offsets[-1]))


def position_only(pairs: Pairs) -> npt.NDArray[np.float64]:
    """The first token first."""
    return -places(pairs.sizes).astype(np.float64)


def leave_one_out(classifier: Classifier, texts: Texts, pairs: Pairs) -> npt.NDArray[np.float64]:
    """By how much the label's probability drops when the token alone is removed.

    A text is run once for each of its tokens, whatever the number of its labels.
    """
    documents = np.unique(pairs.documents)
    offsets = texts.tokens.offsets
    sizes = np.diff(offsets)
    full = classifier.probabilities(*texts.whole(documents))
    tokens = rows_index(offsets, documents)
    of_token = owners(offsets)[tokens]
    place = tokens - offsets[of_token]
    said = probabilities_of_variants(
        classifier, texts, of_token, lambda variants: one_removed(sizes[of_token[variants]], place[variants])
    )
    without = np.zeros((int(offsets[-1]), said.shape[1]), np.float64)
    without[tokens] = said
    before = full[np.searchsorted(documents, pairs.documents), pairs.labels].astype(np.float64)
    after = without[rows_index(offsets, pairs.documents), np.repeat(pairs.labels, pairs.sizes)]
    return np.repeat(before, pairs.sizes) - after
