"""What each method is measured on: the TextCNN of the setting, and variants of it where a method asks for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from benchmarks.speed import PREDICT_BATCH
from camlode.config.attribution import Attribution, MethodName

if TYPE_CHECKING:
    from benchmarks.setting import Setting
    from camlode.config import Job
    from camlode.pipeline.explainer import Explainer
    from camlode.pipeline.records import Tokens

LABELS_PER_DOCUMENT = 3


@dataclass(frozen=True)
class MethodSubject:
    """A model with texts, their padded ids, and the job that explains them by one method."""

    name: str
    model: Any
    job: Job
    texts: list[str]
    ids: Any

    def tokens(self, explainer: Explainer, documents: int) -> Tokens:
        """The first texts' tokens."""
        return explainer.tokenizer.encode(self.texts[:documents])


def subjects(setting: Setting) -> list[MethodSubject]:
    """One for each method, and one for several labels a document."""
    several, threshold = build_multilabel_model(setting)
    several_job = setting.job.model_copy(
        update={"model": setting.job.model.model_copy(update={"task": "multilabel", "threshold": threshold})}
    )
    one_layer = build_single_convolution_model(setting.model)
    method_subjects = [
        _make_subject(setting, method, one_layer if method == "text-grad-cam" else setting.model)
        for method in get_args(MethodName)
    ]
    return [
        *method_subjects,
        MethodSubject("grad-cam, several labels", several, several_job, setting.texts, setting.ids),
    ]


def _make_subject(setting: Setting, method: MethodName, model: Any) -> MethodSubject:
    job = setting.job.model_copy(update={"attribution": Attribution(method=method)})
    return MethodSubject(method, model, job, setting.texts, setting.ids)


def build_multilabel_model(setting: Setting) -> tuple[Any, float]:
    """The same model with a sigmoid a label, and the threshold at which a document has 3 labels on average."""
    import keras

    last = setting.model.layers[-1]
    dense = keras.layers.Dense(last.units, activation="sigmoid")
    model = keras.Model(setting.model.input, dense(last.input))
    dense.set_weights(last.get_weights())
    probabilities = model.predict(setting.ids, batch_size=PREDICT_BATCH, verbose=0)
    return model, float(np.quantile(probabilities, 1 - LABELS_PER_DOCUMENT / last.units))


def build_single_convolution_model(model: Any) -> Any:
    """A model with one convolution that keeps the text's length, which is all that text-grad-cam explains."""
    from keras import Input, Model, layers

    embedding = next(layer for layer in model.layers if isinstance(layer, layers.Embedding))
    ids = Input(model.input_shape[1:], dtype="int32")
    convolved = layers.Conv1D(128, 3, padding="same", activation="relu")(
        layers.Embedding(embedding.input_dim, embedding.output_dim)(ids)
    )
    pooled = layers.GlobalMaxPooling1D()(convolved)
    return Model(ids, layers.Dense(model.output_shape[1], activation="softmax")(pooled))
