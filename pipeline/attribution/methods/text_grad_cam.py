"""The arithmetic of the script text-grad-cam-visualization, for comparing its results with camlode's."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from camlode.config.errors import ModelError
from camlode.pipeline.attribution.methods.base import Method
from camlode.pipeline.attribution.methods.class_activate_map import divide_by_maximum
from camlode.pipeline.attribution.receptive_fields import TokenScores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.attribution.forward import ForwardPass
    from camlode.pipeline.attribution.receptive_fields import ReceptiveField


class TextGradCam(Method):
    """Grad-CAM of one layer and of the probability, weighted channels averaged, the map divided by its maximum.

    A position's score is its token's, so the layer must keep the text's length. Padding counts like any token, as in
    the script: https://github.com/allenwind/text-grad-cam-visualization.
    """

    unit: ClassVar[str] = "share of the text's maximum"
    target: ClassVar = "probability"
    is_additive: ClassVar[bool] = False
    needs_full_length: ClassVar[bool] = True

    def check(self, names: Sequence[str], receptive_fields: Sequence[ReceptiveField]) -> None:
        """Raise a ModelError unless there is one target layer, with a position for each token."""
        if len(receptive_fields) != 1:
            raise ModelError(
                f"text-grad-cam explains one layer, model.layers gives {len(receptive_fields)}; name one of "
                f"{', '.join(names)} in model.layers"
            )
        positions, tokens = receptive_fields[0].shape
        if positions != tokens:
            raise ModelError(
                f"text-grad-cam takes a position for a token, but layer {names[0]!r} gives {positions} positions for "
                f"{tokens} tokens; it needs a layer with padding 'same'"
            )

    def maps(self, forward: ForwardPass, cotangents: Tensor) -> list[Tensor]:
        """The layer's map, between 0 and 1."""
        from keras import ops

        (activation,) = forward.activations
        (weights,) = forward.per_label(
            lambda cotangent: [ops.mean(gradient, axis=1) for gradient in forward.gradients(cotangent)], cotangents
        )
        return [divide_by_maximum(ops.einsum("btk,rbk->rbt", activation, weights) / activation.shape[2])]

    def align(self, maps: Sequence[Tensor], forward: ForwardPass) -> TokenScores:
        """Each position's score is its token's."""
        from keras import ops

        return TokenScores(maps[0] * forward.batch.mask, ops.zeros(ops.shape(maps[0])[:2]))
