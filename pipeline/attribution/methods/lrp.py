"""Layer-wise relevance propagation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from camlode.pipeline.attribution.forward import flatten_channels
from camlode.pipeline.attribution.methods.base import Method, sum_labels

if TYPE_CHECKING:
    from camlode.pipeline.attribution.forward import ForwardPass


class Lrp(Method):
    """R_i = Σ_j z_ij / (z_j + ε sgn z_j) R_j, z_ij = x_i w_ij, from the score back to the embedded tokens.

    A maximum hands its relevance to the winner. What biases and ε absorb is missing from the sum: it is the residual.
    Bach et al., 2015, https://doi.org/10.1371/journal.pone.0130140, equation 58.
    """

    explains: ClassVar = "embedding"
    uses_propagation: ClassVar[bool] = True
    sign: ClassVar = "both"

    def maps(self, forward: ForwardPass, cotangents: Any) -> list[Any]:
        """The relevance of each token's vector, summed over the embedding's dimensions."""
        from keras import ops

        def propagate_relevances(cotangent: Any) -> list[Any]:
            found = forward.backend.propagate_relevances(forward.run(), cotangent, epsilon=self.settings.epsilon)
            return [ops.sum(flatten_channels(relevance), axis=-1) for relevance in found]

        return forward.per_rank(propagate_relevances, cotangents)

    def total(self, forward: ForwardPass, cotangents: Any) -> Any:
        """The score itself."""
        return sum_labels(cotangents, forward.target)
