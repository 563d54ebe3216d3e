"""Methods of attribution by their name in `attribution.method`, one class each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camlode.pipeline.attribution.methods.ablation_cam import AblationCam
from camlode.pipeline.attribution.methods.cam import Cam
from camlode.pipeline.attribution.methods.class_activate_map import ClassActivateMap
from camlode.pipeline.attribution.methods.deeplift import DeepLift
from camlode.pipeline.attribution.methods.eigen_cam import EigenCam
from camlode.pipeline.attribution.methods.grad_cam import GradCam
from camlode.pipeline.attribution.methods.grad_cam_plus_plus import GradCamPlusPlus
from camlode.pipeline.attribution.methods.gradient_x_input import GradientXInput
from camlode.pipeline.attribution.methods.hirescam import HiResCam
from camlode.pipeline.attribution.methods.integrated_gradients import IntegratedGradients
from camlode.pipeline.attribution.methods.layercam import LayerCam
from camlode.pipeline.attribution.methods.lrp import Lrp
from camlode.pipeline.attribution.methods.occlusion import Occlusion
from camlode.pipeline.attribution.methods.saliency import Saliency
from camlode.pipeline.attribution.methods.score_cam import ScoreCam
from camlode.pipeline.attribution.methods.shapley import Shapley
from camlode.pipeline.attribution.methods.text_grad_cam import TextGradCam
from camlode.pipeline.attribution.methods.xgrad_cam import XGradCam

if TYPE_CHECKING:
    from camlode.config.attribution import MethodName
    from camlode.pipeline.attribution.methods.base import Method

METHODS: dict[MethodName, type[Method]] = {
    "cam": Cam,
    "grad-cam": GradCam,
    "grad-cam++": GradCamPlusPlus,
    "hirescam": HiResCam,
    "xgrad-cam": XGradCam,
    "layercam": LayerCam,
    "eigen-cam": EigenCam,
    "score-cam": ScoreCam,
    "ablation-cam": AblationCam,
    "saliency": Saliency,
    "gradient-x-input": GradientXInput,
    "integrated-gradients": IntegratedGradients,
    "lrp": Lrp,
    "deeplift": DeepLift,
    "occlusion": Occlusion,
    "shapley": Shapley,
    "class-activate-map": ClassActivateMap,
    "text-grad-cam": TextGradCam,
}
"""All methods, in the order of the reference."""

MODEL_AGNOSTIC_METHODS = tuple(
    name
    for name, method in METHODS.items()
    if method.is_additive and not (method.needs_linear_head or method.uses_propagation)
)
"""Methods that work whatever follows the target layers; without those that only reproduce a script."""
