"""Documents a second of each method of attribution, as a share of `model.predict`.

    python -m benchmarks.methods [--documents 8192] [--rounds 5] [--only METHOD]

The model is the TextCNN of benchmarks.speed, for up to 32 tokens. Each round measures `model.predict` right beside each
method, and the ratio is taken of the two; the table has the rounds' medians. A slow method explains fewer documents, as
many as it does in about a second: they stand in fewer batches of mixed length, which costs it more.
Score-CAM and Ablation-CAM are also measured against a script's loop, which calls the model once a channel.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.channels import ChannelLoops
from benchmarks.setting import make_setting
from benchmarks.speed import PREDICT_BATCH, documents_per_second
from benchmarks.subjects import MethodSubject, subjects
from camlode.config.attribution import Attribution
from camlode.pipeline.models.runtime import start_tensorflow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from camlode.pipeline.explainer import Explainer

SECONDS = 1.0
"""How long a slow method is measured for in a round, about; one that takes less than four times that does all."""
MIN_DOCUMENTS = 32
"""Documents that even the slowest method is measured on."""
LOOP_DOCUMENTS = 2
TARGETS = {
    **dict.fromkeys(("cam", "grad-cam", "grad-cam++", "hirescam", "xgrad-cam", "layercam"), 0.9),
    **dict.fromkeys(("gradient-x-input", "saliency"), 0.4),
    "integrated-gradients": 0.015,
    "grad-cam, several labels": 0.7,
}
"""Of `model.predict`, at least."""
LOOP_TARGET = 20


class MethodSpeed(NamedTuple):
    """One round's documents a second: a method's, those of `model.predict` beside it, and a script's loop's if any."""

    rate: float
    predict: float
    loop: float | None


@dataclass(frozen=True)
class Contender:
    """A method, opened on its subject, and the number of documents that it does in about a second."""

    subject: MethodSubject
    explainer: Explainer
    documents: int
    loop: Callable[[Any], object] | None

    def measured(self) -> MethodSpeed:
        """One round."""
        subject, tokens = self.subject, self.subject.tokens(self.explainer, self.documents)
        predict = documents_per_second(
            len(subject.ids), lambda: subject.model.predict(subject.ids, batch_size=PREDICT_BATCH, verbose=0)
        )
        rate = documents_per_second(self.documents, lambda: self.explainer.attributor.attribute(tokens))
        return MethodSpeed(rate, predict, self.loop and documents_per_second(LOOP_DOCUMENTS, self._run_loop))

    def _run_loop(self) -> None:
        assert self.loop is not None
        for ids in self.subject.ids[:LOOP_DOCUMENTS]:
            self.loop(ids)


def make_contender(subject: MethodSubject) -> Contender:
    """Opens and warms up a method."""
    from camlode.pipeline.explainer import open_explainer

    explainer = open_explainer(subject.job, subject.model)
    few = subject.tokens(explainer, MIN_DOCUMENTS)
    explainer.attributor.attribute(few)
    rate = documents_per_second(MIN_DOCUMENTS, lambda: explainer.attributor.attribute(few))
    # A small batch tells less than what large ones will do.
    is_fast = rate * 4 * SECONDS >= len(subject.ids)
    documents = len(subject.ids) if is_fast else max(int(rate * SECONDS), MIN_DOCUMENTS)
    return Contender(subject, explainer, documents, _make_loop(subject, explainer))


def _make_loop(subject: MethodSubject, explainer: Explainer) -> Callable[[Any], object] | None:
    method = subject.job.attribution.method
    if method not in ("score-cam", "ablation-cam"):
        return None
    loops = ChannelLoops(subject.model, list(explainer.model_info.layers))
    return loops.score_cam if method == "score-cam" else loops.ablation_cam


def format_row(each: Contender, rounds: Sequence[MethodSpeed]) -> str:
    """A row of the table: medians, and the ratios taken round by round."""
    rate = statistics.median(one.rate for one in rounds)
    ratio = statistics.median(one.rate / one.predict for one in rounds)
    factors = [one.rate / one.loop for one in rounds if one.loop]
    factor = statistics.median(factors) if factors else None
    name = each.subject.name
    shown = f"{ratio:.3f}" if ratio < 0.1 else f"{ratio:.2f}"
    return (
        f"| {name} | {each.documents:,} | {rate:,.0f} | {shown} | {_format_verdict(ratio, TARGETS.get(name))} "
        f"| {'' if factor is None else f'{factor:,.0f}'} | {_format_verdict(factor, LOOP_TARGET if factors else None)} |"
    )


def _format_verdict(found: float | None, wanted: float | None) -> str:
    if found is None or wanted is None:
        return ""
    return f"≥ {wanted}: {'met' if found >= wanted else 'MISSED'}"


def main() -> None:
    """Measures and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=8192)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", metavar="METHOD")
    arguments = parser.parse_args()
    tensorflow = start_tensorflow(seed=1)
    print(f"{platform.machine()}, {os.cpu_count()} cores, TensorFlow {tensorflow.__version__}\n")
    selected = [
        each
        for each in subjects(make_setting(32, arguments.documents))
        if not arguments.only or each.job.attribution.method in arguments.only
    ]
    contenders = [make_contender(each) for each in selected]
    measured = [[each.measured() for each in contenders] for _ in range(arguments.rounds)]
    print("| method | documents | a second | of `model.predict` | wanted | times the loop | wanted |")
    print("|---|---:|---:|---:|---|---:|---|")
    for each, rounds in zip(contenders, zip(*measured, strict=True), strict=True):
        print(format_row(each, rounds))
    steps = Attribution().steps
    print(f"\nIntegrated gradients take {steps} steps, shapley {Attribution().samples} orders.")


if __name__ == "__main__":
    main()
