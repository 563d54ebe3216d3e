from __future__ import annotations

import io
import random
from typing import TYPE_CHECKING, Any

import pytest
import sentencepiece
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.config import Tokenizer as TokenizerSettings
from camlode.config.errors import TokenizerError
from camlode.pipeline.tokenizers import load_vocabulary_info, make_tokenizer

if TYPE_CHECKING:
    from pathlib import Path

    from camlode.pipeline.records import Tokens

WORDS = ["the", "cat", "sat", "on", "mat", "dogs", "running", "quickly", "手机", "天气", "很好", "naïve", "café"]
KINDS: dict[str, dict[str, Any]] = {
    "unigram": {"model_type": "unigram", "vocab_size": 80},
    "bytes": {"model_type": "bpe", "vocab_size": 330, "byte_fallback": True, "pad_id": 3},
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sentencepiece")
    chance = random.Random(0)
    sentences = [" ".join(chance.choices(WORDS, k=8)) for _ in range(300)]
    for name, options in KINDS.items():
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(sentences), model_writer=model, hard_vocab_limit=False, minloglevel=2, **options
        )
        (folder / name).write_bytes(model.getvalue())
    (folder / "broken").write_text("no model")
    (folder / "empty").write_bytes(b"")
    return folder


def make_settings(files: Path, name: str = "unigram", **options: Any) -> TokenizerSettings:
    return TokenizerSettings(name="sentencepiece", path=str(files / name), **options)


def encoded(files: Path, texts: list[str], name: str = "unigram", *, length: int = 100, **options: Any) -> Tokens:
    return make_tokenizer(make_settings(files, name, **options), length=length).encode(texts)


def spans(tokens: Tokens) -> list[tuple[int, int]]:
    return list(zip(tokens.starts.tolist(), tokens.ends.tolist(), strict=True))


def pieces(files: Path, text: str, name: str = "unigram") -> list[str]:
    return [text[start:end] for start, end in spans(encoded(files, [text], name))]


def test_pieces_have_the_original_characters_without_leading_space(files: Path) -> None:
    assert pieces(files, "the  cat 😀 cafe\u0301 手机") == ["the", "cat", " ", "😀", "cafe\u0301", "手机"]


def test_a_character_that_normalisation_makes_longer_keeps_its_span(files: Path) -> None:
    # ﬁ becomes f and i; ㍿ becomes four characters.
    assert pieces(files, "the ﬁ ㍿") == ["the", " ", "ﬁ", "ﬁ", " ", "㍿"]


def test_each_byte_of_a_character_has_its_span(files: Path) -> None:
    # And so does the mark of a word's beginning, which the model puts before it.
    assert pieces(files, "😀", "bytes") == ["😀", "😀", "😀", "😀", "😀"]


def test_ids_are_the_model_s(files: Path) -> None:
    processor = sentencepiece.SentencePieceProcessor(model_file=str(files / "unigram"))
    texts = ["the cat 😀", "", "dogs running"]
    tokens = encoded(files, texts)
    assert tokens.ids.tolist() == [number for text in texts for number in processor.encode(text)]
    assert tokens.offsets[2] == tokens.offsets[1]


@pytest.mark.parametrize(("truncation", "expected"), [("post", [(0, 3), (4, 7)]), ("pre", [(4, 7), (8, 11)])])
def test_a_long_text_is_cut(files: Path, truncation: str, expected: list[tuple[int, int]]) -> None:
    tokens = encoded(files, ["the cat sat", "the"], length=2, truncation=truncation)
    assert spans(tokens) == [*expected, (0, 3)]
    assert tokens.truncated.tolist() == [True, False]


def test_text_is_lower_cased_if_the_job_says_so(files: Path) -> None:
    assert encoded(files, ["THE"], lowercase=True).ids.tolist() == encoded(files, ["the"]).ids.tolist()


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_spans_lie_in_their_text_in_order(files: Path, name: str, data: st.DataObject, texts: Any) -> None:
    chosen = data.draw(texts)
    tokens = encoded(files, chosen, name)
    for number, text in enumerate(chosen):
        own = spans(tokens)[tokens.offsets[number] : tokens.offsets[number + 1]]
        assert all(0 <= start <= end <= len(text) for start, end in own)
        assert [start for start, _ in own] == sorted(start for start, _ in own)
        assert [end for _, end in own] == sorted(end for _, end in own)
        assert spans(encoded(files, [text], name)) == own


@pytest.mark.parametrize(
    ("name", "options", "padding"),
    [("unigram", {"padding_token": 5}, 5), ("bytes", {}, 3), ("bytes", {"padding_token": "<unk>"}, 0)],
)
def test_vocabulary_info(files: Path, name: str, options: Any, padding: int) -> None:
    size = sentencepiece.SentencePieceProcessor(model_file=str(files / name)).get_piece_size()
    assert load_vocabulary_info(make_settings(files, name, **options)) == (size - 1, padding, 0)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing", "no such tokenizer file; set tokenizer.path"),
        ("broken", "not a sentencepiece model; give the .model file"),
        ("empty", "not a sentencepiece model; give the .model file"),
        ("unigram", "the file names no padding token; set tokenizer.padding_token"),
    ],
)
def test_a_wrong_file_is_an_error_that_names_it(files: Path, name: str, message: str) -> None:
    with pytest.raises(TokenizerError, match=f"^{files / name}: {message}") as caught:
        load_vocabulary_info(make_settings(files, name))
    assert "\n" not in str(caught.value)
