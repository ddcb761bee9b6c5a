"""The stages of `HostPixelLabeller` in torch, on a device: points to labelled pixels."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from crf import CRFSettings
from crf.recurrent import RecurrentCRF
from projection import Sensor
from squeezeseg.engines.torch_engine import TorchEngine
from squeezeseg.inference.gpu.projection import project
from squeezeseg.inference.network_input import network_input
from squeezeseg.networks.normalise import Normalise
from squeezeseg.weights import Model


class DevicePixels:
    """Range images, probabilities and labels of a batch of scans; nothing of a call is kept.

    engine: runs the network, on its device. model: the network's card and the CRF's weights. sensor: whose scans they
    are. crf: settings of the CRF that runs, if any.
    """

    def __init__(self, engine: TorchEngine, model: Model, sensor: Sensor, crf: CRFSettings | None) -> None:
        device = engine.torch_device

        def constant(values: object) -> Tensor:
            return torch.as_tensor(values).to(device)

        self._engine, self._sensor = engine, sensor
        self._temperature = model.card.temperature
        self._crf: RecurrentCRF | None = None
        if crf is not None:
            weights = {f"{name}_compatibility": torch.from_numpy(value) for name, value in model.part("crf").items()}
            self._crf = RecurrentCRF(crf)
            self._crf.load_state_dict(weights)
            self._crf.to(device)
        sectors = network_input(sensor, model.card, engine, crf).sectors
        self._shape = sectors.shape
        self._sources, self._places = constant(sectors.sources.reshape(-1)), constant(sectors.places)
        self._cos, self._sin = constant(sectors.turns.astype("float32").T).view(2, len(sectors.turns), 1, 1)
        raised = sensor.height - model.card.sensor.height
        self._normalise = Normalise(model.card.normalisation, raised).to(device)

    def __call__(self, points: Tensor, rows: Tensor) -> tuple[Tensor, ...]:
        """Points (B, N, 4) float32 and their rows (B, N) uint8, as `project` takes them.

        Returns:
            Channels, index, pixel and distance as in `DeviceImages`, probabilities (B, C, H, W) float32 and labels
            (B, H, W) uint8.
        """
        images = project(points, rows, self._sensor)
        shown, masks = self.shown(images.channels)
        inputs = self._normalise(shown)
        logits = self._engine.tensors(inputs)["logits"]
        energies = logits
        if self._crf is not None:
            # Not scaled twice where the network sees the scaled image itself.
            scaled = inputs if self._normalise.encoding == "cartesian" else self._normalise.scaled(shown)
            energies = self._crf(logits, scaled[:, :3], masks)
        labels = self._whole(energies).argmax(dim=1) * (images.index >= 0)
        probabilities = (self._whole(logits) / self._temperature).softmax(dim=1)
        of_images = images.channels, images.index, images.pixel, images.distance
        return *of_images, probabilities, labels.to(torch.uint8)

    def inputs(self, channels: Tensor) -> tuple[Tensor, Tensor]:
        """Channels (B, 5, H, W) -> the network's input for all their sectors (K B, C, H, S), and masks (K B, H, S)."""
        shown, masks = self.shown(channels)
        return self._normalise(shown), masks

    def shown(self, channels: Tensor) -> tuple[Tensor, Tensor]:
        """Channels (B, 5, H, W) -> those of all their sectors (K B, 5, H, S), turned ahead, and masks (K B, H, S)."""
        sectors, _, height, size = self._shape
        seen = functional.pad(channels, (0, 1)).index_select(-1, self._sources)
        x, y, *others = seen.view(-1, 5, height, sectors, size).permute(1, 0, 3, 2, 4).unbind(0)  # each (B, K, H, S)
        turned = [self._cos * x + self._sin * y, self._cos * y - self._sin * x, *others]
        batch = torch.stack(turned, dim=2).view(-1, 5, height, size)
        return batch, batch[:, 4] > 0

    def _whole(self, values: Tensor) -> Tensor:
        """Values of sectors (K B, C, H, S) -> of the images (B, C, H, W)."""
        sectors, _, height, size = self._shape
        apart = values.view(-1, sectors, values.shape[1], height, size).permute(0, 2, 3, 1, 4)
        return apart.reshape(-1, values.shape[1], height, sectors * size).index_select(-1, self._places)
