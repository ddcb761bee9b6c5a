"""The recurrent CRF as a torch module, trained and exported with the network."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from crf.settings import CRFSettings


class RecurrentCRF(nn.Module):
    """Mean-field iterations that let neighbouring pixels agree on their classes.

    SqueezeSeg (Wu et al., ICRA 2018), section III-C, and the filters of its official code. One
    iteration, for pixel i, class c and the pixels j of the window around i without i itself:

        q          = softmax over classes of the current energies
        angular    = sum_j q_j[c] exp(-(di^2 + dj^2) / (2 theta_a[c]^2))
        bilateral  = mask_i angular sum_j mask_j q_j[c] exp(-|xyz_i - xyz_j|^2 / (2 theta_r[c]^2))
        energies   = q - (A angular + B bilateral)

    with zeros beyond the image's edges. A and B are the trained compatibility matrices; both start as
    Potts matrices (0 for equal classes), so a neighbour lowers the energy of every class but its own
    and the untrained layer smooths. The official TensorFlow code adds the messages instead, and leaves
    it to training to turn the sign.

    Energies are scores: the highest is the label. `crf.meanfield.mean_field` gives the same numbers
    without torch.

    Example:
        >>> crf = RecurrentCRF(CRFSettings())
        >>> energies = crf(torch.randn(1, 4, 64, 512), torch.randn(1, 3, 64, 512), torch.ones(1, 64, 512).bool())
    """

    _theta_a: Tensor
    _theta_r: Tensor
    _of_class: Tensor

    def __init__(self, settings: CRFSettings | None = None) -> None:
        super().__init__()
        self.settings = settings = CRFSettings() if settings is None else settings
        self.angular_compatibility = nn.Parameter(torch.from_numpy(settings.angular_start()))
        self.bilateral_compatibility = nn.Parameter(torch.from_numpy(settings.bilateral_start()))
        # Where the module is: a constant that each call copied to the device could not be recorded in a CUDA graph.
        values, of_class = settings.distinct_theta_r
        self.register_buffer("_theta_a", torch.tensor(settings.theta_a).view(-1, 1, 1), persistent=False)
        self.register_buffer("_theta_r", torch.tensor(values).view(-1, 1, 1), persistent=False)
        self.register_buffer("_of_class", torch.tensor(of_class), persistent=False)

    def forward(self, logits: Tensor, xyz: Tensor, mask: Tensor) -> Tensor:
        """Energies after the last iteration.

        Computed in float32 under any autocast (float64 if the logits are), from elementwise operations
        only, which autocast leaves alone.

        Args:
            logits: (B, C, H, W), the network's, any float type.
            xyz: (B, 3, H, W) normalised coordinates. Bandwidths are hundredths: keep them in float32.
            mask: (B, H, W) bool, where there is a return.

        Returns:
            (B, C, H, W) energies, float32.
        """
        energies = logits.to(torch.promote_types(logits.dtype, torch.float32))
        weights = self._pair_weights(xyz.to(energies.dtype), mask)
        for _ in range(self.settings.iterations):
            q = energies.softmax(dim=1)
            angular = self._angular(q)
            bilateral = self._bilateral(q, weights) * angular
            energies = q - (
                _compatible(self.angular_compatibility, angular) + _compatible(self.bilateral_compatibility, bilateral)
            )
        return energies

    def _angular(self, q: Tensor) -> Tensor:
        """(B, C, H, W) -> the same: the Gaussian of the window, a column of taps, then a row, less its centre."""
        rows, columns = self.settings.reach
        two_variances = 2 * self._theta_a.to(q.dtype).square()
        padded = self._pad(q)
        blurred = padded[..., rows : rows + q.shape[-2], :]
        for d in range(1, rows + 1):
            both = padded[..., rows - d : rows - d + q.shape[-2], :] + padded[..., rows + d : rows + d + q.shape[-2], :]
            blurred = blurred + torch.exp(-d * d / two_variances) * both
        total = blurred[..., columns : columns + q.shape[-1]] - q
        for d in range(1, columns + 1):
            both = (
                blurred[..., columns - d : columns - d + q.shape[-1]]
                + blurred[..., columns + d : columns + d + q.shape[-1]]
            )
            total = total + torch.exp(-d * d / two_variances) * both
        return total

    def _pair_weights(self, xyz: Tensor, mask: Tensor) -> list[Tensor]:
        """For each offset of the half window (B, C, H + 2 rows, W + 2 columns), padded: a pixel's and that neighbour's.

        They depend on nothing that is trained and are shared by all iterations.
        """
        two_variances = 2 * self._theta_r.to(xyz.dtype).square()
        padded, padded_mask = self._pad(xyz), self._pad(mask)
        weights = []
        for di, dj in self.settings.half_window:
            squared = (self._shifted(padded, di, dj) - xyz).square().sum(dim=1, keepdim=True)
            pair = (self._shifted(padded_mask, di, dj) & mask).unsqueeze(1)
            # Selected, not multiplied: an empty pixel's coordinates may be NaN.
            weight = torch.where(pair, torch.exp(-squared / two_variances), 0.0)
            weights.append(self._pad(weight.index_select(1, self._of_class)))
        return weights

    def _bilateral(self, q: Tensor, weights: list[Tensor]) -> Tensor:
        """(B, C, H, W) -> the same: neighbours' q, each by its pair weight."""
        padded = self._pad(q)
        total = torch.zeros_like(q)
        for weight, (di, dj) in zip(weights, self.settings.half_window, strict=True):
            total = total + self._shifted(weight, 0, 0) * self._shifted(padded, di, dj)
            total = total + self._shifted(weight, -di, -dj) * self._shifted(padded, -di, -dj)
        return total

    def _pad(self, image: Tensor) -> Tensor:
        rows, columns = self.settings.reach
        return functional.pad(image, (columns, columns, rows, rows))

    def _shifted(self, padded: Tensor, di: int, dj: int) -> Tensor:
        """The unpadded image's view of the pixels `di` rows below and `dj` columns to the right."""
        rows, columns = self.settings.reach
        height, width = padded.shape[-2] - 2 * rows, padded.shape[-1] - 2 * columns
        return padded[..., rows + di : rows + di + height, columns + dj : columns + dj + width]


def _compatible(matrix: Tensor, message: Tensor) -> Tensor:
    """(C, C) times (B, C, H, W). Not a 1 x 1 convolution, which autocast would round to bfloat16."""
    total = matrix[:, 0].view(-1, 1, 1) * message[:, 0:1]
    for c in range(1, matrix.shape[0]):
        total = total + matrix[:, c].view(-1, 1, 1) * message[:, c : c + 1]
    return total
