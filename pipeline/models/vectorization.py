"""A model's own TextVectorization layer: its settings, and sample texts for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from camlode.config.errors import ModelError
from camlode.pipeline.models.classifier import NO_LENGTH_LIMIT
from camlode.pipeline.models.trace import all_layers

if TYPE_CHECKING:
    import keras

    from camlode.pipeline.tokenizers.vectorizer import VectorizerSettings


def find_text_vectorization(model: keras.Model) -> Any:
    """The model's TextVectorization layer, or None."""
    found = [layer for layer in all_layers(model) if type(layer).__name__ == "TextVectorization"]
    return found[0] if found else None


def read_vectorizer_settings(layer: Any) -> VectorizerSettings:
    """Settings of a TextVectorization layer, with which camlode finds the same tokens and their spans itself."""
    from camlode.pipeline.tokenizers.vectorizer import VectorizerSettings

    _check_vectorization(layer)
    standardize = layer._standardize
    tokens = [str(token) for token in layer.get_vocabulary()]
    return VectorizerSettings(
        ids={token: number for number, token in enumerate(tokens) if number > 1},
        unknown=1,
        lowercase=standardize in ("lower", "lower_and_strip_punctuation"),
        strip_punctuation=standardize in ("strip_punctuation", "lower_and_strip_punctuation"),
        by_character=layer._split == "character",
        length=layer._output_sequence_length or NO_LENGTH_LIMIT,
    )


def _check_vectorization(layer: Any) -> None:
    if callable(layer._standardize) or callable(layer._split):
        raise ModelError(
            f"layer {layer.name!r} standardizes or splits texts by a custom function, so the characters of a "
            "token are unknown; expected one of TextVectorization's named options"
        )
    if layer._ngrams is not None or layer._output_mode != "int" or layer._split is None:
        raise ModelError(
            f"layer {layer.name!r} gives {layer._output_mode!r} with ngrams={layer._ngrams} and "
            f"split={layer._split!r}; expected output_mode='int', no ngrams, and a split by white space or character"
        )


def make_sample_text(layer: Any, tokens: int) -> str:
    """A text of `tokens` tokens."""
    return "a" * tokens if layer._split == "character" else "a " * tokens


def draw_random_texts(layer: Any, count: int, size: int) -> list[str]:
    """`count` random texts of `size` tokens of the layer's vocabulary; always the same ones."""
    known = [token for token in layer.get_vocabulary()[2:] if token.strip()] or ["a"]
    between = "" if layer._split == "character" else " "
    numbers = np.random.default_rng(0).integers(0, len(known), (count, size))
    return [between.join(known[number] for number in row) for row in numbers]
