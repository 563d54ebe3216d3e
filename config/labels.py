"""The labels of a model and their thresholds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from camlode.config.errors import JobError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.config.classifier import Model

_DEFAULT_THRESHOLD = {"multiclass": 0.0, "multilabel": 0.5}


def read_labels(model: Model) -> tuple[str, ...]:
    """Return the names of the model's outputs in order, from the job or from the file that it names.

    Raises:
        JobError: the file cannot be read, there is no label, or a label is blank or occurs twice.
    """
    names = _read_lines(model.labels) if isinstance(model.labels, str) else model.labels
    source = f" in {model.labels}" if isinstance(model.labels, str) else ""
    first: dict[str, int] = {}
    for number, name in enumerate(names, start=1):
        if not name.strip():
            raise JobError(f"model.labels: label {number}{source} is blank; expected one name for each model output")
        if name in first:
            raise JobError(f"model.labels: {name!r}{source} is both label {first[name]} and {number}; expected it once")
        first[name] = number
    return tuple(names)


def resolve_thresholds(model: Model, labels: Sequence[str]) -> tuple[float, ...]:
    """Return the probability that each of `labels` must reach to count as predicted, in order.

    Raises:
        JobError: `model.threshold` names a label that the model does not have.
    """
    default = _DEFAULT_THRESHOLD[model.task]
    if not isinstance(model.threshold, dict):
        return (default if model.threshold is None else model.threshold,) * len(labels)
    if unknown := [name for name in model.threshold if name not in labels]:
        raise JobError(
            "\n".join(f"model.threshold: unknown label {name!r}; {did_you_mean(name, labels)}" for name in unknown)
        )
    return tuple(model.threshold.get(name, default) for name in labels)


def _read_lines(path: str) -> list[str]:
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise JobError(f"model.labels: {path} is not UTF-8 at byte {error.start}: save it as UTF-8") from error
    except OSError as error:
        raise JobError(
            f"model.labels: {path} cannot be read: {error.strerror}; expected a text file with one "
            "label a line, or a list: [first, second]"
        ) from error
    return [line.strip() for line in text.rstrip("\n").split("\n")]
