"""Batches: a shard's tokens, padded and grouped into the arrays that a model takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from camlode.pipeline.arrays import ragged_index
from camlode.pipeline.attribution.trimming import NO_TRIM, Trim
from camlode.pipeline.models.classifier import NO_LENGTH_LIMIT
from camlode.pipeline.models.keras_classifier import KerasClassifier

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from camlode.pipeline.arrays import AnyArray, BoolArray, Int32Array, IntArray
    from camlode.pipeline.attribution.padding import Padding
    from camlode.pipeline.models.classifier import TextClassifier
    from camlode.pipeline.records import Tokens

SAMPLE_COUNT = 8
"""Random documents in a batch that a model is probed with."""


class PaddedBatch(NamedTuple):
    """A batch: the numbers of its documents, the model's inputs for them, and their mask [documents, tokens].

    `padding_inputs`: the inputs of a document of padding alone, of the batch's length; if they are of several
    documents, the last one is padding alone.
    """

    members: IntArray
    inputs: list[AnyArray]
    padding_inputs: list[AnyArray]
    mask: BoolArray


class Batcher(NamedTuple):
    """Groups documents into batches, padded to `length` tokens or trimmed to the longest text of the batch."""

    classifier: TextClassifier
    padding: Padding
    length: int
    batch_size: int

    @property
    def full_length(self) -> int | None:
        """Tokens that a text is padded to; None if it is padded only to the longest text of its batch."""
        return None if self.length == NO_LENGTH_LIMIT else self.length

    def batches(self, tokens: Tokens, texts: Sequence[str] | None, trim: Trim = NO_TRIM) -> Iterator[PaddedBatch]:
        """All documents in batches. `texts`: the documents' texts, needed by a model that takes strings."""
        sizes = np.diff(tokens.offsets)
        # Documents of similar length share a batch, so that trimming saves most. The sort is stable, so that the
        # same shard always gives the same batches; `members` leads back to the documents' order.
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
        """`count` random documents of `size` tokens, padded to `length`; always the same ones.

        The last token has the id `largest_id`, so that an embedding too small for the vocabulary is found out.
        """
        if isinstance(self.classifier, KerasClassifier) and self.classifier.takes_text:
            return self._batch_texts(np.arange(count), np.full(count, size), self.classifier.draw_samples(count, size))
        ids = np.random.default_rng(0).integers(0, largest_id + 1, count * size, dtype=np.int32)
        ids[-1] = largest_id
        return self._batch_ids(np.arange(count), ids, self.padding.mask(np.full(count, size), length))

    def _batch_ids(self, members: IntArray, flat: Int32Array, mask: BoolArray) -> PaddedBatch:
        padding_ids = np.full((1, mask.shape[1]), self.padding.id, np.int32)
        # Its mask is true all over: a model that divides by the text's length must not divide by zero.
        padding_inputs = self.classifier.build_inputs(padding_ids, np.ones_like(padding_ids, np.bool_))
        inputs = self.classifier.build_inputs(self.padding.pad(flat, mask), mask)
        return PaddedBatch(members, inputs, padding_inputs, mask)

    def _batch_texts(self, members: IntArray, sizes: IntArray, texts: Sequence[str]) -> PaddedBatch:
        length = int(sizes.max()) if self.length == NO_LENGTH_LIMIT else self.length
        strings = np.array([[texts[number]] for number in members], dtype=object)
        # A layer without a fixed length pads to the longest text of the batch; the longest one stands beside the
        # empty one, so that this becomes as long as the batch.
        padding_inputs = np.array([strings[int(sizes.argmax())], [""]], dtype=object)
        return PaddedBatch(members, [strings], [padding_inputs], self.padding.mask(sizes, length))
