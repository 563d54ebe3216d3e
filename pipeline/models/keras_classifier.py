"""A Keras model as a text classifier: what goes in, what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from config.errors import ModelError
from config.names import listed
from pipeline.models.backend import backend
from pipeline.models.classifier import InputSpec
from pipeline.models.failures import one_line
from pipeline.models.keras_file import NEEDS_TENSORFLOW
from pipeline.models.trace import all_layers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import keras
    import numpy.typing as npt

    from config.classifier import InputFilling
    from pipeline.tokenizers.vectorizer import VectorizerSettings

NO_LENGTH_LIMIT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class KerasInput:
    """One of a model's inputs: how it is filled, its type, and its shape after the documents."""

    name: str
    filling: InputFilling
    dtype: str
    shape: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class KerasClassifier:
    """A model that answers one vector of scores a document.

    `length`: tokens that the model takes of a text, None where it takes any number. `takes_text`: whether its
    input is strings, which a TextVectorization layer of its own turns into ids.
    """

    model: keras.Model
    length: int | None
    takes_text: bool
    inputs: tuple[KerasInput, ...]

    def fill(self, ids: npt.NDArray[np.int32], real: npt.NDArray[np.bool_]) -> list[npt.NDArray[Any]]:
        """The model's inputs for `ids` [documents, tokens], padded where `real` is false."""
        return [_filled(each, ids, real) for each in self.inputs]

    def specs(self, length: int | None) -> list[InputSpec]:
        """What `fill` gives for any number of documents of `length` tokens (None: of any)."""
        if self.takes_text:
            return [InputSpec((None, 1), "string")]
        by_token = ("ids", "mask")
        return [
            InputSpec((None, length) if each.filling in by_token else (None, *each.shape), each.dtype)
            for each in self.inputs
        ]

    def run(self, inputs: Sequence[Any]) -> Any:
        """What the model gives in inference mode for inputs as `fill` makes them, of whatever length."""
        import keras

        tensors = [keras.ops.convert_to_tensor(each) for each in inputs]
        with backend().running():
            if not self._is_cut(tensors):
                return single_output(self.model(self._packed(tensors), training=False))
            # A model's own check of its input's length stands before `call`.
            return single_output(self.model.call(self._packed(tensors), training=False))

    def _is_cut(self, tensors: Sequence[Any]) -> bool:
        """Whether the ids are fewer than what the model says that it takes."""
        if self.length is None or not self._has_inputs():
            return False
        pairs = zip(self.inputs, tensors, strict=True)
        return any(each.filling == "ids" and tensor.shape[1] != self.length for each, tensor in pairs)

    def _has_inputs(self) -> bool:
        return bool(inputs_of(self.model))

    def _packed(self, tensors: Sequence[Any]) -> Any:
        import keras

        if len(tensors) == 1:
            return tensors[0]
        if self._has_inputs():
            return keras.tree.pack_sequence_as(self.model.input, list(tensors))
        return {each.name: tensor for each, tensor in zip(self.inputs, tensors, strict=True)}

    def sample(self, tokens: int) -> list[Any]:
        """The inputs of two documents of `tokens` tokens each, for running the model once."""
        if not self.takes_text:
            return list(self.fill(np.ones((2, tokens), np.int32), np.ones((2, tokens), np.bool_)))
        import tensorflow

        layer = text_vectorization(self.model)
        text = "a" * tokens if getattr(layer, "_split", None) == "character" else "a " * tokens
        return [tensorflow.constant([[text], [text]])]

    def drawn(self, count: int, size: int) -> list[str]:
        """So many texts of `size` tokens of the TextVectorization layer's vocabulary, drawn by chance."""
        layer = text_vectorization(self.model)
        known = [token for token in layer.get_vocabulary()[2:] if token.strip()] or ["a"]
        between = "" if getattr(layer, "_split", None) == "character" else " "
        numbers = np.random.default_rng(0).integers(0, len(known), (count, size))
        return [between.join(known[number] for number in row) for row in numbers]

    def answer(self, tokens: int) -> Any:
        """What the model answers for `sample`, which builds it if need be; a ModelError where it fails."""
        try:
            return self.run(self.sample(tokens))
        except Exception as error:  # Whatever the model's own code raises; the user needs its message.
            raise ModelError(f"the model cannot be run on {tokens} tokens: {one_line(error)}") from error

    def embedding_size(self) -> int | None:
        """How many ids the model's embedding knows; None where it has no embedding layer."""
        from keras.layers import Embedding

        sizes = [layer.input_dim for layer in all_layers(self.model) if isinstance(layer, Embedding)]
        return max(sizes, default=None)


def as_classifier(model: keras.Model, fillings: Mapping[str, InputFilling] | None = None) -> KerasClassifier:
    """`model` with what its input layers say; a ModelError where `fillings` don't say how each is filled."""
    tensors = inputs_of(model)
    if text_vectorization(model) is not None:
        _check_takes_text()
        if len(tensors) > 1 or fillings:
            raise ModelError("a model with a TextVectorization layer must take texts alone; leave model.inputs out")
        return KerasClassifier(model, None, takes_text=True, inputs=())
    inputs = _keras_inputs(tensors, fillings)
    ids = next(each for each in inputs if each.filling == "ids")
    if len(ids.shape) != 1:
        raise ModelError(f"the model's input has the shape {(None, *ids.shape)}; expected (documents, tokens)")
    return KerasClassifier(model, ids.shape[0], takes_text=False, inputs=inputs)


def is_keras_model(model: Any) -> bool:
    """Whether it is a Keras model, and no classifier made from another framework's graph."""
    import keras

    return isinstance(model, keras.Model)


def _check_takes_text() -> None:
    import keras

    if keras.backend.backend() != "tensorflow":
        raise ModelError(NEEDS_TENSORFLOW)


def _keras_inputs(tensors: Sequence[Any], fillings: Mapping[str, InputFilling] | None) -> tuple[KerasInput, ...]:
    names = [str(tensor.name) for tensor in tensors]
    if fillings is None:
        if len(tensors) > 1:
            raise ModelError(
                f"the model takes {len(tensors)} inputs ({', '.join(names)}); say in model.inputs how each is filled: "
                "ids, length, mask or a number"
            )
        fillings = dict.fromkeys(names, "ids") or {"ids": "ids"}
    if names and set(fillings) != set(names):
        raise ModelError(f"model.inputs has {listed([*fillings])}; the model's inputs are {listed(names)}")
    if [*fillings.values()].count("ids") != 1:
        raise ModelError("model.inputs: exactly one input must be filled with ids")
    if not names:
        return tuple(_undeclared_input(name, filling) for name, filling in fillings.items())
    return tuple(_keras_input(tensor, fillings[str(tensor.name)]) for tensor in tensors)


def _keras_input(tensor: Any, filling: InputFilling) -> KerasInput:
    import keras

    dtype = "int32" if filling == "ids" else keras.backend.standardize_dtype(tensor.dtype)
    return KerasInput(str(tensor.name), filling, dtype, tuple(tensor.shape[1:]))


def _undeclared_input(name: str, filling: InputFilling) -> KerasInput:
    """An input of a subclassed model, which declares none: a length or a number is one value a document."""
    number = "bool" if isinstance(filling, bool) else "float32"
    dtype = "int32" if isinstance(filling, str) else number
    return KerasInput(name, filling, dtype, (None,) if filling in ("ids", "mask") else ())


def _filled(each: KerasInput, ids: npt.NDArray[np.int32], real: npt.NDArray[np.bool_]) -> npt.NDArray[Any]:
    if each.filling == "ids":
        return ids.astype(each.dtype)
    if each.filling == "mask":
        return real.astype(each.dtype)
    if each.filling == "length":
        lengths: npt.NDArray[Any] = real.sum(axis=1).astype(each.dtype)
        return lengths if not each.shape else lengths[:, None]
    shape = (len(ids), *(1 if size is None else size for size in each.shape))
    constant: npt.NDArray[Any] = np.full(shape, each.filling, each.dtype)
    return constant


def inputs_of(model: keras.Model) -> list[Any]:
    """The model's input tensors; none where it is subclassed, or Sequential and not built."""
    try:
        return list(model.inputs or [])
    except (AttributeError, ValueError):
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
