"""Networks, weights, inference, training and metrics.

>>> from squeezeseg import Segmenter
>>> labels = Segmenter.load()(points).labels
"""

from data.segmentation import Segmentation
from squeezeseg.evaluation.metrics import Confusion, Evaluation
from squeezeseg.graphs import load_model
from squeezeseg.inference.result_buffers import ResultBuffers
from squeezeseg.inference.segmenter import Segmenter
from squeezeseg.inference.settings import InferenceSettings
from squeezeseg.weights import Model, ModelCard, save_model

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
