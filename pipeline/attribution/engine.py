"""One method on one model, compiled: what a batch is decided to be, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from config.errors import ModelError
from pipeline.attribution.checks import check_activation, check_linear_head, check_outputs, check_precision
from pipeline.attribution.cutting import Cutting, probe, shortest
from pipeline.attribution.explainer import Answer, BatchExplainer
from pipeline.attribution.memory import too_little_for
from pipeline.attribution.methods import FOR_ANY_MODEL, METHODS
from pipeline.attribution.sizes import filled, filled_batch, of_first, rounded
from pipeline.models.backends.protocol import backend
from pipeline.models.classifier import InputSpec
from pipeline.models.failures import is_out_of_memory, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from config.attribution import Attribution
    from pipeline.attribution.batches import Fed, Feeder
    from pipeline.attribution.decision import Decision
    from pipeline.attribution.explained import Explained

SAMPLE_LENGTH = 64
"""How many tokens a model without a length is tried on; more than any kernel has."""


class Engine:
    """Compiles a method for a model, and says by `cutting` whether the model may be fed shorter batches.

    `feeder` tells how the model is fed; `largest_id` is the largest id that sample documents may hold.
    """

    def __init__(
        self,
        explained: Explained,
        embedding: Explained | None,
        decision: Decision,
        settings: Attribution,
        feeder: Feeder,
        largest_id: int,
    ) -> None:
        self.explained = explained
        self.method = METHODS[settings.method](settings)
        check_precision(self.method, settings)
        self._backend = backend()
        self._classifier = feeder.classifier
        self._decision = decision
        self._tokens = feeder.whole or SAMPLE_LENGTH
        answer = self._classifier.answer(self._tokens)
        check_outputs(answer, decision.size)
        covers = explained.covers(self._tokens)
        self.method.check(explained.names, covers)
        lengths = [None if feeder.whole is None else len(cover) for cover in covers]
        self._explainer = BatchExplainer(self._backend, self.method, explained, embedding, decision, settings, lengths)
        sample = feeder.drawn(self._tokens, self._tokens, largest_id)
        self._decide = self._compiled(self._explainer.decide, self._classifier.specs(feeder.whole), sample.inputs)
        check_activation(answer, self.activation)
        self._check_ids(sample.inputs, largest_id)
        self.cutting = self._probed(feeder, largest_id, sample.inputs)
        arrays = self._arrays(sample, self._no_label())
        specs = self._specs(feeder.whole if self.cutting.margin is None else None, len(covers))
        try:
            if self.method.linear_head:
                weights = self._compiled(self._explainer.pooled_weights, specs, arrays)
                # The shares of a maximum at several positions are rounded to the model's few bits one by one.
                check_linear_head(weights(*arrays), tolerance=1e-4 if settings.precision == "float32" else 1e-2)
            self._explain = self._compiled(self._explainer.explain, specs, arrays, ranks=1)
        except ModelError as error:
            raise ModelError(
                f"attribution.method {settings.method} can't explain this model: {error}; methods that work whatever "
                f"follows what they explain: {', '.join(FOR_ANY_MODEL)}"
            ) from error

    @property
    def activation(self) -> str:
        """What the model does last: "softmax", "sigmoid", or "linear" where it is neither."""
        return self._explainer.activation

    def decide(self, inputs: Sequence[Any]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Logits and probabilities [documents, labels] of a batch at the model's whole length."""
        if self._backend.dynamic:
            logits, probabilities = self._decide(*inputs)
            return logits, probabilities
        logits, probabilities = self._decide(*filled(inputs))
        return logits[: len(inputs[0])], probabilities[: len(inputs[0])]

    def explain(self, fed: Fed, wanted: Sequence[int]) -> Answer:
        """What each token contributes to each label that the model gives, or to those `wanted`."""
        flags = np.isin(np.arange(self._decision.size), wanted)
        if self._backend.dynamic:
            return Answer(*self._explain(*self._arrays(fed, flags)))
        full = filled_batch(fed)
        answer = self._explain(*self._arrays(full, flags), ranks=self._ranks(full, flags))
        return of_first(answer, len(fed.members))

    def _ranks(self, fed: Fed, wanted: npt.NDArray[np.bool_]) -> int:
        """How many labels a document of the batch has at most, at least 1, rounded so that few numbers come up."""
        if wanted.any():
            return min(rounded(int(wanted.sum())), self._decision.size)
        if self._decision.task == "multiclass":
            return 1
        given = self._decide(*fed.inputs)[1] >= np.asarray(self._decision.thresholds, np.float32)
        return min(rounded(int(given.sum(axis=1).max())), self._decision.size)

    def _arrays(self, fed: Fed, wanted: npt.NDArray[np.bool_]) -> list[Any]:
        return [*fed.inputs, *fed.absent, fed.real, wanted, *self.explained.covers(fed.real.shape[1])]

    def _no_label(self) -> npt.NDArray[np.bool_]:
        return np.zeros(self._decision.size, np.bool_)

    def _specs(self, length: int | None, covers: int) -> list[InputSpec]:
        inputs = self._classifier.specs(length)
        matrix = InputSpec((None, None), "bool")
        return [*inputs, *inputs, matrix, InputSpec((self._decision.size,), "bool"), *[matrix] * covers]

    def _compiled(
        self, function: Callable[..., Any], specs: Sequence[InputSpec], sample: Sequence[Any], **fixed: int
    ) -> Callable[..., Any]:
        try:
            return self._backend.compile(function, self._classifier, specs, sample, **fixed)
        except ModelError:
            raise
        except Exception as error:  # Whatever the model's own code raises, where it runs only uncompiled.
            raise ModelError(f"the model can be run, but not compiled: {one_line(error)}") from error

    def _check_ids(self, inputs: Sequence[Any], largest_id: int) -> None:
        try:
            self._decide(*inputs)
        except Exception as error:  # Whatever the model's own code raises; the user needs its message.
            if is_out_of_memory(error):
                raise too_little_for(len(inputs[0])) from error
            raise ModelError(
                f"the model fails on texts of {self._tokens} tokens with the vocabulary's ids, 0 to {largest_id}: "
                f"{one_line(error)}{self._asked_for_few_bits()}"
            ) from error

    def _asked_for_few_bits(self) -> str:
        precision = self.method.settings.precision
        return "" if precision == "float32" else f" (attribution.precision is {precision}; float32 may serve)"

    def _probed(self, feeder: Feeder, largest_id: int, sample: Sequence[Any]) -> Cutting:
        if self.method.whole_length:
            return Cutting(None, "the method's scores depend on the padding")
        if feeder.whole is None or self._classifier.takes_text:
            return Cutting(None, "the model pads its texts by itself")
        try:
            decide = self._compiled(self._explainer.decide, self._classifier.specs(None), sample)
            # A model inside the model may ask for its whole length as soon as it can see another.
            self.explained.covers(shortest(feeder.whole, self.explained.reach))
        except ModelError as error:
            return Cutting(None, f"the model takes no shorter texts: {error}")

        def logits(size: int, length: int) -> npt.NDArray[np.float32]:
            inputs = feeder.drawn(size, length, largest_id).inputs
            if length == feeder.whole:
                return np.asarray(self._decide(*inputs)[0])
            try:
                return np.asarray(decide(*inputs)[0])
            except Exception as error:  # Whatever else the model raises, a text of this length is too short for it.
                if is_out_of_memory(error):
                    raise too_little_for(len(inputs[0])) from error
                return np.full((len(inputs[0]), self._decision.size), np.nan, np.float32)

        return probe(logits, length=feeder.whole, reach=self.explained.reach)
