"""Word segmentation of Chinese text by jieba."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from camlode.config.errors import TokenizerError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from camlode.pipeline.arrays import IntArray


Segmenter: TypeAlias = "Callable[[str], list[str]]"


def load_segmenter(*, dictionary: str | None = None, hmm: bool = False) -> Segmenter:
    """Load a function that splits a text into words, whose concatenation is the text.

    rjieba is 13 times as fast as jieba and splits as it does without a guess at new words. A user dictionary and the
    hidden Markov model for new words (`hmm`) need jieba itself.
    """
    if dictionary is None and not hmm:
        import rjieba

        return lambda text: list(rjieba.cut(text, False))
    import jieba

    jieba.setLogLevel("WARNING")
    tokenizer = jieba.Tokenizer()
    if dictionary is not None:
        _load_dictionary(tokenizer, dictionary)
    return lambda text: list(tokenizer.cut(text, HMM=hmm))


def _load_dictionary(tokenizer: object, dictionary: str) -> None:
    if not Path(dictionary).is_file():
        raise TokenizerError(f"{dictionary}: no such user dictionary; set tokenizer.dictionary")
    try:
        tokenizer.load_userdict(dictionary)  # type: ignore[attr-defined]
    except (OSError, ValueError) as error:
        raise TokenizerError(f"{dictionary}: not a jieba user dictionary: {error}") from error


def find_word_starts(texts: Sequence[str], segment: Segmenter) -> IntArray:
    """Find the starts of words, as character offsets in the concatenation of `texts`.

    All texts are segmented in one call, which saves the overhead of many: no word contains a line feed, so line feeds
    separate them.
    """
    joined = "\n".join(texts)
    starts = np.zeros(len(joined) + 1, dtype=np.bool_)
    starts[0] = True
    starts[np.cumsum(np.fromiter(map(len, segment(joined)), dtype=np.int64))] = True
    line_feeds = np.cumsum([len(text) + 1 for text in texts], dtype=np.int64) - 1
    return np.flatnonzero(np.delete(starts, line_feeds))
