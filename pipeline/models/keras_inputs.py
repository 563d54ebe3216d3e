"""The inputs of a Keras model, and what each is filled with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from config.errors import ModelError
from config.names import join_words
from pipeline.models.classifier import InputSpec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import keras
    import numpy.typing as npt

    from config.classifier import InputFilling


@dataclass(frozen=True, slots=True)
class KerasInput:
    """One of a model's inputs: how it is filled, its type, and its shape after the documents."""

    name: str
    filling: InputFilling
    dtype: str
    shape: tuple[int | None, ...]

    def build_array(self, ids: npt.NDArray[np.int32], mask: npt.NDArray[np.bool_]) -> npt.NDArray[Any]:
        """What is fed for `ids` [documents, tokens], padded where `mask` is false."""
        if self.filling == "ids":
            return ids.astype(self.dtype)
        if self.filling == "mask":
            return mask.astype(self.dtype)
        if self.filling == "length":
            lengths: npt.NDArray[Any] = mask.sum(axis=1).astype(self.dtype)
            return lengths if not self.shape else lengths[:, None]
        shape = (len(ids), *(1 if size is None else size for size in self.shape))
        constant: npt.NDArray[Any] = np.full(shape, self.filling, self.dtype)
        return constant

    def spec(self, length: int | None) -> InputSpec:
        """What `build_array` gives for any number of documents of `length` tokens (None: of any)."""
        return InputSpec((None, length) if self.filling in ("ids", "mask") else (None, *self.shape), self.dtype)


def keras_inputs(tensors: Sequence[Any], fillings: Mapping[str, InputFilling] | None) -> tuple[KerasInput, ...]:
    """The inputs that a model declares, or that `fillings` name; a ModelError where one is left open."""
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


def _keras_input(tensor: Any, filling: InputFilling) -> KerasInput:
    import keras

    dtype = "int32" if filling == "ids" else keras.backend.standardize_dtype(tensor.dtype)
    return KerasInput(str(tensor.name), filling, dtype, tuple(tensor.shape[1:]))


def _undeclared_input(name: str, filling: InputFilling) -> KerasInput:
    """An input of a subclassed model, which declares none: a length or a number is one value a document."""
    number = "bool" if isinstance(filling, bool) else "float32"
    dtype = "int32" if isinstance(filling, str) else number
    return KerasInput(name, filling, dtype, (None,) if filling in ("ids", "mask") else ())


def model_inputs(model: keras.Model) -> list[Any]:
    """The model's input tensors; none where it is subclassed, or Sequential and not built."""
    try:
        return list(model.inputs or [])
    except (AttributeError, ValueError):
        return []
