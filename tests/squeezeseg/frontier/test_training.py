"""Networks trained in turn under one budget."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from data.lock import Lock
from projection import InputError
from squeezeseg.frontier.contestants import Contestant, trained_in
from squeezeseg.frontier.failures import forget_errors
from squeezeseg.frontier.training import BUDGET, CHECKPOINT, SECONDS, check_budget, train_all, train_seconds
from squeezeseg.training import loop
from squeezeseg.training.checkpoint import Checkpoint, save_checkpoint

SHORT = loop.TrainSettings(**BUDGET | {"steps": 3, "batch": 1, "width": 64, "precision": "float32"})
PAIR = [Contestant("fast"), Contestant("fast", 1)]


@pytest.fixture
def quick(monkeypatch):
    """Training that makes a file and nothing else; those of a model called 'bad' fail."""
    trained = []

    def train(settings, store, folder, *, sensor, on_step):
        if settings.model.startswith("bad"):
            raise {"bad": InputError("the loss is nan"), "bad shape": RuntimeError("sizes\n 3 and 4")}[settings.model]
        trained.append((settings.model, settings.seed))
        (folder / "model.safetensors").write_bytes(b"")

    monkeypatch.setattr(loop, "train", train)
    return trained


def test_an_interrupted_list_goes_on_where_it_was(store, tmp_path):
    steps = []

    def on_step(one, at):
        steps.append((one.seed, at.step))
        if len(steps) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_all(PAIR, SHORT, store, tmp_path, on_step=on_step)
    assert trained_in(tmp_path) == PAIR[:1]
    assert train_all(PAIR, SHORT, store, tmp_path, on_step=on_step) == []
    assert steps == [(0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (1, 3)]
    assert trained_in(tmp_path) == PAIR
    assert all(train_seconds(one, tmp_path) > 0 for one in PAIR)

    check_budget(PAIR, SHORT, store, tmp_path)
    with pytest.raises(InputError, match=r"fast, seed 0 has the budget steps 3, not 4: .* or another --out"):
        check_budget(PAIR, SHORT.model_copy(update={"steps": 4}), store, tmp_path)
    with pytest.raises(InputError, match="learned from other samples"):
        check_budget(PAIR, SHORT, replace(store, fingerprint="other"), tmp_path)
    (PAIR[0].folder(tmp_path) / CHECKPOINT).write_bytes(b"")
    with pytest.raises(InputError, match="damaged checkpoint"):
        check_budget(PAIR, SHORT, store, tmp_path)


def test_what_another_process_holds_is_left_to_it(store, tmp_path, quick):
    with Lock.of_folder(PAIR[0].folder(tmp_path)):
        assert train_all(PAIR, SHORT, store, tmp_path) == PAIR[:1]
    assert quick == [("fast", 1)]
    assert train_all(PAIR, SHORT, store, tmp_path) == []
    assert quick == [("fast", 1), ("fast", 0)]


def test_a_folder_that_cannot_be_written_ends_it(store, tmp_path, quick):
    (tmp_path / "networks").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        train_all(PAIR, SHORT, store, tmp_path)


def test_a_network_that_fails_is_left_out(store, tmp_path, quick):
    networks, failed = [Contestant("bad"), Contestant("bad shape"), Contestant("fast")], []
    for _ in range(2):  # again, it isn't tried
        train_all(networks, SHORT, store, tmp_path, failed=lambda one, reason: failed.append((one.model, reason)))
    assert failed == [("bad", "the loss is nan"), ("bad shape", "RuntimeError: sizes 3 and 4")]
    assert [one.error(tmp_path) for one in networks] == [*(reason for _, reason in failed), None]
    assert quick == [("fast", 0)]
    forget_errors(networks, tmp_path)
    train_all(networks, SHORT, store, tmp_path, failed=lambda one, reason: failed.append((one.model, reason)))
    assert len(failed) == 4


def test_a_setting_that_is_newer_than_a_training_had_its_default(store, tmp_path):
    settings = SHORT.model_copy(update={"model": "fast"}).model_dump_json(exclude={"focal"})
    save_checkpoint(PAIR[0].folder(tmp_path) / CHECKPOINT, Checkpoint(3, settings, store.fingerprint, {}))
    check_budget(PAIR, SHORT, store, tmp_path)
    with pytest.raises(InputError, match=r"has the budget focal 0\.0, not 2\.0"):
        check_budget(PAIR, SHORT.model_copy(update={"focal": 2.0}), store, tmp_path)


@pytest.mark.parametrize(
    ("before", "checkpoint", "known"),
    [(None, False, True), (None, True, False), ({"seconds": 1000.0}, True, True), ({"seconds": 1000.0}, False, True)],
)
def test_the_seconds_of_all_parts_count(store, tmp_path, quick, before, checkpoint, known):
    folder = PAIR[0].folder(tmp_path)
    folder.mkdir(parents=True)
    if before is not None:
        (folder / SECONDS).write_text(json.dumps(before))
    if checkpoint:
        (folder / CHECKPOINT).write_bytes(b"")
    train_all(PAIR[:1], SHORT, store, tmp_path)
    seconds = train_seconds(PAIR[0], tmp_path)
    assert (seconds is not None) == known
    if before is not None:
        assert (seconds >= 1000) == checkpoint
