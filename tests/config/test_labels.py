from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from camlode.config import JobError, Model, read_labels, resolve_thresholds

if TYPE_CHECKING:
    from pathlib import Path


def read_labels_from(file: Path, content: bytes) -> tuple[str, ...]:
    file.write_bytes(content)
    return read_labels(Model(path="m", labels=str(file)))


@pytest.mark.parametrize(
    "content",
    ["财经\n房产\n", "财经\n房产", "财经\r\n房产\r\n\r\n", "\ufeff财经 \n房产\n"],
    ids=["lf", "no end", "crlf", "bom"],
)
def test_labels_from_a_file(tmp_path: Path, content: str) -> None:
    assert read_labels_from(tmp_path / "labels.txt", content.encode()) == ("财经", "房产")


def test_labels_from_a_list() -> None:
    assert read_labels(Model(path="m", labels=["b", "a"])) == ("b", "a")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a\n\nb\n", "model.labels: label 2 in {} is blank; expected one name for each model output"),
        (b"", "model.labels: label 1 in {} is blank; expected one name for each model output"),
        (b"a\nb\na\n", "model.labels: 'a' in {} is both label 1 and 3; expected it once"),
        (b"a\n\xff\n", "model.labels: {} is not UTF-8 at byte 2: save it as UTF-8"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, content: bytes, expected: str) -> None:
    file = tmp_path / "labels.txt"
    with pytest.raises(JobError) as raised:
        read_labels_from(file, content)
    assert str(raised.value) == expected.format(file)


def test_a_missing_file_is_refused() -> None:
    with pytest.raises(JobError) as raised:
        read_labels(Model(path="m", labels="/no/labels.txt"))
    assert str(raised.value) == (
        "model.labels: /no/labels.txt cannot be read: No such file or directory; expected a text file with "
        "one label a line, or a list: [first, second]"
    )


def test_a_label_twice_in_a_list_is_refused() -> None:
    with pytest.raises(JobError, match=r"^model.labels: 'a' is both label 1 and 2; expected it once$"):
        read_labels(Model(path="m", labels=["a", "a"]))


@pytest.mark.parametrize(
    ("task", "threshold", "expected"),
    [
        ("multiclass", None, (0.0, 0.0)),
        ("multilabel", None, (0.5, 0.5)),
        ("multiclass", 0.7, (0.7, 0.7)),
        ("multilabel", 0, (0.0, 0.0)),
        ("multilabel", {"b": 0.2}, (0.5, 0.2)),
        ("multiclass", {"b": 0.2, "a": 1.0}, (1.0, 0.2)),
    ],
)
def test_thresholds(task: str, threshold: float | dict[str, float] | None, expected: tuple[float, ...]) -> None:
    model = Model.model_validate({"path": "m", "labels": ["a", "b"], "task": task, "threshold": threshold})
    assert resolve_thresholds(model, ("a", "b")) == expected


def test_thresholds_of_unknown_labels_are_refused_with_the_nearest() -> None:
    model = Model(path="m", labels=["sport", "finance"], threshold={"sports": 0.5, "x": 0.1, "finance": 0.2})
    with pytest.raises(JobError) as raised:
        resolve_thresholds(model, ("sport", "finance"))
    assert str(raised.value).splitlines() == [
        "model.threshold: unknown label 'sports'; did you mean 'sport'?",
        "model.threshold: unknown label 'x'; expected one of: sport, finance",
    ]
