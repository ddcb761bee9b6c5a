from __future__ import annotations

import json
import signal
from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers.models import card, fresh_network
from helpers.samples import make_store
from pydantic import ValidationError
from safetensors.torch import load_file, save

from projection import PRESETS, InputError
from squeezeseg import Segmenter, load_model
from squeezeseg.networks import Normalisation
from squeezeseg.training.augmentation import PLAIN
from squeezeseg.training.checkpoint import load_checkpoint
from squeezeseg.training.initial import initial_network
from squeezeseg.training.loop import train
from squeezeseg.training.run import Run
from squeezeseg.training.settings import TrainSettings
from squeezeseg.weights import Model

SMALL = TrainSettings(steps=4, batch=1, width=64, warm_up=0, rate=0.01, crf_steps=2, precision="float32", average=0.5)


def stop_after(steps, phase="network"):
    """Ctrl-C once so many steps are done."""

    def on_step(progress):
        if (progress.phase, progress.step) == (phase, steps):
            raise KeyboardInterrupt

    return on_step


def losses(folder, phase="network"):
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [line["loss"] for line in lines if line["phase"] == phase]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run that nothing interrupted: its store and its folder."""
    from helpers.samples import make_store

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    store, folder = make_store(), tmp_path_factory.mktemp("run")
    train(SMALL, store, folder, sensor=PRESETS["vlp16"], command="squeezeseg train drive")
    torch.set_num_threads(threads)
    return store, folder


def test_every_step_is_a_line_of_the_log(finished):
    _, folder = finished
    assert len(losses(folder)) == SMALL.steps
    assert len(losses(folder, "crf")) == SMALL.crf_steps


def test_losses_are_finite(finished):
    _, folder = finished
    assert np.isfinite(losses(folder) + losses(folder, "crf")).all()


def test_a_run_learns(store, tmp_path):
    store.around[:] = False
    train(SMALL.model_copy(update={"steps": 15, "augmentation": PLAIN}), store, tmp_path)
    first, *_, last = losses(tmp_path)
    assert last < 0.8 * first


def test_the_weights_say_what_they_are_for(finished):
    card = load_model(finished[1] / "model.safetensors").card
    assert (card.model, card.sensor, card.command) == ("squeezeseg", PRESETS["vlp16"], "squeezeseg train drive")
    assert card.crf is not None


def test_the_weights_are_folded(finished):
    model = load_model(finished[1] / "model.safetensors")
    assert set(model.part("network")) == set(fresh_network("squeezeseg", 4).state_dict())


def test_the_weights_segment(finished):
    sensor = PRESETS["vlp16"]
    segmenter = Segmenter.load(finished[1] / "model.safetensors", sensor=sensor, view="front", precision="float32")
    points = np.array([[5, 0, 0, 0.5], [-5, 0, 0, 0.5]], np.float32)
    labels = segmenter(points).labels
    assert labels[0] < 4
    assert labels[1] == 255


def test_the_crf_is_fitted(finished):
    model = load_model(finished[1] / "model.safetensors")
    assert not np.allclose(model.part("crf")["angular"], model.card.crf.angular_start(), atol=1e-3)


def test_the_crf_can_be_trained_along_with_the_network(store, tmp_path):
    train(SMALL.model_copy(update={"crf_joint": 0.5, "crf_steps": 0}), store, tmp_path)
    model = load_model(tmp_path / "model.safetensors")
    assert not np.allclose(model.part("crf")["angular"], model.card.crf.angular_start(), atol=1e-3)


def test_half_of_the_samples_are_rehearsed(store, tmp_path):
    """All new labels are background, all old ones are cars: both count, and neither alone."""
    new, old = (replace(store, labels=np.full_like(store.labels, k)) for k in (0, 1))
    settings = SMALL.model_copy(update={"batch": 2, "rehearse": 0.5, "steps": 1})
    batch = Run(settings, new, card(), rehearsal=old).batch(0)
    assert [int(image[image < 255].unique()) for image in batch.labels] == [1, 0]


def test_batches_of_other_beams_are_rehearsed_whole(store):
    old = make_store(height=store.shape[0] * 2)
    run = Run(SMALL.model_copy(update={"batch": 2, "rehearse": 0.5}), store, card(), rehearsal=old)
    rows = [run.batch(step).labels.shape[1] for step in range(12)]
    assert set(rows) == {store.shape[0], old.shape[0]}
    assert rows == [run.batch(step).labels.shape[1] for step in range(12)]


def test_samples_mask_and_crf_go_by_the_cards_normalisation(store):
    normalisation = Normalisation((9.0, 0.0, -1.0, 0.3, 30.0), (2.0,) * 5)
    run = Run(SMALL.model_copy(update={"model": "fast1"}), store, card("fast1", normalisation=normalisation))
    usual = Run(SMALL.model_copy(update={"model": "fast1"}), store, card("fast1"))
    assert run.network.empty_range == run.crf.empty_range == normalisation.empty_range
    metres = [
        one.batch(0).inputs.cpu() * torch.tensor(one.card.normalisation.std).view(5, 1, 1)
        + torch.tensor(one.card.normalisation.mean).view(5, 1, 1)
        for one in (run, usual)
    ]
    torch.testing.assert_close(*metres, rtol=0, atol=1e-4)


def test_a_network_that_sees_no_azimuth_trains_on_fronts_and_is_tuned(store, tmp_path):
    settings = SMALL.model_copy(update={"model": "fast", "crf_joint": 0.5, "steps": 2})
    trained = train(settings, store, tmp_path / "first")
    tuned_settings = settings.model_copy(update={"batch_norm": False, "crf_joint": 0.0, "crf_steps": 0})
    start = initial_network(str(trained), "fast", batch_norm=False)
    tuned = load_model(train(tuned_settings, store, tmp_path / "tuned", init=start))
    before = load_model(trained)
    assert before.card.normalisation == tuned.card.normalisation == Normalisation.of("cylindrical")
    assert not np.allclose(before.part("crf")["angular"], before.card.crf.angular_start(), atol=1e-3)
    assert any((value != before.part("network")[name]).any() for name, value in tuned.part("network").items())
    points = np.array([[5, 0, 0, 0.5], [-5, 0, 0, 0.5]], np.float32)
    for view, seen in (("front", 1), ("full", 2)):
        segmenter = Segmenter.load(trained, sensor=PRESETS["vlp16"], view=view, engine="torch", precision="float32")
        assert (segmenter(points).labels < 4).sum() == seen


def test_the_crf_sees_coordinates_whatever_the_network_sees(store):
    run = Run(SMALL.model_copy(update={"model": "fast"}), store, card("fast"))
    inputs, images, *_ = run.batch(0)
    assert inputs.shape[1:] == (8, *images.shape[2:])
    seen = images[:, 4] > run.crf.empty_range
    assert torch.equal(seen, inputs[:, 1] > 0)
    away = images[:, 4] * 12.32 + 12.12
    x, y, z = (images[:, k] * scale for k, scale in enumerate((8.9, 8.9, 0.86)))
    torch.testing.assert_close((x**2 + y**2 + (z - 1.04) ** 2).sqrt()[seen], away[seen], rtol=1e-3, atol=1e-2)


def test_a_run_is_not_gone_on_with_other_rehearsals(store, tmp_path):
    settings = SMALL.model_copy(update={"batch": 2, "rehearse": 0.5})
    train(settings, store, tmp_path, rehearsal=replace(store, fingerprint="old"))
    with pytest.raises(InputError, match="other data"):
        train(settings, store, tmp_path, rehearsal=replace(store, fingerprint="older"))


def test_a_student_follows_its_teacher_against_the_labels(store, tmp_path):
    """All labels are background, the teacher sees cars everywhere; it counts ten times as much."""
    network = fresh_network("squeezeseg", 4)
    tensors = {f"network.{name}": np.zeros_like(value) for name, value in network.state_dict().items()}
    bias = next(name for name in reversed(tensors) if tensors[name].shape == (4,))
    tensors[bias] = np.float32([0, 20, 0, 0])
    background = replace(store, labels=np.where(store.labels < 255, 0, 255).astype(np.uint8))
    settings = SMALL.model_copy(update={"model": "fast", "crf_steps": 0, "steps": 40, "distil": 10.0})
    trained = train(settings, background, tmp_path, teachers=[Model(card(), tensors)])
    inputs = Run(settings, background, card("fast")).batch(0).inputs.cpu()
    with torch.no_grad():
        labels = initial_network(str(trained), "fast", batch_norm=False)(inputs)["logits"].argmax(1)
    assert (labels[inputs[:, 1] > 0] == 1).float().mean() > 0.9


def test_a_run_is_not_gone_on_with_another_teacher(store, tmp_path):
    state = fresh_network("fast", 4).state_dict()
    teacher = Model(card("fast"), {f"network.{name}": value.numpy() for name, value in state.items()})
    train(SMALL, store, tmp_path, teachers=[teacher])
    with pytest.raises(InputError, match="other data"):
        train(SMALL, store, tmp_path, teachers=[teacher] * 2)


def same_files(run, whole):
    for name in ("checkpoint.safetensors", "model.safetensors"):
        one, other = load_file(run / name), load_file(whole / name)
        assert one.keys() == other.keys()
        assert all(torch.equal(one[key], other[key]) for key in one)


def kill_and_go_on(settings, store, folder, on_step):
    with pytest.raises(KeyboardInterrupt):
        train(settings, store, folder, on_step=on_step)
    torch.rand(3)  # another process finds its generator in another state
    train(settings, store, folder)


@pytest.mark.parametrize(("phase", "steps"), [("network", 2), ("network", 4), ("crf", 1)])
def test_a_killed_run_goes_on_as_if_nothing_had_been(finished, tmp_path, phase, steps):
    store, whole = finished
    kill_and_go_on(SMALL, store, tmp_path, stop_after(steps, phase))
    same_files(tmp_path, whole)


def test_the_log_of_a_run_that_went_on_has_each_step_once(finished, tmp_path):
    store, whole = finished
    kill_and_go_on(SMALL, store, tmp_path, stop_after(SMALL.steps - 1))
    train(SMALL, store, tmp_path)  # and once more when it was finished: the fits are repeated
    assert losses(tmp_path) == losses(whole)
    assert len(losses(tmp_path, "crf")) == SMALL.crf_steps


@pytest.fixture
def interruptible():
    """Ctrl-C is heard, also where the tests run in a shell's background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("at", ["forward", "step"])
def test_ctrl_c_waits_for_the_end_of_a_step(finished, tmp_path, monkeypatch, at):
    store, whole = finished
    owner = torch.nn.Dropout2d if at == "forward" else torch.optim.AdamW
    taken, calls = getattr(owner, at), []

    def interrupted(*arguments, **options):
        result = taken(*arguments, **options)
        calls.append(at)
        if len(calls) == 2:
            signal.raise_signal(signal.SIGINT)
        return result

    monkeypatch.setattr(owner, at, interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(SMALL, store, tmp_path)
    assert load_checkpoint(tmp_path / "checkpoint.safetensors", SMALL.model_dump_json(), "").step == 2
    train(SMALL, store, tmp_path)
    same_files(tmp_path, whole)


def test_momentum_survives_a_kill(store, tmp_path):
    settings = SMALL.model_copy(update={"optimiser": "sgd", "crf_steps": 0})
    train(settings, store, tmp_path / "whole")
    kill_and_go_on(settings, store, tmp_path / "run", stop_after(2))
    same_files(tmp_path / "run", tmp_path / "whole")


def test_checkpoints_are_written_on_the_way(store, tmp_path):
    settings = SMALL.model_copy(update={"checkpoint_every": 2})
    checkpoint, seen = tmp_path / "checkpoint.safetensors", []

    def on_step(progress):
        if progress.phase == "network" and checkpoint.exists():
            seen.append(load_checkpoint(checkpoint, settings.model_dump_json(), "").step)

    train(settings, store, tmp_path, on_step=on_step)
    assert seen == [2, 2]


def test_a_checkpoint_of_other_settings(finished):
    store, folder = finished
    with pytest.raises(InputError, match="another seed; choose another --out"):
        train(SMALL.model_copy(update={"seed": 1}), store, folder)


@pytest.mark.parametrize("keep", [0, 7, 5000])
def test_a_damaged_checkpoint(finished, tmp_path, keep):
    whole = (finished[1] / "checkpoint.safetensors").read_bytes()
    (tmp_path / "checkpoint.safetensors").write_bytes(whole[:keep])
    with pytest.raises(InputError, match=r"checkpoint\.safetensors: damaged checkpoint"):
        train(SMALL, finished[0], tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"step": "-1"},
        {"step": "1e3"},
        {"step": "9" * 99},
        {"settings": "["},
        {"settings": "[" * 99_999},
        {"settings": "[]"},
        {"data": None},
    ],
    ids=str,
)
def test_a_checkpoint_with_a_damaged_header(tmp_path, change):
    header = {"step": "1", "settings": SMALL.model_dump_json(), "data": ""} | change
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(save({"a": torch.zeros(1)}, {key: value for key, value in header.items() if value is not None}))
    with pytest.raises(InputError, match=r"checkpoint\.safetensors: damaged checkpoint; remove"):
        load_checkpoint(path, SMALL.model_dump_json(), "")


def test_a_checkpoint_of_nan(tmp_path):
    header = {"step": "1", "settings": SMALL.model_dump_json(), "data": ""}
    (tmp_path / "c.safetensors").write_bytes(save({"a": torch.full((1,), torch.nan)}, header))
    with pytest.raises(InputError, match="NaN"):
        load_checkpoint(tmp_path / "c.safetensors", SMALL.model_dump_json(), "")


def test_a_checkpoint_of_another_network(store, tmp_path):
    train(SMALL, store, tmp_path, init=fresh_network("squeezeseg", 4))
    with pytest.raises(InputError, match="another network; go on with the same --init"):
        train(SMALL, store, tmp_path)


def test_a_folder_that_cannot_be_written(store, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        train(SMALL, store, tmp_path / "file" / "run")


def test_a_run_starts_from_the_network_given(store, tmp_path):
    torch.manual_seed(3)
    init = fresh_network("squeezeseg", 4, batch_norm=True)
    settings = SMALL.model_copy(update={"steps": 1, "rate": 1e-12, "crf_steps": 0, "average": 0.0})
    expected = init.state_dict()["backbone.stages.2.2.expand3.conv.weight"].clone()
    train(settings, store, tmp_path, init=init)
    trained = load_checkpoint(tmp_path / "checkpoint.safetensors", settings.model_dump_json(), "").part("network")
    torch.testing.assert_close(trained["backbone.stages.2.2.expand3.conv.weight"], expected)


@pytest.mark.parametrize(
    "change",
    [
        {"precision": "bfloat16"},
        {"batch_norm": False},
        {"schedule": "step", "halve_every": 1},
        {"focal": 2.0, "lovasz": 0.0},
    ],
    ids=str,
)
def test_other_recipes_run(store, tmp_path, change):
    train(SMALL.model_copy(update={**change, "steps": 2, "crf_steps": 0}), store, tmp_path)
    assert np.isfinite(losses(tmp_path)).all()


@pytest.mark.parametrize(
    ("change", "rates"),
    [
        ({"schedule": "step", "halve_every": 2}, [1, 1, 0.5, 0.5]),
        ({"schedule": "step", "warm_up": 4}, [0.25, 0.5, 0.75, 1]),
        ({"schedule": "cosine"}, [1, 0.8536, 0.5, 0.1464]),
    ],
)
def test_rates(store, tmp_path, change, rates):
    seen = []
    settings = SMALL.model_copy(update={**change, "crf_steps": 0})
    train(settings, store, tmp_path, on_step=lambda at: seen.append(at.rate / settings.rate))
    np.testing.assert_allclose(seen, rates, atol=1e-4)


@pytest.mark.parametrize(
    "wrong",
    [
        {"learning_rate": 0.1},
        {"augmentation": {"flop": 1}},
        {"steps": 0},
        {"width": 100},
        {"optimiser": "adam"},
        {"class_weights": (1, 1, 1)},
        {"average": 1},
    ],
    ids=str,
)
def test_settings_that_are_refused(wrong):
    with pytest.raises(ValidationError):
        TrainSettings.model_validate(wrong)


def test_a_checkpoint_of_other_data(finished):
    store, folder = finished
    with pytest.raises(InputError, match="on other data; choose another --out"):
        train(SMALL, replace(store, fingerprint="other"), folder)


def test_a_loss_that_is_not_finite_stops_the_run(store, tmp_path, monkeypatch):
    monkeypatch.setattr("squeezeseg.training.losses.cross_entropy", lambda logits, *_: logits.sum() * float("nan"))
    with pytest.raises(InputError, match="loss is nan at step 1; lower --rate"):
        train(SMALL, store, tmp_path)
    assert not (tmp_path / "checkpoint.safetensors").exists()


def test_samples_of_a_width_that_the_network_does_not_take(tmp_path):
    from helpers.samples import make_store

    settings = SMALL.model_copy(update={"model": "mobilenetv3-small+lraspp", "width": 80})
    with pytest.raises(InputError, match=r"width 80: mobilenetv3-small\+lraspp needs a multiple of 32"):
        train(settings, make_store(), tmp_path)


def test_a_network_that_a_file_describes_is_trained(store, tmp_path):
    from squeezeseg.networks import ARCHITECTURES, SearchRecord
    from squeezeseg.networks.described import write_architecture

    found = replace(ARCHITECTURES["fast"], name="found", stages=(("fold_n16", "conv_c16"),), head=("unfold",))
    search = SearchRecord("openvino int8 on some processor", 3e-3, 61.5, 4)
    write_architecture(tmp_path / "found.json", found, search)
    settings = SMALL.model_copy(update={"model": str(tmp_path / "found.json"), "steps": 1, "crf_steps": 0})
    card = load_model(train(settings, store, tmp_path / "run")).card
    assert (card.architecture, card.found) == (found, search)
