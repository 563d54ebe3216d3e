from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from camlode.pipeline.faithfulness.randomisation import find_top_weights, randomised_weights


@pytest.fixture(scope="module")
def network() -> Any:
    from camlode.pipeline.models.runtime import start_tensorflow

    start_tensorflow(seed=1)
    import keras

    return keras.Sequential(
        [
            keras.Input((6,), dtype="int32"),
            keras.layers.Embedding(9, 4, name="embedding"),
            keras.layers.Conv1D(3, 2, name="conv"),
            keras.layers.GlobalMaxPooling1D(),
            keras.layers.Dense(5, name="hidden"),
            keras.layers.Dense(2, name="labels"),
        ]
    )


@pytest.mark.parametrize(
    ("explained", "layers"),
    [
        (["conv"], ["hidden", "labels"]),
        (["labels"], []),
        ([], ["labels"]),
        (["embedding"], ["conv", "hidden", "labels"]),
    ],
)
def test_the_kernels_after_the_explained_layers(network: Any, explained: list[str], layers: list[str]) -> None:
    expected = [network.get_layer(name).kernel for name in layers] or [network.get_layer("hidden").kernel]
    assert [id(weight) for weight in find_top_weights(network, explained)] == list(map(id, expected))


def test_a_graph_has_nothing_to_randomise() -> None:
    assert find_top_weights(object(), ["conv"]) == []


def test_weights_are_randomised_with_the_same_spread_and_restored(network: Any) -> None:
    kernel = network.get_layer("hidden").kernel
    learnt = kernel.numpy().copy()
    with pytest.raises(KeyError), randomised_weights([kernel], seed=3):
        expected = np.random.default_rng(3).normal(0.0, learnt.std(), learnt.shape)
        assert kernel.numpy() == pytest.approx(expected, abs=1e-6)
        raise KeyError
    assert (kernel.numpy() == learnt).all()
