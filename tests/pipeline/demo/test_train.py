from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np
import pytest

from camlode.pipeline.demo.corpus import generate_documents
from camlode.pipeline.demo.lexicon import LEXICON
from camlode.pipeline.demo.train import build_model, build_vocabulary, encode, save, train

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

NAMES = tuple(LEXICON)


@pytest.fixture(scope="module")
def trained() -> tuple[keras.Model, list[str]]:
    documents = list(generate_documents(6000, seed=0))
    texts = [document.text for document in documents]
    return train(texts, [document.labels for document in documents], NAMES, epochs=10)


def test_the_vocabulary_is_sorted_by_frequency_then_code_point():
    assert build_vocabulary(["乙甲丙", "丙丁"]) == ["<PAD>", "<UNK>", "丙", "丁", "乙", "甲"]


def test_texts_are_encoded_cut_and_padded_at_the_end():
    ids = encode(["甲乙甲", "甲丁", "乙乙乙乙乙", ""], ["<PAD>", "<UNK>", "甲", "乙"], length=4)
    assert ids.dtype == np.int32
    assert ids.tolist() == [[2, 3, 2, 0], [2, 1, 0, 0], [3, 3, 3, 3], [0, 0, 0, 0]]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_model_has_a_valid_relu_convolution_of_each_size(size: int):
    layer = build_model(vocabulary_size=10, labels=3, length=16).get_layer(f"conv_{size}")
    assert (layer.kernel_size, layer.padding) == ((size,), "valid")
    assert layer.activation is keras.activations.relu
    assert layer.output.shape == (None, 17 - size, 64)


def test_the_model_maps_ids_to_a_sigmoid_a_label():
    model = build_model(vocabulary_size=10, labels=3, length=16)
    assert (model.input_shape, model.input.dtype, model.output_shape) == ((None, 16), "int32", (None, 3))
    assert model.layers[-1].activation is keras.activations.sigmoid


def test_the_trained_model_labels_held_out_questions(trained: tuple[keras.Model, list[str]]):
    model, vocabulary = trained
    held_out = list(generate_documents(500, seed=1))
    texts = [document.text for document in held_out]
    predicted = model.predict(encode(texts, vocabulary), verbose=0) > 0.5
    gold = np.array([[name in document.labels for name in NAMES] for document in held_out])
    assert 2 * (predicted & gold).sum() / (predicted.sum() + gold.sum()) > 0.95


def test_the_same_seed_trains_the_same_model():
    documents = list(generate_documents(200, seed=0))
    texts, labels = [one.text for one in documents], [one.labels for one in documents]
    first, second = (train(texts, labels, NAMES, epochs=1, seed=3)[0] for _ in range(2))
    for one, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_training_prints_nothing(capfd: pytest.CaptureFixture[str]):
    train(["甲乙"] * 4, [("子",)] * 4, ["子", "丑"], epochs=1)
    assert capfd.readouterr().out == ""


def test_what_is_saved_predicts_as_before(trained: tuple[keras.Model, list[str]], tmp_path: Path):
    model, vocabulary = trained
    save(tmp_path, model, vocabulary, NAMES)
    ids = encode(["请问手机怎么样？"], vocabulary)
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded(ids), model(ids), atol=1e-6)


def test_vocabulary_and_labels_are_saved_one_a_line(trained: tuple[keras.Model, list[str]], tmp_path: Path):
    model, vocabulary = trained
    save(tmp_path, model, vocabulary, NAMES)
    assert (tmp_path / "vocabulary.txt").read_text(encoding="utf-8").splitlines() == vocabulary
    assert (tmp_path / "labels.txt").read_text(encoding="utf-8").splitlines() == list(NAMES)
