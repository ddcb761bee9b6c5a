"""Networks, weights, inference, training and metrics.

>>> from squeezeseg import Segmenter
>>> labels = Segmenter.load()(points).labels
"""

import sys

from data.segmentation import Segmentation
from squeezeseg.evaluation.metrics import Confusion, Evaluation
from squeezeseg.graphs import load_model
from squeezeseg.inference.result_buffers import ResultBuffers
from squeezeseg.inference.segmenter import Segmenter
from squeezeseg.inference.settings import InferenceSettings
from squeezeseg.weights import Model, ModelCard, save_model

# By this module OpenVINO and NNCF report to Google Analytics that, and how, they are used; both do without it. The line
# stands here because Python comes by here before any of our modules imports one of them.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

__all__ = [
    "Confusion",
    "Evaluation",
    "InferenceSettings",
    "Model",
    "ModelCard",
    "ResultBuffers",
    "Segmentation",
    "Segmenter",
    "load_model",
    "save_model",
]
