"""What people run, int8 and kernels, against what is meant: PyTorch in float32 and the CRF's module."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from helpers.real import DRIVE_0048
from helpers.tools import needs

from crf import Coordinates, mean_field
from crf.recurrent import RecurrentCRF
from data.labels import IGNORE
from data.sources import open_source
from squeezeseg import Segmenter, load_model
from squeezeseg.inference import pixels
from squeezeseg.inference.factory import precisions


def coordinates(xyz, logits):
    """(B, 3, H, S), of whatever a labeller is given."""
    if isinstance(xyz, Coordinates):
        return np.stack([xyz.image(k, logits.shape[3]) for k in range(len(logits))])
    return xyz[:, :3]


class PlainCRF:
    """`CRFLabeller` by the torch module."""

    def __init__(self, settings, angular, bilateral, height, width):
        self.module = RecurrentCRF(settings)
        self.module.angular_compatibility.data = torch.from_numpy(angular)
        self.module.bilateral_compatibility.data = torch.from_numpy(bilateral)

    def __call__(self, logits, xyz, masks, pieces, out):
        with torch.inference_mode():
            batch = (torch.from_numpy(np.array(value)) for value in (logits, coordinates(xyz, logits), masks))
            labels = self.module(*batch).numpy().argmax(axis=1) * masks
        for image, first, at, count in pieces:
            out[:, at : at + count] = labels[image, :, first : first + count]


class DenseCRF:
    """`CRFLabeller` by the energies of `mean_field`."""

    def __init__(self, settings, angular, bilateral, height, width):
        self.matrices = settings, angular, bilateral

    def __call__(self, logits, xyz, masks, pieces, out):
        xyz = coordinates(xyz, logits)
        for image, first, at, count in pieces:
            energies = mean_field(logits[image], xyz[image], masks[image], *self.matrices)
            out[:, at : at + count] = (energies.argmax(axis=0) * masks[image])[:, first : first + count]


@pytest.fixture(scope="module")
def scans(real):
    source = open_source(real / DRIVE_0048)
    return source.sensor, [source.scan(frame) for frame in source.frames[::8]]


@pytest.mark.parametrize("model", ["squeezeseg", "fast"])
def test_pixels_of_real_scans_have_the_labels_of_the_highest_energies(scans, monkeypatch, model):
    needs("openvino")
    sensor, scans = scans
    own = Segmenter.load(model, sensor=sensor, view="front", engine="openvino", precision="int8")
    found = [own.pixels(scan)[2] for scan in scans]
    monkeypatch.setattr(pixels, "CRFLabeller", DenseCRF)
    dense = Segmenter(own.engine, load_model(model), own.sensor)
    for scan, labels in zip(scans, found, strict=True):
        assert labels.any()
        np.testing.assert_array_equal(labels, dense.pixels(scan)[2])
    assert isinstance(dense._pixels._workspace.crf, DenseCRF)


@pytest.mark.parametrize("precision", ["int8", "bfloat16", "float32"])
@pytest.mark.parametrize("model", ["squeezeseg", "fast"])
def test_the_fast_path_labels_real_points_as_the_reference_does(scans, monkeypatch, model, precision):
    needs("openvino")
    if precision not in precisions("openvino", load_model(model)):
        pytest.skip("OpenVINO runs float32 in the name of bfloat16 on this processor")
    sensor, scans = scans
    fast = Segmenter.load(model, sensor=sensor, view="front", engine="openvino", precision=precision)
    found = [fast(scan).labels for scan in scans]
    monkeypatch.setattr(pixels, "CRFLabeller", PlainCRF)
    reference = Segmenter.load(model, sensor=sensor, view="front", engine="torch", precision="float32")
    seen = equal = objects = equal_objects = 0
    for scan, labels in zip(scans, found, strict=True):
        expected = reference(scan).labels
        inside = expected != IGNORE
        either = inside & ((expected > 0) | (labels > 0))
        seen, equal = seen + inside.sum(), equal + (labels == expected)[inside].sum()
        objects, equal_objects = objects + either.sum(), equal_objects + (labels == expected)[either].sum()
    assert equal >= 0.98 * seen
    assert equal_objects >= 0.95 * objects
