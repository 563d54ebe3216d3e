"""From a shard's tokens to the arrays that a batch feeds a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from camlode.pipeline.arrays import ragged_index
from camlode.pipeline.attribution.trimming import NO_TRIM, Trim
from camlode.pipeline.models.classifier import NO_LENGTH_LIMIT
from camlode.pipeline.models.keras_classifier import KerasClassifier

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from camlode.pipeline.models.classifier import TextClassifier
    from camlode.pipeline.records import Tokens

SAMPLE_COUNT = 8
"""Documents that are drawn at once to try a model on."""


class Padding(NamedTuple):
    """How texts shorter than the model's input are filled: with which id, in front or behind."""

    id: int
    before: bool

    def mask(self, sizes: npt.NDArray[np.int64], length: int) -> npt.NDArray[np.bool_]:
        """Which of `length` places hold a token: [documents, tokens]."""
        places = np.arange(length)
        return places >= length - sizes[:, None] if self.before else places < sizes[:, None]

    def pad(self, ids: npt.NDArray[np.int32], mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
        """The flat `ids` of several documents where `mask` is true, and the padding elsewhere."""
        batch = np.full(mask.shape, self.id, dtype=np.int32)
        batch[mask] = ids
        return batch


class PaddedBatch(NamedTuple):
    """A batch: which documents it holds, the model's inputs for them, and which of their places hold a token.

    `padding_inputs` are the inputs of a document of padding alone, as long as the others; the last of them, if several.
    """

    members: npt.NDArray[np.int64]
    inputs: list[Any]
    padding_inputs: list[Any]
    mask: npt.NDArray[np.bool_]


class Batcher(NamedTuple):
    """How documents are fed to a model: padded to `length` tokens, or as far as a batch may be cut."""

    classifier: TextClassifier
    padding: Padding
    length: int
    batch_size: int

    @property
    def full_length(self) -> int | None:
        """The tokens that a text is padded to, None where it is padded only to the longest beside it."""
        return None if self.length == NO_LENGTH_LIMIT else self.length

    def batches(self, tokens: Tokens, texts: Sequence[str] | None, trim: Trim = NO_TRIM) -> Iterator[PaddedBatch]:
        """All documents, in batches of like length where batches may be cut, else in their order.

        `texts` are needed by a model that takes strings.
        """
        sizes = np.diff(tokens.offsets)
        order = np.arange(len(sizes)) if trim.margin is None else np.argsort(sizes, kind="stable")
        for first in range(0, len(order), self.batch_size):
            members = order[first : first + self.batch_size]
            if self.classifier.takes_text:
                yield self._batch_texts(members, sizes[members], texts or ())
            else:
                length = trim.length(int(sizes[members].max()), self.length)
                ids = tokens.ids[ragged_index(tokens.offsets, members)]
                yield self._batch_ids(members, ids, self.padding.mask(sizes[members], length))

    def draw_samples(self, size: int, length: int, largest_id: int, *, count: int = SAMPLE_COUNT) -> PaddedBatch:
        """So many documents of `size` tokens drawn by chance, padded to `length`; the same each time.

        The last token has the `largest_id`.
        """
        if isinstance(self.classifier, KerasClassifier) and self.classifier.takes_text:
            return self._batch_texts(np.arange(count), np.full(count, size), self.classifier.draw_samples(count, size))
        ids = np.random.default_rng(0).integers(0, largest_id + 1, count * size, dtype=np.int32)
        ids[-1] = largest_id
        return self._batch_ids(np.arange(count), ids, self.padding.mask(np.full(count, size), length))

    def _batch_ids(
        self, members: npt.NDArray[np.int64], flat: npt.NDArray[np.int32], mask: npt.NDArray[np.bool_]
    ) -> PaddedBatch:
        ids = self.padding.pad(flat, mask)
        return PaddedBatch(
            members, self.classifier.build_inputs(ids, mask), self._make_padding_inputs(mask.shape[1]), mask
        )

    def _make_padding_inputs(self, length: int) -> list[Any]:
        return self.classifier.build_inputs(
            np.full((1, length), self.padding.id, np.int32), np.ones((1, length), np.bool_)
        )

    def _batch_texts(
        self, members: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64], texts: Sequence[str]
    ) -> PaddedBatch:
        length = int(sizes.max()) if self.length == NO_LENGTH_LIMIT else self.length
        strings = np.array([[texts[number]] for number in members], dtype=object)
        # A layer without a fixed length pads to the longest text: with that one beside it, nothing is as long.
        padding_inputs = np.array([strings[int(sizes.argmax())], [""]], dtype=object)
        return PaddedBatch(members, [strings], [padding_inputs], self.padding.mask(sizes, length))
