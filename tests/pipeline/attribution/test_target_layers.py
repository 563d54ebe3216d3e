"""Selection of the target layers of Keras models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from camlode.config.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

LENGTH = 6


@pytest.fixture(scope="session")
def select_layers(keras: Any) -> Callable[..., Any]:
    from camlode.pipeline.attribution.target_layers import select_target_layers
    from camlode.pipeline.models.keras_classifier import wrap_keras_model

    return lambda model, layers="auto": select_target_layers(wrap_keras_model(model), layers, tokens=LENGTH)


@pytest.fixture(scope="session")
def functional(keras: Any) -> Callable[..., Any]:
    """A functional model: an embedding, and what `middle` makes of it down to what is scored."""

    def build(middle: Callable[[Any, Any], Any]) -> Any:
        ids = keras.Input((LENGTH,), dtype="int32")
        end = middle(keras.layers, keras.layers.Embedding(10, 4, name="embedding")(ids))
        return keras.Model(ids, keras.layers.Dense(2, activation="softmax", name="labels")(end))

    return build


def branches(layers: Any, x: Any) -> Any:
    ends = [layers.Conv1D(3, size, name=f"conv_{size}")(x) for size in (2, 3)]
    stack = layers.Conv1D(3, 2, name="upper")(layers.Conv1D(3, 2, name="lower")(x))
    return layers.Concatenate()([layers.GlobalMaxPooling1D()(end) for end in (*ends, stack)])


def residual_stack(layers: Any, x: Any) -> Any:
    for number in (1, 2):
        x = layers.Add()([x, layers.Conv1D(4, 3, padding="same", name=f"conv_{number}")(x)])
    return layers.GlobalMaxPooling1D(name="pool")(x)


def recurrent(layers: Any, x: Any) -> Any:
    return layers.GlobalMaxPooling1D(name="pool")(layers.LSTM(3, return_sequences=True, name="lstm")(x))


def test_auto_takes_each_branch_and_the_last_of_a_stack(select_layers: Any, functional: Any) -> None:
    assert sorted(select_layers(functional(branches)).names) == ["conv_2", "conv_3", "upper"]


def test_auto_takes_the_last_convolution_behind_residual_additions(select_layers: Any, functional: Any) -> None:
    assert select_layers(functional(residual_stack)).names == ("conv_2",)


def test_auto_leaves_a_convolution_out_that_the_answer_does_not_need(keras: Any, select_layers: Any) -> None:
    class Wasteful(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.embedding = keras.layers.Embedding(10, 4)
            self.unused = keras.layers.Conv1D(3, 2, name="unused")
            self.used = keras.layers.Conv1D(3, 2, name="used")
            self.labels = keras.layers.Dense(2)

        def call(self, ids: Any) -> Any:
            x = self.embedding(ids)
            self.unused(x)
            return self.labels(keras.ops.max(self.used(x), axis=1))

    assert select_layers(Wasteful()).names == ("used",)
    with pytest.raises(ModelError, match="answer does not depend on unused"):
        select_layers(Wasteful(), ["used", "unused"])


def test_auto_looks_into_models_inside_the_model(keras: Any, select_layers: Any, functional: Any) -> None:
    inside = keras.Input((LENGTH, 4))
    encoder = keras.Model(inside, keras.layers.Conv1D(3, 2, name="deep")(inside))
    outer = functional(lambda layers, x: layers.GlobalMaxPooling1D()(encoder(x)))
    assert select_layers(outer).names == ("deep",)


def test_a_layer_shared_by_two_branches_is_explained_in_both(select_layers: Any, functional: Any) -> None:
    def middle(layers: Any, x: Any) -> Any:
        shared = layers.Conv1D(3, 2, name="shared")
        ends = [shared(x), shared(layers.Dense(4)(x))]
        return layers.Concatenate()([layers.GlobalMaxPooling1D()(end) for end in ends])

    result = select_layers(functional(middle))
    assert (result.names, result.is_target) == (("shared",), (True, True))


def test_a_layer_stacked_on_itself_is_explained_where_it_is_last(select_layers: Any, functional: Any) -> None:
    def middle(layers: Any, x: Any) -> Any:
        shared = layers.Conv1D(4, 2, name="shared")
        return layers.GlobalMaxPooling1D()(shared(shared(x)))

    result = select_layers(functional(middle))
    assert (result.names, result.is_target) == (("shared",), (False, True))
    assert len(result.receptive_fields(LENGTH)) == 1


def test_named_layers_are_taken_as_they_are_named(select_layers: Any, functional: Any) -> None:
    assert sorted(select_layers(functional(branches), ["lower", "conv_2"]).names) == ["conv_2", "lower"]


def test_a_name_that_is_not_there_is_answered_with_the_nearest(select_layers: Any, functional: Any) -> None:
    with pytest.raises(ModelError, match="no layer named 'convv_2'; did you mean 'conv_2'"):
        select_layers(functional(branches), ["convv_2"])


def test_a_name_unlike_any_is_answered_with_what_can_be_explained(select_layers: Any, functional: Any) -> None:
    layers = r"embedding \(Embedding, documents×6×4\), lstm \(LSTM, documents×6×3\)$"
    with pytest.raises(ModelError, match=f"no layer named 'xyz'; it has: {layers}"):
        select_layers(functional(recurrent), ["xyz"])


def test_a_model_without_convolution_is_answered_with_what_can_be_explained(
    select_layers: Any, functional: Any
) -> None:
    with pytest.raises(ModelError, match=r"has no convolution; .* embedding \(.*\), lstm \(LSTM, documents×6×3\)$"):
        select_layers(functional(recurrent))


@pytest.mark.parametrize("name", ["pool", "labels"])
def test_a_layer_without_positions_is_refused(select_layers: Any, functional: Any, name: str) -> None:
    with pytest.raises(ModelError, match=f"layer '{name}' gives documents×.* name a layer nearer to the embedding"):
        select_layers(functional(residual_stack), [name])


def test_a_layer_as_wide_as_the_text_is_long_has_no_positions_either(select_layers: Any, functional: Any) -> None:
    def middle(layers: Any, x: Any) -> Any:
        return layers.GlobalMaxPooling1D(name="wide")(layers.Dense(LENGTH)(x))

    with pytest.raises(ModelError, match="layer 'wide' gives documents×6, and"):
        select_layers(functional(middle), ["wide"])


def test_an_answer_without_gradient_to_any_convolution_is_refused(
    select_layers: Any, functional: Any, keras: Any
) -> None:
    def middle(layers: Any, x: Any) -> Any:
        x = layers.GlobalMaxPooling1D()(layers.Conv1D(3, 2, name="conv")(x))
        return keras.ops.stop_gradient(x)

    with pytest.raises(ModelError, match=r"does not depend on its convolutions \(conv\)"):
        select_layers(functional(middle))
