"""LRP and DeepLIFT: a walk back over a TensorFlow graph, with a propagation rule for each kind of operation."""

from __future__ import annotations

from camlode.pipeline.models.propagation.deeplift import propagate_contributions
from camlode.pipeline.models.propagation.lrp import propagate_relevances

__all__ = ["propagate_contributions", "propagate_relevances"]
