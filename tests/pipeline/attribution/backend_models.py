"""Three models that both backends load, and their explanations of a few documents by a method."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import keras
import numpy as np

from camlode.config import Attribution
from camlode.config.errors import ModelError
from camlode.pipeline.attribution import engine
from camlode.pipeline.attribution.attributor import Attributor
from camlode.pipeline.attribution.decision import Decision
from camlode.pipeline.attribution.methods import METHODS
from camlode.pipeline.attribution.padding import Padding
from camlode.pipeline.attribution.target_layers import select_embedding, select_target_layers
from camlode.pipeline.attribution.trimming import Trim, probe_trim
from camlode.pipeline.importance_unit import IMPORTANCE_UNIT
from camlode.pipeline.models.keras_classifier import wrap_keras_model
from camlode.pipeline.records import Tokens

if TYPE_CHECKING:
    from pathlib import Path

LENGTH = 24
WORDS = 30
SIZES = (3, 20, 7, 24, 1)

layers = keras.layers
_trims: dict[str, Trim] = {}


class Residual(keras.Model):
    """Embedding, a convolution that is added to what went in, a batch normalization, another, the mean, a head."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.embedding = layers.Embedding(WORDS, 6, name="embedding")
        self.first = layers.Conv1D(6, 3, padding="same", activation="relu", name="first")
        self.normal = layers.BatchNormalization(name="normal")
        self.second = layers.Conv1D(8, 3, padding="same", activation="relu", name="second")
        self.dropout = layers.Dropout(0.5)
        self.hidden = layers.Dense(5, activation="tanh", name="hidden")
        self.head = layers.Dense(3, name="head")

    def call(self, ids: Any) -> Any:
        """Probabilities [documents, labels] of ids [documents, tokens]."""
        embedded = self.embedding(ids)
        joined = self.normal(embedded + self.first(embedded))
        pooled = self.dropout(keras.ops.mean(self.second(joined), axis=1))
        return keras.ops.softmax(self.head(self.hidden(pooled)))


def _branches() -> Any:
    ids = keras.Input((LENGTH,), dtype="int32")
    embedded = layers.Embedding(WORDS, 6)(ids)
    pooled = [layers.GlobalMaxPooling1D()(layers.Conv1D(4, k, activation="relu")(embedded)) for k in (1, 2, 3)]
    return keras.Model(ids, layers.Dense(4, activation="sigmoid")(layers.Concatenate()(pooled)))


def _recurrent() -> Any:
    ids = keras.Input((LENGTH,), dtype="int32")
    embedded = layers.Embedding(WORDS, 6, mask_zero=True)(ids)
    recurrent = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(embedded)
    attended = layers.MultiHeadAttention(2, 4)(recurrent, recurrent)
    convolved = [layers.Conv1D(3, k, padding="same", activation="relu")(attended) for k in (1, 3)]
    pooled = [layers.GlobalMaxPooling1D()(each) for each in convolved]
    return keras.Model(ids, layers.Dense(3, activation="softmax")(layers.Concatenate()(pooled)))


def save_models(folder: Path) -> dict[str, Any]:
    """Build the models and save them; their weights are large, so that the scores of all methods are."""
    residual = Residual()
    residual(np.zeros((1, LENGTH), np.int32))
    generator = np.random.default_rng(5)
    models = {"branches": _branches(), "recurrent": _recurrent(), "residual": residual}
    for name, model in models.items():
        for weight in model.weights:
            values = generator.normal(0.0, 0.7, weight.shape)
            weight.assign(np.abs(values) + 0.1 if "variance" in weight.path else values)
        model.save(folder / f"{name}.keras")
    return models


def explain_models(models: dict[str, Any], methods: dict[str, Any]) -> dict[str, Any]:
    """The models' explanations by their methods, by "model|method|part"; the part of an error is "refused"."""
    found: dict[str, Any] = {}
    for name, names in methods.items():
        for method in names:
            try:
                parts = explain_documents(name, models[name], method)
            except ModelError as error:
                parts = {"refused": np.array(str(error))}
            found |= {f"{name}|{method}|{part}": value for part, value in parts.items()}
    return found


def explain_documents(name: str, model: Any, method: Any) -> dict[str, Any]:
    """Documents, labels, probabilities, scores, padding and residuals of a few documents."""
    multilabel = name == "branches"
    classifier = wrap_keras_model(model)
    settings = Attribution(method=method, steps=4, samples=2, window=2)
    kind = METHODS[method]
    embedded = select_embedding(classifier, "auto", tokens=LENGTH)
    on_embedding = kind.explains == "embedding"
    with patch.object(engine, "probe_trim", partial(_probe_once, name)):
        attributor = Attributor(
            classifier,
            embedded if on_embedding else select_target_layers(classifier, "auto", tokens=LENGTH),
            Decision("multilabel", (0.3,) * 4) if multilabel else Decision("multiclass", (0.0,) * 3),
            length=LENGTH,
            embedding=embedded if kind.needs_embedding else None,
            padding=Padding(0, before=False),
            settings=settings,
            batch_size=8,
            largest_id=WORDS - 1,
        )
    found = attributor.attribute(_documents())
    return {
        "documents": found.documents,
        "labels": found.labels,
        "probabilities": found.probabilities,
        "values": found.values * IMPORTANCE_UNIT,
        "padding": found.padding * IMPORTANCE_UNIT,
        "residuals": found.residuals,
        "invalid": found.invalid,
        "margin": np.array(-1 if attributor.trim.margin is None else attributor.trim.margin),
    }


def _probe_once(name: str, *args: Any, **kwargs: Any) -> Trim:
    """`probe_trim` once for each model: the result doesn't depend on the method, and JAX compiles each length."""
    if name not in _trims:
        _trims[name] = probe_trim(*args, **kwargs)
    return _trims[name]


def _documents() -> Tokens:
    ids = np.random.default_rng(1).integers(1, WORDS, sum(SIZES), dtype=np.int32)
    none = np.zeros_like(ids)
    return Tokens(ids, none, none, np.cumsum([0, *SIZES]), np.zeros(len(SIZES), bool))
