"""An explanation put together from what a model says; the model is a stand-in that knows the answer."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from camlode.config import Job
from camlode.config.errors import CamlodeError, JobError
from camlode.pipeline.explanations.explain import explain
from camlode.pipeline.importance_unit import IMPORTANCE_UNIT
from camlode.pipeline.models.classifier import ModelInfo
from camlode.pipeline.tokenizers.char import CharTokenizer
from camlode.pipeline.tokenizers.vocabulary import SKIP, Vocabulary
from tests.factories import make_importances

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.pipeline.explanations.explanation import Explanation
    from camlode.pipeline.records import Importances, Tokens

LABELS = ("数码", "天气")
WORDS = {"手机": 0, "天气": 1}
LENGTH = 6
LOGIT = round(1 / IMPORTANCE_UNIT)


class Attributor:
    """Each character of a label's word says 2 logits for it, any other character 1 against it."""

    def attribute(self, tokens: Tokens, texts: Sequence[str], *, requested_labels: Sequence[int] = ()) -> Importances:
        pairs: list[tuple[int, int, list[int]]] = []
        for document, text in enumerate(texts):
            chars = [text[start] for start in tokens.starts[tokens.offsets[document] : tokens.offsets[document + 1]]]
            said = [label for word, label in WORDS.items() if word[0] in chars]
            pairs += [
                (document, label, [LOGIT * (2 if WORDS.get(_char_word(char)) == label else -1) for char in chars])
                for label in sorted({*(requested_labels or said)})
            ]
        invalid = [number for number, text in enumerate(texts) if "坏" in text]
        return make_importances(pairs, probability=0.75, invalid=invalid)


def _char_word(char: str) -> str:
    return next((word for word in WORDS if char in word), "")


@pytest.fixture(autouse=True)
def fake_explainer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model without TensorFlow."""
    ids = {char: number for number, char in enumerate("手机天气看很好坏", start=2)}
    explainer = SimpleNamespace(
        attributor=Attributor(),
        tokenizer=CharTokenizer(Vocabulary(ids, SKIP, 0), length=LENGTH),
        model_info=ModelInfo(LABELS, ("conv",), "sigmoid", LENGTH, None, "never cut", "logits"),
        takes_text=True,
    )
    module = SimpleNamespace(open_explainer=lambda *_: explainer)
    monkeypatch.setitem(sys.modules, "camlode.pipeline.explainer", module)
    runtime = SimpleNamespace(start_backend=lambda *_, **__: None)
    monkeypatch.setitem(sys.modules, "camlode.pipeline.models.runtime", runtime)


def explained(*texts: str, **options: Any) -> list[Explanation]:
    return explain(job(), texts, **options)


def job(**sections: Any) -> Job:
    values = {
        "corpus": {"paths": "corpus.txt"},
        "model": {"path": "model.keras", "labels": list(LABELS)},
        "tokenizer": {"vocabulary": "vocabulary.txt"},
    }
    return Job.model_validate({**values, **sections})


def test_tokens_and_fragments_of_each_label() -> None:
    (explanation,) = explained("😀看手机, 天气")
    assert [label.label for label in explanation.labels] == ["数码", "天气"]
    assert [label.score for label in explanation.labels] == [0.75, 0.75]
    assert json.loads(json.dumps(explanation.to_dict()))["labels"][0] == {
        "label": "数码",
        "score": 0.75,
        "tokens": [
            {"text": "看", "start": 1, "end": 2, "importance": -1.0},
            {"text": "手", "start": 2, "end": 3, "importance": 2.0},
            {"text": "机", "start": 3, "end": 4, "importance": 2.0},
            {"text": "天", "start": 6, "end": 7, "importance": -1.0},
            {"text": "气", "start": 7, "end": 8, "importance": -1.0},
        ],
        "fragments": [{"text": "手机", "start": 2, "end": 4, "importance": 4.0}],
        "residual": None,
    }


def test_the_most_important_fragment_comes_first_and_then_the_one_further_left() -> None:
    (explanation,) = explained("手，手机，手")
    assert [(each.text, each.start, each.importance) for each in explanation.labels[0].fragments] == [
        ("手，手机，手", 0, 8.0),
        ("手，手机", 0, 6.0),
        ("手机，手", 2, 6.0),
        ("手机", 2, 4.0),
        ("手", 0, 2.0),
        ("手", 5, 2.0),
    ]


@pytest.mark.parametrize(("labels", "expected"), [((), ["数码"]), (("天气",), ["天气"]), (LABELS, ["数码", "天气"])])
def test_the_labels_can_be_chosen(labels: Sequence[str], expected: list[str]) -> None:
    (explanation,) = explained("看手机", labels=labels)
    assert [label.label for label in explanation.labels] == expected


def test_several_texts_give_what_each_gives_alone_in_their_order() -> None:
    texts = ("很好手机", "看天气, 手机", "很好", "天气")
    together = explained(*texts)
    assert [each.text for each in together] == list(texts)
    assert together == [explained(text)[0] for text in texts]


def test_no_text() -> None:
    assert explained() == []


def test_the_method_is_that_of_the_job() -> None:
    (explanation,) = explain(job(attribution={"method": "hirescam"}), ["手机"])
    assert (explanation.method, explanation.unit) == ("hirescam", "logits")


def test_no_label() -> None:
    assert explained("很好")[0].labels == ()


def test_a_long_text_has_the_tokens_that_the_model_reads() -> None:
    (explanation,) = explained("很" * LENGTH + "好", labels=["数码"])
    assert [token.end for token in explanation.labels[0].tokens] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the text to explain is empty or blank"),
        (" \n\u3000", "the text to explain is empty or blank"),
        ("手\udce4", "the text to explain is not valid Unicode at character 1"),
        ("xyz", "nothing of the text to explain is a token that the model knows"),
        ("坏", "the model answers the text to explain with something that is not a number"),
    ],
)
def test_a_text_that_cannot_be_explained(text: str, message: str) -> None:
    with pytest.raises(CamlodeError, match=message):
        explained(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "texts[1] is empty or blank; give one with words in it"),
        ("手\udce4", "texts[1] is not valid Unicode at character 1"),
        (None, "texts[1] is of type NoneType; expected a str"),
        ("xyz", "nothing of texts[1] is a token that the model knows"),
        ("坏", "the model answers texts[1] with something that is not a number"),
    ],
)
def test_which_of_several_texts_cannot_be_explained(text: str, message: str) -> None:
    with pytest.raises(CamlodeError) as caught:
        explained("手机", text, "天气", text)
    assert str(caught.value) == message


def test_one_text_is_not_taken_for_a_list_of_its_characters() -> None:
    with pytest.raises(CamlodeError, match=r"put it into a list: explain\(job, \[text\]\)"):
        explain(job(), "手机")


@pytest.mark.parametrize(("label", "hint"), [("天气啊", "did you mean '天气'?"), ("x", "expected one of: 数码, 天气")])
def test_a_label_that_the_model_does_not_have(label: str, hint: str) -> None:
    with pytest.raises(JobError) as caught:
        explained("手机", labels=[label])
    assert str(caught.value) == f"the model has no label {label!r}; {hint}"
