"""Base class of methods: maps over the target layers' positions, their signs, residuals and alignment with tokens."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal

from camlode.pipeline.attribution.receptive_fields import TokenScores, distribute_to_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.config.attribution import Attribution, Sign
    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.attribution.forward import ForwardPass
    from camlode.pipeline.attribution.receptive_fields import ReceptiveField


class Method(ABC):
    """A method of attribution, which gives each token its importance for a label.

    A subclass computes its maps; sign, residuals and the alignment of positions with tokens are the same for all.
    """

    explains: ClassVar[Literal["layers", "embedding"]] = "layers"
    """The target layers: those of `model.layers`, or the embedding of the tokens."""
    unit: ClassVar[str] = "logits"
    """Unit of an importance, if the target is the logit."""
    sign: ClassVar[Sign] = "positive"
    """Part of a map that is kept, unless the settings say otherwise."""
    needs_linear_head: ClassVar[bool] = False
    """Whether only pooling and one linear layer may follow the target layers."""
    uses_propagation: ClassVar[bool] = False
    """Whether it walks back over the model's operations, which needs a propagation rule for each of them."""
    needs_embedding: ClassVar[bool] = False
    """Whether it changes the embedded tokens, whatever its target layers are."""
    is_additive: ClassVar[bool] = True
    """Whether the importances of different texts have one scale and may be added up."""
    needs_full_length: ClassVar[bool] = False
    """Whether the maps depend on the padding, so that batches must never be trimmed."""
    target: ClassVar[Literal["logit", "probability"] | None] = None
    """The target, if the method explains only one, whatever the settings say."""

    def __init__(self, settings: Attribution) -> None:
        self.settings = settings
        self.effective_sign: Sign = settings.sign or self.sign
        self.effective_target = self.target or settings.target
        # A unit is written for logits as the target.
        target_unit = "logits" if self.effective_target == "logit" else "probability"
        self.effective_unit = self.unit.replace("logits", target_unit)

    def check(self, names: Sequence[str], receptive_fields: Sequence[ReceptiveField]) -> None:  # noqa: B027 (most can explain any)
        """Raise a ModelError if the method can't explain these target layers.

        `receptive_fields`: each layer's receptive fields [positions, tokens].
        """

    @abstractmethod
    def maps(self, forward: ForwardPass, cotangents: Tensor) -> list[Tensor]:
        """A signed map [max_labels, documents, positions] of Σ_l cotangent_l · target_l for each target layer."""

    def total(self, forward: ForwardPass, cotangents: Tensor) -> Tensor | None:  # noqa: B027 (most have no expected sum)
        """The expected sum [max_labels, documents] of a document's maps (completeness); None for a method without."""

    def explain(self, forward: ForwardPass, cotangents: Tensor) -> tuple[list[Tensor], Tensor]:
        """The maps with the sign that is asked for, and the residuals [max_labels, documents].

        Evidence against a label is evidence for the negative of its score.
        """
        from keras import ops

        signed_cotangents = -cotangents if self.effective_sign == "negative" else cotangents
        maps = self.maps(forward, signed_cotangents)
        total = self.total(forward, signed_cotangents)
        if total is None:
            residuals = ops.full(ops.shape(maps[0])[:2], float("nan"))
        else:
            residuals = total - sum(ops.sum(each, axis=-1) for each in maps)
        return (maps if self.effective_sign == "both" else [ops.relu(each) for each in maps]), residuals

    def align(self, maps: Sequence[Tensor], forward: ForwardPass) -> TokenScores:
        """Distribute each position's value over the tokens in its receptive field, and add up all maps."""
        batch = forward.batch
        branches = [
            distribute_to_tokens(each, receptive_field, batch.mask)
            for each, receptive_field in zip(maps, batch.receptive_fields, strict=True)
        ]
        return TokenScores(sum(branch.scores for branch in branches), sum(branch.padding for branch in branches))


def sum_channels(activations: Sequence[Tensor], weights: Sequence[Tensor]) -> list[Tensor]:
    """Σ_k w_k A[t,k] of each layer [max_labels, documents, positions]; `weights` [max_labels, documents, channels]."""
    from keras import ops

    pairs = zip(activations, weights, strict=True)
    products = [ops.matmul(activation, ops.transpose(weight, (1, 2, 0))) for activation, weight in pairs]
    return [ops.transpose(product, (2, 0, 1)) for product in products]


def sum_positions(position_mask: Tensor, values: Tensor) -> Tensor:
    """Σ_t mask[t] · values[t,k]: [documents, channels], for `position_mask` [documents, positions]."""
    from keras import ops

    return ops.matmul(position_mask[:, None, :], values)[:, 0]


def sum_labels(cotangents: Tensor, targets: Tensor) -> Tensor:
    """Σ_l cotangent_l · target_l [max_labels, documents] of [max_labels, documents, labels] and [documents, labels]."""
    from keras import ops

    return ops.einsum("rbl,bl->rb", cotangents, targets)
