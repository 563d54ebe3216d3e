"""The whole comparison, with a model and methods whose answers are known in the place of the real ones."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from camlode.config import parse_job
from camlode.config.errors import CorpusError, ModelError
from camlode.pipeline.attribution.batch_explainer import EMPTY_IMPORTANCES
from camlode.pipeline.faithfulness import measure, randomisation, scores
from camlode.pipeline.tokenizers import make_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from camlode.config import Job
    from camlode.pipeline.faithfulness.report import FaithfulnessReport
    from camlode.pipeline.records import Importances, Tokens

METHODS = {"cam": 1.0, "grad-cam": -1.0, "saliency": 0.0}
"""By what a method multiplies the ids, which are what each token adds to the label's probability."""


class FakeWorker:
    """Every document has label 0, with the sum of its ids in hundredths; a method may be right, wrong or blank."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def probabilities(self, tokens: Tokens, texts: Sequence[str] | None = None) -> np.ndarray:  # noqa: ARG002
        rows = np.split(tokens.ids, tokens.offsets[1:-1])
        first = np.array([row.sum() / 100 for row in rows], np.float32)
        return np.stack([first, 1 - first], axis=1)

    def attribute(self, tokens: Tokens, texts: object = None, *, requested_labels: Sequence[int] = ()) -> Importances:  # noqa: ARG002
        documents = np.arange(len(tokens.offsets) - 1, dtype=np.int32)
        if np.isnan(self.factor):
            return replace(EMPTY_IMPORTANCES, invalid=documents)
        return replace(
            EMPTY_IMPORTANCES,
            documents=documents,
            labels=np.zeros(len(documents), np.int32),
            probabilities=self.probabilities(tokens)[:, 0],
            values=(tokens.ids * self.factor * 2**20).astype(np.int64),
            offsets=tokens.offsets,
        )


@pytest.fixture
def compare(
    tmp_path: Path, toy_values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., FaithfulnessReport]:
    """Compares methods on 20 documents of five characters each."""
    letters = list("水果好吃电脑很快的我买了和不")
    texts = ["".join(np.random.default_rng(row).permutation(letters)[:5]) for row in range(20)]
    records = [
        {"text": text, "labels": ["食物" if row < 15 else "数码"], "why": [[0, 2]]} for row, text in enumerate(texts)
    ]
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps(each) + "\n" for each in records))
    toy_values["corpus"].pop("id")
    job = parse_job(toy_values, tmp_path)

    def open_method_explainer(job: Job, _model: object, method: str) -> Any:
        if method == "lrp":
            raise ModelError("not through an LSTM")
        factor = {"deeplift": float("nan")}.get(method, METHODS.get(method, 1.0))
        tokenizer = make_tokenizer(job.tokenizer, length=8)
        model_info = SimpleNamespace(labels=("食物", "数码"), layers=("conv",), vectorizer=None)
        return SimpleNamespace(
            attributor=FakeWorker(factor), tokenizer=tokenizer, model_info=model_info, takes_text=False
        )

    monkeypatch.setattr(scores, "open_method_explainer", open_method_explainer)
    monkeypatch.setattr(randomisation, "open_method_explainer", open_method_explainer)
    monkeypatch.setitem(sys.modules, "camlode.pipeline.explainer", SimpleNamespace(load_model=lambda _job: object()))
    return lambda methods, **options: measure.faithfulness(options.pop("job", job), methods=methods, **options)


def test_the_right_method_is_ranked_above_the_wrong_one(compare: Any) -> None:
    report = compare("grad-cam,cam,saliency")
    # The right one and leave-one-out are the same on a model that adds up.
    assert [each.name for each in report.results if each.kind == "method"] == ["cam", "saliency", "grad-cam"]
    by_name = {each.name: each for each in report.results}
    assert by_name["leave-one-out"].difference == by_name["cam"].difference
    assert by_name["saliency"].difference == by_name["random order"].difference
    assert report.recommendation.startswith(
        "use cam: it has the highest comprehensiveness − sufficiency, significantly above"
    )
    assert report.warnings == ("not better than a random order: grad-cam, saliency",)
    assert (report.documents, report.explained, report.pairs, report.removal) == (20, 20, 20, "deleted")


def test_a_model_that_no_method_suits_is_warned_of(compare: Any) -> None:
    assert compare("grad-cam").warnings == (
        "no method is better than a random order: do not trust any of them on this model",
    )


def test_a_method_that_the_model_does_not_support_is_listed_with_the_reason(compare: Any) -> None:
    report = compare("lrp,deeplift,cam")
    assert [(each.name, each.reason) for each in report.refused] == [
        ("lrp", "not through an LSTM"),
        ("deeplift", "its scores are not finite for any document"),
    ]
    with pytest.raises(ModelError, match="no method can explain this model: not through an LSTM"):
        compare("lrp")


def test_a_ranking_that_survives_redrawn_layers_is_flagged(compare: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(randomisation, "find_top_weights", lambda *_: [SimpleWeight()])
    report = compare("cam,saliency")
    by_name = {each.name: each for each in report.results}
    assert by_name["cam"].randomisation is not None
    assert by_name["cam"].randomisation.mean == pytest.approx(1.0)
    assert by_name["cam"].survives
    # All its scores are alike: there is no ranking that could survive.
    assert by_name["saliency"].randomisation is None
    assert "the ranking hardly depends on what the top layers learnt: cam" in report.warnings


class SimpleWeight:
    def numpy(self) -> np.ndarray:
        return np.ones((2, 2), np.float32)

    def assign(self, values: np.ndarray) -> None:
        assert values.shape == (2, 2)


def test_spans_count_where_the_label_is_the_gold_one(compare: Any) -> None:
    report = compare("cam", spans="why")
    assert (report.marked_pairs, report.marks_by_gold) == (15, True)
    by_name = {each.name: each for each in report.results}
    # The first two of five tokens are marked, and come first.
    assert by_name["position only"].auprc is not None
    assert (by_name["position only"].auprc.mean, by_name["position only"].token_f1.mean) == (1.0, 1.0)


def test_the_removal_changes_what_the_model_reads(compare: Any) -> None:
    deleted, unknown = (compare("cam", removal=removal).results[0].sufficiency for removal in ("deleted", "unknown"))
    # An unknown token has id 1, so it keeps a hundredth: of five tokens 4, 4, 4, 4 and 2 stay in the text as unknown.
    assert deleted.mean - unknown.mean == pytest.approx((4 * 0.04 + 0.02) / 5, abs=1e-6)


def test_a_corpus_without_tokens_is_refused(compare: Any, tmp_path: Path, toy_values: dict[str, Any]) -> None:
    (tmp_path / "corpus.jsonl").write_text('{"text": "abc", "labels": []}\n')
    toy_values["tokenizer"]["unknown"] = "skip"
    with pytest.raises(CorpusError, match="none of the 1 sampled documents has a token"):
        compare("cam", job=parse_job(toy_values, tmp_path))
