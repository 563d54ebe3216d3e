"""A Keras model as a text classifier: how its inputs are filled, and how it is run."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from camlode.config.errors import ModelError, join_words
from camlode.pipeline.models.backends.protocol import current_backend
from camlode.pipeline.models.classifier import InputSpec, summarize_error
from camlode.pipeline.models.keras_file import NEEDS_TENSORFLOW
from camlode.pipeline.models.trace import all_layers
from camlode.pipeline.models.vectorization import draw_random_texts, find_text_vectorization, make_sample_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import keras

    from camlode.config.classifier import InputFilling
    from camlode.pipeline.arrays import AnyArray, BoolArray, Int32Array, Tensor


@dataclass(frozen=True, slots=True)
class KerasInput:
    """One of a model's inputs: how it is filled, its type, and its shape without the axis of documents."""

    name: str
    filling: InputFilling
    dtype: str
    shape: tuple[int | None, ...]

    def build_array(self, ids: Int32Array, mask: BoolArray) -> AnyArray:
        """The input's array for `ids` [documents, tokens], padded where `mask` is false."""
        if self.filling == "ids":
            return ids.astype(self.dtype)
        if self.filling == "mask":
            return mask.astype(self.dtype)
        if self.filling == "length":
            lengths: AnyArray = mask.sum(axis=1).astype(self.dtype)
            return lengths if not self.shape else lengths[:, None]
        shape = (len(ids), *(1 if size is None else size for size in self.shape))
        constant: AnyArray = np.full(shape, self.filling, self.dtype)
        return constant

    def spec(self, length: int | None) -> InputSpec:
        """Shape and type of `build_array` for documents of `length` tokens; None: of any number."""
        return InputSpec((None, length) if self.filling in ("ids", "mask") else (None, *self.shape), self.dtype)


def keras_inputs(tensors: Sequence[Tensor], fillings: Mapping[str, InputFilling] | None) -> tuple[KerasInput, ...]:
    """The inputs that a model declares, or that `fillings` name; raises a ModelError if one has no filling."""
    names = [str(tensor.name) for tensor in tensors]
    if fillings is None:
        if len(tensors) > 1:
            raise ModelError(
                f"the model takes {len(tensors)} inputs ({', '.join(names)}); say in model.inputs how each is filled: "
                "ids, length, mask or a number"
            )
        fillings = dict.fromkeys(names, "ids") or {"ids": "ids"}
    if names and set(fillings) != set(names):
        raise ModelError(f"model.inputs has {join_words([*fillings])}; the model's inputs are {join_words(names)}")
    if [*fillings.values()].count("ids") != 1:
        raise ModelError("model.inputs: exactly one input must be filled with ids")
    if not names:
        return tuple(_undeclared_input(name, filling) for name, filling in fillings.items())
    return tuple(_keras_input(tensor, fillings[str(tensor.name)]) for tensor in tensors)


def _keras_input(tensor: Tensor, filling: InputFilling) -> KerasInput:
    import keras

    dtype = "int32" if filling == "ids" else keras.backend.standardize_dtype(tensor.dtype)
    return KerasInput(str(tensor.name), filling, dtype, tuple(tensor.shape[1:]))


def _undeclared_input(name: str, filling: InputFilling) -> KerasInput:
    """An input of a subclassed model, which declares none: a length or a number is one value for each document."""
    number = "bool" if isinstance(filling, bool) else "float32"
    dtype = "int32" if isinstance(filling, str) else number
    return KerasInput(name, filling, dtype, (None,) if filling in ("ids", "mask") else ())


def model_inputs(model: keras.Model) -> list[Tensor]:
    """The model's input tensors; none if it is subclassed, or Sequential and not built."""
    try:
        return list(model.inputs or [])
    except (AttributeError, ValueError):
        return []


@dataclass(frozen=True, slots=True)
class KerasClassifier:
    """A Keras model that gives one vector of scores for each document.

    `length`: number of tokens of its input, None for any number. `takes_text`: whether its input is strings, which a
    TextVectorization layer of the model turns into ids. `policy`: name of the dtype policy that `low_precision_layers`
    have while the model runs.
    """

    model: keras.Model
    length: int | None
    takes_text: bool
    inputs: tuple[KerasInput, ...]
    policy: str = "float32"
    low_precision_layers: tuple[keras.Layer, ...] = ()

    def build_inputs(self, ids: Int32Array, mask: BoolArray) -> list[AnyArray]:
        """The model's inputs for `ids` [documents, tokens], padded where `mask` is false."""
        return [each.build_array(ids, mask) for each in self.inputs]

    def input_specs(self, length: int | None) -> list[InputSpec]:
        """Shapes and types of `build_inputs` for documents of `length` tokens; None: of any number."""
        if self.takes_text:
            return [InputSpec((None, 1), "string")]
        return [each.spec(length) for each in self.inputs]

    def run(self, inputs: Sequence[Tensor]) -> Tensor:
        """The model's output in inference mode for inputs of any length, as made by `build_inputs`."""
        import keras

        tensors = [keras.ops.convert_to_tensor(each) for each in inputs]
        with use_dtype_policy(self.policy, self.low_precision_layers), current_backend().tracing():
            if not self._is_trimmed(tensors):
                return unwrap_output(self.model(self._pack_inputs(tensors), training=False))
            # `model(…)` refuses any length but the declared one; `call` skips that check.
            return unwrap_output(self.model.call(self._pack_inputs(tensors), training=False))

    def _is_trimmed(self, tensors: Sequence[Tensor]) -> bool:
        """Whether the ids have another length than the model declares."""
        if self.length is None or not model_inputs(self.model):
            return False
        pairs = zip(self.inputs, tensors, strict=True)
        return any(each.filling == "ids" and tensor.shape[1] != self.length for each, tensor in pairs)

    def _pack_inputs(self, tensors: Sequence[Tensor]) -> Any:
        import keras

        if len(tensors) == 1:
            return tensors[0]
        if model_inputs(self.model):
            return keras.tree.pack_sequence_as(self.model.input, list(tensors))
        return {each.name: tensor for each, tensor in zip(self.inputs, tensors, strict=True)}

    def sample(self, tokens: int) -> list[Any]:
        """The inputs of two documents of `tokens` tokens each, for one run of the model."""
        if not self.takes_text:
            return list(self.build_inputs(np.ones((2, tokens), np.int32), np.ones((2, tokens), np.bool_)))
        import tensorflow

        text = make_sample_text(find_text_vectorization(self.model), tokens)
        return [tensorflow.constant([[text], [text]])]

    def draw_samples(self, count: int, size: int) -> list[str]:
        """`count` random texts of `size` tokens, for a model that takes texts."""
        return draw_random_texts(find_text_vectorization(self.model), count, size)

    def sample_output(self, tokens: int) -> Tensor:
        """The model's output for `sample`, which builds the model if needed; raises a ModelError if it fails."""
        try:
            return self.run(self.sample(tokens))
        except Exception as error:  # Whatever the model's own code raises; the user needs its message.
            raise ModelError(f"the model cannot be run on {tokens} tokens: {summarize_error(error)}") from error

    def embedding_size(self) -> int | None:
        """Number of ids in the model's largest embedding; None if it has no Embedding layer."""
        from keras.layers import Embedding

        sizes = [layer.input_dim for layer in all_layers(self.model) if isinstance(layer, Embedding)]
        return max(sizes, default=None)


def wrap_keras_model(model: keras.Model, fillings: Mapping[str, InputFilling] | None = None) -> KerasClassifier:
    """Wrap `model` by its input layers; raises a ModelError if `fillings` leave an input open."""
    import keras

    tensors = model_inputs(model)
    if find_text_vectorization(model) is not None:
        if keras.backend.backend() != "tensorflow":
            raise ModelError(NEEDS_TENSORFLOW)
        if len(tensors) > 1 or fillings:
            raise ModelError("a model with a TextVectorization layer must take texts alone; leave model.inputs out")
        return KerasClassifier(model, None, takes_text=True, inputs=())
    inputs = keras_inputs(tensors, fillings)
    ids = next(each for each in inputs if each.filling == "ids")
    if len(ids.shape) != 1:
        raise ModelError(f"the model's input has the shape {(None, *ids.shape)}; expected (documents, tokens)")
    return KerasClassifier(model, ids.shape[0], takes_text=False, inputs=inputs)


def is_keras_model(model: Any) -> bool:
    """Whether `model` is a Keras model, and not a classifier made from another framework's graph."""
    import keras

    return isinstance(model, keras.Model)


def unwrap_output(output: Any) -> Any:
    """A model's output; taken out of a list or dictionary that holds nothing else."""
    import keras

    tensors = keras.tree.flatten(output)
    return tensors[0] if len(tensors) == 1 else output


@contextmanager
def use_dtype_policy(policy: str, layers: Sequence[keras.Layer]) -> Iterator[None]:
    """Give `layers` the dtype policy of this name inside the context.

    A layer reads its policy when it is called, so its weights stay as they are.
    """
    original = [layer.dtype_policy for layer in layers]
    for layer in layers:
        layer.dtype_policy = policy
    try:
        yield
    finally:
        for layer, own_policy in zip(layers, original, strict=True):
            layer.dtype_policy = own_policy
