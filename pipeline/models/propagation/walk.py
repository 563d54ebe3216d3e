"""Walk back over the operations of a TensorFlow graph, from a model's output to the sources it was made from.

The walk sees operations, not layers, so it works for any model that can be traced. It covers only the operations
between the sources and the output; whatever else these read is a constant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import tensorflow as tf

from camlode.config.errors import ModelError
from camlode.pipeline.models.propagation.operations import Step, find_steps, find_unsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from camlode.pipeline.arrays import Tensor


class RecordedRun(NamedTuple):
    """One run of a model, traced into a graph.

    `output`: the logits, [documents, labels]. `sources`: what is to be explained, such as the embedded tokens
    [documents, tokens, dimensions] or a layer's output. `operations`: those that the run added, in order.
    """

    output: Tensor
    sources: list[Tensor]
    operations: list[Any]


def record_run(run: Callable[[], tuple[Tensor, list[Tensor]]]) -> RecordedRun:
    """Trace `run()`, which returns the logits and the sources, and record the operations that it adds to the graph."""
    before = len(_operations())
    output, sources = run()
    return RecordedRun(output, sources, _operations()[before:])


def unsupported_reason(run: RecordedRun, *, for_deeplift: bool) -> str | None:
    """Why the method can't walk back from the run's output to its sources, or None if it can."""
    # With a condition that depends on the text, the baseline of DeepLIFT may take the other branch.
    return find_unsupported(run.operations, run.sources, find_steps(*run), allow_conditions=not for_deeplift)


def require_supported_steps(run: RecordedRun, *, for_deeplift: bool) -> list[Step]:
    """The steps from the output back to the sources, last operation first.

    Raises:
        ModelError: one of the operations has no rule.
    """
    reason = unsupported_reason(run, for_deeplift=for_deeplift)
    if reason is not None:
        raise ModelError(reason)
    return find_steps(*run)


def propagate_back(
    run: RecordedRun, steps: Iterable[Step], message: Tensor, rule: Callable[[Step, list[Tensor]], Sequence[Tensor]]
) -> list[Tensor]:
    """Send `message` back from the output; return what arrives at each source, in the source's shape.

    `rule(step, messages)` turns the messages for the outputs of a step's operation, None if an output has none, into
    one for each of the step's inputs. Messages for the same tensor are added.
    """
    messages = {run.output.name: message}
    for step in steps:
        arrived = [messages.get(output.name) for output in step.operation.outputs]
        for tensor, sent in zip(step.inputs, rule(step, arrived), strict=True):
            messages[tensor.name] = messages[tensor.name] + sent if tensor.name in messages else sent
    return [messages.get(source.name, tf.zeros_like(source)) for source in run.sources]


def apply_gradient(step: Step, messages: Sequence[Tensor | None]) -> list[Tensor]:
    """Messages for the step's inputs by the derivatives of its operation."""
    if step.operation.type == "IdentityN":
        return _copy_messages(step, messages)
    given = [pair for pair in zip(step.operation.outputs, messages, strict=True) if pair[1] is not None]
    outputs, arrived = zip(*given, strict=True)
    # An input may have been made from another one: each is kept constant while the others change.
    gradients = tf.gradients(outputs, step.inputs, arrived, stop_gradients=step.inputs, unconnected_gradients="zero")
    return [tf.convert_to_tensor(gradient) for gradient in gradients]


def _copy_messages(step: Step, messages: Sequence[Tensor | None]) -> list[Tensor]:
    """`apply_gradient` for IdentityN, which copies its inputs but may have a custom gradient instead of its own."""
    pairs = list(zip(step.operation.inputs, messages, strict=True))
    return [
        tf.add_n([tf.zeros_like(tensor), *(m for each, m in pairs if each.name == tensor.name and m is not None)])
        for tensor in step.inputs
    ]


def _operations() -> list[Any]:
    return list(tf.compat.v1.get_default_graph().get_operations())
