"""What a loaded model says of itself to those who don't hold it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.tokenizers.vectorizer import VectorizerSettings


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a loaded model said of itself.

    `layers` are explained; `activation` is what makes probabilities of its logits ("softmax", "sigmoid", or "linear"
    where the output is the logits); `length` is how many tokens it reads; `vectorizer` is how it tokenizes itself.
    `padding` says whether batches are cut shorter than that and why; `unit` is what importances are measured in.
    """

    labels: tuple[str, ...]
    layers: tuple[str, ...]
    activation: str
    length: int
    vectorizer: VectorizerSettings | None
    padding: str
    unit: str
