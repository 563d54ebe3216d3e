"""Texts without some of their tokens: the token ids (or the text) that are left, and what the model says of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from pipeline.faithfulness.ragged import offsets_from_sizes, ragged_index, row_ids, row_positions
from pipeline.records import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

Removal = Literal["deleted", "unknown", "padding"]

_TOKENS_PER_CHUNK = 2**22
"""Tokens of all the texts that are made before the model sees them: bounds the memory, whatever the texts' lengths."""


class ProbabilityModel(Protocol):
    """A model that says how probable each label is."""

    def probabilities(self, tokens: Tokens, texts: Sequence[str] | None = None) -> npt.NDArray[np.float32]:
        """Probabilities [documents, labels]; a document may have no token at all."""
        ...


@dataclass(frozen=True, slots=True)
class TextVariants:
    """The documents whose tokens are taken away; `strings` where the model takes texts themselves.

    `fill` is the id that stands for a removed token, None where the token is taken out and the rest moves up.
    """

    tokens: Tokens
    strings: Sequence[str] | None = None
    fill: int | None = None

    def full_texts(self, documents: npt.NDArray[np.int64]) -> tuple[Tokens, list[str] | None]:
        """Some of the documents with all their tokens."""
        sizes = np.diff(self.tokens.offsets)[documents]
        return self.variants(documents, np.ones(sizes.sum(), np.bool_))

    def variants(
        self, documents: npt.NDArray[np.int64], keep: npt.NDArray[np.bool_]
    ) -> tuple[Tokens, list[str] | None]:
        """A text for each of `documents`, with the tokens that `keep` [tokens of `documents`, flat] marks.

        The tokens' characters stay those of the original text.
        """
        index = ragged_index(self.tokens.offsets, documents)
        sizes = np.diff(self.tokens.offsets)[documents]
        truncated = self.tokens.truncated[documents]
        if self.fill is not None:
            ids = np.where(keep, self.tokens.ids[index], self.fill).astype(np.int32)
            starts, ends = self.tokens.starts[index], self.tokens.ends[index]
            return Tokens(ids, starts, ends, offsets_from_sizes(sizes), truncated), None
        left = index[keep]
        kept = np.bincount(np.repeat(np.arange(len(documents)), sizes)[keep], minlength=len(documents))
        made = Tokens(
            self.tokens.ids[left], self.tokens.starts[left], self.tokens.ends[left], offsets_from_sizes(kept), truncated
        )
        return made, None if self.strings is None else self._delete_characters(documents, index, sizes, keep)

    def _delete_characters(
        self,
        documents: npt.NDArray[np.int64],
        index: npt.NDArray[np.int64],
        sizes: npt.NDArray[np.int64],
        keep: npt.NDArray[np.bool_],
    ) -> list[str]:
        """The strings without the removed tokens' characters, and without what follows the last token read.

        What the model had cut off as too long would else move up into the place of what is removed.
        """
        ends = np.zeros(len(documents), np.int64)
        np.maximum.at(ends, np.repeat(np.arange(len(documents)), sizes), self.tokens.ends[index])
        shift = np.repeat(offsets_from_sizes(ends)[:-1], sizes)[~keep]
        change = np.zeros(ends.sum() + 1, np.int64)
        np.add.at(change, self.tokens.starts[index][~keep] + shift, 1)
        np.add.at(change, self.tokens.ends[index][~keep] + shift, -1)
        stays = np.cumsum(change)[:-1] == 0
        strings = self.strings or ()
        text = "".join(strings[document][:end] for document, end in zip(documents.tolist(), ends.tolist(), strict=True))
        characters = np.frombuffer(text.encode("utf-32-le"), "<u4")
        left = characters[stays].tobytes().decode("utf-32-le")
        bounds = offsets_from_sizes(
            np.bincount(row_ids(offsets_from_sizes(ends))[stays], minlength=len(documents))
        ).tolist()
        return [left[start:end] for start, end in pairwise(bounds)]


def predict_variants(
    classifier: ProbabilityModel,
    texts: TextVariants,
    documents: npt.NDArray[np.int64],
    keep: Callable[[npt.NDArray[np.int64]], npt.NDArray[np.bool_]],
) -> npt.NDArray[np.float32]:
    """Probabilities [variants, labels] of variants of `documents` [variants].

    `keep(variants)` marks, flat, the tokens that those variants keep; it is asked for some thousands at a time.
    """
    ends = np.cumsum(np.maximum(np.diff(texts.tokens.offsets)[documents], 1))
    cuts = np.flatnonzero(np.diff(ends // _TOKENS_PER_CHUNK)) + 1
    parts = [part for part in np.split(np.arange(len(documents)), cuts) if len(part)]
    return np.concatenate([classifier.probabilities(*texts.variants(documents[part], keep(part))) for part in parts])


def leave_one_out_mask(sizes: npt.NDArray[np.int64], token: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Of rows of `sizes` tokens, flat: all but the one at the place `token` [rows]."""
    kept: npt.NDArray[np.bool_] = row_positions(sizes) != np.repeat(token, sizes)
    return kept
