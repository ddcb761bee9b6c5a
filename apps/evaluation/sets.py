"""The scores of `squeezeseg eval SETS.yaml`: of each set, and of all sets of a kind pooled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from apps import console
from apps.evaluation.examine import Examined, examine
from apps.evaluation.looks import Looks
from apps.opening import load_segmenter, open_selected
from apps.options import Selection
from squeezeseg.evaluation.paired import FrameConfusion, difference
from squeezeseg.evaluation.pooling import pool

if TYPE_CHECKING:
    from data.scan import Scan
    from data.sources import Frame, Source
    from squeezeseg import InferenceSettings, Segmentation
    from squeezeseg.evaluation.labelled_frames import LabelledFrame
    from squeezeseg.evaluation.sets import LabelledSet
    from squeezeseg.evaluation.study import Per, Study

SCORES = ("frames", "points", "iou", "mean_iou", "truth_points")
"""Of a study, what is told of labels without the CRF."""
COMPARED = ("iou", "mean_iou")


@dataclass(frozen=True, eq=False)
class OpenSet:
    """A set whose recording was opened."""

    about: LabelledSet
    source: Source
    settings: InferenceSettings


@dataclass(frozen=True, eq=False, kw_only=True)
class Pool(Examined):
    """The scores of several sets, pooled; their frames are called SET/FRAME. parts: the sets by name."""

    parts: Mapping[str, Examined]

    def again(self, name: str) -> tuple[LabelledFrame, Segmentation]:
        """See `Examined`."""
        part, _, frame = name.rpartition("/")
        return self.parts[part].again(frame)


@dataclass(frozen=True, eq=False)
class ScoredSets:
    """A model's scores. name: as it was given. sets, pools: by name. result: as JSON has it."""

    name: str
    sets: Mapping[str, Examined]
    pools: Mapping[str, Pool]
    result: dict[str, Any]


def open_sets(sets: Iterable[LabelledSet], settings: InferenceSettings) -> list[OpenSet]:
    """Open the sets' recordings. Raises InputError if one can't be, which the message names."""
    from projection import InputError

    opened = []
    for one in sets:
        named = {"view": one.view, "sensor": one.sensor, "height": one.height}
        own = settings.changed(**{name: value for name, value in named.items() if value is not None})
        try:
            source = open_selected(one.source, own, Selection(one.frames, one.every, labels=one.labels))
            if not source.labelled:
                raise InputError(f"{source.path}: no labels to score against")
        except InputError as error:
            raise InputError(f"set {one.name!r}: {error}") from error
        opened.append(OpenSet(one, source, own))
    return opened


def score_sets(
    sets: Sequence[OpenSet], models: Sequence[InferenceSettings], *, per: Per, strict: bool, compare_crf: bool
) -> list[ScoredSets]:
    """Score each model on all of the sets. Raises InputError if a model or a set can't be used."""
    from projection import InputError
    from squeezeseg import load_model
    from squeezeseg.engines.base import usable_cores

    for settings in models:
        known = load_model(settings.model)  # before the first of them has taken minutes
        if compare_crf and (known.card.crf is None or not settings.crf):
            raise InputError(f"--compare-crf: {settings.model} runs no CRF; leave it out")
    scored, done = [], 0
    with console.progress("scoring", sum(len(one.source) for one in sets) * len(models)) as progress:
        for settings in models:
            parts: dict[str, Examined] = {}
            for one in sets:
                own = one.settings.changed(model=settings.model)
                lanes = min(settings.lanes or usable_cores(), len(one.source))
                examined = examine(
                    one.source,
                    load_segmenter(one.source, own, lanes=lanes),
                    class_map=one.about.class_map,
                    strict=strict,
                    per=per,
                    lanes=lanes,
                    recording=partial(one.about.recording_of, one.source),
                    compare_crf=compare_crf,
                    progress=partial(_advance, progress, done),
                )
                # Else every model of every set would stay in memory, for a few pictures of the worst frames.
                parts[one.about.name] = replace(examined, predict=partial(_label, one.source, own))
                done += len(one.source)
            scored.append(_scored(settings.model, sets, parts))
    return scored


def _advance(progress: Callable[[int], None], before: int, done: int) -> None:
    progress(before + done)


def _label(source: Source, settings: InferenceSettings, _: Frame, scan: Scan) -> Segmentation:
    return load_segmenter(source, settings)(scan)


def _scored(name: str, sets: Sequence[OpenSet], parts: Mapping[str, Examined]) -> ScoredSets:
    pools = {}
    for kind in dict.fromkeys(one.about.pool for one in sets):
        members = {one.about.name: parts[one.about.name] for one in sets if one.about.pool == kind}
        pools[kind] = _pool(kind, members)
    first = next(iter(parts.values())).result
    about = {one.about.name: {"kind": one.about.kind, "held_out": one.about.held_out} for one in sets}
    result = {
        "name": name,
        **{key: first[key] for key in ("weights", "engine", "settings")},
        "pools": {kind: {**examined.result, "sets": list(examined.parts)} for kind, examined in pools.items()},
        "sets": {key: {**about[key], **examined.result} for key, examined in parts.items()},
        "frame_counts": [FrameConfusion.of(frame).as_dict() for one in pools.values() for frame in one.study.frames],
        "without_crf": _without_crf(parts, pools),
    }
    return ScoredSets(name, parts, pools, result)


def _pool(kind: str, members: Mapping[str, Examined]) -> Pool:
    """The sets of a kind as one."""
    results = [examined.result for examined in members.values()]
    first = next(iter(members.values()))
    studies = {name: examined.study for name, examined in members.items()}
    plain = {name: one.without_crf for name, one in members.items() if one.without_crf is not None}
    study = pool(studies)
    result = study.as_dict() | {
        "source": f"{kind}: {', '.join(members)}",
        "failed": [reason for one in results for reason in one["failed"]],
        "unknown_labels": _summed(one["unknown_labels"] for one in results),
        **{key: results[0][key] for key in ("weights", "engine", "settings")},
    }
    return Pool(first.source, study, result, first.predict, pool(plain) if plain else None, parts=members)


def _summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in counts:
        for name, count in one.items():
            total[name] = total.get(name, 0) + count
    return total


def _without_crf(parts: Mapping[str, Examined], pools: Mapping[str, Examined]) -> dict[str, Any] | None:
    """The scores without the CRF, and what it gains, by pool and set; None where that wasn't asked for."""
    if any(examined.without_crf is None for examined in parts.values()):
        return None
    return {
        "pools": {name: _gain(examined.study, examined.without_crf) for name, examined in pools.items()},
        "sets": {name: _gain(examined.study, examined.without_crf) for name, examined in parts.items()},
    }


def _gain(refined: Study, plain: Study | None) -> dict[str, Any]:
    assert plain is not None
    scores = plain.as_dict()
    gain = difference(map(FrameConfusion.of, refined.frames), map(FrameConfusion.of, plain.frames))
    return {key: scores[key] for key in SCORES} | {"gain": gain}


def record_looks(looks: Looks, scored: Sequence[ScoredSets], *, held_out: bool) -> Looks:
    """Append a look of each model; the count goes into the models' results. Raises InputError if it can't be done."""
    for one in scored:
        result = one.result
        looks = looks.add(
            {
                "date": datetime.now(UTC).isoformat(timespec="seconds"),
                "model": one.name,
                "checksum": result["weights"]["checksum"],
                "engine": result["engine"],
                "settings": result["settings"],
                "held_out": held_out,
                "pools": {
                    name: {"frames": pooled["frames"], **{key: pooled[key] for key in COMPARED}}
                    for name, pooled in result["pools"].items()
                },
            }
        )
        result["looks"] = looks.as_dict()
    return looks
