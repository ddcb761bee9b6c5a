"""A whole scan on a GPU, uploaded once. Needs torch; the same code runs on the processor, for tests."""

from squeezeseg.inference.gpu.labeller import GpuPixelLabeller, gpu_labeller

__all__ = ["GpuPixelLabeller", "gpu_labeller"]
