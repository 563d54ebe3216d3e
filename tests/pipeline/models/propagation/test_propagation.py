"""ε-LRP and DeepLIFT: numbers worked out by hand, and identities on random networks of all kinds of layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.config.errors import ModelError
from camlode.pipeline.models.runtime import start_tensorflow

start_tensorflow(seed=7)

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras import layers  # noqa: E402

from camlode.pipeline.models.propagation import propagate_contributions, propagate_relevances  # noqa: E402
from camlode.pipeline.models.propagation.walk import record_run  # noqa: E402

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from collections.abc import Callable

    from camlode.pipeline.models.propagation.walk import RecordedRun

TINY = 1e-12
TOKENS, DIMENSIONS = 12, 4


def run_on(network: Callable[[Any], Any], values: Any) -> RecordedRun:
    def run() -> tuple[Any, list[Any]]:
        source = tf.identity(values)
        return network(source), [source]

    return record_run(run)


def lrp(network: Callable[[Any], Any], text: Any, *, epsilon: float, cotangent: Any = None) -> Any:
    """The relevances of the text for the sum of the outputs, or for another weighted sum."""

    @tf.function
    def explain(values: Any) -> Any:
        run = run_on(network, values)
        (found,) = propagate_relevances(
            run, tf.ones_like(run.output) if cotangent is None else cotangent, epsilon=epsilon
        )
        return found

    return explain(tf.constant(text, tf.float32)).numpy()


def deeplift(network: Callable[[Any], Any], text: Any, baseline: Any, *, cotangent: Any = None) -> Any:
    @tf.function
    def explain(values: Any, base: Any) -> Any:
        run = run_on(network, values)
        weights = tf.ones_like(run.output) if cotangent is None else cotangent
        (found,) = propagate_contributions(run, run_on(network, base), weights)
        return found

    return explain(tf.constant(text, tf.float32), tf.constant(baseline, tf.float32)).numpy()


def dense(x: Any, kernel: Any, bias: Any = None) -> Any:
    made = tf.matmul(x, tf.constant(kernel, tf.float32))
    return made if bias is None else tf.nn.bias_add(made, tf.constant(bias, tf.float32))


# Worked out by hand ------------------------------------------------------------------------------------------------


def test_relu_without_bias() -> None:
    # z = (1·2 + 2·1, 1·1 − 2·1) = (4, −1); a = (4, 0); y = 3·4 = 12. All comes through the first unit, whose parts
    # are 2 and 2 of 4: R = (6, 6). From a baseline of 0 its slope is 1: 1·2·3 and 2·1·3, the same.
    def network(x: Any) -> Any:
        return dense(tf.nn.relu(dense(x, [[2, 1], [1, -1]])), [[3], [5]])

    np.testing.assert_allclose(lrp(network, [[1, 2]], epsilon=TINY), [[6, 6]], rtol=1e-6)
    np.testing.assert_allclose(deeplift(network, [[1, 2]], [[0, 0]]), [[6, 6]], rtol=1e-6)


def test_relu_with_bias_and_a_large_epsilon() -> None:
    # z = 1·2 + 2·1 + 1 = 5, y = 10. ε = 5: the output keeps 10·10/15 = 20/3; the unit divides by 5 + 5 and its inputs
    # have 2 and 2 of that: R = (4/3, 4/3). The bias and ε have the rest.
    def network(x: Any) -> Any:
        return dense(tf.nn.relu(dense(x, [[2], [1]], [1])), [[2]])

    np.testing.assert_allclose(lrp(network, [[1, 2]], epsilon=5), [[4 / 3, 4 / 3]], rtol=1e-6)


def test_relu_that_the_baseline_leaves_off() -> None:
    # z = 3 − 1 = 2 and z' = 0 − 1 = −1: a − a' = 2 for a difference of 3, so the slope is 2/3 and 3·2/3 = 2 = Δy.
    def network(x: Any) -> Any:
        return tf.nn.relu(dense(x, [[1]], [-1]))

    np.testing.assert_allclose(deeplift(network, [[3]], [[0]]), [[2]], rtol=1e-6)


def test_sign_of_nothing_is_positive() -> None:
    # z = 1 − 1 = 0 and a = sigmoid(0) = 1/2 is all relevance; its parts are ±1 of 0 + ε: ±1/2 / 0.1 = ±5.
    def network(x: Any) -> Any:
        return tf.sigmoid(dense(x, [[1], [-1]]))

    np.testing.assert_allclose(lrp(network, [[1, 1]], epsilon=0.1), [[5, -5]], rtol=1e-6)


def test_negative_sums_move_away_from_nothing() -> None:
    # z = −2, y = −2; ε = 2 makes it −2·(−2 / −4) = −1, all of it the one input's.
    np.testing.assert_allclose(lrp(lambda x: dense(x, [[-1]]), [[2]], epsilon=2), [[-1]], rtol=1e-6)


def test_tanh() -> None:
    # z = 0.5 + 1 = 1.5; R = tanh(1.5)·(1/3, 2/3), and from a baseline of 0 just the same.
    def network(x: Any) -> Any:
        return tf.tanh(dense(x, [[1], [1]]))

    expected = np.tanh(1.5) * np.array([[1, 2]]) / 3
    np.testing.assert_allclose(lrp(network, [[0.5, 1]], epsilon=TINY), expected, rtol=1e-6)
    np.testing.assert_allclose(deeplift(network, [[0.5, 1]], [[0, 0]]), expected, rtol=1e-6)


def test_saturated_unit() -> None:
    # y = 1 − relu(1 − x1 − x2) at (1, 1) from (0, 0): the gradient is 0. Δz = −2, Δa = −1, slope 1/2: (1/2, 1/2).
    def network(x: Any) -> Any:
        return 1 - tf.nn.relu(1 - dense(x, [[1], [1]]))

    np.testing.assert_allclose(deeplift(network, [[1, 1]], [[0, 0]]), [[0.5, 0.5]], rtol=1e-6)


def test_an_activation_without_difference_has_its_derivative() -> None:
    # x1 − x2 is 1 in both; 2·z = 2 is the slope of its square, so x1 has 2·(3 − 2) and x2 −2·(2 − 1).
    def network(x: Any) -> Any:
        return tf.square(dense(x, [[1], [-1]]))

    np.testing.assert_allclose(deeplift(network, [[3, 2]], [[2, 1]]), [[2, -2]], rtol=1e-6)


def test_maximum_over_positions() -> None:
    # The text's maximum is 5 at the second position, the baseline's 2 at the first, where the text has 1. c = 5, so
    # c − y' = 3 is the second's and y − c = 0 the first's. For LRP the winner has all 5.
    def network(x: Any) -> Any:
        return tf.reduce_max(x, axis=1)

    text, base = [[[1.0], [5.0], [0.0]]], [[[2.0], [0.0], [0.0]]]
    np.testing.assert_allclose(deeplift(network, text, base)[0, :, 0], [0, 3, 0])
    np.testing.assert_allclose(deeplift(network, base, text)[0, :, 0], [0, -3, 0])
    np.testing.assert_allclose(lrp(network, text, epsilon=1)[0, :, 0], [0, 5, 0])


def test_scale_and_shift_are_a_sum_of_their_own() -> None:
    # z = 2·1 = 2 and y = 3·2 + 1 = 7. ε = 1: the output keeps 7·7/8, of which z gets 6/7, that is 6·7/8 = 21/4;
    # z divides by 2 + 1, and its input has 2 of that: R = 21/4 · 2/3 = 3.5.
    def network(x: Any) -> Any:
        return dense(x, [[2]]) * tf.constant([3.0]) + tf.constant([1.0])

    np.testing.assert_allclose(lrp(network, [[1]], epsilon=1), [[3.5]], rtol=1e-6)


def test_a_mean_made_of_a_sum_and_a_division_is_one_sum() -> None:
    # The sum is 2 + 4 = 6 and the mean 3; ε = 1 is added to the mean alone: R = (1, 2)·3/4.
    def network(x: Any) -> Any:
        return tf.reduce_sum(x, axis=1) / tf.constant([[2.0]])

    np.testing.assert_allclose(lrp(network, [[[2.0], [4.0]]], epsilon=1)[0, :, 0], [0.75, 1.5], rtol=1e-6)


def test_silu_is_one_activation() -> None:
    # z = 2 from 0: all of z·sigmoid(z) is the one input's, though it is a product of two values.
    def network(x: Any) -> Any:
        return tf.nn.silu(dense(x, [[2]]))

    expected = [[2 / (1 + np.exp(-2))]]
    np.testing.assert_allclose(deeplift(network, [[1]], [[0]]), expected, rtol=1e-6)
    np.testing.assert_allclose(lrp(network, [[1]], epsilon=TINY), expected, rtol=1e-6)


def test_a_product_is_refused() -> None:
    # x1·x2 = z has no Rescale rule: nothing says how its difference is to be shared.
    def network(x: Any) -> Any:
        return dense(x, [[1], [0]]) * dense(x, [[0], [1]])

    with pytest.raises(ModelError, match="multiplies two values that both depend on the text"):
        deeplift(network, [[1, 2]], [[0, 0]])


def test_the_cotangent_weighs_the_labels() -> None:
    # y = (2, 3)·x at 1; 1·2 − 2·3 = −4.
    cotangent = tf.constant([[1.0, -2.0]])
    np.testing.assert_allclose(lrp(lambda x: dense(x, [[2, 3]]), [[1]], epsilon=TINY, cotangent=cotangent), [[-4]])
    np.testing.assert_allclose(deeplift(lambda x: dense(x, [[2, 3]]), [[1]], [[0]], cotangent=cotangent), [[-4]])


# Written out in NumPy -----------------------------------------------------------------------------------------------


def sums(z: Any, epsilon: float) -> Any:
    return z + epsilon * np.where(z >= 0, 1, -1)


def test_dense_relu_dense_with_biases_as_written_out() -> None:
    generator = np.random.default_rng(1)
    x, w1, b1 = generator.normal(size=(3, 5)), generator.normal(size=(5, 4)), generator.normal(size=4)
    w2, b2 = generator.normal(size=(4, 2)), generator.normal(size=2)
    epsilon = 0.3
    z = x @ w1 + b1
    a = np.maximum(z, 0)
    y = a @ w2 + b2
    hidden = a[:, :, None] * w2 / sums(y, epsilon)[:, None, :] * y[:, None, :]
    expected = (x[:, :, None] * w1 / sums(z, epsilon)[:, None, :] * hidden.sum(2)[:, None, :]).sum(2)
    found = lrp(lambda v: dense(tf.nn.relu(dense(v, w1, b1)), w2, b2), x, epsilon=epsilon)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    # What is missing from y is what the biases and ε took at each sum.
    taken_above = (y * (b2 + epsilon * np.where(y >= 0, 1, -1)) / sums(y, epsilon)).sum(1)
    taken_below = (hidden.sum(2) * (b1 + epsilon * np.where(z >= 0, 1, -1)) / sums(z, epsilon)).sum(1)
    np.testing.assert_allclose(found.sum(1), y.sum(1) - taken_above - taken_below, atol=1e-5)


def test_convolution_and_maximum_as_written_out() -> None:
    generator = np.random.default_rng(2)
    x, kernel, bias = generator.normal(size=(6, 3)), generator.normal(size=(2, 3, 4)), generator.normal(size=4)
    weights, epsilon = generator.normal(size=4), 0.2
    windows = np.stack([x[t : t + 2] for t in range(5)])
    z = np.einsum("thd,hdk->tk", windows, kernel) + bias
    winners, maxima = np.maximum(z, 0).argmax(0), np.maximum(z, 0).max(0)
    y = maxima @ weights
    expected = np.zeros_like(x)
    for k, t in enumerate(winners):
        relevance = maxima[k] * weights[k] / sums(y, epsilon) * y
        expected[t : t + 2] += windows[t] * kernel[:, :, k] / sums(z[t, k], epsilon) * relevance

    def network(v: Any) -> Any:
        convolved = tf.nn.conv1d(v, tf.constant(kernel, tf.float32), 1, "VALID")
        active = tf.nn.relu(tf.nn.bias_add(convolved, tf.constant(bias, tf.float32)))
        return dense(tf.reduce_max(active, axis=1), weights[:, None])

    np.testing.assert_allclose(lrp(network, x[None], epsilon=epsilon)[0], expected, atol=1e-5)


# On random networks of every kind of layer --------------------------------------------------------------------------


def residual(x: Any) -> Any:
    return layers.Add()([x, layers.Dense(x.shape[2], activation="tanh")(x)])


def branches(x: Any) -> Any:
    return layers.Concatenate()([layers.Conv1D(3, size, padding="same", activation="relu")(x) for size in (1, 2, 3)])


def normalised(x: Any) -> Any:
    layer = layers.BatchNormalization(gamma_initializer="random_normal", beta_initializer="random_normal")
    return layer(layers.Conv1D(3, 2)(x))


def flat_convolution(x: Any) -> Any:
    image = layers.Reshape((x.shape[1], x.shape[2], 1))(x)
    return layers.Reshape((-1, 3))(layers.Conv2D(3, (2, x.shape[2]), activation="relu")(image))


def averaged(x: Any) -> Any:
    return layers.Average()([x, layers.Dense(x.shape[2], activation="softsign")(x)])


def larger(x: Any) -> Any:
    return layers.Maximum()([x, layers.Dense(x.shape[2])(x)])


PIECES: dict[str, Callable[[Any], Any]] = {
    "residual": residual,
    "branches": branches,
    "normalised": normalised,
    "flat_convolution": flat_convolution,
    "averaged": averaged,
    "larger": larger,
    "relu": lambda x: layers.Conv1D(3, 2, activation="relu", padding="same")(x),
    "strided": lambda x: layers.Conv1D(3, 2, strides=2, activation="sigmoid", padding="same")(x),
    "dilated": lambda x: layers.Conv1D(3, 2, dilation_rate=2, activation="tanh", padding="causal")(x),
    "separable": lambda x: layers.SeparableConv1D(3, 2, activation="elu", padding="same")(x),
    "pooled": lambda x: layers.MaxPooling1D(2, strides=1, padding="same")(x),
    "pooled_average": lambda x: layers.AveragePooling1D(2, strides=1, padding="same")(x),
    "gelu": lambda x: layers.Dense(3, activation="gelu")(x),
    "silu": lambda x: layers.Dense(3, activation="silu")(x),
    "mish": lambda x: layers.Dense(3, activation="mish")(x),
    "prelu": lambda x: layers.PReLU("random_normal")(x),
    "permuted": lambda x: layers.Permute((2, 1))(layers.Dense(3)(layers.Permute((2, 1))(x))),
    "padded": lambda x: layers.Cropping1D(1)(layers.UpSampling1D(2)(layers.ZeroPadding1D(1)(x))),
}
HEADS: dict[str, Callable[[Any], Any]] = {
    "maximum": lambda x: layers.GlobalMaxPooling1D()(x),
    "average": lambda x: layers.GlobalAveragePooling1D()(x),
    "both": lambda x: layers.Concatenate()([layers.GlobalMaxPooling1D()(x), layers.GlobalAveragePooling1D()(x)]),
    "flatten": lambda x: layers.Flatten()(layers.MaxPooling1D(2)(x)),
}


def build_network(pieces: list[str], head: str, seed: int) -> Any:
    keras.utils.set_random_seed(seed)
    inputs = x = keras.Input((TOKENS, DIMENSIONS))
    for piece in pieces:
        x = PIECES[piece](x)
    model = keras.Model(inputs, layers.Dense(2)(layers.Dense(3, activation="relu")(HEADS[head](x))))
    generator = np.random.default_rng(seed)
    for variable in model.weights:
        if "bias" in variable.path:
            variable.assign(generator.normal(scale=0.3, size=variable.shape))
    return model


def random_texts(seed: int) -> tuple[Any, Any]:
    generator = np.random.default_rng(seed)
    size = (3, TOKENS, DIMENSIONS)
    return generator.normal(size=size).astype("float32"), generator.normal(size=size).astype("float32")


def assert_complete(model: Any, seed: int) -> None:
    text, base = random_texts(seed)
    cotangent = tf.constant(np.random.default_rng(seed).normal(size=(3, 2)), tf.float32)
    found = deeplift(model, text, base, cotangent=cotangent)
    difference = tf.reduce_sum(cotangent * (model(text) - model(base)), axis=1)
    np.testing.assert_allclose(found.sum((1, 2)), difference, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("piece", PIECES)
def test_contributions_and_relevances_add_up_through_each_layer(piece: str) -> None:
    model = build_network([piece], "both", seed=3)
    assert_complete(model, seed=3)
    # Only a bias or ε takes relevance away.
    for variable in model.weights:
        if "bias" in variable.path or "beta" in variable.path:
            variable.assign(tf.zeros_like(variable))
    text = random_texts(5)[0]
    found = lrp(model, text, epsilon=TINY)
    np.testing.assert_allclose(found.sum((1, 2)), tf.reduce_sum(model(text), axis=1), atol=2e-5)


@settings(max_examples=6, deadline=None)
@given(st.lists(st.sampled_from(sorted(PIECES)), max_size=2), st.sampled_from(sorted(HEADS)), st.integers(0, 1000))
def test_contributions_add_up(pieces: list[str], head: str, seed: int) -> None:
    assert_complete(build_network(pieces, head, seed), seed)
