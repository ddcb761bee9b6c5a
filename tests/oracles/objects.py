"""Slow twins of the kernels that find objects, and a vote whose outcome is known."""

from __future__ import annotations

import numpy as np

from data.labels import CLASS_TABLE, CLASSES, PEOPLE
from squeezeseg.objects import box_fit, candidates, chances, find, grouping
from squeezeseg.objects.classifier_fit import normalised, softmax
from squeezeseg.objects.features import names


def likeliest(sharpness=8.0):
    """Tensors of a vote for the class with the highest mean probability over the group's pixels."""
    features = names(CLASSES)
    weight = np.zeros((len(features), len(CLASSES) - 1), np.float32)
    for k, name in enumerate(CLASSES[1:]):
        weight[features.index(f"mean {name}"), k] = 1e-2  # small: the hidden layer is as good as linear there
    out = np.zeros((len(CLASSES) - 1, len(CLASSES)), np.float32)
    out[:, 1:] = 100 * sharpness * np.eye(len(CLASSES) - 1)
    out[:, 0] = -100 * sharpness  # background has what they leave of 1
    return {
        "mean": np.zeros(len(features), np.float32),
        "scale": np.ones(len(features), np.float32),
        "hidden.weight": weight,
        "hidden.bias": np.zeros(len(CLASSES) - 1, np.float32),
        "class.weight": out,
        "class.bias": np.array([sharpness, 0, 0, 0], np.float32),
    }


def classify(features, tensors):
    """`classifier.classify`, by NumPy's own tanh."""
    seen = normalised(features, tensors["mean"], tensors["scale"]).astype(np.float64)
    hidden = np.tanh(seen @ tensors["hidden.weight"] + tensors["hidden.bias"])
    return softmax(hidden @ tensors["class.weight"] + tensors["class.bias"])


def decide(chances):
    """`classifier.decide`: (G,) the classes."""
    chosen = []
    for row in chances:
        others = {k: chance for k, chance in enumerate(row) if k not in PEOPLE}
        person = np.float32(sum(row[k] for k in PEOPLE))
        people = person > max(others.values())
        chosen.append(max(PEOPLE, key=lambda k: row[k]) if people else max(others, key=others.get))
    return np.array(chosen)


def ground(image, steepest, jump, up, down, rough):
    """`walk`, a column at a time."""
    height, width = image.sensor.shape
    found, level = np.zeros((height, width), bool), np.zeros((height, width), np.float32)
    x, y, z, away = image.channels[[0, 1, 2, 4]].astype(np.float64)
    for c in range(width):
        last, z_last = 0.0, -image.sensor.height
        for r in reversed(range(height)):
            level[r, c] = z_last
            if away[r, c] == 0:
                continue
            distance = np.hypot(x[r, c], y[r, c])
            step = distance - last
            ahead, rise = max(step, 0), z[r, c] - z_last
            lowest = -min(steepest * ahead, jump + down * ahead) - rough
            highest = min(steepest * ahead, jump + up * ahead) + rough
            if step >= -rough and lowest <= rise <= highest:
                found[r, c], last, z_last = True, max(last, distance), z[r, c]
                level[r, c] = z_last
    return found, level


def connect(channels, kind, sensor, near, spread, pixels=grouping.PIXELS):
    """`grouping.connect`: edges by the same rule, then a flood fill."""
    width = kind.shape[1]
    elevation = np.deg2rad(sensor.elevations)
    column = np.deg2rad((sensor.azimuth_left - sensor.azimuth_right) / sensor.columns)
    xyz, away = channels[:3].astype(np.float64), channels[4].astype(np.float64)

    def linked(r, c, up, left):
        """The pixel so far away, if it is near enough in space; and whether there may be any."""
        nr, nc = r - up, c - left
        if sensor.full_turn:
            nc %= width
        if nr < 0 or not 0 <= nc < width or kind[nr, nc] != kind[r, c]:
            return None
        angle = left * column if up == 0 else abs(elevation[nr] - elevation[r]) + abs(left) * column
        reach = near + spread * angle * min(away[r, c], away[nr, nc])
        return (nr, nc) if np.linalg.norm(xyz[:, r, c] - xyz[:, nr, nc]) <= reach else None

    neighbours = {(r, c): [] for r, c in zip(*np.nonzero(kind), strict=True)}
    for r, c in list(neighbours):
        left = [other for k in range(1, pixels + 1) if (other := linked(r, c, 0, k))][:1]
        above = [other for k in range(1, pixels + 1) if (other := linked(r, c, k, 0))][:1]
        diagonal = [] if above else [other for k in (1, -1) if (other := linked(r, c, 1, k))]
        for other in left + above + diagonal:
            neighbours[r, c].append(other)
            neighbours[other].append((r, c))
    groups, count = np.zeros(kind.shape, np.int32), 0
    for start in neighbours:  # row by row
        if groups[start]:
            continue
        count += 1
        groups[start], todo = count, [start]
        while todo:
            for other in neighbours[todo.pop()]:
                if not groups[other]:
                    groups[other] = count
                    todo.append(other)
    return groups, count


def features(image, probabilities, level, groups, structure):
    """`describe`, one group at a time."""
    sensor = image.sensor
    rise = np.deg2rad(sensor.elevations[0] - sensor.elevations[-1]) / (sensor.beams - 1)
    side = np.sqrt(np.deg2rad(sensor.azimuth_left - sensor.azimuth_right) / sensor.columns * rise)
    rows = []
    for g, whole in enumerate(structure, start=1):
        inside = groups == g
        x, y, z, intensity, away = image.channels[:, inside].astype(np.float64)
        chances = probabilities[:, inside].astype(np.float64)
        n = len(x)
        angle = 0.5 * np.arctan2(2 * np.cov(x, y, bias=True)[0, 1], x.var() - y.var()) if n > 1 else 0.0
        long, wide = np.ptp(x * np.cos(angle) + y * np.sin(angle)), np.ptp(y * np.cos(angle) - x * np.sin(angle))
        tall, floor, distance = np.ptp(z), level[inside].astype(np.float64).mean(), away.mean()
        outline = (np.hypot(long, wide) + side * distance) * (tall + side * distance) / (side * distance) ** 2
        upper = z > 0.5 * (z.min() + z.max())
        shape = [long, wide, tall, z.min() - floor, z.max() - floor, np.log(n), np.log(distance), np.log(n / outline)]
        shape += [min(whole, 10), intensity.mean(), (intensity <= 0.01).mean(), (intensity >= 0.7).mean()]
        shape += [tall / (long + 0.3), intensity.std()]
        chosen = chances.argmax(axis=0)
        for of_class in (
            lambda k, p: p.mean(),
            lambda k, p, upper=upper: p[upper].sum() / max(upper.sum(), 1),
            lambda k, p, upper=upper: p[~upper].sum() / max((~upper).sum(), 1),
            lambda k, p: p.max(),
            lambda k, p, chosen=chosen: (chosen == k).mean(),
        ):
            shape += [of_class(k, chances[k]) for k in range(1, len(chances))]
        rows.append(shape)
    return np.array(rows)


def kinds(image, probabilities, structures, count):
    """`candidates.cut`: lengths of the structures, and kinds of pixels."""
    lengths, kind = np.zeros(count), np.zeros(structures.shape, np.uint8)
    for g in range(1, count + 1):
        inside = structures == g
        spread = (
            np.cov(image.channels[:2, inside].astype(np.float64), bias=True) if inside.sum() > 1 else np.zeros((2, 2))
        )
        lengths[g - 1] = np.sqrt(12 * max(np.linalg.eigvalsh(spread)[-1], 0))
        faint = probabilities[0] < 1 - chances.FAINT
        if not (faint & inside).any():
            continue
        people = probabilities[2:].sum(axis=0) > probabilities[1]
        kind[inside] = 1 if lengths[g - 1] <= candidates.LARGE else np.where(faint, np.where(people, 3, 2), 0)[inside]
    return lengths, kind


def extended(image, ground, labels, groups):
    """`find.extend`: the groups, and the ground pixels that join them."""
    groups, xyz = groups.copy(), image.channels[:3].astype(np.float64)
    for r, c in zip(*np.nonzero(ground & (labels > 0)), strict=True):
        above = [up for up in range(r - 1, max(r - 4, -1), -1) if groups[up, c] > 0][:1]
        for up in above:
            if np.linalg.norm(xyz[:, r, c] - xyz[:, up, c]) <= find.SKIRT:
                groups[r, c] = groups[up, c]
    return groups


def numbered(image, labels, groups):
    """Instances: pixels of groups that are near each other and have one label other than background."""
    kind = np.where(groups > 0, labels, 0).astype(np.uint8)
    objects, count = connect(image.channels, kind, image.sensor, find.WITHIN, grouping.SPREAD, find.BETWEEN)
    instances, last = np.zeros(objects.shape, np.uint16), 0
    for number in range(1, count + 1):
        if (objects == number).sum() >= find.MIN_PIXELS:
            last += 1
            instances[objects == number] = last
    return instances


def fitted(result, solid_angle, own):
    """`fit_boxes`, one object at a time."""
    image = result.image
    channels, won = image.channels.reshape(5, -1), image.index.ravel()[image.pixel] == np.arange(len(image.pixel))
    numbers, boxes = [], []
    for number in range(1, int(result.instances.max(initial=0)) + 1):
        every = np.flatnonzero(result.instances == number)
        members = every[won[every]]
        if not len(members):
            continue
        class_id = int(result.labels[members[0]])
        known = CLASS_TABLE[class_id]
        x, y, z, _, away = channels[:, image.pixel[members]].astype(np.float64)
        mine = (abs(x - own[0]) <= own[2]).all() and (abs(y - own[1]) <= own[3]).all()
        if len(every) < known.points or solid_angle * np.square(away).sum() < known.seen or mine:
            continue
        bottom = min(np.median(result.ground.ravel()[image.pixel[members]]), z.min())
        (along, left), size, yaw = _box(x, y, known)
        size = (*size, z.max() - bottom)
        if size[2] >= known.lowest and all(np.less_equal(size, known.largest)):
            numbers.append((number, class_id, len(every)))
            boxes.append((along, left, bottom, *size, yaw, result.confidence[members].astype(np.float64).mean()))
    return np.array(numbers).reshape(-1, 3), np.array(boxes).reshape(-1, 8)


def _box(x, y, known):
    """Middle, length and width, and yaw of the box of points, seen from above."""
    every = -(-len(x) // box_fit.ENOUGH)
    yaws = np.arange(box_fit.DIRECTIONS) * np.pi / 2 / box_fit.DIRECTIONS
    scores = []
    for yaw in yaws:
        u, v = x * np.cos(yaw) + y * np.sin(yaw), y * np.cos(yaw) - x * np.sin(yaw)
        u, v = u[::every], v[::every]
        length, width = sorted((np.ptp(u), np.ptp(v)), reverse=True)
        too_large = max(length - known.largest[0], 0) + max(width - known.largest[1], 0)
        away = np.minimum.reduce([u - u.min(), u.max() - u, v - v.min(), v.max() - v])
        score = (1 / np.maximum(away, box_fit.EDGE)).sum() - 1e-3 * length * width
        scores.append(score - (1e6 * (1 + too_large) if too_large > 0 else 0))
    yaw = yaws[np.argmax(scores)]
    u, v = x * np.cos(yaw) + y * np.sin(yaw), y * np.cos(yaw) - x * np.sin(yaw)
    strays = int(box_fit.STRAYS * len(x))
    sides = [(np.sort(along)[strays], np.sort(along)[len(along) - 1 - strays]) for along in (u, v)]
    extents = [far - near for near, far in sides]
    along = int(extents[1] > extents[0])
    if extents[along] < known.end:
        along = 1 - along
    if along == 1:
        yaw, sides = yaw + np.pi / 2, [sides[1], (-sides[0][1], -sides[0][0])]
    grown = []
    for (near, far), least in zip(sides, known.footprint, strict=True):
        missing = max(least - (far - near), 0)
        ahead = missing if near > 0 else 0 if far < 0 else missing / 2
        grown.append((near - (missing - ahead), far + ahead))
    (forward, across), cos, sin = np.mean(grown, axis=1), np.cos(yaw), np.sin(yaw)
    middle = forward * cos - across * sin, forward * sin + across * cos
    return middle, [far - near for near, far in grown], (yaw + np.pi / 2) % np.pi - np.pi / 2
