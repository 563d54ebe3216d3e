"""Interface of a Keras backend: gradients with respect to target layers' outputs, tracing, compilation."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.models.classifier import InputSpec
    from camlode.pipeline.models.trace import LayerCall

    Replace = Callable[[int, Tensor], Tensor]
    """From the number of a target layer and its output to what replaces the output."""


class TracedRun(NamedTuple):
    """A recorded run: the layers' calls, the model's output, and the dependences between tensors.

    `depends_on(tensor, numbers)`: whether a tensor was made from the output of each of the calls with these numbers.
    """

    calls: list[LayerCall]
    output: Tensor
    depends_on: Callable[[Tensor, Sequence[int]], list[bool]]


class Vjp(NamedTuple):
    """Vector-Jacobian product of a run: its result, auxiliary values, the target layers' outputs, and their gradients.

    `pullback(cotangent)`, with a cotangent of the result's shape, gives for each of `values` the gradient of
    Σ cotangent · result. `pullback_sums` gives the same summed over positions, [documents, …], which may be cheaper.
    """

    result: Tensor
    aux: Any
    values: list[Tensor]
    pullback: Callable[[Tensor], list[Tensor]]
    pullback_sums: Callable[[Tensor], list[Tensor]]


class Backend(Protocol):
    """A framework that Keras runs on, such as TensorFlow."""

    dynamic: bool
    """Whether one compiled function takes any number of documents, tokens and labels."""

    def tracing(self) -> AbstractContextManager[None]:
        """Expose the inside of a model that is called inside the context."""

    def trace_run(self, model: Any, run: Callable[[], Any]) -> TracedRun:
        """Run the model once by `run`, and record all its layers."""

    def vjp(self, run: Callable[[Replace], tuple[Tensor, Any]]) -> Vjp:
        """Run `run(replace)`, which calls `replace` with each target layer's output and returns (result, aux)."""

    def find_logits(self, output: Tensor) -> tuple[Tensor, str]:
        """The input of the softmax or sigmoid that made `output`, and its name; else `output` and "linear"."""

    def map_each(self, function: Callable[[Tensor], list[Tensor]], items: Tensor, *, outputs: int) -> list[Tensor]:
        """Call `function` for each of `items` [n, …] and stack each of its `outputs` float32 tensors: [n, …]."""

    def compile(
        self, function: Callable[..., Any], model: Any, specs: Sequence[InputSpec], sample: Sequence[Any], **fixed: int
    ) -> Callable[..., Any]:
        """Compile `function(*arrays)`; the result takes and returns NumPy arrays, or tuples of them.

        With a backend that is not `dynamic`, it also takes integers by keyword, which are fixed when it is compiled;
        such a backend traces the function with `sample` and `fixed` here, to raise its errors. Others ignore both.
        """

    def propagate_relevances(
        self, run: Callable[[Replace], Tensor], cotangent: Tensor, *, epsilon: float
    ) -> list[Tensor]:
        """ε-LRP's relevance of each element of the target layers' outputs for Σ cotangent · result."""

    def propagate_contributions(
        self, run: Callable[[Replace], Tensor], baseline: Callable[[Replace], Tensor], cotangent: Tensor
    ) -> list[Tensor]:
        """DeepLIFT's contribution of each element of the target layers' outputs, compared with the run `baseline`."""


def current_backend() -> Backend:
    """The backend that Keras was started with."""
    import keras

    name = keras.backend.backend()
    module: Any = import_module(f"camlode.pipeline.models.backends.{name}_backend")
    return module.Backend()  # type: ignore[no-any-return]
