"""The demo's classifier: parallel convolutions over one to three characters, and a sigmoid for each label."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import keras
    import numpy.typing as npt

PADDING, UNKNOWN = "<PAD>", "<UNK>"
LENGTH = 64
"""The number of characters of a text that the model reads; shorter texts are padded at the end."""


def build_model(vocabulary_size: int, labels: int, length: int = LENGTH) -> keras.Model:
    """Build an untrained model: ids [batch, length] of int32 -> probabilities [batch, labels].

    The convolutions of sizes 1, 2 and 3 are named conv_1, conv_2 and conv_3.
    """
    from keras import Input, Model, layers

    ids = Input((length,), dtype="int32", name="ids")
    embedded = layers.Embedding(vocabulary_size, 48, name="embedding")(ids)
    pooled = []
    for size in (1, 2, 3):
        convolved = layers.Conv1D(64, size, activation="relu", name=f"conv_{size}")(embedded)
        pooled.append(layers.GlobalMaxPooling1D(name=f"pool_{size}")(convolved))
    joined = layers.Dropout(0.3, name="dropout")(layers.Concatenate(name="joined")(pooled))
    return Model(ids, layers.Dense(labels, activation="sigmoid", name="labels")(joined), name="demo")


def train(
    texts: Sequence[str],
    labels: Sequence[Iterable[str]],
    names: Sequence[str],
    *,
    length: int = LENGTH,
    epochs: int = 4,
    seed: int = 0,
) -> tuple[keras.Model, list[str]]:
    """Train a model to predict the labels of texts; return it and its vocabulary.

    Args:
        texts: the texts.
        labels: the labels of each text, all of them in `names`.
        names: the labels in the order of the model's outputs.
        length: the number of characters that the model reads.
        epochs: the number of passes over the texts.
        seed: the seed of the initial weights and of the order of the texts.
    """
    import keras

    keras.utils.set_random_seed(seed)
    vocabulary = build_vocabulary(texts)
    model = build_model(len(vocabulary), len(names), length)
    model.compile(keras.optimizers.Adam(2e-3), loss="binary_crossentropy", jit_compile=False)
    targets = np.array([[name in own for name in names] for own in map(set, labels)], dtype=np.float32)
    model.fit(encode(texts, vocabulary, length), targets, batch_size=128, epochs=epochs, verbose=0)
    return model, vocabulary


def build_vocabulary(texts: Iterable[str]) -> list[str]:
    """Return the padding and unknown tokens and all characters, sorted by frequency, then by code point."""
    counts = Counter(chain.from_iterable(texts))
    return [PADDING, UNKNOWN, *sorted(counts, key=lambda character: (-counts[character], character))]


def encode(texts: Sequence[str], vocabulary: Sequence[str], length: int = LENGTH) -> npt.NDArray[np.int32]:
    """Return the ids of the characters [texts, length], truncated and padded at the end."""
    index = {token: number for number, token in enumerate(vocabulary)}
    ids = np.full((len(texts), length), index[PADDING], dtype=np.int32)
    for row, text in zip(ids, texts, strict=True):
        known = [index.get(character, index[UNKNOWN]) for character in text[:length]]
        row[: len(known)] = known
    return ids


def save(folder: Path, model: keras.Model, vocabulary: Sequence[str], labels: Sequence[str]) -> None:
    """Write model.keras, vocabulary.txt and labels.txt (one token or label a line) to an existing folder."""
    model.save(folder / "model.keras")
    (folder / "vocabulary.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    (folder / "labels.txt").write_text("\n".join(labels) + "\n", encoding="utf-8")
