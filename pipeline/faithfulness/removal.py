"""Texts without some of their tokens: the token ids (or the text) that are left, and what the model says of them."""
# MERGED: Which id stands for a removed token.
# MERGED: What the model says as tokens are taken away, or brought back, in the order of a method's ranking.

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

    import numpy.typing as npt

    from camlode.config import Job
    from camlode.pipeline.explainer import Explainer
    from camlode.pipeline.faithfulness.agreement import Pairs

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


def find_fill_id(job: Job, explainer: Explainer, removal: Removal) -> int | None:
    """The id of the unknown token or of the padding, None where tokens are deleted.

    Raises:
        JobError: the model takes texts, so that tokens can only be cut out, or the tokenizer has no unknown token.
    """
    if removal == "deleted":
        return None
    if explainer.takes_text:
        raise JobError(f"--removal {removal}: the model takes texts, of which tokens can only be cut out; use deleted")
    vocabulary = load_vocabulary_info(job.tokenizer, explainer.model_info.vectorizer)
    if removal == "padding":
        return vocabulary.padding
    if vocabulary.unknown is None:
        raise JobError("--removal unknown: the tokenizer leaves unknown tokens out, so none can be put in; use deleted")
    return vocabulary.unknown


TOP_SHARES = (0.01, 0.05, 0.1, 0.2, 0.5)
"""Shares of a text's tokens over which comprehensiveness and sufficiency are averaged."""

CURVE_SHARES = tuple(step / 10 for step in range(11))
"""Shares of a text's tokens at which the deletion and insertion curves are measured."""


class Fidelity(NamedTuple):
    """One number a pair, all in probabilities: high is good in the first and the last, low in the others."""

    comprehensiveness: npt.NDArray[np.float64]
    sufficiency: npt.NDArray[np.float64]
    deletion: npt.NDArray[np.float64]
    insertion: npt.NDArray[np.float64]


def measure_fidelity(
    classifier: ProbabilityModel, texts: TextVariants, pairs: Pairs, ranks: npt.NDArray[np.int64]
) -> Fidelity:
    """Measures a ranking: `ranks` [scores] are those of `ranked`.

    Each number of tokens is looked at once a pair, however many shares come to it.
    """
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


def top_counts(sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """How many tokens TOP_SHARES are [pairs, shares]: rounded up, so at least one."""
    # Less a trifle: 0.1 of 30 is 3, though it comes out a little above.
    counts: npt.NDArray[np.int64] = np.ceil(np.outer(sizes, TOP_SHARES) - 1e-9).astype(np.int64)
    return counts


def curve_counts(sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """How many tokens the shares of GRID are [pairs, shares]: rounded, from none to all."""
    counts: npt.NDArray[np.int64] = np.rint(np.outer(sizes, CURVE_SHARES)).astype(np.int64)
    return counts


def _area_under_curve(heights: npt.NDArray[np.float64], shares: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The area under each row, between 0 and 1."""
    return np.asarray(np.trapezoid(heights, shares, axis=1), np.float64)


def _probabilities(
    classifier: ProbabilityModel,
    texts: TextVariants,
    pairs: Pairs,
    ranks: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The label's probability without the first `counts` tokens, and with these alone, both [pairs, counts]."""
    most = int(counts.max()) + 1
    codes, inverse = np.unique(np.arange(len(counts))[:, None] * most + counts, return_inverse=True)
    rows, tops = np.tile(codes // most, 2), np.tile(codes % most, 2)
    alone = np.arange(len(rows)) >= len(codes)

    def keep(variants: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        sizes = pairs.sizes[rows[variants]]
        first = ranks[ragged_index(pairs.offsets, rows[variants])] < np.repeat(tops[variants], sizes)
        kept: npt.NDArray[np.bool_] = first == np.repeat(alone[variants], sizes)
        return kept

    variant_probabilities = predict_variants(classifier, texts, pairs.documents[rows], keep)
    label_probabilities = variant_probabilities[np.arange(len(rows)), pairs.labels[rows]].astype(np.float64)
    without, only = label_probabilities.reshape(2, -1)[:, inverse.reshape(counts.shape)]
    return without, only
