"""The integer unit of importances, in which sums do not depend on the order of additions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from camlode.pipeline.arrays import IntArray, Tensor

IMPORTANCE_UNIT = 2.0**-20
"""The unit of accumulated importances, in logits.

Sums of floats depend on the order of additions, which differs between runs: shards finish in any order. Integers add
up to the same sum in any order, so a job gives the same result on any number of workers. 2⁻²⁰ is exact in binary and
about the precision of float32 at scores of 10; int64 holds sums up to 2⁴³ logits.
"""


def to_importance_units(logits: Tensor) -> IntArray:
    """Convert logits to integers, in units of IMPORTANCE_UNIT."""
    return np.rint(np.asarray(logits, dtype=np.float64) / IMPORTANCE_UNIT).astype(np.int64)
