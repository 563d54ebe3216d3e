"""Removal of tokens: texts without some of their tokens, the model's predictions for them, and fidelity.

Fidelity measures how a prediction changes as tokens are removed, or kept alone, in the order of a method's ranking:
comprehensiveness and sufficiency (DeYoung et al. 2020), and the areas under the deletion and insertion curves.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

import numpy as np

from camlode.config.errors import JobError
from camlode.pipeline.arrays import offsets_from_sizes, ragged_index, row_ids, row_positions
from camlode.pipeline.records import Tokens
from camlode.pipeline.tokenizers.vocabulary_info import load_vocabulary_info

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from camlode.config import Job
    from camlode.pipeline.arrays import BoolArray, Float32Array, FloatArray, IntArray
    from camlode.pipeline.explainer import Explainer
    from camlode.pipeline.faithfulness.agreement import Pairs

Removal = Literal["deleted", "unknown", "padding"]

TOP_SHARES = (0.01, 0.05, 0.1, 0.2, 0.5)
"""Shares of a text's tokens over which comprehensiveness and sufficiency are averaged, as in ERASER."""

CURVE_SHARES = tuple(step / 10 for step in range(11))
"""Shares of a text's tokens at which the deletion and insertion curves are measured."""

_TOKENS_PER_CHUNK = 2**22
"""Tokens of the variants that are made at once, which bounds the memory whatever the lengths of the texts."""


class ProbabilityModel(Protocol):
    """A model that predicts the probability of each label."""

    def probabilities(self, tokens: Tokens, texts: Sequence[str] | None = None) -> Float32Array:
        """Predict probabilities [documents, labels]; a document may have no tokens."""
        ...


@dataclass(frozen=True, slots=True)
class TextVariants:
    """Documents from which tokens are removed.

    strings: their texts, if the model takes texts and not token ids.
    fill: the id that replaces a removed token; None if it is deleted and the tokens after it move up.
    """

    tokens: Tokens
    strings: Sequence[str] | None = None
    fill: int | None = None

    def full_texts(self, documents: IntArray) -> tuple[Tokens, list[str] | None]:
        """Some of the documents, with all their tokens."""
        sizes = np.diff(self.tokens.offsets)[documents]
        return self.variants(documents, np.ones(sizes.sum(), np.bool_))

    def variants(self, documents: IntArray, keep: BoolArray) -> tuple[Tokens, list[str] | None]:
        """Make a variant of each of `documents`, which may repeat, with the tokens that `keep` selects.

        keep: [tokens of `documents`, flat]. The tokens' offsets stay those in the original text.
        """
        index = ragged_index(self.tokens.offsets, documents)
        sizes = np.diff(self.tokens.offsets)[documents]
        truncated = self.tokens.truncated[documents]
        if self.fill is not None:
            ids = np.where(keep, self.tokens.ids[index], self.fill).astype(np.int32)
            starts, ends = self.tokens.starts[index], self.tokens.ends[index]
            return Tokens(ids, starts, ends, offsets_from_sizes(sizes), truncated), None
        remaining = index[keep]
        kept = np.bincount(np.repeat(np.arange(len(documents)), sizes)[keep], minlength=len(documents))
        variants = Tokens(
            self.tokens.ids[remaining],
            self.tokens.starts[remaining],
            self.tokens.ends[remaining],
            offsets_from_sizes(kept),
            truncated,
        )
        return variants, None if self.strings is None else self._delete_characters(documents, index, sizes, keep)

    def _delete_characters(
        self,
        documents: IntArray,
        index: IntArray,
        sizes: IntArray,
        keep: BoolArray,
    ) -> list[str]:
        """The strings without the characters of removed tokens, and without the text after the last token.

        That text was truncated; if it stayed, it would move up into the model's input as tokens are removed.
        """
        ends = np.zeros(len(documents), np.int64)
        np.maximum.at(ends, np.repeat(np.arange(len(documents)), sizes), self.tokens.ends[index])
        shift = np.repeat(offsets_from_sizes(ends)[:-1], sizes)[~keep]
        # Tokens may share characters: a character is deleted if any removed token covers it. The running sum of +1 at
        # starts and −1 at ends counts the tokens that do.
        change = np.zeros(ends.sum() + 1, np.int64)
        np.add.at(change, self.tokens.starts[index][~keep] + shift, 1)
        np.add.at(change, self.tokens.ends[index][~keep] + shift, -1)
        stays = np.cumsum(change)[:-1] == 0
        strings = self.strings or ()
        text = "".join(strings[document][:end] for document, end in zip(documents.tolist(), ends.tolist(), strict=True))
        characters = np.frombuffer(text.encode("utf-32-le"), "<u4")
        remaining = characters[stays].tobytes().decode("utf-32-le")
        bounds = offsets_from_sizes(
            np.bincount(row_ids(offsets_from_sizes(ends))[stays], minlength=len(documents))
        ).tolist()
        return [remaining[start:end] for start, end in pairwise(bounds)]


def predict_variants(
    classifier: ProbabilityModel,
    texts: TextVariants,
    documents: IntArray,
    keep: Callable[[IntArray], BoolArray],
) -> Float32Array:
    """Predict the probabilities of variants of `documents` [variants, labels], in chunks that bound the memory.

    keep: called with the indices of a chunk's variants, returns which of their tokens to keep, flat.
    """
    cumulative_tokens = np.cumsum(np.maximum(np.diff(texts.tokens.offsets)[documents], 1))
    boundaries = np.flatnonzero(np.diff(cumulative_tokens // _TOKENS_PER_CHUNK)) + 1
    parts = [part for part in np.split(np.arange(len(documents)), boundaries) if len(part)]
    return np.concatenate([classifier.probabilities(*texts.variants(documents[part], keep(part))) for part in parts])


def leave_one_out_mask(sizes: IntArray, token: IntArray) -> BoolArray:
    """A mask of the tokens of rows with these sizes, flat, without the token at position `token` [rows] of each."""
    mask: BoolArray = row_positions(sizes) != np.repeat(token, sizes)
    return mask


def find_fill_id(job: Job, explainer: Explainer, removal: Removal) -> int | None:
    """Find the id that replaces a removed token: the unknown token or padding; None if tokens are deleted.

    Raises:
        JobError: the model takes texts, from which tokens can only be deleted, or the tokenizer has no unknown token.
    """
    if removal == "deleted":
        return None
    if explainer.takes_text:
        raise JobError(
            f"--removal {removal}: the model takes texts, from which tokens can only be deleted; use deleted"
        )
    vocabulary = load_vocabulary_info(job.tokenizer, explainer.model_info.vectorizer)
    if removal == "padding":
        return vocabulary.padding
    if vocabulary.unknown is None:
        raise JobError("--removal unknown: the tokenizer skips unknown tokens and has no id for them; use deleted")
    return vocabulary.unknown


class Fidelity(NamedTuple):
    """Measures of a ranking, [pairs] each, in probabilities.

    comprehensiveness: the mean drop without the top tokens; higher is better.
    sufficiency: the mean drop with the top tokens alone; lower is better.
    deletion, insertion: the areas under the curves as tokens are removed (lower is better) or added (higher).
    """

    comprehensiveness: FloatArray
    sufficiency: FloatArray
    deletion: FloatArray
    insertion: FloatArray


def measure_fidelity(classifier: ProbabilityModel, texts: TextVariants, pairs: Pairs, ranks: IntArray) -> Fidelity:
    """Measure the fidelity of a ranking; `ranks` [scores] are those of `rank_tokens`."""
    counts = np.concatenate([top_counts(pairs.sizes), curve_counts(pairs.sizes)], axis=1)
    without, only = _probabilities(classifier, texts, pairs, ranks, counts)
    top = len(TOP_SHARES)
    full = without[:, top : top + 1]
    shares = counts[:, top:] / pairs.sizes[:, None]
    return Fidelity(
        comprehensiveness=(full - without[:, :top]).mean(axis=1),
        sufficiency=(full - only[:, :top]).mean(axis=1),
        deletion=_area_under_curve(without[:, top:], shares),
        insertion=_area_under_curve(only[:, top:], shares),
    )


def top_counts(sizes: IntArray) -> IntArray:
    """The numbers of tokens that TOP_SHARES amount to [pairs, shares], rounded up, so at least one."""
    # In floating point 0.1 · 30 is slightly more than 3.
    counts: IntArray = np.ceil(np.outer(sizes, TOP_SHARES) - 1e-9).astype(np.int64)
    return counts


def curve_counts(sizes: IntArray) -> IntArray:
    """The numbers of tokens that CURVE_SHARES amount to [pairs, shares], rounded, from none to all."""
    counts: IntArray = np.rint(np.outer(sizes, CURVE_SHARES)).astype(np.int64)
    return counts


def _area_under_curve(heights: FloatArray, shares: FloatArray) -> FloatArray:
    """The area under each row's curve, between 0 and 1."""
    return np.asarray(np.trapezoid(heights, shares, axis=1), np.float64)


def _probabilities(
    classifier: ProbabilityModel,
    texts: TextVariants,
    pairs: Pairs,
    ranks: IntArray,
    counts: IntArray,
) -> tuple[FloatArray, FloatArray]:
    """The label's probability without the first `counts` tokens, and with these alone, both [pairs, counts]."""
    # In a short text several shares amount to the same number of tokens: each variant is predicted once.
    base = int(counts.max()) + 1
    codes, inverse = np.unique(np.arange(len(counts))[:, None] * base + counts, return_inverse=True)
    rows, tops = np.tile(codes // base, 2), np.tile(codes % base, 2)
    alone = np.arange(len(rows)) >= len(codes)

    def keep(variants: IntArray) -> BoolArray:
        sizes = pairs.sizes[rows[variants]]
        first = ranks[ragged_index(pairs.offsets, rows[variants])] < np.repeat(tops[variants], sizes)
        kept: BoolArray = first == np.repeat(alone[variants], sizes)
        return kept

    variant_probabilities = predict_variants(classifier, texts, pairs.documents[rows], keep)
    label_probabilities = variant_probabilities[np.arange(len(rows)), pairs.labels[rows]].astype(np.float64)
    without, only = label_probabilities.reshape(2, -1)[:, inverse.reshape(counts.shape)]
    return without, only
