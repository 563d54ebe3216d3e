from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from camlode.config.errors import ModelError
from camlode.pipeline.models.classifier import InputSpec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

INPUTS = {"input_x": "ids", "keep_prob": 1.0}


def compute_logits(classifier: Any, saved: Any) -> Any:
    import tensorflow as tf

    subgraph = classifier.subgraph((), [classifier.logits])
    values = dict(
        zip((each.name for each in classifier.inputs), classifier.build_inputs(saved.ids, saved.mask), strict=True)
    )
    return classifier.compile(subgraph)(*(tf.constant(values[name]) for name in subgraph.feeds))[0]


@pytest.mark.parametrize(
    ("kind", "resource"), [("checkpoint", False), ("checkpoint", True), ("saved_model", True), ("frozen", True)]
)
def test_the_logits_are_the_sessions_own(save_graph: Any, load_classifier: Any, kind: str, resource: bool) -> None:
    saved = save_graph(kind, resource=resource)
    np.testing.assert_array_equal(compute_logits(load_classifier(saved.path), saved), saved.logits)


def test_a_checkpoint_may_be_named_with_meta(save_graph: Any, load_classifier: Any) -> None:
    saved = save_graph()
    np.testing.assert_array_equal(compute_logits(load_classifier(saved.path + ".meta"), saved), saved.logits)


@pytest.mark.parametrize(("name", "activation"), [("probabilities:0", "softmax"), ("scores", "linear")])
def test_it_looks_behind_a_softmax(save_graph: Any, load_classifier: Any, name: str, activation: str) -> None:
    saved = save_graph()
    classifier = load_classifier(saved.path, logits=name)
    assert (classifier.logits, classifier.activation) == ("scores:0", activation)
    np.testing.assert_array_equal(compute_logits(classifier, saved), saved.logits)


def test_the_answer_ends_in_the_softmax(save_graph: Any, load_classifier: Any) -> None:
    sample_output = load_classifier(save_graph().path, logits="probabilities").sample_output(6)
    assert sample_output.shape == (2, 4)
    np.testing.assert_allclose(np.sum(sample_output, axis=1), 1, rtol=1e-6)


@pytest.mark.parametrize("length", [6, None])
def test_the_length_is_the_placeholders(save_graph: Any, load_classifier: Any, length: int | None) -> None:
    classifier = load_classifier(save_graph(length=length).path)
    assert classifier.length == length
    assert classifier.input_specs(9) == [InputSpec((None, 9), "int32")]
    assert classifier.embedding_size() == 11
    assert not classifier.takes_text


def test_a_text_of_another_length_is_refused(save_graph: Any, load_classifier: Any) -> None:
    with pytest.raises(ModelError, match=r"^the model cannot be run on 7 tokens: its placeholder takes 6$"):
        load_classifier(save_graph().path).sample_output(7)


def lengths_and_masks(graph: Any) -> None:
    import tensorflow as tf

    v1 = tf.compat.v1
    length, mask = v1.placeholder(tf.int64, [None], "lengths"), v1.placeholder(tf.float32, [None, 6], "mask")
    training = v1.placeholder(tf.bool, name="training")
    read = tf.cast(length, tf.float32) + tf.reduce_sum(mask, 1)
    tf.add(
        v1.cond(training, lambda: 0 * read, lambda: read)[:, None], graph.get_tensor_by_name("scores:0"), "all_scores"
    )


ALL_INPUTS = {"mask": "mask", "lengths": "length", "input_x": "ids", "keep_prob": 1.0, "training": False}


def test_every_placeholder_is_filled_in_its_own_type(save_graph: Any, load_classifier: Any) -> None:
    saved = save_graph(also=lengths_and_masks)
    classifier = load_classifier(saved.path, inputs=ALL_INPUTS, logits="all_scores")
    mask, length, ids = classifier.build_inputs(saved.ids, saved.mask)
    assert (mask.dtype, length.dtype, ids.dtype) == (np.float32, np.int64, np.int32)
    assert length.tolist() == [6, 3]
    assert mask[1].tolist() == [1, 1, 1, 0, 0, 0]
    assert classifier.input_specs(6) == [
        InputSpec((None, 6), "float32"),
        InputSpec((None,), "int64"),
        InputSpec((None, 6), "int32"),
    ]
    np.testing.assert_allclose(compute_logits(classifier, saved), saved.logits + np.array([[12], [6]]), rtol=1e-6)


def test_a_branch_that_a_number_decides_is_gone(save_graph: Any, load_classifier: Any) -> None:
    saved = save_graph(also=lengths_and_masks)
    classifier = load_classifier(saved.path, inputs=ALL_INPUTS, logits="all_scores")
    assert not {"Switch", "Merge"} & {node.op for node in classifier.definition.node}


def test_a_keras_export_is_addressed_by_the_names_within(
    keras: Any, tmp_path: Path, load_classifier: Callable[..., Any]
) -> None:
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((6,), dtype="int32"),
            layers.Embedding(10, 4),
            layers.Conv1D(3, 2, activation="relu"),
            layers.GlobalMaxPooling1D(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.export(tmp_path / "exported", verbose=False)
    with pytest.raises(ModelError, match=r"model\.layers: the graph has no tensor 'conv1d/Relu'; ") as raised:
        load_classifier(str(tmp_path / "exported"), layers={"conv1d/Relu": 2}, logits=SIGNATURE, **KERAS)
    assert "\n" not in str(raised.value)
    classifier = load_classifier(str(tmp_path / "exported"), layers={}, logits=SIGNATURE, **KERAS)
    [relu] = [node.name for node in classifier.definition.node if node.op == "Relu"]
    classifier = load_classifier(str(tmp_path / "exported"), layers={relu: 2}, logits=SIGNATURE, **KERAS)
    assert classifier.activation == "softmax"
    np.testing.assert_allclose(classifier.sample_output(6), model(np.ones((2, 6), np.int32)), rtol=1e-6)


SIGNATURE = "StatefulPartitionedCall_1"
KERAS = {"inputs": None, "embedding": "auto"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"logits": "score"}, r"model\.logits: the graph has no tensor 'score'; did you mean 'scores'\?"),
        ({"logits": None}, r"model\.logits: a graph needs the name of its logits' tensor"),
        (
            {"logits": "embedded"},
            r"model\.logits: embedded:0 has the shape \(None, 6, 5\); expected \(documents, labels\)",
        ),
        ({"layers": {"conv-2/relu": 2}}, r"model\.layers: .* 'conv-2/relu'; did you mean 'conv-2/Relu'\?"),
        ({"layers": {"conv-2/Relu:1": 2}}, r"is no tensor; the outputs of 'conv-2/Relu' are: conv-2/Relu:0"),
        ({"layers": {"nothing": 2}}, r"'nothing' is no tensor; the outputs of 'nothing' are: none"),
        ({"layers": "auto"}, r"model\.layers is 'auto', which is for Keras models; .* `conv/Relu: 3`"),
        ({"embedding": "embed"}, r"model\.embedding: the graph has no tensor 'embed'; did you mean 'embedded'\?"),
        (
            {"inputs": {"input_x": "ids"}},
            r"model\.inputs: the graph also needs keep_prob; say how .* a number such as 1\.0",
        ),
        ({"inputs": None}, r"model\.inputs: the graph also needs input_x, keep_prob"),
        ({"inputs": {**INPUTS, "keep": 1}}, r"model\.inputs: .* no placeholder 'keep'; did you mean 'keep_prob'\?"),
        ({"inputs": {"input_x": "length", "keep_prob": 1.0}}, r"no placeholder takes the ids; give one of input_x"),
        ({"inputs": {"input_x": 1, "keep_prob": 1.0}}, r"input_x is filled with 1.*, but has the shape \(None, 6\)"),
        ({"inputs": {"input_x": "ids", "keep_prob": "length"}}, r"keep_prob is filled with length, of the shape"),
    ],
)
def test_options_that_do_not_fit_the_graph_are_named(
    save_graph: Any, load_classifier: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ModelError, match=message) as raised:
        load_classifier(save_graph().path, **options)
    assert "\n" not in str(raised.value)


def test_a_placeholder_that_the_answer_does_not_need_may_be_filled(save_graph: Any, load_classifier: Any) -> None:
    classifier = load_classifier(save_graph().path, inputs={**INPUTS, "input_y": 0})
    assert [each.name for each in classifier.inputs] == ["input_x:0"]
