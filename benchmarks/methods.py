"""Documents per second of each attribution method, relative to `model.predict`.

    python -m benchmarks.methods [--documents 8192] [--rounds 5] [--only METHOD]

The model is the TextCNN of benchmarks.speed, for up to 32 tokens. Each round measures `model.predict` directly
before each method and takes the ratio; the table shows medians over rounds. Slow methods explain fewer documents,
as many as they can in about a second; these are in fewer batches of mixed length, which slows them further. Score-
CAM and Ablation-CAM are also compared with a script that calls the model once per channel.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import numpy as np

from benchmarks.setting import make_setting
from benchmarks.speed import PREDICT_BATCH, documents_per_second
from camlode.config.attribution import Attribution, MethodName
from camlode.pipeline.models.runtime import start_tensorflow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy.typing as npt

    from camlode.pipeline.explainer import Explainer

    Array = npt.NDArray[np.float32]
    from benchmarks.setting import Setting
    from camlode.config import Job
    from camlode.pipeline.records import Tokens

SECONDS = 1.0
"""Approximate duration of a slow method in a round; methods that need less than four times this do all documents."""
MIN_DOCUMENTS = 32
"""Documents for the slowest methods."""
LOOP_DOCUMENTS = 2
TARGETS = {
    **dict.fromkeys(("cam", "grad-cam", "grad-cam++", "hirescam", "xgrad-cam", "layercam"), 0.9),
    **dict.fromkeys(("gradient-x-input", "saliency"), 0.4),
    "integrated-gradients": 0.015,
    "grad-cam, several labels": 0.7,
}
"""Required rates, relative to `model.predict`."""
LOOP_TARGET = 20


class MethodSpeed(NamedTuple):
    """Documents per second in one round: the method, `model.predict` before it, and a script's loop if any."""

    rate: float
    predict: float
    loop: float | None


@dataclass(frozen=True)
class Contender:
    """A loaded method, and the number of documents that it explains in about a second."""

    subject: MethodSubject
    explainer: Explainer
    documents: int
    loop: Callable[[Any], object] | None

    def measure(self) -> MethodSpeed:
        """Measure one round."""
        subject, tokens = self.subject, self.subject.tokens(self.explainer, self.documents)
        predict = documents_per_second(
            len(subject.ids), lambda: subject.model.predict(subject.ids, batch_size=PREDICT_BATCH, verbose=0)
        )
        rate = documents_per_second(self.documents, lambda: self.explainer.attributor.attribute(tokens))
        return MethodSpeed(rate, predict, self.loop and documents_per_second(LOOP_DOCUMENTS, self._run_loop))

    def _run_loop(self) -> None:
        assert self.loop is not None
        for ids in self.subject.ids[:LOOP_DOCUMENTS]:
            self.loop(ids)


def make_contender(subject: MethodSubject) -> Contender:
    """Load and warm up a method."""
    from camlode.pipeline.explainer import open_explainer

    explainer = open_explainer(subject.job, subject.model)
    few = subject.tokens(explainer, MIN_DOCUMENTS)
    explainer.attributor.attribute(few)
    rate = documents_per_second(MIN_DOCUMENTS, lambda: explainer.attributor.attribute(few))
    # The rate in a small batch underestimates that in large ones.
    is_fast = rate * 4 * SECONDS >= len(subject.ids)
    documents = len(subject.ids) if is_fast else max(int(rate * SECONDS), MIN_DOCUMENTS)
    return Contender(subject, explainer, documents, _make_loop(subject, explainer))


def _make_loop(subject: MethodSubject, explainer: Explainer) -> Callable[[Any], object] | None:
    method = subject.job.attribution.method
    if method not in ("score-cam", "ablation-cam"):
        return None
    loops = ChannelLoops(subject.model, list(explainer.model_info.layers))
    return loops.score_cam if method == "score-cam" else loops.ablation_cam


def format_row(each: Contender, rounds: Sequence[MethodSpeed]) -> str:
    """Format a row of the table: medians, and the ratios taken round by round."""
    rate = statistics.median(one.rate for one in rounds)
    ratio = statistics.median(one.rate / one.predict for one in rounds)
    factors = [one.rate / one.loop for one in rounds if one.loop]
    factor = statistics.median(factors) if factors else None
    name = each.subject.name
    shown = f"{ratio:.3f}" if ratio < 0.1 else f"{ratio:.2f}"
    return (
        f"| {name} | {each.documents:,} | {rate:,.0f} | {shown} | {_format_verdict(ratio, TARGETS.get(name))} "
        f"| {'' if factor is None else f'{factor:,.0f}'} "
        f"| {_format_verdict(factor, LOOP_TARGET if factors else None)} |"
    )


def _format_verdict(found: float | None, wanted: float | None) -> str:
    if found is None or wanted is None:
        return ""
    return f"≥ {wanted}: {'met' if found >= wanted else 'MISSED'}"


class ChannelLoops:
    """Score-CAM and Ablation-CAM as they are usually scripted: one document at a time, one model call per channel.

    For parallel convolutions on one embedding. The sub-models are built once, before any loop. Each loop takes ids
    [tokens] and returns the maps of the layers [positions] for the predicted label.
    """

    def __init__(self, model: Any, layers: list[str]) -> None:
        import keras

        embedded = next(layer for layer in model.layers if isinstance(layer, keras.layers.Embedding)).output
        convolved = [model.get_layer(name).output for name in layers]
        logits = _build_logits(model)
        self._activation_model = keras.Model(model.input, [embedded, *convolved])
        self._after_embedding = keras.Model(embedded, logits)
        self._after_layers = keras.Model(convolved, logits)

    def score_cam(self, ids: npt.NDArray[np.int32]) -> list[Array]:
        """Score-CAM: each channel, mapped to tokens and scaled to [0, 1], masks the embedded text in one call."""
        embedded, *maps = self._activations(ids)
        label = _predict_label(self._after_embedding(embedded))

        def score(channel: Array) -> Any:
            mask = _rescale(_map_to_tokens(channel, len(ids)))
            return self._after_embedding(embedded * mask[None, :, None])[0, label]

        return [_weight_channels(each, _softmax(_score_channels(each, score))) for each in maps]

    def ablation_cam(self, ids: npt.NDArray[np.int32]) -> list[Array]:
        """Ablation-CAM: each channel is set to zero in one call."""
        _, *maps = self._activations(ids)
        label = _predict_label(self._after_layers(maps))
        full_score = float(self._after_layers(maps)[0, label])

        def score_drops(number: int) -> Iterator[float]:
            for channel in range(maps[number].shape[-1]):
                ablated = [each.copy() if index == number else each for index, each in enumerate(maps)]
                ablated[number][..., channel] = 0.0
                yield full_score - float(self._after_layers(ablated)[0, label])

        return [
            _weight_channels(each, np.array([*score_drops(number)]) / abs(full_score))
            for number, each in enumerate(maps)
        ]

    def _activations(self, ids: npt.NDArray[np.int32]) -> list[Array]:
        return [np.asarray(value) for value in self._activation_model(ids[None])]


def _build_logits(model: Any) -> Any:
    """The model's output without softmax: the same Dense layer, linear."""
    import keras

    last = model.layers[-1]
    linear = keras.layers.Dense(last.units)
    logits = linear(last.input)
    linear.set_weights(last.get_weights())
    return logits


def _predict_label(logits: Any) -> int:
    return int(np.argmax(logits[0]))


def _score_channels(maps: Array, score: Callable[[Array], Any]) -> Array:
    return np.array([float(score(maps[0, :, channel])) for channel in range(maps.shape[-1])], np.float32)


def _map_to_tokens(channel: Array, tokens: int) -> Array:
    """The mean over the positions whose kernel covers each token, for a convolution without padding."""
    size = tokens - len(channel) + 1
    windows = np.ones(size)
    return (np.convolve(channel, windows) / np.convolve(np.ones(len(channel)), windows)).astype(np.float32)


def _rescale(values: Array) -> Array:
    most, least = values.max(), values.min()
    return (values - least) / (most - least) if most > least else np.zeros_like(values)


def _softmax(scores: Array) -> Array:
    powers: Array = np.exp(scores - scores.max())
    powers /= powers.sum()
    return powers


def _weight_channels(maps: Array, weights: Any) -> Array:
    positive: Array = np.maximum(maps[0] @ weights, 0.0)
    return positive


LABELS_PER_DOCUMENT = 3


@dataclass(frozen=True)
class MethodSubject:
    """A model with texts, their padded ids, and a job with one method."""

    name: str
    model: Any
    job: Job
    texts: list[str]
    ids: Any

    def tokens(self, explainer: Explainer, documents: int) -> Tokens:
        """Encode the first texts."""
        return explainer.tokenizer.encode(self.texts[:documents])


def make_subjects(setting: Setting) -> list[MethodSubject]:
    """One subject for each method, and one with several labels per document."""
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
    """The same model with sigmoids, and the threshold at which a document has 3 labels on average."""
    import keras

    last = setting.model.layers[-1]
    dense = keras.layers.Dense(last.units, activation="sigmoid")
    model = keras.Model(setting.model.input, dense(last.input))
    dense.set_weights(last.get_weights())
    probabilities = model.predict(setting.ids, batch_size=PREDICT_BATCH, verbose=0)
    return model, float(np.quantile(probabilities, 1 - LABELS_PER_DOCUMENT / last.units))


def build_single_convolution_model(model: Any) -> Any:
    """A model with one length-preserving convolution, the only kind that text-grad-cam supports."""
    from keras import Input, Model, layers

    embedding = next(layer for layer in model.layers if isinstance(layer, layers.Embedding))
    ids = Input(model.input_shape[1:], dtype="int32")
    convolved = layers.Conv1D(128, 3, padding="same", activation="relu")(
        layers.Embedding(embedding.input_dim, embedding.output_dim)(ids)
    )
    pooled = layers.GlobalMaxPooling1D()(convolved)
    return Model(ids, layers.Dense(model.output_shape[1], activation="softmax")(pooled))


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=8192)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", metavar="METHOD")
    arguments = parser.parse_args()
    tensorflow = start_tensorflow(seed=1)
    print(f"{platform.machine()}, {os.cpu_count()} cores, TensorFlow {tensorflow.__version__}\n")
    selected = [
        each
        for each in make_subjects(make_setting(32, arguments.documents))
        if not arguments.only or each.job.attribution.method in arguments.only
    ]
    contenders = [make_contender(each) for each in selected]
    measured = [[each.measure() for each in contenders] for _ in range(arguments.rounds)]
    print(
        "| method | documents | per second | relative to `model.predict` | required | relative to the loop | required |"
    )
    print("|---|---:|---:|---:|---|---:|---|")
    for each, rounds in zip(contenders, zip(*measured, strict=True), strict=True):
        print(format_row(each, rounds))
    steps = Attribution().steps
    print(f"\nintegrated-gradients: {steps} steps; shapley: {Attribution().samples} orders")


if __name__ == "__main__":
    main()
