"""What camlode asks of a framework: watch a layer's output, take a gradient with respect to it, compile."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from camlode.pipeline.models.classifier import InputSpec
    from camlode.pipeline.models.trace import LayerCall

    Replace = Callable[[int, Any], Any]
    """Given the number of an explained call and what it made: what stands in its place."""


class TracedRun(NamedTuple):
    """One run: the layers' calls, the output, and what depends on what.

    `depends_on(tensor, numbers)` says of each of the calls of these numbers whether a tensor was made from its output.
    """

    calls: list[LayerCall]
    output: Any
    depends_on: Callable[[Any, Sequence[int]], list[bool]]


class Vjp(NamedTuple):
    """A result, what else its run gave, the values of explained calls on the way, and gradients with respect to these.

    `pullback(direction)`, of the result's shape, gives for each value the gradient of Σ direction · result; `pullback_sums` the
    same summed over positions, [documents, …], which may be cheaper.
    """

    result: Any
    aux: Any
    values: list[Any]
    pullback: Callable[[Any], list[Any]]
    pullback_sums: Callable[[Any], list[Any]]


class Backend(Protocol):
    """A framework that Keras runs on."""

    dynamic: bool
    """Whether one compiled function serves any number of documents, tokens and labels."""

    def tracing(self) -> AbstractContextManager[None]:
        """While this lasts, a model can be called so that nothing inside it is hidden."""

    def trace_run(self, model: Any, run: Callable[[], Any]) -> TracedRun:
        """Runs the model once by `run`, recording every layer."""

    def vjp(self, run: Callable[[Replace], tuple[Any, Any]]) -> Vjp:
        """Runs `run(replace)`, which calls `replace` with each explained value and gives (result, beside)."""

    def find_logits(self, output: Any) -> tuple[Any, str]:
        """What goes into the softmax or sigmoid that made an output, and its name; else the output and "linear"."""

    def map_each(self, function: Callable[[Any], list[Any]], items: Any, *, outputs: int) -> list[Any]:
        """`function` of each of `items` [n, …], whose `outputs` float32 tensors are stacked: [n, …]."""

    def compile(
        self, function: Callable[..., Any], model: Any, specs: Sequence[InputSpec], sample: Sequence[Any], **fixed: int
    ) -> Callable[..., Any]:
        """`function(*arrays)` compiled: takes and gives NumPy arrays, or tuples of them.

        A backend that is not `dynamic` also takes keywords, which are fixed at compilation; it tries the function on
        the arrays of `sample` and the keywords `fixed`, which others leave alone.
        """

    def propagate_relevances(self, run: Callable[[Replace], Any], cotangent: Any, *, epsilon: float) -> list[Any]:
        """ε-LRP's relevance of each element of each explained value for Σ direction · result."""

    def propagate_contributions(
        self, run: Callable[[Replace], Any], baseline: Callable[[Replace], Any], cotangent: Any
    ) -> Any:
        """DeepLIFT's contribution of each element of each explained value, against what `baseline` gives."""


def current_backend() -> Backend:
    """The backend that Keras was started on; a module that fits the protocol."""
    import keras

    name = keras.backend.backend()
    module: Any = import_module(f"camlode.pipeline.models.backends.{name}_backend")
    return module.Backend()  # type: ignore[no-any-return]
