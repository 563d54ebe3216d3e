from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pydantic
import pytest

from camlode.config import Attribution, Fragments, Patterns, Run, Store, parse_job

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from camlode.config import Job


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        (
            Attribution(),
            {
                "method": "grad-cam",
                "target": "logit",
                "sign": None,
                "baseline": "padding",
                "steps": 32,
                "epsilon": 0.001,
                "window": 1,
                "samples": 25,
                "seed": 0,
                "precision": "float32",
            },
        ),
        (Fragments(), {"unit": "word", "max_units": 3, "share": 0.2}),
        (Patterns(), {"top": 1000, "min_documents": 2, "examples": 3, "context": 20, "match": True}),
        (Store(), {"url": "patterns.db"}),
        (
            Run(),
            {
                "workers": None,
                "gpus_per_worker": None,
                "shard_documents": 5000,
                "attempts": 3,
                "shard_seconds": 3600,
                "start_seconds": 300,
                "autoscaling": False,
                "batch_size": 256,
                "work_folder": ".camlode",
                "seed": 0,
                "address": None,
            },
        ),
    ],
)
def test_defaults(section: pydantic.BaseModel, expected: dict[str, object]) -> None:
    assert section.model_dump() == expected


def test_a_section_cannot_be_changed() -> None:
    with pytest.raises(pydantic.ValidationError, match="frozen"):
        Run().seed = 1


@pytest.mark.parametrize("paths", ["a.csv", ["a.csv"], ("a.csv",)])
def test_one_path_stands_for_a_list(values: dict[str, Any], tmp_path: Path, paths: object) -> None:
    values["corpus"]["paths"] = paths
    assert parse_job(values, tmp_path).corpus.paths == [f"{tmp_path}/a.csv"]


def test_a_path_may_be_a_path_object(values: dict[str, Any], tmp_path: Path) -> None:
    values["model"]["path"] = tmp_path / "m.keras"
    assert parse_job(values, tmp_path).model.path == f"{tmp_path}/m.keras"


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("fragments.max_units=0", "fragments.max_units: expected at least 1, got 0"),
        ("fragments.max_units=21", "fragments.max_units: expected at most 20, got 21"),
        ("fragments.share=0", "fragments.share: expected more than 0, got 0"),
        ("fragments.share=1.01", "fragments.share: expected at most 1, got 1.01"),
        ("fragments.unit=token", "fragments.unit: expected 'word' or 'char', got 'token'"),
        ("patterns.top=true", "patterns.top: expected a whole number, got true"),
        ("patterns.examples=-1", "patterns.examples: expected at least 0, got -1"),
        ("run.seed=1.5", "run.seed: expected a whole number, got 1.5"),
        ("run.gpus_per_worker='1'", "run.gpus_per_worker: expected a number, got '1'"),
        ("corpus.paths=[]", "corpus.paths: expected a list with at least 1 item, got []"),
        ("corpus.paths=''", "corpus.paths: expected a string that is not empty, got ''"),
        ("corpus.paths={a: b}", "corpus.paths: expected a list, got {'a': 'b'}"),
        (
            "corpus.text=2024-01-31",
            "corpus.text: expected a string, got datetime.date(2024, 1, 31); put it in quotes",
        ),
        ("model.labels=[a, no]", "model.labels[1]: expected a string, got false; put it in quotes"),
        (
            'model.labels="\\ud800"',
            "model.labels: expected a list or a string of valid Unicode, got '\\ud800'",
        ),
        ("model.labels=5", "model.labels: expected a list or a string, got 5"),
        ("model.labels=", "model.labels: expected a list or a string, got nothing"),
        ("model.layers=conv", "model.layers: expected 'auto' or a list or a mapping, got 'conv'"),
        ("model.threshold=1.5", "model.threshold: expected at most 1 or a mapping, got 1.5"),
        ("model.threshold=.nan", "model.threshold: expected a finite number or a mapping, got nan"),
        ("model.threshold={房产: 2}", "model.threshold.房产: expected at most 1, got 2"),
        ("tokenizer.padding_token=-1", "tokenizer.padding_token: expected at least 0 or a string, got -1"),
        ("tokenizer.length=0", "tokenizer.length: expected at least 1, got 0"),
        ("tokenizer.hmm=1", "tokenizer.hmm: expected true or false, got 1"),
    ],
)
def test_a_wrong_value_is_refused(error_message: Callable[..., str], override: str, expected: str) -> None:
    assert error_message(override) == f"--set {override}: {expected}"


@pytest.mark.parametrize("name", ["Layer", "package:", ":Layer", "my-package:Layer", "package.module.Layer", "a:B:C"])
def test_a_custom_object_without_module_and_class_is_refused(error_message: Callable[..., str], name: str) -> None:
    expected = f"model.custom_objects: expected \"package.module:Class\", got '{name}'"
    assert error_message(f"model.custom_objects=['{name}']").endswith(expected)


@pytest.mark.parametrize("name", ["module:Layer", "package.module:Layer", "包.模块:层", "module:Outer.Inner"])
def test_a_custom_object_names_module_and_class(load: Callable[..., Job], name: str) -> None:
    assert load(f"model.custom_objects=['{name}']").model.custom_objects == [name]


@pytest.mark.parametrize("name", ["char", "jieba", "word", "spacy"])
def test_a_tokenizer_without_its_vocabulary_is_refused(error_message: Callable[..., str], name: str) -> None:
    assert error_message(f"tokenizer.name={name}", "tokenizer.vocabulary=") == (
        f"tokenizer: the {name} tokenizer needs the model's vocabulary: set tokenizer.vocabulary"
    )


def test_a_vectorizer_needs_no_vocabulary(load: Callable[..., Job]) -> None:
    job = load("tokenizer.name=vectorizer", "tokenizer.vocabulary=")
    assert (job.tokenizer.name, job.tokenizer.vocabulary) == ("vectorizer", None)


def test_a_vectorizer_with_a_vocabulary_is_refused(error_message: Callable[..., str]) -> None:
    assert error_message("tokenizer.name=vectorizer") == (
        "tokenizer: the vectorizer tokenizer has its own vocabulary: leave tokenizer.vocabulary out"
    )


def test_a_layer_file_is_for_the_vectorizer_alone(error_message: Callable[..., str]) -> None:
    assert error_message("tokenizer.path=layer.keras") == (
        "tokenizer: tokenizer.path is for vectorizer, huggingface, sentencepiece, not char: leave it out"
    )


@pytest.mark.parametrize("name", ["huggingface", "sentencepiece"])
@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ([], "has its own vocabulary: leave tokenizer.vocabulary out"),
        (["tokenizer.vocabulary="], "needs the file that it was saved to: set tokenizer.path"),
        (
            ["tokenizer.vocabulary=", "tokenizer.path=file", "tokenizer.unknown=skip"],
            "has its own unknown token: leave tokenizer.unknown out",
        ),
    ],
)
def test_a_tokenizer_of_sub_words_is_its_file(
    error_message: Callable[..., str], name: str, overrides: list[str], expected: str
) -> None:
    assert error_message(f"tokenizer.name={name}", *overrides) == f"tokenizer: the {name} tokenizer {expected}"


def test_a_spacy_tokenizer_without_its_language_is_refused(error_message: Callable[..., str]) -> None:
    assert error_message("tokenizer.name=spacy") == (
        "tokenizer: the spacy tokenizer needs the language of the texts: set tokenizer.language, such as en"
    )
