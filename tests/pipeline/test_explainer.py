"""A job's model opened, Keras models and TensorFlow graphs: what is explained is what the model itself answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from camlode.config import parse_job
from camlode.config.errors import ModelError, TokenizerError
from camlode.pipeline.importance_unit import IMPORTANCE_UNIT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from camlode.config import Job

pytestmark = pytest.mark.slow

TOKENS = ["<PAD>", "<UNK>", *"abcdef"]
WORDS = ["on", "the", "sea", "we", "sail"]


@pytest.fixture
def open_explainer(keras: Any) -> Callable[..., Any]:
    from camlode.pipeline.explainer import open_explainer as on_job

    return on_job


@pytest.fixture
def job(tmp_path: Path) -> Callable[..., Job]:
    """A job of two labels, a to f as vocabulary, and what else `sections` say."""
    (tmp_path / "vocabulary.txt").write_text("\n".join(TOKENS) + "\n", encoding="utf-8")

    def build(**sections: dict[str, Any]) -> Job:
        model = {"path": "model.keras", "labels": ["no", "yes"]}
        values = {
            "corpus": {"paths": "corpus.txt"},
            "model": model | sections.get("model", {}),
            "tokenizer": sections.get("tokenizer", {"vocabulary": "vocabulary.txt"}),
            "attribution": sections.get("attribution", {}),
            "run": sections.get("run", {}),
        }
        return parse_job(values, tmp_path)

    return build


@pytest.fixture
def id_model(keras: Any) -> Callable[..., Any]:
    def build(length: int | None = 6, *, known: int = 8, outputs: int = 2) -> Any:
        layers = keras.layers
        ids = keras.Input((length,), dtype="int32")
        x = layers.GlobalMaxPooling1D()(layers.Conv1D(4, 2, name="conv")(layers.Embedding(known, 4)(ids)))
        return keras.Model(ids, layers.Dense(outputs, activation="softmax")(x))

    return build


@pytest.fixture
def text_model(keras: Any) -> Callable[..., Any]:
    """A model that takes strings; the kernel of its convolution reads two words."""

    def build(**options: Any) -> Any:
        layers = keras.layers
        texts = keras.Input((1,), dtype="string")
        x = layers.Embedding(7, 4)(layers.TextVectorization(vocabulary=WORDS, **options)(texts))
        x = layers.GlobalMaxPooling1D()(layers.Conv1D(4, 2, padding="same", name="conv")(x))
        return keras.Model(texts, layers.Dense(2, activation="softmax")(x))

    return build


def probabilities(explainer: Any, texts: list[str]) -> Any:
    """The probability of each label [texts, labels], and the pairs' importances in logits."""
    tokens = explainer.tokenizer.encode(texts)
    result = explainer.attributor.attribute(tokens, texts if explainer.takes_text else None, requested_labels=[0, 1])
    said = np.zeros((len(texts), 2))
    said[result.documents, result.labels] = result.probabilities
    sizes = np.diff(result.offsets).reshape(-1, 2)[:, 0]
    return said, sizes.tolist(), result.values * IMPORTANCE_UNIT


def test_model_info(open_explainer: Any, job: Any, id_model: Any) -> None:
    model_info = open_explainer(job(), id_model()).model_info
    assert (model_info.labels, model_info.layers, model_info.activation, model_info.length) == (
        ("no", "yes"),
        ("conv",),
        "softmax",
        6,
    )
    assert (model_info.vectorizer, model_info.unit) == (None, "logits")
    by_probability = job(attribution={"target": "probability"})
    assert open_explainer(by_probability, id_model()).model_info.unit == "probability"


def test_the_model_comes_from_its_file(open_explainer: Any, job: Any, id_model: Any, tmp_path: Path) -> None:
    model = id_model()
    model.save(tmp_path / "model.keras")
    said, _, _ = probabilities(open_explainer(job()), ["abc"])
    np.testing.assert_allclose(said, model.predict(np.array([[2, 3, 4, 0, 0, 0]]), verbose=0), atol=1e-6)


def test_padding_before_the_text_with_a_token_of_its_own(open_explainer: Any, job: Any, id_model: Any) -> None:
    model = id_model()
    tokenizer = {"vocabulary": "vocabulary.txt", "padding": "pre", "padding_token": "f"}
    said, _, _ = probabilities(open_explainer(job(tokenizer=tokenizer), model), ["abc"])
    np.testing.assert_allclose(said, model.predict(np.array([[7, 7, 7, 2, 3, 4]]), verbose=0), atol=1e-6)


def test_a_length_for_a_model_that_takes_any(open_explainer: Any, job: Any, id_model: Any) -> None:
    model = id_model(None)
    tokenizer = {"vocabulary": "vocabulary.txt", "length": 4}
    explainer = open_explainer(job(tokenizer=tokenizer), model)
    said, sizes, _ = probabilities(explainer, ["abc", "abcdef"])
    np.testing.assert_allclose(said, model.predict(np.array([[2, 3, 4, 0], [2, 3, 4, 5]]), verbose=0), atol=1e-6)
    assert (sizes, explainer.model_info.length) == ([3, 4], 4)


def test_a_model_that_takes_any_length_needs_one(open_explainer: Any, job: Any, id_model: Any) -> None:
    with pytest.raises(ModelError, match=r"takes any number of tokens; set tokenizer\.length"):
        open_explainer(job(), id_model(None))


def test_a_length_other_than_the_models_is_an_error(open_explainer: Any, job: Any, id_model: Any) -> None:
    tokenizer = {"vocabulary": "vocabulary.txt", "length": 9}
    with pytest.raises(ModelError, match=r"tokenizer\.length is 9, but the model takes 6 tokens; leave"):
        open_explainer(job(tokenizer=tokenizer), id_model())


def test_labels_and_outputs_of_different_number_are_an_error(open_explainer: Any, job: Any, id_model: Any) -> None:
    with pytest.raises(ModelError, match=r"model\.labels has 2 labels, but the model has 3 outputs"):
        open_explainer(job(), id_model(outputs=3))


def test_a_vocabulary_larger_than_the_embedding_is_an_error(open_explainer: Any, job: Any, id_model: Any) -> None:
    with pytest.raises(TokenizerError, match=r"vocabulary\.txt: .* ids up to 7, but .* embedding has 7 \(0 to 6\)"):
        open_explainer(job(), id_model(known=7))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"logits": "scores"}, r"model\.logits is for TensorFlow graphs"),
        ({"layers": {"conv": 2}}, r"model\.layers gives kernel sizes, which are read from a Keras model"),
    ],
)
def test_options_of_graphs_are_refused_for_a_keras_model(
    open_explainer: Any, job: Any, id_model: Any, model: Any, message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        open_explainer(job(model=model), id_model())


def test_layers_come_from_the_job(open_explainer: Any, job: Any, id_model: Any) -> None:
    with pytest.raises(ModelError, match="no layer named 'cnv'; did you mean 'conv'"):
        open_explainer(job(model={"layers": ["cnv"]}), id_model())


TEXTS = ["We sail, on THE sea!", "sea", "the unknown sea we sail on we sail"]
VECTORIZER = {"name": "vectorizer"}


@pytest.mark.parametrize(("length", "sizes"), [(5, [5, 1, 5]), (None, [5, 1, 8])])
def test_a_model_that_takes_texts(
    open_explainer: Any, job: Any, text_model: Any, length: int | None, sizes: list[int]
) -> None:
    import tensorflow

    model = text_model(output_sequence_length=length)
    explainer = open_explainer(job(tokenizer=VECTORIZER), model)
    said, found, values = probabilities(explainer, TEXTS)
    expected = model.predict(tensorflow.constant([[text] for text in TEXTS]), verbose=0)
    np.testing.assert_allclose(said, expected, atol=1e-6)
    assert (explainer.takes_text, found, len(values)) == (True, sizes, 2 * sum(sizes))


def test_a_model_that_takes_texts_pads_behind_whatever_the_job_says(
    open_explainer: Any, job: Any, text_model: Any
) -> None:
    model = text_model(output_sequence_length=5)
    results = [
        probabilities(open_explainer(job(tokenizer=VECTORIZER | {"padding": padding}), model), ["sea"])[2]
        for padding in ("post", "pre")
    ]
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize(
    ("options", "tokenizer", "message"),
    [
        ({}, {"name": "word", "vocabulary": "vocabulary.txt"}, r"takes texts .*; set tokenizer\.name to vectorizer"),
        ({}, VECTORIZER | {"path": "vectorizer.keras"}, r"TextVectorization layer; leave tokenizer\.path out"),
        ({}, VECTORIZER | {"length": 9}, r"length is 9, but the model takes any number of tokens; leave"),
        ({"output_sequence_length": 5}, VECTORIZER | {"length": 9}, "length is 9, but the model takes 5 tokens; leave"),
    ],
)
def test_a_tokenizer_that_does_not_fit_a_model_of_texts_is_an_error(
    open_explainer: Any, job: Any, text_model: Any, options: Any, tokenizer: Any, message: str
) -> None:
    with pytest.raises((ModelError, TokenizerError), match=message):
        open_explainer(job(tokenizer=tokenizer), text_model(**options))


@pytest.fixture
def save_vectorizer(keras: Any, tmp_path: Path) -> Callable[..., None]:
    def save(**options: Any) -> None:
        texts = keras.Input((1,), dtype="string")
        layer = keras.layers.TextVectorization(vocabulary=WORDS, **options)
        keras.Model(texts, layer(texts)).save(tmp_path / "vectorizer.keras")

    return save


SEPARATE = {"name": "vectorizer", "path": "vectorizer.keras"}


@pytest.mark.parametrize(
    ("layer_length", "model_length", "job_length", "expected"),
    [(None, 6, None, 6), (6, None, None, 6), (None, None, 4, 4), (4, 6, None, 6)],
)
def test_the_length_with_a_vectorizer_in_a_file_of_its_own(
    open_explainer: Any,
    job: Any,
    id_model: Any,
    save_vectorizer: Any,
    layer_length: int | None,
    model_length: int | None,
    job_length: int | None,
    expected: int,
) -> None:
    save_vectorizer(output_sequence_length=layer_length)
    explainer = open_explainer(job(tokenizer=SEPARATE | {"length": job_length}), id_model(model_length))
    assert explainer.model_info.length == expected
    assert explainer.tokenizer.length == min(layer_length or expected, expected)


def test_a_vectorizer_in_a_file_of_its_own(open_explainer: Any, job: Any, id_model: Any, save_vectorizer: Any) -> None:
    save_vectorizer(output_sequence_length=4)
    model = id_model()
    said, sizes, _ = probabilities(open_explainer(job(tokenizer=SEPARATE), model), TEXTS)
    padded = np.array([[5, 6, 2, 3, 0, 0], [4, 0, 0, 0, 0, 0], [3, 1, 4, 5, 0, 0]])
    np.testing.assert_allclose(said, model.predict(padded, verbose=0), atol=1e-6)
    assert sizes == [4, 1, 4]


def test_a_vectorizer_larger_than_the_embedding_is_an_error(
    open_explainer: Any, job: Any, id_model: Any, save_vectorizer: Any
) -> None:
    save_vectorizer()
    with pytest.raises(TokenizerError, match=r"vectorizer\.keras: the vocabulary has ids up to 6, but .* has 5"):
        open_explainer(job(tokenizer=SEPARATE), id_model(known=5))


def test_a_missing_vectorizer_is_an_error(open_explainer: Any, job: Any, id_model: Any) -> None:
    with pytest.raises(ModelError, match=r"vectorizer\.keras: no such model file; set tokenizer\.path to"):
        open_explainer(job(tokenizer=SEPARATE), id_model())
    with pytest.raises(TokenizerError, match="the model has no TextVectorization layer"):
        open_explainer(job(tokenizer=VECTORIZER), id_model())


GRAPH_TOKENS = ["<PAD>", "<UNK>", *"abcdefghi"]
# The texts whose ids are those that the graph's session was run on.
GRAPH_TEXTS = [
    "".join(GRAPH_TOKENS[number] if number > 1 else "?" for number in row) for row in ([3, 1, 4, 1, 5, 9], [2, 6, 5])
]
LAYERS = {"conv-2/Relu:0": 2, "conv-3/Relu:0": 3}


@pytest.fixture
def open_graph(keras: Any, save_graph: Any, tmp_path: Path) -> Callable[..., Any]:
    """Opens the job of a saved graph; `model`, `tokens` and `settings` differ from what fits it."""
    from camlode.pipeline.explainer import open_explainer

    def build(*, path: str | None = None, tokens: list[str] = GRAPH_TOKENS, settings: Any = None, **model: Any) -> Any:
        saved = save_graph()
        (tmp_path / "vocabulary.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
        usual = {
            "path": path or saved.path,
            "labels": ["a", "b", "c", "d"],
            "layers": LAYERS,
            "embedding": "embedded",
            "inputs": {"input_x": "ids", "keep_prob": 1.0},
            "logits": "scores",
        }
        values = {
            "corpus": {"paths": "corpus.txt"},
            "model": usual | model,
            "tokenizer": {"vocabulary": "vocabulary.txt"},
            "attribution": settings or {},
        }
        return open_explainer(parse_job(values, tmp_path)), saved

    return build


@pytest.mark.parametrize("method", ["grad-cam", "lrp", "deeplift", "score-cam"])
def test_a_method_on_a_checkpoint(open_graph: Any, method: str) -> None:
    explainer, saved = open_graph(settings={"method": method, "steps": 8})
    found = explainer.attributor.attribute(explainer.tokenizer.encode(GRAPH_TEXTS), requested_labels=range(4))
    said = np.zeros((2, 4))
    said[found.documents, found.labels] = found.probabilities
    expected = np.exp(saved.logits) / np.exp(saved.logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(said, expected, atol=1e-5)
    assert found.invalid.tolist() == []
    assert np.diff(found.offsets).tolist() == [6, 6, 6, 6, 3, 3, 3, 3]
    assert np.abs(found.values).max() > 1000
    if method == "deeplift":
        np.testing.assert_allclose(found.residuals, 0, atol=1e-5)


def test_gradient_x_input_of_a_checkpoint_is_the_sessions(open_graph: Any) -> None:
    explainer, saved = open_graph(settings={"method": "gradient-x-input"})
    found = explainer.attributor.attribute(explainer.tokenizer.encode(GRAPH_TEXTS), requested_labels=[1])
    expected = (saved.values[0] * saved.gradients[0]).sum(axis=-1)[saved.mask | (saved.ids > 0)]
    np.testing.assert_allclose(found.values * IMPORTANCE_UNIT, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layers": {"conv-2/Relu:0": 4}}, r"conv-2/Relu:0 has 5 positions for 6 tokens, .*a kernel of 2 would fit"),
        ({"labels": ["a", "b"]}, r"model\.labels has 2 labels, but the model has 4 outputs"),
        ({"backend": "jax"}, r"model\.backend is 'jax', but .* is a TensorFlow graph"),
        (
            {"embedding": "auto", "settings": {"method": "saliency"}},
            r"saliency needs the tokens' vectors; name the graph",
        ),
        (
            {"settings": {"precision": "float16"}},
            r"attribution\.precision is float16, but the model is a TensorFlow graph",
        ),
    ],
)
def test_a_job_that_does_not_fit_the_graph_is_an_error(open_graph: Any, options: Any, message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        open_graph(**options)
    assert "\n" not in str(caught.value)


def test_a_vocabulary_larger_than_the_graphs_table_is_an_error(open_graph: Any) -> None:
    with pytest.raises(TokenizerError, match=r"ids up to 12, but the model's embedding has 11 \(0 to 10\)"):
        open_graph(tokens=[*GRAPH_TOKENS, "j", "k"])


def test_a_vocabulary_larger_than_an_unnamed_table_is_an_error(open_graph: Any) -> None:
    with pytest.raises(ModelError, match=r"fails on texts of 6 tokens with the vocabulary's ids, 0 to 12: .*not in \["):
        open_graph(tokens=[*GRAPH_TOKENS, "j", "k"], embedding="auto")


FEW_BITS_TOKENS = ["<PAD>", "<UNK>", *"abcdefghijklmnop"]
FEW_BITS_LENGTH = 10
FEW_BITS_TEXTS = ["abcd", "efghijklmn", "op", "badcfe", "nmlkji", "aaaaap"]


def _text_cnn(keras: Any) -> Any:
    layers = keras.layers
    ids = keras.Input((FEW_BITS_LENGTH,), dtype="int32")
    embedded = layers.Embedding(len(FEW_BITS_TOKENS), 6)(ids)
    ends = [layers.Conv1D(4, size, activation="relu")(embedded) for size in (1, 2, 3)]
    pooled = layers.Concatenate()([layers.GlobalMaxPooling1D()(end) for end in ends])
    return keras.Model(ids, layers.Dense(2, activation="softmax")(pooled))


@pytest.fixture(scope="module")
def text_cnn(keras: Any) -> Any:
    model = _text_cnn(keras)
    chance = np.random.default_rng(4)
    for weight in model.weights:
        weight.assign(chance.normal(0.0, 0.7, weight.shape))
    return model


@pytest.fixture
def explained(text_cnn: Any, tmp_path: Path) -> Callable[..., Any]:
    """Both labels' importances for FEW_BITS_TEXTS, and whether batches were cut."""
    from camlode.pipeline.explainer import open_explainer

    def run(model: Any = text_cnn, **attribution: Any) -> Any:
        (tmp_path / "vocabulary.txt").write_text("\n".join(FEW_BITS_TOKENS) + "\n", encoding="utf-8")
        values = {
            "corpus": {"paths": "corpus.txt"},
            "model": {"path": "model.keras", "labels": ["no", "yes"]},
            "tokenizer": {"vocabulary": "vocabulary.txt"},
            "attribution": attribution,
        }
        explainer = open_explainer(parse_job(values, tmp_path), model)
        return explainer.attributor.attribute(explainer.tokenizer.encode(FEW_BITS_TEXTS), requested_labels=[0, 1])

    return run


@pytest.mark.parametrize(
    ("method", "precision"), [("grad-cam", "bfloat16"), ("grad-cam", "float16"), ("integrated-gradients", "bfloat16")]
)
def test_half_precision_gives_nearly_the_same_importances(explained: Any, method: str, precision: str) -> None:
    expected, found = (explained(method=method, steps=4, precision=each) for each in ("float32", precision))
    clear = np.abs(expected.probabilities - 0.5) > 0.05
    assert clear.sum() > 6
    np.testing.assert_array_equal(found.labels[clear], expected.labels[clear])
    np.testing.assert_allclose(found.probabilities, expected.probabilities, atol=0.02)
    scale = np.abs(expected.values).max()
    assert scale * IMPORTANCE_UNIT > 0.1
    assert 0 < np.abs(found.values - expected.values).max() < 0.05 * scale


def test_a_method_with_rules_of_propagation_is_refused(explained: Any) -> None:
    with pytest.raises(ModelError) as caught:
        explained(method="lrp", precision="bfloat16")
    assert str(caught.value) == (
        "attribution.method lrp takes attribution.precision: float32, not bfloat16; set that, or choose another method"
    )


def test_a_nonlinear_head_is_refused_in_half_precision(explained: Any, text_cnn: Any, keras: Any) -> None:
    layers = keras.layers
    trunk = text_cnn.layers[-2].output
    bent = layers.Dense(2, activation="softmax", name="bent")(layers.Dense(6, activation="relu", name="hidden")(trunk))
    model = keras.Model(text_cnn.inputs[0], bent)
    with pytest.raises(ModelError, match="a channel's weight differs from text to text"):
        explained(model, method="cam", precision="bfloat16")
