"""Layer-wise relevance propagation."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from camlode.pipeline.attribution.forward import flatten_channels
from camlode.pipeline.attribution.methods.base import Method, sum_labels

if TYPE_CHECKING:
    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.attribution.forward import ForwardPass


class Lrp(Method):
    """R_i = Σ_j z_ij / (z_j + ε sgn z_j) R_j, z_ij = x_i w_ij, from the score back to the embedded tokens.

    A maximum passes its relevance to the winner. Relevance absorbed by biases and ε is missing from the sum, which
    should be y: it is the residual.
    Bach et al., 2015, https://doi.org/10.1371/journal.pone.0130140, equation 58.
    """

    explains: ClassVar = "embedding"
    uses_propagation: ClassVar[bool] = True
    sign: ClassVar = "both"

    def maps(self, forward: ForwardPass, cotangents: Tensor) -> list[Tensor]:
        """The relevance of each token's vector, summed over the embedding's dimensions."""
        from keras import ops

        def propagate_relevances(cotangent: Tensor) -> list[Tensor]:
            relevances = forward.backend.propagate_relevances(
                forward.make_run(), cotangent, epsilon=self.settings.epsilon
            )
            return [ops.sum(flatten_channels(relevance), axis=-1) for relevance in relevances]

        return forward.per_label(propagate_relevances, cotangents)

    def total(self, forward: ForwardPass, cotangents: Tensor) -> Tensor:
        """The score itself."""
        return sum_labels(cotangents, forward.target)
