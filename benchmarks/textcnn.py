"""A TextCNN over words or characters, trained as small as it can be and still classify well."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from camlode.pipeline.demo.train import PADDING, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from camlode.pipeline.tokenizers import Tokenizer

BATCH = 64


class TrainedModel(NamedTuple):
    """A trained model and its vocabulary, in the order of the ids."""

    model: Any
    vocabulary: list[str]


def build_word_vocabulary(texts: Iterable[str], *, min_count: int = 2) -> list[str]:
    """Padding, unknown, and the words in lower case that are there `min_count` times: the frequent first, then by name."""
    from camlode.pipeline.tokenizers.base import to_lowercase
    from camlode.pipeline.tokenizers.word import WORD

    counts = Counter(word for text in texts for word in WORD.findall(to_lowercase(text)))
    frequent = [word for word, count in counts.items() if count >= min_count]
    return [PADDING, UNKNOWN, *sorted(frequent, key=lambda word: (-counts[word], word))]


def pad_ids(tokenizer: Tokenizer, texts: Sequence[str]) -> npt.NDArray[np.int32]:
    """The ids that the job's own tokenizer gives the texts [texts, length], padded with 0 at the end."""
    tokens = tokenizer.encode(texts)
    mask = np.arange(tokenizer.length) < np.diff(tokens.offsets)[:, None]
    ids = np.zeros(mask.shape, dtype=np.int32)
    ids[mask] = tokens.ids
    return ids


def build(words: int, labels: int, length: int, activation: str) -> Any:
    """The model, untrained: ids [batch, length] -> probabilities [batch, labels]; layers conv_1, conv_2 and conv_3."""
    from keras import Input, Model, layers

    ids = Input((length,), dtype="int32", name="ids")
    embedded = layers.Dropout(0.3)(layers.Embedding(words, 100, name="embedding")(ids))
    branches = [layers.Conv1D(100, size, activation="relu", name=f"conv_{size}")(embedded) for size in (1, 2, 3)]
    joined = layers.Concatenate()([layers.GlobalMaxPooling1D()(branch) for branch in branches])
    return Model(ids, layers.Dense(labels, activation=activation, name="labels")(layers.Dropout(0.5)(joined)))


def train(
    texts: Sequence[str], expected: npt.NDArray[np.bool_], *, length: int, epochs: int, multilabel: bool
) -> TrainedModel:
    """A trained model with its vocabulary: a softmax, or with `multilabel` labels a text a sigmoid each."""
    from camlode.pipeline.tokenizers import Vocabulary
    from camlode.pipeline.tokenizers.word import WordTokenizer

    words = build_word_vocabulary(texts)
    vocabulary = Vocabulary({word: number for number, word in enumerate(words)}, unknown=1, padding=0)
    ids = pad_ids(WordTokenizer(vocabulary, length=length, lowercase=True), texts)
    model = build(len(words), expected.shape[1], length, "sigmoid" if multilabel else "softmax")
    loss = "binary_crossentropy" if multilabel else "categorical_crossentropy"
    model.compile("adam", loss, jit_compile=False)
    model.fit(ids, expected.astype(np.float32), batch_size=BATCH, epochs=epochs, verbose=0)
    return TrainedModel(model, words)
