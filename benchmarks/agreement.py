"""Agreement of camlode's importances with those of other libraries, on one model with the same weights.

    python -m benchmarks.agreement

captum (torch) and tf-keras-vis explain token vectors and layer positions. Their scores are summed over the
dimensions of a vector; their maps are distributed over the tokens in the receptive field of each position and
summed over layers. Differences are relative to the largest score. Needs the extra `bench`; a missing library is
reported and skipped.

The model is a small TextCNN, built three times with the same weights: in Keras from ids, in Keras from vectors, in
torch.
"""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from camlode.config.attribution import Attribution
from camlode.pipeline.importance_unit import IMPORTANCE_UNIT
from camlode.pipeline.models.runtime import start_tensorflow
from camlode.pipeline.records import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy.typing as npt

    from camlode.config.attribution import MethodName

    Array = npt.NDArray[np.floating[Any]]
    Array = npt.NDArray[np.float32]

TOLERANCE = 1e-4


class ReferenceScores(NamedTuple):
    """A method, its name in the other library, and its scores [documents, tokens]."""

    method: MethodName
    other: str
    scores: Array


def captum_scores(case: PortedCase) -> Iterator[ReferenceScores]:
    """Scores of all methods that captum shares with camlode and that support this model."""
    import torch
    from captum import attr

    network = build_torch_model(case.model)
    padding, labels = torch.from_numpy(case.padding), torch.from_numpy(case.labels)
    vectors = torch.from_numpy(case.vectors).requires_grad_()

    def sum_dimensions(attributions: Any) -> Array:
        scores: Array = attributions.detach().numpy().sum(axis=2)
        return scores

    target_options = {"target": labels}
    yield ReferenceScores(
        "gradient-x-input",
        "InputXGradient",
        sum_dimensions(attr.InputXGradient(network).attribute(vectors, **target_options)),
    )
    yield ReferenceScores(
        "saliency", "Saliency", sum_dimensions(attr.Saliency(network).attribute(vectors, abs=True, **target_options))
    )
    steps = {"n_steps": Attribution().steps, "method": "riemann_middle"}
    integrated = attr.IntegratedGradients(network).attribute(vectors, padding, **target_options, **steps)
    yield ReferenceScores("integrated-gradients", "IntegratedGradients", sum_dimensions(integrated))
    # captum assigns the score of the whole vector to each of its dimensions.
    occluded = attr.Occlusion(network).attribute(vectors, (1, SIZE), baselines=padding, **target_options)
    yield ReferenceScores("occlusion", "Occlusion", sum_dimensions(occluded) / SIZE)
    maps = [
        attr.LayerGradCam(network, relu)
        .attribute(vectors, **target_options, relu_attributions=True)
        .detach()
        .numpy()[:, 0]
        for relu in network.relus
    ]
    yield ReferenceScores("grad-cam", "LayerGradCam", map_to_tokens(maps))


def tf_keras_vis_scores(case: PortedCase) -> Iterator[ReferenceScores]:
    """Scores of tf-keras-vis's Grad-CAM, with vectors as input."""
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.utils.scores import CategoricalScore

    model = build_vector_model(case.model)
    gradcam, score = Gradcam(model, clone=False), CategoricalScore(case.labels.tolist())
    maps = [
        np.asarray(
            gradcam(score, case.vectors, penultimate_layer=f"conv_{size}", normalize_cam=False, expand_cam=False)
        )
        for size in KERNELS
    ]
    yield ReferenceScores("grad-cam", "Gradcam", map_to_tokens(maps))


LIBRARIES: dict[str, Callable[[PortedCase], Iterator[ReferenceScores]]] = {
    "captum": captum_scores,
    "tf_keras_vis": tf_keras_vis_scores,
}
"""Comparisons by the name of the module they import."""


def map_to_tokens(maps: Sequence[Array]) -> Array:
    """Distribute each position's value over the tokens under its kernel; sum over kernels [documents, tokens]."""
    scores = np.zeros((len(maps[0]), LENGTH), np.float32)
    for size, each in zip(KERNELS, maps, strict=True):
        for offset in range(size):
            scores[:, offset : offset + each.shape[1]] += each / size
    return scores


def format_row(found: ReferenceScores, library: str, own: Array) -> tuple[str, bool]:
    """Format a row of the table; also returns whether the two libraries agree."""
    largest = float(np.abs(own - found.scores).max())
    share = largest / float(np.abs(found.scores).max())
    agrees = share <= TOLERANCE
    verdict = "yes" if agrees else "NO"
    return f"| {found.method} | {library} {found.other} | {largest:.1e} | {share:.1e} | {verdict} |", agrees


def is_installed(module: str) -> bool:
    """Whether a module is installed; an import error of a dependency is raised."""
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        return False
    return True


WORDS, SIZE, CHANNELS, LENGTH, LABELS = 50, 16, 12, 20, 4
KERNELS = (2, 3, 4)
DOCUMENTS = 64


@dataclass(frozen=True)
class PortedCase:
    """`model` takes `ids` [documents, tokens]; the other libraries take `vectors` and the vectors of `padding`.

    `labels` [documents] are the predicted ones, which all libraries explain. No text is padded.
    """

    model: Any
    ids: npt.NDArray[np.int32]
    vectors: Array
    padding: Array
    labels: npt.NDArray[np.int64]


def make_case() -> PortedCase:
    """Build a model with random weights, and random texts."""
    model = _build_text_cnn()
    ids = np.random.default_rng(3).integers(1, WORDS, (DOCUMENTS, LENGTH), dtype=np.int32)
    (table,) = model.get_layer("embedding").get_weights()
    labels = np.asarray(model(ids)).argmax(axis=1)
    return PortedCase(model, ids, table[ids], np.broadcast_to(table[0], (DOCUMENTS, LENGTH, SIZE)).copy(), labels)


def _build_text_cnn() -> Any:
    from keras import Input, Model, initializers, layers

    def make_initializer(seed: int) -> Any:
        return initializers.RandomNormal(stddev=0.5, seed=seed)

    ids = Input((LENGTH,), dtype="int32")
    embedded = layers.Embedding(WORDS, SIZE, embeddings_initializer=make_initializer(1), name="embedding")(ids)
    pooled = [
        layers.GlobalMaxPooling1D()(
            layers.Conv1D(
                CHANNELS,
                size,
                activation="relu",
                kernel_initializer=make_initializer(size),
                bias_initializer=make_initializer(10 + size),
                name=f"conv_{size}",
            )(embedded)
        )
        for size in KERNELS
    ]
    head = layers.Dense(
        LABELS,
        activation="softmax",
        kernel_initializer=make_initializer(20),
        bias_initializer=make_initializer(21),
        name="head",
    )
    return Model(ids, head(layers.Concatenate()(pooled)))


def compute_importances(case: PortedCase, method: MethodName) -> Array:
    """camlode's importances [documents, tokens] for the predicted label."""
    from camlode.pipeline.attribution.attributor import Attributor
    from camlode.pipeline.attribution.decision import Decision
    from camlode.pipeline.attribution.methods import METHODS
    from camlode.pipeline.attribution.target_layers import select_embedding, select_target_layers
    from camlode.pipeline.models.keras_classifier import wrap_keras_model

    classifier = wrap_keras_model(case.model)
    embedding, layers = (find(classifier, "auto", tokens=LENGTH) for find in (select_embedding, select_target_layers))
    method_class = METHODS[method]
    attributor = Attributor(
        classifier,
        embedding if method_class.explains == "embedding" else layers,
        Decision("multiclass", (0.0,) * LABELS),
        length=LENGTH,
        embedding=embedding if method_class.needs_embedding else None,
        settings=Attribution(method=method),
        largest_id=WORDS - 1,
    )
    zeros = np.zeros(case.ids.size, np.int32)
    offsets = np.arange(0, case.ids.size + 1, LENGTH)
    tokens = Tokens(case.ids.ravel(), zeros, zeros, offsets, np.zeros(DOCUMENTS, np.bool_))
    scores: Array = attributor.attribute(tokens).values.reshape(DOCUMENTS, LENGTH) * IMPORTANCE_UNIT
    return scores


def build_vector_model(model: Any) -> Any:
    """Build the Keras model from token vectors to logits; convolutions keep their names."""
    from keras import Input, Model, layers

    vectors = Input((LENGTH, SIZE))
    pooled = [layers.GlobalMaxPooling1D()(_copy(model.get_layer(f"conv_{size}"), vectors, {})) for size in KERNELS]
    return Model(vectors, _copy(model.get_layer("head"), layers.Concatenate()(pooled), {"activation": "linear"}))


def _copy(layer: Any, inputs: Any, changes: dict[str, Any]) -> Any:
    """Apply a copy of the layer with the same weights."""
    copy = type(layer).from_config(layer.get_config() | changes)
    output = copy(inputs)
    copy.set_weights(layer.get_weights())
    return output


def build_torch_model(model: Any) -> Any:
    """Build the model in torch, from vectors [documents, tokens, size] to logits; `relus` output the convolutions."""
    import torch
    from torch import nn

    class TextCnn(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.convolutions = nn.ModuleList(nn.Conv1d(SIZE, CHANNELS, size) for size in KERNELS)
            self.relus = nn.ModuleList(nn.ReLU() for _ in KERNELS)
            self.head = nn.Linear(CHANNELS * len(KERNELS), LABELS)

        def forward(self, vectors: Any) -> Any:
            columns = vectors.transpose(1, 2)
            pairs = zip(self.convolutions, self.relus, strict=True)
            return self.head(torch.cat([relu(convolve(columns)).amax(dim=2) for convolve, relu in pairs], dim=1))

    network = TextCnn().eval()
    for size, convolution in zip(KERNELS, network.convolutions, strict=True):
        _copy_weights(convolution, model.get_layer(f"conv_{size}"))
    _copy_weights(network.head, model.get_layer("head"))
    return network


def _copy_weights(module: Any, layer: Any) -> None:
    """Copy weights: Keras kernels are [tokens, in, out] or [in, out], torch's [out, in, tokens] or [out, in]."""
    import torch

    kernel, bias = layer.get_weights()
    with torch.no_grad():
        module.weight.copy_(torch.from_numpy(kernel.T.copy()))
        module.bias.copy_(torch.from_numpy(bias))


def main() -> None:
    """Compare, print a table, and exit with 1 if a method disagrees."""
    start_tensorflow(seed=1)
    case, disagreed = make_case(), False
    print("| method | other library | largest difference | share of the largest score | within 1e-4 |")
    print("|---|---|---:|---:|---|")
    missing = []
    for library, compare in LIBRARIES.items():
        if not is_installed(library):
            missing.append(library)
            continue
        for found in compare(case):
            line, agrees = format_row(found, library, compute_importances(case, found.method))
            print(line)
            disagreed = disagreed or not agrees
    for library in missing:
        print(f"\n{library} is not installed and was skipped: pip install 'camlode[bench]'")
    sys.exit(int(disagreed))


if __name__ == "__main__":
    main()
