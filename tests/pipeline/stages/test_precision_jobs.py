"""Jobs whose attribution.precision is not float32, against the same in float32."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from camlode.config import parse_job
from camlode.config.errors import ModelError
from camlode.pipeline.records import IMPORTANCE_UNIT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TOKENS = ["<PAD>", "<UNK>", *"abcdefghijklmnop"]
LENGTH = 10
TEXTS = ["abcd", "efghijklmn", "op", "badcfe", "nmlkji", "aaaaap"]


def _text_cnn(keras: Any) -> Any:
    layers = keras.layers
    ids = keras.Input((LENGTH,), dtype="int32")
    embedded = layers.Embedding(len(TOKENS), 6)(ids)
    ends = [layers.Conv1D(4, size, activation="relu")(embedded) for size in (1, 2, 3)]
    pooled = layers.Concatenate()([layers.GlobalMaxPooling1D()(end) for end in ends])
    return keras.Model(ids, layers.Dense(2, activation="softmax")(pooled))


def _recurrent_attention(keras: Any) -> Any:
    layers = keras.layers
    ids = keras.Input((LENGTH,), dtype="int32")
    embedded = layers.Embedding(len(TOKENS), 6, mask_zero=True)(ids)
    read = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(embedded)
    attended = layers.MultiHeadAttention(2, 3)(read, read)
    ends = [layers.Conv1D(4, size, padding="same", activation="relu")(attended) for size in (1, 3)]
    pooled = layers.Concatenate()([layers.GlobalMaxPooling1D()(end) for end in ends])
    return keras.Model(ids, layers.Dense(2, activation="softmax")(pooled))


@pytest.fixture(scope="module")
def models(keras: Any) -> dict[str, Any]:
    built = {"text-cnn": _text_cnn(keras), "recurrent attention": _recurrent_attention(keras)}
    chance = np.random.default_rng(4)
    for model in built.values():
        for weight in model.weights:
            weight.assign(chance.normal(0.0, 0.7, weight.shape))
    return built


@pytest.fixture
def explained(keras: Any, models: dict[str, Any], tmp_path: Path) -> Callable[..., Any]:
    """Both labels' importances for TEXTS, and whether batches were cut."""
    from camlode.pipeline.explainer import open_explainer

    def run(name: str, **attribution: Any) -> Any:
        (tmp_path / "vocabulary.txt").write_text("\n".join(TOKENS) + "\n", encoding="utf-8")
        values = {
            "corpus": {"paths": "corpus.txt"},
            "model": {"path": "model.keras", "labels": ["no", "yes"]},
            "tokenizer": {"vocabulary": "vocabulary.txt"},
            "attribution": attribution,
        }
        explainer = open_explainer(parse_job(values, tmp_path), models[name])
        return explainer.attributor.attribute(explainer.tokenizer.encode(TEXTS), requested_labels=[0, 1])

    return run


@pytest.mark.parametrize(
    ("name", "method", "precision"),
    [
        ("text-cnn", "grad-cam", "bfloat16"),
        ("text-cnn", "grad-cam", "float16"),
        ("text-cnn", "cam", "bfloat16"),
        ("text-cnn", "integrated-gradients", "bfloat16"),
        ("recurrent attention", "grad-cam", "bfloat16"),
    ],
)
def test_few_bits_say_nearly_the_same(explained: Any, name: str, method: str, precision: str) -> None:
    expected, found = (
        explained(name, method=method, steps=4),
        explained(name, method=method, steps=4, precision=precision),
    )
    clear = np.abs(expected.probabilities - 0.5) > 0.05
    assert clear.sum() > 6
    np.testing.assert_array_equal(found.labels[clear], expected.labels[clear])
    np.testing.assert_allclose(found.probabilities, expected.probabilities, atol=0.02)
    scale = np.abs(expected.values).max()
    assert scale * IMPORTANCE_UNIT > 0.1
    assert 0 < np.abs(found.values - expected.values).max() < 0.05 * scale


def test_float32_is_what_stands_where_nothing_is_said(explained: Any) -> None:
    said, unsaid = explained("text-cnn", precision="float32"), explained("text-cnn")
    assert said.values.tobytes() == unsaid.values.tobytes()
    assert said.probabilities.tobytes() == unsaid.probabilities.tobytes()


@pytest.mark.parametrize("method", ["lrp", "deeplift"])
def test_methods_that_walk_back_by_rules_are_refused(explained: Any, method: str) -> None:
    with pytest.raises(ModelError) as caught:
        explained("text-cnn", method=method, precision="bfloat16")
    assert str(caught.value) == (
        f"attribution.method {method} takes attribution.precision: float32, not bfloat16; set that, or choose another "
        "method"
    )


def test_a_head_that_is_not_linear_is_still_refused(explained: Any, models: dict[str, Any], keras: Any) -> None:
    layers = keras.layers
    trunk = models["text-cnn"].layers[-2].output
    bent = layers.Dense(2, activation="softmax", name="bent")(layers.Dense(6, activation="relu", name="hidden")(trunk))
    models["bent"] = keras.Model(models["text-cnn"].inputs[0], bent)
    with pytest.raises(ModelError, match="a channel's weight differs from text to text"):
        explained("bent", method="cam", precision="bfloat16")
