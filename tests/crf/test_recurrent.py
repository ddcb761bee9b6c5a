"""The torch module: what it does untrained, what it can learn, where it runs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from crf import CRFSettings, mean_field
from crf.recurrent import RecurrentCRF

SMALL = CRFSettings(iterations=2, theta_a=(0.9, 0.6, 0.6), theta_r=(0.015, 0.01, 0.01))


def flat_wall(height=5, width=7):
    """xyz of a surface whose pixels all see each other fully, and its mask."""
    return torch.zeros(1, 3, height, width), torch.ones(1, height, width, dtype=torch.bool)


def odd_one_out(strength):
    """Everything is class 1 but the pixel at (2, 3), which leans to class 2 by `strength`."""
    logits = torch.zeros(1, 4, 5, 7)
    logits[:, 1] = 2.0
    logits[:, :, 2, 3] = 0.0
    logits[:, 2, 2, 3] = strength
    return logits


@pytest.mark.parametrize("strength", [0.1, 0.5, 1.0])
def test_untrained_layer_flips_an_isolated_pixel(strength):
    energies = RecurrentCRF()(odd_one_out(strength), *flat_wall())
    assert (energies.argmax(1) == 1).all()


def test_untrained_layer_moves_even_a_sure_pixel_towards_its_neighbours():
    one_step = RecurrentCRF(CRFSettings(iterations=1))(odd_one_out(5.0), *flat_wall())
    before, after = odd_one_out(5.0).softmax(1), one_step
    gain = (after - before)[0, :, 2, 3]
    assert gain[1] == gain.max()
    assert gain[2] < gain[1]


def test_neighbours_on_another_surface_have_no_bilateral_say():
    xyz, mask = flat_wall()
    near = RecurrentCRF()(odd_one_out(0.5), xyz, mask)
    xyz[0, 0, 2, 3] = 1.0
    apart = RecurrentCRF()(odd_one_out(0.5), xyz, mask)
    assert near[0, 1, 2, 3] - near[0, 2, 2, 3] > apart[0, 1, 2, 3] - apart[0, 2, 2, 3]


@pytest.mark.parametrize("compute", ["torch", "numba"])
def test_empty_pixels_receive_no_bilateral_message(inputs, compute):
    """With the angular matrix zero, an empty pixel's energies are its q."""
    settings = CRFSettings(iterations=1)
    given = inputs(settings, 6, 8, seed=1)
    given.xyz[:] = 0
    if compute == "torch":
        module = RecurrentCRF(settings)
        torch.nn.init.zeros_(module.angular_compatibility)
        arrays = (torch.from_numpy(array)[None] for array in (given.logits, given.xyz, given.mask))
        energies = module(*arrays)[0].detach().numpy()
    else:
        energies = mean_field(
            given.logits, given.xyz, given.mask, settings, np.zeros((4, 4), np.float32), settings.bilateral_start()
        )
    q = torch.from_numpy(given.logits).softmax(0).numpy()
    unchanged = np.isclose(energies, q, atol=1e-6).all(axis=0)
    np.testing.assert_array_equal(unchanged, ~given.mask)


def test_gradients():
    torch.manual_seed(0)
    module = RecurrentCRF(SMALL).double()
    xyz = 0.01 * torch.randn(2, 3, 3, 4, dtype=torch.float64)
    mask = torch.rand(2, 3, 4) < 0.8
    logits = torch.randn(2, 3, 3, 4, dtype=torch.float64, requires_grad=True)

    def energies(logits, angular, bilateral):
        parameters = {"angular_compatibility": angular, "bilateral_compatibility": bilateral}
        return torch.func.functional_call(module, parameters, (logits, xyz, mask))

    assert torch.autograd.gradcheck(energies, (logits, *module.parameters()))


def test_gradients_are_finite_with_empty_pixels_and_sure_logits():
    module = RecurrentCRF()
    xyz, mask = flat_wall()
    xyz[..., 1, 1], mask[..., 1, 1] = torch.nan, False
    logits = (40 * torch.randn(1, 4, 5, 7)).requires_grad_()
    module(logits, xyz, mask).sum().backward()
    for gradient in (logits.grad, *(parameter.grad for parameter in module.parameters())):
        assert gradient.isfinite().all()


def test_autocast_changes_nothing_but_the_logits(inputs):
    given = inputs(CRFSettings(), 6, 9, seed=2)
    logits, xyz, mask = (torch.from_numpy(array)[None] for array in (given.logits, given.xyz, given.mask))
    module = RecurrentCRF()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        under = module(logits.bfloat16(), xyz, mask)
    assert under.dtype == torch.float32
    torch.testing.assert_close(under, module(logits.bfloat16().float(), xyz, mask), rtol=0, atol=0)


def test_exports_for_any_batch_and_size():
    one_step = CRFSettings(iterations=1)

    class Wrapped(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.crf = RecurrentCRF(one_step)

        def forward(self, logits, xyz, mask):
            return self.crf(logits, xyz, mask)

    def sample(batch, height, width):
        return (
            torch.randn(batch, 4, height, width),
            0.01 * torch.randn(batch, 3, height, width),
            torch.rand(batch, height, width) < 0.8,
        )

    batch, height, width = torch.export.Dim("batch"), torch.export.Dim("height"), torch.export.Dim("width")
    image = {0: batch, 2: height, 3: width}
    exported = torch.export.export(
        Wrapped(), sample(2, 8, 16), dynamic_shapes=(image, image, {0: batch, 1: height, 2: width})
    )
    other = sample(3, 6, 11)
    torch.testing.assert_close(exported.module()(*other), RecurrentCRF(one_step)(*other))


def test_state_dict_holds_the_two_matrices_only():
    assert {name: tuple(value.shape) for name, value in RecurrentCRF(SMALL).state_dict().items()} == {
        "angular_compatibility": (3, 3),
        "bilateral_compatibility": (3, 3),
    }
