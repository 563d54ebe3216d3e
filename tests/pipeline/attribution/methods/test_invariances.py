"""Invariances of every method: to the batch, its order, its padding, and to compilation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from camlode.config.attribution import NON_ADDITIVE_METHODS
from camlode.pipeline.attribution.methods import METHODS

if TYPE_CHECKING:
    from collections.abc import Iterator

LENGTH = 20
SIZES = (LENGTH, 3, 9, 1, 14)
DOCUMENTS = [(np.arange(size) * 7 % 9 + 1 + size % 2).tolist() for size in SIZES]
EVERY = [(method, False) for method in METHODS]
# Methods that depend on where the text begins, on its length or on positions of padding.
BEFORE = [(method, True) for method in ("grad-cam", "eigen-cam", "score-cam", "shapley")]


@pytest.fixture(scope="module")
def two_branches(keras: Any) -> Any:
    """A model that ignores padding: its vector is 0, no layer has a bias, and the maximum is of positive values."""
    keras.utils.set_random_seed(3)
    layers = keras.layers
    ids = keras.Input((LENGTH,), dtype="int32")
    embedded = layers.Embedding(12, 3, name="embedding")(ids)
    # The text-grad-cam script explains one layer, so the first branch has a name.
    convolved = [
        layers.Conv1D(3, size, padding="same", activation="relu", use_bias=False, name=f"conv_{size}")(embedded)
        for size in (1, 2)
    ]
    pooled = layers.Concatenate()([layers.GlobalMaxPooling1D()(each) for each in convolved])
    model = keras.Model(ids, layers.Dense(2, activation="softmax")(pooled))
    table = np.random.default_rng(0).normal(0, 1, (12, 3))
    table[0] = 0
    model.get_layer("embedding").set_weights([table])
    return model


@pytest.fixture(scope="module", params=[*EVERY, *BEFORE], ids=lambda pair: pair[0] + (", padding before" * pair[1]))
def attributor(request: pytest.FixtureRequest, two_branches: Any, open_attributor: Any) -> Any:
    method, before = request.param
    layers = ["conv_2"] if method == "text-grad-cam" else "auto"
    options = {"method": method, "before": before, "layers": layers, "length": LENGTH, "largest_id": 11}
    return open_attributor(two_branches, 2, samples=3, steps=4, **options)


@pytest.fixture(scope="module")
def together(attributor: Any, make_tokens: Any) -> Any:
    found = attributor.attribute(make_tokens(DOCUMENTS), requested_labels=[0, 1])
    assert np.abs(found.values).max() > 1000
    return found


def assert_same(scores: Any, one: Any, other: Any, documents: list[int]) -> None:
    """Assert that the `documents` of `one`, in this order, are those of `other`."""
    pairs = [pair for document in documents for pair in np.flatnonzero(one.documents == document)]
    places = np.concatenate([np.arange(*one.offsets[pair : pair + 2]) for pair in pairs])
    assert one.labels[pairs].tolist() == other.labels.tolist()
    np.testing.assert_allclose(scores(one)[places], scores(other), atol=1e-5)


def test_one_by_one_and_at_other_lengths(attributor: Any, together: Any, make_tokens: Any, scores: Any) -> None:
    # A short text alone is trimmed; beside long ones it has more padding.
    is_whole = attributor.method.needs_full_length
    assert (attributor.trim.margin is None) == is_whole
    assert attributor.trim.length(1, LENGTH) == (LENGTH if is_whole else 4)
    for number, document in enumerate(DOCUMENTS):
        assert_same(scores, together, attributor.attribute(make_tokens([document]), requested_labels=[0, 1]), [number])


def test_a_permuted_batch(attributor: Any, together: Any, make_tokens: Any, scores: Any) -> None:
    order = [3, 0, 4, 2, 1]
    permuted = attributor.attribute(make_tokens([DOCUMENTS[number] for number in order]), requested_labels=[0, 1])
    assert_same(scores, together, permuted, order)


@pytest.fixture
def eagerly() -> Iterator[None]:
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.mark.usefixtures("eagerly")
def test_without_tf_function(attributor: Any, together: Any, make_tokens: Any, scores: Any) -> None:
    assert_same(
        scores, together, attributor.attribute(make_tokens(DOCUMENTS), requested_labels=[0, 1]), [0, 1, 2, 3, 4]
    )


def test_only_the_scripts_methods_depend_on_padding() -> None:
    assert {name for name, method in METHODS.items() if method.needs_full_length} == set(NON_ADDITIVE_METHODS)
