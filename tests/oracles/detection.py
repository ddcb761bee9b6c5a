"""Slow twins of detection: suppression, and KITTI's average precision as its development kit describes it."""

from __future__ import annotations

import math


def iou(a, b):
    """Of (left, top, right, bottom), as evaluate_object.cpp has it."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    area = [(r[2] - r[0]) * (r[3] - r[1]) for r in (a, b)]
    return width * height / (area[0] + area[1] - width * height)


def suppress(overlaps, scores, classes, threshold):
    left = sorted(range(len(scores)), key=lambda i: -scores[i])
    kept = []
    while left:
        best, *left = left
        kept.append(best)
        left = [i for i in left if classes[i] != classes[best] or overlaps[best][i] <= threshold]
    return kept


MIN_HEIGHT, MAX_OCCLUSION, MAX_TRUNCATION = (40, 25, 25), (0, 1, 2), (0.15, 0.3, 0.5)
MIN_OVERLAP = {"Car": 0.7, "Pedestrian": 0.5, "Cyclist": 0.5}
NEIGHBOUR = {"Car": "Van", "Pedestrian": "Person_sitting", "Cyclist": None}


def clean(truth, found, kind, level):
    """ignored_gt, ignored_det, dontcare: 0 counts, 1 is ignored, -1 is of another class."""
    ignored_gt, ignored_det = [], []
    for one in truth:
        height = one.rectangle[3] - one.rectangle[1]
        valid = 1 if one.kind == kind else 0 if one.kind == NEIGHBOUR[kind] else -1
        ignore = (
            one.occlusion > MAX_OCCLUSION[level] or one.truncation > MAX_TRUNCATION[level] or height < MIN_HEIGHT[level]
        )
        ignored_gt.append(0 if valid == 1 and not ignore else 1 if valid == 0 or (ignore and valid == 1) else -1)
    for one in found:
        height = math.trunc(abs(one.rectangle[1] - one.rectangle[3]))
        ignored_det.append(1 if height < MIN_HEIGHT[level] else 0 if one.kind == kind else -1)
    return ignored_gt, ignored_det, [one for one in truth if one.kind == "DontCare"]


def statistics(truth, found, vague, ignored_gt, ignored_det, least, threshold=None):
    """tp, fp, fn and the scores of true positives; without a threshold fp is not counted."""
    assigned = [False] * len(found)
    too_low = [threshold is not None and one.score < threshold for one in found]
    tp = fp = fn = 0
    scores = []
    for i, one in enumerate(truth):
        if ignored_gt[i] == -1:
            continue
        index, best_score, best_overlap, took_ignored = -1, None, 0.0, False
        for j, other in enumerate(found):
            if ignored_det[j] == -1 or assigned[j] or too_low[j]:
                continue
            overlap = iou(other.rectangle, one.rectangle)
            if overlap <= least:
                continue
            if threshold is None:
                if best_score is None or other.score > best_score:
                    index, best_score = j, other.score
            elif (overlap > best_overlap or took_ignored) and ignored_det[j] == 0:
                index, best_score, best_overlap, took_ignored = j, 1.0, overlap, False
            elif best_score is None and ignored_det[j] == 1:
                index, best_score, took_ignored = j, 1.0, True
        if index < 0:
            fn += ignored_gt[i] == 0
        elif ignored_gt[i] == 1 or ignored_det[index] == 1:
            assigned[index] = True
        else:
            tp += 1
            scores.append(found[index].score)
            assigned[index] = True
    if threshold is not None:
        fp = sum(not assigned[j] and ignored_det[j] == 0 and not too_low[j] for j in range(len(found)))
        for area in vague:
            for j, other in enumerate(found):
                if assigned[j] or ignored_det[j] != 0 or too_low[j]:
                    continue
                a, b = other.rectangle, area.rectangle
                width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
                inside = width * height / ((a[2] - a[0]) * (a[3] - a[1])) if width > 0 and height > 0 else 0.0
                if inside > least:
                    assigned[j] = True
                    fp -= 1
    return tp, fp, fn, scores


def kitti_precision(truth, found, kind, level):
    """The 41 precisions of a class at a difficulty, None where there is nothing to find."""
    least, prepared, scores, objects = MIN_OVERLAP[kind], [], [], 0
    for one, other in zip(truth, found, strict=True):
        ignored_gt, ignored_det, vague = clean(one, other, kind, level)
        objects += ignored_gt.count(0)
        prepared.append((one, other, vague, ignored_gt, ignored_det))
        scores += statistics(*prepared[-1], least)[3]
    if objects == 0:
        return None
    scores.sort(reverse=True)
    thresholds, current = [], 0.0
    for i, score in enumerate(scores):
        left = (i + 1) / objects
        right = (i + 2) / objects if i < len(scores) - 1 else left
        if right - current < current - left and i < len(scores) - 1:
            continue
        thresholds.append(score)
        current += 1 / 40
    precision = [0.0] * 41
    for t, threshold in enumerate(thresholds):
        counted = [statistics(*one, least, threshold) for one in prepared]
        tp, fp = sum(one[0] for one in counted), sum(one[1] for one in counted)
        precision[t] = tp / (tp + fp) if tp + fp else 0.0
    return [max(precision[t:]) for t in range(41)]


def convdet_loss(logits, confidences, deltas, objects, anchors, size):
    """Of a batch, in plain loops: lists (B, A, C), (B, A), (B, A, 4); objects: (image, anchor, class, delta, box)."""
    batch, count, number = len(logits), len(anchors), max(len(objects), 1)
    total = 0.0
    answering = {(image, anchor): (kind, delta, box) for image, anchor, kind, delta, box in objects}
    for b in range(batch):
        for a in range(count):
            confidence = confidences[b][a]
            if (b, a) not in answering:
                total += 100 / (count - number) * confidence**2 / batch
                continue
            kind, delta, box = answering[b, a]
            exponents = [math.exp(z) for z in logits[b][a]]
            for c, exponent in enumerate(exponents):
                p = exponent / sum(exponents)
                total -= math.log(p if c == kind else 1 - p) / number
            total += 5 * sum((x - y) ** 2 for x, y in zip(deltas[b][a], delta, strict=True)) / number
            dx, dy, dw, dh = deltas[b][a]
            x, y, w, h = anchors[a]
            cx, cy = x + dx * w, y + dy * h
            w, h = (side * (math.exp(d) if d <= 1 else math.e * d) for side, d in ((w, dw), (h, dh)))
            own = (max(cx - w / 2, 0), max(cy - h / 2, 0), min(cx + w / 2, size[0]), min(cy + h / 2, size[1]))
            cx, cy, w, h = box
            common = iou(own, (cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2))
            total += 75 / number * (common - confidence) ** 2 / batch
    return total
