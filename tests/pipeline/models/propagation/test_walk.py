from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from camlode.config.errors import ModelError
from camlode.pipeline.models.runtime import start_tensorflow

start_tensorflow(seed=7)

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras import layers  # noqa: E402

from camlode.pipeline.models.propagation import propagate_contributions, propagate_relevances  # noqa: E402
from camlode.pipeline.models.propagation.walk import RecordedRun, record_run, unsupported_reason  # noqa: E402
from camlode.pipeline.models.trace import replace_outputs  # noqa: E402

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from collections.abc import Callable

VECTORS = np.random.default_rng(0).normal(size=(3, 6, 4)).astype("float32")
OTHERS = np.random.default_rng(1).normal(size=(3, 6, 4)).astype("float32")


def run_on(network: Callable[[Any], Any], values: Any) -> RecordedRun:
    def run() -> tuple[Any, list[Any]]:
        source = tf.identity(values)
        return network(source), [source]

    return record_run(run)


def reason(network: Callable[[Any], Any], *, for_deeplift: bool = False) -> str | None:
    found: list[str | None] = []

    def trace(values: Any) -> None:
        found.append(unsupported_reason(run_on(network, values), for_deeplift=for_deeplift))

    tf.function(trace).get_concrete_function(tf.TensorSpec((None, 6, 4)))
    return found[0]


def both(network: Callable[[Any], Any], values: Any, base: Any) -> tuple[Any, Any]:
    run = run_on(network, values)
    cotangent = tf.ones_like(run.output)
    (relevance,) = propagate_relevances(run, cotangent, epsilon=1e-6)
    (contribution,) = propagate_contributions(run, run_on(network, base), cotangent)
    return relevance, contribution


@pytest.fixture(scope="module")
def convolution() -> Any:
    pieces = [layers.Conv1D(3, 2, activation="relu"), layers.GlobalMaxPooling1D(), layers.Dense(2)]
    return keras.Sequential([keras.Input((6, 4)), *pieces])


def test_a_supported_network_has_no_reason(convolution: Any) -> None:
    assert reason(convolution, for_deeplift=True) is None


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (
            lambda x: layers.LSTM(2, name="memory")(x),
            r"^layer 'memory\S*' \(operation While\) runs a loop over values that",
        ),
        (
            lambda x: layers.LayerNormalization(name="norm")(x),
            r"^layer 'norm\S*' \(operation Mul\) multiplies two values that both depend on the text$",
        ),
        (
            lambda x: layers.Dot(axes=1, name="dot")([x, x]),
            r"^layer 'dot\S*' \(operation BatchMatMulV2\) multiplies two",
        ),
        (lambda x: layers.Softmax(name="weights")(x), r"^layer 'weights\S*' \(operation Softmax\) has no rule$"),
    ],
)
def test_an_operation_without_a_rule_is_named_with_its_layer(layer: Callable[[Any], Any], message: str) -> None:
    inputs = keras.Input((6, 4))
    model = keras.Model(inputs, layers.Dense(2)(layers.Flatten()(layer(inputs))))
    assert re.search(message, reason(model) or "")


def test_a_quotient_is_named_as_one() -> None:
    found = reason(lambda x: tf.reduce_sum(x, axis=1) / tf.reduce_max(x, axis=1))
    assert found is not None
    assert found.endswith("(operation RealDiv) divides two values that both depend on the text")


def test_operations_that_the_output_does_not_need_need_no_rule() -> None:
    def network(x: Any) -> Any:
        tf.nn.softmax(x)
        return tf.reduce_sum(x, axis=1)

    assert reason(network) is None


def test_only_deeplift_refuses_a_condition_that_depends_on_the_text() -> None:
    def network(x: Any) -> Any:
        return tf.reduce_sum(tf.where(x[:, :, :1] > 0, x, 3 * x), axis=1)

    assert reason(network) is None
    assert "depends on a condition that itself depends on the text" in str(reason(network, for_deeplift=True))


def test_an_activation_that_repeats_its_input_has_no_rule() -> None:
    network = lambda x: tf.reduce_sum(tf.maximum(x, tf.zeros((2, 1, 1, 1))), axis=[0, 2])  # noqa: E731
    assert "operation Maximum" in str(reason(network))


def test_a_mask_that_does_not_depend_on_the_text_is_a_constant() -> None:
    mask = tf.constant([True, True, False, False, False, False])[None, :, None]
    network = lambda x: tf.reduce_sum(tf.where(mask, x, tf.zeros_like(x)), axis=1)  # noqa: E731
    expected = np.where(mask, VECTORS - OTHERS, 0)
    _, contribution = tf.function(lambda x, y: both(network, x, y))(VECTORS, OTHERS)
    np.testing.assert_allclose(contribution, expected, atol=1e-6)


def test_methods_raise_the_reason() -> None:
    with pytest.raises(ModelError, match="operation Softmax"):
        tf.function(lambda x: both(tf.nn.softmax, x, x))(VECTORS)


def test_a_source_that_the_output_does_not_depend_on_gets_nothing() -> None:
    relevance, contribution = tf.function(lambda x, y: both(lambda _: tf.ones((3, 2)), x, y))(VECTORS, OTHERS)
    np.testing.assert_array_equal(relevance, np.zeros_like(VECTORS))
    np.testing.assert_array_equal(contribution, np.zeros_like(VECTORS))


def test_runs_of_different_operations_are_refused() -> None:
    @tf.function
    def explain(values: Any) -> Any:
        run = run_on(lambda x: tf.reduce_max(tf.nn.relu(x), axis=1), values)
        other = run_on(lambda x: tf.reduce_max(tf.nn.tanh(x), axis=1), values)
        return propagate_contributions(run, other, tf.ones_like(run.output))

    with pytest.raises(ModelError, match="ran Relu where it ran Tanh on the baseline"):
        explain(VECTORS)


def test_inside_the_body_of_a_loop_it_gives_the_same(convolution: Any) -> None:
    @tf.function
    def one_by_one(values: Any, others: Any) -> Any:
        def explain(pair: Any) -> Any:
            return tf.concat(both(convolution, pair[0][None], pair[1][None]), axis=0)

        return tf.map_fn(explain, (values, others), fn_output_signature=tf.float32)

    expected = tf.function(lambda x, y: tf.stack(both(convolution, x, y), axis=1))(VECTORS, OTHERS)
    np.testing.assert_allclose(one_by_one(VECTORS, OTHERS), expected, atol=1e-6)


def test_layers_are_explained_inside_a_model_of_token_ids() -> None:
    # Two sources, one made from the other: the embedding's relevance is what went through the convolution.
    pieces = [
        layers.Embedding(9, 4, name="embedding"),
        layers.Conv1D(3, 2, use_bias=False, name="convolution"),
        layers.GlobalMaxPooling1D(),
        layers.Dense(2, use_bias=False),
    ]
    model = keras.Sequential([keras.Input((6,), dtype="int32"), *pieces])

    @tf.function
    def explain(ids: Any) -> Any:
        sources = []

        def source(_layer: Any, _inputs: Any, output: Any) -> Any:
            sources.append(tf.identity(output))
            return sources[-1]

        with replace_outputs(pieces[:2], source):
            run = record_run(lambda: (model(ids, training=False), sources))
        return run.output, propagate_relevances(run, tf.ones_like(run.output), epsilon=1e-12)

    output, (embedded, convolved) = explain(tf.constant([[1, 2, 3, 4, 5, 6]]))
    assert (embedded.shape, convolved.shape) == ((1, 6, 4), (1, 5, 3))
    np.testing.assert_allclose([tf.reduce_sum(embedded), tf.reduce_sum(convolved)], [tf.reduce_sum(output)] * 2, 1e-5)


def test_a_graph_that_was_imported_is_walked_too() -> None:
    with tf.Graph().as_default() as graph:
        text = tf.compat.v1.placeholder(tf.float32, (None, 6, 4, 1), name="text")
        convolved = tf.nn.conv2d(text, tf.fill((2, 4, 1, 3), 0.1), 1, "VALID")
        ones = tf.ones(3)
        scaled, *_ = tf.compat.v1.nn.fused_batch_norm(convolved, ones * 2, ones, ones, ones, is_training=False)
        pooled = tf.nn.max_pool2d(tf.nn.relu6(scaled), (5, 1), 1, "VALID")
        tf.reshape(pooled, (-1, 3), name="logits")

    def network(x: Any) -> Any:
        (logits,) = tf.graph_util.import_graph_def(
            graph.as_graph_def(), input_map={"text:0": x[..., None]}, return_elements=["logits:0"]
        )
        return logits

    _, contribution = tf.function(lambda x, y: both(network, x, y))(VECTORS, OTHERS)
    outputs = [tf.reduce_sum(tf.function(network)(x), axis=1) for x in (VECTORS, OTHERS)]
    np.testing.assert_allclose(tf.reduce_sum(contribution, (1, 2)), outputs[0] - outputs[1], atol=1e-5)
