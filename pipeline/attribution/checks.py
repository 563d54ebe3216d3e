"""Whether a model's answer is one that can be explained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from config.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from config.attribution import Attribution
    from pipeline.attribution.methods.base import Method


def check_vector(output: Any) -> None:
    """A ModelError unless a model's `output` is one tensor (documents, scores)."""
    if not hasattr(output, "shape"):
        outputs = f"{len(output)} outputs" if isinstance(output, list | tuple | dict) else f"a {type(output).__name__}"
        raise ModelError(f"the model gives {outputs}; expected one output: a vector of scores a document")
    shape = tuple(output.shape)
    if len(shape) != 2:
        raise ModelError(
            f"the model's output has the shape {('documents', *shape[1:])}; expected (documents, labels): a vector of "
            "scores a document"
        )


def check_outputs(output: Any, labels: int) -> None:
    """A ModelError unless a model's `output` is one tensor (documents, scores) with a score for each of `labels`."""
    check_vector(output)
    shape = tuple(output.shape)
    if shape[1] != labels and (shape[1], labels) != (1, 2):
        raise ModelError(
            f"model.labels has {labels} labels, but the model has {shape[1]} outputs; give one label for each output"
        )


def check_activation(output: Any, activation: str) -> None:
    """A ModelError where the last step was not recognised and the answer is still probabilities, not logits."""
    scores = np.asarray(output, dtype=np.float64)
    if activation == "linear" and scores.shape[1] > 1 and (scores >= 0).all() and np.allclose(scores.sum(axis=1), 1):
        raise ModelError(
            "the model's scores add up to 1, but it does not end in a softmax that could be looked behind; "
            "end it with keras.layers.Softmax, or with the logits themselves"
        )


def check_precision(method: Method, settings: Attribution) -> None:
    """A ModelError for a method that divides by differences and sums inside the model, which few bits don't hold."""
    if method.uses_propagation and settings.precision != "float32":
        raise ModelError(
            f"attribution.method {settings.method} takes attribution.precision: float32, not {settings.precision}; "
            "set that, or choose another method"
        )


def check_linear_head(weights: Sequence[npt.NDArray[np.float32]], *, tolerance: float = 1e-4) -> None:
    """A ModelError unless the pooled weights [labels, documents, channels] are the same for every document.

    `tolerance`: by what share of itself a weight may differ from text to text.
    """
    for each in weights:
        if not np.allclose(each, each[:, :1], rtol=tolerance, atol=tolerance / 100):
            raise ModelError(
                "cam needs pooling and one linear layer between the explained layers and attribution.target, but in "
                "this model a channel's weight differs from text to text"
            )
