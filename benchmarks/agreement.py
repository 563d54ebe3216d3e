"""Whether camlode gives what other libraries give, on one model with the same weights.

    python -m benchmarks.agreement

captum (torch) and tf-keras-vis explain a token's vectors and a layer's positions. Their scores are added over a
vector's dimensions; their maps are shared among the tokens that a position covers, and the layers' added. A difference
is taken as a share of the largest score. Needs the extra `bench`; a library that isn't there is said and left out.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from benchmarks.ported import (
    KERNELS,
    LENGTH,
    SIZE,
    PortedCase,
    build_torch_model,
    build_vector_model,
    compute_importances,
    ported,
)
from camlode.config.attribution import Attribution
from camlode.pipeline.models.runtime import start_tensorflow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy.typing as npt

    from camlode.config.attribution import MethodName

    Array = npt.NDArray[np.floating[Any]]

TOLERANCE = 1e-4


class ReferenceScores(NamedTuple):
    """A method, what the other library calls it, and its scores [documents, tokens]."""

    method: MethodName
    other: str
    scores: Array


def captum_scores(case: PortedCase) -> Iterator[ReferenceScores]:
    """Everything that captum has of camlode's methods and this model allows."""
    import torch
    from captum import attr

    network = build_torch_model(case.model)
    padding, labels = torch.from_numpy(case.padding), torch.from_numpy(case.labels)
    vectors = torch.from_numpy(case.vectors).requires_grad_()

    def sum_dimensions(attributions: Any) -> Array:
        scores: Array = attributions.detach().numpy().sum(axis=2)
        return scores

    target_options = {"target": labels}
    yield ReferenceScores(
        "gradient-x-input",
        "InputXGradient",
        sum_dimensions(attr.InputXGradient(network).attribute(vectors, **target_options)),
    )
    yield ReferenceScores(
        "saliency", "Saliency", sum_dimensions(attr.Saliency(network).attribute(vectors, abs=True, **target_options))
    )
    steps = {"n_steps": Attribution().steps, "method": "riemann_middle"}
    integrated = attr.IntegratedGradients(network).attribute(vectors, padding, **target_options, **steps)
    yield ReferenceScores("integrated-gradients", "IntegratedGradients", sum_dimensions(integrated))
    # Each of a vector's dimensions is told what the whole vector is worth.
    occluded = attr.Occlusion(network).attribute(vectors, (1, SIZE), baselines=padding, **target_options)
    yield ReferenceScores("occlusion", "Occlusion", sum_dimensions(occluded) / SIZE)
    maps = [
        attr.LayerGradCam(network, relu)
        .attribute(vectors, **target_options, relu_attributions=True)
        .detach()
        .numpy()[:, 0]
        for relu in network.relus
    ]
    yield ReferenceScores("grad-cam", "LayerGradCam", map_to_tokens(maps))


def tf_keras_vis_scores(case: PortedCase) -> Iterator[ReferenceScores]:
    """Its Grad-CAM, fed with vectors."""
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.utils.scores import CategoricalScore

    model = build_vector_model(case.model)
    gradcam, score = Gradcam(model, clone=False), CategoricalScore(case.labels.tolist())
    maps = [
        np.asarray(
            gradcam(score, case.vectors, penultimate_layer=f"conv_{size}", normalize_cam=False, expand_cam=False)
        )
        for size in KERNELS
    ]
    yield ReferenceScores("grad-cam", "Gradcam", map_to_tokens(maps))


LIBRARIES: dict[str, Callable[[PortedCase], Iterator[ReferenceScores]]] = {
    "captum": captum_scores,
    "tf_keras_vis": tf_keras_vis_scores,
}
"""By the name of the module that must be there."""


def map_to_tokens(maps: Sequence[Array]) -> Array:
    """Each kernel's map [documents, positions], each position's value shared among the tokens that it covers, added."""
    scores = np.zeros((len(maps[0]), LENGTH), np.float32)
    for size, each in zip(KERNELS, maps, strict=True):
        for offset in range(size):
            scores[:, offset : offset + each.shape[1]] += each / size
    return scores


def format_row(found: ReferenceScores, library: str, own: Array) -> tuple[str, bool]:
    """A row of the table, and whether the two agree."""
    largest = float(np.abs(own - found.scores).max())
    share = largest / float(np.abs(found.scores).max())
    agrees = share <= TOLERANCE
    verdict = "yes" if agrees else "NO"
    return f"| {found.method} | {library} {found.other} | {largest:.1e} | {share:.1e} | {verdict} |", agrees


def is_installed(module: str) -> bool:
    """Whether it is there; what it lacks itself is an error as any other."""
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        return False
    return True


def main() -> None:
    """Compares and prints a table; exits with 1 where a method disagrees."""
    start_tensorflow(seed=1)
    case, disagreed = ported(), False
    print("| method | other library | largest difference | share of the largest score | within 1e-4 |")
    print("|---|---|---:|---:|---|")
    missing = []
    for library, compare in LIBRARIES.items():
        if not is_installed(library):
            missing.append(library)
            continue
        for found in compare(case):
            line, agrees = format_row(found, library, compute_importances(case, found.method))
            print(line)
            disagreed = disagreed or not agrees
    for library in missing:
        print(f"\n{library} is not installed, so nothing was compared with it: pip install 'camlode[bench]'")
    sys.exit(int(disagreed))


if __name__ == "__main__":
    main()
