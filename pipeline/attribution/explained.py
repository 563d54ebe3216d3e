"""The tensors inside a model that are explained, whatever the model is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.attribution.geometry import ReceptiveField


class TargetLayers(Protocol):
    """The explained tensors of one model, and a run of the model that shows them."""

    @property
    def names(self) -> tuple[str, ...]:
        """What the user calls them, in the order in which `run` shows them."""
        ...

    @property
    def receptive_field_size(self) -> int:
        """The most tokens that a position covers, of these tensors or of others between them and the input."""
        ...

    def receptive_fields(self, tokens: int) -> tuple[ReceptiveField, ...]:
        """Of each tensor, which of `tokens` tokens each position covers: [positions, tokens]."""
        ...

    def run(self, inputs: Sequence[Any], replace: Callable[[int, Any], Any], *, inline: bool = False) -> Any:
        """The model's answer, computed with `replace(k, tensor)` in the place of the k-th explained tensor.

        A tape that watches what `replace` returns can differentiate the answer, unless `inline`: then the model's
        operations stand in the current graph one by one, for those who walk over them.
        """
        ...
