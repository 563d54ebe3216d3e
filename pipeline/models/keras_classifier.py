"""A Keras model as a text classifier: what goes in, what comes out, and a recorded run of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from config.errors import ModelError
from pipeline.models.failures import one_line
from pipeline.models.trace import all_layers

if TYPE_CHECKING:
    import keras
    import numpy.typing as npt

    from pipeline.tokenizers.vectorizer import VectorizerSettings

NO_LENGTH_LIMIT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class KerasClassifier:
    """A model that answers one vector of scores a document.

    `length`: tokens that the model takes of a text, None where it takes any number. `takes_text`: whether its
    input is strings, which a TextVectorization layer of its own turns into ids.
    """

    model: keras.Model
    length: int | None
    takes_text: bool

    def sample_input(self, tokens: int) -> Any:
        """Two documents of `tokens` tokens each, for running the model once."""
        import tensorflow

        if not self.takes_text:
            return tensorflow.ones((2, tokens), dtype=tensorflow.int32)
        layer = text_vectorization(self.model)
        text = "a" * tokens if getattr(layer, "_split", None) == "character" else "a " * tokens
        return tensorflow.constant([[text], [text]])

    def answer(self, tokens: int) -> Any:
        """What the model answers for `sample_input`, which builds it if need be; a ModelError where it fails."""
        try:
            return single_output(self.model(self.sample_input(tokens), training=False))
        except Exception as error:  # Whatever the model's own code raises; the user needs its message.
            raise ModelError(f"the model cannot be run on {tokens} tokens: {one_line(error)}") from error

    def embedding_size(self) -> int | None:
        """How many ids the model's embedding knows; None where it has no embedding layer."""
        from keras.layers import Embedding

        sizes = [layer.input_dim for layer in all_layers(self.model) if isinstance(layer, Embedding)]
        return max(sizes, default=None)


def as_classifier(model: keras.Model) -> KerasClassifier:
    """`model` with what its input layer says; a ModelError where it takes several inputs."""
    inputs = _inputs(model)
    if len(inputs) > 1:
        names = ", ".join(str(tensor.name) for tensor in inputs)
        raise ModelError(f"the model takes {len(inputs)} inputs ({names}); expected one: token ids or texts")
    if text_vectorization(model) is not None:
        return KerasClassifier(model, None, takes_text=True)
    shape = inputs[0].shape if inputs else (None, None)
    if len(shape) != 2:
        raise ModelError(f"the model's input has the shape {tuple(shape)}; expected (documents, tokens)")
    return KerasClassifier(model, shape[1], takes_text=False)


def _inputs(model: keras.Model) -> list[Any]:
    try:
        return list(model.inputs or [])
    except (
        AttributeError,
        ValueError,
    ):  # A subclassed model has none, and a Sequential one before it is built.
        return []


def single_output(answer: Any) -> Any:
    """A model's answer, out of the list or dictionary that it may stand in alone."""
    import keras

    tensors = keras.tree.flatten(answer)
    return tensors[0] if len(tensors) == 1 else answer


def text_vectorization(model: keras.Model) -> Any:
    """The model's TextVectorization layer, or None."""
    found = [layer for layer in all_layers(model) if type(layer).__name__ == "TextVectorization"]
    return found[0] if found else None


def vectorizer_settings(layer: Any) -> VectorizerSettings:
    """What a TextVectorization layer does to a text, so that tokens' spans can be followed without it."""
    from pipeline.tokenizers.vectorizer import VectorizerSettings

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
            f"layer {layer.name!r} standardizes or splits texts by a function of its own, so the characters of a "
            "token are unknown; expected one of TextVectorization's named ways"
        )
    if layer._ngrams is not None or layer._output_mode != "int" or layer._split is None:
        raise ModelError(
            f"layer {layer.name!r} gives {layer._output_mode!r} with ngrams={layer._ngrams} and "
            f"split={layer._split!r}; expected output_mode='int', no ngrams, and a split by white space or character"
        )


def padded_ids(ids: npt.NDArray[np.int32], real: npt.NDArray[np.bool_], *, padding_id: int) -> npt.NDArray[np.int32]:
    """The flat `ids` of several documents where `real` [documents, tokens] is true, and the padding elsewhere."""
    batch = np.full(real.shape, padding_id, dtype=np.int32)
    batch[real] = ids
    return batch
