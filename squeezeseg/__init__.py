"""LiDAR scans in, every point labelled: car, pedestrian, cyclist or background.

>>> import squeezeseg
>>> source = squeezeseg.open_source("2011_09_26_drive_0048_sync")
>>> segmenter = squeezeseg.Segmenter.load(sensor=source.sensor)
>>> result = segmenter(source[0])
>>> result.labels, result.objects, result.plot()

What is named here is for users; each name is imported when it is first used.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from data.boxes import Box
    from data.scan import Scan
    from data.segmentation import Segmentation
    from data.sources import Frame, Source
    from projection import InputError, RangeImage, Sensor
    from squeezeseg.evaluation.metrics import Confusion, Evaluation
    from squeezeseg.graphs import load_model
    from squeezeseg.inference.result_buffers import ResultBuffers
    from squeezeseg.inference.segmented_scan import SegmentedScan
    from squeezeseg.inference.segmenter import Segmenter
    from squeezeseg.inference.settings import InferenceSettings
    from squeezeseg.objects.boxes import Detection
    from squeezeseg.recordings import open_source
    from squeezeseg.scoring import evaluate
    from squeezeseg.weights import Model, ModelCard, save_model

    __version__: str

# By this module OpenVINO and NNCF report to Google Analytics that, and how, they are used; both do without it. The line
# stands here because Python comes by here before any of our modules imports one of them.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

_HOMES = {
    "Box": "data.boxes",
    "Confusion": "squeezeseg.evaluation.metrics",
    "Detection": "squeezeseg.objects.boxes",
    "Evaluation": "squeezeseg.evaluation.metrics",
    "Frame": "data.sources",
    "InferenceSettings": "squeezeseg.inference.settings",
    "InputError": "projection",
    "Model": "squeezeseg.weights",
    "ModelCard": "squeezeseg.weights",
    "RangeImage": "projection",
    "ResultBuffers": "squeezeseg.inference.result_buffers",
    "Scan": "data.scan",
    "SegmentedScan": "squeezeseg.inference.segmented_scan",
    "Segmentation": "data.segmentation",
    "Segmenter": "squeezeseg.inference.segmenter",
    "Sensor": "projection",
    "Source": "data.sources",
    "evaluate": "squeezeseg.scoring",
    "load_model": "squeezeseg.graphs",
    "open_source": "squeezeseg.recordings",
    "save_model": "squeezeseg.weights",
}
"""Where each name is imported from."""

__all__ = [
    "Box",
    "Confusion",
    "Detection",
    "Evaluation",
    "Frame",
    "InferenceSettings",
    "InputError",
    "Model",
    "ModelCard",
    "RangeImage",
    "ResultBuffers",
    "Scan",
    "Segmentation",
    "SegmentedScan",
    "Segmenter",
    "Sensor",
    "Source",
    "__version__",
    "evaluate",
    "load_model",
    "open_source",
    "save_model",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        value: Any = _version()
    elif name in _HOMES:
        value = getattr(_imported(_HOMES[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def _imported(name: str) -> ModuleType:
    """A module of ours. Raises ImportError where another package has the name of ours that it is in."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in ("projection", "crf", "data"):
            raise
        found = sys.modules.get(package)
        place = getattr(found, "__file__", None) or next(iter(getattr(found, "__path__", ())), "not found")
        raise ImportError(
            f"Python finds another {package!r} ({place}) before squeezeseg's; rename that, or take its folder out of "
            "PYTHONPATH"
        ) from None


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _version() -> str:
    """The version in pyproject.toml, as it was installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("squeezeseg")
    except PackageNotFoundError:
        return "0 (not installed)"
