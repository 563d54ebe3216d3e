"""The section `attribution` of a job."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from camlode.config.sections import Section

MethodName = Literal[
    "cam",
    "grad-cam",
    "grad-cam++",
    "hirescam",
    "xgrad-cam",
    "layercam",
    "eigen-cam",
    "score-cam",
    "ablation-cam",
    "saliency",
    "gradient-x-input",
    "integrated-gradients",
    "lrp",
    "deeplift",
    "occlusion",
    "shapley",
    "class-activate-map",
    "text-grad-cam",
]
DEFAULT_METHOD: MethodName = "grad-cam"
NON_ADDITIVE_METHODS: tuple[MethodName, ...] = ("class-activate-map", "text-grad-cam")
"""Methods that divide the scores of a text by their maximum, so that scores of different texts are not comparable."""
Sign = Literal["positive", "negative", "both"]
Precision = Literal["float32", "bfloat16", "float16"]


class Attribution(Section):
    """How the model's decisions are attributed to its tokens."""

    method: MethodName = Field(
        default=DEFAULT_METHOD, description="The attribution method; docs/methods.md describes them all."
    )
    target: Literal["logit", "probability"] = Field(
        default="logit", description="The quantity that is explained: the label's logit, or its probability."
    )
    sign: Sign | None = Field(
        default=None,
        description="Which importances count: positive ones (for the label), negative ones (against it, as positive "
        "numbers), or both, signed; null: as the method defines it.",
    )
    precision: Precision = Field(
        default="float32",
        description="The precision in which a Keras model computes; weights, logits and sums stay float32. bfloat16 "
        "and float16 need less time and memory on a GPU; predictions may differ from model.predict in float32, and "
        "float16 overflows beyond 65504. lrp, deeplift and TensorFlow graphs support only float32.",
    )
    baseline: Literal["padding", "zero"] = Field(
        default="padding",
        description="What replaces an absent token in integrated-gradients, deeplift, occlusion and shapley: the "
        "embedding of the padding, or zeros.",
    )
    steps: int = Field(default=32, ge=1, description="Steps from the baseline to the text in integrated-gradients.")
    epsilon: float = Field(
        default=0.001, gt=0, description="The stabiliser of lrp's denominators, in units of the layers' outputs."
    )
    window: int = Field(default=1, ge=1, description="Number of tokens that occlusion removes at once.")
    samples: int = Field(default=25, ge=1, description="Number of random orders of the tokens for shapley.")
    seed: int = Field(default=0, ge=0, description="The seed of the random orders for shapley.")
