"""The methods that walk back over a graph's operations, with a rule for each kind."""

from __future__ import annotations

from pipeline.models.tensorflow_deeplift import contributions
from pipeline.models.tensorflow_lrp import relevances

__all__ = ["contributions", "relevances"]
