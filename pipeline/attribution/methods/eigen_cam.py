"""Eigen-CAM."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from camlode.pipeline.attribution.methods.base import Method

if TYPE_CHECKING:
    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.attribution.forward import ForwardPass


class EigenCam(Method):
    """A v₁, where A = UΣVᵀ, not centred: the same map for every label, in units of the layer's output.

    Positions on padding alone are 0 in A. The sign is chosen so that the largest magnitude is positive.
    Muhammad and Yeasin, 2020, https://arxiv.org/abs/2008.00299.
    """

    unit: ClassVar[str] = "activation"

    def maps(self, forward: ForwardPass, cotangents: Tensor) -> list[Tensor]:
        """Projections of the positions on the first principal direction; zeros for a document without a label."""
        from keras import ops

        pairs = zip(forward.activations, forward.position_masks, strict=True)
        projections = [_project(activation * position_mask[..., None]) for activation, position_mask in pairs]
        has_label = ops.cast(ops.any(cotangents != 0, axis=-1), "float32")
        # The cotangent has a −1 for evidence against the label, which is the other side of the projection.
        side = ops.sign(ops.sum(cotangents, axis=-1)) * has_label
        return [ops.einsum("rb,bt->rbt", side, projection) for projection in projections]


def _project(activation: Tensor) -> Tensor:
    from keras import ops

    # A v₁ = σ₁ u₁, and u₁ is the last eigenvector of A Aᵀ [positions, positions].
    values, vectors = ops.linalg.eigh(ops.einsum("btk,bsk->bts", activation, activation))
    projection = vectors[..., -1] * ops.sqrt(ops.maximum(values[..., -1:], 0.0))
    largest = ops.take_along_axis(projection, ops.argmax(ops.abs(projection), axis=1, keepdims=True), axis=1)
    return ops.where(largest < 0, -projection, projection)
