"""Explanations put together from what a model said of each token."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.explanation import LabelExplanation, TokenImportance
from pipeline.fragments.spans import choose_spans
from pipeline.fragments.text import JoinedText
from pipeline.fragments.units import find_units
from pipeline.records import IMPORTANCE_UNIT
from pipeline.tokenizers.segment import load_segmenter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config import Job
    from pipeline.records import Importances, Tokens


def build_label_explanations(
    job: Job, names: Sequence[str], texts: Sequence[str], tokens: Tokens, importances: Importances
) -> list[list[LabelExplanation]]:
    """Each text's labels with their tokens and fragments, in the order of the pairs; `names` are the model's labels."""
    fragments = _find_fragments(job, texts, tokens, importances)
    found: list[list[LabelExplanation]] = [[] for _ in texts]
    for pair, document in enumerate(importances.documents.tolist()):
        found[document].append(
            LabelExplanation(
                label=names[importances.labels[pair]],
                score=float(importances.probabilities[pair]),
                tokens=_token_importances(texts[document], tokens, importances, pair),
                fragments=tuple(fragments[pair]),
                residual=None if np.isnan(importances.residuals[pair]) else float(importances.residuals[pair]),
            )
        )
    return found


def _token_importances(text: str, tokens: Tokens, importances: Importances, pair: int) -> tuple[TokenImportance, ...]:
    values = importances.values[importances.offsets[pair] : importances.offsets[pair + 1]] * IMPORTANCE_UNIT
    document = importances.documents[pair]
    document_slice = slice(tokens.offsets[document], tokens.offsets[document + 1])
    rows = zip(
        tokens.starts[document_slice].tolist(), tokens.ends[document_slice].tolist(), values.tolist(), strict=True
    )
    return tuple(TokenImportance(text[start:end], start, end, value) for start, end, value in rows)


def _find_fragments(
    job: Job, texts: Sequence[str], tokens: Tokens, importances: Importances
) -> list[list[TokenImportance]]:
    """Each pair's fragments, the most important first, then the one further left."""
    joined = JoinedText(texts)
    shift = np.repeat(joined.bounds[:-1], np.diff(tokens.offsets))
    starts, ends = tokens.starts + shift, tokens.ends + shift
    cut = load_segmenter(dictionary=job.tokenizer.dictionary, hmm=job.tokenizer.hmm)
    units = find_units(joined, starts, ends, unit=job.fragments.unit, segment=cut)
    options = job.fragments
    spans = choose_spans(importances, units, starts, tokens.offsets, max_units=options.max_units, share=options.share)
    found: list[list[TokenImportance]] = [[] for _ in importances.documents]
    for row in np.lexsort((spans.starts, -spans.importances)):
        document = importances.documents[spans.pairs[row]]
        start, end = (int(place - joined.bounds[document]) for place in (spans.starts[row], spans.ends[row]))
        importance = float(spans.importances[row] * IMPORTANCE_UNIT)
        found[spans.pairs[row]].append(TokenImportance(texts[document][start:end], start, end, importance))
    return found
