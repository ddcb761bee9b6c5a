"""Networks, weights, inference, training and metrics.

>>> from squeezeseg import Segmenter
>>> labels = Segmenter.load()(points).labels
"""

from squeezeseg.metrics import Confusion, Evaluation
from squeezeseg.model_file import Model, ModelCard, load_model, save_model
from squeezeseg.segmentation import ResultBuffers, Segmentation
from squeezeseg.segmenter import Segmenter

__all__ = [
    "Confusion",
    "Evaluation",
    "Model",
    "ModelCard",
    "ResultBuffers",
    "Segmentation",
    "Segmenter",
    "load_model",
    "save_model",
]
