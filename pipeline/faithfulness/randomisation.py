"""Whether a method's ranking is lost with what the model has learnt (Adebayo et al. 2018)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.faithfulness.correlation import spearman
from pipeline.faithfulness.methods import explainer_of
from pipeline.faithfulness.pairs import Pairs
from pipeline.faithfulness.ragged import offsets_of, rows_index
from pipeline.models.trace import all_layers
from pipeline.records import IMPORTANCE_UNIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy.typing as npt

    from config import Job
    from pipeline.faithfulness.asking import Asked
    from pipeline.faithfulness.removal import Texts
    from pipeline.stages.attribute import Explainer

DRAWS = 3
"""How often the top layers are drawn anew: one draw alone may happen to be like the learnt weights, or opposite."""

RANDOMISED_DOCUMENTS = 100
"""The most documents that are looked at: they are explained anew several times by each method."""

SURVIVES = 0.5
"""A mean correlation from which on a ranking is said to have survived."""


def top_weights(model: Any, explained: Sequence[str]) -> list[Any]:
    """The variables with two dimensions or more of the layers after the `explained` ones, or of the last layer.

    Biases and scales stay: they don't tell one token from another. Empty where the model is no Keras model.
    """
    if not hasattr(model, "_flatten_layers"):
        return []
    layers = all_layers(model)
    places = [place for place, layer in enumerate(layers) if layer.name in explained]
    below = {id(weight) for place in places for weight in layers[place].weights}
    weighted = [
        [weight for weight in layer.weights if len(weight.shape) > 1 and id(weight) not in below] for layer in layers
    ]
    after = weighted[places[-1] + 1 :] if places else []
    last: list[Any] = next((weights for weights in reversed(weighted) if weights), [])
    return list({id(weight): weight for weights in (*after, last) for weight in weights}.values())


@contextmanager
def redrawn(weights: Sequence[Any], seed: int) -> Iterator[None]:
    """While this lasts, `weights` hold normal numbers of mean 0 and of the spread that they had."""
    generator = np.random.default_rng(seed)
    learnt = [np.array(weight.numpy()) for weight in weights]
    try:
        for weight, values in zip(weights, learnt, strict=True):
            weight.assign(generator.normal(0.0, values.std() or 1.0, values.shape).astype(values.dtype))
        yield
    finally:
        for weight, values in zip(weights, learnt, strict=True):
            weight.assign(values)


def check_randomised(
    job: Job, model: Any, asked: Asked, step: Callable[[str], None]
) -> dict[str, npt.NDArray[np.float64]]:
    """Spearman's correlation [pairs] of each method's scores with those under redrawn weights, the mean of DRAWS.

    Looks at RANDOMISED_DOCUMENTS documents drawn by chance; NaN for the others. Empty where nothing can be redrawn.
    """
    weights = top_weights(model, asked.explainer.facts.layers)
    if not weights:
        return {}
    rows, part = _part(asked.pairs, job.run.seed)
    index = rows_index(asked.pairs.offsets, rows)
    found = {name: np.full(len(asked.pairs.labels), np.nan) for name in asked.scores}
    for name in found:
        found[name][rows] = 0.0
    for draw in range(DRAWS):
        with redrawn(weights, job.run.seed + draw):
            for name, before in asked.scores.items():
                step(f"{name}: explaining with redrawn top layers")
                after = _scores(explainer_of(job, model, name), asked.texts, part)
                found[name][rows] += spearman(before[index], after, part) / DRAWS
    return found


def _part(pairs: Pairs, seed: int) -> tuple[npt.NDArray[np.int64], Pairs]:
    """The pairs of some of the documents: their numbers, and themselves."""
    drawn = np.random.default_rng(seed).permutation(np.unique(pairs.documents))[:RANDOMISED_DOCUMENTS]
    rows = np.flatnonzero(np.isin(pairs.documents, drawn))
    return rows, Pairs(pairs.documents[rows], pairs.labels[rows], offsets_of(pairs.sizes[rows]))


def _scores(explainer: Explainer, texts: Texts, pairs: Pairs) -> npt.NDArray[np.float64]:
    """The scores of the same pairs, whatever the model predicts now; 0 where they are no finite numbers."""
    scores = np.zeros(int(pairs.offsets[-1]))
    for label in np.unique(pairs.labels):
        rows = np.flatnonzero(pairs.labels == label)
        found = explainer.attributor.attribute(*texts.whole(pairs.documents[rows]), wanted=[int(label)])
        scores[rows_index(pairs.offsets, rows[found.documents])] = found.values * IMPORTANCE_UNIT
    return scores
