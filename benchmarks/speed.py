"""Documents per second of scripted loops, `model.predict`, attribution and the whole job.

    python -m benchmarks.speed [--documents 60000] [--rounds 5]

The loops explain one document at a time. One builds its sub-model once, the other for every document, as most
scripts do. Each round measures all rows in turn, so that a drift of the machine's speed affects them equally.
Ratios are taken within a round; the table shows medians.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.setting import Setting, make_setting
from camlode.pipeline.models.runtime import start_tensorflow

if TYPE_CHECKING:
    from collections.abc import Callable

LOOP = "a script's loop, one document at a time"
PREDICT = "`model.predict`, batches of 256"
LOOP_DOCUMENTS = 40
PREDICT_BATCH = 256


def documents_per_second(count: int, work: Callable[[], object]) -> float:
    """The rate at which `work` processes its `count` documents."""
    began = time.perf_counter()
    work()
    return count / (time.perf_counter() - began)


def measure(setting: Setting, rounds: int) -> list[dict[str, float]]:
    """Documents per second of each row, one dict for each round."""
    from camlode.pipeline.explainer import open_explainer

    explainer = open_explainer(setting.job, setting.model)
    tokens = explainer.tokenizer.encode(setting.texts)
    layers = list(explainer.model_info.layers)
    loops = {built: plain_loop(setting.model, layers, build_once=built) for built in (True, False)}

    def run_loop(built_once: bool) -> None:
        for ids in setting.ids[:LOOP_DOCUMENTS]:
            loops[built_once](ids)

    def run_predict() -> Any:
        return setting.model.predict(setting.ids, batch_size=PREDICT_BATCH, verbose=0)

    works = {
        LOOP: (LOOP_DOCUMENTS, lambda: run_loop(False)),
        "the same, sub-model made once": (LOOP_DOCUMENTS, lambda: run_loop(True)),
        PREDICT: (len(setting.texts), run_predict),
        "attribution": (len(setting.texts), lambda: explainer.attributor.attribute(tokens)),
    }
    for _, work in works.values():
        work()
    measured = []
    for _ in range(rounds):
        speeds = {name: documents_per_second(count, work) for name, (count, work) in works.items()}
        speeds["whole job"] = measure_job(setting)
        measured.append(speeds)
    return measured


def measure_job(setting: Setting) -> float:
    """Documents per second of a whole job from first shard to published run, without the start of Ray and models."""
    from camlode import mine

    report = mine(setting.job)
    return report.counts.read / report.seconds


def print_table(setting: Setting, measured: list[dict[str, float]]) -> None:
    """Print medians, and the ratios to `model.predict` and to the loop, taken round by round."""
    print(f"\n{len(setting.texts):,} texts of {setting.name}, mean {np.mean([*map(len, setting.texts)]):.0f}\n")
    print("| | documents per second | relative to `model.predict` | relative to the loop |\n|---|---:|---:|---:|")
    for name in measured[0]:
        rate = statistics.median(each[name] for each in measured)
        predict_ratio = statistics.median(each[name] / each[PREDICT] for each in measured)
        loop_ratio = statistics.median(each[name] / each[LOOP] for each in measured)
        print(f"| {name} | {rate:,.0f} | {predict_ratio:.2f} | {loop_ratio:,.0f} |")


def build_inner_model(model: Any, layer_names: list[str]) -> Any:
    """Build the sub-model that outputs the layers and the prediction, as scripts do."""
    import keras

    return keras.Model(model.input, [*(model.get_layer(name).output for name in layer_names), model.output])


def plain_loop(model: Any, layer_names: list[str], *, build_once: bool) -> Callable[[Any], Any]:
    """Grad-CAM as usually scripted: a function from ids [tokens] to each token's importance for the predicted label.

    `build_once`: build the sub-model before the loop. Most scripts build it in the function that explains, that is
    for every document.
    """
    sizes = [model.get_layer(name).kernel_size[0] for name in layer_names]
    prebuilt = build_inner_model(model, layer_names) if build_once else None

    def explain(ids: Any) -> Any:
        return _grad_cam(prebuilt or build_inner_model(model, layer_names), sizes, ids)

    return explain


def _grad_cam(inner: Any, sizes: list[int], ids: Any) -> Any:
    import tensorflow as tf

    with tf.GradientTape() as tape:
        *activations, probabilities = inner(ids[None])
        score = probabilities[0, int(np.argmax(probabilities[0]))]
    importances = np.zeros(len(ids))
    for size, activation, gradient in zip(sizes, activations, tape.gradient(score, activations), strict=True):
        weights = tf.reduce_mean(gradient, axis=1)
        values = tf.nn.relu(tf.reduce_sum(activation * weights[:, None, :], axis=-1))[0].numpy()
        for position, value in enumerate(values):
            importances[position : position + size] += value / size
    return importances


def main() -> None:
    """Measure at both lengths, and print a table for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    tensorflow = start_tensorflow(seed=1)
    print(f"{platform.machine()}, {os.cpu_count()} cores, TensorFlow {tensorflow.__version__}")
    for length, documents in ((32, arguments.documents), (128, arguments.documents // 3)):
        setting = make_setting(length, documents)
        print_table(setting, measure(setting, arguments.rounds))


if __name__ == "__main__":
    main()
