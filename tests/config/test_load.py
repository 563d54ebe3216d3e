from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import camlode.config
from camlode.config import Job, JobError, Run, load_job, parse_job
from camlode.config.job import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = sorted((Path(camlode.config.__file__).parent / "examples").glob("*.yaml"))


def load_error(file: Path) -> str:
    with pytest.raises(JobError) as raised:
        load_job(file)
    return str(raised.value).replace(str(file), "FILE")


@pytest.mark.parametrize("file", EXAMPLES, ids=[file.name for file in EXAMPLES])
def test_an_example_loads(file: Path) -> None:
    assert load_job(file).folder == file.parent


def test_there_are_two_examples() -> None:
    assert [file.name for file in EXAMPLES] == ["headlines.yaml", "multilabel.yaml"]


def test_a_file_and_a_mapping_make_the_same_job(job_file: Path, values: dict[str, Any]) -> None:
    assert load_job(job_file) == parse_job(values, job_file.parent)


def test_a_mapping_may_hold_sections(values: dict[str, Any], tmp_path: Path) -> None:
    assert parse_job(values | {"run": Run(seed=7)}, tmp_path).run.seed == 7


def test_the_mapping_is_left_as_it_was(values: dict[str, Any], tmp_path: Path) -> None:
    before = repr(values)
    parse_job(values, tmp_path)
    assert repr(values) == before


def test_a_section_with_nothing_in_it_has_the_defaults(job_file: Path) -> None:
    job_file.write_text(job_file.read_text(encoding="utf-8") + "run:\n  # seed: 1\n", encoding="utf-8")
    assert load_job(job_file).run.seed == 0


def test_a_byte_order_mark_is_no_part_of_the_text(job_file: Path) -> None:
    job_file.write_bytes(b"\xef\xbb\xbf" + job_file.read_bytes())
    assert load_job(job_file).model.labels == ["财经", "房产"]


def test_a_file_may_name_the_folder_that_its_paths_count_from(job_file: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    job_file.write_text(f"folder: {elsewhere}\n" + job_file.read_text(encoding="utf-8"), encoding="utf-8")
    job = load_job(job_file)
    assert (job.folder, job.store.url) == (elsewhere, str(elsewhere / "patterns.db"))


def test_a_folder_that_is_no_text_is_refused(job_file: Path) -> None:
    job_file.write_text("folder: 3\n" + job_file.read_text(encoding="utf-8"), encoding="utf-8")
    assert load_error(job_file) == "FILE: folder: expected the folder for relative paths, got 3"


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert (
        load_error(tmp_path / "no.yaml")
        == "FILE: there is no such file; `camlode init` writes a job file to start from"
    )


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert load_error(tmp_path) == "FILE is a folder: expected a job file, for example FILE/job.yaml"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            b"corpus: {paths: a\n",
            "FILE: broken YAML: line 2, column 1: expected ',' or '}', but got '<stream end>'",
        ),
        (b"run:\n  seed: 1\n  seed: 2\n", "FILE: broken YAML: line 3, column 3: the key seed is there twice"),
        (b"a: 2024-13-01", "FILE: broken YAML: month must be in 1..12"),
        (b"a: \xff", "FILE: expected UTF-8, but byte 3 is not: save the file as UTF-8"),
        (
            b"",
            "FILE: expected a mapping with the sections corpus, model, tokenizer, attribution, fragments, "
            "patterns, store, run, got nothing",
        ),
        (
            b"- 1",
            "FILE: expected a mapping with the sections corpus, model, tokenizer, attribution, fragments, "
            "patterns, store, run, got [1]",
        ),
    ],
)
def test_a_broken_file_is_refused(job_file: Path, content: bytes, expected: str) -> None:
    job_file.write_bytes(content)
    assert load_error(job_file) == expected


def test_every_problem_has_its_line(job_file: Path) -> None:
    job_file.write_text("corpus: a\nmodel: {labels: [a], pth: m}\nlabels: x\nrun: {seed: -1}\n", encoding="utf-8")
    assert load_error(job_file).splitlines() == [
        "FILE: corpus: expected a mapping, got 'a'",
        "FILE: model.path is missing: The model: a `.keras` or `.h5` file, a SavedModel's folder, a frozen graph's "
        "`.pb` file, or a TensorFlow 1 checkpoint (its path without `.meta`).",
        "FILE: unknown key model.pth; did you mean model.path?",
        "FILE: tokenizer is missing: How a text is converted to the model's token ids.",
        "FILE: run.seed: expected at least 0, got -1",
        "FILE: unknown key labels; did you mean model.labels?",
    ]


def test_a_key_that_is_a_number_is_refused(job_file: Path) -> None:
    job_file.write_text(job_file.read_text(encoding="utf-8") + "1: 2\n", encoding="utf-8")
    assert load_error(job_file) == "FILE: [1]: expected a string as key, got 1"


def test_a_job_from_python_is_refused_by_its_key(values: dict[str, Any]) -> None:
    with pytest.raises(JobError, match=r"^job: unknown key modle; did you mean model\?$"):
        parse_job(values | {"modle": {}})


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("model.lables=3", "unknown key model.lables; did you mean model.labels?"),
        ("model.vocabulary=v", "unknown key model.vocabulary; did you mean tokenizer.vocabulary?"),
        ("run.Workers=3", "unknown key run.Workers; did you mean run.workers?"),
        ("store.zzz=1", "unknown key store.zzz; expected one of url"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest(
    error_message: Callable[..., str], override: str, expected: str
) -> None:
    assert error_message(override) == f"--set {override}: {expected}"


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("run.workers", "expected section.key=value, for example run.workers=2"),
        ("workers=3", "expected section.key=value; did you mean run.workers=3?"),
        ("workers", "expected section.key=value; did you mean run.workers=value?"),
        ("foo=1", "expected section.key=value, for example run.workers=2"),
        ("=1", "expected section.key=value, for example run.workers=2"),
        (
            "corpus.label_separator=,",
            "broken YAML: line 1, column 1: expected the node content, but found ','",
        ),
    ],
)
def test_a_malformed_override_is_refused(error_message: Callable[..., str], override: str, expected: str) -> None:
    assert error_message(override) == f"--set {override}: {expected}"


@pytest.mark.parametrize(
    ("override", "read", "expected"),
    [
        ("run.seed=7", lambda job: job.run.seed, 7),
        ("fragments.share=1", lambda job: job.fragments.share, 1.0),
        ("model.layers=[conv_2, conv_3]", lambda job: job.model.layers, ["conv_2", "conv_3"]),
        ("model.threshold={房产: 0.3}", lambda job: job.model.threshold, {"房产": 0.3}),
        ("corpus.label_separator='='", lambda job: job.corpus.label_separator, "="),
        ("tokenizer.unknown=skip", lambda job: job.tokenizer.unknown, "skip"),
        ("tokenizer.padding_token=<pad>", lambda job: job.tokenizer.padding_token, "<pad>"),
    ],
)
def test_an_override_is_read_as_yaml(
    load: Callable[..., Job], override: str, read: Callable[[Job], object], expected: object
) -> None:
    assert read(load(override)) == expected


def test_the_last_override_of_a_key_wins(load: Callable[..., Job]) -> None:
    assert load("run.seed=1", "run.seed=2").run.seed == 2


def test_an_override_keeps_the_rest_of_its_section(load: Callable[..., Job], tmp_path: Path) -> None:
    assert load("model.task=multilabel").model.path == f"{tmp_path}/model.keras"


@settings(max_examples=150, deadline=None)
@given(
    text=st.text(alphabet=st.sampled_from("corpusmdl:{}[]&*!|>-'\"#? \n\t1\x00,é"), max_size=40)
    | st.dictionaries(st.sampled_from([*SECTIONS, "x"]), st.dictionaries(st.text(max_size=3), st.none())).map(str)
)
def test_no_text_ends_in_anything_but_a_refusal(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "random.yaml"
    file.write_text(text, encoding="utf-8")
    assert load_error(file).startswith("FILE: ")


def test_the_public_names_are_sorted_and_there() -> None:
    assert camlode.config.__all__ == sorted(camlode.config.__all__)
    assert [name for name in camlode.config.__all__ if not hasattr(camlode.config, name)] == []


def test_importing_loads_nothing_heavy() -> None:
    code = "import sys, camlode.config; print({'tensorflow', 'ray', 'numpy', 'pyarrow', 'sqlalchemy'} & {*sys.modules})"
    folder = Path(camlode.config.__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
