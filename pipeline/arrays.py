"""Array types, and operations on ragged arrays, which keep rows of different lengths one after another."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]
Tensor: TypeAlias = Any
"""A tensor of the backend in use: tf.Tensor or jax.Array, which share no type."""
