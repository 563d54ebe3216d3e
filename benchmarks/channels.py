"""Score-CAM and Ablation-CAM the way that they are scripted: one document at a time, one call of a model a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    Array = npt.NDArray[np.float32]


class ChannelLoops:
    """Loops over the channels of the convolutions that stand side by side on a Keras model's one embedding.

    The parts of the model are made once, before any loop. Each loop takes ids [tokens] and gives the layers' maps
    [positions] for the label that the model predicts.
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
        """Each channel, brought to the tokens and scaled to [0, 1], masks the embedded text for a call of its own."""
        embedded, *maps = self._activations(ids)
        label = _predict_label(self._after_embedding(embedded))

        def score(channel: Array) -> Any:
            mask = _rescale(_map_to_tokens(channel, len(ids)))
            return self._after_embedding(embedded * mask[None, :, None])[0, label]

        return [_weight_channels(each, _softmax(_score_channels(each, score))) for each in maps]

    def ablation_cam(self, ids: npt.NDArray[np.int32]) -> list[Array]:
        """Each channel is set to zero for a call of its own."""
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
    """The model's answer without its softmax: the same Dense layer, linear."""
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
    """The mean of the positions that cover a token: of a convolution without padding."""
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
