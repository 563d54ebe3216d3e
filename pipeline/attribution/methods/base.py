"""What a method is: maps on the positions of the explained values, and what becomes of their signs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pipeline.attribution.alignment import Spread, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.attribution import Attribution, Sign
    from pipeline.attribution.forward import ForwardPass


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
    linear_head: ClassVar[bool] = False
    """Whether only pooling and one linear layer may follow the explained layers."""
    by_rules: ClassVar[bool] = False
    """Whether it goes back over the model's operations, and bears only those that it has a rule for."""
    needs_embedding: ClassVar[bool] = False
    """Whether it changes the embedded tokens, on whatever it makes its maps."""
    accumulates: ClassVar[bool] = True
    """Whether the importances of different texts have one scale and may be added up."""

    whole_length: ClassVar[bool] = False
    """Whether padding counts in the maps, so that batches must never be cut shorter than the model's input."""
    target: ClassVar[Literal["logit", "probability"] | None] = None
    """What is explained, whatever the settings say."""

    def __init__(self, settings: Attribution) -> None:
        self.settings = settings
        self.kept: Sign = settings.sign or self.sign
        self.explained_target = self.target or settings.target
        # What stands for logits in a unit is what is explained.
        explained_in = "logits" if self.explained_target == "logit" else "probability"
        self.measured_in = self.unit.replace("logits", explained_in)

    def check(self, names: Sequence[str], covers: Sequence[Any]) -> None:  # noqa: B027 (most can explain any)
        """A ModelError where it can't explain these layers.

        `covers`, one an explained value, say which tokens each position covers: [positions, tokens].
        """

    @abstractmethod
    def maps(self, forward: ForwardPass, directions: Any) -> list[Any]:
        """For each explained value a signed map [ranks, documents, positions] of what `directions` ask for."""

    def total(self, forward: ForwardPass, directions: Any) -> Any | None:  # noqa: B027 (most promise nothing)
        """What the maps of a document must add up to, [ranks, documents]; None where the method promises nothing."""

    def explained(self, forward: ForwardPass, directions: Any) -> tuple[list[Any], Any]:
        """The maps of what speaks for a label, against it, or both; and the residuals [ranks, documents].

        What speaks against a label is what speaks for the negative of its score.
        """
        from keras import ops

        towards = -directions if self.kept == "negative" else directions
        maps = self.maps(forward, towards)
        total = self.total(forward, towards)
        if total is None:
            residuals = ops.full(ops.shape(maps[0])[:2], float("nan"))
        else:
            residuals = total - sum(ops.sum(each, axis=-1) for each in maps)
        return (maps if self.kept == "both" else [ops.relu(each) for each in maps]), residuals

    def align(self, maps: Sequence[Any], forward: ForwardPass) -> Spread:
        """The maps' values on the tokens: each position's shared among those it covers, all maps added."""
        batch = forward.batch
        branches = [spread(each, cover, batch.real) for each, cover in zip(maps, batch.covers, strict=True)]
        return Spread(sum(branch.scores for branch in branches), sum(branch.padding for branch in branches))


def weighted(activations: Sequence[Any], weights: Sequence[Any]) -> list[Any]:
    """Σ_k w_k A[t,k] for each value: `weights` [ranks, documents, channels] → maps [ranks, documents, positions]."""
    from keras import ops

    pairs = zip(activations, weights, strict=True)
    products = [ops.matmul(activation, ops.transpose(weight, (1, 2, 0))) for activation, weight in pairs]
    return [ops.transpose(product, (2, 0, 1)) for product in products]


def summed(held: Any, values: Any) -> Any:
    """Σ_t held[t] · values[t,k]: [documents, channels], where `held` is [documents, positions]."""
    from keras import ops

    return ops.matmul(held[:, None, :], values)[:, 0]


def asked(directions: Any, targets: Any) -> Any:
    """Σ_labels direction · target: [ranks, documents] of [ranks, documents, labels] and [documents, labels]."""
    from keras import ops

    return ops.einsum("rbl,bl->rb", directions, targets)
