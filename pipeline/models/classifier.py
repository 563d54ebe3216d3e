"""What a classifier of any framework offers to those who explain it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

NO_LENGTH_LIMIT = 2**31 - 1
"""The length of texts that are padded only to the longest beside them."""


class InputSpec(NamedTuple):
    """One of a model's inputs: its shape, None where any size fits, and the name of its type."""

    shape: tuple[int | None, ...]
    dtype: str


class TextClassifier(Protocol):
    """A model that answers one vector of scores a document.

    `length`: tokens that it takes of a text, None where it takes any number. `takes_text`: whether its input is
    strings, which it turns into ids by itself.
    """

    @property
    def length(self) -> int | None: ...  # noqa: D102 (said above)

    @property
    def takes_text(self) -> bool: ...  # noqa: D102 (said above)

    def build_inputs(self, ids: npt.NDArray[np.int32], mask: npt.NDArray[np.bool_]) -> list[npt.NDArray[Any]]:
        """The model's inputs, in a fixed order, for `ids` [documents, tokens], padded where `mask` is false."""
        ...

    def input_specs(self, length: int | None) -> list[InputSpec]:
        """What `build_inputs` gives for any number of documents of `length` tokens (None: of any)."""
        ...

    def sample_output(self, tokens: int) -> Any:
        """What the model answers for two documents of `tokens` tokens; a ModelError where it fails."""
        ...

    def embedding_size(self) -> int | None:
        """How many ids the model's embedding knows; None where that is unknown."""
        ...
