"""Attributors of models in memory, and their importances in logits by document and label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pytest

from camlode.pipeline.importance_unit import IMPORTANCE_UNIT
from camlode.pipeline.records import Importances, Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from camlode.pipeline.attribution.attributor import Attributor


class ExplanationResult:
    """Importances by document and label, in logits."""

    def __init__(self, attributor: Attributor, importances: Importances) -> None:
        self.attributor = attributor
        self.importances = importances

    def pairs(self) -> list[tuple[int, int]]:
        return list(zip(self.importances.documents.tolist(), self.importances.labels.tolist(), strict=True))

    def token_scores(self, document: int, label: int) -> list[float]:
        pair = self.pairs().index((document, label))
        first, stop = self.importances.offsets[pair : pair + 2]
        return (self.importances.values[first:stop] * IMPORTANCE_UNIT).tolist()

    def padding(self) -> list[float]:
        return (self.importances.padding * IMPORTANCE_UNIT).tolist()


class Explain(Protocol):
    def __call__(self, model: Any, documents: Sequence[Sequence[int]], **options: Any) -> ExplanationResult: ...


def as_tokens(documents: Sequence[Sequence[int]]) -> Tokens:
    ids = np.array([number for document in documents for number in document], np.int32)
    offsets = np.cumsum([0, *map(len, documents)])
    return Tokens(ids, np.zeros_like(ids), np.zeros_like(ids), offsets, np.zeros(len(documents), bool))


@pytest.fixture(scope="session")
def make_tokens() -> Any:
    return as_tokens


@pytest.fixture(scope="session")
def open_attributor(keras: Any) -> Any:
    """Makes an attributor of a model in memory; by default every label's probability reaches its threshold.

    Without `trim`, batches have the model's full length in any case.
    """

    def build(
        model: Any,
        labels: int,
        *,
        task: str = "multiclass",
        threshold: float = 0.0,
        length: int = 4,
        before: bool = False,
        layers: Any = "auto",
        embedding: str = "auto",
        inputs: Any = None,
        batch_size: int = 256,
        largest_id: int = 9,
        trim: bool = True,
        **settings: Any,
    ) -> Attributor:
        from camlode.config import Attribution
        from camlode.pipeline.attribution.attributor import Attributor
        from camlode.pipeline.attribution.decision import Decision
        from camlode.pipeline.attribution.engine import SAMPLE_LENGTH
        from camlode.pipeline.attribution.methods import METHODS
        from camlode.pipeline.attribution.padding import Padding
        from camlode.pipeline.attribution.target_layers import select_embedding, select_target_layers
        from camlode.pipeline.attribution.trimming import NO_TRIM
        from camlode.pipeline.models.classifier import NO_LENGTH_LIMIT
        from camlode.pipeline.models.keras_classifier import wrap_keras_model

        classifier = wrap_keras_model(model, inputs)
        tokens = SAMPLE_LENGTH if length == NO_LENGTH_LIMIT else length
        attribution_settings = Attribution(**settings)
        method = METHODS[attribution_settings.method]

        def embedded() -> Any:
            return select_embedding(classifier, embedding, tokens=tokens)

        on_embedding = method.explains == "embedding"
        attributor = Attributor(
            classifier,
            embedded() if on_embedding else select_target_layers(classifier, layers, tokens=tokens),
            Decision(task, (threshold,) * labels),  # type: ignore[arg-type]
            length=length,
            embedding=embedded() if method.needs_embedding else None,
            padding=Padding(0, before),
            settings=attribution_settings,
            batch_size=batch_size,
            largest_id=largest_id,
        )
        if not trim:
            attributor._engine.trim = NO_TRIM
        return attributor

    return build


@pytest.fixture(scope="session")
def explain(open_attributor: Any) -> Explain:
    def run(
        model: Any,
        documents: Sequence[Sequence[int]],
        *,
        labels: int = 2,
        requested_labels: Sequence[int] = (),
        texts: Sequence[str] | None = None,
        **options: Any,
    ) -> ExplanationResult:
        attributor = open_attributor(model, labels, **options)
        return ExplanationResult(
            attributor, attributor.attribute(as_tokens(documents), texts, requested_labels=requested_labels)
        )

    return run


@pytest.fixture(scope="session")
def randomize_weights() -> Callable[[Any], None]:
    """Adds normal noise to all weights of a model, biases too; always the same."""

    def randomize(model: Any) -> None:
        chance = np.random.default_rng(11)
        for weight in model.trainable_variables:
            weight.assign(weight + chance.normal(0, 0.2, weight.shape))

    return randomize
