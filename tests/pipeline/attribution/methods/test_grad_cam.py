"""Grad-CAM and the distribution of positions over tokens, against numbers worked out by hand.

In the counting model a token's vector is its own number, a convolution's position the sum under its kernel, and every
position's weight for label 0 is 1. So label 0's map is the convolution's output, which is distributed over the tokens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.fixture(scope="session")
def counting_model(keras: Any) -> Any:
    """Makes models to follow by hand: a token's embedding is its own number, a convolution adds the tokens under it.

    Label 0's logit is the sum, over branches, of each branch's average times its length, so that every position counts
    1; label 1's is its negative. `branches`: lists of layers after the embedding.
    """

    def build(*branches: Sequence[Any], length: int = 4, pooling: str = "average", bias: float = 0.0) -> Any:
        layers = keras.layers
        pool = layers.GlobalAveragePooling1D if pooling == "average" else layers.GlobalMaxPooling1D
        ids = keras.Input((length,), dtype="int32")
        embedded = layers.Embedding(10, 1, name="embedding")(ids)
        ends = []
        for branch in branches:
            end = embedded
            for layer in branch:
                end = layer(end)
            ends.append(end)
        pooled = [pool()(end) for end in ends]
        joined = layers.Concatenate()(pooled) if len(pooled) > 1 else pooled[0]
        model = keras.Model(ids, layers.Dense(2, activation="softmax", name="labels")(joined))
        model.get_layer("embedding").set_weights([np.arange(10.0)[:, None]])
        head = np.array([[end.shape[1], -end.shape[1]] for end in ends], np.float32)
        model.get_layer("labels").set_weights([head, np.zeros(2)])
        for layer in model.layers:
            if layer.name.startswith("conv"):
                kernel, _ = layer.get_weights()
                layer.set_weights([np.ones_like(kernel), np.full(1, bias)])
        return model

    return build


# The document 1 2 3 with one padding behind it: the values under the kernel, and the tokens that share each of them.
@pytest.mark.parametrize(
    ("size", "options", "expected"),
    [
        # 1, 2, 3, each on its own token.
        (1, {"padding": "valid"}, [1, 2, 3]),
        # 1+2 on 0 1, 2+3 on 1 2, 3+0 on 2: the padding gets nothing of it.
        (2, {"padding": "valid"}, [1.5, 4, 5.5]),
        # 1+2+3 on 0 1 2, 2+3+0 on 1 2.
        (3, {"padding": "valid"}, [2, 4.5, 4.5]),
        # 1+2+3+0 on 0 1 2.
        (4, {"padding": "valid"}, [2, 2, 2]),
        # "same" with size 2 starts (2-1)//2 = 0 earlier: as valid, and a position 0 on the padding.
        (2, {"padding": "same"}, [1.5, 4, 5.5]),
        # Starts 1 earlier. 3 on 0 1, 6 on 0 1 2, 5 on 1 2, 3 on 2.
        (3, {"padding": "same"}, [3.5, 6, 7.5]),
        # Starts 1 earlier. 6 on 0 1 2, 6 on 0 1 2, 5 on 1 2, 3 on 2.
        (4, {"padding": "same"}, [4, 6.5, 9.5]),
        # 1+2 on 0 1, 3+0 on 2.
        (2, {"padding": "valid", "strides": 2}, [1.5, 1.5, 3]),
        # One padding is needed, so none in front: 1+2+3 on 0 1 2, 3+0+0 on 2.
        (3, {"padding": "same", "strides": 2}, [2, 2, 5]),
        # 1+3 on 0 2, 2+0 on 1: the token between the taps gets nothing.
        (2, {"padding": "valid", "dilation_rate": 2}, [2, 2, 2]),
        # Starts 1 earlier. 2 on 1, 1+3 on 0 2, 2+0 on 1, 3 on 2.
        (2, {"padding": "same", "dilation_rate": 2}, [2, 4, 5]),
        # 1 on 0, 1+2 on 0 1, 2+3 on 1 2, 3+0 on 2.
        (2, {"padding": "causal"}, [2.5, 4, 5.5]),
    ],
)
def test_a_position_is_distributed_over_the_tokens_under_its_kernel(
    keras: Any, counting_model: Any, explain: Any, size: int, options: dict[str, Any], expected: list[float]
) -> None:
    model = counting_model([keras.layers.Conv1D(1, size, **options, name="conv")])
    assert explain(model, [[1, 2, 3]]).token_scores(0, 0) == expected


def test_padding_in_front_gets_nothing_either(keras: Any, counting_model: Any, explain: Any) -> None:
    # 0 1 2 3: 0+1 on the first token alone, 1+2 on the first two, 2+3 on the last two.
    model = counting_model([keras.layers.Conv1D(1, 2, name="conv")])
    assert explain(model, [[1, 2, 3]], before=True).token_scores(0, 0) == [2.5, 4, 2.5]


def test_branches_are_added_raw(keras: Any, counting_model: Any, explain: Any) -> None:
    # Sizes 2 and 3 of the first test: 1.5 4 5.5 and 2 4.5 4.5.
    branches = [[keras.layers.Conv1D(1, size, name=f"conv_{size}")] for size in (2, 3)]
    result = explain(counting_model(*branches), [[1, 2, 3]])
    assert sorted(result.attributor.target_layers.names) == ["conv_2", "conv_3"]
    assert result.token_scores(0, 0) == [3.5, 8.5, 10]


def test_the_share_of_padding_alone_is_reported(keras: Any, counting_model: Any, explain: Any) -> None:
    # With a bias of 1: 1+2+1 on 0 1, 2+3+1 on 1 2, 3+0+1 on 2, 0+0+1 on padding only.
    result = explain(counting_model([keras.layers.Conv1D(1, 2, padding="same", name="conv")], bias=1.0), [[1, 2, 3]])
    assert result.token_scores(0, 0) == [2, 5, 7]
    assert result.padding() == [1]


def test_max_pooling_gives_each_position_the_same_share_of_the_weight(
    keras: Any, counting_model: Any, explain: Any
) -> None:
    # The gradient is 4 at the largest of the 4 positions; averaged over them the weight is 1, as with the average.
    model = counting_model([keras.layers.Conv1D(1, 1, name="conv")], pooling="max")
    assert explain(model, [[1, 2, 3]]).token_scores(0, 0) == [1, 2, 3]


def test_pooling_between_widens_a_position(keras: Any, counting_model: Any, explain: Any) -> None:
    # 1 2 3 4 is pooled to 2 4, of which the convolution sees both: 6 on all four tokens.
    branch = [keras.layers.MaxPooling1D(2), keras.layers.Conv1D(1, 2, name="conv")]
    assert explain(counting_model(branch), [[1, 2, 3, 4]]).token_scores(0, 0) == [1.5, 1.5, 1.5, 1.5]


def test_the_last_of_a_stack_is_explained_with_its_receptive_field(
    keras: Any, counting_model: Any, explain: Any
) -> None:
    # 1 2 3 4 -> 3 5 7 -> 8 on 0 1 2, 12 on 1 2 3.
    branch = [keras.layers.Conv1D(1, 2, name="conv_1"), keras.layers.Conv1D(1, 2, name="conv_2")]
    result = explain(counting_model(branch), [[1, 2, 3, 4]])
    assert result.attributor.target_layers.names == ("conv_2",)
    assert result.token_scores(0, 0) == pytest.approx([8 / 3, 20 / 3, 20 / 3, 4], abs=1e-5)


def test_an_all_negative_map_is_zeros(keras: Any, counting_model: Any, explain: Any) -> None:
    # Label 1 has the weight -1 everywhere.
    model = counting_model([keras.layers.Conv1D(1, 2, name="conv")])
    result = explain(model, [[1, 2, 3]], requested_labels=[1])
    assert result.token_scores(0, 1) == [0, 0, 0]
    assert result.padding() == [0]


def channels_model(keras: Any, head: list[list[float]], bias: list[float], activation: str | None) -> Any:
    """Two channels: ids 1, 2 and 3 are embedded as (1, 0), (0, 1), (1, 1), and the convolution of size 1 keeps them."""
    model = keras.Sequential(
        [
            keras.Input((4,), dtype="int32"),
            keras.layers.Embedding(4, 2),
            keras.layers.Conv1D(2, 1),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(len(bias), activation=activation),
        ]
    )
    embedding = [[0, 0], [1, 0], [0, 1], [1, 1]]
    model.set_weights([np.array(value, "float32") for value in (embedding, [np.eye(2)], [0, 0], head, bias)])
    return model


def test_channels_are_weighted_by_their_own_gradient(keras: Any, explain: Any) -> None:
    # Weights of label 0: 2/4 and -1/4; of label 1: -1/4 and 3/4. Negative sums are cut to 0.
    model = channels_model(keras, [[2, -1], [-1, 3]], [0, 0], "softmax")
    result = explain(model, [[1, 2, 3]], requested_labels=[0, 1], largest_id=3)
    assert result.token_scores(0, 0) == [0.5, 0, 0.25]
    assert result.token_scores(0, 1) == [0, 0.75, 0.5]


def test_each_label_of_a_document_is_explained_by_its_own_logit(keras: Any, explain: Any) -> None:
    # Document 0: averages (1/2, 1/2), logits 2, 4, -2: labels 1, 0. Document 1: (1/4, 0), logits 1, 0, -1: label 0 and,
    # at exactly one half, label 1. Document 2: (0, 1/4), logits 0, 2, 0: all three, those of equal logit in order.
    model = channels_model(keras, [[4, 0, -4], [0, 8, 0]], [0, 0, 0], "sigmoid")
    result = explain(model, [[1, 2, 3], [1], [2]], labels=3, task="multilabel", threshold=0.5, largest_id=3)
    assert result.pairs() == [(0, 1), (0, 0), (1, 0), (1, 1), (2, 1), (2, 0), (2, 2)]
    assert result.token_scores(0, 1) == [0, 2, 2]
    assert result.token_scores(0, 0) == [1, 0, 1]
    assert result.token_scores(1, 0) == [1]
    assert result.token_scores(1, 1) == [0]
    assert result.token_scores(2, 1) == [2]
    assert result.token_scores(2, 2) == [0]


@pytest.mark.parametrize(
    ("weight", "label", "probability"),
    # The average of channel 0 is 1/2. A positive logit means label 1, a negative one label 0. Evidence for either moves
    # the logit to its side: a weight of 4/4 on the tokens 1 and 3.
    [(4, 1, 1 / (1 + np.exp(-2))), (-4, 0, 1 / (1 + np.exp(-2)))],
)
def test_one_sigmoid_output_is_two_labels(
    keras: Any, explain: Any, weight: float, label: int, probability: float
) -> None:
    model = channels_model(keras, [[weight], [0]], [0], "sigmoid")
    result = explain(model, [[1, 2, 3]], largest_id=3)
    assert result.pairs() == [(0, label)]
    assert result.token_scores(0, label) == [1, 0, 1]
    assert result.importances.probabilities == pytest.approx([probability])
