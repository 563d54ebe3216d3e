"""Units of texts whose tokens are characters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from camlode.pipeline.fragments.characters import JoinedText
from camlode.pipeline.fragments.units import find_units
from camlode.pipeline.tokenizers.segment import load_segmenter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.pipeline.fragments.units import Units

SEGMENT = load_segmenter()


def find_text_units(
    texts: Sequence[str], unit: Literal["word", "char"] = "word", tokens: Sequence[tuple[int, int]] = ()
) -> tuple[JoinedText, Units]:
    """The units and marks of texts whose tokens are characters, but for `tokens` that are longer."""
    joined = JoinedText(texts)
    within = {place for start, end in tokens for place in range(start, end)}
    spans = sorted([*tokens, *((place, place + 1) for place in range(len(joined.codes)) if place not in within)])
    starts, ends = np.array(spans, dtype=np.int64).reshape(-1, 2).T
    return joined, find_units(joined, starts, ends, unit=unit, segment=SEGMENT)
