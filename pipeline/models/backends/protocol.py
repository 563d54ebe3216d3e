"""What camlode asks of a framework: watch a layer's output, take a gradient with respect to it, compile."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from pipeline.models.classifier import InputSpec
    from pipeline.models.trace import LayerCall

    Replace = Callable[[int, Any], Any]
    """Given the number of an explained call and what it made: what stands in its place."""


class TracedRun(NamedTuple):
    """One run: the layers' calls, the output, and what depends on what.

    `depends_on(tensor, numbers)` says of each of the calls of these numbers whether a tensor was made from its output.
    """

    calls: list[LayerCall]
    output: Any
    depends_on: Callable[[Any, Sequence[int]], list[bool]]


class Slopes(NamedTuple):
    """A result, what else its run gave, the values of explained calls on the way, and gradients with respect to these.

    `pull(direction)`, of the result's shape, gives for each value the gradient of Σ direction · result; `pull_sums` the
    same summed over positions, [documents, …], which may be cheaper.
    """

    result: Any
    beside: Any
    values: list[Any]
    pull: Callable[[Any], list[Any]]
    pull_sums: Callable[[Any], list[Any]]


class Backend(Protocol):
    """A framework that Keras runs on."""

    dynamic: bool
    """Whether one compiled function serves any number of documents, tokens and labels."""

    def running(self) -> AbstractContextManager[None]:
        """While this lasts, a model can be called so that nothing inside it is hidden."""

    def traced_run(self, model: Any, run: Callable[[], Any]) -> TracedRun:
        """Runs the model once by `run`, recording every layer."""

    def slopes(self, run: Callable[[Replace], tuple[Any, Any]]) -> Slopes:
        """Runs `run(replace)`, which calls `replace` with each explained value and gives (result, beside)."""

    def logits_behind(self, output: Any) -> tuple[Any, str]:
        """What goes into the softmax or sigmoid that made an output, and its name; else the output and "linear"."""

    def each(self, function: Callable[[Any], list[Any]], items: Any, *, outputs: int) -> list[Any]:
        """`function` of each of `items` [n, …], whose `outputs` float32 tensors are stacked: [n, …]."""

    def compile(
        self, function: Callable[..., Any], model: Any, specs: Sequence[InputSpec], sample: Sequence[Any], **fixed: int
    ) -> Callable[..., Any]:
        """`function(*arrays)` compiled: takes and gives NumPy arrays, or tuples of them.

        A backend that is not `dynamic` also takes keywords, which are fixed at compilation; it tries the function on
        the arrays of `sample` and the keywords `fixed`, which others leave alone.
        """

    def relevances(self, run: Callable[[Replace], Any], direction: Any, *, epsilon: float) -> list[Any]:
        """ε-LRP's relevance of each element of each explained value for Σ direction · result."""

    def contributions(self, run: Callable[[Replace], Any], baseline: Callable[[Replace], Any], direction: Any) -> Any:
        """DeepLIFT's contribution of each element of each explained value, against what `baseline` gives."""


def backend() -> Backend:
    """The backend that Keras was started on; a module that fits the protocol."""
    import keras

    name = keras.backend.backend()
    module: Any = import_module(f"pipeline.models.backends.{name}_backend")
    return module.Backend()  # type: ignore[no-any-return]
