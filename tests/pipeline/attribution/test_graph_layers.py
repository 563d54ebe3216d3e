from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from camlode.config.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

ALL = ["embedded", "conv-2/Relu", "conv-3/Relu"]


@pytest.fixture
def graph_layers(save_graph: Any, load_classifier: Any) -> Callable[..., tuple[Any, Any]]:
    """A saved graph, and its explained tensors."""

    def make(target_layers: Any = None, **options: Any) -> tuple[Any, Any]:
        from camlode.pipeline.attribution.graph_layers import GraphTargetLayers

        saved = save_graph(length=options.pop("length", 6), also=options.pop("also", None))
        target_layers = saved.layers if target_layers is None else target_layers
        classifier = load_classifier(saved.path, layers=target_layers, **options)
        return saved, GraphTargetLayers(classifier, target_layers, tokens=6)

    return make


def compute_gradients(layers: Any, ids: Any) -> tuple[Any, list[Any]]:
    """The answer, and the gradients of label 1's logit with respect to the explained tensors."""
    import tensorflow as tf

    with tf.GradientTape(persistent=True) as tape:
        watched: dict[int, Any] = {}

        def watch(number: int, tensor: Any) -> Any:
            watched[number] = tf.identity(tensor)
            tape.watch(watched[number])
            return watched[number]

        output = layers.run([ids], watch)
    cotangent = tf.one_hot(tf.ones(tf.shape(output)[0], tf.int32), 4)
    sources = [watched[number] for number in sorted(watched)]
    tape.gradient(output, sources, output_gradients=cotangent)
    return output, tape.gradient(output, sources, output_gradients=cotangent)


@pytest.mark.parametrize("traced", [False, True], ids=["eager", "traced"])
def test_gradients_are_the_sessions_own(graph_layers: Any, traced: bool) -> None:
    import tensorflow as tf

    saved, layers = graph_layers()
    run = tf.function(compute_gradients) if traced else compute_gradients
    output, gradients = run(layers, tf.constant(saved.ids))
    np.testing.assert_allclose(output, saved.logits, rtol=1e-6)
    for got, expected in zip(gradients, saved.gradients[1:], strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-6)


def test_a_tensor_that_others_are_made_of_is_replaced_too(graph_layers: Any) -> None:
    import tensorflow as tf

    saved, layers = graph_layers({"conv-3/Relu": 3, "embedded": 1})
    _, gradients = compute_gradients(layers, tf.constant(saved.ids))
    np.testing.assert_allclose(gradients[0], saved.gradients[2], rtol=1e-6)
    np.testing.assert_allclose(gradients[1], saved.gradients[0], rtol=1e-6, atol=1e-7)


def test_gradients_of_several_labels_inside_a_map(graph_layers: Any) -> None:
    import tensorflow as tf

    saved, layers = graph_layers()

    @tf.function
    def explain(ids: Any) -> Any:
        with tf.GradientTape(persistent=True) as tape:
            watched: list[Any] = []

            def watch(number: int, tensor: Any) -> Any:
                watched.append(tf.identity(tensor))
                tape.watch(watched[-1])
                return watched[-1]

            output = layers.run([ids], watch)

        def label_gradient(label: Any) -> Any:
            seed = tf.one_hot(tf.fill([2], label), 4)
            return tape.gradient(output, watched[0], output_gradients=seed)

        return tf.map_fn(label_gradient, tf.range(4), fn_output_signature=tf.float32)

    np.testing.assert_allclose(explain(tf.constant(saved.ids))[1], saved.gradients[1], rtol=1e-6)


@pytest.mark.parametrize("inline", [False, True])
def test_what_replace_returns_is_used_downstream(graph_layers: Any, inline: bool) -> None:
    """Without features, what is left of the logits is the bias: the same for both documents."""
    import tensorflow as tf

    saved, layers = graph_layers()
    run = tf.function(lambda ids: layers.run([ids], lambda _, tensor: tf.zeros_like(tensor), inline=inline))
    output = run(tf.constant(saved.ids)).numpy()
    np.testing.assert_array_equal(output[0], output[1])
    assert not np.allclose(output, saved.logits)


def test_inline_the_operations_stand_in_the_graph(graph_layers: Any) -> None:
    import tensorflow as tf

    saved, layers = graph_layers(logits="probabilities")
    run = tf.function(lambda ids: layers.run([ids], lambda _, tensor: tensor, inline=True))
    graph = run.get_concrete_function(tf.TensorSpec((None, 6), tf.int32)).graph
    kinds = [operation.type for operation in graph.get_operations()]
    assert [kinds.count(kind) for kind in ("GatherV2", "Conv2D", "MatMul", "Softmax")] == [1, 2, 1, 1]
    np.testing.assert_allclose(run(tf.constant(saved.ids)), tf.nn.softmax(saved.logits), rtol=1e-6)


def test_the_answer_ends_in_an_operation_that_can_be_looked_behind(graph_layers: Any) -> None:
    import tensorflow as tf

    _, layers = graph_layers(logits="probabilities")
    run = tf.function(lambda ids: layers.run([ids], lambda _, tensor: tensor))
    graph = run.get_concrete_function(tf.TensorSpec((None, 6), tf.int32)).graph
    assert graph.outputs[0].op.inputs[0].op.type == "Softmax"


def test_nothing_of_the_trunk_is_in_the_head(graph_layers: Any) -> None:
    _, layers = graph_layers()
    kinds = {node.op for node in layers._head.subgraph.definition.node}
    assert not {"Conv2D", "GatherV2", "Placeholder"} & kinds
    assert set(layers._head.subgraph.feeds) == {"conv-2/Relu:0", "conv-3/Relu:0"}


def test_no_operation_is_added_per_document(graph_layers: Any) -> None:
    import tensorflow as tf

    saved, layers = graph_layers()
    explain = tf.function(compute_gradients, reduce_retracing=True)
    explain(layers, tf.constant(saved.ids))
    graphs = [layers._classifier.graph, layers._head.function.graph, *(step.function.graph for step in layers._steps)]
    before = [len(graph.get_operations()) for graph in graphs]
    for _ in range(50):
        explain(layers, tf.constant(saved.ids))
    assert [len(graph.get_operations()) for graph in graphs] == before
    assert explain.experimental_get_tracing_count() == 1


def test_valid_kernels_cover_the_tokens_that_follow(graph_layers: Any) -> None:
    _, layers = graph_layers()
    two, three = layers.receptive_fields(6)
    assert layers.names == ("conv-2/Relu:0", "conv-3/Relu:0")
    assert [np.flatnonzero(row).tolist() for row in two] == [[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]]
    assert [np.flatnonzero(row).tolist() for row in three] == [[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5]]


def same_convolution(graph: Any) -> None:
    import tensorflow as tf

    embedded = graph.get_tensor_by_name("embedded:0")
    convolved = tf.nn.conv1d(embedded, tf.constant(np.ones((4, 5, 4), np.float32)), 1, "SAME", name="same")
    tf.add(tf.reduce_max(convolved, 1), graph.get_tensor_by_name("scores:0"), "more_scores")


def test_same_kernels_start_half_a_kernel_earlier(graph_layers: Any) -> None:
    _, layers = graph_layers({"same/Squeeze": 4}, logits="more_scores", also=same_convolution)
    [receptive_field] = layers.receptive_fields(6)
    expected = [[0, 1, 2], [0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 5], [3, 4, 5], [4, 5]]
    assert [np.flatnonzero(row).tolist() for row in receptive_field] == expected


def test_a_listed_tensor_is_one_of_tokens_at_any_length(graph_layers: Any) -> None:
    _, layers = graph_layers(["embedded"], length=None)
    assert layers.receptive_fields(9)[0].tolist() == np.eye(9, dtype=bool).tolist()


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (
            {"conv-2/Relu": 3},
            r"has 5 positions for 6 tokens, but a kernel of 3 gives 6 \(same\) or 4 \(valid\); a kernel of 2 would",
        ),
        ({"conv-2/Relu": 1}, r"a kernel of 1 gives 6 \(same\) or 6 \(valid\); a kernel of 2 would fit"),
        ({"concat": 2}, r"concat gives documents×6; expected documents×positions×channels"),
        (
            {"conv-2/Relu": 2, "probabilities": 1},
            r"model\.layers: the model's answer does not depend on probabilities$",
        ),
    ],
)
def test_what_cannot_be_explained_is_named(graph_layers: Any, layers: dict[str, int], message: str) -> None:
    with pytest.raises(ModelError, match=message) as raised:
        graph_layers(layers)
    assert "\n" not in str(raised.value)


def old_loop(graph: Any) -> None:
    """A recurrence as dynamic_rnn writes it, and a convolution after it."""
    import tensorflow as tf
    from tensorflow.python.ops import while_loop

    v1, embedded = tf.compat.v1, graph.get_tensor_by_name("embedded:0")
    outputs = v1.TensorArray(tf.float32, 6)

    def step(place: Any, state: Any, outputs: Any) -> Any:
        state = tf.tanh(state + embedded[:, place])
        return place + 1, state, outputs.write(place, state)

    context = while_loop.while_loop(lambda place, *_: place < 6, step, [0, embedded[:, 0], outputs])
    states = tf.transpose(context[2].stack(), [1, 0, 2], "states")
    states.set_shape([None, 6, 5])
    convolved = tf.nn.conv1d(states, tf.constant(np.ones((2, 5, 4), np.float32)), 1, "VALID", name="after")
    tf.add(tf.reduce_max(convolved, 1), graph.get_tensor_by_name("scores:0"), "looped")


@pytest.fixture
def control_flow_of_tensorflow_1(keras: Any) -> Any:
    import tensorflow as tf

    tf.compat.v1.disable_control_flow_v2()
    yield
    tf.compat.v1.enable_control_flow_v2()


@pytest.mark.usefixtures("control_flow_of_tensorflow_1")
def test_a_convolution_after_an_old_loop_can_be_explained(graph_layers: Any) -> None:
    import tensorflow as tf

    saved, layers = graph_layers({"after/Squeeze": 2}, logits="looped", also=old_loop)
    assert "Enter" in {node.op for node in layers._steps[0].subgraph.definition.node}
    _, [gradient] = compute_gradients(layers, tf.constant(saved.ids))
    # Of each channel, the gradient of a maximum is shared by the positions that have it.
    np.testing.assert_allclose(gradient.numpy().sum(axis=(1, 2)), [1, 1], rtol=1e-6)


@pytest.mark.usefixtures("control_flow_of_tensorflow_1")
def test_what_lies_before_an_old_loop_cannot(graph_layers: Any) -> None:
    with pytest.raises(ModelError, match=r"is a loop of TensorFlow 1 \(while/Enter.*\), which has no gradient once"):
        graph_layers(["embedded"], logits="looped", also=old_loop)
