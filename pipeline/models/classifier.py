"""The interface of a text classifier of any framework, what is known of a loaded one, and its errors in one line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from camlode.config.errors import ModelError

if TYPE_CHECKING:
    from camlode.pipeline.arrays import AnyArray, BoolArray, Int32Array, Tensor
    from camlode.pipeline.tokenizers.vectorizer import VectorizerSettings

NO_LENGTH_LIMIT = 2**31 - 1
"""The length of texts that are padded only to the longest text of their batch."""


class InputSpec(NamedTuple):
    """One of a model's inputs: its shape, None for any size, and the name of its type."""

    shape: tuple[int | None, ...]
    dtype: str


class TextClassifier(Protocol):
    """A model that gives one vector of scores for each document."""

    @property
    def length(self) -> int | None:
        """Number of tokens of its input, None for any number."""
        ...

    @property
    def takes_text(self) -> bool:
        """Whether its input is strings, which it turns into ids itself."""
        ...

    def build_inputs(self, ids: Int32Array, mask: BoolArray) -> list[AnyArray]:
        """The model's inputs, in a fixed order, for `ids` [documents, tokens], padded where `mask` is false."""
        ...

    def input_specs(self, length: int | None) -> list[InputSpec]:
        """Shapes and types of `build_inputs` for documents of `length` tokens; None: of any number."""
        ...

    def sample_output(self, tokens: int) -> Tensor:
        """The model's output for two documents of `tokens` tokens; raises a ModelError if it fails."""
        ...

    def embedding_size(self) -> int | None:
        """Number of ids in the model's embedding; None if it is unknown."""
        ...


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What is known of a loaded model, also in processes that haven't loaded it.

    `layers`: names of the target layers. `activation`: makes probabilities of its logits ("softmax", "sigmoid", or
    "linear" if the output is the logits). `length`: number of tokens that it reads. `vectorizer`: settings of the
    model's tokenization. `padding`: whether batches are trimmed and why. `unit`: unit of the importances.
    """

    labels: tuple[str, ...]
    layers: tuple[str, ...]
    activation: str
    length: int
    vectorizer: VectorizerSettings | None
    padding: str
    unit: str


_MAX_LENGTH = 300
# Colours and names of graph nodes.
_NOISE = re.compile(r"\x1b\[[0-9;]*m|\{\{.*?\}\}")
# TensorFlow's list of the code that made the operation that failed; the message itself comes after.
_ORIGIN = re.compile(r'Graph execution error:.*File "[^\n]*\n', re.DOTALL)
# Keras's lists of a call's arguments or a layer's configuration.
_DETAILS = re.compile(r"Arguments received by|Full object config:|config=\{")
_OUT_OF_MEMORY = "ResourceExhaustedError"
# JAX has one class of error for whatever fails on a device; the message starts with the reason.
_JAX_ERRORS = ("JaxRuntimeError", "XlaRuntimeError")


class DeviceMemoryError(ModelError):
    """The device's memory is too small for a batch."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` is TensorFlow's or JAX's error for a device without memory left."""
    # By the classes' names, so that neither framework is imported here.
    kinds = [kind.__name__ for kind in type(error).__mro__]
    if any(name in kinds for name in _JAX_ERRORS):
        return "RESOURCE_EXHAUSTED" in str(error)
    return _OUT_OF_MEMORY in kinds


def summarize_error(error: Exception) -> str:
    """Class and innermost message of a framework's or the user's error, in one line of at most 300 characters."""
    text = _NOISE.sub("", _ORIGIN.sub("", str(error))).rpartition("Exception encountered:")[2]
    message = " ".join(_DETAILS.split(text)[0].split())
    return f"{type(error).__name__}: {message[:_MAX_LENGTH]}"
