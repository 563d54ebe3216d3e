"""A job whose model is a TensorFlow 1 checkpoint: every method on it, and what is said of a wrong one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from camlode.config import parse_job
from camlode.config.errors import ModelError, TokenizerError
from camlode.pipeline.records import IMPORTANCE_UNIT

if TYPE_CHECKING:
    from collections.abc import Callable

TOKENS = ["<PAD>", "<UNK>", *"abcdefghi"]
# The texts whose ids are those that the graph's session was run on.
TEXTS = ["".join(TOKENS[number] if number > 1 else "?" for number in row) for row in ([3, 1, 4, 1, 5, 9], [2, 6, 5])]
LAYERS = {"conv-2/Relu:0": 2, "conv-3/Relu:0": 3}


@pytest.fixture
def open_graph(keras: Any, save_graph: Any, tmp_path: Path) -> Callable[..., Any]:
    """Opens the job of a saved graph; `model`, `tokens` and `settings` differ from what fits it."""
    from camlode.pipeline.explainer import open_explainer

    def build(*, path: str | None = None, tokens: list[str] = TOKENS, settings: Any = None, **model: Any) -> Any:
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


METHODS = [
    "grad-cam",
    "gradient-x-input",
    "lrp",
    "deeplift",
    "integrated-gradients",
    "occlusion",
    "score-cam",
    "ablation-cam",
]


@pytest.mark.parametrize("method", METHODS)
def test_a_method_on_a_checkpoint(open_graph: Any, method: str) -> None:
    explainer, saved = open_graph(settings={"method": method, "steps": 8})
    found = explainer.attributor.attribute(explainer.tokenizer.encode(TEXTS), requested_labels=range(4))
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
    found = explainer.attributor.attribute(explainer.tokenizer.encode(TEXTS), requested_labels=[1])
    expected = (saved.values[0] * saved.gradients[0]).sum(axis=-1)[saved.mask | (saved.ids > 0)]
    np.testing.assert_allclose(found.values * IMPORTANCE_UNIT, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"logits": "scors"}, r"model\.logits: .*'scors'.*did you mean .*scores"),
        ({"layers": {"conv-2/Rel:0": 2}}, r"model\.layers: .*conv-2/Rel.*conv-2/Relu"),
        ({"embedding": "embeded"}, r"model\.embedding: .*'embeded'.*did you mean .*embedded"),
        ({"layers": {"conv-2/Relu:0": 4}}, r"conv-2/Relu:0 has 5 positions for 6 tokens, .*a kernel of 2 would fit"),
        ({"inputs": {"input_x": "ids"}}, r"model\.inputs: the graph also needs keep_prob"),
        ({"labels": ["a", "b"]}, r"model\.labels has 2 labels, but the model has 4 outputs"),
        ({"logits": "embedded"}, r"model\.logits: embedded:0 has the shape .*expected \(documents, labels\)"),
        ({"backend": "jax"}, r"model\.backend is 'jax', but .* is a TensorFlow graph"),
    ],
)
def test_a_job_that_does_not_fit_the_graph(open_graph: Any, options: Any, message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        open_graph(**options)
    assert "\n" not in str(caught.value)


def test_a_vocabulary_larger_than_the_graphs_table(open_graph: Any) -> None:
    with pytest.raises(TokenizerError, match=r"ids up to 12, but the model's embedding has 11 \(0 to 10\)"):
        open_graph(tokens=[*TOKENS, "j", "k"])


def test_a_vocabulary_larger_than_a_table_that_the_job_does_not_name(open_graph: Any) -> None:
    with pytest.raises(ModelError, match=r"fails on texts of 6 tokens with the vocabulary's ids, 0 to 12: .*not in \["):
        open_graph(tokens=[*TOKENS, "j", "k"], embedding="auto")


@pytest.mark.parametrize("ending", ["index", "data-00000-of-00001", "meta"])
def test_a_checkpoint_with_a_missing_part(open_graph: Any, save_graph: Any, ending: str, tmp_path: Path) -> None:
    saved = save_graph()
    apart = tmp_path / "apart"
    apart.mkdir()
    for file in Path(saved.path).parent.glob("model.ckpt-5.*"):
        if not file.name.endswith(ending):
            (apart / file.name).write_bytes(file.read_bytes())
    with pytest.raises(ModelError, match=rf"model\.ckpt-5.*{ending.partition('-')[0]}") as caught:
        open_graph(path=str(apart / "model.ckpt-5"))
    assert "\n" not in str(caught.value)


def test_a_precision_is_refused(open_graph: Any) -> None:
    with pytest.raises(ModelError) as caught:
        open_graph(settings={"precision": "float16"})
    assert str(caught.value) == (
        "attribution.precision is float16, but the model is a TensorFlow graph, which computes in the types that it "
        "was saved with; set it to float32"
    )
