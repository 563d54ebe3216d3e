"""LRP and DeepLIFT: a walk back over the operations of a TensorFlow graph, with a rule for each kind of operation."""

from __future__ import annotations

from pipeline.models.rules.deeplift import contributions
from pipeline.models.rules.lrp import relevances

__all__ = ["contributions", "relevances"]
