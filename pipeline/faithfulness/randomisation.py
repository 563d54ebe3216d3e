"""The model randomisation test: a method's ranking should depend on what the model learnt (Adebayo et al. 2018)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from camlode.pipeline.arrays import offsets_from_sizes, ragged_index
from camlode.pipeline.faithfulness.agreement import Pairs, spearman
from camlode.pipeline.faithfulness.scores import open_method_explainer
from camlode.pipeline.importance_unit import IMPORTANCE_UNIT
from camlode.pipeline.models.trace import all_layers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from camlode.config import Job
    from camlode.pipeline.arrays import FloatArray, IntArray
    from camlode.pipeline.explainer import Explainer
    from camlode.pipeline.faithfulness.removal import TextVariants
    from camlode.pipeline.faithfulness.scores import MethodScores

DRAWS = 3
"""How often the top layers are randomised: a single draw may by chance resemble the learnt weights, or oppose them."""

RANDOMISED_DOCUMENTS = 100
"""The maximum number of documents: each method explains them again for each draw."""

SURVIVAL_THRESHOLD = 0.5
"""The mean correlation from which on a ranking counts as having survived randomisation."""


def find_top_weights(model: Any, target_layers: Sequence[str]) -> list[Any]:
    """Find the weights to randomise: those of the layers after the target layers, or of the last layer with weights.

    Only variables with two or more dimensions: biases and scales do not distinguish tokens. Empty if the model is not a
    Keras model.
    """
    if not hasattr(model, "_flatten_layers"):
        return []
    layers = all_layers(model)
    positions = [position for position, layer in enumerate(layers) if layer.name in target_layers]
    # A layer may share its weights with a target layer, which must not change.
    below = {id(weight) for position in positions for weight in layers[position].weights}
    weighted = [
        [weight for weight in layer.weights if len(weight.shape) > 1 and id(weight) not in below] for layer in layers
    ]
    after = weighted[positions[-1] + 1 :] if positions else []
    last: list[Any] = next((weights for weights in reversed(weighted) if weights), [])
    return list({id(weight): weight for weights in (*after, last) for weight in weights}.values())


@contextmanager
def randomised_weights(weights: Sequence[Any], seed: int) -> Iterator[None]:
    """Context in which `weights` hold normal random numbers with mean 0 and their own standard deviation."""
    generator = np.random.default_rng(seed)
    learnt = [np.array(weight.numpy()) for weight in weights]
    try:
        for weight, values in zip(weights, learnt, strict=True):
            weight.assign(generator.normal(0.0, values.std() or 1.0, values.shape).astype(values.dtype))
        yield
    finally:
        for weight, values in zip(weights, learnt, strict=True):
            weight.assign(values)


def measure_randomisation(
    job: Job, model: Any, method_scores: MethodScores, on_progress: Callable[[str], None]
) -> dict[str, FloatArray]:
    """Measure Spearman's correlation [pairs] of each method's scores with those after randomisation, by method.

    It is the mean over DRAWS, on RANDOMISED_DOCUMENTS random documents, and NaN for the pairs of others. Empty if the
    model has no weights to randomise.
    """
    weights = find_top_weights(model, method_scores.explainer.model_info.layers)
    if not weights:
        return {}
    rows, part = _sample_pairs(method_scores.pairs, job.run.seed)
    index = ragged_index(method_scores.pairs.offsets, rows)
    correlations = {name: np.full(len(method_scores.pairs.labels), np.nan) for name in method_scores.scores}
    for name in correlations:
        correlations[name][rows] = 0.0
    for draw in range(DRAWS):
        with randomised_weights(weights, job.run.seed + draw):
            for name, before in method_scores.scores.items():
                on_progress(f"{name}: explaining with randomised top layers")
                after = _score_pairs(open_method_explainer(job, model, name), method_scores.texts, part)
                correlations[name][rows] += spearman(before[index], after, part) / DRAWS
    return correlations


def _sample_pairs(pairs: Pairs, seed: int) -> tuple[IntArray, Pairs]:
    """The pairs of some random documents: their indices, and the pairs."""
    drawn = np.random.default_rng(seed).permutation(np.unique(pairs.documents))[:RANDOMISED_DOCUMENTS]
    rows = np.flatnonzero(np.isin(pairs.documents, drawn))
    return rows, Pairs(pairs.documents[rows], pairs.labels[rows], offsets_from_sizes(pairs.sizes[rows]))


def _score_pairs(explainer: Explainer, texts: TextVariants, pairs: Pairs) -> FloatArray:
    """The scores of the given pairs, whatever the model predicts now; 0 for those that are not finite."""
    scores = np.zeros(int(pairs.offsets[-1]))
    for label in np.unique(pairs.labels):
        rows = np.flatnonzero(pairs.labels == label)
        importances = explainer.attributor.attribute(
            *texts.full_texts(pairs.documents[rows]), requested_labels=[int(label)]
        )
        scores[ragged_index(pairs.offsets, rows[importances.documents])] = importances.values * IMPORTANCE_UNIT
    return scores
