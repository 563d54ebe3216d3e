"""Engine: one method on one model, checked and compiled; predictions and explanations of batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from camlode.config.errors import ModelError
from camlode.pipeline.attribution.batch_explainer import BatchExplainer, BatchExplanation
from camlode.pipeline.attribution.batch_size import (
    document_memory_error,
    next_power_of_two,
    pad_batch,
    pad_documents,
    take_first,
)
from camlode.pipeline.attribution.methods import METHODS, MODEL_AGNOSTIC_METHODS
from camlode.pipeline.attribution.trimming import Trim, probe_trim, shortest_safe_length, too_short_to_trim
from camlode.pipeline.models.backends.protocol import current_backend
from camlode.pipeline.models.classifier import InputSpec, is_out_of_memory, summarize_error

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from camlode.config.attribution import Attribution
    from camlode.pipeline.arrays import AnyArray, BoolArray, Float32Array, Tensor
    from camlode.pipeline.attribution.batches import Batcher, PaddedBatch
    from camlode.pipeline.attribution.decision import Decision
    from camlode.pipeline.attribution.forward import TargetLayers
    from camlode.pipeline.attribution.methods.base import Method


SAMPLE_LENGTH = 64
"""Tokens of the documents that a model without a length is probed with; more than any usual kernel."""


class Engine:
    """A method compiled for a model; `trim` says whether the model may be given shorter batches.

    `batcher`: makes the model's inputs. `largest_id`: the largest id of the vocabulary. Raises ModelError: the model
    can't be explained, or not by this method. Raises DeviceMemoryError.
    """

    def __init__(
        self,
        target_layers: TargetLayers,
        embedding: TargetLayers | None,
        decision: Decision,
        settings: Attribution,
        batcher: Batcher,
        largest_id: int,
    ) -> None:
        self.target_layers = target_layers
        self.method = METHODS[settings.method](settings)
        check_precision(self.method, settings)
        self._backend = current_backend()
        self._classifier = batcher.classifier
        self._decision = decision
        self._tokens = batcher.full_length or SAMPLE_LENGTH
        sample_output = self._classifier.sample_output(self._tokens)
        check_outputs(sample_output, decision.size)
        receptive_fields = target_layers.receptive_fields(self._tokens)
        self.method.check(target_layers.names, receptive_fields)
        lengths = [
            None if batcher.full_length is None else len(receptive_field) for receptive_field in receptive_fields
        ]
        self._explainer = BatchExplainer(
            self._backend, self.method, target_layers, embedding, decision, settings, lengths
        )
        sample = batcher.draw_samples(self._tokens, self._tokens, largest_id)
        # Tracing `predict` finds the activation, which the checks need; running it finds ids without an embedding.
        self._predict = self._compile(
            self._explainer.predict, self._classifier.input_specs(batcher.full_length), sample.inputs
        )
        check_activation(sample_output, self.activation)
        self._check_ids(sample.inputs, largest_id)
        self.trim = self._probe_trim(batcher, largest_id, sample.inputs)
        # Compiled for any length only if batches may be trimmed: other models may need to know their full length.
        arrays = self._pack_arrays(sample, np.zeros(decision.size, np.bool_))
        input_specs = self._array_specs(
            batcher.full_length if self.trim.margin is None else None, len(receptive_fields)
        )
        try:
            if self.method.needs_linear_head:
                weights = self._compile(self._explainer.pool_weights, input_specs, arrays)
                # In few bits, the gradients of tied positions of a maximum are rounded one by one.
                check_linear_head(weights(*arrays), tolerance=1e-4 if settings.precision == "float32" else 1e-2)
            self._explain = self._compile(self._explainer.explain, input_specs, arrays, max_labels=1)
        except ModelError as error:
            raise ModelError(
                f"attribution.method {settings.method} can't explain this model: {error}; methods that work whatever "
                f"follows what they explain: {', '.join(MODEL_AGNOSTIC_METHODS)}"
            ) from error

    @property
    def activation(self) -> str:
        """The model's last activation: "softmax", "sigmoid", or "linear" for any other."""
        return self._explainer.activation

    def predict(self, inputs: Sequence[AnyArray]) -> tuple[Float32Array, Float32Array]:
        """Logits and probabilities [documents, labels] of a batch at the model's full length."""
        if self._backend.dynamic:
            logits, probabilities = self._predict(*inputs)
            return logits, probabilities
        logits, probabilities = self._predict(*pad_documents(inputs))
        return logits[: len(inputs[0])], probabilities[: len(inputs[0])]

    def explain(self, batch: PaddedBatch, requested_labels: Sequence[int]) -> BatchExplanation:
        """Scores of each token for each label that the model predicts, or for `requested_labels`, if there are any."""
        flags = np.isin(np.arange(self._decision.size), requested_labels)
        if self._backend.dynamic:
            return BatchExplanation(*self._explain(*self._pack_arrays(batch, flags)))
        full = pad_batch(batch)
        explanation = self._explain(*self._pack_arrays(full, flags), max_labels=self._count_max_labels(full, flags))
        return take_first(explanation, len(batch.members))

    def _count_max_labels(self, batch: PaddedBatch, requested_labels: BoolArray) -> int:
        """The largest number of labels of a document of the batch, at least 1, rounded up to few different numbers."""
        # A static number of labels is part of the compiled program; here it has to be known before the run.
        if requested_labels.any():
            return min(next_power_of_two(int(requested_labels.sum())), self._decision.size)
        if self._decision.task == "multiclass":
            return 1
        is_predicted = self._predict(*batch.inputs)[1] >= np.asarray(self._decision.thresholds, np.float32)
        return min(next_power_of_two(int(is_predicted.sum(axis=1).max())), self._decision.size)

    def _pack_arrays(self, batch: PaddedBatch, requested_labels: BoolArray) -> list[AnyArray]:
        return [
            *batch.inputs,
            *batch.padding_inputs,
            batch.mask,
            requested_labels,
            *self.target_layers.receptive_fields(batch.mask.shape[1]),
        ]

    def _array_specs(self, length: int | None, layer_count: int) -> list[InputSpec]:
        inputs = self._classifier.input_specs(length)
        matrix = InputSpec((None, None), "bool")
        return [*inputs, *inputs, matrix, InputSpec((self._decision.size,), "bool"), *[matrix] * layer_count]

    def _compile(
        self, function: Callable[..., Any], input_specs: Sequence[InputSpec], sample: Sequence[AnyArray], **fixed: int
    ) -> Callable[..., Any]:
        try:
            return self._backend.compile(function, self._classifier, input_specs, sample, **fixed)
        except ModelError:
            raise
        except Exception as error:  # Whatever the model's own code raises when it is compiled.
            raise ModelError(f"the model can be run, but not compiled: {summarize_error(error)}") from error

    def _check_ids(self, inputs: Sequence[AnyArray], largest_id: int) -> None:
        try:
            self._predict(*inputs)
        except Exception as error:  # Whatever the model's own code raises; the user needs its message.
            if is_out_of_memory(error):
                raise document_memory_error(len(inputs[0])) from error
            raise ModelError(
                f"the model fails on texts of {self._tokens} tokens with the vocabulary's ids, 0 to {largest_id}: "
                f"{summarize_error(error)}{self._precision_hint()}"
            ) from error

    def _precision_hint(self) -> str:
        precision = self.method.settings.precision
        return "" if precision == "float32" else f" (attribution.precision is {precision}; float32 may work)"

    def _probe_trim(self, batcher: Batcher, largest_id: int, sample: Sequence[AnyArray]) -> Trim:
        if self.method.needs_full_length:
            return Trim(None, "the method's scores depend on the padding")
        if batcher.full_length is None or self._classifier.takes_text:
            return Trim(None, "the model pads its texts by itself")
        field_size = self.target_layers.receptive_field_size
        shortest = shortest_safe_length(batcher.full_length, field_size)
        if shortest == batcher.full_length:
            return too_short_to_trim(batcher.full_length, field_size)
        try:
            predict = self._compile(self._explainer.predict, self._classifier.input_specs(None), sample)
            # A model inside the model checks its length when it is run, not when the outer one is compiled.
            self.target_layers.receptive_fields(shortest)
        except ModelError as error:
            return Trim(None, f"the model takes no shorter texts: {error}")

        def logits(size: int, length: int) -> Float32Array:
            inputs = batcher.draw_samples(size, length, largest_id).inputs
            if length == batcher.full_length:
                return np.asarray(self._predict(*inputs)[0])
            try:
                return np.asarray(predict(*inputs)[0])
            except Exception as error:  # Whatever else the model raises: a text of this length is too short for it.
                if is_out_of_memory(error):
                    raise document_memory_error(len(inputs[0])) from error
                return np.full((len(inputs[0]), self._decision.size), np.nan, np.float32)

        return probe_trim(logits, length=batcher.full_length, receptive_field_size=field_size)


def check_vector(output: Any) -> None:
    """Raise a ModelError unless a model's `output` is one tensor [documents, scores]."""
    if not hasattr(output, "shape"):
        outputs = f"{len(output)} outputs" if isinstance(output, list | tuple | dict) else f"a {type(output).__name__}"
        raise ModelError(f"the model gives {outputs}; expected one output: a vector of scores a document")
    shape = tuple(output.shape)
    if len(shape) != 2:
        raise ModelError(
            f"the model's output has the shape {('documents', *shape[1:])}; expected (documents, labels): a vector of "
            "scores a document"
        )


def check_outputs(output: Tensor, labels: int) -> None:
    """Raise a ModelError unless a model's `output` is one tensor [documents, scores] with a score for each label.

    `labels`: their number. Two labels may share a single score.
    """
    check_vector(output)
    shape = tuple(output.shape)
    if shape[1] != labels and (shape[1], labels) != (1, 2):
        raise ModelError(
            f"model.labels has {labels} labels, but the model has {shape[1]} outputs; give one label for each output"
        )


def check_activation(output: Tensor, activation: str) -> None:
    """Raise a ModelError if `output` is probabilities although no softmax or sigmoid was recognised before it."""
    scores = np.asarray(output, dtype=np.float64)
    if activation == "linear" and scores.shape[1] > 1 and (scores >= 0).all() and np.allclose(scores.sum(axis=1), 1):
        raise ModelError(
            "the model's scores add up to 1, but it does not end in a softmax whose input could be found; "
            "end it with keras.layers.Softmax, or with the logits themselves"
        )


def check_precision(method: Method, settings: Attribution) -> None:
    """Raise a ModelError for a method that walks over operations in less than float32."""
    # These methods divide by differences and sums inside the model, which fewer bits round to noise.
    if method.uses_propagation and settings.precision != "float32":
        raise ModelError(
            f"attribution.method {settings.method} takes attribution.precision: float32, not {settings.precision}; "
            "set that, or choose another method"
        )


def check_linear_head(weights: Sequence[Float32Array], *, tolerance: float = 1e-4) -> None:
    """Raise a ModelError unless the pooled weights [labels, documents, channels] are the same for every document.

    `tolerance`: largest relative difference of a weight between documents.
    """
    for each in weights:
        if not np.allclose(each, each[:, :1], rtol=tolerance, atol=tolerance / 100):
            raise ModelError(
                "cam needs pooling and one linear layer between the explained layers and attribution.target, but in "
                "this model a channel's weight differs from text to text"
            )
