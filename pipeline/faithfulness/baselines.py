"""Rankings that any method should be better than, or is measured by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.faithfulness.ragged import ragged_index, row_ids, row_positions
from pipeline.faithfulness.removal import leave_one_out_mask, predict_variants

if TYPE_CHECKING:
    import numpy.typing as npt

    from pipeline.faithfulness.pairs import Pairs
    from pipeline.faithfulness.removal import ProbabilityModel, TextVariants

RANDOM = "random order"
POSITION = "position only"
LEAVE_ONE_OUT = "leave-one-out"


def random_order(pairs: Pairs) -> npt.NDArray[np.float64]:
    """All scores alike: what parts ties at random then makes the order."""
    return np.zeros(int(pairs.offsets[-1]))


def position_only(pairs: Pairs) -> npt.NDArray[np.float64]:
    """The first token first."""
    return -row_positions(pairs.sizes).astype(np.float64)


def leave_one_out(classifier: ProbabilityModel, texts: TextVariants, pairs: Pairs) -> npt.NDArray[np.float64]:
    """By how much the label's probability drops when the token alone is removed.

    A text is run once for each of its tokens, whatever the number of its labels.
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
