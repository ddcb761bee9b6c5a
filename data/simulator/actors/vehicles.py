"""Cars and vans as triangle meshes: heading along +x, centred, standing on z = 0."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.simulator.mesh import GLASS, MATT, PAINT, RETRO, Mesh, box, loft, merge, tube


@dataclass(frozen=True)
class Style:
    """Ranges of a kind of car. Fractions count along its length from the nose.

    windscreen: from the base of the windscreen to the front edge of the roof.
    rear: from the rear edge of the roof to the foot of the rear window.
    belt: height of the windows' lower edge as a share of the height; `bonnet` and `boot` likewise.
    blind: share of such cars without windows behind the front doors.
    """

    kind: str
    length: tuple[float, float]
    width: tuple[float, float]
    height: tuple[float, float]
    windscreen: tuple[float, float]
    rear: tuple[float, float]
    bonnet: float
    belt: float
    boot: float
    blind: float = 0.0


STYLES = {
    "hatch": Style("Car", (3.4, 4.1), (1.54, 1.70), (1.38, 1.52), (0.26, 0.42), (0.88, 0.97), 0.62, 0.64, 0.66),
    "sedan": Style("Car", (4.1, 4.75), (1.60, 1.78), (1.36, 1.48), (0.29, 0.43), (0.70, 0.86), 0.62, 0.65, 0.68),
    "estate": Style("Car", (4.1, 4.7), (1.60, 1.78), (1.40, 1.53), (0.27, 0.41), (0.92, 0.98), 0.62, 0.64, 0.66),
    "suv": Style("Car", (4.0, 4.7), (1.68, 1.86), (1.58, 1.82), (0.26, 0.38), (0.90, 0.97), 0.62, 0.62, 0.64),
    "mpv": Style("Car", (3.8, 4.6), (1.62, 1.78), (1.55, 1.76), (0.18, 0.36), (0.93, 0.985), 0.58, 0.58, 0.60),
    "coupe": Style("Car", (3.9, 4.5), (1.62, 1.78), (1.25, 1.36), (0.32, 0.47), (0.68, 0.90), 0.62, 0.66, 0.70),
    "small": Style("Car", (2.6, 3.5), (1.48, 1.60), (1.40, 1.54), (0.15, 0.34), (0.90, 0.98), 0.60, 0.62, 0.64),
    "van": Style("Van", (4.6, 5.8), (1.82, 2.02), (1.90, 2.60), (0.12, 0.27), (0.96, 0.99), 0.50, 0.52, 0.52, 0.65),
    "minibus": Style("Van", (4.5, 5.3), (1.78, 1.95), (1.85, 2.10), (0.10, 0.25), (0.95, 0.985), 0.52, 0.54, 0.54, 0.1),
    "caddy": Style("Van", (4.0, 4.7), (1.68, 1.82), (1.75, 1.92), (0.18, 0.33), (0.96, 0.99), 0.55, 0.57, 0.58, 0.6),
}
CAR_STYLES = ("hatch", "sedan", "estate", "suv", "mpv", "coupe", "small")
CAR_SHARES = (0.34, 0.20, 0.19, 0.09, 0.09, 0.04, 0.05)


def road_wheel(x: float, y: float, radius: float, width: float, rim: float) -> list[Mesh]:
    """A tyre and its rim, the outer face at y."""
    side = np.sign(y)
    tyre = tube((x, y - side * width, radius), (x, y, radius), radius, 0.03, sides=14)
    disc = tube((x, y - side * 0.05, radius), (x, y + side * 0.01, radius), radius * 0.62, rim, sides=10)
    return [tyre, disc]


def _shell(rng: np.random.Generator, style: Style, length: float, width: float, height: float, wheel: float) -> Mesh:
    """The painted lower body, with wheel arches, up to bonnet, belt line and boot."""
    ws, rear = style.windscreen[0], style.rear[1]
    front_axle, rear_axle = rng.uniform(0.17, 0.21), rng.uniform(0.77, 0.82)
    arch = (wheel + 0.05) / length
    nose, bonnet, belt, boot = 0.46 * height, style.bonnet * height, style.belt * height, style.boot * height
    floor = 0.2 + 0.05 * (height - 1.4)
    stations = [0.0, 0.025, 0.07]
    for axle in (front_axle, rear_axle):
        stations += [axle - arch - 0.004, axle - arch * 0.7, axle, axle + arch * 0.7, axle + arch + 0.004]
    stations = sorted({*stations, ws, 0.5, 0.93, 0.975, 1.0, rear})
    at = np.array(stations)
    top = np.interp(at, [0, 0.025, 0.07, ws, ws + 0.1, rear - 0.05, rear, 0.985, 1],
                    [nose, nose + 0.1, bonnet - 0.12, bonnet, belt, belt, boot, boot - 0.03, boot - 0.25])  # fmt: skip
    half = np.interp(at, [0, 0.03, 0.1, 0.2, 0.85, 0.96, 1], np.array([0.70, 0.88, 0.97, 1, 1, 0.93, 0.80]) * width / 2)
    low = np.interp(at, [0, 0.04, 0.96, 1], [floor + 0.12, floor, floor, floor + 0.14])
    for axle in (front_axle, rear_axle):
        gap = np.abs(at - axle) / arch
        low = np.where(gap < 1.0, np.maximum(low, wheel + wheel * 1.05 * np.sqrt(np.clip(1 - gap**2, 0, 1))), low)
    low = np.minimum(low, top - 0.12)
    middle = low + 0.45 * (top - low)
    profile = [(0.86, low), (1.0, low + 0.06), (1.0, middle), (0.965, top - 0.07), (0.84, top)]
    points = [(share * half, z) for share, z in profile] + [(-share * half, z) for share, z in reversed(profile)]
    rings = np.stack([np.stack([length / 2 - at * length, y, z], -1) for y, z in points], axis=1)
    return loft(rings, 0.1, PAINT)


def _greenhouse(rng: np.random.Generator, style: Style, length: float, width: float, height: float) -> list[Mesh]:
    """Windows, pillars and roof."""
    (ws, roof_front), (roof_rear, rear) = style.windscreen, style.rear
    blind = rng.uniform() < style.blind
    base, edge = style.belt * height - 0.03, height - 0.05
    # The sides, from the windscreen back: pillar, window, pillar, window, (pillar, window,) pillar.
    cuts = (
        np.array([0, 0.05, 0.44, 0.49, 0.82, 1.0])
        if rng.uniform() < 0.6
        else np.array([0, 0.05, 0.40, 0.44, 0.72, 0.76, 0.95, 1.0])
    )
    glazed = [i % 2 == 1 and not (blind and i > 1) for i in range(len(cuts) - 1)]

    def ring(z: float, start: float, stop: float, half: float, bow: float) -> NDArray[np.float64]:
        x = length / 2 - (start + cuts * (stop - start)) * length
        y = half * (1 - bow * (2 * np.abs(cuts - 0.5)) ** 3)
        left = np.stack([x, y, np.full_like(x, z)], -1)
        return np.concatenate([left, (left * (1, -1, 1))[::-1]])

    belt_half, roof_half = 0.95 * width / 2, rng.uniform(0.72, 0.80) * width / 2
    if style.kind == "Van":
        roof_half = 0.87 * width / 2
    # Above the glass runs a painted frame, rounded towards the roof: what is left of a car's top in many a scan.
    header, crown = rng.uniform(0.06, 0.12), rng.uniform(0.02, 0.05)
    rise = header / max(edge - base, 0.2)
    frame = belt_half + (roof_half - belt_half) * (1 - rise)
    front, back = roof_front - rise * (roof_front - ws), roof_rear + rise * (rear - roof_rear)
    rings = [
        ring(base, ws, rear, belt_half, 0.06),
        ring(edge - header, front, back, frame, 0.055),
        ring(edge, roof_front, roof_rear, roof_half, 0.05),
        ring(height - crown / 2, roof_front + 0.03, roof_rear - 0.02, roof_half * 0.86, 0.05),
        ring(height, roof_front + 0.12, roof_rear - 0.10, roof_half * 0.5, 0.05),
    ]
    skin = loft(np.stack(rings), 0.1, PAINT)
    n = len(cuts)
    around = 2 * n
    surface = skin.surface.copy()
    albedo = skin.albedo.copy()
    panes = [i for i, is_glass in enumerate(glazed) if is_glass]
    panes += [around - 2 - i for i in panes]  # the right side runs back to front
    panes.append(around - 1)  # the windscreen
    if not blind:
        panes.append(n - 1)  # the rear window
    for pane in panes:
        surface[2 * pane : 2 * pane + 2] = GLASS
        albedo[2 * pane : 2 * pane + 2] = 0.05
    return [Mesh(skin.vertices, skin.triangles, albedo, surface)]


def _cabin(rng: np.random.Generator, style: Style, length: float, width: float, height: float) -> list[Mesh]:
    """The inside seen through the windows: seats, dashboard and sometimes people."""
    belt = style.belt * height
    dark = float(rng.uniform(0.02, 0.15))
    seats = []
    front = length / 2 - (style.windscreen[1] + 0.10) * length
    for row, x in enumerate((front, front - 0.85)):
        for y in (-0.22 * width, 0.22 * width):
            seats.append(box((0.18, 0.42, 0.45), (x, y, belt + 0.02), dark))
            seats.append(box((0.10, 0.24, 0.18), (x - 0.03, y, belt + 0.33), dark))
            if row == 0 and rng.uniform() < 0.15:
                seats.append(tube((x + 0.12, y, belt - 0.1), (x + 0.1, y, belt + 0.28), 0.16, 0.25))
    seats.append(
        box((0.3, 0.8 * width, 0.16), (length / 2 - style.windscreen[0] * length - 0.25, 0, belt - 0.02), dark)
    )
    return seats


def _trim(rng: np.random.Generator, style: Style, length: float, width: float, height: float) -> list[Mesh]:
    """Plates, lights, bumpers and mirrors."""
    light = 0.55 * height if style.kind == "Car" else 0.45 * height
    parts = []
    for end in (1, -1):
        x = end * length / 2
        plate = rng.uniform(0.38, 0.7 if end < 0 else 0.5)
        parts.append(box((0.03, 0.52, 0.11), (x + end * 0.012, 0, plate), 0.9, RETRO))
        wide, tall = rng.uniform(0.2, 0.4), rng.uniform(0.1, 0.2 if end > 0 else 0.4)
        inset = 0.07 if end > 0 else 0.04
        for side in (1, -1):
            place = (x - end * inset, side * (0.47 * width - wide / 2), light)
            # A lamp throws light back, or is as dark as its glass.
            surface = RETRO if rng.uniform() < 0.75 else MATT
            parts.append(box((0.1, wide, tall), place, rng.uniform(0.4, 0.9), surface))
        if rng.uniform() < 0.5:
            parts.append(box((0.06, 0.8 * width, 0.12), (x, 0, 0.45), rng.uniform(0.05, 0.5)))
    for side in (1, -1):
        x = length / 2 - (style.windscreen[0] + 0.09) * length
        parts.append(box((0.12, 0.2, 0.14), (x, side * (width / 2 + 0.06), style.belt * height + 0.06), 0.1, PAINT))
    return parts


def car(rng: np.random.Generator, name: str) -> Mesh:
    """A car or van of the style called `name`."""
    style = STYLES[name]
    length, width, height = (rng.uniform(*span) for span in (style.length, style.width, style.height))
    wheel = rng.uniform(0.29, 0.34) + 0.05 * (height > 1.58)
    shell = _shell(rng, style, length, width, height, wheel)
    rim = rng.uniform(0.05, 0.5)
    wheels = [
        part
        for x in (length * 0.31, -length * 0.295)
        for y in (-width / 2 + 0.02, width / 2 - 0.02)
        for part in road_wheel(x, y, wheel, 0.2, rim)
    ]
    floor = box((length * 0.9, width * 0.7, 0.12), (0, 0, 0.28), 0.03)
    return merge(
        [shell, floor, *wheels, *_greenhouse(rng, style, length, width, height),
         *_cabin(rng, style, length, width, height), *_trim(rng, style, length, width, height)]
    )  # fmt: skip


def paint(rng: np.random.Generator) -> float:
    """Albedo of a car's paint at the laser's 905 nm: half of them are but mirrors."""
    share = rng.uniform()
    if share < 0.50:
        return float(10 ** rng.uniform(-3.5, -1.8))
    if share < 0.68:
        return float(rng.uniform(0.01, 0.2))
    return float(rng.uniform(0.25, 0.6))
