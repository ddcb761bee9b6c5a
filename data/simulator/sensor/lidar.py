"""A spinning sensor at work: shots, lost returns, noise."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from data.simulator.mesh import CLOTH, GLASS, LEAF, PAINT, RETRO, Floats
from data.simulator.sensor.caster import Caster
from data.simulator.sensor.mount import Mount, mount_of
from data.simulator.street.scene import Pose


@dataclass(frozen=True)
class Reception:
    """The receiver: light to returns, by numbers set by comparing with real scans.

    The energy of a return is light * sqrt(cosine) / distance^2, light being the share that the surface throws back.

    threshold: energy under which half of the returns are lost. row, run, shot: spread of that energy's logarithm
    from beam to beam, in runs along a beam, from shot to shot.
    dim: energies between which the reported intensity rises from nothing to the surface's own.
    floor: light that still reads as 0.
    gain: spread (of the logarithm) of the beams' gains; weak: share of beams whose gain is far too low.
    noise: of the range, metres; scatter: the same among leaves, twigs and grass.
    glass: quantile, of a normal distribution, of the rays that pass a window rather than being lost.
    through: share of the light that comes back through one window, through two.
    edge: share of returns that mix two surfaces, where the range jumps.
    speckle: spread of the intensity's logarithm, by surface (MATT, PAINT, GLASS, RETRO, LEAF, CLOTH).
    loss: share of returns lost whatever their energy, by surface.
    """

    threshold: float = 5e-6
    row: float = 0.4
    run: float = 0.9
    shot: float = 0.3
    dim: tuple[float, float] = (6e-5, 2.1e-4)
    floor: float = 0.019
    gain: float = 0.13
    weak: float = 0.06
    noise: float = 0.012
    scatter: float = 0.16
    glass: float = 0.6
    through: tuple[float, float] = (0.4, 0.002)
    edge: float = 0.08
    speckle: tuple[float, ...] = (0.19, 0.15, 0.2, 0.2, 0.6, 0.22)
    loss: tuple[float, ...] = (0.007, 0.007, 0.007, 0.007, 0.06, 0.008)

    def varied(self, rng: np.random.Generator) -> Reception:
        """Another sensor of the kind, on another day, so that no network learns one by heart."""
        speckle = np.array(self.speckle) * np.exp(rng.normal(0, 0.2, len(self.speckle)))
        return replace(
            self,
            threshold=float(self.threshold * np.exp(rng.normal(0, 0.3))),
            run=float(self.run * rng.uniform(0.75, 1.25)),
            shot=float(self.shot * rng.uniform(0.75, 1.25)),
            floor=float(self.floor * rng.uniform(0.7, 1.3)),
            gain=float(self.gain * rng.uniform(0.5, 1.5)),
            weak=float(self.weak * rng.uniform(0.0, 2.0)),
            noise=float(self.noise * rng.uniform(0.7, 1.5)),
            scatter=float(self.scatter * rng.uniform(0.5, 1.7)),
            glass=float(self.glass + rng.normal(0, 0.3)),
            speckle=tuple(float(value) for value in speckle),
        )


@dataclass(frozen=True, eq=False)
class _Echoes:
    """Per ray: distance, share of light thrown back, energy that arrives, surface, actor."""

    distance: Floats
    light: Floats
    energy: Floats
    surface: NDArray[np.uint8]
    owner: NDArray[np.int32]


class Lidar:
    """One sensor: its beams' gains stay the same through a drive."""

    def __init__(
        self, rng: np.random.Generator, reception: Reception | None = None, mount: Mount | None = None
    ) -> None:
        """A sensor like KITTI's, unless there is a mount of another."""
        self.mount = mount or mount_of()
        self.reception = reception or Reception().varied(rng)
        if self.mount.conditions.noise is not None:
            self.reception = replace(self.reception, noise=self.mount.conditions.noise)
        beams = self.mount.beams
        self.columns = int(rng.integers(*self.mount.columns))
        self.row = rng.normal(0, self.reception.row, beams)
        self.gain = np.exp(rng.normal(0, self.reception.gain, beams))
        self.gain *= np.where(rng.uniform(size=beams) < self.reception.weak, rng.uniform(0, 0.4, beams), 1.0)
        # The shots of a turn that leave the car, and their beam.
        self.live = self.mount.live(self.columns)
        self.beam = self.live // self.columns

    def scan(self, caster: Caster, pose: Pose, rng: np.random.Generator) -> tuple[Floats, NDArray[np.int32]]:
        """One turn from `pose`.

        Returns:
            points (N, 4) float32 as KITTI stores them: beam after beam, the highest first, azimuths rising from 0
            to 360 degrees; x, y, z, reflectance. And (N,) int32, the actor that each point is of, -1 for none.
        """
        local = self._directions(rng)
        rays = np.empty((len(local), 6), np.float32)
        start = np.zeros((self.mount.beams, 3))
        start[:, 2] = self.mount.offset
        start = (start @ pose.rotation.T + (pose.x, pose.y, pose.z + self.mount.height)).astype(np.float32)
        rays[:, :3] = start.take(self.beam, axis=0)  # of rows, several times as fast as an index
        np.matmul(local, pose.rotation.T.astype(np.float32), out=rays[:, 3:])
        echoes = self._trace(caster, rays, rng)
        kept, intensity = self._receive(echoes, rng)
        spread = np.where(echoes.surface[kept] == LEAF, self.reception.scatter, self.reception.noise).astype(np.float32)
        measured = echoes.distance[kept] + rng.standard_normal(len(kept), dtype=np.float32) * spread
        # Where a shot falls half on one thing and half on another, the range lies between.
        jump = np.diff(measured, append=measured[-1:])
        mixed = np.flatnonzero((np.abs(jump) > 0.3) & (np.abs(jump) < 3))
        mixed = mixed[rng.random(len(mixed)) < self.reception.edge]
        measured[mixed] += jump[mixed] * rng.random(len(mixed), dtype=np.float32)
        points = np.empty((len(kept), 4), np.float32)
        np.multiply(local.take(kept, axis=0), measured[:, None], out=points[:, :3])
        points[:, 2] += self.mount.offset.astype(np.float32)[self.beam[kept]]
        points[:, 3] = intensity if self.mount.conditions.intensities else 0.0
        return points, echoes.owner[kept]

    def _directions(self, rng: np.random.Generator) -> Floats:
        """(M, 3) unit vectors in the sensor's frame of the shots that the own car is not in the way of."""
        step, beams = self.mount.encoder, self.mount.beams
        shot = np.arange(self.columns) + rng.uniform(0, 1, (beams, 1))
        azimuth = np.floor(shot * (360.0 / self.columns / step)) * step + rng.uniform(0, step, (beams, 1))
        angle = np.radians(np.minimum(azimuth, 359.999)).astype(np.float32).reshape(-1)[self.live]
        level = np.cos(self.mount.elevation).astype(np.float32)[self.beam]
        up = np.sin(self.mount.elevation).astype(np.float32)[self.beam]
        return np.stack([level * np.cos(angle), level * np.sin(angle), up], -1)

    def _trace(self, caster: Caster, rays: Floats, rng: np.random.Generator) -> _Echoes:
        """Trace the rays: the light that comes back along each, also through windows."""
        hits = caster.cast(rays)
        distance, cosine, owner = hits.distance, hits.cosine, hits.owner
        light = _returned(hits.albedo, cosine, hits.surface)
        surface = hits.surface
        glass = np.flatnonzero((surface == GLASS) & np.isfinite(distance) & (light < 0.05))
        # Whole stretches of a beam go through a window or are lost.
        stretch = self._runs(rng, 50) + np.float32(0.35) * rng.standard_normal(len(self.live), dtype=np.float32)
        clear = stretch < self.reception.glass
        for dimming in self.reception.through:
            if not len(glass):
                break
            light[glass] = 0.0
            glass = glass[clear[glass]]
            onward = rays.take(glass, axis=0)
            onward[:, :3] += onward[:, 3:] * (distance[glass] + 0.02)[:, None]
            behind = caster.cast(onward)
            distance[glass] += behind.distance + np.float32(0.02)
            cosine[glass], owner[glass], surface[glass] = behind.cosine, behind.owner, behind.surface
            light[glass] = _returned(behind.albedo, behind.cosine, behind.surface) * dimming
            glass = glass[behind.surface == GLASS]
        light[glass] = 0.0
        energy = light * np.sqrt(cosine) / np.maximum(distance, 3.0) ** 2
        return _Echoes(distance, light, energy, surface, owner)

    def _runs(self, rng: np.random.Generator, length: int) -> Floats:
        """(M,) normal noise that stays much the same for `length` shots along a beam."""
        white = rng.standard_normal((self.mount.beams, self.columns + length), dtype=np.float32)
        total = np.cumsum(white, axis=1)
        runs = (total[:, length:] - total[:, :-length]) / np.float32(np.sqrt(length))
        return np.asarray(runs.reshape(-1)[self.live])

    def _receive(self, echoes: _Echoes, rng: np.random.Generator) -> tuple[NDArray[np.intp], Floats]:
        """Receive echoes: the rays that give a return, and its intensity in steps of 0.01."""
        reception = self.reception
        beam = self.beam
        runs, shot = self._runs(rng, 15), rng.standard_normal(len(self.live), dtype=np.float32)
        limit = (
            (np.log(reception.threshold) + self.row).astype(np.float32)[beam]
            + reception.run * runs
            + reception.shot * shot
        )
        distance, energy = echoes.distance, echoes.energy
        near, far = self.mount.conditions.nearest, self.mount.conditions.farthest
        seen = (np.log(np.maximum(energy, 1e-12)) > limit) & (distance > near) & (distance < far - 0.02)
        seen &= rng.uniform(size=len(self.live)) > np.array(reception.loss)[echoes.surface]
        kept = np.flatnonzero(seen)
        low, high = reception.dim
        speckle = (
            rng.standard_normal(len(kept), dtype=np.float32)
            * np.array(reception.speckle, np.float32)[echoes.surface[kept]]
        )
        risen = np.clip((energy[kept] - low) / (high - low), 0, 1)
        bright = echoes.light[kept] * self.gain.astype(np.float32)[beam[kept]] * np.exp(speckle)
        bright = np.clip(bright * risen - reception.floor, 0, 0.99)
        return kept, (np.round(bright * 100) / 100).astype(np.float32)


def _returned(albedo: Floats, cosine: Floats, surface: NDArray[np.uint8]) -> Floats:
    """Share of the light that a surface throws back: paint ever less as it slants, rough things almost as ever."""
    # Near infrared levels out what differs to the eye: stone, plants and, most of all, dyed cloth.
    levelled = 0.8 * albedo**0.8
    for kind, share, power in ((CLOTH, 0.66, 0.6), (LEAF, 0.75, 0.65)):
        at = np.flatnonzero(surface == kind)
        levelled[at] = share * albedo[at] ** power
    light = levelled * (0.75 + 0.25 * cosine)
    at = np.flatnonzero(surface == PAINT)
    slant = cosine[at]
    gloss = 0.3 * np.exp((slant - 1) / 0.004) + 0.12 * np.exp((slant - 1) / 0.03)
    light[at] = albedo[at] * (0.3 + 0.7 * slant) + 0.008 * slant**6 + 0.004 * slant + gloss
    at = np.flatnonzero(surface == GLASS)
    light[at] = np.where(cosine[at] > 0.995, 0.3, 0.0)
    at = np.flatnonzero(surface == RETRO)
    light[at] = albedo[at] * np.where(cosine[at] > 0.25, 1.0, 0.2)
    return np.asarray(light, np.float32)
