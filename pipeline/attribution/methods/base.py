"""What a method is: maps on the positions of the explained values, and what becomes of their signs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from camlode.pipeline.attribution.receptive_fields import TokenScores, distribute_to_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.config.attribution import Attribution, Sign
    from camlode.pipeline.attribution.forward import ForwardPass


class Method(ABC):
    """A method by which each token is given its importance for a label.

    A subclass says what its maps are; sign, residual and the way from positions to tokens are the same for all.
    """

    explains: ClassVar[Literal["layers", "embedding"]] = "layers"
    """On what it makes its maps: the explained layers' outputs, or the embedded tokens."""
    unit: ClassVar[str] = "logits"
    """What an importance is measured in, where the target is the logit."""
    sign: ClassVar[Sign] = "positive"
    """What of a map is kept, where the settings don't say."""
    needs_linear_head: ClassVar[bool] = False
    """Whether only pooling and one linear layer may follow the explained layers."""
    uses_propagation: ClassVar[bool] = False
    """Whether it goes back over the model's operations, and bears only those that it has a rule for."""
    needs_embedding: ClassVar[bool] = False
    """Whether it changes the embedded tokens, on whatever it makes its maps."""
    accumulates: ClassVar[bool] = True
    """Whether the importances of different texts have one scale and may be added up."""

    needs_full_length: ClassVar[bool] = False
    """Whether padding counts in the maps, so that batches must never be cut shorter than the model's input."""
    target: ClassVar[Literal["logit", "probability"] | None] = None
    """What is explained, whatever the settings say."""

    def __init__(self, settings: Attribution) -> None:
        self.settings = settings
        self.effective_sign: Sign = settings.sign or self.sign
        self.effective_target = self.target or settings.target
        # What stands for logits in a unit is what is explained.
        target_unit = "logits" if self.effective_target == "logit" else "probability"
        self.effective_unit = self.unit.replace("logits", target_unit)

    def check(self, names: Sequence[str], receptive_fields: Sequence[Any]) -> None:  # noqa: B027 (most can explain any)
        """A ModelError where it can't explain these layers.

        `receptive_fields`, one an explained value, say which tokens each position covers: [positions, tokens].
        """

    @abstractmethod
    def maps(self, forward: ForwardPass, cotangents: Any) -> list[Any]:
        """For each explained value a signed map [ranks, documents, positions] of what `cotangents` ask for."""

    def total(self, forward: ForwardPass, cotangents: Any) -> Any | None:  # noqa: B027 (most promise nothing)
        """What the maps of a document must add up to, [ranks, documents]; None where the method promises nothing."""

    def explain(self, forward: ForwardPass, cotangents: Any) -> tuple[list[Any], Any]:
        """The maps of what speaks for a label, against it, or both; and the residuals [ranks, documents].

        What speaks against a label is what speaks for the negative of its score.
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

    def align(self, maps: Sequence[Any], forward: ForwardPass) -> TokenScores:
        """The maps' values on the tokens: each position's shared among those it covers, all maps added."""
        batch = forward.batch
        branches = [
            distribute_to_tokens(each, receptive_field, batch.mask)
            for each, receptive_field in zip(maps, batch.receptive_fields, strict=True)
        ]
        return TokenScores(sum(branch.scores for branch in branches), sum(branch.padding for branch in branches))


def sum_channels(activations: Sequence[Any], weights: Sequence[Any]) -> list[Any]:
    """Σ_k w_k A[t,k] for each value: `weights` [ranks, documents, channels] → maps [ranks, documents, positions]."""
    from keras import ops

    pairs = zip(activations, weights, strict=True)
    products = [ops.matmul(activation, ops.transpose(weight, (1, 2, 0))) for activation, weight in pairs]
    return [ops.transpose(product, (2, 0, 1)) for product in products]


def sum_positions(position_mask: Any, values: Any) -> Any:
    """Σ_t held[t] · values[t,k]: [documents, channels], where `position_mask` is [documents, positions]."""
    from keras import ops

    return ops.matmul(position_mask[:, None, :], values)[:, 0]


def sum_labels(cotangents: Any, targets: Any) -> Any:
    """Σ_labels direction · target: [ranks, documents] of [ranks, documents, labels] and [documents, labels]."""
    from keras import ops

    return ops.einsum("rbl,bl->rb", cotangents, targets)
