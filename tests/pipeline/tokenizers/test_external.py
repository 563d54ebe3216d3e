from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from camlode.config import Tokenizer as TokenizerSettings
from camlode.config.errors import TokenizerError
from camlode.pipeline.tokenizers import make_tokenizer

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("spacy", "spacy"),
        ("spacy", "spacy_lookups_data"),
        ("huggingface", "tokenizers"),
        ("sentencepiece", "sentencepiece"),
    ],
)
def test_a_missing_library_is_named_with_the_extra_that_brings_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, package: str
) -> None:
    vocabulary = tmp_path / "vocabulary.txt"
    vocabulary.write_text("[PAD]\n[UNK]\n")
    needs = {"vocabulary": str(vocabulary), "language": "en"} if name == "spacy" else {"path": "file"}
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(TokenizerError) as caught:
        make_tokenizer(TokenizerSettings.model_validate({"name": name} | needs), length=5)
    assert str(caught.value) == (
        f"the {name} tokenizer needs the package {package}, which isn't installed: pip install 'camlode[{name}]'"
    )
