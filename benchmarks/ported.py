"""One small TextCNN three times, with the same weights: in Keras from ids, in Keras from vectors, and in torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from camlode.config.attribution import Attribution
from camlode.pipeline.records import IMPORTANCE_UNIT, Tokens

if TYPE_CHECKING:
    import numpy.typing as npt

    from camlode.config.attribution import MethodName

    Array = npt.NDArray[np.float32]

WORDS, SIZE, CHANNELS, LENGTH, LABELS = 50, 16, 12, 20, 4
KERNELS = (2, 3, 4)
DOCUMENTS = 64


@dataclass(frozen=True)
class PortedCase:
    """`model` takes `ids` [documents, tokens]; the other libraries get the `vectors` of them, and of the padding.

    `labels` [documents] are those that the model predicts, which all libraries explain. No text is padded.
    """

    model: Any
    ids: npt.NDArray[np.int32]
    vectors: Array
    padding: Array
    labels: npt.NDArray[np.int64]


def ported() -> PortedCase:
    """A model with weights by chance, and texts by chance."""
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
    """What camlode gives each token [documents, tokens] for the predicted label."""
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
    """The Keras model from the tokens' vectors to logits; its convolutions keep their names."""
    from keras import Input, Model, layers

    vectors = Input((LENGTH, SIZE))
    pooled = [layers.GlobalMaxPooling1D()(_copy(model.get_layer(f"conv_{size}"), vectors, {})) for size in KERNELS]
    return Model(vectors, _copy(model.get_layer("head"), layers.Concatenate()(pooled), {"activation": "linear"}))


def _copy(layer: Any, inputs: Any, changes: dict[str, Any]) -> Any:
    """The output of a layer like this one, with its weights."""
    copy = type(layer).from_config(layer.get_config() | changes)
    output = copy(inputs)
    copy.set_weights(layer.get_weights())
    return output


def build_torch_model(model: Any) -> Any:
    """The same in torch, from vectors [documents, tokens, size] to logits; `relus` give the convolutions' outputs."""
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
    """Keras keeps kernels as [tokens, in, out] or [in, out], torch as [out, in, tokens] or [out, in]."""
    import torch

    kernel, bias = layer.get_weights()
    with torch.no_grad():
        module.weight.copy_(torch.from_numpy(kernel.T.copy()))
        module.bias.copy_(torch.from_numpy(bias))
