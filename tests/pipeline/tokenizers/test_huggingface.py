from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from camlode.config import Tokenizer as TokenizerSettings
from camlode.config.errors import TokenizerError
from camlode.pipeline.tokenizers import load_vocabulary_info, make_tokenizer

if TYPE_CHECKING:
    from pathlib import Path

    from camlode.pipeline.records import Tokens

IDS = {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "run": 4, "##ning": 5, "cafe": 6, "手": 7, "机": 8, "the": 9}


def word_piece() -> Tokenizer:
    """Lower case without accents, as BERT's, with [CLS] before and [SEP] after."""
    tokenizer = Tokenizer(models.WordPiece(vocab=IDS, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


def byte_level_bpe() -> Tokenizer:
    """Byte pairs as GPT-2's, whose spans hold the space before a word."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True, trim_offsets=False)
    trainer = trainers.BpeTrainer(
        vocab_size=300, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(["the cat sat on the mat", "a cat runs"] * 5, trainer)
    return tokenizer


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tokenizers")
    word_piece().save(str(folder / "words.json"))
    byte_level_bpe().save(str(folder / "bytes.json"))
    bert = word_piece()
    bert.enable_padding(pad_id=9, pad_token="the", length=7)
    bert.enable_truncation(3)
    bert.save(str(folder / "padded.json"))
    (folder / "broken.json").write_text("{}")
    return folder


def make_settings(files: Path, name: str = "words.json", **options: Any) -> TokenizerSettings:
    return TokenizerSettings(name="huggingface", path=str(files / name), **options)


def encoded(files: Path, texts: list[str], name: str = "words.json", *, length: int = 50, **options: Any) -> Tokens:
    return make_tokenizer(make_settings(files, name, **options), length=length).encode(texts)


def rows(tokens: Tokens) -> list[tuple[int, int, int]]:
    return list(zip(tokens.ids.tolist(), tokens.starts.tolist(), tokens.ends.tolist(), strict=True))


def test_sub_words_have_characters_and_special_tokens_none(files: Path) -> None:
    tokens = encoded(files, ["  RUNNING café 😀手机 "])
    #           [CLS]      RUN        NING       cafe\u0301  [UNK]         手            机            [SEP]
    expected = [(2, 2, 2), (4, 2, 5), (5, 5, 9), (6, 10, 14), (1, 15, 16), (7, 16, 17), (8, 17, 18), (3, 18, 18)]
    assert rows(tokens) == expected
    assert tokens.truncated.tolist() == [False]


def test_a_combining_mark_that_the_model_drops_moves_no_span(files: Path) -> None:
    assert rows(encoded(files, ["cafe\u0301 the"]))[1:3] == [(6, 0, 4), (9, 6, 9)]


def test_special_tokens_can_be_left_out(files: Path) -> None:
    assert rows(encoded(files, ["the running"], special_tokens=False, length=2)) == [(9, 0, 3), (4, 4, 7)]


@pytest.mark.parametrize(
    ("truncation", "expected"),
    [("post", [(2, 0, 0), (9, 0, 3), (3, 3, 3)]), ("pre", [(2, 7, 7), (5, 7, 11), (3, 11, 11)])],
)
def test_a_long_text_keeps_its_special_tokens(files: Path, truncation: str, expected: list[Any]) -> None:
    tokens = encoded(files, ["the running", "the"], length=3, truncation=truncation)
    assert rows(tokens) == [*expected, (2, 0, 0), (9, 0, 3), (3, 3, 3)]
    assert tokens.truncated.tolist() == [True, False]
    assert tokens.offsets.tolist() == [0, 3, 6]


def test_a_text_of_special_tokens_alone_has_none(files: Path) -> None:
    tokens = encoded(files, ["", "the", " \n"])
    assert tokens.offsets.tolist() == [0, 0, 3, 3]
    assert encoded(files, []).offsets.tolist() == [0]


def test_a_length_that_special_tokens_fill_is_refused(files: Path) -> None:
    with pytest.raises(TokenizerError, match=r"tokenizer\.length is 2, but 2 special tokens are added"):
        encoded(files, ["the"], length=2)


def test_padding_and_truncation_of_the_file_are_off(files: Path) -> None:
    tokens = encoded(files, ["the the the the", "the"], "padded.json")
    assert tokens.offsets.tolist() == [0, 6, 9]
    assert tokens.truncated.tolist() == [False, False]


def test_the_space_before_a_word_does_not_belong_to_its_token(files: Path) -> None:
    text = "the cat 😀"
    found = [text[start:end] for _, start, end in rows(encoded(files, [text], "bytes.json"))]
    # The emoji's four bytes each stand for it; the space before it is a token of its own.
    assert found == ["the", "cat", " ", "😀", "😀", "😀", "😀"]


def test_text_is_lower_cased_if_the_job_says_so(files: Path) -> None:
    assert rows(encoded(files, ["THE"], "bytes.json", lowercase=True)) == rows(encoded(files, ["the"], "bytes.json"))
    assert len(encoded(files, ["THE"], "bytes.json").ids) > 1


@pytest.mark.parametrize("name", ["words.json", "bytes.json"])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_spans_lie_in_their_text_in_order(files: Path, name: str, data: st.DataObject, texts: Any) -> None:
    chosen = data.draw(texts)
    length = data.draw(st.integers(3, 12))
    tokens = encoded(files, chosen, name, length=length)
    for number, text in enumerate(chosen):
        own = rows(tokens)[tokens.offsets[number] : tokens.offsets[number + 1]]
        assert len(own) <= length
        assert all(0 <= start <= end <= len(text) for _, start, end in own)
        assert [start for _, start, _ in own] == sorted(start for _, start, _ in own)
        assert all(text[start:end].isspace() or text[start:end] == text[start:end].strip() for _, start, end in own)
        assert rows(encoded(files, [text], name, length=length)) == own


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("words.json", {}, (9, 0, 1)),
        ("padded.json", {}, (9, 9, 1)),
        ("padded.json", {"padding_token": 3}, (9, 3, 1)),
        ("words.json", {"padding_token": "[SEP]"}, (9, 3, 1)),
        ("words.json", {"padding_token": 12}, (12, 12, 1)),
        ("bytes.json", {"padding_token": 0}, (272, 0, None)),
    ],
)
def test_vocabulary_info(files: Path, name: str, options: Any, expected: tuple[int, int, int | None]) -> None:
    assert load_vocabulary_info(make_settings(files, name, **options)) == expected


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("missing.json", {}, "no such tokenizer file; set tokenizer.path"),
        ("", {}, "the tokenizer cannot be read: Is a directory"),
        ("broken.json", {}, "not a tokenizer.json of the library tokenizers"),
        ("bytes.json", {}, "the file names no padding token; set tokenizer.padding_token"),
        ("words.json", {"padding_token": "<X>"}, "tokenizer.padding_token is '<X>', which is not in the vocabulary"),
    ],
)
def test_a_wrong_file_is_an_error_that_names_it(files: Path, name: str, options: Any, message: str) -> None:
    with pytest.raises(TokenizerError, match=f"^{files / name}: {message}") as caught:
        load_vocabulary_info(make_settings(files, name, **options))
    assert "\n" not in str(caught.value)
