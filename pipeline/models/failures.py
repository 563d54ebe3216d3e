"""What Keras, TensorFlow or the user's own code says is wrong, in one line."""

from __future__ import annotations

import re

from config.errors import ModelError

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
