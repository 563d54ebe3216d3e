from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from camlode.config.errors import ModelError


def small_model(keras: Any, activation: str = "sigmoid", outputs: int = 2) -> Any:
    layers = keras.layers
    ids = keras.Input((4,), dtype="int32")
    convolved = layers.Conv1D(3, 2, name="conv")(layers.Embedding(10, 4, name="embedding")(ids))
    pooled = layers.GlobalMaxPooling1D()(convolved)
    return keras.Model(ids, layers.Dense(outputs, activation=activation, name="labels")(pooled))


def test_no_documents_give_no_pairs(keras: Any, explain: Any) -> None:
    result = explain(small_model(keras), [])
    assert result.pairs() == []
    assert result.importances.offsets.tolist() == [0]
    assert result.importances.invalid.tolist() == []


def test_a_threshold_that_no_document_passes_gives_no_pairs(keras: Any, explain: Any) -> None:
    result = explain(small_model(keras), [[1, 2], [3]], task="multilabel", threshold=1.0)
    assert result.pairs() == []
    assert result.importances.offsets.tolist() == [0]


def test_batches_without_a_label_stand_between_others(keras: Any, explain: Any) -> None:
    model = small_model(keras, outputs=1)
    # The label is given to documents with a token 1, and to no other: 9 times the largest, less 5.
    model.get_layer("embedding").set_weights([np.eye(10, 4, -1)])
    model.get_layer("conv").set_weights([np.array([np.eye(4, 3), np.zeros((4, 3))]), np.zeros(3)])
    model.get_layer("labels").set_weights([np.array([[9], [0], [0]]), np.array([-5])])
    texts = [[1, 2], [2, 2], [3, 3, 3], [1]]
    result = explain(model, texts, labels=1, task="multilabel", threshold=0.5, batch_size=1)
    assert result.pairs() == [(0, 0), (3, 0)]


def test_pairs_lie_side_by_side_with_a_value_for_each_token(keras: Any, explain: Any) -> None:
    result = explain(small_model(keras), [[1, 2, 3, 4], [5], [6, 7]], requested_labels=[0, 1], batch_size=2)
    importances = result.importances
    assert importances.documents.tolist() == [0, 0, 1, 1, 2, 2]
    assert importances.offsets.tolist() == [0, 4, 8, 9, 10, 12, 14]
    assert len(importances.values) == 14
    assert [each.dtype.name for each in (importances.documents, importances.labels, importances.values)] == [
        "int32",
        "int32",
        "int64",
    ]


def test_labels_stand_by_falling_logit(keras: Any, explain: Any) -> None:
    importances = explain(small_model(keras), [[1, 2, 3, 4], [5], [6, 7]], requested_labels=[0, 1]).importances
    pairs = importances.probabilities.reshape(-1, 2)
    assert (pairs[:, 0] >= pairs[:, 1]).all()


@pytest.mark.parametrize(("task", "requested_labels"), [("multiclass", []), ("multilabel", [0, 1])])
def test_a_document_with_a_nan_output_is_invalid_and_the_others_are_unchanged(
    keras: Any, explain: Any, task: str, requested_labels: list[int]
) -> None:
    model = small_model(keras)
    texts = [[1, 2, 3], [4, 9], [5, 6, 7], [9], [8]]
    before = explain(model, [texts[0], texts[2], texts[4]], task=task, requested_labels=requested_labels)
    embedding = model.get_layer("embedding")
    weights = embedding.get_weights()[0]
    weights[9] = np.nan
    embedding.set_weights([weights])
    result = explain(model, texts, task=task, requested_labels=requested_labels, batch_size=2)
    assert result.importances.invalid.tolist() == [1, 3]
    assert sorted(set(result.importances.documents.tolist())) == [0, 2, 4]
    np.testing.assert_array_equal(result.importances.labels, before.importances.labels)
    np.testing.assert_allclose(result.importances.values, before.importances.values, atol=10)


def test_a_document_with_an_infinite_output_is_invalid(keras: Any, explain: Any) -> None:
    model = small_model(keras, activation="linear")
    model.get_layer("labels").set_weights([np.zeros((3, 2)), np.array([np.inf, 0])])
    assert explain(model, [[1], [2]]).importances.invalid.tolist() == [0, 1]


def test_the_method_is_compiled_once_whatever_comes(
    keras: Any, open_attributor: Any, make_tokens: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    attributor = open_attributor(small_model(keras), 2, task="multilabel", threshold=0.4, batch_size=3)
    traces: list[Any] = []
    monkeypatch.setattr(attributor.method, "maps", lambda *arguments: traces.append(arguments))
    for texts in ([[1]], [[1, 2]] * 7, [[3, 4, 5, 6]] * 3):
        attributor.attribute(make_tokens(texts))
        attributor.attribute(make_tokens(texts), requested_labels=[1])
    assert traces == []


def test_explaining_leaves_the_model_as_it_was(keras: Any, explain: Any) -> None:
    model = small_model(keras)
    explain(model, [[1, 2]])
    assert all("call" not in vars(layer) for layer in model.layers)


def test_labels_that_do_not_match_the_outputs(keras: Any, open_attributor: Any) -> None:
    with pytest.raises(ModelError, match=r"model\.labels has 2 labels, but the model has 3 outputs"):
        open_attributor(small_model(keras, outputs=3), 2)


def test_an_answer_for_each_token_is_refused(keras: Any, open_attributor: Any) -> None:
    ids = keras.Input((4,), dtype="int32")
    model = keras.Model(ids, keras.layers.Conv1D(2, 1)(keras.layers.Embedding(10, 4)(ids)))
    with pytest.raises(ModelError, match=r"output has the shape \('documents', 4, 2\); expected .*a vector of scores"):
        open_attributor(model, 2)


@pytest.mark.parametrize("kind", [list, dict])
def test_several_outputs_are_refused(keras: Any, open_attributor: Any, kind: Any) -> None:
    model = small_model(keras)
    outputs = [model.output, model.get_layer("conv").output]
    several = outputs if kind is list else dict(zip("ab", outputs, strict=True))
    with pytest.raises(ModelError, match="the model gives 2 outputs; expected one output"):
        open_attributor(keras.Model(model.input, several), 2)


def test_a_text_too_short_for_the_kernel_is_refused(keras: Any, open_attributor: Any) -> None:
    ids = keras.Input((None,), dtype="int32")
    pooled = keras.layers.GlobalMaxPooling1D()(keras.layers.Conv1D(3, 5)(keras.layers.Embedding(10, 4)(ids)))
    with pytest.raises(ModelError, match=r"^the model cannot be run on 3 tokens: .*size would be negative"):
        open_attributor(keras.Model(ids, keras.layers.Dense(2)(pooled)), 2, length=3)
