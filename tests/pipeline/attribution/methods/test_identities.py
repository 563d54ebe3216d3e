"""Identities between methods, and of single methods, that hold for all weights and texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

LENGTH = 6
SEEDS = st.integers(0, 2**32 - 1)
few = settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


class TrainableToy(NamedTuple):
    """A model and its attributors by name, compiled once; new weights serve them all."""

    model: Any
    attributors: dict[str, Any]

    def redraw(self, seed: int, *, size: float = 0.5) -> np.random.Generator:
        """Draw new weights; the padding's vector is 0."""
        rng = np.random.default_rng(seed)
        weights = [rng.normal(0, size, weight.shape) for weight in self.model.get_weights()]
        weights[0][0] = 0
        self.model.set_weights(weights)
        return rng


class Scores(NamedTuple):
    """Scores [documents, tokens, label] on tokens, in order, 0 on padding; and their sums, padding's share included."""

    values: Any
    sums: Any
    residuals: Any


@pytest.fixture(scope="module")
def build_toy(keras: Any, open_attributor: Any) -> Callable[..., TrainableToy]:
    def build(activation: str | None, pooling: Any, methods: dict[str, Any], *, bias: bool = True) -> TrainableToy:
        layers = keras.layers
        ids = keras.Input((LENGTH,), dtype="int32")
        embedded = layers.Embedding(10, 3)(ids)
        convolved = layers.Conv1D(4, 2, padding="same", activation=activation, use_bias=bias, name="conv")(embedded)
        # Each label is a logit of its own.
        model = keras.Model(ids, layers.Dense(2, use_bias=bias, name="labels")(pooling(convolved)))
        attributors = {
            name: open_attributor(model, 2, length=LENGTH, trim=False, **options) for name, options in methods.items()
        }
        return TrainableToy(model, attributors)

    return build


@pytest.fixture(scope="module")
def run(make_tokens: Any, scores: Any) -> Any:
    def explain(attributor: Any, documents: list[list[int]]) -> Scores:
        found = attributor.attribute(make_tokens(documents), requested_labels=[0, 1])
        values = np.zeros((len(documents), LENGTH, 2))
        sums, residuals = np.zeros((len(documents), 2)), np.zeros((len(documents), 2))
        flat = scores(found)
        for pair, (document, label) in enumerate(zip(found.documents, found.labels, strict=True)):
            first, stop = found.offsets[pair : pair + 2]
            values[document, : stop - first, label] = flat[first:stop]
            sums[document, label] = flat[first:stop].sum() + found.padding[pair] * 2.0**-20
            residuals[document, label] = found.residuals[pair]
        return Scores(values, sums, residuals)

    return explain


def draw_documents(rng: np.random.Generator) -> list[list[int]]:
    return [rng.integers(1, 10, size).tolist() for size in rng.integers(1, LENGTH + 1, 5)]


def logits(model: Any, documents: list[list[int]]) -> Any:
    padded = np.array([document + [0] * (LENGTH - len(document)) for document in documents], np.int32)
    return np.asarray(model(padded))


BOTH = {"sign": "both"}
HEADS = {
    "grad-cam": {"method": "grad-cam", **BOTH},
    "cam": {"method": "cam"},
    "hirescam": {"method": "hirescam"},
    "xgrad-cam": {"method": "xgrad-cam", **BOTH},
    "positive": {"method": "grad-cam"},
    "negative": {"method": "grad-cam", "sign": "negative"},
}


@pytest.fixture(scope="module")
def averaged(keras: Any, build_toy: Any) -> TrainableToy:
    return build_toy("relu", keras.layers.GlobalAveragePooling1D(), HEADS)  # type: ignore[no-any-return]


@given(SEEDS)
@few
def test_identities_of_an_average_and_a_linear_layer(averaged: TrainableToy, run: Any, seed: int) -> None:
    documents = draw_documents(averaged.redraw(seed))
    found = {name: run(attributor, documents) for name, attributor in averaged.attributors.items()}
    grad_cam = found["grad-cam"].values
    np.testing.assert_allclose(grad_cam, found["cam"].values / LENGTH, atol=1e-5)
    np.testing.assert_allclose(grad_cam, found["hirescam"].values, atol=1e-5)
    # The same values with the same weights.
    np.testing.assert_allclose(grad_cam, found["xgrad-cam"].values, atol=1e-5)
    bias = averaged.model.get_layer("labels").get_weights()[1]
    np.testing.assert_allclose(found["hirescam"].sums, logits(averaged.model, documents) - bias, atol=1e-5)
    assert np.isnan(found["hirescam"].residuals).all()


@given(SEEDS)
@few
def test_evidence_for_and_against_add_up_to_both(averaged: TrainableToy, run: Any, seed: int) -> None:
    # On texts of full length only, so that no position is mixed with padding.
    documents = [document * LENGTH for document in ([1], [5])] + [list(range(1, LENGTH + 1))]
    averaged.redraw(seed)
    positive, negative, both = (
        run(averaged.attributors[name], documents).sums for name in ("positive", "negative", "grad-cam")
    )
    assert (positive >= 0).all()
    assert (negative >= 0).all()
    np.testing.assert_allclose(positive - negative, both, atol=1e-5)


@given(SEEDS)
@few
def test_identities_of_a_maximum_and_a_linear_layer(maximal: TrainableToy, run: Any, seed: int) -> None:
    documents = draw_documents(maximal.redraw(seed))
    grad_cam, cam, hirescam = (run(maximal.attributors[name], documents) for name in ("grad-cam", "cam", "hirescam"))
    np.testing.assert_allclose(grad_cam.values, cam.values / LENGTH, atol=1e-5)
    bias = maximal.model.get_layer("labels").get_weights()[1]
    np.testing.assert_allclose(hirescam.sums, logits(maximal.model, documents) - bias, atol=1e-5)


COMPLETE = {"deeplift": {"method": "deeplift"}, "shapley": {"method": "shapley", "samples": 4}}


@pytest.fixture(scope="module")
def maximal(keras: Any, build_toy: Any) -> TrainableToy:
    heads = {name: HEADS[name] for name in ("grad-cam", "cam", "hirescam")}
    rules = {**COMPLETE, "lrp": {"method": "lrp"}}
    return build_toy("relu", keras.layers.GlobalMaxPooling1D(), {**heads, **rules})  # type: ignore[no-any-return]


@given(SEEDS)
@few
def test_deeplift_and_shapley_are_complete_on_a_network_with_corners(
    maximal: TrainableToy, run: Any, seed: int
) -> None:
    documents = draw_documents(maximal.redraw(seed))
    difference = logits(maximal.model, documents) - logits(maximal.model, [[]])
    for name in COMPLETE:
        found = run(maximal.attributors[name], documents)
        np.testing.assert_allclose(found.sums, difference, atol=2e-5)
        np.testing.assert_allclose(found.residuals, 0, atol=1e-5)


@given(SEEDS)
@few
def test_the_relevance_that_lrp_loses_is_its_residual(maximal: TrainableToy, run: Any, seed: int) -> None:
    documents = draw_documents(maximal.redraw(seed))
    found = run(maximal.attributors["lrp"], documents)
    np.testing.assert_allclose(found.sums + found.residuals, logits(maximal.model, documents), atol=2e-5, rtol=1e-5)
    assert abs(found.residuals).max() > 1e-3


@pytest.fixture(scope="module")
def smooth(keras: Any, build_toy: Any) -> TrainableToy:
    attributors = {
        "integrated-gradients": {"method": "integrated-gradients", "steps": 256},
        "coarse": {"method": "integrated-gradients", "steps": 1},
        "deeplift": COMPLETE["deeplift"],
    }
    return build_toy("tanh", keras.layers.GlobalAveragePooling1D(), attributors)  # type: ignore[no-any-return]


@given(SEEDS)
@few
def test_integrated_gradients_are_complete_on_a_smooth_network(smooth: TrainableToy, run: Any, seed: int) -> None:
    documents = draw_documents(smooth.redraw(seed))
    difference = logits(smooth.model, documents) - logits(smooth.model, [[]])
    for name in ("integrated-gradients", "deeplift"):
        np.testing.assert_allclose(run(smooth.attributors[name], documents).sums, difference, atol=2e-5)
    # One step misses much more than a unit of rounding, and says how much.
    coarse = run(smooth.attributors["coarse"], documents)
    np.testing.assert_allclose(coarse.sums + coarse.residuals, difference, atol=2e-5)
    assert abs(coarse.residuals).max() > 1e-4


@pytest.fixture(scope="module")
def linear(keras: Any, build_toy: Any) -> TrainableToy:
    attributors = {
        "occlusion": {"method": "occlusion", "baseline": "zero"},
        "gradient-x-input": {"method": "gradient-x-input"},
    }
    return build_toy(None, keras.layers.GlobalAveragePooling1D(), attributors)  # type: ignore[no-any-return]


@given(SEEDS)
@few
def test_occlusion_of_one_token_in_a_linear_model_is_gradient_x_input(
    linear: TrainableToy, run: Any, seed: int
) -> None:
    documents = draw_documents(linear.redraw(seed))
    one, other = (run(attributor, documents) for attributor in linear.attributors.values())
    np.testing.assert_allclose(one.values, other.values, atol=1e-5)


@pytest.fixture(scope="module")
def without_biases(keras: Any, build_toy: Any) -> TrainableToy:
    attributors = {"lrp": {"method": "lrp", "epsilon": 1e-9}, "gradient-x-input": {"method": "gradient-x-input"}}
    return build_toy(  # type: ignore[no-any-return]
        "relu", keras.layers.GlobalMaxPooling1D(), attributors, bias=False
    )


@given(SEEDS)
@few
def test_lrp_without_biases_is_gradient_x_input(without_biases: TrainableToy, run: Any, seed: int) -> None:
    documents = draw_documents(without_biases.redraw(seed))
    lrp, products = (run(attributor, documents) for attributor in without_biases.attributors.values())
    np.testing.assert_allclose(lrp.values, products.values, atol=1e-5)
    np.testing.assert_allclose(lrp.residuals, 0, atol=1e-5)


def test_new_weights_at_the_top_destroy_the_ranking(averaged: TrainableToy, run: Any) -> None:
    def ranks(values: Any) -> Any:
        order = values[:, :, 0].argsort(axis=1).argsort(axis=1) - (LENGTH - 1) / 2
        return order / np.sqrt((order**2).sum(axis=1, keepdims=True))

    rng = averaged.redraw(3)
    documents = [rng.permutation(np.arange(1, 10))[:LENGTH].tolist() for _ in range(30)]
    attributor, head = averaged.attributors["grad-cam"], averaged.model.get_layer("labels")
    before = ranks(run(attributor, documents).values)
    correlations = []
    for _ in range(25):
        head.set_weights([rng.normal(0, 0.5, weight.shape) for weight in head.get_weights()])
        correlations.append((before * ranks(run(attributor, documents).values)).sum(axis=1).mean())
    assert abs(np.mean(correlations)) < 0.25
    assert (before * before).sum(axis=1) == pytest.approx(np.ones(30))
