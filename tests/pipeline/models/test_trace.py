from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from camlode.pipeline.models.trace import record_calls, replace_outputs


@pytest.fixture
def model(keras: Any) -> Any:
    """An inner model of two layers, called by an outer one that has a layer more."""
    inner = keras.Sequential([keras.layers.Dense(3, name="first"), keras.layers.Dense(3, name="second")], name="inner")
    return keras.Sequential([keras.Input((2,)), inner, keras.layers.Dense(1, name="last")])


def test_calls_are_recorded_inner_ones_first(model: Any) -> None:
    with record_calls(model, lambda output: output) as calls:
        model(np.ones((1, 2), "float32"))
    assert [call.layer.name for call in calls] == ["first", "second", "inner", "last"]
    assert [call.layer.name for call in calls[2].inner] == ["first", "second"]
    assert calls[2].original_output is calls[1].output
    assert calls[3].inputs[0] is calls[2].output


def test_outputs_are_replaced_while_it_lasts(model: Any) -> None:
    ones = np.ones((1, 2), "float32")
    before = float(model(ones)[0, 0])
    with replace_outputs([model.get_layer("last")], lambda _layer, _inputs, output: output + 1):
        assert float(model(ones)[0, 0]) == pytest.approx(before + 1)
    assert float(model(ones)[0, 0]) == before


def test_an_error_inside_leaves_the_model_as_it_was(model: Any) -> None:
    with pytest.raises(ZeroDivisionError), record_calls(model, lambda _: 1 // 0):
        model(np.ones((1, 2), "float32"))
    assert all("call" not in vars(layer) for layer in model.layers)


def test_a_replaced_output_keeps_its_mask(keras: Any) -> None:
    ids = keras.Input((4,), dtype="int32")
    encoder = keras.Model(ids, keras.layers.Embedding(10, 2, mask_zero=True)(ids))
    outer_ids = keras.Input((4,), dtype="int32")
    outer = keras.Model(outer_ids, keras.layers.GlobalAveragePooling1D()(encoder(outer_ids)))
    batch = np.array([[1, 2, 0, 0]])
    expected = np.asarray(outer(batch))
    with replace_outputs([encoder], lambda _layer, _inputs, output: output + 0.0):
        np.testing.assert_array_equal(outer(batch), expected)


def test_a_call_that_a_layer_had_of_its_own_is_put_back(model: Any) -> None:
    last = model.get_layer("last")
    last.call = own = lambda x: x * 3
    with replace_outputs([last], lambda _layer, _inputs, output: output + 1):
        pass
    assert last.call is own


def test_replace_is_given_the_inputs_of_a_call(model: Any) -> None:
    shapes = []
    with replace_outputs([model.get_layer("last")], lambda _, inputs, output: shapes.append(inputs[0].shape) or output):
        model(np.ones((1, 2), "float32"))
    assert shapes == [(1, 3)]


def test_a_mask_is_not_an_input_of_a_call(keras: Any) -> None:
    model = keras.Sequential([keras.layers.Embedding(10, 2, mask_zero=True), keras.layers.GRU(3)])
    model(np.array([[1, 2, 0]]))
    with record_calls(model, lambda output: output) as calls:
        model(np.array([[1, 2, 0]]))
    assert [len(call.inputs) for call in calls if call.layer.name.startswith("gru") and call.inner] == [1]
