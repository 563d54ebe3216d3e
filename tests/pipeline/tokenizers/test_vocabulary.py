from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from camlode.config import Tokenizer as TokenizerSettings
from camlode.config.errors import TokenizerError
from camlode.pipeline.tokenizers.vocabulary import SKIP, Vocabulary, read_vocabulary

if TYPE_CHECKING:
    from pathlib import Path

TOKENS = {"<PAD>": 0, "<UNK>": 1, "手": 2, " ": 3}


def read(folder: Path, content: str | bytes, name: str = "vocabulary.txt", **options: Any) -> Vocabulary:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_vocabulary(TokenizerSettings(vocabulary=str(file), **options))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("v.txt", "<PAD>\n<UNK>\n手\n \n"),
        ("v.txt", "<PAD>\n<UNK>\n手\n "),
        ("v.txt", "<PAD>\r\n<UNK>\r\n手\r\n \r\n"),
        ("v.txt", "\ufeff<PAD>\n<UNK>\n手\n \n"),
        ("vocabulary", "<PAD>\n<UNK>\n手\n \n"),
        ("v.json", '["<PAD>", "<UNK>", "手", " "]'),
        ("v.json", '{"手": 2, "<UNK>": 1, " ": 3, "<PAD>": 0}'),
        ("v.JSON", '\ufeff["<PAD>", "<UNK>", "\\u624b", " "]'),
    ],
)
def test_text_and_json_files(tmp_path: Path, name: str, content: str) -> None:
    assert read(tmp_path, content, name) == Vocabulary(TOKENS, unknown=1, padding=0)


def test_odd_characters_are_tokens_and_move_no_id(tmp_path: Path) -> None:
    tokens = ["", "[UNK]", "\x85", "\u2028", "\x0c", "x\ry", "\x1c", "\x00", "\ufeff", "end"]
    assert read(tmp_path, "\n".join(tokens)).ids == {token: number for number, token in enumerate(tokens)}


def test_a_line_feed_and_a_carriage_return_can_be_tokens_in_json(tmp_path: Path) -> None:
    content = json.dumps(["", "[UNK]", "\n", "\r", "\r\n"])
    assert read(tmp_path, content, "v.json").ids == {"": 0, "[UNK]": 1, "\n": 2, "\r": 3, "\r\n": 4}


@pytest.mark.parametrize("unknown", ["[UNK]", "<UNK>", "<unk>", "UNK"])
def test_the_unknown_token_is_found_by_its_name(tmp_path: Path, unknown: str) -> None:
    assert read(tmp_path, f"手\n机\n{unknown}\n").unknown == 2


@pytest.mark.parametrize(("given", "expected"), [(7, 7), (0, 0), ("手", 0), ("机", 1), ("skip", SKIP)])
def test_the_job_sets_the_unknown_id(tmp_path: Path, given: int | str, expected: int) -> None:
    assert read(tmp_path, "手\n机\n<UNK>\n", unknown=given).unknown == expected


@pytest.mark.parametrize(("given", "expected"), [(7, 7), ("机", 1)])
def test_the_job_sets_the_padding_id(tmp_path: Path, given: int | str, expected: int) -> None:
    assert read(tmp_path, "手\n机\n<UNK>\n", padding_token=given).padding == expected


@pytest.mark.parametrize(("unknown", "padding", "expected"), [("skip", 0, 2), (9, 0, 9), (1, 12, 12), ("skip", 2, 2)])
def test_the_largest_id(tmp_path: Path, unknown: int | str, padding: int, expected: int) -> None:
    vocabulary = read(tmp_path, "手\n机\n中\n", unknown=unknown, padding_token=padding)
    assert vocabulary.largest == expected


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("v.txt", "", "the vocabulary is empty"),
        ("v.json", "[]", "the vocabulary is empty"),
        ("v.json", "{}", "the vocabulary is empty"),
        ("v.txt", "a\n<UNK>\nb\na\n", "token 'a' occurs twice, with ids 0 and 3"),
        ("v.json", '["a", "<UNK>", "a"]', "token 'a' occurs twice, with ids 0 and 2"),
        ("v.json", '["a", ', "broken JSON: Expecting value: line 1 column 7"),
        ("v.json", "", "broken JSON: Expecting value: line 1 column 1"),
        ("v.json", "[" * 100_000, "broken JSON"),
        ("v.json", '{"a": ' + "1" * 5000 + "}", "broken JSON"),
        ("v.json", '["a", 1]', "expected a JSON list of tokens or an object of token: id"),
        ("v.json", '"a"', "expected a JSON list of tokens or an object of token: id"),
        ("v.json", '{"a": "0"}', "expected a JSON list of tokens or an object of token: id"),
        ("v.json", '{"a": -1}', "expected a JSON list of tokens or an object of token: id"),
        ("v.json", '{"a": true}', "expected a JSON list of tokens or an object of token: id"),
        ("v.json", '{"a": 1.0}', "expected a JSON list of tokens or an object of token: id"),
        ("v.txt", "a\nb\n", r"none of \[UNK\], <UNK>, <unk>, UNK is in the vocabulary; set tokenizer.unknown"),
        ("v.txt", "手".encode("gb18030"), "the vocabulary cannot be read: 'utf-8' codec"),
    ],
)
def test_a_wrong_file_is_an_error_that_names_it(tmp_path: Path, name: str, content: str | bytes, message: str) -> None:
    with pytest.raises(TokenizerError, match=message) as caught:
        read(tmp_path, content, name)
    assert str(caught.value).startswith(f"{tmp_path / name}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "message"), [("missing.txt", "no such vocabulary file"), ("", "the vocabulary cannot be read")]
)
def test_a_missing_file_is_an_error(tmp_path: Path, path: str, message: str) -> None:
    with pytest.raises(TokenizerError, match=f"^{tmp_path / path}: {message}"):
        read_vocabulary(TokenizerSettings(vocabulary=str(tmp_path / path)))


@pytest.mark.parametrize("option", ["unknown", "padding_token"])
def test_a_token_missing_from_the_vocabulary_is_an_error(tmp_path: Path, option: str) -> None:
    with pytest.raises(TokenizerError, match=f"tokenizer.{option} is '<X>', which is not in the vocabulary"):
        read(tmp_path, "a\n<UNK>\n", **{option: "<X>"})
