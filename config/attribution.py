"""The section of a job that says how the model's decisions are traced back to its tokens."""

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
UNSUMMABLE_METHODS: tuple[MethodName, ...] = ("class-activate-map", "text-grad-cam")
"""Methods that divide each text's scores by their maximum, so that those of several texts have no common scale."""
Sign = Literal["positive", "negative", "both"]
Precision = Literal["float32", "bfloat16", "float16"]


class Attribution(Section):
    """How the model's decisions are traced back to its tokens."""

    method: MethodName = Field(
        default="grad-cam", description="The method that gives each token its importance; docs/methods.md has them all."
    )
    target: Literal["logit", "probability"] = Field(
        default="logit", description="What is explained: the label's logit, or its probability."
    )
    sign: Sign | None = Field(
        default=None,
        description="What is kept: what speaks for the label, what speaks against it (as positive numbers), or both, "
        "signed; null: as the method defines it.",
    )
    precision: Precision = Field(
        default="float32",
        description="In what a Keras model computes; weights, logits and sums stay float32. bfloat16 and float16 take "
        "less of a GPU's time and memory; predictions may then differ from what model.predict says in float32, and "
        "float16 overflows beyond 65504. lrp, deeplift and TensorFlow graphs take float32 alone.",
    )
    baseline: Literal["padding", "zero"] = Field(
        default="padding",
        description="What stands for an absent token in integrated-gradients, deeplift, occlusion and shapley: the "
        "padding's embedding, or zeros.",
    )
    steps: int = Field(default=32, ge=1, description="Steps from the baseline to the text in integrated-gradients.")
    epsilon: float = Field(
        default=0.001, gt=0, description="What keeps lrp's denominators from zero, in units of the layers' outputs."
    )
    window: int = Field(default=1, ge=1, description="Tokens that occlusion takes away at once.")
    samples: int = Field(default=25, ge=1, description="Orders of the tokens that shapley draws.")
    seed: int = Field(default=0, ge=0, description="The seed of the orders that shapley draws.")
