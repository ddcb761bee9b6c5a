"""A whole scan on a GPU, uploaded once. Needs torch; the same code runs on the processor, for tests."""

from squeezeseg.inference.gpu.segmenter import DeviceSegmenter

__all__ = ["DeviceSegmenter"]
