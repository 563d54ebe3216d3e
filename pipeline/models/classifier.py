"""What a classifier of any framework offers to those who explain it."""
# MERGED: What a loaded model says of itself to those who don't hold it.
# MERGED: What Keras, TensorFlow or the user's own code says is wrong, in one line.

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from camlode.config.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from camlode.pipeline.tokenizers.vectorizer import VectorizerSettings

NO_LENGTH_LIMIT = 2**31 - 1
"""The length of texts that are padded only to the longest beside them."""


class InputSpec(NamedTuple):
    """One of a model's inputs: its shape, None where any size fits, and the name of its type."""

    shape: tuple[int | None, ...]
    dtype: str


class TextClassifier(Protocol):
    """A model that answers one vector of scores a document.

    `length`: tokens that it takes of a text, None where it takes any number. `takes_text`: whether its input is
    strings, which it turns into ids by itself.
    """

    @property
    def length(self) -> int | None: ...  # noqa: D102 (said above)

    @property
    def takes_text(self) -> bool: ...  # noqa: D102 (said above)

    def build_inputs(self, ids: npt.NDArray[np.int32], mask: npt.NDArray[np.bool_]) -> list[npt.NDArray[Any]]:
        """The model's inputs, in a fixed order, for `ids` [documents, tokens], padded where `mask` is false."""
        ...

    def input_specs(self, length: int | None) -> list[InputSpec]:
        """What `build_inputs` gives for any number of documents of `length` tokens (None: of any)."""
        ...

    def sample_output(self, tokens: int) -> Any:
        """What the model answers for two documents of `tokens` tokens; a ModelError where it fails."""
        ...

    def embedding_size(self) -> int | None:
        """How many ids the model's embedding knows; None where that is unknown."""
        ...


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a loaded model said of itself.

    `layers` are explained; `activation` is what makes probabilities of its logits ("softmax", "sigmoid", or "linear"
    where the output is the logits); `length` is how many tokens it reads; `vectorizer` is how it tokenizes itself.
    `padding` says whether batches are cut shorter than that and why; `unit` is what importances are measured in.
    """

    labels: tuple[str, ...]
    layers: tuple[str, ...]
    activation: str
    length: int
    vectorizer: VectorizerSettings | None
    padding: str
    unit: str


_MAX_LENGTH = 300
# Colours, names of graph nodes, and where Keras starts to list a call's arguments or a layer's configuration.
_NOISE = re.compile(r"\x1b\[[0-9;]*m|\{\{.*?\}\}")
# Where in the user's and Keras's code TensorFlow made the operation that failed; what it says comes after.
_ORIGIN = re.compile(r'Graph execution error:.*File "[^\n]*\n', re.DOTALL)
_DETAILS = re.compile(r"Arguments received by|Full object config:|config=\{")
_OUT_OF_MEMORY = "ResourceExhaustedError"
# JAX has one kind of error for whatever fails on a device; what it says starts with the reason.
_JAX_ERRORS = ("JaxRuntimeError", "XlaRuntimeError")


class DeviceMemoryError(ModelError):
    """The device's memory doesn't suffice for a batch."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether it is TensorFlow's or JAX's way of saying that the device has no memory left."""
    kinds = [kind.__name__ for kind in type(error).__mro__]
    if any(name in kinds for name in _JAX_ERRORS):
        return "RESOURCE_EXHAUSTED" in str(error)
    return _OUT_OF_MEMORY in kinds


def summarize_error(error: Exception) -> str:
    """The kind of an error and the innermost message in it, cut at 300 characters."""
    text = _NOISE.sub("", _ORIGIN.sub("", str(error))).rpartition("Exception encountered:")[2]
    message = " ".join(_DETAILS.split(text)[0].split())
    return f"{type(error).__name__}: {message[:_MAX_LENGTH]}"
